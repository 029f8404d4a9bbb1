"""Does what a call is given lead away from this machine? URLs, hosts and addresses, as far as they are known."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from offlint.flow import values as v
from offlint.flow.files import SOME_FILE
from offlint.flow.given import made_as
from offlint.flow.interning import taint
from offlint.flow.local import LOOPBACK, MADE_OF, is_local
from offlint.flow.registry import BASE
from offlint.flow.texts import template
from offlint.model.lazy import regex

if TYPE_CHECKING:
    from offlint.flow.machine import Machine
    from offlint.model.span import Span
    from offlint.rulebook.schema import Call

_SCHEME = regex(r"^[a-zA-Z][a-zA-Z0-9+.-]*:")
_OTHER = regex(r"^[a-zA-Z][a-zA-Z0-9+.-]*://")
_REMOTE = regex(
    r"^(?:(?:zip|tar|gzip)\+|(?:simple|file|block)cache::)?"  # of Fiona and GDAL, of fsspec
    r"(https?|ftps?|sftp|ssh|git|svn|s3|gs|gcs|hdfs|abfs|az|wss?|rsync|dods|dap[24])(\+\w+)?:",
    re.IGNORECASE,
)
#: A scheme that is not known, before a host.
_ANY_SCHEME = regex(r"^\{[^{}]*\}(?=://[^{}])")
#: Who asks, before the host.
_USER = regex(r"^(\w[\w+.-]*://)[^/@]*@")
#: The type of a handle for what a repository was cloned from.
ORIGIN = "repository.origin"
_CHAIN = regex(r"^(?:\w+::)+")


def asked_for(machine: Machine, url: v.Value, depth: int = 0) -> v.Value:
    """What an object stands for that is asked for: a request or a URL is asked for by what it was made of."""
    match url:
        case v.Choice(test, then, orelse) if depth < 6:
            return v.choice(test, asked_for(machine, then, depth + 1), asked_for(machine, orelse, depth + 1))
        case v.Instance():
            held = machine.store.get(url, MADE_OF) or machine.store.get(url, "url")
            return v.Unknown("url") if held is None or depth > 5 else asked_for(machine, held, depth + 1)
        case v.Handle(type=kind, args=args) if args and depth < 6 and kind.endswith(("Request", ".URL")):
            return asked_for(machine, args[0], depth + 1)
        case _:
            return url


def based(machine: Machine, row: Call, of: v.Value | None, url: v.Value | None) -> v.Value | None:
    """A path that a client is asked for, below the URL, or the host, that the client was made with."""
    subject = made_as(machine, of)
    if row.of_object and isinstance(subject, v.Handle) and subject.args:
        url = machine.expressions.join([subject.args[0], url or v.Const("")])
    if url is None:
        return None
    held = subject.args if isinstance(subject, v.Handle) else ()
    base = next((one.args[0] for one in held if isinstance(one, v.Handle) and one.type == BASE), None)
    if base is None or not all(_is_path(one) for _, one in v.cases(url)):
        return url
    first = v.text_of(base)
    path = v.text_of(url)
    if first is not None and path is not None:
        return v.Const(f"{first.rstrip('/')}/{path.lstrip('/')}" if path else first)
    slash = v.Const("" if first is None or first.endswith("/") or template(url).startswith("/") else "/")
    return machine.expressions.join([base, slash, url])


def _is_path(url: v.Value) -> bool:
    """Whether a text begins with no scheme and with nothing that may hold one."""
    text = template(url)
    return isinstance(url, v.Const | v.Text) and not text.startswith("{") and not _OTHER.match(text)


def origin(subject: v.Value | None) -> v.Value:
    """Where a repository, or a remote of one, leads whose method is called: what it was cloned from or made with."""
    if not isinstance(subject, v.Handle):
        return v.Unknown("origin") if subject is None else subject
    first = subject.args[0] if subject.args else None
    if isinstance(first, v.Handle):
        return first.args[0] if first.type == ORIGIN else origin(first)
    return first if first is not None and subject.type.endswith("Remote") else v.Unknown("origin")


def names_url(value: v.Value) -> bool:
    """Whether it is known to begin with the scheme of a URL."""
    return any(_REMOTE.match(template(held)) for _, held in v.cases(value))


def remote(machine: Machine, row: Call, url: v.Value, span: Span) -> v.Value:
    """The condition under which the argument makes the call an access: that an alternative holds which does.

    Tests ask local servers, and clone repositories that they made, for most of what is not known at all, so that says nothing there: it is
    noted as not followed.
    """
    held = list(v.cases(url))
    remote = [(test, one) for test, one in held if _one_remote(row, one) and not (len(held) > 1 and _is_there(test, template(one)))]
    if machine.testing and (row.remote in ("url", "host", "known-url") or (row.kind in ("http", "git", "vcs") and row.url is not None)):
        told = [(test, one) for test, one in remote if not _untold(one)]
        if not told and (remote or (row.remote == "host" and any(isinstance(one, v.Unknown) for _, one in held))):
            machine.leave(span, f"what {row.name} is asked for is not known")
        remote = told
    if len(remote) == len(held):
        return v.TRUE
    result: v.Value = v.FALSE
    for test, _ in remote:
        result = v.either(result, test)
    return result


def _is_there(test: v.Value, label: str) -> bool:
    """Whether the alternative is taken where a file of this name is there: then it is one of this machine."""
    stack = [test]
    while stack:
        match stack.pop():
            case v.Sym("and", args):
                stack.extend(args)
            case v.Sym("or", (v.Sym("isset"), v.Atom(kind="missing", label=known))) | v.Atom(kind="missing", label=known):
                if known == label:
                    return True
            case _:
                pass
    return False


def _untold(url: v.Value) -> bool:
    """Whether nothing is known of where a URL leads: no scheme, no host, nobody who sets it, no answer that named it."""
    first = url.parts[0] if isinstance(url, v.Text) else url
    return not isinstance(first, v.Const | v.Env | v.Opt | v.Path) and not taint(url)


def _one_remote(row: Call, url: v.Value) -> bool:
    if row.lock:
        return True  # it names the folder in which a package manager is run
    if isinstance(url, v.Const) and (url.value is None or isinstance(url.value, int)):
        return row.remote == "always" and url.value is not None
    if is_local(url) or url == SOME_FILE:
        return False
    text = _USER.sub(r"\1", _ANY_SCHEME.sub("http", template(url)))
    known = _CHAIN.sub("", text.split("{")[0])
    if row.remote == "known-url":
        return bool(_REMOTE.match(known)) and not LOOPBACK.match(known)
    if url == v.Const("") and row.gives == "response":
        return False  # no client asks for nothing
    if LOOPBACK.match(known) or known.startswith(("file:", "data:", "http+unix:", "⟨root⟩")):
        return False
    if row.gives == "response" and _OTHER.match(known) and not _REMOTE.match(known):
        return False  # a client of HTTP knows no other scheme but by an adapter that the code itself brings
    if row.remote != "always" and known.startswith(("/", "./", "../", "⟨tmp⟩")):
        return False
    if row.remote == "host":
        return text != "" and not known.startswith(("/", "ipc:", "inproc:", "unix:", "sqlite:")) and not isinstance(url, v.Unknown)
    if row.remote == "url":
        if isinstance(url, v.Path):
            return False
        first = url.parts[0] if isinstance(url, v.Text) else url
        if any(isinstance(held, v.Env | v.Opt) for _, held in v.cases(first)):
            return True  # whoever sets it may name a URL
        return not known or bool(_REMOTE.match(known)) or (not _SCHEME.match(known) and "{" in text)
    if row.remote == "not-path":
        return not isinstance(url, v.Path) and not known.startswith((".", "/"))
    return True
