"""Which environments does a tox.toml describe, or ``[tool.tox]`` of pyproject.toml?

https://tox.wiki/en/latest/config.html#pyproject-toml-native: commands are arrays of words; a table among them stands for other values.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from offlint.model.span import Span
from offlint.project.base import Project
from offlint.surfaces.config import PYPROJECT, find_line, line_span, mapping, table, text, toml_span, words
from offlint.surfaces.tox_values import MOST, Command, Environment, substituted

_SETTINGS = ("commands_pre", "commands", "commands_post")
_BASE = "env_run_base"


def environments(project: Project) -> list[Environment]:
    """The environments of tox.toml, else of pyproject.toml."""
    file, prefix = ("tox.toml", ()) if project.exists("tox.toml") else (PYPROJECT, ("tool", "tox"))
    config = table(project, *prefix, file=file)
    described = mapping(config.get("env"))
    if not described and _BASE not in config:
        return []
    listed = [one for one in words(config.get("env_list")) if isinstance(config.get("env_list"), list)]
    default = listed or ["py"]
    names = list(dict.fromkeys([*listed, *described]))[:MOST] or ["py"]
    found: list[Environment] = []
    for name in names:
        commands: list[Command] = []
        for setting in _SETTINGS:
            keys = _holder(config, name, setting)
            if keys is not None:
                commands += _commands(project, file, (*prefix, *keys, setting), _at(config, *keys).get(setting), name)
        depends = words(mapping(described.get(name)).get("depends"))
        found.append(Environment(name, name in default, tuple(commands), frozenset(depends)))
    return found


def _holder(config: Mapping[str, Any], name: str, setting: str, depth: int = 0) -> tuple[str, ...] | None:
    """The table that gives an environment a setting: its own, that of its ``base``, or the base of all."""
    own = _at(config, "env", name)
    if setting in own:
        return ("env", name)
    for base in words(own.get("base")) if depth < 8 else ():
        found = _holder(config, base, setting, depth + 1) if base != _BASE else None
        if found is not None:
            return found
    return (_BASE,) if setting in mapping(config.get(_BASE)) else None


def _at(config: Mapping[str, Any], *keys: str) -> Mapping[str, Any]:
    found: Any = config
    for key in keys:
        found = mapping(found).get(key)
    return mapping(found)


def _commands(project: Project, file: str, keys: tuple[str, ...], value: Any, name: str) -> list[Command]:
    """The command lines of a setting, each at the line of its first word."""
    commands: list[Command] = []
    line = toml_span(project, *keys, file=file).line
    for row in value[:MOST] if isinstance(value, list) else ():
        given = row if isinstance(row, list) else [row]
        argv: list[str] = []
        start = 0
        for word in given:
            for one in _words(word):
                line = find_line(project, file, _first_line(one), line)
                start = start or line
                argv.append(substituted(one, name))
        if argv:
            span: Span = line_span(project, file, start)
            commands.append(Command(tuple(argv), span))
    return commands


def _words(word: Any) -> list[str]:
    """A word, or the words that a replacement stands for when nothing is given: those of its ``default``."""
    if isinstance(word, str):
        return [word]
    default = mapping(word).get("default")
    return [text(default)] if isinstance(default, str) and default else words(default) if isinstance(default, list) else []


def _first_line(word: str) -> str:
    return word.split("\n", maxsplit=1)[0].strip() or word
