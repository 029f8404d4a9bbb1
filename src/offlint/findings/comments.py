"""Where does a file speak to offlint? Its comments ``# offlint: ignore[OFL201] reason``, and which lines each is about.

A comment is about its own line; alone on a line, about the next line that is none. What stands in one statement with that line
is found by the syntax of the file's language, as far as it takes to see where a statement begins.
"""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath

from offlint.model.lazy import dataclass, field, regex
from offlint.model.span import Span

MARK = regex(r"offlint:\s*ignore", re.IGNORECASE)

_SIGN = r"(?:\#|;|//|%|/\*|<!--|\.\.)"
_COMMENT = regex(
    rf"(?P<sign>{_SIGN})\s*offlint:\s*ignore(?P<whole>-file)?(?![\w-])\s*(?:\[(?P<rules>[^\]]*)\])?(?P<reason>[^#]*)", re.IGNORECASE
)
_LINE_END = regex(r"\r\n|\r|\n")
# what may stand behind a reason: the end of a Markdown or C comment, or of a notebook's line
_ENDS = ("-->", "*/", '\\n",', '\\n"', '"')
_ONLY_COMMENT = regex(r'\s*(?:"\s*)?(?:\#|;|//|/\*|<!--|$)')

_PYTHON = (".py", ".pyi", ".pyw")
_BRACKETS = {".toml": "\"'", ".cmake": '"', "CMakeLists.txt": '"', "meson.build": "'", "meson.options": "'", "meson_options.txt": "'"}
_INDENTED = (".cfg", ".ini", ".wrap", ".conf")

# Where a comment is one. Elsewhere (documents and their examples, data) it may be text, which is not told to be unused.
_CODE = frozenset({*_PYTHON, *_INDENTED, ".toml", ".cmake", ".build", ".options", ".yml", ".yaml", ".sh", ".bash", ".mk", ".in", ""})
_TEXTS = ("CMakeLists", "constraints", "meson_options", "requirements")


@dataclass(frozen=True, slots=True)
class Comment:
    """One comment: its place, the selectors in its brackets, its reason, whether it is about the whole file."""

    span: Span
    rules: tuple[str, ...]
    reason: str
    whole: bool = False


@dataclass(slots=True)
class Comments:
    """A file's comments by the line that they are about, and the first line of the statement that each line belongs to."""

    by_line: dict[int, list[Comment]] = field(default_factory=dict)
    first_line: dict[int, int] = field(default_factory=dict)
    whole: list[Comment] = field(default_factory=list)

    def about(self, span: Span) -> Iterator[Comment]:
        """The comments that may speak of what stands there: on its lines, on the first of its statement, for the whole file."""
        for line in dict.fromkeys((self.first_line.get(span.line, span.line), *range(span.line, span.end_line + 1))):
            yield from self.by_line.get(line, ())
        yield from self.whole

    def all(self) -> Iterator[Comment]:
        """Every comment, in no order."""
        for line in self.by_line.values():
            yield from line
        yield from self.whole


def is_code(file: str) -> bool:
    """Whether what looks like a comment in a file is one, by its name."""
    path = PurePosixPath(file)
    return path.suffix in _CODE or (path.suffix == ".txt" and path.name.startswith(_TEXTS))


def read_comments(file: str, text: str) -> Comments:
    """A file's comments; the file's name says which language it is."""
    comments = Comments()
    lines = _LINE_END.split(text)
    following: dict[int, int] | None = None
    tokens = _tokens(text) if file.endswith(_PYTHON) else None
    for line, column, words in _plain(lines) if tokens is None else _python(tokens):
        found = _COMMENT.search(words)
        if found is None:
            continue
        begin = column + found.start()
        span = Span(file, line, begin, line, begin + len(found[0].rstrip()))
        rules = tuple(dict.fromkeys(word.strip() for word in (found["rules"] or "").split(",") if word.strip()))
        one = Comment(span, rules, _reason(found["reason"]), whole=found["whole"] is not None)
        if one.whole:
            comments.whole.append(one)
        else:
            alone = not lines[line - 1][: begin - 1].strip(' \t\f"')
            if alone and following is None:
                following = _following(lines)
            comments.by_line.setdefault(following[line] if alone and following else line, []).append(one)
    if comments.by_line:
        comments.first_line = dict(_statements(tokens) if tokens is not None else _grouped(file, lines))
    return comments


