"""Is a client made with something that takes the network's place? A transport that answers itself, a server on this machine.

Which arguments say so stands in ``[[given]]`` rows of ``rules/checks/mocks.md``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from offlint.flow import values as v
from offlint.flow.local import is_here

if TYPE_CHECKING:
    from offlint.flow.machine import Arguments, Machine
    from offlint.model.span import Span

#: The attribute of a client of the tree that was given what takes the network's place.
GIVEN = "⟨given⟩"
#: The attribute of an object of the tree that says what its class of a library made it of.
MADE = "⟨made⟩"


def given(machine: Machine, name: str, args: Arguments, span: Span) -> bool:
    """Whether a client is made with what takes the network's place: a transport that answers itself, a server on this machine."""
    row = machine.rulebook.models.get("given", {}).get(name)
    if row is None:
        return False
    for position, _, keyword in (argument.rpartition("|") for argument in row.texts("server")):
        place = args.get(int(position) if position else None, keyword)
        told = [held for _, held in machine.pairs_of(place)] if isinstance(place, v.Mapping_) else [place]
        several = machine.items_of(place) if isinstance(place, v.Items) else None  # any of which may be asked
        if any(one is not None and is_here(one) for one in told) or (several and all(map(is_here, several))):
            return True
        if machine.testing and isinstance(place, v.Unknown) and not place.touched:  # tests ask servers of their own, as with URLs
            machine.leave(span, f"what {name} is asked for is not known")
            return True
    real = {one.rsplit(".", 1)[-1] for one in row.texts("but")}
    for argument in row.texts("arguments"):
        value = args.kwargs.get(argument)
        if value is None or value == v.NONE:
            continue
        if isinstance(value, v.Mapping_):  # transports by pattern: every URL goes through one only where a pattern takes all
            if any(v.text_of(key) == "all://" for key, _ in machine.pairs_of(value)):
                return True
            continue
        kind = value.type if isinstance(value, v.Handle) else value.cls.definition.name if isinstance(value, v.Instance) else ""
        if kind.rsplit(".", 1)[-1] not in real:
            return True
    return False


def made_by(machine: Machine, name: str, args: Arguments, subject: v.Value | None, span: Span) -> bool:
    """Whether ``super().__init__(transport=…)`` of a client's class makes an object of the tree that answers itself; that is kept."""
    base, _, last = name.rpartition(".")
    made = isinstance(subject, v.Instance) and last == "__init__" and given(machine, base, args, span)
    if made:
        machine.store.set(subject, GIVEN, v.TRUE)
    return made


def made_as(machine: Machine, subject: v.Value | None) -> v.Value | None:
    """The object whose method is called; of one of the tree, what its class of a library made: that knows where it asks."""
    held = machine.store.get(subject, MADE) if isinstance(subject, v.Instance) else None
    return subject if held is None else held
