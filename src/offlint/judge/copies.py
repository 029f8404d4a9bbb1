"""What makes an access unnecessary where it is there? The files, folders, packages and programs that the code looks for first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from offlint.flow.worlds import World
from offlint.judge.worlds import Mentions
from offlint.model.lazy import regex
from offlint.model.words import Phase

if TYPE_CHECKING:
    from offlint.flow import values as v
    from offlint.flow.summary import Fetch
    from offlint.judge.reachability import Graph, Item

#: Things that are asked about for one access, and for all accesses of a run.
MAX_ASKED = 6
MAX_ALL = 60
#: Labels that name nothing that a person could provide.
_NAMELESS = regex(r"^(?:what is tried|what a local program answers|make works|only what is not installed yet is fetched|<.*>|\{[^{}]*\})$")


def names_something(atom: v.Atom) -> bool:
    """Whether it is about a thing that may be missing, and that somebody could provide."""
    return atom.kind == "missing" and not _NAMELESS.match(atom.label)


class Copies:
    """Asks of one run's accesses which single thing, if it were there, would keep the access from happening."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self._reaches: dict[v.Atom | None, dict[Item, bool | None]] = {}
        machine = graph.run.machine
        # nobody makes a checkout of a released tree
        self._never = frozenset(machine.inputs.versioned) if machine is not None and machine.project.shipped else frozenset[int]()
        self._released: dict[Item, bool | None] | None = None
        # tests look for far more than anybody provides one by one
        self._wanted = graph.run.entry.phase is not Phase.TEST

    def of(self, fetch: Fetch) -> tuple[str, ...]:
        """The names of those things; empty where it takes several together, or the code looks for nothing."""
        if not self._wanted or self._reach(None).get(fetch, False) is not False:
            return ()
        mentions = Mentions(told=self.graph.shared.told)
        for way in self.graph.ways_to(fetch):
            mentions.way(way)
        asked = [atom for atom in mentions.atoms.values() if names_something(atom) and atom.id not in self._never]
        stops = [atom for atom in asked[:MAX_ASKED] if self._may_ask(atom) and self._reach(atom).get(fetch, False) is False]
        return tuple(dict.fromkeys(atom.label.removeprefix("⟨root⟩/").replace("⟨tmp⟩/", "{tmp}/") for atom in stops))

    def checkout(self, fetch: Fetch) -> bool:
        """Whether this is a released tree, which has no ``.git``, and what asks for one is on each way to the access."""
        if not self._never:
            return False
        if self._released is None:
            self._released = self.graph.reach(World(absent=self._never, beside=self.graph.shared.unset), self.graph.fetches())
        return self._released.get(fetch, False) is False

    def _may_ask(self, atom: v.Atom) -> bool:
        return atom in self._reaches or len(self._reaches) < MAX_ALL

    def _reach(self, atom: v.Atom | None) -> dict[Item, bool | None]:
        """What is reached where this thing is there; None stands for everything."""
        if atom not in self._reaches:
            unset = self.graph.shared.unset
            world = World(present=True, beside=unset) if atom is None else World(assumed={atom: True}, beside=unset)
            self._reaches[atom] = self.graph.reach(world, self.graph.fetches())
        return self._reaches[atom]
