"""Is a run short where there is little to do? What it loads, since that is what a short run spends its time with."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

SAMPLES = Path(__file__).resolve().parent.parent / "samples"

# What a run must do without that draws no terminal, writes no SARIF, and reads no YAML, shell or syntax of a newer Python.
HEAVY = frozenset(
    {
        "rich",
        "sarif_om",
        "attr",
        "libcst",
        "tree_sitter",
        "tree_sitter_bash",
        "yaml",
        "packaging",
        "cyclonedx",
        "asyncio",
        "email",
        "http",
        "importlib.metadata",
        "logging",
        "ssl",
        "subprocess",
        "unittest",
    }
)
# What the words of the command line alone need even less.
HEAVIER = HEAVY | frozenset(
    {
        "offlint.run",
        "offlint.flow",
        "offlint.model.report",
        "offlint.rulebook.schema",
        "offlint.recipe.model",
        "tomllib",
        "json",
        "tempfile",
        "difflib",
    }
)
CODE = "import sys\nfrom offlint.cli import main\ntry:\n    main(sys.argv[1].split())\nfinally:\n    print(*sys.modules, file=sys.stderr)\n"

# As ``python -m offlint``, but that what is new is trusted at once.
AGAIN = """import sys
from offlint.cache import replay
replay.SETTLED = -60.0
from offlint.__main__ import run
try:
    run()
finally:
    print(*sys.modules, file=sys.stderr)
"""


def loaded(arguments: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", CODE, arguments], capture_output=True, text=True, check=False, cwd=SAMPLES, encoding="utf-8"
    )
    assert done.returncode in {0, 1}, done.stderr
    assert done.stdout
    return set(done.stderr.split())


@pytest.mark.parametrize("sample", [path.name for path in sorted(SAMPLES.iterdir()) if path.is_dir()])
def test_a_check_loads_nothing_that_it_does_not_use(sample: str) -> None:
    assert not loaded(f"check --no-cache {sample}").intersection(HEAVY)


@pytest.mark.parametrize("arguments", ["check", "check --format json", "inventory", "inventory --format json"])
def test_an_answer_that_is_kept_takes_no_analysis(arguments: str) -> None:
    loaded(f"{arguments} guarded")
    found = loaded(f"{arguments} guarded")
    assert not found.intersection(HEAVY | {"offlint.run", "offlint.project.tree", "offlint.rulebook.loading", "tomllib"})
    assert not {name for name in found if name.startswith(("offlint.flow", "offlint.lower", "offlint.judge", "offlint.surfaces"))}


@pytest.mark.skipif(os.name != "posix", reason="elsewhere the system does not tell when a file was changed")
@pytest.mark.parametrize("arguments", ["check", "check --format json", "inventory", "offline", "offline --format nix", "diff unguarded"])
def test_an_answer_that_is_said_again_takes_next_to_nothing(arguments: str, tmp_path: Path) -> None:
    environment = {**os.environ, "OFFLINT_CACHE_DIR": str(tmp_path)}
    for _ in range(2):
        command = [sys.executable, "-c", AGAIN, *arguments.split(), "guarded"]
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=SAMPLES, encoding="utf-8", env=environment)
        assert done.stdout
    found = set(done.stderr.split())
    assert {name for name in found if name.startswith("offlint.")} <= {
        "offlint.__main__",
        "offlint.cache",
        "offlint.cache.identity",
        "offlint.cache.replay",
        "offlint.cache.store",
        "offlint.formats",
        "offlint.formats.stream",
    }
    slow = {"click", "collections", "contextlib", "dataclasses", "enum", "functools", "hashlib", "json", "pathlib", "re", "typing"}
    assert not found.intersection(slow | HEAVIER)


@pytest.mark.parametrize("arguments", ["--version", "--help", "check --help"])
def test_a_word_takes_less(arguments: str) -> None:
    assert not loaded(arguments).intersection(HEAVIER)


# What a project of one script and one module has no file for.
ASLEEP = {
    "offlint.rulebook": {"checking", "reader", "keys", "converters"},
    "offlint.lower": {"cmake", "cmake_lexer", "makefile", "meson", "newer", "shell", "shell_words"},
    "offlint.flow": {"cmake"},
    "offlint.surfaces": {
        "cargo", "cmake", "flit", "hatch", "hatch_tasks", "invoke", "makefile", "meson", "meson_build", "meson_wraps", "mkdocs", "nox",
        "pdm", "pep517", "poetry", "release", "runners", "scikit_build", "setuptools_download", "sphinx", "submodules", "tox",
    },
}  # fmt: skip
AWAY = {"xml", "difflib", "tempfile", "tomllib", "shutil", "random", "socket"}


def test_a_script_wakes_next_to_nothing(tmp_path: Path) -> None:
    """The second time, when it is known what the pages say; the project has changed meanwhile."""
    environment = {**os.environ, "OFFLINT_CACHE_DIR": str(tmp_path / "cache")}
    (tmp_path / "spam").mkdir()
    (tmp_path / "spam" / "spam.py").write_text("SPAM = 1\n")
    for url in ("https://example.org/a.tgz", "https://example.org/b.tgz"):
        script = f"from setuptools import setup\nfrom urllib.request import urlopen\nurlopen('{url}')\nsetup(py_modules=['spam'])\n"
        (tmp_path / "spam" / "setup.py").write_text(script)
        command = [sys.executable, "-c", CODE, "check spam"]
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path, encoding="utf-8", env=environment)
        assert url in done.stdout
    found = set(done.stderr.split())
    assert {"offlint.surfaces.setuptools", "offlint.flow.calls"} <= found
    assert not found.intersection(HEAVY | AWAY)
    assert not {f"{package}.{name}" for package, names in ASLEEP.items() for name in names} & found
    assert all((import_module(f"{package}.{name}")) for package, names in ASLEEP.items() for name in names), "they are called so"


def test_the_names_are_those_of_modules() -> None:
    assert "sarif_om" in loaded("check --no-cache --format sarif guarded")
    assert {"json", "offlint.run", "offlint.flow"} <= loaded("check --no-cache --format json guarded")
