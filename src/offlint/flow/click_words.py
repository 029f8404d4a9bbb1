"""What do the words of a command line give a command of click? Its options, its arguments, and the words that are left for a command below.

They are read as click's parser reads them (https://click.palletsprojects.com/en/stable/options/, and ``arguments/`` beside it). A word
that begins like an option and belongs to none that is known makes unknown what stands behind it: the option's value or not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from offlint.flow import values as v
from offlint.model.lazy import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Sequence

#: Options that end each command where it has none of its own so called: it says what it was asked, and does nothing.
ANSWERED = frozenset({"--help", "--version"})


@dataclass(slots=True)
class Parameter:
    """An option, or an argument, which has no flags.

    ``off`` are the flags that say no, ``takes`` is the number of words of its value (0 for a flag, -1 for any), ``alone`` what it is where
    its flag has none, ``many`` says that it may be given more than once, ``unknown`` is what it is where the words are not known.
    """

    name: str
    flags: tuple[str, ...]
    off: tuple[str, ...]
    takes: int
    alone: v.Value | None
    many: bool
    required: bool
    settings: dict[str, v.Value]
    unknown: v.Value
    place: v.Value

    def is_on(self, setting: str) -> bool:
        """Whether something that it was made with is true."""
        return self.settings.get(setting) == v.TRUE


@dataclass(slots=True)
class Reading:
    """What was read: the values by the positions of the parameters, and the words that are left, None where they are not known.

    ``lost`` says that an option was not understood, ``answered`` that the command only says what it was asked, ``fails`` that it does not
    run with these words.
    """

    given: dict[int, list[v.Value]] = field(default_factory=dict)
    left: list[v.Value] | None = None
    lost: bool = False
    answered: bool = False
    fails: bool = False


def read(params: Sequence[Parameter], words: list[v.Value] | None, asks: frozenset[str], *, above: bool, lenient: bool) -> Reading:
    """Read the words.

    ``asks`` are options that are answered, ``above`` says that the words of a command below follow, ``lenient`` that any option goes.
    """
    return Reading(lost=True) if words is None else _Reader(params, words, asks, above=above, lenient=lenient).run()


class _Reader:
    def __init__(self, params: Sequence[Parameter], words: list[v.Value], asks: frozenset[str], *, above: bool, lenient: bool) -> None:
        self._params = params
        self._options = {flag: place for place, one in enumerate(params) for flag in (*one.flags, *one.off)}
        self._rest = list(words)
        self._plain: list[v.Value] = []
        self._asks = asks
        self._above = above
        self._lenient = lenient
        self._found = Reading()

    def run(self) -> Reading:
        """All words."""
        found = self._found
        while self._rest and not found.answered and not found.fails:
            word = self._rest.pop(0)
            text = _beginning(word)
            if isinstance(word, v.Rest):
                found.lost = True
            elif text == "--":
                break
            elif text.startswith("-") and text != "-":
                self._option(word, text)
            else:
                self._plain.append(word)
                if self._above:
                    break
            if found.lost and self._above:
                break
        self._plain += self._rest
        self._arguments()
        return found

    # options

    def _option(self, word: v.Value, text: str) -> None:
        flag, joined, value = text.partition("=")
        place = self._options.get(flag)
        whole = isinstance(word, v.Const)
        if place is not None and (whole or joined):
            rest = v.Const(value) if whole else _after(word, len(flag) + 1)
            self._take(place, flag, rest if joined else None)
        elif flag in self._asks:
            self._found.answered = True
        elif whole and not text.startswith("--"):
            self._short(text)
        else:
            self._missed(word)

    def _short(self, text: str) -> None:
        """Flags of one letter in one word, the last of which may have its value there: ``-xvf``, ``-n3``."""
        for at, letter in enumerate(text[1:], 2):
            place = self._options.get(f"-{letter}")
            if place is None:
                self._found.answered |= f"-{letter}" in self._asks
                if not self._found.answered:
                    self._missed(v.Const(text))
                return
            if self._params[place].takes:
                self._take(place, f"-{letter}", v.Const(text[at:]) if text[at:] else None)
                return
            self._take(place, f"-{letter}", None)

    def _missed(self, word: v.Value) -> None:
        if self._lenient:
            self._plain.append(word)
        else:
            self._found.lost = True

    def _take(self, place: int, flag: str, joined: v.Value | None) -> None:
        """The value of an option whose flag was met."""
        param = self._params[place]
        value: v.Value
        if param.is_on("answers"):
            self._found.answered = True
            return
        if param.takes == 0:
            value = v.FALSE if flag in param.off else param.alone or v.TRUE
        elif joined is not None and param.takes == 1:
            value = joined
        elif param.alone is not None and (not self._rest or _beginning(self._rest[0]).startswith("-")):
            value = param.alone
        else:
            taken, self._rest = self._rest[: param.takes], self._rest[param.takes :]
            value = taken[0] if len(taken) == 1 else v.Contents(tuple(taken))
            if any(isinstance(one, v.Rest) for one in taken):
                self._found.lost, value = True, param.unknown
            elif len(taken) < param.takes:
                self._found.fails = True
                return
        self._found.given.setdefault(place, []).append(value)

    # arguments

    def _arguments(self) -> None:
        """What stands without a flag, from both ends to the argument that takes any number."""
        found, words = self._found, self._plain
        if found.lost or any(isinstance(one, v.Rest) for one in words):
            known = next((at for at, one in enumerate(words) if isinstance(one, v.Rest)), len(words))
            if found.lost or known < sum(abs(one.takes) for one in self._params if not one.flags):
                found.lost, found.left = True, words
                return
        places = [place for place, one in enumerate(self._params) if not one.flags]
        greedy = next((at for at, place in enumerate(places) if self._params[place].takes < 0), len(places))
        last: list[tuple[int, list[v.Value]]] = []
        for place in reversed(places[greedy + 1 :]):
            count = self._params[place].takes
            last.append((place, words[-count:]))
            words = words[:-count]
        for place in places[:greedy]:
            count = self._params[place].takes
            last.append((place, words[:count]))
            words = words[count:]
        if greedy < len(places):
            last.append((places[greedy], words))
            words = []
        for place, taken in last:
            param = self._params[place]
            if taken:
                found.given[place] = [taken[0] if param.takes == 1 else v.Contents(tuple(taken))]
        found.left = words
        found.fails |= any(one.required and place not in found.given for place, one in enumerate(self._params))


def _beginning(word: v.Value) -> str:
    """The word, or as much of its beginning as is known."""
    text = v.text_of(word)
    if text is None and isinstance(word, v.Text):
        text = v.text_of(word.parts[0])
    return text or ""


def _after(word: v.Value, length: int) -> v.Value:
    """A word of which only the beginning is known, without so many letters of that."""
    if not isinstance(word, v.Text):
        return v.Unknown("value")
    first = v.text_of(word.parts[0]) or ""
    parts = (v.Const(first[length:]), *word.parts[1:]) if first[length:] else word.parts[1:]
    return parts[0] if len(parts) == 1 else v.Text(parts)
