"""What does code do that a call runs: a file of the tree, a module of it, or a text? What it binds is bound where Python would."""

from __future__ import annotations

from typing import TYPE_CHECKING

from offlint.flow import values as v
from offlint.flow.registry import LOADER, NAMESPACE
from offlint.flow.summary import Use
from offlint.lower.python import CannotLower, lower_python
from offlint.model.span import Moved

if TYPE_CHECKING:
    from collections.abc import Callable

    from offlint.flow.machine import Arguments, Frame, Machine
    from offlint.model.span import Span
    from offlint.rulebook.schema import Model

#: A text of code that is longer is no statement that somebody put together.
MAX_TEXT = 20_000
#: So many parts of a name or a path that are one of several are told apart.
MAX_HOLES = 2


def by_case(m: Machine, frame: Frame, value: v.Value, span: Span, work: Callable[[v.Value], v.Value]) -> v.Value:
    """What is made of a value by code that runs for each of its cases under the condition of that case."""
    results: list[tuple[v.Value, v.Value]] = []
    for test, one in v.cases(_alternatives(m, value)):
        start = frame.way
        frame.narrow(test, span)
        results.append((test, work(one)))
        if test != v.TRUE:
            frame.way, frame.alive = start, True
    return _one_of(results)


def _alternatives(m: Machine, value: v.Value, depth: int = 0) -> v.Value:
    """A text, or a path, of which a part is one of several, as one of several."""
    if isinstance(value, v.Path):
        return _one_of([(test, v.Path(one)) for test, one in v.cases(_alternatives(m, value.text, depth))])
    parts = value.parts if isinstance(value, v.Text) else ()
    at = next((at for at, part in enumerate(parts) if isinstance(part, v.Choice)), None)
    if at is None or depth > MAX_HOLES:
        return value
    texts = ((test, m.expressions.join([*parts[:at], one, *parts[at + 1 :]])) for test, one in v.cases(parts[at]))
    return _one_of([(test, _alternatives(m, text, depth + 1)) for test, text in texts])


def _one_of(results: list[tuple[v.Value, v.Value]]) -> v.Value:
    result = results[-1][1]
    for test, made in reversed(results[:-1]):
        result = v.choice(test, made, result)
    return result


class Executing:
    """Runs what the pages say is run (``[[execute]]``)."""

    def __init__(self, machine: Machine) -> None:
        self.m = machine

    def call(self, frame: Frame, row: Model, args: Arguments, span: Span, given: dict[str, v.Value | None]) -> v.Value:
        """A call that runs code: the given ``code``, the file at the given ``path``, or the given ``module``."""
        code, path = given["code"], given["path"]
        touched = self.m.deep_taint(code) | self.m.deep_taint(self.m.externals.files.content_of(path) if path is not None else None)
        if touched:
            frame.summary.interesting = True
            frame.summary.uses.append((frame.way, Use("execute", touched, span)))
        gives = row.values.get("gives")
        if gives == "loader":
            return v.Handle(LOADER, (path or v.NONE,))
        if gives == "code":
            return code if code is not None and not touched else v.Unknown("code")
        if code is not None and row.name == "builtins.exec":
            return by_case(self.m, frame, code, span, lambda one: self._code(frame, one, args, span))
        if path is not None:
            return self.file(frame, path, span, program=gives == "namespace")
        if (module := given["module"]) is not None:
            return by_case(self.m, frame, module, span, lambda one: self._program(frame, one, span))
        return v.Unknown("result")

    def file(self, frame: Frame, path: v.Value, span: Span, *, program: bool = False) -> v.Value:
        """Run the Python file at a path, as a module or as a program; gives the module, or a program's names."""
        return by_case(
            self.m, frame, path, span, lambda one: self._place(frame, self.m.externals.files.tree_path(one), span, program=program)
        )

    def _program(self, frame: Frame, module: v.Value, span: Span) -> v.Value:
        return self._place(frame, self.m.externals.models.program(v.text_of(module) or ""), span, program=True)

    def _place(self, frame: Frame, place: str | None, span: Span, *, program: bool) -> v.Value:
        if not place or not self.m.project.exists(place) or self.m.project.is_dir(place):
            return v.Unknown("module")
        self.m.imports.evaluate(frame, place, span, main=program, what=f"runs {place}")
        return v.Handle(NAMESPACE, (v.ModuleRef(place),)) if program else v.ModuleRef(place)

    def _code(self, frame: Frame, code: v.Value, args: Arguments, span: Span) -> v.Value:
        file = self.m.externals.files.file_of(code)
        if file is not None:
            self._inside(frame, file, args, span)
        elif (text := v.text_of(code)) is not None and len(text) < MAX_TEXT:
            self._text(frame, text, args, span)
        return v.NONE

    def _inside(self, frame: Frame, file: str, args: Arguments, span: Span) -> None:
        """``exec`` of a file's text: what it binds stands in the given dictionary, or among the names of the code that does it."""
        self.m.imports.evaluate(frame, file, span, what=f"runs {file}", anyway=True)
        self._bind(frame, self.m.imports.scope(file), args, span)

    def _bind(self, frame: Frame, scope: v.Scope, args: Arguments, span: Span) -> None:
        names = args.get(1, "globals")
        for name, held in list(self.m.store.names(scope)):
            if name in ("__name__", "__file__"):
                continue
            if isinstance(names, v.Mapping_):
                value = self.m.imports.member(frame, held.file, held.name, span) if isinstance(held, v.Lazy) else held
                self.m.entries.set_item(frame, names, v.Const(name), value)
            elif names is None and frame.top_level:
                self.m.attributes.set_name(frame, name, held)

    def _text(self, frame: Frame, text: str, args: Arguments, span: Span) -> None:
        """``exec`` of a text: its accesses stand where it is run."""
        here = Moved(span.line, span.column - 1, span.column - 1)
        try:
            module = lower_python(text, span.file, [here] * (text.count("\n") + 1))
        except CannotLower:
            return  # then it is an error
        names = args.get(1, "globals")
        scope = v.Scope(span.file, frame.scope, "call", None, frame.scope.owner)
        if isinstance(names, v.Mapping_):
            for key, held in self.m.pairs_of(names):
                if (name := v.text_of(key)) is not None:
                    self.m.store.set(scope, name, held)
        outer, frame.scope = frame.scope, scope
        try:
            self.m.statements.run(frame, module.body)
        finally:
            frame.scope = outer
        self._bind(frame, scope, args, span)
