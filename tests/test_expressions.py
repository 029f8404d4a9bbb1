"""Do the program's regular expressions take time that grows with the text, and not faster?

``fuzz/expressions.py`` makes such texts for every expression; here are those for which one once took too long, and some by hand.
"""

from __future__ import annotations

import importlib
import re
import time

import pytest
from expressions import compiled, used

LONG = 40_000
SECONDS = 2.0  # where time grew with the square, these took minutes


@pytest.mark.parametrize(
    ("name", "before", "again", "end"),
    [
        ("findings.comments._ONLY_COMMENT", "", " ", "\0"),
        ("findings.comparison._NUMBERS", "", "7", "\0"),
        ("findings.messages._LOOSE", "", " ", "\0"),
        ("findings.messages._LOOSE", "a", " ", "b"),
        ("findings.redact._USER", "AA://", "a", ""),
        ("findings.redact._USER", "", "a.", "://"),
        ("findings.redact._QUERY", "", "?key=", ""),
        ("flow.formatting._PERCENT", "%(a)", "0", ""),
        ("flow.urls._NAMED", " self.a :a=", " ", ""),
        ("flow.shell.foreign._TELLS", "console.", "a", ""),
        ("flow.shell.foreign._TELLS", "", "echo ", ""),
        ("judge.commands._VERSION", "-", "7", "\0"),
        ("judge.commands._VERSION", "", "-7.", "\0"),
        ("formats.terminal._TRAILING", "", " ", "\0"),
        ("lower.makefile._ASSIGN", " override a", "$(a)a", ""),
        ("lower.makefile._ASSIGN", "", "$(", ""),
        ("lower.makefile._DEFINE", " override define a", " ", "\0"),
        ("lower.makefile._RULE", "aa", " ", ""),
        ("rulebook.reader.TITLE", " # aa", " ", "\0"),
        ("rulebook.reader.FENCE", "", "`", " \n!"),
        ("rulebook.reader.HEADING", "## aa ", "#", "\0"),
        ("rulebook.reader.TABLE", " [", " ", ""),
        ("rulebook.reader.MARK", "# expect:", " ", "\0"),
        ("rulebook.reader.ALMOST", "# aaaa:", " ", "\0"),
        ("surfaces.makefile._VARIABLE", " export Aa ?= a", " ", "\0"),
        ("surfaces.makefile._RULE", "a", " ", ""),
        ("surfaces.shipped._LINK", "Project-URL:", " ", ""),
        ("surfaces.shipped._LINK", "Project-URL:", "doc", ""),
        ("model.toml_._LONG_KEY", "", "a.", ""),
        ("model.toml_._LONG_KEY", "", "a", ""),
        ("model.toml_._LONG_KEY", "", '"', ""),
        ("model.toml_._LONG_KEY", "", "a ", "."),
        ("lower.pieces._FENCE", " ``` {a} a", " ", "\0"),
        ("lower.pieces._DIRECTIVE", " .. a:: a", " ", "\0"),
        ("lower.pieces._OPTION", " :a: a", " ", "\0"),
        ("lower.pieces._SHELL", "", " ", ""),
        ("project.provenance._URL", " url = a", " ", "\0"),
        ("lower.pieces._PROMPT", "", " ", "x"),
        ("lower.python._TOKEN", "", "'", ""),
        ("lower.python._OLD_STATEMENT", "", "\n", ""),
        ("lower.python._OLD_STATEMENT", "", "print ", ""),
        ("formats.base._HIDDEN", "", "\x1b", ""),
        ("formats.base._COMMAND", "", " \t", ":"),
        ("project.tree._TOML_PLACE", "", " (at line 1", ""),
    ],
)
def test_time_grows_with_the_text(name: str, before: str, again: str, end: str) -> None:
    module, _, own = name.rpartition(".")
    pattern: re.Pattern[str] = compiled(getattr(importlib.import_module(f"offlint.{module}"), own))
    text = before + again * (LONG // len(again)) + end
    begun = time.process_time()
    for method in used(name):
        if method == "search":
            sum(1 for _ in pattern.finditer(text))
        else:
            getattr(pattern, method)(text)
    assert time.process_time() - begun < SECONDS
