"""What does each phase reach? Building, testing and documenting are followed one after the other, or two of them at once.

No phase knows what another one came upon: what is said of one depends neither on the others nor on the number of processes.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from offlint.beside import Beside, can_copy
from offlint.findings.skips import said_once
from offlint.flow.modules import Modules
from offlint.flow.runs import Runner
from offlint.judge.accesses import judge_run, merged
from offlint.judge.completeness import settled
from offlint.judge.declared import judge_settings, judge_tasks, scripts_of
from offlint.judge.inputs import lacks_of
from offlint.judge.network import Network
from offlint.model.entry import Skipped
from offlint.model.lazy import dataclass, field
from offlint.model.words import Phase, Reach
from offlint.project.base import Noted
from offlint.surfaces import find_surfaces

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from offlint.flow.runs import Run
    from offlint.model.access import Access
    from offlint.model.entry import Entry, Lack, Surfaces
    from offlint.project.base import Project
    from offlint.rulebook.schema import Rulebook

#: A tree with so many Python files is worth a second process.
MANY = 60


@dataclass(frozen=True, slots=True)
class Part:
    """What some phases reach.

    ``followed`` are functions of the tree that a page describes, and in whose own code an access was found; ``noted`` is
    what another process has read for it.
    """

    accesses: tuple[Access, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    lacks: tuple[Lack, ...] = ()
    followed: tuple[str, ...] = ()
    noted: Noted = field(default_factory=Noted)


def judged(
    project: Project, book: Rulebook, phases: frozenset[Phase], processes: int = 1
) -> tuple[tuple[Access, ...], tuple[Skipped, ...], tuple[Lack, ...]]:
    """The project's accesses, judged, what could not be analysed, and what an archive lacks."""
    found = find_surfaces(project, phases, book)
    entries = [*found.entries, *scripts_of(found.tasks, project)]

    def part_of(some: frozenset[Phase]) -> Part:
        by_phase = [(phase, [entry for entry in entries if entry.phase is phase]) for phase in Phase if phase in some]
        return _part(project, book, found, by_phase)

    tested = phases & {Phase.TEST}
    if processes > 1 and tested and phases > tested and project.copies and can_copy() and _is_large(project):
        with Beside(lambda: replace(part_of(phases - tested), noted=project.noted())) as others:
            tests, rest = part_of(tested), others.answer()
            project.note(rest.noted)
    else:
        rest, tests = part_of(phases - tested), part_of(tested)
    parts = rest, tests
    accesses = [*judge_settings(found.settings), *judge_tasks(found.tasks, project, book)]
    accesses += [access for part in parts for access in part.accesses if access.phase in phases]
    skipped = [*found.skipped, *(one for part in parts for one in part.skipped)]
    known_files = {one.file for one in skipped}
    skipped += [problem for problem in project.problems if problem.file not in known_files]
    # what a page says of the project's own function gives way to what its code was seen to do
    followed = {name for part in parts for name in part.followed}
    exact = [access for access in accesses if access.own not in followed]
    sure = {(one.file, one.line, one.why, one.phase) for one in skipped if one.reach is not Reach.EXPLICIT}
    said = [one for one in skipped if one.reach is not Reach.EXPLICIT or (one.file, one.line, one.why, one.phase) not in sure]
    lacks = [*found.lacks, *(one for part in parts for one in part.lacks)]
    return merged(exact), said_once(said), settled(project, lacks)


def _is_large(project: Project) -> bool:
    return sum(file.endswith(".py") for file in project.files) >= MANY


def _part(project: Project, book: Rulebook, found: Surfaces, phases: Sequence[tuple[Phase, list[Entry]]]) -> Part:
    accesses: list[Access] = []
    skipped: list[Skipped] = []
    lacks: list[Lack] = []
    followed: list[str] = []
    for phase, entries in phases:
        modules = Modules(project, book)
        runner = Runner(project, book, Network(), modules, found.options)
        for run in runner.all(entries):
            accesses += judge_run(run)
            lacks += lacks_of(run)
            skipped += _cut(run)
        skipped += [replace(one, phase=phase) for one in modules.skipped.values()]
        followed += modules.followed
        runner.close()
    return Part(tuple(accesses), tuple(skipped), tuple(lacks), tuple(followed))


def _cut(run: Run) -> Iterator[Skipped]:
    """What was not followed of a run, and of what it only does when it is asked."""
    yield from (replace(one, phase=run.entry.phase, reach=run.entry.reach) for one in run.cut)
    if run.machine is not None:
        yield from (replace(one, phase=run.entry.phase, reach=Reach.EXPLICIT) for one in run.machine.requests.taken())
