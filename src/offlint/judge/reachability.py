"""Is it reached? Accesses and uses of one run, under the settings of a world."""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING

from offlint.judge.shared import Shared, shared
from offlint.model.lazy import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Iterable

    from offlint.flow.runs import Run
    from offlint.flow.summary import Fetch, Link, Summary, Use, Way
    from offlint.flow.worlds import World

Item = object


@dataclass(slots=True, eq=False)
class Graph:
    """A run's summaries, callees first, and where each access and use stands in them.

    Every question follows the calls from the places of what it asks about up to the run, and looks at nothing else.
    """

    run: Run
    order: list[Summary] = field(default_factory=list)
    shared: Shared = field(default_factory=shared)
    _number: dict[int, int] = field(default_factory=dict)
    _callers: dict[int, list[tuple[int, int, Link]]] = field(default_factory=dict)
    _returns: list[tuple[int, int, Link]] = field(default_factory=list)
    _places: dict[Item, list[tuple[int, Way | None]]] = field(default_factory=dict)
    _fetches: list[Fetch] = field(default_factory=list)
    _uses: dict[Fetch, list[Use]] = field(default_factory=dict)
    _ways: dict[Item, list[Way | None]] = field(default_factory=dict)
    _trails: dict[Item, list[Link]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Number the summaries; one that links to itself through recursion is entered once."""
        done: set[int] = set()
        stack: list[tuple[Summary, bool]] = [(self.run.root, False)]
        while stack:
            summary, left = stack.pop()
            if left:
                self._enter(summary)
            elif id(summary) not in done:
                done.add(id(summary))
                stack.append((summary, True))
                stack.extend((link.child, False) for link in summary.links if id(link.child) not in done)

    def _enter(self, summary: Summary) -> None:
        number = self._number[id(summary)] = len(self.order)
        self.order.append(summary)
        for way, fetch in summary.fetches:
            if fetch not in self._places:
                self._fetches.append(fetch)
            self._places.setdefault(fetch, []).append((number, way))
        for way, use in summary.uses:
            self._places.setdefault(use, []).append((number, way))
            for fetch in use.fetches:
                self._uses.setdefault(fetch, []).append(use)
        for position, link in enumerate(summary.links):
            child = self._number.get(id(link.child), number)
            # a call back into what is being run leads to nothing that is not seen from there
            (self._returns if child == number else self._callers.setdefault(child, [])).append((number, position, link))

    def fetches(self) -> list[Fetch]:
        """Every access of the run, in the order of its code."""
        return self._fetches

    def uses(self, fetch: Fetch) -> list[Use]:
        """Every use of the access's data."""
        return self._uses.get(fetch, [])

    def reach(self, world: World, only: Iterable[Item] | None = None) -> dict[Item, bool | None]:
        """For each access and use (or each of ``only``), whether it is reached: True, False, or None for unknown."""
        below: dict[int, dict[Item, bool | None]] = {}
        for item in self._places if only is None else only:
            for number, way in self._places.get(item, ()):
                here, truth = below.setdefault(number, {}), world.way(way)
                if truth is False:
                    here.setdefault(item, False)
                elif here.get(item) is not True:
                    here[item] = truth
        waiting = list(below)
        heapq.heapify(waiting)  # callees come first
        while waiting:
            number = heapq.heappop(waiting)
            for caller, _, link in self._callers.get(number, ()):
                taken = world.way(link.way)
                if caller not in below:
                    below[caller] = {}
                    heapq.heappush(waiting, caller)
                here = below[caller]
                for item, truth in below[number].items():
                    if taken is False or truth is False:
                        here.setdefault(item, False)
                    elif here.get(item) is not True:  # reached if any way is taken
                        here[item] = True if truth and taken else None
        return below.get(self._number[id(self.run.root)], {})

    def trail(self, item: Item) -> list[Link]:
        """The shortest chain of calls from the start to the item."""
        if item not in self._trails:
            self._trails[item] = self._trail(item)
        return self._trails[item]

    def _trail(self, item: Item) -> list[Link]:
        best: dict[int, list[Link]] = {number: [] for number, _ in self._places.get(item, ())}
        links: dict[int, list[tuple[int, int, Link]]] = {}
        waiting = list(best)
        heapq.heapify(waiting)
        while waiting:
            number = heapq.heappop(waiting)
            if number in links:  # the shortest, and the first of those in the order of the code
                _, _, child, link = min((len(best[child]), position, child, link) for position, child, link in links[number])
                best[number] = [link, *best[child]]
            for caller, position, link in self._callers.get(number, ()):
                if caller not in best:
                    if caller not in links:
                        heapq.heappush(waiting, caller)
                    links.setdefault(caller, []).append((position, number, link))
        return best.get(self._number[id(self.run.root)], [])

    def ways(self, item: Item) -> list[Way | None]:
        """The ways on the shortest chain to the item, outermost first, its own last."""
        chain = self.trail(item)
        last = chain[-1].child if chain else self.run.root
        own = [way for way, held in [*last.fetches, *last.uses] if held is item]
        return [*(link.way for link in chain), *own[:1]]

    def ways_to(self, item: Item) -> list[Way | None]:
        """Every way that stands on some chain to the item: its own and those of the calls that lead there."""
        if item not in self._ways:
            self._ways[item] = self._ways_to(item)
        return self._ways[item]

    def _ways_to(self, item: Item) -> list[Way | None]:
        above = list(dict.fromkeys(number for number, _ in self._places.get(item, ())))
        seen = set(above)
        links: dict[int, list[tuple[int, Way | None]]] = {}
        for number in above:  # it grows
            for caller, position, link in self._callers.get(number, ()):
                links.setdefault(caller, []).append((position, link.way))
                if caller not in seen:
                    seen.add(caller)
                    above.append(caller)
        for caller, position, link in self._returns:
            if caller in seen and self._number.get(id(link.child)) in seen:
                links.setdefault(caller, []).append((position, link.way))
        own: dict[int, list[Way | None]] = {}
        for number, way in self._places.get(item, ()):
            own.setdefault(number, []).append(way)
        found: list[Way | None] = []
        for number in sorted(above):
            found += own.get(number, ())
            found += [way for _, way in sorted(links.get(number, ()), key=lambda one: one[0])]
        return found
