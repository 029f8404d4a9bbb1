"""Do the formats for GitHub and GitLab keep inside what these take, and can a project's text be taken for markup or a command?"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from format_samples import clean, report, rules
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from offlint.formats import registry
from offlint.formats.base import Options, shown
from offlint.formats.delivery import deliver
from offlint.formats.github import MOST
from offlint.formats.markdown import MOST_BYTES, code
from offlint.formats.stream import WriteError
from offlint.model.report import Finding, Report, Switch
from offlint.model.span import Span
from offlint.model.words import Level

HOSTILE = [
    "a | b || c",
    "`", "``a`b``", "\\", "\\|", "a\\", "*a* _b_ ~~c~~ **d**", "<b>x</b><!--", "</code></td>", "<script>", "&lt; &amp;",
    "[a](https://e.org) ![b](c)", "https://e.org www.e.org a@e.org @user #1", "# head", "- item", "> quote", "1. x", "---", " ",
    "  a  ", "",
    "a\n\n## b\n| c |", "$x$ :smile:", "::error::x", "##[error]x", "%0A::error::x", "\u202e\x1b[31m",
]  # fmt: skip


def rendered(name: str, *reports: Report, **options: Any) -> str:
    return registry.render(registry.CHECK[name], reports, Options(rules=rules(), **options))


def many(counts: dict[Level, int]) -> Report:
    found = [
        Finding(
            "OFL101", "unguarded-access", level, f"{level} {number}.", "", Span("a.py", number + 1, 1, number + 1, 4), fingerprint="same"
        )
        for number in range(max(counts.values()))
        for level, count in counts.items()
        if number < count
    ]
    return replace(clean(), findings=tuple(reversed(found)))


# annotations


def test_no_more_annotations_than_are_shown_and_the_worst_first() -> None:
    lines = rendered("github", many({Level.NOTE: 3, Level.WARNING: 13, Level.ERROR: 11})).splitlines()
    commands = [line.split()[0] for line in lines if line.startswith("::")]
    assert commands == ["::error"] * MOST + ["::warning"] * MOST + ["::notice"] * 3
    assert lines[len(commands)] == "Not annotated, as GitHub shows 10 of each kind a step: 1 error, 3 warnings"
    assert [line.split(": ")[1].split()[0] for line in lines[len(commands) + 1 :]] == ["error", "warning", "warning", "warning"]


def test_nothing_is_said_of_a_limit_that_is_kept() -> None:
    assert len(rendered("github", many({Level.ERROR: MOST})).splitlines()) == MOST
    assert rendered("github", clean()) == ""


@pytest.mark.parametrize("text", HOSTILE)
def test_a_line_of_the_log_is_no_command(text: str) -> None:
    one = many({Level.ERROR: 11})
    odd = replace(one.findings[-1], message=text, span=replace(one.findings[-1].span, file=text or "a.py"))
    lines = rendered("github", replace(one, findings=(*one.findings[:-1], odd))).splitlines()
    assert len(lines) == MOST + 2
    assert lines[-1].startswith("- ")
    assert "##[" not in lines[-1]


@pytest.mark.parametrize("text", HOSTILE)
def test_text_in_a_workflow_is_no_command(text: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    one = report().findings[2]
    odd = replace(report(), findings=(replace(one, message=text, span=replace(one.span, file=text or "a.py")),))
    plain = rendered("text", odd)
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    deliver([odd], Options(rules=rules()), "text", None)
    said = capsys.readouterr().out
    assert not [line for line in said.splitlines() if line.lstrip().startswith("::") or "##[" in line]
    assert said == plain or "::" in text or "##[" in text
    monkeypatch.delenv("GITHUB_ACTIONS")
    deliver([odd], Options(rules=rules()), "text", None)
    assert capsys.readouterr().out == plain


# Code Quality


def test_gitlab_gets_what_it_documents() -> None:
    found = json.loads(rendered("gitlab", report()))
    assert len(found) == sum(not one.suppressed for one in report().findings)
    for one in found:
        assert list(one) == ["description", "check_name", "fingerprint", "severity", "location"]
        assert one["severity"] in {"info", "minor", "major", "critical", "blocker"}
        assert list(one["location"]) == ["path", "lines"]
        assert isinstance(one["location"]["lines"]["begin"], int)
        assert not one["location"]["path"].startswith(("/", "./"))
        assert "\n" not in one["description"]
    assert rendered("gitlab", clean()) == "[]\n"
    assert rendered("gitlab", report()).isascii()


def test_gitlab_fingerprints_are_unique_and_stay_where_lines_move() -> None:
    def prints(*reports: Report) -> list[str]:
        return [one["fingerprint"] for one in json.loads(rendered("gitlab", *reports))]

    own = report()
    moved = tuple(replace(one, span=replace(one.span, line=one.span.line + 5, end_line=one.span.end_line + 5)) for one in own.findings)
    assert prints(own) == prints(replace(own, findings=moved))
    assert max(Counter(prints(report("a"), report("b"), many({Level.ERROR: 20}))).values()) == 1


def test_gitlab_gets_no_lone_surrogates() -> None:
    one = report().findings[2]
    odd = replace(one, span=replace(one.span, file="a\udcff.py"), message="b\udcff")
    (found,) = json.loads(rendered("gitlab", replace(report(), findings=(odd,))))
    assert (found["location"]["path"], found["description"]) == ("a?.py", "b\\udcff Move it.")


def test_files_are_named_from_the_repositorys_root() -> None:
    own = report()
    below = replace(own, project=replace(own.project, way="packages/spam/"))
    assert {one["location"]["path"].partition("/")[0] for one in json.loads(rendered("gitlab", below))} == {"packages"}
    assert "file=packages/spam/setup.py" in rendered("github", below)
    assert "`packages/spam/setup.py:8" in rendered("markdown", below)


# Markdown

READ = MarkdownIt("commonmark").enable("table")


def cells(text: str) -> list[list[str]]:
    """The table's rows as a Markdown reader sees them: the texts of cells, each of which must hold code only."""
    rows: list[list[str]] = []
    for token in READ.parse(text):
        if token.type == "tr_open":
            rows.append([])
        elif token.type == "inline" and rows:
            inner = "".join(child.content for child in token.children or ())
            kinds = {child.type for child in token.children or ()} - {"code_inline", "text", "text_special", "html_inline"}
            assert not kinds, (kinds, token.content)
            rows[-1].append(inner.removeprefix("<code>").removesuffix("</code>"))
    return rows


