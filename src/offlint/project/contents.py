"""What does a tree hold? The names found in a folder or an archive, before any of them is read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from offlint.model.entry import Skipped
from offlint.project.paths import AstrayError, follow, is_skipped, parent, parents


class ReadError(Exception):
    """Bytes that could not be read; ``str()`` is why, in one line."""


Reader = Callable[[str, int], bytes]
"""Reads a regular file: its path and how many bytes at most. Raises ReadError."""


def _unread(path: str, most: int) -> bytes:
    raise ReadError(f"{path} ({most}) has no reader")


@dataclass(slots=True)
class Contents:
    """A tree's names, relative to its root, and the way to read a file's bytes.

    ``links`` maps a link to its target, written relative to the root; ``settle`` turns the targets into places in the tree.
    """

    root: str = ""
    files: set[str] = field(default_factory=set)
    folders: set[str] = field(default_factory=set)
    links: dict[str, str] = field(default_factory=dict)
    problems: list[Skipped] = field(default_factory=list)
    read: Reader = _unread
    archive: bool = False

    def note(self, file: str, why: str) -> None:
        """Keep one line about something that was left out."""
        self.problems.append(Skipped(file, why))

    def settle(self) -> None:
        """Follow the links, and leave out what lies outside the sources: caches, environments, members below a link."""
        environments = {parent(path) for path in self.files if path.endswith("/pyvenv.cfg")}
        for path in [path for path in (*self.files, *self.links) if is_skipped(path) or not environments.isdisjoint(parents(path))]:
            self.files.discard(path)
            self.links.pop(path, None)
        places: dict[str, str] = {}
        for link in sorted(self.links):
            try:
                places[link] = follow(link, self.links)
            except AstrayError as error:
                self.note(link, f"a link that {error}")
        if self.links:
            for path in sorted(path for path in self.files if any(folder in self.links for folder in parents(path))):
                self.files.discard(path)
                self.note(path, "lies below a link")
        self.links = places
        self.folders.update(folder for path in (*self.files, *places) for folder in parents(path))
