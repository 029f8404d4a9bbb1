"""What does an archive lack, all in all? The lacks of declarations and of runs: each once, a submodule's files as the submodule."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from offlint.model.entry import Lack
    from offlint.project.base import Project


def settled(project: Project, lacks: Iterable[Lack]) -> tuple[Lack, ...]:
    """Each missing thing once, by its first reader that fails without it; files of a submodule that is not there are the submodule."""
    if not project.shipped:
        return ()
    held = list(lacks)
    modules = {one.path: one for one in held if one.kind == "submodule"}
    read: dict[str, Lack] = {}
    found: dict[tuple[str, str], Lack] = {}
    for one in sorted((one for one in held if one.kind != "submodule"), key=lambda one: not one.fails):
        above = next((path for path in modules if one.kind == "build-input" and f"{one.path}/".startswith(f"{path}/")), None)
        if above is not None:
            read.setdefault(above, replace(one, kind="submodule", path=above))
        elif one.kind == "version-control":
            found.setdefault((one.kind, one.span.place), one)
        else:
            found.setdefault((one.kind, one.path), one)
    wanted = [read.get(path, one) for path, one in modules.items()]
    return tuple(sorted([*found.values(), *(one for one in wanted if one.by)], key=lambda one: (one.span, one.kind, one.path)))
