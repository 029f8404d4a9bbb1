"""How is a value of a page's head read? A converter takes a TOML value and gives what schema.py holds.

It raises BadValueError, whose text completes ``key: …``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from offlint.model.lazy import regex
from offlint.rulebook.reader import nearest
from offlint.rulebook.schema import Argument, ArgumentIs, Condition

Converter = Callable[[Any], Any]

FIELDS = ("api", "url", "phase", "switch", "file", "line", "why", "evidence", "algorithm", "entry", "path")
OPTION = regex(r"/?[\w-]+(\.[\w-]+)*")
ARGUMENT = regex(r"(\d+)?(?:(?:(?<=\d)\|)?([A-Za-z_]\w*))?")
DOTTED = regex(r"[^\s.](?:\S*[^\s.])?")  # no white space, and no dot at either end
PLACE = regex(r"operand(:\d+)?|option:-[^\s,]*(,-[^\s,]*)*|last|basename")


class BadValueError(ValueError):
    """A key's value has the wrong type or form."""


def text(value: Any) -> str:
    """A non-empty text."""
    if not isinstance(value, str) or not value:
        raise BadValueError(f"{shown(value)} should be a text")
    return value


def any_text(value: Any) -> str:
    """A text that may be empty; true, false and numbers become their TOML spelling."""
    if isinstance(value, bool):
        return str(value).lower()
    if not isinstance(value, (str, int)):
        raise BadValueError(f"{shown(value)} should be a text")
    return str(value)


def flag(value: Any) -> bool:
    """True or false."""
    if not isinstance(value, bool):
        raise BadValueError(f"{shown(value)} should be true or false")
    return value


