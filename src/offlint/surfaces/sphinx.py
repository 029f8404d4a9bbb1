"""What does a documentation build by Sphinx run? The project's conf.py files, and the extensions that it brings itself.

https://www.sphinx-doc.org/en/master/usage/configuration.html: conf.py is executed, its function ``setup`` is called with the
application, and so is that of every module in ``extensions``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from offlint.model.entry import Entry
from offlint.model.lazy import regex
from offlint.model.words import Phase
from offlint.project.base import Project
from offlint.project.paths import AstrayError, follow, join, parent
from offlint.surfaces.config import line_span
from offlint.surfaces.layout import is_in, is_vendored, nested_projects
from offlint.surfaces.modules import module_file, search_paths

_SETTING = regex(
    r"^(extensions|html_theme|master_doc|root_doc|project|copyright|templates_path|exclude_patterns|html_static_path|source_suffix)"
    r"\s*(?::[^=\n]+)?=",
    re.MULTILINE,
)
_EXTENSIONS = regex(r"(?m)^extensions\s*(?::[^=\n]+)?\+?=\s*(\[[^\]]*\]|\([^)]*\))")
_NOT_DOCS = frozenset({
    "_templates", "cookiecutter", "fixtures", "quickstart", "roots", "skeleton", "template", "templates", "test", "test_data",
    "testdata", "testing", "tests", "testroots",
})  # fmt: skip
_RUNNERS = ("tox.ini", "tox.toml", "noxfile.py", "pyproject.toml", "Makefile", "tasks.py", "hatch.toml", ".readthedocs.yaml",
            ".readthedocs.yml", "readthedocs.yml", "docs/Makefile", "doc/Makefile")  # fmt: skip
#: Where sphinx-quickstart and custom put it: a conf.py here is Sphinx's whatever it says.
_HOMES = frozenset({"docs", "doc", "docs/source", "doc/source", "documentation"})
_NAMES = ("linkcode_resolve",)


def entries(project: Project) -> Iterator[Entry]:
    """conf.py where the project keeps its documentation; it is evaluated with the folders of the extensions that it names."""
    found = [file for file in project.files if file.rpartition("/")[2] == "conf.py"]
    if not found:
        return
    named = _named_folders(project)
    nested = nested_projects(project)
    source = search_paths(project)
    for file in found:
        if parent(file) not in named and not (_is_home(file) and not is_in(file, nested)):
            continue
        code = project.text(file) or ""
        settings = set(_SETTING.findall(code))
        if parent(file) not in _HOMES and "extensions" not in settings and "html_theme" not in settings and len(settings) < 2:
            continue
        search = (parent(file), *source)
        folders = (_import_root(project, extension) for extension in _extensions(project, file, code, search))
        yield Entry(Phase.DOCS, "conf.py", file, line_span(project, file), _NAMES, tuple(dict.fromkeys((*search, *folders))))


def _is_home(file: str) -> bool:
    return not is_vendored(file) and _NOT_DOCS.isdisjoint(file.lower().split("/")[:-1])


def _named_folders(project: Project) -> frozenset[str]:
    """Folders with a conf.py that the project's own commands give to ``sphinx-build`` (read as text)."""
    found = set()
    for runner in _RUNNERS:
        code = project.text(runner) or "" if project.exists(runner) else ""
        if "sphinx" not in code.lower() and "SOURCEDIR" not in code:
            continue
        bases = {parent(runner), ""}
        lines = [
            line for line in code.splitlines() if "sphinx" in line or "configuration" in line or "SOURCEDIR" in line or "conf.py" in line
        ]
        for word in re.findall(r"[\w./-]+", " ".join(lines)):
            for base in bases:
                try:
                    place = follow(join(base, word.removesuffix("conf.py")), {})
                except AstrayError:
                    continue
                if place and project.exists(join(place, "conf.py")):
                    found.add(place)
    return frozenset(found)


def _import_root(project: Project, extension: str) -> str:
    """The folder from which an extension is imported under the name that conf.py gives it."""
    folder = parent(extension)
    while folder and project.exists(join(folder, "__init__.py")):
        folder = parent(folder)
    return folder


def _extensions(project: Project, conf: str, code: str, search: tuple[str, ...]) -> Iterator[str]:
    """Modules of ``extensions`` in the tree: from the usual search, and from folders that conf.py names in a string."""
    own = parent(conf)
    folders = dict.fromkeys(search)
    for name in re.findall(r"""['"]([\w./-]+)['"]""", code):
        try:
            place = follow(join(own, name), {})
        except AstrayError:
            continue
        if place != own and project.is_dir(place):
            folders[place] = None
    for block in _EXTENSIONS.findall(code):
        for name in re.findall(r"""(?m)^[^#\n]*?['"]([\w.]+)['"]|['"]([\w.]+)['"]""", block):
            file = module_file(project, name[0] or name[1], folders)
            if file is not None:
                yield file
