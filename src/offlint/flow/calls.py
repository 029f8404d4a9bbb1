"""What does a call of project code do? Functions, methods, classes and decorators; each evaluated once for the same arguments."""

from __future__ import annotations

from typing import TYPE_CHECKING

from offlint.flow import values as v
from offlint.flow.decorators import decorated
from offlint.flow.machine import MAX_DEPTH, Arguments, Exit, Frame, OutOfBudget
from offlint.flow.recent import Recent, stands
from offlint.flow.registry import COMMAND_LINE
from offlint.flow.specials import note_definition
from offlint.flow.summary import Held, Link, Summary, since
from offlint.flow.summary import step as next_way
from offlint.flow.texts import template
from offlint.lower.names import is_made, makes_functions
from offlint.model import step as s
from offlint.model.span import Span

if TYPE_CHECKING:
    from collections.abc import Mapping

    from offlint.flow.machine import Machine
    from offlint.flow.store import Cell

_PLAIN_DECORATORS = frozenset({"property", "staticmethod", "classmethod", "cached_property"})
#: A function is told apart by what it is called with this often.
MAX_CONTEXTS = 300
#: A function that calls itself is followed so far with the arguments that it is given, then once with any.
MAX_RECURSION = 5
#: A call of a build that changes more than this, as one that imports a library does, costs all that it is within as much as many steps.
MANY_CHANGES = 500
_COUNTED = (v.Const, v.Text, v.Path, v.Sym, v.Choice, v.Items, v.Mapping_)


