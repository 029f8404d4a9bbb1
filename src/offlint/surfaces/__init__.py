"""What do building, testing and documenting a project run first? One module a tool, found in what the tool itself would read."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from offlint.model.entry import Entry, Option, Setting, Skipped, Surfaces
from offlint.model.words import Phase
from offlint.project.base import Project
from offlint.surfaces import flit, hatch, mkdocs, pdm, pep517, poetry, pytest, scikit_build, setuptools, sphinx, unjudged

Found = Entry | Option | Setting | Skipped

SURFACES: tuple[tuple[Phase, Callable[[Project], Iterable[Found]]], ...] = (
    (Phase.BUILD, setuptools.entries),
    (Phase.BUILD, pep517.entries),
    (Phase.BUILD, hatch.entries),
    (Phase.BUILD, pdm.entries),
    (Phase.BUILD, poetry.entries),
    (Phase.BUILD, flit.entries),
    (Phase.BUILD, scikit_build.entries),
    (Phase.BUILD, unjudged.entries),
    (Phase.TEST, pytest.entries),
    (Phase.DOCS, sphinx.entries),
    (Phase.DOCS, mkdocs.entries),
)


def find_surfaces(project: Project, phases: frozenset[Phase] | None = None) -> Surfaces:
    """All entry points, options and settings of a project, of the given phases or of all, each once and in a fixed order."""
    found = Surfaces()
    for phase, entries in SURFACES:
        if phases is not None and phase not in phases:
            continue
        for item in dict.fromkeys(entries(project)):
            match item:
                case Entry():
                    found.entries.append(item)
                case Option():
                    found.options.append(item)
                case Setting():
                    found.settings.append(item)
                case Skipped():
                    found.skipped.append(item)
    return found


__all__ = ["SURFACES", "find_surfaces"]
