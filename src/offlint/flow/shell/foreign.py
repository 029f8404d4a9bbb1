"""Which files does a build run that are not followed, and do they name the network? Said, so that silence is never "offline".

The words come from the pages: programs whose use is to fetch, and sub-commands such as ``git clone``; and the network calls of other
scripting languages.
"""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from offlint.model.lazy import regex

if TYPE_CHECKING:
    from offlint.flow.machine import Machine
    from offlint.model.span import Span
    from offlint.rulebook.schema import Rulebook

_SHEBANG = regex(r"#!\s*(\S+)(?:[ \t]+(?:-S[ \t]+)?([\w.+-]+))?")
_SHELLS = frozenset({"sh", "bash", "dash", "ksh", "zsh", "ash", "busybox"})
_ENDINGS = {
    ".sh": "shell", ".bash": "shell", ".ksh": "shell", ".py": "python", ".pl": "perl", ".rb": "ruby", ".js": "node", ".mjs": "node",
    ".cjs": "node", ".bat": "batch", ".cmd": "batch", ".ps1": "powershell", ".php": "php", ".lua": "lua", ".tcl": "tcl", ".R": "R",
}  # fmt: skip
#: Network modules and calls of Perl, Ruby, JavaScript, PHP, PowerShell.
_CALLS = (
    r"LWP::|HTTP::Tiny|Net::(?:HTTP|FTP)|IO::Socket|URI\.open|open-uri|"
    r"\bfetch\s*\(|\bhttps?\.(?:get|request)\s*\(|XMLHttpRequest|\baxios\b|"
    r"node-fetch|Invoke-WebRequest|Invoke-RestMethod|DownloadFile|bitsadmin|urlopen|urlretrieve|requests\.get|curl_exec|"
    r"file_get_contents\s*\(\s*.http"
)
#: Programs whose names are common words: of those, the name alone says nothing.
_COMMON = frozenset({"fetch", "links", "http", "https", "host", "mail", "n", "mc", "cs", "xh", "axel", "boa", "ftp", "nc"})
#: Bytes of a file that is no shell script that are looked at.
MAX_LOOKED_AT = 4_000_000
_COMMENT = regex(r"(?:^|\s)(?:#|dnl|//|REM\b|::)(?!!)", re.IGNORECASE)
#: What begins a message: its text goes on to the next quote.
_TELLS = regex(r'(?:as_fn_error[^"\n]{0,500}|\b(?:echo|printf|die|warn|print|say|console\.\w|as_echo)[ (\w$%?-]{0,200})"')
_GENERATED = regex(r"(?i)generated (?:automatically )?by GNU Autoconf|ltmain\.sh|GNU libtool|scriptversion=")


class Foreign:
    """Looks at what is not followed."""

    def __init__(self, machine: Machine) -> None:
        self.m = machine
        self._words: re.Pattern[str] | None = None
        self._looked: dict[str, str | None] = {}

    def names_network(self, text: str) -> str | None:
        """The first words of a text that name the network; None where it has none."""
        if self._words is None:
            self._words = network_words(self.m.rulebook)
        for match in self._words.finditer(text[:MAX_LOOKED_AT]):
            if not _told(text, match.start()):
                return match[0].strip()[:60]
        return None

    def language(self, path: str) -> str:
        """``shell``, ``python``, another language, or empty for what is no script; a generated script is ``configure``."""
        head = (self.m.project.text(path) or "")[:3000]
        if _GENERATED.search(head):
            return "configure"
        match = _SHEBANG.match(head)
        if match:
            name = posixpath.basename(match[1])
            name = match[2] or "" if name == "env" else name
            name = re.sub(r"[\d.]+$", "", posixpath.basename(name))
            return "shell" if name in _SHELLS else "python" if name == "python" else name
        return _ENDINGS.get(posixpath.splitext(path)[1], "")

    def say(self, path: str, language: str, span: Span) -> None:
        """A script that is run and not followed is said where it names the network."""
        if path not in self._looked:
            text = self.m.project.text(path)
            if text is not None and "\0" in text and language:
                text = None  # a script that unpacks what follows it, and runs that
            found = self.names_network(text) if text is not None else None
            self._looked[path] = None if text is not None and not found else f"and it names {found}" if found else "and it cannot be read"
        what = self._looked[path]
        if what:
            kind = {"configure": "generated script", "": "program"}.get(language, f"{language} script")
            self.m.leave(span, f"runs {path}: a {kind} is not followed, {what}")


def _told(text: str, at: int) -> bool:
    """Whether the words stand in a comment, or in a message that is written."""
    line = text[text.rfind("\n", 0, at) + 1 : at]
    if _COMMENT.search(line):
        return True
    before = text[max(0, at - 1500) : at]
    told = list(_TELLS.finditer(before))
    return bool(told) and '"' not in before[told[-1].end() :].replace('\\"', "")


def network_words(book: Rulebook) -> re.Pattern[str]:
    """Words that begin an access in a shell, and in other scripting languages."""
    alone: set[str] = set()
    pairs: set[str] = set()
    for name, rows in book.commands.items():
        if not re.fullmatch(r"[\w+-]{2,30}", name) or name in ("make", "gmake"):
            continue
        for row in rows:
            if row.network == "never" or not row.keeps:
                continue
            if row.sub and row.sub[0][0] not in "-/*":
                pairs.add(f"{re.escape(name)}{_SPACE}{_SPACE.join(re.escape(word) for word in row.sub)}")
            elif row.kind == "http" and name not in _COMMON:
                alone.add(re.escape(name))
    bare = rf"(?:{'|'.join(sorted(alone))})(?=[\s\"'])(?![ \t]*(?:--?version|--?help))"
    return re.compile(rf"(?<![\w./@-])(?:{bare}|(?:{'|'.join(sorted(pairs))})\b)|{_CALLS}")


_SPACE = r"[ \t]+(?:-\S+[ \t]+)*"
