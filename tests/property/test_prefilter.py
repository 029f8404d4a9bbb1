"""What is not parsed does not matter: with every module read, a project has the same accesses.

``benchmarks/prefilter.py`` asks the same of real projects.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from offlint.flow.modules import Modules
from offlint.model.report import Report
from offlint.project import open_project
from offlint.project.memory import MemoryProject
from offlint.rulebook.checking import load_pages
from offlint.rulebook.loading import load_rulebook
from offlint.run import check_project
from pagekit import iter_examples

ROOT = Path(__file__).parents[2]
BOOK = load_rulebook()
#: Every so many of the pages' examples: they are about two thousand.
EVERY = 7
EXAMPLES = [*iter_examples(load_pages()), *iter_examples(load_pages([ROOT / "tests" / "pages"], builtin=False))][::EVERY]


def said(report: Report) -> tuple[set[tuple[str, ...]], list[str]]:
    """What is said of each access, and the verdicts; by which of several ways an access is shown to be reached is not compared."""
    accesses: set[tuple[str, ...]] = {
        (str(a.phase), a.span.place, a.kind, a.url, str(a.guard.state), str(a.integrity.state)) for a in report.accesses
    }
    return accesses, [str(one.verdict) for one in report.verdicts]


def test_examples_have_the_same_accesses_with_every_module_read(monkeypatch: pytest.MonkeyPatch) -> None:
    filtered = [said(check_project(MemoryProject(case.files), rulebook=BOOK)) for case in EXAMPLES]
    assert sum(bool(accesses) for accesses, _ in filtered) > len(EXAMPLES) // 2
    everything(monkeypatch)
    for case, one in zip(EXAMPLES, filtered, strict=True):
        assert said(check_project(MemoryProject(case.files), rulebook=BOOK)) == one, case.id


@pytest.mark.parametrize("sample", sorted(path.name for path in (ROOT / "samples").iterdir() if path.is_dir()))
def test_samples_have_the_same_accesses_with_every_module_read(sample: str, monkeypatch: pytest.MonkeyPatch) -> None:
    filtered = said(check_project(open_project(str(ROOT / "samples" / sample)), rulebook=BOOK))
    everything(monkeypatch)
    assert said(check_project(open_project(str(ROOT / "samples" / sample)), rulebook=BOOK)) == filtered


def everything(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take each module for one that matters."""
    monkeypatch.setattr(Modules, "matters", lambda *_: True)
    monkeypatch.setattr(Modules, "can_reach", lambda *_: True)
