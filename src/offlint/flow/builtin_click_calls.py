"""Who runs a command of click or Typer? A script, a test, another command by the context.

Sources: https://click.palletsprojects.com/en/stable/testing/ and ``api/`` beside it, https://typer.tiangolo.com/tutorial/testing/.
"""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from offlint.flow import values as v
from offlint.flow.builtin_click import RUN, command_of, methods
from offlint.flow.builtin_click_options import Values
from offlint.flow.click_run import PASS, Above, Run
from offlint.flow.click_words import Reading
from offlint.flow.machine import Arguments
from offlint.flow.registry import CONTEXT, known_as
from offlint.flow.store import ENVIRON

if TYPE_CHECKING:
    from offlint.flow.machine import Frame, Machine
    from offlint.model.span import Span

_RUNNERS = ("click.testing.CliRunner", "typer.testing.CliRunner", "flask.testing.FlaskCliRunner")
#: Stands in a text for a part that is not known, with the part's position after it.
_HOLE = "\ue000"


@known_as("typer.run")
def _run(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    """``typer.run(function)``: a command of one function."""
    function = args.get(0, "function")
    if function is None:
        return None
    settings = v.Contents(pairs=((v.Const("signature"), v.TRUE),))
    return _call(m, frame, Arguments(subject=v.Partial(v.External(RUN), (function, settings), ())), span)


@known_as(RUN, *methods("main", "__call__"))
def _call(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    """``main()``: the words of the command line, or those that it is given."""
    subject = args.subject
    command = subject or args.get(0)
    if command is None:
        return None
    position = 0
    if subject is None and len(args.args) > 1 and isinstance(args.args[1], v.Contents):  # the application of RUN itself
        command, position = v.Partial(v.External(RUN), tuple(args.args[:2]), ()), 2
    given = args.get(position, "args")
    words = m.externals.arguments()[1:] if m.externals.words is not None else None
    own = m.attributes.get(frame, v.External("sys"), "argv")  # which a test may have set
    if given is not None and given != v.NONE:
        words = _words(m, given)
    elif isinstance(own, v.Items) and (listed := m.items_of(own)):
        words = listed[1:]
    _begin(m, frame, args, span)
    Run(m, frame, span).command(command, words, Above(v.text_of(args.kwargs.get("auto_envvar_prefix") or v.NONE) or ""))
    return v.NONE


def _begin(m: Machine, frame: Frame, args: Arguments, span: Span) -> None:
    m.imports.adding(frame, span)
    m.store.set(v.Handle(CONTEXT), "resilient_parsing", v.FALSE)  # it is for completion in a shell
    m.store.set(v.Handle(CONTEXT), "obj", args.kwargs.get("obj") or v.Unknown("obj"))


@known_as(*_RUNNERS[:2])
def _runner(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    """What runs commands in tests, with the variables that it sets for them."""
    del m, frame, span
    return v.Handle(_RUNNERS[0], (args.get(1, "env") or v.NONE,))


@known_as("flask.Flask.test_cli_runner")
def _of_flask(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    """A runner that knows the commands of an application."""
    del m, frame, span
    of = args.subject
    return v.Handle(_RUNNERS[2], (v.NONE, v.Handle(f"{of.type}.cli", of.args))) if isinstance(of, v.Handle) else None


@known_as(*(f"{runner}.invoke" for runner in _RUNNERS))
def _invoke(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    """A test runs a command; its errors are part of the result."""
    command, given = args.get(0, "cli") or args.kwargs.get("app"), args.get(1, "args")
    if command in (None, v.NONE) and isinstance(args.subject, v.Handle):
        command = next((one for one in args.subject.args[1:]), None)
    if command is None:
        return None
    set_by = args.subject.args[0] if isinstance(args.subject, v.Handle) and args.subject.args else v.NONE
    mark = m.store.mark()
    variables = [*m.pairs_of(set_by), *m.pairs_of(args.kwargs.get("env") or v.NONE)]
    for key, value in variables:
        if (name := v.text_of(key)) is not None:
            m.store.set(ENVIRON, name, value)
    _begin(m, frame, args, span)
    for test, one in v.cases(given or v.NONE):
        start, alive, raised = frame.way, frame.alive, len(frame.raises)
        frame.narrow(test, span)
        words: list[v.Value] | None = [] if one == v.NONE else _words(m, one)
        Run(m, frame, span).command(command, words, Above(v.text_of(args.kwargs.get("auto_envvar_prefix") or v.NONE) or ""))
        frame.way, frame.alive = start, alive
        del frame.raises[raised:]
    if variables:
        m.store.revert(mark, ENVIRON)
    return v.Unknown("result")


def _words(m: Machine, given: v.Value) -> list[v.Value] | None:
    """The words of a list, or of a text some of whose parts may not be known."""
    if isinstance(given, v.Const | v.Text):
        parts = given.parts if isinstance(given, v.Text) else (given,)
        known = [v.text_of(one) for one in parts]
        text = "".join(held if held is not None else f"{_HOLE}{at}{_HOLE}" for at, held in enumerate(known))
        if text.count(_HOLE) != 2 * known.count(None):
            return None
        try:
            return [_word(m, word, parts) for word in shlex.split(text)]
        except ValueError:
            return None
    items = m.items_of(given)
    return None if items is None else list(items)


def _word(m: Machine, word: str, parts: tuple[v.Value, ...]) -> v.Value:
    found = [parts[int(one)] if at % 2 else v.Const(one) for at, one in enumerate(word.split(_HOLE)) if at % 2 or one]
    return found[0] if len(found) == 1 else m.expressions.join(found) if found else v.Const("")


# the context


@known_as("click.get_current_context", *(f"{CONTEXT}.{name}" for name in ("find_root", "parent")))
def _current(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    """The context: one stands for all."""
    del m, frame, args, span
    return v.Handle(CONTEXT)


@known_as(f"{CONTEXT}.ensure_object", f"{CONTEXT}.find_object")
def _object(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    context = v.Handle(CONTEXT)
    held = m.store.get(context, "obj") or v.Unknown("obj")
    kind = args.get(0, "object_type")
    if isinstance(held, v.Unknown) and kind is not None:
        held = m.new_mapping([], is_open=True) if kind == v.External("builtins.dict") else m.call(frame, kind, Arguments(), span)
        m.store.set(context, "obj", held)
    return held


@known_as("click.make_pass_decorator")
def _pass(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    del m, frame, span
    return v.Handle(PASS, (args.get(0, "object_type") or v.NONE, args.get(1, "ensure") or v.FALSE))


def _invokes(name: str, *, forwards: bool) -> None:
    """A command that another one runs: with what it is given, and the rest by default, or (``forwards``) as the other one was given it."""

    @known_as(name)
    def _invoked(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
        value = args.get(0, "callback")
        if value is None:
            return None
        rest = Arguments(args.args[1:], {key: one for key, one in args.kwargs.items() if key != "callback"}, args.open)
        result: v.Value = v.NONE
        for one in v.leaves(value):
            command = command_of(m, one)
            if command is None or isinstance(one, v.FunctionRef):
                result = m.call(frame, one, rest, span)
                continue
            run = Run(m, frame, span)
            given = Values(m, frame, span, "").of(run.parameters(command), Reading(lost=forwards))
            result = run.call(command, {**given, **rest.kwargs})
        return result


_invokes(f"{CONTEXT}.invoke", forwards=False)
_invokes(f"{CONTEXT}.forward", forwards=True)
