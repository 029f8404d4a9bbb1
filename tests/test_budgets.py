"""How are budgets spent on tests? What one of them spends is not the others', and what can matter comes first."""

from collections.abc import Mapping
from typing import Any

import pytest

from offlint.flow import budgets, runs
from offlint.flow.doctests import DOCTEST
from offlint.flow.machine import Frame
from offlint.flow.modules import Modules
from offlint.flow.pytest_run import TestCall
from offlint.model.report import Report
from offlint.model.words import Phase
from offlint.project.memory import MemoryProject
from offlint.rulebook.loading import load_rulebook
from offlint.run import check_project

BOOK = load_rulebook()
HEAD = "import requests\n\n\ndef work(n):\n    return requests.codes.ok + n\n\n\n"


def _check(files: Mapping[str, str]) -> Report:
    return check_project(MemoryProject(files), phases=frozenset({Phase.TEST}), rulebook=BOOK)


def _urls(report: Report) -> set[str]:
    return {one.url.rpartition("/")[2] for one in report.accesses}


def _long(name: str, steps: int = 60, end: str = "") -> str:
    """A test of many statements, with a request at its end: of the network if wanted, else of this machine."""
    body = "".join(f"    x{n} = work({n}) + work({n} + 1)\n" for n in range(steps))
    last = f'    requests.get("https://example.org/{end}")\n' if end else '    requests.get("http://localhost:1/")\n'
    return f"def {name}():\n{body}{last}\n\n"


def test_a_test_that_spends_its_steps_leaves_the_next_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    files = {"tests/test_a.py": HEAD + _long("test_a", 200, "a") + _long("test_b", 1, "b")}
    assert _urls(_check(files)) == {"a", "b"}
    monkeypatch.setattr(runs, "MAX_TEST_STEPS", 300)
    report = _check(files)
    assert _urls(report) == {"b"}
    (cut,) = report.not_analysed
    assert cut.budget
    assert "test_a" in cut.why
    assert cut.phase is Phase.TEST


def test_after_a_few_that_spent_all_the_others_of_a_module_get_fewer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs, "MAX_TEST_STEPS", 2_000)
    monkeypatch.setattr(runs, "FEWER_STEPS", 200)
    heavy = "".join(_long(f"test_{n}", 600, f"{n}") for n in range(budgets.MAX_STRIKES))
    middle = _long("test_middle", 30, "middle")
    assert _urls(_check({"tests/test_a.py": HEAD + middle})) == {"middle"}
    assert _urls(_check({"tests/test_a.py": HEAD + heavy + middle})) == set()
    assert _urls(_check({"tests/test_a.py": HEAD + heavy, "tests/test_b.py": HEAD + middle})) == {"middle"}


def test_what_is_left_of_the_phase_goes_to_tests_that_hold_a_url_first(monkeypatch: pytest.MonkeyPatch) -> None:
    files = {f"tests/test_{n}.py": HEAD + _long("test_it", 100) for n in range(5)}
    files["tests/test_z.py"] = HEAD + _long("test_it", 101, "z")
    monkeypatch.setattr(budgets, "MAX_PHASE", {**budgets.MAX_PHASE, "test": 2_000})
    report = _check(files)
    assert _urls(report) == {"z"}
    assert any(one.budget for one in report.not_analysed)


