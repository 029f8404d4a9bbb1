"""Can importing a module begin an access? What it runs is its top level, and that of each module which it imports there.

Most modules only define things and import others that do. Whether a top level calls anything is seen in its text, so that only those few
are parsed for this that do; what they call is then looked up among what is known of functions.
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from offlint.flow.imported import at_once
from offlint.flow.mentions import bare
from offlint.flow.modules import SOURCES
from offlint.flow.starters import STARTERS
from offlint.model.lazy import regex

if TYPE_CHECKING:
    from offlint.flow.modules import Modules

#: What is called, by its first name, or decorates.
_CALL = regex(r"(?m)(?:^[ \t]*(@)|(?<![\w.@]))([A-Za-z_]\w*)(?:\.(\w+)){0,20}(?(1)|[ \t]?\()")
_COMMENTS = regex(r"(?m)^[ \t]*class[ \t][^\n]*|#[^\n]*")
_STARTERS = bare(STARTERS)
#: What a top level may call without more coming of it, and words that only look like a call.
_PLAIN = frozenset({
    "and", "assert", "await", "elif", "except", "if", "import", "in", "is", "lambda", "not", "or", "return", "while", "with", "yield",
    "bool", "bytes", "classmethod", "dict", "enumerate", "filter", "float", "frozenset", "getattr", "hasattr", "int", "isinstance", "len",
    "list", "max", "min", "object", "property", "range", "repr", "reversed", "set", "setattr", "sorted", "staticmethod", "str", "sum",
    "super", "tuple", "type", "zip", "NamedTuple", "NewType", "ParamSpec", "TypeVar", "TypedDict", "abstractmethod",
    "contextmanager", "dataclass",
    "field", "getLogger", "logging", "lru_cache", "namedtuple", "overload", "re", "total_ordering", "typing", "warnings", "wraps",
})  # fmt: skip


class AtImport:
    """Answers for one project, from the text of its modules."""

    def __init__(self, modules: Modules) -> None:
        self._modules = modules
        self._called: dict[str, frozenset[str]] = {}
        self._callers: dict[str, list[str]] = {}

    def callers(self, file: str) -> list[str]:
        """Of a module and those that are run with it, the ones whose top level calls something and that can lead to an access."""
        if file not in self._callers:
            stack = [file] if self._modules.can_reach(file, self._search(file)) else []
            seen = set(stack)
            while stack:
                one = stack.pop()
                search = self._search(one)
                fresh = [other for other in self._modules.written.with_it(one, search) - seen if self._modules.can_reach(other, search)]
                seen.update(fresh)
                stack += fresh
            self._callers[file] = sorted(filter(self.calls, seen))
        return self._callers[file]

    def calls(self, file: str) -> frozenset[str]:
        """The first and the last parts of the names of what a top level calls; nothing where all of that is plain."""
        if file not in self._called:
            found = _CALL.findall(_COMMENTS.sub("", at_once(self._modules.code(file))))
            telling = any(first not in _PLAIN for _, first, _ in found)
            self._called[file] = frozenset(part for _, *names in found for part in names) if telling else frozenset()
        return self._called[file]

    def names_api(self, file: str) -> bool:
        """Whether the top level of a module calls what has the name of an API of a package that it names, or of what starts a program."""
        called, words = self.calls(file), self._modules.words
        return not called.isdisjoint(_STARTERS) or any(not called.isdisjoint(words.get(root, ())) for root in self._modules.spoken(file))

    @staticmethod
    def _search(file: str) -> tuple[str, ...]:
        return ("", *SOURCES, posixpath.dirname(file))
