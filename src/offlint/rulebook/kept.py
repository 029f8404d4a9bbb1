"""What do the built-in pages say? As they were read before: when the wheel was built, or in an earlier run, where they are as they were.

Reading 170 pages takes longer than a small project does. What is kept is named by all that it was made of, the bytes of the pages and the
code that reads them, so that it cannot be out of date.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from offlint.cache.codec import BrokenError, decode, encode
from offlint.cache.identity import contents_digest
from offlint.cache.store import Store, digest
from offlint.rulebook import schema
from offlint.rulebook.rows import Row, put

#: Beside the pages; ``hatch_build.py`` puts it into the wheel.
SHIPPED = "kept.json"
_CLASSES = {f"{schema.__name__}.{one.__name__}": one for one in (schema.Argument, schema.ArgumentIs, schema.Condition)}


def read_before(root: Path, store: Store) -> schema.Rulebook:
    """What the pages in a folder say. Raises RulebookError with the problems of all of them."""
    name = _name(root)
    for text in (_shipped(root, name), store.get(name)):
        book = _told(text) if text is not None else None
        if book is not None:
            return book
    book = schema.Rulebook()
    rows = _read(root, book)
    if store.folder is not None and name == _name(root):  # else they were written to meanwhile
        store.put(name, _written(rows))
    return book


def written(root: Path) -> bytes:
    """What ``SHIPPED`` holds for the pages in a folder."""
    return b"%s\n%s" % (_name(root).encode(), _written(_read(root, schema.Rulebook())))


def _written(rows: Iterable[Row]) -> bytes:
    return encode(tuple(map(tuple, rows))).encode()


def _told(text: bytes) -> schema.Rulebook | None:
    book = schema.Rulebook()
    try:
        for row in decode(text, _CLASSES.get):
            put(book, Row(*row))
    except (BrokenError, TypeError, AttributeError, ValueError, LookupError):  # of another make
        return None
    return book


def _name(root: Path) -> str:
    code = os.path.dirname(os.path.abspath(__file__))  # noqa: PTH100, PTH120 # pathlib takes time that every run would wait for
    return digest("rows", contents_digest(str(root), ".md"), contents_digest(code, ".py"))


def _shipped(root: Path, name: str) -> bytes | None:
    try:
        head, _, text = (root / SHIPPED).read_bytes().partition(b"\n")
    except OSError:
        return None
    return text if head == name.encode() else None


def _read(root: Path, book: schema.Rulebook) -> list[Row]:
    from offlint.rulebook.checking import add  # noqa: PLC0415 # what takes long to import waits until it is needed

    return add(book, [("rules", root)])
