"""Are frames exact, whatever the source looks like, and does progress stay where it belongs?"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from format_samples import access, report, rules
from rich.cells import cell_len

from offlint.formats.base import Options
from offlint.formats.frames import Mark, frames, marks_of
from offlint.formats.terminal import next_step, render
from offlint.model.access import Guard, Integrity
from offlint.model.report import Report
from offlint.model.span import Span
from offlint.model.words import GuardState, IntegrityState, Verdict


def drawn(source: str, *marks: Mark, width: int = 100) -> list[str]:
    return [line.plain for line in frames(marks, {"a.py": source}, "", width)][1:]


def mark(*place: int, sign: str = "^", label: str = "") -> Mark:
    return Mark(Span("a.py", *place), sign, "", label)


def plain(*reports: Report, **options: object) -> str:
    text = render(reports, Options(rules=rules(), terminal=True, **options))  # type: ignore[arg-type]
    return re.sub(r"\x1b\[[\d;]*m", "", text)


@pytest.mark.parametrize(
    ("line", "column", "end", "under"),
    [
        ("x = get(url)", 5, 13, "    ^^^^^^^^"),
        ("\tget(url)", 2, 10, "    ^^^^^^^^"),
        ("'日本'; get()", 7, 12, "        ^^^^^"),
        ("'é'; get()", 6, 11, "     ^^^^^"),
        ("'🌍'; get()", 6, 11, "      ^^^^^"),
        ("\x0cget()", 2, 7, "    ^^^^^"),
        ("get()  # \u202e", 1, 6, "^^^^^"),
    ],
    ids=ascii,
)
def test_the_underline_is_under_the_call(line: str, column: int, end: int, under: str) -> None:
    _, shown, marks = drawn(line, mark(1, column, 1, end))
    assert marks == f"  | {under}"
    assert cell_len(shown[: shown.index("get") if "get" in shown else 4]) == cell_len(marks[: marks.index("^")])


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"], ids=ascii)
def test_a_long_call_keeps_its_ends(end: str) -> None:
    source = end.join(["get(", "  a,", "  b,", "  c,", "  d,", ")"])
    assert drawn(source, mark(1, 1, 6, 2)) == [
        "  |",
        "1 | get(",
        "  | ^^^^",
        "2 |   a,",
        "  |   ^^",
        "3 |   b,",
        "  |   ^^",
        ". |",
        "6 | )",
        "  | ^",
    ]


def test_evidence_stands_in_the_order_of_the_file() -> None:
    source = "if os.environ.get('X'):\n    raise Error\ndata = get(url)\n1\n2\ncheck(data)"
    assert drawn(source, mark(3, 8, 3, 16), mark(1, 4, 1, 23, sign="-", label="guard"), mark(6, 1, 6, 12, sign="-", label="integrity")) == [
        "  |",
        "1 | if os.environ.get('X'):",
        "  |    ------------------- guard",
        "2 |     raise Error",
        "3 | data = get(url)",
        "  |        ^^^^^^^^",
        ". |",
        "6 | check(data)",
        "  | ----------- integrity",
    ]


def test_evidence_on_the_line_of_the_call() -> None:
    assert drawn("get(url) if ok else None", mark(1, 1, 1, 9), mark(1, 13, 1, 15, sign="-", label="guard"))[1:] == [
        "1 | get(url) if ok else None",
        "  | ^^^^^^^^",
        "  |             -- guard",
    ]


def test_evidence_in_another_file_has_a_frame_of_its_own() -> None:
    one = replace(access(), guard=Guard(GuardState.OPT_OUT, "X", evidence=Span("b.py", 2, 1, 2, 3)))
    sources = {"setup.py": "\n" * 7 + "x" * 40, "b.py": "\nif x:\n"}
    lines = [line.plain for line in frames(marks_of(one.span, one, ""), sources, "p/", 80)]
    assert lines[0] == "  --> p/setup.py:8:29"
    assert lines[-4:] == ["  ::: p/b.py:2", "   |", " 2 | if x:", "   | -- guard"]


def test_flaws_are_named_where_they_show() -> None:
    guard = Guard(GuardState.OPT_OUT, "X", flaws=("leaky",), evidence=Span("a.py", 1), flaw_evidence=Span("a.py", 2))
    one = replace(access(), guard=guard, integrity=Integrity(IntegrityState.WEAK, evidence=Span("a.py", 2)))
    assert [found.label for found in marks_of(one.span, one, "")] == ["", "guard", "guard: leaky"]


@pytest.mark.parametrize("width", [40, 60, 200])
def test_long_lines_are_cut_around_the_mark(width: int) -> None:
    line = f"{'a' * 500} get({'b' * 500}) {'c' * 500}"
    found = drawn(line, mark(1, 502, 1, 1007), width=width)
    assert all(cell_len(one) <= width for one in found)
    assert found[2].index("^") == found[1].index("get")
    assert cell_len(drawn("x = 1  # " + "日" * 200, mark(1, 1, 1, 2), width=width)[1]) <= width


@pytest.mark.parametrize("span", [Span("a.py", 9, 1, 9, 2), Span("a.py", 1, 99, 1, 120), Span("a.py", 1, 3, 1, 1), Span("b.py", 1)])
def test_places_that_are_not_there(span: Span) -> None:
    lines = list(frames([Mark(span, "^", "")], {"a.py": "get()"}, "", 80))
    assert lines[0].plain == f" --> {span.file}:{span.line}:{span.column}"
    assert len(lines) in {1, 4}


# the whole


def test_the_trail_is_for_verbose(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    assert "trail: setup.py:14 > setup.py:8" in plain(report())
    assert "module level calls" not in plain(report())
    assert "trail: setup.py:14 module level calls fetch" in plain(report(), verbose=True)


def test_advice_is_given_once() -> None:
    own = report()
    again = replace(own, findings=(*own.findings, replace(own.findings[3], span=Span("setup.py", 4, 1, 4, 5))))
    assert plain(again).count("Compare its SHA-256") == 1
    assert plain(again, verbose=True).count("Compare its SHA-256") == 2


def test_the_table_names_switches_and_the_next_step() -> None:
    text = plain(report(), width=120)
    assert re.search(r"(?m)^build +opt-out +SPAM_HOME \(a local copy's folder\) +setup.py:8: ", text)
    assert text.splitlines()[-1].startswith("next: offlint explain OFL107 ")
    assert not re.search(r"(?m) $", text)


def test_next_steps() -> None:
    own = report()
    quiet = replace(own, findings=())
    assert next_step(quiet) == "set SPAM_HOME (a local copy's folder) where the build must stay offline"
    unknown = replace(quiet, verdicts=own.verdicts[1:2])
    assert next_step(unknown) == "offlint inventory lists what could not be analysed"
    assert next_step(replace(quiet, verdicts=(replace(own.verdicts[0], verdict=Verdict.OFFLINE),))) == ""


@pytest.mark.parametrize("width", [40, 60, 80])
def test_narrow_terminals(width: int) -> None:
    for line in plain(report(), width=width).splitlines():
        assert cell_len(line) <= width or not line.startswith(("build", "test", "docs", " = ")) or " " not in line[20:]


# progress

LONG = "from offlint.formats.progress import working; import time\nwith working('checking [b]a\x1b', patience={}, quiet={}): time.sleep({})"


def on_a_terminal(code: str, **variables: str) -> str:
    """What a program writes to a standard error that is a terminal."""
    pty = pytest.importorskip("pty")
    ours, theirs = pty.openpty()
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "TERM": "xterm", **variables}
    process = subprocess.Popen([sys.executable, "-c", code], stderr=theirs, stdout=subprocess.PIPE, env=environment)
    os.close(theirs)
    said = b""
    while True:
        try:
            piece = os.read(ours, 4096)
        except OSError:  # how Linux says that the other end is closed
            break
        if not piece:
            break
        said += piece
    os.close(ours)
    assert process.communicate()[0] == b""
    assert process.returncode == 0
    return said.decode()


def test_long_work_is_shown_and_goes_away() -> None:
    said = on_a_terminal(LONG.format(0.1, False, 1))
    assert "checking [b]a\\x1b" in said
    assert "0:00:0" in said
    assert said.rstrip().endswith("\x1b[2K") or "\x1b[2K" in said[said.rindex("checking") :]


def test_short_work_shows_nothing() -> None:
    assert on_a_terminal(LONG.format(5, False, 0)) == ""


@pytest.mark.parametrize(("quiet", "variables"), [(True, {}), (False, {"TERM": "dumb"})], ids=["quiet", "dumb"])
def test_progress_is_not_for_everybody(quiet: bool, variables: dict[str, str]) -> None:
    assert on_a_terminal(LONG.format(0.01, quiet, 0.5), **variables) == ""


def test_no_progress_in_a_pipe(tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "FORCE_COLOR": "1"}
    done = subprocess.run(
        [sys.executable, "-c", LONG.format(0.01, False, 0.5)], capture_output=True, env=environment, check=True, cwd=tmp_path
    )
    assert (done.stdout, done.stderr) == (b"", b"")
