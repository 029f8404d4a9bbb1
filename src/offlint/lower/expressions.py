"""What does an expression mean? Python's expressions in the small form of model/step.py."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, ClassVar

from offlint.model import step as s

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from offlint.lower.nodes import Nodes
    from offlint.model.span import Span

_OPERATORS: dict[type[ast.AST], str] = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.FloorDiv: "//", ast.Mod: "%", ast.Pow: "**",
    ast.BitOr: "|", ast.BitAnd: "&", ast.BitXor: "^", ast.LShift: "<<", ast.RShift: ">>", ast.MatMult: "@",
    ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=",
    ast.In: "in", ast.NotIn: "not-in", ast.Is: "is", ast.IsNot: "is-not",
}  # fmt: skip
_KINDS: dict[type[ast.AST], str] = {
    ast.List: "list", ast.Tuple: "tuple", ast.Set: "set", ast.ListComp: "list", ast.SetComp: "set", ast.GeneratorExp: "generator",
}  # fmt: skip


def operator(node: ast.operator | ast.cmpop) -> str:
    """The text of an operator."""
    return _OPERATORS[type(node)]


#: Of these, numbers that are equal are not the same (0.0 and -0.0).
_INEXACT = frozenset({float, complex})


class Expressions:
    """Lowers expressions; ``function`` lowers a lambda's parameters and body."""

    def __init__(self, nodes: Nodes, function: Callable[[ast.Lambda, s.Expr], s.Function]) -> None:
        self._nodes = nodes
        self._function = function
        # what says nothing of its place: one stands for all that are equal
        self._names: dict[str, s.Name] = {}
        self._attributes: dict[tuple[str, str], s.Attr] = {}
        self._constants: dict[tuple[type, object], s.Const] = {}
        self._texts = 0  # the f-strings around what is being lowered

    def span(self, node: ast.expr) -> Span:
        """The place of an expression that is being lowered."""
        return self._nodes.span(node, inside=self._texts > 0)

    def lower(self, node: ast.expr) -> s.Expr:
        """One expression; never fails on a valid tree."""
        make = self._MAKERS.get(type(node))
        return make(self, node) if make is not None else s.Opaque(type(node).__name__)

    def _name(self, node: ast.Name) -> s.Expr:
        name = self._names.get(node.id)
        if name is None:
            name = self._names[node.id] = s.Name(node.id)
        return name

    def _attribute(self, node: ast.Attribute) -> s.Expr:
        owner = self.lower(node.value)
        if type(owner) is not s.Name:
            return s.Attr(owner, node.attr)
        key = owner.id, node.attr
        known = self._attributes.get(key)
        if known is None:
            known = self._attributes[key] = s.Attr(owner, node.attr)
        return known

    def _constant(self, node: ast.Constant) -> s.Expr:
        value = None if node.value is ... else node.value
        if type(value) in _INEXACT:
            return s.Const(value)
        key = type(value), value
        known = self._constants.get(key)
        if known is None:
            known = self._constants[key] = s.Const(value)
        return known

    def _call(self, node: ast.Call) -> s.Expr:
        func = self.lower(node.func)
        given: list[ast.expr | ast.keyword] = [*node.args, *node.keywords]
        if node.keywords and any(isinstance(arg, ast.Starred) for arg in node.args):
            given.sort(key=lambda arg: (arg.lineno, arg.col_offset))
        return s.Call(func, tuple(map(self._arg, given)), self.span(node))

    def _arg(self, arg: ast.expr | ast.keyword) -> s.Arg:
        if isinstance(arg, ast.keyword):
            return s.Arg(self.lower(arg.value), arg.arg, "" if arg.arg else "**")
        return s.Arg(self.lower(arg.value), None, "*") if isinstance(arg, ast.Starred) else s.Arg(self.lower(arg))

    def _text(self, node: ast.JoinedStr) -> s.Expr:
        self._texts += 1
        parts = tuple(self.lower(part.value if isinstance(part, ast.FormattedValue) else part) for part in node.values)
        self._texts -= 1
        return template(parts)

    def _binary(self, node: ast.BinOp) -> s.Expr:
        # a + b + c + … leans left; walking it in a loop keeps thousands of terms off the stack
        spine: list[ast.BinOp] = []
        first: ast.expr = node
        while isinstance(first, ast.BinOp):
            spine.append(first)
            first = first.left
        result = self.lower(first)
        for operation in reversed(spine):
            result = s.Binary(operator(operation.op), result, self.lower(operation.right))
        return result

    def _bool(self, node: ast.BoolOp) -> s.Expr:
        values = list(node.values)
        while isinstance(values[0], ast.BoolOp) and type(values[0].op) is type(node.op):
            values[:1] = values[0].values  # (a and b) and c
        return s.Bool("and" if isinstance(node.op, ast.And) else "or", tuple(map(self.lower, values)))

    def _unary(self, node: ast.UnaryOp) -> s.Expr:
        inner = self.lower(node.operand)
        if isinstance(node.op, ast.Not):
            return s.Not(inner)
        if isinstance(node.op, ast.USub) and isinstance(inner, s.Const) and isinstance(inner.value, int | float):
            return s.Const(-inner.value)
        return s.Opaque("unary operator")

    def _compare(self, node: ast.Compare) -> s.Expr:
        span = self.span(node)
        left = self.lower(node.left)
        tests: list[s.Expr] = []
        for op, comparator in zip(node.ops, node.comparators, strict=True):
            right = self.lower(comparator)
            tests.append(s.Binary(operator(op), left, right, span))
            left = right
        return tests[0] if len(tests) == 1 else s.Bool("and", tuple(tests))

    def _if(self, node: ast.IfExp) -> s.Expr:
        return s.IfExp(self.lower(node.test), self.lower(node.body), self.lower(node.orelse), self.span(node.test))

    def _sequence(self, node: ast.Tuple | ast.List | ast.Set) -> s.Expr:
        places: tuple[Span, ...] = ()
        if isinstance(node, ast.List):
            places = tuple(self.span(item.value if isinstance(item, ast.Starred) else item) for item in node.elts)
        return s.Seq(_KINDS[type(node)], tuple(map(self.lower, node.elts)), places)

    def _starred(self, node: ast.Starred) -> s.Expr:
        return s.Star(self.lower(node.value))

    def _dict(self, node: ast.Dict) -> s.Expr:
        pairs = list(zip(node.keys, node.values, strict=True))
        places = tuple(self.span(key or value) for key, value in pairs)
        return s.Table(tuple((self.lower(key) if key else None, self.lower(value)) for key, value in pairs), places)

    def _subscript(self, node: ast.Subscript) -> s.Expr:
        return s.Index(self.lower(node.value), self.lower(node.slice), self.span(node))

    def _slice(self, node: ast.Slice) -> s.Expr:
        lower, upper, stride = (self.lower(part) if part else None for part in (node.lower, node.upper, node.step))
        return s.Slice(lower, upper, stride)  # a slice stands only inside Index

    def _lambda(self, node: ast.Lambda) -> s.Expr:
        return s.Lambda(self._function(node, self.lower(node.body)))

    def _comprehension(self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp) -> s.Expr:
        return s.Comp(_KINDS[type(node)], self.lower(node.elt), self._clauses(node.generators))

    def _dict_comprehension(self, node: ast.DictComp) -> s.Expr:
        return s.Comp("dict", self.lower(node.value), self._clauses(node.generators), self.lower(node.key))

    def _clauses(self, generators: Iterable[ast.comprehension]) -> tuple[s.Clause, ...]:
        return tuple(s.Clause(self.lower(one.target), self.lower(one.iter), tuple(map(self.lower, one.ifs))) for one in generators)

    def _named(self, node: ast.NamedExpr) -> s.Expr:
        return s.Bind(s.Name(node.target.id), self.lower(node.value))

    def _await(self, node: ast.Await) -> s.Expr:
        return self.lower(node.value)

    def _yield(self, node: ast.Yield) -> s.Expr:
        return s.Yield(self.lower(node.value) if node.value else None)

    def _yield_from(self, node: ast.YieldFrom) -> s.Expr:
        return s.Yield(self.lower(node.value), delegates=True)

    _MAKERS: ClassVar[dict[type[ast.expr], Callable[..., s.Expr]]] = {
        ast.Name: _name, ast.Attribute: _attribute, ast.Constant: _constant, ast.Call: _call, ast.JoinedStr: _text, ast.BinOp: _binary,
        ast.BoolOp: _bool, ast.UnaryOp: _unary, ast.Compare: _compare, ast.IfExp: _if, ast.Tuple: _sequence, ast.List: _sequence,
        ast.Set: _sequence, ast.Starred: _starred, ast.Dict: _dict, ast.Subscript: _subscript, ast.Slice: _slice, ast.Lambda: _lambda,
        ast.ListComp: _comprehension, ast.SetComp: _comprehension, ast.GeneratorExp: _comprehension, ast.DictComp: _dict_comprehension,
        ast.NamedExpr: _named, ast.Await: _await, ast.Yield: _yield, ast.YieldFrom: _yield_from,
    }  # fmt: skip


def template(parts: Iterable[s.Expr]) -> s.Template:
    """The parts joined as texts: those of parts that are templates themselves, and neighbouring texts as one."""
    found: list[s.Expr] = []
    for part in parts:
        for piece in part.parts if isinstance(part, s.Template) else (part,):
            last = found[-1] if found else None
            match last, piece:
                case s.Const(str() as before), s.Const(str() as after):
                    found[-1] = s.Const(before + after)
                case _:
                    found.append(piece)
    return s.Template(tuple(found))
