"""What did the project configure? ``offlint.toml``, or ``[tool.offlint]`` in pyproject.toml.

``offlint.schema.json`` beside this module says the same to editors; a test holds the two together.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from offlint.findings.accepted import Accepted
from offlint.findings.selection import nearest
from offlint.model.lazy import dataclass, field
from offlint.model.words import Level, Phase

FAIL_ON = (Level.ERROR.value, Level.WARNING.value, Level.NOTE.value, "never")
DEFAULT = "default"
CONFIGURING = ("offlint.toml", "pyproject.toml")


class SettingsError(Exception):
    """A configuration that can not be used; ``str()`` is one line that names the file."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What can be set; the command line's options replace single values.

    ``source`` is the file that they came from, ``folder`` the one that its paths are relative to, ``origins`` says for each key of the
    file or option that was given where its value came from.
    """

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    fail_on: str = Level.WARNING.value
    phases: frozenset[Phase] = frozenset(Phase)
    rules: tuple[Path, ...] = ()
    baseline: Path | None = None
    require_reason: bool = False
    per_path_ignores: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    source: str = ""
    origins: Mapping[str, str] = field(default_factory=dict)

    @property
    def lowest(self) -> Level | None:
        """The lowest level that counts for the exit status, None for never."""
        return None if self.fail_on == "never" else Level(self.fail_on)

    @property
    def accepted(self) -> Accepted:
        """What of the findings is accepted by the configuration, and how comments count."""
        return Accepted(require_reason=self.require_reason, per_path=self.per_path_ignores)

    @property
    def selectors(self) -> tuple[str, ...]:
        """Every selector of rules that stands anywhere."""
        return (*self.select, *self.ignore, *(one for each in self.per_path_ignores.values() for one in each))


def find_settings(root: Path) -> Settings:
    """A project's own: ``offlint.toml`` if it exists, else ``[tool.offlint]`` of pyproject.toml, else the defaults.

    A pyproject.toml that is broken, or a link that leads out, counts as none: the check itself says that it could not be read. What
    the configuration names lies inside the project, else it is a SettingsError: checking a stranger's project reads nothing else.
    """
    own = root / "offlint.toml"
    if os.path.lexists(own):
        if not own.is_file() or not _inside(own, root):
            raise SettingsError(f"{own}: is no file of the project")
        return _settings(own, _load(own), root)
    shared = root / "pyproject.toml"
    if not shared.is_file() or not _inside(shared, root):
        return Settings()
    try:
        if not _may_configure(shared):
            return Settings()
        data = _load(shared)
    except SettingsError:
        return Settings()
    return _settings(shared, _tool(data), root)


def read_settings(file: Path) -> Settings:
    """A file's settings: its top level, or ``[tool.offlint]`` where it is a pyproject.toml. Raises SettingsError.

    The user named this file, so that what it names may lie anywhere.
    """
    data = _load(file)
    return _settings(file, _tool(data) if file.name == "pyproject.toml" else data, None)


def phases_of(words: tuple[str, ...]) -> frozenset[Phase]:
    """Phases by their names; ValueError with a sentence for an unknown one."""
    for word in words:
        if word not in {phase.value for phase in Phase}:
            raise ValueError(f"{word!r} is none of build, test, docs{nearest(word, [phase.value for phase in Phase])}")
    return frozenset(Phase(word) for word in words) or frozenset(Phase)


def words_of(value: Any) -> tuple[str, ...]:
    """A list of texts, or one text with commas (and blanks around them); ValueError for anything else."""
    texts = isinstance(value, str)
    value = value.split(",") if texts else value
    if not isinstance(value, (list, tuple)) or not all(isinstance(one, str) for one in value):
        raise ValueError("should be a list of texts")
    if not texts and any(one != one.strip() or not one for one in value):
        raise ValueError("has a text that is empty, or has blanks around it")
    return tuple(one.strip() for one in value if one.strip())


def shown_settings(settings: Settings, target: str) -> str:
    """The settings as an ``offlint.toml``, each key with where its value comes from; paths as they are seen from here."""
    values: dict[str, Any] = {
        "select": list(settings.select),
        "ignore": list(settings.ignore),
        "fail-on": settings.fail_on,
        "phase": [phase.value for phase in Phase if phase in settings.phases],
        "rules": [path.as_posix() for path in settings.rules],
        "baseline": settings.baseline.as_posix() if settings.baseline is not None else None,
        "require-reason": settings.require_reason,
    }
    lines = [f"# {_printable(target)}, {_printable(settings.source) or 'no configuration'}"]
    for key, value in values.items():
        begin = f"# {key} is not set" if value is None else f"{key} = {_toml(value)}"
        lines.append(f"{begin}  # {_printable(settings.origins.get(key, DEFAULT))}")
    lines += ["", f"[per-path-ignores]  # {_printable(settings.origins.get('per-path-ignores', DEFAULT))}"]
    lines += [f"{_toml(pattern)} = {_toml(list(rules))}" for pattern, rules in settings.per_path_ignores.items()]
    return "".join(f"{line}\n" for line in lines)


def _toml(value: Any) -> str:
    """A text, a list of texts or a truth value; TOML writes them as JSON does, and knows no pairs of surrogates."""
    import json  # noqa: PLC0415 # for --show-config only

    return _printable(json.dumps(value, ensure_ascii=False))


def _printable(text: str) -> str:
    """The text with what a terminal would obey or hide written as TOML's escapes."""
    return text if text.isprintable() else "".join(one if one.isprintable() else f"\\U{ord(one):08x}" for one in text)


