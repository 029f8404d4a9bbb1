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
#: Marks by which tests are picked, as they are written; those that only say how a test is run are many.
_MARK = re.compile(r"pytest\.mark\.(?!parametrize|skip|usefixtures|xfail|filterwarnings|asyncio|anyio|timeout|mpl_image)\w|pytestmark\b")
#: A function with no more identifiers than this is evaluated in any case: it may build a URL or answer a question.
SMALL = 25


class Relevance:
    """Which functions of the lowered modules can matter."""

    def __init__(self, modules: Modules) -> None:
        self._modules = modules
        self._known = 0
        self._names: set[str] = set()
        self._rest: list[tuple[str, frozenset[str]]] = []
        self._urls: dict[str, list[int]] = {}
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
        return any(function.span.line <= line <= function.span.end_line for line in self._lines(file))

    def _lines(self, file: str) -> list[int]:
        """The lines of a file that hold a URL which is not of this machine."""
        if file not in self._urls:
            text = self._modules.project.text(file) or ""
            self._urls[file] = [text.count("\n", 0, found.start()) + 1 for found in _URL.finditer(text)]
        return self._urls[file]

    def file_tells(self, file: str) -> bool:
        """Whether a file of tests itself, before it is read, names an API, a URL, or a mark by which tests can be left out."""
        text = self._modules.project.text(file) or ""
        return self._modules.starts(file) or bool(_URL.search(text)) or bool(_MARK.search(text))

    def named(self, names: set[str]) -> bool:
        """Whether a function with one of the names can lead to an access."""
        return bool(names & self._relevant())

    def worth_it(self, function: s.Function, file: str) -> bool:
        """Whether evaluating the function can change a judgement: it can reach out, it reads switches or digests, or it is small."""
        words = self._identifiers(function)
        return len(words) <= SMALL or bool(words & _CARRIERS) or self.matters(function, file)

    def _relevant(self) -> set[str]:
        """The names that can lead to an access; what new modules hold is added to what is known of the others."""
        modules = self._modules.read()
        if self._known == len(modules):
            return self._names
        new: set[str] = set()
        for module in modules[self._known :]:
            for owner, function in _functions(module.body, ""):
                words = self._identifiers(function)
                # a special method is reached through its class: its own name stands everywhere
                names = {owner} if function.name.startswith("__") else {function.name, owner} if function.decorators else {function.name}
                if self._source(words, module.file):
                    new |= names
                else:
                    self._rest.extend((name, words) for name in names)
            self._rest.extend(_bound(module.body))
        self._known = len(modules)
        new = (new - self._names - {""}) | {name for name, words in self._rest if words & self._names}
        while new:
            self._names |= new
            self._rest = [pair for pair in self._rest if pair[0] not in self._names]
            new = {name for name, words in self._rest if words & new and name}
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
    """The names that a module's top level binds to what a call gives (a closure, a partial, an object), with what stands in the call.

    Classes, with what their bases are named, too.
    """
    for step in steps:
        if isinstance(step, s.Assign) and isinstance(step.value, s.Call):
            words: set[str] = set()
            _collect(step.value, words)
            for target in step.targets:
                if isinstance(target, s.Name):
                    yield target.id, frozenset(words)
        elif isinstance(step, s.DefineClass) and step.definition.bases:
            bases: set[str] = set()
            _collect(step.definition.bases, bases)
            yield step.definition.name, frozenset(bases)


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


#: The fields of each kind of step and expression that can hold names.
_FIELDS: dict[type, tuple[str, ...]] = {}


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
        elif not isinstance(node, str | int | s.Const | None) and is_dataclass(node):
            if isinstance(node, s.Attr):
                found.add(node.name)
                if isinstance(node.object, s.Name):
                    found.add(f"{node.object.id}.{node.name}")
            kind = type(node)
            if kind not in _FIELDS:
                _FIELDS[kind] = tuple(f.name for f in fields(node) if f.name != "span")
            stack.extend([getattr(node, name) for name in _FIELDS[kind]])
