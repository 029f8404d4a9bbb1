"""What does a test run execute? The conftest.py files and test modules that pytest or unittest would collect.

https://docs.pytest.org/en/stable/explanation/goodpractices.html#conventions-for-python-test-discovery and
https://docs.python.org/3/library/unittest.html#test-discovery.
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterator

from offlint.model.entry import Entry, Option
from offlint.model.lazy import regex
from offlint.model.words import Phase
from offlint.project.base import Project
from offlint.project.paths import join, parent, parents
from offlint.surfaces.config import line_span
from offlint.surfaces.layout import is_in, is_vendored, nested_projects
from offlint.surfaces.modules import inside, module_file, search_paths
from offlint.surfaces.pytest_config import PytestConfig, matches, pytest_config

_CASES = ("unittest.TestCase", "unittest.IsolatedAsyncioTestCase")
_CASE_METHODS = ("setUpClass", "setUp", "asyncSetUp", "test*", "asyncTearDown", "tearDown", "tearDownClass")
_CLASS_METHODS = ("setup_class", "setup_method", "teardown_method", "teardown_class")
_MODULE_FUNCTIONS = (
    *("setup_module", "setUpModule", "setup_function"),
    *("teardown_function", "teardown_module", "tearDownModule", "load_tests"),
)
_TEST_FOLDERS = frozenset({"test", "tests"})
_DOC_FOLDERS = frozenset({"doc", "docs", "documentation", "example", "examples", "tutorials"})
_BENCHMARKS = frozenset({"bench", "benches", "benchmark", "benchmarks", "asv_bench", "asv_benchmarks"})
_PLUGINS = regex(r"(?m)^pytest_plugins\s*(?::[^=\n]+)?=\s*(\[[^\]]*\]|\([^)]*\)|.*)")


def entries(project: Project) -> Iterator[Entry | Option]:
    """The conftest files, plug-ins in the tree and test modules, with pytest's settings; nothing where there are no tests."""
    config = pytest_config(project)
    tests = _test_files(project, config)
    if not tests:
        return
    yield from config.options(project)
    loaded = _conftests(project, tests)
    source = search_paths(project)
    given = tuple(place for path in config.strings("pythonpath") if (place := inside(path)) is not None)
    above = frozenset(loaded)
    plugins = _plugins(project, config, loaded, tests, source)
    for file in plugins:
        yield Option("pytest", "plugin", file, line_span(project, file))
    names = _names(config)
    for file in tests:
        search = _search(project, file, above, given, source)
        main = file.endswith("/__main__.py")
        yield Entry(Phase.TEST, "tests", file, line_span(project, file), () if main else names, search, main=main)
    # after the tests: what a fixture does is judged in the tests that ask for it, and by itself only where none does
    for file in (*loaded, *plugins):
        search = _search(project, file, above, given, source)
        yield Entry(Phase.TEST, "conftest.py", file, line_span(project, file), ("pytest_*",), search)


def _names(config: PytestConfig) -> tuple[str, ...]:
    """Patterns of what is collected from a test module; a setting without wildcards is a prefix."""
    functions, classes = (
        tuple(name if set(name) & set("*?[") else f"{name}*" for name in config.strings(key, default))
        for key, default in (("python_functions", ("test",)), ("python_classes", ("Test",)))
    )
    return (
        *functions,
        *(f"{name}.{method}" for name in classes for method in (*functions, *_CLASS_METHODS)),
        *(f"<{case}>.{method}" for case in _CASES for method in _CASE_METHODS),
        *_MODULE_FUNCTIONS,
    )


def _test_files(project: Project, config: PytestConfig) -> list[str]:
    patterns = config.strings("python_files", ("test_*.py", "*_test.py"))
    roots = [place for path in config.strings("testpaths") for place in expand(project, path)]
    ignored = [place for path in config.argument("--ignore") if (place := inside(path))]
    ignored_globs = [glob.strip("/") for glob in config.argument("--ignore-glob")]
    closed = closed_folders(project, config, roots)
    found = []
    for file in project.files:
        if not file.endswith(".py") or is_vendored(file) or is_in(parent(file) or file, closed) or is_in(file, ignored):
            continue
        if any(fnmatch.fnmatchcase(file, glob) for glob in ignored_globs):
            continue
        if roots and not any(file == root or is_in(file, (root,)) for root in roots):
            continue
        by_name = any(matches(file, pattern) for pattern in patterns) or (not config.file and _is_unittest(file))
        if file in roots or (by_name and (roots or _is_at_home(file))):
            found.append(file)
    if roots:
        return found
    # Without testpaths, the tests of projects inside the project count only where it has none itself: copies of others are many.
    nested = nested_projects(project)
    own = [file for file in found if not is_in(file, nested)]
    return own or found