def test_in_a_module_what_holds_a_url_and_what_a_mark_picks_come_first(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = "".join(_long(f"test_{n}", 40) for n in range(10))
    marked = "@pytest.mark.network\n" + _long("test_marked", 40, "marked")
    files = {"tests/test_a.py": "import pytest\n" + HEAD + plain + _long("test_plain", 40, "plain") + marked}
    for name, steps in (("MIN_SHARE", 2_000), ("SHARES", 0), ("FEWER_STEPS", 100)):
        monkeypatch.setattr(budgets, name, steps)
    report = _check(files)
    assert _urls(report) == {"plain", "marked"}
    assert any(one.budget for one in report.not_analysed)


def test_tests_that_say_nothing_come_last_and_have_a_budget_together(monkeypatch: pytest.MonkeyPatch) -> None:
    helper = 'import requests\n\n\ndef fetch():\n    return requests.get("https://example.org/helper")\n'
    quiet = "from spam.helper import fetch\n\n\ndef test_it():\n    fetch()\n"
    files = {"spam/__init__.py": "", "spam/helper.py": helper, "tests/test_a.py": quiet}
    assert _urls(_check(files)) == {"helper"}
    monkeypatch.setattr(budgets, "MAX_REST", 1)
    report = _check(files)
    assert _urls(report) == set()
    assert [one.budget for one in report.not_analysed] == [True]
    assert {one.verdict.value for one in report.verdicts} == {"unknown"}


def test_examples_take_nothing_from_the_tests(monkeypatch: pytest.MonkeyPatch) -> None:
    example = (
        '"""\n>>> import requests\n'
        + ">>> x = requests.codes.ok + requests.codes.ok\n" * 300
        + '>>> requests.get("https://example.org/page")\n"""\n'
    )
    files = {
        "pytest.ini": "[pytest]\naddopts = --doctest-modules\n",
        "spam.py": example,
        "tests/test_a.py": HEAD + _long("test_it", 100, "test"),
    }
    assert _urls(_check(files)) == {"page", "test"}
    monkeypatch.setattr(budgets, "MAX_PHASE", {**budgets.MAX_PHASE, DOCTEST: 100})
    report = _check(files)
    assert _urls(report) == {"test"}
    assert [(one.file, one.budget) for one in report.not_analysed] == [("spam.py", True)]


def test_of_tests_with_the_same_fixtures_a_few_are_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    conftest = 'import pytest, requests\n\n@pytest.fixture\ndef page():\n    return requests.get("https://example.org/page")\n'
    tests = "import requests\n\n\n" + "".join(f"def test_{n}(page):\n    assert page\n\n\n" for n in range(8))
    files = {"tests/conftest.py": conftest, "tests/test_a.py": tests}
    followed: list[str] = []
    cases = TestCall.cases

    def noted(self: TestCall) -> list[TestCall]:
        followed.append(self.body.function.name)
        return cases(self)

    monkeypatch.setattr(TestCall, "cases", noted)
    assert _urls(_check(files)) == {"page"}
    assert sum(name.startswith("test_") for name in followed) == runs.MAX_FIXTURE


def test_each_test_has_one_set_of_parameters_before_any_has_its_second(monkeypatch: pytest.MonkeyPatch) -> None:
    sets = '@pytest.mark.parametrize("url", ["https://example.org/1", "https://example.org/2", "https://example.org/3"])\n'
    many = "".join(f"    x{n} = work({n}) + work({n} + 1)\n" for n in range(40))
    files = {
        "tests/test_a.py": f"import pytest\n{HEAD}{sets}def test_a(url):\n{many}    requests.get(url)\n\n\n" + _long("test_b", 40, "b"),
    }
    assert _urls(_check(files)) == {"1", "2", "3", "b"}
    for name, steps in (("MIN_SHARE", 1_500), ("SHARES", 0), ("FEWER_STEPS", 1)):
        monkeypatch.setattr(budgets, name, steps)
    assert _urls(_check(files)) == {"1", "b"}


def test_where_the_budget_ends_what_was_checked_before_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    check = (
        'import hashlib\n\n\ndef fetch():\n    data = requests.get("https://example.org/a").content\n'
        f"    if hashlib.sha256(data).hexdigest() != '{'0' * 64}':\n        raise OSError('another one')\n"
        "    with open('a', 'wb') as file:\n        file.write(data)\n\n\n"
    )
    many = "".join(f"    x{n} = work({n}) + work({n} + 1)\n" for n in range(300))
    files = {"tests/test_a.py": f"{HEAD}{check}def test_a():\n    fetch()\n{many}"}
    (whole,) = _check(files).accesses
    monkeypatch.setattr(runs, "MAX_TEST_STEPS", 400)
    report = _check(files)
    (cut,) = report.accesses
    assert any(one.budget for one in report.not_analysed)
    assert whole.integrity.state.value == cut.integrity.state.value == "verified"


def test_loops_in_loops_are_not_gone_through_item_by_item_without_end() -> None:
    loops = "".join(f"{' ' * n}for x{n} in range(1, 40), *{list(range(40))}:\n" for n in range(4))
    text = f"from urllib.request import urlopen\n{loops}    urlopen('https://example.org/a')\nurlopen('https://example.org/b')\n"
    report = check_project(MemoryProject({"setup.py": text}), phases=frozenset({Phase.BUILD}), rulebook=BOOK)
    assert _urls(report) == {"a", "b"}
    assert not report.not_analysed


def test_what_waits_to_be_imported_is_read_when_the_tests_were_run_that_lead_somewhere_without_it(monkeypatch: pytest.MonkeyPatch) -> None:
    files = {
        "spam/__init__.py": "from .inner import go\n",
        "spam/inner.py": 'import requests\n\n\ndef go():\n    return requests.get("https://example.org/handed")\n',
        "tests/test_a.py": "import requests\nimport spam\n\n\ndef test_handed():\n    assert spam.go()\n\n\n"
        + _long("test_direct", 1, "direct"),
    }
    events: list[str] = []
    run, lowered = TestCall.__call__, Modules.lowered

    def _run(test: TestCall, frame: Frame) -> Any:
        events.append(test.body.function.name)
        return run(test, frame)

    def _lowered(modules: Modules, file: str) -> Any:
        events.append(file)
        return lowered(modules, file)

    monkeypatch.setattr(TestCall, "__call__", _run)
    monkeypatch.setattr(Modules, "lowered", _lowered)
    assert _urls(_check(files)) == {"direct", "handed"}
    assert events.index("test_direct") < events.index("spam/inner.py") < events.index("test_handed")
