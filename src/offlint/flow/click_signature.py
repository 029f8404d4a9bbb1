"""Which options and arguments does a function have that Typer makes a command of? What its parameters say: name, default and annotation.

Sources: https://typer.tiangolo.com/tutorial/options/ and ``tutorial/arguments/``, ``tutorial/parameter-types/`` beside it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from offlint.flow import values as v
from offlint.flow.builtin_click_options import parameter
from offlint.flow.machine import Frame
from offlint.flow.registry import known_as
from offlint.flow.summary import Summary
from offlint.model import step as s

if TYPE_CHECKING:
    from offlint.flow.machine import Arguments, Machine
    from offlint.model.span import Span

#: The type of a handle for what ``typer.Option`` and ``typer.Argument`` give: which of them, its arguments by position and by name.
_GIVEN = "typer.parameter"


def _register(name: str) -> None:
    @known_as(name)
    def _made(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
        del m, frame
        named = tuple((v.Const(key), value) for key, value in args.kwargs.items())
        place = v.Opt("option", "", v.NONE, span)
        return v.Handle(_GIVEN, (v.Const(name), v.Contents(tuple(args.args)), v.Contents(pairs=named), place))


_register("typer.Option")
_register("typer.Argument")


def signature(m: Machine, ref: v.FunctionRef) -> list[v.Value]:
    """A handle for each parameter of the function that a command line gives."""
    ref = m.pytest.unwrapped(ref)
    frame = Frame(ref.scope, Summary(), m.store.mark())
    given = (one for one in ref.function.params if one.kind not in ("*", "**") and not is_context(one))
    return [_parameter(m, frame, ref, one) for one in given]


def is_context(param: s.Param) -> bool:
    """Whether Typer hands the context to a parameter."""
    return param.note == s.Name("Context") or (param.default is None and param.note is None and param.name in ("ctx", "context"))


def _parameter(m: Machine, frame: Frame, ref: v.FunctionRef, param: s.Param) -> v.Handle:
    default = m.calls.default(frame, ref, param.name, param.default) if param.default is not None else None
    kind, given = _annotated(m, frame, param.note)
    settings: dict[str, v.Value] = {}
    texts: list[str] = []
    if default is not None and isinstance(default, v.Handle) and default.type == _GIVEN:
        given, default = default, None
        positional = given.args[1].items if isinstance(given.args[1], v.Contents) else ()
        default, decls = (positional[0] if positional else None), positional[1:]
    else:
        decls = given.args[1].items if given is not None and isinstance(given.args[1], v.Contents) else ()
    if given is not None and isinstance(given.args[2], v.Contents):
        settings = {str(v.text_of(key)): value for key, value in given.args[2].pairs}
        texts = [text for one in decls if (text := v.text_of(one))]
    if default is not None:
        settings.setdefault("default", default)
    if "default_factory" in settings:
        settings["default"] = settings.pop("default_factory")
    is_option = given.args[0] == v.Const("typer.Option") if given is not None else default is not None
    place = given.args[3] if given is not None else None
    span = place.span if isinstance(place, v.Opt) and place.span is not None else ref.function.span
    if "parser" in settings:
        settings["type"] = settings.pop("parser")
    if not is_option:
        if kind == "list":
            settings["nargs"] = v.Const(-1)
        return parameter([param.name], settings, span)
    flag = kind == "bool" or settings.get("default") in (v.TRUE, v.FALSE)
    name = param.name.replace("_", "-")
    if not any(text.startswith("-") for text in texts):
        texts = [f"--{name}/--no-{name}" if flag and "is_flag" not in settings else f"--{name}"]
    if flag:
        settings["is_flag"] = v.TRUE
    if kind == "list":
        settings["multiple"] = v.TRUE
    return parameter([param.name, *texts], settings, span)


def _annotated(m: Machine, frame: Frame, note: s.Expr | None) -> tuple[str, v.Handle | None]:
    """The kind of the value, and what ``Annotated`` says of the parameter."""
    kind, given = note, None
    if isinstance(note, s.Index) and isinstance(note.key, s.Seq):
        kind = note.key.items[0]
        for one in note.key.items[1:]:
            value = m.eval(frame, one)
            if isinstance(value, v.Handle) and value.type == _GIVEN:
                given = value
    return (kind.id if isinstance(kind, s.Name) else ""), given
