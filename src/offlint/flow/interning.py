"""How do equal values become one object? Values that are made of values know their size and what data they are made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from offlint.flow.summary import Fetch

#: Values made of more parts than this are not followed any further.
MAX_WEIGHT = 400

_INTERNED: dict[tuple[object, ...], Any] = {}


class Interned(type):
    """Makes equal values one object, so that comparing and hashing them costs the same however deep they are.

    Each knows how many parts it has (``weight``) and which fetches it is made of (``touched``, or the field that ``TOUCHED`` names).
    """

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        """Make a value, or give the one that was made before."""
        made = super().__call__(*args, **kwargs)
        fields = [getattr(made, name) for name in cls.KEY]  # type: ignore[attr-defined]
        try:
            known = _INTERNED.setdefault((cls, *fields), made)
        except TypeError:
            known = made
        if known is made:
            parts = [part for one in fields for part in (one if isinstance(one, tuple) else (one,)) if not isinstance(part, str)]
            object.__setattr__(made, "weight", 1 + sum(weight(part) for part in parts))
            object.__setattr__(made, getattr(cls, "TOUCHED", "touched"), frozenset().union(*(taint(part) for part in parts)))
        return known


def forget() -> None:
    """Let go of the values of an earlier project."""
    _INTERNED.clear()


def weight(value: object) -> int:
    """How many parts a value has, those of its parts included."""
    return int(getattr(value, "weight", 1))


def taint(value: object) -> frozenset[Fetch]:
    """The fetches whose data the value may be made of (without the contents of mutable objects)."""
    found: frozenset[Fetch] = getattr(value, "touched", frozenset())
    return found
