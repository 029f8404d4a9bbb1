"""What is known of a piece of code before others are looked at? Of functions, names that modules bind, top levels and imports."""

from __future__ import annotations

from sys import intern
from typing import TYPE_CHECKING

from offlint.flow.imported import LOADERS
from offlint.flow.importers import spelled
from offlint.flow.links import IMPORT, OWN, TOP
from offlint.flow.mentions import bare, bound, classes, collect, functions, kept, methods, registered
from offlint.flow.modules import is_test_file
from offlint.flow.naming import called_by, named_by, naming_of
from offlint.flow.starters import STARTERS, Commands, Known, texts, top_level

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from offlint.flow.links import Linked, Links
    from offlint.flow.modules import Modules
    from offlint.flow.naming import Naming
    from offlint.model import step as s
    from offlint.model.entry import Option


class Taking:
    """Takes in what the lowered modules hold, once each."""

    def __init__(self, modules: Modules, links: Links, options: Collection[Option]) -> None:
        self._modules, self._links = modules, links
        self._plugged = {one.value: None for one in options if one.scope == "entry point"}
        self.commands = Commands(modules.rulebook, modules.project.files, [one.name for one in options if one.scope == "script"])
        self.known: dict[int, Known] = {}
        self.inside: dict[int, Known] = {}
        self.tops: dict[str, Known] = {}
        self.imports: dict[str, Known] = {}
        self.wanting: list[Known] = []  # what names a program and no sub-command that makes it reach out

    @property
    def count(self) -> int:
        """How many functions and names there are."""
        return len(self.known) - len(self.tops) - len(self.imports)

    def module(self, module: s.Module) -> list[Known]:
        """All that a module defines and binds, and its top level."""
        fresh: list[Known] = []
        for definition in classes(module.body):
            bases = named_by(definition.bases)
            self._links.take_class(module.file, definition.name, bases)
            fresh += self._inherited(module.file, definition, bases)
            fresh += self._kept(definition, module.file)
        for owner, function in functions(module.body, ""):
            known = self.known[id(function)] = self._function(function, module.file, owner)
            self._commanding(known, (function.params, function.decorators, function.body))
            fresh.append(known)
            if owner:
                self._links.take_method(known)
        for name, value in bound(module.body):
            found: set[str] = set()
            collect(value, found, self._modules.libraries(module.file))
            fresh.append(self._of(name, frozenset(found), module.file, "", self._links.of(named_by(value), module.file)))
        fresh += self._links.given(module.file, registered(module.body))
        fresh.append(self._top(module))
        self.known.update((id(known), known) for known in fresh if known.span is None)
        return fresh

    def _kept(self, definition: s.Class, file: str) -> Iterator[Known]:
        """The attributes of a class's objects that hold an API, or a function of the tree: who reads one may call it."""
        own = {function.name for function in methods(definition)}
        for name, held, maker in kept(definition):
            naming = named_by(held)
            linked = self._links.of(naming, file)
            for method in naming.names & own:  # ``data = property(_get)``
                linked.add(method, OWN)
            for called, ways in self._links.of(named_by(maker), file).links.items() if maker is not None else ():
                for how in ways:
                    linked.add(called, how)
            known = self._of(name, naming.everything(), file, definition.name, linked)
            if known.reaches or any(place.endswith(".py") or place == OWN for how in known.links.values() for place in how):
                known.decorated = True
                yield known

    def _inherited(self, file: str, definition: s.Class, bases: Naming) -> Iterator[Known]:
        """The methods that reach out which a class has of a library's, and does not define itself."""
        own = {function.name for _, function in functions(definition.body, definition.name)}
        meant = [pair for base in (*bases.names, *bases.dotted) for pair in self._links.spaces.meanings(file, base)]
        for dotted in dict.fromkeys(".".join((one.dotted, *behind)) for one, behind in meant if one.dotted):
            for name in sorted(self._modules.methods.get(dotted, frozenset()) - own):
                known = Known(name, (), file, definition.name, {}, reaches=True)
                self._links.take_method(known)
                yield known

    def waiting_imports(self) -> list[Known]:
        """Those imports of files that ``Links.imports`` names, and what is imported by them, that were not taken in before."""
        fresh: list[Known] = []
        at_import, waiting = self._links.at_import, sorted(self._links.imports - self.imports.keys())
        while waiting:
            file = waiting.pop()
            if file in self.imports:
                continue
            others = at_import.with_it(file)
            links: dict[str, tuple[str, ...]] = {f"{other}{IMPORT}": (IMPORT,) for other in others}
            if not file.endswith("*") and at_import.begins(file):
                links[f"{file}{TOP}"] = (file,)
            known = Known(f"{file}{IMPORT}", (), file, "", links, reaches=False)
            self.imports[file] = self.known[id(known)] = known
            waiting += others
            fresh.append(known)
        return fresh

    def run_with(self, file: str) -> set[str]:
        """The modules that are run when one is imported, as far as imports of it were taken in."""
        seen, waiting = {file}, [file]
        while waiting:
            known = self.imports.get(waiting.pop())
            links = known.links if known is not None else ()
            fresh = {name.removesuffix(IMPORT) for name in links if name.endswith(IMPORT)} - seen
            seen |= fresh
            waiting += fresh
        return seen

    def nested(self, function: s.Function, file: str) -> Known:
        """What is known of a function inside another one, found once."""
        if id(function) not in self.inside:
            self.inside[id(function)] = self._function(function, file, "")
        return self.inside[id(function)]

    def identifiers(self, function: s.Function, file: str) -> frozenset[str]:
        """What the function mentions; of a module of the standard library only with the module's name, as it is none of the project's."""
        known = self.known.get(id(function)) or self.inside.get(id(function))
        if known is not None:
            return frozenset(known.words)
        found: set[str] = {p.name for p in function.params}
        collect((function.body, function.decorators), found, self._modules.libraries(file) - function.locals)
        return frozenset(map(intern, found))  # thousands of functions mention the same

    def _function(self, function: s.Function, file: str, owner: str) -> Known:
        words = self.identifiers(function, file)
        naming = naming_of(function, self._links.spaces.of(file).imported, method=bool(owner))
        # fixtures are given others by their names; what a test is given is asked of its fixtures, see runs.py
        asks = is_test_file(file) and function.decorators and not function.name.startswith("test")
        given = [p.name for p in function.params] if asks else []
        if "getfixturevalue" in naming.called:
            given += self._links.spaces.of(file).defined
        linked = self._links.of(naming, file, given)
        if is_test_file(file) and (spoken := self._links.spoken(file)):
            for place in {spoken[text] for text in texts((function.decorators, function.body)) if text in spoken}:
                self._links.imports.add(place)
                linked.add(f"{place}{IMPORT}", IMPORT)
        known = self._of(function.name, words, file, owner, linked)
        known.span, known.decorated = function.span, bool(function.decorators)
        known.starts = _starts(words, linked)
        return known

    def _top(self, module: s.Module) -> Known:
        """A module's top level: what it calls counts, what it only names does not."""
        code = top_level(module)
        naming = called_by(code, spelled(self._links.spaces.of(module.file).imported))
        words, linked = naming.everything(), self._links.of(naming, module.file)
        known = self.tops[module.file] = self._of(f"{module.file}{TOP}", words, module.file, f"{module.file}{TOP}", linked)
        known.starts = _starts(words, linked)
        self._commanding(known, code)
        return known

    def _of(self, name: str, words: frozenset[str], file: str, owner: str, linked: Linked) -> Known:
        for reference in self._plugged if not bare(words).isdisjoint(LOADERS) else ():
            module, _, called = reference.partition(":")
            if place := self._links.spaces.file_of(module, file):
                linked.add(called.partition(".")[0] or f"{place}:*", place)
        return Known(name, tuple(words), file, owner, linked.links, reaches=self._links.reach_out(linked, words, file))

    def _commanding(self, known: Known, code: object) -> None:
        known.names, known.wants = self.commands.named(code, frozenset(known.words), starts=known.starts)
        if known.wants and not known.names:
            self.wanting.append(known)


def _starts(words: frozenset[str], linked: Linked) -> bool:
    """Whether it starts a program; ``from subprocess import run`` says no more than ``run``."""
    return not STARTERS.isdisjoint(bare(words) | linked.packages)
