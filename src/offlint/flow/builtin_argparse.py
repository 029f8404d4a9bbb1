"""What does a program make of the words of its command line? ``argparse``: options, places, sub-commands.

Where the words are known (a test that calls ``main(["build"])`` or starts the program with them) they are read as argparse reads them,
and each attribute of what it gives has a value. Where they are not, an option is a switch, and what stands in a place is unknown.
Facts are those of the Python library reference, "argparse".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from offlint.flow import values as v
from offlint.flow.argparse_words import Argument, read
from offlint.flow.registry import ARGV_ITEM, PARSED, known_as

if TYPE_CHECKING:
    from offlint.flow.machine import Arguments, Frame, Machine
    from offlint.model.span import Span

_PARSER, _COMMANDS, _ACTION = "argparse.ArgumentParser", "argparse._SubParsersAction", "argparse.Action"
_GIVEN, _NAMED, _DEFAULTS = "arguments", "commands", "defaults"
_SETTINGS = ("dest", "action", "nargs", "default", "const", "type", "required")


def option(name: str, flag: str, default: v.Value, span: Span) -> v.Value:
    """What a command line gives under a flag, or in a place (no flag), where its words are not known."""
    return v.Opt("option", flag, default, span) if flag.startswith("-") and isinstance(default, v.Const | v.Env) else v.Unknown(name)


@known_as(_PARSER)
def _parser(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    del frame
    return _made(m, args, span, "")


def _made(m: Machine, args: Arguments, span: Span, name: str) -> v.Handle:
    """A parser is told from others by where it is made, and a sub-command's by its name."""
    made = v.Handle(_PARSER, (v.Const(f"{span.file}:{span.line}:{span.column}"), v.Const(name)))
    above = [one for parent in m.items_of(args.kwargs.get("parents", v.NONE)) or () for one in _contents(m, parent, _GIVEN)]
    helped = args.kwargs.get("add_help") != v.FALSE
    m.store.set(made, _GIVEN, v.Contents((*([_action(["-h", "--help"], {"action": v.Const("help")})] if helped else ()), *above)))
    m.store.set(made, _NAMED, v.Contents())
    m.store.set(made, _DEFAULTS, v.Contents())
    return made


def _contents(m: Machine, owner: v.Value, name: str) -> tuple[v.Value, ...]:
    held = m.store.get(owner, name) if isinstance(owner, v.Handle | v.Instance) else None
    return held.items if isinstance(held, v.Contents) else ()


def _action(flags: list[str], settings: dict[str, v.Value]) -> v.Value:
    return v.Handle(_ACTION, (v.Const("\0".join(flags)), *(settings.get(key, v.Unknown(f"no {key}")) for key in _SETTINGS)))


