"""What does a file import? Read from its text, before anything is parsed: statements, names in texts, and what a package gives on.

A package that has a ``__getattr__`` (PEP 562) gives on what its modules define without naming it where a reader of imports would look.
"""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from offlint.model.lazy import regex

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

#: Imports in parentheses, over several lines.
_WRAPPED = regex(r"\bimport[ \t]*\(((?:[^()#]|#[^\n]*\n){0,8000})\)")
_COMMENT = regex(r"#[^\n]*")
#: What stands between ``from`` and ``import``: blanks may stand around its dots, and none before or behind them.
ORIGIN = r"((?:[ \t]*\.)*(?:[ \t]*\w+(?:[ \t]*\.[ \t]*\w+)*)?)[ \t]*\b"
_IMPORT = regex(rf"[\n;:][ \t]*(?:from\b{ORIGIN}import\b[ \t]*([^\n#;]*)|import[ \t]+([\w., \t]+))")
#: Functions that import or run the module whose name they are given.
IMPORTERS = ("import_module", "__import__", "importorskip", "run_module")
#: Functions that load entry points, those of the project among them.
LOADERS = ("entry_points", "iter_entry_points", "load_entry_point")
#: Functions that import the module in which what they are to change stands: ``patch("a.b.function")``.
PATCHERS = ("patch", "setattr", "delattr")
_BY_TEXT = regex(
    rf"""\b(?:{"|".join((*IMPORTERS, *PATCHERS))})\(\s*(?:\w+\s*=\s*)?["']([\w.]+)["'](?:\s*,\s*(?:package\s*=\s*)?["']([\w.]+)["'])?"""
)
#: A function with its body, as far as it is indented, and what is run only by a type checker or as a program.
_LATER = regex(
    r"(?m)^([ \t]*)(?:(?:async[ \t]+)?def[ \t]+\w+([^\n]*)|if[ \t]+\(?(?:\w+\.)?TYPE_CHECKING\b[^\n]*|if[ \t]+__name__\b[^\n]*)(?:\n|\Z)"
    r"(?:\1(?:[ \t]+[^\n]*|\)[^\n]*)(?:\n|\Z)|[ \t]*\n)*"
)


def at_once(code: str) -> str:
    """What of a module's text runs when it is imported, as far as indentation tells: no bodies of functions, but their first lines."""
    return _LATER.sub(r"\2\n", code)


def package_of(file: str, level: int) -> str | None:
    """The dotted path, from the project's root, of the package that ``level`` dots mean in this file."""
    folder = posixpath.dirname(file)
    for _ in range(level - 1):
        if not folder:
            return None
        folder = posixpath.dirname(folder)
    return folder.replace("/", ".")


def dotted_name(file: str) -> str:
    """The dotted name, from the project's root, of the module that a file is."""
    return file.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def statements_of(code: str) -> list[tuple[str, str, str]]:
    """The statements of imports in a text, each put on one line first."""
    if "\\\n" in code:
        code = code.replace("\\\n", " ")
    if _WRAPPED.search(code):
        code = _WRAPPED.sub(lambda found: "import " + _COMMENT.sub("", found[1]).replace("\n", " "), code)
    return [("".join(origin.split()), names, plain) for origin, names, plain in _IMPORT.findall(f"\n{code}")]


def around(dotted: str) -> list[str]:
    """A dotted name, after those of the packages around it."""
    return [dotted[:end] for end in (*(at for at, one in enumerate(dotted) if one == "."), len(dotted))]


def relative(module: str, package: str) -> str:
    """The dotted name of a module, which may begin with dots, as seen from a package (``importlib.import_module(".a", "b")``)."""
    inner = module.lstrip(".")
    level = len(module) - len(inner)
    parents = package.split(".")[: -(level - 1) or None] if level else []
    return ".".join(part for part in (*parents, inner) if part)


