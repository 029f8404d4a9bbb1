"""Do several processes say what one says, and does only one project suffer where one of them dies?"""

from __future__ import annotations

import errno
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from threading import Thread

import pytest

from offlint import jobs
from offlint.cli import main

SETUP = "from urllib.request import urlopen\nurlopen('https://example.org/{name}.zip')\n"
NAMES = [f"p{number}" for number in range(5)]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in NAMES:
        (tmp_path / name).mkdir()
        (tmp_path / name / "setup.py").write_text(SETUP.format(name=name))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def said(capfd: pytest.CaptureFixture[str], *arguments: str) -> tuple[object, str, str]:
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    out, err = capfd.readouterr()
    return stopped.value.code, out, err


@pytest.mark.parametrize("command", ["check", "check --format json", "check --format sarif", "offline --format json"])
@pytest.mark.parametrize("cached", [True, False])
def test_the_number_of_processes_is_not_seen(folder: Path, capfd: pytest.CaptureFixture[str], command: str, cached: bool) -> None:
    (folder / "broken.tar.gz").write_bytes(b"none")
    paths = [*NAMES[:2], "broken.tar.gz", "absent", *NAMES[2:]]
    more = [] if cached else ["--no-cache"]
    first = said(capfd, *command.split(), *more, *paths)
    assert first[0] == 2
    assert "broken.tar.gz" in first[2]
    for count in ("2", "9"):
        assert said(capfd, *command.split(), *more, "--jobs", count, *paths) == first


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("most", [0, 1, 2])
def test_too_few_processes_are_enough(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    """As where the system lets us have no more of them (EAGAIN of fork(2))."""
    first = said(capfd, "check", "--no-cache", *NAMES)
    made: list[object] = []
    begin = jobs._Worker.__init__  # noqa: SLF001 # what the system refuses

    def limited(self: jobs._Worker) -> None:
        if len(made) >= most:
            raise BlockingIOError(errno.EAGAIN, "Resource temporarily unavailable")
        begin(self)
        made.append(self)

    monkeypatch.setattr(jobs._Worker, "__init__", limited)  # noqa: SLF001 # as above
    assert said(capfd, "check", "--no-cache", "--jobs", "9", *NAMES) == first
    assert len(made) == most


@pytest.mark.parametrize("start", ["-m offlint", "../start.py"])
def test_no_module_of_the_current_folder_is_run(tmp_path: Path, start: str) -> None:
    folder = tmp_path / "here"
    for name in NAMES:
        (folder / name).mkdir(parents=True)
        (folder / name / "setup.py").write_text(SETUP.format(name=name))
    (tmp_path / "start.py").write_text("from offlint.__main__ import main\nif __name__ == '__main__':\n    main()\n")
    for name in ("multiprocessing", "selectors", "pickle", "struct", "signal", "socket", "tempfile", "click", "json", "site"):
        (folder / f"{name}.py").write_text(f"open(r'{folder}/run-{name}', 'w')\n")
    command = [sys.executable, *start.split(), "check", "--no-cache", "--quiet", "--jobs", "2", *NAMES]
    done = subprocess.run(command, capture_output=True, text=True, cwd=folder, check=False)
    assert (done.returncode, done.stderr) == (1, "")
    assert [name for name in NAMES if f"{name}/setup.py" in done.stdout] == NAMES
    assert not list(folder.glob("run-*"))


@pytest.mark.skipif(os.name != "posix", reason="is told by signals")
def test_one_that_dies_takes_one_project_with_it(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    killed: list[int] = []

    def kill() -> None:
        until = time.monotonic() + 60
        while not killed and time.monotonic() < until:
            for child in multiprocessing.active_children():
                if child.pid is not None and not killed:
                    os.kill(child.pid, signal.SIGKILL)
                    killed.append(child.pid)
            time.sleep(0.001)

    killer = Thread(target=kill)
    killer.start()
    code, out, err = said(capfd, "--no-cache", "--jobs", "2", *NAMES)
    killer.join()
    assert code == 2
    (line,) = err.splitlines()
    name = line.split()[1].rstrip(":")
    assert name in NAMES
    assert line == f"offlint: {name}: the process that checked it was killed by signal 9"
    assert [other for other in NAMES if f"{other}.zip" in out] == [other for other in NAMES if other != name]
    assert not multiprocessing.active_children()
    assert folder.exists()


@pytest.mark.skipif(os.name != "posix", reason="is told by signals")
def test_an_interruption_ends_all_and_writes_nothing(folder: Path) -> None:
    for number in range(60):
        (folder / f"q{number}").mkdir()
        (folder / f"q{number}" / "setup.py").write_text(SETUP.format(name="q") * 20)
    command = [sys.executable, "-m", "offlint", "--no-cache", "--jobs", "2", *sorted(path.name for path in folder.iterdir())]
    running = subprocess.Popen(
        [*command, "--report", "json=out.json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=folder, start_new_session=True
    )
    until = time.monotonic() + 60
    while len(children(running.pid)) < 2 and time.monotonic() < until:
        time.sleep(0.01)
    os.killpg(running.pid, signal.SIGINT)
    out, err = running.communicate(timeout=60)
    assert (running.returncode, out, err.strip()) == (130, b"", b"")
    assert not (folder / "out.json").exists()
    while alive(running.pid) and time.monotonic() < until:
        time.sleep(0.01)
    assert not alive(running.pid)


def alive(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def children(pid: int) -> list[int]:
    told = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True, check=False)
    return [int(word) for word in told.stdout.split()]
