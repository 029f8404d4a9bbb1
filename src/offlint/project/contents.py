"""What does a tree hold? The names found in a folder or an archive, before any of them is read."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from offlint.model.lazy import dataclass, field
from offlint.project import limits
from offlint.project.paths import AstrayError, below, follow, is_skipped, parent, parents, plain

if TYPE_CHECKING:
    from offlint.model.entry import Skipped
    from offlint.project.reading import Reads


class ReadError(Exception):
    """Bytes that could not be read; ``str()`` is why, in one line."""


_ALL = f"paths of more than {limits.NAMES // limits.MIB} million characters in all: the rest is not looked at"

Reader = Callable[[str, int], bytes]
"""Reads a regular file: its path and how many bytes at most. Raises ReadError."""


def _unread(path: str, most: int) -> bytes:
    raise ReadError(f"{path} ({most}) has no reader")


@dataclass(slots=True)
class Contents:
    """A tree's names, relative to its root, and the way to read a file's bytes.

    ``links`` maps a link to its target, written relative to the root; ``settle`` turns the targets into places in the tree. ``lost`` is
    whether the system refused to list or read something, which it may do the next time though nothing was written to. ``reads`` notes what
    is read, where somebody wants to know; ``copies`` is as in ``base.Project``.
    """

    root: str = ""
    files: set[str] = field(default_factory=set)
    folders: set[str] = field(default_factory=set)
    links: dict[str, str] = field(default_factory=dict)
    problems: list[Skipped] = field(default_factory=list)
    read: Reader = _unread
    archive: bool = False
    lost: bool = False
    copies: bool = True
    reads: Reads | None = None
    characters: int = 0

    def note(self, file: str, why: str) -> None:
        """Keep one line about something that was left out; past a limit, one for all others."""
        from offlint.model.entry import Skipped  # noqa: PLC0415 # most trees have no problem, and an answer that is kept waits for this

        if len(self.problems) < limits.PROBLEMS:
            self.problems.append(Skipped(file, why))
        elif len(self.problems) == limits.PROBLEMS:
            self.problems.append(Skipped(".", f"more than {limits.PROBLEMS:,} things could not be read: the rest is not listed"))

    def takes(self, name: str) -> bool:
        """Whether a path is one that a tree may have: not too long, not too deep, not one too many. Said where not."""
        if len(name) > limits.NAME:
            self.note(f"{plain(name[:80])}…", f"a path of more than {limits.NAME:,} characters")
            return False
        if name.count("/") > limits.DEPTH:
            self.note(plain(name), f"lies more than {limits.DEPTH} folders deep")
            return False
        self.characters += len(name)
        if self.characters > limits.NAMES:
            if self.characters - len(name) <= limits.NAMES:
                self.note(".", _ALL)
            return False
        return True

    def link(self, name: str, target: str) -> None:
        """A link by its target, written relative to the root."""
        if len(target) > limits.NAME:
            self.note(name, f"a link to a path of more than {limits.NAME:,} characters")
        elif len(self.links) >= limits.LINKS:
            self.note(name, f"a link, one of more than {limits.LINKS:,}")
        else:
            self.links[name] = target

    def settle(self) -> None:
        """Follow the links, and leave out what lies outside the sources: caches, environments, members below a link."""
        in_environment = below({parent(path) for path in self.files if path.endswith("/pyvenv.cfg")})
        for path in [path for path in (*self.files, *self.links) if is_skipped(path) or in_environment(path)]:
            self.files.discard(path)
            self.links.pop(path, None)
        places: dict[str, str] = {}
        for link in sorted(self.links):
            try:
                places[link] = follow(link, self.links)
            except AstrayError as error:
                self.note(link, f"a link that {error}")
        if self.links:
            below_link = below(self.links)
            for path in sorted(path for path in self.files if below_link(path)):
                self.files.discard(path)
                self.note(path, "lies below a link")
        self.links = places
        self.folders |= self._implied()

    def _implied(self) -> set[str]:
        """The folders above all files and links. Of hostile paths there may be far more than files."""
        found: set[str] = set()
        left = limits.NAMES
        for path in (*self.files, *self.links):
            for folder in parents(path):
                if folder in found:
                    break  # and so are those above it
                found.add(folder)
                left -= len(folder)
                if left < 0:
                    self.note(".", _ALL)
                    return found
        return found
