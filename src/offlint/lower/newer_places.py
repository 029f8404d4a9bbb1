"""Where does each node stand? Positions of the nodes that a judgement can point to, in one code generation pass.

libcst's own PositionProvider copies the tree and records every node; generating the code once and noting only the wanted
nodes costs a third of that.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import libcst as cst
from libcst._nodes.internal import CodegenState

from offlint.model.span import Moved, Span, moved

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Range = tuple[int, int, int, int]

#: Nodes whose brackets are their own.
_BRACKETED = (cst.Tuple, cst.GeneratorExp)
#: What has a place, and what the places of others end with.
_WANTED = (cst.BaseExpression, cst.BaseSmallStatement, cst.BaseStatement, cst.ExceptHandler, cst.ExceptStarHandler,
           cst.BaseSuite, cst.Else, cst.Finally, cst.MatchCase)  # fmt: skip


class _Recorder(CodegenState):  # type: ignore[misc, unused-ignore]
    """A code generation state that counts lines and columns and notes where wanted nodes begin and end."""

    def __init__(self, module: cst.Module) -> None:
        super().__init__(default_indent=module.default_indent, default_newline=module.default_newline)
        self.line = 1
        self.column = 1
        self.starts: list[tuple[int, int]] = []
        self.ranges: dict[int, Range] = {}

    def add_indent_tokens(self) -> None:
        for token in self.indent_tokens:
            self.column += len(token)

    def add_token(self, value: str) -> None:
        if "\n" not in value and "\r" not in value:
            self.column += len(value)
            return
        lines = value.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        self.line += len(lines) - 1
        self.column = len(lines[-1]) + 1

    def pop_trailing_newline(self) -> None:
        """The text is not kept, so there is nothing to take back."""

    def before_codegen(self, node: cst.CSTNode) -> None:
        del node
        self.starts.append((self.line, self.column))

    def after_codegen(self, node: cst.CSTNode) -> None:
        start = self.starts.pop()
        if isinstance(node, _WANTED) and (id(node) not in self.ranges or isinstance(node, _BRACKETED)):
            self.ranges[id(node)] = (*start, self.line, self.column)

    @contextmanager
    def record_syntactic_position(
        self, node: cst.CSTNode, *, start_node: cst.CSTNode | None = None, end_node: cst.CSTNode | None = None
    ) -> Iterator[None]:
        start = (self.line, self.column)
        yield
        if isinstance(node, _WANTED):
            first = self.ranges.get(id(start_node), (*start, 0, 0))[:2]
            last = self.ranges.get(id(end_node), (0, 0, self.line, self.column))[2:]
            self.ranges[id(node)] = (first[0], first[1], last[0], last[1])


class Places:
    """Spans of a module's nodes, by identity; the module must outlive it. ``lines`` says where each of its lines stands in the file."""

    def __init__(self, module: cst.Module, file: str, lines: Sequence[Moved] | None = None) -> None:
        state = _Recorder(module)
        module._codegen(state)  # noqa: SLF001  (the one entry to code generation with an own state)
        self._ranges = state.ranges
        self._file = file
        self._lines = lines

    def span(self, node: cst.CSTNode) -> Span:
        """The node's place; the file's first line for a node that is not recorded."""
        found = self._ranges.get(id(node))
        if not found:
            return Span(self._file)
        if not self._lines:
            return Span(self._file, *found)
        return Span(self._file, *moved(self._lines, *found[:2]), *moved(self._lines, *found[2:]))
