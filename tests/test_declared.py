"""What is declared: requirements, tox's notations, names of tasks, Meson's language; and hostile files of each kind."""

from __future__ import annotations

import time

import pytest

from offlint.lower.meson import CannotRead, read_meson
from offlint.model.access import Access
from offlint.model.span import Span
from offlint.model.words import GuardState, IntegrityState, Phase, Reach
from offlint.project.memory import MemoryProject
from offlint.rulebook.loading import load_rulebook
from offlint.run import check_project
from offlint.surfaces.phases import is_plain, on_request, phase_by_name, phase_of
from offlint.surfaces.requirement import direct, project_name
from offlint.surfaces.tox_values import MOST, conditional, expand, substituted

COMMIT = "3f786850e387550fdab836ed7e6dc881de23001b"
HERE = Span("pyproject.toml")
BOOK = load_rulebook()


def accesses(files: dict[str, str]) -> tuple[Access, ...]:
    return check_project(MemoryProject(files), rulebook=BOOK).accesses


@pytest.mark.parametrize(
    ("text", "kind", "state", "flaws"),
    [
        ("a @ git+https://x.org/a", "git", IntegrityState.ABSENT, ("mutable-reference",)),
        (f"a[x,y]@git+ssh://git@x.org/a.git@{COMMIT}#egg=a", "git", IntegrityState.VERIFIED, ()),
        ("git+git@x.org:a/b.git@main", "git", IntegrityState.ABSENT, ("mutable-reference",)),
        ("svn+https://x.org/a/trunk#egg=a", "vcs", IntegrityState.ABSENT, ("mutable-reference",)),
        ("-e git+https://x.org/a@v1", "git", IntegrityState.ABSENT, ("mutable-reference",)),
        ("https://x.org/a.zip --hash=sha256:aa", "http", IntegrityState.ABSENT, ()),
        (f"a @ https://x.org/a.zip#egg=a&sha256={'a' * 64}", "http", IntegrityState.VERIFIED, ()),
        (f"a @ https://x.org/a.zip#sha1={'a' * 40}", "http", IntegrityState.WEAK, ()),
    ],
)
def test_direct_references(text: str, kind: str, state: IntegrityState, flaws: tuple[str, ...]) -> None:
    found = direct(text, HERE)
    assert found is not None
    assert (found.kind, found.integrity.state, found.integrity.flaws) == (kind, state, flaws)


@pytest.mark.parametrize(
    "text",
    ["a", "a>=1; python_version<'4'", "a @ file:///opt/a.zip", "./a", "-e .", "a @ http://localhost/a.zip", "", "git+", "a @ {root:uri}/b"],
)
def test_what_is_no_remote_reference(text: str) -> None:
    assert direct(text, HERE) is None


def test_names_of_projects() -> None:
    assert [project_name(text) for text in ("Setuptools_SCM[toml]>=8", "zope.interface", "a@ https://x", "-e .")] == [
        "setuptools-scm", "zope-interface", "a", "",
    ]  # fmt: skip


def test_tox_expands_names_and_lists() -> None:
    assert expand("py3{9-11,14t}{,-cov}, docs\nlint") == (
        "py39", "py39-cov", "py310", "py310-cov", "py311", "py311-cov", "py314t", "py314t-cov", "docs", "lint",
    )  # fmt: skip
    assert len(expand("{a,b}" * 60)) == MOST
    assert len(expand("py{1-9999}")) <= MOST


@pytest.mark.parametrize(
    ("line", "environment", "held"),
    [
        ("test: pytest", "py39-test", "pytest"),
        ("test: pytest", "py39-lint", None),
        ("!lint: pytest", "py39", "pytest"),
        ("py39,py310: x", "py310-test", "x"),
        ("py39-!lint: x", "py39-lint", None),
        ("a11y-{firefox,chrome}: x", "a11y-chrome", "x"),
        ("curl https://x.org", "py39", "curl https://x.org"),
    ],
)
def test_tox_conditions(line: str, environment: str, held: str | None) -> None:
    assert conditional(line, environment) == held


def test_tox_substitutions() -> None:
    assert substituted("{envpython} {toxinidir}/t.py {posargs:-n {env:N:4}} {envtmpdir}", "py") == "python t.py -n 4 {envtmpdir}"


@pytest.mark.parametrize(
    ("name", "phase"),
    [
        ("py312", Phase.TEST), ("3.13t", Phase.TEST), ("pypy3-tests", Phase.TEST), ("tests-dev", Phase.TEST), ("docs-build", Phase.DOCS),
        ("html", Phase.DOCS), ("lint", None), ("docs-live", None), ("release", None), ("dev", None), ("typing", Phase.TEST), ("", None),
    ],
)  # fmt: skip
def test_phases_by_name(name: str, phase: Phase | None) -> None:
    assert phase_by_name(name) is phase


