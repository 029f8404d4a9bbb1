"""What are the words of a command? Arguments evaluated and split as cmake-language(7), section "Command Arguments", says."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, TypeAlias

from offlint.flow import values as v
from offlint.flow.store import INHERIT
from offlint.model import step as s
from offlint.model.lazy import dataclass, regex

if TYPE_CHECKING:
    from offlint.flow.machine import Frame, Machine
    from offlint.model.span import Span

#: Ways to read the arguments of one command that are told apart, and elements of one list.
MAX_ALTERNATIVES = 8
MAX_ELEMENTS = 5_000
_SEPARATOR = regex(r"(?<!\\);")


@dataclass(frozen=True, slots=True)
class Word:
    """One word: its value, whether it was quoted, and where it stands."""

    value: v.Value
    quoted: bool
    span: Span

    @property
    def text(self) -> str | None:
        """The text where it is known."""
        return v.text_of(self.value)


def known(value: v.Value) -> v.Value:
    """A value as a text: what is not set is empty."""
    if type(value) is v.Const and type(value.value) is str:  # the most are
        return value
    match value:
        case v.Const(None):
            return v.Const("")
        case v.Const(bool(held)):
            return v.Const("ON" if held else "OFF")
        case v.Const(int(held)):
            return v.Const(str(held))
        case v.Opt(kind, name, v.Const(None)):
            return v.Opt(kind, name, v.Const(""), value.span)
        case v.Choice():
            return v.choice(value.test, known(value.then), known(value.orelse))
        case _:
            return v.Const("") if value == INHERIT else value


def join_list(machine: Machine, values: Iterable[v.Value]) -> v.Value:
    """The elements with semicolons between them; empty ones are left out where they are nothing but a choice's empty arm."""
    parts: list[v.Value] = []
    for value in values:
        if parts:
            parts.append(v.Const(";"))
        parts.append(value)
    return joined(machine, parts)


def joined(machine: Machine, parts: Sequence[v.Value]) -> v.Value:
    """Texts put together; alternatives stay alternatives as long as they are few."""
    values = [known(part) for part in parts]
    if len(values) == 1:
        return values[0]
    for at, value in enumerate(values):
        if isinstance(value, v.Choice) and sum(1 for _ in v.cases(value)) <= 6 and sum(isinstance(x, v.Choice) for x in values) <= 3:
            then = [assuming(x, value.test, True) for x in values]
            orelse = [assuming(x, value.test, False) for x in values]
            then[at], orelse[at] = value.then, value.orelse
            return v.choice(value.test, joined(machine, then), joined(machine, orelse))
    return machine.expressions.join(values)


def assuming(value: v.Value, test: v.Value, holds: bool) -> v.Value:
    """The value where a test is known."""
    while isinstance(value, v.Choice) and value.test == test:
        value = value.then if holds else value.orelse
    return value


def elements(machine: Machine, value: v.Value) -> list[v.Value]:
    """The elements of a list that is one text; what is not known is one element."""
    match value:
        case v.Const(str(text)):
            return [v.Const(part) for part in _SEPARATOR.split(text)[:MAX_ELEMENTS] if part]
        case v.Opt(_, _, v.Const(default)) if default in (None, "") or (isinstance(default, str) and ";" in default):
            return elements(machine, v.Const(default or ""))
        case v.Text(parts):
            found: list[list[v.Value]] = [[]]
            for part in parts:
                if isinstance(part, v.Const) and isinstance(part.value, str):
                    pieces = _SEPARATOR.split(part.value)
                    found[-1].append(v.Const(pieces[0]))
                    found.extend([v.Const(piece)] for piece in pieces[1:])
                else:
                    found[-1].append(part)
            made = [machine.expressions.join(list(one)) for one in found[:MAX_ELEMENTS]]
            return [one for one in made if one != v.Const("")]
        case _:
            return [] if value == v.NONE else [value]


