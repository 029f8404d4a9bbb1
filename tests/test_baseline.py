"""Does a baseline know what was there before, whatever moved, and nothing else?"""

from __future__ import annotations

import json
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from offlint.cli import main
from offlint.findings.baseline import HASH, BaselineError, Found, compare, read_baseline
from offlint.model.report import Finding
from offlint.model.span import Span
from offlint.model.words import Level

SETUP = """\
from urllib.request import urlopen

from setuptools import setup


def fetch(url):
    return urlopen(url).read()


open("a", "wb").write(fetch("https://example.org/a"))
open("b", "wb").write(urlopen("https://example.org/b").read())
setup(name="spam", version="1.0")
"""

RULES = ("OFL107", "OFL201")

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """The program in a folder with a project; exit status, standard output, standard error."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "setup.py").write_text(SETUP)

    def offlint(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as stopped:
            main(arguments)
        out, err = capsys.readouterr()
        assert isinstance(stopped.value.code, int)
        return stopped.value.code, out, err

    return offlint


def results(text: str) -> list[tuple[str, str, str]]:
    """State, rule and the URL's end of each result of a SARIF log, sorted."""
    found = json.loads(text)["runs"][0]["results"]
    return sorted((one.get("baselineState", ""), one["ruleId"], one["message"]["text"].partition("org/")[2][:1]) for one in found)


def test_what_is_known_does_not_count(run: Run) -> None:
    assert run("check")[0] == 1
    code, out, err = run("baseline", "write")
    assert (code, out) == (0, "")
    assert err.endswith("written to offlint-baseline.sarif\n")
    code, out, err = run("check", "--baseline", "offlint-baseline.sarif")
    assert (code, err) == (0, "")
    assert out.splitlines()[-1] == "nothing to report; 4 known, see --verbose"
    assert "OFL107 unguarded" not in out
    assert " (known): " in run("check", "-v", "--baseline", "offlint-baseline.sarif")[1]


def test_moved_lines_are_known_and_new_ones_are_not(run: Run, tmp_path: Path) -> None:
    run("baseline", "write", "-o", "known.sarif")
    moved = SETUP.replace("\nfrom setuptools", "\n# more\n\n\nfrom setuptools")
    new = 'open("c", "wb").write(urlopen("https://example.org/c").read())\nsetup('
    (tmp_path / "setup.py").write_text(moved.replace("setup(", new))
    code, out, _ = run("check", "--baseline", "known.sarif", "--format", "sarif")
    assert code == 1
    assert results(out) == sorted(
        (state, rule, url) for state, url in zip(("unchanged", "unchanged", "new"), "abc", strict=True) for rule in RULES
    )


def test_a_helper_with_another_name_is_known_by_what_it_reaches(run: Run, tmp_path: Path) -> None:
    run("baseline", "write", "-o", "known.sarif")
    (tmp_path / "setup.py").write_text(SETUP.replace("fetch", "download"))
    code, out, err = run("check", "--baseline", "known.sarif", "--format", "sarif", "--absent")
    assert (code, err) == (0, "")
    assert {state for state, _, _ in results(out)} == {"unchanged"}


def test_what_is_gone_is_said(run: Run, tmp_path: Path) -> None:
    run("baseline", "write", "-o", "known.sarif")
    before = results((tmp_path / "known.sarif").read_text(encoding="utf-8"))
    (tmp_path / "setup.py").write_text(SETUP.replace("urlopen(", "print("))
    code, out, err = run("check", "--baseline", "known.sarif", "--format", "sarif")
    assert (code, results(out)) == (0, [])
    assert err == f"offlint: known.sarif: {len(before)} results of the baseline gone; offlint baseline write makes a new one\n"
    _, out, _ = run("check", "--baseline", "known.sarif", "--format", "sarif", "--absent")
    assert results(out) == [("absent", rule, url) for _, rule, url in before]
    (tmp_path / "again.sarif").write_text(out, encoding="utf-8")
    assert run("check", "--baseline", "again.sarif")[2] == ""  # what was gone then is not known


