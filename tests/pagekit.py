"""What do the examples of pages claim, and does a report keep to it? Shared by the tests of rules/ and tests/pages/."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from offlint.rulebook.reader import Mark, Page

Marks = Mapping[str, Mapping[int, tuple[Mark, ...]]]
Place = Callable[[str, int], str]

CODE = re.compile(r"[A-Z]+\d+")


@dataclass(frozen=True)
class Case:
    """One example: a project of its own. ``lines`` says where in the page each file begins."""

    page: Page
    heading: str
    files: Mapping[str, str]
    marks: Marks
    lines: Mapping[str, int]

    @property
    def id(self) -> str:
        """A name for pytest: the page and the heading."""
        return f"{self.page.path}: {self.heading}"

    def place(self, file: str, line: int) -> str:
        """``page:line (file:line)``, as messages want it."""
        if file not in self.lines:
            return f"{self.page.path} ({file}:{line})"
        return f"{self.page.path}:{self.lines[file] + line - 1} ({file}:{line})"


def iter_examples(pages: Iterable[Page]) -> Iterator[Case]:
    """All examples of all pages, in order."""
    for page in pages:
        for example in page.examples:
            yield Case(page, example.heading, example.files, example.marks, example.lines)


def claims(mark: Mark) -> list[str]:
    """What one mark says: each code by itself; the words of an access (kind, guard, integrity) as one phrase."""
    if mark.kind == "expect" or all(CODE.fullmatch(word) for word in mark.words):
        return list(mark.words)
    return [" ".join(mark.words)]


def fits(claim: str, reported: str) -> bool:
    """Whether a claim says what was reported, or its first words: ``http`` fits ``http none absent``."""
    return reported == claim or reported.startswith(claim + " ")


def compare(reported: Mapping[tuple[str, int], Collection[str]], marks: Marks, place: Place = "{}:{}".format) -> list[str]:
    """The differences between a report and the marks, none where each mark and each silence is right.

    ``reported`` maps file and line to codes (``OFL101``) or accesses (``http none absent``). A ``missed`` must not be reported and
    a ``false-alarm`` must be: where a gap was mended the mark has to go, so both are problems then.
    """
    marked = {(file, line) for file, lines in marks.items() for line in lines}
    problems: list[str] = []
    for file, line in sorted(marked | {key for key, words in reported.items() if words}):
        said = [(mark.kind, claim) for mark in marks.get(file, {}).get(line, ()) for claim in claims(mark)]
        problems += [f"{place(file, line)}: {problem}" for problem in compare_line(reported.get((file, line), ()), said)]
    return problems


def compare_line(reported: Collection[str], said: list[tuple[str, str]]) -> Iterator[str]:
    """The problems of one line, whose marks make the claims ``said`` (kind of mark, claim)."""
    for kind, claim in said:
        found = any(fits(claim, word) for word in reported)
        if kind == "missed" and found:
            yield f"{claim} is no longer missed: make the mark an ordinary one"
        elif kind == "false-alarm" and not found:
            yield f"{claim} is no longer a false alarm: take the mark away"
        elif kind not in ("missed", "false-alarm") and not found:
            yield f"{claim} is not reported" + (f", but {', '.join(sorted(reported))}" if reported else "")
    for word in sorted(reported):
        if not any(fits(claim, word) for _, claim in said):
            yield f"{word} is reported and not marked"
