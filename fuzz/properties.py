"""What must hold of every answer, whatever the input? Positions lie in their file, and every form of the output is what it claims to be."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import fields, is_dataclass
from typing import Any

from offlint.formats import registry
from offlint.formats.base import Options
from offlint.model.report import Report
from offlint.model.span import Span
from offlint.project.tree import Tree
from offlint.recipe import registry as recipes
from offlint.recipe.making import recipe_of
from offlint.rulebook.schema import Rulebook

#: What a terminal, an editor or a log would obey or hide; line ends are the format's own.
CONTROLS = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]")
COLOUR = re.compile(r"\x1b\[[\d;]*m")
LINE_END = re.compile(r"\r\n|\r|\n")


class Broken(AssertionError):  # noqa: N818 # what was found
    """A property that does not hold."""


def spans_in(value: object) -> Iterator[Span]:
    """Every place in a tree of dataclasses and sequences; without recursion, as trees may be deep."""
    waiting, seen = [value], set()
    while waiting:
        one = waiting.pop()
        if isinstance(one, Span):
            yield one
        elif isinstance(one, (str, bytes, int, float)) or one is None or id(one) in seen:
            continue
        else:
            seen.add(id(one))
            if is_dataclass(one):
                waiting += [getattr(one, field.name) for field in fields(one)]
            elif isinstance(one, dict):
                waiting += [*one.keys(), *one.values()]
            elif isinstance(one, (tuple, list, set, frozenset)):
                waiting += one


def inside(spans: Iterable[Span], text_of: Callable[[str], str | None]) -> None:
    """Raise Broken where a place is none of its file, or ends before it begins."""
    known: dict[str, list[str] | None] = {}
    for span in spans:
        if span.file not in known:
            text = text_of(span.file)
            known[span.file] = None if text is None else LINE_END.split(text)
        lines = known[span.file]
        if lines is None:
            continue
        for line, column in ((span.line, span.column), (span.end_line, span.end_column)):
            if not 1 <= line <= len(lines) or not 1 <= column <= len(lines[line - 1]) + 1:
                raise Broken(f"{span} lies outside of its file of {len(lines)} lines")
        if (span.line, span.column) > (span.end_line, span.end_column):
            raise Broken(f"{span} ends before it begins")


def sound(report: Report, project: Tree, book: Rulebook) -> None:
    """Raise Broken where a report or one of its renderings is not what it should be."""
    files = frozenset(project.files)

    def text_of(file: str) -> str | None:
        return project.text(file) if file in files else None

    inside(spans_in((report.findings, report.accesses, report.lacks if hasattr(report, "lacks") else ())), text_of)
    for one in report.not_analysed:
        text = text_of(one.file)
        if text is not None and not 1 <= one.line <= len(LINE_END.split(text)):
            raise Broken(f"{one} lies outside of its file")
        if not one.why:
            raise Broken(f"{one} says nothing")
    for name, text in rendered(report, book):
        if name in _JSON:
            json.loads(text)
        plain = COLOUR.sub("", text) if name == "terminal" else text
        found = CONTROLS.search(plain if name != "gentoo" else plain.replace("\t", ""))
        if found is not None:
            raise Broken(f"{name} shows {found[0]!r} near {plain[max(0, found.start() - 60) : found.end() + 20]!r}")


_JSON = frozenset({"sarif", "json", "gitlab", "inventory json", "cyclonedx", "recipe json"})


def rendered(report: Report, book: Rulebook) -> Iterator[tuple[str, str]]:
    """Each form of the output, by name."""
    options = Options(rules=book.rules, verbose=True)
    for name, module in registry.CHECK.items():
        yield name, registry.render(module, [report], options)
    yield "terminal", registry.render(registry.CHECK["text"], [report], Options(rules=book.rules, verbose=True, terminal=True))
    for name, module in recipes.INVENTORY.items():
        yield f"inventory {name}" if name == "json" else name, registry.render(module, [report], options)
    recipe = recipe_of(report, book)
    for name in recipes.FORMATS:
        yield f"recipe {name}" if name in {"text", "json", "markdown"} else name, recipes.render(name, [recipe])


def any_text(value: Any) -> str:
    """A text for a message, cut."""
    return repr(value)[:300]
