"""What stands in the place of a module when it is imported? What a program put into ``sys.modules``, and what a tool mocks.

Only an import asks: what was imported before stays what it was. Something of which nothing is known may be the module itself.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from offlint.flow import values as v
from offlint.flow.mocking import MOCK
from offlint.flow.python2 import is_python2
from offlint.flow.store import MOCKS, MODULES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from offlint.flow.machine import Frame, Machine
    from offlint.model.span import Span

#: What an import meets that fails: ``sys.modules[name] = None``.
_NOTHING = v.Handle("sys.modules.None")


class StandIns:
    """What is imported for something else."""

    def __init__(self, machine: Machine) -> None:
        self.m = machine
        self._mocked: tuple[str, ...] = ()

    @contextmanager
    def mocking(self, names: tuple[str, ...]) -> Iterator[None]:
        """Inside, something that does nothing is imported for these modules."""
        for name in names:
            self.m.store.set(MOCKS, name, v.Handle(MOCK))
        self._mocked = tuple(f"{name}." for name in names)
        try:
            yield
        finally:
            self._mocked = ()
            for name in names:
                self.m.store.set(MOCKS, name, v.NONE)

    def hides(self, dotted: str) -> bool:
        """Whether such a module is none of the tree's."""
        return f"{dotted}.".startswith(self._mocked)

    def cell(self, name: str, file: str) -> str:
        """The name of the cell for a module as it is seen from a file."""
        return self.m.imports.resolve(name, file) or name

    @staticmethod
    def held(value: v.Value) -> v.Value:
        """What is kept of a value that is put in a module's place; nothing of one that may be the module."""
        if value == v.NONE:
            return _NOTHING
        return value if isinstance(value, v.Handle | v.Instance | v.ClassRef | v.ModuleRef) else v.NONE

    def of(self, key: str) -> v.Value | None:
        """What stands in the place of a module, None where nothing does."""
        found = self.m.store.get(MODULES, key)
        return found if found != v.NONE else None

    def imported(self, frame: Frame, key: str, span: Span) -> v.Value | None:
        """The same for an import, which fails where that is nothing."""
        found = self.of(key)
        if found == _NOTHING:
            self.m.statements.throw(frame, v.External("ModuleNotFoundError"), span)
        return found

    def python2(self, frame: Frame, module: str, names: tuple[tuple[str, str], ...], span: Span) -> bool:
        """Whether the import fails in every Python that builds today, in a ``try`` that is there for it: then it raises."""
        if not frame.trying or self.m.imports.resolve(module, frame.scope.file) is not None:
            return False
        if is_python2(module, (name for name, _ in names)):
            self.m.statements.throw(frame, v.External("ImportError"), span)
            return True
        return False
