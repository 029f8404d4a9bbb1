"""What do tox's environments run? Their commands, as tasks of the phase that an environment serves.

https://tox.wiki/en/latest/config.html: ``env_list`` is what a plain ``tox`` runs; ``commands_pre``, ``commands``, ``commands_post`` are run
in turn; settings that an environment's section lacks come from ``[testenv]`` (``env_run_base``). What ``deps`` lists is declared, and no
access.
"""

from __future__ import annotations

from collections.abc import Iterator

from offlint.model.access import Guard, TrailStep
from offlint.model.entry import Task
from offlint.model.lazy import dataclass
from offlint.model.span import Span
from offlint.model.words import GuardState, Phase, Reach
from offlint.project.base import Project
from offlint.surfaces import tox_ini, tox_toml
from offlint.surfaces.phases import on_request, phase_of
from offlint.surfaces.tox_values import Command, Environment


@dataclass(slots=True)
class _Found:
    task: Task
    rank: int


def entries(project: Project) -> Iterator[Task]:
    """The commands of environments that test or document the project; what a plain ``tox`` does not run is explicit."""
    environments = tox_ini.environments(project) or tox_toml.environments(project)
    phases = {one.name: phase_of(one.name, [command.text for command in one.commands]) for one in environments}
    found: dict[tuple[Span, Phase], _Found] = {}
    for one in environments:
        phase = phases[one.name] or _needed_by(one.name, environments, phases)
        if phase is None:
            continue
        asked = not one.default or on_request(one.name)
        for command in one.commands:
            key = (command.span, phase)
            if key not in found or found[key].rank > asked:
                reach = Reach.EXPLICIT if asked else Reach.ALWAYS
                found[key] = _Found(_task(phase, one.name, command, reach), int(asked))
    yield from (one.task for one in found.values())


def _needed_by(name: str, environments: list[Environment], phases: dict[str, Phase | None]) -> Phase | None:
    """The phase of the environments that run after this one (``depends``), tests first."""
    served = {phases[one.name] for one in environments if name in one.depends}
    return next((phase for phase in (Phase.TEST, Phase.DOCS) if phase in served), None)


def _task(phase: Phase, name: str, command: Command, reach: Reach) -> Task:
    ask = Guard(GuardState.NONE, f"tox -e {name}", "command")
    trail = (TrailStep(command.span, f"tox environment {name}"),)
    return Task(phase, "tox", command.words, command.span, reach, as_text=command.as_text, guard=ask, trail=trail)
