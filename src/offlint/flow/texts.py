"""How would a person write this value? Texts with the unknown parts as ``{name}``."""

from __future__ import annotations

from offlint.flow import values as v
from offlint.model.lazy import regex


def template(value: v.Value, depth: int = 0) -> str:
    """A text as a person would write it, unknown parts as ``{name}``."""
    match value:
        case v.Const():
            return value.value.decode("latin-1") if isinstance(value.value, bytes) else str(value.value)
        case v.Text():
            return "".join(template(p, depth + 1) for p in value.parts) if depth < 8 else "{…}"
        case v.Path():
            return template(value.text, depth + 1)
        case v.Env() | v.Opt():
            default = template(value.default, depth + 1) if isinstance(value.default, v.Const | v.Text | v.Choice) and depth < 4 else ""
            return "{" + value.name + "}" if default in ("", "None", "False") or _HOLE.fullmatch(default) else default
        case v.Choice():
            then, orelse = template(value.then, depth + 1), template(value.orelse, depth + 1)
            if depth > 4:
                return "{…}"
            return then if len(then) >= len(orelse) else orelse
        case v.Unknown():
            return "{" + value.why + "}" if value.why.isidentifier() else "{…}"
        case v.Sym():
            name = value.op.removeprefix(".") if value.op.startswith(".") else "…"
            if name.startswith("__"):
                name = "…"  # an operation of the language says nothing to who reads the URL
            return template(value.args[0], depth + 1) if name in _SHAPING and value.args else "{" + name + "}"
        case v.Atom():
            return "{" + value.label + "}"
        case v.External():
            return "{" + value.name.rsplit(".", 1)[-1] + "}"
        case v.Remote():
            return "{response}"
        case _:
            return "{…}"


#: A text of which nothing is known; the name of what a person sets says more.
_HOLE = regex(r"\{[^{}]*\}")
_SHAPING = {"strip", "lower", "upper", "rstrip", "lstrip", "decode", "encode", "format"}


def is_exact(value: v.Value) -> bool:
    """Whether a text is known to the last character."""
    return v.text_of(value) is not None
