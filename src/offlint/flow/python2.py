"""Is this import one of Python 2? Modules and names that Python 3 renamed or removed (PEP 3108)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_MODULES = frozenset({
    "urllib2", "urlparse", "httplib", "cookielib", "Cookie", "ConfigParser", "StringIO", "cStringIO", "cPickle", "Queue", "commands",
    "__builtin__", "HTMLParser", "htmlentitydefs", "robotparser", "xmlrpclib", "SimpleXMLRPCServer", "DocXMLRPCServer", "SocketServer",
    "BaseHTTPServer", "SimpleHTTPServer", "CGIHTTPServer", "thread", "dummy_thread", "anydbm", "dbhash", "whichdb", "dumbdbm", "gdbm",
    "copy_reg", "UserDict", "UserList", "UserString", "exceptions", "sets", "md5", "sha", "ihooks", "popen2", "Tkinter",
})  # fmt: skip
_URLLIB = frozenset({
    "urlopen", "urlretrieve", "urlencode", "quote", "unquote", "quote_plus", "unquote_plus", "URLopener", "FancyURLopener", "urlcleanup",
    "pathname2url", "url2pathname",
})  # fmt: skip


def is_python2(module: str, names: Iterable[str]) -> bool:
    """Whether no Python that builds today has the module, or one of the names in it."""
    return module.split(".", maxsplit=1)[0] in _MODULES or (module == "urllib" and any(name in _URLLIB for name in names))
