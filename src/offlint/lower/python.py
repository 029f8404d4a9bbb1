"""What does a Python file do, in order? Python source in the small form of model/step.py.

The running Python's own parser reads it, which is quick and small and knows each node's place. What that parser rejects (the syntax of a
newer Python, above all) is read with libcst, whose trees take ten times as long.
"""

from __future__ import annotations

import ast
import re
import warnings
from typing import TYPE_CHECKING

from offlint.lower.nodes import Displaced, Nodes
from offlint.lower.statements import Statements
from offlint.model import step as s
from offlint.model.lazy import regex
from offlint.model.span import moved

if TYPE_CHECKING:
    from collections.abc import Sequence

    from offlint.model.span import Moved

#: CPython's own limits are 200 open brackets and 100 levels of indentation (Parser/tokenizer.c, MAXSTACK and MAXINDENT).
MAX_BRACKETS = 200
MAX_INDENT = 100
_TOKEN = regex(r"#[^\n]*|('''|\"\"\"|'|\")|[(\[{]|[)\]}]|\\.", re.DOTALL)


class CannotLower(Exception):  # noqa: N818
    """The text is not Python that can be read here; ``str()`` says why in one line."""


def lower_python(text: str, file: str, lines: Sequence[Moved] | None = None) -> s.Module:
    """The module's steps. ``lines`` says where in the file each line of the text stands.

    Raises CannotLower where the text does not parse (another Python's syntax, too deep nesting); the reason names line and column.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the project's own doubtful escapes and literals
            tree = ast.parse(text)
        return s.Module(file, Statements(Nodes(text, file, lines)).whole(tree.body))
    except (MemoryError, RecursionError):  # the other parser has no such bounds: what is nested so deep takes it gigabytes
        _check_depth(text)
        raise CannotLower("too deeply nested") from None
    except (SyntaxError, ValueError, Displaced):
        return _newer(text, file, lines)


def _newer(text: str, file: str, lines: Sequence[Moved] | None) -> s.Module:
    from offlint.lower.newer import Unreadable, lower_newer  # noqa: PLC0415  (libcst, only where it is needed)

    _check_depth(text)
    try:
        return lower_newer(text, file, lines)
    except Unreadable as error:
        if not error.line:
            raise CannotLower(f"cannot be parsed: {error.why}") from None
        line, column = moved(lines, error.line, error.column) if lines else (error.line, error.column)
        raise CannotLower(f"{'Python 2 syntax' if looks_like_python2(text) else 'syntax error'} at {line}:{column}") from None


# Each begins with a plain character: such places are found many times as fast as others, and every file is asked.
_OLD_STATEMENT = regex(r"\n[ \t\f]*(?:print[ \t]+[\"'\w%]|exec[ \t]+[\"'\w]|except[ \t]+[\w.]+\s*,\s*\w+\s*:|raise[ \t]+\w+\s*,)")
_OLD_OCTAL = regex(r"0(?<!\w0)[0-7]+\b")
_OLD_TEXT = regex(r"u(?<!\wu)r?'")


def looks_like_python2(text: str) -> bool:
    """Whether the text has statements of Python 2 (a quick look; strings can deceive it)."""
    return bool(_OLD_STATEMENT.search(f"\n{text}") or _OLD_OCTAL.search(text) or _OLD_TEXT.search(text))


def _check_depth(text: str) -> None:
    """Refuse what CPython itself has refused, before a recursive parser meets it that knows no such limits."""
    if text.count("(") + text.count("[") + text.count("{") >= MAX_BRACKETS and _bracket_depth(text) > MAX_BRACKETS:
        raise CannotLower("too many nested brackets")
    deepest = max((len(m.group(1).expandtabs(8)) for m in re.finditer(r"^([ \t]{100,})\S", text, re.MULTILINE)), default=0)
    if deepest > MAX_INDENT and _indent_depth(text) > MAX_INDENT:
        raise CannotLower("too many levels of indentation")


def _bracket_depth(text: str) -> int:
    depth = deepest = 0
    quote = ""
    for match in _TOKEN.finditer(text):
        sign = match.group()
        if quote:
            quote = "" if sign == quote else quote
        elif sign[0] in "'\"":
            quote = sign
        elif sign in "([{":
            depth += 1
            deepest = max(deepest, depth)
        elif sign in ")]}":
            depth -= 1
    return deepest


def _indent_depth(text: str) -> int:
    stack: list[int] = [0]
    deepest = 0
    for line in text.splitlines():
        stripped = line.lstrip(" \t")
        if not stripped or stripped[0] in "#\n":
            continue
        width = len(line[: len(line) - len(stripped)].expandtabs(8))
        while stack and width < stack[-1]:
            stack.pop()
        if not stack or width > stack[-1]:
            stack.append(width)
        deepest = max(deepest, len(stack) - 1)
    return deepest
