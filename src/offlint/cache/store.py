"""Where is what was worked out before? One folder of files, each named by the digest of all that its contents were made of.

Nothing here ever fails: where the folder is not there and cannot be made, where it is full, broken or not writable, nothing is found
and nothing is kept. A file is written beside its place and renamed, so that programs that run at once never see half of one; each begins
with the digest of the rest, and one that does not hold what it says is taken away. What was not used for the longest goes first.

What is found is believed, so that a folder in which others may write is not used; and the user may name a folder that holds other
things, so that only what is named as ours is ours.
"""

from __future__ import annotations

import os
import stat
import sys
import time

TYPE_CHECKING = False  # typing, dataclasses, re and contextlib take longer to load than an answer that is said again takes
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

try:
    from _blake2 import blake2b  # what hashlib has, without OpenSSL, which takes as long to load as half of offlint
except ImportError:
    from hashlib import blake2b

VARIABLE = "OFFLINT_CACHE_DIR"
MOST = 200_000_000
_MOST_EACH = 32 * 1024 * 1024
_ENDING = ".entry"
_TEMPORARY = ".tmp"
_ABANDONED = 3600.0  # seconds after which a temporary file is nobody's
_TAG = b"Signature: 8a477f597d28d172789f06886806bc55\n# offlint's cache, see https://bford.info/cachedir/\n"


def default_folder() -> str | None:
    """Where it is: the variable, else the user's folder of caches, as the system has it; None where there is no home.

    https://specifications.freedesktop.org/basedir-spec/latest/: a path in XDG_CACHE_HOME that is not absolute is ignored.
    """
    given = os.environ.get(VARIABLE)
    if given:
        return os.path.abspath(given)
    if sys.platform == "win32":
        local = os.environ.get("LOCALAPPDATA", "")
        return os.path.join(local, "offlint", "Cache") if os.path.isabs(local) else None
    base = os.environ.get("XDG_CACHE_HOME", "")
    if not os.path.isabs(base):
        base = os.path.expanduser("~/Library/Caches" if sys.platform == "darwin" else "~/.cache")
    return os.path.join(base, "offlint") if os.path.isabs(base) else None


def digest(*parts: bytes | str) -> str:
    """A name for the parts, in that order and each with its length."""
    found = blake2b(digest_size=20)
    for part in parts:
        data = part.encode("utf-8", "surrogatepass") if isinstance(part, str) else part
        found.update(b"%d:" % len(data))
        found.update(data)
    return found.hexdigest()


def file_digest(path: str) -> str:
    """A name for a file's bytes. Raises OSError."""
    found = blake2b(digest_size=20)
    with open(path, "rb") as file:
        while data := file.read(1 << 20):
            found.update(data)
    return found.hexdigest()


