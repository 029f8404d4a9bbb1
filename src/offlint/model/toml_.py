"""What does a TOML text say? The standard library's reader, kept from what takes it hours."""

from __future__ import annotations

import sys
from typing import Any

from offlint.model.lazy import regex

#: Parts of one dotted key. For each the reader looks at all those before it, and a file of a megabyte has room for half a million.
MOST_PARTS = 100

# In a text in quotes it is found, too: none that people write has so many words with nothing but dots between them.
_LONG_KEY = regex(rf"""(?<![\w-])(?:(?:[\w-]+|"[^"\n]*"|'[^'\n]*')[ \t]*\.[ \t]*){{{MOST_PARTS}}}""")


class TomlError(ValueError):
    """A text that is none; ``str()`` says why, and where."""


def read_toml(text: str) -> dict[str, Any]:
    """The tables of a text. Raises TomlError, RecursionError, or ValueError for numbers that are too long."""
    # Loaded where there is something to read.
    if sys.version_info >= (3, 11):
        import tomllib  # noqa: PLC0415
    else:
        import tomli as tomllib  # noqa: PLC0415

    long = _LONG_KEY.search(text)
    if long is not None:
        line, column = text.count("\n", 0, long.start()) + 1, long.start() - text.rfind("\n", 0, long.start())
        raise TomlError(f"A key of more than {MOST_PARTS} parts (at line {line}, column {column})")
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise TomlError(str(error)) from None
