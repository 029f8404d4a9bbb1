"""What does a folder on the disk hold? A walk that follows no link out of the folder and opens nothing but regular files."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path

from offlint.project import limits
from offlint.project.contents import Contents, ReadError
from offlint.project.paths import SKIPPED_FOLDERS, is_absolute, join, parent, plain


def folder_contents(path: str, look: Callable[[str], None] = lambda _name: None) -> Contents:
    """All files of a folder; OSError where the folder itself cannot be listed. ``look`` is told of each folder before it is
    listed, and of each file before it is read.
    """
    top = os.path.realpath(path)
    # "." and "a/.." are named by the folder that they mean, a link by its own name.
    root = os.path.normpath(Path.cwd() / path)
    contents = Contents(root=Path(root).name or root)
    contents.read = partial(_read, contents, top, look)
    look("")
    waiting = [("", _scan(top))]
    left = limits.MEMBERS
    while waiting:
        folder, found = waiting.pop()
        if any(entry.name == "pyvenv.cfg" for entry in found) and folder:
            continue
        for entry in found:
            name = join(folder, entry.name)
            if not _encodes(entry.name):
                contents.note(plain(name), "its name is not in the file system's encoding")
                continue
            if not contents.takes(name):
                continue
            left -= 1
            if left < 0:
                contents.note(folder or ".", f"more than {limits.MEMBERS:,} files: the rest is not looked at")
                contents.settle()
                return contents
            if entry.is_symlink():
                _add_link(contents, top, name, entry)
            elif entry.is_dir(follow_symlinks=False):
                contents.folders.add(name)
                if entry.name not in SKIPPED_FOLDERS:
                    look(name)
                    try:
                        waiting.append((name, _scan(entry.path)))
                    except OSError as error:
                        contents.lost = True
                        contents.note(plain(name), f"cannot be listed: {error.strerror or error}")
            elif entry.is_file(follow_symlinks=False):
                contents.files.add(name)
            else:
                contents.note(plain(name), "not a regular file")
    contents.settle()
    return contents


def _scan(path: str) -> list[os.DirEntry[str]]:
    with os.scandir(path) as found:
        return sorted(found, key=lambda entry: entry.name)


def _encodes(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _add_link(contents: Contents, top: str, name: str, entry: os.DirEntry[str]) -> None:
    try:
        target = Path(entry.path).readlink().as_posix()
    except OSError as error:
        contents.lost = True
        contents.note(plain(name), f"a link that cannot be read: {error.strerror or error}")
        return
    if is_absolute(target):
        # A link by an absolute path stays in the tree where that path is below the root.
        contents.link(name, target.removeprefix(Path(top).as_posix().rstrip("/") + "/"))
    else:
        contents.link(name, join(parent(name), target))


def _read(contents: Contents, top: str, look: Callable[[str], None], path: str, most: int) -> bytes:
    look(path)
    try:
        with Path(top, path).open("rb") as file:
            return file.read(most)
    except OSError as error:
        contents.lost = True
        raise ReadError(error.strerror or str(error)) from error
