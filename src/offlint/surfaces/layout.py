"""Which parts of a tree are the project's own? Vendored copies, nested projects and templates are not."""

from __future__ import annotations

from collections.abc import Iterable

from offlint.project.base import Project
from offlint.project.paths import parents

_VENDORED = frozenset({
    "3rdparty", "_vendor", "_vendored", "bower_components", "csrc", "extern", "external", "node_modules", "site-packages", "submodules",
    "subprojects", "third-party", "third_party", "thirdparty", "vendor", "vendored", "vendors",
})  # fmt: skip
_PROJECT_FILES = ("pyproject.toml", "setup.py")
#: What a library of another language is built by, as it lies at its root.
_BUILD_FILES = ("CMakeLists.txt", "configure.ac", "meson.build", "go.mod")
_LICENCES = ("LICENSE", "LICENCE", "COPYING")


def is_vendored(path: str) -> bool:
    """Whether a path lies in a folder for other people's code, or in a template's (``{{cookiecutter.name}}``)."""
    return "{{" in path or any(part in _VENDORED for part in path.split("/")[:-1])


def nested_projects(project: Project) -> frozenset[str]:
    """Folders below the root that are projects of their own: Python's, and with a licence of their own those of other languages."""
    found: set[str] = set()
    built: set[str] = set()
    licensed: set[str] = set()
    packages: set[str] = set()
    for file in project.files:
        folder, _, name = file.rpartition("/")
        if not folder:
            continue
        if name in _PROJECT_FILES:
            found.add(folder)
        elif name in _BUILD_FILES:
            built.add(folder)
        elif name == "__init__.py":
            packages.add(folder)
        elif name.upper().startswith(_LICENCES):
            licensed.add(folder)
    return frozenset(found | ((built & licensed) - packages))


def is_in(path: str, folders: Iterable[str]) -> bool:
    """Whether a path lies in one of the folders (``""`` is the root)."""
    held = frozenset(folders)
    return "" in held or path in held or any(folder in held for folder in parents(path))
