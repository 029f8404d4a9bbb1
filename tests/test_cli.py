"""Does the command line keep its contract: exit codes, streams, options, configuration?"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from offlint import __version__
from offlint.cli import main
from offlint.model.report import Finding, PhaseVerdict, ProjectInfo, Report
from offlint.model.span import Span
from offlint.model.words import Level, Phase, Verdict
from offlint.project import Unreadable
from offlint.settings import SettingsError, find_settings, read_settings

FINDINGS = (
    Finding("OFL101", "unguarded-access", Level.WARNING, "It reaches.", "Mend it.", Span("setup.py", 1, 1, 1, 4), fingerprint="a"),
    Finding("OFL105", "private-switch", Level.NOTE, "It stops.", "", Span("setup.py", 2, 1, 2, 4), fingerprint="b"),
)


PAGE = """# {title}
```toml
code = "{code}"
name = "{name}"
level = "{level}"
message = "m"
advice = "a"
```
Why it matters — always.
"""


class Engine:
    """Stands for run.check: remembers what it was asked and answers what it was told."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.findings: tuple[Finding, ...] = FINDINGS
        self.error: BaseException | None = None

    def check(self, path: str, **given: Any) -> Report:
        self.asked.append({"path": path, **given})
        if self.error is not None:
            raise self.error
        if not Path(path).exists():
            raise Unreadable(f"{path}: does not exist")
        verdicts = tuple(PhaseVerdict(phase, Verdict.ONLINE, ("setup.py:1",), "why") for phase in Phase if phase in given["phases"])
        return Report(ProjectInfo("spam", "1", path), self.findings, (), verdicts, (), ())


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Engine:
    pages = tmp_path_factory.mktemp("rules") / "findings"
    pages.mkdir()
    for code, name, level in (("OFL101", "unguarded-access", "table"), ("OFL105", "private-switch", "note")):
        text = PAGE.format(code=code, name=name, level=level, title=name.replace("-", " ").capitalize())
        (pages / f"{name}.md").write_text(text, encoding="utf-8")
    monkeypatch.setattr("offlint.rulebook.loading.rules_folder", lambda: pages.parent)
    fake = Engine()
    module = ModuleType("offlint.run")
    module.check = fake.check  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "offlint.run", module)
    monkeypatch.setattr("offlint.cli.default_folder", lambda: None)
    monkeypatch.chdir(tmp_path)
    for name in ("FORCE_COLOR", "NO_COLOR", "TERM"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "setup.py").write_text("f()\ng()\n")
    return fake


def offlint(*arguments: str) -> int:
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    assert isinstance(stopped.value.code, int)
    return stopped.value.code


def only_line(text: str) -> str:
    (line,) = text.splitlines()
    return line


# commands and options


@pytest.mark.parametrize("arguments", [(), (".",), ("check",), ("check", "."), ("--format", "text", "."), ("--", ".")])
def test_check_is_the_default(arguments: tuple[str, ...], engine: Engine, capsys: pytest.CaptureFixture[str]) -> None:
    assert offlint(*arguments) == 1
    out, err = capsys.readouterr()
    assert out.startswith(
        "setup.py:1:1: warning OFL101 unguarded-access: It reaches.\n    mend: Mend it.\nbuild  online   setup.py:1: why\n"
    )
    assert not err
    assert engine.asked[0]["path"] == "."
    assert engine.asked[0]["phases"] == frozenset(Phase)
    assert engine.asked[0]["only_files"] is None


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ((), 1),
        (("--fail-on", "error"), 0),
        (("--fail-on", "note", "--ignore", "OFL101"), 1),
        (("--fail-on", "never"), 0),
        (("--ignore", "OFL101"), 0),
        (("--select", "private-switch"), 0),
        (("--select", "OFL1xx"), 1),
        (("--select", "access", "--ignore", "unguarded-access,private-switch"), 0),
    ],
)
@pytest.mark.usefixtures("engine")
def test_exit_status(arguments: tuple[str, ...], code: int) -> None:
    assert offlint("check", *arguments) == code