@pytest.mark.parametrize("part", [["--phase", "build"], ["--select", "OFL2xx"], ["--ignore", "OFL2xx"], ["setup.py"]])
def test_a_part_does_not_say_what_is_gone(part: list[str], run: Run, tmp_path: Path) -> None:
    run("baseline", "write", "-o", "known.sarif")
    (tmp_path / "setup.py").write_text("")
    assert run("check", "--baseline", "known.sarif", *part)[2] == ""


def test_a_configured_baseline(run: Run, tmp_path: Path) -> None:
    (tmp_path / "offlint.toml").write_text("baseline = 'known.sarif'\n")
    code, _, err = run("check")
    assert (code, err) == (2, "offlint: known.sarif: no such baseline; offlint baseline write makes one\n")
    assert run("baseline", "write")[0] == 0
    assert (tmp_path / "known.sarif").is_file()
    assert run("check")[0] == 0
    assert run("check", "setup.py")[0] == 0
    assert run("inventory")[0] == 0


def test_several_projects(run: Run, tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "setup.py").write_text(SETUP)
    run("baseline", "write", "-o", "both.sarif", "one", "two")
    run("baseline", "write", "-o", "one.sarif", "one")
    assert run("check", "--baseline", "both.sarif", "one", "two")[0] == 0
    assert run("check", "--baseline", "both.sarif", "one", "two")[2] == ""
    assert run("check", "--baseline", "one.sarif", "one", "two")[0] == 1
    assert run("check", "--baseline", "one.sarif", "one")[0] == 0


def test_the_next_version_of_a_source_distribution(run: Run, tmp_path: Path) -> None:
    for version, more in (("1.0", ""), ("1.1", 'open("c", "wb").write(urlopen("https://example.org/c").read())\n')):
        (tmp_path / "setup.py").write_text(SETUP + more)
        with tarfile.open(tmp_path / f"spam-{version}.tar.gz", "w:gz") as archive:
            archive.add(tmp_path / "setup.py", f"spam-{version}/setup.py")
    run("baseline", "write", "-o", "spam.sarif", "spam-1.0.tar.gz")
    assert run("check", "--baseline", "spam.sarif", "spam-1.0.tar.gz")[0] == 0
    code, out, _ = run("check", "--baseline", "spam.sarif", "--format", "sarif", "spam-1.1.tar.gz")
    assert code == 1
    assert {url for state, _, url in results(out) if state == "new"} == {"c"}


def test_what_could_not_be_analysed_is_known_too(run: Run, tmp_path: Path) -> None:
    (tmp_path / "setup.py").write_text("print 'x'\n")
    assert run("check", "--fail-on", "note")[0] == 1
    run("baseline", "write", "-o", "known.sarif")
    assert run("check", "--fail-on", "note", "--baseline", "known.sarif")[0] == 0


def test_suppressed_ones_are_in_no_baseline(run: Run, tmp_path: Path) -> None:
    (tmp_path / "setup.py").write_text("# offlint: ignore-file[all] x\n" + SETUP)
    run("baseline", "write", "-o", "known.sarif")
    assert results((tmp_path / "known.sarif").read_text(encoding="utf-8")) == []
    assert run("check", "--baseline", "known.sarif")[0] == 0
    assert run("check", "--baseline", "known.sarif", "--no-suppressions")[0] == 1


def test_json_tells_the_state(run: Run) -> None:
    run("baseline", "write", "-o", "known.sarif")
    states = {one["baseline"] for one in json.loads(run("check", "--format", "json", "--baseline", "known.sarif")[1])["findings"]}
    assert states == {"unchanged"}
    assert {one["baseline"] for one in json.loads(run("check", "--format", "json")[1])["findings"]} == {None}


