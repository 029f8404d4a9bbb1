"""Do the tests and the documentation ship? What the project's own configuration names of them, in a source archive that lacks it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from offlint.model.entry import Lack
from offlint.model.lazy import regex
from offlint.model.span import Span
from offlint.model.words import Phase
from offlint.project.base import Project
from offlint.project.paths import join
from offlint.surfaces import tox_ini, tox_toml
from offlint.surfaces.config import find_line, line_span, table, words
from offlint.surfaces.layout import is_vendored
from offlint.surfaces.modules import inside
from offlint.surfaces.pytest_config import pytest_config

_TESTS = frozenset({"test", "tests", "unittests"})
_DOCS = frozenset({"doc", "docs", "documentation"})
_TEST_FILE = regex(r"(?:^|/)(?:test_[^/]*|[^/]*_tests?|tests)\.py$")
_TEST_RUNNERS = frozenset({"pytest", "py.test", "unittest", "nosetests", "nose2", "stestr", "ward", "trial"})
_DOC_BUILDERS = frozenset({"sphinx-build", "sphinx", "sphinx-autobuild", "mkdocs", "properdocs", "zensical"})
#: Options of these programs whose value is no place of tests or documents.
_NO_PLACE = frozenset({"-m", "-k", "-n", "-p", "-b", "-D", "-d", "-E", "-t", "--cov", "--ignore", "--deselect", "--junitxml", "-o"})
_SESSION_RUN = regex(r"\bsession\.run(?:_always)?\(([^()]{1,2000})\)")
_QUOTED = regex(r"""["']([^"'\n]{1,200})["']""")
_MKDOCS = ("mkdocs.yml", "mkdocs.yaml", "properdocs.yml", "properdocs.yaml", "zensical.toml")
_READTHEDOCS = (".readthedocs.yaml", ".readthedocs.yml", "readthedocs.yml")
_NAMED = regex(r"(?m)^[ \t]+configuration:[ \t]*[\"']?([\w./-]+)[\"']?[ \t]*(?:#.*)?$")
_LINK = regex(r"(?mi)^Project-URL:(?=[^,\n]{0,200}doc)[^,\n]{0,300},[ \t]*(https?://[\w.-]+\.(?:readthedocs\.(?:io|org)|rtfd\.io)\b\S*)")
#: Tables that say what a source distribution holds (Hatch, Flit, PDM).
_LISTS = (("tool", "hatch", "build", "targets", "sdist"), ("tool", "hatch", "build"), ("tool", "flit", "sdist"), ("tool", "pdm", "build"))
_ON_PURPOSE = regex(r"(?m)^(?:prune|recursive-exclude|global-exclude|exclude)[ \t]+(\S+)")


def tests(project: Project) -> Iterator[Lack]:
    """Folders and files that the configuration of pytest, tox or nox names, where no test ships; else the tests as a whole."""
    if not project.shipped or any(is_test(file) for file in project.files if not is_vendored(file)):
        return
    found = list(_testpaths(project)) or list(_commands(project, _TEST_RUNNERS, _TESTS, "tests")) or list(_configured(project))
    yield from found


def docs(project: Project) -> Iterator[Lack]:
    """What Read the Docs, MkDocs, tox or nox would build; else the sources of what the metadata links to."""
    if not project.shipped:
        return
    found = [*_readthedocs(project), *_commands(project, _DOC_BUILDERS, _DOCS, "docs")]
    if not found and not any(_is_documentation(file) for file in project.files):
        link = _LINK.search(project.text("PKG-INFO") or "") if project.exists("PKG-INFO") else None
        if link:
            line = (project.text("PKG-INFO") or "").count("\n", 0, link.start()) + 1
            found.append(_lack(project, "docs", "the documentation's sources", link[1], line_span(project, "PKG-INFO", line)))
    seen: set[str] = set()
    for one in found:
        if not any(one.path == path or one.path.startswith(f"{path}/") for path in seen):
            seen.add(one.path)
            yield one


def is_test(file: str) -> bool:
    """Whether a file is named as tests are, or is Python in a folder of tests (each project has its own names there)."""
    return bool(_TEST_FILE.search(file)) or (file.endswith(".py") and not file.endswith("__init__.py") and in_tests(file))


def in_tests(file: str) -> bool:
    """Whether a file lies in a folder of tests: what they read."""
    return not _TESTS.isdisjoint(file.lower().split("/")[:-1])


def is_doc(file: str) -> bool:
    """Whether a file lies where projects keep their documentation."""
    return file.partition("/")[0] in _DOCS and "/" in file


def _is_documentation(file: str) -> bool:
    return is_doc(file) or file.rpartition("/")[2] in ("conf.py", *_MKDOCS)


def _testpaths(project: Project) -> Iterator[Lack]:
    config = pytest_config(project)
    for written in config.strings("testpaths"):
        place = inside(written) if not set(written) & set("*?[") else None
        if place and not project.exists(place) and not _is_documentation(join(place, "")):
            span = config.span(project, "testpaths")
            span = line_span(project, span.file, find_line(project, span.file, written, span.line))
            yield _lack(project, "tests", place, "testpaths", span)


def _configured(project: Project) -> Iterator[Lack]:
    """A configuration of tests where there are none at all."""
    if any(file.rpartition("/")[2] == "conftest.py" for file in project.files):
        return  # what is tested may be no Python: notebooks, documents
    config = pytest_config(project)
    if config.file:
        yield _lack(
            project, "tests", "the tests", "pytest's configuration", line_span(project, config.file, _line(project, config.file, "pytest"))
        )
        return
    for line, by, span in _lines(project):
        if any(word.rpartition("/")[2] in _TEST_RUNNERS for word in line):
            yield _lack(project, "tests", "the tests", by, span)
            return


def _commands(project: Project, programs: frozenset[str], folders: frozenset[str], kind: str) -> Iterator[Lack]:
    """Places in command lines of tox and nox for these programs that begin with a folder of such a name, which is not there."""
    seen: set[str] = set()
    for line, by, span in _lines(project):
        rest = line[next((at + 1 for at, word in enumerate(line) if word.rpartition("/")[2] in programs), len(line)) :]
        for before, word in zip(("", *rest), rest, strict=False):
            place = inside(word) if before not in _NO_PLACE and not word.startswith("-") else None
            top = (place or "").partition("/")[0]
            if top in folders and top not in seen and not project.exists(top):
                seen.add(top)
                yield _lack(project, kind, top, by, span)


def _lines(project: Project) -> Iterator[tuple[list[str], str, Span]]:
    """Each command line's words, what it belongs to, and where it stands."""
    for one in tox_ini.environments(project) or tox_toml.environments(project):
        for command in one.commands:
            line = command.text.replace('"', " ").split() if command.as_text else list(command.words)
            if "-c" not in line[:2]:
                yield line, f"tox's environment {one.name}", command.span
    written = project.text("noxfile.py") or "" if project.exists("noxfile.py") else ""
    for found in _SESSION_RUN.finditer(written):
        number = written.count("\n", 0, found.start()) + 1
        yield _QUOTED.findall(found[1]), "a session of nox", line_span(project, "noxfile.py", number)


