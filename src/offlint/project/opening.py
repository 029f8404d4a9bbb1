"""Which project does this path name? A folder, an archive, or the project around a file."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from offlint.project.base import Project, Unreadable
from offlint.project.contents import Contents
from offlint.project.folder import folder_contents

_MARKS = ("pyproject.toml", "setup.py", "setup.cfg", ".git")


def open_project(path: str | os.PathLike[str]) -> Project:
    """A folder or an archive (.tar.gz .tgz .tar.bz2 .tar.xz .tar .zip) as a project.

    Raises ``Unreadable`` with one line where there is nothing, nothing that can be read, or nothing in it.
    """
    from offlint.project.tree import Tree  # noqa: PLC0415 # what an answer that is kept can do without

    return Tree(contents_of(os.fspath(path)))


def contents_of(name: str, look: Callable[[str], None] = lambda _name: None) -> Contents:
    """What a folder or an archive holds; ``look`` as in ``folder_contents``. Raises ``Unreadable`` as above."""
    try:
        return _contents(name, look)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        why = (error.strerror if isinstance(error, OSError) else None) or str(error)
        raise Unreadable(f"{name}: cannot be read: {why}") from error


def _contents(name: str, look: Callable[[str], None]) -> Contents:
    path = Path(name)
    if path.is_dir():
        contents = folder_contents(name, look)
        if not contents.files:
            raise Unreadable(f"{name}: no files in the folder")
        return contents
    if not os.path.lexists(name):
        raise Unreadable(f"{name}: does not exist")
    if not path.is_file():
        raise Unreadable(f"{name}: neither a folder nor a regular file")
    from offlint.project.archive import archive_contents  # noqa: PLC0415 # as above

    return archive_contents(name)


def project_of(file: str | os.PathLike[str]) -> Project:
    """The project that a file on the disk belongs to, as ``find_root`` tells."""
    return open_project(find_root(file))


def find_root(path: str | os.PathLike[str]) -> Path:
    """The nearest folder, from a folder itself or from a file's, that holds pyproject.toml, setup.py, setup.cfg or .git.

    Where no folder above does, the one started from.
    """
    start = Path(os.path.normpath(Path.cwd() / path))
    if not start.is_dir():
        start = start.parent
    for folder in (start, *start.parents):
        if any((folder / mark).exists() for mark in _MARKS):
            return folder
    return start
