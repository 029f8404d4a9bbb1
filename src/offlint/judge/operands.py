"""Which words after a program are its options, which its operands, and what does an operand name: a place, a file, a digest?"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

from offlint.judge.words import Word, join
from offlint.judge.wrappers import WRAPPERS
from offlint.model.lazy import dataclass, field, regex
from offlint.rulebook.schema import Command, Rulebook


@dataclass(frozen=True, slots=True)
class Tree:
    """What stays the same for one command line: the pages, the tree, where it runs, and its own ``A=b`` words."""

    book: Rulebook
    shipped: Callable[[str], bool]
    cwd: str
    env: tuple[str, ...] = ()


@dataclass(slots=True)
class Parsed:
    """The words after the program, told apart by one row's ``values``."""

    texts: list[str] = field(default_factory=list)
    options: dict[str, list[Word | None]] = field(default_factory=dict)
    operands: list[Word] = field(default_factory=list)

    def add(self, name: str, value: Word | None = None) -> None:
        """Note that an option was given, with its value if it has one."""
        self.options.setdefault(name, []).append(value)

    def given(self, phrase: Sequence[str], env: Sequence[str] = ()) -> bool:
        """Whether the options of a phrase are there, words in a row; ``A=b`` is looked for in the environment too."""
        first, rest = phrase[0], list(phrase[1:])
        if not rest:
            return first in self.texts or first in env or any(_truth(value) for value in self.options.get(first, ()))
        found = (self.texts[at : at + len(phrase)] == list(phrase) for at, text in enumerate(self.texts) if text == first)
        joined = " ".join(rest)
        return any(found) or any(value is not None and value.text == joined for value in self.options.get(first, ()))

    def values(self, names: Iterable[str]) -> list[Word]:
        """The values of these options, in the order of the names."""
        return [value for name in names for value in self.options.get(name, ()) if value is not None]


_LOOPBACK = regex(r"(?i)^(?:[^@/]*@)?(?:localhost|[\w-]+\.localhost|127(?:\.\d+){1,3}|0\.0\.0\.0|\[?::1\]?)(?::|/|$)|^:\d+(?:/|$)")
SCHEME = regex(r"(?i)^((?:[a-z][a-z0-9.-]*\+)?)([a-z][a-z0-9.-]*|\{[^{}]*\})://(.*)", re.DOTALL)
REQUIREMENT = regex(r"(?i)^[\w.-]+(?:\[[\w,. -]*\])?\s*@\s*(?=[a-z+]+:)")
_PATH = regex(r"^(?:⟨|\.|/|~|\\|[A-Za-z]:[\\/]|(?:file|data|link|portal|workspace):)", re.IGNORECASE)
_HOST_PATH = regex(r"^(?:[\w.+-]+@)?(?:[\w.-]{2,}|\{[^{}]*\}):(?!//)\S")
_ARCHIVE = regex(r"\.(?:whl|tgz|tar|tar\.\w+|zip|deb|rpm|conda|gem|jar|nupkg|crate|dmg|apk)$", re.IGNORECASE)
_LOCAL_HOLE = regex(r"(?i)^\{(?![^{}]*(?:ur[il]|host|server|mirror|remote|repo))[^{}]*(?:path|dir|tmp|temp|folder|root|cwd|here|__file__)")
_DIGEST = regex(r"(?i)(?:^|[#&@=])(md5|sha-?1|sha-?(?:224|256|384|512)|blake2[bs])[:=]([0-9a-f]{32,128}|\{[^{}]*\})$")
_BY_LENGTH = {32: "md5", 40: "sha1", 56: "sha224", 64: "sha256", 96: "sha384", 128: "sha512"}