def expand(project: Project, path: str) -> Iterator[str]:
    """A test path, which may have wildcards; a path that is not there is passed over, as pytest does."""
    if path in (".", "./"):
        yield ""
        return
    place = inside(path)
    if place is None:
        return
    if project.exists(place):
        yield place
    elif set(place) & set("*?["):
        candidates = {folder for file in project.files for folder in (file, *parents(file))}
        yield from sorted(name for name in candidates if name.count("/") == place.count("/") and fnmatch.fnmatchcase(name, place))


def closed_folders(project: Project, config: PytestConfig, roots: list[str]) -> frozenset[str]:
    """Folders that pytest does not go into; one that is named as a test path is open, whatever its name."""
    folders = {folder for file in project.files if file.endswith(".py") for folder in parents(file)}
    opened = {folder for root in roots for folder in (root, *parents(root))}
    return frozenset(folder for folder in folders if folder not in opened and not config.recurses(folder))


def _is_unittest(file: str) -> bool:
    """Whether unittest's discovery, or the habit of a package's own test program, would run a file that pytest's names do not tell."""
    folder, _, name = file.rpartition("/")
    if not folder:
        return name in ("test.py", "tests.py")
    return folder.rpartition("/")[2] in _TEST_FOLDERS and (name == "__main__.py" or fnmatch.fnmatchcase(name, "test*.py"))


def _is_at_home(file: str) -> bool:
    """Whether a test without configured paths is meant to be run: no benchmarks; in folders of documentation, only what is named test_*."""
    if not _BENCHMARKS.isdisjoint(file.split("/")[:-1]):
        return False
    return _DOC_FOLDERS.isdisjoint(file.split("/")[:-1]) or file.rpartition("/")[2].startswith("test_")


def _conftests(project: Project, tests: list[str]) -> list[str]:
    """The conftest.py of every folder with tests in it or below it, outermost first."""
    folders = {folder for file in tests for folder in (*parents(file), "")}
    return [path for folder in sorted(folders) if project.exists(path := join(folder, "conftest.py"))]


def _plugins(project: Project, config: PytestConfig, conftests: list[str], tests: list[str], search: tuple[str, ...]) -> list[str]:
    """Plug-ins in the tree: ``-p name`` of addopts, and ``pytest_plugins`` of a conftest.py or a file of tests (read as text)."""
    named = [name for name in config.argument("-p") if not name.startswith("no:")]
    naming = [file for file in (*conftests, *tests) if "pytest_plugins" in (project.text(file) or "")]
    for file in naming:
        for value in _PLUGINS.findall(project.text(file) or ""):
            named.extend(re.findall(r"""['"]([\w.]+)['"]""", value))
    folders = (*search, *(import_root(project, file) for file in dict.fromkeys((*conftests, *naming))))
    found = dict.fromkeys(module_file(project, name, folders) for name in named)
    return [file for file in found if file is not None and file not in conftests and file not in tests]


def _search(project: Project, file: str, conftests: frozenset[str], given: tuple[str, ...], source: tuple[str, ...]) -> tuple[str, ...]:
    """The module path as pytest's ``prepend`` mode makes it: the file's own import root and those of the conftest files above it."""
    above = (path for folder in (*parents(file), "") if (path := join(folder, "conftest.py")) in conftests)
    own = (import_root(project, near) for near in (file, *above))
    return tuple(dict.fromkeys((*own, *given, *source[1:], "")))


def import_root(project: Project, file: str) -> str:
    """The first folder upward that is no package."""
    folder = parent(file)
    while folder and project.exists(join(folder, "__init__.py")):
        folder = parent(folder)
    return folder
