"""What does an import bind? Modules of the project are evaluated where they are first imported; everything else is a dotted name."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from offlint.flow import values as v
from offlint.flow.imported import dotted_name, package_of
from offlint.flow.machine import Arguments, Frame, OutOfBudget
from offlint.flow.stand_ins import StandIns
from offlint.flow.stars import Stars
from offlint.flow.summary import Link, Summary, since
from offlint.model.span import Span

if TYPE_CHECKING:
    from offlint.flow.machine import Machine
    from offlint.flow.store import Cell
    from offlint.model import step as s

ROOT = "⟨root⟩"
UNKNOWN_NAME = "imports a module whose name is known only when the code runs"
#: Steps that importing one module of a library may take in docs, what it imports included.
MAX_IMPORT = 20_000
#: Modules that are being imported, each by the one before.
MAX_NESTED = 150
#: Steps for one statement at the top of a module of tests, and for all modules that they load.
MAX_STATEMENT = 8_000
MAX_LOADING = 400_000


class Imports:
    """Binds imported names."""

    def __init__(self, machine: Machine) -> None:
        self.m = machine
        self.search: list[str] = [""]
        self.scopes: dict[str, v.Scope] = {}
        self.done: dict[tuple[str, bool], Summary] = {}
        self._running: set[str] = set()
        self.total = 0
        self._said = False
        self.stand_ins, self.stars = StandIns(machine), Stars(machine)
        self._loaded: list[dict[Cell, v.Value]] = []
        #: modules that could wait, and where one was imported first
        self.skipped: dict[str, Span] = {}
        self._waiting: dict[str, None] = {}
        #: what modules bound that were loaded in a call: it stands for good, whatever becomes of the call
        self.bound: dict[Cell, v.Value] = {}

    def begin(self, search: tuple[str, ...]) -> None:
        """Start an entry point: its own search path."""
        self.search = list(dict.fromkeys(search))

    def add_to_search(self, value: v.Value) -> None:
        """Folders that the code puts on ``sys.path``, one or a list; they are looked into first, wherever they were put."""
        for item in self.m.items_of(value) or [value]:
            place = self.m.externals.files.tree_path(item)
            if place is not None and place not in self.search:
                self.search.insert(0, place)

    def resolve(self, dotted: str, file: str) -> str | None:
        """The file of a module as seen from a file: the entry's search path, then the importing script's own folder."""
        if self.stand_ins.hides(dotted):
            return None
        return self.m.modules.resolve(dotted, [*self.search, posixpath.dirname(file)])

    def plain(self, frame: Frame, step: s.Import) -> None:
        """``import a.b as c``."""
        if self.stand_ins.python2(frame, step.module, (), step.span):
            return
        value = self.module(frame, step.module, step.span)
        if step.name:
            self.m.attributes.set_name(frame, step.name, value)
            return
        first = step.module.split(".")[0]
        top = self.module(frame, first, step.span) if "." in step.module else value
        self.m.attributes.set_name(frame, first, top)

    def module(self, frame: Frame, dotted: str, span: Span) -> v.Value:
        """The module as a value, evaluated if it belongs to the project."""
        file = self.resolve(dotted, frame.scope.file)
        if file is not None:
            self._packages(frame, dotted, span)
        if (held := self.stand_ins.imported(frame, file or dotted, span)) is not None:
            return held
        if file is None:
            return v.External(dotted)
        if not self._lazy(file, span):
            self.evaluate(frame, file, span)
        return v.ModuleRef(file)

    def _packages(self, frame: Frame, dotted: str, span: Span) -> None:
        """The packages around a module are imported before it."""
        parts = dotted.split(".")
        for count in range(1, len(parts)):
            if (package := self.resolve(".".join(parts[:count]), frame.scope.file)) and not self._lazy(package, span):
                self.evaluate(frame, package, span)

    def _lazy(self, file: str, span: Span) -> bool:
        """Whether the module can wait until it is asked for something.

        A build is followed import by import. Tests and docs import whole libraries: of those, a module whose import cannot begin an
        access is evaluated where one of its names is used.
        """
        relevance = self.m.relevance
        if relevance is None or file.endswith("/") or (file, False) in self.done or relevance.on_import(file):
            return False
        self.skipped.setdefault(file, span)
        self._waiting[file] = None
        return True

    def knows(self, file: str) -> bool:
        """Whether something imported the module: it was evaluated, or could wait."""
        return (file, False) in self.done or file in self._waiting

    def adding(self, frame: Frame, span: Span) -> None:
        """Import what could wait and adds commands to an object of another module."""
        relevance = self.m.relevance
        if relevance is not None:
            for file in [one for one in self._waiting if (one, False) not in self.done and relevance.links.adds(one)]:
                self.evaluate(frame, file, span)

    def forced(self, frame: Frame, scope: v.Scope, name: str, lazy: v.Lazy, span: Span) -> v.Value:
        """What a name that waited stands for; bound to that from now on."""
        self.m.store.set(scope, name, v.Unknown(name))  # until it is known: modules may import each other
        self.evaluate(frame, lazy.file, span)
        # a package that imports a module of its own by its full name binds the module
        own = self._submodule(frame, lazy.file, lazy.name, span) if lazy.file == scope.file else None
        held = own or self.member(frame, lazy.file, lazy.name, span)
        self.m.store.set(scope, name, held)
        return held

    def names(self, frame: Frame, step: s.ImportFrom) -> None:
        """``from module import name as alias``."""
        if not step.level and self.stand_ins.python2(frame, step.module, step.names, step.span):
            return
        if step.level:
            package = package_of(frame.scope.file, step.level)
            dotted = None if package is None else f"{package}.{step.module}".strip(".") if step.module else package
            file = self.m.modules.resolve(dotted, [""]) if dotted else None
            if dotted == "":
                file = "/"
            if file is None:
                outside = self._compiled(dotted) if dotted else None
                for name, alias in step.names:
                    made: v.Value = v.External(f"{outside}.{name}") if outside and name != "*" else v.Unknown(alias)
                    self.m.attributes.set_name(frame, alias, made)
                return
        else:
            file = self.resolve(step.module, frame.scope.file)
            if file is None:
                self._outside(frame, step)
                return
            self._packages(frame, step.module, step.span)
        if (held := self.stand_ins.imported(frame, file, step.span)) is not None:
            self._from(frame, step, held)
            return
        lazy = self._lazy(file, step.span)
        if not lazy or any(name == "*" for name, _ in step.names):
            self.evaluate(frame, file, step.span)
        for name, alias in step.names:
            if name == "*":
                self.stars.take(frame, file)
            elif lazy and self._submodule_waits(file, name, step.span):
                self.m.attributes.set_name(frame, alias, v.Lazy(file, name))
            else:
                self.m.attributes.set_name(frame, alias, self.member(frame, file, name, step.span))

    def _outside(self, frame: Frame, step: s.ImportFrom) -> None:
        """``from module import name`` of a module that is not in the tree."""
        held = self.stand_ins.imported(frame, step.module, step.span)
        if held is not None:
            self._from(frame, step, held)
            return
        for name, alias in step.names:
            dotted = f"{step.module}.{name}"
            if name == "*":
                self.m.store.set(self.scope(frame.scope.file), "*", v.External(step.module))
            else:
                self.m.attributes.set_name(frame, alias, self.stand_ins.of(dotted) or self.m.attributes.outside(dotted))

    def _from(self, frame: Frame, step: s.ImportFrom, held: v.Value) -> None:
        for name, alias in step.names:
            if name != "*":
                self.m.attributes.set_name(frame, alias, self.m.attributes.get(frame, held, name))

    def _compiled(self, dotted: str) -> str | None:
        """The name under which a module of the tree's own package is imported that has no file: an extension that a build makes."""
        path = dotted.replace(".", "/")
        for root in sorted(self.search, key=len, reverse=True):
            if not root or path.startswith(f"{root}/"):
                return path.removeprefix(root).strip("/").replace("/", ".")
        return None

    def member(self, frame: Frame, file: str, name: str, span: Span) -> v.Value:
        """A module's attribute or submodule."""
        held = self.m.store.get(self.ready(frame, file, span), name)
        if isinstance(held, v.Lazy):
            held = self.forced(frame, self.scope(file), name, held, span)
        if held is not None:
            return held if file != self.m.configured else self.m.attributes.option(name, held, span)
        if name in ("__file__", "__name__") and not file.endswith("/"):  # of a module that needed no evaluation
            return v.Const(f"{ROOT}/{file}" if name == "__file__" else dotted_name(file))
        if name == "__path__" and file.endswith(("/", "/__init__.py")):
            return self._path(file)
        module = self._submodule(frame, file, name, span)
        if module is not None:
            return module
        if (held := self.stars.held(frame, file, name, span)) is not None:
            return held
        star = self.m.store.get(self.scope(file), "*")
        if isinstance(star, v.External):
            return v.External(f"{star.name}.{name}")
        getter = self.m.store.get(self.scope(file), "__getattr__")
        made: v.Value = v.Unknown(name)
        if isinstance(getter, v.FunctionRef):
            made = self.m.call(frame, getter, Arguments([v.Const(name)]), span)
        offering = self.m.modules.written.offering(file, name) if isinstance(made, v.Unknown) else []
        return self.member(frame, offering[0], name, span) if len(offering) == 1 else made

    def ready(self, frame: Frame, file: str, span: Span, *, anyway: bool = False) -> v.Scope:
        """A module's namespace, before something in it is read or bound anew (``anyway``): a module that could wait is run."""
        relevance = self.m.relevance
        if not file.endswith("/") and (file, False) not in self.done and (file, True) not in self.done:
            self.evaluate(frame, file, span, anyway=anyway or (relevance is not None and relevance.asks_aside(frame.scope.function, file)))
        return self.scope(file)

    def _path(self, file: str) -> v.Value:
        """``__path__`` of a package: its folder."""
        return self.m.new_items("list", [v.Const(f"{ROOT}/{file.removesuffix('__init__.py').removesuffix('/')}")])

    def _submodule(self, frame: Frame, file: str, name: str, span: Span) -> v.Value | None:
        """A module in the package, None where it has none of that name."""
        if (found := self.m.modules.within(file, name)) is None:
            return None
        if (found, False) not in self.done and (held := self.stand_ins.of(found)) is not None:
            return held
        self.evaluate(frame, found, span)
        return v.ModuleRef(found)

    def _submodule_waits(self, file: str, name: str, span: Span) -> bool:
        """Whether what a name means of a package that waits can wait, too, as far as it may be a module in it."""
        found = self.m.modules.within(file, name)
        if found is None:  # or what defines it, where the package imports that when it is asked for the name
            found = next(iter(self.m.modules.written.offering(file, name)), None)
        if found is None or found.endswith("/"):
            return True
        if self.m.relevance is not None and self.m.relevance.following.on:
            return self._lazy(found, span)
        self.skipped.setdefault(found, span)
        return True

    def quietly(self, file: str, name: str) -> v.Value:
        """A module's attribute, asked for outside of any run: what importing the module does is not noted here."""
        return self.member(Frame(self.scope(file), Summary(), self.m.store.mark()), file, name, Span(file))

    def keep(self) -> None:
        """Bind again what modules bound that were loaded in a call whose own changes were taken back: they are loaded only once."""
        for changes in self._loaded:
            self.m.store.restore(changes)
        if not self.m.calling:
            self._loaded.clear()  # within a call, the end of which takes back this as well, they are bound once more

    def _matters(self, file: str) -> bool:
        """Whether a module can matter: by its words and those of what it imports, or as something that can is made of what it defines."""
        modules = self.m.modules
        return modules.matters(file, self.search) or modules.is_lowered(file) or modules.looks_foreign(file)

    def _load(self, frame: Frame, module: s.Module) -> None:
        """Run the top level of a module of tests or of what they import: each statement has a budget of its own.

        A statement that spends it leaves its names unknown; loading counts for no test's budget, all of it together has one.
        """
        begun = self.m.spent_steps
        limit, self.m.limit = self.m.limit, begun + MAX_STATEMENT * (len(module.body) + 2)
        try:
            for step in module.body:
                if not frame.alive:
                    break
                self.m.statements.limited(frame, step, MAX_STATEMENT)
        finally:
            self.m.limit = limit
            self.total += self.m.spent_steps - begun

    def scope(self, file: str) -> v.Scope:
        """The module's namespace."""
        if file not in self.scopes:
            self.scopes[file] = v.Scope(file)
        return self.scopes[file]

    def evaluate(
        self, frame: Frame | None, file: str, span: Span, *, main: bool = False, what: str = "", anyway: bool = False
    ) -> Summary | None:
        """Run a module's top level, once; None for a namespace package, or (if not ``anyway``) for a file that cannot matter."""
        if file.endswith("*"):  # any module whose name begins so
            self.m.leave(span, UNKNOWN_NAME)
        if file.endswith(("/", "*")):
            return None
        key = (file, main)
        known = self.done.get(key)
        if known is not None and self.m.requests.holds(known):
            if frame is not None and known.interesting:
                frame.summary.interesting = True
                frame.summary.links.append(Link(frame.way, span, what or f"imports {file}", known))
                self._after(frame, known, span)
            return known
        if file in self._running or self._too_deep(span):
            return None
        if not (main or anyway or self._matters(file)):
            return None
        if frame is not None and self.m.requests.begins(frame, file):
            made: list[Summary | None] = []

            def again() -> v.Value:
                made.append(self.evaluate(frame, file, span, main=main, what=what, anyway=anyway))
                return v.NONE

            self.m.requests.apart(frame, span, file, again)
            return made[0] if made else None
        spent, said = self.m.spent_steps, len(self.m.spent)
        if self.m.testing and self.total > MAX_LOADING:
            if not self._said:
                self.m.leave(span, "too much code to load: the project's budget for its modules is spent", budget=True)
            self._said = True
            if self.m.relevance is not None:
                self.m.relevance.never_runs(file)
            return None
        if not self.m.modules.is_lowered(file) and self.m.relevance is not None:
            # parsing costs time as well
            if self.m.testing:
                self.total += len(self.m.modules.code(file)) // 6
            else:
                self.m.tick(len(self.m.modules.code(file)) // 25)
        module = self.m.modules.lowered(file)
        if module is None:
            return None
        self._running.add(file)
        scope = self.scope(file)
        summary = Summary()
        inner = Frame(scope, summary, self.m.store.mark(), depth=frame.depth if frame else 0, top_level=True)
        self.m.store.set(scope, "__name__", v.Const("__main__" if main else dotted_name(file)))
        self.m.store.set(scope, "__file__", v.Const(f"{ROOT}/{file}"))
        if file.endswith("/__init__.py") and "__path__" in self.m.modules.code(file):
            self.m.store.set(scope, "__path__", self._path(file))
        recording = len(self.m.store.reads)
        self.m.store.reads.append({})
        limit = self.m.limit
        if frame is not None and not main and frame.scope.file != file and self.m.relevance is not None and not self.m.testing:
            self.m.limit = min(limit, self.m.spent_steps + MAX_IMPORT)
        try:
            if self.m.testing:
                self._load(inner, module)
            else:
                self.m.statements.run(inner, module.body)
        except OutOfBudget:
            if frame is not None and summary.interesting and self.m.spent_steps > limit:
                frame.summary.interesting = True
                frame.summary.links.append(Link(frame.way, span, what or f"imports {file}", summary))
            if self.m.testing or self.m.spent_steps > limit:
                if frame is not None:
                    frame.narrow(since(inner.way, None), span)
                raise
            # a library that does much when it is imported must not cost what imports it its own analysis
            self.m.leave(Span(file), "too much code to follow in what is run by importing it", budget=True)
            inner.way, inner.alive = None, True
        finally:
            del self.m.store.reads[recording:]
            self.m.limit = limit
            self._running.discard(file)
            if self.m.testing:
                self.m.loading += self.m.spent_steps - spent
        self.m.calls.finish(inner, summary, module=True)
        self.m.requests.remember(summary, said)
        if self.m.testing and self.m.calling and not self._running:
            self._loaded.append(self.m.store.changes(inner.mark))
            self.bound |= self._loaded[-1]
        self.done[key] = summary
        if (relevance := self.m.relevance) is not None and not summary.interesting:
            relevance.ran_in_vain(file)
        if frame is not None:
            if summary.interesting:
                frame.summary.interesting = True
                frame.summary.links.append(Link(frame.way, span, what or f"imports {file}", summary))
            frame.raises.extend(self.m.calls.escaped(frame, summary, span))
            if summary.done == v.FALSE:
                summary.done = v.TRUE  # an import that always fails is a sign that something was not understood
                if anyway:
                    self.m.leave(Span(file), "always ends before its end, as far as it is understood: the rest is not followed")
            self._after(frame, summary, span)
        return summary

    def _too_deep(self, span: Span) -> bool:
        if len(self._running) > MAX_NESTED:
            self.m.leave(span, "modules that import each other too deeply to follow", budget=True)
        return len(self._running) > MAX_NESTED

    def _after(self, frame: Frame, summary: Summary, span: Span) -> None:
        """What follows an import happens only where it comes to its end."""
        self.m.goes_on(frame, summary.done, span)
