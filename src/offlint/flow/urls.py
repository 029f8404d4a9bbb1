"""Where does a file hold the URL of another machine, or a mark that speaks of the network? Read from its text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from offlint.model.lazy import regex

if TYPE_CHECKING:
    from collections.abc import Iterator

    from offlint.flow.modules import Modules
    from offlint.model.span import Span

#: What stands behind the scheme of a URL which is not of this machine.
_URL = regex(r":(?://(?!localhost|127\.|/)|(?<=doi:)\d)")
#: What stands before it where a text begins with it; links in comments and docstrings stand elsewhere in the line.
_SCHEME = regex(r"""['"][a-z][a-z0-9+.]*\Z""")
#: A name that is set to such a text, or to a list or table that begins with one.
_NAMED = regex(
    r"""^[ \t]*(?:self\.|cls\.)?(\w+)[ \t]*(?::[^=\n]+)?=\s*(?:[(\[{]\s*)?['"][a-z][a-z0-9+.]*://(?!localhost|127\.|/)""", re.MULTILINE
)
#: Marks by which tests are picked, as they are written; those that only say how a test is run are many.
_MARK = regex(r"pytest\.mark\.(?!parametrize|skip|usefixtures|xfail|filterwarnings|asyncio|anyio|timeout|mpl_image)\w|pytestmark\b")
_NETWORK_MARK = regex(
    r"(?i)@(?:pytest\.mark\.)?\w{0,60}?(?:network|internet|online|remote_data|\bremote\b|download)\w{0,60}[ \t]{0,20}(?:\(|$)", re.MULTILINE
)
_NETWORK_MARKS = regex(r"pytestmark\b.{0,200}?(?i:network|internet|online|remote)")
#: No scheme is longer.
_SCHEME_LENGTH = 60


class Urls:
    """What the texts of files say of the network, found once."""

    def __init__(self, modules: Modules) -> None:
        self._modules = modules
        self._found: dict[str, list[int]] = {}
        self._named: dict[str, set[str]] = {}

    def inside(self, span: Span) -> bool:
        """Whether a region of a file holds a URL that is not of this machine."""
        return any(span.line <= line <= span.end_line for line in self.lines(span.file))

    def lines(self, file: str) -> list[int]:
        """The lines of a file that hold a URL which is not of this machine."""
        if file not in self._found:
            text = self._modules.code(file)
            self._found[file] = found = list(_lines(text))
            self._named[file] = set(_NAMED.findall(text)) if found else set()
        return self._found[file]

    def names(self, file: str) -> set[str]:
        """The names that a file sets to such a URL, or to a list or table that begins with one."""
        self.lines(file)
        return self._named[file]

    def marks_network(self, file: str) -> bool:
        """Whether a file of tests names a mark, or something else, that speaks of the network or of a real service."""
        text = self._modules.code(file)
        return bool(_NETWORK_MARK.search(text) or _NETWORK_MARKS.search(text))

    def has_mark(self, file: str) -> bool:
        """Whether a file of tests names a mark by which tests can be left out."""
        return bool(_MARK.search(self._modules.code(file)))


def _lines(text: str) -> Iterator[int]:
    """The lines in which a text begins with a URL; found from the URLs on, which few lines hold."""
    number, start, end, comment = 1, 0, -1, 0
    found = _URL.search(text)
    while found is not None:
        place = found.start()
        if place > end:  # another line
            begin = text.rfind("\n", start, place) + 1 or start
            number += text.count("\n", start, begin)
            start, end = begin, text.find("\n", place)
            end = len(text) if end < 0 else end
            comment = text.find("#", start, end)
        scheme = _SCHEME.search(text, max(start, place - _SCHEME_LENGTH), place)
        if scheme is not None and not 0 <= comment < scheme.start():
            yield number
            place = end
        found = _URL.search(text, max(place, found.end()))
