"""What do invoke's tasks run? The functions of tasks.py that are tasks and test or document the project, as entry points.

https://docs.pyinvoke.org/en/stable/concepts/invoking-tasks.html: a task is a function under ``@task``, which gets a context whose ``run``
starts a command line; ``pre`` and ``post`` name other tasks.
"""

from __future__ import annotations

from collections.abc import Iterator

from offlint.model import step as s
from offlint.model.entry import Entry
from offlint.model.lazy import regex
from offlint.model.span import lines_of
from offlint.project.base import Project
from offlint.surfaces.nox import QUOTED, body_of, functions_of, keyword, text_of
from offlint.surfaces.phases import is_plain, phase_of

_FILES = ("tasks.py", "tasks/__init__.py")
_IMPORT = regex(r"(?m)^\s*(?:from\s+invoke\b|import\s+invoke\b)")


def entries(project: Project) -> Iterator[Entry]:
    """One entry for each task whose name is that of testing or documenting as a whole, and for those that run around it."""
    for file in _FILES:
        text = project.text(file) or "" if project.exists(file) and not project.is_dir(file) else ""
        if _IMPORT.search(text):
            yield from _tasks(file, text)
            return


def _tasks(file: str, text: str) -> Iterator[Entry]:
    from offlint.lower.python import CannotLower, lower_python  # noqa: PLC0415  (the parser, only where there is something to parse)

    try:
        module = lower_python(text, file)
    except CannotLower:
        return  # what else reads the file says so
    lines = lines_of(text)
    tasks = {
        function.name: (function, decorator)
        for function in functions_of(module.body)
        if (decorator := next((one for one in function.decorators if _is_task(one)), None)) is not None
    }
    seen: set[str] = set()
    for function, decorator in tasks.values():
        name = (text_of(keyword(decorator, "name")) or function.name).strip("_").replace("_", "-")
        if not is_plain(name):
            continue
        around = [one for one in _named(decorator) if one in tasks]
        phase = phase_of(name, [" ".join(QUOTED.findall(body_of(lines, tasks[one][0].span.line))) for one in (*around, function.name)])
        for one in (*around, function.name) if phase is not None else ():
            if phase is not None and one not in seen:
                seen.add(one)
                yield Entry(phase, "invoke", file, tasks[one][0].span, (one,), gives=("invoke.Context",), ask=f"invoke {name}")


def _is_task(decorator: s.Expr) -> bool:
    named = decorator.func if isinstance(decorator, s.Call) else decorator
    return named.name == "task" if isinstance(named, s.Attr) else isinstance(named, s.Name) and named.id == "task"


def _named(decorator: s.Expr) -> Iterator[str]:
    """The tasks that run before and after, by ``pre`` and ``post``, or given one after the other."""
    if not isinstance(decorator, s.Call):
        return
    for arg in decorator.args:
        listed = arg.value.items if arg.name in ("pre", "post") and isinstance(arg.value, s.Seq) else ()
        items = (arg.value,) if not arg.name else listed
        yield from (item.id for item in items if isinstance(item, s.Name))
