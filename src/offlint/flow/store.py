"""What holds a name, an attribute, a list or a file now? Cells that change, with a log so that branches can be undone and joined."""

from __future__ import annotations

from typing import TYPE_CHECKING

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

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from offlint.flow.summary import Held

Cell = tuple[object, str]

#: What the cell of a variable of CMake or of the environment holds where only some ways wrote it: the caller's is still seen there.
INHERIT = External("store:inherited")
#: The owner of the environment's variables.
ENVIRON = "environ"
#: The owner of what stands in the place of modules.
MODULES = "modules"
#: The owner of one cell, without a name: whether the environment was taken away as a whole.
CLEARED = "environ cleared"
#: The owner of the tags that a documentation's configuration sets; where it does not, a person may.
TAGGED = "tags"
#: What stands in the place of dotted names, and whether anything stands in the place of a library or of a part of the tree.
MOCKS = "mocks"
IN_PLACE = "in place"

#: Owners whose names nobody asks for.
_NAMELESS = frozenset({Items, Mapping_, Hasher, FileObject})
#: Owners that mostly stay for as long as the evaluation does, as all scopes do but those of calls.
_LASTING = frozenset({ClassRef, Instance, Function, Items, Mapping_, str})


def unwritten(cell: Cell) -> Value | None:
    """What a cell stands for that was never written; None where it cannot be read then."""
    owner, name = cell
    if isinstance(owner, Scope):
        if owner.kind == "shell":  # a variable of the environment, a status, an option
            return Env(name, Const("")) if name.isidentifier() else {"?": TRUE}.get(name, FALSE if name[:1] == "-" else None)
        return INHERIT if owner.kind == "cmake" else None
    if owner in (ENVIRON, CLEARED, TAGGED):
        return INHERIT
    return NONE if isinstance(owner, str) and (owner in ("files", MOCKS, MODULES) or owner.startswith("cmake")) else None


