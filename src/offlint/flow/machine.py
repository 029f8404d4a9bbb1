"""What does an entry point reach? The evaluation: its state, and the parts that it is made of.

Every step is evaluated once per context with abstract values. Branches are evaluated one after the other on the same store and
joined, so that cost follows the code. A budget of steps and a limit of depth bound everything; what is cut is said.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Protocol

from offlint.flow import values as v
from offlint.flow.interning import taint
from offlint.flow.store import Cell, Store
from offlint.flow.summary import Summary, Way
from offlint.flow.summary import step as next_way
from offlint.flow.texts import template
from offlint.flow.worlds import World
from offlint.model.entry import Skipped
from offlint.model.lazy import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from offlint.flow.cmake.language import CMake
    from offlint.flow.configuration import Configuration
    from offlint.flow.modules import Modules
    from offlint.flow.relevance import Relevance
    from offlint.flow.shell.language import Shell
    from offlint.flow.shell.programs import Started
    from offlint.flow.summary import Fetch
    from offlint.model.entry import Option
    from offlint.model.span import Span
    from offlint.project.base import Project
    from offlint.rulebook.schema import CMakeRow, Rulebook

#: Steps and expressions evaluated for one entry point, and calls in calls, before the evaluation gives up and says so.
MAX_STEPS = 800_000
MAX_DEPTH = 60
#: Tables up to this size are read for nothing.
MAX_FREE = 64


@dataclass(slots=True)
class Arguments:
    """The arguments of a call, evaluated; ``open`` says that there may be others (``*args`` of unknown content).

    ``subject`` is the external object whose method is called.
    """

    args: list[v.Value] = field(default_factory=list)
    kwargs: dict[str, v.Value] = field(default_factory=dict)
    open: bool = False
    subject: v.Value | None = None

    def get(self, position: int | None, keyword: str | None = None) -> v.Value | None:
        """The argument at a position or with a keyword, None where it is not given."""
        if keyword is not None and keyword in self.kwargs:
            return self.kwargs[keyword]
        if position is not None and position < len(self.args):
            return self.args[position]
        return None

    def add(self, pairs: Sequence[tuple[v.Value, v.Value]], test: v.Value) -> None:
        """Keywords of a table that is given where the test holds; one that another table lacks is as good as None there."""
        for key, item in pairs:
            if isinstance(key, v.Const):
                name = str(key.value)
                self.kwargs[name] = item if test == v.TRUE else v.choice(test, item, self.kwargs.get(name, v.NONE))

    def everything(self) -> list[v.Value]:
        """All values, in no special role."""
        return [*self.args, *self.kwargs.values()]


class Oracle(Protocol):
    """Answers what a call of something external means; given by the judgement, which stands above."""

    def access(self, machine: Machine, name: str, args: Arguments, span: Span) -> tuple[Fetch | None, v.Value] | None:
        """The access that the call of the dotted name is and the value that it gives; None where the name is not known to reach out."""

    def commands(self, machine: Machine, argv: v.Value, *, shell: bool, span: Span, cwd: str | None) -> list[Fetch]:
        """The accesses that a command line makes; ``cwd`` is the folder that it runs in, None outside of the tree."""

    def cmake(self, machine: Machine, row: CMakeRow, plain: list[v.Value], named: dict[str, list[v.Value]], span: Span) -> Fetch | None:
        """The access that a CMake command of the rulebook makes, None for a local one."""

    def checks(self, machine: Machine, argv: v.Value, given: str | None = None) -> list[tuple[str, str, str | None, str | None]]:
        """What a local command verifies: kind of access, algorithm, expected value, file; ``given`` is its standard input."""

    def digests(self, machine: Machine, argv: v.Value) -> tuple[str, list[str]] | None:
        """The algorithm and the files of a program that writes digests, None for any other."""

    def checkout(self, machine: Machine, argv: v.Value, *, shell: bool) -> str | None:
        """The command where it asks version control about the project's own checkout, empty where it makes no files, else None."""

    def programs(self, machine: Machine, argv: v.Value, *, shell: bool) -> list[Started]:
        """What a command line runs, wrappers seen through."""

    def settings(self, machine: Machine, frame: Frame, configuration: Configuration) -> list[Fetch]:
        """The accesses that a documentation tool's configuration stands for once it was read."""

    def declared(self, machine: Machine, args: Arguments, span: Span) -> list[tuple[v.Value, Fetch]]:
        """The accesses that keywords of a ``setup()`` call stand for, each with its condition."""

    def scripts(self, machine: Machine, argv: v.Value) -> list[tuple[str, tuple[str, ...] | None]]:
        """The Python files (or ``-m`` modules) of the tree that a command line runs, with their arguments."""


