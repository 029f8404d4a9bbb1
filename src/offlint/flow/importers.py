"""Which modules does a call import?

Those that a text names; where a part of the name is known only when the code runs, any whose name begins so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from offlint.flow import values as v
from offlint.flow.imported import IMPORTERS, relative, statements_of
from offlint.model import step as s
from offlint.model.lazy import dataclass, regex

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

#: Where the part of a text ends that stands before what is put into it.
_HOLE = regex(r"[%{]")
#: A text of code that ends with the beginning of what it imports.
_OPEN = regex(r"(?:^|[\n;])[ \t]*(?:import[ \t]+([.\w]*)|from[ \t]+([.\w]*)(?:[ \t]+import[ \t]+(\w*))?)\Z")


@dataclass(slots=True)
class Asked:
    """What a call imports: ``modules`` by their names; ``begun`` are the beginnings of names of which the rest is not written there."""

    modules: tuple[str, ...] = ()
    begun: tuple[str, ...] = ()


def spelled(imported: Mapping[str, Iterable[tuple[str, str]]]) -> frozenset[str]:
    """The names by which a module knows functions that import, their own among them."""
    others = (alias for alias, origins in imported.items() if any(name in IMPORTERS for _, name in origins))
    return frozenset({*IMPORTERS, *others})


def asked(call: s.Call, importers: frozenset[str]) -> Asked | None:
    """What a call imports; None where it is no call that imports."""
    match call:
        case s.Call(s.Name("exec"), (s.Arg(code), *_)):
            return _by_code(code)
        case s.Call(s.Attr(name=name) | s.Name(name), (s.Arg(), *_)) if name in importers:
            return _by_name(call.args)
    return None


def _by_name(args: tuple[s.Arg, ...]) -> Asked | None:
    given = next((arg.value for arg in args if not arg.star and arg.name in (None, "name", "modname", "mod_name")), None)
    if given is None:
        return None
    others = [arg for arg in args if arg.value is not given]
    if not isinstance(given, s.Const):
        return Asked(begun=(beginning(given),))
    if not isinstance(given.value, str):
        return None
    package = next((text for arg in others if (text := _text(arg.value))), "")
    module = relative(given.value, package) if package else given.value
    inside = next((arg.value for at, arg in enumerate(args) if arg.name == "fromlist" or (at == 3 and arg.name is None)), None)
    listed = inside.items if isinstance(inside, s.Seq) else ()
    return Asked(modules=(module, *(f"{module}.{text}" for one in listed if (text := _text(one)))))


def _by_code(code: s.Expr) -> Asked | None:
    if isinstance(code, s.Const):
        return Asked(tuple(_written(code.value))) if isinstance(code.value, str) else None
    known = beginning(code)
    left = _OPEN.search(known)
    if left is None:
        return None
    named = left[1] if left[1] is not None else f"{left[2]}.{left[3]}" if left[3] is not None else left[2]
    return Asked(begun=(named,))


def _written(code: str) -> Iterator[str]:
    """What the statements of a text import, with what may be a module of a package."""
    for origin, names, plain in statements_of(code):
        if plain:
            yield from (part.split()[0] for part in plain.split(",") if part.split())
        else:
            yield origin
            yield from (f"{origin}.{part.split()[0]}" for part in names.strip("() ").split(",") if part.split())


def beginning(text: s.Expr) -> str:
    """What is known of the beginning of a text that is made when it is asked for."""
    match text:
        case s.Const(str() as known):
            return known
        case s.Name("__name__" | "__package__") | s.Attr(s.Name("__spec__"), "parent" | "name"):
            return "."
        case s.Template((first, *_)):
            return beginning(first)
        case s.Binary("+", left, _):
            return beginning(left)
        case s.Binary("%", s.Const(str() as known), _) | s.Call(s.Attr(s.Const(str() as known), "format"), _):
            return _HOLE.split(known, maxsplit=1)[0]
    return ""


def _text(expression: s.Expr | None) -> str:
    return expression.value if isinstance(expression, s.Const) and isinstance(expression.value, str) else ""


def known_beginning(name: v.Value) -> str:
    """What is known of the beginning of a name that is made when the code runs."""
    parts = name.parts if isinstance(name, v.Text) else ()
    return v.text_of(parts[0]) or "" if parts else ""
