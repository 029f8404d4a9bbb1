"""Does each format write what its snapshot shows?"""

from __future__ import annotations

import json
import re

import pytest
from format_samples import access, clean, report, rules, same_as_snapshot

from offlint.formats import registry
from offlint.formats.base import Options, visible
from offlint.formats.facts import short_trail
from offlint.model.access import TrailStep
from offlint.model.report import Report
from offlint.model.span import Span
from offlint.model.words import Level

FORMATS = {**registry.CHECK, "table": registry.INVENTORY["table"], "inventory": registry.INVENTORY["json"]}


def rendered(name: str, *reports: Report, **options: object) -> str:
    return registry.render(FORMATS[name], reports, Options(rules=rules(), **options))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("snapshot", "name", "options"),
    [
        ("text.txt", "text", {}),
        ("text-verbose.txt", "text", {"verbose": True}),
        ("text-quiet.txt", "text", {"quiet": True}),
        ("github.txt", "github", {}),
        ("gitlab.json", "gitlab", {}),
        ("page.md", "markdown", {}),
        ("table.txt", "table", {}),
        ("table-verbose.txt", "table", {"verbose": True}),
        ("check.json", "json", {}),
        ("inventory.json", "inventory", {}),
        ("log.sarif", "sarif", {}),
    ],
)
def test_snapshots(snapshot: str, name: str, options: dict[str, object]) -> None:
    text = rendered(name, report(), **options)
    assert same_as_snapshot(text, snapshot)
    assert text == rendered(name, report(), **options)


@pytest.mark.parametrize("options", [{}, {"verbose": True}, {"quiet": True}], ids=str)
def test_terminal_snapshots(options: dict[str, object], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    text = rendered("text", report(), terminal=True, width=100, **options)
    assert same_as_snapshot(re.sub(r"\x1b\[[\d;]*m", "", text), f"terminal{'-'.join(['', *options])}.txt")


def test_color_is_for_the_environment_to_say(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert "\x1b[1;31m" in rendered("text", report(), terminal=True)
    monkeypatch.setenv("NO_COLOR", "1")
    assert not re.search(r"\x1b\[[\d;]*3\dm", rendered("text", report(), terminal=True))


@pytest.mark.parametrize("name", [*FORMATS, "terminal"])
def test_nothing_of_the_project_reaches_the_terminal_raw(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    terminal = name == "terminal"
    text = rendered("text" if terminal else name, report(), verbose=True, terminal=terminal)
    assert "\u202e" not in text
    assert "\x1b[31m" not in text
    assert "secret" not in text


@pytest.mark.parametrize("name", FORMATS)
def test_a_clean_project(name: str) -> None:
    text = rendered(name, clean())
    assert text.endswith("\n") or not text
    assert "error" not in text


def test_clean_text() -> None:
    assert rendered("text", clean()) == "".join(f"{phase:5}  offline  no access found\n" for phase in ("build", "test", "docs")) + (
        "nothing to report\n"
    )


def test_several_projects_are_told_apart() -> None:
    reports = (report("a"), report("b"))
    text = rendered("text", *reports, quiet=True)
    assert text.splitlines()[0].startswith("a/setup.py:8:29: error OFL107")
    assert text.splitlines()[-1].startswith("b/setup.py:8:29: warning OFL201")
    assert [one["project"]["root"] for one in json.loads(rendered("json", *reports))["projects"]] == ["a", "b"]
    assert "file=b/setup.py" in rendered("github", *reports)


def test_notes_are_shown_where_they_count() -> None:
    assert "OFL304" in rendered("text", report(), fail_on=Level.NOTE)
    assert "OFL304" not in rendered("text", report())


def test_inventory_keys_are_the_contract() -> None:
    whole = json.loads(rendered("inventory", report()))
    assert list(whole) == ["offlint", "schema", "project", "phases", "switches", "accesses", "not_analysed"]
    keys = "file line column end_line phase surface kind api url url_exact reach guard integrity trail confidence rules"
    assert " ".join(whole["accesses"][0]) == keys
    assert list(whole["accesses"][0]["guard"]) == ["state", "switch", "flaws", "evidence"]
    assert list(whole["accesses"][0]["integrity"]) == ["state", "algorithm", "expected", "flaws", "evidence"]
    assert list(whole["switches"][0]) == ["name", "kind", "set", "effect", "stops"]


def test_github_escapes() -> None:
    from dataclasses import replace

    one = report().findings[2]
    odd = replace(one, message="50 %\n::error::x", span=replace(one.span, file="a,b:c%.py"))
    line = rendered("github", replace(report(), findings=(odd,)))
    assert line == "::error file=a%2Cb%3Ac%25.py,line=8,endLine=10,title=OFL107 access-on-import::50 %25\\n::error::x Move it.\n"


def test_long_trails_keep_their_ends() -> None:
    from dataclasses import replace

    steps = tuple(TrailStep(Span("a.py", line), f"step {line}") for line in range(1, 8))
    assert short_trail(replace(access(), trail=steps)) == "a.py:1 step 1 > a.py:2 step 2 > … 4 more … > a.py:7 step 7"


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("plain", "plain"),
        ("häh 🌍 日本", "häh 🌍 日本"),
        ("\x1b[2J\x07\x9b", "\\x1b[2J\\x07\\x9b"),
        ("a\u202eb\u2066\u200b\ufeff", "a\\u202eb\\u2066\\u200b\\ufeff"),
        ("a\nb\r\tc\u2028", "a\\nb\\r\\tc\\u2028"),
        ("\udc80\U000e0041", "\\udc80\\U000e0041"),
    ],
)
def test_hidden_characters_become_visible(text: str, seen: str) -> None:
    assert visible(text) == seen
    assert visible(seen) == seen


def test_what_several_programs_come_to_alike_is_one_row() -> None:
    from dataclasses import replace

    own = report()
    first, second = own.accesses
    tests = [replace(second, program=f"tests/test_{name}.py::test_it") for name in "ab"]
    rules = dict.fromkeys(range(4), own.rules[1])
    many = replace(own, accesses=(first, *tests, replace(second, program="c", url="https://example.org/other")), rules=rules)
    lines = [line for line in rendered("table", many).splitlines() if line.startswith("setup.py:8")]
    assert [line.split("  ")[0] for line in lines] == ["setup.py:8 \N{MULTIPLICATION SIGN} 2", "setup.py:8"]
    assert "setup.py:8 urllib.request.urlopen by tests/test_b.py::test_it" in rendered("table", many, verbose=True)


@pytest.mark.parametrize(
    ("switch", "kind", "value", "said"),
    [
        ("NO_NETWORK", "env", "1", "NO_NETWORK=1"),
        ("HOME", "env", "a folder", "HOME (a folder)"),
        ("--offline", "option", "True", "--offline"),
        ("--fetch", "option", "False", "--fetch (False)"),
        ("-m 'not network'", "pytest", "False", "-m 'not network'"),
        ("--x", "option", None, "--x"),
    ],
)
def test_switches_in_words(switch: str, kind: str, value: str | None, said: str) -> None:
    from offlint.formats.facts import switch_words
    from offlint.model.access import Guard
    from offlint.model.words import GuardState

    assert switch_words(Guard(GuardState.OPT_OUT, switch, kind, value)) == said
