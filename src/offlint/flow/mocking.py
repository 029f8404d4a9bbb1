"""What takes the place of the network in a test? Patches, mocking libraries, replayed cassettes and local servers.

A patch of a name of the tree binds that name anew; a patch of anything else is noted under its dotted name in the cells of ``mocks``, which
are asked before a call is compared with the pages. What mocking libraries replace stands in ``rules/checks/mocks.md``.
Sources: the library reference of ``unittest.mock``, pytest's "How to monkeypatch", pytest-mock's documentation.
"""

from __future__ import annotations

import posixpath
import sys
from typing import TYPE_CHECKING

from offlint.flow import values as v
from offlint.flow.environment import clear
from offlint.flow.given import GIVEN
from offlint.flow.machine import Arguments
from offlint.flow.store import ENVIRON, IN_PLACE, MOCKS, MODULES, unwritten
from offlint.flow.texts import template
from offlint.model.span import Span

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from offlint.flow.machine import Frame, Machine
    from offlint.flow.store import Cell
    from offlint.model import step as s
    from offlint.rulebook.schema import Model

PATCH = "unittest.mock._patch"
MOCK = "unittest.mock.Mock"
_NOWHERE = Span("")
#: The cell of ``mocks`` that says that every call of a Python library is replaced, but those of the names it holds.
EVERYTHING = "*"
_EXPECTED = "expected"
_PATCHERS = ("unittest.mock.patch", "pytest_mock.MockerFixture.patch", "asynctest.patch")
_STARTS = (".start", ".__enter__", ".enable", ".begin", ".activate", ".__aenter__")
_MOCKS = ("Mock", "MagicMock", "AsyncMock", "NonCallableMock", "create_autospec", "sentinel", "mock_open", "CoroutineMock")


