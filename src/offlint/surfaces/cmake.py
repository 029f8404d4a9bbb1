"""Does the build run CMake, on which folder, and with which definitions?

scikit-build-core (https://scikit-build-core.readthedocs.io/en/stable/reference/configs.html), also as a Hatch hook and under setuptools;
py-build-cmake (https://tttapa.github.io/py-build-cmake/reference/config.html); cmeel; and setup.py files that start cmake, with
scikit-build, cmake-build-extension or by themselves. What pyproject.toml defines is a default: ``-D`` in CMAKE_ARGS or in the
settings given to the front end replaces it.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from typing import Any

from offlint.model.entry import Entry, Option, Skipped
from offlint.model.lazy import dataclass, field, regex
from offlint.model.span import Span
from offlint.model.words import Phase
from offlint.project.base import Project
from offlint.surfaces.backend import backend_of, uses, uses_setuptools
from offlint.surfaces.config import mapping, table, text, toml_span, words
from offlint.surfaces.modules import inside

SURFACE = "CMakeLists.txt"
#: ``Entry.names`` of a CMakeLists.txt on which only what is not followed in setup.py may have run CMake.
UNLESS_RUN = ("unless run",)

_STARTS = regex(r"""["']cmake["']|\bcmake\s+-|\bskbuild\b|cmake_build_extension|CMakeExtension|CMakeBuild|cmake_path|CMAKE_EXE""")
_ARGUMENT = regex(r"-D\s*([A-Za-z_]\w*)(?::[A-Za-z]+)?=(.*)", re.DOTALL)
_IN_CODE = regex(r"""["']-D\s*([A-Za-z_]\w*)(?::[A-Z]+)?=([\w.+-]+)["']""")
_SOURCE = regex(r"""cmake_source_dir\s*=\s*["']([^"']+)["']|source_dir\s*=\s*["']([^"']+)["']""")
#: scikit-build, which defines SKBUILD in each run (skbuild/cmaker.py).
_CLASSIC = regex(r"(?m)^\s*(?:from\s+skbuild\b|import\s+skbuild\b)")
#: What scikit-build-core defines in each run (reference, "CMake variables").
_SKBUILD = {"SKBUILD": "2", "SKBUILD_STATE": "wheel", "SKBUILD_CORE_VERSION": "0.12.0"}


@dataclass(slots=True)
class _Run:
    """One run of CMake: the folder, what shows it, and its definitions in the order that they are given."""

    folder: str
    span: Span
    options: list[Option] = field(default_factory=list)
    names: tuple[str, ...] = ()


def entries(project: Project) -> Iterator[Entry | Option | Skipped]:
    """The CMakeLists.txt that the build configures, and what it is given."""
    run = _scikit_build(project) or _py_build_cmake(project) or _cmeel(project) or _setup_py(project)
    if run is None:
        return
    file = posixpath.join(run.folder, "CMakeLists.txt")
    if project.exists(file) and not project.is_dir(file):
        yield from run.options
        yield Entry(Phase.BUILD, SURFACE, file, Span(file), run.names, main=True)


def _scikit_build(project: Project) -> _Run | None:
    hooks: list[tuple[str, ...]] = [("tool", "scikit-build")]
    hatch = [("tool", "hatch", "build", "hooks", "scikit-build"), ("tool", "hatch", "build", "targets", "wheel", "hooks", "scikit-build")]
    hatch = [keys for keys in hatch if table(project, *keys) or "scikit-build" in table(project, *keys[:-1])]
    if not uses(project, "scikit_build_core") and not hatch:
        return None
    folder, span = "", toml_span(project, "build-system", "build-backend")
    options = [Option("cmake-fixed", name, value, span) for name, value in _SKBUILD.items()]
    options += [Option("cmake-fixed", "SKBUILD_PROJECT_NAME", project.name, span)]
    options += [Option("cmake-fixed", "SKBUILD_PROJECT_VERSION", project.version, span)]
    for keys in [*hooks, *hatch]:
        settings = table(project, *keys)
        if mapping(settings.get("wheel")).get("cmake") is False:
            return None
        cmake = mapping(settings.get("cmake"))
        folder = inside(text(cmake.get("source-dir")) or folder or ".") or ""
        options += _defined(project, cmake, (*keys, "cmake"))
    for override in (
        table(project, "tool", "scikit-build").get("overrides", ()) if isinstance(table(project, "tool", "scikit-build"), Mapping) else ()
    ):
        cmake = mapping(mapping(override).get("cmake"))
        place = toml_span(project, "tool", "scikit-build", "overrides")
        options += [
            Option("cmake-maybe", one.name, one.value, place) for one in _defined(project, cmake, ("tool", "scikit-build", "overrides"))
        ]
    source = _SOURCE.search(project.text("setup.py") or "") if project.exists("setup.py") and folder == "" else None
    return _Run(inside(source[1] or source[2]) or "" if source else folder, span, options)


def _defined(project: Project, cmake: Mapping[str, Any], keys: tuple[str, ...]) -> Iterator[Option]:
    """``args`` and ``define`` of a table of scikit-build-core's."""
    for word in words(cmake.get("args")):
        match = _ARGUMENT.fullmatch(word)
        if match:
            yield Option("cmake", match[1], match[2], toml_span(project, *keys, "args"))
    for name, value in mapping(cmake.get("define")).items():
        span = toml_span(project, *keys, "define", name)
        if isinstance(value, Mapping):
            yield Option("cmake", name, _word(value.get("default", "")), span)
            if text(value.get("env")):
                yield Option("cmake-env", name, text(value.get("env")), span)
        else:
            yield Option("cmake", name, _word(value), span)


def _word(value: Any) -> str:
    """A value as CMake gets it: booleans are ``1`` and ``0``, lists have semicolons."""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, list):
        return ";".join(_word(item) for item in value)
    return value if isinstance(value, str) else str(value)


def _py_build_cmake(project: Project) -> _Run | None:
    if not uses(project, "py_build_cmake"):
        return None
    keys = ("tool", "py-build-cmake", "cmake")
    cmake, options = table(project, *keys), []
    for name, value in mapping(cmake.get("options")).items():
        options.append(Option("cmake", name.partition(":")[0], _word(value), toml_span(project, *keys, "options", name)))
    options += _defined(project, {"args": cmake.get("args")}, keys)
    return _Run(inside(text(cmake.get("source_path")) or ".") or "", toml_span(project, *keys), options)


def _cmeel(project: Project) -> _Run | None:
    backend = backend_of(project)
    if backend is None or not backend.is_one_of("cmeel"):
        return None
    keys = ("tool", "cmeel")
    settings = table(project, *keys)
    options = list(_defined(project, {"args": settings.get("configure-args")}, keys))
    return _Run(inside(text(settings.get("source")) or ".") or "", toml_span(project, *keys), options)


def _setup_py(project: Project) -> _Run | None:
    """A setup.py that starts cmake: it is followed as code; this run stands for what could not be followed there."""
    if not uses_setuptools(project) or not project.exists("setup.py"):
        return None
    code = project.text("setup.py") or ""
    if not _STARTS.search(code):
        return None
    source = _SOURCE.search(code)
    folder = inside(source[1] or source[2]) if source else ""
    options = [
        Option("cmake-maybe", match[1], match[2], Span("setup.py", code.count("\n", 0, match.start()) + 1))
        for match in _IN_CODE.finditer(code)
    ]
    if _CLASSIC.search(code):
        options.insert(0, Option("cmake-fixed", "SKBUILD", "TRUE", Span("setup.py")))
    return _Run(folder or "", Span("setup.py"), options, UNLESS_RUN)
