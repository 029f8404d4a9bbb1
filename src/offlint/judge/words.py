"""What are the words of a command line? Shell text is split into commands.

Nothing here knows the network. The shell grammar is POSIX's (Shell Command Language, sections 2.2, 2.3, 2.6, 2.7), read leniently:
broken quoting ends at the end of the text, nothing raises, and the time is linear in the text.
"""

from __future__ import annotations

import posixpath
import re

from offlint.model.lazy import dataclass, field, regex

LONGEST = 2_000_000  # characters of one shell text that are read
MOST = 2_000  # commands of one shell text that are kept
DEEPEST = 8  # substitutions and wrappers within each other


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a command line: ``text`` has ``{hole}`` for unknown parts; ``exact`` says that there is no hole."""

    text: str
    exact: bool = True


@dataclass(slots=True)
class Simple:
    """One simple command of a shell text.

    ``before`` is the operator before it (``""`` ``&&`` ``||`` ``|`` ``;``), ``to`` the file its output goes to, ``given`` the text of
    a here-document or here-string, ``inner`` the commands of its substitutions, ``env`` its own ``A=b`` assignments.
    """

    words: list[Word]
    before: str = ""
    to: str | None = None
    given: str | None = None
    inner: list[Simple] = field(default_factory=list)
    env: tuple[str, ...] = ()


HOLE = regex(r"\{[^{}\n]*\}")
_PARTS = (
    r"(?P<skip>[ \t\r\f\v\0]+|\\\r?\n)|(?P<op>\n|&&|\|\|?&?|;;?&?|&(?!>)|[()])"
    r"|(?P<redirect>(?:\d+|&)?(?:<<<|<<-?|>>|>\||[<>]&|<>|[<>](?!\()))"
    r"|(?P<sub>\$\((?!\()|`|[<>]\()|(?P<var>\$\{[^}\n]*\}|\$[A-Za-z_]\w*|\$[0-9@*#?$!-])"
    r"|(?P<single>\$?'[^']*'?)|(?P<double>\")|(?P<escape>\\.)"
)
_EXACT = regex(_PARTS + r"|(?P<plain>[^\s\0'\"\\$`|&;()<>]+)|(?P<any>.)", re.DOTALL)
_HOLED = regex(_PARTS + r"|(?P<hole>\{[^\s{}][^{}\n]*\})|(?P<plain>[^\s\0'\"\\$`|&;()<>{]+)|(?P<any>.)", re.DOTALL)
_QUOTED = regex(
    r"(?P<end>\")|(?P<sub>\$\((?!\()|`)|(?P<var>\$\{[^}\n]*\}|\$[A-Za-z_]\w*|\$[0-9@*#?$!-])"
    r"|(?P<escape>\\.)|(?P<hole>\{[^\s{}][^{}\n]*\})|(?P<any>[^\"\\$`{]+|.)",
    re.DOTALL,
)
_PAREN = regex(r"'[^']*'|\"(?:[^\"\\]|\\.)*\"|\\.|[()]", re.DOTALL)
ASSIGNMENT = regex(r"[A-Za-z_]\w*=")
_EXTENSION = regex(r"\.(?:exe|cmd|bat|com)$", re.IGNORECASE)
_KEYWORDS = frozenset(["if", "then", "else", "elif", "do", "while", "until", "!", "{", "}", "fi", "done", "esac", "time", "@"])


class _Shell:
    """Reads one shell text from left to right."""

    def __init__(self, text: str, exact: bool, depth: int, names: dict[str, Word]) -> None:
        self.text, self.exact, self.depth, self.names = text[:LONGEST], exact, depth, names
        self.commands: list[Simple] = []
        self.position = 0
        self.unclosed = False
        self.start(";")

    def start(self, before: str) -> None:
        self.now = Simple([], before)
        self.redirect: str | None = None
        self.documents: list[tuple[str, Simple]] = getattr(self, "documents", [])
        self.clear()

    def clear(self) -> None:
        self.pieces: list[str] = []
        self.known = True
        self.open = False

    def add(self, text: str, known: bool = True) -> None:
        self.pieces.append(text)
        self.known = self.known and known
        self.open = True

    def variable(self, text: str) -> None:
        name = re.sub(r"\W.*", "", text.strip("${}"), flags=re.DOTALL)
        value = self.names.get(name) if text.strip("${}") == name else None
        if value is None:
            self.add("{" + (name or "argument") + "}", known=False)
        else:
            self.add(value.text, value.exact)

    def substitution(self, opening: str) -> None:
        """``$(…)``, backquotes, ``<(…)``: commands of their own, and a hole in the word."""
        start, end = self.position, -1
        if not self.unclosed and self.depth < DEEPEST:
            if opening == "`":
                end = self.text.find("`", start)
            else:
                level = 1
                for match in _PAREN.finditer(self.text, start):
                    level += {"(": 1, ")": -1}.get(match[0], 0)
                    if level == 0:
                        end = match.start()
                        break
        if end < 0 and (self.unclosed or self.depth >= DEEPEST):
            self.add(opening)
            return
        if end < 0:
            self.unclosed, end = True, len(self.text)
        if len(self.now.inner) < MOST and end > start:
            self.now.inner.extend(split_shell(self.text[start:end], self.exact, self.depth + 1, self.names))
        self.position = end + 1
        self.add("{command}", known=False)

    def end_word(self) -> None:
        if not self.open:
            return
        word = Word("".join(self.pieces), self.known)
        self.clear()
        if self.redirect is None:
            self.now.words.append(word)
        elif self.redirect == "<<<":
            self.now.given = word.text
        elif self.redirect.startswith("<<"):
            self.documents.append((word.text, self.now))
        elif ">" in self.redirect and "<" not in self.redirect and self.redirect[0] not in "23456789" and not word.text.startswith("/dev/"):
            self.now.to = None if self.redirect.endswith("&") and word.text.isdigit() else word.text
        self.redirect = None

    def end_command(self, operator: str) -> None:
        self.end_word()
        now, words = self.now, self.now.words
        start = next((at for at, word in enumerate(words) if word.text not in _KEYWORDS), len(words))
        end = next((at for at in range(start, len(words)) if not ASSIGNMENT.match(words[at].text)), len(words))
        env = now.env = tuple(word.text for word in words[start:end])
        del words[:end]
        if not words:
            for text in env:
                name, _, value = text.partition("=")
                self.names[name] = Word(value, not HOLE.search(value) or (self.exact and "{command}" not in value))
        if words or now.inner or now.given is not None or env:
            self.commands.append(now)
            self.start(operator)
        elif operator != "\n" or now.before == "|":
            self.start(operator if operator != "\n" else now.before)
        if operator == "\n":
            self.here_documents()

    def here_documents(self) -> None:
        for delimiter, command in self.documents:
            ending = re.compile(r"^[ \t]*" + re.escape(delimiter) + r"[ \t\r]*$", re.MULTILINE)
            match = ending.search(self.text, self.position)
            end = match.start() if match else len(self.text)
            command.given = self.text[self.position : end]
            self.position = match.end() if match else end
        self.documents.clear()

    def quoted(self) -> None:
        self.open = True
        while match := _QUOTED.match(self.text, self.position):
            self.position = match.end()
            kind, text = match.lastgroup, match[0]
            if kind == "end":
                return
            if kind == "sub":
                self.substitution(text)
            elif kind == "var":
                self.variable(text)
            elif kind == "escape":
                self.add(text[1] if text[1] in '"\\$`' else "" if text[1] == "\n" else text)
            else:
                self.add(text, known=kind != "hole" or self.exact)

    def read(self) -> list[Simple]:
        token = _EXACT if self.exact else _HOLED
        while len(self.commands) < MOST and (match := token.match(self.text, self.position)):
            self.position = match.end()
            kind, text = match.lastgroup, match[0]
            if kind == "skip":
                self.end_word()
            elif kind == "op":
                self.end_command(_OPERATORS.get(text, ";"))
            elif kind == "redirect":
                self.end_word()
                self.redirect = text
            elif kind == "sub":
                self.substitution(text)
            elif kind == "var":
                self.variable(text)
            elif kind == "single":
                self.add(text.lstrip("$")[1:].removesuffix("'"), self.exact or not HOLE.search(text))
            elif kind == "double":
                self.quoted()
            elif kind == "escape":  # an escaped letter is a Windows path far more often than an escape
                self.add(text if text[1].isalnum() else text[1])
            elif not self.open and text.startswith("#"):
                end = self.text.find("\n", self.position)
                self.position = len(self.text) if end < 0 else end
            else:
                self.add(text, known=kind != "hole")
        self.end_command(";")
        return self.commands


_OPERATORS = {"&&": "&&", "||": "||", "|": "|", "|&": "|", "\n": "\n"}


def split_shell(text: str, exact: bool = True, depth: int = 0, names: dict[str, Word] | None = None) -> list[Simple]:
    """Every simple command of a shell text in order; ``names`` are the variables known so far (``A=b`` adds to them)."""
    commands = _Shell(text, exact, depth, {} if names is None else names).read()
    for command in commands:
        command.before = ";" if command.before == "\n" else command.before
    return commands


def program(word: Word) -> str:
    """A program's bare name: no folder, no ``.exe``, no holes (``{bin}/python{version}`` is ``python``); empty if it is only a hole."""
    text = word.text if word.exact else HOLE.sub("", word.text)
    return _EXTENSION.sub("", re.split(r"[/\\]", text.strip().strip("\"'&"))[-1])


def join(folder: str, path: str) -> str:
    """A path in a folder, normalised; ``""`` and ``⟨root⟩`` are the root."""
    joined = posixpath.normpath(posixpath.join(folder, path.replace("\\", "/")))
    joined = joined.rpartition("⟨root⟩")[2].lstrip("/") if "⟨root⟩" in joined else joined
    return "" if joined == "." else joined