def number(value: Any) -> int:
    """A whole number."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise BadValueError(f"{shown(value)} should be a whole number")
    return value


def texts(value: Any) -> tuple[str, ...]:
    """A list of texts, or one text."""
    if isinstance(value, str):
        return (value,)
    if not isinstance(value, list) or not value or not all(isinstance(item, str) for item in value):
        raise BadValueError(f"{shown(value)} should be a list of texts")
    return tuple(value)


def names(value: Any) -> tuple[str, ...]:
    """Dotted names, braces expanded."""
    found = tuple(name for item in texts(value) for name in expand(item))
    for name in found:
        if not DOTTED.fullmatch(name):
            raise BadValueError(f'"{name}" is no dotted name')
    return found


def name(value: Any) -> str:
    """One dotted name without braces."""
    found = names(text(value))
    if len(found) != 1:
        raise BadValueError(f"{shown(value)} should be one name")
    return found[0]


def phrases(value: Any) -> tuple[tuple[str, ...], ...]:
    """Options, each as the words that must stand in a row."""
    found = tuple(tuple(item.split()) for item in texts(value))
    if not all(found):
        raise BadValueError("an empty text")
    return found


def words(value: Any) -> tuple[tuple[str, ...], ...]:
    """Sub-commands, each as words; an empty text is the bare program."""
    return tuple(tuple(item.split()) for item in texts(value))


def word_set(value: Any) -> frozenset[str]:
    """Options, in any order."""
    return frozenset(texts(value))


def argument(value: Any) -> Argument:
    """``"0"``, ``"url"`` or ``"0|url"``; ``"*"`` is whichever argument it is."""
    if value == "*":
        return Argument(None, "*")
    match = ARGUMENT.fullmatch(text(value))
    if match is None or not match[0]:
        raise BadValueError(f'{shown(value)} should be a position, a keyword or both: "0", "url", "0|url"; or "*" for any')
    return Argument(int(match[1]) if match[1] else None, match[2])


def argument_text(value: Any) -> str:
    """An argument as written; ``self`` is the object that a method is called on."""
    argument(value)
    return text(value)


def argument_is(value: Any) -> ArgumentIs:
    """``"download=true"``, or ``"path"``: given at all."""
    which, equals, wanted = text(value).partition("=")
    argument_text(which.strip())
    return ArgumentIs(which.strip(), wanted.strip() if equals else None)


def arguments_are(value: Any) -> tuple[ArgumentIs, ...]:
    """Several of ``argument_is``."""
    return tuple(argument_is(item) for item in texts(value))


def option(value: Any) -> str:
    """The path of an option, ``a.b``; ``/a.b`` begins at the top of the configuration."""
    if not OPTION.fullmatch(text(value)):
        raise BadValueError(f'{shown(value)} should be the path of an option: "a.b" or "/a.b"')
    return text(value)


def conditions(value: Any) -> tuple[Condition, ...]:
    """``"cards=true"``, or ``"cards"``: set to something true."""
    found = []
    for item in texts(value):
        which, equals, wanted = item.partition("=")
        found.append(Condition(option(which.strip()), wanted.strip() if equals else None))
    return tuple(found)


def settings(value: Any) -> Mapping[str, str]:
    """``"cards=true"``, several: options with values."""
    found = {}
    for item in texts(value):
        which, equals, wanted = item.partition("=")
        if not equals:
            raise BadValueError(f'"{item}" should be like "option=value"')
        found[option(which.strip())] = wanted
    return found


def plain(value: Any) -> str | bool | int | tuple[str, ...]:
    """A value that is kept as written: a text, a number, true, false, or a list of texts."""
    if isinstance(value, (str, bool, int)):
        return value
    return texts(value)


def pairs_of(value: Any) -> tuple[tuple[str, str], ...]:
    """A list of ``KEYWORD`` or ``KEYWORD=text``."""
    found = tuple((head, tail) for head, _, tail in (item.partition("=") for item in texts(value)))
    if not all(head for head, _ in found):
        raise BadValueError(f"{shown(value)} should be a list of KEYWORD or KEYWORD=text")
    return found


def place(value: Any) -> str:
    """Where in a command line: ``operand``, ``operand:1``, ``option:-o,--output``, ``last``, ``basename``."""
    if not PLACE.fullmatch(text(value)):
        raise BadValueError(f'{shown(value)} should be like "operand", "operand:1", "option:-o,--output", "last" or "basename"')
    return text(value)


def one_of(known: Sequence[str], *, dotted: bool = False) -> Converter:
    """A converter for one word of a list; ``dotted`` allows a dotted name too."""

    def convert(value: Any) -> str:
        if not (dotted and isinstance(value, str) and "." in value) and value not in known:
            raise BadValueError(f"{shown(value)} is none of {', '.join(known)}{nearest(str(value), known)}")
        return str(value)

    return convert


def some_of(known: Iterable[str]) -> Converter:
    """A converter for a list of words of a list; anything goes where the list is empty."""
    known = tuple(known)

    def convert(value: Any) -> tuple[str, ...]:
        if not isinstance(value, list):
            raise BadValueError(f"{shown(value)} should be a list")
        for item in texts(value):
            if known and item not in known:
                raise BadValueError(f"{shown(item)} is none of {', '.join(known)}{nearest(item, known)}")
        return texts(value)

    return convert


def template(value: Any) -> str:
    """A text whose ``{fields}`` are those of an access."""
    for field in re.findall(r"\{([^{}]*)\}", text(value)):
        if field not in FIELDS:
            raise BadValueError(f"unknown field {{{field}}}{nearest(field, FIELDS)}")
    return text(value)


def assignment(value: Any) -> tuple[str, str]:
    """``NAME=value`` as name and value."""
    name, equals, wanted = text(value).partition("=")
    if not equals or not name.strip() or not wanted.strip():
        raise BadValueError(f"{shown(value)} should be like NAME=value")
    return name.strip(), wanted.strip()


def assignments(value: Any) -> tuple[tuple[str, str], ...]:
    """Several of ``assignment``."""
    return tuple(assignment(item) for item in texts(value))


def matching(pattern: str, meaning: str) -> Converter:
    """A converter for a text of a given form."""

    def convert(value: Any) -> str:
        if not re.fullmatch(pattern, text(value)):
            raise BadValueError(f"{shown(value)} should be {meaning}")
        return text(value)

    return convert


def shown(value: Any) -> str:
    """A value as TOML would have it, more or less."""
    return f'"{value}"' if isinstance(value, str) else any_text(value) if isinstance(value, (bool, int)) else repr(value)


def expand(pattern: str) -> list[str]:
    """Brace expansion: ``a.{b,c{d,e}}`` is ``a.b a.cd a.ce``. Raises BadValueError for braces that do not match."""
    if "{" not in pattern and "}" not in pattern:
        return [pattern]
    start, depth, cuts = pattern.find("{"), 0, []
    for at, sign in enumerate(pattern):
        if sign == "{":
            depth += 1
        elif sign == "}":
            depth -= 1
        if (depth == 1 and sign == ",") or (depth == 0 and sign == "}"):
            cuts.append(at)
        if depth < 0 or (depth == 0 and sign == "}"):
            break
    if depth:
        raise BadValueError(f'braces do not match in "{pattern}"')
    rest = expand(pattern[cuts[-1] + 1 :])
    pieces = [pattern[a + 1 : b] for a, b in zip([start, *cuts], cuts, strict=False)]
    return [pattern[:start] + middle + tail for piece in pieces for middle in expand(piece) for tail in rest]