def test_phases_by_what_is_run() -> None:
    assert phase_of("extra-deps", ["coverage run -m pytest"]) is Phase.TEST
    assert phase_of("site", ["sphinx-build docs out"]) is Phase.DOCS
    assert phase_of("book", ["jb build ."]) is phase_of("site", ["myst build --html"]) is Phase.DOCS
    assert phase_of("docs-tests", ["pytest docs"]) is Phase.TEST
    assert phase_of("bench", ["pytest benchmarks"]) is None
    assert phase_of("anything", ["echo pytest-like"]) is None
    assert on_request("py-mypy")
    assert on_request("docs-linkcheck")
    assert not on_request("py-tests")


def test_a_command_over_several_lines_stands_at_its_first() -> None:
    files = {
        "tox.ini": "[testenv]\ncommands =\n  uv pip install --no-deps \\\n    git+https://x.org/a \\\n    git+https://x.org/b\n  pytest\n"
    }
    found = accesses(files)
    assert [(one.span.line, one.url, one.reach) for one in found] == [
        (3, "git+https://x.org/a", Reach.ALWAYS), (3, "git+https://x.org/b", Reach.ALWAYS),
    ]  # fmt: skip


def test_a_switch_of_a_task_is_what_a_person_types() -> None:
    files = {"tox.ini": "[tox]\nenvlist = py\n[testenv:docs-linkcheck]\ncommands = sphinx-build -b linkcheck docs out\n"}
    (one,) = accesses(files)
    assert (one.guard.state, one.guard.switch, one.integrity.state) == (
        GuardState.OPT_IN,
        "tox -e docs-linkcheck",
        IntegrityState.NOT_APPLICABLE,
    )


def test_only_the_phases_asked_for() -> None:
    files = {
        "pyproject.toml": "[build-system]\nrequires = ['a @ https://x.org/a.zip']\nbuild-backend = 'setuptools.build_meta'\n",
        "setup.py": "from setuptools import setup\nsetup(install_requires=['b @ https://x.org/b.zip'])\n",
        "tox.ini": "[testenv]\ncommands = wget https://x.org/c\n",
    }
    found = check_project(MemoryProject(files), rulebook=BOOK, phases=frozenset({Phase.BUILD})).accesses
    assert [one.url for one in found] == ["https://x.org/a.zip"]
    assert {one.url for one in accesses(files)} == {"https://x.org/a.zip", "https://x.org/b.zip", "https://x.org/c"}


def test_a_wrap_names_who_asks_for_it() -> None:
    files = {
        "pyproject.toml": "[build-system]\nrequires = ['meson-python']\nbuild-backend = 'mesonpy'\n",
        "meson.build": "project('a')\nsubdir('src')\n",
        "src/meson.build": "x = subproject('x')\n",
        "subprojects/x.wrap": "[wrap-file]\nsource_url = https://x.org/x.zip\n",
    }
    (one,) = accesses(files)
    assert [(step.span.place, step.what) for step in one.trail] == [
        ("src/meson.build:1", "subproject x"),
        ("subprojects/x.wrap:2", "meson wrap-file"),
    ]


@pytest.mark.parametrize(
    "text",
    ["if true\n", "x = (\n", "foo('a'", "'open", "}", "x = [1, 2\n", "\\", "foreach : x\nendforeach\n", "a.b\n", "@"],
)
def test_broken_meson_is_one_clear_error(text: str) -> None:
    with pytest.raises(CannotRead) as caught:
        read_meson(text)
    assert "line" in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("text", ["(" * 5000, "[" * 5000, "if a\n" * 5000, "not " * 5000, "x = " + "a ? b : " * 5000 + "c\n", "f(" * 5000])
def test_deep_meson_is_refused(text: str) -> None:
    with pytest.raises(CannotRead):
        read_meson(text)


