"""Which documents does a documentation build read, and which of their code does it run?

Facts: Sphinx, "Configuration" (exclude_patterns); MyST-NB, "Execute and cache" (https://myst-nb.readthedocs.io/en/latest/computation/execute.html);
nbsphinx, "Executing Notebooks" (https://nbsphinx.readthedocs.io/en/latest/configuration.html).
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from offlint.flow import values as v
from offlint.flow.predicates import symbolic
from offlint.flow.shown import Shown
from offlint.lower.notebook import read_notebook
from offlint.lower.pieces import Block, Piece, blocks, ipython, plain, prompted, skipped
from offlint.model.lazy import regex
from offlint.model.span import Span

if TYPE_CHECKING:
    from offlint.flow.configuration import Configuration
    from offlint.rulebook.schema import Plugin

_TEXTS = (".rst", ".md", ".txt", ".rest")
_NOTEBOOK = (".ipynb",)
_FRONT = regex(r"\A---\n(.*?)\n(?:---|\.\.\.)", re.DOTALL)
_MYST = regex(r"(?m)^file_format:\s*mystnb\s*$|^\s+format_name:\s*['\"]?myst['\"]?\s*$")
#: Modes in which no code is run.
_NEVER = ("off", "never", "false")
_OWN_MODE = regex(r"(?m)^\s+execution_mode:\s*['\"]?(\w+)")
_INCLUDES = frozenset({"include"})
_CELLS = frozenset({"code-cell"})
#: A regular expression of the project with more open repetitions than this is not tried: it may take for ever.
MAX_REPEATS = 3
MAX_PATTERN = 200


class Documents:
    """The source files of one documentation."""

    def __init__(self, configuration: Configuration) -> None:
        self.c = configuration
        self.m = configuration.m
        conf = configuration.files[0]
        if configuration.tool == "mkdocs":
            named = configuration.set("docs_dir")
            self.root = posixpath.normpath(posixpath.join(posixpath.dirname(conf), (v.text_of(named) if named else None) or "docs"))
        else:
            self.root = posixpath.dirname(conf)
        self._all: list[str] | None = None
        self._held: dict[str, str] = {}
        self._pages: list[str] = []
        self._shown = Shown(self)

    def files(self, suffixes: tuple[str, ...]) -> list[str]:
        """The documents with one of the suffixes, without those that the configuration leaves out."""
        if self._all is None:
            start = f"{self.root}/" if self.root not in ("", ".") else ""
            excluded = [glob(text) for text in self.words("exclude_patterns") + self.words("templates_path")]
            self._all = [
                file
                for file in self.m.project.files
                if file.startswith(start)
                and file.endswith((*_TEXTS, *_NOTEBOOK))
                and not any(one.match(file.removeprefix(start)) for one in excluded)
                and ".ipynb_checkpoints/" not in file
            ]
        return [file for file in self._all if file.endswith(suffixes)]

    def pages(self) -> list[str]:
        """The documents that hold text, and the files that these include."""
        if not self._pages:
            self._pages = list(self.files(_TEXTS))
            seen = set(self._pages)
            for file in self._pages:
                for block in self._directives(file, _INCLUDES):
                    place = self._relative(file, block.argument.strip())
                    whole = block.options.keys().isdisjoint(("literal", "code"))
                    if whole and place not in seen and self.m.project.exists(place) and not self.m.project.is_dir(place):
                        seen.add(place)
                        self._pages.append(place)
        return list(self._pages)

    def words(self, name: str) -> list[str]:
        """The texts in a list that the configuration sets."""
        held = self.c.set(name)
        items = self.m.items_of(held) if held is not None else None
        return [text for item in items or () if (text := v.text_of(item)) is not None]

    def text(self, file: str) -> str:
        """What a file of the tree holds."""
        if file not in self._held:
            self._held[file] = self.m.project.text(file) or ""
        return self._held[file]

    def blocks(self, names: frozenset[str]) -> Iterator[tuple[str, Block]]:
        """Every use of these directives."""
        for file in self.pages():
            yield from ((file, block) for block in self._directives(file, names))

    def _directives(self, file: str, names: frozenset[str]) -> Iterator[Block]:
        text = self.text(file)
        if any(name in text for name in names):
            yield from blocks(text, names, markdown=file.endswith(".md"))

    def mentions(self, text: str) -> Iterator[Span]:
        """The first place in each document that holds the text."""
        for file in self.files(_TEXTS):
            at = self.text(file).find(text)
            if at >= 0:
                line = self.text(file).count("\n", 0, at) + 1
                yield Span(file, line, 1, line, 1)

    def executed(self, row: Plugin, own: v.Value | None) -> Iterator[tuple[str, list[Piece], list[str], v.Value]]:
        """The code that the row's plug-in runs: document, its code, scripts that the document names, and under which condition."""
        if row.runs in ("notebooks", "cells"):
            modes = list(self._modes(row, own))
            for file in self.files(_NOTEBOOK if row.runs == "notebooks" else (".md",)):
                code: list[Piece] = []
                runs: v.Value = v.FALSE
                for test, mode in [] if self._left_out(file, row, own) else modes:
                    pieces = self._notebook(file, row, mode) if row.runs == "notebooks" else self._cells(file, mode)
                    code, runs = pieces or code, v.either(runs, test) if pieces else runs
                if code:
                    yield file, code, [], runs
        elif row.runs == "imports":
            yield from ((file, named, [], v.TRUE) for file, named in self._shown.of(row))
        elif row.runs == "session":
            found: dict[str, tuple[list[Piece], list[str]]] = {}
            for file, block in self.blocks(row.directive):
                pieces, scripts = found.setdefault(file, ([], []))
                name = block.argument.split()[0] if block.argument.strip() else ""
                if name.endswith(".py"):
                    scripts.append(self._relative(file, name))
                elif "verbatim" not in block.options:
                    pieces.append(ipython(block.piece) if "ipython" in row.directive else plain(prompted(block.piece)))
            yield from ((file, pieces, scripts, v.TRUE) for file, (pieces, scripts) in found.items())

    def _relative(self, file: str, name: str) -> str:
        folder = self.root if name.startswith("/") else posixpath.dirname(file)
        return posixpath.normpath(posixpath.join(folder, name.lstrip("/")))

    def _modes(self, row: Plugin, own: v.Value | None) -> Iterator[tuple[v.Value, str]]:
        """When the plug-in runs code, and under which condition the configuration says so."""
        default = row.defaults.get(row.mode, "auto") if row.mode else "always"
        held = self.c.option(row.mode, own) if row.mode else None
        for test, one in [(v.TRUE, v.Const(default))] if held is None else v.cases(held):
            text = v.text_of(one)
            off: v.Value = v.FALSE
            if text is None and symbolic(one) and not isinstance(one, v.Const):  # a person may turn it off
                off = v.either(*(v.Sym("==", (one, v.Const(word))) for word in _NEVER[:2]))
            yield v.both(test, v.negation(off)), text or default

    def _left_out(self, file: str, row: Plugin, own: v.Value | None) -> bool:
        held = self.c.option(row.ignore, own) if row.ignore else None
        items = self.m.items_of(held) if held is not None else None
        patterns = [text for item in items or () if (text := v.text_of(item)) is not None]
        # as PurePosixPath.match does: a relative pattern is compared from the right
        return any(re.search(rf"(?:^|/){glob(pattern).pattern}", file) for pattern in patterns)

    def _notebook(self, file: str, row: Plugin, mode: str) -> list[Piece]:
        if mode in _NEVER:
            return []
        notebook = read_notebook(self.text(file))
        if notebook is None:
            return []
        mode = _own(notebook.metadata, "nbsphinx", "execute") or _own(notebook.metadata, "mystnb", "execution_mode") or mode
        # MyST-NB runs what lacks an output, nbsphinx what has none at all
        done = notebook.some if row.name == "nbsphinx" else notebook.whole
        if mode in _NEVER or (mode == "auto" and done):
            return []
        return list(notebook.pieces)

    def _cells(self, file: str, mode: str) -> list[Piece]:
        text = self.text(file)
        front = _FRONT.match(text)
        if "code-cell" not in text or front is None or not _MYST.search(front[1]):
            return []
        own = _OWN_MODE.search(front[1])
        if (own[1] if own else mode) in _NEVER:
            return []
        return [plain(block.piece) for block in blocks(text, _CELLS) if not skipped(block)]

    def scripts(self, row: Plugin, own: v.Value | None) -> list[str]:
        """The scripts of folders or the files that the row's option names, those that its patterns select."""
        held = self.c.option(row.option, own) if row.option else None
        if held is None and (default := row.defaults.get(row.option or "")) is not None:
            held = v.Const(default)
        select, ignore = self._pattern(row, row.select), self._pattern(row, row.ignore)
        found: dict[str, None] = {}
        for value in [] if held is None else (self.m.items_of(held) or v.leaves(held)):
            place = self.m.externals.files.tree_path(value)
            if place is None:
                continue
            file = next((p for p in (place, f"{place}.py", f"{place}/__init__.py") if p.endswith(".py") and self.m.project.exists(p)), None)
            if file is not None:
                found[file] = None
                continue
            start = f"{place}/" if place else ""
            for file in self.m.project.files:
                if file.startswith(start) and file.endswith(".py") and self._wanted(file, select, ignore):
                    found[file] = None
        return list(found)

    def _pattern(self, row: Plugin, option: str | None) -> re.Pattern[str] | None:
        if option is None:
            return None
        held = self.c.option(option, None)
        text = v.text_of(held) if held is not None else row.defaults.get(option)
        return bounded(text) if text is not None else None

    def _wanted(self, file: str, select: re.Pattern[str] | None, ignore: re.Pattern[str] | None) -> bool:
        path = f"/{file}"
        return (select is None or select.search(path) is not None) and (ignore is None or ignore.search(path) is None)


