"""Are set-ups that tests share followed once, and are the objects of a test its own all the same?"""

from __future__ import annotations

from collections import Counter

import pytest

from offlint.flow.calls import Calls
from offlint.model.report import Report
from offlint.model.words import Phase
from offlint.project.memory import MemoryProject
from offlint.run import check_project

CLIENT = """
import requests
class Client:
    def __init__(self, base="https://example.org/"):
        self.base = base
        self.names = {}
        self.fill()
    def fill(self):
        for name in ("a", "b", "c"):
            self.put(name, name)
    def put(self, name, value):
        self.names[name] = value
    def get(self, name):
        return requests.get(self.base + self.names[name])
"""


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often the body of each function was followed."""
    found: Counter[str] = Counter()
    run = Calls._run  # noqa: SLF001 # what is counted

    def noting(self: Calls, *arguments: object) -> None:
        found[arguments[1].function.name] += 1  # type: ignore[attr-defined]
        run(self, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(Calls, "_run", noting)
    return found


def check(tests: str) -> Report:
    files = {"client.py": CLIENT, "tests/test_client.py": "from client import Client\n" + tests}
    return check_project(MemoryProject(files), phases=frozenset({Phase.TEST}))


def urls(report: Report) -> set[str]:
    return {access.url.removeprefix("https://example.org/") for access in report.accesses}


def test_what_tests_make_alike_is_followed_once(runs: Counter[str]) -> None:
    report = check("".join(f"def test_{n}():\n    Client().get('{'abc'[n % 3]}')\n" for n in range(9)))
    assert urls(report) == {"a", "b", "c"}
    assert runs["test_8"] == 1
    assert (runs["__init__"], runs["fill"], runs["put"]) == (1, 1, 3)


def test_a_test_sees_nothing_of_the_one_before() -> None:
    report = check("""
def test_one():
    client = Client()
    client.base = "https://example.org/one/"
    client.get("a")
def test_two():
    Client().get("b")
""")
    assert urls(report) == {"one/a", "b"}


def test_two_objects_of_a_test_are_two(runs: Counter[str]) -> None:
    report = check("""
def make():
    return Client()
def test_one():
    first = make()
    first.put("a", "first")
    second = make()
    second.put("a", "second")
    first.get("a")
def test_two():
    second = Client()
    second.put("a", "other")
    first = make()
    first.get("a")
    second.get("a")
""")
    assert urls(report) == {"first", "a", "other"}
    assert runs["fill"] == 2


def test_objects_made_of_something_else_are_others() -> None:
    report = check("""
def test_one():
    Client("https://example.org/1/").get("a")
def test_two():
    other = Client("https://example.org/2/")
    Client("https://example.org/1/")
    other.get("a")
""")
    assert urls(report) == {"1/a", "2/a"}


def test_what_a_module_makes_while_a_test_runs_stays() -> None:
    files = {
        "client.py": CLIENT,
        "shared.py": "from client import Client\nclient = Client('https://example.org/shared/')\n",
        "tests/test_client.py": (
            "from client import Client\n"
            "def test_one():\n    import shared\n    shared.client.get('a')\n"
            "def test_two():\n    import shared\n    own = Client('https://example.org/shared/')\n    own.base = 'https://example.org/own/'\n"
            "    own.get('b')\n    shared.client.get('c')\n"
        ),
    }
    assert urls(check_project(MemoryProject(files), phases=frozenset({Phase.TEST}))) == {"shared/a", "own/b", "shared/c"}
