"""Can this function reach the network at all? A quick answer by names, before anything is evaluated.

A function can matter if it names an API of the rulebook whose package its module speaks of, starts a program, or names a function that can
matter. Names stand for all functions that can be meant, so that the answer errs towards yes.
"""

from __future__ import annotations

import builtins
import re
from typing import TYPE_CHECKING

from offlint.flow.mentions import bare, bound, called, collect, functions
from offlint.flow.modules import is_test_file, own_packages
from offlint.flow.starters import NEVER, STARTERS, Commands, Known, Led, home_of, top_level
from offlint.model import step as s

if TYPE_CHECKING:
    from collections.abc import Iterable

    from offlint.flow.modules import Modules
    from offlint.model.span import Span

_CARRIERS = frozenset({"environ", "getenv", "argv", "hashlib", "sha256", "strtobool", "compare_digest", "getoption", "hexdigest"})
#: A text that begins with the scheme of a URL which is not of this machine; links in comments and docstrings stand elsewhere in the line.
_URL = re.compile(r"""^[^#\n]*?['"][a-z][a-z0-9+.]*:(?://(?!localhost|127\.|/)|(?<=doi:)\d)""", re.MULTILINE)
#: A name that is set to such a text, or to a list or table that begins with one.
_NAMED = re.compile(
    r"""^[ \t]*(?:self\.|cls\.)?(\w+)[ \t]*(?::[^=\n]+)?=\s*(?:[(\[{]\s*)?['"][a-z][a-z0-9+.]*://(?!localhost|127\.|/)""", re.MULTILINE
)
#: Marks by which tests are picked, as they are written; those that only say how a test is run are many.
_MARK = re.compile(r"pytest\.mark\.(?!parametrize|skip|usefixtures|xfail|filterwarnings|asyncio|anyio|timeout|mpl_image)\w|pytestmark\b")
_NETWORK_MARK = re.compile(
    r"(?i)@(?:pytest\.mark\.)?\w*(?:network|internet|online|remote_data|\bremote\b|download)\w*\s*(?:\(|$)"
    r"|pytestmark\b.*(?:network|internet|online|remote)",
    re.MULTILINE,
)
#: A function with no more identifiers than this is evaluated in any case: it may build a URL or answer a question.
SMALL = 25
#: The same where what calls it cannot reach out: it may call what it was given.
TINY = 6
#: The longest chain of calls that counts in the hundreds of programs that a documentation build runs.
NEAR = 7
#: Distances are found anew when there are so many times more functions than before; until then only for new modules.
GROWTH = 1.3
#: A URL is near a test that so many calls in its own module lead to.
CLOSE = 3
_FROM = re.compile(r"^[ \t]*from[ \t]+([.\w]+)[ \t]+import[ \t]*(\([^)]{0,4000}\)|[^\n#]*)", re.MULTILINE)
_WORD = re.compile(r"[A-Za-z_]\w*")
#: Names that everything has, and that mean an API only where they stand under something (``webbrowser.open``).
_BUILTINS = frozenset(dir(builtins))
_DEFINED = re.compile(r"^[ \t]*(?:async[ \t]+)?(?:def|class)[ \t]+(\w+)", re.MULTILINE)
#: A method's name that no more functions have is taken for that method wherever it stands.
FEW = 3


