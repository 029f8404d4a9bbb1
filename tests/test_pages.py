"""Every example on every page holds: what is marked is reported, and nothing else is."""

from __future__ import annotations

from pathlib import Path

import pytest

from offlint.project.memory import MemoryProject
from offlint.rulebook.loading import load_pages, load_rulebook
from offlint.run import check_project
from pagekit import Case, compare, iter_examples

TESTS = Path(__file__).parent / "pages"
BOOK = load_rulebook()
RULES = list(iter_examples(load_pages()))
OWN = list(iter_examples(load_pages([TESTS], builtin=False))) if any(TESTS.rglob("*.md")) else []


def reported(case: Case) -> dict[tuple[str, int], set[str]]:
    """What offlint says of the example's files, in the words of the page's marks."""
    report = check_project(MemoryProject(case.files), rulebook=BOOK)
    found: dict[tuple[str, int], set[str]] = {}
    code = str(case.page.head.data.get("code", ""))
    if code:
        for finding in report.findings:
            if finding.code == code:
                found.setdefault((finding.span.file, finding.span.line), set()).add(code)
        return found
    for access in report.accesses:
        words = f"{access.kind} {access.guard.state} {access.integrity.state}"
        found.setdefault((access.span.file, access.span.line), set()).add(words)
    return found


@pytest.mark.parametrize("case", RULES + OWN, ids=lambda case: case.id)
def test_the_example_is_judged_as_marked(case: Case) -> None:
    problems = compare(reported(case), case.marks, case.place)
    assert not problems, "\n".join(problems)
