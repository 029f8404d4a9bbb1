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
    return _told(m, name, v.Env(name, default, span), default or v.NONE, lambda held: held)


def is_set(m: Machine, name: str, span: Span | None) -> v.Value:
    """Whether it is set, by the program or by a person."""
    return _told(m, name, v.Sym("isset", (v.Env(name, None, span),), span), v.FALSE, lambda _: v.TRUE)


def clear(m: Machine, put: Callable[[str, str, v.Value], None]) -> None:
    """Take all variables away; ``put`` writes a cell."""
    for name, _ in m.store.names(ENVIRON):
        put(ENVIRON, name, v.NONE)
    put(CLEARED, "", v.TRUE)


def _told(m: Machine, name: str, given: v.Value, absent: v.Value, of: Callable[[v.Value], v.Value]) -> v.Value:
    """What is asked of it: ``of`` what the program set, ``given`` where a person's stands, ``absent`` where that was taken away."""
    cleared, held = m.store.get(CLEARED, ""), m.store.get(ENVIRON, name)
    persons = given if cleared is None else v.each_case(cleared, lambda one: given if one == INHERIT else absent)

    def seen(one: v.Value) -> v.Value:
        return persons if one == INHERIT else absent if one == v.NONE else of(one)

    return persons if held is None else v.each_case(held, seen)
