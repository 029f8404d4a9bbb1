"""How does a path become a report? The pipeline: the file to read first.

project → surfaces → flow → judge → findings → report. Nothing of the analysed project is run, imported or extracted.
"""

from __future__ import annotations

import gc
import sys
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from offlint.model.report import ProjectInfo, Report
from offlint.model.words import Phase

if TYPE_CHECKING:
    from offlint.findings.accepted import Accepted
    from offlint.model.access import Access
    from offlint.model.entry import Lack, Skipped
    from offlint.project.base import Project
    from offlint.rulebook.schema import Rulebook

ALL_PHASES = frozenset(Phase)

_STACK = 512 * 1024 * 1024
_RECURSION = 60_000
_Result = TypeVar("_Result")


def check(
    path: str,
    *,
    phases: frozenset[Phase] = ALL_PHASES,
    rulebook: Rulebook | None = None,
    only_files: frozenset[str] | None = None,
    accepted: Accepted | None = None,
    against: str | None = None,
    opener: Callable[[str], Project] | None = None,
    processes: int = 1,
) -> Report:
    """Judge a folder or an archive; ``against`` is the checkout that an archive was made of, which tells all that it lacks.

    ``only_files`` keeps the findings whose access or trail lies in one of the files (relative to the root); ``accepted`` says what
    of it the user accepts; ``opener`` opens a path as a project, else ``open_project``; ``processes`` is how many there may be. Raises
    ``offlint.project.base.Unreadable`` for a path that cannot be read.
    """
    from offlint.project import open_project  # noqa: PLC0415  (heavy imports only where they are used)

    def work() -> Report:
        opened = opener or open_project
        checkout = opened(against) if against is not None else None
        return check_project(
            opened(path),
            phases=phases,
            rulebook=rulebook,
            only_files=only_files,
            accepted=accepted,
            checkout=checkout,
            processes=processes,
        )

    return _with_deep_stack(work)


def check_project(
    project: Project,
    *,
    phases: frozenset[Phase] = ALL_PHASES,
    rulebook: Rulebook | None = None,
    only_files: frozenset[str] | None = None,
    accepted: Accepted | None = None,
    checkout: Project | None = None,
    processes: int = 1,
) -> Report:
    """Judge an opened project, in so many processes at most."""
    from offlint.findings.accepted import Accepted  # noqa: PLC0415
    from offlint.findings.lacking import lacking  # noqa: PLC0415
    from offlint.findings.matching import codes, find  # noqa: PLC0415
    from offlint.findings.suppressions import apply  # noqa: PLC0415
    from offlint.findings.switches import switches  # noqa: PLC0415
    from offlint.findings.verdicts import verdicts  # noqa: PLC0415
    from offlint.phases import judged  # noqa: PLC0415
    from offlint.rulebook.loading import load_rulebook  # noqa: PLC0415
    from offlint.surfaces.backend import backend_of  # noqa: PLC0415

    book = rulebook or load_rulebook()
    accesses, skipped, lacks = judged(project, book, phases, processes)
    decided, known = verdicts(accesses, skipped, phases), switches(accesses)  # of the whole project, whatever is reported of it
    if checkout is not None:
        from offlint.surfaces.against import lacking as lacking_of  # noqa: PLC0415

        lacks = (*lacks, *(one for one in lacking_of(project, checkout) if one.phase in phases))
    if only_files is not None:
        lacks = tuple(one for one in lacks if one.span.file in only_files)
        accesses = tuple(a for a in accesses if {a.span.file, *(step.span.file for step in a.trail)} & only_files)
        skipped = tuple(one for one in skipped if one.file in only_files)
    built_by = backend_of(project)
    named = _files_of(accesses, skipped, lacks)
    sources = {file: text for file in named if project.exists(file) and (text := project.text(file)) is not None}
    how = accepted or Accepted()
    how = replace(how, unused=how.unused and phases == ALL_PHASES)  # else what a comment is about may just not have been sought
    speaking = {file for file in project.speaking if only_files is None or file in only_files}
    sources |= {file: text for file in sorted(speaking - set(sources)) if (text := project.text(file)) is not None}
    found = (*find(accesses, skipped, book, sources), *lacking(lacks, book))
    findings = apply(found, sources.get, speaking, accepted=how, rules=book.rules)
    return Report(
        ProjectInfo(project.name, project.version, project.root, backend=built_by.module if built_by is not None else ""),
        findings,
        accesses,
        decided,
        known,
        skipped,
        codes(accesses, book),
        sources,
    )


def check_files(files: Mapping[str, str], *, rulebook: Rulebook) -> Report:
    """Judge a project that is given as texts by their paths. Raises ``offlint.project.paths.AstrayError`` for a path that leads out."""
    from offlint.project.memory import MemoryProject  # noqa: PLC0415 # as above

    return _with_deep_stack(lambda: check_project(MemoryProject(files), rulebook=rulebook))


def _files_of(accesses: Iterable[Access], skipped: Iterable[Skipped], lacks: Iterable[Lack]) -> list[str]:
    files = [*(one.file for one in skipped), *(one.span.file for one in lacks)]
    for access in accesses:
        files += [access.span.file, *(step.span.file for step in access.trail)]
        files += [e.file for e in (access.guard.evidence, access.guard.flaw_evidence, access.integrity.evidence) if e is not None]
    return list(dict.fromkeys(files))


def _with_deep_stack(work: Callable[[], _Result]) -> _Result:
    """Run in a thread with a large stack: nested code is followed by recursion, which must not meet the end of the C stack."""
    results: list[_Result] = []
    errors: list[BaseException] = []

    def target() -> None:
        try:
            results.append(work())
        except BaseException as error:  # noqa: BLE001  (raised again in the caller's thread)
            errors.append(error)

    old_size, old_limit = threading.stack_size(_STACK), sys.getrecursionlimit()
    sys.setrecursionlimit(_RECURSION)
    collecting = gc.isenabled()
    # an analysis makes many small objects that live as long as it does: looking for cycles among them costs a third of its time
    gc.disable()
    try:
        thread = threading.Thread(target=target, name="offlint", daemon=True)
        thread.start()
        while thread.is_alive():
            thread.join(0.2)  # in slices, so that Ctrl-C is heard
    finally:
        threading.stack_size(old_size)
        sys.setrecursionlimit(old_limit)
        if collecting:
            gc.enable()
    if errors:
        raise errors[0]
    return results[0]
