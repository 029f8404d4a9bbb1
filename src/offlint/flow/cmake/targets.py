"""Which targets are there, and which are built without being asked for?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from offlint.flow import values as v

if TYPE_CHECKING:
    from offlint.flow.machine import Machine
    from offlint.model.span import Span

_TARGETS = "cmake-targets"


class Targets:
    """Names of targets, as cells of the store."""

    def __init__(self, machine: Machine) -> None:
        self.m = machine
        self.open = False
        self.depended: set[str] = set()

    def add(self, name: str | None) -> None:
        """``add_library`` and its kind."""
        if name:
            self.m.store.set(_TARGETS, name, v.TRUE)

    def wanted(self, name: str) -> bool:
        """Whether something that is built by default may depend on the target: a file that was read names it, or names are computed."""
        return name in self.depended or "" in self.depended

    def exists(self, name: str | None, span: Span) -> v.Value:
        """``if(TARGET name)``: of the run itself, or of what a package or fetched content brought."""
        held = self.m.store.get(_TARGETS, name) if name else None
        known = _known(held) if held is not None else v.FALSE
        if known == v.TRUE:
            return v.TRUE
        return v.either(known, self._brought(name, span))

    def _brought(self, name: str | None, span: Span) -> v.Value:
        space = (name or "").partition("::")[0].upper()
        if name is None:
            return v.Sym("cmake_true", (v.Unknown("target"),), span)
        package = next((one for one in self.m.cmake.variables.packages if one == space), None)
        if package is not None:
            return v.Atom("missing", f"package {package}", 0, span)
        return v.Atom("missing", f"target {name}", 0, span) if self.open else v.FALSE


def _known(held: v.Value) -> v.Value:
    if isinstance(held, v.Choice):
        return v.choice(held.test, _known(held.then), _known(held.orelse))
    return v.TRUE if held == v.TRUE else v.FALSE
