"""What does an expression give? Evaluation of expressions to abstract values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from offlint.flow import values as v
from offlint.flow.formatting import percent
from offlint.flow.interning import MAX_WEIGHT, taint, weight
from offlint.flow.local import is_local, shapes
from offlint.flow.machine import Arguments, OutOfBudget
from offlint.flow.operations import fold
from offlint.flow.predicates import as_text, decided, is_none, is_path, melt, plain, settled, symbolic, textual
from offlint.flow.registry import ARGV_ITEM, FAILED, FOUND, OUTPUT
from offlint.flow.specials import ASKED
from offlint.flow.summary import since
from offlint.flow.worlds import digests_in
from offlint.model import step as s

if TYPE_CHECKING:
    from offlint.flow.machine import Frame, Machine
    from offlint.model.span import Span

#: Lists that grow longer than this are not known item by item.
MAX_ITEMS = 20_000

_SUPER = v.External("builtins.super")
_COMPARISONS = frozenset({"==", "!=", "<", "<=", ">", ">=", "in", "not-in", "is", "is-not"})


class Expressions:
    """Evaluates expressions in a frame."""

    def __init__(self, machine: Machine) -> None:
        self.m = machine

    def eval(self, frame: Frame, expr: s.Expr | None) -> v.Value:
        """The expression's value; calls in it are made."""
        machine = self.m
        machine.steps += 1  # ``tick``, in place: nothing is done more often
        if machine.steps - machine.loading > machine.limit:
            raise OutOfBudget
        if type(expr) is s.Name:
            return machine.attributes.name(frame, expr.id)
        if type(expr) is s.Const:
            return v.Const(expr.value)
        if type(expr) is s.Attr:
            return machine.attributes.get(frame, self.eval(frame, expr.object), expr.name)
        if type(expr) is s.Call:
            return self._call(frame, expr)
        match expr:
            case s.Template():
                return self.join([self._as_text(frame, self.eval(frame, part)) for part in expr.parts])
            case s.Binary():
                left = self.eval(frame, expr.left)
                return self.binary(frame, expr.op, left, self.eval(frame, expr.right), expr.span)
            case s.Bool():
                return self._bool(frame, expr)
            case s.Not():
                value = self.eval(frame, expr.item)
                return v.negation(value if isinstance(value, v.Unknown | v.Remote) else self.decide(value, None))
            case s.IfExp():
                return self._if(frame, expr)
            case s.Seq():
                return self.m.displays.sequence(frame, expr)
            case s.Table():
                return self.m.displays.table(frame, expr)
            case s.Index():
                target = self.eval(frame, expr.object)
                if isinstance(expr.key, s.Slice):
                    return self.m.displays.part(frame, target, expr.key)
                return self.m.entries.item(frame, target, self.eval(frame, expr.key), expr.span)
            case s.Lambda():
                return v.FunctionRef(expr.function, frame.scope)
            case s.Comp():
                return self.m.iteration.comprehension(frame, expr)
            case s.Bind():
                value = self.eval(frame, expr.value)
                self.m.attributes.set_name(frame, expr.target.id, value)
                return value
            case s.Yield():
                value = self.eval(frame, expr.value) if expr.value else v.NONE
                frame.yielded = v.either(frame.yielded, since(frame.way, None))
                if frame.at_yield is None:
                    frame.at_yield = self.m.store.changes(frame.mark)
                if expr.delegates:
                    value = self.m.specials.opened(frame, value)
                    frame.yields.extend(self.m.items_of(value) or [v.Rest(value)])
                else:
                    frame.yields.append(value)
                return v.Unknown("sent")
            case s.Star():
                return self.eval(frame, expr.value)
            case s.Opaque():
                return v.Unknown(expr.why)
            case _:
                return v.NONE

    def _call(self, frame: Frame, expr: s.Call) -> v.Value:
        if frame.scope.kind == "cmake":
            return self.m.cmake.call(frame, expr)
        if frame.scope.kind == "shell":
            return self.m.shell.call(frame, expr)
        func = self.eval(frame, expr.func)
        if func == _SUPER and not expr.args:
            return self.m.attributes.super_of(frame)
        made = Arguments()
        for arg in expr.args:
            value = self.eval(frame, arg.value)
            if arg.star == "*":
                value = self.m.specials.opened(frame, value)
                items = self.m.items_of(value)
                for item in items if items is not None else [v.Rest(self.m.iteration.element(value))]:
                    if isinstance(item, v.Rest):
                        made.open = True
                    else:
                        made.args.append(item)
            elif arg.star == "**":
                for test, one in v.cases(value):
                    made.open |= not isinstance(one, v.Mapping_) or one.open
                    made.add(self.m.containers.keywords(one, func), test)
            elif arg.name:
                made.kwargs[arg.name] = value
            else:
                made.args.append(value)
        return self.m.call(frame, func, made, expr.span)

    # conditions

    def truth(self, frame: Frame, expr: s.Expr, span: Span) -> v.Value:
        """The condition that a test stands for, with its place; TRUE or FALSE where no switch and nothing unknown decides."""
        value = self.eval(frame, expr)
        asked = self.m.specials.ask(frame, value, ASKED["bool"], (), span) if isinstance(value, v.Instance) else None
        return self.decide(value if asked is None else asked, span)

    def decide(self, value: v.Value, span: Span | None) -> v.Value:
        """A value as a condition."""
        match value:
            case v.Const():
                return v.TRUE if value.value else v.FALSE
            case v.FunctionRef() | v.ClassRef() | v.Instance() | v.ModuleRef() | v.Hasher() | v.FileObject() | v.Partial() | v.Path():
                return v.TRUE
            case v.External() if not value.name.startswith(("sys.", "os.", "platform.")):
                return v.Const(not value.name.endswith(".TYPE_CHECKING"))
            case v.Handle(type=kind) if kind in (FAILED, FOUND):
                return v.TRUE
            case v.Items() | v.Mapping_():
                found = self.m.held(value)
                if isinstance(found, v.Choice) and found.orelse == v.Contents() and getattr(found.test, "kind", "") == "missing":
                    return found.test  # what a pattern finds
                return v.each_case(found, lambda held: self._holds_something(held, is_open=getattr(value, "open", False)))
            case v.Choice():
                return decided(value.test, self.decide(value.then, span), self.decide(value.orelse, span))
            case v.Sym(op, args) if value.span is None:
                return v.Sym(op, args, span)
            case v.Unknown():
                return v.Atom("unknown", value.why, next(self.m.numbers), span)
            case _:
                return value

    def _holds_something(self, held: v.Value, *, is_open: bool) -> v.Value:
        """Whether a list or a table is not empty."""
        if isinstance(held, v.Contents):
            # an entry whose key is not known was made in a pass through a loop that may not have happened
            if _certain(held):
                return v.TRUE
            if held.items or held.pairs:
                return self.m.atom("unknown", "content")
        return self.m.atom("unknown", "content") if is_open else v.FALSE

    def _bool(self, frame: Frame, expr: s.Bool) -> v.Value:
        start = frame.way
        values: list[v.Value] = []
        for position, item in enumerate(expr.items):
            value = self.eval(frame, item)
            values.append(value)
            test = self.decide(value, None)
            if test == (v.FALSE if expr.op == "and" else v.TRUE):
                break
            if position < len(expr.items) - 1:
                # what a later item does happens only where the earlier ones let it
                frame.narrow(test if expr.op == "and" else v.negation(test))
        if frame.alive:
            frame.way = start
        result = values[-1]
        for value in reversed(values[:-1]):
            test = self.decide(value, None)
            if expr.op == "and":
                result = result if test == v.TRUE else _junction("and", value, result)
            else:
                result = result if test == v.FALSE else _junction("or", value, result)
        return result

    def _if(self, frame: Frame, expr: s.IfExp) -> v.Value:
        test = self.truth(frame, expr.test, expr.span) if expr.span else self.eval(frame, expr.test)
        if test in (v.TRUE, v.FALSE):
            return self.eval(frame, expr.then if test == v.TRUE else expr.orelse)
        start = frame.way
        frame.narrow(test, expr.span)
        then = self.eval(frame, expr.then)
        frame.way = start
        frame.narrow(v.negation(test), expr.span)
        orelse = self.eval(frame, expr.orelse)
        frame.way = start
        return v.choice(test, then, orelse)

    # operations

    def binary(self, frame: Frame, op: str, left: v.Value, right: v.Value, span: Span | None) -> v.Value:
        """``left op right``."""
        if isinstance(left, v.Instance) or isinstance(right, v.Instance):
            made = self.m.specials.operate(frame, op, left, right, span)
            if made is not None:
                return made
        if op in _COMPARISONS:
            return self._compare(frame, op, left, right, span)
        if op == "/" and is_path(left, right):
            return self.map(left, lambda one: v.Path(self.join_path([plain(one), plain(right)])))
        if op == "%" and isinstance(left, v.Choice) and all(map(textual, v.leaves(left))):
            return self.map(left, lambda one: percent(self.m, one, right))
        if op == "%" and textual(left):
            return percent(self.m, left, right)
        if op == "+":
            if isinstance(left, v.Choice) and isinstance(right, v.Items):
                return self.map(left, lambda one: self._add_lists(one, right))
            if isinstance(left, v.Items) and isinstance(right, v.Choice):
                return self.map(right, lambda one: self._add_lists(left, one))
            if isinstance(left, v.Items) or isinstance(right, v.Items):
                return self._add_lists(left, right)
            folded = fold("+", (left, right))
            if folded is not None:
                return folded
            if textual(left) or textual(right):
                return self.join([left, right])
        if op == "|" and isinstance(left, v.Mapping_):
            return self.m.new_mapping([*self.m.pairs_of(left), *self.m.pairs_of(right)], is_open=left.open or getattr(right, "open", True))
        folded = fold(op, (left, right))
        if folded is not None:
            return folded
        return self.symbol(op, (left, right), span)

    def symbol(self, op: str, args: tuple[v.Value, ...], span: Span | None) -> v.Value:
        """An operation as a value: folded, symbolic over switches and choices, or unknown with its taint."""
        folded = fold(op, args)
        if folded is not None:
            return folded
        if sum(weight(a) for a in args) < MAX_WEIGHT and all(symbolic(a) for a in args):
            return v.Sym(op, args, span)
        if is_local(args[0]) and shapes(op):
            return args[0]
        touched = frozenset().union(*(self.m.deep_taint(a) for a in args))
        return v.Unknown(op.removeprefix("."), touched)

    def _compare(self, frame: Frame, op: str, left: v.Value, right: v.Value, span: Span | None) -> v.Value:
        folded = fold(op, (left, right))
        if folded is not None:
            return folded
        self.note_comparison(left, right)
        if op in ("in", "not-in"):
            return self.m.entries.contains(frame, left, right, negate=op == "not-in", span=span)
        if op in ("is", "is-not", "==", "!="):
            for one, other in ((left, right), (right, left)):
                nothing = is_none(other, span) if one == v.NONE else None
                if nothing is not None:
                    return nothing if op in ("is", "==") else v.negation(nothing)
        if isinstance(left, v.Items) and isinstance(right, v.Items):
            if op in ("==", "!=") and left.kind == right.kind and v.Contents() in (self.m.held(left), self.m.held(right)):
                filled = self.decide(left if self.m.held(right) == v.Contents() else right, span)
                return filled if op == "!=" else v.negation(filled)
            left, right = self._frozen(left), self._frozen(right)
        known = self._surroundings(frame, op, left, right, span) or self._surroundings(frame, op, right, left, span)
        if known is not None:
            return known
        answer = settled(op, left, right, self.m)
        if answer is not None:
            return answer
        if isinstance(left, v.Unknown) and not left.touched and isinstance(right, v.Const):
            return v.Unknown(left.why)
        if isinstance(right, v.Path) or isinstance(left, v.Path):
            left, right = plain(left), plain(right)
        return v.Sym(op, (left, right), span)

    def _surroundings(self, frame: Frame, op: str, left: v.Value, right: v.Value, span: Span | None) -> v.Value | None:
        """A word of the command line, or a local program's answer, compared with something fixed."""
        if op not in ("==", "!=", "<", "<=", ">", ">="):
            return None
        if isinstance(left, v.Choice) and any(isinstance(one, v.Handle) and one.type in (FAILED, OUTPUT) for one in v.leaves(left)):
            return self.map(left, lambda one: self.binary(frame, op, one, right, span))
        if not isinstance(left, v.Handle):
            return None
        if left.type == FAILED:
            return v.Const(op in ("!=", ">", ">=")) if right == v.Const(0) else self.m.atom("missing", "the status of a program", span)
        if left.type == ARGV_ITEM and op in ("==", "!=") and (word := v.text_of(right)):
            given = self.m.externals.argument_given(word, span)
            if op == "!=" and left.args:
                return self.m.atom("input", "another word of the command line", span)  # of all words some are always others
            return given if op == "==" else v.negation(given)
        if left.type == OUTPUT and not self.m.deep_taint(right):
            # the right answer is the local copy that is there; the wrong one is the missing copy
            there = self.m.atom("missing", "what a local program answers", span)
            return v.negation(there) if op in ("!=", "<", "<=") else there
        return None

    def note_comparison(self, left: v.Value, right: v.Value) -> None:
        """Remember what digests were compared with, for the evidence."""
        for one, other in ((left, right), (right, left)):
            frozen = self._frozen(one) if isinstance(one, v.Items) else one
            self.m.comparisons.extend((digest, other, right) for digest in digests_in(frozen))

    def _frozen(self, value: v.Items) -> v.Value:
        held = self.m.held(value)
        return held if isinstance(held, v.Contents) else v.Unknown("items", self.m.deep_taint(value))

    def _add_lists(self, left: v.Value, right: v.Value) -> v.Value:
        kind = left.kind if isinstance(left, v.Items) else "list"
        parts: list[v.Value] = []
        for side in (left, right):
            items = self.m.items_of(side)
            known = items is not None and len(parts) + len(items) <= MAX_ITEMS
            parts.extend(items if known and items is not None else [v.Rest(self.m.iteration.element(side))])
        return self.m.new_items(kind, parts)

    def join(self, parts: list[v.Value]) -> v.Value:
        """Texts put together; known neighbours melt into one."""
        flat: list[v.Value] = []
        for part in parts:
            for piece in part.parts if isinstance(part, v.Text) else (part,):
                melted = melt(flat[-1], piece) if flat else None
                if melted is not None:
                    flat[-1] = melted
                elif not (isinstance(piece, v.Const) and piece.value in ("", b"")):
                    flat.append(piece)
        if not flat:
            return v.Const("")
        self.m.data_names.update(part.name for part in flat if isinstance(part, v.Env))
        if sum(weight(part) for part in flat) > MAX_WEIGHT:
            return v.Unknown("…", frozenset().union(*(taint(p) for p in flat)))
        if len(flat) > 40:
            return v.Text((*flat[:40], v.Unknown("…", frozenset().union(*(taint(p) for p in flat[40:])))))
        return flat[0] if len(flat) == 1 and textual(flat[0]) else v.Text(tuple(flat))

    def join_path(self, parts: list[v.Value]) -> v.Value:
        """``os.path.join``: parts with ``/`` between them; an absolute known part starts anew (os.path documentation)."""
        result: list[v.Value] = []
        for part in parts:
            text = v.text_of(part)
            if text == "":
                continue
            if text is not None and text.startswith(("/", "⟨")):
                result = []
            if result:
                last = v.text_of(result[-1])
                if last is None or not last.endswith("/"):
                    result.append(v.Const("/"))
            result.append(plain(part))
        return self.join(result)

    def _as_text(self, frame: Frame, value: v.Value) -> v.Value:
        asked = self.m.specials.ask(frame, value, ASKED["str"]) if isinstance(value, v.Instance) else None
        return as_text(value) if asked is None else asked

    def map(self, value: v.Value, function: object) -> v.Value:
        """The function's value for each alternative."""
        if isinstance(value, v.Choice):
            return v.choice(value.test, self.map(value.then, function), self.map(value.orelse, function))
        return function(value)  # type: ignore[operator, no-any-return]


