"""Can a project's text do anything where offlint's output is shown? Every command and every format, over projects that mean harm.

Terminal escapes, bidirectional controls and a workflow's commands never come through as they are, and no credentials of a URL at all.
"""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest
from properties import COLOUR, CONTROLS

from offlint.cli import main
from offlint.findings.redact import redact

SECRET = "s3cr3t"
URL = f"https://me:{SECRET}@example.org/"
ODD = "a\x1b]0;x\x07b\u202ec\x9bd"
CODED = ODD.encode("unicode_escape").decode()
COMMANDS_OF_A_WORKFLOW = re.compile(r"(?m)^\s*::|##\[")
SCRIPT = "\x1b[31m::error::x.py"

PYTHON = {
    "pyproject.toml": f'[build-system]\nrequires = ["setuptools", "x @ {URL}x"]\n[tool.hatch.envs.default]\nscripts.test = "curl {URL}h"\n',
    "setup.cfg": f"[metadata]\nname = {ODD}\nversion = {URL}v\n[options]\nsetup_requires = y @ {URL}y.whl\ndependency_links = {URL}links\n",
    "setup.py": f"""
import os, subprocess, urllib.request
from setuptools import setup
if os.environ.get("{CODED}") != "{URL}env":
    urllib.request.urlretrieve("{URL}a\\x1b[31m\\u202e", "b")
if os.environ.get("MODE", "{URL}d") == "{URL}d":
    urllib.request.urlretrieve(os.environ.get("MIRROR", "{URL}mirror"), "b")
def helper(url):
    urllib.request.urlopen(url).read()
helper("{URL}helper?token={SECRET}")
helper("https://me:p@{SECRET}@example.org/two")
helper("https://me:{SECRET}{"x" * 90}@example.org/long")
helper("https://example.org/a?X-Amz-Signature={SECRET}&x=\\r\\n::error::x\\n##[error]x")
subprocess.run("curl -o x {URL}curl", shell=True)
subprocess.run(["bash", "build.sh"])
subprocess.run(["make"])
subprocess.run(["git", "clone", "{URL}git"])
exec(open({SCRIPT!a}).read())
setup(dependency_links=["{URL}dl"], setup_requires=["z @ {URL}z"])
""",
    SCRIPT: f'import urllib.request\nurllib.request.urlopen("{URL}esc")\n',
    "build.sh": f'curl {URL}sh\nwget "{URL}wget"\n',
    "Makefile": f"all:\n\tcurl {URL}make\n",
    "tox.ini": f"[tox]\nenvlist=a\n[testenv]\ncommands=curl {URL}tox\n",
    "requirements.txt": f"q @ {URL}q\n--index-url {URL}idx\n",
    ".gitmodules": f'[submodule "{ODD}"]\npath=x\nurl={URL}sub\n',
    "docs/conf.py": f'extensions=["sphinx.ext.intersphinx"]\nintersphinx_mapping={{"a":("{URL}inv",None)}}\n',
    "docs/index.rst": "x",
    "tests/test_x.py": (
        f"import requests\ndef test_a():\n    requests.get('{URL}test')  # offlint: ignore[OFL101] see {URL}reason \x1b[31m ##[error]x\n"
    ),
    "Cargo.toml": f'[package]\nname="c"\n[dependencies]\na={{git="{URL}cargo"}}\n',
    "tests/\u202e\x1b.py": "x = = 1\n",
}
CMAKE = {
    "pyproject.toml": '[build-system]\nrequires=["scikit-build-core"]\nbuild-backend="scikit_build_core.build"\n',
    "CMakeLists.txt": (
        f"include(FetchContent)\nFetchContent_Declare(a URL {URL}cm URL_HASH MD5=00)\n"
        f"FetchContent_MakeAvailable(a)\nfile(DOWNLOAD {URL}fd b)\n"
        f'if(NOT MIRROR STREQUAL "{URL}m")\nexecute_process(COMMAND git clone {URL}cg)\nendif()\n'
        f'file(DOWNLOAD "https://x/##[error]{ODD}" c)\n'
    ),
}
MESON = {
    "pyproject.toml": '[build-system]\nrequires=["meson-python"]\nbuild-backend="mesonpy"\n',
    "meson.build": "project('x')\nsubproject('a')\n",
    "subprojects/a.wrap": f"[wrap-file]\nsource_url={URL}wrap\nsource_filename=a.tgz\nsource_hash=00\ndirectory=a\n",
}
PROJECTS = {"python": PYTHON, "cmake": CMAKE, "meson": MESON}
RUNS = (
    *(("check", "--no-suppressions", "-v", "-f", form) for form in ("text", "sarif", "json", "github", "gitlab", "markdown")),
    *(("inventory", "-f", form) for form in ("table", "json", "cyclonedx")),
    ("inventory", "-v"),
    *(("offline", "-v", "-f", form) for form in ("text", "json", "shell", "markdown", "nix", "conda", "flatpak", "gentoo")),
    ("check", "--show-config"),
    ("diff", "empty"),
    ("diff", "-f", "json", "empty"),
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("hostile")
    for name, files in {**PROJECTS, "empty": {"setup.py": ""}}.items():
        for file, text in files.items():
            path = root / name / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    return root


@pytest.fixture(autouse=True)
def in_a_workflow(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    monkeypatch.delenv("FORCE_COLOR", raising=False)


def run(*words: str) -> int:
    with pytest.raises(SystemExit) as stopped:
        main(words)
    assert isinstance(stopped.value.code, int)
    return stopped.value.code


def harmless(text: str) -> None:
    """No controls, no credentials, no commands."""
    found = CONTROLS.search(text)
    assert found is None, text[max(0, found.start() - 80) : found.end() + 20]
    assert SECRET not in text, text[max(0, text.index(SECRET) - 80) :][:120]
    command = COMMANDS_OF_A_WORKFLOW.search(text)
    assert command is None, text[max(0, command.start() - 80) : command.end() + 20]


@pytest.mark.parametrize("project", PROJECTS)
@pytest.mark.parametrize("words", RUNS, ids=" ".join)
def test_nothing_comes_through(words: tuple[str, ...], project: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(*words, project) in {0, 1}
    out, err = capsys.readouterr()
    assert out
    if "github" in words:  # each line is a command of ours, or a line of the log that is none
        for line in out.splitlines():
            annotation = re.match(r"::(?:error|warning|notice) [^:]*::", line)
            harmless(line if annotation is None else f"- {line[annotation.end() :]}".replace("##[", ""))
            harmless("" if annotation is None else annotation[0].strip(":"))
    else:
        harmless(out.replace("\t", "") if "gentoo" in words else out)
    harmless(err)
    if words[-2:] in {("-f", "json"), ("-f", "sarif"), ("-f", "gitlab"), ("-f", "cyclonedx")}:
        json.loads(out)


@pytest.mark.parametrize("project", PROJECTS)
def test_nothing_comes_through_to_a_terminal(project: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    for width in ("40", "100", "1000"):
        monkeypatch.setenv("COLUMNS", width)
        run("check", "-v", "--no-suppressions", project)
        out, err = capsys.readouterr()
        assert "\x1b[" in out
        assert not COMMANDS_OF_A_WORKFLOW.search(out)
        harmless(re.sub("(?m)^ *:::", "", COLOUR.sub("", out)))  # our own mark
        harmless(err)


@pytest.mark.parametrize(
    "files",
    [
        {"pyproject.toml": f'[tool.offlint]\n"{CODED}##[error] {URL}" = 1\n'},
        {"pyproject.toml": f'[tool.offlint]\nfail-on = "\\n::error::{CODED} {URL}"\n'},
        {"offlint.toml": f'rules = ["../{CODED}\\n::error:: {URL}"]\n'},
        {"offlint.toml": f'select = ["{CODED}\\n::error:: {URL}"]\n'},
        {"offlint.toml": f'baseline = "{CODED}\\n::error::##[x]"\n'},
        {"offlint.toml": "rules = ['p']\n", "p/\x1b[31m##[error].md": f"# x\n```toml\n[[call]]\n'{ODD}##[x]' = '{URL}'\n```\n"},
        {"offlint.toml": "rules = ['p']\n", "p/x.md": f"# x\n```toml\n[[call]]\nnames = ['{ODD} ##[error] {URL}']\nkind = '{URL}'\n```\n"},
    ],
)
def test_what_a_configuration_says_comes_through_neither(files: dict[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, text in {"setup.py": "", **files}.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    for words in (("check",), ("check", "--show-config"), ("offline",), ("inventory",)):
        run(*words, str(tmp_path))
        out, err = capsys.readouterr()
        harmless(out + err)
    os.chdir(tmp_path)
    if (tmp_path / "p").is_dir():
        run("check-rules")
        out, err = capsys.readouterr()
        assert out
        harmless(out + err)


def test_a_project_is_named_harmlessly(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = tmp_path / "\x1b[31m\n::error::\u202e##[x]"
    root.mkdir()
    (root / "setup.py").write_text(PYTHON["setup.py"])
    os.chdir(tmp_path)
    for words in RUNS[:-2]:
        if "github" not in words:
            run(*words, root.name)
            out, err = capsys.readouterr()
            harmless((out + err).replace("\t", ""))


def test_a_jobs_summary_has_no_markup_of_the_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    from markdown_it import MarkdownIt

    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary"))
    run("check", "--no-suppressions", "-v", "-f", "github", str(folder / "python"))
    text = (tmp_path / "summary").read_text("utf-8")
    harmless(text)
    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    inline = {child.type for token in tokens for child in token.children or ()}
    assert not inline & {"link_open", "image", "html_block"}
    tags = {child.content for token in tokens for child in token.children or () if child.type == "html_inline"}
    assert tags <= {"<code>", "</code>"}


@pytest.mark.parametrize(
    "text", ["a." * 200_000 + "://", "a://" * 50_000, "a://b:" + "c" * 200_000, "://" + "?key=" * 50_000, "a://@@" * 50_000]
)
def test_masking_takes_no_time(text: str) -> None:
    import time

    began = time.process_time()
    redact(text)
    assert time.process_time() - began < 2