@dataclass(slots=True, eq=False)
class Exit:
    """A way out of a block: a return, a raise, a break or a continue, with the store's changes up to it."""

    way: Way | None
    value: v.Value
    changes: dict[Cell, v.Value]
    span: Span


@dataclass(slots=True, eq=False)
class Loop:
    """The exits of the loop that is being evaluated; ``unknown``: one pass stands for all; ``rounds``: passes in all."""

    mark: int
    unknown: bool = False
    rounds: int = 1
    breaks: list[Exit] = field(default_factory=list)
    continues: list[Exit] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Frame:
    """One evaluation of a body: its names, the way so far, its exits; not ``alive`` after one; ``trying``: in so many ``try``."""

    scope: v.Scope
    summary: Summary
    mark: int
    way: Way | None = None
    alive: bool = True
    returns: list[Exit] = field(default_factory=list)
    raises: list[Exit] = field(default_factory=list)
    loops: list[Loop] = field(default_factory=list)
    yields: list[v.Value] = field(default_factory=list)
    yielded: v.Value = v.FALSE
    at_yield: dict[Cell, v.Value] | None = None
    self_value: v.Value | None = None
    bindings: dict[str, v.Value] = field(default_factory=dict)
    depth: int = 0
    top_level: bool = False
    limited: bool = False
    trying: int = 0

    def narrow(self, test: v.Value, span: Span | None = None) -> None:
        """What follows happens only where the test holds."""
        self.way = next_way(self.way, test, span)
        if test == v.FALSE:
            self.alive = False


#: What a file that lies in memory is called.
MEMORY = "⟨memory⟩"


class OutOfBudget(Exception):  # noqa: N818
    """The entry point's budget is spent."""


