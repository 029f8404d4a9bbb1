"""What does a page say? One Markdown file as title, head, prose and examples with their marks.

The format is described in rules/README.md. Only title and head are read at once; sections and marks are read when asked for.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from difflib import get_close_matches
from pathlib import PurePosixPath
from typing import Any

from offlint.model.lazy import dataclass, regex
from offlint.model.toml_ import TomlError, read_toml
from offlint.rulebook.errors import RulebookError

Parse = Callable[[str], dict[str, Any]]
parse_head: Parse = read_toml

MARKS = ("expect", "access", "missed", "false-alarm")

TITLE = regex(r"\A\s*# +(\S.*)$", re.MULTILINE)
HEAD = regex(r"^```toml[ \t]*\n(.*?)^```[ \t]*$", re.MULTILINE | re.DOTALL)
SECTION = regex(r"^#{2,6} ", re.MULTILINE)
FENCE = regex(r" {0,3}(`{3,}|~{3,})[ \t]*(.*)")
HEADING = regex(r"(#{2,6}) +(\S.*)")
BLOCK_TITLE = regex(r"""\btitle=(?:"([^"]+)"|'([^']+)'|(\S+))""")
TABLE = regex(r"\s*(\[{1,2})([^\[\]]+)\]{1,2}\s*(?:#.*)?$")
WORD = r"[\w./*<>+-]+"
SIGN = r"(?:\#|//|--|;|%|\.\.|<!--|/\*)"
CLOSER = r"\s*(?!\s)(?:-->|\*/)?"  # the blanks are taken once: no text makes it go back over them
MARK = regex(rf"{SIGN}\s*({'|'.join(MARKS)}):((?:[ \t,]+{WORD})*?){CLOSER}(?=\s*(?:$|{SIGN}\s*(?:{'|'.join(MARKS)}):))")
BEGUN = regex(rf"{SIGN}\s*(?:{'|'.join(MARKS)}):(?=\s|$)")
ALMOST = regex(rf"{SIGN}\s*([a-z][a-z -]{{3,12}}):(?:[ \t,]+{WORD})*{CLOSER}$")
TOML_PLACE = regex(r" \(at line (\d+), column (\d+)\)$")


@dataclass(frozen=True, slots=True)
class Mark:
    """What a line of an example claims: ``kind`` is one of MARKS, ``words`` follow its colon."""

    kind: str
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Example:
    """A headed section with files: one project. ``lines`` says at which line of the page each file's first line stands."""

    heading: str
    line: int
    files: Mapping[str, str]
    marks: Mapping[str, Mapping[int, tuple[Mark, ...]]]
    lines: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Head:
    """A page's TOML block; ``line`` is the page's line on which its text begins, 0 where the page has none."""

    data: Mapping[str, Any]
    text: str = ""
    line: int = 0

    def line_of(self, table: str = "", index: int = 0, key: str = "") -> int:
        """The page's line of a key, of a table (``index`` counts ``[[table]]`` from 0), or else of the head."""
        found = max(self.line, 1)
        counts: dict[str, int] = {}
        inside, quoted = not table, ""
        assigns = re.compile(rf"""\s*["']?{re.escape(key or table)}["']?\s*[=.]""")
        for number, line in enumerate(self.text.split("\n"), found):
            if quoted:
                quoted = "" if line.count(quoted) % 2 else quoted
                continue
            header = TABLE.match(line)
            if header:
                name = header[2].strip()
                counts[name] = counts.get(name, -1) + 1
                inside = name == table and counts[name] == index
                if inside:
                    found = number
            elif assigns.match(line) and (inside or (not key and not counts)):
                return number
            quoted = next((mark for mark in ('"""', "'''") if line.count(mark) % 2), "")
        return found


@dataclass(frozen=True, slots=True)
class Section:
    """A heading of a page and what stands under it, up to the next heading of any depth. ``files``: title, line, code."""

    heading: str
    line: int
    text: str
    files: tuple[tuple[str, int, str], ...]


@dataclass(frozen=True, slots=True)
class Page:
    """One page. ``body`` is the raw Markdown after the head, ``body_line`` its first line in the page."""

    path: str
    title: str
    head: Head
    body: str
    body_line: int

    @property
    def sections(self) -> tuple[Section, ...]:
        """The body by headings; what stands before the first heading has an empty one."""
        return tuple(read_sections(self.path, self.body, self.body_line))

    @property
    def prose(self) -> str:
        """The sections without files, as Markdown."""
        return "\n\n".join(section.text for section in self.sections if not section.files and section.text)

    @property
    def examples(self) -> tuple[Example, ...]:
        """The sections with files, each a project of its own; raises RulebookError for a bad title or mark."""
        return tuple(read_example(self.path, section) for section in self.sections if section.files)

    @property
    def summary(self) -> str:
        """The first paragraph under the head, in one line; empty where the first thing is a heading."""
        start = SECTION.search(self.body)
        paragraph = (self.body[: start.start()] if start else self.body).strip().split("\n\n")[0]
        return " ".join(paragraph.split())


