"""How do equal values become one object? Values that are made of values know their size and what data they are made of."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from offlint.flow.summary import Fetch

#: Values made of more parts than this are not followed any further.
MAX_WEIGHT = 400

#: References to a value that only the table holds: its own, and that of whoever counts.
_ALONE = 2

_INTERNED: dict[tuple[object, ...], Any] = {}


class Interned(type):
    """Makes equal values one object, so that comparing and hashing them costs the same however deep they are.

    Each knows how many parts it has (``weight``) and which fetches it is made of (``touched``, or the field that ``TOUCHED`` names).
    """

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        """Make a value, or give the one that was made before; the fields that tell values apart come first."""
        size = len(cls.KEY)  # type: ignore[attr-defined]
        key: tuple[object, ...] = (cls, *args[:size])
        if len(args) >= size:
            try:
                known = _INTERNED.get(key)
            except TypeError:
                known = None
            if known is not None:
                return known
        made = super().__call__(*args, **kwargs)
        if len(args) < size:
            key = (cls, *(getattr(made, name) for name in cls.KEY))  # type: ignore[attr-defined]
        try:
            known = _INTERNED.setdefault(key, made)
        except TypeError:
            known = made
        if known is made:
            total, held = _measured(key)
            object.__setattr__(made, "weight", total)
            object.__setattr__(made, getattr(cls, "TOUCHED", "touched"), held)
        return known


_NOTHING: frozenset[Any] = frozenset()
#: The same for the sets of fetches: most values are made of the same few.
_SETS: dict[frozenset[Any], frozenset[Any]] = {}


def _measured(key: tuple[object, ...]) -> tuple[int, frozenset[Fetch]]:
    """The weight of what is made of these fields, and the fetches that it is made of."""
    total, held = 1, []
    for one in key[1:]:
        for part in one if isinstance(one, tuple) else (one,):
            if not isinstance(part, str):
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


def forget() -> None:
    """Let go of the values of an earlier project."""
    _INTERNED.clear()
    _SETS.clear()
    _swept[0] = 0


def count() -> int:
    """How many values there are."""
    return len(_INTERNED)


#: How many values were left when they were last looked through.
_swept = [0]
#: So many more are worth a look.
MORE = 60_000


def sweep(*, at_once: bool = False) -> None:
    """Let go of values that nothing holds but the table, where there are many more than after the last time (or ``at_once``).

    What a value is made of was made before it, so that one pass from the newest to the oldest finds all of them.
    """
    if not at_once and len(_INTERNED) < _swept[0] + max(MORE, _swept[0] // 2):
        return
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