def _readthedocs(project: Project) -> Iterator[Lack]:
    for file in _READTHEDOCS:
        written = project.text(file) or "" if project.exists(file) else ""
        for found in _NAMED.finditer(written):
            place = inside(found[1])
            if place and not project.exists(place):
                line = written.count("\n", 0, found.start(1)) + 1
                yield _lack(project, "docs", place, "configuration of Read the Docs", line_span(project, file, line))
    for file in _MKDOCS:
        folder = _docs_dir(project, file) if project.exists(file) else ""
        if folder and not project.exists(folder):
            tool = "Zensical" if file.endswith(".toml") else "MkDocs"
            yield _lack(project, "docs", folder, f"docs_dir of {tool}", line_span(project, file, _line(project, file, "docs_dir")))


def _docs_dir(project: Project, file: str) -> str:
    found = re.search(r"(?m)^docs_dir[ \t]*[:=][ \t]*[\"']?([^\"'#\n]+?)[\"']?[ \t]*(?:#.*)?$", project.text(file) or "")
    return (inside(found[1]) if found else None) or "docs"


def _lack(project: Project, kind: str, path: str, by: str, span: Span) -> Lack:
    phase = Phase.TEST if kind == "tests" else Phase.DOCS
    return Lack(kind, path, by, span, phase, fails=False, why=_rule(project, path, kind))


def _rule(project: Project, path: str, kind: str) -> str:
    """The project's own line that leaves it out, where there is one."""
    names = {path, path.partition("/")[0], *(_TESTS if kind == "tests" else _DOCS)}
    written = project.text("MANIFEST.in") or "" if project.exists("MANIFEST.in") else ""
    for found in _ON_PURPOSE.finditer(written):
        if found[1].strip("/") in names:
            return f"MANIFEST.in leaves it out on purpose, in line {written.count(chr(10), 0, found.start()) + 1}"
    for keys in _LISTS:
        own = table(project, *keys)
        excluded = {item.strip("/*") for key in ("exclude", "excludes") for item in words(own.get(key))}
        if names & excluded:
            return f"[{'.'.join(keys)}] leaves it out on purpose"
        if own.get("only-include") or (keys[-1] == "sdist" and own.get("include")):
            return f"[{'.'.join(keys)}] lists what ships"
    return ""


def _line(project: Project, file: str, needle: str) -> int:
    return project.find(file, needle)
