"""What does each entry point do when it runs? One run per entry point and per function that its tool calls, from the same state."""

from __future__ import annotations

import posixpath
from collections import deque
from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

from offlint.flow import values as v
from offlint.flow.budgets import (
    FEWER_STEPS,
    MAX_CALL,
    MAX_MODULE_STEPS,
    MAX_PHASE,
    MAX_SCRIPT_STEPS,
    MAX_STRIKES,
    MAX_TEST_STEPS,
    Budgets,
    purse,
)
from offlint.flow.configuration import TOOLS
from offlint.flow.doctests import DOCTEST
from offlint.flow.documentation import begin, configured, perform, works
from offlint.flow.interning import forget, sweep
from offlint.flow.machine import MAX_STEPS, Frame, Machine, OutOfBudget
from offlint.flow.pytest_collect import callables
from offlint.flow.pytest_order import entry_rank, ignored, leading, matters, picked, rank
from offlint.flow.pytest_run import TestCall
from offlint.flow.pytest_sessions import Sessions
from offlint.flow.relevance import Relevance
from offlint.flow.summary import Summary, since
from offlint.model.entry import Skipped
from offlint.model.lazy import dataclass, field
from offlint.model.span import Span

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from offlint.flow.configuration import Configuration
    from offlint.flow.machine import Oracle
    from offlint.flow.modules import Modules
    from offlint.model.entry import Entry, Option
    from offlint.project.base import Project
    from offlint.rulebook.schema import Rulebook

#: A test that so many classes inherit comes later in the others.
MAX_ALIKE = 2
#: Tests of a module that can reach out by the same fixtures only: what a fixture does, it does in each.
MAX_FIXTURE = 3


@dataclass(slots=True, eq=False)
class Run:
    """One run: what it did, what it left in files, its problems, and the program of the tree that it is, if it is one."""

    entry: Entry
    root: Summary
    files: dict[str, v.Value] = field(default_factory=dict)
    machine: Machine | None = None
    cut: list[Skipped] = field(default_factory=list)
    program: str = ""


#: Tests of a file that have to wait, with what their module did.
_Waiting: TypeAlias = "tuple[Machine, Entry, Summary, list[tuple[str, TestCall]]]"


