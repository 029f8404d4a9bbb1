"""Which path is meant, and which folders are nobody's sources? Names in a project's tree."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping

from offlint.model.lazy import regex
from offlint.project import limits

# Version control, environments and caches: what tools make next to the sources and what is not part of them.
SKIPPED_FOLDERS = frozenset({
    ".bzr", ".git", ".hg", ".svn", "CVS", "_darcs",
    ".conda", ".direnv", ".eggs", ".nox", ".pixi", ".tox", ".venv", "__pypackages__", "node_modules",
    "__MACOSX", "__pycache__", ".cache", ".hypothesis", ".ipynb_checkpoints", ".mypy_cache", ".pytest_cache", ".ruff_cache",
})  # fmt: skip

_DRIVE = regex(r"[A-Za-z]:")
_MOST_LINKS = 40  # as Linux allows in one path resolution (path_resolution(7))
_MOST_STEPS = 1024


class AstrayError(Exception):
    """A path that does not lead to a place in the tree; ``str()`` says why, as the end of a sentence about the path."""


def follow(path: str, links: Mapping[str, str]) -> str:
    """The place in the tree that a path relative to the root leads to, ``""`` for the root.

    ``links`` maps each link to its target, written relative to the root. Raises AstrayError where the path leaves the tree or runs
    in a circle.
    """
    if is_absolute(path):
        raise AstrayError("leaves the tree")
    waiting = path.split("/")[::-1]
    done: list[str] = []
    hops = steps = 0
    while waiting:
        steps += 1
        if steps > _MOST_STEPS or len(done) > limits.DEPTH:
            raise AstrayError(f"leads more than {limits.DEPTH} folders deep")
        part = waiting.pop()
        if part in ("", "."):
            continue
        if part == "..":
            if not done:
                raise AstrayError("leaves the tree")
            done.pop()
            continue
        done.append(part)
        target = links.get("/".join(done)) if links else None
        if target is None:
            continue
        hops += 1
        if hops > _MOST_LINKS:
            raise AstrayError("runs in a circle of links")
        if is_absolute(target):
            raise AstrayError("leaves the tree")
        done = []
        waiting.extend(reversed(target.split("/")))
    return "/".join(done)


def is_absolute(path: str) -> bool:
    """Whether a path starts at a file system's root, on any system."""
    return path.startswith(("/", "\\")) or _DRIVE.match(path) is not None


def parent(path: str) -> str:
    """The folder that holds a path, ``""`` for the root."""
    return path.rpartition("/")[0]


def join(folder: str, name: str) -> str:
    """A name in a folder, where ``""`` is the root."""
    return f"{folder}/{name}" if folder else name


def parents(path: str) -> Iterable[str]:
    """The folders above a path, innermost first, without the root."""
    while path := parent(path):
        yield path


def below(folders: Collection[str]) -> Callable[[str], bool]:
    """A test whether a path lies in one of these folders, which remembers what it found of each."""
    known = dict.fromkeys(folders, True) | {"": "" in folders}

    def test(path: str) -> bool:
        passed: list[str] = []
        folder = parent(path)
        while folder not in known:
            passed.append(folder)
            folder = parent(folder)
        found = known[folder]
        known.update(dict.fromkeys(passed, found))
        return found

    return test


def is_skipped(path: str) -> bool:
    """Whether a file lies in a folder that holds no sources of the project (a cache, version control, …)."""
    return not SKIPPED_FOLDERS.isdisjoint(path.split("/")[:-1])


def plain(name: str) -> str:
    """A name that is safe to print on one line: control characters and undecodable bytes escaped."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape", "surrogatepass").decode("ascii") for c in name)
