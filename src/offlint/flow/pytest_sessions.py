"""What does pytest load before a file of tests? The conftest files above it, and plug-ins of the tree.

And which variables does pytest-env set (its README, "Native form" and "INI form")?
"""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from offlint.flow import values as v
from offlint.flow.machine import Frame
from offlint.flow.store import ENVIRON
from offlint.flow.summary import Summary
from offlint.model.lazy import regex

if TYPE_CHECKING:
    from collections.abc import Sequence

    from offlint.flow.machine import Machine
    from offlint.flow.modules import Modules
    from offlint.model.entry import Entry, Option

#: A variable that pytest-env sets: ``D:`` says where it is not set yet, ``R:`` that braces in its value stand for themselves.
_VARIABLE = regex(r"[ \t]*((?:[A-Z]:)*)[ \t]*(\w+)[ \t]*=(.*)", re.ASCII | re.DOTALL)


class Sessions:
    """The files that were loaded, by machine and folder."""

    def __init__(self, modules: Modules, options: Sequence[Option]) -> None:
        self._modules = modules
        self._plugins = [one.value for one in options if one.scope == "pytest" and one.name == "plugin"]
        told = [line for one in options if one.scope == "pytest" and one.name == "env" for line in one.value.splitlines()]
        told += [one.value for one in options if one.scope == "pytest" and one.name == "variable"]
        self._environment = [match.groups() for line in told if (match := _VARIABLE.fullmatch(line))]
        self._known: dict[tuple[int, str], list[str]] = {}

    def of(self, machine: Machine, entry: Entry) -> list[str]:
        """The conftest files above the entry, nearest first, and plug-ins of the tree; each is loaded and configured once."""
        key = (id(machine), posixpath.dirname(entry.file))
        if key in self._known:
            return self._known[key]
        self._known[key] = places = self._modules.conftests(entry.file)
        for flags, name, value in self._environment:
            told = v.Unknown(name) if "{" in value and "R" not in flags else v.Const(value.strip())
            machine.store.set(ENVIRON, name, v.Env(name, told) if "D" in flags else told)
        waiting = [*reversed(places), *self._plugins]
        frame = Frame(machine.imports.scope(entry.file), Summary(), machine.store.mark())
        for file in waiting:
            frame.way, frame.alive = None, True
            machine.imports.evaluate(frame, file, entry.span, what=f"loads {file}", anyway=True)
            scope = machine.imports.scope(file)
            named = machine.store.get(scope, "pytest_plugins") or v.NONE
            for name in machine.items_of(named) or [named]:
                text = v.text_of(name)
                found = machine.imports.resolve(text, file) if text else None
                if found and found not in waiting:
                    waiting.append(found)
            machine.pytest.configured(frame, scope, entry.span)
        places.extend(file for file in waiting if file not in places)
        return places
