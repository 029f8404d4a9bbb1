"""Which examples does a test run execute? Docstrings of modules and pages, where pytest's configuration or a command asks for them.

https://docs.pytest.org/en/stable/how-to/doctest.html and https://github.com/scientific-python/pytest-doctestplus. Without such an option
only ``test*.txt`` is looked at, as pytest does.
"""

from __future__ import annotations

import fnmatch
import re
import shlex
from collections.abc import Iterable, Iterator, Sequence

from offlint.model.entry import Entry, Option, Task
from offlint.model.lazy import dataclass, regex
from offlint.model.words import Phase, Reach
from offlint.project.base import Project
from offlint.project.paths import join, parent
from offlint.surfaces.config import line_span
from offlint.surfaces.layout import is_in, is_vendored, nested_projects
from offlint.surfaces.modules import inside, search_paths
from offlint.surfaces.pytest import closed_folders, expand, import_root
from offlint.surfaces.pytest_config import PytestConfig, argument, matches, pytest_config

_PYTEST = regex(r"(?:^|[\s/;&|\"'{:])(?:pytest|py\.test)(?=[\s\"',])")
_ASKS = ("--doctest-modules", "--doctest-plus", "--doctest-only")
_TEXTS = (".txt", ".rst", ".md")
#: What a conftest.py names that does something with examples: they are run where somebody asks for them.
_HANDLED = regex(r"\b(?:DoctestItem|doctest_namespace)\b")
#: Folders that tox names, in front of a path.
_FOLDER = regex(r"\{(?:tox_?root|tox_?ini_?dir|env_?site_?packages_?dir)\}/?")
_POSARGS = regex(r"\{posargs(?::([^{}]*))?\}")


@dataclass(frozen=True, slots=True)
class _Asked:
    """Which examples are run: of modules or not, of which pages, below which places, and who asks."""

    modules: bool
    globs: tuple[str, ...]
    roots: tuple[str, ...]
    reach: Reach = Reach.ALWAYS
    ask: str = ""


def entries(project: Project, tasks: Iterable[Task]) -> Iterator[Entry | Option]:
    """One entry for each file with examples that are run; what nobody runs by default is explicit."""
    config = pytest_config(project)
    found: dict[str, Entry] = {}
    for asked in (_configured(project, config), *_commanded(project, config, tasks), *_handled(project)):
        if asked.modules or asked.globs:
            for entry in _files(project, config, asked):
                found.setdefault(entry.file, entry)
    if found:
        yield from config.options(project)
        yield from found.values()


def _configured(project: Project, config: PytestConfig) -> _Asked:
    """What a plain ``pytest`` runs."""
    return _asked(config, (), tuple(place for path in config.strings("testpaths") for place in expand(project, path)))


def _asked(config: PytestConfig, words: Sequence[str], roots: tuple[str, ...], reach: Reach = Reach.ALWAYS, ask: str = "") -> _Asked:
    given = (*config.arguments(), *words)
    plus = bool(config.values.get("doctest_plus")) or not {"--doctest-plus", "--doctest-only"}.isdisjoint(given)
    globs = argument(given, "--doctest-glob")
    if plus and (config.values.get("doctest_rst") or "--doctest-rst" in given):
        ending = (argument(given, "--text-file-format") or config.strings("text_file_format") or ["rst"])[0]
        globs.append(f"*.{ending.lstrip('.')}")
    return _Asked(plus or "--doctest-modules" in given, tuple(globs) or ("test*.txt",), roots, reach, ask)


def _commanded(project: Project, config: PytestConfig, tasks: Iterable[Task]) -> Iterator[_Asked]:
    """What command lines of tasks and sessions run beyond the configuration."""
    lines = [(" ".join(task.words), task.reach, task.guard.switch or "") for task in tasks if task.phase is Phase.TEST]
    if project.exists("noxfile.py") and "doctest" in (project.text("noxfile.py") or ""):
        from offlint.surfaces import nox  # noqa: PLC0415 # loaded where there is something for it

        lines += [(text, reach, ask) for phase, text, reach, ask in nox.texts(project) if phase is Phase.TEST]
    for line, reach, ask in lines:
        for start in _PYTEST.finditer(line):
            words = _words(line[start.end() :])
            places = tuple(place for word in words if not word.startswith("-") for place in expand(project, word))
            if any(word.startswith("--doctest") for word in words) or any(place.endswith(_TEXTS) for place in places):
                default = tuple(place for path in config.strings("testpaths") for place in expand(project, path))
                yield _asked(config, words, places or default, reach, ask)


def _words(text: str) -> list[str]:
    """The words of one command."""
    text = _POSARGS.sub(lambda found: found[1] or "", _FOLDER.sub("", text))
    text = re.split(r"&&|\|\||[;|\n]", text.replace("{posargs:", "").replace("}", ""), maxsplit=1)[0]
    try:
        return shlex.split(text)
    except ValueError:
        return text.split()


def _handled(project: Project) -> Iterator[_Asked]:
    """A conftest.py that handles examples: those of its folder are run on request."""
    for file in project.files:
        if file.rpartition("/")[2] == "conftest.py" and not is_vendored(file) and _HANDLED.search(project.text(file) or ""):
            # a package's are those of its modules, another folder's those of its pages
            package = project.exists(join(parent(file), "__init__.py"))
            ask = "pytest --doctest-modules" if package else "pytest --doctest-glob"
            yield _Asked(package, () if package else ("*.rst", "*.md", "test*.txt"), (parent(file),), Reach.EXPLICIT, ask)


def _files(project: Project, config: PytestConfig, asked: _Asked) -> Iterator[Entry]:
    files = [file for file in project.files if _is_wanted(file, asked) and not is_vendored(file)]
    if not files:
        return
    ignored = [place for path in config.argument("--ignore") if (place := inside(path))]
    left_out = [glob.strip("/") for glob in (*config.argument("--ignore-glob"), *config.strings("doctest_norecursedirs"))]
    closed = closed_folders(project, config, list(asked.roots))
    nested = nested_projects(project)
    source = search_paths(project)
    for file in files:
        if is_in(parent(file) or file, closed) or is_in(file, ignored) or is_in(file, nested):
            continue
        if any(fnmatch.fnmatchcase(file, glob) for glob in left_out):
            continue
        if file.endswith(".py") or ">>>" in (project.text(file) or ""):  # a module is imported to look for examples in it
            search = tuple(dict.fromkeys((import_root(project, file), *source[1:], "")))
            yield Entry(Phase.TEST, "doctest", file, line_span(project, file), (), search, asked.reach, ask=asked.ask)


def _is_wanted(file: str, asked: _Asked) -> bool:
    if asked.roots and not any(not root or file == root or is_in(file, (root,)) for root in asked.roots):
        return False
    if file.endswith(".py"):
        return asked.modules and file.rpartition("/")[2] not in ("setup.py", "__main__.py")
    return any(matches(file, glob) for glob in asked.globs) or (file.endswith(_TEXTS) and file in asked.roots)
