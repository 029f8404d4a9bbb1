"""What does a person want to see on a terminal? The source, the call underlined, what was found of it, and a table at the end.

Only this, ``frames`` and ``progress`` know rich, which decides from the environment whether there is colour (NO_COLOR, FORCE_COLOR, TERM).
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from textwrap import wrap

from rich.console import Console
from rich.markdown import Markdown
from rich.table import Table
from rich.text import Text

from offlint.formats.base import Options, prefix, shown, title
from offlint.formats.facts import guard_words, integrity_words, switch_words, trail_words
from offlint.formats.frames import frames, margin, marks_of
from offlint.formats.text import because, selected, totals, unread
from offlint.model.lazy import regex
from offlint.model.report import Finding, Report
from offlint.model.words import GuardState, Level, Phase, Verdict

_LEVELS = {Level.ERROR: "bold red", Level.WARNING: "bold yellow", Level.NOTE: "bold cyan", Level.NONE: "dim"}
_VERDICTS = {
    Verdict.OFFLINE: "bold green",
    Verdict.OPT_IN: "green",
    Verdict.OPT_OUT: "yellow",
    Verdict.ONLINE: "bold red",
    Verdict.UNKNOWN: "magenta",
}
_WIDEST = 40
_TRAILING = regex(r"(?m)(?<! ) +(?:((?:\x1b\[[\d;]*m)+) *)?$")


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
    said: set[str] = set()
    for report in reports:
        before = prefix(report, reports)
        # Several rules broken at one place share its frame and its facts.
        for _, group in groupby(selected(report, options), key=lambda one: (one.span, one.access, one.counts)):
            _findings(console, list(group), report, before, options=options, said=said)
        if not options.quiet:
            _summary(console, report, reports, options)


def _line(console: Console, *parts: tuple[str, str] | Text) -> None:
    console.print(Text.assemble(*parts), soft_wrap=True)


def _findings(console: Console, findings: Sequence[Finding], report: Report, before: str, *, options: Options, said: set[str]) -> None:
    """``said``: the advice that was given before, and is not repeated."""
    for finding in findings:
        style = "dim" if not finding.counts else _LEVELS[finding.level]
        accepted = " suppressed" if finding.suppressed else "" if finding.counts else " known"
        _line(
            console,
            (f"{finding.level.value}[{finding.code}]{accepted}", style),
            (f" {finding.name}: ", "bold"),
            (shown(finding.message), ""),
        )
    worst = max(findings, key=lambda one: one.level.rank)
    style = "dim" if not worst.counts else _LEVELS[worst.level]
    marks = marks_of(findings[0].span, None if options.quiet else findings[0].access, style)
    for line in frames(marks, report.sources, before, options.width):
        _line(console, line)
    if not options.quiet:
        space = " " * margin(marks)
        for label, text in _details(findings, before, options, said):
            first = f"{space} = {label}: "
            lines = wrap(text, max(20, options.width - len(first)), break_long_words=False, break_on_hyphens=False) or [""]
            _line(console, (f"{space} = ", "blue"), (f"{label}: ", "bold green" if label == "mend" else "bold"), (lines[0], ""))
            for more in lines[1:]:
                _line(console, (f"{' ' * len(first)}{more}", ""))
    console.print()


def _details(findings: Sequence[Finding], before: str, options: Options, said: set[str]) -> Iterator[tuple[str, str]]:
    access = findings[0].access
    if access is not None:
        yield "guard", guard_words(access.guard, place=False)
        yield "integrity", integrity_words(access.integrity, place=False)
        if options.verbose:
            yield from (("trail", step) for step in trail_words(access, before))
        elif len(access.trail) > 1:
            places = list(dict.fromkeys(before + step.span.place for step in access.trail))
            if len(places) > 4:
                places = [*places[:2], f"… {len(places) - 3} more …", places[-1]]
            yield "trail", shown(" > ".join(places))
    for finding in findings:
        if finding.suppressed and finding.reason:
            yield "suppressed", shown(finding.reason)
    for advice in dict.fromkeys(finding.advice for finding in findings if finding.advice):
        if options.verbose or advice not in said:
            said.add(advice)
            yield "mend", shown(advice)


def _summary(console: Console, report: Report, reports: Sequence[Report], options: Options) -> None:
    if len(reports) > 1:
        _line(console, (title(report), "bold underline"))
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="bold dim")
    for name in ("phase", "verdict", "switches", "because"):
        table.add_column(name, no_wrap=name in {"phase", "verdict"}, overflow="fold", max_width=_WIDEST if name == "switches" else None)
    for one in report.verdicts:
        table.add_row(
            Text(one.phase.value, "bold"),
            Text(one.verdict.value, _VERDICTS[one.verdict]),
            Text(_switches(report, one.phase)),
            Text(because(one, prefix(report, reports))),
        )
    if report.verdicts:
        with console.capture() as capture:
            console.print(table)
        console.file.write(_TRAILING.sub(r"\1", capture.get()))
        console.print()
    left = unread(report)
    if left is not None:
        _line(console, (left, "magenta"))
    _line(console, (totals(report, options), "bold"))
    step = next_step(report)
    if step:
        _line(console, ("next: ", "bold green"), (step, ""))
    if report is not reports[-1]:
        console.print()


def _switches(report: Report, phase: Phase) -> str:
    """What is set to stop a phase's accesses, or to ask for them: the first three."""
    guards = [one.guard for one in report.accesses if one.phase is phase and one.guard.switch]
    found = list(dict.fromkeys(("on request: " if guard.state is GuardState.OPT_IN else "") + switch_words(guard) for guard in guards))
    return shown(", ".join(found[:3]) + (f" and {len(found) - 3} more" if len(found) > 3 else ""))


def next_step(report: Report) -> str:
    """What to do now, in one line; empty where there is nothing to do."""
    open_ones = [one for one in report.findings if one.counts and one.level.rank >= Level.WARNING.rank]
    if open_ones:
        worst = max(open_ones, key=lambda one: one.level.rank)
        return f"offlint explain {worst.code} says why and how to mend it; offlint inventory lists every access"
    verdicts = {one.phase: one.verdict for one in report.verdicts}
    stopped = [phase for phase, verdict in verdicts.items() if verdict is Verdict.OPT_OUT]
    if stopped:
        return f"set {_switches(report, stopped[0])} where the {stopped[0].value} must stay offline"
    if Verdict.UNKNOWN in verdicts.values():
        return "offlint inventory lists what could not be analysed"
    return ""
