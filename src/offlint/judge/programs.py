"""Which programs does this command line run, wrappers seen through, and does one make a digest?"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from offlint.judge.commands import row_of
from offlint.judge.words import Word, program
from offlint.judge.wrappers import Inner, peel

if TYPE_CHECKING:
    from collections.abc import Sequence

    from offlint.rulebook.schema import Rulebook

#: Options that name another checkout than the one around (git(1), hg(1)).
_ELSEWHERE = ("-C", "--git-dir", "--work-tree", "-R", "--repository")
_DIGESTS = ("md5", "sha1", "sha224", "sha256", "sha384", "sha512", "blake2b", "crc32")


def programs_run(words: Sequence[Word]) -> list[Inner]:
    """What the command line runs: programs, Python modules, scripts and code, shell texts."""
    return [inner for inner in peel(words) if inner.words]


def asks_checkout(words: Sequence[Word], rulebook: Rulebook) -> str | None:
    """The program and sub-command of a command line that fails outside of a checkout of the project, None for any other.

    Empty for one that only asks the machine something, and makes no files.
    """
    if len(words) == 3 and words[0].text == "sh" and words[1].text == "-c":
        if not words[2].exact or not re.fullmatch(r"[\w\s./='\"%:*,+-]+", words[2].text):
            return None  # several commands, of which one may do instead of another
        words = [Word(one) for one in words[2].text.split()]
    for inner in peel(words):
        if inner.kind != "line":
            continue
        if [word.text for word in inner.words[1:]] in (["--version"], ["-v"], ["-V"], ["--help"]):
            return ""
        match = row_of([program(inner.words[0])], inner.words[1:], rulebook)
        if match is not None and match[0].asks:
            return ""
        if match is not None and match[0].checkout and not any(word.text.startswith(_ELSEWHERE) for word in inner.words[1:]):
            return " ".join((match[0].program, *match[0].sub))
    return None


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
