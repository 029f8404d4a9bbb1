"""With which words does code name what reaches out, what makes objects that do, and what takes their place? Of the rulebook, in tables."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from offlint.rulebook.schema import Rulebook

#: Names that every text, list, table, file and path has: as a method of some API they say little by themselves.
COMMON = frozenset({*dir(str), *dir(dict), *dir(list), *dir(io.StringIO), "open", "exists", "load", "save", "run", "search", "send"})


def holders_of(rulebook: Rulebook) -> dict[tuple[str, str], frozenset[str]]:
    """For common names of methods that reach out, by the package's first part: their classes, or what makes objects that have them."""
    makers: dict[str, set[str]] = {}
    for name, made in (*rulebook.objects.items(), *rulebook.aliases.items()):
        makers.setdefault(made, set()).add(name)
    classes: dict[tuple[str, str], set[str]] = {}
    for name in rulebook.calls:
        *inner, last = name.split(".")
        if last not in COMMON:
            continue
        for end in range(2, len(inner) + 1):
            above = ".".join(inner[:end])
            for maker in (*makers.get(above, ()), *([above] if inner[end - 1][:1].isupper() else [])):
                others = (alias for alias, target in rulebook.aliases.items() if maker.startswith(f"{target}."))
                for spelled in (maker, *others):
                    classes.setdefault((spelled.partition(".")[0], last), set()).add(maker.rpartition(".")[2])
    return {key: frozenset(owners) for key, owners in classes.items()}


def methods_of(rulebook: Rulebook) -> dict[str, set[str]]:
    """The methods that reach out, by the dotted name of each class whose objects have them."""
    methods: dict[str, set[str]] = {}
    for name in rulebook.calls:
        owner, _, last = name.rpartition(".")
        methods.setdefault(owner, set()).add(last)
    return methods | {name: methods[made] for name, made in rulebook.objects.items() if made in methods}


def makers_of(rulebook: Rulebook) -> dict[str, set[str]]:
    """The last parts of what makes objects, and all parts of what takes the network's place, by the package's first part."""
    makers: dict[str, set[str]] = {}
    for name in rulebook.objects:
        root, _, last = name.partition(".")
        makers.setdefault(root, set()).add(last.rpartition(".")[2])
    for root, *parts in _replacing(rulebook):
        makers.setdefault(root, set()).update(parts)
    return makers


def stand_ins_of(rulebook: Rulebook) -> frozenset[str]:
    """Libraries that put something in the network's place, by their first part: a helper of tests may say no more than their name."""
    return frozenset(root for root, *_ in _replacing(rulebook)) - {"pytest"}


def _replacing(rulebook: Rulebook) -> list[list[str]]:
    return [name.split(".") for name, row in rulebook.models.get("mock", {}).items() if "effect" in row.values]


def words_of(rulebook: Rulebook) -> dict[str, frozenset[str]]:
    """The last parts of the names of network calls, by the first part of the package that they are imported from."""
    words: dict[str, set[str]] = {}
    below: dict[str, set[str]] = {target: set() for target in rulebook.aliases.values()}
    for name in rulebook.calls:
        parts = name.removesuffix(".__call__").split(".")
        words.setdefault(parts[0], set()).add(parts[-1])
        parts = name.split(".")
        for end in range(1, len(parts) + 1):
            above = ".".join(parts[:end])
            if above in below:
                below[above].add(parts[-1])
    for name, target in rulebook.aliases.items():
        lasts = below[target] | ({name.rsplit(".", 1)[-1]} if target in rulebook.calls else set())
        if lasts:
            words.setdefault(name.split(".")[0], set()).update(lasts)
    return {root: frozenset(lasts) for root, lasts in words.items()}
