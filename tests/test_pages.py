"""Every example on every page holds: what is marked is reported, and nothing else is."""

from __future__ import annotations

from pathlib import Path

import pytest

from offlint.project.memory import MemoryProject
from offlint.rulebook.checking import load_pages
from offlint.rulebook.loading import load_rulebook
from offlint.run import check_project
from pagekit import Case, compare, iter_examples, reported

TESTS = Path(__file__).parent / "pages"
BOOK = load_rulebook()
RULES = list(iter_examples(load_pages()))
OWN = list(iter_examples(load_pages([TESTS], builtin=False))) if any(TESTS.rglob("*.md")) else []


@pytest.mark.parametrize("case", RULES + OWN, ids=lambda case: case.id)
def test_the_example_is_judged_as_marked(case: Case) -> None:
    problems = compare(reported(case, check_project(MemoryProject(case.files), rulebook=BOOK)), case.marks, case.place)
    assert not problems, "\n".join(problems)
