"""What do building, testing and documenting a project run first? One module a tool, found in what the tool itself would read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from offlint.model.entry import Entry, Lack, Option, Setting, Skipped, Surfaces, Task
from offlint.model.words import Phase
from offlint.project.base import Project
from offlint.rulebook.schema import Rulebook
from offlint.surfaces import (
    cargo,
    cmake,
    doctests,
    flit,
    hatch,
    hatch_tasks,
    inputs,
    invoke,
    makefile,
    meson,
    mkdocs,
    nox,
    pdm,
    pep517,
    plugins,
    poetry,
    pytest,
    release,
    requirements,
    runners,
    scikit_build,
    setuptools,
    setuptools_download,
    shipped,
    sphinx,
    submodules,
    tox,
    versions,
)

Found = Entry | Lack | Option | Setting | Task | Skipped

SURFACES: tuple[tuple[Phase, Callable[[Project], Iterable[Found]]], ...] = (
    (Phase.BUILD, setuptools.entries),
    (Phase.BUILD, setuptools_download.entries),
    (Phase.BUILD, pep517.entries),
    (Phase.BUILD, hatch.entries),
    (Phase.BUILD, pdm.entries),
    (Phase.BUILD, poetry.entries),
    (Phase.BUILD, flit.entries),
    (Phase.BUILD, scikit_build.entries),
    (Phase.BUILD, cmake.entries),
    (Phase.BUILD, cargo.entries),
    (Phase.BUILD, meson.entries),
    (Phase.BUILD, inputs.entries),
    (Phase.BUILD, submodules.entries),
    (Phase.TEST, pytest.entries),
    (Phase.TEST, shipped.tests),
    (Phase.DOCS, sphinx.entries),
    (Phase.DOCS, mkdocs.entries),
    (Phase.DOCS, shipped.docs),
)

#: What says of each thing that it finds which phase it belongs to.
ANY_PHASE: tuple[Callable[[Project], Iterable[Found]], ...] = (
    requirements.entries,
    tox.entries,
    nox.entries,
    hatch_tasks.entries,
    release.entries,
    makefile.entries,
    runners.entries,
    invoke.entries,
)


def find_surfaces(project: Project, phases: frozenset[Phase] | None = None, book: Rulebook | None = None) -> Surfaces:
    """All that the surfaces find in a project, of the given phases or of all, each once and in a fixed order.

    Without a rulebook, what known build backends and plug-ins fetch by themselves is left out.
    """
    found = Surfaces()
    items = dict.fromkeys(_all(project, phases, book))
    if phases is None or Phase.TEST in phases:  # what they run stands in the configuration and in the commands that were found
        items |= dict.fromkeys(doctests.entries(project, [item for item in items if isinstance(item, Task)]))
    for item in items:
        match item:
            case Entry():
                found.entries.append(item)
            case Option():
                found.options.append(item)
            case Setting():
                found.settings.append(item)
            case Task():
                found.tasks.append(item)
            case Skipped():
                found.skipped.append(item)
            case Lack():
                found.lacks.append(item)
    return found


def _all(project: Project, phases: frozenset[Phase] | None, book: Rulebook | None) -> Iterator[Found]:
    for phase, entries in SURFACES:
        if phases is None or phase in phases:
            yield from entries(project)
    for entries in ANY_PHASE:
        for item in entries(project):
            if phases is None or isinstance(item, Option) or item.phase is None or item.phase in phases:
                yield item
    if book is not None and (phases is None or Phase.BUILD in phases):
        yield from plugins.entries(project, book)
        yield from versions.entries(project, book)


__all__ = ["ANY_PHASE", "SURFACES", "find_surfaces"]
