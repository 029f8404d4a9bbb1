"""What does a CMake command fetch? Its arguments against the rows of the pages under rules/apis/files/."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from offlint.flow import values as v
from offlint.flow.summary import Fetch
from offlint.flow.texts import template
from offlint.flow.worlds import NOTHING_SET
from offlint.model.lazy import regex

if TYPE_CHECKING:
    from offlint.flow.machine import Machine
    from offlint.model.span import Span
    from offlint.rulebook.schema import CMakeRow

_COMMIT = regex(r"[0-9a-fA-F]{40}(?:[0-9a-fA-F]{24})?")
_HASH = regex(r"\s*(MD5|SHA1|SHA224|SHA256|SHA384|SHA512|SHA3_224|SHA3_256|SHA3_384|SHA3_512)\s*=(.*)", re.IGNORECASE | re.DOTALL)
_SCHEME = regex(r"[A-Za-z][A-Za-z0-9+.-]+:|[\w.-]+@[\w.-]+:")
_LOCAL = regex(r"(?:file:|/|\.{1,2}/|[A-Za-z]:[\\/]|⟨)|^(?:\w+://)?(?:[^/@]*@)?(?:localhost|127\.\d+\.\d+\.\d+)(?::|/|$)")

Words = dict[str, list[v.Value]]


def fetch_of(machine: Machine, row: CMakeRow, plain: list[v.Value], named: Words, span: Span) -> Fetch | None:
    """The access that the command makes; None where it names nothing, or nothing remote."""
    url, prefix = _url(row, plain, named)
    if url is None and (row.url or row.url_at is not None):
        return None
    if url is not None and not prefix and not any(_remote(one) for _, one in v.cases(url)):
        return None
    fetch = Fetch(span, row.kind, row.api, url if url is not None else v.Const(""), prefix, keeps=row.keeps)
    _address(fetch)
    if row.name is not None and row.name < len(plain):
        fetch.name = template(plain[row.name])
    fetch.insecure = any(_is(named.get(keyword), wanted) for keyword, wanted in row.insecure)
    _verification(machine, fetch, row, named)
    target = plain[row.to] if row.to is not None and row.to < len(plain) and fetch.keeps else None
    if row.to is None:
        fetch.stored = fetch.keeps
    elif target is not None:
        here = v.Const("⟨build⟩/") if not template(target).startswith(("⟨", "/", "{")) else v.Const("")
        machine.write_file(machine.expressions.join([here, target]), v.Remote(fetch))
        fetch.written = True
    else:
        fetch.keeps = fetch.stored = False
    return fetch


def _url(row: CMakeRow, plain: list[v.Value], named: Words) -> tuple[v.Value | None, str]:
    if row.url_at is not None:
        return (plain[row.url_at] if row.url_at < len(plain) else None), ""
    for keyword, prefix in row.url:
        held = named.get(keyword)
        if held and held[0] != v.Const(""):
            return held[0], prefix
    for sign, prefix in row.shorthand:
        for one in plain[:1]:
            text = v.text_of(one) or ""
            if text.startswith(sign):
                name = re.split(r"[@#]", text.removeprefix(sign), maxsplit=1)[0]
                named.setdefault(row.reference[0] if row.reference else "", [v.Const((re.split(r"[@#]", text)[1:] or [""])[-1])])
                return v.Const(name), prefix
    return None, ""


def _address(fetch: Fetch) -> None:
    """The address as it is where nobody sets anything."""
    text = _by_default(fetch.url)
    if text is not None:
        fetch.url_text, fetch.url_exact = fetch.prefix + text, True


def _by_default(value: v.Value) -> str | None:
    """The one text that the value is where nobody sets anything; None where there are several, or it is not known."""
    got = NOTHING_SET.possible(value)
    texts = [text for text in got or () if isinstance(text, str)]
    return texts[0] if len(texts) == 1 and got is not None and len(got) == 1 else None


def _remote(url: v.Value) -> bool:
    """Whether a text names something elsewhere; what is not known may."""
    if url == v.NONE:
        return False
    text = template(url)
    if _LOCAL.match(text):
        return False
    return "{" in text.split("/")[0] or bool(_SCHEME.match(text))


def _is(held: list[v.Value] | None, wanted: str) -> bool:
    return held is not None and bool(held) and (v.text_of(held[0]) or "").upper() == wanted.upper()


def _verification(machine: Machine, fetch: Fetch, row: CMakeRow, named: Words) -> None:
    """What the command compares: a digest with its algorithm, an MD5, a commit."""
    for keyword in row.digest:
        for value in named.get(keyword, ())[:1]:
            if machine.deep_taint(value):
                continue  # it came over the network
            match = _HASH.fullmatch(template(value))
            if match and match[2].strip() and not _may_be_empty(value):
                fetch.verified = match[1].lower().replace("_", "-")
                # the digest where nobody sets anything, as the address is: that of another release is none of this one
                plain_text = _HASH.fullmatch(_by_default(value) or template(value))
                digest = plain_text[2].strip() if plain_text else ""
                fetch.expected = digest if digest and "{" not in digest else None
                return
    for keyword, algorithm in row.weak:
        for value in named.get(keyword, ())[:1]:
            if template(value) and not machine.deep_taint(value):
                fetch.verified, fetch.expected = algorithm, v.text_of(value)
                return
    git = posixpath.splitext(template(fetch.url))[1] == ".git" or any(keyword.startswith("GIT") for keyword in named if named[keyword])
    for keyword in row.reference:
        for value in named.get(keyword, ())[:1]:
            usual = _by_default(value)  # a branch that somebody asks for is none of this commit
            texts = [usual] if usual else [template(one) for _, one in v.cases(value)]
            fetch.reference = texts[-1]
            if all(_COMMIT.fullmatch(text) for text in texts):
                fetch.verified, fetch.expected = "git-commit", texts[-1]
                return
            fetch.mutable = True
    fetch.mutable |= bool(git) and not fetch.verified


def _may_be_empty(value: v.Value) -> bool:
    """Whether some alternative is an algorithm without a digest."""
    return any((match := _HASH.fullmatch(template(one))) is None or not match[2].strip() for _, one in v.cases(value))