class Store:
    """A folder of entries, or none: without a folder nothing is found and nothing kept."""

    __slots__ = ("folder", "most")

    def __init__(self, folder: str | None, most: int = MOST) -> None:
        self.folder = folder
        self.most = most

    @property
    def refused(self) -> str | None:
        """Why the folder is not used though it is there: who may write in it could make us say anything."""
        if os.name != "posix" or self.folder is None:
            return None
        try:
            told = os.stat(self.folder)
        except (OSError, ValueError):  # ValueError: a NUL in the name
            return None
        return _strange(told)

    def get(self, name: str) -> bytes | None:
        """What was kept under a name (a digest)."""
        if self.folder is None or self.refused is not None:
            return None
        path = self._path(name)
        try:
            with open(path, "rb", opener=_open_file) as file:
                seal, data = file.read(_LENGTH), file.read(_MOST_EACH + 1)
            if seal != _seal(data):
                os.unlink(path)
                return None
        except (OSError, ValueError):  # ValueError: a NUL in the folder's name
            return None
        try:
            os.utime(path)
        except OSError:  # a folder that is read only does not say what was used
            return data
        return data

    def put(self, name: str, data: bytes) -> None:
        """Keep it, if that is possible."""
        if self.folder is None or len(data) > min(_MOST_EACH, self.most):
            return
        path = self._path(name)
        beside = f"{path}.{os.getpid()}-{time.monotonic_ns()}{_TEMPORARY}"
        try:
            self._make()
            if self.refused is not None:
                return
            with open(beside, "xb", opener=_make_file) as file:
                file.write(_seal(data))
                file.write(data)
            os.replace(beside, path)
        except (OSError, ValueError):  # as above
            _remove([beside])
            return
        except BaseException:
            _remove([beside])
            raise
        self._bound()

    def drop(self, name: str) -> None:
        """Take away what turned out to be of no use."""
        if self.folder is not None:
            _remove([self._path(name)])

    def clean(self) -> tuple[int, int]:
        """Take away all that is offlint's, and nothing else; how many files and bytes that were."""
        found = list(self.entries())
        gone = _remove(path for path, _, _ in found)
        return len(gone), sum(size for path, size, _ in found if path in gone)

    def entries(self) -> Iterator[tuple[str, int, float]]:
        """Path, size and time of last use of each file of ours."""
        if self.folder is None:
            return
        try:
            with os.scandir(self.folder) as found:
                for entry in found:
                    if not _ours(entry.name) or not entry.is_file(follow_symlinks=False):
                        continue
                    try:
                        told = entry.stat(follow_symlinks=False)
                    except OSError:  # another process took it away
                        continue
                    yield entry.path, told.st_size, told.st_mtime
        except (OSError, ValueError):
            return

    def _path(self, name: str) -> str:
        return os.path.join(self.folder or "", name + _ENDING)

    def _make(self) -> None:
        folder = self.folder or ""
        if not os.path.isdir(folder):
            os.makedirs(folder, mode=0o700, exist_ok=True)
            try:
                with open(os.path.join(folder, "CACHEDIR.TAG"), "xb") as tag:
                    tag.write(_TAG)
            except OSError:  # another process wrote it
                return

    def _bound(self) -> None:
        """Take away what was not used for the longest, until the rest is no more than a good part of what may be there."""
        found = sorted(self.entries(), key=lambda entry: entry[2])
        old = time.time() - _ABANDONED
        _remove(path for path, _, used in found if path.endswith(_TEMPORARY) and used < old)
        total = sum(size for _, size, _ in found)
        if total <= self.most:
            return
        leaving = []
        for path, size, _ in found:
            if total <= self.most * 3 // 4:
                break
            leaving.append(path)
            total -= size
        _remove(leaving)


def _ours(name: str) -> bool:
    """Whether a file is named as an entry, or as one that is being written: the process and a time in numbers."""
    own, _, rest = name.partition(_ENDING)
    if len(own) != 40 or own.strip("0123456789abcdef"):
        return False
    process, dash, moment = rest.removeprefix(".").removesuffix(_TEMPORARY).partition("-")
    written = rest == f".{process}-{moment}{_TEMPORARY}" and process.isdecimal() and moment.isdecimal() and rest.isascii()
    return not rest or bool(dash and written)


def _open_file(path: str, flags: int) -> int:
    """A regular file, not waited for; OSError for a link, a pipe and the like, and for what others may have written."""
    number = os.open(path, flags | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0))
    told = os.fstat(number)
    if not stat.S_ISREG(told.st_mode) or _strange(told) is not None:
        os.close(number)
        raise OSError(f"{path} is no file of ours")
    return number


def _make_file(path: str, flags: int) -> int:
    """A new file that nobody else may write, whatever the user's mask says."""
    return os.open(path, flags, 0o644)


def _strange(told: os.stat_result) -> str | None:
    """Why a folder or a file may hold what somebody else wrote."""
    if os.name != "posix":
        return None
    if told.st_mode & stat.S_IWOTH:
        return "everybody may write in it"
    return None if told.st_uid in {0, os.geteuid()} else "it is another user's"


_LENGTH = len("offlint 1 \n") + 40


def _seal(data: bytes) -> bytes:
    return b"offlint 1 %s\n" % blake2b(data, digest_size=20).hexdigest().encode()


def _remove(paths: Iterable[str]) -> set[str]:
    gone = set()
    for path in paths:
        try:
            os.unlink(path)
        except (OSError, ValueError):
            continue
        gone.add(path)
    return gone
