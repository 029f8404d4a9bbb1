"""Is what only an explicit request reaches kept apart from a default build, and does a long build still find what can matter?"""

from __future__ import annotations

import pytest

from offlint.formats.inventory import inventory
from offlint.model.report import Report
from offlint.model.words import Phase, Reach, Verdict
from offlint.project.memory import MemoryProject
from offlint.run import check_project

DEEP = "import os\nfrom urllib.request import urlopen\n\n" + "".join(
    f"def step{n}(url):\n    os.environ.get('A')\n    return step{n + 1}(url)\n\n\n" for n in range(70)
)
DEEP += "def step70(url):\n    urlopen(url)\n"


def built(setup: str, **files: str) -> Report:
    held = {"setup.py": setup, **{name.replace("__", "/") + ".py": text for name, text in files.items()}}
    return check_project(MemoryProject(held), phases=frozenset((Phase.BUILD,)))


def command(word: str) -> str:
    return (
        "from setuptools import Command, setup\n\nfrom lib import step0\n\n\nclass Own(Command):\n"
        f"    def run(self):\n        step0('https://example.org/a.tgz')\n\n\nsetup(cmdclass={{'{word}': Own}})\n"
    )


def test_what_is_cut_in_a_command_that_nobody_runs_leaves_the_build_offline() -> None:
    report = built(command("publish"), lib=DEEP)
    assert [one.verdict for one in report.verdicts] == [Verdict.OFFLINE]
    assert {one.reach for one in report.not_analysed} == {Reach.EXPLICIT}
    assert "explicit request" in report.verdicts[0].why


def test_what_is_cut_in_a_command_of_every_build_makes_it_unknown() -> None:
    report = built(command("build_py"), lib=DEEP)
    assert [one.verdict for one in report.verdicts] == [Verdict.UNKNOWN]
    assert {one.reach for one in report.not_analysed} == {Reach.ALWAYS}


def test_what_is_reached_both_ways_counts_as_reached_by_default() -> None:
    setup = (
        "import os\n\nfrom lib import step0\n\nif os.environ.get('FETCH'):\n    step0('https://example.org/a.tgz')\n"
        "step0('https://example.org/a.tgz')\n"
    )
    report = built(setup, lib=DEEP)
    assert [one.verdict for one in report.verdicts] == [Verdict.UNKNOWN]


def test_an_access_on_request_is_found_as_ever() -> None:
    setup = "import os\n\nfrom lib import fetch\n\nif os.environ.get('FETCH'):\n    fetch()\n"
    report = built(setup, lib="from urllib.request import urlretrieve\n\n\ndef fetch():\n    urlretrieve('https://example.org/a', 'a')\n")
    assert [one.verdict for one in report.verdicts] == [Verdict.OPT_IN]


def test_a_long_build_goes_on_to_what_can_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("offlint.flow.requests.PATIENCE", 10)
    names = ", ".join(f"a{n}" for n in range(30))
    lib = (
        "from urllib.request import urlretrieve\n\n\nclass Source:\n    def __init__(self):\n        self.url = None\n\n"
        f"    def find(self, {names}):\n        self.url = max({names})\n\n"
        "    def get(self):\n        if self.url:\n            urlretrieve(self.url, 'a')\n"
    )
    given = ", ".join(str(n) for n in range(30))
    report = built(f"from lib import Source\n\nsource = Source()\nsource.find({given})\nsource.get()\n", lib=lib)
    assert [(one.kind, one.guard.state.value) for one in report.accesses] == [("http", "none")]


def test_a_function_that_calls_itself_with_ever_other_arguments_ends() -> None:
    setup = (
        "from urllib.request import urlretrieve\n\n\ndef walk(names, depth):\n    for name in ('a', 'b', 'c'):\n"
        "        walk(names + [name], depth)\n        walk([name] + names, depth)\n    urlretrieve('https://example.org/' + names[0], 'x')"
        "\n\n\nwalk(['x'], 1)\n"
    )
    report = built(setup)
    assert [one.verdict for one in report.verdicts] == [Verdict.ONLINE]
    assert not report.not_analysed


def test_the_inventory_says_how_what_was_left_out_is_reached() -> None:
    report = built(command("publish"), lib=DEEP)
    assert {one["reach"] for one in inventory(report)["not_analysed"]} == {"explicit"}


@pytest.mark.parametrize("call", ["socket.gethostbyname(host)", "socket.create_connection(host)", "requests.get(host)"])
def test_what_a_test_asks_a_host_for_of_which_nothing_is_known_is_not_analysed(call: str) -> None:
    held = {
        "setup.py": "",
        "spam.py": f"import requests\nimport socket\n\n\ndef ask(host):\n    {call}\n",
        "tests/test_spam.py": "import started\nfrom spam import ask\n\n\ndef test_ask():\n    ask(started.host())\n",
    }
    report = check_project(MemoryProject(held), phases=frozenset((Phase.TEST,)))
    assert [one.verdict for one in report.verdicts] == [Verdict.UNKNOWN]
    assert [(one.file, "is asked for is not known" in one.why) for one in report.not_analysed] == [("spam.py", True)]
