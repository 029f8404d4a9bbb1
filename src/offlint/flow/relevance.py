"""Can this function reach the network at all? A quick answer by names, before anything is evaluated.

A function can matter if it names an API of the rulebook whose package its module speaks of, starts a program, or names a function that can
matter. Names stand for all functions so called, so that the answer errs towards yes.
"""

from __future__ import annotations

import re
from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING

from offlint.model import step as s

if TYPE_CHECKING:
    from collections.abc import Iterable

    from offlint.flow.modules import Modules

_STARTERS = frozenset({
    "os.system", "os.popen", "Popen", "check_call", "check_output", "run_path", "run_module", "import_module", "create_subprocess_exec",
    "create_subprocess_shell", "spawn", "os.execv", "os.execvp", "getoutput", "getstatusoutput", "subprocess.run", "subprocess.call",
})  # fmt: skip
_CARRIERS = frozenset({"environ", "getenv", "argv", "hashlib", "sha256", "strtobool", "compare_digest", "getoption", "hexdigest"})
_URL = re.compile(r"[a-z]://(?!localhost|127\.|/)")
#: A function with no more identifiers than this is evaluated in any case: it may build a URL or answer a question.
SMALL = 25


class Relevance:
    """Which functions of the lowered modules can matter."""

    def __init__(self, modules: Modules) -> None:
        self._modules = modules
        self._known = -1
        self._names: frozenset[str] = frozenset()
        self._words: dict[int, frozenset[str]] = {}

    def matters(self, function: s.Function, file: str) -> bool:
        """Whether a call of the function can lead to an access."""
        names = self._relevant()
        words = self._identifiers(function)
        return bool(words & names) or self._source(words, file)

    def tells(self, function: s.Function, file: str) -> bool:
        """Whether the function itself names an API, starts a program, or holds a URL."""
        if self._source(self._identifiers(function), file):
            return True
        lines = (self._modules.project.text(file) or "").splitlines()[function.span.line - 1 : function.span.end_line]
        return any(_URL.search(line) for line in lines)

    def named(self, names: set[str]) -> bool:
        """Whether a function with one of the names can lead to an access."""
        return bool(names & self._relevant())

    def worth_it(self, function: s.Function, file: str) -> bool:
        """Whether evaluating the function can change a judgement: it can reach out, it reads switches or digests, or it is small."""
        words = self._identifiers(function)
        return len(words) <= SMALL or bool(words & _CARRIERS) or self.matters(function, file)

    def _relevant(self) -> frozenset[str]:
        modules = self._modules.read()
        if self._known != len(modules):
            self._known = len(modules)
            found: set[str] = set()
            rest: list[tuple[str, frozenset[str]]] = []
            for module in modules:
                for owner, function in _functions(module.body, ""):
                    words = self._identifiers(function)
                    names = {function.name, owner} if function.name.startswith("__") or function.decorators else {function.name}
                    if self._source(words, module.file):
                        found |= names
                    else:
                        rest.extend((name, words) for name in names)
                rest.extend(_bound(module.body))
            grown = True
            while grown:
                more = {name for name, words in rest if name not in found and words & found}
                grown = bool(more)
                found |= more
            self._names = frozenset(found - {""})
        return self._names

    def _source(self, words: frozenset[str], file: str) -> bool:
        """Whether the function itself can begin an access: it starts a program, or it names an API of a package that its module imports."""
        if words & _STARTERS:
            return True
        return any(words & self._modules.words[root] for root in self._modules.imported(file) | (words & self._modules.words.keys()))

    def _identifiers(self, function: s.Function) -> frozenset[str]:
        known = self._words.get(id(function))
        if known is None:
            found: set[str] = {p.name for p in function.params}
            _collect(function.body, found)
            _collect(function.decorators, found)
            known = self._words[id(function)] = frozenset(found)
        return known


def _bound(steps: Iterable[s.Step]) -> Iterable[tuple[str, frozenset[str]]]:
    """The names that a module's top level binds to what a call gives (a closure, a partial, an object), with what stands in the call."""
    for step in steps:
        if isinstance(step, s.Assign) and isinstance(step.value, s.Call):
            words: set[str] = set()
            _collect(step.value, words)
            for target in step.targets:
                if isinstance(target, s.Name):
                    yield target.id, frozenset(words)


def _functions(steps: Iterable[s.Step], owner: str) -> Iterable[tuple[str, s.Function]]:
    for step in steps:
        if isinstance(step, s.Define):
            yield owner, step.function
        elif isinstance(step, s.DefineClass):
            yield from _functions(step.definition.body, step.definition.name)
        else:
            for name in ("body", "orelse", "final"):
                yield from _functions(getattr(step, name, ()), owner)
            for handler in getattr(step, "handlers", ()):
                yield from _functions(handler.body, owner)


def _collect(root: object, found: set[str]) -> None:
    stack: list[object] = [root]
    while stack:
        node = stack.pop()
        if isinstance(node, tuple):
            stack.extend(node)
        elif isinstance(node, s.Name):
            found.add(node.id)
        elif isinstance(node, s.ImportFrom):
            found.update(name for name, _ in node.names)
        elif is_dataclass(node):
            if isinstance(node, s.Attr):
                found.add(node.name)
                if isinstance(node.object, s.Name):
                    found.add(f"{node.object.id}.{node.name}")
            stack.extend(getattr(node, f.name) for f in fields(node) if f.name not in ("span", "value") or not isinstance(node, s.Const))
