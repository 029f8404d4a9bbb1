"""Which text do these bytes spell? Byte order marks, coding cookies, and a last resort that never fails."""

from __future__ import annotations

import codecs

from offlint.model.lazy import regex

PYTHON = (".py", ".pyi", ".pyw", ".pyx", ".pxd")

# PEP 263: a comment on one of the first two lines, the first of which is blank or a comment too.
_COOKIE = regex(rb"^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)")
_BLANK = regex(rb"^[ \t\f]*(?:#.*)?$")
_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))

# Decoders whose time grows with the square of the input, and which no source file uses.
_SLOW = frozenset({"punycode", "idna"})


def decode(data: bytes, *, python: bool = False) -> str:
    """The text of a file: by its byte order mark, in Python by its cookie (PEP 263), else UTF-8, else Latin-1.

    An unknown or wrong cookie falls through to the others: a codec that a build registers itself is mostly UTF-8 underneath.
    """
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding, "replace")
    cookie = _cookie(data) if python else None
    for name in (cookie, "utf-8"):
        if name is None:
            continue
        try:
            if codecs.lookup(name).name not in _SLOW:
                return data.decode(name)
        except (LookupError, ValueError):
            pass
    return data.decode("latin-1")


def _cookie(data: bytes) -> str | None:
    for line in data[:4096].splitlines()[:2]:
        if found := _COOKIE.match(line):
            return found[1].decode("ascii")
        if not _BLANK.match(line):
            return None
    return None
