"""Are the limits that docs/security.md promises those of the code?"""

from __future__ import annotations

from pathlib import Path

import pytest

from offlint.flow import machine
from offlint.lower import makefile, python, shell
from offlint.model import toml_
from offlint.project import limits

PAGE = (Path(__file__).parent.parent / "docs" / "security.md").read_text(encoding="utf-8")
ROWS = {what.strip(): most.strip() for what, most in (line.split("|")[1:3] for line in PAGE.splitlines() if line.count("|") == 4)}


@pytest.mark.parametrize(
    ("what", "most"),
    [
        ("files, folders and links in a tree", f"{limits.MEMBERS:,}"),
        (
            "unpacked from one archive, all reading together",
            f"{limits.RATIO} times its size, at least {limits.size(limits.SMALL)}, at most {limits.size(limits.READ)}",
        ),
        ("one file that is read as text", limits.size(limits.TEXT)),
        ("one file that is read as bytes", limits.size(limits.FILE)),
        ("one header in a tar file", limits.size(limits.HEADER)),
        ("the directory of a zip file", limits.size(limits.DIRECTORY)),
        ("memory that unpacking xz may take", limits.size(limits.DICTIONARY)),
        ("members of a compressed archive kept in memory", limits.size(limits.KEPT)),
        ("a path, or a link's target", f"{limits.NAME:,} characters"),
        ("folders above a file", str(limits.DEPTH)),
        ("all paths of a tree", f"{limits.NAMES // limits.MIB} million characters"),
        ("links in a tree", f"{limits.LINKS:,}"),
        ("problems that are listed one by one", f"{limits.PROBLEMS:,}"),
        ("brackets within each other, levels of indentation in Python", f"{python.MAX_BRACKETS}, {python.MAX_INDENT}"),
        ("parts of one dotted key in TOML", str(toml_.MOST_PARTS)),
        ("a shell script, a Makefile", f"{shell.MAX_SCRIPT // 10**6} MB"),
        ("steps of the evaluation of one run", f"{machine.MAX_STEPS:,}"),
    ],
)
def test_a_limit_is_what_is_said(what: str, most: str) -> None:
    assert ROWS[what] == most


def test_scripts_and_makefiles_have_one_limit() -> None:
    assert shell.MAX_SCRIPT == makefile.MAX_MAKEFILE


def test_each_test_that_is_named_is_there() -> None:
    root = Path(__file__).parent.parent
    named = {word.strip("`") for word in PAGE.replace("|", " ").split() if word.startswith(("`tests/", "`fuzz/"))}
    named = {word.rstrip("`,.;") for word in named}
    assert named
    assert [name for name in sorted(named) if not (root / name).exists()] == []
