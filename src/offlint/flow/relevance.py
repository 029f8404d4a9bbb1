"""Can this function reach the network at all? A quick answer by names, before anything is evaluated.

A function can matter if it names an API of the rulebook, starts a program, or names a function that can matter. Where a name cannot be
resolved it stands for all functions that can be meant, so that the answer errs towards yes.
"""

from __future__ import annotations

from sys import intern
from typing import TYPE_CHECKING

from offlint.flow.distances import Distances
from offlint.flow.following import Following
from offlint.flow.links import MAX_LOADED, Links
from offlint.flow.mentions import bare, collect
from offlint.flow.modules import is_test_file, search_of
from offlint.flow.pytest_objects import SET_UPS
from offlint.flow.starters import NEVER, Known, Led, home_of, top_level
from offlint.flow.taking import Taking
from offlint.flow.urls import Urls
from offlint.model import step as s
from offlint.model.lazy import regex

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from offlint.flow.machine import Machine
    from offlint.flow.modules import Modules
    from offlint.model.entry import Option

_CARRIERS = frozenset(
    {"environ", "getenv", "argv", "ArgumentParser", "hashlib", "sha256", "strtobool", "compare_digest", "getoption", "hexdigest"}
)
#: A function with no more identifiers than this is evaluated in any case: it may build a URL or answer a question.
SMALL = 25
#: The same where what calls it cannot reach out: it may call what it was given.
TINY = 6
#: The longest chain of calls that counts in the hundreds of programs that a documentation build runs.
NEAR = 7
#: Distances are found anew when there are so many times more functions than before; until then only for new modules.
GROWTH = 1.3
#: Methods that make an object ready.
MAKERS = frozenset({"__init__", "__new__", "__post_init__", "__enter__"})
#: A URL is near a test that so many calls in its own module lead to.
CLOSE = 3
#: A larger module is not read for what it says only.
MAX_ASIDE = 30_000
_WORD = regex(r"[A-Za-z_]\w*")