def parse(args: Sequence[Word], row: Command, words: int) -> Parsed:
    """Options apart from operands; ``-fsSLo FILE`` is read as a bundle, unless the row knows a long option with one dash.

    Of a program that runs another one (``uv run X``, ``npx X``), the options after that one's name are not its own.
    """
    parsed = Parsed([word.text for word in args])
    known = {*row.values, *row.sub, *(phrase[0] for phrases in (row.local_if, row.insecure_if, row.verified_if) for phrase in phrases)}
    bundles = not any(len(name) > 2 and name[0] == "-" != name[1] for name in known)
    takes = row.values if bundles else {name.lower() for name in row.values} | row.values
    stop = words + 1 if row.runs or " ".join((row.program, *row.sub)) in WRAPPERS else len(args) + 1
    at = 0
    while at < len(args):
        word, following = args[at], args[at + 1] if at + 1 < len(args) else None
        text = word.text
        at += 1
        if text == "--":
            parsed.operands.extend(args[at:])
            break
        if not text.startswith("-") or text == "-":
            parsed.operands.append(word)
            if len(parsed.operands) >= stop:
                parsed.operands.extend(args[at:])
                break
            continue
        name, equals, value = text.partition("=")
        if not bundles or text.startswith("--"):
            low = name if bundles else name.lower()
            if equals:
                parsed.add(name, Word(value, word.exact))
            elif name in takes or low in takes:
                parsed.add(name, following)
                at += 1
            else:
                parsed.add(name)
            if low != name:
                parsed.options[low] = parsed.options[name]
            continue
        for letter in range(1, min(len(text), 40)):
            option, rest = "-" + text[letter], text[letter + 1 :]
            if option in row.values:
                parsed.add(option, Word(rest, word.exact) if rest else following)
                at += not rest
                break
            parsed.add(option)
    return parsed


def _truth(value: Word | None) -> bool:
    """Whether an option without a value, or with this one, is switched on."""
    return value is None or value.text.lower() not in ("false", "0", "no", "never", "off")


def leads_out(text: str) -> bool:
    """Whether a text names a server: a URL that is no file's, or the way ssh and git write it (``git@host:path``)."""
    scheme = SCHEME.match(text)
    return scheme[2].lower() != "file" if scheme else _HOST_PATH.match(text) is not None


def place_of(word: Word, tree: Tree) -> str:
    """Is an operand ``remote``, ``loopback``, a local ``path``, a bare ``name``, or ``unknown``? A requirement's name is left out."""
    text = REQUIREMENT.sub("", word.text)
    if match := SCHEME.match(text):
        return "path" if match[2].lower() == "file" else "loopback" if _LOOPBACK.match(match[3]) else "remote"
    if _LOOPBACK.match(text):
        return "loopback"
    if _PATH.match(text) or _LOCAL_HOLE.match(text) or (word.exact and tree.shipped(join(tree.cwd, text))):
        return "path"
    if _HOST_PATH.match(text):
        return "remote"
    if not word.exact and text.startswith("{"):
        return "unknown"
    host = text.split("/", 1)[0]
    return "path" if _ARCHIVE.search(text) and (host == text or "." not in host) else "name"


def select(place: str, parsed: Parsed) -> list[Word]:
    """The words at a place such as ``operand:1`` or ``option:-o,--output``."""
    if place.startswith("option:"):
        return parsed.values(place[7:].split(","))
    if place == "last":
        return parsed.operands[-1:]
    if place.startswith("operand:"):
        at = int(place[8:])
        return parsed.operands[at : at + 1]
    return parsed.operands if place == "operand" else []


def digest_of(text: str, *, bare: bool = False) -> tuple[str, str | None] | None:
    """``sha256=…`` at the end of a text, ``#sha256=…``, ``name@sha256:…``, or a bare digest: algorithm and value."""
    if match := _DIGEST.search(text):
        return match[1].lower().replace("-", ""), None if match[2].startswith("{") else match[2]
    if bare and re.fullmatch(r"[0-9a-fA-F]+", text) and len(text) in _BY_LENGTH:
        return _BY_LENGTH[len(text)], text
    return None
