"""Which exceptions does a handler catch? By the built-in hierarchy, the project's own classes and equal names."""

from __future__ import annotations

import builtins
from typing import TYPE_CHECKING

from offlint.flow import values as v
from offlint.model import step as s

if TYPE_CHECKING:
    from offlint.flow.machine import Machine


#: Errors by which what is asked for says that there is no more of it, or that it is not there yet: nothing is missing.
_TURNS = frozenset({
    "StopIteration", "StopAsyncIteration", "Empty", "QueueEmpty", "Full", "QueueFull", "CancelledError", "GeneratorExit",
    "KeyboardInterrupt",
})  # fmt: skip


def awaits_turn(handlers: tuple[s.Handler, ...]) -> bool:
    """Whether an ``except`` clause is for errors that only say how far something has come."""
    named = (h.types.items if isinstance(h.types, s.Seq) else (h.types,) for h in handlers)
    return any(all(_last(one) in _TURNS for one in names) for names in named)


def _last(expr: s.Expr | None) -> str:
    return expr.name if isinstance(expr, s.Attr) else expr.id if isinstance(expr, s.Name) else ""


def error_names(value: v.Value, machine: Machine) -> list[v.Value]:
    """The classes that an ``except`` clause names."""
    items = machine.items_of(value)
    if items is None:
        return v.leaves(value)
    return [held for item in items for held in v.leaves(item)]


def catches(names: list[v.Value] | None, error: v.Value, machine: Machine) -> bool:
    """Whether a handler for these classes (None: all) catches the error; where it cannot be known, it does not."""
    if names is None:
        return True
    ancestors = set(_ancestors(error, machine))
    return any(_name(name) in ancestors for name in names)


def _ancestors(error: v.Value, machine: Machine) -> list[str]:
    """The names of the error's class and of its bases."""
    match error:
        case v.Instance():
            return _ancestors(error.cls, machine)
        case v.ClassRef():
            found = [_name(error)]
            for base in error.bases:
                found += _ancestors(base, machine)
            return found
        case v.Handle(type=name) | v.External(name=name):
            built_in = getattr(builtins, name.removeprefix("builtins."), None)
            if isinstance(built_in, type) and issubclass(built_in, BaseException):
                return [cls.__name__ for cls in built_in.__mro__]
            short = name.rsplit(".", 1)[-1]
            library = ["OSError", "Exception", "BaseException"] if short in ("URLError", "HTTPError") else ["Exception", "BaseException"]
            return [name, short, *library]
        case _:
            return ["Exception", "BaseException"]


def _name(value: v.Value) -> str:
    match value:
        case v.ClassRef():
            return f"{value.scope.file}:{value.definition.name}"
        case v.External():
            name = value.name.removeprefix("builtins.")
            alias = {"IOError": "OSError", "EnvironmentError": "OSError", "socket.error": "OSError", "select.error": "OSError"}
            return alias.get(name, name)
        case _:
            return ""
