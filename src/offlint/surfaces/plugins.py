"""What do known build backends, hooks and build requirements fetch by themselves? What the pages say, as this project configures it.

The code of a backend or plug-in is not in the tree; what it does is a page under ``rules/apis/files/`` with a ``[[build_plugin]]`` row.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from offlint.model.access import Guard, Integrity
from offlint.model.entry import Setting
from offlint.model.lazy import dataclass
from offlint.model.span import Span
from offlint.model.words import GuardState, IntegrityState, Phase, Reach
from offlint.project.base import Project
from offlint.project.paths import join
from offlint.rulebook.schema import BuildPlugin, Rulebook
from offlint.surfaces.backend import uses
from offlint.surfaces.config import PYPROJECT, find_line, line_span, mapping, table, text, toml_span, words
from offlint.surfaces.modules import inside
from offlint.surfaces.requirement import project_name
from offlint.surfaces.requirements import words_of

_DEFAULT_TARGETS = ("sdist", "wheel")


@dataclass(frozen=True, slots=True)
class _Use:
    """Where the project switches a plug-in on: its settings, their place, the line of the name, and whether that is by default."""

    settings: Mapping[str, Any]
    keys: tuple[str, ...]
    file: str
    span: Span
    default: bool = True


def entries(project: Project, book: Rulebook) -> Iterator[Setting]:
    """The accesses of the rows whose backend, hook or requirement the project uses."""
    for row in book.build_plugins.values():
        for use in _uses(project, row):
            found = _access(project, row, use)
            if found is not None:
                yield found


def _uses(project: Project, row: BuildPlugin) -> Iterator[_Use]:
    keys = tuple(row.table.split(".")) if row.table else ()
    settings = table(project, *keys) if keys else {}
    match row.by:
        case "backend":
            if uses(project, row.name):
                yield _Use(settings, keys, PYPROJECT, toml_span(project, "build-system", "build-backend"))
        case "requirement":
            for one in words_of(table(project, "build-system").get("requires")):
                if project_name(one) == row.name:
                    start = toml_span(project, "build-system", "requires").line
                    yield _Use(settings, keys, PYPROJECT, line_span(project, PYPROJECT, find_line(project, PYPROJECT, one, start)))
                    return
        case _:
            yield from _hooks(project, row.name) if uses(project, "hatchling") else ()


def _hooks(project: Project, name: str) -> Iterator[_Use]:
    """Hatch's hooks of this name, for all targets or for one (https://hatch.pypa.io/latest/config/build/#build-hooks)."""
    for file, prefix in (("hatch.toml", ()), (PYPROJECT, ("tool", "hatch"))):
        build = mapping(table(project, *prefix, file=file).get("build"))
        places: list[tuple[tuple[str, ...], bool]] = [(("build", "hooks", name), True)]
        places += [(("build", "targets", target, "hooks", name), target in _DEFAULT_TARGETS) for target in mapping(build.get("targets"))]
        for keys, default in places:
            around = table(project, *prefix, *keys[:-1], file=file)
            if name in around:
                settings = mapping(around[name])
                on = default and settings.get("enable-by-default") is not False
                yield _Use(settings, (*prefix, *keys), file, toml_span(project, *prefix, *keys, file=file), on)


def _access(project: Project, row: BuildPlugin, use: _Use) -> Setting | None:
    """The access, None where the settings or the files of the tree keep it from happening."""
    if any(text(_at(use.settings, key)) != wanted for key, wanted in row.when):
        return None
    folder = inside(text(_at(use.settings, row.folder))) or "" if row.folder else ""
    if not all(project.exists(join(folder, name)) for name in row.needs):
        return None
    if row.unless_shipped and all(project.exists(join(folder, name)) for name in row.unless_shipped):
        return None
    shipped = words(_at(use.settings, row.skips)) if row.skips else []
    if shipped and all(project.exists(place) for path in shipped if (place := inside(path) or path)):
        return None
    span = use.span
    if row.at and _at(use.settings, row.at) is not None:
        span = toml_span(project, *use.keys, *row.at.split("."), file=use.file)
    conditional = row.conditional or bool(row.fallback)
    reach = Reach.EXPLICIT if not use.default else Reach.CONDITIONAL if conditional else Reach.ALWAYS
    return Setting(
        Phase.BUILD, "build plug-in", row.kind, row.api, row.url, span, reach, exact=False,
        guard=_guard(row, span), integrity=_integrity(project, row, folder),
    )  # fmt: skip


def _guard(row: BuildPlugin, span: Span) -> Guard:
    if row.switch:
        return Guard(GuardState.OPT_OUT, row.switch[0], "env", row.switch[1], evidence=span, why=f"{row.name} reads it")
    if row.fallback:
        return Guard(GuardState.FALLBACK, evidence=span, why=row.fallback)
    return Guard(GuardState.NONE)


def _integrity(project: Project, row: BuildPlugin, folder: str) -> Integrity:
    lock = next((join(folder, name) for name in row.lock if project.exists(join(folder, name))), None)
    if lock is not None:
        return Integrity(IntegrityState.VERIFIED, "lock-file", evidence=line_span(project, lock))
    return Integrity(IntegrityState(row.integrity))


def _at(settings: Mapping[str, Any], dotted: str | None) -> Any:
    """The value at a dotted key; ``-`` and ``_`` are alike where a plug-in takes both."""
    found: Any = settings
    for key in dotted.split(".") if dotted else ():
        held = mapping(found)
        found = held.get(key, held.get(key.replace("-", "_"), held.get(key.replace("_", "-"))))
    return found