#: A condition, what is known where it holds, and the words there.
_Alternative: TypeAlias = tuple[v.Value, dict[v.Value, bool], list["Word"]]


class Words:
    """Evaluates arguments."""

    def __init__(self, machine: Machine) -> None:
        self.m = machine

    def value(self, frame: Frame, expr: s.Expr) -> v.Value:
        """The text that an argument's expression gives, before it is split."""
        match expr:
            case s.Const(text):
                return v.Const(text)
            case s.Template(parts):
                return joined(self.m, [self.value(frame, part) for part in parts])
            case s.Index(s.Name(kind), key):
                return self._reference(frame, kind, self.value(frame, key), expr.span)
            case _:
                return v.Unknown("argument")

    def _reference(self, frame: Frame, kind: str, name: v.Value, span: Span | None) -> v.Value:
        if isinstance(name, v.Choice):
            return v.choice(name.test, self._reference(frame, kind, name.then, span), self._reference(frame, kind, name.orelse, span))
        if isinstance(name, v.Opt) and isinstance(name.default, v.Const) and name.default.value:
            name = name.default
        text = v.text_of(name)
        if text is None:
            return v.Unknown("variable")
        variables = self.m.cmake.variables
        if kind == "ENV":
            return variables.environment(text, span)
        return known(variables.cached(text, span) if kind == "CACHE" else variables.read(frame, text, span))

    def one(self, frame: Frame, arg: s.Arg) -> Word:
        """An argument that is not split."""
        self.m.tick()
        match arg.value:
            case s.Call(s.Name(kind), (s.Arg(expr),)):
                return Word(self.value(frame, expr), kind == "quoted", arg.value.span)
            case _:
                raise TypeError(arg)

    def expand(self, frame: Frame, args: Sequence[s.Arg]) -> list[tuple[v.Value, list[Word]]]:
        """The words, in each of the alternatives that differ in their number, with the condition of each."""
        found: list[_Alternative] = [(v.TRUE, {}, [])]
        for arg in args:
            word = self.one(frame, arg)
            if word.quoted:
                for _, assumed, words in found:
                    words.append(Word(_assumed(word.value, assumed), True, word.span))
                continue
            found = _few([one for alternative in found for one in self._split(alternative, word)], MAX_ALTERNATIVES)
        return [(test, words) for test, _, words in found]

    def _split(self, alternative: _Alternative, word: Word) -> list[_Alternative]:
        test, assumed, words = alternative
        value = _assumed(word.value, assumed)
        if not isinstance(value, v.Choice):
            return [(test, assumed, [*words, *(Word(one, False, word.span) for one in elements(self.m, value))])]
        if all(len(elements(self.m, one)) == 1 for one in v.leaves(value)):
            return [(test, assumed, [*words, Word(value, False, word.span)])]
        then = (v.both(test, value.test), {**assumed, value.test: True}, words)
        orelse = (v.both(test, v.negation(value.test)), {**assumed, value.test: False}, words)
        made = [*self._split(then, Word(value.then, False, word.span)), *self._split(orelse, Word(value.orelse, False, word.span))]
        return _few(made, MAX_ALTERNATIVES * 2, (test, assumed))


def _few(found: list[_Alternative], most: int, within: tuple[v.Value, dict[v.Value, bool]] = (v.TRUE, {})) -> list[_Alternative]:
    """So many alternatives at most, those with the most words; the one with the fewest stands for all others."""
    if len(found) <= most:
        return found
    found = sorted(found, key=lambda one: -len(one[2]))
    other = within[0]
    for test, _, _ in found[: most - 1]:
        other = v.both(other, v.negation(test))
    return [*found[: most - 1], (other, within[1], found[-1][2])]


def _assumed(value: v.Value, assumed: dict[v.Value, bool]) -> v.Value:
    while isinstance(value, v.Choice) and value.test in assumed:
        value = value.then if assumed[value.test] else value.orelse
    return value
