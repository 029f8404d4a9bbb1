"""What would a script read? The findings as JSON, in one object with the inventory's keys."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from offlint.formats.base import Options
from offlint.formats.inventory import dump, inventory
from offlint.model.access import Access
from offlint.model.report import Finding, Report


def render(reports: Sequence[Report], options: Options) -> str:  # noqa: ARG001 # the signature of every format
    """The inventory with a key ``findings``; several projects as in the inventory."""
    return dump([_whole(report) for report in reports])


def _whole(report: Report) -> dict[str, Any]:
    whole = inventory(report)
    head = {key: whole.pop(key) for key in ("offlint", "schema", "project", "phases")}
    indexes = {access: index for index, access in enumerate(report.accesses)}
    return head | {"findings": [_finding(finding, indexes) for finding in report.findings]} | whole


def _finding(finding: Finding, indexes: Mapping[Access, int]) -> dict[str, Any]:
    """``access`` is an index into ``accesses``, null for findings about something else."""
    span, access = finding.span, finding.access
    return {
        "code": finding.code,
        "name": finding.name,
        "level": finding.level.value,
        "message": finding.message,
        "advice": finding.advice,
        "file": span.file,
        "line": span.line,
        "column": span.column,
        "end_line": span.end_line,
        "end_column": span.end_column,
        "phase": None if finding.phase is None else finding.phase.value,
        "access": None if access is None else indexes.get(access),
        "suppressed": finding.suppressed,
        "reason": finding.reason,
        "fingerprint": finding.fingerprint,
        "baseline": finding.baseline or None,
    }
