"""What does each entry point do when it runs? One run per entry point and per function that its tool calls, from the same state."""

from __future__ import annotations

import fnmatch
import posixpath
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from offlint.flow import values as v
from offlint.flow.configuration import TOOLS
from offlint.flow.documentation import configured, perform, works
from offlint.flow.interning import forget
from offlint.flow.machine import MAX_STEPS, Arguments, Frame, Machine, OutOfBudget
from offlint.flow.relevance import Relevance
from offlint.flow.summary import Summary, Use, since
from offlint.model.span import Span

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from offlint.flow.configuration import Configuration
    from offlint.flow.machine import Oracle
    from offlint.flow.modules import Modules
    from offlint.model.entry import Entry, Option
    from offlint.project.base import Project
    from offlint.rulebook.schema import Rulebook

#: Steps for one test, for one module of tests or docs, and for all entry points of a phase together.
MAX_TEST_STEPS = 25_000
MAX_MODULE_STEPS = 120_000
#: Steps for one script or document that a documentation tool runs, and for one call of it.
MAX_SCRIPT_STEPS = 30_000
MAX_CALL = 6_000
MAX_PHASE = {"build": 2_000_000, "test": 500_000, "docs": 1_000_000}

#: Marks that select no tests (pytest's own and of well-known plugins that only change how a test runs).
_PLAIN_MARKS = frozenset({
    "parametrize", "usefixtures", "filterwarnings", "skip", "skipif", "xfail", "asyncio", "anyio", "flaky", "timeout",
    "order", "django_db", "mpl_image_compare", "xdist_group", "trio", "serial", "dependency", "forked", "no_cover",
    "benchmark", "run", "tryfirst", "trylast", "hypothesis",
})  # fmt: skip
_WORD = re.compile(r"\bnot\s+([A-Za-z_]\w*)")


@dataclass(slots=True, eq=False)
class Run:
    """One run: what it did, what it left in files, its problems, and the program of the tree that it is, if it is one."""

    entry: Entry
    root: Summary
    files: dict[str, v.Value] = field(default_factory=dict)
    machine: Machine | None = None
    cut: list[tuple[Span, str]] = field(default_factory=list)
    program: str = ""