class Machine:
    """The state of one evaluation, and the parts that do it."""

    def __init__(self, project: Project, rulebook: Rulebook, oracle: Oracle, modules: Modules, options: Sequence[Option] = ()) -> None:
        from offlint.flow.attributes import Attributes  # noqa: PLC0415  (the parts know the machine, not each other)
        from offlint.flow.calls import Calls  # noqa: PLC0415
        from offlint.flow.classes import Classes  # noqa: PLC0415
        from offlint.flow.containers import Containers  # noqa: PLC0415
        from offlint.flow.displays import Displays  # noqa: PLC0415
        from offlint.flow.entries import Entries  # noqa: PLC0415
        from offlint.flow.expressions import Expressions  # noqa: PLC0415
        from offlint.flow.external import Externals  # noqa: PLC0415
        from offlint.flow.imports import Imports  # noqa: PLC0415
        from offlint.flow.inputs import Inputs  # noqa: PLC0415
        from offlint.flow.iteration import Iteration  # noqa: PLC0415
        from offlint.flow.methods import Methods  # noqa: PLC0415
        from offlint.flow.mocking import Mocking  # noqa: PLC0415
        from offlint.flow.own_apis import OwnApis  # noqa: PLC0415
        from offlint.flow.pytest_objects import PytestObjects  # noqa: PLC0415
        from offlint.flow.requests import Requests  # noqa: PLC0415
        from offlint.flow.specials import Specials  # noqa: PLC0415
        from offlint.flow.statements import Statements  # noqa: PLC0415

        self.project = project
        self.rulebook = rulebook
        self.oracle = oracle
        self.modules = modules
        self.store = Store()
        self.options = options
        self.programs = {one.name: one.value for one in options if one.scope == "script"}
        self.steps = self.call_limit = self.loading = 0
        self.limit = MAX_STEPS
        self.cwd = ""
        self.testing = False  # modules that tests load are followed statement by statement, with a budget of their own
        self.documenting = False
        self.configured = ""  # the file in which a documentation tool finds its options
        self.argv: tuple[str, ...] | None = None
        self.calling = False
        self.relevance: Relevance | None = None
        self.comparisons: list[tuple[v.Digest, v.Value, v.Value]] = []
        self.errors: list[Way | None] = []  # ways to errors of a build that have nothing to do with the network
        self.data_names: set[str] = set()
        self.ours: set[int] = set()  # the numbers of what stands for files that shipped folders of the tree do not hold
        self._named: dict[int, v.Value] = {}
        self.spent: list[Skipped] = []
        self.numbers = itertools.count(1)
        self.statements = Statements(self)
        self.expressions = Expressions(self)
        self.iteration = Iteration(self)
        self.calls = Calls(self)
        self.specials = Specials(self)
        self.classes = Classes(self)
        self.containers = Containers(self)
        self.displays = Displays(self)
        self.entries = Entries(self)
        self.attributes = Attributes(self)
        self.externals = Externals(self)
        self.methods = Methods(self)
        self.imports = Imports(self)
        self.inputs = Inputs(self)
        self.requests = Requests(self)
        self.mocking = Mocking(self)
        self.pytest = PytestObjects(self)
        self.own = OwnApis(self)
        self.eval = self.expressions.eval
        self.call = self.calls.call
        self._cmake: CMake | None = None
        self._shell: Shell | None = None

    @property
    def cmake(self) -> CMake:
        """CMake's language, which is loaded where a build uses it."""
        if self._cmake is None:
            from offlint.flow.cmake.language import CMake  # noqa: PLC0415

            self._cmake = CMake(self)
        return self._cmake

    @property
    def shell(self) -> Shell:
        """The shell's language, which is loaded where something is started."""
        if self._shell is None:
            from offlint.flow.shell.language import Shell  # noqa: PLC0415

            self._shell = Shell(self)
        return self._shell

    def goes_on(self, frame: Frame, done: v.Value, span: Span) -> None:
        """After a call or an import the frame goes on where that comes to its end.

        A documentation build is taken to be able to come to its own end: what seems to keep it from that was not understood.
        """
        if not (self.documenting and frame.top_level and done != v.TRUE and World().truth(done) is False):
            frame.narrow(done, span)

    def tick(self, count: int = 1) -> None:
        """Spend steps; raises OutOfBudget when there are none left."""
        self.steps += count
        if self.steps - self.loading > self.limit:
            raise OutOfBudget

    @property
    def spent_steps(self) -> int:
        """The steps that count for the budget: loading modules of a library has one of its own."""
        return self.steps - self.loading

    def bounded(self, work: Callable[[], v.Value], steps: int) -> v.Value | None:
        """Do some work with a budget of its own; None, with all that it changed taken back, when that is spent."""
        limit, mark, reads = self.limit, self.store.mark(), len(self.store.reads)
        self.limit = min(limit, self.spent_steps + steps)
        try:
            return work()
        except OutOfBudget:
            if self.spent_steps > limit:
                raise
            self.store.undo(mark)
            del self.store.reads[reads:]
            self.imports.keep()
            return None
        finally:
            self.limit = limit

    def leave(self, span: Span, why: str, *, budget: bool = False) -> None:
        """Note something that is not followed; its phase is that of the entry point."""
        self.spent.append(Skipped(span.file, why, span.line, budget=budget))

    def atom(self, kind: str, label: str, span: Span | None = None) -> v.Atom:
        """A new unknown that is like no other."""
        return v.Atom(kind, label, next(self.numbers), span)

    # contents of mutable objects

    def held(self, owner: v.Value) -> v.Value:
        """What a list, dictionary or hash object holds now: Contents, or a choice of them."""
        return self.store.get(owner, "held") or v.Contents()

    def new_items(self, kind: str, items: Sequence[v.Value]) -> v.Items:
        """A new list, tuple or set."""
        made = v.Items(kind)
        self.store.set(made, "held", v.Contents(tuple(items)))
        return made

    def new_mapping(self, pairs: Sequence[tuple[v.Value, v.Value]], *, is_open: bool = False) -> v.Mapping_:
        """A new dictionary."""
        made = v.Mapping_(is_open)
        self.store.set(made, "held", v.Contents(pairs=tuple(pairs)))
        return made

    def items_of(self, value: v.Value) -> list[v.Value] | None:
        """The items of a list, tuple or set (the fullest alternative), the keys of a dictionary, the characters' stead of a text: None."""
        if isinstance(value, v.Instance):
            value = self.containers.of(value) or value
        if isinstance(value, v.Items):
            best: tuple[v.Value, ...] = ()
            for held in v.leaves(self.held(value)):
                if isinstance(held, v.Contents) and len(held.items) >= len(best):
                    best = held.items
            return list(best)
        if isinstance(value, v.Mapping_):
            return [key for key, _ in self.pairs_of(value)]
        return None

    def pairs_of(self, value: v.Value) -> list[tuple[v.Value, v.Value]]:
        """The entries of a dictionary, later ones win; alternatives of the whole are put together.

        Alternatives mostly hold the same entries: each is given once, so that a table stays as long as the code that fills it.
        """
        found: dict[v.Value, v.Value] = {}
        others: dict[tuple[v.Value, v.Value], None] = {}
        if isinstance(value, v.Instance | v.Handle):
            value = self.containers.of(value) or value
        if isinstance(value, v.Mapping_):
            for test, held in v.cases(self.held(value)):
                for key, item in held.pairs if isinstance(held, v.Contents) else ():
                    if isinstance(key, (v.Const, v.External, v.Text, v.Env)):
                        found[key] = item if test == v.TRUE or key not in found else v.choice(test, item, found[key])
                    else:
                        others[key, item] = None
        return [*found.items(), *others]

    def deep_taint(self, value: v.Value | None, depth: int = 0) -> frozenset[Fetch]:
        """The fetches whose data the value may be made of, contents of lists, dictionaries and objects included."""
        if value is None or depth > 3:
            return frozenset()
        found = taint(value)
        if isinstance(value, v.Items):
            found |= frozenset().union(*(self.deep_taint(i, depth + 1) for i in self.items_of(value) or ()))
        elif isinstance(value, v.Mapping_):
            found |= frozenset().union(*(self.deep_taint(i, depth + 1) for _, i in self.pairs_of(value)))
        elif isinstance(value, v.Instance):
            found |= self.deep_taint(self.containers.of(value), depth + 1)
        elif isinstance(value, v.FileObject):
            found |= self.deep_taint(self.file(value.path), depth + 1)
        elif isinstance(value, v.Handle):
            found |= frozenset().union(*(self.deep_taint(a, depth + 1) for a in value.args))
            for arg in value.args:  # an archive that was opened by its name
                found |= taint(self.file(arg)) if isinstance(arg, v.NAMES) else frozenset()
        elif isinstance(value, v.Choice):
            found |= self.deep_taint(value.then, depth + 1) | self.deep_taint(value.orelse, depth + 1)
        elif isinstance(value, v.Method):
            found |= self.deep_taint(value.subject, depth + 1)
        return found

    # files

    def file(self, path: v.Value) -> v.Value | None:
        """What the run wrote to the file, None where it did not."""
        return self.store.get("files", self.file_key(path))

    def write_file(self, path: v.Value, content: v.Value) -> None:
        """Write a file of the run."""
        self.store.set("files", self.file_key(path), content)

    def file_key(self, path: v.Value) -> str:
        """A name under which equal paths are equal; paths about which nothing is known are told apart by their reason."""
        if (text := v.text_of(path)) is not None:
            return text.removeprefix("./")
        inner = path.text if isinstance(path, v.Path) else path
        self._named[id(inner)] = inner  # its name is its own as long as it lives
        if isinstance(inner, v.Atom) and inner.label == MEMORY:
            return f"{MEMORY}{hash_of(inner)}"
        return f"{template(inner)}" if isinstance(inner, v.Text) else f"<{hash_of(inner)}>"


def hash_of(value: v.Value) -> str:
    """A short name for a value, equal for equal values of one evaluation."""
    try:
        return f"{type(value).__name__}:{hash(value):x}"
    except TypeError:
        return f"{type(value).__name__}:{id(value):x}"
