"""Which function can be meant where a piece of code names something? What it names, resolved as far as the text of the tree tells.

A variable means what its module defines or imports; an attribute of a function's own object means a method of the classes that it is part
of; of any other attribute only the name is known, and it stands for every method so called of the classes that the file speaks of.
"""

from __future__ import annotations

import builtins
from collections import defaultdict
from typing import TYPE_CHECKING

from offlint.flow.at_import import AtImport
from offlint.flow.mentions import bare
from offlint.flow.modules import is_test_file, own_packages, search_of
from offlint.flow.namespaces import Namespaces
from offlint.flow.naming import named_by
from offlint.flow.starters import NEVER, Known
from offlint.flow.vocabulary import COMMON
from offlint.model.lazy import dataclass, field, regex

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from offlint.flow.modules import Modules
    from offlint.flow.naming import Naming

#: How a name is meant where that is no file: by its name alone, called or only read; as a method of the own object, read or called; as a
#: fixture.
ANY, READ, OWN, ASKED, FIXTURE = "", "?", "self", "self()", "fixture"
#: What ends the names of what is run when a file is imported, and of its own top level among that.
IMPORT, TOP = ":import", ":top"
#: A method's name that no more functions have is taken for that method wherever it stands.
FEW = 3
#: A method of an object that belongs to more classes than these is known by its name only.
MAX_FAMILY = 500
#: What the top level of a module calls leads to an access by no more calls.
MAX_LOADED = 5
_BUILTINS = frozenset(dir(builtins))
#: What commands are added to at a top level, by a decorator or a call (click, Typer); who names it leads to them. Other objects that take
#: functions there are followed by the modules that are imported in any case.
_GROUPS = regex(r"(?m)^@?(\w+)\.(?:command|group|callback|add_command|add_typer)\b")
#: A text that can be a module's name, or the rest of one.
_QUOTED = regex(r"""["'](\.{0,9}[A-Za-z_]\w{0,99}(?:\.\w{1,99}){0,20})["']""")
#: Special methods that a name of their class most often means; comparisons, arithmetic and texts every class has.
_OFTEN = frozenset({
    "__init__", "__new__", "__post_init__", "__call__", "__enter__", "__getitem__", "__iter__", "__next__", "__getattr__",
})  # fmt: skip


@dataclass(slots=True)
class Linked:
    """What a piece of code names: ``links`` are names with how each is meant, ``packages`` what it names of packages, dotted."""

    links: dict[str, tuple[str, ...]] = field(default_factory=dict)
    packages: set[str] = field(default_factory=set)
    methods: set[str] = field(default_factory=set)
    alike: dict[tuple[str, ...], tuple[str, ...]] = field(default_factory=dict)  # what many names are meant by is one object

    def add(self, name: str, how: str) -> None:
        """One more way in which a name is meant."""
        known = self.links.get(name, ())
        if how not in known:
            ways = (*known, how)
            self.links[name] = self.alike.setdefault(ways, ways)


