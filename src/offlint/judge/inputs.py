"""Which of the missing things does a build come to? What the runs noted, by the conditions of its way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from offlint.flow.worlds import World
from offlint.model.entry import Lack
from offlint.model.words import Phase, Reach

if TYPE_CHECKING:
    from collections.abc import Iterator

    from offlint.flow.runs import Run
    from offlint.flow.summary import Summary, Wanted


#: What runs scripts while it builds: what they read may be made by another step of the same build.
_WHILE_BUILDING = ("CMakeLists.txt", "meson command")


def lacks_of(run: Run) -> list[Lack]:
    """What a run of the build needs and the archive lacks; ``fails`` where every run with nothing set comes there."""
    machine = run.machine
    if machine is None or not machine.inputs.noted or run.entry.phase is not Phase.BUILD or run.entry.reach is Reach.EXPLICIT:
        return []
    world = World(absent=frozenset(machine.ours | machine.inputs.absent))
    found: dict[Wanted, bool] = {}
    for wanted, certain in _reached(run.root, world):
        if run.entry.surface in _WHILE_BUILDING and wanted.span.file.endswith(".py"):
            continue
        found[wanted] = found.get(wanted, False) or certain
    # code that asks whether a file is there is ready for its absence, where it is not known to read it all the same
    found = {one: sure for one, sure in found.items() if sure or one.path not in machine.inputs.asked}
    certain_run = run.entry.reach is Reach.ALWAYS
    return [
        Lack(one.kind, one.path, one.by, one.span, Phase.BUILD, fails=sure and certain_run and not one.warns) for one, sure in found.items()
    ]


def _reached(root: Summary, world: World) -> Iterator[tuple[Wanted, bool]]:
    """What is reached, and whether for sure; each summary is looked at once for either."""
    seen: set[tuple[int, bool]] = set()
    waiting = [(root, True)]
    while waiting:
        summary, certain = waiting.pop()
        if (id(summary), certain) in seen or (id(summary), True) in seen:
            continue
        seen.add((id(summary), certain))
        for way, wanted in summary.wanted:
            truth = world.way(way)
            if truth is not False:
                yield wanted, certain and truth is True
        for link in summary.links:
            truth = world.way(link.way)
            if truth is not False:
                waiting.append((link.child, certain and truth is True))
