"""How much is read at most? Limits that keep a hostile or a huge tree from taking the machine's memory or an hour."""

from __future__ import annotations

from typing import Final

MIB: Final = 1 << 20

MEMBERS: Final = 200_000
"""Files, folders and links in one tree."""

READ: Final = 4 << 30
"""Decompressed bytes read from one archive, all passes together."""

FILE: Final = 64 * MIB
"""Bytes of one file."""

TEXT: Final = 5 * MIB
"""Bytes of one file that is decoded as text."""

KEPT: Final = 256 * MIB
"""Bytes of a compressed archive's members that are held in memory after the first pass."""

HEADER: Final = MIB
"""Bytes of one archive header (long names, pax records), which libraries read whole into memory."""


def size(count: int) -> str:
    """A limit as people write it: ``5 MB``, ``4 GiB``."""
    return f"{count >> 30} GiB" if count >= 1 << 30 else f"{count // MIB} MB"