def _load(file: Path) -> Mapping[str, Any]:
    from offlint.model.toml_ import read_toml  # noqa: PLC0415 # only where there is something to read

    try:
        return read_toml(file.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise SettingsError(f"{file}: cannot be read: {error.strerror or error}") from error
    except (ValueError, RecursionError) as error:  # TOML's and UTF-8's errors are ValueErrors
        raise SettingsError(f"{file}: broken TOML: {' '.join(str(error).split())}") from error


def _may_configure(file: Path) -> bool:
    """Whether offlint's name stands in it, or an escape that may spell it: most projects configure nothing."""
    try:
        data = file.read_bytes()
    except OSError:
        return False
    return b"offlint" in data or b"\\" in data


def _tool(data: Mapping[str, Any]) -> Any:
    tool = data.get("tool", {})
    return tool.get("offlint", {}) if isinstance(tool, Mapping) else {}


def _fail_on(value: Any) -> str:
    if value not in FAIL_ON:
        raise ValueError(f"{value!r} is none of {', '.join(FAIL_ON)}{nearest(str(value), FAIL_ON)}")
    return str(value)


def _truth(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("should be true or false")  # noqa: TRY004 # one kind of error for all values
    return value


def _per_path(value: Any) -> Mapping[str, tuple[str, ...]]:
    """Patterns as in .gitignore, each with selectors of rules."""
    if not isinstance(value, Mapping):
        raise ValueError("should be a table of patterns with lists of rules")  # noqa: TRY004 # as above
    from offlint.findings.patterns import matcher  # noqa: PLC0415 # few have any

    found: dict[str, tuple[str, ...]] = {}
    for pattern, rules in value.items():
        matcher(pattern)
        try:
            found[pattern] = words_of(rules)
        except ValueError as error:
            raise ValueError(f"{pattern!r} {error}") from error
    return found


@dataclass(frozen=True, slots=True)
class _Where:
    """The folder that paths are relative to, and the project that they must not leave (None: they may)."""

    folder: Path
    root: Path | None

    def path(self, value: Any) -> Path:
        """One path, where it may be."""
        if not isinstance(value, str) or not value.strip() or "\0" in value:
            raise ValueError("should be a path")
        path = self.folder / value.strip()
        if self.root is not None:
            if Path(value.strip()).is_absolute():
                raise ValueError(f"{value!r} is absolute; a project's configuration names only what is in it")
            self._kept(value, path)
            if path.is_dir():
                for page in path.rglob("*.md"):
                    self._kept(f"{value.rstrip('/')}/{page.relative_to(path).as_posix()}", page)
        return path

    def _kept(self, shown: str, path: Path) -> None:
        if self.root is not None and not _inside(path, self.root):
            raise ValueError(f"{shown!r} leads out of the project; its configuration names only what is in it")

    def paths(self, value: Any) -> tuple[Path, ...]:
        """A list of them."""
        return tuple(self.path(one) for one in words_of(value))


def _inside(path: Path, root: Path) -> bool:
    """Whether a path, with its links followed, is in the folder. A circle of links is nowhere."""
    try:
        path.stat()  # Path.resolve says nothing of circles from Python 3.13 on
    except OSError as error:
        if error.errno == errno.ELOOP:
            return False
    except ValueError:
        return False
    try:
        return path.resolve().is_relative_to(root.resolve())
    except (OSError, RuntimeError):
        return False


# Key in the file: attribute, and how its value is read.
_KEYS: Mapping[str, tuple[str, Callable[[Any, _Where], Any]]] = {
    "select": ("select", lambda value, _: words_of(value)),
    "ignore": ("ignore", lambda value, _: words_of(value)),
    "fail-on": ("fail_on", lambda value, _: _fail_on(value)),
    "phase": ("phases", lambda value, _: phases_of(words_of(value))),
    "rules": ("rules", lambda value, where: where.paths(value)),
    "baseline": ("baseline", lambda value, where: where.path(value)),
    "require-reason": ("require_reason", lambda value, _: _truth(value)),
    "per-path-ignores": ("per_path_ignores", lambda value, _: _per_path(value)),
}


def _settings(file: Path, table: Any, root: Path | None) -> Settings:
    if not isinstance(table, Mapping):
        raise SettingsError(f"{file}: tool.offlint should be a table")
    values: dict[str, Any] = {}
    for key, value in table.items():
        if key not in _KEYS:
            raise SettingsError(f"{file}: unknown key {key!r}{nearest(key, _KEYS)}")
        name, read = _KEYS[key]
        try:
            values[name] = read(value, _Where(file.parent, root))
        except ValueError as error:
            raise SettingsError(f"{file}: {key}: {error}") from error
    return Settings(**values, source=str(file), origins=dict.fromkeys(table, str(file)))