def as_code(text: str) -> str:
    return f"| a | b |\n| --- | --- |\n| {code(text)} | {code('b')} |\n"


@pytest.mark.parametrize("text", HOSTILE)
def test_code_shows_the_text_and_nothing_else(text: str) -> None:
    head, body = cells(as_code(text))
    assert head == ["a", "b"]
    assert body == [shown(text), "b"]


@given(st.text(st.sampled_from("`|\\<>&*_[]()!#@~:/.- \n\tab"), max_size=12))
def test_code_shows_any_text(text: str) -> None:
    assert [row[-1] for row in cells(as_code(text))] == ["b", "b"]
    assert cells(as_code(text))[1][0] == shown(text)


@pytest.mark.parametrize("text", HOSTILE)
def test_a_projects_text_makes_no_markup(text: str) -> None:
    own = report()
    findings = tuple(replace(one, message=text, span=replace(one.span, file=text or "a")) for one in own.findings)
    switches = (Switch(text, "env", text, "stops", (text,)),)
    odd = replace(own, project=replace(own.project, name=text, version=text), findings=findings, switches=switches)
    kinds = Counter(token.type for token in READ.parse(rendered("markdown", odd)))
    usual = Counter(token.type for token in READ.parse(rendered("markdown", own)))
    assert kinds == usual


def test_a_page_is_no_longer_than_a_summary_may_be() -> None:
    one = report()
    long = tuple(replace(one.findings[2], message="x" * 3000, fingerprint=str(number)) for number in range(900))
    text = rendered("markdown", replace(one, findings=long))
    assert len(text.encode()) < 1 << 20
    assert "The rest is left out" in text
    short = tuple(replace(one.findings[2], message="x", fingerprint=str(number)) for number in range(900))
    assert "… and 400 rows more." in rendered("markdown", replace(one, findings=short))
    assert MOST_BYTES < 1 << 20


# where they go


def test_the_summary_is_added_to_what_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    summary = tmp_path / "summary.md"
    summary.write_text("before\n")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    deliver([report()], Options(rules=rules()), "text", None)
    assert summary.read_text() == "before\n"
    deliver([report()], Options(rules=rules()), "github", None)
    assert summary.read_text(encoding="utf-8") == "before\n" + rendered("markdown", report())
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", "")
    deliver([report()], Options(rules=rules()), "github", None)
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path))
    with pytest.raises(WriteError) as error:
        deliver([report()], Options(rules=rules()), "github", None)
    assert str(error.value).startswith(f"{tmp_path}: cannot be written: ")
    assert capsys.readouterr().err == ""


def test_further_reports(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    further = [("gitlab", tmp_path / "a.json"), ("sarif", tmp_path / "b.sarif"), ("text", tmp_path / "c.txt")]
    deliver([report()], Options(rules=rules(), terminal=False), "github", tmp_path / "d.txt", further)
    assert capsys.readouterr().out == ""
    for form, file in [*further, ("github", tmp_path / "d.txt")]:
        assert file.read_text(encoding="utf-8") == rendered(form, report())
    with pytest.raises(WriteError, match="no/such/file: cannot be written"):
        deliver([report()], Options(), "text", None, [("json", tmp_path / "no/such/file")])
