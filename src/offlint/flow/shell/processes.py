"""What is a shell of its own? Subshells, scripts as processes, and the texts and files that they are made of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from offlint.flow import values as v
from offlint.flow.environment import variable
from offlint.flow.machine import MAX_DEPTH, Exit, Frame
from offlint.flow.store import ENVIRON
from offlint.flow.summary import Link, Summary, since
from offlint.lower.shell import SHARED, CannotLower, lower_shell, lower_text
from offlint.lower.shell_names import own_variables
from offlint.model import step as s
from offlint.model.span import Span

if TYPE_CHECKING:
    from collections.abc import Sequence

    from offlint.flow.shell.language import Shell
    from offlint.flow.store import Cell

#: Scripts within scripts, and runs of one script within itself.
MAX_WITHIN = 20
MAX_AGAIN = 2
#: What the lines of a makefile's rule are called.
RECIPE = "runs a recipe"


class Processes:
    """Starts shells."""

    def __init__(self, shell: Shell) -> None:
        self.sh = shell
        self.m = shell.m
        self._files: dict[str, s.Function | None] = {}
        self._running: list[str | v.Value] = []

    def subshell(self, frame: Frame, body: Sequence[s.Step]) -> v.Value:
        """``( … )``: variables, the folder and ``exit`` are its own."""
        start, mark, begun = frame.way, self.m.store.mark(), len(frame.raises)
        self.m.store.set(frame.scope, "?", v.TRUE)
        frame.trying += 1  # what an exit leaves behind is asked for, as an exception's is by a handler
        self.m.statements.run(frame, body)
        frame.trying -= 1
        ends: list[tuple[v.Value, v.Value, Exit]] = [(since(e.way, start), e.value, e) for e in frame.raises[begun:]]
        del frame.raises[begun:]
        if frame.alive:
            status = self.m.store.get(frame.scope, "?") or v.TRUE
            ends.append((since(frame.way, start), status, Exit(frame.way, status, self.m.store.changes(mark), Span(frame.scope.file))))
        own = {cell: old for cell, old in self.m.store.before(mark).items() if cell[0] is frame.scope}
        kept = [(test, status, exit_.way, self._outside(exit_.changes, own)) for test, status, exit_ in ends]
        self.m.store.undo(mark)
        self.m.statements.resume(frame, start, [(test, way, changes) for test, _, way, changes in kept])
        if not kept:
            return v.FALSE
        result = kept[-1][1]
        for test, status, _, _ in reversed(kept[:-1]):
            result = v.choice(test, status, result)
        return result

    def _outside(self, changes: dict[Cell, v.Value], own: dict[Cell, v.Value | None]) -> dict[Cell, v.Value]:
        return {cell: value for cell, value in changes.items() if cell not in own}

    def process(
        self,
        frame: Frame,
        body: Sequence[s.Step],
        scope: v.Scope,
        bound: dict[str, v.Value],
        *,
        span: Span,
        what: str,
        text: v.Value | str | None = None,
    ) -> v.Value:
        """Run a script as a process of its own and give its status; a ``text`` is known by itself, a recipe not at all."""
        key = what if text is None else text
        again = self._running.count(key) >= MAX_AGAIN and what != RECIPE
        if frame.depth >= MAX_DEPTH or len(self._running) >= MAX_WITHIN or again:
            self.m.leave(span, f"{what} again within itself, or too deeply")
            return self.m.atom("unknown", what, span)
        summary = Summary()
        quiet, self.sh.quiet = self.sh.quiet, 0
        outer_folder, calling = self.m.store.peek(("folder", "current")), self.m.calling
        self.m.calling = self.m.calling or not frame.top_level
        if outer_folder is not None:
            self.m.store.set("folder", "current", v.Const(""))
        mark = self.m.store.mark()
        inner = Frame(scope, summary, mark, depth=frame.depth + 1, top_level=frame.top_level)
        inner.bindings = bound
        inner.trying = 1  # what an exit leaves behind is asked for, as an exception's is by a handler
        self._running.append(key)
        self.m.store.reads.append({})
        try:
            self.m.statements.run(inner, body)
            ends = [*inner.returns, *inner.raises]
            if inner.alive:
                last = self.m.store.get(scope, "?") or v.TRUE
                ends.append(Exit(inner.way, last, self.m.store.changes(mark), span))
            inner.returns, inner.raises, inner.alive = ends, [], False
            self.m.calls.finish(inner, summary)
            summary.done = v.TRUE
        finally:
            reads = self.m.store.reads.pop()
            self._running.pop()
            self.sh.quiet, self.m.calling = quiet, calling
        if self.m.store.reads:
            for cell, held in reads.items():
                self.m.store.reads[-1].setdefault(cell, held)
        if outer_folder is not None:
            self.m.store.set("folder", "current", outer_folder)
        if summary.interesting:
            frame.summary.interesting = True
            frame.summary.links.append(Link(frame.way, span, what, summary))
        return summary.value

    def child(self, frame: Frame, file: str, given: Sequence[tuple[str, v.Value]], folder: v.Value) -> v.Scope:
        """The namespace of a new process: what its parent exports, and what it is given."""
        scope = v.Scope(file, None, "shell")
        if frame.scope.kind == "shell":
            for name, held in self.m.store.names(frame.scope):
                if name.startswith("export ") and held == v.TRUE:
                    value = self.m.store.get(frame.scope, name[7:])
                    if value is not None:
                        self.sh.assign(Frame(scope, frame.summary, 0), name[7:], value, export=True)
        else:
            for name, _ in self.m.store.names(ENVIRON):
                self.sh.assign(Frame(scope, frame.summary, 0), name, variable(self.m, name, v.Const(""), None), export=True)
        for name, held in given:
            self.sh.assign(Frame(scope, frame.summary, 0), name, held, export=True)
        self.m.store.set(scope, "<folder>", folder)
        return scope

    def file(self, path: str) -> s.Function | None:
        """A script as a function; None, with the reason said, where it cannot be read."""
        if path not in self._files:
            self._files[path] = None
            text = self.m.project.text(path)
            try:
                self.m.tick(len(text or "") // 50)
                module = lower_shell(text, path)
            except CannotLower as why:
                known = next((problem.why for problem in self.m.project.problems if problem.file == path), str(why))
                self.m.leave(Span(path), known)
                return None
            self._unread(module, text)
            self._files[path] = s.Function(path, (), module.body, Span(path), globals=SHARED)
        return self._files[path]

    def own(self, scope: v.Scope, function: s.Function) -> None:
        """What a script sets itself is empty before, whatever the environment holds."""
        for name in own_variables(function.body):
            if self.m.store.peek((scope, name)) is None and name.isidentifier():
                self.m.store.set(scope, name, v.Const(""))

    def text(self, frame: Frame, text: v.Value, span: Span) -> s.Function | None:
        """A shell text as a function; unknown parts of it are holes."""
        pieces: list[str] = []
        for part in text.parts if isinstance(text, v.Text) else (text,):
            if isinstance(part, v.Const) and isinstance(part.value, str):
                pieces.append(part.value)
            else:
                pieces.append(f"\ue000{len(self.sh.words.holes)}\ue001")
                self.sh.words.holes.append(part)
        try:
            module = lower_text("".join(pieces), span)
        except CannotLower as why:
            self.m.leave(span, str(why))
            return None
        del frame
        self.m.tick(20)
        self._unread(module, "".join(pieces))
        return s.Function("sh -c", (), module.body, span, globals=SHARED)

    def _unread(self, module: s.Module, text: str | None) -> None:
        """What the grammar could not read is said where the script names the network."""
        if module.unread and self.sh.foreign.names_network(text or ""):
            line, why = module.unread[0]
            self.m.leave(Span(module.file, line, 1, line, 1), why)
