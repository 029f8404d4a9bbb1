"""What are the members of an enumeration? Each is as good as its value (the library reference, "enum"), which is what switches hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from offlint.flow import values as v

if TYPE_CHECKING:
    from offlint.flow.machine import Machine

_BASES = frozenset(f"enum.{name}" for name in ("Enum", "IntEnum", "StrEnum", "Flag", "IntFlag", "ReprEnum"))


def members(m: Machine, cls: v.ClassRef) -> list[tuple[v.Value, v.Value]] | None:
    """The members, by name and value, as the class's body binds them; None where the class is no enumeration, or has methods.

    With methods of its own a member is more than its value.
    """
    if not any(isinstance(base, v.External) and base.name in _BASES for base in m.attributes.mro(cls)):
        return None
    found: list[tuple[v.Value, v.Value]] = [(v.Const(name), held) for name, held in m.store.names(cls) if name.isidentifier()]
    return None if any(isinstance(held, v.FunctionRef) for _, held in found) else found
