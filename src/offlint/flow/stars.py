"""What does ``from module import *`` bind? The names of small modules one by one, those of large ones when they are asked for.

Packages of thousands of modules that all take the names of the package would else be bound a million times.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from offlint.flow import values as v
from offlint.flow.modules import is_test_file

if TYPE_CHECKING:
    from collections.abc import Iterator

    from offlint.flow.machine import Frame, Machine
    from offlint.model.span import Span

#: A module with more names is large.
MAX_NAMES = 300


class Stars:
    """The star imports of modules of the tree."""

    def __init__(self, machine: Machine) -> None:
        self.m = machine
        # by file, in the order of the imports: a large module, or what another module has from such (of which it had so many then)
        self._large: dict[str, list[tuple[str, int | None]]] = {}

    def take(self, frame: Frame, file: str) -> None:
        """Bind the public names of a module; a large one is noted, as are those that it takes names from itself."""
        scope, own = self.m.imports.scope(file), frame.scope.file
        if file == own:
            return
        large = self._large.setdefault(own, [])
        if held := len(self._large.get(file, ())):
            large.append((file, held))
        if self.m.store.count(scope) > MAX_NAMES and not is_test_file(own):  # whose names tell its tests and fixtures
            large.append((file, None))
            self.m.store.find(scope)
            return
        for name, value in self.m.store.names(scope):
            back = isinstance(value, v.Lazy) and (value.file, value.name) == (own, name)  # what that module has from this one
            if not name.startswith("_") and name != "*" and not back and self.m.store.get(frame.scope, name) is not value:
                self.m.attributes.set_name(frame, name, value)

    def held(self, frame: Frame, file: str, name: str, span: Span) -> v.Value | None:
        """What a module has under a name from large ones: the latest import counts."""
        owners = () if name[:1] == "_" or file not in self._large else self.m.store.owners(name)
        for one in self._reached(file) if owners else ():
            scope = self.m.imports.scope(one)
            if scope in owners and (held := self.m.store.get(scope, name)) is not None:
                return self.m.imports.forced(frame, scope, name, held, span) if isinstance(held, v.Lazy) else held
        return None

    def _reached(self, file: str) -> Iterator[str]:
        """The large modules whose names a module has, itself or through others, the latest first; each once."""
        met, done = {file}, dict[str, int]()
        waiting: list[tuple[str, int | None]] = [(file, len(self._large[file]))]
        while waiting:
            one, upto = waiting.pop()
            if upto is not None:
                waiting.extend(self._large[one][done.get(one, 0) : upto])
                done[one] = max(done.get(one, 0), upto)
            elif one not in met:
                met.add(one)
                yield one
