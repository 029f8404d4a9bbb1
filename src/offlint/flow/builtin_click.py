"""What does a command of click or Typer do when it is called? Its function is run, with what the words of a command line give it.

click makes objects of functions, which are known here as partial applications of ``RUN``: called, they read the command line, as they do
when a test hands them and the words to ``CliRunner().invoke``. What belongs to a group stands in the store under the group
(https://click.palletsprojects.com/en/stable/commands/, https://typer.tiangolo.com/tutorial/commands/).
"""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from offlint.flow import values as v
from offlint.flow.builtin_program import option
from offlint.flow.machine import Arguments
from offlint.flow.registry import MAKER, known_as

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from offlint.flow.machine import Frame, Machine
    from offlint.model.span import Span

#: What a command is a partial application of, and the types of handles for a parameter and for an application of Typer.
RUN = "click.run"
PARAMETER = "click.option"
TYPER = "typer.Typer"
#: Groups in groups that are followed: a group may hold itself.
MAX_GROUPS = 6
_ANSWERED = frozenset({"--help", "--version"})


@known_as("click.command", "click.group", f"{RUN}.command", f"{RUN}.group", f"{TYPER}.command")
def _maker(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    """A decorator that makes a command, and what the command belongs to."""
    del frame, span
    first = args.args[0] if args.args else args.kwargs.get("name") or v.NONE
    owner = args.subject or v.NONE
    if isinstance(first, v.FunctionRef):
        return _made(m, first, v.NONE, owner)
    return v.Handle(MAKER, (first, owner, args.kwargs.get("invoke_without_command") or v.FALSE))


@known_as(f"{TYPER}.callback")
def _callback(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    """What is run before each command of an application."""
    del m, frame, span
    return v.Handle(MAKER, (v.Const(""), args.subject or v.NONE))


@known_as(f"{RUN}.callback")
def _function(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    """``command.callback(…)``: the function that was written."""
    if not isinstance(args.subject, v.Partial):
        return None
    return m.call(frame, args.subject.args[0], Arguments(args.args, args.kwargs, args.open), span)


@known_as(f"{MAKER}.__call__")
def _make(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    del frame, span
    function = args.args[0] if args.args else None
    if not isinstance(function, v.FunctionRef) or not isinstance(args.subject, v.Handle):
        return function
    return _made(m, function, *args.subject.args)


def _made(m: Machine, function: v.FunctionRef, name: v.Value, owner: v.Value, alone: v.Value = v.FALSE) -> v.Value:
    command = v.Partial(v.External(RUN), (function,), ())
    if alone == v.TRUE:
        m.store.set(command, "alone", alone)
    if owner != v.NONE:
        _belongs(m, owner, _named(function) if name == v.NONE else name, command)
    return function if isinstance(owner, v.Handle) else command


@known_as(TYPER)
def _typer(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    del frame, args, span
    return v.Handle(TYPER, (v.Const(next(m.numbers)),))


@known_as(f"{RUN}.add_command", f"{TYPER}.add_typer")
def _add(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    del frame, span
    command, name = args.get(0, "cmd"), args.get(1, "name")
    if command is not None and args.subject is not None:
        written = command.args[0] if isinstance(command, v.Partial) and command.args else None
        named = _named(written) if isinstance(written, v.FunctionRef) else v.Unknown("command")
        _belongs(m, args.subject, name or named, command)
    return v.NONE


def _named(function: v.FunctionRef) -> v.Value:
    """What a command is called by that nobody gives a name."""
    return v.Const(function.function.name.replace("_", "-"))


def _belongs(m: Machine, owner: v.Value, name: v.Value, command: v.Value) -> None:
    m.store.set(owner, "commands", v.Contents(pairs=(*_commands(m, owner), (name, command))))


def _commands(m: Machine, owner: v.Value) -> tuple[tuple[v.Value, v.Value], ...]:
    held = m.store.get(owner, "commands")
    return held.pairs if isinstance(held, v.Contents) else ()


# parameters


@known_as("click.option", "click.argument")
def _parameter(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    """What a parameter is called, how it is given, whether it is a flag, and what it is where nobody gives it."""
    del m, frame
    texts = [text for one in args.args if (text := v.text_of(one))]
    flags = [flag for text in texts if text.startswith("-") for flag in text.split("/")]
    long = next((flag for flag in flags if flag.startswith("--")), flags[0] if flags else "")
    name = next((text for text in texts if not text.startswith("-")), long).lstrip("-").replace("-", "_")
    default = args.kwargs.get("default")
    both = any("/" in text for text in texts if text.startswith("-"))
    is_flag = both or args.kwargs.get("is_flag") == v.TRUE or default in (v.TRUE, v.FALSE)
    default = (v.FALSE if is_flag else v.NONE) if default is None else default
    if (variable := v.text_of(args.kwargs.get("envvar", v.NONE))) is not None:
        default = v.Env(variable, default, span)
    given = option(name, long, default, span)
    return v.Handle(PARAMETER, (v.Const(name), v.Const(" ".join(flags)), v.Const(is_flag), default, given))


@known_as(f"{PARAMETER}.__call__")
def _given_to(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    """``click.option("--all")(function)``: the function with the parameter."""
    del frame, span
    function = args.get(0)
    return m.pytest.add_mark(function, args.subject) if function is not None and args.subject is not None else function


def _values(m: Machine, function: v.FunctionRef, words: list[v.Value] | None) -> tuple[dict[str, v.Value], list[v.Value]]:
    """What the function gets for the words, None where they are not known, and the words that are left over for a command below."""
    marks = [one.args for one in m.pytest.marks(function.function) if isinstance(one, v.Handle) and one.type == PARAMETER]
    options = {flag: one for one in marks for flag in str(v.text_of(one[1])).split()}
    if words is None:
        return {str(v.text_of(one[0])): one[4] for one in marks}, []
    found = {str(v.text_of(one[0])): one[3] for one in marks}
    rest = list(words)
    places = [str(v.text_of(one[0])) for one in reversed(marks) if not v.text_of(one[1])]
    while rest:
        text, _, joined = (v.text_of(rest[0]) or "").partition("=")
        if text not in options:
            if not places or text.startswith("-"):
                break
            found[places.pop(0)] = rest.pop(0)
            continue
        name, flags, is_flag = (one.value for one in options[text][:3] if isinstance(one, v.Const))
        rest.pop(0)
        if is_flag:
            found[str(name)] = v.Const(text not in str(flags).split()[1:] or not text.startswith("--no-"))
        elif joined:
            found[str(name)] = v.Const(joined)
        elif rest:
            found[str(name)] = rest.pop(0)
    return found, rest


# calls


@known_as(RUN, f"{RUN}.main", f"{TYPER}.__call__", "typer.run")
def _call(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    """``main()``: the words of the command line, or those that it is given."""
    command = args.subject or args.get(0, "function")
    if command is None:
        return None
    given = args.get(0 if args.subject is not None else 1, "args")
    words: list[v.Value] | None = [v.Const(word) for word in m.externals.words or ()] if m.externals.words is not None else None
    if given is not None:
        words = _words(m, given)
    return _run(m, frame, command, words, span)


@known_as("click.testing.CliRunner.invoke", "typer.testing.CliRunner.invoke", "flask.testing.FlaskCliRunner.invoke")
def _invoke(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    """A test runs a command; its errors are part of the result."""
    command, given = args.get(0, "cli"), args.get(1, "args")
    if command is None:
        return None
    words: list[v.Value] | None = [] if given is None or given == v.NONE else _words(m, given)
    start, alive, raised = frame.way, frame.alive, len(frame.raises)
    for test, one in v.cases(command):
        frame.narrow(test, span)
        _run(m, frame, one, words, span)
        frame.way, frame.alive = start, alive
    del frame.raises[raised:]
    return v.Unknown("result")


def _words(m: Machine, given: v.Value) -> list[v.Value] | None:
    text = v.text_of(given)
    if text is not None:
        try:
            return [v.Const(word) for word in shlex.split(text)]
        except ValueError:
            return None
    items = m.items_of(given)
    return None if items is None or any(isinstance(one, v.Rest) for one in items) else list(items)


def _run(m: Machine, frame: Frame, command: v.Value, words: list[v.Value] | None, span: Span, *, depth: int = 0) -> v.Value:
    """Run the function of a command, and for a group the command that the words name; those that are not told apart each for itself."""
    if depth > MAX_GROUPS or (words is not None and any(v.text_of(word) in _ANSWERED for word in words)):
        return v.NONE
    if isinstance(command, v.FunctionRef):
        command = v.Partial(v.External(RUN), (command,), ())
    rest = words
    function = command.args[0] if isinstance(command, v.Partial) and command.args else None
    below = _commands(m, command)
    if isinstance(function, v.FunctionRef):
        given, left = _values(m, function, words)
        rest = None if words is None else left
        if below and rest == [] and m.store.get(command, "alone") is None:
            return v.NONE  # a group without a command shows what there is
        m.call(frame, function, Arguments([], _known(function, given), open=not given), span)
    if not below or not frame.alive:
        return v.NONE
    first = [one for key, one in below if key == v.Const("")]
    below = tuple((key, one) for key, one in below if key != v.Const(""))
    for one in first:
        _run(m, frame, one, [], span, depth=depth + 1)
    if len(below) == 1 and not first and isinstance(command, v.Handle):  # Typer: a single command has no name
        return _run(m, frame, below[0][1], rest, span, depth=depth + 1)
    if rest == []:
        return v.NONE
    name = v.text_of(rest[0]) if rest else None
    named = [one for key, one in below if name is not None and v.text_of(key) == name]
    chosen = named[-1:] or [one for key, one in below if name is None or v.text_of(key) is None]
    after = rest[1:] if rest else None
    start, alive = frame.way, frame.alive
    for one in chosen:
        frame.narrow(v.TRUE if named else m.atom("input", "a command", span), span)
        _run(m, frame, one, after, span, depth=depth + 1)
        frame.way, frame.alive = start, alive
    return v.NONE


def _known(function: v.FunctionRef, given: Mapping[str, v.Value]) -> dict[str, v.Value]:
    """Those that the function has parameters for."""
    names: Sequence[str] = [param.name for param in function.function.params]
    anything = any(param.kind == "**" for param in function.function.params)
    return {name: value for name, value in given.items() if anything or name in names}
