"""Is it reached? Accesses and uses of one run, under the settings of a world."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from offlint.flow.runs import Run
    from offlint.flow.summary import Fetch, Link, Summary, Use, Way
    from offlint.flow.worlds import World

Item = object


@dataclass(slots=True, eq=False)
class Graph:
    """A run's summaries with what each contains, below it included."""

    run: Run
    contents: dict[int, frozenset[Item]] = field(default_factory=dict)
    order: list[Summary] = field(default_factory=list)
    _ways: dict[Item, list[Way | None]] = field(default_factory=dict)
    _trails: dict[Item, list[Link]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Collect the summaries, callees first; a summary that links to itself through recursion is entered once."""
        done: set[int] = set()
        stack: list[tuple[Summary, bool]] = [(self.run.root, False)]
        while stack:
            summary, left = stack.pop()
            if left:
                self.order.append(summary)
                held: set[Item] = {f for _, f in summary.fetches} | {u for _, u in summary.uses}
                for link in summary.links:
                    held |= self.contents.get(id(link.child), frozenset())
                self.contents[id(summary)] = frozenset(held)
            elif id(summary) not in done:
                done.add(id(summary))
                stack.append((summary, True))
                stack.extend((link.child, False) for link in summary.links if id(link.child) not in done)

    def fetches(self) -> list[Fetch]:
        """Every access of the run, in the order of its code."""
        found: dict[int, Fetch] = {}
        for summary in self.order:
            for _, fetch in summary.fetches:
                found.setdefault(id(fetch), fetch)
        return list(found.values())

    def uses(self, fetch: Fetch) -> list[Use]:
        """Every use of the access's data."""
        return [use for summary in self.order for _, use in summary.uses if fetch in use.fetches]

    def reach(self, world: World, only: frozenset[Item] | None = None) -> dict[Item, bool | None]:
        """For each access and use (of ``only``, if given), whether it is reached: True, False, or None for unknown."""
        below: dict[int, dict[Item, bool | None]] = {}
        for summary in self.order:
            here: dict[Item, bool | None] = {}
            if only is not None and only.isdisjoint(self.contents[id(summary)]):
                continue
            for way, item in [*summary.fetches, *summary.uses]:
                if only is None or item in only:
                    _add(here, item, world.way(way))
            for link in summary.links:
                child = below.get(id(link.child))
                if not child:
                    continue
                taken = world.way(link.way)
                for item, truth in child.items():
                    _add(here, item, False if taken is False or truth is False else (None if taken is None or truth is None else True))
            below[id(summary)] = here
        return below.get(id(self.run.root), {})

    def trail(self, item: Item) -> list[Link]:
        """The shortest chain of calls from the start to the item."""
        if item not in self._trails:
            self._trails[item] = self._trail(item)
        return self._trails[item]

    def _trail(self, item: Item) -> list[Link]:
        best: dict[int, list[Link]] = {}
        for summary in self.order:
            if any(held is item for _, held in [*summary.fetches, *summary.uses]):
                best[id(summary)] = []
                continue
            chains = [[link, *best[id(link.child)]] for link in summary.links if id(link.child) in best]
            if chains:
                best[id(summary)] = min(chains, key=len)
        return best.get(id(self.run.root), [])

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
        found: list[Way | None] = []
        for summary in self.order:
            if item in self.contents[id(summary)]:
                found += [way for way, held in [*summary.fetches, *summary.uses] if held is item]
                found += [link.way for link in summary.links if item in self.contents.get(id(link.child), ())]
        return found


def _add(here: dict[Item, bool | None], item: Item, truth: bool | None) -> None:
    """One more way to an item: reached if any way is taken."""
    old = here.get(item, False)
    here[item] = True if truth is True or old is True else (None if truth is None or old is None else False)
