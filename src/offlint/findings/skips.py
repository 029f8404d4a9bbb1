"""What could not be analysed, said once: one line a file for code that was too much to follow, and few files by name."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from offlint.model.entry import Skipped
from offlint.model.words import Phase, Reach

_Key = tuple[str, Phase | None, Reach, str]

#: What is said of several budgets that are spent.
TOO_MUCH = "too much code to follow"
#: So many files are named by themselves; a suite of thousands of tests is one fact.
MAX_FILES = 10


def said_once(skipped: Iterable[Skipped]) -> tuple[Skipped, ...]:
    """The problems in their order, each once."""
    once: dict[_Key, Skipped] = {}
    counts: dict[_Key, int] = {}
    for one in skipped:
        key: _Key = (one.file, one.phase, one.reach, TOO_MUCH if one.budget else one.why)
        counts[key] = counts.get(key, 0) + 1
        old = once.get(key)
        if old is None or (not one.budget and one.line < old.line):
            once[key] = one
    files: dict[tuple[object, ...], list[_Key]] = {}
    for key, one in list(once.items()):
        if key[3] == TOO_MUCH:
            files.setdefault(key[1:], []).append(key)
            if counts[key] > 1:
                once[key] = replace(one, why=f"{TOO_MUCH}, in {counts[key]} places")
    for keys in files.values():
        if len(keys) > MAX_FILES + 1:
            last = keys[MAX_FILES]
            once[last] = replace(once[last], why=f"{TOO_MUCH}, in this file and {len(keys) - MAX_FILES - 1} more")
            for key in keys[MAX_FILES + 1 :]:
                del once[key]
    return tuple(once.values())
