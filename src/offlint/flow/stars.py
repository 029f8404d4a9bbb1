"""What does ``from module import *`` bind? The names of small modules one by one, those of large ones when they are asked for.

Packages of thousands of modules that all take the names of the package would else be bound a million times.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from offlint.flow import values as v
from offlint.flow.modules import is_test_file

if TYPE_CHECKING:
    from offlint.flow.machine import Frame, Machine
    from offlint.model.span import Span

#: A module with more names is large.
MAX_NAMES = 300


class Stars:
    """The star imports of modules of the tree."""

    def __init__(self, machine: Machine) -> None:
        self.m = machine
        self._large: dict[str, dict[str, None]] = {}

    def take(self, frame: Frame, file: str) -> None:
        """Bind the public names of a module; a large one is noted, as are those that it takes names from itself."""
        scope, own = self.m.imports.scope(file), frame.scope.file
        large = self._large.setdefault(own, {})
        large.update(dict.fromkeys(one for one in self._large.get(file, ()) if one != own))
        if file != own and self.m.store.count(scope) > MAX_NAMES and not is_test_file(own):  # whose names tell its tests and fixtures
            large[file] = None
            return
        for name, value in self.m.store.names(scope):
            back = isinstance(value, v.Lazy) and (value.file, value.name) == (own, name)  # what that module has from this one
            if not name.startswith("_") and name != "*" and not back and self.m.store.get(frame.scope, name) is not value:
                self.m.attributes.set_name(frame, name, value)

    def held(self, frame: Frame, file: str, name: str, span: Span) -> v.Value | None:
        """What a module has under a name from large ones."""
        for one in reversed(self._large.get(file, {})) if name[:1] != "_" else ():
            scope = self.m.imports.scope(one)
            held = self.m.store.get(scope, name)
            if held is not None:
                return self.m.imports.forced(frame, scope, name, held, span) if isinstance(held, v.Lazy) else held
        return None