class Runner:
    """Runs entry points, each in a fresh machine; lowered modules are shared."""

    def __init__(self, project: Project, rulebook: Rulebook, oracle: Oracle, modules: Modules, options: Sequence[Option]) -> None:
        forget()
        self._make: Callable[[], Machine] = lambda: Machine(project, rulebook, oracle, modules, options)
        self._modules = modules
        self._relevance = Relevance(modules)
        self._left: dict[str, int] = {}
        self._options = options
        self._deselected = frozenset(
            word for o in options if o.scope == "pytest" and o.name in ("addopts", "markexpr") for word in _WORD.findall(o.value)
        )
        self._machines: dict[tuple[str, tuple[str, ...]], Machine] = {}

    def runs(self, entry: Entry) -> Iterator[Run]:
        """The runs of one entry point: its module's top level, then each function that its names select."""
        # a setup.py can do by its keywords, a session's function by what it is given, and a documentation's configuration by what it
        # switches on, what none of its words tells
        configures = entry.surface in TOOLS
        told = entry.file.endswith(".py") and entry.surface != "setup.py" and not entry.gives and not configures
        if told and not self._modules.can_reach(entry.file, entry.search) and not self._near(entry):
            return
        key = (str(entry.phase), entry.search)
        machine = self._machines.get(key)
        if machine is None or entry.main:
            machine = self._make()
            if not entry.main:
                self._machines[key] = machine
        machine.imports.begin(entry.search)
        # a build is followed to the last step; of tests and docs, which run the whole library, only what can matter
        machine.relevance = None if str(entry.phase) == "build" or entry.gives else self._relevance
        machine.argv = entry.argv
        machine.cwd = posixpath.dirname(entry.file) if entry.surface == "conf.py" else ""
        base = machine.store.mark()
        root = Summary()
        frame = Frame(machine.imports.scope(entry.file), root, base, top_level=True)
        run = Run(entry, root, machine=machine)
        try:
            self._begin(machine, entry, MAX_STEPS if str(entry.phase) == "build" else MAX_MODULE_STEPS)
            if entry.file.endswith("CMakeLists.txt"):
                machine.cmake.runs.start(frame, entry)
            else:
                what = f"{entry.surface} is run"
                machine.imports.evaluate(frame, entry.file, entry.span, main=entry.main, what=what, anyway=configures)
            configuration = configured(machine, frame, entry.file, entry.surface) if str(entry.phase) == "docs" else None
            root.done = machine_done(frame)
            run.files = {name: x for (owner, name), x in machine.store.changes(base).items() if owner == "files"}
            run.cut, machine.spent = machine.spent, []
            yield run
            yield from self._named(machine, entry, root)
            if configuration is not None:
                yield from self._works(machine, entry, configuration)
        except OutOfBudget:
            run.cut = [*machine.spent, (entry.span, "too much code to follow: the step budget is spent")]
            root.done = v.TRUE
            yield run
        except RecursionError:
            run.cut = [*machine.spent, (entry.span, "code nested too deeply to follow")]
            yield run
        finally:
            machine.spent = []
            machine.store.reads.clear()

    def _works(self, machine: Machine, entry: Entry, configuration: Configuration) -> Iterator[Run]:
        """The programs that a documentation tool runs, one after the other in one process: what was imported stays imported."""
        search, cwd = list(machine.imports.search), machine.cwd
        machine.calling, machine.call_limit = True, MAX_CALL
        self._relevance.narrow = True
        try:
            for work in works(machine, configuration):
                folder = posixpath.dirname(work.file)
                if not self._modules.can_reach(work.key, (*search, folder)):
                    continue
                root, mark = Summary(), machine.store.mark()
                frame = Frame(machine.imports.scope(entry.file), root, mark)
                run = Run(replace(entry, surface=work.surface, file=work.file), root, machine=machine, program=work.file)
                machine.imports.search, machine.cwd = [*search, folder], folder
                try:
                    self._begin(machine, entry, MAX_SCRIPT_STEPS)
                    perform(machine, frame, work)
                except OutOfBudget:
                    machine.spent.append((Span(work.file), "too much code to follow: the step budget is spent"))
                machine.imports.search, machine.cwd = search, cwd
                root.done = machine_done(frame)
                run.files = {name: x for (owner, name), x in machine.store.changes(mark).items() if owner == "files"}
                run.cut, machine.spent = machine.spent, []
                yield run
                machine.store.revert(mark, "files")
        finally:
            machine.calling, machine.call_limit = False, 0
            self._relevance.narrow = False

    def _begin(self, machine: Machine, entry: Entry, steps: int) -> None:
        """Give the machine a budget, out of what is left of the phase's; raises OutOfBudget when nothing is left."""
        phase = str(entry.phase)
        left = self._left.get(phase, MAX_PHASE[phase]) - machine.steps
        self._left[phase] = left
        machine.steps, machine.limit = 0, min(steps, left)
        if left <= 0:
            raise OutOfBudget

    def _near(self, entry: Entry) -> bool:
        """Whether a conftest.py beside or above the file can begin an access that the file's tests ask for by a fixture's name."""
        if str(entry.phase) != "test":
            return False
        folder = posixpath.dirname(entry.file)
        while folder:
            place = posixpath.join(folder, "conftest.py")
            if self._modules.project.exists(place) and self._modules.can_reach(place, entry.search):
                return True
            folder = posixpath.dirname(folder)
        return self._modules.project.exists("conftest.py") and self._modules.can_reach("conftest.py", entry.search)

    def _named(self, machine: Machine, entry: Entry, top: Summary) -> Iterator[Run]:
        for what, call in self._callables(machine, entry):
            if not entry.gives and not self._relevance.matters(call.target.function, call.target.scope.file):
                continue
            try:
                self._begin(machine, entry, MAX_STEPS if str(entry.phase) != "test" else MAX_TEST_STEPS)
            except OutOfBudget:
                yield Run(
                    entry, Summary(), machine=machine, cut=[(entry.span, "too much code to follow: the project's step budget is spent")]
                )
                return
            mark = machine.store.mark()
            root = Summary(links=list(top.links))
            frame = Frame(machine.imports.scope(entry.file), root, mark)
            machine.calling = True
            try:
                call(frame)
                root.done = machine_done(frame)
                if root.interesting or machine.spent:
                    files = {name: x for (owner, name), x in machine.store.changes(mark).items() if owner == "files"}
                    yield Run(entry, root, files, machine, machine.spent)
                    machine.spent = []
            except OutOfBudget:
                yield Run(entry, root, machine=machine, cut=[(entry.span, f"{what}: too much code to follow, the step budget is spent")])
            finally:
                machine.calling = False
                machine.store.undo(mark)
                machine.store.reads.clear()

    def _callables(self, machine: Machine, entry: Entry) -> Iterator[tuple[str, _Call]]:
        scope = machine.imports.scope(entry.file)
        held = dict(machine.store.names(scope))
        seen: set[int] = set()
        if entry.surface == "conftest.py":
            # a fixture is there to be asked for; which test does is not always in this tree
            for name, value in held.items():
                marks = machine.store.get(value.function, "decorators") if isinstance(value, v.FunctionRef) else None
                if (
                    isinstance(value, v.FunctionRef)
                    and isinstance(marks, v.Contents)
                    and any(_names(m, "pytest.fixture") for m in marks.items)
                ):
                    seen.add(id(value.function))
                    yield name, _Call(self, machine, entry, value, None, value.function.span)
        for pattern in entry.names:
            head, _, method = pattern.rpartition(".")
            base = head[1:-1] if head.startswith("<") else None
            for name, value in list(held.items()):
                for _, one in v.cases(value):
                    if not method or (not head and isinstance(one, v.FunctionRef) and fnmatch.fnmatchcase(name, method)):
                        if isinstance(one, v.FunctionRef) and id(one.function) not in seen and name != "__file__":
                            seen.add(id(one.function))
                            yield name, _Call(self, machine, entry, one, None, one.function.span)
                    elif head and isinstance(one, v.ClassRef | v.Instance) and self._matches(machine, name, one, head, base):
                        cls = one if isinstance(one, v.ClassRef) else one.cls
                        for found in self._methods(machine, cls, method):
                            yield f"{name}.{found.function.name}", _Call(self, machine, entry, found, one, found.function.span)

    def _matches(self, machine: Machine, name: str, one: v.ClassRef | v.Instance, head: str, base: str | None) -> bool:
        if base is None:
            return fnmatch.fnmatchcase(name, head)
        if isinstance(one, v.Instance) or one.definition.name != name:
            return False
        names = [b.name for b in machine.attributes.mro(one) if isinstance(b, v.External)]
        return base == "*" or base in names or any(n.rsplit(".", 1)[-1] == base.rsplit(".", 1)[-1] for n in names)

    def _methods(self, machine: Machine, cls: v.ClassRef, pattern: str) -> list[v.FunctionRef]:
        found: dict[str, v.FunctionRef] = {}
        for base in machine.attributes.mro(cls):
            if isinstance(base, v.ClassRef):
                for name, held in machine.store.names(base):
                    if isinstance(held, v.FunctionRef) and fnmatch.fnmatchcase(name, pattern):
                        found.setdefault(name, held)
        return list(found.values())

    def deselected(self, mark: str) -> bool:
        """Whether the project's own configuration leaves tests with this mark out."""
        return mark in self._deselected


