"""How many items does a list have? Each alternative of it its own number."""

from __future__ import annotations

from typing import TYPE_CHECKING

from offlint.flow import values as v
from offlint.flow.pytest_objects import COLLECTED
from offlint.flow.worlds import MAX_POSSIBLE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from offlint.flow.machine import Machine
    from offlint.model.span import Span

#: How long a list may be that has more in it than is known.
MANY = 1000
#: Alternatives of a list whose lengths are told apart; of more, the fullest stands for all.
MOST_LENGTHS = 8


def length_of(m: Machine, of: v.Value, span: Span) -> v.Value | None:
    """``len`` of a list, tuple, set or dictionary, None where it is not known."""
    if isinstance(of, v.Items) and of.kind == COLLECTED:
        return v.Const(MANY)  # a run of all tests: those that are picked by hand are asked for
    held = m.held(of) if isinstance(of, v.Items) else None
    if isinstance(held, v.Choice) and len(v.leaves(held)) <= MOST_LENGTHS:
        return _lengths(m, of, held, span)
    items = m.items_of(of)
    return _length(m, of, items, span) if items is not None else None


def _length(m: Machine, of: v.Value, items: Sequence[v.Value], span: Span) -> v.Value | None:
    """How many items there are, None where that is not known."""
    if isinstance(of, v.Items) and of.kind == "set" and len(items) > 1:
        return None  # two of them may be the same
    known = sum(not isinstance(one, v.Rest) for one in items)
    if known == len(items):
        return v.Const(known)
    return v.choice(m.atom("unknown", "there is more", span), v.Const(MANY), v.Const(known)) if known else None


def _lengths(m: Machine, of: v.Value, held: v.Value, span: Span) -> v.Value:
    """How many items each alternative of a list has."""
    if isinstance(held, v.Choice):
        return v.choice(held.test, _lengths(m, of, held.then, span), _lengths(m, of, held.orelse, span))
    items = held.items if isinstance(held, v.Contents) else ()
    if isinstance(held, v.Contents) and held.some:
        numbers = [*range(1, min(len(items), MAX_POSSIBLE)), len(items)]
        result: v.Value = v.Const(numbers.pop())
        for number in numbers:
            result = v.choice(m.atom("unknown", "how many", span), v.Const(number), result)
        return result
    return _length(m, of, items, span) or m.expressions.symbol("len", (m.new_items("list", items),), span)
