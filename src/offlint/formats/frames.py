"""What does the source look like there? Frames with the call underlined, and with the lines that show guard and integrity."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import pairwise

from rich.cells import cell_len
from rich.text import Text

from offlint.formats.base import shown
from offlint.model.access import Access
from offlint.model.lazy import dataclass
from offlint.model.span import Span, lines_of

# Of a call that is longer, its first lines and its last one stand for it.
_MOST_LINES = 5
_NARROWEST = 24


@dataclass(frozen=True, slots=True)
class Mark:
    """A place that is underlined, with ``sign``s, and what is said of it."""

    span: Span
    sign: str
    style: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class _Piece:
    """The columns of one line that a mark covers, from 0."""

    mark: Mark
    begin: int
    end: int
    label: str = ""


def marks_of(span: Span, access: Access | None, style: str) -> list[Mark]:
    """The finding's own place, then the evidence."""
    found = [Mark(span, "^", style)]
    if access is not None:
        guard = access.guard
        flaws = f"guard: {', '.join(guard.flaws)}" if guard.flaws else "guard"
        places = (("guard", guard.evidence), (flaws, guard.flaw_evidence), ("integrity", access.integrity.evidence))
        labels: dict[Span, str] = {}
        for label, place in places:
            if place is not None and place != span:
                labels.setdefault(place, label)
        found += [Mark(place, "-", "cyan", label) for place, label in labels.items()]
    return found


def margin(marks: Sequence[Mark]) -> int:
    """How wide the line numbers are."""
    return max(len(str(mark.span.end_line if mark.sign == "^" else mark.span.line)) for mark in marks)


def frames(marks: Sequence[Mark], sources: Mapping[str, str], before: str, width: int) -> Iterator[Text]:
    """The lines of the frames, a file each, that of the first mark first."""
    wide = margin(marks)
    for file in dict.fromkeys(mark.span.file for mark in marks):
        own = [mark for mark in marks if mark.span.file == file]
        place = own[0].span
        arrow, column = ("-->", f":{place.column}") if own[0].sign == "^" else (":::", "")
        yield Text.assemble((f"{' ' * wide}{arrow} ", "blue"), (f"{shown(before + file)}:{place.line}{column}", "underline"))
        pieces = _pieces(own, _split(sources.get(file, "")))
        if pieces:
            yield Text(f"{' ' * wide} |", "blue")
            yield from _lines(pieces, _split(sources[file]), wide, width)


_split = lru_cache(32)(lines_of)  # a file with many findings is split once


def _pieces(marks: Sequence[Mark], lines: Sequence[str]) -> dict[int, list[_Piece]]:
    """What to underline on which line; evidence only on its first."""
    found: dict[int, list[_Piece]] = {}
    for mark in marks:
        span = mark.span
        if not 0 < span.line <= len(lines):
            continue
        last = min(span.end_line, len(lines)) if mark.sign == "^" else span.line
        numbers = list(range(span.line, last + 1))
        if len(numbers) > _MOST_LINES:
            numbers = [*numbers[:3], last]
        for number in numbers:
            line = lines[number - 1]
            begin = span.column - 1 if number == span.line else len(line) - len(line.lstrip())
            end = span.end_column - 1 if number == span.end_line else len(line.rstrip())
            piece = _Piece(mark, begin, max(begin, end), mark.label if number == last else "")
            found.setdefault(number, []).append(piece)
    return dict(sorted(found.items()))


def _lines(pieces: Mapping[int, Sequence[_Piece]], lines: Sequence[str], wide: int, width: int) -> Iterator[Text]:
    numbers = list(pieces)
    gaps = {after: before for before, after in pairwise(numbers)}
    room = max(_NARROWEST, width - wide - 3)
    for number in numbers:
        skipped = number - gaps.get(number, number - 1) - 1
        if skipped == 1:
            yield Text.assemble((f"{number - 1:>{wide}} | ", "blue"), (_cut(plain(lines[number - 2]), room), "dim"))
        elif skipped > 1:
            yield Text(f"{'.' * wide} |", "blue")
        line = lines[number - 1]
        whole = cell_len(plain(line)) <= room
        for index, piece in enumerate(pieces[number]):
            left, marked, right = (plain(part) for part in (line[: piece.begin], line[piece.begin : piece.end], line[piece.end :]))
            if left + marked + right != plain(line):  # what a mark parts may be masked only as a whole
                left, marked, right = "", plain(line), ""
            if not whole:
                left, marked, right = _window(left, marked, right, room)
            if not index or not whole:
                yield Text.assemble((f"{number:>{wide}} | ", "blue"), left + marked + right)
            under = f"{' ' * cell_len(left)}{piece.mark.sign * max(1, cell_len(marked))}"
            yield Text.assemble((f"{' ' * wide} | ", "blue"), (f"{under} {piece.label}".rstrip(), piece.mark.style))


def _window(left: str, marked: str, right: str, room: int) -> tuple[str, str, str]:
    """A long line cut to what is around the mark."""
    if cell_len(left) > room // 2:
        left = f"…{left[-(room // 4) :]}"
    marked = _cut(marked, room - cell_len(left))
    rest = room - cell_len(left) - cell_len(marked)
    return left, marked, _cut(right, rest) if rest else ""


def _cut(text: str, room: int) -> str:
    if cell_len(text) <= room:
        return text
    while cell_len(text) > room - 1:
        text = text[: room - 1] if len(text) > room - 1 else text[:-1]
    return f"{text}…"


def plain(line: str) -> str:
    """A piece of a line as it is drawn: as wide as it looks, and without credentials."""
    return shown(line.replace("\t", "    "))
