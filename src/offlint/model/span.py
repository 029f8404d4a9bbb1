"""Where is it? A place in a file of the analysed project."""

from __future__ import annotations

from dataclasses import dataclass


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
