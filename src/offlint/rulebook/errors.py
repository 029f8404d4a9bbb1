"""What is wrong with the pages? The error of all that reads them."""

from __future__ import annotations

from collections.abc import Iterable


class RulebookError(Exception):
    """Pages that can't be used. ``problems`` are all of them, each ``file:line: what``."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))
