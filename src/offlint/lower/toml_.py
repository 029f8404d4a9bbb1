"""What does a TOML configuration of a documentation tool set? The keys of its ``[project]`` as assignments, as those of a YAML file.

https://zensical.org/docs/setup/basics/: "zensical.toml" holds what mkdocs.yml holds, below ``project``. The parser says no places: a key
or an item stands where it is written first, from the place of what it is in.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import Any

from offlint.lower.python import CannotLower
from offlint.model import step as s
from offlint.model.lazy import regex
from offlint.model.span import Span, lines_of
from offlint.model.toml_ import read_toml

#: More than this is no configuration that people write.
MAX_TEXT = 300_000
MAX_DEPTH = 30
#: A text is looked for where its rarest word stands, at so many places.
_MOST_TRIED = 50
_WORD = regex(r"[\w-]+")
_HEADER = regex(r"""\s*\[\s*["']?project["']?\s*[\].]""")


def lower_toml(text: str, file: str) -> s.Module:
    """The file as assignments. Raises CannotLower, with the reason in one line."""
    if len(text) > MAX_TEXT:
        raise CannotLower("too large for a configuration")
    try:
        content = read_toml(text)
    except (ValueError, RecursionError) as error:
        raise CannotLower(f"broken TOML: {' '.join(str(error).split())[:200]}") from None
    project = content.get("project")
    writing = _Writing(file, lines_of(text))
    made = [
        s.Assign((s.Name(key),), writing.value(value, place.line), place)
        for key, value in (project.items() if isinstance(project, dict) else ())
        if (place := writing.place(key, writing.begin))
    ]
    return s.Module(file, tuple(made))


class _Writing:
    """Where things are written. What the words of the text are is gone through once, and each is asked for by where it stands."""

    def __init__(self, file: str, lines: list[str]) -> None:
        self.file = file
        self.lines = lines
        self.begin = next((number for number, line in enumerate(lines, 1) if _HEADER.match(line)), 1)
        self.places: dict[str, list[tuple[int, int]]] = {}
        for number, line in enumerate(lines, 1):
            if not line.lstrip().startswith("#"):
                for found in _WORD.finditer(line.partition(" #")[0]):
                    self.places.setdefault(found[0], []).append((number, found.start()))

    def place(self, text: str, start: int) -> Span:
        """The first place of a text from a line on, that line where there is none."""
        parts = [(self.places.get(found[0], []), found.start()) for found in _WORD.finditer(text)]
        places, offset = min(parts, key=lambda one: len(one[0]), default=([], 0))
        first = bisect_left(places, (start, 0))
        for number, column in places[first : first + _MOST_TRIED]:
            begin = column - offset
            if begin >= 0 and self._is_at(text, number, begin):
                return Span(self.file, number, begin + 1, number, begin + len(text) + 1)
        return Span(self.file, start)

    def _is_at(self, text: str, number: int, begin: int) -> bool:
        """Whether a text stands there, and is no part of a longer word."""
        line, end = self.lines[number - 1], begin + len(text)
        return line.startswith(text, begin) and not (_WORD.match(line[max(begin - 1, 0) : begin]) or _WORD.match(line[end : end + 1]))

    def value(self, data: Any, line: int, depth: int = 0) -> s.Expr:
        """Plain data as an expression."""
        if depth > MAX_DEPTH:
            return s.Opaque("nested too deeply")
        if isinstance(data, dict):
            places = tuple(self.place(str(key), line) for key in data)
            pairs = zip(data.items(), places, strict=True)
            return s.Table(tuple((s.Const(key), self.value(held, place.line, depth + 1)) for (key, held), place in pairs), places)
        if isinstance(data, list):
            begins = tuple(self.place(one if isinstance(one, str) else _word(one), line) for one in data)
            return s.Seq("list", tuple(self.value(one, at.line, depth + 1) for one, at in zip(data, begins, strict=True)), begins)
        return s.Const(data) if data is None or isinstance(data, str | int | float | bool) else s.Opaque("a date")


def _word(data: Any) -> str:
    """A text by which an item of a list is found again: the first that it holds."""
    held = next(iter(data.values()), "") if isinstance(data, dict) else data
    return held if isinstance(held, str) else ""
