"""How does a GitHub workflow show a finding on its line? Workflow commands, one a finding, the worst first.

https://docs.github.com/en/actions/reference/workflow-commands-for-github-actions#setting-an-error-message. Of each kind a step may show
ten (https://github.com/orgs/community/discussions/26680); what is over is written to the log only, and it is said how much that is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from offlint.formats.base import Options, no_command, plural, prefix, shown
from offlint.formats.text import head
from offlint.model.report import Finding, Report
from offlint.model.words import Level

MOST = 10
_COMMANDS = {Level.ERROR: "error", Level.WARNING: "warning", Level.NOTE: "notice"}


def render(reports: Sequence[Report], options: Options) -> str:  # noqa: ARG001 # the signature of every format
    """One line for each finding that counts; those over the limit as lines of the log."""
    ones = [(finding, prefix(report, reports)) for report in reports for finding in report.findings if finding.counts]
    return "".join(f"{line}\n" for line in _lines(ones))


def _lines(ones: Sequence[tuple[Finding, str]]) -> Iterator[str]:
    over: list[tuple[Finding, str]] = []
    for level, command in _COMMANDS.items():
        same = [one for one in ones if one[0].level is level]
        yield from (_annotation(command, finding, before) for finding, before in same[:MOST])
        over += same[MOST:]
    if not over:
        return
    more = ", ".join(plural(count, level.value) for level in _COMMANDS if (count := sum(one.level is level for one, _ in over)))
    yield f"Not annotated, as GitHub shows {MOST} of each kind a step: {more}"
    yield from (_logged(finding, before) for finding, before in over)


def _annotation(command: str, finding: Finding, before: str) -> str:
    span = finding.span
    properties = {"file": before + span.file, "line": str(span.line), "endLine": str(span.end_line)}
    if span.line == span.end_line:  # GitHub takes columns only within one line
        properties |= {"col": str(span.column), "endColumn": str(span.end_column)}
    properties["title"] = f"{finding.code} {finding.name}"
    written = ",".join(f"{key}={_property(value)}" for key, value in properties.items())
    message = shown(f"{finding.message} {finding.advice}".strip())
    return f"::{command} {written}::{_data(message)}"


def _logged(finding: Finding, before: str) -> str:
    span = finding.span
    return no_command(f"- {shown(before + span.file)}:{span.line}:{span.column}: {head(finding)}")


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(shown(text)).replace(":", "%3A").replace(",", "%2C")
