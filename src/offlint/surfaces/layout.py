"""Which parts of a tree are the project's own? Vendored copies, nested projects and templates are not."""

from __future__ import annotations

from collections.abc import Iterable

from offlint.project.base import Project
from offlint.project.paths import parent, parents

_VENDORED = frozenset({
    "3rdparty", "_vendor", "_vendored", "bower_components", "csrc", "extern", "external", "node_modules", "site-packages", "submodules",
    "subprojects", "third-party", "third_party", "thirdparty", "vendor", "vendored", "vendors",
})  # fmt: skip
_PROJECT_FILES = ("pyproject.toml", "setup.py")


def is_vendored(path: str) -> bool:
    """Whether a path lies in a folder for other people's code, or in a template's (``{{cookiecutter.name}}``)."""
    return "{{" in path or any(part in _VENDORED for part in path.split("/")[:-1])


def nested_projects(project: Project) -> frozenset[str]:
    """Folders below the root that are projects of their own."""
    return frozenset(parent(file) for file in project.files if "/" in file and file.rpartition("/")[2] in _PROJECT_FILES)


def is_in(path: str, folders: Iterable[str]) -> bool:
    """Whether a path lies in one of the folders (``""`` is the root)."""
    held = frozenset(folders)
    return "" in held or path in held or any(folder in held for folder in parents(path))
