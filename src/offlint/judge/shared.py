"""What do the judgements of several runs have in common? The runs of a phase share summaries, and so the conditions and the worlds.

Hundreds of tests lead through the same fixture to the same download: what a condition of it is in a world is worked out once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from offlint.flow.interning import remembered
from offlint.flow.worlds import World
from offlint.model.lazy import dataclass, field

if TYPE_CHECKING:
    from offlint.flow.summary import Fetch
    from offlint.judge.switches import Setting
    from offlint.judge.worlds import Told

#: More answers than these are not kept from one run to the next.
MOST = 25_000


@dataclass(slots=True, eq=False)
class Shared:
    """The world in which nothing is set, those that stand beside it, and what single tests mention."""

    unset: World = field(default_factory=World)
    settings: dict[Setting, World] = field(default_factory=dict)
    #: by the fetches, whether weak digests are noticed and the number of the case, the first world in which their bytes were replaced
    replaced: dict[tuple[frozenset[Fetch], bool, int], World] = field(default_factory=dict)
    told: Told = field(default_factory=dict)

    def setting(self, setting: Setting) -> World:
        """The world in which only this is set."""
        if setting not in self.settings:
            self.settings[setting] = setting.world(self.unset)
        return self.settings[setting]

    def answers(self) -> int:
        """How many answers are kept."""
        return len(self.told) + sum(world.answers() for world in (self.unset, *self.settings.values(), *self.replaced.values()))


_LATEST: dict[str, Shared] = remembered()


def shared() -> Shared:
    """What the run that is judged now has in common with those before it."""
    found = _LATEST.get("")
    if found is None or found.answers() > MOST:
        found = _LATEST[""] = Shared()
    return found
