"""Which readers meet text that a stranger wrote? Each as a function of bytes, which raises where a property does not hold.

What a reader documents to raise (``Unreadable``, ``CannotLower``, ``SettingsError``, ``RulebookError``) is an answer and no finding.
"""

from __future__ import annotations

import gzip
import tempfile
from collections.abc import Callable
from pathlib import Path

from properties import CONTROLS, Broken, inside, sound, spans_in

from offlint.findings.redact import redact
from offlint.formats.base import shown, visible
from offlint.lower import cmake, cmake_lexer, doctests, makefile, meson, notebook, pieces, python, shell, yaml_
from offlint.lower.newer import Unreadable as UnreadablePython
from offlint.lower.newer import lower_newer
from offlint.project import open_project
from offlint.project.base import Unreadable
from offlint.project.memory import MemoryProject
from offlint.rulebook.errors import RulebookError
from offlint.rulebook.loading import load_rulebook
from offlint.rulebook.reader import read_page
from offlint.run import check_project
from offlint.settings import SettingsError, find_settings, shown_settings
from offlint.surfaces import find_surfaces

BOOK = load_rulebook()
FOLDER = Path(tempfile.mkdtemp(prefix="fuzz-", dir="/dev/shm" if Path("/dev/shm").is_dir() else None))
CMAKE = "[build-system]\nrequires = ['scikit-build-core']\nbuild-backend = 'scikit_build_core.build'\n"
MESON = "[build-system]\nrequires = ['meson-python']\nbuild-backend = 'mesonpy'\n"
MAKE = "import subprocess\nsubprocess.run(['make', '-f', 'Makefile', 'all'])\n"
SHELL = "import subprocess\nsubprocess.run(['bash', 'build.sh', 'all'])\n"


def one_line(text: str) -> None:
    """A message is one line without controls."""
    if not text or "\n" in text or CONTROLS.search(visible(text)):
        raise Broken(f"not one line: {text!r}")


def archive(data: bytes) -> None:
    """Bytes as an archive's."""
    path = FOLDER / "spam-1.0.tar.gz"
    path.write_bytes(data)
    try:
        project = open_project(path)
    except Unreadable as error:
        one_line(str(error))
        return
    for name in project.files[:50]:
        if name.startswith("/") or ".." in name.split("/"):
            raise Broken(f"a name that leads out: {name!r}")
        project.data(name)
        project.text(name)
    for problem in project.problems:
        one_line(visible(f"{problem.file}: {problem.why}"))


def packed(data: bytes) -> None:
    """Bytes as what a gzipped tar unpacks to."""
    archive(gzip.compress(data, 1))


def settings(data: bytes) -> None:
    """Bytes as a project's own configuration."""
    (FOLDER / "own").mkdir(exist_ok=True)
    for name in ("pyproject.toml", "offlint.toml"):
        (FOLDER / "own" / name).write_bytes(data)
        try:
            text = shown_settings(find_settings(FOLDER / "own"), "own")
        except SettingsError as error:
            one_line(visible(str(error)))
        else:
            if CONTROLS.search(text):
                raise Broken(f"a control in {text!r}")
        (FOLDER / "own" / name).unlink()


def page(data: bytes) -> None:
    """Bytes as a page of rules."""
    (FOLDER / "own-rules").mkdir(exist_ok=True)
    path = FOLDER / "own-rules" / "page.md"
    path.write_bytes(data)
    try:
        read_page("page.md", _source(data))
        load_rulebook([path])
    except RulebookError as error:
        for problem in error.problems:
            one_line(visible(problem))


def analysed(files: dict[str, str | bytes]) -> None:
    """A small project through the whole analysis and all forms of the output."""
    project = MemoryProject(files)
    sound(check_project(project, rulebook=BOOK), project, BOOK)


def declared(data: bytes) -> None:
    """Bytes as each file that declares something."""
    names = (
        "pyproject.toml", "setup.cfg", "tox.ini", "pytest.ini", "Cargo.toml", "rust/Cargo.toml", ".cargo/config.toml", "Cargo.lock",
        "requirements.txt", "docs/requirements.txt", "subprojects/a.wrap", "mkdocs.yml", "MANIFEST.in", ".gitmodules", "PKG-INFO",
        "tox.toml", "hatch.toml", "environment.yml",
    )  # fmt: skip
    for name in names:
        project = MemoryProject({"pyproject.toml": "", "setup.py": "", "meson.build": "", name: data})
        inside(spans_in(find_surfaces(project, None, BOOK)), project.text)