@known_as(f"{_PARSER}.add_argument", "argparse._ArgumentGroup.add_argument", "optparse.OptionParser.add_option")
def _add_argument(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    del frame
    flags = [t for a in args.args if (t := v.text_of(a)) is not None]
    named = flags or "dest" in args.kwargs  # ``add_argument(dest="path", nargs="?")`` is a place
    _note(m, args.subject, _GIVEN, _action(flags, args.kwargs) if named and len(flags) == len(args.args) else v.Unknown("argument"))
    if not flags:
        return v.NONE
    long = next((f for f in flags if f.startswith("--")), flags[0])
    name = v.text_of(args.kwargs.get("dest", v.NONE)) or long.lstrip("-").replace("-", "_")
    action = v.text_of(args.kwargs.get("action", v.NONE))
    default = args.kwargs.get("default") or (v.TRUE if action == "store_false" else v.FALSE if action == "store_true" else v.NONE)
    value = option(name, long, default, span)
    words = m.externals.words
    if words is not None and long.startswith("-"):
        given = long in words or any(f in words for f in flags)
        value = (v.FALSE if action == "store_false" else v.TRUE) if given and action in ("store_true", "store_false") else default
        if given and action not in ("store_true", "store_false"):
            value = v.Unknown(name)
    m.store.set("arguments", name, value)
    return v.NONE


def _note(m: Machine, owner: v.Value | None, name: str, value: v.Value) -> None:
    if isinstance(owner, v.Handle | v.Instance):
        m.store.set(owner, name, v.Contents((*_contents(m, owner, name), value)))


@known_as(f"{_PARSER}.add_argument_group", f"{_PARSER}.add_mutually_exclusive_group")
def _group(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    del m, frame, span
    return args.subject if isinstance(args.subject, v.Handle) else v.Handle(_PARSER)


@known_as(f"{_PARSER}.set_defaults")
def _set_defaults(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    del frame, span
    for name, value in args.kwargs.items():
        _note(m, args.subject, _DEFAULTS, v.Handle(_ACTION, (v.Const(name), value)))
    return v.NONE


@known_as(f"{_PARSER}.add_subparsers")
def _add_subparsers(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    del frame, span
    settings = {**args.kwargs, "action": v.Const("parsers")}
    _note(m, args.subject, _GIVEN, _action([], settings))
    return v.Handle(_COMMANDS, (args.subject,)) if args.subject is not None else None


@known_as(f"{_COMMANDS}.add_parser")
def _add_parser(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    del frame
    parser = args.subject.args[0] if isinstance(args.subject, v.Handle) and args.subject.args else None
    name = v.text_of(args.args[0]) if args.args else None
    made = _made(m, args, span, name or "")
    also = [v.text_of(one) for one in m.items_of(args.kwargs.get("aliases", v.NONE)) or ()]
    for one in (name, *also):
        _note(m, parser, _NAMED, v.Handle(_ACTION, (v.Const(one), made)) if one is not None else v.Unknown("command"))
    return made


@known_as(f"{_PARSER}.parse_args", f"{_PARSER}.parse_intermixed_args")
def _parse_args(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    return _parsed(m, frame, args, span, lenient=False)


@known_as(f"{_PARSER}.parse_known_args", f"{_PARSER}.parse_known_intermixed_args")
def _parse_known_args(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    rest = m.new_items("list", [v.Rest(v.Unknown("argument"))])
    return m.new_items("tuple", [_parsed(m, frame, args, span, lenient=True), rest])


def _parsed(m: Machine, frame: Frame, args: Arguments, span: Span, *, lenient: bool) -> v.Value:
    """What the words give, sub-command by sub-command; where they or the parser are not known, each attribute is a switch."""
    words, owner = _words(m, args.get(0, "args")), args.subject
    if words is None or not isinstance(owner, v.Handle | v.Instance) or m.store.get(owner, _GIVEN) is None:
        return v.Handle(PARSED)
    made = v.Handle(PARSED, (v.Const("given"), *words))
    values: dict[str, v.Value] = {}
    given: dict[str, v.Value] = {}
    while True:
        arguments = [one for held in _contents(m, owner, _GIVEN) if (one := _argument(held)) is not None]
        reading = read(arguments, words, lenient=lenient) if len(arguments) == len(_contents(m, owner, _GIVEN)) else None
        if reading is None:
            return v.Handle(PARSED)
        values |= {one.dest: one.default for one in reading.missing} | _named(_contents(m, owner, _DEFAULTS))
        given |= {one.dest: _converted(m, frame, one, held, span) for one, held in reading.given}
        named, commands = reading.command, _contents(m, owner, _NAMED)
        chosen = _named(commands).get(v.text_of(named) or "") if named is not None else None
        if named is not None and chosen is None and (v.text_of(named) is None or any(isinstance(one, v.Unknown) for one in commands)):
            return v.Handle(PARSED)  # which one it is
        if reading.ends or (named is not None and chosen is None):
            m.statements.throw(frame, v.External("SystemExit"), span)
            return v.Unknown("not reached")
        if chosen is None:
            break
        owner, words = chosen, reading.rest
    for name, value in (values | given).items():
        m.store.set(made, name, value)
    return made


def _named(pairs: tuple[v.Value, ...]) -> dict[str, v.Value]:
    return {v.text_of(one.args[0]) or "": one.args[1] for one in pairs if isinstance(one, v.Handle)}


def _converted(m: Machine, frame: Frame, argument: Argument, held: v.Value, span: Span) -> v.Value:
    """A value as its ``type`` makes it."""
    from offlint.flow.machine import Arguments  # noqa: PLC0415

    if argument.type is None or not isinstance(held, v.Const | v.Text | v.Path):
        return held if argument.type is None else v.Unknown(argument.dest, m.deep_taint(held))
    return m.call(frame, argument.type, Arguments([held]), span)


def _argument(value: v.Value) -> Argument | None:
    """An argument as it was added; None where that is not known."""
    if not isinstance(value, v.Handle) or value.type != _ACTION:
        return None
    flags = [one for one in (v.text_of(value.args[0]) or "").split("\0") if one]
    told = {key: one for key, one in zip(_SETTINGS, value.args[1:], strict=True) if one != v.Unknown(f"no {key}")}
    nargs = told.get("nargs", v.NONE)
    if not isinstance(nargs, v.Const) or nargs.value == "..." or isinstance(told.get("dest"), v.Unknown):
        return None  # ``argparse.REMAINDER`` takes options, too
    action = told.get("action")
    if isinstance(action, v.External):  # ``argparse.BooleanOptionalAction`` has a second flag for no
        if action.name.rsplit(".", 1)[-1] != "BooleanOptionalAction":
            return None
        told["action"] = v.Const("boolean")
        flags += [f"--no-{one[2:]}" for one in flags if one.startswith("--")]
    return Argument.of(flags, told)


def _words(m: Machine, given: v.Value | None) -> list[v.Value] | None:
    """The words that are read, None where they are not known."""
    if given is None or given == v.NONE:
        known = m.externals.words
        if known is not None:
            return [v.Const(word) if "{" not in word else v.Unknown("argument") for word in known]
        replaced = m.mocking.replaced("sys.argv")  # ``monkeypatch.setattr(sys, "argv", …)``
        items = m.items_of(replaced) if isinstance(replaced, v.Items) else None
        return _each_known(items[1:]) if items else None
    return _each_known(m.items_of(given) if isinstance(given, v.Items) else None)


def _each_known(items: list[v.Value] | None) -> list[v.Value] | None:
    if items is None or any(isinstance(one, v.Rest) or (isinstance(one, v.Handle) and one.type == ARGV_ITEM) for one in items):
        return None
    return items
