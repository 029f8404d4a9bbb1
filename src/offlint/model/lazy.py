"""What waits until it is needed? The methods of dataclasses, and regular expressions.

A run of offlint on a small project uses a part of its classes and expressions, and to make all of them takes longer than such a project
does: the standard library compiles up to six methods for each dataclass, one by one. Here a class gets its slots at once, and each method
when it is first called; an expression is compiled when it is first asked. For the type checker both are the standard library's own, and
it alone sees to it that what is ``frozen`` is not changed: Python would take twice as long to make an object, of which there are very many.
"""

from __future__ import annotations

import dataclasses
import re
from dataclasses import field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from dataclasses import dataclass
    from re import compile as regex
else:

    def dataclass(*, frozen: bool = False, eq: bool = True, unsafe_hash: bool = False, **_: Literal[True]) -> Callable[[type], type]:
        """As ``dataclasses.dataclass``, always with slots; ``order`` and subclasses with further fields are for that one."""
        return lambda cls: _slotted(cls, eq=eq, hashed=unsafe_hash or (frozen and eq))

    class regex:  # noqa: N801 # in the place of a function
        """As ``re.compile``: its attributes are those of the ``re.Pattern``."""

        def __init__(self, pattern: str, flags: int = 0) -> None:
            self._made_of = pattern, flags

        def __getattr__(self, name: str) -> Any:
            found = getattr(re.compile(*self._made_of), name)
            setattr(self, name, found)  # so that this is not asked again
            return found


class _Fields:
    """The fields of a class as it was written, and what ``dataclasses.fields`` asks the class that it became for."""

    def __init__(self, written: type) -> None:
        names = [name for name, kind in written.__annotations__.items() if "ClassVar" not in kind]
        self.written = written
        self.given = {name: written.__dict__.get(name, dataclasses.MISSING) for name in names}

    def __iter__(self) -> Iterator[tuple[str, dataclasses.Field[Any]]]:
        for name, given in self.given.items():
            yield name, given if isinstance(given, dataclasses.Field) else field(default=given)

    def __get__(self, _: object, kind: Any) -> Any:
        kind.__dataclass_fields__ = vars(dataclasses.dataclass(init=False, repr=False, eq=False)(self.written))["__dataclass_fields__"]
        return kind.__dataclass_fields__


def _slotted(cls: type, *, eq: bool, hashed: bool) -> type:
    """The class again, with slots for its fields, and methods that wait."""
    of = _Fields(cls)
    own = {name: held for name, held in cls.__dict__.items() if name not in of.given and name not in {"__dict__", "__weakref__"}}
    own |= {"__qualname__": cls.__qualname__, "__slots__": tuple(of.given), "__dataclass_fields__": of}
    own["__match_args__"] = tuple(name for name, given in of.given.items() if getattr(given, "init", True))
    for name, make in (("__init__", _filling), ("__repr__", _showing), *((("__eq__", _equality),) if eq else ())):
        own.setdefault(name, _waiting(name, make, of))
    if hashed and own.get("__hash__") is None:
        own["__hash__"] = _waiting("__hash__", _hashing, of)
    elif eq:
        own.setdefault("__hash__", None)
    return type(cls)(cls.__name__, cls.__bases__, own)


def _waiting(name: str, make: Callable[[type, _Fields], Any], of: _Fields) -> Callable[..., Any]:
    """A method that puts the real one in its place."""

    def first(self: object, *args: Any, **kwargs: Any) -> Any:
        kind = type(self)
        setattr(kind, name, make(kind, of))
        return getattr(kind, name)(self, *args, **kwargs)

    return first


def _filling(kind: type, of: _Fields) -> Any:
    """What gives each field its value."""
    given, lines = ["self"], []
    known: dict[str, Any] = {"MISSING": dataclasses.MISSING}
    for name, one in of:
        made, default = f"_make_{name}", f"_default_{name}"
        known |= {made: one.default_factory, default: one.default}
        if one.default_factory is not dataclasses.MISSING:
            otherwise, value = "=MISSING", f"{made}() if {name} is MISSING else {name}" if one.init else f"{made}()"
        elif one.default is not dataclasses.MISSING:
            otherwise, value = f"={default}", name if one.init else default
        elif one.init:
            otherwise, value = "", name
        else:  # ``__post_init__`` gives it a value
            continue
        given += [name + otherwise] if one.init else []
        lines.append(f"self.{name} = {value}")
    if hasattr(kind, "__post_init__"):
        lines.append("self.__post_init__()")
    return _compiled(kind, "__init__", given, lines or ["pass"], known)


def _equality(kind: type, of: _Fields) -> Any:
    same = f"{_compared(of, 'self')} == {_compared(of, 'other')}"
    return _compiled(kind, "__eq__", ["self", "other"], [f"return {same} if other.__class__ is self.__class__ else NotImplemented"])


def _hashing(kind: type, of: _Fields) -> Any:
    return _compiled(kind, "__hash__", ["self"], [f"return hash({_compared(of, 'self')})"])


def _compared(of: _Fields, who: str) -> str:
    return f"({''.join(f'{who}.{name}, ' for name, one in of if one.compare)})"


def _showing(kind: type, of: _Fields) -> Any:
    names = [name for name, one in of if one.repr]
    return lambda self: f"{kind.__qualname__}({', '.join(f'{name}={getattr(self, name)!r}' for name in names)})"


def _compiled(kind: type, name: str, given: Sequence[str], lines: Sequence[str], known: Mapping[str, Any] | None = None) -> Any:
    space: dict[str, Any] = {"__name__": kind.__module__, **(known or {})}
    exec(f"def {name}({', '.join(given)}):\n " + "\n ".join(lines), space)  # noqa: S102 # made of the names of our own fields alone
    space[name].__qualname__ = f"{kind.__qualname__}.{name}"
    return space[name]


def filling(kind: Any) -> Any:
    """The ``__init__`` of a class that was made here, at once, for who puts something else in its place."""
    return _filling(kind, kind.__dict__["__dataclass_fields__"])


__all__ = ["dataclass", "field", "filling", "regex"]
