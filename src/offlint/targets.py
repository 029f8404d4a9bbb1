"""Which projects do the paths name, and under which settings is each checked?"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from offlint.findings.selection import nearest
from offlint.model.lazy import dataclass
from offlint.settings import CONFIGURING, Settings, find_settings, read_settings

ARCHIVES = (".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz", ".tar", ".zip")
_BUILT = (".whl", ".egg")
_DECLARING = ("pyproject.toml", "setup.py", "setup.cfg")

# Option of the command line and attribute of the settings that it replaces.
_OPTIONS = {"select": "select", "ignore": "ignore", "fail_on": "fail_on", "phase": "phases", "baseline": "baseline"}


@dataclass(slots=True)
class Target:
    """One project to check: ``path`` as run.check takes it, ``folder`` where its configuration is, the files to report on."""

    path: str
    folder: Path | None
    files: set[str] | None = None


def find_targets(paths: Sequence[str], commands: Sequence[str]) -> tuple[list[Target], list[str]]:
    """Folders and archives each, files by the project that they belong to; a project is checked once.

    Also a line for each path that there is not; ``commands`` are what it may have been meant for.
    """
    from offlint.project import find_root  # noqa: PLC0415 # heavy imports only where they are used

    targets: dict[str, Target] = {}
    problems = []
    for path in paths:
        if not os.path.lexists(path) or "\0" in path:
            hint = nearest(path, commands) if path.isalpha() else ""
            problems.append(f"{path}: does not exist{hint}")
        elif Path(path).is_dir():
            targets[absolute(path)] = Target(path, Path(path))
        elif path.lower().endswith(_BUILT):
            problems.append(f"{path}: is built already; offlint reads source distributions")
        elif path.lower().endswith(ARCHIVES):
            targets[absolute(path)] = Target(path, None)
        else:
            root = find_root(path)
            beside = os.path.relpath(root)
            target = targets.setdefault(str(root), Target(str(root) if beside.startswith("..") else beside, root, set()))
            if target.files is not None:  # else the whole project is checked anyway
                target.files.add(os.path.relpath(absolute(path), root).replace(os.sep, "/"))
    return list(targets.values()), problems


def undeclared(target: Target) -> str | None:
    """A line about a folder that declares no project of Python: perhaps another one was meant."""
    if target.folder is None or target.files is not None or any((target.folder / name).exists() for name in _DECLARING):
        return None
    return f"{target.path}: holds no {', '.join(_DECLARING[:-1])} or {_DECLARING[-1]}; is this the folder of the project?"


def configuring(target: Target) -> Iterator[str]:
    """The files on which it depends how a project is checked, and whether it is taken for one; they need not be there."""
    for name in (*CONFIGURING, *_DECLARING):
        if target.folder is not None:
            yield os.path.join(target.folder, name)  # noqa: PTH118 # pathlib takes time that every run would wait for


def absolute(path: str) -> str:
    """With ``..`` taken away as find_root does, and links left alone."""
    return os.path.abspath(path)  # noqa: PTH100 # Path.resolve follows links


def settings_of(target: Target, given: dict[str, Any]) -> Settings:
    """The project's configuration (an archive's is not heeded: it is not the user's), under the command line's options.

    Raises SettingsError.
    """
    if given["config"] is not None:
        settings = read_settings(given["config"])
    else:
        settings = find_settings(target.folder) if target.folder is not None else Settings()
    values = {name: given[key] for key, name in _OPTIONS.items() if given.get(key) is not None}
    origins = {key.replace("_", "-"): f"--{key.replace('_', '-')}" for key, name in _OPTIONS.items() if name in values}
    if "select" in values and "ignore" not in values:
        values["ignore"], origins["ignore"] = (), "--select"
    if given["rules"]:
        values["rules"] = (*settings.rules, *given["rules"])
        origins["rules"] = " and ".join([*([settings.source] if settings.rules else []), "--rules"])
    return replace(settings, **values, origins={**settings.origins, **origins})
