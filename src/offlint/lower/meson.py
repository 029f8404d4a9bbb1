"""What does a meson.build say? Its text as statements and calls, https://mesonbuild.com/Syntax.html.

Kept is what a question about dependencies needs: calls with their arguments and line, conditions, assignments and loops. An operator whose
value is not asked for keeps its operands, so that calls inside of it are found.
"""

from __future__ import annotations

import re

from offlint.model.lazy import dataclass, field, regex
from offlint.model.span import plain_ends

_TOKEN = regex(
    r"(?P<space>[ \t\r]+|\\\r?\n|\#[^\n]*)|(?P<line>\n)|f?'''(?P<long>.*?)'''|f?'(?P<text>(?:[^'\\\n]|\\.)*)'"
    r"|(?P<number>0[xX][\da-fA-F]+|0[bB][01]+|0[oO]?[0-7]*|\d+)|(?P<name>[A-Za-z_]\w*)|(?P<op>==|!=|<=|>=|\+=|[-+*/%<>=()\[\]{},.:?])",
    re.DOTALL,
)
_FILLED = regex(r"@([A-Za-z_]\w*)@")
_DEEPEST = 100


class CannotRead(Exception):  # noqa: N818
    """The text is not Meson that can be read here; ``str()`` says why in one line."""


@dataclass(frozen=True, slots=True, eq=False)
class Text:
    """A string."""

    value: str
    line: int


@dataclass(frozen=True, slots=True, eq=False)
class Name:
    """A variable, or ``true`` and ``false``."""

    id: str
    line: int


@dataclass(frozen=True, slots=True, eq=False)
class Call:
    """``name(args)`` or ``owner.name(args)``."""

    name: str
    args: tuple[Expr, ...]
    named: dict[str, Expr]
    line: int
    owner: Expr | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Many:
    """An array or a table (``[``, ``{``), the parts of a format string (``f``), or an operator's operands (``and``, ``?``, ``index`` …)."""

    op: str
    items: tuple[Expr, ...]
    line: int


Expr = Text | Name | Call | Many


@dataclass(frozen=True, slots=True, eq=False)
class Assign:
    """``name = value``; ``adds`` for ``+=``."""

    name: str
    value: Expr
    adds: bool


@dataclass(frozen=True, slots=True, eq=False)
class If:
    """Conditions with their bodies in order; the condition of ``else`` is None."""

    branches: tuple[tuple[Expr | None, tuple[Statement, ...]], ...]


@dataclass(frozen=True, slots=True, eq=False)
class Each:
    """``foreach names : items``."""

    names: tuple[str, ...]
    items: Expr
    body: tuple[Statement, ...]


Statement = Assign | If | Each | Text | Name | Call | Many


def read_meson(text: str) -> tuple[Statement, ...]:
    """The statements of a file. Raises CannotRead."""
    reader = _Reader(_tokens(plain_ends(text)))
    found = reader.block(())
    if reader.kind != "end":
        raise CannotRead(f"unexpected {reader.text!r} at line {reader.line}")
    return found


def calls_in(expression: Expr | None) -> list[Call]:
    """Every call in an expression, inner ones first."""
    match expression:
        case Call():
            inner = [one for part in (*expression.args, *expression.named.values()) for one in calls_in(part)]
            return [*calls_in(expression.owner), *inner, expression]
        case Many():
            return [one for part in expression.items for one in calls_in(part)]
        case _:
            return []


def _tokens(text: str) -> list[tuple[str, str, int]]:
    found: list[tuple[str, str, int]] = []
    at, line, depth = 0, 1, 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None or match.end() == at:
            raise CannotRead(f"unexpected {text[at]!r} at line {line}")
        kind = match.lastgroup or ""
        value = match[kind]
        if kind == "op":
            depth += (value in "([{") - (value in ")]}")
        if kind == "long":
            kind = "text"
        elif kind == "text":
            value = re.sub(r"\\(['\\])", r"\1", value)
        if kind == "text" and match[0].startswith("f"):
            kind = "format"
        if kind != "space" and not (kind == "line" and depth > 0):
            found.append((kind, value, line))
        line += match[0].count("\n")
        at = match.end()
    return [*found, ("line", "\n", line), ("end", "", line)]


