"""Which modules does a documentation import to show what they say of themselves? Those that its directives name, and those that these name.

Facts: Sphinx, "sphinx.ext.autodoc", "sphinx.ext.autosummary"; sphinx-argparse, "Basic usage"; sphinxcontrib-autoprogram.
"""

from __future__ import annotations

import posixpath
from keyword import iskeyword
from typing import TYPE_CHECKING

from offlint.flow import values as v
from offlint.lower.pieces import Block, Piece, blocks
from offlint.model.lazy import regex
from offlint.model.span import Moved

if TYPE_CHECKING:
    from collections.abc import Iterator

    from offlint.flow.documents import Documents
    from offlint.rulebook.schema import Plugin

#: Directives that say in which module the names of those after them are looked for; autodoc's says so for what comes after it.
_CURRENT = frozenset({"currentmodule", "module", "py:currentmodule", "py:module"})
_SHOWS = frozenset({"automodule"})
#: The name in an argument, without a signature; an object, or a call of one, behind a colon.
_NAME = regex(r"[~!]*([^\s(:]*)(?:::?([\w.]*(?:\(\))?))?")
#: No dotted name of a module is longer.
MAX_NAME = 300


class Shown:
    """The code that stands for the directives of all plug-ins which import modules."""

    def __init__(self, documents: Documents) -> None:
        self.d = documents
        self.m = documents.m
        self._found: dict[frozenset[str], dict[str, list[Piece]]] | None = None

    def of(self, row: Plugin) -> list[tuple[str, list[Piece]]]:
        """The documents, and the modules with such directives in their docstrings, with what those of the row import."""
        if self._found is None:
            self._found = self._all()
        return list(self._found.pop(row.directive, {}).items())  # one plug-in sets up another: each of its directives is there once

    def _all(self) -> dict[frozenset[str], dict[str, list[Piece]]]:
        rows = {
            row.directive: row
            for row in self.m.rulebook.plugins
            if row.tool == self.d.c.tool and row.runs == "imports" and any(True for _ in self.d.c.enabled([row.name]))
        }
        found: dict[frozenset[str], dict[str, list[Piece]]] = {directive: {} for directive in rows}
        waiting = self.d.pages()
        seen = set(waiting)
        for file in waiting:
            text = self.d.text(file)
            for row in [row for row in rows.values() if any(name in text for name in row.directive)]:
                for line, code, shown in self._imported(file, row):
                    found[row.directive].setdefault(file, []).append(Piece(code, (Moved(line, 0, 1),)))
                    if shown not in seen:  # what it says of itself is a document, too
                        seen.add(shown)
                        waiting.append(shown)
        return found

    def _imported(self, file: str, row: Plugin) -> Iterator[tuple[int, str, str]]:
        """For each module of the tree that the directives of a file name: the line, the code that imports it, and its file."""
        current = ""
        left_out = self.d.words(row.ignore) if row.ignore else []
        for block in blocks(self.d.text(file), row.directive | _CURRENT | _SHOWS, flat=_CURRENT, markdown=file.endswith(".md")):
            if block.name not in row.directive or block.name in _SHOWS:
                current = "".join(block.argument.split()[:1])
            if block.name not in row.directive:
                continue
            if "filename" in block.options:
                yield from self._script(file, block)
                continue
            for name, called in dict.fromkeys(_named(block)):
                module = self.module(name) or self.module(f"{current}.{name}")
                below = self._below(module, row) if module and "recursive" in block.options and "toctree" in block.options else []
                for one in [module, *below] if module else ():
                    place = self.m.modules.resolve(one, self.m.imports.search)
                    if place and not any(one == mocked or one.startswith(f"{mocked}.") for mocked in left_out):
                        yield block.line, _code(one, called if one == module else ""), place

    def _script(self, file: str, block: Block) -> Iterator[tuple[int, str, str]]:
        """A file that is run for what a function in it gives, as a path from where the tool is run or from the document."""
        name, called = block.options["filename"], block.options.get("func", "")
        for folder in (self.d.root, posixpath.dirname(self.d.root), "", posixpath.dirname(file)):
            place = posixpath.normpath(posixpath.join(folder, name))
            if self.m.project.exists(place) and place.endswith(".py"):
                here = posixpath.relpath(place, posixpath.dirname(file) or ".")
                call = f"[{called!r}]()" if called.isidentifier() else ""
                yield block.line, f"__import__('runpy').run_path({here!r}){call}", place
                return

    def _below(self, package: str, row: Plugin) -> list[str]:
        """The modules in a package for each of which a page is made, where the plug-in's option does not keep it from making any."""
        if row.mode and self.d.c.option(row.mode, None) == v.FALSE:
            return []
        place = self.m.modules.resolve(package, self.m.imports.search) or ""
        folder = place.removesuffix("__init__.py")
        if not folder.endswith("/"):
            return []
        found = []
        for file in self.m.project.files:
            if file.startswith(folder) and file.endswith(".py"):
                parts = file.removeprefix(folder).removesuffix(".py").removesuffix("__init__").strip("/").split("/")
                if all(part.isidentifier() for part in parts) and not any(part.startswith("_") for part in parts[:-1]):
                    found.append(".".join([package, *parts]))
        return found

    def module(self, dotted: str) -> str | None:
        """The longest part of a dotted name that is a module of the tree."""
        parts = dotted.strip(".").split(".") if len(dotted) <= MAX_NAME else []
        longest: str | None = None
        for count in range(1, len(parts) + 1):
            name = ".".join(parts[:count])
            place = self.m.modules.resolve(name, self.m.imports.search) if parts[count - 1].isidentifier() else None
            if place is None:
                break
            longest = longest if place.endswith("/") else name
        return longest


def _named(block: Block) -> Iterator[tuple[str, str]]:
    """The objects that a directive names, each with a function of its module that is called."""
    called = block.options.get("func", "")
    if "module" in block.options:
        yield block.options["module"], called
    elif "ref" in block.options:
        module, _, called = block.options["ref"].rpartition(".")
        yield module, called
    else:
        lines = [block.argument] if block.argument.strip() else block.piece.code.splitlines()
        for found in filter(None, (_NAME.match(line.strip()) for line in lines)):
            behind = found[2] or ""
            yield found[1], behind.removesuffix("()") if behind.endswith("()") else called


def _code(module: str, called: str) -> str:
    if any(iskeyword(part) for part in module.split(".")):
        code = f"__import__('importlib').import_module({module!r})"
        return f"{code}.{called}()" if called.isidentifier() else code
    return f"import {module}" + (f"; {module}.{called}()" if called.isidentifier() else "")
