"""Which file is this module, and does it matter? Import resolution inside the project, and lowering on demand.

Only files that can matter are parsed: those whose bytes hold a word that names the network, a switch or a digest, and those that import
such a file. The words come from the rulebook.
"""

from __future__ import annotations

import posixpath
import re
import sys
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from offlint.flow.imported import LOADERS, Imported
from offlint.flow.vocabulary import COMMON, holders_of, makers_of, methods_of, stand_ins_of, words_of
from offlint.lower.doctests import example_code, lower_doctests
from offlint.lower.pieces import lower_pieces
from offlint.lower.python import CannotLower, looks_like_python2, lower_python
from offlint.lower.toml_ import lower_toml
from offlint.lower.yaml_ import lower_yaml
from offlint.model.entry import Skipped
from offlint.model.lazy import dataclass, regex
from offlint.project.paths import parents

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from offlint.lower.pieces import Piece
    from offlint.model import step as s
    from offlint.project.base import Project
    from offlint.rulebook.schema import Rulebook

#: Makes a space of each byte that no name holds. What is left are words, wherever they stand: imports, ``importorskip("…")``, re-exports.
_WORDS = bytes(code if code > 127 or chr(code).isalnum() or code == ord("_") else ord(" ") for code in range(256))
#: Words of code that starts something else; with ``os.system`` and the names of the rulebook they are where accesses can begin.
_STARTS = (
    "subprocess", "popen", "spawn", "urlopen", "import_module", "runpy", "execv", "execfile", "intersphinx_mapping", "exec_module",
    "load_module", "load_source",
)  # fmt: skip
#: An import by a call, of pytest's by a name that is not written there.
_CHOSEN = regex(r"\b(?:__import__\(|importorskip\((?:\s*\w+\s*=)?\s*[^\s\"')])")
#: In tests, what runs a text or a file.
_RUNS = regex(r"(?<![\w.])exec\(")
#: What starts a program by a fixture of pytest and of pytest-console-scripts.
_FIXTURES = ("script_runner.run", "pytester.run(", "testdir.run(")
#: What classes are made of: one of a library's has methods that reach out, though nothing here says so.
_BASES = regex(r"^[ \t]*class[ \t]+\w+\(([^()]*)\)", re.MULTILINE)
#: Words of tests that run examples, or entry points; in other modules such a call is for who runs the module as a program, or plug-ins.
_SHOWS = ("testmod", "testfile", "DocTestSuite", "DocFileSuite", *LOADERS)
#: Words of code that carries what judgements need: switches, digests, URLs.
_CARRIES = (
    "://",
    "environ",
    "getenv",
    "hashlib",
    "sys.argv",
    "argparse",
    "exec(",
    "__import__",
    "strtobool",
    "configparser",
    "ConfigParser",
    "setup(",
    "cmdclass",
    "pytest.mark",
    "monkeypatch",
    "SkipTest",
    "unittest.skip",
    "mock.patch",
)
#: What the name of a file's examples ends with.
EXAMPLES = "#doctest"


@dataclass(frozen=True, slots=True)
class _Held:
    """Code that is a part of a file: the file, the code for a quick look, and what reads it."""

    file: str
    code: str
    lower: Callable[[], s.Module]


