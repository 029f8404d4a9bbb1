"""Does a large tree's second process say what one process says, and is it never more than a quicker way to the same?"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import offlint as package
from offlint.beside import Beside, can_copy
from offlint.cli import main
from offlint.model.span import Span
from offlint.model.words import Phase
from offlint.phases import MANY
from offlint.project import open_project
from offlint.project.memory import MemoryProject
from offlint.run import check_project

SOURCE = str(Path(package.__file__).parent.parent)
FILES = {
    "pyproject.toml": "[project]\nname = 'spam'\nversion = '1'\n[build-system]\nrequires = []\nbuild-backend = 'setuptools.build_meta'\n",
    "setup.py": "from urllib.request import urlopen\nfrom spam.net import get\nurlopen('https://example.org/build')\nget('one')\n",
    "spam/__init__.py": "",
    "spam/net.py": "import requests\ndef get(name):\n    return requests.get('https://example.org/' + name)\n",
    "spam/old.py": "import requests\nprint 'https://example.org'\n",
    "tests/test_net.py": "from spam.net import get\nimport spam.old\ndef test_get():\n    get('test')\n",
    "docs/conf.py": "import requests, spam.old\nextensions = []\nrequests.get('https://example.org/docs')\n# offlint: ignore[OFL101]\n",
    **{f"spam/more/m{number}.py": "" for number in range(MANY)},
}
copies = pytest.mark.skipif(not can_copy(), reason="no copies of a process here")


def write(root: Path) -> Path:
    for name, text in FILES.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The copies that were made."""
    numbers: list[int] = []
    fork = os.fork

    def noting() -> int:
        number = fork()
        numbers.append(number)
        return number

    monkeypatch.setattr(os, "fork", noting)
    return numbers


@copies
def test_two_processes_say_what_one_says(made: list[int], tmp_path: Path) -> None:
    one, two = (check_project(open_project(str(write(tmp_path))), processes=count) for count in (1, 2))
    assert len(made) == 1
    assert {str(access.phase) for access in one.accesses} == {"build", "test", "docs"}
    assert [(str(gap.phase), gap.file) for gap in one.not_analysed if "old" in gap.file] == [
        ("docs", "spam/old.py"),
        ("test", "spam/old.py"),
    ]
    assert one.findings
    assert two == one


@copies
def test_small_trees_are_not_worth_a_copy(made: list[int]) -> None:
    few = {name: text for name, text in FILES.items() if "more" not in name}
    assert check_project(MemoryProject(few), processes=2).accesses
    assert check_project(MemoryProject(FILES), phases=frozenset({Phase.TEST}), processes=2).accesses
    assert made == []


def test_phases_do_not_depend_on_each_other() -> None:
    whole = check_project(MemoryProject(FILES))
    for phase in Phase:
        alone = check_project(MemoryProject(FILES), phases=frozenset({phase}))
        assert alone.accesses == tuple(access for access in whole.accesses if access.phase is phase)
        assert alone.not_analysed == tuple(gap for gap in whole.not_analysed if gap.phase is phase)