class Runner:
    """Runs entry points, each in a fresh machine; lowered modules are shared."""

    def __init__(self, project: Project, rulebook: Rulebook, oracle: Oracle, modules: Modules, options: Sequence[Option]) -> None:
        forget()
        self._make: Callable[[], Machine] = lambda: Machine(project, rulebook, oracle, modules, options)
        self._modules = modules
        modules.written.plugged = [one.value.partition(":")[0] for one in options if one.scope == "entry point"]
        self._relevance = Relevance(modules, options)
        self._budgets = Budgets()
        self._resting = False
        self._quiet: list[Entry] = []
        self._examples: list[Entry] = []
        self._later: list[_Waiting] = []
        self._passed: list[_Waiting] = []
        self._alike: dict[str, dict[object, int]] = {}  # tests of a file that were followed for their fixtures, by these
        self._skipped: list[tuple[Machine, Entry, dict[str, Span]]] = []
        self.asked: set[int] = set()
        self.sessions = Sessions(modules, options)
        self._machines: dict[tuple[str, tuple[str, ...]], Machine] = {}
        self._using: dict[tuple[str, tuple[str, ...]], int] = {}

    def all(self, entries: Sequence[Entry]) -> Iterator[Run]:
        """The runs of all entry points; each has to be judged before the next one is asked for."""
        for entry in self.plan(entries):
            yield from self.runs(entry)
        yield from self.rest()

    def close(self) -> None:
        """Let go of all that was evaluated."""
        for machine in self._machines.values():
            _close(machine)
        for part in (self._relevance.links, self._relevance):
            vars(part).clear()  # they know each other

    def plan(self, entries: Sequence[Entry]) -> list[Entry]:
        """The entry points in the order in which budgets serve them best: of tests those that hold a URL come first, then the short ones.

        How many there are of each phase is noted, so that none takes what the others need.
        """
        for entry in entries:
            self._budgets.expect(entry)
            self._using[machine_key(entry)] = self._using.get(machine_key(entry), 0) + 1
        return sorted(entries, key=lambda entry: entry_rank(entry, self._relevance, len(self._modules.project.text(entry.file) or "")))

    def runs(self, entry: Entry) -> Iterator[Run]:
        """The runs of one entry point: its module's top level, then each function that its names select."""
        yield from self._runs(entry)
        used = self._machines.get(machine_key(entry)) if str(entry.phase) == "test" else None
        if used is not None and used.imports.skipped:
            self._skipped.append((used, entry, used.imports.skipped))
            used.imports.skipped = {}
        self._using[machine_key(entry)] = left = self._using.get(machine_key(entry), 1) - 1
        if left == 0 and str(entry.phase) != "test":  # to the tests ``rest`` comes back
            machine = self._machines.pop(machine_key(entry), None)
            if machine is not None:
                _close(machine)

    def _runs(self, entry: Entry) -> Iterator[Run]:
        if entry.surface == DOCTEST and not self._resting:  # after all tests, when more is known of the tree
            self._examples.append(entry)
            return
        if entry.surface == DOCTEST and not self._relevance.leads(entry.file, self._machines.get(machine_key(entry))):
            return
        # a setup.py can do by its keywords, a session's function by what it is given, and a documentation's configuration by what it
        # switches on, what none of its words tells
        configures = entry.surface in TOOLS
        told = entry.file.endswith(".py") and entry.surface not in ("setup.py", DOCTEST) and not entry.gives and not configures
        alone = told and not self._modules.can_reach(entry.file, entry.search)
        if alone and not self._near(entry):
            return
        if entry.surface == "tests" and not entry.main and not self._resting and self._is_quiet(entry):
            self._quiet.append(entry)
            return
        testing, key = str(entry.phase) == "test", machine_key(entry)
        self._relevance.look_ahead(on=self._resting or str(entry.phase) == "docs")
        machine = self._machines.get(key)
        if machine is None or entry.main:
            machine = self._make()
            if not entry.main:
                self._machines[key] = machine
        machine.imports.begin(entry.search)
        # a build is followed to the last step; of tests and docs, which run the whole library, only what can matter
        machine.relevance = None if str(entry.phase) == "build" or entry.gives else self._relevance
        machine.requests.begin(self._relevance)
        machine.testing = testing and machine.relevance is not None
        machine.externals.start(entry.argv)
        machine.documenting = configures
        machine.cwd = posixpath.dirname(entry.file) if entry.surface == "conf.py" else ""
        base = machine.store.mark()
        root = Summary()
        frame = Frame(machine.imports.scope(entry.file), root, base, top_level=True)
        run = Run(entry, root, machine=machine)
        try:
            self._budgets.begin(machine, entry, MAX_STEPS if str(entry.phase) == "build" else MAX_MODULE_STEPS)
            if entry.surface in ("tests", DOCTEST) and ignored(machine, entry.file, self.sessions.of(machine, entry)):
                return
            if entry.file.endswith("CMakeLists.txt"):
                machine.cmake.runs.start(frame, entry)
            elif entry.surface != DOCTEST or entry.file.endswith(".py"):
                what = f"{entry.surface} is run"
                if entry.surface == "conf.py":
                    begin(machine, frame.scope)
                machine.imports.evaluate(frame, entry.file, entry.span, main=entry.main, what=what, anyway=configures or alone)
            configuration = configured(machine, frame, entry.file, entry.surface) if str(entry.phase) == "docs" else None
            if entry.surface == "conftest.py":
                self.sessions.of(machine, entry)
            root.done = machine_done(frame)
            run.files = {name: x for (owner, name), x in machine.store.changes(base).items() if owner == "files"}
            run.cut, machine.spent = machine.spent, []
            yield run
            yield from self._named(machine, entry, root)
            if configuration is not None:
                yield from self._works(machine, entry, configuration)
        except OutOfBudget:
            run.cut = [*machine.spent, _too_much(entry, "the step budget is spent")]
            root.done = v.TRUE
            yield run
        except RecursionError:
            run.cut = [*machine.spent, Skipped(entry.file, "code nested too deeply to follow", entry.span.line)]
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
            # what names an API itself comes before what may only lead to one
            planned = sorted(works(machine, configuration), key=lambda one: not self._modules.spoken(one.key))
            self._relevance.links.alone |= {work.key for work in planned}
            for work in planned:
                folder = posixpath.dirname(work.file)
                if not self._modules.can_reach(work.key, (*search, folder)):
                    continue
                root, mark = Summary(), machine.store.mark()
                frame = Frame(machine.imports.scope(entry.file), root, mark)
                run = Run(replace(entry, surface=work.surface, file=work.file), root, machine=machine, program=work.file)
                machine.imports.search, machine.cwd = [*search, folder], folder
                try:
                    self._budgets.begin(machine, entry, MAX_SCRIPT_STEPS)
                    perform(machine, frame, work)
                except OutOfBudget:
                    machine.leave(Span(work.file), "too much code to follow: the step budget is spent", budget=True)
                machine.imports.search, machine.cwd = search, cwd
                root.done = machine_done(frame)
                run.files = {name: x for (owner, name), x in machine.store.changes(mark).items() if owner == "files"}
                run.cut, machine.spent = machine.spent, []
                yield run
                machine.store.revert(mark, "files")
                sweep()
        finally:
            machine.calling, machine.call_limit = False, 0
            self._relevance.narrow = False

    def _is_quiet(self, entry: Entry) -> bool:
        """Whether a file of tests says nothing of the network: neither itself nor by a fixture that it asks for."""
        return not (self._relevance.file_tells(entry.file) or self._relevance.asks(entry.file, self._modules.conftests(entry.file)))

    def _near(self, entry: Entry) -> bool:
        """Whether a conftest.py beside or above the file can begin an access that the file's tests ask for by a fixture's name."""
        above = self._modules.conftests(entry.file) if str(entry.phase) == "test" else []
        return any(self._modules.can_reach(place, entry.search) for place in above)

    def _named(self, machine: Machine, entry: Entry, top: Summary) -> Iterator[Run]:
        passed: list[tuple[str, TestCall]] = []
        calls = list(self._worthwhile(machine, entry, callables(self, machine, entry), passed))
        if entry.surface in ("tests", "conftest.py") and passed and not self._resting:
            self._passed.append((machine, entry, top, passed))
        if entry.surface not in ("tests", "conftest.py"):
            yield from self._budgeted(machine, entry, top, calls, MAX_PHASE[purse(entry)])
            return
        # what names an access or a URL itself comes before what may only lead to one
        ranked: list[list[tuple[str, TestCall]]] = [[], [], [], []]
        places = (entry.file, *self.sessions.of(machine, entry))
        seen: dict[int, int] = {}
        for pair in calls:
            level = rank(machine, self._relevance, pair[1], places)
            key = id(pair[1].body.function)
            seen[key] = seen.get(key, 0) + 1
            ranked[2 if level < 2 and seen[key] > MAX_ALIKE else level].append(pair)
        ranked[0].sort(key=lambda pair: not picked(machine, pair[1]))
        if ranked[3]:
            self._later.append((machine, entry, top, ranked[3]))
        marked = sum(picked(machine, call) for level in ranked[:2] for _, call in level)
        share = self._budgets.share(entry, marked)
        yield from self._budgeted(machine, entry, top, [pair for level in ranked[:3] for pair in level], share)

    def rest(self) -> Iterator[Run]:
        """The runs of tests that say nothing of the network and may lead there all the same, with what is left of the budget."""
        self._resting = True
        self._budgets.rest(len(self._later) + len(self._quiet))
        yield from self._waiting()
        self._relevance.look_ahead(on=True)
        for machine, entry, skipped in self._skipped:
            yield from self._imported(machine, entry, {file: span for file, span in skipped.items() if self._relevance.on_import(file)})
        for machine, entry, top, calls in self._passed:
            self._later.append((machine, entry, top, list(self._worthwhile(machine, entry, calls, []))))
        yield from self._waiting()
        for entry in self._quiet:
            known = self._machines.get(("test", ()))
            loaded = known.imports.total if known is not None else 0
            yield from self.runs(entry)
            if known is not None:
                self._budgets.spend(entry, known.imports.total - loaded)
            yield from self._waiting()
        for entry in self._examples:
            yield from self.runs(entry)

    def _imported(self, machine: Machine, entry: Entry, files: Mapping[str, Span]) -> Iterator[Run]:
        """The run of modules whose import could wait, of which it came to be known what they call."""
        if not files:
            return
        root = Summary()
        run = Run(entry, root, machine=machine)
        machine.imports.begin(entry.search)
        try:
            self._budgets.begin(machine, entry, MAX_MODULE_STEPS)
            for file, span in files.items():
                machine.imports.evaluate(Frame(machine.imports.scope(span.file), root, machine.store.mark(), top_level=True), file, span)
        except OutOfBudget:
            pass  # noted where it is loaded
        run.cut, machine.spent = machine.spent, []
        yield run

    def _waiting(self) -> Iterator[Run]:
        """The runs of tests that had to wait."""
        later, self._later = self._later, []
        for machine, entry, top, calls in later:
            if calls:
                machine.imports.begin(entry.search)
                yield from self._budgeted(machine, entry, top, calls, self._budgets.share(entry))

    def _budgeted(self, machine: Machine, entry: Entry, top: Summary, calls: list[tuple[str, TestCall]], share: int) -> Iterator[Run]:
        """Each function with what it may spend: of tests one set of parameters each, and the other sets with what is left after that."""
        testing, strikes = str(entry.phase) == "test", 0
        turns = deque((what, call.cases(), 1) for what, call in calls)
        while turns:
            what, cases, count = turns.popleft()
            budget = MAX_STEPS if not testing else MAX_TEST_STEPS if strikes < MAX_STRIKES else FEWER_STEPS
            try:
                self._budgets.begin(machine, entry, min(budget, share) if testing else budget)
            except OutOfBudget:
                yield Run(entry, Summary(), machine=machine, cut=[_too_much(entry, "the project's step budget is spent")])
                return
            found = False
            for case in cases[:count]:
                for run in self._called(machine, entry, top, what, case):
                    found |= run.root.interesting
                    yield run
                if machine.spent_steps > machine.limit:
                    strikes += not found
                    break
            else:
                if cases[count:]:
                    turns.append((what, cases[count:], len(cases)))
            share -= machine.spent_steps
            if testing and share <= 0:
                yield Run(entry, Summary(), machine=machine, cut=[_too_much(entry, "the module's step budget is spent")])
                return

    def _called(self, machine: Machine, entry: Entry, top: Summary, what: str, call: TestCall) -> Iterator[Run]:
        mark = machine.store.mark()
        root = Summary(links=list(top.links))
        frame = Frame(machine.imports.scope(entry.file), root, mark)
        if top.done != v.FALSE:
            frame.narrow(top.done, entry.span)  # a module that is skipped as a whole has no tests
        machine.calling = True
        machine.calls.begin()
        try:
            call(frame)
            root.done = machine_done(frame)
            if root.interesting or machine.spent:
                files = {name: x for (owner, name), x in machine.store.changes(mark).items() if owner == "files"}
                # each test is a program of its own: one helper may be guarded in one and not in the next
                program = f"{entry.file}::{what}" if entry.surface in ("tests", DOCTEST) else ""
                yield Run(entry, root, files, machine, machine.spent, program)
                machine.spent = []
        except OutOfBudget:
            root.done = machine_done(frame)
            yield Run(entry, root, machine=machine, cut=[_too_much(entry, f"the step budget is spent at {what}")])
        finally:
            machine.calling = False
            machine.pytest.test = None
            machine.store.undo(mark)
            machine.imports.keep()
            machine.store.reads.clear()
            sweep()

    def _worthwhile(
        self, machine: Machine, entry: Entry, calls: Iterable[tuple[str, TestCall]], passed: list[tuple[str, TestCall]]
    ) -> Iterator[tuple[str, TestCall]]:
        """The functions that can lead to an access, and a few tests of those for which only their fixtures can; others are ``passed``."""
        seen = self._alike.setdefault(entry.file, {})
        for what, call in calls:
            if not matters(self._relevance, entry, call):
                places = (entry.file, *self.sessions.of(machine, entry)) if call.testing else ()
                led = leading(machine, self._relevance, call, places)
                if not led and matters(self._relevance, entry, call):  # with what its fixtures gave to read
                    yield what, call
                    continue
                key = led, picked(machine, call) if led else False
                seen[key] = seen.get(key, 0) + 1
                if not led or seen[key] > MAX_FIXTURE:
                    passed.append((what, call))
                    continue
            yield what, call


def _close(machine: Machine) -> None:
    """Let go of all that was evaluated: the parts of a machine know it, so that nothing of it would go by itself."""
    for part in [one for one in vars(machine).values() if hasattr(one, "m")]:
        vars(part).clear()
    vars(machine).clear()
    sweep(at_once=True)


def machine_key(entry: Entry) -> tuple[str, tuple[str, ...]]:
    """Which entry points share a machine: modules are known by their files, so that all tests do, wherever they look for them."""
    return str(entry.phase), () if str(entry.phase) == "test" else entry.search


def _too_much(entry: Entry, why: str) -> Skipped:
    return Skipped(entry.span.file, f"too much code to follow: {why}", entry.span.line, budget=True)


def machine_done(frame: Frame) -> v.Value:
    """The condition under which a run comes to its end."""
    return since(frame.way, None) if frame.alive else v.FALSE
