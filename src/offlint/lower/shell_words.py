"""What do the words of a shell command say? Quotes, expansions and substitutions of the grammar's tree as expressions.

Where the grammar's tree misplaces spaces or cuts a word in two, the text itself is read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from offlint.model import step as s
from offlint.model.lazy import regex
from offlint.model.span import Span

if TYPE_CHECKING:
    from tree_sitter import Node

#: ``Function.globals`` of what runs in its caller's namespace.
SHARED = frozenset({"*"})
MAX_DEPTH = 80
WORDS = frozenset({
    "word", "string", "raw_string", "ansi_c_string", "translated_string", "concatenation", "simple_expansion", "expansion",
    "command_substitution", "process_substitution", "number", "regex", "extglob_pattern", "arithmetic_expansion", "brace_expression",
    "variable_name", "special_variable_name", "subscript", "array",
})  # fmt: skip
_ANSI = regex(r"\\(x[0-9a-fA-F]{1,2}|[0-7]{1,3}|.)", re.DOTALL)
_ANSI_LETTERS = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "e": "\x1b", "f": "\f", "v": "\v"}
_NAMED = regex(r"\$(\w+|\{\w+\})|([^$]+|\$)")
_RAW = regex(r"""'([^']*)'|"([^"]*)"|\$(\w+|\{\w+\})|([^'"$]+|.)""", re.DOTALL)


