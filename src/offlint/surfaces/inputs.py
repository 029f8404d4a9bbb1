"""Which files do a project's declarations read, and are they there? pyproject.toml, setup.cfg and MANIFEST.in of a source archive.

https://packaging.python.org/en/latest/specifications/pyproject-toml/ (``readme``, ``license``, ``license-files``),
https://setuptools.pypa.io/en/latest/userguide/declarative_config.html (``file:``, ``attr:``; a file that is missing is a warning),
https://setuptools.pypa.io/en/latest/userguide/miscellaneous.html (MANIFEST.in), https://hatch.pypa.io/latest/config/build/
(``force-include``) and the backends' own pages say what is read.
"""

from __future__ import annotations

import fnmatch
from collections.abc import Iterator

from offlint.model.entry import Lack
from offlint.model.span import Span
from offlint.project.base import Project
from offlint.surfaces.backend import backend_of, uses, uses_setuptools
from offlint.surfaces.config import PYPROJECT, find_line, ini_span, line_span, mapping, section, table, text, toml_span, words
from offlint.surfaces.modules import inside, module_file, search_paths

_WARNED = "setuptools goes on with a warning, and the metadata lacks what stands there"
_WILD = frozenset("*?[{")
#: What each backend stops without (scikit-build-core, meson-python, maturin).
_ROOTS = (
    (("scikit_build_core", "py_build_cmake"), "CMakeLists.txt"),
    (("mesonpy",), "meson.build"),
    (("maturin",), "Cargo.toml"),
)


def entries(project: Project) -> Iterator[Lack]:
    """What is declared and not there, of an archive."""
    if not project.shipped:
        return
    yield from _project(project)
    if uses_setuptools(project):
        yield from _setuptools(project)
        yield from _manifest(project)
    yield from _backend(project)


def _project(project: Project) -> Iterator[Lack]:
    """``readme``, ``license`` and ``license-files`` of the project's table, and poetry's ``readme``."""
    if not project.exists(PYPROJECT):
        return
    warns = uses_setuptools(project)
    own = table(project, "project")
    for key in ("readme", "license"):
        value = own.get(key)
        named = text(mapping(value).get("file")) or (text(value) if key == "readme" else "")
        yield from _one(project, named, f"{key} of [project]", toml_span(project, "project", key), warns=warns)
    for pattern in words(own.get("license-files")):
        span = _at(project, toml_span(project, "project", "license-files"), pattern)
        if not _matches(project, pattern):
            yield Lack(
                "build-input", pattern, "license-files", span, fails=False, why="the specification wants each pattern to match a file"
            )
    if uses(project, "poetry"):
        given = table(project, "tool", "poetry").get("readme")
        for named in [text(given)] if isinstance(given, str) else words(given):
            yield from _one(project, named, "readme of [tool.poetry]", toml_span(project, "tool", "poetry", "readme"))


def _setuptools(project: Project) -> Iterator[Lack]:
    """``file:`` and ``attr:``, in either file."""
    for part in ("metadata", "options", "options.extras_require"):
        for key, value in section(project, part).items():
            span = ini_span(project, part, key)
            kind, _, rest = value.strip().partition(":")
            if kind == "file":
                for named in rest.replace("\n", ",").split(","):
                    yield from _one(project, named.strip(), f"file: of {key}", span, warns=key != "version")
            elif kind == "attr":
                yield from _attribute(project, rest.strip(), span)
    for pattern in words(section(project, "metadata").get("license_files", "").replace(",", " ")):
        if not _WILD & set(pattern):
            yield from _one(project, pattern, "license_files", ini_span(project, "metadata", "license_files", pattern), warns=True)
    for key, value in table(project, "tool", "setuptools", "dynamic").items():
        span = toml_span(project, "tool", "setuptools", "dynamic", key)
        given = mapping(value).get("file")
        for named in [text(given)] if isinstance(given, str) else words(given):
            yield from _one(project, named, f"file of the dynamic {key}", span, warns=key != "version")
        yield from _attribute(project, text(mapping(value).get("attr")), span)


