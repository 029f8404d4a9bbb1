"""Does what is declared rather than coded reach the network? Settings and command lines of the configuration become accesses.

A surface reads the declaration and says what the tool does with it; the words about the bytes are found here, once for all of them.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator
from dataclasses import replace

from offlint.judge.commands import CommandJudgement, Word, judge_command, judge_shell, scripts_run
from offlint.judge.integrity import TRANSPORT, is_weak, url_flaws
from offlint.judge.words import HOLE, join
from offlint.model.access import Access, Guard, Integrity, TrailStep
from offlint.model.entry import Entry, Setting, Task
from offlint.model.words import Confidence, GuardState, IntegrityState, Reach
from offlint.project.base import Project
from offlint.rulebook.schema import Rulebook


def judge_settings(settings: Iterable[Setting]) -> Iterator[Access]:
    """The access that each setting is."""
    for one in settings:
        integrity = one.integrity
        keeps = integrity.state is not IntegrityState.NOT_APPLICABLE
        found = url_flaws(one.url, keeps=keeps)
        integrity = replace(integrity, flaws=tuple(dict.fromkeys((*integrity.flaws, *found))))
        yield Access(
            one.phase, one.surface, one.span, one.kind, one.api, one.url, one.exact, one.reach, asked_for(one.guard, one),
            integrity, (*one.trail, TrailStep(one.span, one.api)), tolerated=one.tolerated, copies=one.copies, name=one.name,
        )  # fmt: skip


def judge_tasks(tasks: Iterable[Task], project: Project, book: Rulebook) -> Iterator[Access]:
    """What each command line fetches or sends, beyond installing what the project declares."""
    for task in tasks:
        if task.as_text:
            text = task.words[0]
            judged = judge_shell(text, not HOLE.search(text), book, shipped=project.exists, cwd=task.folder)
        else:
            judged = judge_command(_words(task), book, shipped=project.exists, cwd=task.folder)
        for one in judged:
            if not one.declared:
                yield _access(task, one)


#: Scripts that have surfaces of their own.
_OWN_SURFACE = ("setup.py", "conftest.py", "noxfile.py", "conf.py")


def scripts_of(tasks: Iterable[Task], project: Project) -> Iterator[Entry]:
    """The Python files and modules of the tree that command lines run; each is an entry point of its own."""
    seen: set[tuple[object, ...]] = set()
    for task in tasks:
        shell = [Word("sh"), Word("-c")] if task.as_text else []
        for name, rest in scripts_run([*shell, *_words(task)]):
            file = _script(name, task.folder, project)
            argv = tuple(word.text for word in rest) if all(word.exact for word in rest) else None
            key = (task.phase, file, argv, task.reach)
            if file is None or posixpath.basename(file) in _OWN_SURFACE or key in seen:
                continue
            seen.add(key)
            search = tuple(dict.fromkeys((posixpath.dirname(file), task.folder, "", "src")))
            yield Entry(
                task.phase,
                task.surface,
                file,
                task.span,
                search=search,
                reach=task.reach,
                main=True,
                argv=argv,
                ask=task.guard.switch or "",
            )


def _words(task: Task) -> list[Word]:
    return [Word(text, not HOLE.search(text)) for text in task.words]


def _script(name: str, folder: str, project: Project) -> str | None:
    if name.startswith("-m "):
        path = name[3:].replace(".", "/")
        places = [f"{base}{path}{end}" for base in ("", "src/") for end in (".py", "/__main__.py")]
    else:
        places = [join(folder, name)] if name.endswith(".py") else []
    return next((place for place in places if project.exists(place) and not project.is_dir(place)), None)


def asked_for(guard: Guard, one: Setting | Task) -> Guard:
    """What runs on request only is opt-in, unless the guard says more."""
    if one.reach is Reach.EXPLICIT and guard.state in (GuardState.NONE, GuardState.FALLBACK):
        return Guard(
            GuardState.OPT_IN, guard.switch or one.surface, guard.kind if guard.switch else "command", guard.set_to, evidence=one.span
        )
    return guard


def _access(task: Task, one: CommandJudgement) -> Access:
    flaws = url_flaws(one.url, keeps=one.keeps, mutable=one.mutable, insecure=one.insecure)
    if not one.keeps:
        integrity = Integrity(IntegrityState.NOT_APPLICABLE, flaws=tuple(flaw for flaw in flaws if flaw in TRANSPORT))
    elif one.verified:
        state = IntegrityState.WEAK if is_weak(one.verified) else IntegrityState.VERIFIED
        integrity = Integrity(state, one.verified, one.expected, flaws, task.span)
    else:
        integrity = Integrity(IntegrityState.ABSENT, flaws=(*flaws, "remote-code") if one.runs and one.kind == "http" else flaws)
    return Access(
        task.phase, task.surface, task.span, one.kind, one.api, one.url, one.url_exact, task.reach, asked_for(task.guard, task), integrity,
        (*task.trail, TrailStep(task.span, one.api)), Confidence.HIGH if one.url_exact or not one.url else Confidence.MEDIUM,
    )  # fmt: skip
