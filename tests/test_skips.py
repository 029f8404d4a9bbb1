"""What could not be analysed is said once."""

from offlint.findings.skips import MAX_FILES, TOO_MUCH, said_once
from offlint.model.entry import Skipped
from offlint.model.words import Phase


def test_one_reason_of_a_file_is_said_once_at_its_first_line() -> None:
    given = [Skipped("a.py", "a dynamic import", 9), Skipped("a.py", "a dynamic import", 3), Skipped("a.py", "Python 2 syntax", 1)]
    assert said_once(given) == (Skipped("a.py", "a dynamic import", 3), Skipped("a.py", "Python 2 syntax", 1))


def test_budgets_of_one_file_are_one_line_with_their_number() -> None:
    given = [Skipped("a.py", "in this statement", line, Phase.TEST, budget=True) for line in (3, 4, 5)]
    assert said_once(given) == (Skipped("a.py", f"{TOO_MUCH}, in 3 places", 3, Phase.TEST, budget=True),)


def test_a_single_budget_keeps_its_words() -> None:
    given = [Skipped("a.py", "the step budget is spent at test_a", 3, Phase.TEST, budget=True)]
    assert said_once(given) == tuple(given)


def test_of_many_files_few_are_named_and_the_rest_is_counted() -> None:
    given = [Skipped(f"test_{n}.py", "the step budget is spent", 1, Phase.TEST, budget=True) for n in range(50)]
    found = said_once([*given, Skipped("b.py", "Python 2 syntax", 1, Phase.TEST)])
    assert [one.file for one in found] == [*(f"test_{n}.py" for n in range(MAX_FILES + 1)), "b.py"]
    assert found[MAX_FILES].why == f"{TOO_MUCH}, in this file and {50 - MAX_FILES - 1} more"


def test_words_alone_are_no_budget() -> None:
    given = [Skipped("a.py", f"{TOO_MUCH} in {name}", 1) for name in ("a", "b")]
    assert said_once(given) == tuple(given)
