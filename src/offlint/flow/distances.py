"""How many calls lie between a function and one that can begin an access? Found backwards, from those that can."""

from __future__ import annotations

from typing import TYPE_CHECKING

from offlint.flow.starters import NEVER

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from offlint.flow.starters import Known


class Distances:
    """Keeps the distances of functions; ``meant`` says whether what the one function names so can be the other."""

    def __init__(
        self, defined: Mapping[str, list[Known]], mentioned: Mapping[str, list[Known]], meant: Callable[[str, Known, Known], bool]
    ) -> None:
        self._defined, self._mentioned, self._meant = defined, mentioned, meant

    def spread(self, among: list[Known], *, anew: bool = False, within: bool = False) -> None:
        """Find the distances of some functions, or (``anew``) of all that there are, and take them on to those that mention them.

        ``within`` takes them on to no others: what was known before keeps its distance.
        """
        levels: dict[int, list[Known]] = {}
        for known in among:
            known.distance = 0 if known.begins else NEVER
            if known.distance == 0:
                levels.setdefault(0, []).append(known)
            elif not anew and (near := self.nearest(known)) < NEVER:
                known.distance = near + 1
                levels.setdefault(near + 1, []).append(known)
        self.relax(levels, {id(known) for known in among} if within else None)

    def relax(self, levels: dict[int, list[Known]], inside: set[int] | None = None) -> None:
        """Take distances on to those that mention the functions, to all or to some, breadth first."""
        while levels:
            distance = min(levels)
            for target in levels.pop(distance):
                if target.distance < distance:
                    continue
                for name in target.called:
                    for caller in self._mentioned.get(name, ()):
                        if inside is not None and id(caller) not in inside:
                            continue
                        if caller.distance > distance + 1 and self._meant(name, target, caller):
                            caller.distance = distance + 1
                            levels.setdefault(distance + 1, []).append(caller)

    def nearest(self, caller: Known) -> int:
        """The least distance of a function that the caller can mean."""
        nearest = NEVER
        for name in caller.links.keys() & self._defined.keys():
            for known in self._defined[name]:
                if known.distance < nearest and self._meant(name, known, caller):
                    nearest = known.distance
        return nearest
