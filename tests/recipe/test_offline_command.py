"""Does ``offlint offline`` answer on the command line, with the exit status that it promises?"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from offlint.cli import main
from offlint.recipe.registry import FORMATS

FONTS = "https://downloads.example.org/fonts-4.2.tar.gz"
SAMPLES = Path(__file__).resolve().parent.parent.parent / "samples"


def offlint(*arguments: str | Path) -> int:
    with pytest.raises(SystemExit) as stopped:
        main([str(one) for one in arguments])
    assert isinstance(stopped.value.code, int)
    return stopped.value.code


@pytest.mark.parametrize(
    ("sample", "code", "build"),
    [
        ("guarded", 0, "needs NO_NETWORK=1 set and src/guarded/fonts in place"),
        (
            "unguarded", 1,
            f"cannot be built offline: buildtools/fetch.py:9 urllib.request.urlopen reaches {FONTS}, and nothing stops it",
        ),
        ("docs-inventory", 0, "builds offline"),
    ],
)  # fmt: skip
def test_the_exit_status_says_whether_it_can_be_done(sample: str, code: int, build: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert offlint("offline", "--format", "json", SAMPLES / sample) == code
    whole = json.loads(capsys.readouterr().out)
    assert whole["phases"]["build"]["says"] == build
    assert whole["possible"] is (code == 0)


def test_only_the_wanted_phases_count(capsys: pytest.CaptureFixture[str]) -> None:
    assert offlint("offline", SAMPLES / "test-fixture") == 1
    assert offlint("offline", "--phase", "build,docs", SAMPLES / "test-fixture") == 0
    assert "tests run" not in capsys.readouterr().out.rpartition("build:")[2]


def test_several_projects_are_a_table(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(SAMPLES)
    assert offlint("offline", "guarded", "unguarded") == 1
    assert [line.split("  ")[0] for line in capsys.readouterr().out.splitlines()] == ["PROJECT", "guarded", "unguarded"]
    assert offlint("offline", "--format", "json", "guarded", "unguarded") == 1
    assert [one["project"]["root"] for one in json.loads(capsys.readouterr().out)["projects"]] == ["guarded", "unguarded"]
    assert offlint("offline", "--verbose", "guarded", "unguarded") == 1
    assert capsys.readouterr().out.count("\nbuild: ") == 2


def test_what_cannot_be_read_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "x.tar.gz").write_bytes(b"no archive")
    assert offlint("offline", tmp_path / "x.tar.gz", SAMPLES / "guarded") == 2
    out, err = capsys.readouterr()
    assert len(err.splitlines()) == 1
    assert "fonts" in out
    assert offlint("offline", tmp_path / "none") == 2
    assert offlint("offline", "--format", "rpm", SAMPLES / "guarded") == 2


def test_a_workflow_obeys_nothing_of_it(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "::error::spam"\nversion = "1"\n')
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    offlint("offline", tmp_path)
    assert capsys.readouterr().out.startswith("\\x3a:error::spam 1")


def test_a_single_file_makes_no_recipe(capsys: pytest.CaptureFixture[str]) -> None:
    assert offlint("offline", SAMPLES / "guarded" / "setup.py") == 2
    out, err = capsys.readouterr()
    assert (out, err.endswith("setup.py: a recipe is made of a folder or a source distribution\n")) == ("", True)


@pytest.mark.parametrize("name", FORMATS)
def test_every_form_goes_to_a_file(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert offlint("offline", "--format", name, "--output", tmp_path / "out", SAMPLES / "guarded") == 0
    assert capsys.readouterr().out == ""
    assert "downloads.example.org/fonts-4.2.tar.gz" in (tmp_path / "out").read_text(encoding="utf-8")


def test_the_bill_is_a_format_of_the_inventory(capsys: pytest.CaptureFixture[str]) -> None:
    assert offlint("inventory", "--format", "cyclonedx", SAMPLES / "guarded") == 0
    assert json.loads(capsys.readouterr().out)["bomFormat"] == "CycloneDX"
