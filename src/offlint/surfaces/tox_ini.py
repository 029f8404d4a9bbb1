"""Which environments does a tox.ini describe? Also setup.cfg's ``[tox:tox]`` and ``legacy_tox_ini`` of pyproject.toml."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice

from offlint.model.lazy import dataclass, regex
from offlint.model.span import Span, lines_of
from offlint.project.base import Project
from offlint.surfaces.config import PYPROJECT, SETUP_CFG, line_span, table, text
from offlint.surfaces.tox_values import MOST, Command, Environment, conditional, expand, substituted

_SETTINGS = ("commands_pre", "commands", "commands_post")
_REFERENCE = regex(r"^\{\[([^\]{}]+)\](\w+)\}$")
_COMMENT = regex(r"(?:^|\s)#.*$")
_DEEPEST = 8
_SECTION = regex(r"\[([^\]]+)\]\s*(?:[#;].*)?$")
_KEY = regex(r"([A-Za-z_]\w*)\s*[=:]\s*(.*)")

Lines = list[tuple[int, str]]


@dataclass(frozen=True, slots=True)
class _Config:
    project: Project
    file: str
    sections: Mapping[str, Mapping[str, Lines]]

    def get(self, section: str, *names: str) -> Lines:
        held = self.sections.get(section, {})
        return next((held[name] for name in names if name in held), [])


def environments(project: Project) -> list[Environment]:
    """The environments of the first of tox.ini, setup.cfg and pyproject.toml that describes some."""
    config = _config(project)
    if config is None:
        return []
    tox = "tox:tox" if config.file == SETUP_CFG else "tox"
    listed = expand("\n".join(line for _, line in config.get(tox, "env_list", "envlist")))
    sections = {name.partition(":")[2].strip(): name for name in config.sections if name.startswith("testenv:")}
    own: dict[str, str] = {}
    for written, section in sections.items():
        for name in expand(written):
            own.setdefault(name, section)
    names = list(dict.fromkeys([*listed, *own]))[:MOST] or (["py"] if "testenv" in config.sections else [])
    default = listed or ["py"]
    return [_environment(config, name, own.get(name, "testenv"), default=name in default) for name in names]


def _config(project: Project) -> _Config | None:
    for file, wanted in (("tox.ini", "tox"), (SETUP_CFG, "tox:tox")):
        if project.exists(file) and not project.is_dir(file):
            sections = _read(lines_of(project.text(file) or ""), 1)
            if wanted in sections or (file == "tox.ini" and "testenv" in sections):
                return _Config(project, file, sections)
    legacy = text(table(project, "tool", "tox").get("legacy_tox_ini"))
    if legacy:
        start = project.find(PYPROJECT, "legacy_tox_ini")
        first = next((line for line in legacy.splitlines() if line.strip()), "")
        return _Config(project, PYPROJECT, _read(lines_of(legacy), project.find(PYPROJECT, first, start)))
    return None


def _read(lines: list[str], first: int) -> dict[str, dict[str, Lines]]:
    """Sections, keys, and the lines of their values with their numbers; comments left out, lines that a backslash ends joined."""
    sections: dict[str, dict[str, Lines]] = {}
    section: dict[str, Lines] = {}
    value: Lines = []
    joined = False
    for number, line in enumerate(lines, first):
        stripped = line.strip()
        if not stripped or stripped.startswith(("#", ";")):
            continue
        if joined and value:
            at, before = value[-1]
            value[-1] = (at, f"{before[:-1].rstrip()} {stripped}")
        elif line[0] in " \t":
            value.append((number, stripped))
        elif found := _SECTION.match(stripped):
            section = sections.setdefault(found[1].strip(), {})
            value = []
        elif found := _KEY.match(stripped):
            value = section[found[1]] = [(number, found[2])] if found[2] else []
        joined = stripped.endswith("\\")
    return sections


def _environment(config: _Config, name: str, section: str, *, default: bool) -> Environment:
    commands: list[Command] = []
    for setting in _SETTINGS:
        lines = config.get(section, setting) if setting in config.sections.get(section, {}) else config.get("testenv", setting)
        for number, line in islice(_resolved(config, lines[:MOST], name, 0), MOST):
            commands.append(Command((line,), _span(config, number), as_text=True))
    depends = [one for _, line in _resolved(config, config.get(section, "depends"), name, 0) for one in expand(line)]
    return Environment(name, default, tuple(commands), frozenset(depends))


def _resolved(config: _Config, lines: Lines, name: str, depth: int) -> Iterator[tuple[int, str]]:
    """The lines that hold for an environment, references to other sections followed."""
    for number, line in lines:
        held = conditional(line, name)
        if held is None:
            continue
        held = _COMMENT.sub("", held).strip()
        if found := _REFERENCE.match(held):
            if depth < _DEEPEST:
                yield from _resolved(config, config.get(found[1], found[2]), name, depth + 1)
        elif held:
            yield number, substituted(held.lstrip("-!@ "), name)


def _span(config: _Config, number: int) -> Span:
    return line_span(config.project, config.file, number)
