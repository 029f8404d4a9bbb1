"""Does every reader count lines and columns as editors do? A lone carriage return ends a line, and no place lies outside of its file."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

import pytest
from properties import inside, spans_in

from offlint.lower.cmake import lower_cmake
from offlint.lower.makefile import lower_makefile
from offlint.lower.newer import Unreadable, lower_newer
from offlint.lower.notebook import read_notebook
from offlint.lower.pieces import lower_pieces
from offlint.lower.python import CannotLower, lower_python
from offlint.lower.shell import lower_shell
from offlint.model.step import Module


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize(
    ("read", "lines"),
    [
        (lower_cmake, ["set(A", '  "x', 'y")', "set(B ${A})"]),
        (lower_shell, ["echo a", "if true; then", "  curl -O https://example.org/a", "fi"]),
        (lower_makefile, ["A = b \\", "  c d e f g", "all:", "\tcurl https://example.org/a \\", "\t  -o b"]),
        (lower_python, ["if True:", "    x = '''", "a'''", "    f(x)"]),
    ],
)
def test_places_lie_in_the_file_whatever_ends_its_lines(read: Callable[[str, str], Module], lines: list[str], end: str) -> None:
    text = end.join([*lines, ""])
    found = read(text, "f")
    spans = list(spans_in(found))
    assert spans
    inside(spans, lambda _: text)
    assert {(span.line, span.column) for span in spans} == {(span.line, span.column) for span in spans_in(read("\n".join(lines), "f"))}


def test_a_tab_that_is_read_as_spaces_does_not_move_what_is_behind_it() -> None:
    text = "type X = int\ndef f():\n\ta()\n        b('x')\n"  # tab and spaces mixed, in the syntax of a newer Python
    inside(spans_in(lower_python(text, "f.py")), lambda _: text)


@pytest.mark.parametrize("text", ["x = {'a'b'b'}\n", "x = (t''t'')\n", "class A:\n  def f(self):\n    a()\n\\\nb\nc()\n"])
def test_what_the_newer_parser_gets_wrong_is_not_taken(text: str) -> None:
    """Versions of libcst differ in it: one error of many kinds, or a line that gets lost."""
    with contextlib.suppress(Unreadable):
        inside(spans_in(lower_newer(text, "f.py")), lambda _: text)
    with pytest.raises(CannotLower, match="cannot be parsed"):
        lower_python("x = {'a'b'b'}\n", "f.py")


def test_a_notebook_with_a_raw_line_end_in_a_text_is_none() -> None:
    text = '{"cells": [{"cell_type": "markdown", "source": "a\rb"},\n {"cell_type": "code", "source": "f()"}]}'
    found = read_notebook(text)
    assert found is None
    found = read_notebook(text.replace("a\rb", "a"))
    assert found is not None
    inside(spans_in(lower_pieces(found.pieces, "a.ipynb")), lambda _: text.replace("a\rb", "a"))
