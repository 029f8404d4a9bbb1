"""What does GitLab show in a merge request? A Code Quality report.

https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format: an array of objects with six properties, no byte order mark;
GitLab ignores what else there is, and of two objects with one fingerprint it keeps one.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from hashlib import sha256
from typing import Any

from offlint.formats.base import Options, in_json, prefix, shown
from offlint.model.report import Finding, Report
from offlint.model.words import Level

_SEVERITIES = {Level.ERROR: "major", Level.WARNING: "minor", Level.NOTE: "info"}


def render(reports: Sequence[Report], options: Options) -> str:  # noqa: ARG001 # the signature of every format
    """One object for each finding that counts."""
    seen: Counter[str] = Counter()
    found = [
        _degradation(finding, prefix(report, reports), seen)
        for report in reports
        for finding in report.findings
        if finding.counts and finding.level in _SEVERITIES
    ]
    return in_json(json.dumps(found, indent=1)) + "\n"


def _degradation(finding: Finding, before: str, seen: Counter[str]) -> dict[str, Any]:
    path = (before + finding.span.file).encode("utf-8", "replace").decode()  # a lone surrogate is no JSON for others
    # Stable under moved lines, and no two alike: the project's place and how often it was seen are part of it.
    own = finding.fingerprint or f"{finding.code} {finding.span.file}:{finding.span.line}:{finding.span.column}"
    key = f"{before}\0{own}"
    seen[key] += 1
    mark = sha256(f"{key}\0{seen[key]}".encode("utf-8", "surrogatepass")).hexdigest()[:32]
    return {
        "description": shown(f"{finding.message} {finding.advice}".strip()),
        "check_name": f"{finding.code} {finding.name}",
        "fingerprint": mark,
        "severity": _SEVERITIES[finding.level],
        "location": {"path": path, "lines": {"begin": finding.span.line}},
    }
