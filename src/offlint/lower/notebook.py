"""Where in a notebook does its code stand? An .ipynb file, read as JSON whose texts know their places.

The format: https://nbformat.readthedocs.io/en/latest/format_description.html.
"""

from __future__ import annotations

import json
from typing import Any

from offlint.lower.pieces import Piece, plain
from offlint.model.lazy import dataclass, regex
from offlint.model.span import Moved

_TOKEN = regex(r'\s*("(?:[^"\\\n\r]|\\[^\n\r])*"|[{}\[\]:,]|-?\d[\d.eE+-]*|true|false|null)')
_END = regex(r"\r\n|\r|\n")
_LINE = regex(r"[^\n]*\n|[^\n]+")
_WORDS: dict[str, Any] = {"true": True, "false": False, "null": None}
#: Deeper JSON is no notebook.
MAX_DEPTH = 60


class Placed(str):
    """A text, the place of its first character in the file, and where its last one ends on that line."""

    __slots__ = ("column", "line", "width")
    line: int
    column: int
    width: int


@dataclass(frozen=True, slots=True)
class Notebook:
    """What matters of a notebook: its code, whether some or any of its code cells hold outputs, its own settings."""

    pieces: tuple[Piece, ...]
    whole: bool
    some: bool
    metadata: dict[str, Any]


def read_notebook(text: str) -> Notebook | None:
    """A notebook of Python code; None where it is none, or in another language."""
    found = _parse(text)
    cells = found.get("cells") if isinstance(found, dict) else None
    if not isinstance(found, dict) or not isinstance(cells, list):
        return None
    metadata = found.get("metadata")
    metadata = metadata if isinstance(metadata, dict) else {}
    kernel = metadata.get("kernelspec")
    language = kernel.get("language") if isinstance(kernel, dict) else None
    if isinstance(language, str) and language.lower() != "python":
        return None
    code = [cell for cell in cells if isinstance(cell, dict) and cell.get("cell_type") == "code"]
    outputs = [bool(cell.get("outputs")) for cell in code]
    pieces = [piece for cell in code if not _skipped(cell) and (piece := _piece(cell.get("source"))) is not None]
    return Notebook(tuple(pieces), all(outputs), any(outputs), metadata)


def _skipped(cell: dict[str, Any]) -> bool:
    metadata = cell.get("metadata")
    tags = metadata.get("tags") if isinstance(metadata, dict) else None
    return isinstance(tags, list) and "skip-execution" in tags


def _piece(source: Any) -> Piece | None:
    """A cell's code; each of its lines is a text of its own, as notebooks are usually written, or all are one text."""
    texts = [source] if isinstance(source, Placed) else source
    if not isinstance(texts, list):
        return None
    code: list[str] = []
    lines: list[Moved] = []
    begins = True
    for text in texts:
        if not isinstance(text, Placed):
            continue
        for part in _LINE.findall(text):
            if begins:
                code.append("")
                lines.append(Moved(text.line, text.column, text.width))
            code[-1] += part.rstrip("\r\n").replace("\r", " ")
            begins = part.endswith("\n")
    return plain(Piece("\n".join(code) + "\n", tuple(lines))) if code else None


def _parse(text: str) -> Any:
    """JSON whose texts are ``Placed``; None where it is broken or too deep. No recursion, so that nesting costs no stack."""
    root: list[Any] = []
    stack: list[Any] = [root]
    keys: list[Any] = [None]
    line, start, position = 1, 0, 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            return root[0] if root and not text[position:].strip() else None
        begin = match.start(1)
        blanks = match.group()[: begin - position]
        line += len(_END.findall(blanks))
        start = max(text.rfind("\n", 0, begin), text.rfind("\r", 0, begin)) + 1 if "\n" in blanks or "\r" in blanks else start
        position = match.end()
        sign = match.group(1)
        if sign in "}]":
            if len(stack) == 1:
                return None
            stack.pop()
            keys.pop()
            continue
        if sign in ":,":
            continue
        value = _value(sign, line, begin - start + 1)
        if isinstance(stack[-1], dict) and keys[-1] is None and isinstance(value, str):
            keys[-1] = str(value)
            continue
        if isinstance(stack[-1], dict):
            stack[-1][keys[-1]] = value
            keys[-1] = None
        else:
            stack[-1].append(value)
        if isinstance(value, dict | list):
            stack.append(value)
            keys.append(None)
            if len(stack) > MAX_DEPTH:
                return None
    return root[0] if root and len(stack) == 1 else None


def _value(sign: str, line: int, column: int) -> Any:
    if sign == "{":
        return {}
    if sign == "[":
        return []
    if sign[0] == '"':
        try:
            made = Placed(json.loads(sign))
        except ValueError:
            made = Placed(sign[1:-1])
        made.line, made.column, made.width = line, column, column + len(sign) - 1
        return made
    return _WORDS.get(sign, 0)
