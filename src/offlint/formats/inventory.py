"""Which accesses are there, guarded or not? The inventory as JSON; its keys are a contract, new ones may be added."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from offlint import __version__
from offlint.findings.redact import masked
from offlint.formats.base import Options, in_json
from offlint.model.access import Access
from offlint.model.report import Report
from offlint.model.span import Span

SCHEMA = 1


def render(reports: Sequence[Report], options: Options) -> str:  # noqa: ARG001 # the signature of every format
    """One object for one project; for several, ``{"offlint", "schema", "projects": [object, …]}``."""
    return dump([inventory(report) for report in reports])


def dump(objects: Sequence[dict[str, Any]]) -> str:
    """JSON in ASCII, so that no text of a project can be taken for a control sequence."""
    whole = objects[0] if len(objects) == 1 else {"offlint": __version__, "schema": SCHEMA, "projects": list(objects)}
    return in_json(json.dumps(masked(whole), indent=1)) + "\n"


def inventory(report: Report) -> dict[str, Any]:
    """One project's object."""
    project = report.project
    return {
        "offlint": __version__,
        "schema": SCHEMA,
        "project": {"name": project.name, "version": project.version, "root": project.root},
        "phases": {one.phase.value: {"verdict": one.verdict.value, "because": list(one.because)} for one in report.verdicts},
        "switches": [
            {"name": one.name, "kind": one.kind, "set": one.set_to, "effect": one.effect, "stops": list(one.stops)}
            | ({"starts": list(one.starts)} if one.starts else {})
            for one in report.switches
        ],
        "accesses": [access_object(access, report.rules.get(index, ())) for index, access in enumerate(report.accesses)],
        "not_analysed": [{"file": one.file, "why": one.why, "reach": str(one.reach)} for one in report.not_analysed],
    }


def access_object(access: Access, rules: Sequence[str]) -> dict[str, Any]:
    """One access, with the codes of the rules that it breaks."""
    span, guard, integrity = access.span, access.guard, access.integrity
    return {
        "file": span.file,
        "line": span.line,
        "column": span.column,
        "end_line": span.end_line,
        "phase": access.phase.value,
        "surface": access.surface,
        "kind": access.kind,
        "api": access.api,
        "url": access.url,
        "url_exact": access.url_exact,
        "reach": access.reach.value,
        "guard": {
            "state": guard.state.value,
            "switch": guard.switch,
            "flaws": list(guard.flaws),
            "evidence": _place(guard.evidence),
        },
        "integrity": {
            "state": integrity.state.value,
            "algorithm": integrity.algorithm,
            "expected": integrity.expected,
            "flaws": list(integrity.flaws),
            "evidence": _place(integrity.evidence),
        },
        "trail": [{"file": step.span.file, "line": step.span.line, "what": step.what} for step in access.trail],
        "confidence": access.confidence.value,
        "rules": list(rules),
    } | ({"program": access.program} if access.program else {})


def _place(span: Span | None) -> str | None:
    return None if span is None else span.place
