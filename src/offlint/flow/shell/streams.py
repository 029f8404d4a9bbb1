"""Where does what a command writes go, and what does it read? Captured output, redirections, files."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from offlint.flow import values as v
from offlint.flow.interning import taint
from offlint.flow.summary import since
from offlint.model import step as s
from offlint.model.lazy import dataclass
from offlint.model.span import Span

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from offlint.flow.machine import Frame
    from offlint.flow.shell.language import Shell
    from offlint.flow.summary import Fetch, Way

MAX_WRITTEN = 200


@dataclass(slots=True, eq=False)
class Sink:
    """What is written while something captures it: each value with the condition under which it is written."""

    frame: Frame
    start: Way | None
    written: list[tuple[v.Value, v.Value]]


class Streams:
    """Standard output and input of the shell that runs."""

    def __init__(self, shell: Shell) -> None:
        self.sh = shell
        self.m = shell.m
        self.sink: Sink | None = None
        self.stdin: v.Value | None = None

    @contextmanager
    def captured(self, frame: Frame) -> Iterator[Sink]:
        """What the commands inside write to their standard output."""
        outer, self.sink = self.sink, Sink(frame, frame.way, [])
        try:
            yield self.sink
        finally:
            self.sink = outer

    def emit(self, frame: Frame, value: v.Value) -> None:
        """Write to the standard output."""
        sink = self.sink
        if sink is not None and frame.alive and len(sink.written) < MAX_WRITTEN:
            sink.written.append((since(frame.way, sink.start if frame is sink.frame else None), value))

    def fetched(self, frame: Frame, fetch: Fetch) -> None:
        """What a program brings and puts into no file stands on its output."""
        if self.sink is not None and fetch.kind == "http" and fetch.keeps and not fetch.written:
            fetch.stored = bool(fetch.verified)
            self.emit(frame, v.Remote(fetch, "text"))

    def text(self, sink: Sink) -> v.Value:
        """What was written, as one value; what only some ways write is a choice."""
        result: v.Value = v.Const("")
        for test, value in reversed(sink.written):
            after = _under(result, test)
            together = (
                value
                if after == v.Const("")
                else self.m.expressions.join([self.sh.words.text(value), v.Const("\n"), self.sh.words.text(after)])
            )
            result = together if test == v.TRUE else v.choice(test, together, _under(result, v.negation(test)))
        return result

    @contextmanager
    def redirected(self, frame: Frame, redirects: Sequence[s.Expr], span: Span) -> Iterator[None]:
        """The command inside writes to files and reads from them as its redirections say."""
        target: tuple[str, v.Value] | None = None
        outer = self.stdin
        for one in redirects:
            if not (isinstance(one, s.Call) and len(one.args) == 2 and isinstance(one.args[0].value, s.Const)):
                continue
            op, value = str(one.args[0].value.value), self.sh.words.value(frame, one.args[1].value)
            number, kind = op[: len(op) - len(op.lstrip("0123456789"))], op.lstrip("0123456789")
            if kind in (">", ">>", "&>", "&>>", ">|") and number in ("", "1"):
                target = (kind, value)
            elif kind == "<" and number in ("", "0"):
                self.stdin = self.read_file(frame, value)
            elif kind in ("<<", "<<<"):
                self.stdin = value
        try:
            if target is None:
                yield
                return
            with self.captured(frame) as out:
                yield
            if frame.alive:
                self.write_file(frame, target[1], self.text(out), span, append=">>" in target[0])
        finally:
            self.stdin = outer

    @contextmanager
    def reading(self, given: v.Value | None) -> Iterator[None]:
        """The command inside reads this from its standard input."""
        outer, self.stdin = self.stdin, given
        try:
            yield
        finally:
            self.stdin = outer

    def read_file(self, frame: Frame, name: v.Value) -> v.Value:
        """What a file holds."""
        path = self.sh.words.path(frame, name)
        for one in (path, name):
            written = self.m.file(one)
            if written is not None and written != v.NONE:
                return written
        return self.m.externals.files.content(frame, path, Span(frame.scope.file))

    def write_file(self, frame: Frame, name: v.Value, data: v.Value, span: Span, *, append: bool = False) -> None:
        """Write to a file."""
        text = v.text_of(name)
        if text is not None and text.startswith("/dev/"):
            return
        path = self.sh.words.path(frame, name)
        if append and (old := self.m.file(path)) is not None and not taint(data) and not taint(old):
            data = self.m.expressions.join([old, v.Const("\n"), self.sh.words.text(data)])
        self.m.externals.files.write(frame, path, data, span, append=append)
        for fetch in taint(data):
            fetch.written = True

    def output(self, frame: Frame, function: s.Function, *, opened: bool = False) -> v.Value:
        """``$(…)``: what the commands write; ``<(…)``: a file that holds it."""
        with self.captured(frame) as out:
            self.m.store.set(frame.scope, "?", self.sh.processes.subshell(frame, function.body))
        value = self.text(out)
        if opened:
            name = v.Const(f"/dev/fd/{next(self.m.numbers)}")
            self.m.write_file(name, value)
            return name
        text = v.text_of(value)
        return v.Const(text.rstrip("\n")) if text is not None else value


def _under(value: v.Value, test: v.Value) -> v.Value:
    """What a value is where the test holds."""
    while isinstance(value, v.Choice):
        if value.test == test:
            value = value.then
        elif value.test == v.negation(test):
            value = value.orelse
        else:
            break
    return value
