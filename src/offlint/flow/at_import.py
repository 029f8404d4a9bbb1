"""Can importing a module begin an access? What it runs is its top level, and that of each module which it imports there.

Most modules only define things and import others that do. Whether a top level calls anything is seen in its text, so that only those few
are parsed for this that do; what they call is then looked up among what is known of functions.
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from offlint.flow.imported import at_once
from offlint.flow.modules import is_test_file, search_of
from offlint.model.lazy import regex

if TYPE_CHECKING:
    from offlint.flow.modules import Modules

#: What is called, by its first name, or decorates.
_CALL = regex(r"(?m)(?:^[ \t]*(@)|(?<![\w.@]))([A-Za-z_]\w*)(?:\.\w+){0,20}(?(1)|[ \t]?\()")
_COMMENTS = regex(r"(?m)^[ \t]*class[ \t][^\n]*|#[^\n]*")
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
        self._called: dict[str, bool] = {}

    def leads(self, file: str) -> bool:
        """Whether of a module and those that are run with it one calls something and can lead to an access."""
        return self._modules.loads(file, search_of(file), self.begins)

    def with_it(self, file: str) -> list[str]:
        """The modules that a module imports at once, of which such a one is run; of the key of a beginning, all that begin so."""
        if file.endswith("*"):
            return self._beginning_with(f"/{file[:-1]}")
        return sorted(filter(self.leads, self._modules.written.with_it(file, search_of(file)) - {file}))

    def beginning(self, name: str) -> str:
        """The key under which the modules of packages stand together whose names begin so: which of them is imported is not known."""
        return f"{name.removeprefix('/').replace('.', '/')}*"

    def begins(self, file: str) -> bool:
        """Whether the top level of a module calls something, and it can lead to an access."""
        return self.calls(file) and self._modules.can_reach(file, search_of(file))

    def _beginning_with(self, begin: str) -> list[str]:
        found = (one for one in self._modules.project.files if one.endswith(".py") and begin in f"/{one}")
        return [
            one
            for one in found
            if not is_test_file(one)
            and self._modules.project.exists(posixpath.join(posixpath.dirname(one), "__init__.py"))
            and self.leads(one)
        ]

    def calls(self, file: str) -> bool:
        """Whether a top level calls anything of which more can come."""
        if file not in self._called:
            code = _COMMENTS.sub("", at_once(self._modules.code(file)))
            self._called[file] = any(name not in _PLAIN for _, name in _CALL.findall(code))
        return self._called[file]
