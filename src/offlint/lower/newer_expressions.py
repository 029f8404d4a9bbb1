"""What does an expression mean whose syntax the running Python may not know? libcst's expressions in the small form of model/step.py."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from offlint.lower.expressions import template
from offlint.model import step as s

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from offlint.lower.newer_places import Places

_BINARY: dict[type[cst.CSTNode], str] = {
    cst.Add: "+", cst.Subtract: "-", cst.Multiply: "*", cst.Divide: "/", cst.FloorDivide: "//", cst.Modulo: "%", cst.Power: "**",
    cst.BitOr: "|", cst.BitAnd: "&", cst.BitXor: "^", cst.LeftShift: "<<", cst.RightShift: ">>", cst.MatrixMultiply: "@",
    cst.AddAssign: "+", cst.SubtractAssign: "-", cst.MultiplyAssign: "*", cst.DivideAssign: "/", cst.FloorDivideAssign: "//",
    cst.ModuloAssign: "%", cst.PowerAssign: "**", cst.BitOrAssign: "|", cst.BitAndAssign: "&", cst.BitXorAssign: "^",
    cst.LeftShiftAssign: "<<", cst.RightShiftAssign: ">>", cst.MatrixMultiplyAssign: "@",
    cst.Equal: "==", cst.NotEqual: "!=", cst.LessThan: "<", cst.LessThanEqual: "<=", cst.GreaterThan: ">", cst.GreaterThanEqual: ">=",
    cst.In: "in", cst.NotIn: "not-in", cst.Is: "is", cst.IsNot: "is-not",
}  # fmt: skip


def operator(node: cst.CSTNode) -> str:
    """The text of a binary or augmented operator."""
    return _BINARY[type(node)]


def dotted(node: cst.BaseExpression | None) -> str:
    """``a.b.c`` of nested attributes, empty for anything else."""
    names: list[str] = []
    while isinstance(node, cst.Attribute):
        names.append(node.attr.value)
        node = node.value
    if not isinstance(node, cst.Name):
        return ""
    return ".".join([node.value, *reversed(names)])


class Expressions:
    """Lowers expressions; ``function`` lowers a lambda's parameters and body."""

    def __init__(self, places: Places, function: Callable[[cst.Lambda, s.Expr], s.Function]) -> None:
        self._places = places
        self._function = function

    def lower(self, node: cst.BaseExpression) -> s.Expr:
        """One expression; never fails on a valid tree."""
        match node:
            case cst.Name():
                return _NAMES.get(node.value) or s.Name(node.value)
            case cst.Attribute():
                return s.Attr(self.lower(node.value), node.attr.value)
            case cst.Call():
                return s.Call(self.lower(node.func), tuple(self._arg(a) for a in node.args), self._places.span(node))
            case cst.SimpleString() | cst.Integer() | cst.Float() | cst.Imaginary():
                return _literal(node)
            case cst.ConcatenatedString():
                return self._joined(node)
            case cst.FormattedString():
                return template(made for part in node.parts for made in self._formatted(part, node.start))
            case cst.BinaryOperation():
                return self._chain(node)
            case cst.BooleanOperation():
                return self._bool(node)
            case cst.UnaryOperation():
                inner = self.lower(node.expression)
                if isinstance(node.operator, cst.Not):
                    return s.Not(inner)
                if isinstance(node.operator, cst.Minus) and isinstance(inner, s.Const) and isinstance(inner.value, int | float):
                    return s.Const(-inner.value)
                return s.Opaque("unary operator")
            case cst.Comparison():
                return self._comparison(node)
            case cst.IfExp():
                return s.IfExp(self.lower(node.test), self.lower(node.body), self.lower(node.orelse), self._places.span(node.test))
            case cst.Tuple() | cst.List() | cst.Set():
                kind = type(node).__name__.lower()
                places = tuple(self._places.span(e.value) for e in node.elements) if isinstance(node, cst.List) else ()
                return s.Seq(kind, tuple(self._element(e) for e in node.elements), places)
            case cst.Dict():
                places = tuple(self._places.span(e.key if isinstance(e, cst.DictElement) else e.value) for e in node.elements)
                return s.Table(tuple(self._entry(e) for e in node.elements), places)
            case cst.Subscript():
                keys = [self._key(e.slice) for e in node.slice]
                alone = len(keys) == 1 and not isinstance(node.slice[0].comma, cst.Comma)
                return s.Index(self.lower(node.value), keys[0] if alone else s.Seq("tuple", tuple(keys)), self._places.span(node))
            case cst.Lambda():
                return s.Lambda(self._function(node, self.lower(node.body)))
            case cst.ListComp() | cst.SetComp() | cst.GeneratorExp():
                kind = {"ListComp": "list", "SetComp": "set"}.get(type(node).__name__, "generator")
                return s.Comp(kind, self.lower(node.elt), tuple(self._clauses(node.for_in)))
            case cst.DictComp():
                return s.Comp("dict", self.lower(node.value), tuple(self._clauses(node.for_in)), self.lower(node.key))
            case cst.NamedExpr():
                target = self.lower(node.target)
                return s.Bind(target, self.lower(node.value)) if isinstance(target, s.Name) else self.lower(node.value)
            case cst.Await():
                return self.lower(node.expression)
            case cst.Yield():
                if isinstance(node.value, cst.From):
                    return s.Yield(self.lower(node.value.item), delegates=True)
                return s.Yield(self.lower(node.value) if node.value else None)
            case cst.Ellipsis():
                return s.Const(None)
            case _:
                return s.Opaque(type(node).__name__)

    def _arg(self, arg: cst.Arg) -> s.Arg:
        return s.Arg(self.lower(arg.value), arg.keyword.value if arg.keyword else None, arg.star)

    def _element(self, element: cst.BaseElement) -> s.Expr:
        inner = self.lower(element.value)
        return s.Star(inner) if isinstance(element, cst.StarredElement) else inner

    def _entry(self, element: cst.BaseDictElement) -> tuple[s.Expr | None, s.Expr]:
        if isinstance(element, cst.DictElement):
            return self.lower(element.key), self.lower(element.value)
        return None, self.lower(element.value)

    def _key(self, node: cst.BaseSlice) -> s.Expr:
        if isinstance(node, cst.Index):
            return self.lower(node.value)
        if not isinstance(node, cst.Slice):
            return s.Opaque("subscript")
        lower, upper, stride = (self.lower(part) if part else None for part in (node.lower, node.upper, node.step))
        return s.Slice(lower, upper, stride)  # a slice stands only inside Index

    def _clauses(self, node: cst.CompFor | None) -> list[s.Clause]:
        clauses: list[s.Clause] = []
        while node is not None:
            tests = tuple(self.lower(test.test) for test in node.ifs)
            clauses.append(s.Clause(self.lower(node.target), self.lower(node.iter), tests))
            node = node.inner_for_in
        return clauses

    def _formatted(self, part: cst.BaseFormattedStringContent, start: str) -> Iterator[s.Expr]:
        if isinstance(part, cst.FormattedStringText):
            text = part.value.replace("{{", "{").replace("}}", "}")
            yield s.Const(text if "r" in start.lower() or "\\" not in text else _unescaped(text))
        elif isinstance(part, cst.FormattedStringExpression):
            if part.equal:  # f"{name=}" has the expression's own text in it
                held = (part.whitespace_before_expression, part.expression, part.equal)
                yield s.Const("".join(map(cst.Module(()).code_for_node, held)))
            yield self.lower(part.expression)
        else:
            yield s.Opaque("template part")

    def _joined(self, node: cst.ConcatenatedString) -> s.Expr:
        parts: list[s.Expr] = []
        rest: cst.BaseExpression = node
        while isinstance(rest, cst.ConcatenatedString):
            parts.append(self.lower(rest.left))
            rest = rest.right
        parts.append(self.lower(rest))
        if all(isinstance(p, s.Const) and isinstance(p.value, str) for p in parts):
            return s.Const("".join(str(p.value) for p in parts if isinstance(p, s.Const)))
        if all(isinstance(p, s.Const) and isinstance(p.value, bytes) for p in parts):
            return s.Const(b"".join(p.value for p in parts if isinstance(p, s.Const) and isinstance(p.value, bytes)))
        return template(parts)

    def _chain(self, node: cst.BinaryOperation) -> s.Expr:
        # a + b + c + … leans left; walking it in a loop keeps thousands of terms off the stack
        spine: list[cst.BinaryOperation] = []
        first: cst.BaseExpression = node
        while isinstance(first, cst.BinaryOperation):
            spine.append(first)
            first = first.left
        result = self.lower(first)
        for operation in reversed(spine):
            result = s.Binary(operator(operation.operator), result, self.lower(operation.right))
        return result

    def _bool(self, node: cst.BooleanOperation) -> s.Expr:
        op = "and" if isinstance(node.operator, cst.And) else "or"
        items: list[s.Expr] = []
        rest: cst.BaseExpression = node
        while isinstance(rest, cst.BooleanOperation) and type(rest.operator) is type(node.operator):
            items.append(self.lower(rest.right))
            rest = rest.left
        items.append(self.lower(rest))
        return s.Bool(op, tuple(reversed(items)))

    def _comparison(self, node: cst.Comparison) -> s.Expr:
        span = self._places.span(node)
        left = self.lower(node.left)
        tests: list[s.Expr] = []
        for target in node.comparisons:
            right = self.lower(target.comparator)
            tests.append(s.Binary(operator(target.operator), left, right, span))
            left = right
        return tests[0] if len(tests) == 1 else s.Bool("and", tuple(tests))


def _unescaped(text: str) -> str:
    try:
        return text.encode("latin-1", "backslashreplace").decode("unicode_escape")
    except UnicodeError:
        return text


_NAMES: dict[str, s.Expr] = {"True": s.Const(value=True), "False": s.Const(value=False), "None": s.Const(None)}


def _literal(node: cst.SimpleString | cst.Integer | cst.Float | cst.Imaginary) -> s.Expr:
    try:
        value = node.evaluated_value
    except (ValueError, SyntaxError, MemoryError):
        return s.Opaque("literal")
    return s.Const(value) if isinstance(value, str | bytes | int | float | complex) else s.Opaque("literal")
