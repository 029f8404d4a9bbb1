"""What did the project configure? ``offlint.toml``, or ``[tool.offlint]`` in pyproject.toml."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from offlint.findings.selection import nearest
from offlint.model.words import Level, Phase

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

FAIL_ON = (Level.ERROR.value, Level.WARNING.value, Level.NOTE.value, "never")


class SettingsError(Exception):
    """A configuration that can not be used; ``str()`` is one line that names the file."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What can be set; the command line's options replace single values. ``source`` is the file that they came from."""

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    fail_on: str = Level.WARNING.value
    phases: frozenset[Phase] = frozenset(Phase)
    rules: tuple[Path, ...] = ()
    source: str = ""

    @property
    def lowest(self) -> Level | None:
        """The lowest level that counts for the exit status, None for never."""
        return None if self.fail_on == "never" else Level(self.fail_on)


def find_settings(root: Path) -> Settings:
    """A project's own: ``offlint.toml`` if it exists, else ``[tool.offlint]`` of pyproject.toml, else the defaults.

    A pyproject.toml that is broken counts as none: the check itself says that it could not be read.
    """
    own = root / "offlint.toml"
    if own.is_file():
        return read_settings(own)
    shared = root / "pyproject.toml"
    if not shared.is_file():
        return Settings()
    try:
        data = _load(shared)
    except SettingsError:
        return Settings()
    return _settings(shared, _tool(data))


def read_settings(file: Path) -> Settings:
    """A file's settings: its top level, or ``[tool.offlint]`` where it is a pyproject.toml. Raises SettingsError."""
    data = _load(file)
    return _settings(file, _tool(data) if file.name == "pyproject.toml" else data)


def phases_of(words: tuple[str, ...]) -> frozenset[Phase]:
    """Phases by their names; ValueError with a sentence for an unknown one."""
    for word in words:
        if word not in {phase.value for phase in Phase}:
            raise ValueError(f"{word!r} is none of build, test, docs{nearest(word, [phase.value for phase in Phase])}")
    return frozenset(Phase(word) for word in words) or frozenset(Phase)


def words_of(value: Any) -> tuple[str, ...]:
    """A list of texts, or one text with commas; ValueError for anything else."""
    if isinstance(value, str):
        value = value.split(",")
    if not isinstance(value, (list, tuple)) or not all(isinstance(one, str) for one in value):
        raise ValueError("should be a list of texts")
    return tuple(one.strip() for one in value if one.strip())


def _load(file: Path) -> Mapping[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise SettingsError(f"{file}: cannot be read: {error.strerror or error}") from error
    except (ValueError, RecursionError) as error:  # TOML's and UTF-8's errors are ValueErrors
        raise SettingsError(f"{file}: broken TOML: {' '.join(str(error).split())}") from error


def _tool(data: Mapping[str, Any]) -> Any:
    tool = data.get("tool", {})
    return tool.get("offlint", {}) if isinstance(tool, Mapping) else {}


def _fail_on(value: Any) -> str:
    if value not in FAIL_ON:
        raise ValueError(f"{value!r} is none of {', '.join(FAIL_ON)}{nearest(str(value), FAIL_ON)}")
    return str(value)


# Key in the file: attribute, and how its value is read (relative to the file's folder).
_KEYS: Mapping[str, tuple[str, Callable[[Any, Path], Any]]] = {
    "select": ("select", lambda value, _folder: words_of(value)),
    "ignore": ("ignore", lambda value, _folder: words_of(value)),
    "fail-on": ("fail_on", lambda value, _folder: _fail_on(value)),
    "phase": ("phases", lambda value, _folder: phases_of(words_of(value))),
    "rules": ("rules", lambda value, folder: tuple(folder / one for one in words_of(value))),
}


def _settings(file: Path, table: Any) -> Settings:
    if not isinstance(table, Mapping):
        raise SettingsError(f"{file}: tool.offlint should be a table")
    values: dict[str, Any] = {}
    for key, value in table.items():
        if key not in _KEYS:
            raise SettingsError(f"{file}: unknown key {key!r}{nearest(key, _KEYS)}")
        name, read = _KEYS[key]
        try:
            values[name] = read(value, file.parent)
        except ValueError as error:
            raise SettingsError(f"{file}: {key}: {error}") from error
    return Settings(**values, source=str(file))
