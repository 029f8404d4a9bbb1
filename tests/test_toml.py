"""Where do the keys of a TOML configuration stand, and how long does it take to say so?"""

from __future__ import annotations

import time

import pytest

from offlint.lower.toml_ import lower_toml
from offlint.model import step as s


@pytest.mark.parametrize(
    "text",
    [
        "".join(f"key{number} = {number}\n" for number in range(12_000)),
        "nav = [" + ",\n".join(f'"a word {number} a"' for number in range(12_000)) + "]\n",
        "nav = [" + ",".join('"-a b-"' for _ in range(12_000)) + "]\n",
        "nav = [" + ",".join("['!?']" for _ in range(12_000)) + "]\n",
    ],
    ids=["keys", "texts", "the same", "no words"],
)
def test_places_are_found_in_linear_time(text: str) -> None:
    started = time.process_time()
    lower_toml("[project]\n" + text, "zensical.toml")
    assert time.process_time() - started < 5


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('[tool]\nnav = 1\n[project]\nnav = ["a"]\n', 4),
        ('[project]\n  # nav = ["b"]\nnav = ["a"]\n', 3),
        ('[project]\nx-nav = 1 # nav\n"nav" = ["a"]\n', 3),
        ('project.nav = ["a"]\n', 1),
        ('[project]\nx = "nav.nav-b"\n"\\u006eav" = ["a"]\n', 2),  # it is not written as it is read: where it seems to be
    ],
)
def test_a_key_stands_where_it_is_written(text: str, line: int) -> None:
    lines = [
        step.span.line
        for step in lower_toml(text, "zensical.toml").body
        if isinstance(step, s.Assign) and step.span and step.targets == (s.Name("nav"),)
    ]
    assert lines == [line]