def read_page(path: str, text: str, parse: Parse = parse_head) -> Page:
    """Read a page's title and head, the TOML of which ``parse`` reads.

    Raises RulebookError, with the line, where there is no title or the TOML is wrong.
    """
    text = text.removeprefix("\ufeff").replace("\r\n", "\n")
    title = TITLE.match(text)
    if title is None:
        raise RulebookError([f"{path}:1: a page begins with its title: # …"])
    block = HEAD.search(text, title.end())
    first = SECTION.search(text, title.end())
    if block is None or (first and first.start() < block.start()):
        return Page(path, title[1].rstrip(), Head({}), text[title.end() :].strip("\n"), _body_line(text, title.end()))
    line = text.count("\n", 0, block.start(1)) + 1
    try:
        data = parse(block[1])
    except TomlError as error:
        raise RulebookError([_toml_problem(path, line, str(error))]) from None
    return Page(path, title[1].rstrip(), Head(data, block[1], line), text[block.end() :].strip("\n"), _body_line(text, block.end()))


def _body_line(text: str, end: int) -> int:
    start = end + len(text[end:]) - len(text[end:].lstrip("\n"))
    return text.count("\n", 0, start) + 1


def _toml_problem(path: str, line: int, message: str) -> str:
    place = TOML_PLACE.search(message)
    if place is None:
        return f"{path}:{line}: {message}"
    return f"{path}:{line + int(place[1]) - 1}: {message[: place.start()]} (column {place[2]})"


def read_sections(path: str, body: str, first_line: int) -> Iterator[Section]:
    """Split Markdown at its headings, minding fences. Raises RulebookError for a fence that is never closed."""
    heading, started = "", first_line
    text: list[str] = []
    files: list[tuple[str, int, str]] = []
    fence, opened, name = "", 0, ""
    code: list[str] = []
    for number, line in enumerate(body.split("\n"), first_line):
        if fence:
            text.append(line)
            if line.strip() and not line.strip(fence[0] + " \t") and len(line.strip()) >= len(fence):
                if name:
                    files.append((name, opened + 1, "".join(f"{row}\n" for row in code)))
                fence = ""
            else:
                code.append(line)
            continue
        begin, head = FENCE.match(line), HEADING.match(line)
        if head:
            yield Section(heading, started, "\n".join(text).strip("\n"), tuple(files))
            heading, started, text, files = head[2].rstrip().rstrip("#").rstrip(), number, [], []
        elif begin and "`" not in begin[2]:
            titled = BLOCK_TITLE.search(begin[2])
            fence, opened, code = begin[1], number, []
            name = (titled[1] or titled[2] or titled[3]) if titled else ""
        text.append(line)
    if fence:
        raise RulebookError([f"{path}:{opened}: this block is never closed"])
    yield Section(heading, started, "\n".join(text).strip("\n"), tuple(files))


def read_example(path: str, section: Section) -> Example:
    """Read the marks of a section's files. Comments stay in the code: line n of a file is line n of its block."""
    files: dict[str, str] = {}
    marks: dict[str, dict[int, tuple[Mark, ...]]] = {}
    lines: dict[str, int] = {}
    problems: list[str] = []
    for name, line, code in section.files:
        pure = PurePosixPath(name)
        if name in files:
            problems.append(f'{path}:{line - 1}: a second file "{name}" under this heading')
        if pure.is_absolute() or ".." in pure.parts or str(pure) != name:
            problems.append(f'{path}:{line - 1}: "{name}" is no plain path inside a project')
        files[name], lines[name], marks[name] = code, line, {}
        for number, row in enumerate(code.split("\n"), 1):
            try:
                found = read_marks(row)
            except ValueError as error:
                problems.append(f"{path}:{line + number - 1}: {error}")
            else:
                if found:
                    marks[name][number] = found
    if problems:
        raise RulebookError(problems)
    return Example(section.heading, section.line, files, marks, lines)


def read_marks(line: str) -> tuple[Mark, ...]:
    """The marks at the end of one line, several if each has its own comment sign.

    Raises ValueError for a mark without words, for one that is not the end of its line, and for a word that is nearly a
    mark's (``# expects: OFL101``).
    """
    found = [Mark(match[1], tuple(match[2].replace(",", " ").split())) for match in MARK.finditer(line)] if ":" in line else []
    for mark in found:
        if not mark.words:
            raise ValueError(f'the mark "{mark.kind}:" says nothing')
    begun = len(BEGUN.findall(line)) if ":" in line else 0
    if begun != len(found):
        raise ValueError("a mark stands at the end of its line and has only words after its colon")
    almost = ALMOST.search(line) if not found and ":" in line else None
    if almost and almost[1] not in MARKS:
        near = nearest(almost[1], MARKS, cutoff=0.85)
        if near:
            raise ValueError(f'unknown mark "{almost[1]}:"{near}')
    return tuple(found)


def nearest(word: str, known: Iterable[str], cutoff: float = 0.6) -> str:
    """``, did you mean "x"?`` for the known word that is nearest, or nothing."""
    close = get_close_matches(word, list(known), n=1, cutoff=cutoff)
    return f', did you mean "{close[0]}"?' if close else ""
