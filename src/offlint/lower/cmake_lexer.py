"""What are the commands of a CMake file? The grammar of cmake-language(7), section "Syntax", read from left to right.

It is read here because no parser on PyPI fits a linter that must not use the network and must not hang: tree-sitter-language-pack 1.25
downloads its grammars at run time, gersemi 0.29 is a formatter whose parser (a compiled one) is not an interface, cmakelang is of 2020, and
cmake-parser 0.9 (of 2023) rejects files with a comment such as ``#[x`` and takes quadratic time for unclosed brackets. The grammar has one
construct, the command with its arguments; each character is looked at once.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator

from offlint.model.lazy import dataclass, field, regex
from offlint.model.span import Span, plain_ends

#: More parentheses within each other than this are no program that a person wrote.
MAX_PARENTHESES = 200

_OPEN = regex(r"\[(=*)\[")
_SPACE = regex(r"\s+")
_NAME = regex(r"[A-Za-z_]\w*")
_QUOTED = regex(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
#: An unquoted argument; quotes and ``$(MAKE)`` in its middle are the manual's "unquoted_legacy".
_UNQUOTED = regex(r'(?:[^\s()#"\\$]|\\.|\$\([^()\s"#]*\)|\$|(?<!^)"(?:[^"\\\n]|\\.)*")+', re.DOTALL)
_HOLE = regex(r"@\w+@")
_CONTINUED = regex(r"\\\r?\n")


class CannotLower(Exception):  # noqa: N818
    """The text is no CMake that can be read here; ``str()`` says why in one line."""


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument as written, without its quotes or brackets. ``kind``: empty (unquoted), ``"`` or ``[``."""

    text: str
    kind: str
    span: Span


@dataclass(frozen=True, slots=True)
class Command:
    """One command; its name in lower case (names are case-insensitive) and as written."""

    name: str
    written: str
    arguments: tuple[Argument, ...]
    span: Span


@dataclass(slots=True)
class _Reader:
    text: str
    file: str
    position: int = 0
    starts: list[int] = field(default_factory=lambda: [0])
    closers: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.starts.extend(match.end() for match in re.finditer(r"\n", self.text))

    def place(self, at: int) -> tuple[int, int]:
        line = bisect_right(self.starts, at)
        return line, at - self.starts[line - 1] + 1

    def span(self, start: int, end: int) -> Span:
        return Span(self.file, *self.place(start), *self.place(end))

    def wrong(self, what: str, at: int) -> CannotLower:
        line, column = self.place(at)
        return CannotLower(f"{what} at {line}:{column}")

    def bracket(self, at: int) -> tuple[str, int] | None:
        """The content of a bracket that opens here and where it ends; None where none opens."""
        match = _OPEN.match(self.text, at)
        if match is None:
            return None
        closer = f"]{match[1]}]"
        if self.closers.get(closer, len(self.text)) <= at:
            return None  # known not to close any more
        end = self.text.find(closer, match.end())
        if end < 0:
            self.closers[closer] = at
            return None
        content = self.text[match.end() : end]
        return content.removeprefix("\n"), end + len(closer)

    def blank(self) -> None:
        """Pass white space and comments."""
        while self.position < len(self.text):
            space = _SPACE.match(self.text, self.position)
            if space:
                self.position = space.end()
            elif self.text[self.position] == "#":
                inside = self.bracket(self.position + 1)
                end = self.text.find("\n", self.position)
                self.position = inside[1] if inside else (len(self.text) if end < 0 else end)
            elif hole := _HOLE.match(self.text, self.position):
                self.position = hole.end()  # commands that configure_file fills in are not known
            else:
                return

    def commands(self) -> Iterator[Command]:
        while True:
            self.blank()
            if self.position >= len(self.text):
                return
            start = self.position
            name = _NAME.match(self.text, start)
            if name is None:
                raise self.wrong("no command's name", start)
            self.position = name.end()
            self.blank()
            if self.text[self.position : self.position + 1] != "(":
                raise self.wrong(f"no ( after {name[0]}", start)
            self.position += 1
            arguments = tuple(self.arguments(start))
            yield Command(name[0].lower(), name[0], arguments, self.span(start, self.position))

    def arguments(self, start: int) -> Iterator[Argument]:
        depth = 1
        while True:
            self.blank()
            at = self.position
            if at >= len(self.text):
                raise self.wrong("a ( that is never closed", start)
            sign = self.text[at]
            if sign in "()":
                depth += 1 if sign == "(" else -1
                self.position = at + 1
                if depth == 0:
                    return
                if depth > MAX_PARENTHESES:
                    raise self.wrong("too many nested parentheses", at)
                yield Argument(sign, "", self.span(at, at + 1))
                continue
            yield self.argument(at, sign)

    def argument(self, at: int, sign: str) -> Argument:
        inside = self.bracket(at) if sign == "[" else None
        if inside:
            self.position = inside[1]
            return Argument(inside[0], "[", self.span(at, inside[1]))
        if sign == '"':
            quoted = _QUOTED.match(self.text, at)
            if quoted is None:
                raise self.wrong('a " that is never closed', at)
            self.position = quoted.end()
            return Argument(_CONTINUED.sub("", quoted[1]), '"', self.span(at, quoted.end()))
        match = _UNQUOTED.match(self.text, at)
        if match is None:
            raise self.wrong("a stray backslash", at)
        self.position = match.end()
        return Argument(match[0], "", self.span(at, match.end()))


def read_commands(text: str, file: str) -> Iterator[Command]:
    """The commands in order; raises CannotLower, with line and column, where the text is no CMake."""
    return _Reader(plain_ends(text), file).commands()
