"""What does a decorator of click or Typer make of a function, and what belongs to a group?

click makes objects of functions, which are known here as partial applications of ``RUN``: called, they read the command line
(``click_run.py``). An object of a class of the project that is a command or a group holds one. What belongs to a group stands in the store
under the group (https://click.palletsprojects.com/en/stable/commands/, https://typer.tiangolo.com/tutorial/commands/).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from offlint.flow import values as v
from offlint.flow.machine import Arguments
from offlint.flow.registry import MAKER, known_as
from offlint.model.lazy import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

    from offlint.flow.machine import Frame, Machine
    from offlint.model.span import Span

#: What a command is a partial application of (its function, what it is made with), and the type of a handle for an application of Typer.
RUN = "click.run"
TYPER = "typer.Typer"
#: Classes of click that projects make objects of, or classes that derive from them; the positions of what they are made with.
_COMMANDS = {"click.Command": ("name", "context_settings", "callback"), "click.BaseCommand": ("name", "context_settings")}
_GROUPS = {
    "click.Group": ("name", "commands"),
    "click.MultiCommand": ("name", "invoke_without_command"),
    "click.CommandCollection": ("name", "sources"),
    "flask.cli.AppGroup": ("name", "commands"),
    "flask.cli.FlaskGroup": ("add_default_commands", "create_app"),
    "typer.core.TyperGroup": ("name", "commands"),
}
#: Where an object holds the command that it is, and a group what belongs to it, whether it runs without a command, what follows
#: its commands, and its callback.
_OBJECT, _BELOW, ALONE, AFTER, _CALLBACK = "<click>", "<commands>", "<alone>", "<after>", "<callback>"
#: What a command is told apart by; the rest is help.
_TOLD = (
    "name", "chain", "invoke_without_command", "params", "callback", "result_callback", "sources", "add_help_option", "default",
    "default_if_no_args", "cls",
)  # fmt: skip
_CONTEXT = ("help_option_names", "auto_envvar_prefix", "ignore_unknown_options", "token_normalize_func")
#: What click cuts off a function's name since 8.2, and not before.
_ENDS = ("-command", "-cmd", "-group", "-grp")


def methods(*names: str) -> tuple[str, ...]:
    """The names of methods of all that is a command."""
    return tuple(
        f"{owner}.{name}" for owner in (RUN, *_COMMANDS, *_GROUPS, TYPER, "flask.Flask.cli", "flask.Blueprint.cli") for name in names
    )


@dataclass(slots=True)
class Command:
    """A command: what stands for it in the store, the function that it runs, and what it was made with."""

    owner: v.Value
    function: v.Value
    settings: dict[str, v.Value]

    @property
    def is_typer(self) -> bool:
        """Whether it is an application of Typer."""
        return "typer" in self.settings

    @property
    def by_signature(self) -> bool:
        """Whether the function's parameters say which options there are, as they do for Typer."""
        return self.is_typer or "signature" in self.settings


def command_of(m: Machine, value: v.Value) -> Command | None:
    """The command that a value is; a function that something unknown was to make a command of counts as one."""
    match value:
        case v.FunctionRef():
            return Command(value, value, {})
        case v.Partial(v.External(name), (function, v.Contents(pairs=pairs), *_)) if name == RUN:
            return Command(value, function, {str(v.text_of(key)): held for key, held in pairs})
        case v.Handle(type=kind, args=(_, v.Contents(pairs=pairs))) if kind == TYPER:
            settings = {str(v.text_of(key)): held for key, held in pairs}
            return Command(value, m.store.get(value, _CALLBACK) or settings.get("callback") or v.NONE, {**settings, "typer": v.TRUE})
        case v.Handle(type=kind) if kind.endswith(".cli"):
            return Command(value, v.NONE, {})
        case v.Instance():
            held = m.store.get(value, _OBJECT)
            found = command_of(m, held) if held is not None and not isinstance(held, v.Instance) else None
            return None if found is None else Command(value, found.function, found.settings)
    return None


# what makes commands


def _settings(m: Machine, given: Mapping[str, v.Value], **more: v.Value) -> v.Contents:
    """What a command is told apart by, as pairs."""
    told = {name: given[name] for name in _TOLD if name in given}
    cls = told.get("cls")
    if isinstance(cls, v.ClassRef) or (isinstance(cls, v.External) and m.externals.canonical(cls.name) in {*_COMMANDS, *_GROUPS}):
        del told["cls"]  # which is known
    for key, value in m.pairs_of(given["context_settings"]) if "context_settings" in given else ():
        if v.text_of(key) in _CONTEXT:
            told[str(v.text_of(key))] = v.Contents(tuple(m.items_of(value) or ())) if v.text_of(key) == _CONTEXT[0] else value
    return v.Contents(pairs=tuple((v.Const(name), value) for name, value in {**told, **more}.items()))


