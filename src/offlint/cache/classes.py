"""Of which classes is what is kept or handed on made? Reports, and their parts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any

# Where the classes are; they are imported where one occurs.
MODULES: Mapping[str, Sequence[str]] = {
    "offlint.model.access": ("Access", "Guard", "Hole", "Integrity", "Switch", "TrailStep", "Variant"),
    "offlint.model.entry": ("Lack", "Skipped"),
    "offlint.model.report": ("Finding", "PhaseVerdict", "ProjectInfo", "Report", "Switch"),
    "offlint.model.span": ("Span",),
    "offlint.phases": ("Part",),
    "offlint.project.base": ("Noted",),
    "offlint.model.words": ("Confidence", "GuardState", "IntegrityState", "Level", "Phase", "Reach", "Verdict"),
}
_ALLOWED = frozenset(f"{module}.{name}" for module, names in MODULES.items() for name in names)


def kept_class(name: str) -> type | None:
    """One of them, by its dotted name."""
    if name not in _ALLOWED:
        return None
    module, _, own = name.rpartition(".")
    found: Any = getattr(import_module(module), own, None)
    return found if isinstance(found, type) else None