@dataclass(slots=True)
class _Call:
    """One function or method that a phase's tool calls, with the fixtures that it asks for."""

    runner: Runner
    machine: Machine
    entry: Entry
    target: v.FunctionRef
    owner: v.ClassRef | v.Instance | None
    span: Span

    def __call__(self, frame: Frame) -> None:
        """Call it: conditions of its marks, set-up, arguments, the function itself."""
        machine = self.machine
        subject: v.Value | None = None
        if isinstance(self.owner, v.ClassRef):
            self._marks(frame, self.owner)
            subject = machine.classes.instantiate(frame, self.owner, Arguments(), self.span)
        elif self.owner is not None:
            subject = self.owner
        self._module_marks(frame)
        self._marks(frame, self.target.function)
        if not frame.alive:
            return
        testing = self.entry.surface in ("tests", "conftest.py")
        if testing and isinstance(subject, v.Instance):
            for name in ("setUpClass", "setup_class", "setUp", "setup_method"):
                method = machine.attributes.lookup(subject, name)
                if isinstance(method, v.FunctionRef) and name != self.target.function.name and frame.alive:
                    machine.call(frame, method, Arguments(open=True), self.span)
        args: dict[str, v.Value] = {}
        params = self.target.function.params
        handed = [v.Handle(name) for name in self.entry.gives]
        for param in params[1:] if subject is not None else params:
            if param.kind in ("*", "**") or param.default is not None:
                continue
            args[param.name] = handed.pop(0) if handed else self._fixture(frame, param.name, 0) if testing else v.Unknown(param.name)
        bound = v.FunctionRef(self.target.function, self.target.scope, subject, self.target.owner) if subject is not None else self.target
        if machine.store.get(self.target.function, "staticmethod"):
            bound = self.target
        named = {param.name for param in params}
        if any(param.kind == "**" for param in params):
            args |= {name: v.Const(text) for name, text in self.entry.keywords}
        else:
            args |= {name: v.Const(text) for name, text in self.entry.keywords if name in named}
        if frame.alive:
            result = machine.call(frame, bound, Arguments([], args), self.span)
            given = machine.deep_taint(machine.iteration.element(result) if self.target.function.generator else result)
            if given and self.entry.surface == "conftest.py":
                frame.summary.uses.append((frame.way, Use("pass", given, self.span)))  # a fixture hands its value to the tests

    def _module_marks(self, frame: Frame) -> None:
        held = self.machine.store.get(self.machine.imports.scope(self.entry.file), "pytestmark")
        if held is not None:
            for mark in self.machine.items_of(held) or [held]:
                self._mark(frame, mark)

    def _marks(self, frame: Frame, owner: object) -> None:
        held = self.machine.store.get(owner, "decorators")
        for mark in held.items if isinstance(held, v.Contents) else ():
            self._mark(frame, mark)

    def _mark(self, frame: Frame, mark: v.Value) -> None:
        name = mark.name if isinstance(mark, v.External) else mark.type if isinstance(mark, v.Handle) else ""
        args = mark.args if isinstance(mark, v.Handle) else ()
        short = name.rsplit(".", 1)[-1]
        if short in ("skipif", "skipIf") and args:
            condition = v.Unknown("condition") if isinstance(args[0], v.Const) and isinstance(args[0].value, str) else args[0]
            frame.narrow(v.negation(self.machine.expressions.decide(condition, self.span)), self.span)
        elif short == "skipUnless" and args:
            frame.narrow(self.machine.expressions.decide(args[0], self.span), self.span)
        elif name in ("pytest.mark.skip", "unittest.skip"):
            frame.narrow(v.FALSE, self.span)
        elif name.startswith("pytest.mark.") and short not in _PLAIN_MARKS:
            default = v.FALSE if self.runner.deselected(short) else v.TRUE
            frame.narrow(v.Opt("marker", short, default, self.span), self.span)

    def _fixture(self, frame: Frame, name: str, depth: int) -> v.Value:
        machine = self.machine
        folder = posixpath.dirname(self.entry.file)
        places = [self.entry.file]
        while True:
            places.append(posixpath.join(folder, "conftest.py") if folder else "conftest.py")
            if not folder:
                break
            folder = posixpath.dirname(folder)
        for place in places:
            if place != self.entry.file and machine.project.exists(place):
                machine.imports.evaluate(frame, place, self.span, what=f"loads {place}")
            held = machine.store.get(machine.imports.scope(place), name)
            if isinstance(held, v.FunctionRef) and held.function is not self.target.function and depth < 8:
                args = {p.name: self._fixture(frame, p.name, depth + 1) for p in held.function.params if p.default is None and p.kind == ""}
                value = machine.call(frame, held, Arguments([], args), self.span)
                if held.function.generator:
                    items = machine.items_of(value) or []
                    return items[0] if items else v.Unknown(name)
                return value
        if name == "monkeypatch":
            return v.Handle("pytest.MonkeyPatch")
        if name in ("tmp_path", "tmpdir"):
            return v.Path(v.Text((v.Const("⟨tmp⟩/"), v.Unknown(name))))
        if name == "mocker":
            return v.Handle("pytest_mock.MockerFixture")
        return v.Unknown(name)


def _names(value: v.Value, name: str) -> bool:
    return (isinstance(value, v.External) and value.name == name) or (isinstance(value, v.Handle) and value.type == name)


def machine_done(frame: Frame) -> v.Value:
    """The condition under which a run comes to its end."""
    return since(frame.way, None) if frame.alive else v.FALSE
