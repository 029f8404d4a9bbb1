"""Is what the paths name what was meant, and is it said where it may not be?"""

from __future__ import annotations

from pathlib import Path

import pytest

from offlint.project.archive import ENDINGS
from offlint.targets import ARCHIVES, Target, find_targets, undeclared


def test_every_archive_that_can_be_read_is_taken_for_one(tmp_path: Path) -> None:
    assert set(ARCHIVES) == set(ENDINGS)
    path = tmp_path / "spam-1.0.txz"
    path.touch()
    assert find_targets([str(path)], ()) == ([Target(str(path), None)], [])


def test_a_wheel_is_no_source(tmp_path: Path) -> None:
    path = tmp_path / "spam-1.0-py3-none-any.whl"
    path.touch()
    assert find_targets([str(path)], ()) == ([], [f"{path}: is built already; offlint reads source distributions"])


@pytest.mark.parametrize("name", ["pyproject.toml", "setup.py", "setup.cfg"])
def test_a_folder_that_declares_no_project_is_asked_about(tmp_path: Path, name: str) -> None:
    told = undeclared(Target(str(tmp_path), tmp_path))
    assert told == f"{tmp_path}: holds no pyproject.toml, setup.py or setup.cfg; is this the folder of the project?"
    assert undeclared(Target(str(tmp_path), tmp_path, {"a.py"})) is None
    assert undeclared(Target("spam-1.0.tar.gz", None)) is None
    (tmp_path / name).touch()
    assert undeclared(Target(str(tmp_path), tmp_path)) is None