@known_as("click.command", "click.group", *methods("command", "group"))
def _maker(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    """A decorator that makes a command, and what the command belongs to."""
    first = args.args[0] if args.args else args.kwargs.get("name") or v.NONE
    owner = args.subject or v.NONE
    if isinstance(first, v.FunctionRef):
        return _made(m, frame, (first, owner), {}, span)
    given = {**args.kwargs, "name": first}
    pairs = v.Contents(pairs=tuple((v.Const(name), value) for name, value in given.items()))
    return v.Handle(MAKER, (owner, pairs))


@known_as(f"{MAKER}.__call__")
def _make(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    function = args.args[0] if args.args else None
    if not isinstance(function, v.FunctionRef | v.Partial | v.Method | v.Instance) or not isinstance(args.subject, v.Handle):
        return function
    owner, pairs, *where = args.subject.args
    if where:
        m.store.set(owner, str(v.text_of(where[0])), function)
        return function
    given = {str(v.text_of(key)): value for key, value in pairs.pairs} if isinstance(pairs, v.Contents) else {}
    return _made(m, frame, (function, owner), given, span)


def _made(m: Machine, frame: Frame, made_of: tuple[v.Value, v.Value], given: dict[str, v.Value], span: Span) -> v.Value:
    """A command that is made of a function and belongs to an owner."""
    function, owner = made_of
    above = command_of(m, owner)
    typer: dict[str, v.Value] = {"signature": v.TRUE} if above is not None and above.is_typer else {}
    command: v.Value = v.Partial(v.External(RUN), (function, _settings(m, given, **typer)), ())
    cls = given.get("cls")
    if isinstance(cls, v.ClassRef):
        # click calls the class with what the decorator was given, and the function
        made = m.classes.instantiate(frame, cls, Arguments([], {**given, "callback": function}), span)
        if isinstance(made, v.Instance):
            m.store.set(made, _OBJECT, command)
            command = made
    if owner != v.NONE:
        _belongs(m, owner, given.get("name") or v.NONE, command)
    return function if typer else command


@known_as(*_COMMANDS, *_GROUPS, *(f"{name}.__init__" for name in (*_COMMANDS, *_GROUPS)))
def _object(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    """A command or a group that is made without a decorator, or the object of a class of the project that is one."""
    del frame, span
    owner = args.subject
    names = _positions(m, owner) if owner is not None else ("name", "commands")
    given = {**dict(zip(names, args.args, strict=False)), **args.kwargs}
    command: v.Value = v.Partial(
        v.External(RUN), (given.get("callback") or v.NONE, _settings(m, given, number=v.Const(next(m.numbers)))), ()
    )
    if isinstance(owner, v.Instance):
        m.store.set(owner, _OBJECT, command)
        command = owner
    held = given.get("commands")
    if held is not None:
        pairs = m.pairs_of(held) or [(v.NONE, one) for one in m.items_of(held) or ()]
        for key, one in pairs:
            _belongs(m, command, key, one)
    return v.NONE if owner is not None else command


def _positions(m: Machine, owner: v.Value) -> tuple[str, ...]:
    """The names of what an object of a class of the project is made with by position."""
    bases = m.attributes.mro(owner.cls) if isinstance(owner, v.Instance) else []
    known = {**_COMMANDS, **_GROUPS}
    return next((known[name] for one in bases if isinstance(one, v.External) and (name := m.externals.canonical(one.name)) in known), ())


@known_as(TYPER, f"{TYPER}.__init__")
def _typer(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    del frame, span
    made = v.Handle(TYPER, (v.Const(next(m.numbers)), _settings(m, args.kwargs)))
    if isinstance(args.subject, v.Instance):
        m.store.set(args.subject, _OBJECT, made)
        return v.NONE
    return made


@known_as("typer.main.get_command", "typer.main.get_group")
def _click_of(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    """The object of click that an application of Typer becomes."""
    del m, frame, span
    return args.get(0, "typer_instance")


def _decorates(where: str, *names: str) -> None:
    """A decorator of a group's own functions: what runs before each command of an application of Typer, or after those of a group."""

    @known_as(*names)
    def _function(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
        del frame, span
        if args.subject is None:
            return None
        if args.kwargs.get("invoke_without_command") == v.TRUE:
            m.store.set(args.subject, ALONE, v.TRUE)
        return v.Handle(MAKER, (args.subject, v.Contents(), v.Const(where)))


_decorates(_CALLBACK, f"{TYPER}.callback")
_decorates(AFTER, *methods("result_callback", "resultcallback"))


@known_as(*(name for name in methods("callback") if not name.startswith(TYPER)))
def _callback(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    """``command.callback(…)``: the function that was written."""
    command = command_of(m, args.subject) if args.subject is not None else None
    return None if command is None else m.call(frame, command.function, Arguments(args.args, args.kwargs, args.open), span)


# what belongs to a group


@known_as(*methods("add_command", "add_typer", "add_source"))
def _add(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    del frame, span
    command = args.get(0, "cmd") or args.kwargs.get("typer_instance")
    if command is not None and args.kwargs.get("callback") is not None:
        m.store.set(command, _CALLBACK, args.kwargs["callback"])
    if command is not None and args.subject is not None:
        _belongs(m, args.subject, args.get(1, "name") or v.NONE, command)
    return v.NONE


def _belongs(m: Machine, owner: v.Value, name: v.Value, command: v.Value) -> None:
    held = m.store.get(owner, _BELOW)
    m.store.set(owner, _BELOW, v.Contents(pairs=(*(held.pairs if isinstance(held, v.Contents) else ()), (name, command))))


Named = list[tuple["tuple[str, ...] | None", v.Value]]


def below(m: Machine, command: Command, seen: set[v.Value] | None = None) -> Named:
    """What belongs to a group, each with the names that it may have, None where they are not known."""
    seen = seen if seen is not None else set()
    if command.owner in seen:
        return []
    seen.add(command.owner)
    held = m.store.get(command.owner, _BELOW)
    found: Named = []
    for key, value in held.pairs if isinstance(held, v.Contents) else ():
        one, text = command_of(m, value), v.text_of(key)
        names = (text,) if text else _names(m, one) if one is not None and key == v.NONE else None
        if one is not None and names == ():  # an application without a name: its commands are the outer one's
            found += below(m, one, seen)
        else:
            found.append((names, value))
    for source in m.items_of(command.settings.get("sources") or v.NONE) or ():
        inner = command_of(m, source)
        found += below(m, inner, seen) if inner is not None else []
    return found


def _names(m: Machine, command: Command) -> tuple[str, ...] | None:
    """What a command is called that is given no name where it is added."""
    given = command.settings.get("name") or v.NONE
    if given != v.NONE:
        text = v.text_of(given)
        return (text,) if text else None
    if isinstance(command.function, v.FunctionRef):
        return (m.pytest.unwrapped(command.function).function.name,)
    return () if command.is_typer else None


def plain(name: str) -> str:
    """A name as click makes it of a function's, without what it may cut off."""
    made = name.lower().replace("_", "-")
    return next((made.removesuffix(end) for end in _ENDS if made.endswith(end)), made)


def picked(named: Named, word: str | None) -> tuple[list[v.Value], bool]:
    """The commands that a word can mean, and whether it means one of them; with None all, and those whose names are not known with any.

    What is called as no command that is known was not read, as it cannot matter, or it is an error.
    """
    exact = [one for names, one in named if word is not None and names is not None and word in names]
    alike = [one for names, one in named if word is not None and names is not None and plain(word) in map(plain, names)]
    if exact or alike:
        return [(exact or alike)[-1]], True
    return list(dict.fromkeys(one for names, one in named if word is None or names is None)), False


@known_as(*methods("get_command"))
def _get_command(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    """``super().get_command(ctx, name)`` in a class of the project; ``Group.get_command(self, ctx, name)``."""
    del frame
    owner = args.subject or args.get(0)
    command = command_of(m, owner) if owner is not None else None
    if command is None:
        return None
    name = args.kwargs.get("cmd_name") or (args.args[-1] if args.args else v.NONE)
    word = v.text_of(name)
    found, certain = picked(below(m, command), word)
    if certain:
        return found[0]
    result: v.Value = v.NONE
    for one in found if word is None else ():
        result = v.choice(m.atom("input", "a command", span), one, result)
    return result


@known_as(f"{RUN}.commands")
def _table(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    """``group.commands``: a table of what belongs to it."""
    del frame, span
    command = command_of(m, args.subject) if args.subject is not None else None
    named = below(m, command) if command is not None else []
    return m.new_mapping([(v.Const(plain(names[0])), one) for names, one in named if names], is_open=True)


@known_as(*methods("list_commands"))
def _list(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    del frame, span
    owner = args.subject or args.get(0)
    command = command_of(m, owner) if owner is not None else None
    names = [names for names, _ in below(m, command)] if command is not None else []
    return m.new_items("list", [v.Const(plain(one[0])) for one in names if one]) if names and None not in names else None
