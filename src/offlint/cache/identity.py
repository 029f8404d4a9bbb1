"""Who answers? A digest of what an answer depends on besides the project: offlint's code and pages, Python, the libraries that parse.

A version number would not do: a checkout changes without one. Contents are compared, so that what one machine kept is good for
another one.
"""

from __future__ import annotations

import os
import stat
import sys
import time

from offlint import __version__
from offlint.cache.store import Store, digest

TYPE_CHECKING = False  # see store
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_FORMAT = "1"  # of what is kept
_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
# Libraries on whose presence and version it depends what is understood, as their folders of metadata are named.
_PARSERS = frozenset({"libcst", "packaging", "pyyaml", "tomli", "tree_sitter", "tree_sitter_bash"})
MOST = 1024 * 1024  # bytes of a page
_METADATA = (".dist-info", ".egg-info")
# Bytes as they are on Windows; a pipe is not waited for. An object for a file takes as long as what is read.
_AS_IT_IS = getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0)
SETTLED = 2.0  # seconds; the coarsest times that a file system keeps


def pages_folder() -> str | None:
    """The built-in pages: ``offlint/rules`` where installed, else the checkout's ``rules``."""
    for folder in (os.path.join(_PACKAGE, "rules"), os.path.join(os.path.dirname(os.path.dirname(_PACKAGE)), "rules")):
        if os.path.isdir(os.path.join(folder, "findings")):
            return folder
    return None


def identity(store: Store) -> str:
    """The digest. ``store`` keeps that of offlint's own files, by what the system says of them."""
    return digest(_FORMAT, __version__, sys.version, sys.platform, *sorted(_libraries()), _own(store))


def own_places() -> list[str]:
    """Each folder in which offlint's files, pages and libraries are looked for, and each of its files."""
    code, pages = _below(_PACKAGE, ".py"), _below(pages_folder() or _PACKAGE, ".md")
    # What Python compiled is written while offlint runs.
    folders = {folder for folder in (*code[0], *pages[0]) if os.path.basename(folder) != "__pycache__"}
    return [*map(str, sys.path), *sorted(folders), *code[1], *pages[1]]


def _own(store: Store) -> str:
    files = [*_files(_PACKAGE, ".py"), *_files(pages_folder() or _PACKAGE, ".md")]
    state, newest = _state(files)
    key = digest("own", state)
    kept = store.get(key) if state else None
    if kept is not None:
        return kept.decode("ascii", "replace")
    found = digest(*(part for name in files for part in (os.path.relpath(name, _PACKAGE), _read(name))))
    # A file that is written to right after it was read may keep its size and its time: what is new is not trusted.
    if state and newest < (time.time() - SETTLED) * 1e9:
        store.put(key, found.encode())
    return found


def _state(files: Sequence[str]) -> tuple[str, float]:
    """Name, size and times of each file, and the newest time; empty where the system does not tell when a file was changed.

    The time of change (ctime) is the system's own: no program sets it back, and every write moves it.
    """
    if os.name != "posix":
        return "", 0
    try:
        stats = [os.stat(name) for name in files]
    except OSError:
        return "", 0
    told = [f"{name}\0{one.st_ino}\0{one.st_size}\0{one.st_mtime_ns}\0{one.st_ctime_ns}" for name, one in zip(files, stats, strict=True)]
    return "\0".join(told), max(one.st_ctime_ns for one in stats)


def pages_digest(page: str) -> str:
    """Of a page, or of all pages in a folder; what can not be read is an answer, too."""
    return digest(page, contents_digest(page, ".md"))


def contents_digest(top: str, ending: str) -> str:
    """Of a file, or of all files in a folder whose names end so, wherever it is."""
    return digest(*_contents(top, ending))


def _contents(top: str, ending: str) -> Iterator[str | bytes]:
    """Name and bytes of each file, in the order of their names."""
    for name in [top] if os.path.isfile(top) else _files(top, ending):
        yield name[len(top) :]
        yield _read(name)


def _files(top: str, ending: str) -> list[str]:
    return _below(top, ending)[1]


def _below(top: str, ending: str) -> tuple[list[str], list[str]]:
    """The folder and those below it, and the files in them whose names end so."""
    folders: list[str] = []
    names: list[str] = []
    waiting = [top]
    while waiting:
        folders.append(waiting.pop())
        try:
            with os.scandir(folders[-1]) as found:
                for entry in found:
                    if entry.name.lower().endswith(ending):  # Windows finds pages in any case
                        names.append(entry.path)
                    elif entry.is_dir(follow_symlinks=False):
                        waiting.append(entry.path)
        except (OSError, ValueError):  # ValueError: a NUL in the name
            continue
    return folders, sorted(names)


def _read(file: str) -> bytes:
    """What is in a regular file; of anything else, and of one larger than a page may be, that it is not read."""
    try:
        number = os.open(file, os.O_RDONLY | _AS_IT_IS)
        try:
            told = os.fstat(number)
            if not stat.S_ISREG(told.st_mode) or told.st_size > MOST:
                return b"\0not read"
            return os.read(number, MOST + 1)
        finally:
            os.close(number)
    except (OSError, ValueError) as error:
        return f"\0{error}".encode("utf-8", "surrogatepass")


def _libraries() -> Iterator[str]:
    for folder in sys.path:
        try:
            names = os.listdir(folder or ".")
        except OSError:
            continue
        for name in names:
            if name.endswith(_METADATA) and name.partition("-")[0].lower() in _PARSERS:
                yield name
