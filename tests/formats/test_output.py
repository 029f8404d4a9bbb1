"""Is output written whole, and does it survive streams that are odd?"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from offlint.formats.output import write_file


def process(code: str, **environment: str) -> subprocess.Popen[bytes]:
    path = os.pathsep.join(sys.path)
    return subprocess.Popen(
        [sys.executable, "-c", f"import sys; from offlint.formats.output import write_stdout; {code}"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": path, **environment},
    )


def test_writing_is_all_or_nothing(tmp_path: Path) -> None:
    file = tmp_path / "out.txt"
    file.write_text("old")
    file.chmod(0o640)
    with pytest.raises(UnicodeEncodeError):
        write_file(file, "new \ud800")
    assert file.read_text() == "old"
    write_file(file, "new\n")
    assert file.read_bytes() == b"new\n"
    assert file.stat().st_mode & 0o777 == 0o640
    assert [one.name for one in tmp_path.iterdir()] == ["out.txt"]


def test_writing_through_a_link_keeps_the_link(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("real")
    write_file(tmp_path / "link", "x")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_text() == "x"


def test_a_closed_pipe_is_quiet() -> None:
    with process("write_stdout('x' * 10**6, utf8=True); sys.exit(3)") as writer:
        assert writer.stdout is not None
        assert writer.stderr is not None
        writer.stdout.close()
        assert writer.stderr.read() == b""
    assert writer.returncode == 3


def test_a_stream_that_is_not_utf8() -> None:
    with process(r"write_stdout('\xe4 \u2014 \U0001f30d\n', utf8=False)", PYTHONIOENCODING="ascii", PYTHONUTF8="0") as writer:
        assert writer.communicate() == (b"\\xe4 \\u2014 \\U0001f30d\n", b"")


def test_what_must_be_utf8_is() -> None:
    with process(r"write_stdout('\xe4', utf8=True)", PYTHONIOENCODING="ascii", PYTHONUTF8="0") as writer:
        assert writer.communicate() == (b"\xc3\xa4", b"")
