"""What happens around a test? Marks, fixtures, set-up, parameters and hooks, as pytest and unittest give them to a function.

Sources: pytest's reference on fixtures, marks and hooks, https://docs.pytest.org/en/stable/reference/;
the library reference of ``unittest``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from offlint.flow import values as v
from offlint.flow.doctests import DOCTEST, prepare
from offlint.flow.local import LOCAL
from offlint.flow.machine import Arguments, Frame
from offlint.flow.mentions import collect
from offlint.flow.pytest_fixtures import fixture_info, fixtures, param_values, telling
from offlint.flow.pytest_marks import apply
from offlint.flow.pytest_network import close, give_back
from offlint.flow.pytest_objects import CONFIG, ITEM, MODULE_SET_UPS, PARSER, SET_UPS, mark_name
from offlint.flow.registry import SETTINGS
from offlint.flow.summary import Summary, Use
from offlint.model.lazy import dataclass, field

if TYPE_CHECKING:
    from offlint.flow.machine import Machine
    from offlint.flow.pytest_fixtures import FixtureInfo
    from offlint.flow.runs import Runner
    from offlint.model.entry import Entry
    from offlint.model.span import Span

_HOOKS = ("pytest_collection_modifyitems", "pytest_runtest_setup")
_TEST_SURFACES = ("tests", "conftest.py", DOCTEST)
#: So many cases of a parametrised test are run; others differ in nothing that matters, or are too many.
MAX_CASES = 16
#: What does as it is told by a text.
_TOLD = frozenset({".invoke", ".import_module", "import_module", "__import__", ".run_module", ".run_path", "exec"})
_MAX_DEPTH = 10
_MAX_PARAMS = 10


@dataclass(slots=True)
class Case:
    """One set of parameters: values by name, those that go to fixtures, and the marks of this set."""

    values: dict[str, v.Value] = field(default_factory=dict)
    indirect: frozenset[str] = frozenset()
    marks: tuple[v.Value, ...] = ()


@dataclass(slots=True)
class TestCall:
    """One function or method that a phase's tool calls, with the fixtures that it asks for."""

    __test__ = False

    runner: Runner
    machine: Machine
    entry: Entry
    target: v.FunctionRef
    owner: v.ClassRef | v.Instance | None
    span: Span
    case: Case = field(default_factory=Case)
    subject: v.Value | None = None
    item: v.Value | None = None
    active: list[v.Value] = field(default_factory=list)
    namespace: v.Mapping_ | None = None
    only: v.Value = v.TRUE
    _given: dict[tuple[str, int], v.Value] = field(default_factory=dict)
    _pending: set[tuple[str, int]] = field(default_factory=set)

    @property
    def body(self) -> v.FunctionRef:
        """The function as it was written: its parameters and marks count, whatever decorators made of it."""
        return self.machine.pytest.unwrapped(self.target)

    @property
    def owner_name(self) -> str:
        """The class's name, empty for a function."""
        cls = self.owner.cls if isinstance(self.owner, v.Instance) else self.owner
        return cls.definition.name if cls is not None else ""

    @property
    def testing(self) -> bool:
        """Whether a test runner calls it."""
        return self.entry.surface in _TEST_SURFACES

    def __call__(self, frame: Frame) -> None:
        """Call it: conditions of its marks, hooks, fixtures that nobody asks for, set-up, arguments, the function itself."""
        machine = self.machine
        subject: v.Value | None = None
        frame.narrow(self.only, self.span)
        if self.testing:
            machine.pytest.test = self
            self.active = list(self.marks())
            self.item = machine.pytest.item(self, self.active)
            close(machine, self.active)
            for mark in self.active:
                self.mark(frame, mark, self.span)
            self._hooks(frame)
        if isinstance(self.owner, v.ClassRef):
            subject = self.subject = machine.classes.instantiate(frame, self.owner, Arguments(), self.span)
        elif self.owner is not None:
            subject = self.subject = self.owner
        if not frame.alive:
            return
        if self.testing:
            self._around(frame, subject)
        if self.entry.surface == DOCTEST:
            prepare(self)
        params = self.body.function.params
        args: dict[str, v.Value] = {}
        handed = [v.Handle(name) for name in self.entry.gives]
        for param in params[1:] if subject is not None else params:
            if not frame.alive:
                return
            if param.name in self.case.values and param.name not in self.case.indirect:
                args[param.name] = self.case.values[param.name]
            elif param.name == "config_settings" and self.entry.surface == "in-tree backend":
                args[param.name] = v.Handle(SETTINGS)
            elif param.kind in ("*", "**") or param.default is not None:
                continue
            elif handed:
                args[param.name] = handed.pop(0)
            else:
                args[param.name] = self.fixture(frame, param.name) if self.testing else v.Unknown(param.name)
        named = None if any(param.kind == "**" for param in params) else {param.name for param in params}
        args |= {name: v.Const(text) for name, text in self.entry.keywords if named is None or name in named}
        bound = v.FunctionRef(self.target.function, self.target.scope, subject, self.target.owner) if subject is not None else self.target
        if machine.store.get(self.target.function, "staticmethod"):
            bound = self.target
        if frame.alive:
            result = machine.call(frame, bound, Arguments([], args), self.span)
            given = machine.deep_taint(machine.iteration.element(result) if self.target.function.generator else result)
            if given and self.entry.surface == "conftest.py":
                frame.summary.uses.append((frame.way, Use("pass", given, self.span)))  # a fixture hands its value to the tests

    # marks

    def marks(self, *, whole: bool = False) -> Iterator[v.Value]:
        """The marks of the module (``whole``: only these), of the class and its bases, of the function and of its set of parameters."""
        machine = self.machine
        yield from self._listed(machine.store.get(machine.imports.scope(self.entry.file), "pytestmark"))
        if whole:
            return
        cls = self.owner.cls if isinstance(self.owner, v.Instance) else self.owner
        for base in reversed(machine.attributes.mro(cls)) if cls is not None else ():
            if isinstance(base, v.ClassRef):
                yield from machine.pytest.marks(base)
                yield from self._listed(machine.store.get(base, "pytestmark"))
        yield from machine.pytest.marks(self.body.function)
        yield from self.case.marks

    def _listed(self, held: v.Value | None) -> list[v.Value]:
        return [] if held is None else (self.machine.items_of(held) or [held])

    def mark(self, frame: Frame, mark: v.Value, span: Span, *, throws: bool = False) -> None:
        """Do what a mark means; ``throws`` for one that is added while the test runs."""
        apply(self, frame, mark, span, throws=throws)

    # what comes before

    def _hooks(self, frame: Frame) -> None:
        """Hooks of the conftest files and plug-ins that skip the test, mark it or take it out of the list."""
        machine = self.machine
        places = tuple(self.places()[1:])
        if places not in machine.pytest.plain and any("getoption" in machine.modules.code(place) for place in places):
            # what they would do to a test that nobody marked: an option that takes this away asks for others, and is no switch
            item, active, mark = self.item, self.active, machine.store.mark()
            plain = Frame(frame.scope, Summary(), mark, depth=frame.depth)
            self.item, self.active = machine.pytest.item(self, []), []
            self._hooked(plain)
            machine.store.undo(mark)
            self.item, self.active = item, active
            machine.pytest.plain[places] = plain.way
        self._hooked(frame)

    def _hooked(self, frame: Frame) -> None:
        machine = self.machine
        items = machine.pytest.collected(self.item or v.NONE)
        given: dict[str, v.Value] = {"items": items, "config": v.Handle(CONFIG), "item": self.item or v.NONE}
        for file in self.places()[1:]:
            for hook in _HOOKS:
                held = machine.store.get(machine.imports.scope(file), hook)
                if not isinstance(held, v.FunctionRef) or not frame.alive:
                    continue
                args = {p.name: given.get(p.name, v.Unknown(p.name)) for p in held.function.params}
                machine.call(frame, held, Arguments([], args), self.span)
                if hook == _HOOKS[0]:
                    self._kept(frame, items)

    def _kept(self, frame: Frame, items: v.Items) -> None:
        """The test runs where it is still in the list."""
        kept: v.Value = v.FALSE
        for test, held in v.cases(self.machine.held(items)):
            if not isinstance(held, v.Contents) or any(isinstance(i, v.Rest) or i == self.item for i in held.items):
                kept = v.either(kept, test)
        frame.narrow(kept, self.span)

    def _around(self, frame: Frame, subject: v.Value | None) -> None:
        """Fixtures that are used by all, and set-up methods."""
        machine = self.machine
        for position, place in reversed(list(enumerate(self.places()))):
            for name, found in fixtures(machine, place).items():
                if found.autouse and frame.alive and found.function.function is not self.target.function:
                    self.fixture(frame, name, position)
        for mark in self.active:
            for wanted in mark.args if isinstance(mark, v.Handle) and mark_name(mark) == "usefixtures" else ():
                if (text := v.text_of(wanted)) and frame.alive:
                    self.fixture(frame, text)
        for name in MODULE_SET_UPS if subject is None else MODULE_SET_UPS[:2]:
            held = machine.store.get(machine.imports.scope(self.entry.file), name)
            if isinstance(held, v.FunctionRef) and held.function is not self.target.function and frame.alive:
                machine.call(frame, held, Arguments(open=True), self.span)
        if not isinstance(subject, v.Instance):
            return
        for base in reversed(machine.attributes.mro(subject.cls)):
            for name, held in machine.store.names(base) if isinstance(base, v.ClassRef) else ():
                if isinstance(held, v.FunctionRef) and (info := fixture_info(machine, held)) and info.autouse and frame.alive:
                    self.fixture(frame, name)
        for name in SET_UPS:
            method = machine.attributes.lookup(subject, name)
            if isinstance(method, v.FunctionRef) and name != self.target.function.name and frame.alive:
                machine.call(frame, method, Arguments(open=True), self.span)

    def places(self) -> list[str]:
        """Where fixtures and hooks are looked for, nearest first: the module, the conftest files above it, plug-ins of the tree."""
        return [self.entry.file, *(p for p in self.runner.sessions.of(self.machine, self.entry) if p != self.entry.file)]

    # fixtures

    def fixture(self, frame: Frame, name: str, start: int = 0) -> v.Value:
        """The value of a fixture, made once a test; a fixture that asks for its own name gets the next outer one."""
        if start == 0 and isinstance(self.subject, v.Instance):
            held = self.machine.attributes.lookup(self.subject, name)
            if (
                isinstance(held, v.FunctionRef)
                and fixture_info(self.machine, held) is not None
                and held.function is not self.target.function
            ):
                return self._once(frame, name, -1, held)
        for position, place in list(enumerate(self.places()))[start:]:
            found = fixtures(self.machine, place).get(name)
            if found is not None and found.function.function is not self.target.function:
                return self._once(frame, name, position, found.function)
        return self._builtin(name)

    def _once(self, frame: Frame, name: str, position: int, held: v.FunctionRef) -> v.Value:
        key = (name, position)
        if key in self._given:
            return self._given[key]
        if key in self._pending or len(self._pending) > _MAX_DEPTH:
            return v.Unknown(name)
        self._pending.add(key)
        self.runner.asked.add(id(held.function))
        try:
            value = self._made(frame, name, position, held)
        finally:
            self._pending.discard(key)
        self._given[key] = value
        return value

    def _made(self, frame: Frame, name: str, position: int, held: v.FunctionRef) -> v.Value:
        machine = self.machine
        info = fixture_info(machine, held)
        param = self._param(frame, name, info)
        args: dict[str, v.Value] = {}
        params = held.function.params[1:] if held.bound is not None else held.function.params
        for one in params:
            if one.kind not in ("", "kw") or one.default is not None:
                continue
            if one.name == "request":
                args["request"] = machine.pytest.request(name, param)
            elif frame.alive:
                args[one.name] = self.fixture(frame, one.name, position + 1 if one.name == name else 0)
        if not frame.alive:
            return v.Unknown(name)
        way, raised = frame.way, len(frame.raises)
        value = machine.call(frame, held, Arguments([], args), self.span)
        made = machine.calls.last
        if made is not None and held.function.generator:
            # the test runs where the fixture comes to its yield; what it does, changes and checks afterwards comes after the test
            frame.way, frame.alive = way, True
            for (owner, cell), before in made.between.items():
                machine.store.set(owner, cell, before)
            if made.yielded != v.FALSE:
                frame.narrow(made.yielded, self.span)
        elif not frame.alive and not any(e.value == v.External("SystemExit") for e in frame.raises[raised:]):
            # a fixture that always fails is a sign that something was not understood
            frame.way, frame.alive = way, True
        if held.function.generator:
            items = machine.items_of(value) or []
            first = items[0] if items else v.Unknown(name)
            return first.value if isinstance(first, v.Rest) else first
        return value

    def _param(self, frame: Frame, name: str, info: FixtureInfo | None) -> v.Value:
        """``request.param``: what the test gives to the fixture, else one of the fixture's own, whose marks are the test's, too."""
        if name in self.case.indirect and name in self.case.values:
            return self.case.values[name]
        items = self.machine.items_of(info.params) if info is not None else None
        if not items:
            return v.Unknown("param")
        items = items[:_MAX_PARAMS]
        given = [param_values(self.machine, item)[0] for item in items]
        # what one and all of those that can make a difference are marked with counts; another one's mark stops nothing of theirs
        matter = [self._marks_of(item) for item, value in zip(items, given, strict=True) if telling(value)] or list(
            map(self._marks_of, items)
        )
        for mark in matter[0]:
            if all(mark in marks for marks in matter):
                self.mark(frame, mark, self.span)
        *others, result = given
        for one in reversed(others):
            result = v.choice(self.machine.atom("input", "parameter", self.span), one, result)
        return result

    def _marks_of(self, item: v.Value) -> list[v.Value]:
        return self._listed(item.args[1]) if isinstance(item, v.Handle) and item.type == "pytest.param" else []

    def _builtin(self, name: str) -> v.Value:
        """A fixture of pytest or of a plug-in that is not in the tree."""
        machine = self.machine
        if self.target.function.name.startswith("pytest_"):
            hooked: dict[str, v.Value] = {"config": v.Handle(CONFIG), "parser": v.Handle(PARSER), "item": self.item or v.Handle(ITEM)}
            return hooked.get(name, v.Unknown(name))
        if name == "request":
            return machine.pytest.request(name, self.case.values.get("request"))
        if name == "doctest_namespace":
            self.namespace = self.namespace or machine.new_mapping([])
            return self.namespace
        row = machine.rulebook.models.get("fixture", {}).get(name)
        give_back(machine, name)
        if row is None:
            # of a plug-in that is not in the tree: what such fixtures give for a URL is a server on this machine
            return v.Handle(LOCAL, (v.Const(name),))
        if row.values.get("replaces"):
            machine.mocking.replace(row)
        gives = str(row.values.get("gives", "nothing"))
        if gives == "path":
            return v.Path(v.Text((v.Const("⟨tmp⟩/"), v.Unknown(name))))
        return v.Handle(LOCAL, (v.Const(name),)) if gives == "local" else v.Handle(gives) if "." in gives else v.Unknown(name)

    # parameters

    def cases(self) -> list[TestCall]:
        """The test with each of its sets of parameters that can matter."""
        if not self.testing:
            return [self]
        columns = [rows for mark in self.marks() if mark_name(mark) == "parametrize" and (rows := self._rows(mark))]
        if not columns:
            return [self]
        base = [rows[0] for rows in columns]
        picked: list[list[Case]] = [base]
        for at, rows in enumerate(columns):
            picked += [[*base[:at], row, *base[at + 1 :]] for row in rows[1:]]
        return [self._with(sets) for sets in picked[:MAX_CASES]]

    def _with(self, sets: list[Case]) -> TestCall:
        values = {name: value for one in sets for name, value in one.values.items()}
        indirect = frozenset().union(*(one.indirect for one in sets))
        marks = tuple(mark for one in sets for mark in one.marks)
        case = Case(values, indirect, marks)
        return TestCall(self.runner, self.machine, self.entry, self.target, self.owner, self.span, case, only=self.only)

    def _rows(self, mark: v.Value) -> list[Case]:
        machine = self.machine
        if not isinstance(mark, v.Handle) or len(mark.args) < 2:
            return []
        text = v.text_of(mark.args[0])
        listed = text.split(",") if text is not None else [v.text_of(i) or "" for i in machine.items_of(mark.args[0]) or []]
        names = [name.strip() for name in listed if name.strip()]
        single = text is not None and "," not in text
        indirect = self._indirect(mark.args[2] if len(mark.args) > 2 else v.NONE, names)
        rows: list[Case] = []
        dull, each = 0, self._does_as_told()
        for item in machine.items_of(mark.args[1]) or []:
            if isinstance(item, v.Rest):
                continue
            values, marks = param_values(machine, item), tuple(self._marks_of(item))
            if not (isinstance(item, v.Handle) and item.type == "pytest.param"):
                values = [item] if single else (machine.items_of(item) or [item])
            if not (marks or any(map(telling, values)) or each):
                dull += 1
                if dull > 2:
                    continue
            rows.append(Case(dict(zip(names, values, strict=False)), indirect, marks))
        return rows

    def _does_as_told(self) -> bool:
        """Whether the test runs commands (``runner.invoke(main, words)``) or imports modules: each set of parameters may name another."""
        found: set[str] = set()
        collect(self.target.function.body, found)
        return not _TOLD.isdisjoint(found)

    def _indirect(self, value: v.Value, names: list[str]) -> frozenset[str]:
        items = self.machine.items_of(value)
        if items is not None:
            return frozenset(t for i in items if (t := v.text_of(i)))
        return frozenset(names) if value == v.TRUE else frozenset()
