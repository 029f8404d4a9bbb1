"""What does a project's configuration say, and on which line? TOML tables and ini sections, whatever types people wrote."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from offlint.model.lazy import regex
from offlint.model.span import Span
from offlint.project.base import Project

PYPROJECT = "pyproject.toml"
SETUP_CFG = "setup.cfg"

_PART = r"""(?:[\w-]+|"[^"]*"|'[^']*')"""
_HEADER = regex(rf"^\s*\[\[?\s*({_PART}(?:\s*\.\s*{_PART})*)\s*\]\]?\s*(?:#.*)?$")
_KEY = regex(rf"^\s*({_PART}(?:\s*\.\s*{_PART})*)\s*=")
_SECTION = regex(r"\[([^\]]+)\]")
_INI_KEY = regex(r"([^\s#;:=\[][^:=]*)[:=]")
_DEEPEST = 16  # tables that we ask about are not deeper
_NEAR = 2_000  # lines of one array or table
_LINE_END = regex(r"\r\n|\r|\n")


def table(project: Project, *keys: str, file: str = PYPROJECT) -> Mapping[str, Any]:
    """The table at these keys, empty where there is none."""
    found: Any = project.toml(file) if project.exists(file) else {}
    for key in keys:
        found = found.get(key) if isinstance(found, Mapping) else None
    return mapping(found)


def mapping(value: Any) -> Mapping[str, Any]:
    """A value where it is a table, else an empty one."""
    return value if isinstance(value, Mapping) else {}


def section(project: Project, name: str, file: str = SETUP_CFG) -> Mapping[str, str]:
    """A section of an ini file, empty where there is none."""
    return project.ini(file).get(name, {}) if project.exists(file) else {}


def words(value: Any) -> list[str]:
    """A list of strings: of a TOML array, or of a string's words."""
    if isinstance(value, str):
        return value.split()
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def text(value: Any) -> str:
    """A value where it is a string, else an empty one."""
    return value.strip() if isinstance(value, str) else ""


def pairs(value: str) -> list[tuple[str, str]]:
    """The ``name = value`` lines of an ini value; lines without ``=`` have an empty name."""
    found = []
    for line in value.splitlines():
        name, equals, rest = line.partition("=")
        if line.strip() and not line.lstrip().startswith(("#", ";")):
            found.append((name.strip(), rest.strip()) if equals else ("", line.strip()))
    return found


def line_span(project: Project, file: str, line: int = 1) -> Span:
    """One line's text, without the white space around it."""
    lines = _lines(project.text(file) or "")
    written = lines[line - 1] if 0 < line <= len(lines) else ""
    start = len(written) - len(written.lstrip()) + 1
    return Span(file, line, start, line, max(start, len(written.rstrip()) + 1))


def toml_span(project: Project, *keys: str, file: str = PYPROJECT) -> Span:
    """The line that sets a key: the key's own, else that of the first table below it, else that of the nearest table around it."""
    exact, below = _toml_places(project.text(file) or "")
    around = (exact[keys[:end]] for end in range(len(keys) - 1, 0, -1) if keys[:end] in exact)
    return line_span(project, file, exact.get(keys) or below.get(keys) or next(around, 1))


def ini_span(project: Project, section_name: str, key: str = "", needle: str = "", file: str = SETUP_CFG) -> Span:
    """The line of a section, of a key in it, and of a text at or after the key."""
    places = _ini_places(project.text(file) or "")
    at = places.get((section_name, key)) or places.get((section_name, ""), 1)
    return line_span(project, file, project.find(file, needle, at) if needle else at)


def find_line(project: Project, file: str, needle: str, start: int = 1) -> int:
    """The first line at or after ``start``, and not far from it, that contains a text; ``start`` where none does."""
    lines = _lines(project.text(file) or "")
    near = range(start, min(len(lines), start + _NEAR) + 1)
    return next((number for number in near if needle in lines[number - 1]), start)


# A file is asked about many times: once for each option that it sets.
@lru_cache(maxsize=8)
def _lines(content: str) -> tuple[str, ...]:
    return tuple(_LINE_END.split(content))


@lru_cache(maxsize=8)
def _toml_places(content: str) -> tuple[dict[tuple[str, ...], int], dict[tuple[str, ...], int]]:
    """The first lines of tables and keys by their full place, and of anything below a place."""
    exact: dict[tuple[str, ...], int] = {}
    below: dict[tuple[str, ...], int] = {}
    header: tuple[str, ...] = ()
    for number, line in enumerate(_lines(content), 1):
        if found := _HEADER.match(line):
            place = header = _parts(found[1])
        elif found := _KEY.match(line):
            place = header + _parts(found[1])
        else:
            continue
        exact.setdefault(place, number)
        for end in range(1, min(len(place), _DEEPEST)):
            below.setdefault(place[:end], number)
    return exact, below


@lru_cache(maxsize=8)
def _ini_places(content: str) -> dict[tuple[str, str], int]:
    """The first lines of sections (with an empty key) and of keys."""
    places: dict[tuple[str, str], int] = {}
    inside = ""
    for number, line in enumerate(_lines(content), 1):
        if found := _SECTION.match(line):
            inside = found[1]
            places.setdefault((inside, ""), number)
        elif found := _INI_KEY.match(line):
            places.setdefault((inside, found[1].rstrip()), number)
    return places


def _parts(dotted: str) -> tuple[str, ...]:
    return tuple(part.strip("\"'") for part in re.findall(_PART, dotted))
