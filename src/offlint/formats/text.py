"""What does a person want to read? Findings one below the other, and a line for each phase at the end.

Plain, in lines that editors can jump by, when piped; with source frames and colour (``terminal``) on a terminal.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from offlint.formats.base import Options, counted, plural, prefix, shown, title
from offlint.formats.facts import facts, short_trail, trail_words
from offlint.model.report import Finding, PhaseVerdict, Report
from offlint.model.words import Level

_INDENT = "    "


def render(reports: Sequence[Report], options: Options) -> str:
    """All projects. ``--quiet``: the findings alone; ``--verbose``: notes, suppressed findings and whole trails too."""
    if options.terminal:
        from offlint.formats import terminal  # noqa: PLC0415 # rich takes long to load

        return terminal.render(reports, options)
    return "".join(f"{line}\n" for report in reports for line in _project(report, reports, options))


def selected(report: Report, options: Options) -> Iterator[Finding]:
    """The findings to show: notes where they count or with ``--verbose``, suppressed and known ones with ``--verbose``."""
    notes = options.verbose or options.fail_on is Level.NOTE
    for finding in report.findings:
        if (notes or finding.level is not Level.NOTE) and (options.verbose or finding.counts):
            yield finding


def head(finding: Finding) -> str:
    """``error OFL201 unverified-download: message``; a suppressed finding, or one that the baseline knows, says so."""
    accepted = f" (suppressed{': ' + shown(finding.reason) if finding.reason else ''})" if finding.suppressed else ""
    accepted = accepted or (" (known)" if finding.baseline == "unchanged" else "")
    return f"{finding.level} {finding.code} {finding.name}{accepted}: {shown(finding.message)}"


def because(verdict: PhaseVerdict, before: str = "") -> str:
    """The places that decide a phase's verdict, the first three, and why."""
    places = [before + place for place in verdict.because[:3]]
    if len(verdict.because) > 3:
        places.append(f"and {len(verdict.because) - 3} more")
    return shown(": ".join(part for part in (" ".join(places), verdict.why) if part))


def totals(report: Report, options: Options) -> str:
    """``2 errors, 1 warning; 3 notes not shown``, with what else was left out."""
    counts = [(level, counted(report.findings, level)) for level in (Level.ERROR, Level.WARNING, Level.NOTE)]
    shown_notes = options.verbose or options.fail_on is Level.NOTE
    said = [plural(count, level.value) for level, count in counts if count and (shown_notes or level is not Level.NOTE)]
    parts = [", ".join(said) or "nothing to report"]
    hidden = counts[2][1]
    suppressed = sum(finding.suppressed for finding in report.findings)
    more = []
    if hidden and not shown_notes:
        more.append(plural(hidden, "note"))
    if suppressed:
        more.append(f"{suppressed} suppressed")
    known = sum(finding.baseline == "unchanged" for finding in report.findings)
    if known:
        more.append(f"{known} known")
    if more:
        parts.append(_listed(more) + ("" if options.verbose else ", see --verbose"))
    return "; ".join(parts)


def _listed(words: list[str]) -> str:
    return " and ".join(words) if len(words) < 3 else f"{', '.join(words[:-1])} and {words[-1]}"


def unread(report: Report) -> str | None:
    """What could not be analysed, on one line; None when all was."""
    if not report.not_analysed:
        return None
    first = report.not_analysed[0]
    more = len(report.not_analysed) - 1
    return f"not analysed: {shown(first.file)}: {shown(first.why)}" + (f" (and {more} more)" if more else "")


def _project(report: Report, reports: Sequence[Report], options: Options) -> Iterator[str]:
    before = prefix(report, reports)
    for finding in selected(report, options):
        span = finding.span
        yield f"{shown(before + span.file)}:{span.line}:{span.column}: {head(finding)}"
        if not options.quiet:
            yield from _details(finding, before, options)
    if options.quiet:
        return
    if len(reports) > 1:
        yield title(report)
    for verdict in report.verdicts:
        yield f"{verdict.phase.value:5}  {verdict.verdict.value:7}  {because(verdict, before)}".rstrip()
    left = unread(report)
    if left is not None:
        yield left
    yield totals(report, options)


def _details(finding: Finding, before: str, options: Options) -> Iterator[str]:
    access = finding.access
    if access is not None:
        if options.verbose:
            for number, step in enumerate(trail_words(access, before)):
                yield f"{_INDENT}{'trail: ' if not number else '       '}{step}"
        elif len(access.trail) > 1:
            yield f"{_INDENT}trail: {short_trail(access, before)}"
        for label, text in facts(access, before):
            yield f"{_INDENT}{label}: {text}"
    if finding.advice:
        yield f"{_INDENT}mend: {shown(finding.advice)}"
