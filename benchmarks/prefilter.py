"""Is what offlint does not parse without a meaning? Real trees judged with and without the filter by words, phase by phase.

``python benchmarks/prefilter.py TREE...`` prints, for each tree and phase, the accesses, CPU seconds with the filter and with every
module read that is imported, and how many accesses differ. Budgets are spent on more code without the filter: what is cut is counted,
too, as it explains a difference.
"""

from __future__ import annotations

import argparse
import collections
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from unittest import mock

from offlint.flow.modules import Modules
from offlint.model.report import Report
from offlint.model.words import Phase
from offlint.project import open_project
from offlint.rulebook.loading import load_rulebook
from offlint.run import check_project


def main() -> int:
    """Compare the trees; 1 where an access differs that no spent budget explains."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("trees", nargs="+", metavar="TREE")
    parser.add_argument("--phase", action="append", choices=[str(one) for one in Phase], help="only this phase")
    given = parser.parse_args()
    missing = [tree for tree in given.trees if not Path(tree).exists()]
    if missing:
        parser.error(f"no such tree: {', '.join(missing)}")
    phases = [Phase(one) for one in given.phase] if given.phase else list(Phase)
    print("| tree | phase | accesses | CPU s | every module | differ | cut |\n| --- | --- | --- | --- | --- | --- | --- |")
    wrong = 0
    for tree in given.trees:
        for phase in phases:
            wrong += compare(tree, phase)
    return 1 if wrong else 0


def compare(tree: str, phase: Phase) -> bool:
    """Print one row; whether something differs that is not explained."""
    with_filter, seconds = timed(lambda: judged(tree, phase))
    with mock.patch.object(Modules, "matters", return_value=True), mock.patch.object(Modules, "can_reach", return_value=True):
        without, more = timed(lambda: judged(tree, phase))
    one, two = facts(with_filter), facts(without)
    differ = sum(((one - two) + (two - one)).values())
    cut = sum(one.budget for report in (with_filter, without) for one in report.not_analysed)
    name = tree.rstrip("/").rpartition("/")[2]
    print(f"| {name} | {phase} | {one.total()} | {seconds:.1f} | {more:.1f} | {differ} | {cut or ''} |", flush=True)
    return bool(differ) and not cut


def judged(tree: str, phase: Phase) -> Report:
    """The report of one phase."""
    return check_project(open_project(tree), phases=frozenset({phase}), rulebook=load_rulebook())


def facts(report: Report) -> collections.Counter[tuple[str, ...]]:
    """What is said of each access."""
    return collections.Counter(
        (access.span.place, access.kind, access.url, str(access.guard.state), str(access.integrity.state)) for access in report.accesses
    )


def timed(work: Callable[[], Report]) -> tuple[Report, float]:
    """What the work gives, in a thread with a stack as deep as offlint's own, and the CPU seconds that it took."""
    found: list[Report] = []
    begun = time.process_time()
    threading.stack_size(512 * 1024 * 1024)
    thread = threading.Thread(target=lambda: found.append(work()))
    thread.start()
    thread.join()
    return found[0], time.process_time() - begun


if __name__ == "__main__":
    sys.setrecursionlimit(60_000)
    sys.exit(main())
