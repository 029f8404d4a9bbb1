"""What would a reviewer read on a page? Verdicts, switches and findings as tables of Markdown, such as a job's summary on GitHub.

A text of the project stands in ``<code>`` or between backticks, where nothing in it is markup, a link or a mention.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from offlint.formats.base import Options, plural, prefix, shown
from offlint.formats.text import because, selected, totals
from offlint.model.lazy import regex
from offlint.model.report import Report

# A step's summary may have 1 MiB: https://docs.github.com/en/actions/reference/workflow-commands-for-github-actions#step-isolation-and-limits
MOST_BYTES = 1_000_000
_MOST_ROWS = 500
_PLAIN = regex(r"[^\s`|\\](?:[^`|\\]*[^\s`|\\])?")
_PUNCTUATION = regex(r"[!-/:-@\[-`{-~]")


def render(reports: Sequence[Report], options: Options) -> str:
    """A section for each project, cut where it gets longer than a summary may be."""
    lines: list[str] = []
    left = MOST_BYTES
    for line in (line for report in reports for line in _project(report, reports, options)):
        left -= len(line.encode("utf-8", "replace")) + 1
        if left < 0:
            lines += ["", "The rest is left out: a summary may have 1 MiB."]
            break
        lines.append(line)
    return "".join(f"{line}\n" for line in lines)


def code(text: str) -> str:
    """A text of the project as code, whatever is in it, also in a cell of a table."""
    text = shown(text)
    if not text:
        return ""
    if _PLAIN.fullmatch(text):
        return f"`{text}`"
    return f"<code>{_PUNCTUATION.sub(lambda found: f'&#{ord(found[0])};', text)}</code>"


def _project(report: Report, reports: Sequence[Report], options: Options) -> Iterator[str]:
    before = prefix(report, reports)
    project = report.project
    yield f"## offlint: {code(' '.join(word for word in (project.name or project.root, project.version) if word))}"
    yield ""
    yield from _table(
        ("phase", "verdict", "because"), [(one.phase, f"**{one.verdict}**", code(because(one, before))) for one in report.verdicts]
    )
    if report.switches:
        rows = [
            (code(one.name), one.kind, code(one.set_to), one.effect, _places(one.stops or one.starts, before)) for one in report.switches
        ]
        yield from _table(("switch", "kind", "set to", "effect", "at"), rows)
    findings = sorted(selected(report, options), key=lambda one: -one.level.rank)
    yield from _table(
        ("level", "rule", "place", "finding"),
        [
            (
                f"{one.level}{' (suppressed)' if one.suppressed else '' if one.counts else ' (known)'}",
                f"{one.code} {one.name}",
                code(f"{before}{one.span.file}:{one.span.line}"),
                code(one.message),
            )
            for one in findings
        ],
    )
    if report.not_analysed:
        yield from _table(("not analysed", "why"), [(code(f"{before}{one.file}"), code(one.why)) for one in report.not_analysed])
    yield f"{totals(report, options)}."
    yield ""


def _places(places: Sequence[str], before: str) -> str:
    more = f" and {len(places) - 3} more" if len(places) > 3 else ""
    return " ".join(code(before + place) for place in places[:3]) + more


def _table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> Iterator[str]:
    if not rows:
        return
    yield f"| {' | '.join(head)} |"
    yield f"|{' --- |' * len(head)}"
    for row in rows[:_MOST_ROWS]:
        yield f"| {' | '.join(str(cell) for cell in row)} |"
    yield ""
    if len(rows) > _MOST_ROWS:
        yield f"… and {plural(len(rows) - _MOST_ROWS, 'row')} more."
        yield ""
