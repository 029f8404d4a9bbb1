"""What is an option or an argument of a command of click or Typer, and which value has it? Defaults, variables, types and callbacks.

A decorator (``@click.option(…)``) leaves a mark on its function, which is read when the command runs
(https://click.palletsprojects.com/en/stable/parameters/).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from offlint.flow import values as v
from offlint.flow.builtin_argparse import option
from offlint.flow.click_words import Parameter, Reading
from offlint.flow.environment import variable
from offlint.flow.machine import Arguments
from offlint.flow.registry import CONTEXT, known_as

if TYPE_CHECKING:
    from collections.abc import Sequence

    from offlint.flow.machine import Frame, Machine
    from offlint.model.span import Span

#: The type of a handle for a parameter: its texts, the rest of what it is made with, what it is where the words are not known, its place.
PARAMETER = "click.option"
_OPTION, _ARGUMENT = ("click.option", "click.Option"), ("click.argument", "click.Argument")
#: Decorators of click that put on an option: its flag where none is named, and how it is made.
_READY: dict[str, tuple[str, dict[str, v.Value]]] = {
    "click.version_option": ("--version", {"is_flag": v.TRUE, "answers": v.TRUE}),
    "click.help_option": ("--help", {"is_flag": v.TRUE, "answers": v.TRUE}),
    "click.confirmation_option": ("--yes", {"is_flag": v.TRUE, "expose_value": v.FALSE}),
    "click.password_option": ("--password", {"prompt": v.TRUE}),
}
_KINDS = {"builtins.int": int, "click.INT": int, "click.IntRange": int, "builtins.float": float, "click.FLOAT": float}
_CALLED = (v.FunctionRef, v.ClassRef, v.Partial, v.Method)


def _register(name: str, flag: str | None, ready: dict[str, v.Value]) -> None:
    @known_as(name)
    def _made(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
        del frame
        given = m.items_of(args.args[0]) if args.args else None
        texts = [text for one in (args.args if given is None else given) if (text := v.text_of(one))]
        if flag is not None and not any(text.startswith("-") for text in texts):
            texts = [flag]
        return parameter(texts, {**args.kwargs, **ready}, span)


for _name in (*_OPTION, *_ARGUMENT):
    _register(_name, None, {})
for _name, (_flag, _ready) in _READY.items():
    _register(_name, _flag, _ready)


def parameter(texts: list[str], settings: dict[str, v.Value], span: Span) -> v.Handle:
    """A handle for a parameter: its name and its flags, and what else it is made with."""
    flags = [flag for text in texts if text.startswith("-") for flag in text.partition("/")[0].split()]
    long = next((flag for flag in flags if flag.startswith("--")), flags[0] if flags else "")
    name = next((text for text in texts if not text.startswith("-")), long.lower()).lstrip("-").replace("-", "_")
    default = settings.get("default") or (v.FALSE if _is_flag(texts, settings) else v.NONE)
    if (variable_ := v.text_of(settings.get("envvar", v.NONE))) is not None:
        default = v.Env(variable_, default, span)
    pairs = tuple((v.Const(key), value) for key, value in settings.items())
    words = v.Contents(tuple(map(v.Const, texts)))
    return v.Handle(
        PARAMETER, (v.Const(name), words, v.Contents(pairs=pairs), option(name, long, default, span), v.Opt("option", long, v.NONE, span))
    )


def _is_flag(texts: list[str], settings: dict[str, v.Value]) -> bool:
    said = settings.get("is_flag")
    flag = settings.get("flag_value") is not None or any("/" in text for text in texts if text.startswith("-"))
    return settings.get("count") == v.TRUE or (flag if said is None else said == v.TRUE)


@known_as(f"{PARAMETER}.__call__")
def _given_to(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    """``click.option("--all")(function)``: the function with the parameter."""
    del frame, span
    function = args.get(0)
    return m.pytest.add_mark(function, args.subject) if function is not None and args.subject is not None else function


@known_as("click.Path")
def _path(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    """The type of a file's name; with ``path_type`` the value is a path."""
    del m, frame, span
    return v.Handle("click.Path", (args.kwargs.get("path_type") or v.NONE,))


def parameters(marks: Sequence[v.Value]) -> list[Parameter]:
    """The parameters among what a command's function was decorated with, in their order."""
    return [_read(one) for one in marks if isinstance(one, v.Handle) and one.type == PARAMETER and len(one.args) > 1]


def _read(mark: v.Handle) -> Parameter:
    name, words, pairs, unknown, place = mark.args
    texts = [text for one in words.items if (text := v.text_of(one))] if isinstance(words, v.Contents) else []
    settings = {str(v.text_of(key)): value for key, value in pairs.pairs} if isinstance(pairs, v.Contents) else {}
    flags = [text.partition("/") for text in texts if text.startswith("-")]
    count = settings.get("nargs")
    takes = count.value if isinstance(count, v.Const) and isinstance(count.value, int) else 1
    alone = settings.get("flag_value")
    default = settings.get("default")
    if _is_flag(texts, settings):
        takes = 0
    bare = takes > 0 and default is None and settings.get("envvar") is None and settings.get("prompt") in (None, v.FALSE)
    said = settings.get("required")
    return Parameter(
        name=str(v.text_of(name)),
        flags=tuple(one for flag, _, _ in flags for one in flag.split()),
        off=tuple(one for _, _, flag in flags for one in flag.split()),
        takes=takes,
        alone=alone,
        many=v.TRUE in (settings.get("multiple"), settings.get("count")),
        required=bare and (said == v.TRUE or (said is None and not flags)),
        settings=settings,
        unknown=unknown if takes >= 0 and settings.get("multiple") is None else v.Unknown(str(v.text_of(name))),
        place=place,
    )