@copies
@pytest.mark.parametrize("change", ["docs/conf.py", "spam/net.py"])
def test_what_the_copy_read_is_compared_the_next_time(
    change: str, made: list[int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    monkeypatch.setenv("OFFLINT_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    monkeypatch.chdir(write(tmp_path / "spam"))

    def said() -> list[str]:
        with pytest.raises(SystemExit):
            main(["inventory", "--format", "json", "."])
        return [access["url"] for access in json.loads(capsysbinary.readouterr().out)["accesses"]]

    first = said()
    assert len(made) == 1
    assert said() == first
    assert len(made) == 1, "the answer was kept"
    path = tmp_path / "spam" / change
    path.write_text(path.read_text().replace("https://example.org/", "https://example.com/"))
    assert said() != first


def test_without_copies_it_is_worked_out_when_it_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    def none() -> int:
        raise BlockingIOError

    monkeypatch.setattr(os, "fork", none, raising=False)
    with Beside(lambda: (os.getpid(), "here")) as other:
        assert other.answer() == (os.getpid(), "here")


@copies
def test_a_copy_answers(made: list[int]) -> None:
    with Beside(lambda: (os.getpid(), Span("x.py", 3), "a" * 3_000_000)) as other:
        found = other.answer()
    assert found == (made[0], Span("x.py", 3), "a" * 3_000_000)


@copies
@pytest.mark.parametrize("ending", ["killed", "error", "no JSON"])
def test_what_a_copy_did_not_say_is_worked_out_here(ending: str) -> None:
    own = os.getpid()

    def work() -> object:
        if os.getpid() == own:
            return "here"
        if ending == "killed":
            os.kill(os.getpid(), signal.SIGKILL)
        if ending == "error":
            raise MemoryError
        return object()

    with Beside(work) as other:
        assert other.answer() == "here"


@copies
def test_a_copy_answers_whoever_waits_for_it(made: list[int]) -> None:
    """As where the program that starts offlint ignores SIGCHLD, which offlint inherits: the system waits for the copy."""
    before = signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    try:
        with Beside(os.getpid) as other:
            assert other.answer() == made[0]
    finally:
        signal.signal(signal.SIGCHLD, before)


@copies
@pytest.mark.skipif(not Path("/dev/fd").exists(), reason="the open files cannot be listed")
def test_nothing_stays_open_where_there_are_too_few_files(monkeypatch: pytest.MonkeyPatch) -> None:
    pipe, asked = os.pipe, []

    def one() -> tuple[int, int]:
        asked.append(1)
        if len(asked) > 1:
            raise OSError
        return pipe()

    monkeypatch.setattr(os, "pipe", one)
    before = [*Path("/dev/fd").iterdir()]
    with Beside(lambda: "here") as other:
        assert other.answer() == "here"
    assert [*Path("/dev/fd").iterdir()] == before


@copies
def test_errors_are_raised_here() -> None:
    def work() -> None:
        raise ZeroDivisionError

    with Beside(work) as other, pytest.raises(ZeroDivisionError):
        other.answer()


@copies
def test_a_copy_ends_with_who_asks(made: list[int]) -> None:
    with pytest.raises(KeyError), Beside(lambda: time.sleep(600)):
        raise KeyError
    with pytest.raises(ChildProcessError):
        os.waitpid(made[0], os.WNOHANG)  # it was waited for


@copies
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_no_copy_is_left_alone(how: signal.Signals) -> None:
    code = (
        "import os, time\nfrom offlint.beside import Beside\ndef work():\n    print(os.getpid(), flush=True)\n    time.sleep(600)\n"
        "with Beside(work):\n    time.sleep(600)\n"
    )
    environment = {**os.environ, "PYTHONPATH": SOURCE}
    running = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment)
    assert running.stdout is not None
    copy = int(running.stdout.readline())
    running.send_signal(how)
    running.wait(20)
    for _ in range(200):
        try:
            os.kill(copy, 0)
        except ProcessLookupError:
            return
        if Path(f"/proc/{copy}/stat").exists() and " Z " in Path(f"/proc/{copy}/stat").read_text():
            return  # nobody has waited for it
        time.sleep(0.05)
    os.kill(copy, signal.SIGKILL)
    pytest.fail("the copy goes on alone")


def test_macos_makes_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    assert not can_copy()


def test_what_cannot_be_read_counts_for_the_phases_that_look_at_it() -> None:
    files: dict[str, str | bytes] = {
        "setup.py": "from setuptools import setup\nimport spam\nsetup()\n",
        "spam/__init__.py": "",
        "docs/conf.py": "extensions = []\n",
        "tests/test_a.py": b"x = '\0'\n",
    }
    verdicts = {str(one.phase): str(one.verdict) for one in check_project(MemoryProject(files)).verdicts}
    assert verdicts == {"build": "offline", "test": "unknown", "docs": "offline"}
    files |= {"spam/__init__.py": "from spam import net\n", "spam/net.py": b"x = '\0'\n", "tests/test_a.py": "import os\n"}
    verdicts = {str(one.phase): str(one.verdict) for one in check_project(MemoryProject(files)).verdicts}
    assert verdicts == {"build": "unknown", "test": "offline", "docs": "offline"}
