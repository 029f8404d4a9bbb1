"""What does a loop go through? Items that are known one by one, some item where they are not, and comprehensions."""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING

from offlint.flow import values as v
from offlint.flow.enums import members
from offlint.flow.local import LOCAL
from offlint.flow.machine import Arguments

if TYPE_CHECKING:
    from offlint.flow.machine import Frame, Machine
    from offlint.model import step as s
    from offlint.model.span import Span

MAX_COMPREHENSION = 300
#: A function that is mapped over a list is called for each item of a list up to this length.
MAX_APPLIED = 50
#: Of so many items that can be called or asked, some item is each of them; of more, nothing is known.
MAX_ACTING = 8
_ACTING = (v.FunctionRef, v.ClassRef, v.Instance, v.Partial)


class Iteration:
    """Goes through values."""

    def __init__(self, machine: Machine) -> None:
        self.m = machine

    def iterate(self, frame: Frame, value: v.Value) -> list[v.Value] | None:
        """The items that a loop goes through, None where they are not known."""
        del frame
        if isinstance(value, v.Choice):
            options = [self.m.items_of(held) for held in v.leaves(value)]
            known = [o for o in options if o is not None]
            return max(known, key=len) if known and len(known) == len(options) else None
        if isinstance(value, v.Const) and isinstance(value.value, str) and len(value.value) <= 20:
            return [v.Const(c) for c in value.value]
        if isinstance(value, v.ClassRef) and (found := members(self.m, value)) is not None:
            return [held for _, held in found]
        return self.m.externals.arguments() if value == v.External("sys.argv") else self.m.items_of(value)

    def element(self, value: v.Value) -> v.Value:
        """Some item of a value whose items are not known one by one."""
        items = self.m.items_of(value)
        if items:
            options = list(dict.fromkeys(item.value if isinstance(item, v.Rest) else item for item in items[: MAX_ACTING + 1]))
            if len(options) == 1 and len(items) <= MAX_ACTING:
                return options[0]
            if len(options) > MAX_ACTING or not any(isinstance(one, _ACTING) for one in options):
                return v.Unknown("item", frozenset().union(*(self.m.deep_taint(i) for i in items)))
            result = options[-1]
            for one in reversed(options[:-1]):
                result = v.choice(self.m.atom("unknown", "which item"), one, result)
            return result
        if isinstance(value, v.Remote) or (isinstance(value, v.Handle) and value.type == LOCAL):
            return value
        if isinstance(value, v.FileObject):
            content = self.m.file(value.path)
            return content if content is not None else v.Unknown("line")
        return v.Unknown("item", self.m.deep_taint(value))

    def applied(self, frame: Frame, function: v.Value | None, source: v.Value, span: Span) -> list[v.Value]:
        """What a function gives for each item, one call for all where they are many or not known; none without a function."""
        if function is None or function == v.NONE:
            return []
        items = self.m.items_of(source)
        results: list[v.Value] = []
        for item in items if items is not None and len(items) <= MAX_APPLIED else [v.Rest(self.element(source))]:
            result = self.m.call(frame, function, Arguments([item.value if isinstance(item, v.Rest) else item]), span)
            results.append(v.Rest(result) if isinstance(item, v.Rest) else result)
        return results

    def comprehension(self, frame: Frame, expr: s.Comp) -> v.Value:
        """The value of a comprehension, evaluated item by item where the items are known.

        What the first clause goes through is evaluated in the scope around, which in a class sees the names of its body.
        """
        first = self.m.eval(frame, expr.clauses[0].items)
        scope = v.Scope(frame.scope.file, frame.scope, "call", None, frame.scope.owner)
        outer, frame.scope = frame.scope, scope
        results: list[tuple[v.Value, v.Value]] = []
        kept: list[v.Value] = []  # for each result the condition under which it is one
        start = frame.way
        try:
            self._clause(frame, expr, 0, results, kept, given=first)
        finally:
            frame.scope = outer
            frame.way = start
        if expr.kind == "dict":
            return self.m.new_mapping(
                [(key, value) for key, value in results if not isinstance(key, v.Rest)],
                is_open=any(isinstance(k, v.Rest) for k, _ in results),
            )
        made = self.m.new_items("list" if expr.kind == "generator" else expr.kind, [value for _, value in results])
        if kept and len(kept) == len(results):
            self.m.containers.keep(made, [value for _, value in results], reduce(v.either, kept))
        return made

    def _clause(  # noqa: PLR0917  (one clause of a comprehension, and what it adds to)
        self,
        frame: Frame,
        expr: s.Comp,
        index: int,
        results: list[tuple[v.Value, v.Value]],
        kept: list[v.Value],
        way: v.Value | None = v.TRUE,
        given: v.Value | None = None,
    ) -> None:
        if index == len(expr.clauses):
            key = self.m.eval(frame, expr.key) if expr.key else v.NONE
            results.append((key, self.m.eval(frame, expr.element)))
            if way is not None and way != v.TRUE:
                kept.append(way)
            return
        clause = expr.clauses[index]
        iterable = self.m.specials.opened(frame, given if given is not None else self.m.eval(frame, clause.items))
        items = self.iterate(frame, iterable)
        open_ended = items is None or len(items) > MAX_COMPREHENSION or any(isinstance(i, v.Rest) for i in items)
        for item in [self.element(iterable)] if open_ended or items is None else items:
            self.m.statements.assign(frame, clause.target, item)
            start = frame.way
            tests = [self.m.expressions.decide(self.m.eval(frame, test), None) for test in clause.tests]
            if v.FALSE in tests:
                continue
            for test in tests:
                frame.narrow(test)
            first = len(results)
            self._clause(frame, expr, index + 1, results, kept, None if open_ended or way is None else reduce(v.both, tests, way))
            if open_ended or any(t != v.TRUE for t in tests):
                results[first:] = [
                    (k, v.Rest(value) if not isinstance(value, v.Rest) and expr.kind != "dict" else value) for k, value in results[first:]
                ]
            frame.way = start