class Links:
    """Resolves what code names."""

    def __init__(self, modules: Modules, defined: Mapping[str, list[Known]], text: Callable[[str], frozenset[str]]) -> None:
        self._modules = modules
        self._defined = defined
        self._text = text
        self.spaces = Namespaces(modules)
        self.at_import = AtImport(modules)
        self.imports: set[str] = set()  # files that functions import, where that can begin an access
        #: modules that have APIs which reach out whatever they are given
        fetching = [name for name, row in modules.rulebook.calls.items() if row.remote == "always"]
        self._holding = {name[:end] for name in fetching for end, one in enumerate(name) if one == "."}
        self._clients = {name.rpartition(".")[0] for name in fetching}
        self.handed = True  # whether what files hand to each other counts, and what Python calls by itself
        self.alone: set[str] = set()  # programs that nothing imports: what they bind is meant nowhere else
        self.base_files: set[str] = set()  # that define what classes are made of
        self._bases: dict[tuple[str, str], set[tuple[str, str]]] = {}
        self._heirs: dict[tuple[str, str], set[tuple[str, str]]] = defaultdict(set)
        self._families: dict[tuple[str, str], frozenset[tuple[str, str]]] = {}
        self._names: dict[tuple[str, str], frozenset[str]] = {}
        self._methods: dict[str, set[tuple[str, str]]] = defaultdict(set)
        self._adding: dict[str, list[str]] | None = None
        self._adds: dict[str, bool] = {}
        self._alike: dict[tuple[str, ...], tuple[str, ...]] = {}
        self._spoken: dict[str, dict[str, str]] = {}
        self._near: dict[str, list[str]] = {}  # the files of which one imports something
        self._members: dict[tuple[str, str], list[Known]] = defaultdict(list)

    # what is named

    def of(self, naming: Naming, file: str, fixtures: Iterable[str] = ()) -> Linked:
        """What a piece of code of a file names."""
        found = Linked(alike=self._alike)
        for name in naming.names:
            meanings = self.spaces.name(file, name)
            if not meanings and name not in _BUILTINS:
                found.add(name, ANY)
            for one in meanings:
                self._asked(one.file, file, found)
                if one.name:
                    found.add(one.name, one.file)
                if one.dotted:
                    found.packages.add(one.dotted)
        for dotted, called in naming.dotted.items():
            self._dotted(dotted, file, found, called=called)
        for base in naming.chosen:  # ``getattr(module, name)``
            for one, behind in self.spaces.meanings(file, base):
                if one.file and not one.name and not behind:
                    found.add(f"{one.file}:*", one.file)
                if one.dotted in self._holding:
                    found.packages.add(f"{one.dotted}.*")
        modules = naming.modules | {module for begin in naming.begun for module in self._begun(begin, file, found)}
        for module in modules if is_test_file(file) else naming.modules:
            if place := self.spaces.file_of(module, file):
                found.add(f"{place}:*", place)
        for written in naming.imports | modules:
            for place in self.spaces.run_with(written, file):
                self._imported(place, found)
        for name in naming.own:
            found.add(name, ASKED if name in naming.asked else OWN)
        for name in naming.called:
            found.add(name, ANY)
        for name in naming.read:
            found.add(name, READ)
        for name in fixtures:
            found.add(name, FIXTURE)
        found.methods |= naming.called | naming.above | (naming.asked - self.spaces.of(file).defined)
        return found

    def _imported(self, place: str, found: Linked) -> None:
        if self.at_import.leads(place):
            self.imports.add(place)
            found.add(f"{place}{IMPORT}", IMPORT)

    def _asked(self, place: str, file: str, found: Linked) -> None:
        """What a package gives on by its ``__getattr__`` is imported where it is named."""
        if place not in ("", file) and self._modules.written.waits(place):
            self._imported(place, found)

    def _begun(self, begin: str, file: str, found: Linked) -> Iterator[str]:
        """What is imported by a name of which only the beginning is known: any module that begins so, above all those that the file names.

        These are given back. Which functions of the others are meant is not known; what importing them does is done. What imports
        whatever it is told is told by a test; what a library tells it is for who uses the library to say.
        """
        if begin or is_test_file(file):
            found.add(f"{self.begun(begin, file)}{IMPORT}", IMPORT)
        for text in dict.fromkeys(_QUOTED.findall(self._modules.code(file))):
            for module in {text, f"{begin}{text}"}:
                if self.spaces.file_of(self.spaces.absolute(module, file), file):
                    yield module

    def begun(self, begin: str, file: str) -> str:
        """The key under which the imports are taken in of modules whose names begin so."""
        key = self.at_import.beginning(self.spaces.absolute(begin, file))
        self.imports.add(key)
        return key

    def spoken(self, file: str) -> dict[str, str]:
        """The texts of a file that name modules of the tree, with what importing these begins; what gets such a text may import it."""
        if file not in self._spoken:
            texts = {text for text in _QUOTED.findall(self._modules.code(file)) if "." in text}
            named = ((text, place) for text in sorted(texts) for place in self.spaces.run_with(text, file))
            self._spoken[file] = {text: place for text, place in named if self.at_import.leads(place)}
        return self._spoken[file]

    def _dotted(self, dotted: str, file: str, found: Linked, *, called: bool) -> None:
        first, *rest = dotted.split(".")
        meanings = list(self.spaces.meanings(file, dotted))
        if not meanings and first not in _BUILTINS:
            found.add(first, ANY)
            self._under(rest, found, called=called)
        for one, behind in meanings:
            self._asked(one.file, file, found)
            if one.name:
                found.add(one.name, one.file)
                self._under(behind, found, called=called)
            if one.dotted:
                found.packages.add(".".join((one.dotted, *behind)))

    @staticmethod
    def _under(names: Iterable[str], found: Linked, *, called: bool) -> None:
        *inner, last = names or ("",)
        for name in inner:
            found.add(name, READ)
        if last:
            found.add(last, ANY if called else READ)
            found.methods |= {last} if called else set()

    def reach_out(self, linked: Linked, words: frozenset[str], file: str) -> bool:
        """Whether the code itself names an API: one of a package, or a method that one of the packages which its file imports has.

        Or a module or a class that has such: it is handed on, or an object is made of it.
        """
        apis, own = self._modules.words, own_packages(file)
        for dotted in linked.packages:
            root, *rest = dotted.split(".")
            if dotted in self._clients and root not in own:
                return True
            if root in apis and root not in own and (rest[-1:] == ["*"] or not apis[root].isdisjoint(rest or (root,))):
                return True
        plain = bare(words)
        for root in self._modules.imported(file) | ((plain & apis.keys()) - own):
            if any(self._is_method(root, hit, file) for hit in linked.methods & apis.get(root, frozenset())):
                return True
        # the package itself, however it was come by
        return any(hit in apis.get(owner, ()) for owner, _, hit in (w.rpartition(".") for w in words if "." in w[1:]) if owner not in own)

    def _is_method(self, root: str, hit: str, file: str) -> bool:
        """Whether a name is that of a method of the package's objects, or of nothing else; common ones where the file names their class."""
        if hit in self._modules.distinct:
            return True
        classes = self._modules.holders.get((root, hit))
        return classes is not None and not classes.isdisjoint(self._text(file))

    def given(self, file: str, pairs: Iterable[tuple[str, object]]) -> Iterator[Known]:
        """What objects are given at a file's top level (``@app.command()``): who names such an object leads to that."""
        for name, value in pairs:
            linked = self.of(named_by(value), file)
            for one in self.spaces.name(file, name) if linked.links else ():
                if one.file and one.name:
                    yield Known(one.name, (), one.file, "", linked.links, reaches=False)

    def adding(self, known: Known) -> Iterator[str]:
        """The files that add commands to an object of another file."""
        if self._adding is None:
            self._adding = defaultdict(list)
            for file in self._modules.project.files:
                for name in self._groups(file) if file.endswith(".py") and not is_test_file(file) else ():
                    self._adding[name].append(file)
        for file in self._adding.get(known.name, ()):
            if file != known.file and any(one.file == known.file and one.name == known.name for one in self.spaces.name(file, known.name)):
                yield file

    def adds(self, file: str) -> bool:
        """Whether importing a file adds commands to an object of another file, and they can reach out."""
        if file not in self._adds:
            means = [one for name in self._groups(file) for one in self.spaces.name(file, name)]
            adds = any(one.name and one.file not in ("", file) for one in means)
            self._adds[file] = adds and self._modules.can_reach(file, search_of(file))
        return self._adds[file]

    def _groups(self, file: str) -> set[str]:
        return set(_GROUPS.findall(self._modules.code(file)))

    # classes

    def take_class(self, file: str, name: str, bases: Naming) -> None:
        """Take in a class with its bases."""
        key = file, name
        known = self._bases.setdefault(key, set())
        named = (pair for base in (*bases.names, *bases.dotted) for pair in self.spaces.meanings(file, base))
        known |= {(one.file, one.name) for one, behind in named if one.name and not behind}
        for base in known:
            self._heirs[base].add(key)
            self.base_files.add(base[0])
        self._families.clear()
        self._names.clear()

    def take_method(self, known: Known) -> None:
        """Take in a method."""
        self._methods[known.name].add((known.file, known.owner))
        self._members[known.file, known.owner].append(known)

    def beside(self, known: Known) -> Iterator[Known]:
        """The methods that objects have which a method belongs to, itself included."""
        return (one for key in self._family((known.file, known.owner)) for one in self._members.get(key, ()))

    def _family(self, key: tuple[str, str]) -> frozenset[tuple[str, str]]:
        """All that an object of the class, or of a class that is made of it, is an instance of."""
        if key not in self._families:
            below = _closure([key], self._heirs)
            self._families[key] = frozenset(_closure(below, self._bases))
        return self._families[key]

    def _kin(self, known: Known) -> frozenset[str]:
        """The names of the classes whose objects may have a method."""
        key = known.file, known.owner
        if key not in self._names:
            self._names[key] = frozenset({known.owner, *(name for _, name in self._family(key))})
        return self._names[key]

    # what is meant

    def meant(self, name: str, target: Known, caller: Known) -> bool:
        """Whether what the caller names so can be this function."""
        if name == target.owner:
            if not self.handed and target.name not in _OFTEN:
                return False
            if MAX_LOADED < target.distance < NEVER and target.name.endswith(TOP):
                return False
        return any(self._means(how, name, target, caller) for how in caller.links.get(name, ()))

    def _means(self, how: str, name: str, target: Known, caller: Known) -> bool:
        if how == ANY:
            return self._by_name(name, target, caller.file)
        if how in (OWN, ASKED):
            family = self._family((caller.file, caller.owner))
            if (target.file, target.owner) in family:
                return name == target.name
            unknown = how == ASKED and self._methods[name].isdisjoint(family)
            return (unknown or len(family) >= MAX_FAMILY) and self._by_name(name, target, caller.file)
        if how == READ:
            return target.decorated and bool(target.owner) and name == target.name and self._by_name(name, target, caller.file)
        if how == IMPORT:
            return True
        if how == FIXTURE:
            return (
                target.is_fixture
                and is_test_file(target.file)
                and (target.file.endswith("conftest.py") or self._by_name(name, target, caller.file))
            )
        return target.file == how and (not target.owner or name == target.owner)

    def _by_name(self, name: str, known: Known, file: str) -> bool:
        """Whether the name in the file can mean this function: it names the class, or the module or the package that it stands in."""
        if known.file == file:
            return True
        words = self._text(file)
        if known.file in self.alone:
            return known.home[0] in words
        if known.owner and name != known.owner:  # a method that texts, tables and files have, too, is theirs where no class is named
            handed = self.handed and (not words.isdisjoint(self._kin(known)) or self._handed(known.owner, file))
            spoken = known.owner in words or handed
            return spoken or (name not in COMMON and len(self._defined[name]) <= FEW)
        return known.folder == file.rpartition("/")[0] or not words.isdisjoint(known.home)

    def _handed(self, owner: str, file: str) -> bool:
        """Whether something that a file gets things from speaks of a class: what its functions make comes to hand there."""
        return any(self._modules.holds(one, owner) for one in self._givers(file))

    def _givers(self, file: str) -> list[str]:
        """The files of which one imports something; of tests also those that may have fixtures for them."""
        if file not in self._near:
            space = self.spaces.of(file)
            found = {one.file for name in space.imported for one in self.spaces.name(file, name) if one.file and one.name}
            if is_test_file(file) and not file.endswith("conftest.py"):
                above = self._modules.conftests(file)
                found.update(above, *map(self._givers, above))
            self._near[file] = [one for one in sorted(found) if not one.endswith("/")]
        return self._near[file]


def _closure(begin: Iterable[tuple[str, str]], table: Mapping[tuple[str, str], set[tuple[str, str]]]) -> set[tuple[str, str]]:
    seen, stack = set(begin), list(begin)
    while stack and len(seen) < MAX_FAMILY:
        fresh = table.get(stack.pop(), set()) - seen
        seen |= fresh
        stack += fresh
    return seen
