"""What do nox's sessions run? The functions of noxfile.py that are sessions and serve a phase, as entry points.

https://nox.thea.codes/en/stable/config.html: ``nox.options.sessions`` lists what a plain ``nox`` runs, else all but those with
``default=False``. A session is handed to its function, and what that gives to ``session.run`` is judged as a command line.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator

from offlint.model import step as s
from offlint.model.entry import Entry, Skipped
from offlint.model.lazy import dataclass, regex
from offlint.model.span import lines_of
from offlint.model.words import Phase, Reach
from offlint.project.base import Project
from offlint.surfaces.phases import on_request, phase_of

NOXFILE = "noxfile.py"
_NAME = regex(r"[A-Za-z_]\w*")
_CONSTANT = regex(r"^([A-Za-z_]\w*)[ \t]*(?::[^=\n]+)?=[ \t]*([(\[][^)\]]*[)\]]|.*)$", re.MULTILINE)
QUOTED = regex(r"""["']([^"'\n]{1,200})["']""")


@dataclass(frozen=True, slots=True)
class _Session:
    """One session: its name, its function, the phase that it serves, and whether a plain ``nox`` runs it."""

    name: str
    function: s.Function
    phase: Phase
    reach: Reach
    body: str


def entries(project: Project) -> Iterator[Entry | Skipped]:
    """One entry for each session that tests or documents the project; what a plain ``nox`` does not run is explicit."""
    for one in _sessions(project):
        if isinstance(one, Skipped):
            yield one
            continue
        ask = f"nox -s {one.name}"
        yield Entry(
            one.phase, "nox", NOXFILE, one.function.span, (one.function.name,), reach=one.reach, gives=("nox.Session",), ask=ask
        )  # fmt: skip


def texts(project: Project) -> Iterator[tuple[Phase, str, Reach, str]]:
    """The phase of each session, the texts in it and in constants that it names, its reach, and what a person types to run it."""
    text = project.text(NOXFILE) or ""
    constants = {name: " ".join(QUOTED.findall(value)) for name, value in _CONSTANT.findall(text)}
    lines = lines_of(text)
    for one in _sessions(project):
        if not isinstance(one, Skipped):
            named = set(_NAME.findall(body_of(lines, one.function.span.line)))
            held = [value for name, value in constants.items() if name in named]
            yield one.phase, " ".join((one.body, *held)), one.reach, f"nox -s {one.name}"


def _sessions(project: Project) -> Iterator[_Session | Skipped]:
    from offlint.lower.python import CannotLower, lower_python  # noqa: PLC0415  (the parser, only where there is something to parse)

    text = project.text(NOXFILE) if project.exists(NOXFILE) and not project.is_dir(NOXFILE) else None
    if text is None:
        return
    try:
        module = lower_python(text, NOXFILE)
    except CannotLower as error:
        for phase in (Phase.TEST, Phase.DOCS):
            yield Skipped(NOXFILE, str(error), 1, phase)
        return
    listed = _listed(module.body)
    named = {name for step in module.body if isinstance(step, s.ImportFrom) for of, name in step.names if of.endswith("session")}
    lines = lines_of(text)
    for function in functions_of(module.body):
        decorator = next((one for one in function.decorators if _is_session(one, named)), None)
        if decorator is None:
            continue
        name = text_of(keyword(decorator, "name")) or function.name
        body = " ".join(QUOTED.findall(body_of(lines, function.span.line)))
        found = phase_of(name, [body])
        if found is None:
            continue
        off = keyword(decorator, "default")
        default = name in listed if listed is not None else not (isinstance(off, s.Const) and off.value is False)
        yield _Session(name, function, found, Reach.ALWAYS if default and not on_request(name) else Reach.EXPLICIT, body)


def functions_of(body: Iterable[s.Step]) -> Iterator[s.Function]:
    """Functions at the top level, also below a test."""
    for step in body:
        if isinstance(step, s.Define):
            yield step.function
        elif isinstance(step, s.If):
            yield from functions_of((*step.body, *step.orelse))


def _is_session(decorator: s.Expr, names: Collection[str]) -> bool:
    """``nox.session``, or one of the names under which it or a wrapper of it (``nox_poetry.session``) was imported."""
    named = decorator.func if isinstance(decorator, s.Call) else decorator
    return named.name == "session" if isinstance(named, s.Attr) else isinstance(named, s.Name) and named.id in {*names, "session"}


def keyword(decorator: s.Expr, name: str) -> s.Expr | None:
    """An argument of a decorator's call."""
    return next((arg.value for arg in decorator.args if arg.name == name), None) if isinstance(decorator, s.Call) else None


def text_of(value: s.Expr | None) -> str:
    """A constant text, empty for anything else."""
    return value.value if isinstance(value, s.Const) and isinstance(value.value, str) else ""


def _listed(body: Iterable[s.Step]) -> frozenset[str] | None:
    """``nox.options.sessions = ["tests", "docs"]``, None where it is not set to a list of texts."""
    for step in body:
        if isinstance(step, s.Assign) and any(isinstance(t, s.Attr) and t.name == "sessions" for t in step.targets):
            items = step.value.items if isinstance(step.value, s.Seq) else ()
            return frozenset(text_of(item) for item in items) or None
    return None


def body_of(lines: list[str], start: int) -> str:
    """A function's text: up to the next line that begins at the margin."""
    end = start
    while end < len(lines) and (not lines[end].strip() or lines[end][0] in " \t)#"):
        end += 1
    return "\n".join(lines[start:end])