def _reason(text: str) -> str:
    """What follows the bracket, without a colon or dash before it and a comment's end behind it."""
    text = text.strip()
    end = next((end for end in _ENDS if text.endswith(end)), "")
    return text.removesuffix(end).lstrip(" \t:\u2013\u2014-").rstrip()


def _following(lines: list[str]) -> dict[int, int]:
    """For each line, the next one that is neither blank nor a comment; itself where none follows."""
    after: dict[int, int] = {}
    following = 0
    for number in range(len(lines), 0, -1):
        after[number] = following or number
        if not _ONLY_COMMENT.match(lines[number - 1]):
            following = number
    return after


def _tokens(text: str) -> list[tokenize.TokenInfo] | None:
    """A Python file's tokens; None where this Python cannot read it, and comments are then sought line by line."""
    try:
        return list(tokenize.generate_tokens(io.StringIO(text, newline=None).readline))
    except (tokenize.TokenError, SyntaxError, ValueError, RecursionError):
        return None


def _python(tokens: Iterable[tokenize.TokenInfo]) -> Iterator[tuple[int, int, str]]:
    for token in tokens:
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.start[1] + 1, token.string


def _plain(lines: Iterable[str]) -> Iterator[tuple[int, int, str]]:
    for number, line in enumerate(lines, 1):
        if "offlint" in line.casefold():
            yield number, 1, line


def _statements(tokens: Iterable[tokenize.TokenInfo]) -> Iterator[tuple[int, int]]:
    """For each line of a statement over several lines, the statement's first line (a compound statement's header is one)."""
    begin = 0
    for token in tokens:
        if token.type in {tokenize.COMMENT, tokenize.NL, tokenize.INDENT, tokenize.DEDENT}:
            continue
        begin = begin or token.start[0]
        if token.type == tokenize.NEWLINE:
            yield from ((line, begin) for line in range(begin, token.end[0] + 1))
            begin = 0


def _grouped(file: str, lines: list[str]) -> Iterator[tuple[int, int]]:
    """The same where the language is another: TOML, CMake and Meson by brackets, INI files by indentation, the rest by backslashes."""
    path = PurePosixPath(file)
    quotes = _BRACKETS.get(path.name) or _BRACKETS.get(path.suffix)
    if quotes:
        return _bracketed(lines, quotes)
    return _indented(lines) if path.suffix in _INDENTED else _continued(lines)


def _bracketed(lines: list[str], quotes: str) -> Iterator[tuple[int, int]]:
    """A statement goes on while a bracket or a text of several lines is open."""
    piece = re.compile(rf'\\.|"""|\'\'\'|[{quotes}]|[#()\[\]{{}}]')
    begin, depth, quoted = 1, 0, ""
    for number, line in enumerate(lines, 1):
        if not depth and not quoted:
            begin = number
        for found in piece.finditer(line):
            word = found[0]
            if quoted:
                quoted = "" if word == quoted else quoted
            elif word == "#":
                break
            elif word[0] in quotes:
                quoted = word
            elif word in "([{":
                depth += 1
            elif word in ")]}":
                depth = max(depth - 1, 0)
        if quoted and len(quoted) == 1 and quotes != '"':
            quoted = ""  # a text in one quote ends with its line, but for CMake's
        yield number, begin


def _indented(lines: list[str]) -> Iterator[tuple[int, int]]:
    """A value goes on in lines that are indented, in blank ones and in comments."""
    begin = 1
    for number, line in enumerate(lines, 1):
        if line.strip() and not line[0].isspace() and line[0] not in "#;":
            begin = number
        yield number, begin


def _continued(lines: list[str]) -> Iterator[tuple[int, int]]:
    begin, goes_on = 1, False
    for number, line in enumerate(lines, 1):
        begin = begin if goes_on else number
        goes_on = line.endswith("\\")
        yield number, begin
