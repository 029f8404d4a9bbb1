"""How do equal values become one object? Values that are made of values know their size and what data they are made of.

Values are never changed: the decorators say so to the type checker.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, TypeVar

from offlint.model.lazy import dataclass, field, filling

if TYPE_CHECKING:
    from typing_extensions import dataclass_transform

    from offlint.flow.summary import Fetch
else:

    def dataclass_transform(**_: object) -> Any:
        """Nothing: what a decorator makes of a class is for the type checker to know."""
        return lambda decorator: decorator


_Kind = TypeVar("_Kind")

#: Values made of more parts than this are not followed any further.
MAX_WEIGHT = 400

#: References to a value that only the table holds: its own, and that of whoever counts.
_ALONE = 2

_INTERNED: dict[tuple[object, ...], Any] = {}


#: What follows from values, worked out before: tables that hold values, let go of before the values are looked through.
_REMEMBERED: list[dict[Any, Any]] = []


@dataclass_transform(frozen_default=True, eq_default=False, field_specifiers=(field,))
def interned(cls: type[_Kind]) -> type[_Kind]:
    """Makes equal values of a class one object, so that comparing and hashing them costs the same however deep they are.

    Each knows how many parts it has (``weight``) and which fetches it is made of (``touched``, or the field that ``TOUCHED`` names).
    The fields that tell values apart come first; the class names them in ``KEY``. This is no metaclass: of a class that has one,
    ``isinstance`` takes several times as long, and it is asked for at every step.
    """
    kind: Any = dataclass(slots=True, eq=False)(cls)
    names: tuple[str, ...] = kind.KEY
    size, first, fill, new = len(names), (kind,), filling(kind), object.__new__
    set_touched = getattr(kind, getattr(kind, "TOUCHED", "touched")).__set__

    def make(_: type, *args: Any, **kwargs: Any) -> Any:
        made = None
        if len(args) >= size:
            key = first + args if len(args) == size else first + args[:size]
        else:
            made = new(kind)
            fill(made, *args, **kwargs)
            key = (kind, *(getattr(made, name) for name in names))
        keeps = True
        try:
            known = _INTERNED.get(key)
        except TypeError:
            known, keeps = None, False
        if known is not None:
            return known
        if made is None:
            made = new(kind)
            fill(made, *args, **kwargs)
        if keeps:
            _INTERNED[key] = made
        total, held = _measured(key)
        made.weight = total
        set_touched(made, held)
        return made

    kind.__new__ = staticmethod(make)
    del kind.__init__  # else it would run again for a value that was made before
    one: type[_Kind] = kind
    return one


_NOTHING: frozenset[Any] = frozenset()
#: The same for the sets of fetches: most values are made of the same few.
_SETS: dict[frozenset[Any], frozenset[Any]] = {}


def _measured(key: tuple[object, ...]) -> tuple[int, frozenset[Fetch]]:
    """The weight of what is made of these fields, and the fetches that it is made of."""
    total, held = 1, []
    for one in key[1:]:
        for part in one if type(one) is tuple else (one,):
            if type(part) is not str:
                total += getattr(part, "weight", 1)
                if touched := getattr(part, "touched", _NOTHING):
                    held.append(touched)
    if not held:
        return total, _NOTHING
    joined = held[0] if len(held) == 1 else _NOTHING.union(*held)
    return total, _SETS.setdefault(joined, joined)


def known(cls: type, *fields: object) -> Any:
    """The value of these fields if it was made before, else None."""
    try:
        return _INTERNED.get((cls, *fields))
    except TypeError:
        return None


def remembered() -> dict[Any, Any]:
    """A table of what follows from values. Its keys can be the numbers of objects (``id``) if what it holds keeps them alive."""
    made: dict[Any, Any] = {}
    _REMEMBERED.append(made)
    return made


def forget() -> None:
    """Let go of the values of an earlier project."""
    for table in _REMEMBERED:
        table.clear()
    _INTERNED.clear()
    _SETS.clear()
    _swept[0] = 0


def count() -> int:
    """How many values there are."""
    return len(_INTERNED)


#: How many values were left when they were last looked through.
_swept = [0]
#: So many more are worth a look.
MORE = 30_000


def sweep(*, at_once: bool = False) -> None:
    """Let go of values that nothing holds but the table, where there are many more than after the last time (or ``at_once``).

    What a value is made of was made before it, so that one pass from the newest to the oldest finds all of them.
    """
    if not at_once and len(_INTERNED) < _swept[0] + max(MORE, _swept[0] // 2):
        return
    for table in _REMEMBERED:
        table.clear()
    keys = list(_INTERNED)
    while keys:
        key = keys.pop()
        if sys.getrefcount(_INTERNED[key]) == _ALONE:
            del _INTERNED[key]
        del key  # it holds what the value is made of
    _swept[0] = len(_INTERNED)


def weight(value: object) -> int:
    """How many parts a value has, those of its parts included."""
    return int(getattr(value, "weight", 1))


def taint(value: object) -> frozenset[Fetch]:
    """The fetches whose data the value may be made of (without the contents of mutable objects)."""
    found: frozenset[Fetch] = getattr(value, "touched", frozenset())
    return found


#: Constants and names are one object each as well. They are few, so that they have a table of their own, in which the order says nothing.
_CONSTANTS: dict[tuple[type, type, object], Any] = {}
#: Texts of this many characters in all are worth a look through the constants: a loop can make ever longer ones.
MOST_TEXT = 16_000_000
_LONG = 1_000


class _Made:
    """How many constants the table may hold, and how many characters of long ones were made, before it is looked through."""

    most = MORE
    text = 0


@dataclass_transform(frozen_default=True, eq_default=False, field_specifiers=(field,))
def constant(cls: type[_Kind]) -> type[_Kind]:
    """Makes equal objects of a class with one field, which is no value itself, one object; 1, 1.0 and True are three."""
    kind: Any = dataclass(slots=True, eq=False)(cls)
    (name,) = kind.__match_args__
    fill, new = filling(kind), object.__new__

    def make(_: type, *args: Any, **kwargs: Any) -> Any:
        (value,) = args or (kwargs[name],)
        sort = type(value)
        key = (kind, sort, repr(value) if sort is float or sort is complex else value)
        keeps = True
        try:
            known = _CONSTANTS.get(key)
        except TypeError:
            known, keeps = None, False
        if known is not None:
            return known
        made = new(kind)
        fill(made, value)
        if keeps:
            _CONSTANTS[key] = made
        if (sort is str or sort is bytes) and len(value) > _LONG:
            _Made.text += len(value)
        if len(_CONSTANTS) > _Made.most or _Made.text > MOST_TEXT:
            _sweep_constants()
        return made

    kind.__new__ = staticmethod(make)
    del kind.__init__
    one: type[_Kind] = kind
    return one


def _sweep_constants() -> None:
    """Let go of constants that nothing holds but the table."""
    keys = list(_CONSTANTS)
    while keys:
        key = keys.pop()
        if sys.getrefcount(_CONSTANTS[key]) == _ALONE:
            del _CONSTANTS[key]
    _Made.most, _Made.text = len(_CONSTANTS) + max(MORE, len(_CONSTANTS) // 2), 0