class Words:
    """Lowers words; ``steps`` gives the commands of a substitution as a function. With ``within``, everything is at one place."""

    def __init__(self, data: bytes, place: Span, steps: Callable[..., s.Lambda], *, within: bool) -> None:
        self.data = data
        self.place = place
        self.steps = steps
        self.within = within
        self.depth = 0
        self.lines: list[bytes] | None = None

    # places and texts

    def span(self, node: Node) -> Span:
        """The node's place."""
        if self.within:
            return self.place
        (row, column), (end_row, end_column) = node.start_point, node.end_point
        return Span(self.place.file, row + 1, self._column(row, column), end_row + 1, self._column(end_row, end_column))

    def _column(self, row: int, column: int) -> int:
        """A column in code points, from 1."""
        if self.lines is None:
            self.lines = self.data.split(b"\n")
        return len(self.lines[row][:column].decode("utf-8", "replace")) + 1 if row < len(self.lines) else column + 1

    def text(self, node: Node) -> str:
        """The node's text."""
        return self.data[node.start_byte : node.end_byte].decode("utf-8", "replace")

    # words

    def word(self, node: Node) -> s.Expr:
        """A word as an expression."""
        match node.type:
            case "simple_expansion" | "expansion" | "command_substitution":
                return call("split", [self.part(node)], self.place)
            case _:
                return self.part(node)

    def raw_word(self, start: int, end: int) -> s.Expr:
        """A word from its text: quotes, and names of variables."""
        parts: list[s.Expr] = []
        for match in _RAW.finditer(self.data[start:end].decode("utf-8", "replace")):
            single, quoted, named, other = match.groups()
            if named is not None:
                parts.append(call("var", [s.Const(named.strip("{}"))], self.place))
            elif quoted is not None:
                parts += [
                    call("var", [s.Const(name.strip("{}"))], self.place) if name else s.Const(text) for name, text in _NAMED.findall(quoted)
                ]
            else:
                parts.append(s.Const(single if single is not None else other))
        return joined(parts)

    def part(self, node: Node) -> s.Expr:
        """A part of a word, not split."""
        self.depth += 1
        try:
            return self._part(node) if self.depth <= MAX_DEPTH else s.Opaque("shell nested too deeply")
        finally:
            self.depth -= 1

    def _part(self, node: Node) -> s.Expr:
        """The part by the kind of its node."""
        text = self.text(node)
        match node.type:
            case "raw_string":
                return s.Const(text[1:-1])
            case "ansi_c_string":
                return s.Const(_ANSI.sub(_ansi, text[2:-1]))
            case "string" | "translated_string":
                return quoted_(self.gaps(node, skip=('"', '$"')))
            case "concatenation" | "brace_expression" | "command_name":
                return joined([self.part(child) if child.is_named else s.Const(self.text(child)) for child in node.children])
            case "simple_expansion":
                name = node.named_children[0] if node.named_children else None
                return call("var", [s.Const(self.text(name) if name is not None else "")], self.span(node))
            case "expansion":
                return self.expansion(node)
            case "command_substitution" | "process_substitution":
                inner = [child for child in node.named_children if child.type != "comment"]
                if inner and inner[0].type == "file_redirect":
                    return call("content", [self.word(inner[0].named_children[-1])], self.span(node))
                kind = "output" if node.type == "command_substitution" else "opened"
                return call(kind, [self.steps(*inner)], self.span(node))
            case "arithmetic_expansion":
                return call("arithmetic", [s.Const(text)], self.span(node))
            case "array":
                return call("array", [self.word(child) for child in node.named_children], self.span(node))
            case "word" | "number" | "regex" | "extglob_pattern" | "string_content" | "heredoc_content":
                if node.named_child_count and any(child.type in WORDS for child in node.named_children):
                    return self.gaps(node)
                return s.Const(re.sub(r"\\(.)", r"\1", text.replace("\\\n", ""), flags=re.DOTALL) if node.type != "regex" else text)
            case _:
                return s.Const(text)

    def gaps(self, node: Node, skip: tuple[str, ...] = ()) -> s.Expr:
        """A text with expansions in it; what stands between them is text."""
        parts: list[s.Expr] = []
        at = node.start_byte
        for child in node.children:
            self._between(parts, at, child.start_byte)
            at = child.end_byte
            if child.type in ("string_content", "heredoc_content"):
                self._between(parts, child.start_byte, at)
            elif child.is_named:
                text = self.text(child)  # spaces before an expansion are a part of its first token
                parts += [s.Const(text[: len(text) - len(text.lstrip())]), self.part(child)]
            elif child.type not in skip:
                parts.append(s.Const(self.text(child)))
            else:  # a text of spaces is a part of the closing quote's token
                parts.append(s.Const(self.text(child).strip("$").strip('"')))
        self._between(parts, at, node.end_byte)
        return joined(parts)

    def _between(self, parts: list[s.Expr], start: int, end: int) -> None:
        """Add the text between two places."""
        if start < end:
            text = self.data[start:end].decode("utf-8", "replace")
            parts.append(s.Const(re.sub(r'\\([$`"\\])', r"\1", text.replace("\\\n", ""))))

    def expansion(self, node: Node) -> s.Expr:
        """``${…}``: the name, an operator, and what stands after it."""
        children = node.children[1:-1] if node.child_count > 2 else []
        before, name, op = "", "", ""
        rest: list[s.Expr] = []
        for child in children:
            text = self.text(child)
            if not name and child.is_named:
                name = text
            elif not name:
                before += text
            elif not op and not child.is_named:
                op = text
            elif child.is_named:
                rest.append(self.part(child))
            else:
                rest.append(call("op", [s.Const(text)], self.place))
        return call("var", [s.Const(name), s.Const(before + "|" + op), *rest], self.span(node))


def call(name: str, args: Sequence[s.Expr], span: Span) -> s.Call:
    """A call of a name."""
    return s.Call(s.Name(name), tuple(s.Arg(arg) for arg in args), span)


def quoted_(expr: s.Expr) -> s.Expr:
    """A text in quotes stays one word; ``"$@"`` does not."""
    match expr:
        case s.Call(s.Name("var"), (s.Arg(s.Const("@")), *_), span):
            return s.Call(s.Name("args"), (), span)
        case _:
            return expr


def joined(parts: Sequence[s.Expr]) -> s.Expr:
    """Parts as one text; neighbours that are known melt."""
    flat: list[s.Expr] = []
    for part in parts:
        if flat and isinstance(part, s.Const) and isinstance(flat[-1], s.Const):
            flat[-1] = s.Const(str(flat[-1].value) + str(part.value))
        elif not (isinstance(part, s.Const) and part.value == ""):
            flat.append(part)
    return flat[0] if len(flat) == 1 else s.Template(tuple(flat)) if flat else s.Const("")


def _ansi(match: re.Match[str]) -> str:
    code: Any = match[1]
    if code[0] == "x" and len(code) > 1:
        return chr(int(code[1:], 16))
    return chr(int(code, 8) & 0xFF) if code.isdigit() else _ANSI_LETTERS.get(code, code)
