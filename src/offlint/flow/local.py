"""Is this the address of a server that the test itself started? Values that stand for what is on this machine."""

from __future__ import annotations

import re

from offlint.flow import values as v
from offlint.flow.texts import template
from offlint.model.lazy import regex

#: The type of a handle that stands for a local server, its address, or what a plug-in's fixture gives.
LOCAL = "⟨local⟩"
#: The attribute under which an object of a class for URLs of the tree keeps what it was made of.
MADE_OF = "⟨made of⟩"
#: A URL, or a host, on this machine.
LOOPBACK = regex(
    r"^(?:\w+://)?(?:[^/@]*@)?(\[?(?:[\w-]+\.)*localhost\.?\]?|127\.\d+\.\d+\.\d+|\[?::1?\]?|0\.0\.0\.0)(?::|/|$)", re.IGNORECASE
)
#: The URLs in a text that holds more, such as a connection string.
_URLS = regex(r"\b\w+://[^\s;,'\"]+")
_BEFORE_HOST = regex(r"(?:\w[\w+.-]*:)?(?://)?(?:[^/@]*@)?")
#: Functions that make a URL of a URL.
_SHAPES = ("url", "uri", "request", "str", "join", "quote", "format", "replace", "strip", "parse")


def local() -> v.Handle:
    """A local server."""
    return v.Handle(LOCAL)


def is_local(value: v.Value, depth: int = 0) -> bool:
    """Whether a URL, host or address is made of a local server's."""
    match value:
        case v.Handle(type=name, args=args):
            return name == LOCAL or (depth < 4 and bool(args) and shapes(name) and is_local(args[0], depth + 1))
        case v.Text(parts):
            first = parts[0]
            if isinstance(first, v.Const) and isinstance(first.value, str):
                return len(parts) > 1 and bool(_BEFORE_HOST.fullmatch(first.value)) and is_local(parts[1], depth + 1)
            return is_local(first, depth + 1)
        case v.Path(text):
            return is_local(text, depth + 1)
        case v.Method(subject, _):
            return depth < 4 and is_local(subject, depth + 1)
        case _:
            return False


def is_here(value: v.Value) -> bool:
    """Whether the address of a server, or all that a connection string names, is on this machine."""
    for _, one in v.cases(value):
        text = template(one)
        if not is_local(one) and not all(map(LOOPBACK.match, _URLS.findall(text) or [text])):
            return False
    return True


def shapes(name: str) -> bool:
    """Whether a function of this name gives a URL that is made of its first argument."""
    short = name.rsplit(".", 1)[-1].lower()
    return any(word in short for word in _SHAPES)


def local_attribute(target: v.Handle, name: str) -> v.Value:
    """An attribute of a local server, or of what a plug-in's fixture gives."""
    if name in ("host", "hostname"):
        return v.Const("localhost")
    return v.Unknown(name) if name.endswith("port") else v.Handle(LOCAL, (*target.args[:1], v.Const(name)))