class Mocking:
    """Puts other things in the place of names."""

    def __init__(self, machine: Machine) -> None:
        self.m = machine
        self._entered: list[tuple[Cell, v.Value | None]] = []
        self._recording = 0
        self._calling: set[str] = set()
        self._rows = machine.rulebook.models.get("mock", {})

    @property
    def in_place(self) -> bool:
        """Whether the test put something in the place of a library of the network, or of a part of the tree."""
        return self.m.store.get(IN_PLACE, "") == v.TRUE

    def replaced(self, name: str) -> v.Value | None:
        """What a call of the dotted name meets, None where nothing took its place; NONE is an alternative in which nothing did."""
        if name in self._calling:
            return None
        parts = name.split(".")
        for count in range(len(parts), 0, -1):
            held = self.m.store.get(MOCKS, ".".join(parts[:count]))
            if held is not None and held != v.NONE:
                return held if count == len(parts) else _each(held, lambda _: v.Unknown("mocked"))
        everything = self.m.store.get(MOCKS, EVERYTHING)
        if everything is not None and name in self.m.rulebook.calls:
            first = v.Const(parts[0])
            held = _each(everything, lambda one: v.NONE if isinstance(one, v.Handle) and first in one.args else v.Unknown("mocked"))
            return held if held != v.NONE else None
        return None

    def takes_network(self, file: str) -> bool:
        """Whether something stands in the place of an access that what a file defines can be built on.

        That is a library that the file, or one that it imports, speaks of; and the standard library, on which all others are built.
        """
        taken = [name for name, held in self.m.store.names(MOCKS) if held != v.NONE and name in self.m.rulebook.calls]
        roots = {name.partition(".")[0] for name in taken}
        return any(root in sys.stdlib_module_names or self.m.modules.uses(file, root, self.m.imports.search) for root in roots)

    def called(self, frame: Frame, name: str, mocked: v.Value, args: Arguments, span: Span) -> v.Value:
        """Call what stands in the place of a name, and what it names itself where that is an alternative."""
        if isinstance(mocked, v.Choice):
            itself = v.External(name) if args.subject is None else v.Method(args.subject, name.rpartition(".")[2])
            called = _each(mocked, lambda one: v.Handle(MOCK) if isinstance(one, v.Unknown) else one)
            mocked = _each(called, lambda one: one, itself)
        if isinstance(mocked, v.External | v.FunctionRef | v.ClassRef | v.Partial | v.Instance | v.Handle | v.Method | v.Choice):
            self._calling.add(name)  # what stands in for it may call what it replaced
            try:
                return self.m.call(frame, mocked, args, span)
            finally:
                self._calling.discard(name)
        return v.Unknown("mocked")

    def call(self, frame: Frame, name: str, args: Arguments, span: Span, subject: v.Value | None) -> v.Value | None:
        """A call of a mocking tool; None for anything else."""
        head, _, last = name.rpartition(".")
        if name in _PATCHERS or head in _PATCHERS:
            patch = self._patch(frame, last if head in _PATCHERS else "patch", args)
            if patch is not None and name.startswith("pytest_mock."):
                return self.enter(frame, patch)  # a patch of the fixture holds from the call on
            return patch
        if head == "pytest.MonkeyPatch":
            return self._monkeypatch(frame, last, args)
        if head in ("unittest.mock", "pytest_mock.MockerFixture") and last in _MOCKS:
            return self._mock(args)
        if head == MOCK and last == "__call__" and isinstance(subject, v.Handle):
            return self._called(frame, subject, args, span)
        if head == PATCH and last == "start" and isinstance(subject, v.Handle):
            return self.enter(frame, subject)
        row = self._rows.get(name)
        if row is not None and row.values.get("effect", "replace") != "replace":
            return self._begin(row, args)
        ending = next((e for e in _STARTS if name.endswith(e)), None)
        row = self._rows.get(name.removesuffix(ending)) if ending else None
        if row is not None:
            self.replace(row)
            return subject if subject is not None else v.Handle(row.name)
        return None

    def of_object(self, name: str, subject: v.Value | None) -> bool:
        """Whether an object of the tree has something in the place of what it reaches out by (``client.send = fake``), or was given it."""
        if not isinstance(subject, v.Instance):
            return False
        if self.m.store.get(subject, GIVEN) is not None:
            return True
        owner = name.rpartition(".")[0]
        called = (v.FunctionRef, v.Partial, v.Method, v.Handle, v.Instance)
        return any(f"{owner}.{cell}" in self._rows and isinstance(held, called) for cell, held in self.m.store.names(subject))

    def is_server(self, name: str) -> bool:
        """Whether a dotted name is a class of local servers."""
        row = self.m.rulebook.models.get("local", {}).get(self.m.externals.canonical(name))
        return row is not None and row.values.get("gives") == "server"

    # patches

    def _patch(self, frame: Frame, form: str, args: Arguments) -> v.Value | None:
        """``patch``, ``patch.object``, ``patch.dict`` and ``patch.multiple`` as a patch that is not applied yet."""
        first, second = args.get(0, "target"), args.get(1, "attribute" if form == "object" else "new")
        if first is None or form not in ("patch", "object", "dict", "multiple"):
            return v.Handle(MOCK)
        if form == "dict":
            cleared = args.get(2, "clear") or v.FALSE
            values = args.get(1, "values") or self.m.new_mapping([(v.Const(k), x) for k, x in args.kwargs.items() if k != "clear"])
            return v.Handle(PATCH, (v.Const("dict"), self._named(frame, first), cleared, values))
        if form == "multiple":
            pairs = [(v.Const(name), value) for name, value in args.kwargs.items()]
            return v.Handle(PATCH, (v.Const("multiple"), self._named(frame, first), v.Const(""), self.m.new_mapping(pairs)))
        if form == "object":
            return v.Handle(PATCH, (v.Const("set"), first, second or v.Unknown("name"), args.get(2, "new") or self._mock(args)))
        owner, name = self.split(frame, v.text_of(first))
        return v.Handle(PATCH, (v.Const("set"), owner, v.Const(name), second or self._mock(args)))

    def _mock(self, args: Arguments) -> v.Value:
        """A mock; a ``side_effect`` or ``wraps`` that can be called is what it does, ``return_value`` what it gives."""
        for key in ("side_effect", "wraps"):
            effect = args.kwargs.get(key)
            if isinstance(effect, v.FunctionRef | v.Partial):
                return effect
        given = args.kwargs.get("return_value")
        return v.Handle(MOCK, (given,) if given is not None else ())

    def _called(self, frame: Frame, mock: v.Handle, args: Arguments, span: Span) -> v.Value:
        effect = self.m.store.get(mock, ".side_effect")
        if isinstance(effect, v.FunctionRef):
            return self.m.call(frame, effect, args, span)
        given = self.m.store.get(mock, ".return_value")
        return given if given is not None else (mock.args[0] if mock.args else v.Handle(MOCK))

    def split(self, frame: Frame, dotted: str | None) -> tuple[v.Value, str]:
        """The object and the attribute that a dotted text names: of the tree, or outside of it."""
        if not dotted:
            return v.Unknown("target"), ""
        parts = dotted.split(".")
        for count in range(len(parts) - 1, 0, -1):
            if self.m.imports.resolve(".".join(parts[:count]), frame.scope.file) is not None:
                owner = self.m.imports.module(
                    frame, ".".join(parts[:count]), frame.scope.function.span if frame.scope.function else _NOWHERE
                )
                for part in parts[count:-1]:
                    owner = self.m.attributes.get(frame, owner, part)
                return owner, parts[-1]
        return v.External(".".join(parts[:-1])), parts[-1]

    def _named(self, frame: Frame, target: v.Value) -> v.Value:
        """A target that may be given as a dotted text."""
        text = v.text_of(target)
        if text is None:
            return target
        owner, name = self.split(frame, text)
        return self.m.attributes.get(frame, owner, name) if "." in text else owner

    def put(self, frame: Frame, owner: v.Value, name: str, value: v.Value) -> None:
        """Bind an attribute of anything to a value."""
        for one in v.leaves(owner):
            if isinstance(one, v.Unknown | v.ModuleRef | v.ClassRef | v.Instance) and not name.isupper():
                self._set(IN_PLACE, "", v.TRUE)
            if isinstance(one, v.External | v.Handle):
                base = one.name if isinstance(one, v.External) else one.type
                dotted = self.m.externals.canonical(f"{base}.{name}" if base else name)
                self._set(MOCKS, dotted, value)
                row = self._rows.get(dotted)
                if row is not None:
                    self.replace(row)
            elif isinstance(one, v.ModuleRef):
                self._set(self.m.imports.ready(frame, one.file, frame.scope.place, anyway=True), name, value)
            elif isinstance(one, v.Instance | v.ClassRef):
                self._set(one, name, value)

    def _set(self, owner: object, name: str, value: v.Value) -> None:
        if self._recording:
            self._entered.append(((owner, name), self.m.store.peek((owner, name))))
        self.m.store.set(owner, name, value)

    # libraries that replace others

    def _begin(self, row: Model, args: Arguments) -> v.Value:
        if len(args.args) == 1 and not args.kwargs and isinstance(args.args[0], v.FunctionRef | v.ClassRef):
            return self.m.pytest.add_mark(args.args[0], v.External(row.name))  # a decorator without parentheses
        passing = row.values.get("passes")
        passed = args.kwargs.get(passing) if isinstance(passing, str) else None
        if passed is not None and not (isinstance(passed, v.Const) and not passed.value):
            return v.Handle("mock.passing")
        if row.values.get("cassette") and not self._recorded(args):
            return v.Handle("mock.recording")
        if row.values.get("effect") == "start":
            self.replace(row)
        return v.Handle(row.name, tuple(args.args[:2]))

    def _recorded(self, args: Arguments) -> bool:
        """Whether there is the cassette: one that is missing is recorded (vcrpy's record mode ``once``), and is there from then on.

        The tree holds none in a folder that a test made for itself.
        """
        place = args.args[0] if args.args else v.NONE
        text = v.text_of(place)
        if template(place).startswith("⟨tmp⟩") and args.kwargs.get("record_mode") != v.Const("none"):
            before = self.m.store.get("cassettes", template(place)) is not None
            self._set("cassettes", template(place), v.TRUE)
            return before
        if text is None:
            return True
        base = posixpath.basename(text)
        names = {base, *(f"{base}{end}" for end in (".yaml", ".yml", ".json"))}
        return any(posixpath.basename(file) in names for file in self.m.project.files)

    def replace(self, row: Model) -> None:
        """What a row replaces is replaced from here on."""
        held = v.Handle("mock.everything", tuple(v.Const(name) for name in row.texts("spares")))
        self._set(IN_PLACE, "", v.TRUE)
        for target in row.texts("replaces"):
            self._set(MOCKS, target, held if target == EVERYTHING else v.Unknown("mocked"))

    def give_back(self, row: Model) -> None:
        """What a row replaced is there again."""
        for target in row.texts("replaces"):
            self._set(MOCKS, target, v.NONE)

    def named(self, name: str) -> bool:
        """Apply the row of a decorator, marker or context; False where there is none, or where the name itself has to be patched."""
        row = self._rows.get(self.m.externals.canonical(name))
        if row is None or row.values.get("effect", "replace") == "replace":
            return False
        self.replace(row)
        return True

    def enter(self, frame: Frame, value: v.Value) -> v.Value | None:
        """Apply a patch or a mocking library's context; None where the value is neither."""
        if not isinstance(value, v.Handle):
            return None
        if value.type != PATCH:
            return value if self.named(value.type) else None
        kind, owner, name, new = value.args
        if kind == v.Const("set"):
            text = v.text_of(name)
            if text:
                self.put(frame, owner, text, new)
            return new
        if kind == v.Const("dict") and name == v.TRUE and _is_environment(owner):
            clear(self.m, self._set)
        for key, item in self.m.pairs_of(new):
            if kind == v.Const("multiple"):
                self.put(frame, owner, v.text_of(key) or "", item)
            else:
                self._item(frame, owner, key, item)
        return new

    def _item(self, frame: Frame, owner: v.Value, key: v.Value, item: v.Value) -> None:
        name = v.text_of(key)
        if _is_environment(owner) and name:
            self._set(ENVIRON, name, item)
        elif owner == v.External("sys.modules") and name:
            stand_ins = self.m.imports.stand_ins
            self._set(MODULES, stand_ins.cell(name, frame.scope.file), stand_ins.held(item))
        else:
            self.m.entries.set_item(frame, owner, key, item)

    def raising(self, frame: Frame, errors: Sequence[v.Value]) -> None:
        """``pytest.raises`` of errors that come before any connection: what is called inside does not go out."""
        if v.External("builtins.TypeError") in errors:
            self._set(_EXPECTED, "TypeError", v.Const(frame.depth))
        early = {name.rsplit(".", 1)[-1] for name in self.m.rulebook.models.get("early", {})}
        names = [
            one.name.rsplit(".", 1)[-1] if isinstance(one, v.External) else one.definition.name if isinstance(one, v.ClassRef) else ""
            for error in errors
            for one in (self.m.items_of(error) or [error])
        ]
        if names and all(name in early for name in names):
            self._set(MOCKS, EVERYTHING, v.Handle("mock.everything"))

    def mistaken(self, frame: Frame, ref: v.FunctionRef, args: Arguments) -> bool:
        """Whether a call that is to raise a TypeError gives arguments that the function does not take: its body is not run.

        Only what the block itself calls counts, as what an inner call is given may not be known that well.
        """
        if args.open or self.m.store.get(_EXPECTED, "TypeError") != v.Const(frame.depth):
            return False
        kinds = {param.kind for param in ref.function.params}
        placed = [param for param in ref.function.params if param.kind in ("", "/")]
        count = len(args.args) + (ref.bound is not None)
        rest = [param for param in placed[count:] if param.default is None]
        rest += [param for param in ref.function.params if param.kind == "kw" and param.default is None]
        names = {param.name for param in ref.function.params if param.kind in ("", "kw")} - {param.name for param in placed[:count]}
        many = count > len(placed) and "*" not in kinds
        return many or any(param.name not in args.kwargs for param in rest) or ("**" not in kinds and not args.kwargs.keys() <= names)

    def around(self, frame: Frame, function: s.Function) -> int | None:
        """Put in place what decorators of a function that is no test replace while it runs; None where they replace nothing."""
        marks = [one for mark in self.m.pytest.marks(function) for one in v.leaves(mark)]
        entered = [one for one in marks if isinstance(one, v.Handle) and (one.type == PATCH or one.type in self._rows)]
        named = [one.name for one in marks if isinstance(one, v.External)]
        if not entered and self._rows.keys().isdisjoint(named):
            return None
        begun = self.begin()
        for one in entered:
            self.enter(frame, one)
        for name in named:
            self.named(name)
        return begun

    def begin(self) -> int:
        """What a ``with`` puts in place is noted from here on."""
        self._recording += 1
        return len(self._entered)

    def end(self, frame: Frame, mark: int, *, stays: bool) -> None:
        """Take back what a ``with`` put in place; ``stays`` for a fixture or context manager, whose body ends later than it is read."""
        self._recording -= 1
        exits = [*frame.returns, *frame.raises, *(one for loop in frame.loops for one in (*loop.breaks, *loop.continues))]
        while len(self._entered) > mark:
            cell, old = self._entered.pop()
            if stays:
                continue
            put = self.m.store.peek(cell)
            before = old if old is not None else unwritten(cell) or v.NONE
            for one in exits:  # a way out of it leaves it, too
                if one.changes.get(cell) is put is not None:
                    one.changes[cell] = before
            self.m.store.set(*cell, before)

    # monkeypatch

    def _monkeypatch(self, frame: Frame, form: str, args: Arguments) -> v.Value:
        target, second = args.get(0, "target"), args.get(1, "name")
        if form == "context":
            return v.Handle("pytest.MonkeyPatch")
        if target is None:
            return v.NONE
        text = v.text_of(target)
        if form in ("setattr", "delattr"):
            dotted = text is not None
            owner, name = self.split(frame, text) if dotted else (target, v.text_of(second) or "" if second is not None else "")
            value = (second if dotted else args.get(2, "value")) if form == "setattr" else v.Handle(MOCK)
            if name:
                self.put(frame, owner, name, value or v.Unknown("value"))
        elif form in ("setenv", "delenv") and text:
            self._set(ENVIRON, text, (args.get(1, "value") or v.Unknown(text)) if form == "setenv" else v.NONE)
        elif form == "setitem" and second is not None:
            self._item(frame, target, second, args.get(2, "value") or v.Unknown("value"))
        elif form == "syspath_prepend":
            self.m.externals.call(frame, "sys.path.insert", Arguments([v.NONE, target]), _NOWHERE)
        return v.NONE


def _is_environment(owner: v.Value) -> bool:
    return isinstance(owner, v.External) and owner.name.endswith("environ")


def _each(held: v.Value, gives: Callable[[v.Value], v.Value], nothing: v.Value = v.NONE) -> v.Value:
    """The alternatives of what stands in the place of something, each as it is asked for; ``nothing`` where nothing does."""
    if isinstance(held, v.Choice):
        return v.choice(held.test, _each(held.then, gives, nothing), _each(held.orelse, gives, nothing))
    return nothing if held == v.NONE else gives(held)
