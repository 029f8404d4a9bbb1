"""What does an environment variable hold, where the program itself may have set it?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from offlint.flow import values as v
from offlint.flow.store import CLEARED, ENVIRON, INHERIT

if TYPE_CHECKING:
    from collections.abc import Callable

    from offlint.flow.machine import Machine
    from offlint.model.span import Span


def variable(m: Machine, name: str, default: v.Value | None, span: Span | None) -> v.Value:
    """What is read of it: what the program set, on the ways that set it, and else what a person did; ``default`` where it is not set."""
    absent = default or v.NONE
    given = _persons(m, v.Env(name, default, span), absent)

    def seen(held: v.Value) -> v.Value:
        return given if held == INHERIT else absent if held == v.NONE else held

    held = m.store.get(ENVIRON, name)
    return given if held is None else v.each_case(held, seen)


def is_set(m: Machine, name: str, span: Span | None) -> v.Value:
    """Whether it is set, by the program or by a person."""
    given = _persons(m, v.Sym("isset", (v.Env(name, None, span),), span), v.FALSE)

    def seen(held: v.Value) -> v.Value:
        return given if held == INHERIT else v.FALSE if held == v.NONE else v.TRUE

    held = m.store.get(ENVIRON, name)
    return given if held is None else v.each_case(held, seen)


def clear(m: Machine, put: Callable[[str, str, v.Value], None]) -> None:
    """Take all variables away; ``put`` writes a cell."""
    for name, _ in m.store.names(ENVIRON):
        put(ENVIRON, name, v.NONE)
    put(CLEARED, "", v.TRUE)


def _persons(m: Machine, given: v.Value, absent: v.Value) -> v.Value:
    """What a person has set, on the ways on which that was not taken away."""
    cleared = m.store.get(CLEARED, "")
    return given if cleared is None else v.each_case(cleared, lambda one: given if one == INHERIT else absent)
