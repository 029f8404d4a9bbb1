"""What does each statement do? Assignments, branches, loops, exceptions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from offlint.flow import values as v
from offlint.flow.exceptions import catches, error_names
from offlint.flow.loops import Loops
from offlint.flow.machine import Exit
from offlint.flow.naming import called_by
from offlint.flow.summary import since
from offlint.flow.summary import step as next_way
from offlint.model import step as s
from offlint.model.span import Span

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from offlint.flow.machine import Frame, Machine
    from offlint.flow.store import Cell
    from offlint.flow.summary import Summary, Way

_SEARCH = v.External("sys.path")


#: Statements of a test that have a budget of their own: those that hold no others.
_BUDGETED = frozenset({s.Do, s.Assign, s.Augment, s.Assert, s.Return})
#: Steps for one statement of a test.
MAX_STEP = 12_000
#: The same after so many statements that call the same spent them all.
FEWER, MAX_CUT = 1_500, 3


class Statements:
    """Runs blocks of steps in a frame."""

    def __init__(self, machine: Machine) -> None:
        self.m = machine
        self.loops = Loops(machine, self)
        self._heavy: dict[str, int] = {}

    def run(self, frame: Frame, steps: Sequence[s.Step]) -> None:
        """Run steps until the end or until the frame is no longer alive."""
        for step in steps:
            if not frame.alive:
                return
            self.m.tick()
            if frame.limited and type(step) in _BUDGETED:
                self.limited(frame, step, self._most(step))
            else:
                self._step(frame, step)

    def _most(self, step: s.Step) -> int:
        """The steps for a statement of a test: few, where what it calls was too much again and again."""
        test, relevance = self.m.pytest.test, self.m.relevance
        if not self._heavy or (test is not None and relevance is not None and relevance.urls.inside(test.body.function.span)):
            return MAX_STEP
        return FEWER if any(self._heavy.get(name, 0) >= MAX_CUT for name in called_by(step).everything()) else MAX_STEP

    def limited(self, frame: Frame, step: s.Step, most: int) -> None:
        """Run one statement of a test, or of a module that tests load, with a budget of its own.

        A statement that spends it leaves its names unknown, and what follows it is looked at all the same.
        """
        way, loops, raises, trying, scope = frame.way, len(frame.loops), len(frame.raises), frame.trying, frame.scope

        def work() -> v.Value:
            self._step(frame, step)
            return v.TRUE

        if self.m.bounded(work, most) is None:
            # a plain statement came as far as it came on its own way, what holds others lies on a way of its own
            frame.way = frame.way if frame.alive and isinstance(step, s.Do | s.Assign | s.Return) else way
            frame.alive, frame.trying, frame.scope = not isinstance(step, s.Return), trying, scope
            del frame.loops[loops:], frame.raises[raises:]
            span = getattr(step, "span", None) or scope.place
            self.m.leave(span, "too much code to follow in this statement", budget=True)
            for name in called_by(step).everything() if most == MAX_STEP else ():
                self._heavy[name] = self._heavy.get(name, 0) + 1
            if isinstance(step, s.Return):
                frame.returns.append(Exit(frame.way, v.Unknown("too much code"), self.m.store.changes(frame.mark), span))

    def _step(self, frame: Frame, step: s.Step) -> None:
        match step:
            case s.Do():
                self.m.eval(frame, step.value)
            case s.Assign():
                value = self.m.eval(frame, step.value)
                for target in step.targets:
                    self.assign(frame, target, value)
            case s.Augment():
                self._augment(frame, step)
            case s.If():
                self._if(frame, step)
            case s.Return():
                value = self.m.eval(frame, step.value) if step.value else v.NONE
                if frame.alive:
                    frame.returns.append(Exit(frame.way, value, self.m.store.changes(frame.mark), step.span))
                    frame.alive = False
            case s.Raise():
                self.throw(frame, self._raised(frame, step.error), step.span)
            case s.Assert():
                self._assert(frame, step)
            case s.For():
                self.loops.each(frame, step)
            case s.While():
                self.loops.repeated(frame, step)
            case s.Try():
                self._try(frame, step)
            case s.With():
                self._with(frame, step)
            case s.Define():
                self.m.calls.define(frame, step.function)
            case s.DefineClass():
                self.m.classes.define(frame, step.definition)
            case s.Import():
                self.m.imports.plain(frame, step)
            case s.ImportFrom():
                self.m.imports.names(frame, step)
            case s.Jump():
                if frame.loops:
                    loop = frame.loops[-1]
                    exits = loop.breaks if step.kind == "break" else loop.continues
                    exits.append(Exit(frame.way, v.NONE, self.m.store.changes(loop.mark), step.span))
                frame.alive = False
            case s.Delete():
                for target in step.targets:
                    if isinstance(target, s.Index):
                        held, key = self.m.eval(frame, target.object), self.m.eval(frame, target.key)
                        if self.m.specials.ask(frame, held, ("__delitem__",), [key], step.span) is None:
                            gone = v.NONE if held == v.External("os.environ") else v.Unknown("deleted")
                            self.m.entries.set_item(frame, held, key, gone)

    def throw(self, frame: Frame, error: v.Value, span: Span, test: v.Value = v.TRUE) -> None:
        """An exception that is certain where ``test`` holds; the frame goes on where it does not."""
        changes = self.m.store.changes(frame.mark) if frame.trying else {}  # only a handler asks for them
        frame.raises.append(Exit(next_way(frame.way, test, span), error, changes, span))
        if test == v.TRUE:
            frame.alive = False
        else:
            frame.narrow(v.negation(test), span)

    def _raised(self, frame: Frame, error: s.Expr | None) -> v.Value:
        """What is raised: an error of a class of the project, or the class where it is one of a library."""
        value = self.m.eval(frame, error) if error else v.Unknown("re-raised")
        if isinstance(error, s.Call) and isinstance(error.func, s.Name | s.Attr) and isinstance(value, v.Unknown | v.Handle):
            made = self.m.eval(frame, error.func)
            return made if isinstance(made, v.External) else value
        return value

    def assign(self, frame: Frame, target: s.Expr, value: v.Value) -> None:
        """Bind a target: a name, an attribute, an item, or a display of targets."""
        match target:
            case s.Name():
                self.m.attributes.set_name(frame, target.id, value)
            case s.Attr():
                self.m.attributes.set(frame, self.m.eval(frame, target.object), target.name, value)
            case s.Index(key=s.Slice()) if self.m.eval(frame, target.object) == _SEARCH:
                self.m.imports.add_to_search(value)
            case s.Index(key=s.Slice(lower=None, upper=None)):
                changed = self.m.eval(frame, target.object)
                if isinstance(changed, v.Items) and isinstance(value, v.Items):
                    self.m.store.set(changed, "held", self.m.held(value))
            case s.Index():
                self.m.entries.set_item(frame, self.m.eval(frame, target.object), self.m.eval(frame, target.key), value)
            case s.Seq():
                self._unpack(frame, target.items, value)
            case s.Star():
                self.assign(frame, target.value, value)
            case _:
                pass

    def _unpack(self, frame: Frame, targets: tuple[s.Expr, ...], value: v.Value) -> None:
        value = self.m.specials.opened(frame, value)
        if isinstance(value, v.Choice):
            first = [self._parts(i, targets) for i in v.leaves(value)]
            tests = [t for t, _ in v.cases(value)]
            for position, target in enumerate(targets):
                result = first[-1][position]
                for test, parts in zip(reversed(tests[:-1]), reversed(first[:-1]), strict=True):
                    result = v.choice(test, parts[position], result)
                self.assign(frame, target, result)
            return
        for target, part in zip(targets, self._parts(value, targets), strict=True):
            self.assign(frame, target, part)

    def _parts(self, value: v.Value, targets: tuple[s.Expr, ...]) -> list[v.Value]:
        items = self.m.items_of(value)
        count = len(targets)
        stars = [i for i, t in enumerate(targets) if isinstance(t, s.Star)]
        if items is not None and not any(isinstance(i, v.Rest) for i in items):
            if len(items) == count and not stars:
                return items
            if stars and len(items) >= count - 1:
                at = stars[0]
                tail = count - at - 1
                middle = self.m.new_items("list", items[at : len(items) - tail])
                return [*items[:at], middle, *items[len(items) - tail :]]
        unknown = self.m.iteration.element(value)
        return [unknown] * count

    def _augment(self, frame: Frame, step: s.Augment) -> None:
        right = self.m.eval(frame, step.value)
        left = self.m.eval(frame, step.target)
        if left == _SEARCH:
            self.m.imports.add_to_search(right)
            return
        if isinstance(left, v.Items) and step.op == "+":
            self.m.containers.extend(left, right)
            return
        if isinstance(left, v.Mapping_) and step.op == "|":
            self.m.containers.update(left, right)
            return
        if isinstance(left, v.Instance):
            made = self.m.specials.augment(frame, step.op, left, right, step.span)
            if made is not None:
                self.assign(frame, step.target, made)
                return
        self.assign(frame, step.target, self.m.expressions.binary(frame, step.op, left, right, step.span))

    # branches

    def _if(self, frame: Frame, step: s.If) -> None:
        while True:
            test = self.m.expressions.truth(frame, step.test, step.span)
            if not frame.alive:
                return
            if test == v.TRUE:
                self.run(frame, step.body)
                return
            if test != v.FALSE:
                break
            # a long chain of tests that do not hold stays off the stack
            if len(step.orelse) == 1 and isinstance(step.orelse[0], s.If):
                step = step.orelse[0]
                continue
            self.run(frame, step.orelse)
            return
        self.split(frame, step.span, [(test, step.body), (v.negation(test), step.orelse)])

    def split(self, frame: Frame, span: Span, arms: list[tuple[v.Value, Sequence[s.Step]]]) -> None:
        """Run each arm under its test from the same state, and join what goes on."""
        start, mark = frame.way, self.m.store.mark()
        ends: list[tuple[v.Value, Way | None, dict[Cell, v.Value]]] = []
        for test, body in arms:
            frame.way, frame.alive = next_way(start, test, span), True
            self.run(frame, body)
            if frame.alive:
                ends.append((test, frame.way, self.m.store.changes(mark)))
            self.m.store.undo(mark)
        self.resume(frame, start, ends)

    def resume(self, frame: Frame, start: Way | None, ends: list[tuple[v.Value, Way | None, dict[Cell, v.Value]]]) -> None:
        """Go on after arms that ended at the given ways with the given changes; with none, the frame is dead."""
        frame.alive = bool(ends)
        if not ends:
            frame.way = start
            return
        if len(ends) == 1:
            _, frame.way, changes = ends[0]
            self.m.store.apply(changes)
            return
        self.m.store.join([(test, changes) for test, _, changes in ends])
        condition: v.Value = v.FALSE
        for _, way, _ in ends:
            condition = v.either(condition, since(way, start))
        frame.way = next_way(start, condition, None)

    def _assert(self, frame: Frame, step: s.Assert) -> None:
        test = self.m.expressions.truth(frame, step.test, step.span)
        self.throw_unless(frame, test, step.span)

    def throw_unless(self, frame: Frame, test: v.Value, span: Span, error: str = "AssertionError") -> None:
        """The frame goes on only where the test holds."""
        if test != v.TRUE:
            self.throw(frame, v.External(error), span, v.negation(test))

    # exceptions

    def _try(self, frame: Frame, step: s.Try) -> None:
        start, mark, begun, returned = frame.way, self.m.store.mark(), len(frame.raises), len(frame.returns)
        before = len(frame.summary.fetches) + len(frame.summary.links)
        frame.trying += bool(step.handlers)
        protected = self.m.inputs.ready(frame, step.handlers)
        self.m.inputs.protected += protected
        self.run(frame, step.body)
        frame.trying -= bool(step.handlers)
        self.m.inputs.protected -= protected
        body_alive, body_way, body_changes = frame.alive, frame.way, self.m.store.changes(mark)
        self.m.store.undo(mark)
        raised = frame.raises[begun:]
        happened: dict[Cell, v.Value] = dict(body_changes)
        for exit_ in raised:
            happened |= {cell: value for cell, value in exit_.changes.items() if cell not in body_changes}
        ends: list[tuple[v.Value, Way | None, dict[Cell, v.Value]]] = []
        atom = self._error(step, local=before == len(frame.summary.fetches) + len(frame.summary.links))
        if step.handlers:
            for exit_ in frame.returns[returned:]:
                exit_.way = next_way(exit_.way, v.negation(atom), None)  # a body that returned met no error
        if body_alive:
            frame.way, frame.alive = body_way, True
            self.m.store.apply(body_changes)
            begun_else = len(frame.raises)
            self.run(frame, step.orelse)
            escaped = frame.raises[begun_else:]
            if frame.alive:
                ends.append(
                    (
                        v.negation(atom),
                        next_way(frame.way, v.negation(atom), None) if step.handlers else frame.way,
                        self.m.store.changes(mark),
                    )
                )
            self.m.store.undo(mark)
        else:
            escaped = []
        del frame.raises[begun:]
        for handler in step.handlers:
            names = error_names(self.m.eval(frame, handler.types), self.m) if handler.types else None
            caught = [e for e in raised if catches(names, e.value, self.m)]
            raised = [e for e in raised if e not in caught]
            condition: v.Value = atom
            for exit_ in caught:
                condition = v.either(condition, since(exit_.way, start))
            frame.way, frame.alive = next_way(start, condition, handler.span), True
            for (owner, name), value in happened.items():
                old = self.m.store.peek((owner, name)) or (v.NONE if owner == "files" else None)
                self.m.store.set(owner, name, value if old is None else v.choice(self.m.atom("exception", "before the error"), value, old))
            if handler.name:
                self.m.attributes.set_name(frame, handler.name, caught[0].value if caught else v.Unknown("error"))
            self.run(frame, handler.body)
            if frame.alive:
                ends.append((condition, frame.way, self.m.store.changes(mark)))
            self.m.store.undo(mark)
        frame.raises[begun:begun] = [*raised, *escaped]
        self.resume(frame, start, ends)
        if step.final:
            self._at_end(frame, lambda: self.run(frame, step.final))

    def _at_end(self, frame: Frame, work: Callable[[], None]) -> None:
        """What happens whether the frame goes on or not; where it does not, it still does not afterwards."""
        alive, way, before = frame.alive, frame.way, self.m.store.mark()
        frame.alive = True
        work()
        if not alive:
            self.m.store.undo(before)
            frame.alive, frame.way = False, way

    def _error(self, step: s.Try, *, local: bool) -> v.Value:
        """The condition under which the body meets an error: none where nothing can fail.

        What is tried without the network (an import, a program, a file) fails where something local is missing.
        """
        if not step.body:
            return v.FALSE
        return v.negation(self.m.atom("missing", "what is tried", step.span)) if local else self.m.atom("error", "an error", step.span)

    def _with(self, frame: Frame, step: s.With) -> None:
        begun = self.m.mocking.begin()
        function, returned, raised = frame.scope.function, len(frame.returns), len(frame.raises)
        try:
            self._with_items(frame, step)
        finally:
            back = self.m.mocking.end(begun, stays=function is not None and function.generator)
            for exit_ in (*frame.returns[returned:], *frame.raises[raised:]) if back else ():  # on every way out
                exit_.changes = {cell: back.get(cell, held) for cell, held in exit_.changes.items()}

    def _with_items(self, frame: Frame, step: s.With) -> None:
        swallows = False
        managers: list[v.Value] = []
        afterwards: dict[Cell, v.Value] = {}
        for item, target in step.items:
            self.m.calls.last = None
            value = self.m.eval(frame, item)
            if not frame.alive:
                return
            made: Summary | None = self.m.calls.last
            for cell, held in made.between.items() if made is not None else ():
                # the body runs where the context manager's function yields
                afterwards[cell] = self.m.store.peek(cell) or held
                self.m.store.set(cell[0], cell[1], held)
            entered, swallowing = self.m.specials.enter(frame, value, step.span)
            swallows |= swallowing
            if self.m.specials.leaves(value):
                managers.insert(0, value)
            if target is not None:
                self.assign(frame, target, entered)
        if swallows:
            handler = s.Handler(None, None, (), step.span)
            self._try(frame, s.Try(step.body, (handler,), (), (), step.span))
        else:
            self.run(frame, step.body)
        for cell, held in afterwards.items():
            self.m.store.set(cell[0], cell[1], held)
        for manager in managers:
            self._at_end(frame, lambda one=manager: self.m.specials.leave(frame, one, step.span))  # type: ignore[misc]