def test_suppressed_findings_do_not_count(engine: Engine) -> None:
    engine.findings = tuple(replace(one, suppressed=True) for one in FINDINGS)
    assert offlint("--fail-on", "note") == 0


def test_phase(engine: Engine) -> None:
    offlint("--phase", "build,docs")
    assert engine.asked[0]["phases"] == {Phase.BUILD, Phase.DOCS}


def test_files_are_judged_in_their_project(engine: Engine, tmp_path: Path) -> None:
    other = tmp_path / "other"
    (other / "docs").mkdir(parents=True)
    (other / "pyproject.toml").write_text("")
    (other / "docs" / "conf.py").write_text("")
    offlint("setup.py", "other/docs/conf.py", "./other/../other/pyproject.toml")
    assert [(one["path"], one["only_files"]) for one in engine.asked] == [
        (".", {"setup.py"}),
        ("other", {"docs/conf.py", "pyproject.toml"}),
    ]


def test_archives_are_projects(engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "spam-1.tar.gz").write_bytes(b"")
    offlint("spam-1.tar.gz")
    assert [(one["path"], one["only_files"]) for one in engine.asked] == [("spam-1.tar.gz", None)]


def test_a_folder_covers_its_files(engine: Engine) -> None:
    offlint(".", "setup.py")
    assert [(one["path"], one["only_files"]) for one in engine.asked] == [(".", None)]