def _source(data: bytes) -> str:
    return data.decode("utf-8", "replace").replace("\0", "")


def lowered(read: Callable[[str, str], object], documented: type[Exception], file: str) -> Callable[[bytes], None]:
    """A reader of source text that gives the small form, or raises what it documents."""

    def check(data: bytes) -> None:
        text = _source(data)
        try:
            found = read(text, file)
        except documented as error:
            one_line(visible(str(error)))
        else:
            inside(spans_in(found), lambda _: text)

    return check


def meson_text(data: bytes) -> None:
    """Bytes as a meson.build."""
    try:
        meson.read_meson(_source(data))
    except meson.CannotRead as error:
        one_line(visible(str(error)))


def notebook_text(data: bytes) -> None:
    """Bytes as a notebook, and its cells as code."""
    text = _source(data)
    found = notebook.read_notebook(text)
    if found is None:
        return
    try:
        inside(spans_in(pieces.lower_pieces(found.pieces, "a.ipynb")), lambda _: text)
    except python.CannotLower as error:
        one_line(visible(str(error)))


def documents(data: bytes) -> None:
    """Bytes as documents that a documentation build runs."""
    conf = "project = 'x'\nextensions = ['myst_nb', 'nbsphinx', 'jupyter_sphinx', 'matplotlib.sphinxext.plot_directive']\n"
    analysed({"docs/conf.py": conf, "docs/index.rst": data, "docs/b.md": data, "docs/c.ipynb": data})


def texts(data: bytes) -> None:
    """Bytes as a text that is shown."""
    text = data.decode("utf-8", "surrogateescape")
    if CONTROLS.search(shown(text)) or "\n" in shown(text):
        raise Broken(f"{shown(text)!r} has a control")
    redact(text)


def whole(**fixed: str) -> Callable[[str], Callable[[bytes], None]]:
    """The whole analysis of a project in which one file has these bytes."""
    files = {name.replace("__", "/").replace("_", "."): text for name, text in fixed.items()}
    return lambda name: lambda data: analysed({**files, name: data})


READERS: dict[str, Callable[[bytes], None]] = {
    "archive": archive,
    "tar": packed,
    "settings": settings,
    "page": page,
    "declared": declared,
    "cmake-text": lowered(cmake.lower_cmake, cmake_lexer.CannotLower, "CMakeLists.txt"),
    "shell-text": lowered(shell.lower_shell, shell.CannotLower, "build.sh"),
    "make-text": lowered(makefile.lower_makefile, makefile.CannotLower, "Makefile"),
    "meson-text": meson_text,
    "yaml-text": lowered(yaml_.lower_yaml, python.CannotLower, "mkdocs.yml"),
    "notebook-text": notebook_text,
    "examples-text": lowered(doctests.lower_doctests, python.CannotLower, "docs/index.rst"),
    "docstrings-text": lowered(doctests.lower_doctests, python.CannotLower, "spam.py"),
    "python-text": lowered(python.lower_python, python.CannotLower, "setup.py"),
    "newer-text": lowered(lower_newer, UnreadablePython, "setup.py"),
    "texts": texts,
    "python": whole()("setup.py"),
    "tests": whole(pytest_ini="[pytest]\n")("tests/test_x.py"),
    "conf": whole()("docs/conf.py"),
    "cmake": whole(pyproject_toml=CMAKE)("CMakeLists.txt"),
    "meson": whole(pyproject_toml=MESON)("meson.build"),
    "shell": whole(setup_py=SHELL)("build.sh"),
    "make": whole(setup_py=MAKE)("Makefile"),
    "documents": documents,
    "examples": whole(pytest_ini="[pytest]\naddopts = --doctest-modules --doctest-glob=*.rst\n")("docs/index.rst"),
    "docstrings": whole(pytest_ini="[pytest]\naddopts = --doctest-modules\n")("spam.py"),
    "just": whole()("justfile"),
    "invoke": whole()("tasks.py"),
    "myst": whole()("myst.yml"),
}
