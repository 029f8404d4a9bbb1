"""Which keywords of ``setup()`` reach the network? Requirements, as the script leaves them when it calls setuptools.

https://setuptools.pypa.io/en/latest/references/keywords.html: ``setup_requires`` is fetched by setuptools itself where it is not
installed yet, with the help of ``dependency_links``. Requirements for running and testing matter where they name a URL.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from offlint.flow import values as v
from offlint.flow.summary import Fetch
from offlint.flow.texts import template
from offlint.model.span import Span, lines_of
from offlint.model.words import IntegrityState, Phase
from offlint.surfaces.phases import phase_by_name
from offlint.surfaces.requirement import direct, project_name
from offlint.surfaces.requirements import DIRECT, MISSING, OWN_RULE, build_requires

if TYPE_CHECKING:
    from collections.abc import Iterator

    from offlint.flow.machine import Arguments, Machine


_MOST = 100  # requirements of one keyword that are looked at


def declared_by(machine: Machine, args: Arguments, span: Span) -> list[tuple[v.Value, Fetch]]:
    """The accesses, at the keyword's line, each with the condition under which it is made."""
    found: list[tuple[v.Value, Fetch]] = []
    given = args.kwargs.get("setup_requires")
    if given is not None:
        found += _setup_requires(machine, given, _line(machine, span, "setup_requires"))
    for keyword, phase in (("dependency_links", None), ("install_requires", Phase.TEST), ("tests_require", Phase.TEST)):
        if (value := args.kwargs.get(keyword)) is not None:
            found += _direct(machine, value, keyword, phase, _line(machine, span, keyword))
    extras = args.kwargs.get("extras_require")
    for _, table in v.cases(extras) if extras is not None else ():
        for key, value in machine.pairs_of(table):
            name = v.text_of(key) or ""
            phase = phase_by_name(name)
            if phase is not None:
                found += _direct(machine, value, f"extras_require.{name}", phase, _line(machine, span, "extras_require"))
    return found


def _setup_requires(machine: Machine, value: v.Value, span: Span) -> Iterator[tuple[v.Value, Fetch]]:
    provided = build_requires(machine.project)
    for test, one in v.cases(value):
        texts = _texts(machine, one)
        if texts is None:
            machine.leave(span, "setup_requires is computed, and what it asks for is not known")
            continue
        asked = [text for text in texts if project_name(text) not in provided]
        named = [text for text in asked if direct(text, span) is None]
        if named:
            url = f"PyPI: {', '.join(named)}"
            fetch = Fetch(span, "config", "setup_requires", v.Const(url), stored=True, url_text=url)
            yield v.both(test, _missing(machine, span)), fetch
        for text in asked[:_MOST]:
            yield from _one(machine, text, test, "setup_requires", None, span)


def _direct(machine: Machine, value: v.Value, keyword: str, phase: Phase | None, span: Span) -> Iterator[tuple[v.Value, Fetch]]:
    for test, one in v.cases(value):
        for text in (_texts(machine, one) or [])[:_MOST]:
            yield from _one(machine, text, test, keyword, phase, span)


def _one(  # noqa: PLR0917  (what one requirement is, and where it stands)
    machine: Machine, text: str, test: v.Value, keyword: str, phase: Phase | None, span: Span
) -> Iterator[tuple[v.Value, Fetch]]:
    source = direct(text, span)
    if source is None:
        return
    place = _at(machine, span, text)
    fetch = Fetch(place, source.kind, keyword if keyword in OWN_RULE else DIRECT, v.Const(source.url), stored=True, phase=phase)
    fetch.url_text, fetch.url_exact = source.url, "{" not in source.url
    fetch.mutable = "mutable-reference" in source.integrity.flaws
    if source.integrity.state in (IntegrityState.VERIFIED, IntegrityState.WEAK):
        fetch.verified, fetch.expected = source.integrity.algorithm, source.integrity.expected
    yield v.both(test, _missing(machine, place)), fetch


def _missing(machine: Machine, span: Span) -> v.Value:
    return v.negation(machine.atom("missing", MISSING, span))  # such an atom holds where the thing is there


def _texts(machine: Machine, value: v.Value) -> list[str] | None:
    """The requirements of a keyword: a list, or lines of one text; None where the value is not known."""
    if isinstance(value, v.Const):
        return [line.strip() for line in value.value.splitlines() if line.strip()] if isinstance(value.value, str) else []
    items = machine.items_of(value)
    if items is None:
        return None
    return [template(item) for item in items if not isinstance(item, v.Rest | v.Unknown)]


def _line(machine: Machine, span: Span, keyword: str) -> Span:
    """The line of a keyword: in the call, else wherever the script first gives it to something."""
    given = re.compile(rf"\b{keyword}(?:[\"']\]?)?\s*[=:]")
    lines = lines_of(machine.project.text(span.file) or "")
    for number in (*range(span.line, len(lines) + 1), *range(1, span.line)):
        if found := given.search(lines[number - 1]):
            return Span(span.file, number, found.start() + 1, number, found.start() + 1 + len(keyword))
    return span


def _at(machine: Machine, span: Span, needle: str) -> Span:
    """The first place of a text at or after a line, the line itself where there is none."""
    line = machine.project.find(span.file, needle, span.line)
    lines = lines_of(machine.project.text(span.file) or "")
    start = lines[line - 1].find(needle) + 1 if 0 < line <= len(lines) else 0
    return Span(span.file, line, start, line, start + len(needle)) if start else span
