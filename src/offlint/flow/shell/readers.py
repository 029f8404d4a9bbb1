"""Which command lines run the program text on their standard input, and in which language is it?

The options are those of the shells (POSIX, sh; bash), of Python (Setup and Usage, 1.1), and of the languages that take code by ``-e``.
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from offlint.model.lazy import regex

if TYPE_CHECKING:
    from collections.abc import Sequence

_SHELL = regex(r"(?:ba|da|k|z|a)?sh|fish")
_PYTHON = regex(r"(?:pythonw?|pypy|graalpy|py)[\d.]*[td]?|\{[^{}]*(?:python|executable)[^{}]*\}")
_OTHER = frozenset({"perl", "ruby", "node", "nodejs", "php"})
#: Options with a value in the next word.
SHELL_VALUES = regex(r"[-+][A-Za-z]*[oO]|--rcfile|--init-file")
_VALUES = {"shell": SHELL_VALUES, "code": regex(r"-[WX]")}
#: Letters of options after which no program is read: code, a module or a question follows.
_ENDS = {"shell": "c", "code": "cmhV"}
_QUESTIONS = frozenset({"--help", "--version"})


def reader(words: Sequence[str]) -> tuple[str, int] | None:
    """The language (``shell``, ``code`` for Python's, or another one's name) of a command that runs what it reads; None for any other.

    With it the place of the first word that is the program's own.
    """
    name = posixpath.basename(words[0]).removesuffix(".exe")
    kind = "shell" if _SHELL.fullmatch(name) else "code" if _PYTHON.fullmatch(name) else name
    if kind == name and kind not in _OTHER:
        return None
    values = _VALUES.get(kind)
    at = 1
    while at < len(words):
        text = words[at]
        at += 1
        if text in ("-", "--"):
            return (kind, at) if at == len(words) or (text == "-" and kind != "shell") else None
        if not text.startswith(("-", "+")) or text in _QUESTIONS:
            return None
        at += values is not None and values.fullmatch(text) is not None
        if text.startswith(("--", "-W", "-X")):
            continue
        if not set(text).isdisjoint(_ENDS.get(kind, "enprc")):
            return None
        if kind == "shell" and "s" in text:
            return kind, at + (words[at : at + 1] == ["--"])
    return kind, at
