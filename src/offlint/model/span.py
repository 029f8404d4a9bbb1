"""Where is it? A place in a file of the analysed project."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A four-sided region of one file.

    ``file`` is relative to the project's root, with ``/``. Lines and columns count from 1, columns in code points;
    ``end_column`` is the column after the last character.
    """

    file: str
    line: int = 1
    column: int = 1
    end_line: int = 1
    end_column: int = 1

    @property
    def place(self) -> str:
        """``file:line``, as the inventory and the messages write it."""
        return f"{self.file}:{self.line}"


def lines_of(text: str) -> list[str]:
    """A text's lines as Python and editors count them: ``str.splitlines`` splits at form feeds and Unicode's separators, too."""
    return plain_ends(text).split("\n") if text else []


def plain_ends(text: str) -> str:
    """The text with every end of a line written alike, so that all readers count the same lines."""
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


class Moved(NamedTuple):
    """Where a line of a text that was taken from a file stands there: its number, how far it is shifted, and that line's length."""

    line: int
    shift: int
    width: int


def moved(lines: Sequence[Moved], line: int, column: int) -> tuple[int, int]:
    """A place of the text as a place of the file, and never one past the line's end: code may have been rewritten on the way."""
    at = lines[min(line, len(lines)) - 1]
    return at.line, min(column + at.shift, at.width + 1)
