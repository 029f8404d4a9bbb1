"""How does a GitHub workflow show a finding on its line? Workflow commands, one a finding.

https://docs.github.com/en/actions/reference/workflow-commands-for-github-actions#setting-an-error-message
"""

from __future__ import annotations

from collections.abc import Sequence

from offlint.formats.base import Options, prefix, shown
from offlint.model.report import Finding, Report
from offlint.model.words import Level

_COMMANDS = {Level.ERROR: "error", Level.WARNING: "warning", Level.NOTE: "notice"}


def render(reports: Sequence[Report], options: Options) -> str:  # noqa: ARG001 # the signature of every format
    """One line for each finding that is not suppressed."""
    lines = [
        _line(finding, prefix(report, reports))
        for report in reports
        for finding in report.findings
        if not finding.suppressed and finding.level in _COMMANDS
    ]
    return "".join(f"{line}\n" for line in lines)


def _line(finding: Finding, before: str) -> str:
    span = finding.span
    properties = {"file": before + span.file, "line": str(span.line), "endLine": str(span.end_line)}
    if span.line == span.end_line:  # GitHub takes columns only within one line
        properties |= {"col": str(span.column), "endColumn": str(span.end_column)}
    properties["title"] = f"{finding.code} {finding.name}"
    written = ",".join(f"{key}={_property(value)}" for key, value in properties.items())
    message = shown(f"{finding.message} {finding.advice}".strip())
    return f"::{_COMMANDS[finding.level]} {written}::{_data(message)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(shown(text)).replace(":", "%3A").replace(",", "%2C")
