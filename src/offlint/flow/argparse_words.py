"""What do the words of a command line give an argparse parser? Its options, its places, and the words that are left for a sub-command.

They are read as argparse reads them (the Python library reference, "argparse", "The parse_args() method"). A word that is not known is
taken for a value, not for an option.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from offlint.flow import values as v
from offlint.model.lazy import dataclass, field, regex

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_NUMBER = regex(r"^-\d+$|^-\d*\.\d+$", re.ASCII)
#: What a flag gives that takes no value.
_SWITCHES = {"store_true": v.TRUE, "store_false": v.FALSE}
_WITHOUT = frozenset({*_SWITCHES, "store_const", "append_const", "count", "help", "version"})
_ENDS = frozenset({"help", "version"})


@dataclass(frozen=True, slots=True)
class Argument:
    """An option, or a place, which has no flags; ``takes`` is the number of its words, None for any, ``least`` how many there must be."""

    dest: str
    flags: tuple[str, ...]
    action: str
    takes: int | None
    least: int
    listed: bool
    default: v.Value
    const: v.Value
    type: v.Value | None
    required: bool

    @classmethod
    def of(cls, flags: Sequence[str], told: Mapping[str, v.Value]) -> Argument:
        """An argument by the words and settings that it was added with."""
        action = "store" if (held := told.get("action")) is None else v.text_of(held) or "own"
        first = next((one for one in flags if one.startswith("--")), flags[0] if flags else "")
        options = tuple(one for one in flags if one.startswith("-"))
        dest = v.text_of(told.get("dest", v.NONE)) or first.lstrip("-").replace("-", "_" if options else "-")
        nargs = told.get("nargs")
        count = nargs.value if isinstance(nargs, v.Const) else None
        takes, least = (0, 0) if action in _WITHOUT or action == "boolean" else (1, 1)
        if isinstance(count, int):
            takes, least = count, count
        many = isinstance(count, str)
        if many:
            takes, least = (1, 0) if count == "?" else (None, 1 if count == "+" else 0)  # type: ignore[assignment]
        default = told.get("default", {"store_true": v.FALSE, "store_false": v.TRUE}.get(action, v.NONE))
        const = told.get("const", v.NONE)
        required = told.get("required") == v.TRUE
        return cls(
            dest, options, action, takes, least, isinstance(count, int) or count in ("*", "+"), default, const, told.get("type"), required
        )


@dataclass(slots=True)
class Reading:
    """What was read: each argument with its value, those that were not given, the sub-command that was named and the words for it.

    ``ends`` says that the program ends there: it only says what it was asked, or it does not run with these words.
    """

    given: list[tuple[Argument, v.Value]] = field(default_factory=list)
    missing: list[Argument] = field(default_factory=list)
    command: v.Value | None = None
    rest: list[v.Value] = field(default_factory=list)
    ends: bool = False


def read(arguments: Sequence[Argument], words: Sequence[v.Value], *, lenient: bool = False) -> Reading | None:
    """Read the words; None where it cannot be told what they are for. ``lenient``: words that are for nothing are passed over."""
    reading, places = Reading(), [one for one in arguments if not one.flags]
    options = {flag: one for one in arguments for flag in one.flags}
    commands = next((number for number, one in enumerate(places) if one.action == "parsers"), None)
    if commands is not None and any(one.takes != one.least for one in places[:commands]):
        return None  # how many words stand before the command is not told
    before = sum(one.least for one in places[:commands]) if commands is not None else -1
    placed: list[v.Value] = []
    position, only_places = 0, False
    while position < len(words):
        word, text = words[position], v.text_of(words[position])
        position += 1
        if text == "--" and not only_places:
            only_places = True
        elif text is not None and text.startswith("-") and len(text) > 1 and not only_places and not _NUMBER.match(text):
            taken = _option(reading, options, text, words[position:])
            if taken is None and lenient:
                return None  # whether the next word belongs to it
            reading.ends = reading.ends or taken is None
            position += taken or 0
            if reading.ends:
                return reading
        elif len(placed) == before and commands is not None:
            reading.command, reading.rest = word, list(words[position:])
            reading.given.append((places[commands], word))
            break
        else:
            placed.append(word)
    left = _fill(reading, places if commands is None else places[:commands], placed)
    reading.ends = reading.ends or (left and not lenient)
    named = {id(one) for one, _ in reading.given}
    reading.missing = [one for one in arguments if id(one) not in named and one.action not in _ENDS]
    needed = any(one.required or (not one.flags and one.least and one.action != "parsers") for one in reading.missing)
    reading.ends = reading.ends or needed
    return reading


def _option(reading: Reading, options: Mapping[str, Argument], text: str, after: Sequence[v.Value]) -> int | None:
    """Read an option with its value; how many words of those after it belong to it, None where there is no such option."""
    flag, equals, value = text.partition("=") if text.startswith("--") else (text, "", "")
    found = options.get(text) or options.get(flag)
    if found is None and text.startswith("--"):
        begins = {id(one): one for name, one in options.items() if name.startswith(flag)}
        found = next(iter(begins.values())) if len(begins) == 1 else None
    elif found is None:  # ``-xvalue``, ``-xyz``
        found, value = options.get(text[:2]), text[2:]
        if found is not None and found.takes == 0:
            if found.action in _ENDS:
                reading.ends = True
                return 0
            reading.given.append((found, _alone(found)))
            return _option(reading, options, f"-{value}", after)
        equals = "="
    if found is None:
        return None
    if found.action in _ENDS:
        reading.ends = True
        return 0
    if found.takes == 0:
        no = found.action == "boolean" and flag.startswith("--no-")
        reading.given.append((found, v.FALSE if no else v.TRUE if found.action == "boolean" else _alone(found)))
        return 0
    if equals:
        reading.given.append((found, _value(found, [v.Const(value)])))
        return 0
    count = 0
    while count < len(after) and (found.takes is None or count < found.takes):
        following = v.text_of(after[count])
        if following is not None and following.startswith("-") and len(following) > 1 and not _NUMBER.match(following):
            break
        count += 1
    if count < found.least:
        reading.ends = True
    reading.given.append((found, _value(found, list(after[:count]))))
    return count


def _alone(found: Argument) -> v.Value:
    """What an option is that takes no value."""
    if found.action == "store_const":
        return found.const
    return _SWITCHES.get(found.action, v.Unknown(found.dest))


def _value(found: Argument, words: list[v.Value]) -> v.Value:
    """What an argument is with these words: itself where it is one, unknown where it is made of them in another way."""
    if found.action != "store" or found.listed or len(words) > 1:
        return v.Unknown(found.dest)
    return words[0] if words else found.const


def _fill(reading: Reading, places: Sequence[Argument], placed: list[v.Value]) -> bool:
    """Give the words that stand in places to these, in their order; whether there are more words than places."""
    if all(one.takes == one.least for one in places):
        for one in places:
            if len(placed) < one.least:
                break
            reading.given.append((one, _value(one, placed[: one.least])))
            del placed[: one.least]
        return bool(placed)
    if len(placed) < sum(one.least for one in places):
        reading.ends = True
    elif placed:
        alone = places[0] if len(places) == 1 else None
        for one in places:
            reading.given.append((one, _value(one, placed) if one is alone else v.Unknown(one.dest)))
    return False