class Imported:
    """The imports of files; ``code`` gives the Python in a file, ``resolve`` the file of a module."""

    def __init__(self, files: Collection[str], code: Callable[[str], str], resolve: Callable[[str, Sequence[str]], str | None]) -> None:
        self._files, self._code, self._resolve = files, code, resolve
        self.plugged: list[str] = []  # the modules of the project's own entry points
        self._written: dict[str, list[tuple[str, str, str]]] = {}
        self._run_with: dict[str, frozenset[str]] = {}
        self._waits: dict[str, bool] = {}
        self._offering: dict[tuple[str, str], list[str]] = {}

    def statements(self, file: str) -> list[tuple[str, str, str]]:
        """The imports that stand in a file: what is imported from, with the names, or what is imported as it is."""
        if file not in self._written:
            self._written[file] = statements_of(self._code(file))
        return self._written[file]

    def of(self, file: str, search: Sequence[str]) -> list[str]:
        """The files that a file imports, as far as its text tells."""
        found = [*self._run(file, search), *self._given_on(file)]
        loaded = self.plugged if self.plugged and any(word in self._code(file) for word in LOADERS) else []
        for dotted in (*self._named(file, self.statements(file)), *loaded):
            resolved = self._resolve(dotted, ["", *search])
            if resolved and not resolved.endswith("/"):
                found.append(resolved)
        return found

    def with_it(self, file: str, search: Sequence[str]) -> frozenset[str]:
        """The files that are run when a file is imported, the packages around them included, as far as its text tells."""
        if file not in self._run_with:
            named = self._named(file, statements_of(at_once(self._code(file))))
            found = (place for dotted in named for place in self.places(dotted, ["", *search]))
            self._run_with[file] = frozenset((*found, *self._run(file, search)))
        return self._run_with[file]

    def places(self, dotted: str, search: Sequence[str]) -> Iterator[str]:
        """The files that are run when something of a dotted name is imported: its module, and the packages around that.

        What a package gives on by its ``__getattr__`` is imported then.
        """
        above = None
        for name in around(dotted):
            place = self._resolve(name, search)
            if place is None and above is not None:
                yield from self.offering(above, name.rpartition(".")[2])
            elif place and not place.endswith("/"):
                yield place
            above = place

    def waits(self, file: str) -> bool:
        """Whether a package around a module may import it when it is asked for it."""
        folder = posixpath.dirname(file)
        if folder not in self._waits:
            packages = (self._resolve(one, [""]) or "" for one in around(folder.replace("/", ".")))
            self._waits[folder] = any(one.endswith("__init__.py") and "__getattr__" in self._code(one) for one in packages)
        return self._waits[folder]

    @staticmethod
    def _named(file: str, statements: Iterable[tuple[str, str, str]]) -> Iterator[str]:
        """The dotted names of what statements of a file import: modules, and what may be one of a package."""
        for origin, names, plain in statements:
            if plain:
                yield from (part.split()[0] for part in plain.split(",") if part.split())
                continue
            level = len(origin) - len(origin.lstrip("."))
            module = origin.lstrip(".")
            if level:
                package = package_of(file, level)
                if package is None:
                    continue
                module = f"{package}.{module}".strip(".") if module else package
            if module:
                yield module
            yield from (f"{module}.{part.split()[0]}".lstrip(".") for part in names.split(",") if part.split())

    def _run(self, file: str, search: Sequence[str]) -> list[str]:
        """The modules that the file imports or runs by a name in a text, and those in which stands what it names."""
        code = self._code(file)
        named = _BY_TEXT.findall(code) if any(word in code for word in (*IMPORTERS, *PATCHERS)) else []
        texts = [relative(text, package or package_of(file, 1) or "") for text, package in named]
        places = {place for text in texts for place in around(text)}
        found = (self._resolve(dotted + end, ["", *search]) for dotted in sorted(places) for end in ("", ".__main__"))
        return [one for one in found if one and not one.endswith("/")]

    def offering(self, package: str, name: str) -> list[str]:
        """The files of a package that define a name which the package gives on by its ``__getattr__`` alone; none for another file."""
        key = package, name
        if key not in self._offering:
            self._offering[key] = []
            files = self._given_on(package)
            if files:
                word = re.escape(name)
                defines = re.compile(rf"^(?:(?:async\s+)?def|class)\s+{word}\b|^{word}\s*(?::[^=\n]*)?=", re.MULTILINE)
                self._offering[key] = [one for one in files if name in self._code(one) and defines.search(self._code(one))]
        return self._offering[key]

    def _given_on(self, package: str) -> list[str]:
        """The files of a package that gives on what they define by its ``__getattr__``; none of any other file."""
        if not package.endswith("__init__.py") or "__getattr__" not in self._code(package):
            return []
        folder = package.removesuffix("__init__.py")
        return [one for one in self._files if one.startswith(folder) and one.endswith(".py") and one != package]
