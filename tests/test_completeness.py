"""What does an archive lack? Cases that no page can show: archives, a checkout beside one, declarations of each backend."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import pytest
from click.testing import CliRunner

from offlint.cli import cli
from offlint.model.report import Finding
from offlint.model.words import Level, Phase
from offlint.project.memory import MemoryProject
from offlint.run import check, check_project
from offlint.surfaces.against import lacking

INFO = "Metadata-Version: 2.1\nName: spam\nVersion: 1.0\n"


def archive(path: Path, files: dict[str, str]) -> Path:
    with tarfile.open(path, "w:gz") as tar:
        for name, text in files.items():
            data = text.encode()
            member = tarfile.TarInfo(f"spam-1.0/{name}")
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    return path


def lacks(files: dict[str, str]) -> list[tuple[str, str, str]]:
    report = check_project(MemoryProject({"PKG-INFO": INFO, **files}))
    return [(one.code, one.level.value, one.subject) for one in report.findings if one.code.startswith("OFL4")]


def build(requires: str, backend: str, more: str = "") -> str:
    return f'[build-system]\nrequires = ["{requires}"]\nbuild-backend = "{backend}"\n{more}'


def test_an_archive_without_metadata_is_what_was_released_too(tmp_path: Path) -> None:
    path = archive(tmp_path / "spam.tar.gz", {"setup.py": "from setuptools import setup\nsetup(version=open('VERSION').read())\n"})
    found = [one for one in check(str(path)).findings if one.code == "OFL401"]
    assert [(one.subject, one.level, one.span.place, one.phase) for one in found] == [("VERSION", Level.ERROR, "setup.py:2", Phase.BUILD)]


def test_verdicts_do_not_depend_on_what_is_missing() -> None:
    files = {"setup.py": "from setuptools import setup\nsetup(version=open('VERSION').read())\n"}
    shipped = check_project(MemoryProject({**files, "PKG-INFO": INFO}))
    assert [one.verdict for one in shipped.verdicts] == [one.verdict for one in check_project(MemoryProject(files)).verdicts]
    assert shipped.findings
    assert not shipped.accesses


@pytest.mark.parametrize(
    ("pyproject", "found"),
    [
        (build("meson-python", "mesonpy"), [("OFL401", "error", "meson.build")]),
        (build("scikit-build-core", "scikit_build_core.build"), [("OFL401", "error", "CMakeLists.txt")]),
        (build("maturin", "maturin"), [("OFL401", "error", "Cargo.toml")]),
        (build("flit_core", "flit_core.buildapi", '[project]\nname = "spam"\nreadme = "R.md"\n'), [("OFL401", "error", "R.md")]),
        (build("setuptools", "setuptools.build_meta", '[project]\nname = "spam"\nreadme = "R.md"\n'), [("OFL401", "note", "R.md")]),
        (build("poetry-core", "poetry.core.masonry.api", '[tool.poetry]\nreadme = ["R.md", "S.md"]\n'),
         [("OFL401", "error", "R.md"), ("OFL401", "error", "S.md")]),
        (build("setuptools", "setuptools.build_meta", '[tool.setuptools.dynamic]\nversion = {file = "VERSION"}\n'),
         [("OFL401", "error", "VERSION")]),
        (build("x", "backend", 'backend-path = ["tools"]\n'), [("OFL401", "error", "tools/backend.py")]),
        (build("hatchling", "hatchling.build", '[tool.hatch.build.targets.wheel.force-include]\n"data/x" = "spam/x"\n'),
         [("OFL401", "error", "data/x")]),
    ],
)  # fmt: skip
def test_what_each_backend_reads(pyproject: str, found: list[tuple[str, str, str]]) -> None:
    assert sorted(lacks({"pyproject.toml": pyproject})) == found


def test_keywords_of_setup_name_files_and_folders() -> None:
    code = (
        "from setuptools import setup\n"
        "setup(packages=['spam', 'spam.eggs'], package_dir={'': 'src'}, py_modules=['ham'], scripts=['bin/spam'],\n"
        "      data_files=[('share', ['data/a.txt'])])\n"
    )
    files = {"setup.py": code, "src/spam/__init__.py": ""}
    assert [subject for _, _, subject in lacks(files)] == ["bin/spam", "data/a.txt", "src/ham.py", "src/spam/eggs"]
    assert [level for _, level, _ in lacks(files)] == ["error", "error", "note", "error"]  # a module that is missing is a warning


def test_a_program_may_have_made_it() -> None:
    code = "import subprocess\nfrom setuptools import setup\nsubprocess.check_call(['make'])\nsetup(version=open('VERSION').read())\n"
    assert lacks({"setup.py": code}) == []


def test_own_commands_may_make_the_sources() -> None:
    code = (
        "from setuptools import Extension, setup\nfrom setuptools.command.build_ext import build_ext\n"
        "class Build(build_ext):\n    def build_extensions(self):\n        generate()\n"
        "setup(ext_modules=[Extension('a', ['a.c'])], {})\n"
    )
    assert lacks({"setup.py": code.format("cmdclass={'build_ext': Build}")}) == [("OFL401", "note", "a.c")]
    written = code.replace("generate()", "open('a.c', 'w').write('int a;')")
    assert lacks({"setup.py": written.format("cmdclass={'build_ext': Build}")}) == []
    replaced = code.replace("build_extensions", "run")
    assert lacks({"setup.py": replaced.format("cmdclass={'build_ext': Build}")}) == []
    assert lacks({"setup.py": code.format("cmdclass={'publish': Build}")}) == [("OFL401", "error", "a.c")]


def test_a_source_that_is_added_where_it_is_there() -> None:
    code = (
        "import os\nfrom setuptools import Extension, setup\nsources = ['a.c', 'c.c']\n"
        "if os.path.exists('b.c'):\n    sources.append('b.c')\nsetup(ext_modules=[Extension('a', sources=sources)])\n"
    )
    assert lacks({"setup.py": code, "a.c": ""}) == [("OFL401", "error", "c.c")]


def test_only_some_builds_come_to_it() -> None:
    code = "import sys\nfrom setuptools import setup\nif sys.platform == 'win32':\n    open('win.txt')\nsetup()\n"
    assert lacks({"setup.py": code}) == [("OFL401", "note", "win.txt")]


def test_nothing_of_the_project_is_above_an_archive() -> None:
    code = (
        "import os, shutil\nfrom setuptools import setup\nif os.path.isfile('../pom.xml'):\n    shutil.copy('bin/run.sh', 'x')\nsetup()\n"
    )
    assert lacks({"setup.py": code}) == []


def test_code_that_asks_for_a_file_is_ready_for_its_absence() -> None:
    code = (
        "import os\nfrom setuptools import setup\n"
        "def update(name, text):\n    if os.path.exists(name) and not forced():\n        old = open(name).read()\n"
        "    open(name, 'w').write(text)\n"
        "update('a.h', 'x')\nif os.path.isfile('b.h') or forced():\n    open('b.h')\nsetup()\n"
    )
    assert lacks({"setup.py": code}) == []


def test_version_control_of_another_folder() -> None:
    code = (
        "import os, subprocess\nfrom setuptools import setup\nos.chdir('vendor')\nsubprocess.check_output(['git', 'describe'])\nsetup()\n"
    )
    assert lacks({"setup.py": code, "vendor/a.c": ""}) == []


def test_paths_of_windows() -> None:
    code = "import shutil\nfrom setuptools import setup\nshutil.copytree('.\\\\csrc', 'x')\nopen('a\\\\b')\nsetup()\n"
    assert lacks({"setup.py": code, "csrc/a.c": ""}) == [("OFL401", "error", "a/b")]


def test_lines_of_a_manifest() -> None:
    manifest = "include README CHANGES made.c *.txt .coveragerc\nexclude CHANGES\n"
    code = "from setuptools import setup\nopen('made.c', 'w')\nsetup()\n"
    assert lacks({"setup.py": code, "MANIFEST.in": manifest}) == [("OFL401", "note", "README")]


def test_what_leaves_the_tests_out_is_said() -> None:
    files = {
        "pyproject.toml": build("setuptools", "setuptools.build_meta", '[tool.pytest.ini_options]\ntestpaths = ["tests"]\n'),
        "MANIFEST.in": "prune tests\n",
    }
    (found,) = [one for one in check_project(MemoryProject({"PKG-INFO": INFO, **files})).findings if one.code == "OFL402"]
    assert found.message.endswith("MANIFEST.in leaves it out on purpose, in line 1.")
    assert found.level is Level.NOTE


@pytest.mark.parametrize("name", ["Tests/t_spam.py", "spam/tests/cases.py", "spam/test_eggs.py", "examples/conftest.py"])
def test_tests_of_any_name(name: str) -> None:
    assert lacks({"pytest.ini": "[pytest]\naddopts = -ra\n", name: ""}) == []


def test_a_session_of_nox_names_tests_and_docs() -> None:
    nox = (
        "import nox\n\n\n@nox.session\ndef tests(session):\n    session.run('pytest', '-q', 'tests')\n\n\n"
        "@nox.session\ndef docs(session):\n    session.run('sphinx-build', '-b', 'html', 'docs', 'out')\n"
    )
    assert lacks({"noxfile.py": nox}) == [("OFL402", "note", "tests"), ("OFL403", "note", "docs")]


def test_a_link_to_documentation_where_there_is_none() -> None:
    info = INFO + "Project-URL: Documentation, https://spam.readthedocs.io/\n"
    assert lacks({"PKG-INFO": info}) == [("OFL403", "note", "the documentation's sources")]
    assert lacks({"PKG-INFO": info, "docs/index.rst": "Spam\n"}) == []
    assert lacks({"PKG-INFO": info, "zensical.toml": "[project]\ndocs_dir = 'src'\n", "src/spam/__init__.py": ""}) == []


def test_the_folder_that_a_builder_of_documents_reads() -> None:
    for file, written in (("mkdocs.yml", "docs_dir: pages\n"), ("zensical.toml", '[project]\ndocs_dir = "pages"\n')):
        assert lacks({"PKG-INFO": INFO, file: written}) == [("OFL403", "note", "pages")]
    for command in ("mkdocs build docs", "properdocs build docs", "zensical build docs"):
        tox = f"[tox]\nenv_list = docs\n[testenv:docs]\ncommands = {command}\n"
        assert lacks({"PKG-INFO": INFO, "tox.ini": tox}) == [("OFL403", "note", "docs")]


SHIPPED = {
    "PKG-INFO": INFO,
    "pyproject.toml": build("setuptools", "setuptools.build_meta"),
    "src/spam/__init__.py": "",
    "tests/test_a.py": "",
}
CHECKOUT = {
    **{name: text for name, text in SHIPPED.items() if name != "PKG-INFO"},
    "src/spam/eggs.py": "", "src/spam/ignored.py": "", "src/spam/archive.py": "", "tests/test_b.py": "", "tests/data/a.json": "",
    "tests/data/b.json": "", "docs/index.rst": "", "docs/_build/x.rst": "", "Makefile": "", ".github/workflows/ci.yml": "",
    ".gitignore": "ignored.py\n", ".gitattributes": "/src/spam/archive.py export-ignore\n",
}  # fmt: skip


def against(tmp_path: Path, phases: frozenset[Phase] = frozenset(Phase)) -> list[Finding]:
    path = archive(tmp_path / "spam-1.0.tar.gz", SHIPPED)
    for name, text in CHECKOUT.items():
        file = tmp_path / "checkout" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    report = check(str(path), phases=phases, against=str(tmp_path / "checkout"))
    return [one for one in report.findings if one.code.startswith("OFL4")]


def test_a_checkout_tells_all_that_is_missing(tmp_path: Path) -> None:
    assert sorted((one.code, one.subject) for one in against(tmp_path)) == [
        ("OFL401", "src/spam/eggs.py"),
        ("OFL402", "tests/data/ (2 files: a.json, b.json)"),
        ("OFL402", "tests/test_b.py"),
        ("OFL403", "docs/index.rst"),
    ]


def test_a_checkout_tells_of_the_phases_asked_for(tmp_path: Path) -> None:
    assert {one.code for one in against(tmp_path, frozenset({Phase.BUILD}))} == {"OFL401"}


def test_against_on_the_command_line(tmp_path: Path) -> None:
    against(tmp_path)
    args = [
        "check",
        str(tmp_path / "spam-1.0.tar.gz"),
        "--against",
        str(tmp_path / "checkout"),
        "--select",
        "OFL402",
        "--fail-on",
        "note",
        "-v",
    ]
    result = CliRunner().invoke(cli, args, standalone_mode=False)
    assert result.return_value == 1
    assert "tests/data/ (2 files: a.json, b.json)" in " ".join(result.output.split())


def test_a_checkout_that_cannot_be_read_is_one_line(tmp_path: Path) -> None:
    against(tmp_path)
    (tmp_path / "no").mkdir()
    result = CliRunner().invoke(cli, ["check", str(tmp_path / "spam-1.0.tar.gz"), "--against", str(tmp_path / "no")], standalone_mode=False)
    assert result.return_value == 2
    assert "no files in the folder" in result.output


SCM = build("setuptools-scm", "setuptools.build_meta", '[project]\nname = "spam"\ndynamic = ["version"]\n[tool.setuptools_scm]\n')
VCS = build("hatch-vcs", "hatchling.build", '[tool.hatch.version]\nsource = "vcs"\n')
ASKS = "from setuptools import setup\nsetup(use_scm_version=True, setup_requires=['setuptools_scm'])\n"


@pytest.mark.parametrize(
    ("files", "places"),
    [
        ({"pyproject.toml": SCM}, ["pyproject.toml:7"]),
        ({"pyproject.toml": SCM, "PKG-INFO": INFO}, []),
        ({"pyproject.toml": SCM, ".git_archival.txt": "node: 0123\ndescribe-name: 1.0\n"}, []),
        ({"pyproject.toml": SCM, ".git_archival.txt": "node: $Format:%H$\n"}, ["pyproject.toml:7"]),
        ({"pyproject.toml": SCM + 'fallback_version = "1"\n'}, []),
        ({"pyproject.toml": VCS}, ["pyproject.toml:4"]),
        ({"pyproject.toml": VCS.replace('vcs"\n', 'vcs"\nfallback-version = "1"\n')}, []),
        ({"pyproject.toml": VCS.replace('"vcs"', '"regex"')}, []),
        ({"setup.py": ASKS}, ["setup.py:2"]),
        ({"setup.py": ASKS.replace("=True", "={'fallback_version': '1'}")}, []),
        ({"setup.py": "from setuptools import setup\nsetup(setup_requires=['pbr'], pbr=True)\n"}, ["setup.py:2"]),
    ],
)
def test_an_archive_that_cannot_tell_its_version(tmp_path: Path, files: dict[str, str], places: list[str]) -> None:
    found = [one for one in check(str(archive(tmp_path / "spam.tar.gz", files))).findings if one.code == "OFL405"]
    assert [one.span.place for one in found] == places
    assert all(one.level is Level.ERROR for one in found)


def test_a_checkout_has_its_version_control() -> None:
    assert not [one for one in check_project(MemoryProject({"pyproject.toml": SCM, "README": ""})).findings if one.code == "OFL405"]


def test_the_checkouts_workflows_are_read_where_the_archive_holds_none() -> None:
    publishes = {".github/workflows/release.yml": "jobs:\n  a:\n    - run: python -m build -w\n- run: tox\n- run: twine upload dist/*\n"}
    archive_of = MemoryProject({"PKG-INFO": INFO, "setup.py": ""})
    found = [(one.kind, one.phase, one.span.file) for one in lacking(archive_of, MemoryProject({"setup.py": "", **publishes}))]
    assert found == [("release", Phase.BUILD, "setup.py"), ("release", Phase.TEST, "setup.py")]
    assert list(lacking(MemoryProject({"setup.py": "", **publishes}), MemoryProject(publishes))) == []  # said of the archive itself
