"""Which programs does this command line run, wrappers seen through, and does one make a digest?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from offlint.judge.commands import row_of
from offlint.judge.words import Word, program
from offlint.judge.wrappers import Inner, peel

if TYPE_CHECKING:
    from collections.abc import Sequence

    from offlint.rulebook.schema import Rulebook

_DIGESTS = ("md5", "sha1", "sha224", "sha256", "sha384", "sha512", "blake2b", "crc32")


def programs_run(words: Sequence[Word]) -> list[Inner]:
    """What the command line runs: programs, Python modules, scripts and code, shell texts."""
    return [inner for inner in peel(words) if inner.words]


def digest_made(words: Sequence[Word], rulebook: Rulebook) -> tuple[str, list[str]] | None:
    """The algorithm and the files of a program that writes digests (``sha256sum file``), None for any other."""
    for inner in peel(words):
        if inner.kind != "line":
            continue
        match = row_of([program(inner.words[0])], inner.words[1:], rulebook)
        if match is None:
            continue
        row, parsed = match
        if row.network == "never" and row.verified in _DIGESTS and not any(parsed.given(phrase) for phrase in row.verified_if):
            return row.verified, [word.text for word in parsed.operands if word.exact and word.text != "-"]
    return None
