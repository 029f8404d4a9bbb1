"""Do the examples of pages hold? What each claims, and whether a report keeps to it: every mark, and every silence."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from offlint.model.lazy import regex
from offlint.run import check_files

if TYPE_CHECKING:
    from offlint.model.report import Report
    from offlint.rulebook.reader import Mark, Page
    from offlint.rulebook.schema import Rulebook

Marks = Mapping[str, Mapping[int, "tuple[Mark, ...]"]]
Place = Callable[[str, int], str]

CODE = regex(r"[A-Z]+\d+")


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
    """All examples of all pages, in order. Raises RulebookError for a bad title or mark."""
    for page in pages:
        for example in page.examples:
            yield Case(page, example.heading, example.files, example.marks, example.lines)


def problems_of(case: Case, book: Rulebook) -> list[str]:
    """What does not hold of an example, each line with its place; empty where it is judged as marked."""
    try:
        report = check_files(case.files, rulebook=book)
    except Exception as error:  # noqa: BLE001 # one example's failure must not lose the others
        line = min(case.lines.values(), default=1) - 1
        return [f"{case.page.path}:{line}: {case.heading}: cannot be judged: {type(error).__name__}: {' '.join(str(error).split())[:200]}"]
    return compare(reported(case, report), case.marks, case.place)


def reported(case: Case, report: Report) -> dict[tuple[str, int], set[str]]:
    """What offlint says of the example's files, in the words of the page's marks: its own rule's findings, or all accesses."""
    found: dict[tuple[str, int], set[str]] = {}
    code = str(case.page.head.data.get("code", ""))
    if code:
        for finding in report.findings:
            if finding.code == code:
                found.setdefault((finding.span.file, finding.span.line), set()).add(code)
        return found
    for access in report.accesses:
        words = f"{access.kind} {access.guard.state} {access.integrity.state}"
        found.setdefault((access.span.file, access.span.line), set()).add(words)
    return found


def claims(mark: Mark) -> list[str]:
    """What one mark says: each code by itself; the words of an access (kind, guard, integrity) as one phrase."""
    if mark.kind == "expect" or all(CODE.fullmatch(word) for word in mark.words):
        return list(mark.words)
    return [" ".join(mark.words)]


def fits(claim: str, word: str) -> bool:
    """Whether a claim says what was reported, or its first words: ``http`` fits ``http none absent``."""
    return word == claim or word.startswith(claim + " ")


def compare(found: Mapping[tuple[str, int], Collection[str]], marks: Marks, place: Place = "{}:{}".format) -> list[str]:
    """The differences between a report and the marks, none where each mark and each silence is right.

    ``found`` maps file and line to codes (``OFL101``) or accesses (``http none absent``). A ``missed`` must not be reported and
    a ``false-alarm`` must be: where a gap was mended the mark has to go, so both are problems then.
    """
    marked = {(file, line) for file, lines in marks.items() for line in lines}
    problems: list[str] = []
    for file, line in sorted(marked | {key for key, words in found.items() if words}):
        said = [(mark.kind, claim) for mark in marks.get(file, {}).get(line, ()) for claim in claims(mark)]
        problems += [f"{place(file, line)}: {problem}" for problem in compare_line(found.get((file, line), ()), said)]
    return problems


def compare_line(found: Collection[str], said: list[tuple[str, str]]) -> Iterator[str]:
    """The problems of one line, whose marks make the claims ``said`` (kind of mark, claim)."""
    for kind, claim in said:
        there = any(fits(claim, word) for word in found)
        if kind == "missed" and there:
            yield f"{claim} is no longer missed: make the mark an ordinary one"
        elif kind == "false-alarm" and not there:
            yield f"{claim} is no longer a false alarm: take the mark away"
        elif kind not in ("missed", "false-alarm") and not there:
            yield f"{claim} is not reported" + (f", but {', '.join(sorted(found))}" if found else "")
    for word in sorted(found):
        if not any(fits(claim, word) for _, claim in said):
            yield f"{word} is reported and not marked"
