"""What do Hatch's environments and build scripts run? Scripts of environments that test or document, and commands of a build hook.

https://hatch.pypa.io/latest/config/environment/overview/#scripts, and https://github.com/rmorshea/hatch-build-scripts for the hook
``build-scripts``, whose ``commands`` every build runs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from offlint.model.access import Guard, TrailStep
from offlint.model.entry import Task
from offlint.model.words import GuardState, Phase, Reach
from offlint.project.base import Project
from offlint.surfaces.backend import uses
from offlint.surfaces.config import PYPROJECT, find_line, line_span, mapping, table, text, toml_span, words
from offlint.surfaces.phases import on_request, phase_of

_HOOK = "build-scripts"
_DEEPEST = 8


def entries(project: Project) -> Iterator[Task]:
    """The command lines; of environments, those that serve a phase by their name or by what they run."""
    for file, prefix in (("hatch.toml", ()), (PYPROJECT, ("tool", "hatch"))):
        config = table(project, *prefix, file=file)
        for name, given in mapping(config.get("envs")).items():
            scripts = mapping(mapping(given).get("scripts"))
            for script, value in scripts.items():
                yield from _script(project, file, (*prefix, "envs", name, "scripts", script), name, script, value, scripts)
        if not uses(project, "hatchling"):
            continue
        build = mapping(config.get("build"))
        hooks: list[tuple[tuple[str, ...], Any]] = [(("build", "hooks", _HOOK), mapping(build.get("hooks")).get(_HOOK))]
        for target, held in mapping(build.get("targets")).items():
            hooks.append((("build", "targets", target, "hooks", _HOOK), mapping(mapping(held).get("hooks")).get(_HOOK)))
        for keys, hook in hooks:
            yield from _hook(project, file, (*prefix, *keys), hook)


def _script(  # noqa: PLR0917  (where a script stands, and what stands around it)
    project: Project, file: str, keys: tuple[str, ...], env: str, script: str, value: Any, scripts: Mapping[str, Any]
) -> Iterator[Task]:
    lines = list(_lines(value, scripts, 0))
    own = phase_of(script, lines)
    around = phase_of(env, ()) if env != "default" else None
    phase = own if env == "default" else around or (own if phase_of(env, lines) is not None else None)
    if phase is None:
        return
    asked = on_request(env) or on_request(script) or own is not phase
    at = toml_span(project, *keys, file=file).line
    for line in [value] if isinstance(value, str) else words(value):
        first = line.split(maxsplit=1)[0] if line.strip() else ""
        if not first or first in scripts:
            continue  # another script, which is judged by itself
        at = find_line(project, file, line.splitlines()[0].strip(), at)
        span = line_span(project, file, at)
        reach = Reach.EXPLICIT if asked else Reach.ALWAYS
        ask = Guard(GuardState.NONE, f"hatch run {env}:{script}", "command")
        trail = (TrailStep(span, f"hatch script {env}:{script}"),)
        yield Task(phase, "hatch script", (line.lstrip("- "),), span, reach, as_text=True, guard=ask, trail=trail)


def _lines(value: Any, scripts: Mapping[str, Any], depth: int) -> Iterator[str]:
    """The command lines of a script, with those of the scripts that it names in their place."""
    for line in [value] if isinstance(value, str) else words(value):
        first = line.split(maxsplit=1)[0] if line.strip() else ""
        if first in scripts and depth < _DEEPEST:
            yield from _lines(scripts[first], scripts, depth + 1)
        else:
            yield line


def _hook(project: Project, file: str, keys: tuple[str, ...], hook: Any) -> Iterator[Task]:
    scripts = mapping(hook).get("scripts")
    for one in scripts if isinstance(scripts, list) else ():
        at = toml_span(project, *keys, file=file).line
        for line in words(mapping(one).get("commands")):
            span = line_span(project, file, find_line(project, file, line.splitlines()[0].strip() if line.strip() else line, at))
            folder = text(mapping(one).get("work_dir")).strip("/")
            yield Task(Phase.BUILD, "hatch hook", (line,), span, Reach.ALWAYS, as_text=True, folder="" if folder == "." else folder)
