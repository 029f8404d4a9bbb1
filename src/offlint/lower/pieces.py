"""Which Python does a text hold? Code cells and directives of documents, as pieces that know where their lines stand in the file.

A document's pieces share their names, as cells of one notebook do; a piece that cannot be read costs only itself.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Iterator

from offlint.lower.python import CannotLower, lower_python
from offlint.model import step as s
from offlint.model.lazy import dataclass, regex
from offlint.model.span import Moved, lines_of

_FENCE = regex(r"^([ \t]*)(`{3,}|~{3,}|:{3,})[ \t]*\{([\w:-]+)\}[ \t]*(.*)")
_DIRECTIVE = regex(r"^([ \t]*)\.\.[ \t]+([\w:-]+)::[ \t]*(.*)")
#: What begins with two points and is no comment: directives, targets, footnotes, substitutions.
_MARKUP = regex(r"\.\. +(?:[\[_|]|\S+::(?:\s|$))")
_ITEM = regex(r"[ \t]*(?:[-*+•]|\(?\w{1,4}[.)])[ \t]+")
#: A fence of Markdown around code, of MyST's around what is shown.
_SHOWS = regex(r"[ \t]*(`{3,}|~{3,})[ \t]*(?:\{(?:code|code-block|sourcecode|parsed-literal|raw|math)\}|[^{`]*$)")
#: Directives whose content is shown as it is.
_VERBATIM = frozenset({
    "code", "code-block", "sourcecode", "parsed-literal", "raw", "math", "code-tab", "prompt", "testcode", "testsetup", "testoutput",
    "doctest", "graphviz", "mermaid", "uml", "digraph", "productionlist",
})  # fmt: skip
_OPTION = regex(r"^[ \t]*:([\w-]+):[ \t]*(.*)")
_PROMPT = regex(r"^(\s*)(?:>>> ?|\.\.\. ?|In \[\d*\]: ?|   \.+: ?)")
_SHELL = regex(r"^(\s*)(?:\w[\w, ]*=\s*)?!{1,2}(?=[^=])(.+)$")
_MAGIC = regex(r"^(\s*)%{1,2}(\w+)\s*(.*)$")
_HELP = regex(r"^\s*\?|^[\w.]+\?{1,2}\s*$")
_TIMED = frozenset({"time", "timeit", "prun", "memit", "capture"})
_RUN = frozenset({"pip", "conda", "mamba", "uv", "system", "sx"})
_SHELLS = frozenset({"bash", "sh", "system", "script"})
_TAGGED = regex(r"skip-execution")


@dataclass(frozen=True, slots=True)
class Piece:
    """Code and, for each of its lines, where it stands in the file."""

    code: str
    lines: tuple[Moved, ...]


@dataclass(frozen=True, slots=True)
class Block:
    """A directive: its name, what stands behind it, its options, and its content as code."""

    name: str
    argument: str
    options: dict[str, str]
    piece: Piece
    line: int


def lower_pieces(pieces: Iterable[Piece], file: str) -> s.Module:
    """The steps of all pieces, one after the other. Raises CannotLower where none of them can be read."""
    body: list[s.Step] = []
    unread: list[tuple[int, str]] = []
    count = 0
    for piece in pieces:
        count += 1
        try:
            body.extend(lower_python(piece.code, file, piece.lines).body)
        except CannotLower as why:
            unread.append((piece.lines[0][0] if piece.lines else 1, str(why)))
    if unread and len(unread) == count:
        raise CannotLower(f"no code block can be read: {unread[0][1]}")
    return s.Module(file, tuple(body), tuple(unread))


def blocks(text: str, names: frozenset[str], *, flat: frozenset[str] = frozenset(), markdown: bool = False) -> Iterator[Block]:
    """The directives of these names, in reStructuredText and in MyST's fences, with their content.

    Those that only show text (in comments, literal blocks and code) are none. What stands in a ``flat`` one is text like any other.
    """
    wide = lines_of(text)
    lines = [line.expandtabs(4) for line in wide]
    number = 0
    around: list[str] = []  # fences that are open
    while number < len(lines):
        line = lines[number]
        number += 1
        if around and _closes(line, around[-1]):
            around.pop()
            continue
        fence = _FENCE.match(line)
        directive = None if fence else _DIRECTIVE.match(line)
        name, argument = (fence[3], fence[4]) if fence else (directive[2], directive[3]) if directive else ("", "")
        if name in flat:
            yield Block(name, argument.rstrip(), {}, Piece("", ()), number)
        elif fence and name in names:
            end = _closing(lines, number, fence[2]) or len(lines)
            yield _block(name, argument.rstrip(), lines, wide, number, end)
            number = end
        elif directive and name in names:
            end = _dedent(lines, number, len(directive[1]))
            yield _block(name, argument.rstrip(), lines, wide, number, end)
            number = end
        elif markdown and (shows := _SHOWS.match(line)):
            number = _closing(lines, number, shows[1]) or len(lines)
        elif name in _VERBATIM if directive else not fence and _is_verbatim(lines, number):
            number = _dedent(lines, number, _indent(line))
        if markdown and fence and (name in flat or (name not in names and name not in _VERBATIM)):
            around.append(fence[2])


def _is_verbatim(lines: list[str], number: int) -> bool:
    """Whether a comment begins on the line before, or a literal block after it; an empty comment has nothing below it."""
    line = lines[number - 1].strip()
    if line == "..":
        return number < len(lines) and bool(lines[number].strip())
    return line.endswith("::") if not line.startswith(".. ") else _MARKUP.match(line) is None


def _indent(line: str) -> int:
    """Where the text of a line begins, behind what makes it an item of a list."""
    item = _ITEM.match(line)
    return len(item[0]) if item else len(line) - len(line.lstrip())


def _closing(lines: list[str], begin: int, fence: str) -> int | None:
    return next((number for number in range(begin, len(lines)) if _closes(lines[number], fence)), None)


def _closes(line: str, fence: str) -> bool:
    stripped = line.strip()
    return len(stripped) >= len(fence) and not stripped.strip(fence[0])


def _dedent(lines: list[str], begin: int, indent: int) -> int:
    """The first line after the indented block."""
    for number in range(begin, len(lines)):
        line = lines[number]
        if line.strip() and len(line) - len(line.lstrip()) <= indent:
            return number
    return len(lines)


def _block(name: str, argument: str, lines: list[str], wide: list[str], begin: int, end: int) -> Block:  # noqa: PLR0917
    """``wide`` are the lines with their tabs."""
    options: dict[str, str] = {}
    at = begin
    if at < end and lines[at].strip() == "---":  # MyST's YAML options
        at += 1
        while at < end and lines[at].strip() != "---":
            key, _, value = lines[at].partition(":")
            options[key.strip()] = value.strip()
            at += 1
        at += 1
    while at < end and (found := _OPTION.match(lines[at])):
        options[found[1]] = found[2].rstrip()
        at += 1
    body = lines[at:end]
    code = textwrap.dedent("\n".join(body))
    shift = next((len(old) - len(new) for old, new in zip(body, code.split("\n"), strict=False) if new.strip()), 0)
    places = tuple(Moved(at + 1 + n, shift, len(wide[at + n])) for n in range(len(body)))
    return Block(name, argument, options, Piece(code + "\n", places), begin)


def skipped(block: Block) -> bool:
    """Whether a code cell's own tags keep it from being run (MyST-NB, "Skip execution of cells")."""
    return _TAGGED.search(" ".join(block.options.values())) is not None


