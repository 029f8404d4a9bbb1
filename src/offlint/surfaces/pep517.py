"""Does the project bring its own build backend? In-tree backends (PEP 517, ``backend-path``)."""

from __future__ import annotations

from collections.abc import Iterator

from offlint.model.entry import Entry, Skipped
from offlint.model.words import Phase
from offlint.project.base import Project
from offlint.surfaces.backend import backend_of
from offlint.surfaces.config import PYPROJECT, toml_span
from offlint.surfaces.modules import search_paths

# PEP 517 and PEP 660.
HOOKS = (
    "get_requires_for_build_wheel",
    "get_requires_for_build_sdist",
    "get_requires_for_build_editable",
    "prepare_metadata_for_build_wheel",
    "prepare_metadata_for_build_editable",
    "build_sdist",
    "build_wheel",
    "build_editable",
)


def entries(project: Project) -> Iterator[Entry | Skipped]:
    """The hooks of a backend that lies in the tree."""
    backend = backend_of(project)
    if backend is None or not backend.folders:
        return
    span = toml_span(project, "build-system", "build-backend")
    if backend.file is None:
        yield Skipped(PYPROJECT, f"the build backend {backend.module} is not in backend-path", span.line, Phase.BUILD)
        return
    before = f"{backend.attribute}." if backend.attribute else ""
    search = tuple(dict.fromkeys((*backend.folders, *search_paths(project))))
    yield Entry(Phase.BUILD, "in-tree backend", backend.file, span, tuple(before + hook for hook in HOOKS), search)
