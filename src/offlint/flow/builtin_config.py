"""What does a configuration file say that the project reads by itself? ``configparser``: files of the tree give defaults.

A key is something that a person sets, like a command's option: its default is what the shipped file says, else the fallback of the call.
Facts are those of the Python library reference, "configparser".
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from offlint.flow import values as v
from offlint.flow.registry import BUILTINS, SETTINGS, Builtin, known_as
from offlint.flow.texts import template

if TYPE_CHECKING:
    from collections.abc import Callable

    from offlint.flow.machine import Arguments, Frame, Machine
    from offlint.model.span import Span

_MODULES = ("configparser", "ConfigParser", "six.moves.configparser", "backports.configparser")
_CLASSES = ("ConfigParser", "RawConfigParser", "SafeConfigParser")
_PARSER, _SECTION = "configparser.ConfigParser", "configparser.SectionProxy"
_TOLD = "told"
_Key = tuple["v.Value | None", "v.Value | None"]
_BOOLEANS = {"1": True, "yes": True, "true": True, "on": True, "0": False, "no": False, "false": False, "off": False}


@known_as(*(f"{module}.{cls}" for module in _MODULES for cls in _CLASSES))
def _parser(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    del frame, args
    return v.Handle(_PARSER, (m.atom("input", "configuration", span),))  # the atom tells one parser from another


def _method(*names: str) -> Callable[[Callable[[Machine, Frame, v.Handle, Arguments, Span], v.Value | None]], Builtin]:
    """A method of a parser or of one of its sections."""

    def register(function: Callable[[Machine, Frame, v.Handle, Arguments, Span], v.Value | None]) -> Builtin:
        def call(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
            return function(m, frame, args.subject, args, span) if isinstance(args.subject, v.Handle) else None

        for name in names:
            BUILTINS[name] = call
        return call

    return register


@_method(f"{_PARSER}.read", f"{_PARSER}.read_file", f"{_PARSER}.readfp")
def _read(m: Machine, frame: Frame, parser: v.Handle, args: Arguments, span: Span) -> v.Value | None:
    del frame, span
    given = args.get(0, "filenames") or args.get(0, "f")
    if given is None or not parser.args:
        return None
    named = m.items_of(given) or [given]
    paths = [held for one in named for held in v.leaves(one.path if isinstance(one, v.FileObject) else one)]
    known = m.store.get(parser.args[0], "files")
    before = known.items if isinstance(known, v.Contents) else ()
    m.store.set(parser.args[0], "files", v.Contents((*before, *(p for p in paths if p != v.NONE and p not in before))))
    return m.new_items("list", list(paths))


@_method(f"{_PARSER}.set")
def _set(m: Machine, frame: Frame, parser: v.Handle, args: Arguments, span: Span) -> v.Value | None:
    del frame
    return _put(m, parser, (args.get(0, "section"), args.get(1, "option")), args.get(2, "value"), span)


@_method(f"{_SECTION}.__setitem__")
def _set_item(m: Machine, frame: Frame, section: v.Handle, args: Arguments, span: Span) -> v.Value | None:
    del frame
    return _put(m, section, (section.args[-1], args.get(0)), args.get(1), span)


@_method(*(f"{_PARSER}.{name}" for name in ("read_string", "read_dict", "__setitem__", "update", "setdefault")))
def _fill(m: Machine, frame: Frame, parser: v.Handle, args: Arguments, span: Span) -> v.Value | None:
    del frame, args
    return _put(m, parser, (None, None), None, span)


def _put(m: Machine, parser: v.Handle, key: _Key, value: v.Value | None, span: Span) -> v.Value:
    """The code itself says what the parser holds: one key, or something of which only is known that it may be there."""
    section, option = _text(key[0]), _text(key[1])
    if not parser.args:
        return v.NONE
    if section and option and value is not None:
        m.store.set(parser.args[0], f"[{section}] {option.lower()}", value)
    else:
        m.store.set(parser.args[0], _TOLD, m.atom("input", "what the code puts into a configuration", span))
    return v.NONE


@_method(f"{_PARSER}.get", f"{_PARSER}.getint", f"{_PARSER}.getfloat")
def _get(m: Machine, frame: Frame, parser: v.Handle, args: Arguments, span: Span) -> v.Value | None:
    return _looked_up(m, frame, parser, (args.get(0, "section"), args.get(1, "option")), span, fallback=args.kwargs.get("fallback"))


@_method(f"{_PARSER}.getboolean")
def _getboolean(m: Machine, frame: Frame, parser: v.Handle, args: Arguments, span: Span) -> v.Value | None:
    key = args.get(0, "section"), args.get(1, "option")
    return _looked_up(m, frame, parser, key, span, fallback=args.kwargs.get("fallback"), boolean=True)


@_method(f"{_PARSER}.has_option")
def _has_option(m: Machine, frame: Frame, parser: v.Handle, args: Arguments, span: Span) -> v.Value | None:
    del frame
    section, key = _text(args.get(0, "section")), _text(args.get(1, "option"))
    return _is_set(m, parser, section, key, span) if section and key else None


@_method(f"{_PARSER}.has_section", f"{_PARSER}.__contains__")
def _has_section(m: Machine, frame: Frame, parser: v.Handle, args: Arguments, span: Span) -> v.Value | None:
    del frame
    section = _text(args.get(0, "section"))
    if not section:
        return None
    if section in _shipped(m, parser):
        return v.TRUE
    return _told(m, parser) or v.Opt("config", f"[{section}] in {_file(m, parser)}", v.FALSE, span)


@known_as(f"{_PARSER}.__getitem__")
def _section(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    del m, frame, span
    if not isinstance(args.subject, v.Handle) or not args.args:
        return None
    return v.Handle(_SECTION, (*args.subject.args[:1], args.args[0]))


@_method(f"{_SECTION}.get", f"{_SECTION}.getint", f"{_SECTION}.getfloat")
def _section_get(m: Machine, frame: Frame, section: v.Handle, args: Arguments, span: Span) -> v.Value | None:
    return _looked_up(m, frame, section, (section.args[-1], args.get(0, "option")), span, fallback=args.get(1, "fallback") or v.NONE)


@_method(f"{_SECTION}.__getitem__")
def _section_item(m: Machine, frame: Frame, section: v.Handle, args: Arguments, span: Span) -> v.Value | None:
    return _looked_up(m, frame, section, (section.args[-1], args.get(0)), span, fallback=None)


@_method(f"{_SECTION}.getboolean")
def _section_getboolean(m: Machine, frame: Frame, section: v.Handle, args: Arguments, span: Span) -> v.Value | None:
    key = section.args[-1], args.get(0, "option")
    return _looked_up(m, frame, section, key, span, fallback=args.get(1, "fallback") or v.NONE, boolean=True)


@_method(f"{_SECTION}.__contains__")
def _section_has(m: Machine, frame: Frame, section: v.Handle, args: Arguments, span: Span) -> v.Value | None:
    del frame
    name, key = _text(section.args[-1]), _text(args.get(0))
    return _is_set(m, section, name, key, span) if name and key else None


def _looked_up(
    m: Machine, frame: Frame, parser: v.Handle, key: _Key, span: Span, *, fallback: v.Value | None, boolean: bool = False
) -> v.Value | None:
    name, option = _text(key[0]), _text(key[1])
    if not name or not option:
        return None
    put = m.store.get(parser.args[0], f"[{name}] {option.lower()}") if parser.args else None
    if put is not None:
        return put if not boolean else m.expressions.decide(put, span)
    shipped = _shipped(m, parser).get(name, {}).get(option.lower())
    if shipped is None and (told := _told(m, parser)) is not None:
        return told
    switch = f"[{name}] {option} in {_file(m, parser)}"
    if shipped is None and fallback is None:
        wanted = v.Opt("config", switch, v.NONE, span)
        m.statements.throw_unless(frame, v.Sym("isset", (wanted,), span), span, "configparser.Error")
        return wanted
    default: v.Value = fallback if shipped is None and fallback is not None else v.Const(shipped)
    if boolean and shipped is not None:
        default = v.Const(_BOOLEANS.get(shipped.strip().lower()))
    return v.Opt("config", switch, default, span)


def _is_set(m: Machine, parser: v.Handle, section: str, key: str, span: Span) -> v.Value:
    if key.lower() in _shipped(m, parser).get(section, {}):
        return v.TRUE
    if parser.args and m.store.get(parser.args[0], f"[{section}] {key.lower()}") is not None:
        return v.TRUE
    if (told := _told(m, parser)) is not None:
        return told
    return v.Sym("isset", (v.Opt("config", f"[{section}] {key} in {_file(m, parser)}", v.NONE, span),), span)


def _told(m: Machine, parser: v.Handle) -> v.Value | None:
    """What a key is of which no file speaks, where the code itself put more into the parser."""
    return m.store.get(parser.args[0], _TOLD) if parser.args else None


def _paths(m: Machine, parser: v.Handle) -> list[v.Value]:
    held = m.store.get(parser.args[0], "files") if parser.args else None
    return [path for one in v.leaves(held) if isinstance(one, v.Contents) for path in one.items] if held is not None else []


def _shipped(m: Machine, parser: v.Handle) -> dict[str, dict[str, str]]:
    """What the files of the tree that were read say, later ones win."""
    found: dict[str, dict[str, str]] = {}
    for path in _paths(m, parser):
        place = m.externals.files.tree_path(path)
        if place and m.project.exists(place):
            for section, keys in m.project.ini(place).items():
                found.setdefault(section, {}).update({k.lower(): x for k, x in keys.items()})
    return found


def _file(m: Machine, parser: v.Handle) -> str:
    """A name for the file that a person would write to: the last one that is read, by its base name."""
    names = [posixpath.basename(template(path)) for path in _paths(m, parser) if v.text_of(path)]
    return names[-1] if names else "its configuration file"


def _text(value: v.Value | None) -> str | None:
    return v.text_of(value) if value is not None else None


@known_as(f"{SETTINGS}.get")
def _given_setting(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    """``config_settings.get(key, default)`` of PEP 517: what a front end is given, as by ``pip --config-settings key=value``."""
    del frame
    key = v.text_of(args.args[0]) if args.args else None
    default = args.get(1) or v.NONE
    return v.Opt("config", f"--config-settings {key}", default, span) if key is not None else m.atom("unknown", "a build setting", span)
