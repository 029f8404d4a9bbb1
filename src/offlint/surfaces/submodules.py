"""Which submodules does the archive lack? Those of .gitmodules whose folders are not there or empty (gitmodules(5))."""

from __future__ import annotations

import re
from collections.abc import Iterator

from offlint.model.entry import Lack
from offlint.model.lazy import regex
from offlint.project.base import Project
from offlint.project.paths import join
from offlint.surfaces.config import line_span
from offlint.surfaces.modules import inside

_FILE = ".gitmodules"
_PATH = regex(r"(?m)^[ \t]*path[ \t]*=[ \t]*(\S+)[ \t]*(?:[#;].*)?$")
#: Files of the build in which the name of a submodule's folder tells that it is used.
_BUILD_FILES = ("setup.py", "CMakeLists.txt", "meson.build", "pyproject.toml", "Cargo.toml", "Makefile")


def entries(project: Project) -> Iterator[Lack]:
    """Each submodule that is not there; ``by`` is empty where no file of the build names it, and it may be of no use to the build."""
    if not project.shipped or not project.exists(_FILE):
        return
    text = project.text(_FILE) or ""
    for found in _PATH.finditer(text):
        place = inside(found[1])
        if place and not any(file.startswith(join(place, "")) for file in project.files):
            line = text.count("\n", 0, found.start(1)) + 1
            yield Lack("submodule", place, _named_by(project, place), line_span(project, _FILE, line), fails=False)


def _named_by(project: Project, place: str) -> str:
    named = re.compile(rf"(?<![\w./-]){re.escape(place)}(?![\w-])")
    for file in _BUILD_FILES:
        if project.exists(file) and named.search(project.text(file) or ""):
            return file
    return ""
