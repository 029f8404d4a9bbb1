"""Do patterns mean the files that git's would, and never take long?"""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offlint.findings.patterns import matcher


@pytest.mark.parametrize(
    ("pattern", "meant", "others"),
    [
        ("conf.py", ["conf.py", "docs/conf.py", "conf.py/x"], ["conf.pyc", "aconf.py", "Conf.py"]),
        ("/conf.py", ["conf.py"], ["docs/conf.py"]),
        ("docs/conf.py", ["docs/conf.py"], ["a/docs/conf.py"]),
        ("**/docs/conf.py", ["docs/conf.py", "a/b/docs/conf.py"], ["docs/a/conf.py"]),
        ("docs/**/conf.py", ["docs/conf.py", "docs/a/b/conf.py"], ["docs/conf"]),
        ("tests/", ["tests/a", "a/tests/b/c"], ["tests", "a/tests"]),
        ("/tests/", ["tests/a"], ["a/tests/b"]),
        ("tests/**", ["tests/a", "tests/a/b"], ["tests", "a/tests/b"]),
        ("tests/*.py", ["tests/a.py", "tests/a.py/b"], ["tests/a/b.py"]),
        ("*.py", ["a.py", "a/b.py"], ["a.pyx"]),
        ("a?c", ["abc"], ["ac", "a/c"]),
        ("[ab]", ["a", "x/b"], ["c"]),
        ("[!ab]", ["c"], ["a"]),
        ("[^ab]", ["c"], ["a"]),
        (r"\*", ["*"], ["a"]),
        (r"\#a", ["#a"], ["a"]),
        ("**", ["a", "a/b"], []),
        ("a b", ["a b"], ["a"]),
        ("  a  ", ["a"], ["  a  "]),
    ],
)
def test_what_is_meant(pattern: str, meant: list[str], others: list[str]) -> None:
    means = matcher(pattern)
    assert [path for path in meant if not means(path)] == []
    assert [path for path in others if means(path)] == []


@pytest.mark.parametrize("pattern", ["", "  ", "/", "//", "!a", "# a", "a\0b", "a" * 1001])
def test_what_means_nothing(pattern: str) -> None:
    with pytest.raises(ValueError, match=r"matches nothing|is longer than"):
        matcher(pattern)


@pytest.mark.parametrize("pattern", ["*a" * 200 + "b", "**/" * 300 + "x", "**/a/" * 150 + "x", "?*" * 300, "[" * 900])
def test_no_pattern_takes_long(pattern: str) -> None:
    begun = time.process_time()
    means = matcher(pattern)
    for path in ("a" * 250, "a/" * 500 + "y", "/".join(["a" * 200] * 20)):
        means(path)
    assert time.process_time() - begun < 2


NAMES = st.text("ab*?/.", min_size=1, max_size=8).filter(lambda text: text.strip("/") and "//" not in text and "***" not in text)
PATHS = st.lists(st.text("ab.", min_size=1, max_size=3).filter(lambda name: name.strip(".")), min_size=1, max_size=4).map("/".join)


@given(pattern=NAMES, path=PATHS)
def test_the_same_is_meant_as_by_another_implementation(pattern: str, path: str) -> None:
    pathspec = pytest.importorskip("pathspec")
    assert matcher(pattern)(path) == pathspec.GitIgnoreSpec.from_lines([pattern]).match_file(path)