def test_nothing_is_written_where_not_everything_was_checked(run: Run, tmp_path: Path) -> None:
    code, _, err = run("baseline", "write", "-o", "known.sarif", ".", "no/where")
    assert (code, err.splitlines()[-1]) == (2, "offlint: no baseline is written, since not everything could be checked")
    assert not (tmp_path / "known.sarif").exists()


def test_a_command_is_missing_or_wrong(run: Run) -> None:
    assert run("baseline") == (2, "", "offlint: baseline takes a command: write; see offlint baseline --help\n")
    assert run("baseline", "wirte")[2].startswith("offlint: No such command 'wirte'")


# what is no baseline

RUN: dict[str, Any] = {"tool": {"driver": {"name": "offlint"}}, "results": [{"ruleId": "OFL201", "partialFingerprints": {HASH: "a"}}]}


def log(**changes: Any) -> bytes:
    return json.dumps({"version": "2.1.0", "runs": [{**RUN, **changes}]}).encode()


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "no baseline, since it is no JSON: Expecting value: line 1 column 1 (char 0)"),
        (b"\xff\xfe\x00", "no baseline, since it is no JSON: "),
        (b"[" * 100_000, "no baseline, since it is no JSON: "),
        (b"[]", "no baseline of offlint's: it is no SARIF log"),
        (b'{"runs": 3}', "no baseline of offlint's: it is no SARIF log"),
        (b'{"runs": [], "version": "2.1.0"}', "no baseline of offlint's: it has no run"),
        (b'{"runs": [], "version": "2.0.0"}', "no baseline of offlint's: its version is not SARIF 2.1.0"),
        (log(tool={"driver": {"name": "ban\ndit"}}), "no baseline of offlint's: it was written by ban\ndit"),
        (log(tool=[]), "no baseline of offlint's: it was written by None"),
        (log(results=[3]), "no baseline of offlint's: result 1 is no object"),
        (log(results=[{"ruleId": "OFL201"}]), f"no baseline of offlint's: result 1 has no ruleId or no fingerprint {HASH}"),
        (log(results=[{"ruleId": [], "partialFingerprints": {HASH: "a"}}]), "no baseline of offlint's: result 1 has no ruleId"),
    ],
)
def test_what_is_no_baseline_is_one_line(data: bytes, said: str, run: Run, tmp_path: Path) -> None:
    (tmp_path / "x.sarif").write_bytes(data)
    with pytest.raises(BaselineError) as error:
        read_baseline(tmp_path / "x.sarif")
    assert str(error.value).startswith(f"{tmp_path / 'x.sarif'}: {said}")
    code, out, err = run("check", "--baseline", "x.sarif")
    assert (code, out, len(err.splitlines())) == (2, "", 1)


@pytest.mark.parametrize(
    "result", [{"level": []}, {"locations": {}}, {"locations": [3]}, {"message": "x"}, {"properties": []}, {"level": "none"}]
)
def test_odd_results_are_read(result: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "x.sarif").write_bytes(log(results=[{**RUN["results"][0], **result}], invocations=[3, {"toolExecutionNotifications": 3}]))
    (one,) = read_baseline(tmp_path / "x.sarif").results
    assert (one.code, one.fingerprint, one.line) == ("OFL201", "a", 1)


def test_encodings_of_shells(tmp_path: Path) -> None:
    text = log().decode()
    for encoding in ("utf-8-sig", "utf-16"):  # PowerShell's > writes the latter
        (tmp_path / "x.sarif").write_bytes(text.encode(encoding))
        assert len(read_baseline(tmp_path / "x.sarif").results) == 1


def test_one_result_knows_one_finding(tmp_path: Path) -> None:
    (tmp_path / "x.sarif").write_bytes(log())
    twice = [Finding("OFL201", "x", Level.ERROR, "", "", Span("a"), fingerprint="a")] * 2
    ((first, second),), gone = compare(read_baseline(tmp_path / "x.sarif"), [Found([*twice])])
    assert (first.baseline, second.baseline, gone) == ("unchanged", "new", ())
