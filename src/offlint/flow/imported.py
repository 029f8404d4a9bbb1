"""What does a file import? Read from its text, before anything is parsed: statements, names in texts, and what a package gives on.

A package that has a ``__getattr__`` (PEP 562) gives on what its modules define without naming it where a reader of imports would look.
"""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from offlint.model.lazy import regex

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

_IMPORT = regex(r"\n[ \t]*(?:from[ \t]+([.\w]+)[ \t]+import[ \t]+\(?([^\n#]*)|import[ \t]+([\w., \t]+))")
#: Functions that import or run the module whose name they are given.
IMPORTERS = ("import_module", "__import__", "importorskip", "run_module")
_BY_TEXT = regex(rf"""(?:{"|".join(IMPORTERS)})\(\s*["']([\w.]+)["']""")


def package_of(file: str, level: int) -> str | None:
    """The dotted path, from the project's root, of the package that ``level`` dots mean in this file."""
    folder = posixpath.dirname(file)
    for _ in range(level - 1):
        if not folder:
            return None
        folder = posixpath.dirname(folder)
    return folder.replace("/", ".")


class Imported:
    """The imports of files; ``code`` gives the Python in a file, ``resolve`` the file of a module."""

    def __init__(self, files: Collection[str], code: Callable[[str], str], resolve: Callable[[str, Sequence[str]], str | None]) -> None:
        self._files, self._code, self._resolve = files, code, resolve
        self._written: dict[str, list[tuple[str, str, str]]] = {}
        self._offering: dict[tuple[str, str], list[str]] = {}

    def statements(self, file: str) -> list[tuple[str, str, str]]:
        """The imports that stand in a file: what is imported from, with the names, or what is imported as it is."""
        if file not in self._written:
            self._written[file] = _IMPORT.findall(f"\n{self._code(file)}")
        return self._written[file]

    def of(self, file: str, search: Sequence[str]) -> list[str]:
        """The files that a file imports, as far as its text tells."""
        found = [*self._run(file, search), *self._given_on(file)]
        for origin, names, plain in self.statements(file):
            if plain:
                wanted = [part.split()[0] for part in plain.split(",") if part.split()]
            else:
                level = len(origin) - len(origin.lstrip("."))
                module = origin.lstrip(".")
                if level:
                    package = package_of(file, level)
                    if package is None:
                        continue
                    module = f"{package}.{module}".strip(".") if module else package
                wanted = [module, *(f"{module}.{part.split()[0]}" for part in names.rstrip("\\)").split(",") if part.split())]
            for dotted in wanted:
                resolved = self._resolve(dotted, ["", *search]) if dotted else None
                if resolved and not resolved.endswith("/"):
                    found.append(resolved)
        return found

    def _run(self, file: str, search: Sequence[str]) -> list[str]:
        """The modules that the file imports or runs by a name in a text."""
        code = self._code(file)
        named = _BY_TEXT.findall(code) if any(word in code for word in IMPORTERS) else []
        found = (self._resolve(dotted + end, ["", *search]) for dotted in named for end in ("", ".__main__"))
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