def _own(metadata: dict[str, Any], owner: str, key: str) -> str | None:
    table = metadata.get(owner)
    found = table.get(key) if isinstance(table, dict) else None
    return found if isinstance(found, str) else None


def glob(pattern: str) -> re.Pattern[str]:
    """A pattern of Sphinx: ``*`` stays in a folder, ``**`` does not (``sphinx.util.matching``); a folder stands for what is in it."""
    parts = re.findall(r"\*\*+/?|\*|\?|[^*?]+", pattern.strip("/"))
    signs = {"*": r"[^/]*", "?": r"[^/]"}
    out = [r".*" if part.startswith("**") else signs.get(part) or re.escape(part) for part in parts]
    text = "".join(out)
    return re.compile(text + r"(?:/.*)?$") if out.count(r".*") <= MAX_REPEATS else re.compile(r"(?!)")


def _nests(text: str) -> bool:
    """Whether a group that repeats or offers alternatives is repeated itself."""
    groups = [False]
    for position, sign in enumerate(text):
        if sign == "(":
            groups.append(False)
        elif sign == ")" and len(groups) > 1:
            choosing = groups.pop()
            if choosing and text[position + 1 : position + 2] in ("*", "+", "{"):
                return True
            groups[-1] |= choosing
        elif sign in "*+|{":
            groups[-1] = True
    return False


def bounded(text: str) -> re.Pattern[str] | None:
    """A regular expression of the project; None where it is broken or may take too long, which lets everything pass."""
    plain = re.sub(r"\\.|\[[^\]]*\]", "x", text, flags=re.DOTALL)
    if len(text) > MAX_PATTERN or len(re.findall(r"[*+{]", plain)) > MAX_REPEATS or _nests(plain):
        return None
    try:
        return re.compile(text)
    except (re.error, RecursionError, OverflowError):
        return None