class Modules:
    """The project's Python modules."""

    def __init__(self, project: Project, rulebook: Rulebook) -> None:
        self.project = project
        self.rulebook = rulebook
        self.skipped: dict[str, Skipped] = {}
        self.configured: set[str] = set()  # the CMakeLists.txt on which CMake was run
        #: functions of the tree that a page describes too, and in whose own code an access was found
        self.followed: set[str] = set()
        self._lowered: dict[str, s.Module | None] = {}
        self._read: list[s.Module] = []
        self._matters: dict[str, bool] = {}
        self.words = words_of(rulebook)
        self.holders = holders_of(rulebook)
        self.distinct = frozenset().union(*self.words.values()) - COMMON
        self.makers = makers_of(rulebook)
        self._stand_ins = stand_ins_of(rulebook)
        self.methods = methods_of(rulebook)
        self._spoken: dict[str, frozenset[str]] = {}
        self._starts: dict[str, bool] = {}
        self.written = Imported(project.files, self.code, self.resolve)
        self._imported: dict[str, frozenset[str]] = {}
        self._starting: dict[str, bool] = {}
        self._loading: dict[str, bool] = {}
        self._using: dict[str, dict[str, bool]] = {}
        self._libraries: dict[str, frozenset[str]] = {}
        self._held: dict[str, _Held] = {}
        self._holding: dict[str, dict[str, bool]] = {}
        self._quoting: dict[tuple[str, frozenset[str]], bool] = {}

    def hold(self, key: str, pieces: Sequence[Piece], file: str) -> None:
        """Take the pieces of code of a document under a name of their own."""
        self._held[key] = _Held(file, "\n".join(piece.code for piece in pieces), lambda: lower_pieces(pieces, file))

    def hold_examples(self, file: str) -> str:
        """Take what doctest would run of a file under a name of its own, which is given back."""
        key = f"{file}{EXAMPLES}"
        if key not in self._held:
            examples = example_code(self.project.text(file) or "")
            self._held[key] = _Held(file, examples, lambda: replace(lower_doctests(self.project.text(file) or "", file), file=key))
        return key

    def code(self, file: str) -> str:
        """The Python in a file: its text, or the pieces that it holds; nothing in a folder that is a package."""
        if file.endswith("/"):
            return ""
        if file in self._held:
            return self._held[file].code
        text = self.project.text(file)
        if text is None:
            self._unread(file)
        return text or ""

    def holds(self, file: str, word: str) -> bool:
        """Whether the Python in a file holds a word; looked for once, since it is asked of each test."""
        known = self._holding.setdefault(file, {})
        if word not in known:
            known[word] = word in self.code(file)
        return known[word]

    def quotes(self, file: str, words: frozenset[str]) -> bool:
        """Whether a text in the Python of a file begins with one of the words."""
        key = file, words
        if key not in self._quoting:
            quoted = rf"""['"](?:{"|".join(map(re.escape, words))})\b"""
            self._quoting[key] = re.search(quoted, self.code(file)) is not None
        return self._quoting[key]

    def resolve(self, dotted: str, search: Sequence[str]) -> str | None:
        """The file of a dotted module, a folder with a trailing ``/`` for a namespace package, None outside of the project."""
        if not dotted or dotted.split(".", maxsplit=1)[0] in sys.stdlib_module_names:
            return None
        relative = dotted.replace(".", "/")
        for folder in search:
            base = posixpath.normpath(posixpath.join(folder, relative)) if folder else relative
            if base.startswith(".."):
                continue
            for candidate in (f"{base}/__init__.py", f"{base}.py"):
                if self.project.exists(candidate) and not self.project.is_dir(candidate):
                    return candidate
        for folder in search:
            base = posixpath.normpath(posixpath.join(folder, relative)) if folder else relative
            if not base.startswith("..") and self.project.is_dir(base) and self._has_python(base):
                return f"{base}/"
        return None

    def _has_python(self, folder: str) -> bool:
        return any(f.startswith(f"{folder}/") and f.endswith(".py") for f in self.project.files)

    def within(self, file: str, name: str) -> str | None:
        """The file of a module in the package, a folder with a trailing ``/`` for a namespace package."""
        folder = file.removesuffix("__init__.py") if file.endswith("__init__.py") else (file if file.endswith("/") else None)
        if folder is None:
            return None
        base = "" if folder == "/" else folder
        found = next(filter(self.project.exists, (f"{base}{name}/__init__.py", f"{base}{name}.py")), None)
        return f"{base}{name}/" if found is None and self.project.is_dir(f"{base}{name}") else found

    def is_lowered(self, file: str) -> bool:
        """Whether the file was parsed already."""
        return file in self._lowered

    def lowered(self, file: str) -> s.Module | None:
        """The file's steps; None, with the reason noted, where it cannot be read."""
        if file not in self._lowered:
            self._lowered[file] = None
            text = "" if file in self._held else self.project.text(file)
            if text is not None:
                try:
                    self._lowered[file] = made = self._lower(text, file)
                    self._read.append(made)
                except CannotLower as why:
                    self.skipped[file] = Skipped(self._held[file].file if file in self._held else file, str(why))
            else:
                self._unread(file)
        return self._lowered[file]

    def _unread(self, file: str) -> None:
        """Note that a file cannot be read which is looked at for the phases that these modules are for."""
        if file not in self.skipped:
            known = next((one for one in self.project.problems if one.file == file), None)
            self.skipped[file] = known or Skipped(file, "cannot be read")

    def _lower(self, text: str, file: str) -> s.Module:
        if file in self._held:
            made = self._held[file].lower()
            for line, why in made.unread:
                self.skipped[f"{file}:{line}"] = Skipped(made.file, f"a code block cannot be read: {why}", line)
            return made
        if file.endswith(".toml"):
            return lower_toml(text, file)
        return lower_yaml(text, file) if file.endswith((".yml", ".yaml")) else lower_python(text, file)

    def read(self, known: int = 0) -> list[s.Module]:
        """The modules that were lowered so far, without the first ``known``."""
        return self._read[known:]

    def conftests(self, file: str) -> list[str]:
        """The conftest.py files beside and above a file, nearest first."""
        folders = (*parents(file.split("#", maxsplit=1)[0]), "")
        return [place for folder in folders if self.project.exists(place := posixpath.join(folder, "conftest.py"))]

    def matters(self, file: str, search: Sequence[str]) -> bool:
        """Whether the file, or one that it imports, holds a word that can matter; nothing is parsed for it."""
        return self._closure(file, search, self._matters, self._speaks)

    def looks_foreign(self, file: str) -> bool:
        """Whether the file looks like another Python's, which has to be said even where it cannot matter."""
        text = self.code(file) if file in self._held else self.project.text(file)
        return text is None or looks_like_python2(text)

    def can_reach(self, file: str, search: Sequence[str]) -> bool:
        """Whether the file, or one that it imports, holds a word with which an access can begin."""
        return self._closure(file, search, self._starting, self.starts)

    def uses(self, file: str, root: str, search: Sequence[str]) -> bool:
        """Whether the file, or one that it imports, speaks of a package with network APIs."""
        return self._closure(file, search, self._using.setdefault(root, {}), lambda one: root in self.spoken(one))

    def loads(self, file: str, search: Sequence[str], speaks: Callable[[str], bool]) -> bool:
        """Whether the file, or one that is run when it is imported, speaks of something; always to be asked for the same thing."""
        return self._closure(file, search, self._loading, speaks, self.written.with_it)

    def _closure(
        self,
        file: str,
        search: Sequence[str],
        known: dict[str, bool],
        speaks: Callable[[str], bool],
        imported: Callable[[str, Sequence[str]], Iterable[str]] | None = None,
    ) -> bool:
        if file in known:
            return known[file]
        order: list[str] = []
        imports: dict[str, list[str]] = {}
        stack = [file]
        while stack:
            name = stack.pop()
            if name in imports or name in known:
                continue
            order.append(name)
            imports[name] = [] if speaks(name) else [*(imported or self.written.of)(name, search)]
            stack.extend(imports[name])
        relevant = {name for name in order if speaks(name)} | {name for name, yes in known.items() if yes}
        changed = True
        while changed:
            changed = False
            for name in reversed(order):
                if name not in relevant and any(target in relevant for target in imports[name]):
                    relevant.add(name)
                    changed = True
        for name in order:
            known[name] = name in relevant
        return known[file]

    def spoken(self, file: str) -> frozenset[str]:
        """The packages with network APIs that the file names, by their first part."""
        if file not in self._spoken:
            code = self.code(file)
            words = set(code.encode("utf-8", "replace").translate(_WORDS).decode().split())
            text = " ".join(words)  # what begins a name of an API or ends one stands in one word
            roots = self.words.keys() & words if file.endswith(".py") or file in self._held else set[str]()
            found = {root for root in roots - own_packages(file) if any(last in text for last in self.words[root])}
            named = roots - own_packages(file) - found
            if "class" in words and any(not self.makers.get(root, frozenset()).isdisjoint(words) for root in named):
                bases = set(re.findall(r"\w+", " ".join(_BASES.findall(code))))
                found |= {root for root in named if not self.makers.get(root, frozenset()).isdisjoint(bases)}
            self._spoken[file] = frozenset(found | ({"subprocess"} if "subprocess" in text else set()))
            shows = is_test_file(file) and any(word in text for word in _SHOWS)
            starts = any(word in text for word in _STARTS) or ("system" in words and ("os.system" in code or "from os import" in code))
            starts = starts or ("run" in words and any(call in code for call in _FIXTURES))
            starts = starts or (("__import__" in words or "importorskip" in words) and _CHOSEN.search(code) is not None)
            starts = starts or ("exec" in words and is_test_file(file) and _RUNS.search(code) is not None)
            self._starts[file] = bool(found) or starts or shows
        return self._spoken[file]

    def imported(self, file: str) -> frozenset[str]:
        """The packages with network APIs, or with what takes their place, that the file imports, by their first part."""
        if file not in self._imported:
            self._imported[file] = frozenset(self._roots(file) & (self.words.keys() | self._stand_ins) - own_packages(file))
        return self._imported[file]

    def _roots(self, file: str) -> set[str]:
        """What the file imports, by its first part."""
        parts = (part for origin, _, plain in self.written.statements(file) for part in (origin or plain).split(","))
        return {part.strip().split(".")[0].split(" ")[0] for part in parts}

    def libraries(self, file: str) -> frozenset[str]:
        """The names under which the file has modules of the standard library, by ``import name``."""
        if file not in self._libraries:
            parts = (part.strip() for _, _, plain in self.written.statements(file) for part in plain.split(","))
            self._libraries[file] = frozenset(name for part in parts if (name := part.split(".")[0]) in sys.stdlib_module_names)
        return self._libraries[file]

    def starts(self, file: str) -> bool:
        """Whether the file's own text holds a word with which an access can begin."""
        self.spoken(file)
        return self._starts[file]

    def _speaks(self, file: str) -> bool:
        if any(part in self.words for part in file.removesuffix(".py").split("/")):
            return True  # a page speaks of this project itself
        if self.starts(file):
            return True
        text = self.code(file)
        return any(word in text for word in _CARRIES) or not self._stand_ins.isdisjoint(self._roots(file))


def search_of(file: str) -> tuple[str, ...]:
    """Where a module that a file imports is looked for, as far as its place in the tree tells."""
    return ("", *SOURCES, posixpath.dirname(file))


def own_packages(file: str) -> frozenset[str]:
    """The packages that a file itself is part of: what a page says of them is for those who call them, such as their tests."""
    return frozenset() if is_test_file(file) else frozenset(file.removesuffix(".py").split("/"))


def is_test_file(file: str) -> bool:
    """Whether a file holds tests or what they share."""
    if file.endswith(EXAMPLES):
        return True
    *folders, name = file.split("/")
    shared = any(part in ("test", "tests", "testing") for part in folders)
    return shared or name.startswith(("test_", "conftest")) or name.endswith("_test.py")


#: Where sources usually lie, for imports that are looked at before anything is run.
SOURCES = ("src", "lib", "python")
