"""Where does each node of a syntax tree stand? The parser's own places, counted as spans are: from one, and in code points."""

from __future__ import annotations

import ast
import sys
from typing import TYPE_CHECKING

from offlint.model.lazy import regex
from offlint.model.span import Moved, Span, moved

if TYPE_CHECKING:
    from collections.abc import Sequence

#: The ends of lines that the tokenizer knows (the language reference, 2.1.2); ``str.splitlines`` knows others.
_ENDS = regex(r"\r\n|\r|\n")
#: From 3.12 on f-strings are parsed as the rest is (PEP 701); before, places inside them were computed, and not always right.
_EXACT = sys.version_info >= (3, 12)


class Displaced(Exception):  # noqa: N818
    """The parser does not say where something inside an f-string stands."""


class Nodes:
    """Spans of a text's nodes. ``lines`` says where each line of the text stands in the file."""

    def __init__(self, text: str, file: str, lines: Sequence[Moved] | None = None) -> None:
        self._text = text
        self._file = file
        self._lines = lines
        self._plain = text.isascii()  # columns of bytes are columns of code points
        self._split: list[bytes] = []
        self._numbers: dict[int, int] = {}  # of lines: the parser makes an object of each each time

    def span(self, node: ast.expr | ast.stmt | ast.excepthandler | ast.pattern, *, inside: bool = False) -> Span:
        """The node's place; ``inside`` for a node in an f-string. Raises Displaced."""
        if inside and not _EXACT:
            self._check(node)
        line, column = node.lineno, node.col_offset
        last, end = node.end_lineno or line, node.end_col_offset or column
        if not self._plain:
            column, end = self._column(line, column), self._column(last, end)
        if self._lines is None:
            number = self._numbers.setdefault
            return Span(self._file, number(line, line), column + 1, number(last, last), end + 1)
        return Span(self._file, *moved(self._lines, line, column + 1), *moved(self._lines, last, end + 1))

    def _column(self, line: int, column: int) -> int:
        return len(self._line(line)[:column].decode("utf-8", "replace"))

    def _line(self, number: int) -> bytes:
        if not self._split:
            self._split = [line.encode("utf-8", "surrogatepass") for line in _ENDS.split(self._text)]
        return self._split[number - 1] if number <= len(self._split) else b""

    def _check(self, node: ast.AST) -> None:
        """Whether the text at the node's place is the node's."""
        line, last = getattr(node, "lineno", 0), getattr(node, "end_lineno", 0)
        found = [self._line(number) for number in range(line, last + 1)]
        if found:
            found[-1] = found[-1][: getattr(node, "end_col_offset", 0)]
            found[0] = found[0][getattr(node, "col_offset", 0) :]
        try:
            there = ast.parse("(" + b"\n".join(found).decode("utf-8", "replace") + ")", mode="eval").body
        except (SyntaxError, ValueError):
            raise Displaced from None
        if ast.dump(there) != ast.dump(node):
            raise Displaced
