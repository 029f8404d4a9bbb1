"""What does an environment variable hold, where the program itself may have set it?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from offlint.flow import values as v
from offlint.flow.store import ENVIRON, INHERIT

if TYPE_CHECKING:
    from offlint.flow.machine import Machine
    from offlint.model.span import Span


def variable(m: Machine, name: str, default: v.Value | None, span: Span | None) -> v.Value:
    """What is read of it: what the program set, on the ways that set it, and else what a person did; ``default`` where it is not set."""
    given = v.Env(name, default, span)

    def seen(held: v.Value) -> v.Value:
        if held == INHERIT:
            return given
        return (default or v.NONE) if held == v.NONE else held

    held = m.store.get(ENVIRON, name)
    return given if held is None else v.each_case(held, seen)


def is_set(m: Machine, name: str, span: Span | None) -> v.Value:
    """Whether it is set, by the program or by a person."""
    given = v.Sym("isset", (v.Env(name, None, span),), span)

    def seen(held: v.Value) -> v.Value:
        return given if held == INHERIT else v.FALSE if held == v.NONE else v.TRUE

    held = m.store.get(ENVIRON, name)
    return given if held is None else v.each_case(held, seen)
