"""What does a person want to see of the inventory? Phases, switches and accesses as three tables of plain text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from offlint.findings.redact import redact
from offlint.formats.base import Options, plural, shown, title
from offlint.model.access import Access
from offlint.model.report import Report
from offlint.model.words import Verdict

_WIDEST = 60


def render(reports: Sequence[Report], options: Options) -> str:
    """The tables of each project; ``--verbose`` leaves URLs whole and adds the trail."""
    return "\n".join("".join(f"{line}\n" for line in _project(report, options)) for report in reports)


def _project(report: Report, options: Options) -> Iterator[str]:
    yield title(report)
    yield ""
    yield from rows(
        ("PHASE", "VERDICT", "BECAUSE"), [(one.phase.value, one.verdict.value, _because(one.because)) for one in report.verdicts]
    )
    if report.switches:
        yield ""
        switches = [(one.name, one.kind, one.set_to, one.effect, _because(one.stops or one.starts)) for one in report.switches]
        yield from rows(("SWITCH", "KIND", "SET TO", "EFFECT", "AT"), switches)
    yield ""
    if report.accesses:
        head = ("PLACE", "PHASE", "REACH", "GUARD", "INTEGRITY", "API", "URL", "RULES")
        width = 10**6 if options.verbose else _WIDEST
        # What several tests or documents come to alike is one row.
        alike = Counter(_access(access, report.rules.get(index, ()), width) for index, access in enumerate(report.accesses))
        yield from rows(
            head, [(place + (f" \N{MULTIPLICATION SIGN} {count}" if count > 1 else ""), *rest) for (place, *rest), count in alike.items()]
        )
        if options.verbose:
            yield from _trails(report)
    elif any(one.verdict is Verdict.UNKNOWN for one in report.verdicts):
        yield "No access was found, but not everything could be analysed."
    else:
        yield "No access was found."
    if report.not_analysed:
        yield ""
        yield f"{plural(len(report.not_analysed), 'thing')} could not be analysed:"
        yield from (f"  {shown(one.file)}: {shown(one.why)}" for one in report.not_analysed)


def _access(access: Access, rules: Sequence[str], width: int) -> tuple[str, ...]:
    guard = f"{access.guard.state} {access.guard.switch}" if access.guard.switch else access.guard.state.value
    integrity = f"{access.integrity.state} {access.integrity.algorithm}" if access.integrity.algorithm else access.integrity.state.value
    url = redact(access.url)
    url = url if len(url) <= width else f"{url[: width - 1]}…"
    return access.span.place, access.phase.value, access.reach.value, guard, integrity, access.api, url, " ".join(rules)


def _trails(report: Report) -> Iterator[str]:
    for access in report.accesses:
        yield ""
        yield shown(f"{access.span.place} {access.api}" + (f" by {access.program}" if access.program else ""))
        yield from (shown(f"  {step.span.place} {step.what}") for step in access.trail)


def _because(places: Sequence[str]) -> str:
    return " ".join(places) if len(places) <= 3 else f"{' '.join(places[:3])} and {len(places) - 3} more"


def rows(head: Sequence[str], body: Sequence[Sequence[str]]) -> Iterator[str]:
    """Lines with aligned columns, two blanks between them and none at the end."""
    cells = [list(head), *([shown(cell) for cell in row] for row in body)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(head))]
    for row in cells:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