@pytest.mark.usefixtures("engine")
def test_several_projects_have_names_of_their_own(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("a/x", "b/x"):
        (tmp_path / name).mkdir(parents=True)
    offlint("-q", "a/x/", "./b/x", str(tmp_path / "b" / ".." / "a"))
    assert [line.partition(":")[0] for line in capsys.readouterr().out.splitlines()] == [
        "a/x/setup.py",
        "b/x/setup.py",
        f"{tmp_path}/b/../a/setup.py",
    ]


@pytest.mark.usefixtures("engine")
def test_files_are_named_from_here_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a" / "x").mkdir(parents=True)
    for where, path, named in ((".", "a/x", "a/x/setup.py"), ("a/x", "../x", "setup.py"), ("a", str(tmp_path / "a" / "x"), "setup.py")):
        monkeypatch.chdir(tmp_path / where)
        offlint("-q", path)
        assert capsys.readouterr().out.partition(":")[0] == named
        offlint("--format", "sarif", path)
        (artifact,) = json.loads(capsys.readouterr().out)["runs"][0]["artifacts"]
        assert artifact["location"]["uri"] == named


@pytest.mark.parametrize("form", ["sarif", "json"])
@pytest.mark.usefixtures("engine")
def test_formats_of_check(form: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert offlint("--format", form) == 1
    whole = json.loads(capsys.readouterr().out)
    assert whole["runs"][0]["invocations"][0]["exitCode"] == 1 if form == "sarif" else whole["findings"][0]["code"] == "OFL101"


@pytest.mark.usefixtures("engine")
def test_sarif_has_hashes(capsys: pytest.CaptureFixture[str]) -> None:
    offlint("--format", "sarif")
    (artifact,) = json.loads(capsys.readouterr().out)["runs"][0]["artifacts"]
    assert artifact["length"] == len("f()\ng()\n")


@pytest.mark.usefixtures("engine")
def test_inventory(capsys: pytest.CaptureFixture[str]) -> None:
    assert offlint("inventory", "--format", "json") == 0
    assert json.loads(capsys.readouterr().out)["project"]["name"] == "spam"
    assert offlint("inventory", ".") == 0
    assert "VERDICT" in capsys.readouterr().out


def test_output_is_written_and_summarised(engine: Engine, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert offlint("--output", "found.txt") == 1
    out, err = capsys.readouterr()
    assert not out
    assert only_line(err) == "offlint: .: build online, test online, docs online; 1 warning; 1 note, see --verbose; written to found.txt"
    assert (tmp_path / "found.txt").read_text().startswith("setup.py:1:1:")
    assert engine.asked


@pytest.mark.usefixtures("engine")
def test_output_that_can_not_be_written(capsys: pytest.CaptureFixture[str]) -> None:
    assert offlint("--output", "no/such/folder.txt") == 2
    assert only_line(capsys.readouterr().err) == "offlint: no/such/folder.txt: cannot be written: No such file or directory"


def test_colour_on_request(engine: Engine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    assert offlint() == 1
    assert "\x1b[1;33mwarning[OFL101]" in capsys.readouterr().out
    monkeypatch.setenv("TERM", "dumb")
    assert offlint() == 1
    assert "\x1b" not in capsys.readouterr().out
    assert engine.asked


# what goes wrong


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--nonsense",), "offlint: No such option"),
        (
            ("--format", "xml"),
            "offlint: Invalid value for '-f' / '--format': 'xml' is not one of 'text', 'sarif', 'json', 'github', 'gitlab', ",
        ),
        (
            ("--report", "sarfi=x"),
            "offlint: Invalid value for '--report': 'sarfi' is none of text, sarif, json, github, gitlab, markdown; did",
        ),
        (("--report", "sarif"), "offlint: Invalid value for '--report': 'sarif' names no file; write sarif=FILE"),
        (("--report", "json=no/such/x"), "offlint: no/such/x: cannot be written: No such file or directory"),
        (("--phase", "buid"), "offlint: Invalid value for '--phase': 'buid' is none of build, test, docs; did you mean 'build'?"),
        (("--baseline", "x"), "offlint: x: no such baseline; offlint baseline write makes one"),
        (("--jobs", "0"), "offlint: Invalid value for '-j' / '--jobs': '0' is no whole number from 1 on"),
        (("--jobs", "x"), "offlint: Invalid value for '-j' / '--jobs': 'x' is no whole number from 1 on"),
        (("inventory", "--jobs", "2"), "offlint: No such option"),
        (("--select", "OFL9"), "offlint: no rule or group 'OFL9'"),
        (("--select", "unguarded-acess"), "offlint: no rule or group 'unguarded-acess'; did you mean 'unguarded-access'?"),
        (("no/where",), "offlint: no/where: does not exist"),
        (("chek",), "offlint: chek: does not exist; did you mean 'check'?"),
        (("no\x1b[2J",), "offlint: no\\x1b[2J: does not exist"),
        (("explain", "OFL999"), 'offlint: no rule "OFL999"'),
        (("--report", "sarif=new/"), "offlint: Invalid value for '--report': 'sarif' names no file; write sarif=FILE"),
        (("-o", "new/"), "offlint: Invalid value for '-o' / '--output': new/ names a folder; name the file, such as new/offlint.txt"),
        (("diff", "-o", "new/", ".", "."), "offlint: Invalid value for '-o' / '--output': new/ names a folder"),
        (("--absent",), "offlint: --absent lists what a baseline has and nothing has any more; name one with --baseline"),
        (("baseline",), "offlint: baseline takes a command: write; see offlint baseline --help"),
        (("cache",), "offlint: cache takes a command: clean, dir, info; see offlint cache --help"),
        (("baseline", "wirte"), "offlint: No such command 'wirte'"),
        (("explain",), "offlint: Missing argument 'CODE|NAME'."),
        (("inventory", "a", "b"), "offlint: Got unexpected extra argument"),
    ],
)
@pytest.mark.usefixtures("engine")
def test_usage_errors_are_one_line(arguments: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert offlint(*arguments) == 2
    out, err = capsys.readouterr()
    assert not out
    assert only_line(err).startswith(said)


@pytest.mark.usefixtures("engine")
def test_sarif_of_nothing_is_a_failed_run(capsys: pytest.CaptureFixture[str]) -> None:
    assert offlint("--format", "sarif", "no/where") == 2
    (run,) = json.loads(capsys.readouterr().out)["runs"]
    assert (run["results"], run["invocations"][0]["executionSuccessful"]) == ([], False)


def test_one_bad_path_does_not_lose_the_others(engine: Engine, capsys: pytest.CaptureFixture[str]) -> None:
    assert offlint("nowhere/else", ".") == 2
    out, err = capsys.readouterr()
    assert "OFL101" in out
    assert only_line(err) == "offlint: nowhere/else: does not exist"
    assert len(engine.asked) == 1


def test_a_crash_is_one_line(engine: Engine, capsys: pytest.CaptureFixture[str]) -> None:
    engine.error = RuntimeError("some\nthing")
    assert offlint("setup.py") == 2
    line = only_line(capsys.readouterr().err)
    assert line.startswith("offlint: .: internal error: RuntimeError: some thing at test_cli.py:")
    assert "please report" in line


def test_interrupted(engine: Engine) -> None:
    engine.error = KeyboardInterrupt()
    assert offlint(".") == 130


@pytest.mark.usefixtures("engine")
def test_sarif_says_what_could_not_be_checked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "HEAD").write_text("1" * 40)
    (tmp_path / ".git" / "config").write_text('[remote "origin"]\nurl = https://me:pw@example.org/spam\n')
    assert offlint("--format", "sarif", "--sarif-category", "one/two", "no/where", ".") == 2
    (run,) = json.loads(capsys.readouterr().out)["runs"]
    (notice,) = run["invocations"][0]["toolExecutionNotifications"]
    assert (notice["level"], notice["message"]["text"]) == ("error", "no/where: does not exist.")
    assert run["tool"]["driver"]["notifications"][notice["descriptor"]["index"]]["id"] == notice["descriptor"]["id"]
    assert run["automationDetails"] == {"id": "one/two/"}
    assert run["versionControlProvenance"][0]["repositoryUri"] == "https://example.org/spam"


def test_suppressed_findings_in_sarif_are_asked_for(engine: Engine, capsys: pytest.CaptureFixture[str]) -> None:
    engine.findings = (replace(FINDINGS[0], suppressed=True, reason="known"), FINDINGS[1])
    offlint("--format", "sarif")
    (run,) = json.loads(capsys.readouterr().out)["runs"]
    assert ["suppressions" in one for one in run["results"]] == [False]
    offlint("--format", "sarif", "--sarif-suppressed")
    (run,) = json.loads(capsys.readouterr().out)["runs"]
    accepted = {"kind": "inSource", "justification": "known", "status": "accepted"}
    assert [one["suppressions"] for one in run["results"]] == [[accepted], []]


# rules


@pytest.mark.parametrize("name", ["OFL101", "ofl101", "unguarded-access"])
@pytest.mark.usefixtures("engine")
def test_explain(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert offlint("explain", name) == 0
    assert capsys.readouterr().out.startswith("# Unguarded access\n\n`OFL101` `unguarded-access`, level: by guard, integrity and phase\n\n")


@pytest.mark.usefixtures("engine")
def test_explain_on_a_terminal(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert offlint("explain", "OFL101") == 0
    assert "# Unguarded" not in capsys.readouterr().out


@pytest.mark.usefixtures("engine")
def test_rules(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "own.md").write_text(PAGE.format(code="SPAM001", name="own-rule", level="note", title="Own"), encoding="utf-8")
    assert offlint("rules", "--rules", "own.md") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["CODE", "NAME", "LEVEL", "TITLE"]
    assert lines[-1].split() == ["SPAM001", "own-rule", "note", "Own"]


@pytest.mark.usefixtures("engine")
def test_broken_rules_are_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "own.md").write_text("# Own\n```toml\n[[cal]]\n[[cll]]\n```\n")
    assert offlint("--rules", "own.md") == 2
    line = only_line(capsys.readouterr().err)
    assert line.startswith("offlint: own.md:3: unknown table")
    assert line.endswith("(and 1 more; offlint check-rules lists them)")


# configuration


def test_configuration_and_options(engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(
        '[tool.offlint]\nselect = ["OFL1xx"]\nignore = ["OFL101"]\nfail-on = "note"\nphase = "build"\n'
    )
    assert offlint() == 1
    assert engine.asked[0]["phases"] == {Phase.BUILD}
    assert offlint("--fail-on", "error") == 0
    (tmp_path / "offlint.toml").write_text("fail-on = 'never'\n")
    assert offlint() == 0
    assert engine.asked[-1]["phases"] == frozenset(Phase)
    (tmp_path / "strict.toml").write_text("fail-on = 'note'\n")
    assert offlint("--config", "strict.toml") == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("selct = []", "unknown key 'selct'; did you mean 'select'?"),
        ("fail_on = 'note'", "unknown key 'fail_on'; did you mean 'fail-on'?"),
        ("fail-on = 'warn'", "fail-on: 'warn' is none of error, warning, note, never; did you mean 'warning'?"),
        ("select = 3", "select: should be a list of texts"),
        ("phase = ['tests']", "phase: 'tests' is none of build, test, docs; did you mean 'test'?"),
        ("select = [", "broken TOML: "),
        ("x = '\\ud800'\n\udcff", "broken TOML: "),
    ],
)
def test_bad_configuration(text: str, said: str, tmp_path: Path, engine: Engine, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "offlint.toml").write_text(text, errors="surrogateescape")
    with pytest.raises(SettingsError) as error:
        find_settings(tmp_path)
    assert str(error.value).startswith(f"{tmp_path / 'offlint.toml'}: {said}")
    assert offlint() == 2
    assert only_line(capsys.readouterr().err).startswith(f"offlint: offlint.toml: {said}")
    assert not engine.asked


def test_rules_of_a_configuration_are_beside_it(tmp_path: Path) -> None:
    (tmp_path / "offlint.toml").write_text("rules = ['own']\n")
    assert read_settings(tmp_path / "offlint.toml").rules == (tmp_path / "own",)


def test_a_broken_pyproject_is_the_checks_to_tell(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool\n")
    assert find_settings(tmp_path) == type(find_settings(tmp_path))()


# the process


def run(*arguments: str, code: str = "from offlint.cli import main; main()", **more: Any) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        capture_output=True,
        text=True,
        check=False,
        env={**environment, **more.pop("env", {})},
        **more,
    )


@pytest.mark.parametrize("argument", ["--version", "-V", "--help", "-h"])
def test_starting_is_light(argument: str) -> None:
    code = "import atexit, sys; from offlint.cli import main; atexit.register(lambda: print(*sys.modules)); main()"
    done = run(argument, code=code)
    assert done.returncode == 0
    loaded = {name.partition(".")[0] for name in done.stdout.splitlines()[-1].split()}
    assert "click" in loaded
    heavy = {"libcst", "tree_sitter", "rich", "sarif_om", "attr", "packaging"} | ({"tomli"} if sys.version_info >= (3, 11) else set())
    assert not loaded & heavy  # 3.10 has no tomllib, so that tomli reads the pages there


def test_version() -> None:
    assert run("--version").stdout == f"offlint {__version__}\n"
    assert run("--version", code="import runpy; runpy.run_module('offlint', run_name='__main__')").stdout == f"offlint {__version__}\n"


@pytest.mark.parametrize("command", ["check", "inventory", "offline", "explain", "rules"])
def test_help_has_examples(command: str) -> None:
    done = run(command, "--help")
    assert done.returncode == 0
    assert f"  offlint {command}" in done.stdout