class Calls:
    """Makes calls."""

    def __init__(self, machine: Machine) -> None:
        self.m = machine
        self._memo = Recent()
        self._contexts: dict[s.Function, int] = {}
        self._closing: dict[s.Function, bool] = {}
        self._asking: set[s.Function] = set()  # for the words of the command line
        self.last: Summary | None = None
        self._active: dict[tuple[object, ...], int] = {}
        self._depth_said: set[tuple[str, bool]] = set()

    # definitions

    def define(self, frame: Frame, function: s.Function) -> None:
        """``def``: bind the function, through its decorators."""
        scope = frame.scope
        owner = scope.owner if scope.kind == "class" else None
        outer = scope.parent if scope.kind == "class" and scope.parent else scope
        value: v.Value = v.FunctionRef(function, outer, None, owner)
        note_definition(self.m, frame, function)
        for param in function.params:
            if param.default is not None and is_made(param.default) and self.m.requests.matters(function, scope.file):
                self.m.store.set(function, f"{param.name}=", self.m.eval(frame, param.default))
        if function.decorators:
            self.m.pytest.unmark(function)
        for decorator in reversed(self.m.pytest.decorators(function, scope.file)):
            wrapped = self.m.eval(frame, decorator)
            self.m.pytest.add_mark(value, wrapped)
            name = wrapped.name if isinstance(wrapped, v.External) else ""
            if name.rsplit(".", 1)[-1] in _PLAIN_DECORATORS:
                self.m.store.set(function, name.rsplit(".", 1)[-1].replace("cached_", ""), v.TRUE)
            else:
                value = decorated(self.m, frame, wrapped, value, function.span)
        self.m.attributes.set_name(frame, function.name, value)

    # calls

    def call(self, frame: Frame, func: v.Value, args: Arguments, span: Span) -> v.Value:
        """Call a value; each alternative of a choice under its test."""
        self.m.tick()
        if not frame.alive:
            return v.Unknown("not reached")
        match func:
            case v.FunctionRef():
                name = self.m.own.name_of(frame, func)
                return self.function(frame, func, args, span) if name is None else self.m.own.call(frame, name, func, args, span)
            case v.ClassRef():
                return self.m.classes.instantiate(frame, func, args, span)
            case v.External():
                return self.m.externals.call(frame, func.name, args, span)
            case v.Method():
                return self.m.methods.call(frame, func.subject, func.name, args, span)
            case v.Handle():
                return self.m.methods.call(frame, func, "__call__", args, span)
            case v.Partial():
                merged = Arguments([*func.args, *args.args], {**dict(func.kwargs), **args.kwargs}, args.open)
                return self.call(frame, func.func, merged, span)
            case v.Choice():
                return self._choice(frame, func, args, span)
            case v.Instance():
                method = self.m.attributes.lookup(func, "__call__")
                if method is not None:
                    return self.call(frame, method, args, span)
                if self.m.methods.is_known(v.Method(func, "__call__")):
                    return self.m.methods.call(frame, func, "__call__", args, span)
                return self.m.externals.unknown(frame, "object", args, span)
            case v.Unknown() if len(args.args) == 1 and not args.kwargs and isinstance(args.args[0], v.FunctionRef):
                return args.args[0]  # ``dispatch("name")(function)``: what wraps a function does not run it
            case _:
                return self.m.externals.unknown(frame, template(func).strip("{}"), args, span, func)

    def _choice(self, frame: Frame, func: v.Choice, args: Arguments, span: Span) -> v.Value:
        start, mark = frame.way, self.m.store.mark()
        ends = []
        results: list[tuple[v.Value, v.Value]] = []
        for test, one in v.cases(func):
            frame.way, frame.alive = next_way(start, test, span), True
            result = self.call(frame, one, args, span)
            if frame.alive:
                ends.append((test, frame.way, self.m.store.changes(mark)))
                results.append((test, result))
            self.m.store.undo(mark)
        self.m.statements.resume(frame, start, ends)
        if not results:
            return v.Unknown("no return")
        value = results[-1][1]
        for test, result in reversed(results[:-1]):
            value = v.choice(test, result, value)
        return value

    def _key(self, value: v.Value, depth: int = 0) -> object:
        """A value as part of a memo key: lists and dictionaries by content."""
        if isinstance(value, v.Items) and depth < 4:
            held = self.m.held(value)
            if isinstance(held, v.Contents):
                return (value.kind, tuple(self._key(i, depth + 1) for i in held.items))
        if isinstance(value, v.Mapping_) and depth < 4:
            held = self.m.held(value)
            if isinstance(held, v.Contents):
                factory = self.m.store.peek((value, "missing"))
                return ("dict", value.open, factory, tuple((self._key(k, depth + 1), self._key(i, depth + 1)) for k, i in held.pairs))
        return value

    def key(self, args: Arguments) -> tuple[object, ...]:
        """Arguments as part of a memo key."""
        return args.open, tuple(map(self._key, args.args)), tuple([(name, self._key(value)) for name, value in args.kwargs.items()])

    def begin(self) -> None:
        """Begin a test: how many ways a function was called in before is nothing to it."""
        self._contexts.clear()

    def function(self, frame: Frame, ref: v.FunctionRef, args: Arguments, span: Span) -> v.Value:
        """Evaluate the function's body for these arguments, or go by what it did with them before."""
        function = ref.function
        if frame.depth >= MAX_DEPTH:
            said_of = (function.name, self.m.requests.asked)
            if said_of not in self._depth_said and self.m.requests.decides(ref, frame):
                self._depth_said.add(said_of)
                self.m.leave(span, f"calls nested deeper than {MAX_DEPTH} at {function.name}")
            return self.m.own.by_page(frame, ref, args, span) or v.Unknown("too deep")
        if self.m.requests.passes_over(ref, frame) or (self.m.relevance is not None and not self._worth_it(frame, ref, args)):
            self.m.requests.left_out(ref)
            return self.m.own.by_page(frame, ref, args, span) or self.m.externals.unknown(frame, f"builtins.{function.name}", args, span)
        if self.m.testing and self.m.mocking.mistaken(frame, ref, args):
            return v.Unknown("a TypeError")
        if self._contexts.get(function, 0) >= MAX_CONTEXTS:
            args = Arguments(open=True)  # called in ever other ways: any more are one call with unknown arguments
        if self.m.requests.begins(frame, ref.scope.file):
            return self.m.requests.apart(frame, span, function.name, lambda: self.function(frame, ref, args, span))
        key: tuple[object, ...] = (function, ref.scope, ref.bound, self.m.argv if function in self._asking else None, *self.key(args))
        try:
            known = self._memo.of(key)
        except TypeError:
            known = []
            key = (id(span), function)
        for summary in known:
            if stands(summary, len(known), self.m.store) and self.m.requests.holds(summary):
                return self._replay(frame, summary, function, span)
        whole = (function, ref.scope)
        nested = self._active.get(whole, 0) if ref.scope.kind != "cmake" else 0
        if self._active.get(key, 0) >= 2 or nested > MAX_RECURSION:
            return v.Unknown("recursion")
        if nested == MAX_RECURSION and args is not (wide := self._widened(args)):
            return self.function(frame, ref, wide, span)
        self._active[key] = self._active.get(key, 0) + 1
        self._contexts[function] = self._contexts.get(function, 0) + 1
        self._active[whole] = self._active.get(whole, 0) + 1
        said = len(self.m.spent)
        summary, limit, recording = Summary(), self.m.limit, len(self.m.store.reads)
        if self.m.call_limit and frame.top_level:
            self.m.limit = min(limit, self.m.spent_steps + self.m.call_limit)
        try:
            self._run(frame, ref, args, summary)
            self.m.requests.remember(summary, said)
        except OutOfBudget:
            # what was found until here counts
            if summary.interesting:
                frame.summary.interesting = True
                frame.summary.links.append(Link(frame.way, span, f"calls {function.name}", summary))
            if self.m.limit == limit or self.m.spent_steps > limit:
                frame.narrow(summary.done, span)
                raise
            del self.m.store.reads[recording:]
            self.m.leave(Span(frame.scope.file.split("#")[0]), "some of its calls do too much to be followed to their end", budget=True)
            return (None if summary.interesting else self.m.own.by_page(frame, ref, args, span)) or v.Unknown(function.name)
        finally:
            for one in (key, whole):
                self._active[one] -= 1
                if not self._active[one]:
                    del self._active[one]
            self.m.limit = limit
        known.append(summary)
        if self.m.argv is not None and COMMAND_LINE in summary.reads.cells:
            self._asking.add(function)
        return self._land(frame, summary, function, span)

    def _widened(self, args: Arguments) -> Arguments:
        """The arguments of any further call of a function that calls itself: what can be counted or put together is not known."""
        if not any(isinstance(one, _COUNTED) for one in args.everything()):
            return args
        named = {name: self._wide(one) for name, one in args.kwargs.items()}
        return Arguments([self._wide(one) for one in args.args], named, args.open, args.subject)

    def _wide(self, value: v.Value) -> v.Value:
        return v.Unknown("any depth", self.m.deep_taint(value)) if isinstance(value, _COUNTED) else value

    def _worth_it(self, frame: Frame, ref: v.FunctionRef, args: Arguments) -> bool:
        """Whether evaluating the function can matter: by what it says, or as it is given fetched data, or something to call that does."""
        relevance = self.m.relevance
        if relevance is None or relevance.worth_it(ref.function, ref.scope.file, frame.scope.function):
            return True
        if self.m.testing and self.m.store.names("fetched") and any(self.m.deep_taint(value) for value in args.everything()):
            return True
        for value in args.everything() if self.m.testing else ():
            for one in v.leaves(value):
                if isinstance(one, v.Instance):
                    one = self.m.attributes.lookup(one, "__call__") or v.NONE  # noqa: PLW2901
                if isinstance(one, v.FunctionRef) and relevance.matters(one.function, one.scope.file):
                    return True
        return False

    def _run(self, frame: Frame, ref: v.FunctionRef, args: Arguments, summary: Summary) -> None:
        function = ref.function
        shared = "*" in function.globals  # a macro or an included file: the caller's own names
        kind = "cmake" if ref.scope.kind == "cmake" else "call"
        scope = ref.scope if shared else v.Scope(ref.scope.file, ref.scope, kind, function, ref.owner)
        mark = self.m.store.mark()
        inner = Frame(scope, summary, mark, depth=frame.depth + 1, self_value=ref.bound)
        inner.limited = self.m.pytest.is_test(function)
        self.m.store.reads.append({})
        if shared:
            inner.bindings = args.kwargs
        else:
            self._bind(inner, ref, args)
        put = self.m.mocking.around(inner, function) if self.m.testing and function.decorators else None
        try:
            self.m.statements.run(inner, function.body)
        except OutOfBudget:
            summary.done = since(inner.way, None)  # so far it came
            raise
        finally:
            if put is not None:
                self.m.mocking.end(inner, put, stays=function.generator)
        # where nothing that it made knows its names, they end with the call
        gone = scope if kind == "call" and not shared and not self._closes(function) else None
        self.finish(inner, summary, generator=function.generator, gone=gone)
        reads = self.m.store.reads.pop()
        before = self.m.store.before(mark)
        own = None if shared else scope
        summary.reads = Held({c: held for c, held in reads.items() if c[0] is not own and not (c in before and before[c] is not held)})
        if gone is not None:
            self.m.store.settle(mark, before, gone)
        self._inherit(summary)

    def _closes(self, function: s.Function) -> bool:
        """Whether the function makes functions or classes, which go on knowing its names."""
        if function not in self._closing:
            self._closing[function] = makes_functions(function.body)
        return self._closing[function]

    def _inherit(self, summary: Summary) -> None:
        """What the callee read, the caller read as well."""
        if self.m.store.reads:
            outer = self.m.store.reads[-1]
            for cell, held in summary.reads.items():
                outer.setdefault(cell, held)

    def _between(self, inner: Frame, changes: Mapping[Cell, v.Value]) -> dict[Cell, v.Value]:
        """The cells that a generator writes anew after its first yield, with what they hold until then."""
        before = self.m.store.before(inner.mark)
        at_yield = inner.at_yield or {}
        found: dict[Cell, v.Value] = {}
        for cell, last in changes.items():
            held = at_yield.get(cell, before.get(cell))
            own = isinstance(cell[0], v.Scope) and cell[0].kind != "module"
            if held is not None and held != last and not own:
                found[cell] = held
        return found

    def finish(self, inner: Frame, summary: Summary, *, generator: bool = False, module: bool = False, gone: v.Scope | None = None) -> None:
        """Join the exits of a body: its value, when it completes and what it wrote (left out of a module, which runs once).

        ``gone`` is the body's scope where its names end with it.
        """
        exits = inner.returns
        if inner.alive:
            # one end needs no join: what it changed is in the store already
            changed = self.m.store.changes(inner.mark) if exits else {}
            exits = [*exits, Exit(inner.way, v.NONE, changed, inner.scope.place)]
        self.m.store.undo(inner.mark) if exits and not (len(exits) == 1 and inner.alive) else None
        done: v.Value = v.FALSE
        tests = [since(e.way, None) for e in exits]
        for test in tests:
            done = v.either(done, test)
        if len(exits) != 1 or not inner.alive:
            self.m.store.join([(t, e.changes) for t, e in zip(tests, exits, strict=True)], gone)
        value: v.Value = exits[-1].value if exits else v.Unknown("no return")
        for test, exit_ in zip(reversed(tests[:-1]), reversed(exits[:-1]), strict=True):
            value = v.choice(test, exit_.value, value)
        summary.value = self.m.new_items("list", inner.yields) if generator else value
        # what modules bound that the body was the first to import stands for good, and is not bound again where the body is gone by
        bound, changes = self.m.imports.bound, {} if module else self.m.store.changes(inner.mark, gone)
        if len(changes) > MANY_CHANGES and self.m.relevance is None:
            self.m.tick(len(changes) // 4)
        summary.writes = Held({cell: held for cell, held in changes.items() if bound.get(cell) is not held})
        if generator:
            done = v.TRUE if not inner.raises else done
            summary.between = self._between(inner, changes)
        summary.done, summary.yielded = done, inner.yielded
        groups: dict[object, Exit] = {}
        for exit_ in inner.raises:
            key = exit_.value.cls if isinstance(exit_.value, v.Instance) else exit_.value
            kept = groups.get(key)
            if kept is None:
                groups[key] = Exit(exit_.way, exit_.value, {}, exit_.span)
            else:
                test = v.either(since(kept.way, None), since(exit_.way, None))
                groups[key] = Exit(next_way(None, test, exit_.span), exit_.value, {}, kept.span)
        summary.raises = list(groups.values())[:12]
        if len(summary.raises) == 1 and exits and done not in (v.TRUE, v.FALSE):
            # a body ends or raises: said as the opposite of its end, what a caller does with the one excludes the other
            only = summary.raises[0]
            summary.raises = [Exit(next_way(None, v.negation(done), only.span), only.value, {}, only.span)]

    def _replay(self, frame: Frame, summary: Summary, function: s.Function, span: Span) -> v.Value:
        self._inherit(summary)
        self.m.store.replay(summary.writes)
        return self._land(frame, summary, function, span)

    def _land(self, frame: Frame, summary: Summary, function: s.Function, span: Span) -> v.Value:
        """Go on in the caller after a call whose effects are in the store."""
        self.last = summary
        if summary.interesting:
            frame.summary.interesting = True
            frame.summary.links.append(Link(frame.way, span, f"calls {function.name}", summary))
        frame.raises.extend(self.escaped(frame, summary, span))
        self.m.goes_on(frame, summary.done, span)
        return summary.value

    def escaped(self, frame: Frame, summary: Summary, span: Span) -> list[Exit]:
        """The callee's exceptions, as they leave the call in the caller."""
        changes = self.m.store.changes(frame.mark) if summary.raises and frame.trying else {}  # only a handler asks for them
        return [Exit(next_way(frame.way, since(e.way, None), span), e.value, changes, e.span) for e in summary.raises]

    def _bind(self, inner: Frame, ref: v.FunctionRef, args: Arguments) -> None:
        function = ref.function
        given = list(args.args)
        if ref.bound is not None:
            given.insert(0, ref.bound)
        named = dict(args.kwargs)
        for param in function.params:
            value: v.Value
            if param.kind == "*":
                rest: list[v.Value] = [*given, v.Rest(v.Unknown(param.name))] if args.open else given
                value, given = self.m.new_items("tuple", rest), []
            elif param.kind == "**":
                value = self.m.new_mapping([(v.Const(k), item) for k, item in named.items()], is_open=args.open)
            elif given and param.kind != "kw":
                value = given.pop(0)
            elif param.name in named and param.kind != "/":
                value = named.pop(param.name)
            elif param.default is not None:
                value = self.default(inner, ref, param.name, param.default)
                if args.open:
                    value = v.choice(self.m.atom("unknown", param.name), v.Unknown(param.name), value)
            else:
                value = v.Unknown(param.name)
            self.m.store.set(inner.scope, param.name, value)

    def default(self, inner: Frame, ref: v.FunctionRef, name: str, default: s.Expr) -> v.Value:
        """The value of a parameter that is not given; of a method, its class's names can stand there."""
        if type(default) is s.Const:  # the most, which need no frame
            self.m.tick()
            return v.Const(default.value)
        made = self.m.store.get(ref.function, f"{name}=") if is_made(default) else None
        if made is not None:
            return made
        scope = ref.scope if ref.owner is None else v.Scope(ref.scope.file, ref.scope, "class", None, ref.owner)
        return self.m.eval(Frame(scope, Summary(), self.m.store.mark(), depth=inner.depth), default)
