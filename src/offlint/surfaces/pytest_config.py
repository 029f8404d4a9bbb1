"""How is pytest configured? The file that it reads, and the settings that decide what it collects.

https://docs.pytest.org/en/stable/reference/customize.html gives the order of the files,
https://docs.pytest.org/en/stable/reference/reference.html#configuration-options the settings.
"""

from __future__ import annotations

import fnmatch
import shlex
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from offlint.model.entry import Option
from offlint.model.lazy import dataclass, field
from offlint.model.span import Span
from offlint.project.base import Project
from offlint.surfaces.config import PYPROJECT, SETUP_CFG, ini_span, mapping, section, table, toml_span

_NO_RECURSE = ("*.egg", ".*", "_darcs", "build", "CVS", "dist", "node_modules", "venv", "{arch}")


@dataclass(frozen=True, slots=True)
class PytestConfig:
    """The settings as written, and where: ``place`` are a TOML table's keys or an ini file's section; no file, no settings."""

    file: str = ""
    place: tuple[str, ...] = ()
    values: Mapping[str, Any] = field(default_factory=dict)

    def strings(self, name: str, default: tuple[str, ...] = ()) -> tuple[str, ...]:
        """A setting that is a list: an array, or the words of a string (quoted as in a shell)."""
        value = self.values.get(name)
        if isinstance(value, str):
            return tuple(_split(value))
        if isinstance(value, list):
            return tuple(item for item in value if isinstance(item, str))
        return default

    def span(self, project: Project, name: str) -> Span:
        """The line of a setting."""
        if self.file.endswith(".toml"):
            return toml_span(project, *self.place, name, file=self.file)
        return ini_span(project, self.place[0], name, file=self.file)

    def arguments(self) -> tuple[str, ...]:
        """``addopts`` as arguments."""
        return self.strings("addopts")

    def argument(self, *names: str) -> list[str]:
        """The values of an option in ``addopts``."""
        return argument(self.arguments(), *names)

    def recurses(self, folder: str) -> bool:
        """Whether pytest looks into a folder (``norecursedirs``)."""
        return not any(matches(folder, pattern) for pattern in self.strings("norecursedirs", _NO_RECURSE))

    def options(self, project: Project) -> Iterator[Option]:
        """The settings for those who judge: each as it is written, ``-m`` of ``addopts`` as ``markexpr``."""
        for name, value in self.values.items():
            # Filters of warnings are long, and stop nothing.
            if name != "filterwarnings":
                shown = "\n".join(map(str, value)) if isinstance(value, list) else str(value).strip()
                yield Option("pytest", name, shown, self.span(project, name))
        for name, value in table(project, "tool", "pytest_env").items():
            told = value.get("value") if isinstance(value, dict) else value
            flags = "D:" if isinstance(value, dict) and value.get("skip_if_set") else ""
            if isinstance(told, str | int | float):
                yield Option("pytest", "variable", f"{flags}{name}={told}", toml_span(project, "tool", "pytest_env", name))
        for expression in self.argument("-m")[-1:]:
            yield Option("pytest", "markexpr", expression, self.span(project, "addopts"))


def pytest_config(project: Project) -> PytestConfig:
    """The first file of pytest's order that has a pytest table or section; pytest.ini counts even when it is empty."""
    for name in ("pytest.toml", ".pytest.toml"):
        if project.exists(name):
            return PytestConfig(name, ("pytest",), table(project, "pytest", file=name))
    for name in ("pytest.ini", ".pytest.ini"):
        if project.exists(name):
            return PytestConfig(name, ("pytest",), section(project, "pytest", name))
    native = table(project, "tool", "pytest")
    old = mapping(native.get("ini_options"))
    if old:
        return PytestConfig(PYPROJECT, ("tool", "pytest", "ini_options"), old)
    if native:
        return PytestConfig(PYPROJECT, ("tool", "pytest"), native)
    for name, part in (("tox.ini", "pytest"), (SETUP_CFG, "tool:pytest")):
        if project.exists(name) and part in project.ini(name):
            return PytestConfig(name, (part,), section(project, part, name))
    return PytestConfig()


def argument(given: Sequence[str], *names: str) -> list[str]:
    """The values of an option among arguments, as ``--name value``, ``--name=value``, ``-n value`` or ``-nvalue``."""
    found: list[str] = []
    for at, word in enumerate(given):
        for name in names:
            if word == name:
                found.extend(given[at + 1 : at + 2])
            elif name.startswith("--") and word.startswith(f"{name}="):
                found.append(word[len(name) + 1 :])
            elif not name.startswith("--") and word.startswith(name) and not word.startswith("--"):
                found.append(word[len(name) :].removeprefix("=").strip())
    return found


def matches(path: str, pattern: str) -> bool:
    """As pytest's ``fnmatch_ex``: a pattern without ``/`` is for the last part of the path, else for its end."""
    if "/" not in pattern:
        name = path.rpartition("/")[2]
        return name == pattern or (not pattern.isidentifier() and fnmatch.fnmatchcase(name, pattern))  # a word is its own only
    return fnmatch.fnmatchcase(f"/{path}", f"*/{pattern.strip('/')}")


def _split(value: str) -> list[str]:
    try:
        return shlex.split(value, comments=False)
    except ValueError:  # an open quote: pytest would stop here
        return value.split()
