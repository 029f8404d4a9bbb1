"""What does a loop do? Known items one by one, else one pass that stands for all; a loop that can be left is left."""

from __future__ import annotations

from typing import TYPE_CHECKING

from offlint.flow import values as v
from offlint.flow.machine import Exit, Loop
from offlint.flow.predicates import plain
from offlint.flow.summary import since
from offlint.flow.summary import step as next_way
from offlint.lower.names import breaks, counters
from offlint.model import step as s

if TYPE_CHECKING:
    from collections.abc import Sequence

    from offlint.flow.machine import Frame, Machine
    from offlint.flow.statements import Statements
    from offlint.flow.store import Cell
    from offlint.flow.summary import Way
    from offlint.model.span import Span

MAX_UNROLLED = 300
#: Of a list of which only a part is known, so many items are gone through one by one.
MAX_PARTLY = 30
#: How often the body of a loop inside of loops is gone through, at most.
MAX_ROUNDS = 300


class Loops:
    """Runs loops."""

    def __init__(self, machine: Machine, statements: Statements) -> None:
        self.m = machine
        self.statements = statements

    def each(self, frame: Frame, step: s.For) -> None:
        """``for``: item by item where the items are known, once for any of them where they are not."""
        iterable = self.m.specials.opened(frame, self.m.eval(frame, step.items), step.span)
        items = self.m.iteration.iterate(frame, iterable)
        start, mark = frame.way, self.m.store.mark()
        loop = Loop(mark)
        frame.loops.append(loop)
        if items is not None and self._countable(frame, loop, items):
            for item in items:
                self.statements.assign(frame, step.target, item)
                self._iteration(frame, loop, step.body)
                if not frame.alive:
                    break
        elif items is not None and self._partly(iterable, items, loop):
            for item in items:
                if frame.alive:
                    self._next(frame, loop, step, item)
        else:
            atom = self.m.atom("items", "a loop runs", step.span)
            self.statements.assign(frame, step.target, self.m.iteration.element(iterable))
            self._unknown_times(frame, loop, step.body, atom, step.span)
        frame.loops.pop()
        self._after(frame, loop, start, step.orelse)

    def _countable(self, frame: Frame, loop: Loop, items: Sequence[v.Value]) -> bool:
        """Whether the items are gone through one by one: all are known, and with the loops around it there are not too many rounds."""
        around = frame.loops[-2].rounds if len(frame.loops) > 1 else 1
        if len(items) > MAX_UNROLLED or len(items) * around > MAX_ROUNDS or any(isinstance(i, v.Rest) for i in items):
            loop.rounds = around
            return False
        loop.rounds = len(items) * around
        return True

    def _partly(self, iterable: v.Value, items: Sequence[v.Value], loop: Loop) -> bool:
        """Whether a few of the items are known, among others that are not: a list of places, and what a pattern finds; or what is kept."""
        held = v.leaves(self.m.held(iterable)) if isinstance(iterable, v.Items) else []
        some = any(isinstance(one, v.Contents) and one.some for one in held)
        known = some or sum(not isinstance(plain(one), v.Rest | v.Unknown) for one in items)
        return known > 0 and len(items) <= MAX_PARTLY and len(items) * loop.rounds <= MAX_ROUNDS

    def _next(self, frame: Frame, loop: Loop, step: s.For, item: v.Value) -> None:
        """One pass for an item that is known; any number of them, which may be left, for those that are not."""
        if not isinstance(item, v.Rest):
            self.statements.assign(frame, step.target, item)
            self._iteration(frame, loop, step.body)
            return
        before = self.m.store.changes(loop.mark)
        some = frame.loops[-1] = Loop(self.m.store.mark(), rounds=loop.rounds)
        self.statements.assign(frame, step.target, item.value)
        self._unknown_times(frame, some, step.body, self.m.atom("items", "a loop runs", step.span), step.span)
        frame.loops[-1] = loop
        for left in some.breaks:
            left.changes = {**before, **left.changes}
        loop.breaks += some.breaks

    def repeated(self, frame: Frame, step: s.While) -> None:
        """``while``: one pass stands for all."""
        start, mark = frame.way, self.m.store.mark()
        test = self.m.expressions.truth(frame, step.test, step.span)
        loop = Loop(mark)
        frame.loops.append(loop)
        if test != v.FALSE and frame.alive:
            self._unknown_times(frame, loop, step.body, test, step.span)
            if frame.alive:
                again = self.m.expressions.truth(frame, step.test, step.span)
                if again != v.TRUE or isinstance(step.test, s.Const):
                    frame.narrow(v.negation(again), step.span)  # one pass was evaluated; a test that still holds ends in a later one
        frame.loops.pop()
        self._after(frame, loop, start, step.orelse)

    def _iteration(self, frame: Frame, loop: Loop, body: Sequence[s.Step]) -> None:
        """One pass through the body; continues join its end."""
        start = frame.way
        begun = len(loop.continues)
        self.statements.run(frame, body)
        ends: list[tuple[v.Value, Way | None, dict[Cell, v.Value]]] = []
        if len(loop.continues) > begun:
            if frame.alive:
                ends.append((since(frame.way, start), frame.way, self.m.store.changes(loop.mark)))
            ends += [(since(e.way, start), e.way, e.changes) for e in loop.continues[begun:]]
            del loop.continues[begun:]
            self.m.store.undo(loop.mark)
            self.statements.resume(frame, start, ends)

    def _unknown_times(self, frame: Frame, loop: Loop, body: Sequence[s.Step], test: v.Value, span: Span) -> None:
        """A body that runs while ``test`` holds, evaluated once; a later break has seen what an earlier pass did."""
        start = frame.way
        loop.unknown = True
        frame.way = next_way(start, test, span)
        self._widen(frame, body)
        self._iteration(frame, loop, body)
        changes = self.m.store.changes(loop.mark) if frame.alive else {}
        if frame.alive and not loop.breaks and breaks(body):
            # what ends the loop is not seen in one pass (a line that is read later, a counter): it ends at some time
            left = next_way(frame.way, self.m.atom("loop", "a later pass ends the loop", span), span)
            loop.breaks.append(Exit(left, v.NONE, changes, span))
        for exit_ in loop.breaks:
            exit_.changes = {**changes, **exit_.changes}
        ends: list[tuple[v.Value, Way | None, dict[Cell, v.Value]]] = []
        if frame.alive:
            ends.append((test, frame.way, changes))
        self.m.store.undo(loop.mark)
        if test != v.TRUE:
            ends.append((v.negation(test), next_way(start, v.negation(test), span), {}))
        self.statements.resume(frame, start, ends)

    def _widen(self, frame: Frame, body: Sequence[s.Step]) -> None:
        """Counters have other values in later passes."""
        for name in counters(body):
            held = self.m.store.peek((frame.scope, name))
            if isinstance(held, v.Const) and isinstance(held.value, int):
                self.m.store.set(frame.scope, name, v.choice(self.m.atom("loop", "first pass"), v.Unknown(name), held))

    def _after(self, frame: Frame, loop: Loop, start: Way | None, orelse: Sequence[s.Step]) -> None:
        if frame.alive:
            self.statements.run(frame, orelse)
        if not loop.breaks:
            return
        ends: list[tuple[v.Value, Way | None, dict[Cell, v.Value]]] = []
        ends += [(since(e.way, start), e.way, e.changes) for e in loop.breaks]
        if frame.alive:
            ends.append((v.TRUE, frame.way, self.m.store.changes(loop.mark)))
        self.m.store.undo(loop.mark)
        self.statements.resume(frame, start, ends)
