"""What does a person want to see on a terminal? The source, the call underlined, its trail and evidence, in colour.

The only module that imports rich, which decides from the environment whether there is colour (NO_COLOR, FORCE_COLOR, TERM).
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from typing import Any

from rich import box
from rich.cells import cell_len
from rich.console import Console
from rich.markdown import Markdown
from rich.table import Table
from rich.text import Text

from offlint.formats.base import Options, prefix, shown, title
from offlint.formats.facts import facts, short_trail, trail_words
from offlint.formats.text import because, selected, totals, unread
from offlint.model.report import Finding, Report
from offlint.model.span import Span
from offlint.model.words import Level, Verdict

_LEVELS = {Level.ERROR: "bold red", Level.WARNING: "bold yellow", Level.NOTE: "bold cyan", Level.NONE: "dim"}
_VERDICTS = {
    Verdict.OFFLINE: "bold green",
    Verdict.OPT_IN: "green",
    Verdict.OPT_OUT: "yellow",
    Verdict.ONLINE: "bold red",
    Verdict.UNKNOWN: "magenta",
}
_MOST_LINES = 6


def render(reports: Sequence[Report], options: Options) -> str:
    """All projects, as wide as the terminal."""
    return _captured(options.width, lambda console: _projects(console, reports, options))


def markdown(text: str, width: int) -> str:
    """A page of Markdown for the terminal."""
    return _captured(width, lambda console: console.print(Markdown(text)))


def _captured(width: int, draw: Callable[[Console], object]) -> str:
    out = io.StringIO()
    console = Console(file=out, force_terminal=True, width=width, highlight=False, legacy_windows=False)
    draw(console)
    return out.getvalue()


def _projects(console: Console, reports: Sequence[Report], options: Options) -> None:
    for report in reports:
        before = prefix(report, reports)
        # Several rules broken at one place share its frame and its facts.
        for _, group in groupby(selected(report, options), key=lambda one: (one.span, one.access, one.suppressed)):
            _findings(console, list(group), report, before, options)
        if not options.quiet:
            _summary(console, report, reports, options)


def _line(console: Console, *parts: tuple[str, str]) -> None:
    console.print(Text.assemble(*parts), soft_wrap=True)


def _findings(console: Console, findings: Sequence[Finding], report: Report, before: str, options: Options) -> None:
    for finding in findings:
        style = "dim" if finding.suppressed else _LEVELS[finding.level]
        accepted = " suppressed" if finding.suppressed else ""
        _line(
            console,
            (f"{finding.level.value}[{finding.code}]{accepted}", style),
            (f" {finding.name}: ", "bold"),
            (shown(finding.message), ""),
        )
    span = findings[0].span
    margin = " " * len(str(span.end_line))
    _line(console, (f"{margin}--> ", "blue"), (f"{shown(before + span.file)}:{span.line}:{span.column}", "underline"))
    worst = max(findings, key=lambda one: one.level.rank)
    _frame(console, span, report.sources.get(span.file), "dim" if worst.suppressed else _LEVELS[worst.level])
    if not options.quiet:
        for label, text in _details(findings, report, before, options):
            style = "bold green" if label == "mend" else "bold"
            _line(console, (f"{margin} = ", "blue"), (f"{label}: ", style), (text, ""))
    console.print()


def _details(findings: Sequence[Finding], report: Report, before: str, options: Options) -> Iterator[tuple[str, str]]:
    access = findings[0].access
    if access is not None:
        if options.verbose:
            yield from (("trail", step) for step in trail_words(access, before))
        elif len(access.trail) > 1:
            yield "trail", short_trail(access, before)
        yield from facts(access, before)
        places = (access.guard.flaw_evidence or access.guard.evidence, access.integrity.evidence)
        for place in dict.fromkeys(place for place in places if place is not None and place != access.span):
            lines = lines_of(report.sources.get(place.file, ""))
            if 0 < place.line <= len(lines) and lines[place.line - 1].strip():
                yield shown(before + place.place), _plain(lines[place.line - 1].strip())
    for finding in findings:
        if finding.suppressed and finding.reason:
            yield "suppressed", shown(finding.reason)
    for advice in dict.fromkeys(finding.advice for finding in findings if finding.advice):
        yield "mend", shown(advice)


def lines_of(source: str) -> list[str]:
    """A text's lines as Python and editors count them: not at form feeds and Unicode's separators."""
    return source.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def _frame(console: Console, span: Span, source: str | None, style: str) -> None:
    """The lines of a span, each underlined where the span covers it; a long span keeps its ends."""
    lines = lines_of(source) if source else []
    if not 0 < span.line <= len(lines):
        return
    last = min(span.end_line, len(lines))
    width = len(str(last))
    console.print(Text(f"{' ' * width} |", "blue"))
    for number in range(span.line, last + 1):
        if last - span.line >= _MOST_LINES and span.line + 3 < number < last - 1:
            if number == span.line + 4:
                console.print(Text(f"{'.' * width} |", "blue"))
            continue
        line = lines[number - 1]
        begin = span.column - 1 if number == span.line else len(line) - len(line.lstrip())
        end = span.end_column - 1 if number == span.end_line else len(line.rstrip())
        left, marked, right = _plain(line[:begin]), _plain(line[begin:end]), _plain(line[max(begin, end) :])
        _line(console, (f"{number:>{width}} | ", "blue"), (left + marked + right, ""))
        _line(console, (f"{' ' * width} | ", "blue"), (f"{' ' * cell_len(left)}{'^' * max(1, cell_len(marked))}", style))


def _plain(line: str) -> str:
    """A piece of a line as it is drawn: as wide as it looks, and without credentials."""
    return shown(line.replace("\t", "    "))


def _summary(console: Console, report: Report, reports: Sequence[Report], options: Options) -> None:
    table = Table(box=box.SIMPLE_HEAD, title=title(report) if len(reports) > 1 else None, title_justify="left")
    columns: dict[str, Any] = {"phase": {"no_wrap": True}, "verdict": {"no_wrap": True}, "because": {"overflow": "fold"}}
    for name, settings in columns.items():
        table.add_column(name, **settings)
    for one in report.verdicts:
        table.add_row(
            Text(one.phase.value, "bold"),
            Text(one.verdict.value, _VERDICTS[one.verdict]),
            Text(because(one, prefix(report, reports))),
        )
    if report.verdicts:
        console.print(table)
    left = unread(report)
    if left is not None:
        _line(console, (left, "magenta"))
    _line(console, (totals(report, options), "bold"))
