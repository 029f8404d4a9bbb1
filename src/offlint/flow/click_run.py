"""What does a command of click or Typer do with the words of a command line? Its function is run with their values, then a command below.

Where it is not known which command the words mean, each may run.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from offlint.flow import values as v
from offlint.flow.builtin_click import AFTER, ALONE, Command, Named, below, command_of, picked
from offlint.flow.builtin_click_options import Values, parameters
from offlint.flow.click_signature import is_context, signature
from offlint.flow.click_words import ANSWERED, Reading, read
from offlint.flow.machine import Arguments
from offlint.flow.registry import CONTEXT
from offlint.model.lazy import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from offlint.flow.click_words import Parameter
    from offlint.flow.machine import Frame, Machine
    from offlint.flow.store import Cell
    from offlint.flow.summary import Way
    from offlint.model.span import Span

#: The type of a handle for a decorator that hands a command the object of its context that is of a class.
PASS = "click.pass"  # noqa: S105
#: Methods of click's classes by which those of a project change what a command does with its words, and what it runs.
_CHANGED = ("main", "make_context", "parse_args", "invoke")
#: Those among them that choose the command below.
_RESOLVE = ("get_command", "resolve_command", "parse_args")


#: Groups in groups that are followed: a group may hold itself.
MAX_GROUPS = 60
#: A command, with the words for it.
Pick = tuple[v.Value, "list[v.Value] | None"]


@dataclass(frozen=True, slots=True)
class Above:
    """What commands take over from those above: how variables that give options begin, and which options are answered."""

    prefix: str = ""
    asks: frozenset[str] = ANSWERED

    def below(self, word: v.Value | None) -> Above:
        """The same for a command below, which is called so."""
        name = v.text_of(word) if word is not None else None
        return Above(f"{self.prefix}_{name.replace('-', '_')}".upper() if self.prefix and name else "", self.asks)


class Run:
    """One command line."""

    def __init__(self, machine: Machine, frame: Frame, span: Span) -> None:
        self.m = machine
        self._frame = frame
        self._span = span
        self._seen: set[tuple[v.Value, int]] = set()
        self._depth = 0

    def command(
        self, value: v.Value, words: list[v.Value] | None, above: Above | None = None, *, chained: bool = False
    ) -> list[v.Value] | None:
        """Run a command; the words that are left for the next of a chain."""
        above = above or Above()
        cases = v.cases(value)
        if len(cases) == 1:
            return self._one(value, words, above, chained=chained)
        self._apart([(test, partial(self._one, one, words, above, chained=chained)) for test, one in cases])
        return None

    def _apart(self, arms: Sequence[tuple[v.Value, Callable[[], object]]]) -> None:
        """Each arm for itself, where its test holds; none of them may."""
        frame, mark = self._frame, self.m.store.mark()
        start = frame.way
        ends: list[tuple[v.Value, Way | None, dict[Cell, v.Value]]] = []
        for test, work in arms:
            frame.way, frame.alive = start, True
            frame.narrow(test, self._span)
            work()
            if frame.alive:
                ends.append((test, frame.way, self.m.store.changes(mark)))
            self.m.store.undo(mark)
        self.m.statements.resume(frame, start, [*ends, (v.TRUE, start, {})])

    def _one(self, value: v.Value, words: list[v.Value] | None, above: Above, *, chained: bool = False) -> list[v.Value] | None:
        command = command_of(self.m, value)
        now = value, -1 if words is None else len(words)
        if command is None or not self._frame.alive or now in self._seen:
            return None
        if self._depth >= MAX_GROUPS:
            self.m.leave(self._span, f"runs commands in more than {MAX_GROUPS} groups")
            return None
        self._seen.add(now)  # with words that are not known it does the same each time, and a group may hold itself
        self._depth += 1
        left = self._reads(command, words, above, chained=chained)
        self._depth -= 1
        if words is not None:
            self._seen.discard(now)
        return left

    def _reads(self, command: Command, words: list[v.Value] | None, above: Above, *, chained: bool) -> list[v.Value] | None:
        """Read the words, and run what they ask for."""
        named = below(self.m, command)
        if command.is_typer and command.function == v.NONE and len(named) == 1 and not _is_typer(self.m, named[0][1]):
            if words and picked(named, v.text_of(words[0]))[1]:
                words = words[1:]  # a single command has no name, but others may not have been seen
            return self.command(named[0][1], words, above, chained=chained)
        prefix = v.text_of(command.settings.get("auto_envvar_prefix") or v.NONE) or above.prefix
        asks = above.asks
        helped = command.settings.get("help_option_names")
        if isinstance(helped, v.Contents):
            asks = (asks - {"--help"}) | {text for one in helped.items if (text := v.text_of(one))}
        if command.settings.get("add_help_option") == v.FALSE:
            asks -= {"--help"}
        params = self.parameters(command)
        if prefix:
            for one in params:
                one.required = False  # a variable may give it
        lenient = command.settings.get("ignore_unknown_options") == v.TRUE
        reading = read(params, words, asks, above=bool(named) or chained, lenient=lenient)
        if reading.answered:
            return None
        given = Values(self.m, self._frame, self._span, prefix).of(params, reading)
        if not reading.fails and self._frame.alive:
            self._with(command, named, reading, given, Above(prefix, asks))
        return reading.left if chained else None

    def _with(self, command: Command, named: Named, reading: Reading, given: dict[str, v.Value], above: Above) -> None:
        """Run the function with the values of its parameters, then a command below."""
        left, chain = reading.left, command.settings.get("chain") == v.TRUE
        picks, certain = self._picks(command, named, left, lost=reading.lost)
        if named and not left and not picks and not self._alone(command):
            return  # a group without a command shows what there is
        asked: v.Value = v.NONE
        if picks:
            asked = left[0] if certain and left and not chain else v.Unknown("command")
        self.m.store.set(v.Handle(CONTEXT), "invoked_subcommand", asked)
        result = self.call(command, given)
        while picks and self._frame.alive:
            one, after = picks[0]
            if not certain:
                run = [partial(self.command, one, after, above.below(None)) for one, after in picks]
                self._apart([(self.m.atom("input", "a command", self._span), work) for work in run])
                break
            left = self.command(one, after, above.below(asked), chained=chain)
            picks, certain = self._picks(command, named, left, lost=False) if chain and left else ([], True)
        self._after(command, result, given)

    def call(self, command: Command, given: Mapping[str, v.Value]) -> v.Value:
        """Call the command's function with values of its parameters; it may ask for the context, or for what that holds, before them."""
        function = command.function
        if function == v.NONE:
            return v.NONE
        if not isinstance(function, v.FunctionRef):
            return self.m.call(self._frame, function, Arguments([], dict(given), open=not given), self._span)
        context = v.Handle(CONTEXT)
        first: list[v.Value] = []
        for mark in self._marks(function):
            if mark == v.External("click.pass_context"):
                first.append(context)
            elif mark == v.External("click.pass_obj") or (isinstance(mark, v.Handle) and mark.type == PASS):
                first.append(self._object(mark))
        params = function.function.params
        named = {one.name: given[one.name] for one in params if one.name in given}
        if any(one.kind == "**" for one in params):
            named = dict(given)
        if command.by_signature:
            named |= {one.name: context for one in params if is_context(one)}
        return self.m.call(self._frame, function, Arguments(first, named, open=not given), self._span)

    def _object(self, mark: v.Value) -> v.Value:
        """What the context holds; a decorator that makes sure of it makes it where it is not there."""
        context = v.Handle(CONTEXT)
        held = self.m.store.get(context, "obj") or v.Unknown("obj")
        cls, ensure = mark.args if isinstance(mark, v.Handle) else (v.NONE, v.FALSE)
        if ensure == v.TRUE and isinstance(held, v.Unknown):
            held = self.m.call(self._frame, cls, Arguments(), self._span)
            self.m.store.set(context, "obj", held)
        return held

    def _marks(self, function: v.Value) -> Sequence[v.Value]:
        """What a function was decorated with, the nearest first."""
        return self.m.pytest.marks(self.m.pytest.unwrapped(function).function) if isinstance(function, v.FunctionRef) else ()

    def parameters(self, command: Command) -> list[Parameter]:
        """The parameters of a command."""
        if isinstance(command.function, v.FunctionRef) and command.by_signature:
            return parameters(signature(self.m, command.function))
        listed = self.m.items_of(command.settings.get("params") or v.NONE) or []
        return parameters([*reversed(self._marks(command.function)), *listed])

    # a command below

    def _picks(self, command: Command, named: Named, words: list[v.Value] | None, *, lost: bool) -> tuple[list[Pick], bool]:
        """The commands that the words can mean, and whether it is one of them that they mean."""
        own = self._own(command, words[0] if words else v.Unknown("word"))
        default = command.settings.get("default")
        if words == []:
            if command.settings.get("default_if_no_args") == v.TRUE and default is not None:
                return [(one, []) for one in picked(named, v.text_of(default))[0]], True
            if own is None:
                return [], True
        if not words:
            return [(one, None) for one in (*picked(named, None)[0], *(own or ()))], False
        if own:
            return [(one, words[1:]) for one in own], len(own) == 1
        if lost:
            return self._somewhere(command, named, words), False
        found, certain = picked(named, v.text_of(words[0]))
        if not certain and default is not None:
            return [(one, words) for one in picked(named, v.text_of(default))[0]], True
        if not certain and self._renames(command):
            found, _ = picked(named, None)
        return [(one, words[1:]) for one in found], certain

    def _somewhere(self, command: Command, named: Named, words: list[v.Value]) -> list[Pick]:
        """The commands that one of the words can mean, where it is not known which of them are values of options."""
        found: list[Pick] = []
        for at, word in enumerate(words):
            if isinstance(word, v.Rest) and not found:
                break
            commands, certain = picked(named, v.text_of(word))
            found += [(one, words[at + 1 :]) for one in commands if certain]
        known = all(isinstance(one, v.Const) for one in words) and not self._renames(command)
        return found if found or known else [(one, None) for one in picked(named, None)[0]]

    def _own(self, command: Command, word: v.Value) -> list[v.Value] | None:
        """The commands that a class of the project gives for a word; None for one that leaves that to click."""
        owner = command.owner
        if not isinstance(owner, v.Instance) or not any(self.m.attributes.lookup(owner, name) for name in _RESOLVE):
            return None
        resolve = self.m.attributes.lookup(owner, "get_command")
        if not isinstance(resolve, v.FunctionRef):
            return []
        found = self.m.call(self._frame, resolve, Arguments([v.Handle(CONTEXT), word]), self._span)
        return [one for one in v.leaves(found) if command_of(self.m, one) is not None]

    @staticmethod
    def _renames(command: Command) -> bool:
        """Whether a word can mean a command that is not called so: by a class that is not known, or a function for all words."""
        return "cls" in command.settings or "token_normalize_func" in command.settings or isinstance(command.owner, v.Instance)

    def _alone(self, command: Command) -> bool:
        """Whether a group runs without a command, too."""
        return command.settings.get("invoke_without_command") == v.TRUE or self.m.store.get(command.owner, ALONE) is not None

    def _after(self, command: Command, result: v.Value, given: dict[str, v.Value]) -> None:
        """What follows the commands of a group, and what a class of the project does around a command."""
        follows = self.m.store.get(command.owner, AFTER) or command.settings.get("result_callback")
        if follows is not None and self._frame.alive:
            self.m.call(self._frame, follows, Arguments([result], given, open=True), self._span)
        if isinstance(command.owner, v.Instance):
            for name in _CHANGED:
                method = self.m.attributes.lookup(command.owner, name)
                start, alive, raised = self._frame.way, self._frame.alive, len(self._frame.raises)
                if isinstance(method, v.FunctionRef) and alive:
                    self.m.call(self._frame, method, Arguments([v.Handle(CONTEXT)], open=True), self._span)
                    self._frame.way, self._frame.alive = start, alive
                    del self._frame.raises[raised:]


def _is_typer(m: Machine, value: v.Value) -> bool:
    command = command_of(m, value)
    return command is not None and command.is_typer
