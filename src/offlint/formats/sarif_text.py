"""Where is it in UTF-16? A file's text as SARIF's consumers count it, and GitHub's hash of a line."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from itertools import accumulate, pairwise
from operator import mul

from offlint.model.lazy import dataclass, regex
from offlint.model.span import Span

_LINE_END = regex(r"\r\n|\n|\r")  # str.splitlines also splits at form feeds and Unicode's separators
_BOM = b"\xef\xbb\xbf"

# github/codeql-action, src/fingerprints.ts: a rolling hash over 100 UTF-16 units, modulo 2**64.
_BLOCK = 100
_MASK = (1 << 64) - 1
_POWERS = [pow(37, _BLOCK - 1 - index, 1 << 64) for index in range(_BLOCK)]


def units(text: str) -> int:
    """Length in UTF-16 code units."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


@dataclass(frozen=True, slots=True)
class Place:
    """A region: lines from 1, columns from 1 in UTF-16 units, the offset and length in them, and the text itself."""

    line: int
    column: int
    end_line: int
    end_column: int
    offset: int
    length: int
    snippet: str


class Source:
    """One file. ``data`` are its bytes where they are at hand, else ``text`` stands for them."""

    def __init__(self, text: str, data: bytes | None = None) -> None:
        if data is not None:
            text = (data.removeprefix(_BOM)).decode("utf-8", "replace")
        self._data = text.encode("utf-8", "surrogatepass") if data is None else data
        self._text = text
        ends = list(_LINE_END.finditer(text))
        self._starts = [0, *(found.end() for found in ends)]
        self._ends = [*(found.start() for found in ends), len(text)]
        self._offsets = self._starts if text.isascii() else self._line_offsets()
        self._hashes: tuple[str, list[int]] | None = None
        self._known: dict[int, tuple[int, int]] = {}

    @property
    def lines(self) -> int:
        """How many lines there are; a last line end begins one more, which is empty."""
        return len(self._starts)

    def place(self, span: Span) -> Place:
        """A span's region, cut to what the file has."""
        begin = self._at(span.line, span.column)
        end = self._at(span.end_line, span.end_column)
        if end <= begin:
            end = max(begin, self._ends[bisect_right(self._starts, begin) - 1])
        return self._place(begin, end)

    def around(self, place: Place, lines: int = 2) -> Place | None:
        """Whole lines from some before a region to some after it; None where that is no more than the region."""
        first = max(1, place.line - lines)
        last = min(self.lines, place.end_line + lines)
        if last == self.lines and last > place.end_line and self._starts[-1] == self._ends[-1]:
            last -= 1
        found = self._place(self._starts[first - 1], self._ends[last - 1])
        return found if found.length > place.length else None

    def line_hash(self, line: int) -> str:
        """``primaryLocationLineHash``: the hash of the 100 units from the line's start without blanks, and which of its equals it is."""
        text, starts = self._filtered()
        if not self._known:
            seen: Counter[str] = Counter()
            for number, start in enumerate(starts, 1):
                window = text[start : start + _BLOCK]
                seen[window] += 1
                self._known[number] = (start, seen[window])
        start, count = self._known[line]
        window = text[start : start + _BLOCK]
        value = sum(map(mul, map(ord, window), _POWERS)) & _MASK
        return f"{value:x}:{count}"

    def _filtered(self) -> tuple[str, list[int]]:
        """The bytes' text without blanks, its ends marked, one character a UTF-16 unit; and where each line starts in it."""
        if self._hashes is None:
            text = _utf16(self._data.decode("utf-8", "replace")).replace("\r\n", "\n").replace("\r", "\n")
            text = text.replace(" ", "").replace("\t", "") + "\uffff"
            starts = [0, *(found.end() for found in re.finditer("\n", text))]
            self._hashes = (text + "\0" * _BLOCK, starts)
        return self._hashes

    def _line_offsets(self) -> list[int]:
        """Where each line starts, in UTF-16 units."""
        lengths = (units(self._text[begin:end]) for begin, end in pairwise(self._starts))
        return list(accumulate(lengths, initial=0))

    def _at(self, line: int, column: int) -> int:
        number = min(max(line, 1), self.lines) - 1
        return min(self._starts[number] + max(column, 1) - 1, self._ends[number]) if line <= self.lines else self._ends[number]

    def _place(self, begin: int, end: int) -> Place:
        first = bisect_right(self._starts, begin) - 1
        last = bisect_right(self._starts, end) - 1
        text = self._text
        snippet = text[begin:end]
        return Place(
            line=first + 1,
            column=units(text[self._starts[first] : begin]) + 1,
            end_line=last + 1,
            end_column=units(text[self._starts[last] : end]) + 1,
            offset=self._offsets[first] + units(text[self._starts[first] : begin]),
            length=units(snippet),
            snippet=snippet,
        )


def _utf16(text: str) -> str:
    if text.isascii() or max(text) <= "\uffff":
        return text
    raw = text.encode("utf-16-le", "surrogatepass")
    return "".join(chr(raw[index] | raw[index + 1] << 8) for index in range(0, len(raw), 2))
