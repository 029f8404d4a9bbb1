"""What does an expression give? Evaluation of expressions to abstract values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from offlint.flow import values as v
from offlint.flow.interning import MAX_WEIGHT, taint, weight
from offlint.flow.local import is_local, shapes
from offlint.flow.machine import Arguments
from offlint.flow.predicates import is_path_choice, melt, never_none, plain, symbolic, textual, version_test
from offlint.flow.registry import ARGV_ITEM, OUTPUT
from offlint.flow.worlds import digests_in, fold
from offlint.model import step as s

if TYPE_CHECKING:
    from offlint.flow.machine import Frame, Machine
    from offlint.model.span import Span

#: Lists that grow longer than this are not known item by item.
MAX_ITEMS = 20_000

_COMPARISONS = frozenset({"==", "!=", "<", "<=", ">", ">=", "in", "not-in", "is", "is-not"})


class Expressions:
    """Evaluates expressions in a frame."""

    def __init__(self, machine: Machine) -> None:
        self.m = machine

    def eval(self, frame: Frame, expr: s.Expr | None) -> v.Value:
        """The expression's value; calls in it are made."""
        self.m.tick()
        match expr:
            case s.Const():
                return v.Const(expr.value)
            case s.Name():
                return self.m.attributes.name(frame, expr.id)
            case s.Attr():
                return self.m.attributes.get(frame, self.eval(frame, expr.object), expr.name)
            case s.Call():
                return self._call(frame, expr)
            case s.Template():
                return self.join([self._as_text(self.eval(frame, part)) for part in expr.parts])
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
                return self._display(frame, expr)
            case s.Table():
                return self._table(frame, expr)
            case s.Index():
                target = self.eval(frame, expr.object)
                if isinstance(expr.key, s.Slice):
                    return self._slice(frame, target, expr.key)
                return self.m.attributes.item(frame, target, self.eval(frame, expr.key), expr.span)
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
                if expr.delegates:
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
        func = self.eval(frame, expr.func)
        if isinstance(func, v.External) and func.name == "builtins.super" and not expr.args:
            return self.m.attributes.super_of(frame)
        made = Arguments()
        for arg in expr.args:
            value = self.eval(frame, arg.value)
            if arg.star == "*":
                items = self.m.items_of(value)
                for item in items if items is not None else [v.Rest(self.m.iteration.element(value))]:
                    if isinstance(item, v.Rest):
                        made.open = True
                    else:
                        made.args.append(item)
            elif arg.star == "**":
                made.open |= not isinstance(value, v.Mapping_) or value.open
                made.kwargs |= {str(k.value): item for k, item in self.m.pairs_of(value) if isinstance(k, v.Const)}
            elif arg.name:
                made.kwargs[arg.name] = value
            else:
                made.args.append(value)
        return self.m.call(frame, func, made, expr.span)

    # conditions

    def truth(self, frame: Frame, expr: s.Expr, span: Span) -> v.Value:
        """The condition that a test stands for, with its place; TRUE or FALSE where no switch and nothing unknown decides."""
        value = self.eval(frame, expr)
        return self.decide(value, span)

    def decide(self, value: v.Value, span: Span | None) -> v.Value:
        """A value as a condition."""
        match value:
            case v.Const():
                return v.TRUE if value.value else v.FALSE
            case v.FunctionRef() | v.ClassRef() | v.Instance() | v.ModuleRef() | v.Hasher() | v.FileObject() | v.Partial() | v.Path():
                return v.TRUE
            case v.External() if not value.name.startswith(("sys.", "os.", "platform.")):
                return v.TRUE
            case v.Items() | v.Mapping_():
                result: v.Value | None = None
                for test, held in reversed(list(v.cases(self.m.held(value)))):
                    size = len(held.items) + len(held.pairs) if isinstance(held, v.Contents) else 0
                    sure = any(not isinstance(i, v.Rest) for i in held.items) or held.pairs if isinstance(held, v.Contents) else False
                    one: v.Value = (
                        v.TRUE
                        if sure
                        else (v.FALSE if not size and not getattr(value, "open", False) else self.m.atom("unknown", "content"))
                    )
                    result = one if result is None else v.choice(test, one, result)
                return result or v.FALSE
            case v.Choice():
                return v.choice(value.test, self.decide(value.then, span), self.decide(value.orelse, span))
            case v.Sym(op, args) if value.span is None:
                return v.Sym(op, args, span)
            case v.Unknown():
                return v.Atom("unknown", value.why, next(self.m.numbers), span)
            case _:
                return value

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
        if op in _COMPARISONS:
            return self._compare(frame, op, left, right, span)
        if op == "/" and (isinstance(left, v.Path) or isinstance(right, v.Path) or is_path_choice(left)):
            return self._map(left, lambda one: v.Path(self.join_path([plain(one), plain(right)])))
        if op == "%" and textual(left):
            return self.m.methods.percent(left, right)
        if op == "+":
            if isinstance(left, v.Choice) and isinstance(right, v.Items):
                return self._map(left, lambda one: self._add_lists(one, right))
            if isinstance(left, v.Items) and isinstance(right, v.Choice):
                return self._map(right, lambda one: self._add_lists(left, one))
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
            return self.m.attributes.contains(frame, left, right, negate=op == "not-in", span=span)
        if op in ("is", "is-not", "==", "!="):
            for one, other in ((left, right), (right, left)):
                if isinstance(one, v.Const) and one.value is None and isinstance(other, v.Atom) and other.kind == "missing":
                    return v.negation(other) if op in ("is", "==") else other
                if isinstance(one, v.Const) and one.value is None and never_none(other):
                    return v.FALSE if op in ("is", "==") else v.TRUE
        if isinstance(left, v.Items) and isinstance(right, v.Items):
            left, right = self._frozen(left), self._frozen(right)
        known = self._surroundings(op, left, right, span) or self._surroundings(op, right, left, span)
        if known is not None:
            return known
        version = version_test(op, left, right, self.m)
        if version is not None:
            return version
        if isinstance(left, v.Unknown) and not left.touched and isinstance(right, v.Const):
            return v.Unknown(left.why)
        if isinstance(right, v.Path) or isinstance(left, v.Path):
            left, right = plain(left), plain(right)
        return v.Sym(op, (left, right), span)

    def _surroundings(self, op: str, left: v.Value, right: v.Value, span: Span | None) -> v.Value | None:
        """A word of the command line, or a local program's answer, compared with something fixed."""
        if not isinstance(left, v.Handle) or op not in ("==", "!=", "<", "<=", ">", ">="):
            return None
        if left.type == ARGV_ITEM and op in ("==", "!=") and (word := v.text_of(right)):
            given = self.m.externals.argument_given(word, span)
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
            if text is not None and text.startswith(("/", "⟨root⟩")):
                result = []
            if result:
                last = v.text_of(result[-1])
                if last is None or not last.endswith("/"):
                    result.append(v.Const("/"))
            result.append(plain(part))
        return self.join(result)

    def _as_text(self, value: v.Value) -> v.Value:
        match value:
            case v.Const(held) if not isinstance(held, str):
                return v.Const(str(held))
            case v.Path():
                return value.text
            case _:
                return value

    def _map(self, value: v.Value, function: object) -> v.Value:
        if isinstance(value, v.Choice):
            return v.choice(value.test, self._map(value.then, function), self._map(value.orelse, function))
        return function(value)  # type: ignore[operator, no-any-return]

    # displays and iteration

    def _display(self, frame: Frame, expr: s.Seq) -> v.Value:
        """``[a, *b]``; where ``b`` is one of two lists, one of two displays."""
        parts: list[list[v.Value] | v.Choice] = []
        for item in expr.items:
            value = self.eval(frame, item)
            if not isinstance(item, s.Star):
                parts.append([value])
            elif isinstance(value, v.Choice) and all(isinstance(one, v.Items) for _, one in v.cases(value)):
                parts.append(value)
            else:
                items = self.m.items_of(value)
                parts.append(items if items is not None else [v.Rest(self.m.iteration.element(value))])
        chosen = next((part for part in parts if isinstance(part, v.Choice)), None)

        def put(one: v.Value) -> v.Value:
            found: list[v.Value] = []
            for part in parts:
                found += part if isinstance(part, list) else (self.m.items_of(one if part is chosen else part.then) or [])
            return self.m.new_items(expr.kind, found)

        return put(v.NONE) if chosen is None else self._map(chosen, put)

    def _spread(self, frame: Frame, exprs: tuple[s.Expr, ...]) -> list[v.Value]:
        values: list[v.Value] = []
        for expr in exprs:
            value = self.eval(frame, expr)
            if isinstance(expr, s.Star):
                items = self.m.items_of(value)
                values.extend(items if items is not None else [v.Rest(self.m.iteration.element(value))])
            else:
                values.append(value)
        return values

    def _table(self, frame: Frame, expr: s.Table) -> v.Value:
        pairs: list[tuple[v.Value, v.Value]] = []
        is_open = False
        for key, value in expr.items:
            held = self.eval(frame, value)
            if key is None:
                pairs.extend(self.m.pairs_of(held))
                is_open |= not isinstance(held, v.Mapping_) or held.open
            else:
                pairs.append((self.eval(frame, key), held))
        return self.m.new_mapping(pairs, is_open=is_open)

    def _slice(self, frame: Frame, target: v.Value, key: s.Slice) -> v.Value:
        bounds = [self.eval(frame, part) if part else v.NONE for part in (key.lower, key.upper)]
        items = self.m.items_of(target)
        if items is not None and all(isinstance(b, v.Const) and isinstance(b.value, int | None) for b in bounds) and not key.step:
            low, high = (b.value if isinstance(b, v.Const) and isinstance(b.value, int) else None for b in bounds)
            return self.m.new_items(getattr(target, "kind", "list"), items[low:high])
        if key.step is None:
            return self.symbol("slice", (target, *bounds), None)
        return v.Unknown("slice", self.m.deep_taint(target))


def _junction(op: str, left: v.Value, right: v.Value) -> v.Value:
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
