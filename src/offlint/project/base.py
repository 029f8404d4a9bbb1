"""What can be asked of a project? One read-only tree, whether it is a folder, a list of files or an archive."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from offlint.model.lazy import dataclass

if TYPE_CHECKING:
    from offlint.model.entry import Skipped


class Unreadable(Exception):  # noqa: N818 # the name says what the path is
    """A path that cannot be read at all; ``str()`` is one clear line for the user."""


@dataclass(frozen=True, slots=True)
class Noted:
    """What a project has noted while it was read: its ``problems`` and ``speaking``, and what ``project.reading`` keeps of each file read.

    ``lost`` and ``steady`` are as in ``Contents`` and ``Reads``.
    """

    problems: tuple[Skipped, ...] = ()
    speaking: tuple[str, ...] = ()
    reads: tuple[tuple[str, int, str], ...] = ()
    steady: bool = True
    lost: bool = False


class Project(Protocol):
    """A project's files, by relative path with ``/``; nothing is ever run, imported or extracted.

    ``root`` is what the user would recognise: the folder's name or the archive's top folder. ``problems`` collects, in the order
    met, what could not be read (one line each); it grows while the project is read, and so does ``speaking``: the files read as text
    that hold ``offlint:``, as comments to offlint do.
    ``copies`` says that a copy of this process can read it at the same time: no open file's position is shared then.
    ``shipped`` says that this is what was released: an archive, or one unpacked (a source distribution has PKG-INFO at its root), and no
    checkout.
    """

    root: str
    shipped: bool
    copies: bool
    name: str
    version: str
    problems: list[Skipped]
    speaking: set[str]

    @property
    def files(self) -> Sequence[str]:
        """Every regular file, sorted; version control, virtual environments and caches left out."""

    def exists(self, path: str) -> bool:
        """Whether a file or a folder of that relative path is in the tree (``a/../b`` and ``./`` are resolved; out of it: False)."""

    def is_dir(self, path: str) -> bool:
        """Whether a folder of that path is in the tree."""

    def text(self, path: str) -> str | None:
        """A file decoded as text (PEP 263 cookie for .py, BOM, else UTF-8, else Latin-1); None and a problem where it cannot be."""

    def data(self, path: str) -> bytes | None:
        """A file's bytes, None where it cannot be read or is larger than the limit."""

    def toml(self, path: str) -> Mapping[str, Any]:
        """A TOML file parsed; empty, with a problem noted once, where it is missing or broken."""

    def ini(self, path: str) -> Mapping[str, Mapping[str, str]]:
        """A configparser file parsed without interpolation; empty, with a problem noted once, where it is missing or broken."""

    def find(self, path: str, needle: str, start: int = 1) -> int:
        """The first line (from 1) at or after ``start`` that contains the text, ``start`` where none does."""

    def noted(self) -> Noted:
        """What was noted so far."""

    def note(self, noted: Noted) -> None:
        """Take over what another process has noted that reads the same project."""
