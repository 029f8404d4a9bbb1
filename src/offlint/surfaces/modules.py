"""Where do a project's imports come from? Its source folders, and the file behind a dotted name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from offlint.model.lazy import regex
from offlint.project.base import Project
from offlint.project.paths import AstrayError, follow, join, parent
from offlint.surfaces.config import mapping, pairs, section, table, text, words

_SETUP_PY = regex(
    r"""package_dir\s*=\s*(?:\{\s*|dict\(\s*)['"]{2}\s*:\s*['"]([\w./-]+)['"]    # package_dir={"": "lib"}
      | find(?:_namespace)?_packages\(\s*(?:where\s*=\s*)?['"]([\w./-]+)['"]""",
    re.VERBOSE,
)
_USUAL = ("src", "lib", "python")
_STRING = regex(r"""(?<![\w])[rRuUbB]{0,2}(?:'[^'\\\n]*'|"[^"\\\n]*")""")
_CONSTANT = regex(r"(?:[\s,()\[\]{}:.+-]|\b(?:\d\w*|None|True|False)\b)*")


def search_paths(project: Project) -> tuple[str, ...]:
    """The folders that a build, a test run or a docs build imports the project's own modules from, the root first.

    As the build tools are told: setuptools' ``package_dir`` and ``find: where``, Poetry's ``packages``, Hatch's ``packages`` and
    ``sources``, and the like; else the usual ``src``, ``lib`` and ``python`` where they hold packages.
    """
    found = [""]
    for folder in (*_declared(project), *(folder for folder in _USUAL if _holds_packages(project, folder))):
        place = inside(folder)
        if place is not None and place not in found and project.is_dir(place):
            found.append(place)
    return tuple(found)


def _declared(project: Project) -> Iterator[str]:
    setuptools = table(project, "tool", "setuptools")
    yield text(mapping(setuptools.get("package-dir")).get(""))
    yield from words(mapping(mapping(setuptools.get("packages")).get("find")).get("where"))
    yield from (value for name, value in pairs(section(project, "options").get("package_dir", "")) if not name)
    yield section(project, "options.packages.find").get("where", "").strip()
    if project.exists("setup.py"):
        for whole in _SETUP_PY.findall(project.text("setup.py") or ""):
            yield from whole
    packages = table(project, "tool", "poetry").get("packages")
    yield from (text(mapping(package).get("from")) for package in (packages if isinstance(packages, list) else ()))
    hatch = table(project, "tool", "hatch", "build")
    for build in (hatch, mapping(mapping(hatch.get("targets")).get("wheel"))):
        yield from (parent(package.strip("/")) for package in words(build.get("packages")))
        sources = build.get("sources")
        yield from words(sources) if isinstance(sources, list) else mapping(sources).keys()
    wheel = mapping(table(project, "tool", "scikit-build").get("wheel")).get("packages")
    named = words(wheel) if isinstance(wheel, list) else mapping(wheel).values()
    yield from (parent(package.strip("/")) for package in named if isinstance(package, str))
    yield text(table(project, "tool", "pdm", "build").get("package-dir"))
    yield text(table(project, "tool", "maturin").get("python-source"))
    yield text(table(project, "tool", "uv", "build-backend").get("module-root"))


def _holds_packages(project: Project, folder: str) -> bool:
    if not project.is_dir(folder) or project.exists(join(folder, "__init__.py")):
        return False
    start = folder + "/"
    inner = (file.removeprefix(start) for file in project.files if file.startswith(start))
    return any(file.endswith("/__init__.py") if file.count("/") == 1 else file.endswith(".py") and "/" not in file for file in inner)


def inside(path: str) -> str | None:
    """A path of the configuration as a place in the tree, None where it is empty or leaves the tree; it need not exist."""
    try:
        return follow(path.replace("\\", "/"), {}) if path else None
    except AstrayError:
        return None


def module_file(project: Project, dotted: str, search: Iterable[str]) -> str | None:
    """The file of a module or of a package's ``__init__``, None where the tree has none."""
    if not re.fullmatch(r"\w+(?:\.\w+)*", dotted):
        return None
    for folder in search:
        base = join(folder, dotted.replace(".", "/"))
        for path in (f"{base}/__init__.py", f"{base}.py"):
            if project.exists(path):
                return path
    return None


def locate(project: Project, dotted: str, search: Iterable[str]) -> tuple[str, str] | None:
    """The file and the attribute behind ``pkg.mod.Class`` or ``pkg.mod:Class.method``: the longest module, and what is left."""
    folders = tuple(search)
    if ":" in dotted:
        module, _, attribute = dotted.partition(":")
        file = module_file(project, module.strip(), folders)
        return (file, attribute.split("[")[0].strip()) if file else None
    parts = dotted.split(".")
    for end in range(len(parts), 0, -1):
        file = module_file(project, ".".join(parts[:end]), folders)
        if file:
            return file, ".".join(parts[end:])
    return None


def is_literal(project: Project, file: str, name: str) -> bool:
    """Whether a module's top level gives a name a plain constant, which tools read without importing the module.

    Kept textual: a first line ``NAME = "1.2"`` or ``NAME: str = (1, 2)``. What is written otherwise counts as computed, which errs
    on the side of running the module.
    """
    found = re.search(rf"(?m)^{re.escape(name)}[ \t]*(?::[^=\n]+)?=[ \t]*([^#\n]+)", project.text(file) or "")
    if found is None or not found[1].strip():
        return False
    left = _STRING.sub("", found[1])
    return _CONSTANT.fullmatch(left) is not None and all(left.count(a) == left.count(b) for a, b in ("()", "[]", "{}"))
