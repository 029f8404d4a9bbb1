"""How much is read at most? Limits that keep a hostile or a huge tree from taking the machine's memory or an hour."""

from __future__ import annotations

from typing import Final

MIB: Final = 1 << 20

MEMBERS: Final = 200_000
"""Files, folders and links in one tree."""

READ: Final = 4 << 30
"""Decompressed bytes read from one archive, all passes together."""

RATIO: Final = 250
"""How many times its own size an archive may unpack to, once that is more than ``SMALL``: source code rarely gets to 20."""

SMALL: Final = 256 * MIB
"""What any archive may unpack to."""

FILE: Final = 64 * MIB
"""Bytes of one file."""

TEXT: Final = 5 * MIB
"""Bytes of one file that is decoded as text."""

KEPT: Final = 256 * MIB
"""Bytes of a compressed archive's members that are held in memory after the first pass."""

HEADER: Final = MIB
"""Bytes of one archive header (long names, pax records), which libraries read whole into memory."""

DIRECTORY: Final = 24 * MIB
"""Bytes of a zip file's directory, which is read whole into memory and takes some fifteen times as much there."""

DICTIONARY: Final = 256 * MIB
"""Bytes of memory that unpacking xz may take (``xz -9`` takes 65 MiB); what an archive asks for can be 4 GiB."""

LINKS: Final = 10_000
"""Links in one tree."""

NAME: Final = 1024
"""Characters of one path and of a link's target."""

DEPTH: Final = 100
"""Folders above one file."""

NAMES: Final = 64 * MIB
"""Characters of all paths in one tree, and again of the folders that they imply."""

PROBLEMS: Final = 1000
"""Things of one tree that could not be read and are listed one by one."""


def size(count: int) -> str:
    """A limit as people write it: ``5 MB``, ``4 GiB``."""
    return f"{count >> 30} GiB" if count >= 1 << 30 else f"{count // MIB} MB"
