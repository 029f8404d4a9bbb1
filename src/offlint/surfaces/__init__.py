"""What do building, testing and documenting a project run first? One module a tool, found in what the tool itself would read.

``SURFACES`` lists them with the names of the files that wake them: a project without such a file does not load the module.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from importlib import import_module
from typing import Any, NamedTuple

from offlint.model.entry import Entry, Lack, Option, Setting, Skipped, Surfaces, Task
from offlint.model.words import Phase
from offlint.project.base import Project
from offlint.rulebook.schema import Rulebook

Found = Entry | Lack | Option | Setting | Task | Skipped

_CONFIGURED = ("pyproject.toml",)


class Surface(NamedTuple):
    """A module of this package whose ``function`` finds what a tool runs.

    ``phase`` is the one that all of it belongs to; without one, the function says it of each thing. ``woken`` are the names of files,
    in any folder, of which one must be there for it to have anything to say (``*.yml``: with that ending, ``a/b``: in a folder of that
    name); without any, it is always asked.
    """

    module: str
    phase: Phase | None
    woken: tuple[str, ...] = ()
    function: str = "entries"


SURFACES = (
    Surface("setuptools", Phase.BUILD),
    Surface("setuptools_download", Phase.BUILD, ("setup.cfg",)),
    Surface("pep517", Phase.BUILD, _CONFIGURED),
    Surface("hatch", Phase.BUILD, _CONFIGURED),
    Surface("pdm", Phase.BUILD, _CONFIGURED),
    Surface("poetry", Phase.BUILD, _CONFIGURED),
    Surface("flit", Phase.BUILD, _CONFIGURED),
    Surface("scikit_build", Phase.BUILD, _CONFIGURED),
    Surface("cmake", Phase.BUILD, ("CMakeLists.txt",)),
    Surface("cargo", Phase.BUILD, ("Cargo.toml",)),
    Surface("meson", Phase.BUILD, ("meson.build",)),
    Surface("inputs", Phase.BUILD),
    Surface("submodules", Phase.BUILD, (".gitmodules",)),
    Surface("scripts", Phase.TEST, ("setup.py", "setup.cfg", *_CONFIGURED)),
    Surface("pytest", Phase.TEST),
    Surface("shipped", Phase.TEST, function="tests"),
    Surface("sphinx", Phase.DOCS, ("conf.py",)),
    Surface("mkdocs", Phase.DOCS, ("mkdocs.yml", "mkdocs.yaml", "properdocs.yml", "properdocs.yaml", "zensical.toml", "myst.yml")),
    Surface("shipped", Phase.DOCS, function="docs"),
    Surface("requirements", None),
    Surface("tox", None, ("tox.ini", "tox.toml", "setup.cfg", *_CONFIGURED)),
    Surface("nox", None, ("noxfile.py",)),
    Surface("hatch_tasks", None, ("hatch.toml", *_CONFIGURED)),
    Surface("release", None, ("*.yml", "*.yaml")),
    Surface("makefile", None, ("Makefile", "GNUmakefile", "makefile")),
    Surface("runners", None, ("poe_tasks.toml", "justfile", "Justfile", ".justfile", *_CONFIGURED)),
    Surface("invoke", None, ("tasks.py", "tasks/__init__.py")),
)


def find_surfaces(project: Project, phases: frozenset[Phase] | None = None, book: Rulebook | None = None) -> Surfaces:
    """All that the surfaces find in a project, of the given phases or of all, each once and in a fixed order.

    Without a rulebook, what known build backends and plug-ins fetch by themselves is left out.
    """
    found = Surfaces()
    items = dict.fromkeys(_all(project, phases, book))
    if phases is None or Phase.TEST in phases:  # what they run stands in the configuration and in the commands that were found
        items |= dict.fromkeys(_ask("doctests", project, [item for item in items if isinstance(item, Task)]))
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
    for one in awake(project.files):
        if phases is None or one.phase is None or one.phase in phases:
            for item in _ask(one.module, project, function=one.function):
                if one.phase is not None or phases is None or isinstance(item, Option) or item.phase is None or item.phase in phases:
                    yield item
    if book is not None and (phases is None or Phase.BUILD in phases):
        yield from _ask("plugins", project, book)
        yield from _ask("versions", project, book)


def awake(files: Sequence[str]) -> list[Surface]:
    """The surfaces that have something to look at in a tree with these files."""
    names = {file.rpartition("/")[2] for file in files}
    names |= {f"*.{name.rpartition('.')[2]}" for name in names} | {"/".join(file.split("/")[-2:]) for file in files}
    return [one for one in SURFACES if not one.woken or not names.isdisjoint(one.woken)]


def _ask(module: str, project: Project, *further: Any, function: str = "entries") -> Iterator[Found]:
    found: Iterator[Found] = getattr(import_module(f"offlint.surfaces.{module}"), function)(project, *further)
    return found


__all__ = ["SURFACES", "Surface", "awake", "find_surfaces"]
