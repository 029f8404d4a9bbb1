"""What are the members of an enumeration? Each is as good as its value (the library reference, "enum"), which is what switches hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from offlint.flow import values as v

if TYPE_CHECKING:
    from offlint.flow.machine import Machine

_BASES = frozenset(f"enum.{name}" for name in ("Enum", "IntEnum", "StrEnum", "Flag", "IntFlag", "ReprEnum"))


def members(m: Machine, cls: v.ClassRef) -> list[tuple[v.Value, v.Value]] | None:
    """The members, by name and value, as the class's body binds them; None where the class is no enumeration."""
    if not any(isinstance(base, v.External) and base.name in _BASES for base in m.attributes.mro(cls)):
        return None
    return [(v.Const(name), held) for name, held in m.store.names(cls) if name.isidentifier() and not isinstance(held, v.FunctionRef)]
