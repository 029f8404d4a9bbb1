"""Is what is distributed whole? The sdist, the wheel that is built from it, and the program in the wheel, all without the network."""

from __future__ import annotations

import os
import site
import subprocess
import sys
import sysconfig
import tarfile
import zipfile
from pathlib import Path

import pytest

from offlint import __version__
from offlint.rulebook.kept import SHIPPED, written

ROOT = Path(__file__).resolve().parent.parent
RULES = sorted(path.relative_to(ROOT / "rules").as_posix() for path in (ROOT / "rules").rglob("*.md"))

pytestmark = pytest.mark.skipif(not (ROOT / "Makefile").is_file(), reason="needs the whole source tree")


def run(*words: object, cwd: Path, **variables: str) -> str:
    """The standard output of a Python command, which must succeed; pip and its like are kept offline."""
    done = subprocess.run(
        [sys.executable, *map(str, words)],
        cwd=cwd,
        env={**os.environ, "PIP_NO_INDEX": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1", **variables},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The sdist, and the wheel that is built from it (`python -m build` does it in this order)."""
    folder = tmp_path_factory.mktemp("dist")
    run("-m", "build", "--no-isolation", "--outdir", folder, ROOT, cwd=folder)
    (sdist,), (wheel,) = folder.glob("*.tar.gz"), folder.glob("*.whl")
    return sdist, wheel


def test_nothing_else_lies_beside_them(built: tuple[Path, Path]) -> None:
    """`twine upload dist/*` would take it along."""
    assert sorted(built[0].parent.iterdir()) == sorted(built)


def test_the_sdist_holds_all_that_build_tests_and_docs_need(built: tuple[Path, Path]) -> None:
    with tarfile.open(built[0]) as archive:
        names = {member.name.partition("/")[2] for member in archive if member.isfile()}
    wanted = [path for top in ("src", "rules", "tests", "docs", "samples") for path in (ROOT / top).rglob("*")]
    wanted += [
        ROOT / name
        for name in ("Makefile", "noxfile.py", "README.md", "ARCHITECTURE.md", "LICENSE", "pyproject.toml", "hatch_build.py", ".ci/run")
    ]
    wanted += [ROOT / name for name in (".pre-commit-hooks.yaml", "action.yml", "hatch_build.py")]
    files = {path.relative_to(ROOT).as_posix() for path in wanted if path.is_file() and "__pycache__" not in path.parts}
    assert sorted(files - names) == []
    assert not [name for name in names if "__pycache__" in name or name.startswith((".venv", ".git/"))]


def test_the_wheel_holds_every_page_and_what_they_say(built: tuple[Path, Path]) -> None:
    with zipfile.ZipFile(built[1]) as archive:
        names = archive.namelist()
        shipped = archive.read(f"offlint/rules/{SHIPPED}")
    start = "offlint/rules/"
    assert sorted(name.removeprefix(start) for name in names if name.startswith(start)) == sorted([*RULES, SHIPPED])
    assert shipped == written(ROOT / "rules")
    assert "offlint/offlint.schema.json" in names
    assert {name.partition("/")[0] for name in names} == {"offlint", f"offlint-{__version__}.dist-info"}


def test_the_installed_program_runs_from_anywhere(built: tuple[Path, Path], tmp_path: Path) -> None:
    target, elsewhere = tmp_path / "installed", tmp_path / "elsewhere"
    elsewhere.mkdir()
    run("-m", "pip", "install", "--no-index", "--no-deps", "--no-compile", "--target", target, built[1], cwd=elsewhere)
    # -S leaves out the .pth file of an editable install; the dependencies come from where they are.
    path = os.pathsep.join([str(target), sysconfig.get_path("purelib"), sysconfig.get_path("platlib"), *site.getsitepackages()])

    def offlint(*words: object) -> str:
        return run("-S", "-m", "offlint", *words, cwd=elsewhere, PYTHONPATH=path)

    where = run("-S", "-c", "import offlint; print(offlint.__file__)", cwd=elsewhere, PYTHONPATH=path)
    assert Path(where.strip()).is_relative_to(target)
    assert offlint("--version") == f"offlint {__version__}\n"
    codes = [line.split()[0] for line in offlint("rules").splitlines()[1:]]
    assert len(codes) == len([name for name in RULES if name.startswith("findings/")])
    folder = run("-S", "-c", "from offlint.rulebook.loading import rules_folder as f; print(f())", cwd=elsewhere, PYTHONPATH=path)
    assert Path(folder.strip()) == target / "offlint" / "rules"
    assert "OFL201" in offlint("explain", "unverified-download")
    (elsewhere / "setup.py").write_text("import urllib.request\nurllib.request.urlopen('https://example.org/a')\n", encoding="utf-8")
    assert "build  online" in offlint("check", "--fail-on", "never", ".")