def plain(piece: Piece) -> Piece:
    """IPython's code as Python's: shell lines and installing magics become calls, other magics go."""
    lines = piece.code.split("\n")
    first = next((line for line in lines if line.strip()), "")
    cell = re.match(r"^\s*%%(\w+)", first)
    if cell and cell[1] in _SHELLS:
        return Piece(
            "\n".join(_system("", line) if line.strip() and not line.lstrip().startswith("%%") else "" for line in lines), piece.lines
        )
    if cell and cell[1] not in _TIMED:
        return Piece("\n" * piece.code.count("\n"), piece.lines)
    return Piece("\n".join(_plain(line) for line in lines), piece.lines)


def _plain(line: str) -> str:
    if shell := _SHELL.match(line):
        return _system(shell[1], shell[2])
    if magic := _MAGIC.match(line):
        indent, name, rest = magic.groups()
        if name in _RUN:
            return _system(indent, rest if name in ("system", "sx") else f"{name} {rest}")
        if name == "run" and rest:
            return f"{indent}__import__('runpy').run_path({rest.split()[0]!r})"
        return (
            f"{indent}{re.sub(r'^(-+[a-zA-Z]+ *[0-9]* +)*', '', rest)}" if name in _TIMED and line.lstrip()[1] != "%" else f"{indent}pass"
        )
    return "pass" if _HELP.match(line) else line


def _system(indent: str, command: str) -> str:
    return f"{indent}__import__('os').system({command.strip()!r})"


def prompted(piece: Piece) -> Piece:
    """Code of an interactive session without its prompts and outputs; other code as it is."""
    lines = piece.code.split("\n")
    if not any(_PROMPT.match(line) for line in lines):
        return piece
    found = [_PROMPT.match(line) for line in lines]
    prompts = [one.end() if one else len(line) for one, line in zip(found, lines, strict=True)]
    places = [at._replace(shift=at.shift + prompt) for at, prompt in zip(piece.lines, prompts, strict=False)]
    return Piece("\n".join(line[prompt:] for line, prompt in zip(lines, prompts, strict=True)), tuple(places))


def ipython(piece: Piece) -> Piece:
    """The code of an ``ipython`` directive: prompts, magics and its own decorators (``@savefig``, ``@verbatim``) taken away."""
    lines = prompted(piece).code.split("\n")
    kept: list[str] = []
    verbatim = False
    for line in lines:
        word = line.strip()
        if word.startswith(("@verbatim", "@savefig", "@suppress", "@doctest", "@okexcept", "@okwarning")):
            verbatim = word.startswith("@verbatim")
            kept.append("")
        else:
            kept.append("" if verbatim else line)
            verbatim = verbatim and bool(word)
    return plain(Piece("\n".join(kept), piece.lines))