class Relevance:
    """Which functions of the lowered modules can matter.

    A name that is mentioned stands for every function so called that can be meant: for methods, those of classes that the file names, or
    whose name few others have. What one of them can reach, the function that mentions it can; found backwards from where accesses begin.
    """

    def __init__(self, modules: Modules) -> None:
        self._modules = modules
        self.narrow = False
        self.alone: set[str] = set()  # programs that nothing imports: what they bind is meant nowhere else
        self._read: set[str] = set()
        self._taken = 0
        self._urls: dict[str, list[int]] = {}
        self._constants: dict[str, set[str]] = {}
        self._words: dict[int, frozenset[str]] = {}
        self._carries: dict[int, bool] = {}
        self._tops: dict[str, frozenset[str]] = {}
        self._texts: dict[str, frozenset[str]] = {}
        self._passed: dict[str, frozenset[str]] = {}
        self._wanting: list[Known] = []  # what names a program and no sub-command that makes it reach out
        self._quoting: dict[tuple[str, frozenset[str]], bool] = {}
        self._starters: frozenset[str] | None = None
        self._defined: dict[str, list[Known]] = {}
        self._mentioned: dict[str, list[Known]] = {}
        self._known: dict[int, Known] = {}
        self._settled = 0
        self._asked: dict[int, int] = {}
        self._commands = Commands(modules.rulebook, modules.project.files)
        self._led = Led(self._defined, self._mentioned, self._meant)
        self._naming: set[str] = set()  # modules whose top level names a program that can reach out

    def matters(self, function: s.Function, file: str) -> bool:
        """Whether a call of the function can lead to an access."""
        self._update()
        known = self._known.get(id(function))
        return (known.distance if known is not None else self._inner(function, file)) < (NEAR if self.narrow else NEVER)

    def _inner(self, function: s.Function, file: str) -> int:
        """The distance of a function inside another one."""
        if id(function) not in self._asked:
            words = self._identifiers(function, file)
            self._asked[id(function)] = 0 if self._source(words, file) else self._nearest(words, file) + 1
        return self._asked[id(function)]

    def worth_it(self, function: s.Function, file: str, caller: s.Function | None) -> bool:
        """Whether evaluating the function can change a judgement: it can reach out, it reads switches or digests, or it is small.

        Of the many programs that a documentation build runs, small functions count only where one that can reach out calls them.
        """
        words = self._identifiers(function, file)
        carries = self._carries.get(id(function))
        if carries is None:
            carries = self._carries[id(function)] = not _CARRIERS.isdisjoint(bare(words))
        if carries or self.matters(function, file):
            return True
        if any(bare(words) & self._modules.makers.get(root, frozenset()) for root in self._modules.imported(file)):
            return True  # it makes what others reach out with
        near = not self.narrow or (caller is not None and self.matters(caller, file))
        return len({word.lstrip(".") for word in words}) <= (SMALL if near else TINY)

    def on_import(self, file: str) -> bool:
        """Whether importing the module can begin an access: its top level, without the functions that it only defines, can."""
        if not self._modules.starts(file):
            return False
        if file not in self._tops:
            module = self._modules.lowered(file)
            self._tops[file] = called(top_level(module)) if module is not None else frozenset()
        self._update()
        words = self._tops[file]
        return self._source(words, file) or self._nearest(words, file) < NEVER

    def _update(self) -> None:
        """Take in the modules that were lowered since."""
        modules = self._modules.read(self._taken)
        if not modules:
            return
        self._taken += len(modules)
        fresh: list[Known] = []
        for module in modules:
            if module.file in self._read:
                continue
            self._read.add(module.file)
            for owner, function in functions(module.body, ""):
                words = self._identifiers(function, module.file)
                known = Known(function.name, words, module.file, owner, span=function.span, decorated=bool(function.decorators))
                known.starts = not STARTERS.isdisjoint(bare(words))
                code = (function.params, function.decorators, function.body)
                known.names, known.wants = self._commands.named(code, words, starts=known.starts)
                self._known[id(function)] = known
                fresh.append(known)
                if known.wants and not known.names:
                    self._wanting.append(known)
            for name, words in bound(module.body, self._modules.libraries(module.file)):
                known = Known(name, words, module.file, "")
                fresh.append(known)
                self._known[id(known)] = known
        for known in fresh:
            for name in known.called:
                self._defined.setdefault(name, []).append(known)
            for word in known.words:
                self._mentioned.setdefault(word, []).append(known)
        self._asked.clear()
        led = self._led.take([*fresh, *self._by_constants(modules), *self._by_callers()])
        if len(self._known) > self._settled * GROWTH:
            self._settled = len(self._known)
            self._spread(list(self._known.values()))
        else:
            self._spread(fresh)
            late = [known for known in led if known.distance > 0]
            for known in late:
                known.distance = 0
            self._relax({0: late}, None)

    def _by_constants(self, modules: Iterable[s.Module]) -> list[Known]:
        """Functions that name a program with what a module's top level holds: their own, or one that their module names."""
        found: list[Known] = []
        for module in modules:
            top, words = top_level(module), set[str]()
            collect(top, words)
            if self._commands.named(top, frozenset(words), starts=False)[0]:
                self._naming.add(module.file)
                home = home_of(module.file)[0]
                found += [one for one in self._known.values() if one.file == module.file or home in self._text(one.file)]
            elif any(home_of(file)[0] in self._text(module.file) for file in self._naming):
                found += [one for one in self._known.values() if one.file == module.file]
        for known in found:
            known.names = True
        return found

    def _by_callers(self) -> list[Known]:
        """Functions that name a program without the sub-command that makes it reach out, where a file that mentions them holds one."""
        self._wanting = [known for known in self._wanting if not known.names]
        found = []
        for known in self._wanting:
            callers = {one.file for name in known.called for one in self._mentioned.get(name, ()) if self._meant(name, known, one.file)}
            if any(self._quotes(file, known.wants) for file in callers):
                known.names = True
                found.append(known)
        return found

    def _quotes(self, file: str, words: frozenset[str]) -> bool:
        """Whether a text in the file begins with one of the words."""
        key = file, words
        if key not in self._quoting:
            quoted = rf"""['"](?:{"|".join(map(re.escape, words))})\b"""
            self._quoting[key] = re.search(quoted, self._modules.code(file)) is not None
        return self._quoting[key]

    def _spread(self, among: list[Known]) -> None:
        """Distances of some functions, from those that can begin an access and from those of others that they mention, breadth first."""
        levels: dict[int, list[Known]] = {}
        for known in among:
            words = known.words
            known.distance = 0 if self._source(words, known.file, known) else NEVER
            if known.distance == 0:
                levels.setdefault(0, []).append(known)
            elif len(among) < len(self._known) and (near := self._nearest(words, known.file)) < NEVER:
                known.distance = near + 1
                levels.setdefault(near + 1, []).append(known)
        self._relax(levels, {id(known) for known in among})

    def _relax(self, levels: dict[int, list[Known]], inside: set[int] | None) -> None:
        """Take the distances on to those that mention them, to all or to some."""
        while levels:
            distance = min(levels)
            for target in levels.pop(distance):
                if target.distance < distance:
                    continue
                for name in target.called:
                    for caller in self._mentioned.get(name, ()):
                        if caller.distance <= distance + 1 or (inside is not None and id(caller) not in inside):
                            continue
                        if self._meant(name, target, caller.file):
                            caller.distance = distance + 1
                            levels.setdefault(distance + 1, []).append(caller)

    def _nearest(self, words: frozenset[str], file: str) -> int:
        """The least distance of a function that one of the words can mean."""
        nearest = NEVER
        for name in words & self._defined.keys():
            for known in self._defined[name]:
                if known.distance < nearest and self._meant(name, known, file):
                    nearest = known.distance
        return nearest

    def _meant(self, name: str, known: Known, file: str) -> bool:
        """Whether the name in the file can mean this function: it names the class, or the module or the package that it stands in."""
        if known.file == file:
            return True
        words = self._text(file)
        if known.file in self.alone:
            return known.home[0] in words
        if known.owner and name.lstrip(".") != known.owner:
            return known.owner in words or len(self._defined[name]) <= FEW
        return known.folder == file.rpartition("/")[0] or not words.isdisjoint(known.home)

    def _text(self, file: str) -> frozenset[str]:
        """The identifiers of a file, and the parts of the names of the modules that it imports."""
        if file not in self._texts:
            found: set[str] = set()
            if file.endswith(".py"):
                module = self._modules.lowered(file)
                collect(module.body if module is not None else (), found)
            else:  # code in a document
                found.update(_WORD.findall(self._modules.code(file)))
            self._texts[file] = bare(frozenset(found))
        return self._texts[file]

    def tells(self, function: s.Function, file: str) -> bool:
        """Whether the function itself names an API, starts a program, or holds a URL."""
        if self._source(self._identifiers(function, file), file, self._known.get(id(function))):
            return True
        return self.url_in(function.span)

    def near_url(self, function: s.Function, file: str, classes: frozenset[str]) -> bool:
        """Whether what the function names of its own module, or of the classes that it is part of, holds a URL."""
        self._update()
        words = set(self._identifiers(function, file))
        collect(tuple(p.default for p in function.params), words)
        seen: set[int] = set()
        for _ in range(CLOSE):
            if not bare(frozenset(words)).isdisjoint(self._constants.get(file, ())):
                return True
            named = [k for name in words for k in self._defined.get(name, ()) if (k.file == file and not k.owner) or k.owner in classes]
            fresh = [k for k in named if id(k) not in seen]
            if any(k.span is not None and self.url_in(k.span) for k in fresh):
                return True
            seen.update(map(id, fresh))
            words = set().union(*(k.words for k in fresh))
        return False

    def url_in(self, span: Span) -> bool:
        """Whether a region of a file holds a URL that is not of this machine."""
        return any(span.line <= line <= span.end_line for line in self._lines(span.file))

    def _lines(self, file: str) -> list[int]:
        """The lines of a file that hold a URL which is not of this machine."""
        if file not in self._urls:
            text = self._modules.code(file)
            self._urls[file] = [text.count("\n", 0, found.end()) + 1 for found in _URL.finditer(text)]
            self._constants[file] = set(_NAMED.findall(text))
        return self._urls[file]

    def marks_network(self, file: str) -> bool:
        """Whether a file of tests names a mark, or something else, that speaks of the network or of a real service."""
        return bool(_NETWORK_MARK.search(self._modules.project.text(file) or ""))

    def holds_url(self, file: str) -> bool:
        """Whether a file holds a URL that is not of this machine."""
        return bool(self._lines(file))

    def file_tells(self, file: str) -> bool:
        """Whether a file of tests itself, before it is read, names an API, a URL, or a mark by which tests can be left out."""
        text = self._modules.project.text(file) or ""
        return self._modules.starts(file) or self.holds_url(file) or bool(_MARK.search(text))

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

    def leads(self, file: str) -> bool:
        """Whether the examples of a file name an API, hold a URL, or name a function that leads to an access, as far as that was read."""
        key = self._modules.hold_examples(file)
        self.alone.add(key)
        if self._modules.starts(key) or self._lines(key):
            return True
        self._update()
        words = set(_WORD.findall(self._modules.code(key)))
        if self.named(words):
            return True
        return not words.isdisjoint(self._starting())

    def _starting(self) -> frozenset[str]:
        """The names of functions and classes that files define, beside tests, in whose text an access can begin."""
        if self._starters is None:
            files = [file for file in self._modules.project.files if file.endswith(".py") and not is_test_file(file)]
            found = (name for file in files if self._modules.starts(file) for name in _DEFINED.findall(self._modules.code(file)))
            self._starters = frozenset(found)
        return self._starters

    def begins(self, names: set[str], file: str) -> bool:
        """Whether a function, or what a call gave, of one of these names in a file begins an access."""
        self._update()
        return any(known.distance <= 1 and known.file == file for name in names for known in self._defined.get(name, ()))

    def named(self, names: set[str]) -> bool:
        """Whether a function with one of the names can lead to an access."""
        self._update()
        return any(known.distance < NEVER for name in names for known in self._defined.get(f".{name}", ()))

    def _source(self, words: frozenset[str], file: str, known: Known | None = None) -> bool:
        """Whether the function itself can begin an access: it starts a program, or it names an API of a package that its module imports."""
        names = bare(words)
        if names & STARTERS and (known is None or known.is_led):
            return True
        names -= {name for name in names & _BUILTINS if not any(word.endswith(f".{name}") for word in words)}
        roots = self._modules.imported(file) | ((names & self._modules.words.keys()) - own_packages(file))
        return any(self._speaks(root, hit, file) for root in roots for hit in names & self._modules.words[root]) or not names.isdisjoint(
            self._handed_on(file)
        )

    def _handed_on(self, file: str) -> frozenset[str]:
        """Names of APIs that a file imports from a module of the project, which imports them itself (``compat.python.urlopen``)."""
        if file not in self._passed:
            found: set[str] = set()
            for origin, names in _FROM.findall(self._modules.code(file)):
                if named := frozenset(_WORD.findall(names)) & self._modules.distinct:
                    source = self._modules.origin(origin, file)
                    found |= named & self._modules.words_of(source) if source else frozenset()
            self._passed[file] = frozenset(found)
        return self._passed[file]

    def _speaks(self, root: str, hit: str, file: str) -> bool:
        """Whether a name means an API of the package: a method that has a common name is meant where the file names its class."""
        classes = self._modules.holders.get((root, hit))
        return classes is None or not classes.isdisjoint(self._text(file))

    def _identifiers(self, function: s.Function, file: str) -> frozenset[str]:
        """What the function mentions; of a module of the standard library only with the module's name, as it is none of the project's."""
        known = self._words.get(id(function))
        if known is None:
            found: set[str] = {p.name for p in function.params}
            collect((function.body, function.decorators), found, self._modules.libraries(file) - function.locals)
            known = self._words[id(function)] = frozenset(found)
        return known
