"""What holds a name, an attribute, a list or a file now? Cells that change, with a log so that branches can be undone and joined."""

from __future__ import annotations

from collections.abc import Mapping

from offlint.flow.values import (
    FALSE,
    NONE,
    TRUE,
    ClassRef,
    Const,
    Env,
    External,
    FileObject,
    Hasher,
    Instance,
    Items,
    Lazy,
    Mapping_,
    Scope,
    Value,
    choice,
)
from offlint.model.step import Function

Cell = tuple[object, str]

#: What a CMake variable's cell holds where only some ways wrote it: the caller's variable is still seen there.
INHERIT = External("cmake:inherited")

#: Owners whose names nobody asks for.
_NAMELESS = frozenset({Items, Mapping_, Hasher, FileObject})
_LASTING = frozenset({ClassRef, Instance, Function, Items, Mapping_, str})


def _lasts(owner: object) -> bool:
    """Whether the owner mostly stays for as long as the evaluation does."""
    return owner.kind != "call" if isinstance(owner, Scope) else type(owner) in _LASTING


def unwritten(cell: Cell) -> Value | None:
    """What a cell stands for that was never written; None where it cannot be read then."""
    owner, name = cell
    if isinstance(owner, Scope):
        if owner.kind == "shell":  # a variable of the environment, a status, an option
            return Env(name, Const("")) if name.isidentifier() else {"?": TRUE}.get(name, FALSE if name[:1] == "-" else None)
        return INHERIT if owner.kind == "cmake" else None
    return NONE if isinstance(owner, str) and (owner == "files" or owner.startswith("cmake")) else None


class Store:
    """Cells by (owner, name). Every write is logged; every read and write is reported to the recording summaries."""

    def __init__(self) -> None:
        self._cells: dict[Cell, Value] = {}
        self._names: dict[object, dict[str, None]] = {}
        self._shared: dict[Cell, Cell] = {}
        self._log: list[tuple[Cell, Value | None]] = []
        self.reads: list[dict[Cell, Value | None]] = []

    def get(self, owner: object, name: str) -> Value | None:
        """What the cell holds, None when it was never written."""
        cell = (owner, name)
        value = self._cells.get(cell)
        if self.reads and cell not in self.reads[-1]:
            if _lasts(owner):  # the same is read in many calls: they share the pair
                cell = self._shared.setdefault(cell, cell)
            self.reads[-1][cell] = value
        return value

    def peek(self, cell: Cell) -> Value | None:
        """What the cell holds, without noting that it was read."""
        return self._cells.get(cell)

    def set(self, owner: object, name: str, value: Value) -> None:
        """Write a cell."""
        cell = (owner, name)
        if _lasts(owner):
            cell = self._shared.setdefault(cell, cell)
        old = self._cells.get(cell)
        if old is None and type(owner) not in _NAMELESS:
            self._names.setdefault(owner, {})[name] = None
        self._log.append((cell, old))
        self._cells[cell] = value

    def names(self, owner: object) -> list[tuple[str, Value]]:
        """The names of one owner that hold something, and what."""
        found = [(name, self._cells.get((owner, name))) for name in self._names.get(owner, ())]
        return [(name, value) for name, value in found if value is not None]

    def mark(self) -> int:
        """A point to which ``changes`` and ``undo`` go back."""
        return len(self._log)

    def changes(self, mark: int, gone: object = None) -> dict[Cell, Value]:
        """The cells written since the mark, with what they hold now, without those of an owner that is gone."""
        cells = self._cells
        return {cell: cells[cell] for cell, _ in self._log[mark:] if cell[0] is not gone and cell in cells}

    def before(self, mark: int) -> dict[Cell, Value | None]:
        """The cells written since the mark, with what they held at the mark."""
        held: dict[Cell, Value | None] = {}
        for cell, old in self._log[mark:]:
            held.setdefault(cell, old)
        return held

    def settle(self, mark: int, before: dict[Cell, Value | None], gone: object) -> None:
        """Note each cell once in the log since the mark, with what it held before, and let go of the cells of an owner that is gone."""
        for name in self._names.pop(gone, ()):
            self._cells.pop((gone, name), None)
        self._log[mark:] = [(cell, old) for cell, old in before.items() if cell[0] is not gone]

    def undo(self, mark: int) -> None:
        """Take back every write since the mark."""
        cells, taken = self._cells, self._log[mark:]
        del self._log[mark:]
        for cell, old in reversed(taken):
            if old is None:
                cells.pop(cell, None)
            else:
                cells[cell] = old

    def revert(self, mark: int, owner: object) -> None:
        """Take back what was written to one owner's cells since the mark, and nothing else."""
        for cell, old in self.before(mark).items():
            if cell[0] == owner:
                self._log.append((cell, self._cells.get(cell)))
                if old is None:
                    self._cells.pop(cell, None)
                else:
                    self._cells[cell] = old

    def apply(self, changes: Mapping[Cell, Value]) -> None:
        """Write cells again, as after a join or a remembered call."""
        olds = list(map(self._cells.get, changes))
        self._log.extend(zip(changes, olds, strict=True))
        self._cells.update(changes)
        for (owner, name), old in zip(changes, olds, strict=True):
            if old is None and type(owner) not in _NAMELESS:
                self._names.setdefault(owner, {})[name] = None

    def join(self, arms: list[tuple[Value, dict[Cell, Value]]], gone: object = None) -> None:
        """Write what holds after one of several arms, each with its test and its changes; the last arm's test counts as the rest.

        The cells of an owner that is gone are left out.
        """
        if not arms:
            return
        backwards = arms[::-1]
        cells = dict.fromkeys(cell for _, changes in arms for cell in changes)
        for cell in cells:
            if cell[0] is gone:
                continue
            old = self._cells.get(cell)
            if old is None:
                old = unwritten(cell)
            result: Value | None = None
            for test, changes in backwards:
                held = changes.get(cell, old)
                if held is None or (held is old and isinstance(held, Lazy)):
                    continue  # a name that this arm leaves unbound cannot be read after it; an import not looked up is the same there
                result = held if result is None or result is held else choice(test, held, result)
            if result is not None:
                self.set(cell[0], cell[1], result)