class Relevance:
    """Which functions of the lowered modules can matter.

    What one of them can reach, the function that names it can; found backwards from where accesses begin.
    """

    def __init__(self, modules: Modules, options: Collection[Option] = ()) -> None:
        self._modules = modules
        self.narrow = False
        self.urls = Urls(modules)
        self._read: set[str] = set()
        self._tried: set[str] = set()  # some cannot be read
        self._taken = 0
        self._carries: dict[int, tuple[bool, int]] = {}  # and the number of identifiers
        self._texts: dict[str, frozenset[str]] = {}
        self._starters: frozenset[str] | None = None
        self._defined: dict[str, list[Known]] = {}
        self._mentioned: dict[str, list[Known]] = {}
        self._settled = 0
        self._asked: dict[int, int] = {}
        self._filled: dict[tuple[str, str], bool] = {}
        self.links = Links(modules, self._defined, self._text)
        self._taking = Taking(modules, self.links, options)
        self._known = self._taking.known
        self._distances = Distances(self._defined, self._mentioned, self.links.meant)
        self.following = Following(self.links, self._defined, self._mentioned, self._take_in)
        self._led = Led(self._defined, self._mentioned, self.links.meant)
        self._naming: set[str] = set()  # modules whose top level names a program that can reach out

    def matters(self, function: s.Function, file: str) -> bool:
        """Whether a call of the function can lead to an access."""
        self._update()
        known = self._known.get(id(function))
        if known is None:
            self.following.begin(self._nested(function, file))
            return self._inner(function, file) < (NEAR if self.narrow else NEVER)
        if known.distance >= NEVER:
            for one in self.links.beside(known) if known.owner and is_test_file(file) else ():
                if one.name in SET_UPS:
                    self.following.begin(one)
            self.following.begin(known)
        return known.distance < (NEAR if self.narrow else NEVER)

    def may_matter(self, function: s.Function, file: str) -> bool:
        """Whether a call of the function can lead to an access, as far as it is known or may come to be known."""
        return not self.following.on or self.matters(function, file)

    def look_ahead(self, *, on: bool) -> None:
        """Whether what waits to be imported is read for an answer, and what comes to hand in other ways is taken for what it may be."""
        if on is not self.following.on:
            self.following.on = self.links.handed = on
            self._asked.clear()
            self._filled.clear()
            if on:
                self._distances.spread(list(self._known.values()), anew=True)

    def _take_in(self, files: Iterable[str]) -> None:
        """Read those of the modules that can lead to an access."""
        fresh = set(files) - self._read - self._tried
        waiting = set(filter(self._can_reach, fresh))
        while waiting:
            self._tried |= waiting
            for file in sorted(waiting):
                self._modules.lowered(file)
            self._update()
            waiting = self.links.base_files - self._read - self._tried  # whose methods call what is defined below them

    def _inner(self, function: s.Function, file: str) -> int:
        """The distance of a function inside another one."""
        key = id(function)
        if key not in self._asked:
            known = self._nested(function, file)
            self._asked[key] = 0 if known.begins else self._distances.nearest(known) + 1
        return self._asked[key]

    def _nested(self, function: s.Function, file: str) -> Known:
        """What is known of a function inside another one, with what it imports."""
        known = self._taking.nested(function, file)
        self._update()
        return known

    def worth_it(self, function: s.Function, file: str, caller: s.Function | None) -> bool:
        """Whether evaluating the function can change a judgement: it can reach out, it reads switches or digests, it makes what others
        reach out with, or it is small.

        It can, too, where what calls it reaches out itself, and where it fills an object that can: a URL may be made there. Of the many
        programs that a documentation build runs, small functions count only where one that can reach out calls them.
        """
        held = self._carries.get(id(function))
        if held is None:
            words = self._taking.identifiers(function, file)
            plain = bare(words)
            makes = any(plain & self._modules.makers.get(root, frozenset()) for root in self._modules.imported(file))
            held = not _CARRIERS.isdisjoint(plain) or makes, len({word.lstrip(".") for word in words})
            self._carries[id(function)] = held
        carries, size = held
        if carries or self.matters(function, file) or (caller is not None and self._begins(caller)) or self._fills(function):
            return True
        near = not self.narrow or (caller is not None and self.matters(caller, file))
        return size <= (SMALL if near else TINY)

    def _taken_in(self, function: s.Function | None) -> Known | None:
        """What is known so far of a function, one inside another included."""
        return self._known.get(id(function)) or self._taking.inside.get(id(function))

    def _begins(self, function: s.Function) -> bool:
        """Whether the function itself begins an access."""
        known = self._taken_in(function)
        return known is not None and known.begins

    def asks_aside(self, function: s.Function | None, file: str) -> bool:
        """Whether what a module holds may decide an access though it can begin none: who asks begins one, or calls what does."""
        known = self._taken_in(function)
        return known is not None and known.distance <= 1 and len(self._modules.code(file)) <= MAX_ASIDE

    def _fills(self, function: s.Function) -> bool:
        """Whether the function makes an object ready of which a method can reach out."""
        known = self._known.get(id(function))
        if known is None or not known.owner or known.name not in MAKERS:
            return False
        key = known.file, known.owner
        if key not in self._filled:
            self._filled[key] = any(one.distance < NEVER for one in self.links.beside(known))
        return self._filled[key]

    def on_import(self, file: str) -> bool:
        """Whether importing the module can begin an access: its top level, without the functions that it only defines, can, or that of a
        module which it imports there; these count only where one looks ahead. So do modules of which the beginning of a name is the key.
        """
        begun = file.endswith("*")
        if not begun and self._modules.starts(file):
            self._modules.lowered(file)  # and what is wrong with it is said
        if self.following.on:
            if not begun and not self.links.at_import.leads(file):
                return False
            self.links.imports.add(file)
            self._update()
            imported = self._taking.imports[file]
            self.following.begin(imported)
            return imported.distance < NEVER
        self._update()
        top = self._taking.tops.get(file) if self._modules.starts(file) else None
        return top is not None and (top.begins or self._distances.nearest(top) < NEVER)

    def ran_in_vain(self, file: str) -> None:
        """Take in that a module's top level is not going to begin an access: what imports it leads to none by that."""
        top = self._taking.tops.get(file)
        if top is not None and top.distance <= MAX_LOADED:
            top.links, top.reaches, top.starts = {}, False, False
            self._asked.clear()
            self._settled = 0  # distances are found anew

    def never_runs(self, file: str) -> None:
        """Take in that a module is not going to be run, nor what it imports by that."""
        for one in self._taking.run_with(file):
            self.ran_in_vain(one)

    def _can_reach(self, file: str) -> bool:
        """Whether a module, or what it imports, holds a word with which an access can begin."""
        return self._modules.can_reach(file, search_of(file))

    def _update(self) -> None:
        """Take in the modules that were lowered since."""
        modules = self._modules.read(self._taken)
        if not modules and self._settled and self.links.imports <= self._taking.imports.keys():
            return
        self._taken += len(modules)
        modules = [one for one in modules if one.file not in self._read]
        fresh = [known for module in modules for known in self._taking.module(module)] + self._taking.waiting_imports()
        self._read.update(module.file for module in modules)
        for known in fresh:
            for name in known.called:
                self._defined.setdefault(name, []).append(known)
            for word in known.links:
                self._mentioned.setdefault(word, []).append(known)
        self.following.take(fresh)
        self._asked.clear()
        self._filled.clear()
        led = self._led.take([*fresh, *self._by_constants(modules), *self._by_callers()])
        if self._taking.count > self._settled * GROWTH:
            self._settled = self._taking.count
            self._distances.spread(list(self._known.values()), anew=True)
        else:
            self._distances.spread(fresh, within=not self.following.on)
            late = [known for known in led if known.distance > 0]
            for known in late:
                known.distance = 0
            self._distances.relax({0: late})

    def _by_constants(self, modules: Iterable[s.Module]) -> list[Known]:
        """Functions that name a program with what a module's top level holds: their own, or one that their module names."""
        found: list[Known] = []
        for module in modules:
            top, words = top_level(module), set[str]()
            collect(top, words)
            if self._taking.commands.named(top, frozenset(words), starts=False)[0]:
                self._naming.add(module.file)
                home = home_of(module.file)[0]
                read = [one for one in self._known.values() if self._modules.is_lowered(one.file)]
                found += [one for one in read if one.file == module.file or home in self._text(one.file)]
            elif any(home_of(file)[0] in self._text(module.file) for file in self._naming):
                found += [one for one in self._known.values() if one.file == module.file]
        for known in found:
            known.names = True
        return found

    def _by_callers(self) -> list[Known]:
        """Functions that name a program without the sub-command that makes it reach out, where a file that mentions them holds one."""
        self._taking.wanting = [known for known in self._taking.wanting if not known.names]
        found = []
        for known in self._taking.wanting:
            callers = {one.file for name in known.called for one in self._mentioned.get(name, ()) if self.links.meant(name, known, one)}
            if any(self._modules.quotes(file, known.wants) for file in callers):
                known.names = True
                found.append(known)
        return found

    def _text(self, file: str) -> frozenset[str]:
        """The identifiers of a file, and the parts of the names of the modules that it imports."""
        if file not in self._texts:
            found: set[str] = set()
            if file.endswith(".py"):
                module = self._modules.lowered(file)
                collect(module.body if module is not None else (), found)
            else:  # code in a document
                found.update(map(intern, _WORD.findall(self._modules.code(file))))
            self._texts[file] = bare(frozenset(found))
        return self._texts[file]

    def tells(self, function: s.Function, file: str) -> bool:
        """Whether the function itself names an API, starts a program, or holds a URL."""
        self._update()
        known = self._known.get(id(function)) or self._nested(function, file)
        return known.begins or self.urls.inside(function.span)

    def near_url(self, function: s.Function, file: str, owners: frozenset[str]) -> bool:
        """Whether what the function names of its own module, or of the classes that it is part of, holds a URL."""
        self._update()
        found = set(self._taking.identifiers(function, file))
        collect(tuple(p.default for p in function.params), found)
        words = bare(frozenset(found))
        seen: set[int] = set()
        for _ in range(CLOSE):
            if not words.isdisjoint(self.urls.names(file)):
                return True
            named = [k for name in words for k in self._defined.get(name, ()) if (k.file == file and not k.owner) or k.owner in owners]
            fresh = [k for k in named if id(k) not in seen]
            if any(k.span is not None and self.urls.inside(k.span) for k in fresh):
                return True
            seen.update(map(id, fresh))
            words = bare(frozenset().union(*(k.words for k in fresh)))
        return False

    def marks_network(self, file: str) -> bool:
        """Whether a file of tests, or one of those that it takes tests from, names a mark that speaks of the network."""
        if self.urls.marks_network(file):
            return True
        spaces = self.links.spaces
        above = {spaces.file_of(module, file) for bound in spaces.of(file).imported.values() for module, _ in bound}
        return any(is_test_file(one) and self.urls.marks_network(one) for one in above)

    def file_tells(self, file: str) -> bool:
        """Whether a file of tests itself, before it is read, names an API, a URL, or a mark by which tests can be left out."""
        return self._modules.starts(file) or bool(self.urls.lines(file)) or self.urls.has_mark(file)

    def asks(self, file: str, conftests: Iterable[str]) -> bool:
        """Whether a file of tests names what a conftest.py, as far as it was read, defines to begin an access."""
        words: set[str] | None = None
        for place in conftests:
            if not self._modules.is_lowered(place):
                continue
            self._update()
            leading = self._leading(place)
            if leading and words is None:
                words = set(_WORD.findall(self._modules.project.text(file) or ""))
            if words is not None and not words.isdisjoint(leading):
                return True
        return False

    def _leading(self, file: str) -> set[str]:
        """The names that a file defines or binds and that begin an access, by themselves or by one call."""
        return {known.name for known in self._known.values() if known.file == file and not known.owner and known.distance <= 1}

    def leads(self, file: str, machine: Machine | None) -> bool:
        """Whether the examples of a file name an API, hold a URL, or name a function that leads to an access, as far as that was read.

        Or the file itself is a module that does so when it is imported to look for examples, and that neither is a test nor was imported by
        one; or they import one that does.
        """
        looked_at = is_test_file(file) or (machine is not None and machine.imports.knows(file))
        if file.endswith(".py") and not looked_at and self.on_import(file):
            return True
        key = self._modules.hold_examples(file)
        if not self._modules.code(key):
            return False
        self.links.alone.add(key)
        if self._modules.starts(key) or self.urls.lines(key) or any(map(self.on_import, self.links.at_import.with_it(key))):
            return True
        self._take_in([file])
        words = set(_WORD.findall(self._modules.code(key)))
        for known in [one for name in words for one in self._defined.get(name, ())]:
            if known.file == file:
                self.following.begin(known)
            if known.distance < NEVER:
                return True
        return not words.isdisjoint(self._starting())

    def _starting(self) -> frozenset[str]:
        """The names of functions and classes that files define, beside tests, in whose text an access can begin."""
        if self._starters is None:
            files = [file for file in self._modules.project.files if file.endswith(".py") and not is_test_file(file)]
            found = (name for file in files if self._modules.starts(file) for name in self.links.spaces.of(file).defined)
            self._starters = frozenset(found)
        return self._starters

    def begins(self, names: set[str], file: str) -> bool:
        """Whether a function, or what a call gave, of one of these names in a file begins an access."""
        self._update()
        return any(known.distance <= 1 and known.file == file for name in names for known in self._defined.get(name, ()))

    def leading(self, names: Iterable[str]) -> frozenset[str]:
        """Those of the names that fixtures have which can lead to an access."""
        self._update()
        known = [(name, one) for name in names for one in self._defined.get(name, ()) if one.is_fixture and is_test_file(one.file)]
        for _, one in known:
            self.following.begin(one)
        return frozenset(name for name, one in known if one.distance < NEVER)
