"""What does a shell command do? Dispatch, statuses, pipes, redirections, functions, subshells, and scripts as processes of their own.

A status is a condition: true where the command succeeds. ``set -e`` ends the run where a status that switches or digests decide is false;
that a download or a local program fails ends no run here, because then nothing that matters follows.
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from offlint.flow import values as v
from offlint.flow.interning import taint
from offlint.flow.machine import Arguments, Frame
from offlint.flow.shell import commands
from offlint.flow.shell.checks import Checks
from offlint.flow.shell.code import Code
from offlint.flow.shell.conditions import Conditions
from offlint.flow.shell.foreign import Foreign
from offlint.flow.shell.make import Make
from offlint.flow.shell.processes import Processes
from offlint.flow.shell.programs import Programs
from offlint.flow.shell.spawned import Spawned
from offlint.flow.shell.streams import Streams
from offlint.flow.shell.table import COMMANDS
from offlint.flow.shell.words import Words
from offlint.flow.summary import step as next_way
from offlint.flow.texts import template
from offlint.model import step as s
from offlint.model.span import Span

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from offlint.flow.machine import Machine

#: Scripts within scripts, and runs of one script within itself.
MAX_WITHIN = 20
MAX_AGAIN = 2
_FILLED = commands  # importing it fills the table
#: Calls that are no status by themselves, or that mind ``set -e`` themselves.
_QUIET_FREE = frozenset({"statement", "define", "items", "lines", "args", "match"})


class Shell:
    """The language on the machine."""

    def __init__(self, machine: Machine) -> None:
        self.m = machine
        self.words = Words(machine)
        self.conditions = Conditions(machine)
        self.programs = Programs(self)
        self.checks = Checks(self)
        self.code = Code(self)
        self.spawned = Spawned(self)
        self.foreign = Foreign(machine)
        self.make = Make(self)
        self.streams = Streams(self)
        self.processes = Processes(self)
        self.quiet = 0

    # expressions

    def call(self, frame: Frame, expr: s.Call) -> v.Value:
        """Evaluate a call of a lowered script; of commands, the status."""
        name = expr.func.id if isinstance(expr.func, s.Name) else ""
        if name.startswith("make "):
            return self.make.call(frame, name.removeprefix("make "), expr)
        if name in _QUIET_FREE:
            return self._plain(frame, name, expr)
        self.quiet += 1
        try:
            return self.status(frame, expr)
        finally:
            self.quiet -= 1

    def _plain(self, frame: Frame, name: str, expr: s.Call) -> v.Value:
        args = [arg.value for arg in expr.args]
        match name:
            case "statement":
                return self._statement(frame, args[0], expr.span)
            case "define":
                called, made = args
                if isinstance(called, s.Const) and isinstance(made, s.Lambda):
                    self.m.store.set(frame.scope, str(called.value) + "()", v.FunctionRef(made.function, frame.scope))
                return v.TRUE
            case "items":
                return self.m.new_items("list", [self._item(one) for arg in args for one in self.words.fields(frame, arg)])
            case "lines":
                return self.m.new_items("list", [v.Rest(v.Unknown("line", taint(self.streams.stdin)))])
            case "match":
                return self._match(frame, args, expr.span)
            case _:
                return self.m.new_items("list", [self._item(one) for one in self.words.arguments(frame)])

    def _item(self, value: v.Value) -> v.Value:
        text = v.text_of(value)
        return v.Rest(value) if isinstance(value, v.Unknown) or (text is not None and "*" in text) else value

    def _match(self, frame: Frame, args: list[s.Expr], span: Span) -> v.Value:
        subject = self.words.value(frame, args[0])
        result: v.Value = v.FALSE
        for pattern in args[1:]:
            held = self.words.value(frame, pattern)
            result = v.either(result, self.conditions.equal(frame, subject, held, span, pattern=True))
        return result

    def _statement(self, frame: Frame, expr: s.Expr, span: Span) -> v.Value:
        status = self.status(frame, expr)
        strict = self.m.store.get(frame.scope, "-e") or v.FALSE
        negated = isinstance(expr, s.Call) and isinstance(expr.func, s.Name) and expr.func.id == "not"
        if frame.alive and not self.quiet and strict != v.FALSE and not negated and decisive(status):
            failed = v.both(strict, v.negation(status))
            self.leave(frame, v.FALSE, span, failed)
        return status

    def leave(self, frame: Frame, status: v.Value, span: Span, test: v.Value = v.TRUE) -> None:
        """The shell ends with the status where the test holds."""
        if test != v.FALSE:
            self.m.statements.throw(frame, status, span, test)

    def status(self, frame: Frame, expr: s.Expr) -> v.Value:
        """Run a command and give its status, which ``$?`` holds from then on."""
        if not frame.alive:
            return v.FALSE
        result = self._status(frame, expr)
        self.m.store.set(frame.scope, "?", result)
        return result

    def _status(self, frame: Frame, expr: s.Expr) -> v.Value:
        self.m.tick()
        match expr:
            case s.Const(held):
                return v.TRUE if held else v.FALSE
            case s.Opaque(why):
                return self.m.atom("unknown", why)
            case s.Call(s.Name(name), arguments, span):
                return self._run(frame, name, [arg.value for arg in arguments], span)
            case _:
                return v.TRUE

    def _run(self, frame: Frame, name: str, args: list[s.Expr], span: Span) -> v.Value:
        match name:
            case "command":
                return self._command(frame, args, span)
            case "statement":
                return self._statement(frame, args[0], span)
            case "not":
                return v.negation(self.status(frame, args[0]))
            case "and" | "or":
                return self._junction(frame, name, args, span)
            case "pipe":
                return self._pipe(frame, args)
            case "group":
                return self._group(frame, args[0])
            case "subshell":
                return self.processes.subshell(frame, _function(args[0]).body)
            case "test":
                return self._test(frame, args, span)
            case "redirected":
                redirects = args[1].items if isinstance(args[1], s.Seq) else ()
                with self.streams.redirected(frame, redirects, span):
                    return self.status(frame, args[0])
            case "declare":
                return self._declare(frame, args)
            case "unset":
                for arg in args:
                    held = v.text_of(self.words.value(frame, arg))
                    if held and held.isidentifier():
                        self.m.store.set(frame.scope, held, v.Const(""))
                return v.TRUE
            case "arithmetic":
                return self.m.atom("unknown", "arithmetic", span)
            case _:
                return v.TRUE

    def _group(self, frame: Frame, body: s.Expr) -> v.Value:
        self.m.store.set(frame.scope, "?", v.TRUE)
        self.m.statements.run(frame, _function(body).body)
        return self.m.store.get(frame.scope, "?") or v.TRUE

    def _junction(self, frame: Frame, name: str, args: list[s.Expr], span: Span) -> v.Value:
        """``a && b``, ``a || b``: the second is run where the first lets it."""
        first = self.status(frame, args[0])
        wanted = first if name == "and" else v.negation(first)
        if not frame.alive or wanted == v.FALSE:
            return first
        if wanted == v.TRUE:
            return self._group(frame, args[1])
        second: list[v.Value] = []
        start, mark = frame.way, self.m.store.mark()
        ends = []
        frame.narrow(wanted, span)
        second.append(self._group(frame, args[1]))
        if frame.alive:
            ends.append((wanted, frame.way, self.m.store.changes(mark)))
        self.m.store.undo(mark)
        self.m.statements.resume(frame, start, [*ends, (v.negation(wanted), next_way(start, v.negation(wanted), span), {})])
        if not ends:
            return first
        return v.both(first, second[0]) if name == "and" else v.either(first, second[0])

    def _pipe(self, frame: Frame, args: list[s.Expr]) -> v.Value:
        outer = self.streams.stdin
        statuses: list[v.Value] = []
        try:
            for position, arg in enumerate(args):
                if position == len(args) - 1:
                    statuses.append(self.status(frame, arg))
                else:
                    with self.streams.captured(frame) as out:
                        statuses.append(self.status(frame, arg))
                    self.streams.stdin = self.streams.text(out)
        finally:
            self.streams.stdin = outer
        if (self.m.store.get(frame.scope, "-pipefail") or v.FALSE) == v.TRUE:
            result: v.Value = v.TRUE
            for status in statuses:
                result = v.both(result, status) if decisive(status) or status is statuses[-1] else result
            return result
        return statuses[-1]

    def _test(self, frame: Frame, args: list[s.Expr], span: Span) -> v.Value:
        tokens: list[tuple[v.Value, bool]] = []
        for arg in args:
            is_op = isinstance(arg, s.Call) and isinstance(arg.func, s.Name) and arg.func.id == "op"
            tokens.append((self.words.value(frame, arg), is_op or isinstance(arg, s.Const)))
        return self.conditions.test(frame, tokens, span)

    # simple commands

    def _command(self, frame: Frame, args: list[s.Expr], span: Span) -> v.Value:
        table, listed, redirects = args
        if not (isinstance(table, s.Table) and isinstance(listed, s.Seq) and isinstance(redirects, s.Seq)):
            return v.TRUE
        self.m.store.set(frame.scope, "?", v.TRUE)
        words = [one for item in listed.items for one in self.words.fields(frame, item)]
        given = self._assigned(frame, table)
        if not words:
            for name, value in given:
                self.assign(frame, name, value)
            with self.streams.redirected(frame, redirects.items, span):
                return self.m.store.get(frame.scope, "?") or v.TRUE
        with self.streams.redirected(frame, redirects.items, span):
            return self._each(frame, words, given, span)

    def _assigned(self, frame: Frame, table: s.Table) -> list[tuple[str, v.Value]]:
        found: list[tuple[str, v.Value]] = []
        for key, expr in table.items:
            name = str(key.value) if isinstance(key, s.Const) else ""
            if isinstance(expr, s.Call) and isinstance(expr.func, s.Name) and expr.func.id == "append":
                added = self.words.value(frame, expr.args[0].value)
                old = self.words.read(frame, name)
                if isinstance(added, v.Items) or isinstance(old, v.Items):
                    both = [one for side in (old, added) for one in (self.m.items_of(side) or [side])]
                    found.append((name, self.m.new_items("list", both)))
                else:
                    found.append((name, self.m.expressions.join([old, self.words.text(added)])))
            else:
                found.append((name, self.words.value(frame, expr)))
        return found

    def assign(self, frame: Frame, name: str, value: v.Value, *, export: bool = False) -> None:
        """``NAME=value``; one element of an array makes the rest unknown."""
        if "[" in name:
            name, value = name.partition("[")[0], v.Unknown(name.partition("[")[0])
        self.m.store.set(frame.scope, name, value)
        if export:
            self.m.store.set(frame.scope, f"export {name}", v.TRUE)

    def _declare(self, frame: Frame, args: list[s.Expr]) -> v.Value:
        head, table, listed = args
        words = [v.text_of(self.words.value(frame, one)) or "" for one in (listed.items if isinstance(listed, s.Seq) else ())]
        kind = str(head.value) if isinstance(head, s.Const) else "export"
        export = kind == "export" or any(word.startswith("-") and "x" in word for word in words)
        self.m.store.set(frame.scope, "?", v.TRUE)
        for name, value in self._assigned(frame, table) if isinstance(table, s.Table) else ():
            self.assign(frame, name, value, export=export)
        for word in words:
            if word.isidentifier() and export:
                self.m.store.set(frame.scope, f"export {word}", v.TRUE)
            elif word.isidentifier() and kind == "local":
                self.m.store.set(frame.scope, word, v.Const(""))
        return v.TRUE

    def _each(self, frame: Frame, words: list[v.Value], given: list[tuple[str, v.Value]], span: Span) -> v.Value:
        """One command; where the program is one of several, each under its test."""

        def work(one: v.Value) -> v.Value:
            inner = [*self.words.split(one), *words[1:]] if isinstance(words[0], v.Choice) else words
            return self.run(frame, inner, given, span) if inner else v.TRUE

        return self.cases(frame, words[0], span, work)

    def cases(self, frame: Frame, value: v.Value, span: Span, work: Callable[[v.Value], v.Value]) -> v.Value:
        """Do the work, which gives a status, for each alternative of a value under its test."""
        if not isinstance(value, v.Choice):
            return work(value)
        start, mark = frame.way, self.m.store.mark()
        ends = []
        results: list[tuple[v.Value, v.Value]] = []
        for test, one in v.cases(value):
            frame.way, frame.alive = next_way(start, test, span), True
            result = work(one)
            if frame.alive:
                ends.append((test, frame.way, self.m.store.changes(mark)))
                results.append((test, result))
            self.m.store.undo(mark)
        self.m.statements.resume(frame, start, ends)
        status = results[-1][1] if results else v.FALSE
        for test, result in reversed(results[:-1]):
            status = v.choice(test, result, status)
        return status

    def run(self, frame: Frame, words: list[v.Value], given: Sequence[tuple[str, v.Value]], span: Span, *, script: bool = False) -> v.Value:
        """Run a command with known words: a function, a built-in, or a program."""
        first = words[0]
        if isinstance(first, v.Env) and first.default == v.Const("") and len(words) > 1 and not template(words[1]).startswith("-"):
            return self.run(frame, words[1:], given, span)  # ``$SUDO program``: nothing set, nothing there
        text = v.text_of(first)
        if text is not None and not script:
            function = self.m.store.get(frame.scope, f"{text}()")
            if function is not None:
                return self._function(frame, function, words[1:], given, span)
            handler = COMMANDS.get(text if "/" not in text else posixpath.basename(text) if text.startswith(("/usr/", "/bin/")) else "")
            if handler is not None:
                for name, value in given:
                    self.assign(frame, name, value)
                return handler(self, frame, words[1:], span)
        return self.programs.run(frame, words, given, span, script=script)

    def _function(self, frame: Frame, held: v.Value, args: list[v.Value], given: Sequence[tuple[str, v.Value]], span: Span) -> v.Value:
        for name, value in given:
            self.assign(frame, name, value)
        one = next((one for one in v.leaves(held) if isinstance(one, v.FunctionRef)), None)
        if one is None:
            return v.TRUE
        return self.inline(frame, v.FunctionRef(one.function, frame.scope), self.words.bound(args), span)

    def inline(self, frame: Frame, ref: v.FunctionRef, bound: dict[str, v.Value], span: Span) -> v.Value:
        """Run a function or a sourced script in the shell that calls it."""
        if self.quiet:
            bound["<quiet>"] = v.TRUE
        if self.streams.sink is not None:
            bound["<output>"] = v.Const(next(self.m.numbers))  # what it writes is wanted each time
        self.m.call(frame, ref, Arguments([], bound), span)
        return self.m.store.get(frame.scope, "?") or v.TRUE

    def decides(self, status: v.Value) -> bool:
        """Whether a switch or a digest decides a status."""
        return decisive(status)


def decisive(status: v.Value) -> bool:
    """Whether a switch or a digest decides a status, or it is known to be false."""
    if status == v.FALSE:
        return True
    stack: list[v.Value] = [status]
    for _ in range(300):
        if not stack:
            return False
        match stack.pop():
            case v.Env() | v.Opt() | v.Digest():
                return True
            case v.Sym(_, args):
                stack.extend(args)
            case v.Choice(test, then, orelse):
                stack.extend((test, then, orelse))
            case v.Text(parts):
                stack.extend(parts)
            case _:
                pass
    return True


def _function(expr: s.Expr) -> s.Function:
    if isinstance(expr, s.Lambda):
        return expr.function
    return s.Function("", (), (s.Do(expr, Span("")),), Span(""))
