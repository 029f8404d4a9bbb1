"""What has a checkout that the archive lacks? Tests, documentation and sources of shipped packages, folder by folder.

What version control ignores (.gitignore, gitignore(5)) or leaves out of its own archives (``export-ignore``, gitattributes(5)), what tools
make, and the services' own files (.github and other names with a dot) are left out on purpose.
"""

from __future__ import annotations

import fnmatch
from collections.abc import Iterator

from offlint.model.entry import Lack
from offlint.model.span import Span
from offlint.model.words import Phase
from offlint.project.base import Project
from offlint.project.paths import parent, parents
from offlint.surfaces import release
from offlint.surfaces.layout import is_in, nested_projects
from offlint.surfaces.shipped import in_tests, is_doc, is_test

_MADE = ("build", "dist", "_build", "htmlcov")
_SOURCES = (
    ".c", ".cc", ".cfg", ".cmake", ".cpp", ".cxx", ".f", ".f90", ".go", ".h", ".hpp", ".in", ".json", ".pxd", ".py", ".pyi", ".pyx", ".rs",
    ".toml", ".txt", ".typed",
)  # fmt: skip
_TEXT = {
    "tests": "the checkout has them",
    "docs": "the checkout has them",
    "build-input": "the checkout has it beside what the archive has of this package",
}


def lacking(project: Project, checkout: Project) -> Iterator[Lack]:
    """One lack for each folder and kind, which names all of its files that are not in the archive."""
    here = frozenset(project.files)
    ignored = _patterns(checkout)
    packages = {parent(file) for file in here if file.endswith("/__init__.py")}
    nested = nested_projects(checkout) - {""} - nested_projects(project)
    found: dict[tuple[str, str], list[str]] = {}
    for file in checkout.files:
        if file in here or file.startswith(".") or "/." in file or is_in(file, nested) or _is_made(file) or _matches(file, ignored):
            continue
        kind = "tests" if is_test(file) or in_tests(file) else "docs" if is_doc(file) else ""
        if not kind and file.endswith(_SOURCES) and any(folder in packages for folder in parents(file)):
            kind = "build-input"
        if kind:
            found.setdefault((kind, parent(file)), []).append(file)
    place = next((name for name in ("pyproject.toml", "setup.py", "setup.cfg", "PKG-INFO") if project.exists(name)), project.files[0])
    phases = {"tests": Phase.TEST, "docs": Phase.DOCS}
    if not any(file.startswith(release.FOLDER) for file in here):
        yield from release.lacking(checkout, Span(place))
    for (kind, folder), files in found.items():
        names = files if len(files) == 1 else [file[len(folder) + 1 if folder else 0 :] for file in files]
        path = names[0] if len(files) == 1 else f"{folder or '.'}/ ({len(files)} files: {', '.join(names)})"
        yield Lack(kind, path, "the checkout", Span(place), phases.get(kind, Phase.BUILD), fails=False, why=_TEXT[kind])


def _is_made(file: str) -> bool:
    parts = file.split("/")
    return parts[0] in _MADE or "_build" in parts or any(part.endswith((".egg-info", ".pyc", ".so", ".pyd")) for part in parts)


def _patterns(checkout: Project) -> list[tuple[str, bool]]:
    """Patterns in their order, and whether each leaves out or (``!``) takes back."""
    found: list[tuple[str, bool]] = []
    for line in (checkout.text(".gitignore") or "").splitlines() if checkout.exists(".gitignore") else ():
        written = line.strip()
        if written and not written.startswith("#"):
            found.append((written.removeprefix("!"), not written.startswith("!")))
    for line in (checkout.text(".gitattributes") or "").splitlines() if checkout.exists(".gitattributes") else ():
        words = line.split()
        if "export-ignore" in words[1:]:
            found.append((words[0], True))
    return found


def _matches(file: str, patterns: list[tuple[str, bool]]) -> bool:
    left_out = False
    for pattern, leaves in patterns:
        if _fits(file, pattern):
            left_out = leaves
    return left_out


def _fits(file: str, pattern: str) -> bool:
    """gitignore(5): a pattern with a slash inside is for paths from the root, else for a name at any depth; folders take all below."""
    plain = pattern.rstrip("/").removesuffix("/**")
    places = [*parents(file)] if pattern.endswith("/") else [file, *parents(file)]
    if "/" in plain:
        plain = plain.removeprefix("/")
        return any(fnmatch.fnmatchcase(place, plain.replace("**/", "*")) for place in places)
    return any(fnmatch.fnmatchcase(place.rpartition("/")[2], plain) for place in places)
