"""How is a comparison of two releases written? As text, the worst first, or as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from offlint import __version__
from offlint.findings.comparison import Change, Comparison
from offlint.findings.redact import masked
from offlint.formats.base import in_json, plural, shown
from offlint.formats.inventory import SCHEMA, access_object
from offlint.model.access import Access
from offlint.model.report import ProjectInfo

_HEADS = {"worse": "Worse", "same": "Changed", "better": "Better"}


def text(comparison: Comparison) -> str:
    """A line with the two releases, one with the verdicts, and one for each change."""
    return "".join(f"{line}\n" for line in _lines(comparison))


def _lines(comparison: Comparison) -> Iterator[str]:
    yield shown(f"{_title(comparison.old)} -> {_title(comparison.new)}")
    phases = [f"{phase} {was}" if was is now else f"{phase} {was} -> {now}" for phase, was, now in comparison.verdicts]
    yield f"verdicts: {', '.join(phases)}"
    counts: list[str] = []
    for effect, head in _HEADS.items():
        held = [change for change in comparison.changes if change.effect == effect]
        if held:
            yield ""
            yield f"{head}:"
            for change in held:
                during = f" [{change.phase}]" if change.phase is not None else ""
                yield shown(f"  {change.what:<9} {change.place}{during} {change.text}")
            counts.append(f"{len(held)} {head.lower()}")
    yield ""
    yield f"{plural(len(comparison.changes), 'change')}" + (f": {', '.join(counts)}" if counts else "")


def as_json(comparison: Comparison) -> str:
    """One object: both projects, the verdicts a phase, and the changes."""
    whole = {
        "offlint": __version__,
        "schema": SCHEMA,
        "old": _project(comparison.old),
        "new": _project(comparison.new),
        "phases": {phase.value: {"old": was.value, "new": now.value} for phase, was, now in comparison.verdicts},
        "worse": comparison.worse,
        "changes": [_change(change) for change in comparison.changes],
    }
    return in_json(json.dumps(masked(whole), indent=1)) + "\n"


def _change(change: Change) -> dict[str, Any]:
    return {
        "what": change.what,
        "effect": change.effect,
        "phase": None if change.phase is None else change.phase.value,
        "place": change.place,
        "text": change.text,
        "old": _access(change.old),
        "new": _access(change.new),
    }


def _access(access: Access | None) -> dict[str, Any] | None:
    return None if access is None else access_object(access, ())


def _project(project: ProjectInfo) -> dict[str, str]:
    return {"name": project.name, "version": project.version, "root": project.root}


def _title(project: ProjectInfo) -> str:
    return " ".join(word for word in (project.name, project.version) if word) or project.root
