"""Does sarif-tools, which others use on SARIF files, read ours? Run by ``nox -s services``; skipped where it is not installed."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from format_samples import CONF, SETUP, report, rules

from offlint.formats.base import Options
from offlint.formats.sarif import render
from offlint.model.report import Report

pytest.importorskip("sarif.cmdline", reason="needs sarif-tools")

FILES = {"setup.py": SETUP, "docs/conf.py": CONF, "old.py": "print 1\n"}


def written(path: Path, own: Report) -> str:
    path.write_text(render([own], Options(rules=rules(), data=lambda _index, file: FILES[file].encode())), encoding="utf-8")
    return str(path)


def sarif(*words: str) -> str:
    code = "import sys; from sarif.cmdline.main import main; sys.exit(main())"
    done = subprocess.run([sys.executable, "-c", code, *words], capture_output=True, text=True, encoding="utf-8", timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_summary(tmp_path: Path) -> None:
    said = sarif("summary", written(tmp_path / "a.sarif", report()))
    for level in ("error", "warning", "note"):
        assert f"\n{level}: 1\n" in f"\n{said}"
    assert "OFL201" in said


def test_csv(tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    sarif("csv", "-o", str(out), written(tmp_path / "a.sarif", report()))
    with out.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {(row["Severity"], row["Code"], row["Location"], row["Line"]) for row in rows} == {
        ("error", "OFL107", "setup.py", "8"),
        ("warning", "OFL201", "setup.py", "8"),
        ("note", "OFL304", "docs/conf.py", "1"),
    }


def test_html(tmp_path: Path) -> None:
    out = tmp_path / "out.html"
    sarif("html", "-o", str(out), written(tmp_path / "a.sarif", report()))
    page = out.read_text(encoding="utf-8")
    assert "OFL107" in page
    assert "secret" not in page


def test_diff(tmp_path: Path) -> None:
    own = report()
    old = written(tmp_path / "old.sarif", own)
    fewer = written(tmp_path / "new.sarif", replace(own, findings=own.findings[:3]))
    out = tmp_path / "diff.json"
    sarif("diff", "-o", str(out), old, fewer)
    found = json.loads(out.read_text(encoding="utf-8"))
    assert (found["all"]["+"], found["all"]["-"]) == (0, 1)
    assert found["error"]["+"] == found["note"]["+"] == 0