class Store:
    """Cells by (owner, name). Every write is logged; every read and write is reported to the recording summaries."""

    def __init__(self) -> None:
        self._cells: dict[Cell, Value] = {}
        self._names: dict[object, dict[str, None]] = {}
        # the owners that are found by their names, and which of them ever held a name
        self._found: set[object] = set()
        self._owners: dict[str, dict[object, None]] = {}
        self._shared: dict[Cell, Cell] = {}
        # the log: which cells were written, and what each held before; two lists, which go in and out as a whole
        self._written: list[Cell] = []
        self._olds: list[Value | None] = []
        self.reads: list[dict[Cell, Value | None]] = []

    def get(self, owner: object, name: str) -> Value | None:
        """What the cell holds, None when it was never written."""
        cell = (owner, name)
        value = self._cells.get(cell)
        if self.reads and cell not in (reads := self.reads[-1]):
            # the same is read in many calls: they share the pair
            if owner.kind != "call" if type(owner) is Scope else type(owner) in _LASTING:
                cell = self._shared.setdefault(cell, cell)
            reads[cell] = value
        return value

    def peek(self, cell: Cell) -> Value | None:
        """What the cell holds, without noting that it was read."""
        return self._cells.get(cell)

    def holds(self, held: Held) -> bool:
        """Whether the cells hold this, or what equals it."""
        return tuple(map(self._cells.get, held.cells)) == held.values

    def set(self, owner: object, name: str, value: Value) -> None:
        """Write a cell."""
        cell = (owner, name)
        if owner.kind != "call" if type(owner) is Scope else type(owner) in _LASTING:
            cell = self._shared.setdefault(cell, cell)
        old = self._cells.get(cell)
        if old is None:
            self._name(cell)
        self._written.append(cell)
        self._olds.append(old)
        self._cells[cell] = value

    def put(self, cell: Cell, value: Value | None) -> None:
        """Write a cell, or empty it, without noting it: who does so takes it back."""
        if value is None:
            self._cells.pop(cell, None)
        else:
            self._cells[cell] = value

    def names(self, owner: object) -> list[tuple[str, Value]]:
        """The names of one owner that hold something, and what."""
        found = [(name, self._cells.get((owner, name))) for name in self._names.get(owner, ())]
        return [(name, value) for name, value in found if value is not None]

    def find(self, owner: object) -> None:
        """Let this owner be found by its names."""
        if owner not in self._found:
            self._found.add(owner)
            for name in self._names.get(owner, ()):
                self._owners.setdefault(name, {})[owner] = None

    def owners(self, name: str) -> Collection[object]:
        """Which owners of those that ``find`` was asked for ever held a name."""
        return self._owners.get(name, ())

    def count(self, owner: object) -> int:
        """How many names of one owner were written."""
        return len(self._names.get(owner, ()))

    def mark(self) -> int:
        """A point to which ``changes`` and ``undo`` go back."""
        return len(self._written)

    def changes(self, mark: int, gone: object = None) -> dict[Cell, Value]:
        """The cells written since the mark, with what they hold now, without those of an owner that is gone."""
        if mark == len(self._written):
            return {}
        written = self._written[mark:]
        held = zip(written, map(self._cells.get, written), strict=True)
        if gone is None:
            return {cell: value for cell, value in held if value is not None}
        return {cell: value for cell, value in held if value is not None and cell[0] is not gone}

    def before(self, mark: int) -> dict[Cell, Value | None]:
        """The cells written since the mark, with what they held at the mark."""
        written = self._written[mark:]
        held: dict[Cell, Value | None] = dict.fromkeys(written)
        held.update(zip(reversed(written), reversed(self._olds[mark:]), strict=True))  # the first write of each is the last to count
        return held

    def settle(self, mark: int, before: dict[Cell, Value | None], gone: object) -> None:
        """Note each cell once in the log since the mark, with what it held before, and let go of the cells of an owner that is gone."""
        for name in self._names.pop(gone, ()):
            before.pop((gone, name), None)
            self._cells.pop((gone, name), None)
        self._written[mark:] = before
        self._olds[mark:] = before.values()

    def undo(self, mark: int) -> None:
        """Take back every write since the mark."""
        written = self._written
        if mark == len(written):
            return
        cells, olds = self._cells, self._olds
        for cell, old in zip(reversed(written[mark:]), reversed(olds[mark:]), strict=True):
            if old is None:
                cells.pop(cell, None)
            else:
                cells[cell] = old
        del written[mark:], olds[mark:]

    def revert(self, mark: int, owner: object) -> None:
        """Take back what was written to one owner's cells since the mark, and nothing else."""
        for cell, old in self.before(mark).items():
            if cell[0] == owner:
                self._written.append(cell)
                self._olds.append(self._cells.get(cell))
                if old is None:
                    self._cells.pop(cell, None)
                else:
                    self._cells[cell] = old

    def apply(self, changes: Mapping[Cell, Value]) -> None:
        """Write cells again, as after a join."""
        self._write(changes.keys(), changes.values())

    def restore(self, changes: Mapping[Cell, Value]) -> None:
        """Write cells again that hold something else now; what still holds is not noted as written."""
        get = self._cells.get
        self.apply({cell: value for cell, value in changes.items() if get(cell) is not value})

    def replay(self, writes: Held) -> None:
        """Write cells again, as after a remembered call."""
        self._write(writes.cells, writes.values)

    def _write(self, written: Collection[Cell], values: Iterable[Value | None]) -> None:
        olds = list(map(self._cells.get, written))
        self._written.extend(written)
        self._olds.extend(olds)
        self._cells.update(zip(written, values, strict=True))  # type: ignore[arg-type]  # what was written holds something
        for cell, old in zip(written, olds, strict=True):
            if old is None:
                self._name(cell)

    def _name(self, cell: Cell) -> None:
        """Note that an owner has this name."""
        owner, name = cell
        if type(owner) not in _NAMELESS:
            self._names.setdefault(owner, {})[name] = None
            if owner in self._found:
                self._owners.setdefault(name, {})[owner] = None

    def join(self, arms: list[tuple[Value, dict[Cell, Value]]], gone: object = None) -> None:
        """Write what holds after one of several arms, each with its test and its changes; the last arm's test counts as the rest.

        The cells of an owner that is gone are left out.
        """
        written: dict[Cell, Value] = {}
        for _, changes in arms:
            written |= changes
        backwards = [(test, changes.get) for test, changes in reversed(arms)]
        for cell in written:
            if gone is not None and cell[0] is gone:
                continue
            stands = old = self._cells.get(cell)
            if old is None:
                stands = unwritten(cell)
            result: Value | None = None
            for test, changed in backwards:
                held = changed(cell, stands)
                if held is None or (held is stands and type(held) is Lazy):
                    continue  # a name that this arm leaves unbound cannot be read after it; an import not looked up is the same there
                result = held if result is None or result is held else choice(test, held, result)
            if result is not None:
                if old is None:
                    self._name(cell)
                self._written.append(cell)
                self._olds.append(old)
                self._cells[cell] = result
