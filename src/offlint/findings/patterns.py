"""Which files does a pattern mean? The patterns of .gitignore (https://git-scm.com/docs/gitignore), matched in linear time.

A stranger's configuration may hold any pattern, so that none is made one regular expression: folder by folder, the places in the
pattern that may be reached are kept, and within a name ``fnmatch`` does not go back.
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Callable, Sequence

from offlint.model.lazy import regex

_SPECIAL = regex(r"\\(.)|\[\^")
_MOST = 1000
_Test = Callable[[str], bool]


def matcher(pattern: str) -> Callable[[str], bool]:
    """Whether a path relative to the root (with ``/``) is meant, itself or by a folder that it lies in.

    Without a ``/`` but at its end a pattern is about any depth; with one, about the root's. One that begins with ``!`` or ``#``, or
    has nothing in it, is a ValueError.
    """
    if not pattern.strip().strip("/") or pattern.startswith(("!", "#")) or "\0" in pattern:
        raise ValueError(f"{pattern!r} matches nothing")
    if len(pattern) > _MOST:
        raise ValueError(f"{pattern[:40]!r}… is longer than {_MOST} characters")
    text = pattern.lstrip() if pattern.endswith("\\ ") else pattern.strip()
    names = [name for name in text.split("/") if name]
    if "/" not in text.rstrip("/"):
        names.insert(0, "**")
    names = [name for name, after in zip(names, [*names[1:], ""], strict=True) if (name, after) != ("**", "**")]
    if names[-1] == "**":
        names.append("*")  # what is in the folder, and not the folder
    tests = [None if name == "**" else _name(name) for name in names]
    folders = text.endswith("/")

    def means(path: str) -> bool:
        parts = path.split("/")
        places = _open({0}, tests)
        for count, part in enumerate(parts, 1):
            reached: set[int] = set()
            for place in places:
                test = tests[place] if place < len(tests) else _nothing
                if test is None:
                    reached.add(place)
                elif test(part):
                    reached.add(place + 1)
            places = _open(reached, tests)
            if len(tests) in places and (count < len(parts) or not folders):
                return True
        return False

    return means


def _name(name: str) -> _Test:
    """Whether a part of a path is meant by a part of the pattern."""
    compiled = re.compile(fnmatch.translate(_SPECIAL.sub(_plain, name)))
    return lambda part: compiled.match(part) is not None


def _nothing(_part: str) -> bool:
    return False


def _open(places: set[int], tests: Sequence[_Test | None]) -> set[int]:
    """The places with those that are reached where a ``**`` stands for no folder."""
    found = set(places)
    for place in places:
        following = place
        while following < len(tests) and tests[following] is None:
            following += 1
            found.add(following)
    return found


def _plain(found: re.Match[str]) -> str:
    """``fnmatch`` knows no backslash, and writes ``[!…]`` for ``[^…]``."""
    return "[!" if found[1] is None else f"[{found[1]}]" if found[1] in "*?[" else found[1]
