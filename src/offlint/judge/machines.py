"""On which machines is this access reached? What is asked of the platform in two places has one answer in both."""

from __future__ import annotations

from typing import TYPE_CHECKING

from offlint.flow.platforms import MACHINES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from offlint.flow.summary import Fetch
    from offlint.flow.worlds import World
    from offlint.judge.reachability import Graph, Item
    from offlint.judge.worlds import Mentions

_ASKED = frozenset(name for machine in MACHINES for name in machine)


class Machines:
    """Asks of one run's accesses."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.nowhere: set[Item] = set()  # what is reached on no kind of machine where nothing is set

    def reached(
        self,
        world: World,
        again: Callable[[], World],
        mentions: Callable[[Fetch], Mentions],
        base: Mapping[Item, bool | None] | None = None,
    ) -> dict[Item, bool | None]:
        """Whether each access is reached in a world, which ``again`` makes once more: what it reaches on no kind of machine is not.

        ``mentions`` tells what the conditions on the way to an access ask. It is not kept: who asks keeps this object, and the two would
        keep each other, and all that they know, until the process ends.
        With the ``base``, where nothing is set, only what is not reached there is looked at so closely.
        """
        fetches = self.graph.fetches()
        reach = self.graph.reach(world, fetches)
        left = [fetch for fetch in fetches if reach.get(fetch, False) is None and (base is None or base.get(fetch) is False)]
        left = [fetch for fetch in left if not _ASKED.isdisjoint(mentions(fetch).external)]
        for machine in MACHINES:
            if not left:
                break
            on = again()
            on.machine = machine
            found = self.graph.reach(on, left)
            left = [fetch for fetch in left if found.get(fetch, False) is False]
        if base is None:
            self.nowhere.update(left)
        return reach | dict.fromkeys(left, False)
