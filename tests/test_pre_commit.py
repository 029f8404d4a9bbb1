"""Do the hooks work in the real pre-commit, on a real git repository, and only where they should?

pre-commit reads .pre-commit-hooks.yaml from a repository that the test makes. The only thing that is overridden is ``language``: an
environment of its own would be filled from an index. Git may use nothing but files.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from offlint.rulebook.checking import load_pages
from pagekit import iter_examples

ROOT = Path(__file__).resolve().parent.parent
MANIFEST = ROOT / ".pre-commit-hooks.yaml"

pytestmark = pytest.mark.skipif(not MANIFEST.is_file(), reason="needs the whole source tree")

BAD = "from urllib.request import urlretrieve\n\n\ndef fetch():\n    urlretrieve('https://example.org/a.tgz', 'a.tgz')\n"
FILES = {
    "setup.py": "from setuptools import setup\n\nfrom tools.fetch import fetch\n\nfetch()\nsetup()\n",
    "pyproject.toml": '[build-system]\nrequires = ["setuptools"]\n',
    "tools/__init__.py": "",
    "tools/fetch.py": BAD,
    "tools/unused.py": BAD,
    "spam.py": "x = 1\n",
    "README.md": "Spam.\n",
    "data.json": "{}\n",
    "odd name é.py": "y = 1\n",
    "-q.py": "z = 1\n",
}
CONFIG = """\
repos:
- repo: {repo}
  rev: {rev}
  hooks:
  - {{id: offlint, language: system}}
  - {{id: offlint-sdist, language: system}}
