"""What does a CMake command do? Dispatch: control flow, the rulebook's rows, the project's own functions, the language's commands."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from offlint.flow import values as v
from offlint.flow.cmake import basics, files, strings
from offlint.flow.cmake.conditions import Conditions
from offlint.flow.cmake.content import Content
from offlint.flow.cmake.processes import Processes
from offlint.flow.cmake.registry import HANDLERS, IGNORED
from offlint.flow.cmake.runs import COMMANDS, Runs, rooted
from offlint.flow.cmake.targets import Targets
from offlint.flow.cmake.variables import BUILD, Variables
from offlint.flow.cmake.words import Word, Words, elements, join_list, known
from offlint.flow.imports import ROOT
from offlint.flow.machine import Arguments
from offlint.flow.store import INHERIT
from offlint.flow.summary import step as next_way
from offlint.lower.cmake import SHARED, CannotLower, assigned, depended, lower_cmake, lower_text
from offlint.model import step as s
from offlint.model.entry import Skipped
from offlint.model.span import Span

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from offlint.flow.machine import Frame, Machine

#: Calls of one function within itself: recursion in CMake goes through a list or a folder at a time.
MAX_RECURSION = 8
_FILLED = (basics, files, strings)  # importing them fills the table


class CMake:
    """The language on the machine."""

    def __init__(self, machine: Machine) -> None:
        self.m = machine
        self.words = Words(machine)
        self.variables = Variables(machine)
        self.conditions = Conditions(machine)
        self.targets = Targets(machine)
        self.content = Content(machine)
        self.processes = Processes(machine)
        self.runs = Runs(machine)
        self._files: dict[str, s.Function | None] = {}
        self._running: list[str] = []
        self._around: dict[s.Function, list[tuple[str | None, ...]]] = {}  # the words of the calls that are under way
        self._said: set[s.Function] = set()

    # commands

    def call(self, frame: Frame, expr: s.Call) -> v.Value:
        """Evaluate a command, a condition, or the items of a loop."""
        written = expr.func.id if isinstance(expr.func, s.Name) else ""
        name = written.lower()
        if name == "if":
            return self.conditions.test(frame, self.words.expand(frame, expr.args), expr.span)
        if name == "foreach":
            return self._items(frame, expr)
        if name == "function":
            return self._define(frame, expr)
        if not self._rows(name):
            raw = HANDLERS.get(name)
            if raw is not None and raw.raw:
                raw.run(self, frame, [self.words.one(frame, arg) for arg in expr.args], expr.span)
                return v.NONE
            if name in IGNORED:
                return v.NONE
        alternatives = self.words.expand(frame, expr.args)
        self.each(frame, alternatives, expr.span, lambda words: self.run(frame, name, words, expr.span))
        return v.NONE

    def _rows(self, name: str) -> bool:
        """Whether the pages say what the command does."""
        return any(row.happens != "given" for row in self.m.rulebook.cmake.get(name, {}).values())

    def each(
        self, frame: Frame, alternatives: Sequence[tuple[v.Value, list[Word]]], span: Span, work: Callable[[list[Word]], None]
    ) -> None:
        """Do the work for each alternative under its test, from the same state, and join."""
        if len(alternatives) == 1:
            work(alternatives[0][1])
            return
        start, mark = frame.way, self.m.store.mark()
        ends, narrowed = [], False
        for test, words in alternatives:
            if test == v.FALSE:
                continue
            frame.way = begun = next_way(start, test, span)
            frame.alive = True
            work(words)
            narrowed |= frame.way is not begun or not frame.alive
            if frame.alive:
                ends.append((test, frame.way, self.m.store.changes(mark)))
            self.m.store.undo(mark)
        self.m.statements.resume(frame, start, ends)
        if not narrowed:
            frame.way = start  # whichever it was, the run goes on

    def run(self, frame: Frame, name: str, words: list[Word], span: Span) -> None:
        """Run a command with known words."""
        held = self.m.store.get(COMMANDS, name)
        handler = HANDLERS.get(name)
        row = self.m.rulebook.cmake_row(name, words[0].text if words else None)
        if row is not None and row.happens != "given":
            self.content.run(frame, row, words, span)
        elif held is not None:
            self._call(frame, held, words, span)
        elif handler is not None:
            handler.run(self, frame, words, span)
        elif name not in IGNORED:
            self._outside(words)

    def _outside(self, words: list[Word]) -> None:
        """A command of a module that is not in the tree: it may set the variables that it is given the names of."""
        for word in words:
            text = word.text
            if text and len(text) < 100 and not word.quoted and text.isidentifier():
                self.variables.outside.add(text)

    def is_command(self, name: str | None, span: Span) -> v.Value:
        """``if(COMMAND name)``."""
        if name and (self.m.store.get(COMMANDS, name.lower()) is not None or name.lower() in HANDLERS or name.lower() in IGNORED):
            return v.TRUE
        return v.FALSE if name and not self.targets.open else v.Sym("cmake_true", (v.Unknown(name or "command"),), span)

    # functions

    def _define(self, frame: Frame, expr: s.Call) -> v.Value:
        named, made, arity = expr.args[0], expr.args[-2].value, expr.args[-1].value
        name = self.words.one(frame, named).text if len(expr.args) > 2 else None
        if name and isinstance(made, s.Lambda) and isinstance(arity, s.Const):
            self.m.store.set(COMMANDS, name.lower(), v.Partial(v.FunctionRef(made.function, frame.scope), (v.Const(arity.value),), ()))
        return v.NONE

    def _call(self, frame: Frame, held: v.Value, words: list[Word], span: Span) -> None:
        """Call a function or macro of the project."""
        if isinstance(held, v.Choice):
            cases: list[tuple[v.Value, list[Word]]] = [(test, [Word(one, True, span)]) for test, one in v.cases(held)]
            self.each(frame, cases, span, lambda one: self._call(frame, one[0].value, words, span))
            return
        if not (isinstance(held, v.Partial) and isinstance(held.func, v.FunctionRef) and isinstance(held.args[0], v.Const)):
            return
        function, count = held.func.function, held.args[0].value
        around = self._around.setdefault(function, [])
        words_of = tuple(word.text for word in words)
        if None in words_of and around.count(words_of) > 1:
            return  # again with what is not known: nothing new comes of it
        if len(around) >= MAX_RECURSION:
            if function not in self._said:
                self._said.add(function)
                self.m.leave(span, f"{function.name} calls itself more than {MAX_RECURSION} times")
            return
        around.append(words_of)
        try:
            self._enter(frame, function, count if isinstance(count, int) else 0, words, span)
        finally:
            around.pop()

    def _enter(self, frame: Frame, function: s.Function, arity: int, words: list[Word], span: Span) -> None:
        values = [word.value for word in words]
        given: dict[str, v.Value] = {f"ARGV{n}": value for n, value in enumerate(values[:12])}
        given |= {param.name: value for param, value in zip(function.params[:arity], values, strict=False)}
        given["ARGC"] = v.Const(str(len(values)))
        given["ARGV"], given["ARGN"] = join_list(self.m, values), join_list(self.m, values[arity:])
        if function.globals == SHARED and _returns(function.body):
            # ``return()`` in a macro leaves its caller
            outer, frame.bindings = frame.bindings, given
            self.m.tick()
            if frame.depth < 40:
                frame.depth += 1
                self.m.statements.run(frame, function.body)
                frame.depth -= 1
            frame.bindings = outer
            return
        self.m.call(frame, v.FunctionRef(function, frame.scope), Arguments([], given), span)

    def _items(self, frame: Frame, expr: s.Call) -> v.Value:
        """The items of a ``foreach``."""
        alternatives = self.words.expand(frame, expr.args)
        words = max((one for _, one in alternatives), key=len, default=[])
        texts = [word.text for word in words]
        values: list[v.Value] = []
        if texts[:1] == ["RANGE"]:
            numbers = [int(text) for text in texts[1:] if text and text.lstrip("-").isdigit() and len(text) < 8]
            if len(numbers) != len(words) - 1 or not numbers:
                return self.m.new_items("list", [v.Rest(v.Unknown("number"))])
            start, stop = (0, numbers[0]) if len(numbers) == 1 else numbers[:2]
            step = max(1, abs(numbers[2])) if len(numbers) > 2 else 1
            values = [v.Const(str(n)) for n in range(start, stop + 1, step)[:1000]]
        elif texts[:1] == ["IN"]:
            lists = False
            for word in words[1:]:
                if not word.quoted and word.text in ("LISTS", "ITEMS", "ZIP_LISTS"):
                    lists = word.text == "LISTS"
                    if word.text == "ZIP_LISTS":
                        return self.m.new_items("list", [v.Rest(v.Unknown("item"))])
                elif lists:
                    held = known(self.variables.read(frame, word.text, expr.span)) if word.text else v.Unknown("list")
                    values.extend(self._longest(held))
                else:
                    values.append(word.value)
        else:
            values = [word.value for word in words]
        return self.m.new_items("list", [v.Rest(one) if isinstance(one, v.Unknown) else one for one in values])

    def _longest(self, value: v.Value) -> list[v.Value]:
        return max((elements(self.m, one) for one in v.leaves(value)), key=len, default=[])

    # files

    def file(self, path: str, *, template: bool = False) -> s.Function | None:
        """A CMake file as a function that runs in its caller's scope; None, with the reason noted, where it cannot be read."""
        if path not in self._files:
            self._files[path] = None
            text = self.m.project.text(path)
            if text is None:
                problem = next((p for p in self.m.project.problems if p.file == path), None)
                self.m.modules.skipped[path] = problem or Skipped(path, "cannot be read")
                return None
            try:
                module = lower_cmake(text, path, template=template)
            except CannotLower as why:
                self.m.modules.skipped[path] = Skipped(path, f"not read as CMake: {why}")
                return None
            self.m.tick(len(text) // 50)
            self.variables.own |= assigned(module)
            self.targets.depended |= depended(module)
            self._files[path] = s.Function(path, (), module.body, Span(path), globals=SHARED)
        return self._files[path]

    def include(self, frame: Frame, path: str, span: Span, *, template: bool = False) -> None:
        """Run a file of the tree in the current scope."""
        function = self.file(path, template=template)
        if function is None:
            return
        outer = {name: self.m.store.peek((frame.scope, name)) for name in ("CMAKE_CURRENT_LIST_FILE", "CMAKE_CURRENT_LIST_DIR")}
        self.place(frame, path)
        self.m.call(frame, v.FunctionRef(function, frame.scope), Arguments(), span)
        for name, value in outer.items():
            self.m.store.set(frame.scope, name, INHERIT if value is None else value)

    def text(self, frame: Frame, text: str, span: Span) -> None:
        """Run a text as CMake, at the place where it stands."""
        try:
            module = lower_text(text, span)
        except CannotLower:
            return
        self.m.call(frame, v.FunctionRef(s.Function("code", (), module.body, span, globals=SHARED), frame.scope), Arguments(), span)

    def place(self, frame: Frame, path: str) -> None:
        """Which file is being run."""
        self.variables.set(frame, "CMAKE_CURRENT_LIST_FILE", v.Const(f"{ROOT}/{path}"))
        self.variables.set(frame, "CMAKE_CURRENT_LIST_DIR", v.Const(rooted(posixpath.dirname(path))))

    def directory(self, frame: Frame, folder: str, span: Span) -> None:
        """Run a folder's CMakeLists.txt in a scope of its own (``add_subdirectory``)."""
        path = posixpath.join(folder, "CMakeLists.txt")
        function = self.file(path) if self.m.project.exists(path) else None
        if function is None:
            if not self.m.project.exists(path):
                self.m.inputs.file(frame, v.Const(rooted(path)), "add_subdirectory", span)
            return
        if self._running.count(path) > 1 or len(self._running) > 50:
            self.m.leave(span, f"{path} is run within itself, or too deeply")
            return
        outer = frame.scope
        frame.scope = v.Scope(path, outer, "cmake")
        self._running.append(path)
        try:
            self.place(frame, path)
            self.variables.set(frame, "CMAKE_CURRENT_SOURCE_DIR", v.Const(rooted(folder)))
            self.variables.set(frame, "CMAKE_CURRENT_BINARY_DIR", v.Const(f"{BUILD}/{folder}" if folder else BUILD))
            self.m.call(frame, v.FunctionRef(function, frame.scope), Arguments(), span)
        finally:
            self._running.pop()
            frame.scope = outer

    def find_module(self, frame: Frame, name: str) -> str | None:
        """The file of the tree that ``include(name)`` means: a path, or a module on CMAKE_MODULE_PATH."""
        places: list[v.Value] = []
        if "/" in name or name.endswith(".cmake"):
            here = known(self.variables.read(frame, "CMAKE_CURRENT_SOURCE_DIR"))
            places = [v.Const(name), self.m.expressions.join_path([here, v.Const(name)])]
        else:
            path = known(self.variables.read(frame, "CMAKE_MODULE_PATH"))
            for one in self._longest(path):
                places.append(self.m.expressions.join_path([one, v.Const(f"{name}.cmake")]))
        for place in places:
            found = self.m.externals.files.tree_path(place) if v.text_of(place) else None
            if found and self.m.project.exists(found) and not self.m.project.is_dir(found):
                return found
        return None


def _returns(steps: Sequence[s.Step]) -> bool:
    stack: list[s.Step] = list(steps)
    while stack:
        step = stack.pop()
        if isinstance(step, s.Return):
            return True
        if isinstance(step, s.If | s.For | s.While):
            stack += [*step.body, *step.orelse]
    return False
