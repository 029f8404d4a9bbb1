"""What do the tasks of a project's task runners run? Those that test or document by their name, from poe, PDM, taskipy and just.

Each runner's file is read into tasks of lines; what a task means for a phase is said once, here. Tasks of other names are for who asks for
them. Sources: https://poethepoet.natn.io/tasks/, https://pdm-project.org/en/latest/usage/scripts/, https://github.com/taskipy/taskipy,
https://just.systems/man/en/.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from offlint.model.access import Guard, TrailStep
from offlint.model.entry import Entry, Task
from offlint.model.lazy import dataclass
from offlint.model.span import Span
from offlint.model.words import GuardState, Phase, Reach
from offlint.project.base import Project
from offlint.surfaces import justfile
from offlint.surfaces.config import PYPROJECT, find_line, line_span, mapping, table, text, toml_span, words
from offlint.surfaces.modules import inside, locate, search_paths
from offlint.surfaces.phases import is_plain, phase_of

_DEEPEST = 8


@dataclass(frozen=True, slots=True)
class _Line:
    """One thing that a task runs: a command line, another task, or a function (``module:name``)."""

    text: str
    span: Span
    kind: str = "command"
    folder: str = ""


_Tasks = Mapping[str, list[_Line]]


def entries(project: Project) -> Iterator[Task | Entry]:
    """The command lines and functions of tasks whose names are those of testing or documenting as a whole."""
    for runner, command, tasks in (
        ("poe task", "poe", _poe(project)),
        ("pdm script", "pdm run", _pdm(project)),
        ("taskipy task", "task", _taskipy(project)),
        ("just", "just", _just(project)),
    ):
        seen: set[tuple[Span, str, Phase]] = set()
        for name in tasks:
            if not is_plain(name):
                continue
            lines = list(_flat(tasks, name, 0))
            phase = phase_of(name, [line.text for line in lines])
            for line in lines if phase is not None else ():
                if phase is not None and (line.span, line.text, phase) not in seen:
                    seen.add((line.span, line.text, phase))
                    yield from _run(project, runner, f"{command} {name}", phase, line)


def _run(project: Project, runner: str, ask: str, phase: Phase, line: _Line) -> Iterator[Task | Entry]:
    if line.kind == "function":
        search = search_paths(project)
        found = locate(project, line.text.partition("(")[0], search)
        if found is not None:
            yield Entry(phase, runner, found[0], line.span, (found[1],) if found[1] else (), search, ask=ask)
        return
    guard, trail = Guard(GuardState.NONE, ask, "command"), (TrailStep(line.span, ask),)
    yield Task(phase, runner, (line.text,), line.span, Reach.ALWAYS, as_text=True, folder=line.folder, guard=guard, trail=trail)


def _flat(tasks: _Tasks, name: str, depth: int) -> Iterator[_Line]:
    """The lines of a task, those of other tasks that it names in their place."""
    for line in tasks.get(name, ()):
        other = line.text.split(maxsplit=1)[0] if line.kind == "task" and line.text.strip() else ""
        if not other:
            yield line
        elif depth < _DEEPEST:
            yield from _flat(tasks, other, depth + 1)


def _poe(project: Project) -> _Tasks:
    """``[tool.poe.tasks]``, or poe_tasks.toml."""
    for file, keys in ((PYPROJECT, ("tool", "poe")), ("poe_tasks.toml", ()), ("poe_tasks.toml", ("tool", "poe"))):
        config = table(project, *keys, file=file)
        given = mapping(config.get("tasks"))
        if given:
            listed, named = text(config.get("default_array_task_type")), text(config.get("default_task_type"))
            return {
                name: list(_poe_lines(_Written(project, file, (*keys, "tasks", name)), value, named or "cmd", listed or "sequence", 0))
                for name, value in given.items()
            }
    return {}


def _poe_lines(at: _Written, value: Any, plain: str, listed: str, depth: int) -> Iterator[_Line]:
    if depth > _DEEPEST:
        return
    if isinstance(value, str):
        yield at.line(value, {"script": "function", "ref": "task"}.get(plain, "command"))
    elif isinstance(value, list) and listed in ("sequence", "parallel"):
        for item in value:  # in a sequence a plain text names a task
            yield from _poe_lines(at, item, "ref", listed, depth + 1)
    else:
        given = mapping(value)
        at = at.inside(text(given.get("cwd")))
        for other in (*words(given.get("deps")), *(text(one) for one in mapping(given.get("uses")).values())):
            yield at.line(other, "task")
        for key, kind in (("cmd", "command"), ("shell", "command"), ("script", "function"), ("ref", "task")):
            interpreter = text(given.get("interpreter")) or "posix"
            if isinstance(given.get(key), str) and (key != "shell" or interpreter in ("posix", "sh", "bash", "zsh")):
                yield from (at.line(line, kind) for line in _script(given[key]))
        within = text(given.get("default_item_type")) or "ref"
        for key in ("sequence", "parallel"):
            for item in given[key] if isinstance(given.get(key), list) else ():
                yield from _poe_lines(at, item, within, "sequence", depth + 1)


def _script(written: str) -> Iterator[str]:
    """The lines of a shell script, which may be one; of its conditions and loops nothing is known."""
    for line in re.sub(r"\\\r?\n\s*", " ", written).splitlines():
        if line.strip() and not line.lstrip().startswith("#") and not justfile.is_control(line.strip()):
            yield line.strip()


def _pdm(project: Project) -> _Tasks:
    """``[tool.pdm.scripts]``; ``pre_NAME`` and ``post_NAME`` run around NAME."""
    given = table(project, "tool", "pdm", "scripts")
    found: dict[str, list[_Line]] = {}
    for name, value in given.items():
        at, made = _Written(project, PYPROJECT, ("tool", "pdm", "scripts", name)), mapping(value)
        at = at.inside(text(made.get("working_dir")))
        command = value if isinstance(value, str) else made.get("cmd") or made.get("shell")
        lines = [at.line(line) for line in _script(" ".join(words(command)) if isinstance(command, list) else text(command))]
        lines += [at.line(one, "function") for one in words(made.get("call"))[:1]]
        for one in made["composite"] if isinstance(made.get("composite"), list) else ():
            first = text(one).split(maxsplit=1)[0] if text(one) else ""
            lines.append(at.line(text(one), "task" if first in given else "command"))
        found[name] = lines
    return _around(found, ("pre_", "post_"))


def _taskipy(project: Project) -> _Tasks:
    """``[tool.taskipy.tasks]``; ``task NAME`` in a command line is another task."""
    found: dict[str, list[_Line]] = {}
    for name, value in table(project, "tool", "taskipy", "tasks").items():
        at = _Written(project, PYPROJECT, ("tool", "taskipy", "tasks", name)).inside(text(mapping(value).get("cwd")))
        parts = (value if isinstance(value, str) else text(mapping(value).get("cmd"))).split("&&")
        called = [part.split() for part in parts]
        found[name] = [
            at.line(" ".join(one[1:]), "task") if one[:1] == ["task"] else at.line(part.strip())
            for part, one in zip(parts, called, strict=True)
            if one
        ]
    return _around(found, ("pre_", "post_"))


def _around(tasks: dict[str, list[_Line]], hooks: tuple[str, str]) -> _Tasks:
    before, after = hooks
    return {name: [*tasks.get(before + name, ()), *lines, *tasks.get(after + name, ())] for name, lines in tasks.items()}


def _just(project: Project) -> _Tasks:
    found: dict[str, list[_Line]] = {}
    for file in justfile.NAMES:
        if project.exists(file) and not project.is_dir(file):
            for recipe in justfile.recipes(project.text(file) or ""):
                spans = {number: line_span(project, file, number) for number in (recipe.line, *(n for n, _ in recipe.body))}
                found[recipe.name] = [
                    *(_Line(need, spans[recipe.line], "task") for need in recipe.before),
                    *(_Line(written, spans[number]) for number, written in recipe.body),
                    *(_Line(need, spans[recipe.line], "task") for need in recipe.after),
                ]
            break
    return found


@dataclass(frozen=True, slots=True)
class _Written:
    """Where a task is written, and in which folder it runs."""

    project: Project
    file: str
    keys: tuple[str, ...]
    folder: str = ""

    def inside(self, folder: str) -> _Written:
        """The same in another folder of the tree."""
        place = inside(folder)
        return _Written(self.project, self.file, self.keys, place) if place else self

    def line(self, written: str, kind: str = "command") -> _Line:
        """A line of the task, with its place."""
        start = toml_span(self.project, *self.keys, file=self.file).line
        first = next((part.strip() for part in written.splitlines() if part.strip()), "")
        number = find_line(self.project, self.file, first, start) if first else start
        return _Line(written.strip(), line_span(self.project, self.file, number), kind, self.folder)