def _certain(held: v.Contents) -> bool:
    """Whether there is surely something in it: an entry whose key is not known was made in a pass through a loop that may not happen."""
    return held.some or any(not isinstance(i, v.Rest) for i in held.items) or any(not isinstance(key, v.Unknown) for key, _ in held.pairs)


def _answers(value: v.Value) -> bool:
    """Whether a choice can only be true or false: all of its leaves are comparisons or answers of a text."""
    match value:
        case v.Choice(_, then, orelse):
            return _answers(then) and _answers(orelse)
        case v.Sym(op):
            return op in _COMPARISONS or op in ("not", "isset", ".startswith", ".endswith")
        case _:
            return value in (v.TRUE, v.FALSE)


def _junction(op: str, left: v.Value, right: v.Value) -> v.Value:
    if isinstance(right, v.Choice) and _answers(left) and _answers(right):
        return v.Sym(op, (left, right))
    if op == "or" and isinstance(left, v.Handle):
        return left  # what stands in for an object that may be empty is empty, too
    if isinstance(left, v.Choice) and op == "or" and isinstance(left.orelse, v.Const) and not left.orelse.value:
        return v.choice(left.test, left.then, right)
    if (
        op == "or"
        and isinstance(left, v.Env | v.Opt | v.Atom | v.Sym | v.Choice | v.Const)
        and not isinstance(right, v.Const | v.Sym | v.Env | v.Opt | v.Atom)
    ):
        return v.choice(left, left, right)  # ``environ.get("X") or make_it()``
    if op == "and" and not isinstance(right, v.Const | v.Sym | v.Env | v.Opt | v.Atom):
        return v.choice(left, right, left)
    return v.Sym(op, (left, right))
