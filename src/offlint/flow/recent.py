"""Which calls were made lately, and for which does what they did stand? The same call is made again soon, or mostly never."""

from __future__ import annotations

from typing import TYPE_CHECKING

from offlint.flow.store import CLEARED, ENVIRON, IN_PLACE, MOCKS, MODULES
from offlint.flow.values import ClassRef, Const, Handle, Scope

if TYPE_CHECKING:
    from offlint.flow.store import Store
    from offlint.flow.summary import Summary

#: Of so many of the latest calls, and up to as many before them, what they did is kept.
MOST = 2_000
#: A call with the same arguments is evaluated anew for this many states of the rest; then one stands for all that differ in no switch,
#: or calls in calls that each change something would be evaluated on every path.
MAX_AGAIN = 8
#: Of so many, one stands for all of the same test: a module can count its calls.
MAX_SWITCHED = 64


class Recent:
    """What calls did that were made lately, by function and arguments.

    A call that is made again is mostly made again soon: of what was neither made nor asked for among the latest, one in sixty is asked
    for later. To keep all would cost more memory than the code that is followed.
    """

    def __init__(self) -> None:
        self._young: dict[tuple[object, ...], list[Summary]] = {}
        self._old: dict[tuple[object, ...], list[Summary]] = {}

    def of(self, key: tuple[object, ...]) -> list[Summary]:
        """What is known of a call, to be added to. Raises TypeError for arguments that cannot be told apart."""
        known = self._young.get(key)
        if known is None:
            if len(self._young) >= MOST:
                self._young, self._old = {}, self._young
            known = self._young[key] = self._old.pop(key, [])
        return known


def stands(summary: Summary, states: int, store: Store) -> bool:
    """Whether what a call did stands for what it would do now; ``states`` is in how many it was made."""
    if states < MAX_AGAIN:
        return store.holds(summary.reads)
    if states >= MAX_SWITCHED:
        return all(store.peek(cell) is value for cell, value in summary.reads.items() if _tells(cell[0]))
    return all(store.peek(cell) is value for cell, value in summary.reads.items() if _switches(cell[0]) or _address(value))


def _tells(owner: object) -> bool:
    """Whether it is a test's item or request, or what a test put in the place of something."""
    return type(owner) is Handle or owner in (MOCKS, IN_PLACE)


def _address(value: object) -> bool:
    """Whether it is an address: whether it is one of this machine decides what an access is."""
    return type(value) is Const and type(value.value) is str and "://" in value.value


def _switches(owner: object) -> bool:
    """Whether it is that, the environment, a module or a class: there stand the switches."""
    return (
        _tells(owner)
        or owner in (ENVIRON, CLEARED, MODULES)
        or type(owner) is ClassRef
        or (type(owner) is Scope and owner.kind == "module")
    )
