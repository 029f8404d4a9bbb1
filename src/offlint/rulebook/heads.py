"""Was this page's TOML read before? What it says, kept by the digest of its text, so that what is kept can not be out of date."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from offlint import __version__
from offlint.cache.store import Store, digest
from offlint.rulebook.reader import parse_head


class ParsedHeads:
    """The TOML of the pages of one root. What it holds is checked like what is read anew: only the parser's work is spared."""

    def __init__(self, store: Store, root: Path) -> None:
        self._store = store
        self._name = digest("heads", __version__, str(root.resolve()))
        self._known = _mapping(store.get(self._name))
        self._used: dict[str, Any] = {}

    def parse(self, text: str) -> dict[str, Any]:
        """As ``parse_head`` reads it, with its errors."""
        if self._store.folder is None:
            return parse_head(text)
        key = digest(text)
        data = self._known.get(key)
        if not isinstance(data, dict):
            data = parse_head(text)
        self._used[key] = data
        return data

    def keep(self) -> None:
        """Keep what was read, for the next time, where it is not what was known."""
        if self._used.keys() != self._known.keys():
            try:
                self._store.put(self._name, json.dumps(self._used).encode())
            except TypeError:  # a date, which no page has a place for
                return


def _mapping(data: bytes | None) -> dict[str, Any]:
    try:
        found = json.loads(data) if data is not None else {}
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