@dataclass(slots=True)
class _Reader:
    tokens: list[tuple[str, str, int]]
    at: int = 0
    depth: int = field(default=0)

    @property
    def kind(self) -> str:
        return self.tokens[self.at][0]

    @property
    def text(self) -> str:
        return self.tokens[self.at][1] if self.kind not in ("text", "format") else ""

    @property
    def line(self) -> int:
        return self.tokens[self.at][2]

    def take(self, *wanted: str) -> bool:
        if self.kind in ("op", "name") and self.text in wanted:
            self.at += 1
            return True
        return False

    def need(self, wanted: str) -> None:
        if not self.take(wanted):
            raise CannotRead(f"{wanted} expected at line {self.line}")

    def deeper(self) -> None:
        self.depth += 1
        if self.depth > _DEEPEST:
            raise CannotRead(f"nested too deeply at line {self.line}")

    def block(self, ends: tuple[str, ...]) -> tuple[Statement, ...]:
        self.deeper()
        found: list[Statement] = []
        while True:
            while self.kind == "line":
                self.at += 1
            if self.kind == "end" or (self.kind == "name" and self.text in ends):
                self.depth -= 1
                return tuple(found)
            found.append(self.statement())
            if self.kind not in ("line", "end"):
                raise CannotRead(f"unexpected {self.tokens[self.at][1]!r} at line {self.line}")

    def statement(self) -> Statement:
        if self.take("if"):
            return self.choices()
        if self.take("foreach"):
            names = [self.name()]
            while self.take(","):
                names.append(self.name())
            self.need(":")
            items = self.expression()
            body = self.block(("endforeach",))
            self.need("endforeach")
            return Each(tuple(names), items, body)
        if self.kind == "name" and self.tokens[self.at + 1][1] in ("=", "+=") and self.tokens[self.at + 1][0] == "op":
            name = self.name()
            adds = self.text == "+="
            self.at += 1
            return Assign(name, self.expression(), adds)
        return self.expression()

    def choices(self) -> If:
        branches: list[tuple[Expr | None, tuple[Statement, ...]]] = []
        test: Expr | None = self.expression()
        while True:
            branches.append((test, self.block(("elif", "else", "endif"))))
            if self.take("elif"):
                test = self.expression()
            elif self.take("else"):
                test = None
            else:
                self.need("endif")
                return If(tuple(branches))

    def name(self) -> str:
        if self.kind != "name":
            raise CannotRead(f"a name expected at line {self.line}")
        self.at += 1
        return self.tokens[self.at - 1][1]

    def expression(self) -> Expr:
        self.deeper()
        line = self.line
        found = self.either()
        if self.take("?"):
            then = self.expression()
            self.need(":")
            found = Many("?", (found, then, self.expression()), line)
        self.depth -= 1
        return found

    def either(self) -> Expr:
        line = self.line
        items = [self.both()]
        while self.take("or"):
            items.append(self.both())
        return items[0] if len(items) == 1 else Many("or", tuple(items), line)

    def both(self) -> Expr:
        line = self.line
        items = [self.compared()]
        while self.take("and"):
            items.append(self.compared())
        return items[0] if len(items) == 1 else Many("and", tuple(items), line)

    def compared(self) -> Expr:
        line = self.line
        left = self.summed()
        while self.kind in ("op", "name") and self.text in ("==", "!=", "<", ">", "<=", ">=", "in", "not"):
            op = self.text
            self.at += 1
            if op == "not":
                self.need("in")
                left = Many("not", (Many("in", (left, self.summed()), line),), line)
            else:
                left = Many(op, (left, self.summed()), line)
        return left

    def summed(self) -> Expr:
        line = self.line
        found = self.unary()
        while self.kind == "op" and self.text in ("+", "-", "*", "/", "%"):
            op = self.text
            self.at += 1
            found = Many(op, (found, self.unary()), line)
        return found

    def unary(self) -> Expr:
        line = self.line
        if self.kind in ("op", "name") and self.text in ("not", "-"):
            op = self.text
            self.at += 1
            self.deeper()
            found: Expr = Many(op, (self.unary(),), line)
            self.depth -= 1
            return found
        return self.postfix()

    def postfix(self) -> Expr:
        found = self.atom()
        while True:
            line = self.line
            if self.take("."):
                name = self.name()
                self.need("(")
                args, named = self.arguments(")")
                found = Call(name, args, named, line, found)
            elif self.take("["):
                found = Many("index", (found, self.expression()), line)
                self.need("]")
            else:
                return found

    def atom(self) -> Expr:
        kind, value, line = self.tokens[self.at]
        self.at += 1
        if kind == "text":
            return Text(value, line)
        if kind == "format":
            parts = _FILLED.split(value)  # texts, and between two of them a variable's name
            return Many("f", tuple(Name(part, line) if at % 2 else Text(part, line) for at, part in enumerate(parts)), line)
        if kind == "number":
            return Text(value, line)
        if kind == "name":
            if self.take("("):
                args, named = self.arguments(")")
                return Call(value, args, named, line)
            return Name(value, line)
        if value == "(":
            found = self.expression()
            self.need(")")
            return found
        if value in ("[", "{") and kind == "op":
            args, named = self.arguments("]" if value == "[" else "}")
            return Many(value, (*args, *named.values()), line)
        raise CannotRead(f"unexpected {value!r} at line {line}")

    def arguments(self, end: str) -> tuple[tuple[Expr, ...], dict[str, Expr]]:
        args: list[Expr] = []
        named: dict[str, Expr] = {}
        while not self.take(end):
            if self.kind == "end":
                raise CannotRead(f"{end} expected at line {self.line}")
            one = self.expression()
            if self.take(":"):
                key = one.id if isinstance(one, Name) else one.value if isinstance(one, Text) else f"#{len(named)}"
                named[key] = self.expression()
            else:
                args.append(one)
            if not self.take(","):
                self.need(end)
                break
        return tuple(args), named
