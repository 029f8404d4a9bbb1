"""Can this import fail? Not that of a module which every Python has that builds today, on every platform and however it was built."""

from __future__ import annotations

from typing import TYPE_CHECKING

from offlint.flow import values as v
from offlint.flow.exceptions import error_names
from offlint.model import step as s

if TYPE_CHECKING:
    from collections.abc import Iterable

    from offlint.flow.machine import Frame, Machine

#: From Python 3.10 to 3.14; what needs a library of the system, or a kind of it, is not among them.
_MODULES = frozenset({
    "abc", "argparse", "ast", "asyncio", "base64", "binascii", "bisect", "builtins", "calendar", "cmath", "codecs", "collections",
    "collections.abc", "concurrent.futures", "configparser", "contextlib", "contextvars", "copy", "copyreg", "csv", "dataclasses",
    "datetime", "decimal", "difflib", "dis", "doctest", "email", "enum", "errno", "filecmp", "fnmatch", "fractions", "ftplib",
    "functools", "gc", "getopt", "getpass", "gettext", "glob", "gzip", "hashlib", "heapq", "hmac", "html", "html.entities",
    "html.parser", "http", "http.client", "http.cookiejar", "http.cookies", "http.server", "imaplib", "importlib", "importlib.abc",
    "importlib.machinery", "importlib.metadata", "importlib.resources", "importlib.util", "inspect", "io", "ipaddress", "itertools",
    "json", "keyword", "linecache", "locale", "logging", "logging.config", "logging.handlers", "marshal", "math", "mimetypes",
    "numbers", "operator", "os", "os.path", "pathlib", "pickle", "pkgutil", "platform", "poplib", "pprint", "queue", "random", "re",
    "reprlib", "runpy", "sched", "secrets", "selectors", "shelve", "shlex", "shutil", "signal", "site", "smtplib", "socket",
    "socketserver", "stat", "statistics", "string", "struct", "subprocess", "sys", "sysconfig", "tarfile", "tempfile", "textwrap",
    "threading", "time", "timeit", "tokenize", "traceback", "types", "typing", "unicodedata", "unittest", "unittest.mock", "urllib",
    "urllib.error", "urllib.parse", "urllib.request", "uuid", "warnings", "weakref", "webbrowser", "xml.etree.ElementTree",
    "xmlrpc.client", "xmlrpc.server", "zipfile", "zipimport",
})  # fmt: skip
#: Those whose names are the same in all of these.
_SETTLED = frozenset({
    "html.parser", "http.client", "http.cookiejar", "http.cookies", "json", "urllib.error", "urllib.parse",
    "urllib.request",
})  # fmt: skip
_MISSING = ("ImportError", "ModuleNotFoundError", "builtins.ImportError", "builtins.ModuleNotFoundError")


def cannot_fail(m: Machine, frame: Frame, step: s.Try) -> bool:
    """Whether a ``try`` whose handlers are for imports that fail holds only such as do not."""
    return all(map(_is_there, step.body)) and bool(step.handlers) and all(_for_imports(m, frame, one.types) for one in step.handlers)


def _is_there(step: s.Step) -> bool:
    match step:
        case s.Import(module):
            return module in _MODULES
        case s.ImportFrom(module, 0, names):
            return module in _SETTLED or all(f"{module}.{name}" in _MODULES for name, _ in names)
    return False


def _for_imports(m: Machine, frame: Frame, types: s.Expr | None) -> bool:
    named: Iterable[v.Value] = error_names(m.eval(frame, types), m) if types is not None else ()
    return all(isinstance(one, v.External) and one.name in _MISSING for one in named) and types is not None
