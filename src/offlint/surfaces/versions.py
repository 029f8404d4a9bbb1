"""Where does the version come from, and can an archive tell it? Tools that ask version control (``[[version_tool]]`` rows of pages)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from offlint.model.entry import Lack
from offlint.model.span import Span
from offlint.project.base import Project
from offlint.rulebook.schema import Model, Rulebook
from offlint.surfaces.config import PYPROJECT, SETUP_CFG, find_line, line_span, mapping, table, toml_span
from offlint.surfaces.requirement import project_name
from offlint.surfaces.requirements import words_of

_SETUP = "setup.py"
_UNFILLED = "$Format"


def entries(project: Project, book: Rulebook) -> Iterator[Lack]:
    """The tools that find neither version control nor what they left behind; nothing in a checkout."""
    if not project.shipped:
        return
    for row in book.models.get("version_tool", {}).values():
        span = _used(project, row)
        if span is not None and not any(_filled(project, file) for file in _texts(row, "shipped")) and not _given(project, row):
            switch = row.values.get("switch")
            why = f"A packager sets {switch} to the version" if switch else ""
            yield Lack("version-control", "", row.name, span, why=why)


def _used(project: Project, row: Model) -> Span | None:
    """Where the project asks for the tool and switches it on."""
    asked = _required(project, row.name)
    if asked is None:
        return None
    keys = tuple(str(row.values.get("table", "")).split("."))
    held: Any = table(project, *keys[:-1]).get(keys[-1]) if keys != ("",) else None
    if isinstance(held, dict):
        name, _, value = str(row.values.get("only_if", "")).partition("=")
        return toml_span(project, *keys) if not name or held.get(name) == value else None
    return asked if any(_says(project, file, word) for file in (_SETUP, SETUP_CFG) for word in _texts(row, "mentions")) else None


def _required(project: Project, name: str) -> Span | None:
    for one in words_of(table(project, "build-system").get("requires")):
        if project_name(one) == name:
            start = toml_span(project, "build-system", "requires").line
            return line_span(project, PYPROJECT, find_line(project, PYPROJECT, one, start))
    written = re.compile(rf"(?i)\bsetup_requires\b[^\])]*?\b{'[-_.]'.join(map(re.escape, name.split('-')))}\b")
    for file in (_SETUP, SETUP_CFG):
        found = written.search(project.text(file) or "") if project.exists(file) else None
        if found:
            return line_span(project, file, (project.text(file) or "").count("\n", 0, found.start()) + 1)
    return None


def _given(project: Project, row: Model) -> bool:
    keys = str(row.values.get("table", "")).split(".")
    for path in _texts(row, "given"):
        *inner, last = path.split(".")
        if mapping(table(project, *keys, *inner)).get(last) or _says(project, _SETUP, last):
            return True
    return False


def _filled(project: Project, file: str) -> bool:
    return project.exists(file) and _UNFILLED not in (project.text(file) or "")


def _says(project: Project, file: str, word: str) -> bool:
    return project.exists(file) and word in (project.text(file) or "")


def _texts(row: Model, key: str) -> tuple[str, ...]:
    held = row.values.get(key)
    return held if isinstance(held, tuple) else ()