"""


def manifest() -> dict[str, dict[str, Any]]:
    return {hook["id"]: hook for hook in yaml.safe_load(MANIFEST.read_text(encoding="utf-8"))}


def test_the_hooks_run_what_is_installed() -> None:
    hooks = manifest()
    assert set(hooks) == {"offlint", "offlint-sdist"}
    assert 'offlint = "offlint.__main__:main"' in (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert {(hook["language"], hook["entry"], hook["require_serial"]) for hook in hooks.values()} == {("python", "offlint check", True)}


def test_the_readme_names_the_hooks() -> None:
    said = (ROOT / "README.md").read_text(encoding="utf-8") + (ROOT / "docs" / "ci.md").read_text(encoding="utf-8")
    assert set(re.findall(r"- id: (offlint[\w-]*)", said)) == set(manifest())


@pytest.mark.parametrize(
    ("path", "triggers"),
    [
        *((path, True) for path in ("setup.py", "pyproject.toml", "a/setup.cfg", "tests/conftest.py", "docs/conf.py", "src/a/b.py")),
        *((path, True) for path in ("cmake/Find.cmake", "CMakeLists.txt", "a/meson.build", "subprojects/a.wrap", "meson_options.txt")),
        *((path, True) for path in ("Cargo.toml", "Cargo.lock", "tox.ini", "noxfile.py", "mkdocs.yml", "Makefile", "build.sh")),
        *((path, True) for path in ("requirements-dev.txt", "requirements/docs.txt", "docs/a.ipynb", "pytest.ini", "poe_tasks.toml")),
        *((path, False) for path in ("README.md", "docs/index.rst", "a.json", "src/a.c", "my-setup.cfg", "notes.txt", "xpy", "LICENSE")),
    ],
)
def test_what_triggers(path: str, triggers: bool) -> None:
    assert bool(re.search(manifest()["offlint"]["files"], path)) is triggers


def test_every_file_with_a_finding_triggers() -> None:
    """Of all examples of all pages: documents, and names that tell nothing, are the exceptions that docs/ci.md names."""
    pages = [*load_pages(), *load_pages([ROOT / "tests" / "pages"], builtin=False)]
    found = {file for case in iter_examples(pages) for file, lines in case.marks.items() if lines}
    silent = {file for file in found if not re.search(manifest()["offlint"]["files"], file)}
    assert len(found) > 100
    archives = {
        ".gitmodules",
        ".readthedocs.yaml",
    }  # findings in these are about archives only, never about a checkout that is committed to
    assert {file for file in silent if not file.endswith((".rst", ".md"))} - archives == {"egg.txt.in", "sub/e", "tests/bin/spam-it"}


class Repository:
    """A git repository with hooks from ``hooks``, and an ``offlint`` on the PATH."""

    def __init__(self, folder: Path) -> None:
        pytest.importorskip("pre_commit")
        if shutil.which("git") is None:
            pytest.skip("needs git")
        self.hooks, self.path, tools = folder / "hooks", folder / "spam", folder / "bin"
        tools.mkdir()
        program = tools / "offlint"
        program.write_text(f"#!{sys.executable}\nfrom offlint.__main__ import main\nmain()\n")
        program.chmod(0o755)
        self.variables = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("GIT_", "PRE_COMMIT"))},
            "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": os.pathsep.join(sys.path),
            "PRE_COMMIT_HOME": str(folder / "home"),
            "HOME": str(folder),
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_ALLOW_PROTOCOL": "file",
            "PIP_NO_INDEX": "1",
            **dict.fromkeys(("GIT_AUTHOR_NAME", "GIT_COMMITTER_NAME", "GIT_AUTHOR_EMAIL", "GIT_COMMITTER_EMAIL"), "a@example.org"),
        }
        self.make(self.hooks, {".pre-commit-hooks.yaml": MANIFEST.read_text(encoding="utf-8")})
        rev = self.run("git", "rev-parse", "HEAD", cwd=self.hooks).stdout.strip()
        self.make(self.path, {**FILES, ".pre-commit-config.yaml": CONFIG.format(repo=self.hooks, rev=rev)})
        assert self.run(sys.executable, "-m", "pre_commit", "install").returncode == 0

    def make(self, folder: Path, files: Mapping[str, str]) -> None:
        for name, text in files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text, encoding="utf-8")
        for words in (["init", "-q"], ["add", "-A"], ["commit", "-q", "--no-verify", "-m", "first"]):
            assert self.run("git", *words, cwd=folder).returncode == 0

    def run(self, *words: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
        return subprocess.run(  # offlint: ignore[OFL101,OFL201] the hooks' repository is a folder, and their environment is this one
            words, cwd=cwd or self.path, env=self.variables, capture_output=True, text=True, encoding="utf-8", timeout=120, check=False
        )

    def pre_commit(self, *words: str) -> subprocess.CompletedProcess[str]:
        return self.run(sys.executable, "-m", "pre_commit", *words)

    def commit(self, name: str) -> subprocess.CompletedProcess[str]:
        """Change a file and try to commit it, through the hook that pre-commit installed."""
        file = self.path / name
        file.write_text(file.read_text(encoding="utf-8") + "\n", encoding="utf-8")
        self.run("git", "add", "--", name)
        done = self.run("git", "commit", "-m", name)
        self.run("git", "reset", "-q", "--hard")
        return done


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    return Repository(tmp_path_factory.mktemp("pre-commit"))


def test_the_manifest_is_valid(repository: Repository) -> None:
    done = repository.pre_commit("validate-manifest", str(MANIFEST))
    assert (done.returncode, done.stderr) == (0, "")
    bad = repository.path.parent / "bad.yaml"
    bad.write_text(MANIFEST.read_text(encoding="utf-8").replace("entry:", "entree:"))
    assert repository.pre_commit("validate-manifest", str(bad)).returncode == 1


@pytest.mark.parametrize("name", ["setup.py", "tools/fetch.py"])
def test_a_commit_of_what_leads_to_an_access_is_blocked(name: str, repository: Repository) -> None:
    done = repository.commit(name)
    assert done.returncode == 1
    assert "tools/fetch.py:5:5: error OFL" in done.stderr
    assert "tools/unused.py" not in done.stderr


@pytest.mark.parametrize("name", ["spam.py", "tools/unused.py", "odd name é.py", "-q.py"])
def test_findings_in_other_files_do_not_block_a_commit(name: str, repository: Repository) -> None:
    done = repository.commit(name)
    assert done.returncode == 0, done.stderr
    assert re.search(r"(?m)^offlint\.+Passed$", done.stderr)


@pytest.mark.parametrize("name", ["README.md", "data.json"])
def test_files_that_do_not_matter_do_not_trigger(name: str, repository: Repository) -> None:
    done = repository.commit(name)
    assert done.returncode == 0
    assert re.search(r"(?m)^offlint\.+\(no files to check\)Skipped$", done.stderr)


def test_source_distributions(repository: Repository) -> None:
    (repository.path / "dist").mkdir()
    with tarfile.open(repository.path / "dist" / "spam-1.tar.gz", "w:gz") as archive:
        for name in ("setup.py", "pyproject.toml", "tools"):
            archive.add(repository.path / name, f"spam-1/{name}")
    (repository.path / "dist" / "spam-1-py3-none-any.whl").write_bytes(b"")
    names = [f"dist/{path.name}" for path in (repository.path / "dist").iterdir()]
    done = repository.pre_commit("run", "offlint-sdist", "--files", *names)
    assert done.returncode == 1
    assert "tools/fetch.py:5:5: error OFL" in done.stdout
    assert "Skipped" in repository.pre_commit("run", "offlint-sdist", "--files", "dist/spam-1-py3-none-any.whl").stdout


def test_own_arguments(repository: Repository) -> None:
    config = repository.path / ".pre-commit-config.yaml"
    text = config.read_text(encoding="utf-8")
    config.write_text(text.replace("offlint, language: system", "offlint, language: system, args: [--phase, docs, --]"), encoding="utf-8")
    repository.run("git", "add", "-A")
    done = repository.pre_commit("run", "offlint", "--files", "setup.py")
    repository.run("git", "reset", "-q", "--hard")
    assert done.returncode == 0, done.stdout
