"""Are the entry points those that the build tool, pytest and Sphinx would run, and no others?"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path

import pytest

from offlint.model.entry import Entry, Surfaces
from offlint.model.words import Phase, Reach
from offlint.project.memory import MemoryProject
from offlint.rulebook.checking import load_pages
from offlint.surfaces import SURFACES, awake, find_surfaces
from offlint.surfaces.config import ini_span, toml_span
from offlint.surfaces.modules import is_literal, search_paths
from pagekit import iter_examples


def find(files: Mapping[str, str]) -> Surfaces:
    return find_surfaces(MemoryProject(files))


def rows(files: Mapping[str, str], surface: str = "") -> list[tuple[str, str, str]]:
    """Surface, file, and the place that names the entry."""
    return [(entry.surface, entry.file, entry.span.place) for entry in find(files).entries if surface in entry.surface]


def only(files: Mapping[str, str], surface: str) -> Entry:
    (entry,) = [entry for entry in find(files).entries if entry.surface == surface]
    return entry


def backend(name: str, more: str = "") -> str:
    return f'[build-system]\nrequires = []\nbuild-backend = "{name}"\n{more}'


SETUP = {"setup.py": "from setuptools import setup\nsetup()\n"}


@pytest.mark.parametrize(
    ("pyproject", "is_run"),
    [
        (None, True),
        ("[tool.black]\n", True),
        ("[build-system]\nrequires = ['setuptools']\n", True),
        (backend("setuptools.build_meta"), True),
        (backend("setuptools.build_meta:__legacy__"), True),
        (backend("hatchling.build"), False),
        (backend("maturin"), False),
        (backend("backend", 'backend-path = ["_b"]\n'), True),
        (backend("plain", 'backend-path = ["_b2"]\n'), False),
    ],
)
def test_setup_py_is_run_only_by_setuptools(pyproject: str | None, is_run: bool) -> None:
    files = {**SETUP, "_b/backend.py": "from setuptools.build_meta import *\n", "_b2/plain.py": "x = 1\n"}
    if pyproject is not None:
        files["pyproject.toml"] = pyproject
    found = [entry for entry in find(files).entries if entry.surface == "setup.py"]
    assert len(found) == is_run
    for entry in found:
        assert entry.main
        assert entry.argv is None
        assert entry.span.place == "setup.py:1"


def test_commands_of_setup_cfg_and_pyproject() -> None:
    files = {
        **SETUP,
        "setup.cfg": "[options]\ncmdclass =\n    build_py = cmds.BuildPy\n    fetch = cmds.Fetch\n"
        "    deploy = cmds.Deploy\n    gone = nowhere.X\n"
        "[build_ext]\nuse-system = 1\n[aliases]\ntest = pytest\n[flake8]\nx = 1\n",
        "pyproject.toml": '[tool.setuptools.cmdclass]\nsdist = "cmds.Sdist"\n[tool.distutils.bdist_wheel]\nuniversal = true\n',
        "cmds.py": 'class BuildPy:\n    def run(self):\n        self.run_command("fetch")\n',
    }
    found = find(files)
    commands = {entry.names[0].partition(".")[0]: entry for entry in found.entries if entry.surface == "setuptools command"}
    assert {name: entry.reach for name, entry in commands.items()} == {
        "BuildPy": Reach.ALWAYS,
        "Fetch": Reach.ALWAYS,
        "Deploy": Reach.EXPLICIT,
        "Sdist": Reach.ALWAYS,
    }
    assert commands["Deploy"].span.place == "setup.cfg:5"
    assert commands["Sdist"].span.place == "pyproject.toml:2"
    assert commands["Sdist"].names == ("Sdist.initialize_options", "Sdist.finalize_options", "Sdist.run")
    assert [(skipped.file, skipped.line) for skipped in found.skipped] == [("setup.cfg", 6)]
    options = [(option.scope, option.name, option.value, option.span.place) for option in found.options if option.scope != "cmdclass"]
    assert options == [
        ("build_ext", "use_system", "1", "setup.cfg:8"),
        ("aliases", "test", "pytest", "setup.cfg:10"),
        ("bdist_wheel", "universal", "True", "pyproject.toml:4"),
    ]


def test_command_packages_and_entry_points() -> None:
    files = {
        **SETUP,
        "setup.cfg": "[global]\ncommand_packages = cmds\n[options.entry_points]\ndistutils.commands =\n  fetch = plug:Fetch\n",
        "pyproject.toml": '[project.entry-points."setuptools.finalize_distribution_options"]\nx = "plug:finalize"\n',
        "cmds/build_py.py": "",
        "cmds/other.py": "",
        "plug.py": "",
    }
    found = [(e.file, e.names[-1], e.reach, e.span.place) for e in find(files).entries if e.surface.startswith("setuptools")]
    assert found == [
        ("cmds/build_py.py", "build_py.run", Reach.ALWAYS, "setup.cfg:2"),
        ("plug.py", "Fetch.run", Reach.EXPLICIT, "setup.cfg:5"),
        ("plug.py", "finalize", Reach.CONDITIONAL, "pyproject.toml:2"),
    ]


@pytest.mark.parametrize(
    ("code", "literal"),
    [
        ('V = "1.2"', True),
        ("V: str = '1.2'  # the version", True),
        ("V = (1, 2, 'rc1')", True),
        ('V = f"1.{x}"', False),
        ("V = get()", False),
        ('V = ".".join(X)', False),
        ("V = (\n 1, 2)", False),
        ("if x:\n    V = '1'", False),
        ("from .v import V", False),
        ("V = " + "1" * 5000 + "!", False),
    ],
)
def test_attr_runs_the_module_only_where_it_is_computed(code: str, literal: bool) -> None:
    project = MemoryProject({"pkg/__init__.py": code + "\n", "setup.cfg": "[metadata]\nname = x\nversion = attr: pkg.V\n"})
    assert is_literal(project, "pkg/__init__.py", "V") is literal
    found = [(entry.surface, entry.file, entry.span.place) for entry in find_surfaces(project).entries]
    assert found == ([] if literal else [("setuptools attr", "pkg/__init__.py", "setup.cfg:3")])


def test_attr_in_pyproject_is_found_by_package_dir() -> None:
    files = {
        "pyproject.toml": '[tool.setuptools]\npackage-dir = {"" = "python"}\n[tool.setuptools.dynamic]\nversion = {attr = "pkg.v.V"}\n',
        "python/pkg/v.py": "V = f()\n",
    }
    assert rows(files) == [("setuptools attr", "python/pkg/v.py", "pyproject.toml:4")]
    assert "does not" not in str(find(files).skipped)
    assert len(find({**files, "pyproject.toml": files["pyproject.toml"].replace("pkg.v", "gone")}).skipped) == 1


def test_in_tree_backend() -> None:
    files = {
        "pyproject.toml": backend("pkg.mod:api.hooks", 'backend-path = ["_build", "../out"]\n'),
        "_build/pkg/mod.py": "",
        "src/x/__init__.py": "",
    }
    entry = only(files, "in-tree backend")
    assert entry.file == "_build/pkg/mod.py"
    assert entry.span.place == "pyproject.toml:3"
    assert "api.hooks.build_wheel" in entry.names
    assert entry.search == ("_build", "", "src")
    (skipped,) = find({"pyproject.toml": files["pyproject.toml"]}).skipped
    assert (skipped.line, skipped.phase) == (3, Phase.BUILD)


def test_hatch_hooks() -> None:
    pyproject = backend(
        "hatchling.build",
        "[tool.hatch.build.hooks.custom]\n"
        "[tool.hatch.build.targets.wheel.hooks.custom]\npath = 'other.py'\nenable-by-default = false\n"
        "[tool.hatch.build.targets.app.hooks.custom]\n"
        "[tool.hatch.build.targets.custom]\npath = 'builder.py'\n"
        "[tool.hatch.build.hooks.jupyter-builder]\nbuild-function = 'tools.web.build'\n"
        "[tool.hatch.build.hooks.other]\nbuild-function = 'elsewhere.build'\n"
        "[tool.hatch.metadata.hooks.custom]\npath = 'gone.py'\n"
        "[tool.hatch.version]\nsource = 'code'\npath = 'src/x/v.py'\n",
    )
    files = {"pyproject.toml": pyproject, "hatch_build.py": "", "other.py": "", "builder.py": "", "tools/web.py": "", "src/x/v.py": ""}
    found = find(files)
    assert [(e.surface, e.file, e.span.line, e.reach) for e in found.entries] == [
        ("hatch hook", "hatch_build.py", 4, Reach.ALWAYS),
        ("hatch hook", "tools/web.py", 12, Reach.ALWAYS),
        ("hatch hook", "other.py", 6, Reach.EXPLICIT),
        ("hatch hook", "hatch_build.py", 8, Reach.EXPLICIT),
        ("hatch builder", "builder.py", 10, Reach.EXPLICIT),
        ("hatch version", "src/x/v.py", 19, Reach.ALWAYS),
    ]
    assert "<hatchling.builders.hooks.plugin.interface.BuildHookInterface>.initialize" in found.entries[0].names
    assert [(skipped.file, skipped.line) for skipped in found.skipped] == [("pyproject.toml", 16)]
    assert find({**files, "pyproject.toml": pyproject.replace("hatchling.build", "flit_core.buildapi")}).entries == []


def test_hatch_toml_goes_before_pyproject() -> None:
    files = {
        "pyproject.toml": backend("hatchling.build", "[tool.hatch.build.hooks.custom]\npath = 'a.py'\n"),
        "hatch.toml": "[build.hooks.custom]\npath = 'b.py'\n",
        "a.py": "",
        "b.py": "",
    }
    assert rows(files) == [("hatch hook", "b.py", "hatch.toml:2")]


def test_hatch_dotted_keys_have_their_line() -> None:
    files = {"pyproject.toml": backend("hatchling.build", "[tool.hatch]\nbuild.x = 1\nbuild.hooks.custom.path = 'h.py'\n"), "h.py": ""}
    assert rows(files) == [("hatch hook", "h.py", "pyproject.toml:6")]


def test_pdm_poetry_flit_and_scikit_build() -> None:
    pdm = {
        "pyproject.toml": backend("pdm.backend", "[tool.pdm.version]\nsource = 'call'\ngetter = 'v:get(1)'\n"),
        "pdm_build.py": "",
        "v.py": "",
    }
    assert rows(pdm) == [("pdm hook", "pdm_build.py", "pdm_build.py:1"), ("pdm version", "v.py", "pyproject.toml:6")]
    assert only(pdm, "pdm version").names == ("get",)
    custom = {"pyproject.toml": backend("pdm.backend", "[tool.pdm.build]\ncustom-hook = 'h.py'\n"), "h.py": "", "pdm_build.py": ""}
    assert rows(custom) == [("pdm hook", "h.py", "pyproject.toml:5")]

    poetry = {"pyproject.toml": backend("poetry.core.masonry.api", "[tool.poetry]\nbuild = 'build.py'\n"), "build.py": ""}
    entry = only(poetry, "poetry build script")
    assert (entry.main, entry.argv, entry.names, entry.span.line) == (True, (), (), 5)
    table = {
        **poetry,
        "pyproject.toml": backend("poetry.core.masonry.api", "[tool.poetry.build]\nscript = 'build.py'\ngenerate-setup-file = true\n"),
    }
    entry = only(table, "poetry build script")
    assert (entry.main, entry.names, entry.span.line) == (False, ("build",), 5)

    flit = {
        "pyproject.toml": backend("flit_core.buildapi", "[project]\nname = 'a-b'\ndynamic = ['version']\n"),
        "src/a_b/__init__.py": "__version__ = f()\n",
    }
    assert rows(flit) == [("flit version", "src/a_b/__init__.py", "pyproject.toml:6")]
    assert rows({**flit, "src/a_b/__init__.py": "__version__ = '1'\n"}) == []

    scikit = {
        "pyproject.toml": backend(
            "scikit_build_core.build", "[tool.scikit-build.metadata.version]\nprovider = 'prov'\nprovider-path = 'tools'\n"
        ),
        "tools/prov.py": "",
    }
    assert rows(scikit) == [("scikit-build metadata", "tools/prov.py", "pyproject.toml:5")]
    assert only(scikit, "scikit-build metadata").search[0] == "tools"


def test_nothing_to_build_is_no_entry() -> None:
    assert find({"script.py": "import urllib\n"}) == Surfaces()


def test_broken_configuration_does_not_stop_the_search() -> None:
    files = {**SETUP, "pyproject.toml": "[build-system\n", "setup.cfg": "!!\n", "tests/test_a.py": ""}
    assert [row[0] for row in rows(files)] == ["setup.py", "tests"]


@pytest.mark.parametrize("key", ["build-system", "tool", "project"])
def test_configuration_of_odd_types_is_passed_over(key: str) -> None:
    for value in ("1", "[]", "'x'", "{setuptools = 1, hatch = [], pytest = 's', poetry = 2, pdm = '', build-backend = 1, dynamic = {}}"):
        find({**SETUP, "pyproject.toml": f"{key} = {value}\n", "tests/test_a.py": "", "docs/conf.py": "extensions = []\n"})


def collected(files: Mapping[str, str]) -> list[str]:
    return [entry.file for entry in find(files).entries if entry.surface == "tests"]


def test_tests_are_collected_as_pytest_does() -> None:
    files = dict.fromkeys(
        (
            *("conftest.py", "tests/conftest.py", "tests/test_a.py", "tests/a_test.py", "tests/helper.py", "pkg/tests/testold.py"),
            *("pkg/tests/conftest.py", "pkg/x.py", "build/test_b.py", ".hidden/test_c.py", "vendor/p/test_d.py", "third_party/test_e.py"),
            *("docs/test_f.py", "docs/f_test.py", "docs/conftest.py", "sub/pyproject.toml", "sub/test_g.py", "x/node_modules/test_h.py"),
        ),
        "",
    )
    assert collected(files) == ["docs/test_f.py", "pkg/tests/testold.py", "tests/a_test.py", "tests/test_a.py"]
    conftests = [entry.file for entry in find(files).entries if entry.surface == "conftest.py"]
    assert conftests == ["conftest.py", "docs/conftest.py", "pkg/tests/conftest.py", "tests/conftest.py"]
    files["pytest.ini"] = "[pytest]\ntestpaths = tests\npython_files = check_*.py a_*.py\n"
    assert collected(files) == ["tests/a_test.py"]
    assert [entry.file for entry in find(files).entries if entry.surface == "conftest.py"] == ["conftest.py", "tests/conftest.py"]


@pytest.mark.parametrize(
    ("name", "text", "line"),
    [
        ("pytest.toml", '[pytest]\ntestpaths = ["t"]\n', 2),
        (".pytest.toml", '[pytest]\ntestpaths = ["t"]\n', 2),
        ("pytest.ini", "[pytest]\ntestpaths = t\n", 2),
        ("pyproject.toml", '[tool.pytest.ini_options]\ntestpaths = "t"\n', 2),
        ("pyproject.toml", '[tool.pytest]\ntestpaths = ["t"]\n', 2),
        ("pyproject.toml", '[tool.pytest]\nini_options.testpaths = ["t*"]\n', 2),
        ("tox.ini", "[tox]\ntestpaths = x\n[pytest]\ntestpaths =\n  t\n", 4),
        ("setup.cfg", "[tool:pytest]\ntestpaths: t\n", 2),
    ],
)
def test_every_configuration_file_of_pytest(name: str, text: str, line: int) -> None:
    found = find({name: text, "t/test_a.py": "", "u/test_b.py": ""})
    assert [entry.file for entry in found.entries if entry.surface == "tests"] == ["t/test_a.py"]
    (option,) = [option for option in found.options if option.scope == "pytest"]
    assert option.span.place == f"{name}:{line}"


@pytest.mark.parametrize(
    "addopts",
    ["\"-ra -m 'not network'\"", '["-m", "not network"]', '["-m not network"]', "\"-m slow -m 'not network'\""],
)
def test_marker_expression(addopts: str) -> None:
    found = find({"pyproject.toml": f"[tool.pytest.ini_options]\naddopts = {addopts}\n", "test_a.py": ""})
    assert [(o.value, o.span.place) for o in found.options if o.name == "markexpr"] == [("not network", "pyproject.toml:2")]


def test_no_tests_no_pytest_options() -> None:
    assert find({"pytest.ini": "[pytest]\naddopts = -m x\n"}).options == []


def test_ignored_paths_plugins_and_names() -> None:
    files = {
        "pyproject.toml": '[tool.pytest.ini_options]\naddopts = "--ignore=tests/net -p tests.plug -p no:x"\n'
        'python_functions = "check it_*"\npython_classes = "Spec"\npythonpath = ["lib", "."]\n',
        "conftest.py": 'pytest_plugins = [\n    "tests.more",\n    "pytest_mock"]\n',
        "tests/__init__.py": "",
        "tests/plug.py": "",
        "tests/more.py": "",
        "tests/net/test_x.py": "",
        "tests/test_a.py": "",
        "lib/x.py": "",
    }
    found = find(files)
    assert [(e.surface, e.file) for e in found.entries] == [
        ("tests", "tests/test_a.py"),
        ("conftest.py", "conftest.py"),
        ("conftest.py", "tests/plug.py"),
        ("conftest.py", "tests/more.py"),
    ]
    names = found.entries[0].names
    assert {
        "check*",
        "it_*",
        "Spec*.check*",
        "Spec*.it_*",
        "<unittest.TestCase>.test*",
        "<unittest.TestCase>.setUp",
        "setup_module",
    } <= set(names)
    assert found.entries[-1].search == ("", "lib")


def test_import_roots_of_tests() -> None:
    files = {
        "tests/unit/test_a.py": "",
        "tests/conftest.py": "",
        "src/pkg/__init__.py": "",
        "pkg2/tests/__init__.py": "",
        "pkg2/tests/test_b.py": "",
        "pkg2/__init__.py": "",
    }
    search = {entry.file: entry.search for entry in find(files).entries}
    assert search["tests/unit/test_a.py"] == ("tests/unit", "tests", "src", "")
    assert search["pkg2/tests/test_b.py"] == ("", "src")


CONF = (
    "project = 'x'\n"
    "extensions = [\n    'sphinx.ext.intersphinx', 'mine',  # 'not.this'\n    'ext.more',\n]\nimport sys\nsys.path.insert(0, '_ext')\n"
)


def test_conf_py_and_its_own_extensions() -> None:
    files = {
        "docs/source/conf.py": CONF,
        "docs/source/_ext/mine.py": "",
        "docs/source/ext/more.py": "",
        "src/pkg/__init__.py": "",
        "pkg/utils/conf.py": "def closest(): ...\n",
        "tests/roots/test-x/conf.py": CONF,
        "vendor/a/docs/conf.py": CONF,
        "{{cookiecutter.name}}/docs/conf.py": CONF,
        "sub/setup.py": "",
        "sub/docs/conf.py": CONF,
        "manual/conf.py": "html_theme = 'furo'\n",
    }
    found = find(files).entries
    assert [(entry.surface, entry.file) for entry in found] == [
        ("conf.py", "docs/source/conf.py"),
        ("conf.py", "manual/conf.py"),
    ]
    assert found[0].search[:3] == ("docs/source", "", "src")


def test_conf_py_where_the_commands_say() -> None:
    files = {"tests/site/conf.py": CONF, ".readthedocs.yaml": "sphinx:\n  configuration: tests/site/conf.py\n"}
    assert [row[1] for row in rows(files)] == ["tests/site/conf.py"]
    files = {"testing/conf.py": CONF, "tox.ini": "[testenv:docs]\ncommands = sphinx-build -W testing out\n"}
    assert [row[1] for row in rows(files)] == ["testing/conf.py"]


def test_mkdocs_yml_of_the_project_itself() -> None:
    files = dict.fromkeys(
        ("mkdocs.yml", "docs/mkdocs.yaml", "tests/site/mkdocs.yml", "vendor/docs/mkdocs.yml", "sub/setup.py", "sub/mkdocs.yml"), ""
    )
    assert [row[1] for row in rows(files, "mkdocs.yml")] == ["docs/mkdocs.yaml", "mkdocs.yml"]


def test_phases_are_chosen() -> None:
    project = MemoryProject({**SETUP, "tests/test_a.py": "", "docs/conf.py": CONF})
    assert {entry.phase for entry in find_surfaces(project).entries} == set(Phase)
    assert {entry.phase for entry in find_surfaces(project, frozenset({Phase.DOCS})).entries} == {Phase.DOCS}


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"setup.cfg": "[options]\npackage_dir =\n    = code\n", "code/a.py": ""}, ("", "code")),
        ({"setup.cfg": "[options.packages.find]\nwhere = code\n", "code/a.py": ""}, ("", "code")),
        ({"setup.py": "setup(package_dir={'': 'lib'}, packages=find_packages('lib'))", "lib/x/a.py": ""}, ("", "lib")),
        ({"pyproject.toml": "[tool.poetry]\npackages = [{include = 'a', from = 'py'}]\n", "py/a.py": ""}, ("", "py")),
        ({"pyproject.toml": "[tool.hatch.build.targets.wheel]\npackages = ['code/pkg']\n", "code/pkg/a.py": ""}, ("", "code")),
        ({"pyproject.toml": "[tool.hatch.build]\nsources = {'s2' = ''}\n", "s2/a.py": ""}, ("", "s2")),
        ({"pyproject.toml": "[tool.maturin]\npython-source = '../up'\n", "src/a/__init__.py": ""}, ("", "src")),
        ({"src/main.c": "", "lib/deep/er/__init__.py": "", "python/__init__.py": ""}, ("",)),
    ],
)
def test_search_paths(files: Mapping[str, str], expected: tuple[str, ...]) -> None:
    assert search_paths(MemoryProject(files)) == expected


def test_lines_of_configuration() -> None:
    project = MemoryProject(
        {"pyproject.toml": '[a]\n"b".c = 1\n[[a.d]]\nx = 1\n\n[e."f.g"]\n  h = [\n  1]\n', "setup.cfg": "[x]\nk = 1\n[y]\nk: 2\n  deep\n"}
    )
    assert toml_span(project, "a", "b", "c").line == 2
    assert toml_span(project, "a", "d", "y").line == 3
    assert toml_span(project, "e", "f.g", "h").line == 7
    assert toml_span(project, "e", "f.g", "h").column == 3
    assert toml_span(project, "e", "f.g", "nothing").line == 6
    assert toml_span(project, "nothing").line == 1
    assert ini_span(project, "y", "k", file="setup.cfg").line == 4
    assert ini_span(project, "y", "k", "deep").line == 5
    assert ini_span(project, "y").line == 3


def test_what_sleeps_has_nothing_to_say() -> None:
    """Of every example of every page: the names of files that wake a surface are all that it looks at."""
    asleep = dict.fromkeys(SURFACES, 0)
    for case in iter_examples(load_pages([Path(__file__).parent / "pages"])):
        project = MemoryProject(case.files)
        for one in {*SURFACES} - {*awake(project.files)}:
            found = getattr(import_module(f"offlint.surfaces.{one.module}"), one.function)(project)
            assert not list(found), (case.page.path, one.module)
            asleep[one] += 1
    assert {one.module for one, count in asleep.items() if not count} == {one.module for one in SURFACES if not one.woken}


@pytest.mark.parametrize(
    ("file", "woken"),
    [
        ("setup.py", {"scripts"}),
        ("docs/conf.py", {"sphinx"}),
        ("a/b/CMakeLists.txt", {"cmake"}),
        ("tasks/__init__.py", {"invoke"}),
        ("spam/__init__.py", set()),
        (".github/workflows/ci.yml", {"release"}),
        ("cmakelists.txt", set()),
        ("spam.yml/x", set()),
    ],
)
def test_a_file_wakes_the_surfaces_that_look_at_it(file: str, woken: set[str]) -> None:
    assert {one.module for one in awake([file]) if one.woken} == woken
