"""Was the very same asked before, and was nothing written to since? Then what was said is said again, and nothing of it is looked at.

``recall`` compares contents, for which it reads them and loads what a report is made of. Here nothing is compared but what the system says
of each folder that was listed and each file that was read: device, inode, size and times. No program sets the time of change (ctime) back,
and every write moves it; the names in a folder are part of the folder. What is newer than two seconds before the work began is not trusted,
since it may be written to again within the same tick of the clock, and neither are file systems that cannot be written to, whose times are
the choice of who made them. Where anything is not as it was, nothing is lost but a millisecond: the question goes its usual way.

This module and ``store`` are all that such a run loads, so that neither may import anything that takes time.
"""

from __future__ import annotations

import os
import sys
import time

from offlint import __version__
from offlint.cache.identity import SETTLED, own_places
from offlint.cache.store import Store, default_folder, digest

TYPE_CHECKING = False  # see store
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

_FORMAT = "replay 1"
_ABSENT = "-"
_MOST = 4 * 1024 * 1024  # bytes that are said
# Variables that decide what is said, where that is not drawn for a terminal.
_MODES = ("GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY", "SOURCE_DATE_EPOCH")
_OTHERWISE = ("FORCE_COLOR", "_OFFLINT_COMPLETE")  # variables by which it is drawn for one, or what a shell asks for is said instead


class Witness:
    """What answers were made of: ``given`` are the paths that the user named, ``found`` what was listed and read below them."""

    def __init__(self) -> None:
        self.given: dict[str, str] = {}
        self.found: dict[str, str] = {}
        self.answers = 0
        self.steady = True

    def give(self, *paths: str) -> None:
        """What the user named, or what decides how it is checked: links are followed, and where they lead is part of it."""
        for path in paths:
            seen = _seen_through(path)
            self.steady &= self.given.setdefault(path, seen) == seen

    def find(self, top: str, name: str) -> None:
        """What is listed or read next below a folder that the user named; the way to it goes through no link."""
        path = f"{top}/{name or '.'}"
        seen = _seen(path)
        self.steady &= self.found.setdefault(path, seen) == seen


class Heard:
    """What is written to standard output, where it is not too much to be kept; ``whole`` where all of it was."""

    def __init__(self) -> None:
        self.pieces: list[bytes] = []
        self.length = 0
        self.whole = False

    def over(self, pieces: Iterable[bytes]) -> Iterator[bytes]:
        """The pieces, on their way."""
        for piece in pieces:
            self.length += len(piece)
            if self.length <= _MOST:
                self.pieces.append(piece)
            yield piece
        self.whole = self.length <= _MOST


class Record:
    """A run of the program, from its beginning, and what is kept of it: ``arguments`` are all that was asked."""

    def __init__(self, arguments: Sequence[str]) -> None:
        self.arguments = tuple(arguments)
        self.began = time.time()

    def keep(self, store: Store, witness: Witness, said: bytes, answer: Sequence[bytes], code: int) -> None:
        """Keep what was said on standard error, then on standard output, and the exit status, if nothing was written to meanwhile."""
        length = sum(map(len, answer)) + len(said)
        if store.folder is None or not _may() or not witness.steady or length > _MOST:
            return
        own, paths = own_places(), [*witness.given, *witness.found]
        before = [*witness.given.values(), *witness.found.values()]
        seen = all_seen(paths, len(witness.given))
        ours = _own_seen(own)
        newest = (self.began - SETTLED) * 1e9
        if seen != before or not all(_settled(one, newest) for one in (*seen, *ours)) or not writable(paths, seen):
            return
        try:
            name = name_of(self.arguments)
        except OSError:  # the current folder is gone
            return
        if store.get(_own_name()) != _joined(own):
            store.put(_own_name(), _joined(own))
        head = f"{_FORMAT} {digest(*ours, *seen)} {code} {len(said)} {length} {len(witness.given)}\n"
        store.put(name, b"".join([head.encode("ascii"), said, *answer, _joined(paths)]))


def replay(arguments: Sequence[str]) -> tuple[str, bytes, int] | None:
    """What was said on standard error and on standard output, and the exit status; None where it has to be found out."""
    if "--no-cache" in arguments or not _may():
        return None
    try:
        store = Store(default_folder())
        kept = store.get(name_of(arguments))
        own = store.get(_own_name()) if kept is not None else None
        if kept is None or own is None:
            return None
        head, _, rest = kept.partition(b"\n")
        words = head.decode("ascii").split(" ")
        code, said, length, given = map(int, words[3:])
        seen = all_seen(_split(rest[length:]), given)
        if f"{words[0]} {words[1]}" != _FORMAT or digest(*_own_seen(_split(own)), *seen) != words[2]:
            return None
        return rest[:said].decode("utf-8"), rest[said:length], code
    except (OSError, ValueError):  # the folder is gone; an entry of another make
        return None


def _may() -> bool:
    """Whether what is said depends on nothing but what is compared: a terminal has a width, colours and a person before it."""
    if os.name != "posix" or sys.stdout is None or sys.stderr is None or any(map(os.environ.get, _OTHERWISE)):
        return False
    try:
        return not sys.stdout.isatty()
    except ValueError:  # closed
        return False


def name_of(arguments: Sequence[str]) -> str:
    """Of what is kept: all that decides what is said, but for the files. OSError where the current folder is gone."""
    modes = (f"{name}={os.environ.get(name)}" for name in _MODES)
    encodings = (sys.getfilesystemencoding(), str(sys.stdout.encoding))  # of names that are read, and of what is said
    return digest(_FORMAT, _own_name(), os.getcwd(), *encodings, str(os.geteuid()), *modes, *arguments)


def _own_name() -> str:
    """Of the list of what offlint itself is made of, for one Python and one path of modules."""
    return digest(_FORMAT, "own", __version__, sys.version, sys.platform, __file__, *map(str, sys.path))


def all_seen(paths: Sequence[str], given: int) -> list[str]:
    """Of the paths, the first of which the user gave."""
    return [*map(_seen_through, paths[:given]), *map(_seen, paths[given:])]


def _own_seen(places: Sequence[str]) -> list[str]:
    """Of offlint's own, with links followed: an installation may be made of them."""
    return [_seen(place, os.stat) for place in places]


def _seen_through(path: str) -> str:
    """What the system says of what a path leads to, and where that is."""
    return f"{_seen(path, os.stat)} {os.path.realpath(path)}"


def _seen(path: str, look: Callable[[str], os.stat_result] = os.lstat) -> str:
    try:
        told = look(path)
    except OSError:
        return _ABSENT
    return f"{told.st_dev} {told.st_ctime_ns} {told.st_mtime_ns} {told.st_size} {told.st_ino} {told.st_mode}"


def _settled(seen: str, newest: float) -> bool:
    """Whether it was last changed before that time; what is not there has no time, and the folder that it would be in has one."""
    return seen.startswith(_ABSENT) or int(seen.split(" ", 2)[1]) < newest


def writable(paths: Iterable[str], seen: Iterable[str]) -> bool:
    """Whether their file systems can be written to, so that their times are the system's own."""
    devices = {one.partition(" ")[0]: path for path, one in zip(paths, seen, strict=True) if not one.startswith(_ABSENT)}
    try:
        return not any(os.statvfs(path).f_flag & os.ST_RDONLY for path in devices.values())
    except OSError:
        return False


def _joined(paths: Sequence[str]) -> bytes:
    return os.fsencode("\0".join(paths))


def _split(paths: bytes) -> list[str]:
    return os.fsdecode(paths).split("\0") if paths else []