TWICE = "x += x\nx = x + x\n" * 20
HOSTILE = {
    "meson.build": [
        f"project('a')\nx = 'y'\nforeach i : [{'1,' * 39}1]\nforeach j : [{'1,' * 39}1]\n{TWICE}endforeach\nendforeach\n",
        "foreach a : ['b']\n" * 60,
        "subdir('.')\nsubdir('../..')\nsubdir('a')\n",
        "\ufeffproject('a')",
    ],
    "meson.options": ["option('a', type: 'combo')\n" * 2000, "option("],
    "tox.ini": [
        "[tox]\nenvlist = " + "{a,b}" * 40 + "\n[testenv]\ncommands =\n" + "".join(f"  {{a,b}}-x: echo {n}\n" for n in range(2000)),
        "[testenv]\ncommands = {[testenv]commands}\n",
        "[testenv:a\n= 1\n",
        "[tox]\nenvlist = a\n[testenv]\ncommands = " + "{posargs:" * 3000 + "\n",
        "[testenv]\ncommands = " + "a" * 200_000 + "!\n",
    ],
    "tox.toml": [
        "env_list = 1\n[env]\na = 1\n",
        "[env.a]\nbase = ['a']\ncommands = [[1, {}, ['x']], 'y', 2]\n",
        "[env_run_base]\ncommands = {}\n",
    ],
    "hatch.toml": ["[envs.docs]\nscripts = 1\n", "[envs.docs.scripts]\na = ['b']\nb = ['a', '', '  ']\n", "envs = 1\n"],
    "Makefile": [
        "A = $(A)$(A)\nB = $(A)$(B)\ntest: test\n\t$(A)$(B)\n",
        "test: a\na: b\nb: a\n\tcurl x\n",
        "%: %\ntest: x\n",
        "\ttest\n:\n::\n",
    ],
    "noxfile.py": ["import nox\n@nox.session\ndef tests(:\n", "@session\ndef tests(session): session.run(*a, **b)\n", "def f(" * 500],
    "Cargo.toml": [
        "[dependencies]\na = 1\n[target]\nx = 2\n",
        "dependencies = []\n",
        "[dependencies]\na = {path = '../../..'}\nb = {workspace = true}\n",
        "[",
    ],
    "Cargo.lock": ["package = 1\n", "[[package]]\nname = 1\n", "x"],
    "setup.cfg": [
        "[options]\nsetup_requires = \n  ;;;\n  @ @\n[setuptools_download]\ndownload_scripts = [\n",
        "[setuptools_download]\ndownload_scripts =\n  [a]\n  url\n",
    ],
}
AROUND = {
    "pyproject.toml": "[build-system]\nrequires = ['setuptools-rust', 'setuptools-download', 'meson-python']\nbuild-backend = '{}'\n",
    "setup.py": "from setuptools import setup\nsetup()\n",
    "Cargo.toml": "[package]\nname = 'a'\n[dependencies]\nb = '1'\n",
    "meson.build": "project('a')\n",
}


def test_a_build_script_that_runs_cmake_on_files_that_fetch_is_said() -> None:
    fetching = "ExternalProject_Add(eigen URL https://example.org/eigen.tar.gz)\n"
    files = {
        "pyproject.toml": "[build-system]\nrequires = ['maturin']\nbuild-backend = 'maturin'\n",
        "Cargo.toml": "[package]\nname = 'a'\n",
        "build.rs": 'fn main() {\n    let dst = cmake::Config::new("vendor").build();\n}\n',
        "vendor/CMakeLists.txt": fetching,
    }
    (said,) = check_project(MemoryProject(files), rulebook=BOOK).not_analysed
    assert (said.file, said.line, "vendor/CMakeLists.txt" in said.why) == ("build.rs", 2, True)
    for quiet in ({"vendor/CMakeLists.txt": "project(a)\n"}, {"build.rs": "fn main() {}\n"}):
        assert not check_project(MemoryProject({**files, **quiet}), rulebook=BOOK).not_analysed


@pytest.mark.parametrize(("file", "text"), [(file, text) for file, texts in HOSTILE.items() for text in texts])
def test_hostile_declarations_are_judged_in_time(file: str, text: str) -> None:
    for backend in ("setuptools.build_meta", "mesonpy", "maturin"):
        files = {**AROUND, "pyproject.toml": AROUND["pyproject.toml"].format(backend), file: text}
        began = time.process_time()
        check_project(MemoryProject(files), rulebook=BOOK)
        assert time.process_time() - began < 20


@pytest.mark.parametrize(
    "key", ["requires", "dependencies", "optional-dependencies", "dependency-groups", "hooks", "args", "manifest-path"]
)
def test_odd_types_are_passed_over(key: str) -> None:
    for value in ("1", "[1, {}]", "'x'", "{a = 1, test = 'x', docs = [1, {}]}", "[[]]"):
        for backend in ("setuptools.build_meta", "hatchling.build", "mesonpy", "maturin", "sphinx_theme_builder"):
            requires = value if key == "requires" else "[]"
            text = (
                f"dependency-groups = {value}\n[build-system]\nbuild-backend = '{backend}'\nrequires = {requires}\n"
                f"[project]\n{key} = {value}\n[tool.meson-python]\n{key} = {value}\n[tool.maturin]\n{key} = {value}\n"
                f"[tool.hatch.build]\n{key} = {value}\n[tool.sphinx-theme-builder]\n{key} = {value}\n[tool.tox]\nenv = {value}\n"
            )
            check_project(MemoryProject({**AROUND, "pyproject.toml": text, "package.json": "{}"}), rulebook=BOOK)


def test_plain_names_are_those_of_the_whole() -> None:
    assert all(map(is_plain, ("test", "tests", "check", "docs", "html", "run-tests", "test-all", "test_unit", "docs:build", "build-docs")))
    assert not any(map(is_plain, ("test-slow", "docs-serve", "e2e", "latest", "contest", "docstrings", "check-release")))