class Values:
    """The values of the parameters of one command."""

    def __init__(self, machine: Machine, frame: Frame, span: Span, prefix: str) -> None:
        self.m = machine
        self._frame = frame
        self._span = span
        self._prefix = prefix

    def of(self, params: Sequence[Parameter], reading: Reading) -> dict[str, v.Value]:
        """What the function gets, after types and callbacks; those of eager parameters are asked first, and may end the run."""
        found: dict[str, v.Value] = {}
        order = sorted(range(len(params)), key=lambda place: not params[place].is_on("is_eager"))
        for place in order:
            param = params[place]
            value = self._value(param, reading.given.get(place), lost=reading.lost)
            callback = param.settings.get("callback")
            if callback is not None and self._frame.alive:
                value = self.callback(callback, value)
            if not self._frame.alive:
                break
            if param.settings.get("expose_value") != v.FALSE and found.get(param.name, v.NONE) == v.NONE:
                found[param.name] = value
        return found

    def callback(self, function: v.Value, value: v.Value) -> v.Value:
        """A parameter's callback: of Typer it may leave out what it does not ask for."""
        given: list[v.Value] = [v.Handle(CONTEXT), v.Unknown("param"), value]
        if isinstance(function, v.FunctionRef):
            count = sum(not one.kind for one in function.function.params) - (function.bound is not None)
            given = {1: given[2:], 2: [given[0], value]}.get(count, given)
        return self.m.call(self._frame, function, Arguments(given), self._span)

    def _value(self, param: Parameter, given: list[v.Value] | None, *, lost: bool) -> v.Value:
        if given is None and lost:
            return param.unknown
        if given is None:
            return self._typed(param, self._default(param))
        if param.is_on("count"):
            return v.Const(len(given))
        if param.is_on("multiple"):
            return self.m.new_items("tuple", [self._typed(param, one) for one in given])
        return self._typed(param, given[-1])

    def _default(self, param: Parameter) -> v.Value:
        """What it is where nobody gives it: from a variable, from its default, which may be called, or from who is asked."""
        settings, default = param.settings, param.settings.get("default")
        if param.alone is not None and default == v.TRUE:
            default = param.alone
        elif param.is_on("count"):
            default = default or v.Const(0)
        elif param.takes == 0 and param.alone is None:
            default = default or v.FALSE
        elif (param.is_on("multiple") or param.takes < 0) and default is None:
            default = self.m.new_items("tuple", [])
        elif default is None or (settings.get("prompt") not in (None, v.NONE, v.FALSE) and param.flags):
            default = v.Unknown(param.name) if settings.get("prompt") not in (None, v.NONE, v.FALSE) else v.NONE
        elif isinstance(default, _CALLED):
            default = self.m.call(self._frame, default, Arguments(), self._span)
        named = settings.get("envvar")
        names = [text for one in (self.m.items_of(named) or [named]) if (text := v.text_of(one))] if named is not None else []
        if self._prefix and param.flags and settings.get("allow_from_autoenv") != v.FALSE:
            names.append(f"{self._prefix}_{param.name}".upper())
        for name in reversed(names):
            default = variable(self.m, name, default, param.place.span if isinstance(param.place, v.Opt) else self._span)
        return default

    # types

    def _typed(self, param: Parameter, value: v.Value) -> v.Value:
        """The value as its type makes it."""
        kind = param.settings.get("type")
        if isinstance(value, v.Contents):
            return self.m.new_items("tuple", [self._typed(param, one) for one in value.items])
        if value == v.NONE or param.takes == 0 or not self._frame.alive:
            return value
        if kind is None or isinstance(kind, v.External):
            return self._number(value, kind.name if kind is not None else "", param.settings.get("default"))
        if isinstance(kind, v.Handle):
            if kind.type == "click.Path" and kind.args and kind.args[0] not in (v.NONE, v.External("builtins.str")):
                return v.Path(value)
            return self._number(value, kind.type, None)
        if isinstance(kind, v.Instance):
            convert = self.m.attributes.lookup(kind, "convert")
            given: list[v.Value] = [value, v.Unknown("param"), v.Handle(CONTEXT)]
            return value if convert is None else self.m.call(self._frame, convert, Arguments(given), self._span)
        if isinstance(kind, _CALLED):
            return self.m.call(self._frame, kind, Arguments([value]), self._span)
        return value

    @staticmethod
    def _number(value: v.Value, kind: str, default: v.Value | None) -> v.Value:
        text = v.text_of(value)
        made = _KINDS.get(kind)
        if made is None and not kind and isinstance(default, v.Const) and type(default.value) in (int, float):
            made = type(default.value)
        try:
            return v.Const(made(text)) if made is not None and text is not None else value
        except ValueError:
            return value
