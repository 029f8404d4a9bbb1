"""What happens when something stops it? Ctrl-C, a reader that goes away, a full disk, no home: no traceback, and no half of a file."""

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

SOURCE = str(Path(package.__file__).parent.parent)
SETUP = "import urllib.request\nurllib.request.urlopen('https://example.org/a')\n"
#: Goes on for tens of seconds, and for ever less than a limit.
LONG = (
    SETUP + "".join(f"def f{n}(x):\n    f{n + 1}(x + 'a')\n    f{n + 1}(x + 'b')\n" for n in range(40)) + "def f40(x):\n    pass\nf0('')\n"
)
posix = pytest.mark.skipif(sys.platform == "win32", reason="signals and devices of POSIX")
needs_full = pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "setup.py").write_text(SETUP)
    return folder


def environment(**more: str) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": SOURCE, "PYTHONDONTWRITEBYTECODE": "1", **more}


def start(*words: str | Path, cwd: Path, **more: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "offlint", *map(str, words)],
        cwd=cwd,
        env=environment(**more),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


@posix
@pytest.mark.parametrize("seconds", [0.3, 0.6, 1.5])
def test_ctrl_c_leaves_nothing_behind(seconds: float, project: Path, tmp_path: Path) -> None:
    (project / "setup.py").write_text(LONG)
    (tmp_path / "out").mkdir()
    running = start(
        "check", "-f", "sarif", "-o", tmp_path / "out" / "x.sarif", "--report", f"json={tmp_path / 'out' / 'x'}", ".", cwd=project
    )
    time.sleep(seconds)
    running.send_signal(signal.SIGINT)
    out, err = running.communicate(timeout=30)
    if running.returncode != 130:  # a machine so quick that it was over, or so slow that Python itself had not begun
        assert running.returncode in {0, 1, -signal.SIGINT}
        pytest.skip("the signal came at another time")
    assert (out, err.strip()) == ("", "")  # click ends the line on which ^C stands
    for file in (tmp_path / "out").iterdir():  # one may have been written before the signal came, but none in part
        assert json.loads(file.read_text(encoding="utf-8"))


def test_ctrl_c_while_it_loads(monkeypatch: pytest.MonkeyPatch) -> None:
    from offlint import __main__ as program

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.delitem(sys.modules, "offlint.cli", raising=False)
        patch.setattr("builtins.__import__", interrupted)
        with pytest.raises(SystemExit) as stopped:
            program.run()
    assert stopped.value.code == 130


def test_ctrl_c_while_a_file_is_written(tmp_path: Path) -> None:
    from offlint.formats.output import write_file

    (tmp_path / "x").write_text("old")

    def pieces() -> object:
        yield "new"
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_file(tmp_path / "x", pieces())  # type: ignore[arg-type] # a generator
    assert [(one.name, one.read_text()) for one in tmp_path.iterdir()] == [("x", "old")]


@posix
@pytest.mark.parametrize("words", ["check", "check -f sarif", "inventory -f json", "offline -f shell", "rules"])
def test_a_closed_pipe_ends_quietly(words: str, project: Path) -> None:
    running = start(*words.split(), cwd=project)
    assert running.stdout is not None
    running.stdout.close()
    assert running.stderr is not None
    assert running.stderr.read() == ""
    assert running.wait(30) in {0, 1}


@needs_full
@pytest.mark.parametrize("words", ["check", "check -f sarif", "inventory", "offline", "diff . .", "rules", "--help"])
def test_a_full_disk_is_one_line(words: str, project: Path) -> None:
    with Path("/dev/full").open("w") as full:
        command = [sys.executable, "-m", "offlint", *words.split()]
        done = subprocess.run(command, cwd=project, env=environment(), stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith("offlint: ")
    assert done.stderr.count("\n") == 1
    assert "No space left" in done.stderr
    assert "internal error" not in done.stderr


@posix
def test_without_a_home_and_a_temporary_folder(project: Path, tmp_path: Path) -> None:
    nowhere = str(tmp_path / "nowhere")
    for more in ({"HOME": nowhere, "TMPDIR": nowhere, "XDG_CACHE_HOME": nowhere}, {"HOME": os.devnull, "XDG_CACHE_HOME": os.devnull}):
        running = start("check", "-o", tmp_path / "out.txt", ".", cwd=project, **more)
        out, err = running.communicate(timeout=60)
        assert (running.returncode, out) == (1, "")
        assert err.startswith("offlint: project: build online")
    bare = {name: value for name, value in environment().items() if name in {"PATH", "PYTHONPATH", "LD_LIBRARY_PATH"}}
    done = subprocess.run([sys.executable, "-m", "offlint", "."], cwd=project, env=bare, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (1, "")


def shell(command: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """The command, whose ``$0`` is this Python."""
    words = ["sh", "-c", command, sys.executable]
    return subprocess.run(words, cwd=cwd, env=environment(), capture_output=True, text=True, check=False)


@posix
@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_streams_that_are_closed(closed: str, project: Path) -> None:
    for words, code in ((".", 1), ("missing", 2)):
        command = f'"$0" -m offlint {words} {closed}'
        done = shell(command, project)
        assert done.returncode == code
        assert "Traceback" not in done.stderr
        assert "internal error" not in done.stderr


@posix
def test_a_folder_that_is_gone(tmp_path: Path) -> None:
    command = 'mkdir gone && cd gone && rmdir ../gone && exec "$0" -m offlint .'
    done = shell(command, tmp_path)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1), done.stderr
    assert done.stderr.startswith("offlint: ")
    assert "internal error" not in done.stderr
