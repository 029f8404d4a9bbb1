"""Do the action's steps do what it says, and are the workflows of the guide as careful as they should be?

The scripts are taken from action.yml and run in bash with the variables that a runner sets; pip installs a wheel that the test built.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from offlint import __version__

ROOT = Path(__file__).resolve().parent.parent
ACTION = ROOT / "action.yml"

pytestmark = pytest.mark.skipif(not ACTION.is_file(), reason="needs the whole source tree")

PINNED = re.compile(r"[\w.-]+/[\w./-]+@[0-9a-f]{40}")
EXPRESSION = re.compile(r"\$\{\{\s*(.*?)\s*\}\}")


def action() -> dict[str, Any]:
    whole: dict[str, Any] = yaml.safe_load(ACTION.read_text(encoding="utf-8"))
    return whole


def steps() -> dict[str, dict[str, Any]]:
    return {step["name"]: step for step in action()["runs"]["steps"]}


def workflows() -> list[dict[str, Any]]:
    blocks = re.findall(r"```yaml\n(.*?)```", (ROOT / "docs" / "ci.md").read_text(encoding="utf-8"), re.DOTALL)
    return [yaml.safe_load(block) for block in blocks]


def test_no_input_is_written_into_a_script() -> None:
    assert [name for name, step in steps().items() if EXPRESSION.search(step.get("run", ""))] == []


def test_every_input_is_used_and_every_use_is_an_input() -> None:
    whole = action()
    used = set(re.findall(r"inputs\.([\w-]+)", ACTION.read_text(encoding="utf-8")))
    assert used == set(whole["inputs"])
    assert all(isinstance(one["default"], str) and one["description"] for one in whole["inputs"].values())


def test_what_is_used_is_pinned() -> None:
    used = [step["uses"] for step in steps().values() if "uses" in step]
    for workflow in workflows():
        for job in workflow.get("jobs", {}).values() if isinstance(workflow, dict) else ():
            used += [step["uses"] for step in job["steps"] if "uses" in step]
    assert len(used) == 3
    assert [one for one in used if not PINNED.fullmatch(one)] == ["example/offlint@v0.1.0"]


def test_the_workflow_has_the_least_permissions() -> None:
    (workflow,) = [one for one in workflows() if "jobs" in one]
    assert workflow["permissions"] == {}
    (job,) = workflow["jobs"].values()
    assert job["permissions"] == {"contents": "read", "security-events": "write"}
    assert job["steps"][0]["with"] == {"persist-credentials": False}
    assert "run" not in job["steps"][1]


def test_the_gitlab_job_calls_what_there_is() -> None:
    (job,) = [one["offlint"] for one in workflows() if "offlint" in one]
    report = job["artifacts"]["reports"]["codequality"]
    assert job["artifacts"]["when"] == "always"
    assert job["script"][-1] == f"offlint check --report gitlab={report} ."


class Runner:
    """Runs the scripts as a runner would, in a checkout of one of the samples."""

    def __init__(self, folder: Path, **inputs: str) -> None:
        if shutil.which("bash") is None:
            pytest.skip("needs bash")
        self.temp, self.work = folder / "temp dir", folder / "work"
        self.temp.mkdir()
        if not self.work.exists():
            shutil.copytree(ROOT / "samples", self.work)
        self.inputs = {name: one["default"] for name, one in action()["inputs"].items()} | inputs
        self.outputs: dict[str, str] = {}
        self.variables: dict[str, str] = {}

    def run(self, name: str) -> subprocess.CompletedProcess[str]:
        step = steps()[name]
        files = {variable: self.temp / variable.lower() for variable in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
        for file in files.values():
            file.touch()
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
            cwd=self.work,
            env={
                **os.environ,
                "GITHUB_ACTION_PATH": str(ROOT),
                "RUNNER_TEMP": str(self.temp),
                **{variable: str(file) for variable, file in files.items()},
                **{variable: self.value(text) for variable, text in step.get("env", {}).items()},
                **self.variables,
            },
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=240,
            check=False,
        )
        self.outputs |= dict(line.split("=", 1) for line in files["GITHUB_OUTPUT"].read_text(encoding="utf-8").splitlines())
        return done

    def value(self, text: str) -> str:
        found = EXPRESSION.fullmatch(text)
        assert found is not None
        kind, _, name = found[1].rpartition(".")
        known: Mapping[str, str] = {"inputs": self.inputs, "steps.check.outputs": self.outputs}[kind]
        return known[name]

    def installed(self) -> Runner:
        """As after the first step: a Python that has offlint."""
        folder = self.temp / "offlint" / "bin"
        folder.mkdir(parents=True)
        (folder / "python").write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
        (folder / "python").chmod(0o755)
        self.variables["PYTHONPATH"] = os.pathsep.join(sys.path)
        return self

    @property
    def summary(self) -> str:
        return (self.temp / "github_step_summary").read_text(encoding="utf-8")


def test_check_and_upload(tmp_path: Path) -> None:
    runner = Runner(tmp_path, paths="unguarded\nweak-guard\n").installed()
    done = runner.run("Check")
    assert (done.returncode, done.stderr) == (0, "")
    assert "unguarded/buildtools/fetch.py:9:10: error OFL101" in done.stdout
    assert "::error" not in done.stdout
    assert runner.outputs["exit-code"] == "1"
    assert '"unguarded/buildtools/fetch.py"' in Path(runner.outputs["sarif"]).read_text(encoding="utf-8")
    assert "## offlint: `unguarded 1.0`" in runner.summary
    assert runner.run("Report").returncode == 1


def test_annotations_without_an_upload(tmp_path: Path) -> None:
    runner = Runner(tmp_path, paths="unguarded", **{"upload-sarif": "false", "fail-on": "never", "select": "integrity, OFL1xx"}).installed()
    done = runner.run("Check")
    assert "::error file=unguarded/buildtools/fetch.py,line=9" in done.stdout
    assert runner.summary.count("## offlint: `unguarded 1.0`") == 1
    assert runner.outputs["exit-code"] == "0"
    assert runner.run("Report").returncode == 0


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("fail-on", "--output=x", "fail-on must be words"),
        ("select", "OFL101 $(touch pwned)", "select must be words"),
        ("ignore", "a;touch pwned", "ignore must be words"),
        ("phase", "build\nx", "phase must be words"),
        ("phase", "buld", "'buld' is none of build, test, docs"),
        ("upload-sarif", "yes", "upload-sarif must be true or false"),
        ("paths", "$(touch pwned)\n`touch pwned`; touch pwned", "does not exist"),
        ("paths", "--output=pwned", "--output=pwned: does not exist"),
    ],
)
def test_bad_inputs_end_the_job(name: str, value: str, said: str, tmp_path: Path) -> None:
    runner = Runner(tmp_path, **{name: value}).installed()
    done = runner.run("Check")
    assert done.returncode == 2
    assert said in done.stdout + done.stderr
    assert not list(tmp_path.rglob("pwned"))
    assert "exit-code" not in runner.outputs


def test_paths_with_blanks(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "samples" / "guarded", tmp_path / "work" / "a b*")
    runner = Runner(tmp_path, paths="a b*").installed()
    assert runner.run("Check").returncode == 0
    assert runner.outputs["exit-code"] == "0"


@pytest.mark.parametrize("version", ["1.0; touch pwned", "-r x", "latest", "git+https://example.org/x"])
def test_only_versions_are_installed(version: str, tmp_path: Path) -> None:
    done = Runner(tmp_path, version=version).run("Install offlint")
    assert done.returncode == 2
    assert "version must be a version" in done.stdout


@pytest.mark.parametrize("version", ["", __version__], ids=["own", "index"])
def test_install(version: str, tmp_path: Path) -> None:
    """The real pip in a real virtual environment, with the dependencies from where they are."""
    runner = Runner(tmp_path, version=version)
    wheels, others = tmp_path / "wheels", tmp_path / "others"
    others.mkdir()
    for place in reversed([path for path in sys.path if path.endswith("site-packages")]):
        for one in Path(place).iterdir():  # without our own, which pip would take for installed
            if "offlint" not in one.name and one.suffix != ".pth":
                (others / one.name).unlink(missing_ok=True)
                (others / one.name).symlink_to(one)
    kept = {"PIP_NO_INDEX": "1", "PIP_NO_DEPS": "1", "PIP_NO_BUILD_ISOLATION": "false", "PIP_FIND_LINKS": str(wheels)}
    runner.variables = {**kept, "PYTHONPATH": str(others)}
    if version:
        local = ["--quiet", "--no-index", "--no-deps", "--no-build-isolation"]
        build = [sys.executable, "-m", "pip", "wheel", *local, "--wheel-dir", str(wheels), str(ROOT)]
        subprocess.run(build, env={**os.environ, **runner.variables}, check=True, timeout=240, cwd=tmp_path)
    done = runner.run("Install offlint")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1] == f"offlint {__version__}"
    assert list((runner.temp / "offlint").rglob("offlint-*.dist-info"))