def _attribute(project: Project, dotted: str, span: Span) -> Iterator[Lack]:
    """``attr: package.module.NAME``: of a module that is not there, where its package is."""
    module = dotted.rpartition(".")[0]
    top = module.partition(".")[0]
    search = search_paths(project)
    if module and module_file(project, module, search) is None and (module == top or module_file(project, top, search)):
        # a name in the package, or one that only is there once the code ran, is looked for by importing it
        parent = module.rpartition(".")[0]
        if module != top and parent and _defines(project, module_file(project, parent, search), module.rpartition(".")[2]):
            return
        if module == top and table(project, "tool", "setuptools").get("package-dir"):
            return
        yield Lack("build-input", f"{module.replace('.', '/')}.py", f"attr: {dotted}", span)


def _defines(project: Project, file: str | None, name: str) -> bool:
    return file is not None and not file.endswith("/") and name in (project.text(file) or "")


def _manifest(project: Project) -> Iterator[Lack]:
    """``include`` lines with plain names; what another line leaves out again is left out on purpose."""
    if not project.exists("MANIFEST.in"):
        return
    lines = (project.text("MANIFEST.in") or "").splitlines()
    code = project.text("setup.py") or "" if project.exists("setup.py") else ""
    left_out = [word for line in lines for word in line.split()[1:] if line.split()[0] in ("exclude", "global-exclude", "prune")]
    for number, line in enumerate(lines, 1):
        parts = line.split("#")[0].split()
        for named in parts[1:] if parts[:1] == ["include"] else ():
            made = named.rpartition("/")[2] in code  # the build itself may write it
            if not made and not named.startswith(".") and not any(fnmatch.fnmatchcase(named, pattern) for pattern in left_out):
                why = "setuptools goes on with a warning"
                yield from _one(project, named, "include of MANIFEST.in", line_span(project, "MANIFEST.in", number), warns=True, why=why)


def _backend(project: Project) -> Iterator[Lack]:
    """What the backend itself reads: its own module, its hooks, the build file of its language."""
    backend = backend_of(project)
    if backend is None:
        return
    if backend.folders and backend.file is None:
        place = "/".join(filter(None, (backend.folders[0], f"{backend.module.replace('.', '/')}.py")))
        yield Lack("build-input", place, "build-backend", toml_span(project, "build-system", "build-backend"))
    for tops, file in _ROOTS:
        if backend.is_one_of(*tops):
            span = toml_span(project, "build-system", "build-backend")
            own = text(table(project, "tool", "maturin").get("manifest-path")) or text(
                table(project, "tool", "scikit-build", "cmake").get("source-dir")
            )
            yield from _one(project, own or file, f"{backend.module}", span)
    if backend.is_one_of("hatchling"):
        yield from _hatch(project)


def _hatch(project: Project) -> Iterator[Lack]:
    version = table(project, "tool", "hatch", "version")
    if text(version.get("source")) in ("", "regex", "code"):
        yield from _one(
            project, text(version.get("path")), "path of [tool.hatch.version]", toml_span(project, "tool", "hatch", "version", "path")
        )
    for keys in (("tool", "hatch", "build"), ("tool", "hatch", "build", "targets", "wheel")):
        for named in table(project, *keys, "force-include"):
            if not named.startswith(("..", "/", "~")):
                yield from _one(project, named, "force-include", toml_span(project, *keys, "force-include", named))
        hook = mapping(table(project, *keys, "hooks").get("custom"))
        if "custom" in table(project, *keys, "hooks"):
            yield from _one(project, text(hook.get("path")) or "hatch_build.py", "build hook", toml_span(project, *keys, "hooks", "custom"))


def _one(project: Project, named: str, by: str, span: Span, *, warns: bool = False, why: str = "") -> Iterator[Lack]:
    """A plain path that is not there."""
    place = inside(named) if named and not _WILD & set(named) else None
    if place and not project.exists(place):
        yield Lack("build-input", place, by, span, fails=not warns, why=why or (_WARNED if warns else ""))


def _matches(project: Project, pattern: str) -> bool:
    place = inside(pattern) or pattern
    return project.exists(place) or any(fnmatch.fnmatchcase(file, place.replace("**/", "*")) for file in project.files)


def _at(project: Project, span: Span, needle: str) -> Span:
    return line_span(project, span.file, find_line(project, span.file, needle, span.line))
