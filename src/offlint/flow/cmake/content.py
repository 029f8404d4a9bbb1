"""What does a command of the rulebook's CMake page fetch, and when? Declared content, external projects, downloads, their steps."""

from __future__ import annotations

import posixpath
from itertools import pairwise
from typing import TYPE_CHECKING

from offlint.flow import values as v
from offlint.flow.cmake.words import Word, known
from offlint.flow.imports import ROOT
from offlint.flow.texts import template
from offlint.model.lazy import dataclass

if TYPE_CHECKING:
    from offlint.flow.machine import Frame, Machine
    from offlint.model.span import Span
    from offlint.rulebook.schema import CMakeRow

_DECLARED = "cmake-declared"
_POPULATED = "cmake-populated"


@dataclass(frozen=True, slots=True)
class Given:
    """A command's words by keyword; ``plain`` are those before the first one."""

    plain: tuple[Word, ...]
    named: dict[str, list[Word]]
    steps: tuple[tuple[str, tuple[Word, ...]], ...]

    def first(self, names: tuple[str, ...]) -> tuple[str, Word] | None:
        """The first of the keywords that has a value, with its first value."""
        return next(((name, self.named[name][0]) for name in names if self.named.get(name)), None)


def parsed(row: CMakeRow, words: list[Word]) -> Given:
    """Split the words at the row's keywords."""
    plain: list[Word] = []
    named: dict[str, list[Word]] = {}
    steps: list[tuple[str, tuple[Word, ...]]] = []
    current: list[Word] = plain
    step: list[Word] | None = None
    for word in words[1:] if row.sub else words:
        text = None if word.quoted else word.text
        if text is not None and text in row.all_keywords:
            if step is not None:
                steps.append((step[0].text or "", tuple(step[1:])))
            step = [word] if text in row.steps or (text == "COMMAND" and step is not None) else None
            current = named.setdefault(text, [])
        else:
            current.append(word)
            if step is not None:
                step.append(word)
    if step is not None:
        steps.append((step[0].text or "", tuple(step[1:])))
    return Given(tuple(plain), named, tuple(steps))


@dataclass(frozen=True, slots=True)
class _Declared:
    row: CMakeRow
    given: Given
    span: Span


class Content:
    """Runs the commands that fetch."""

    def __init__(self, machine: Machine) -> None:
        self.m = machine
        self._declared: list[_Declared] = []

    def run(self, frame: Frame, row: CMakeRow, words: list[Word], span: Span) -> None:
        """One command of the page."""
        given = parsed(row, words)
        if row.happens == "populates" and not given.first(row.urls):
            for word in given.plain:
                self._populate(frame, word.text, span)
            return
        if row.happens == "populated":
            self._declare(row, given, span)
            return
        start = frame.way
        name = self._name(row, given)
        if name and row.target:
            self.m.cmake.targets.add(name)
        excluded = row.target and self._excluded(given)  # of content, only its own targets are left out
        left_out = (row.asked_unless and row.asked_unless not in given.named) or excluded
        if left_out and name and not self.m.cmake.targets.wanted(name):
            frame.narrow(v.Opt("command", name, v.FALSE, span), span)
        if frame.alive:
            self._fetch(frame, row, given, span, name)
        if row.found_first or row.asked_unless or excluded:
            frame.way, frame.alive = start, True
        if row.outputs:
            self._outputs(frame, row, given)

    def _name(self, row: CMakeRow, given: Given) -> str | None:
        if row.name is not None and row.name < len(given.plain):
            return template(given.plain[row.name].value)
        named = given.first(("NAME",))
        return named[1].text if named else None

    def _excluded(self, given: Given) -> bool:
        """Whether the target is built on request only (``EXCLUDE_FROM_ALL``)."""
        held = given.named.get("EXCLUDE_FROM_ALL")
        return held is not None and bool(held) and (held[0].text or "").upper() in ("1", "ON", "TRUE", "YES")

    # content that is declared and populated

    def _declare(self, row: CMakeRow, given: Given, span: Span) -> None:
        name = self._name(row, given)
        if name is None:
            return
        key = name.lower()
        mine = v.Const(len(self._declared))
        self._declared.append(_Declared(row, given, span))
        held = self.m.store.get(_DECLARED, key)
        self.m.store.set(_DECLARED, key, mine if held is None else _first(held, mine))

    def _populate(self, frame: Frame, name: str | None, span: Span) -> None:
        if not name:
            return
        key = name.lower()
        variables = self.m.cmake.variables
        done = self.m.store.get(_POPULATED, key) or v.FALSE
        held = self.m.store.get(_DECLARED, key)
        start = frame.way
        frame.narrow(v.negation(_condition(done)), span)
        override = f"FETCHCONTENT_SOURCE_DIR_{name.upper()}"
        folder = variables.read(frame, override)
        if not isinstance(folder, v.Opt | v.Unknown) and folder not in (v.NONE, v.Const("")):
            self._build(frame, known(folder), {}, span)
        else:
            for test, one in v.cases(held) if held is not None and frame.alive else ():
                if isinstance(one, v.Const) and isinstance(one.value, int) and not isinstance(one.value, bool):
                    declared = self._declared[one.value]
                    inner = frame.way
                    frame.narrow(test, span)
                    if frame.alive:
                        self._fetch(frame, declared.row, declared.given, declared.span, name)
                    frame.way, frame.alive = inner, True
        frame.way, frame.alive = start, True
        self.m.store.set(_POPULATED, key, v.TRUE)
        self.m.cmake.targets.open = True
        for suffix, value in (("POPULATED", v.Const("TRUE")), ("SOURCE_DIR", _built(f"{key}-src")), ("BINARY_DIR", _built(f"{key}-build"))):
            variables.set(frame, f"{key}_{suffix}", value)

    def properties(self, frame: Frame, words: list[Word]) -> None:
        """``FetchContent_GetProperties(name [SOURCE_DIR x] [BINARY_DIR y] [POPULATED z])``."""
        name = words[0].text if words else None
        if not name:
            return
        key = name.lower()
        done = _condition(self.m.store.get(_POPULATED, key) or v.FALSE)
        names = {word.text: following.text for word, following in pairwise(words[1:])}
        values = {
            "POPULATED": v.choice(done, v.Const("TRUE"), v.Const("FALSE")),
            "SOURCE_DIR": _built(f"{key}-src"),
            "BINARY_DIR": _built(f"{key}-build"),
        }
        for suffix, value in values.items():
            target = names.get(suffix) if len(words) > 1 else f"{key}_{suffix}"
            if target:
                self.m.cmake.variables.set(frame, target, value)

    # fetching

    def _fetch(self, frame: Frame, row: CMakeRow, given: Given, span: Span, name: str | None) -> None:
        """The access itself, and the steps that run when it is there."""
        replaced = given.named.get(row.replaced_by) if row.replaced_by else None
        if row.found_first and name and (row.found_first == ("*",) or any(one in given.named for one in row.found_first)):
            frame.narrow(v.negation(v.Atom("missing", f"package {name.upper()}", 0, span)), span)
        if replaced is None and frame.alive:
            self._download(frame, row, given, span)
        for keyword, words in given.steps:
            del keyword
            fetched = replaced is None and given.first(row.urls) is not None
            if frame.alive and not (fetched and words and template(words[0].value).startswith(("./", "<SOURCE_DIR>"))):
                self.m.cmake.processes.command(frame, list(words), given.named.get("WORKING_DIRECTORY"))
        source = given.first((row.source,)) if row.source else None
        if source is not None and frame.alive and (replaced is not None or given.first(row.urls) is None):
            held = [word for keyword in row.arguments for word in given.named.get(keyword, ())]
            sealed = self.m.cmake.processes.seals([word.value for word in held])
            self._build(frame, source[1].value, self.m.cmake.processes.definitions(held), span, sealed=sealed)

    def _download(self, frame: Frame, row: CMakeRow, given: Given, span: Span) -> None:
        url = given.first(row.urls)
        cached = self._shipped(row, given, url[1].value) if url else v.TRUE
        start = frame.way
        frame.narrow(cached, span)
        if frame.alive:
            words = {key: [word.value for word in held] for key, held in given.named.items()}
            fetch = self.m.oracle.cmake(self.m, row, [word.value for word in given.plain], words, span)
            if fetch is not None:
                self.m.externals.fetched(frame, fetch)
                status = given.first(("STATUS",))
                if status is not None and status[1].text:
                    self.m.cmake.variables.set(frame, status[1].text, v.Unknown("status"))
        if frame.way is not start or not frame.alive:
            frame.way, frame.alive = start, True

    def _shipped(self, row: CMakeRow, given: Given, url: v.Value) -> v.Value:
        """The condition under which the file is fetched: it is not where its folder in the tree has a file of its name."""
        place = given.first((row.cache,)) if row.cache else None
        if place is None:
            return v.TRUE
        folder = place[1].value
        default = folder.default if isinstance(folder, v.Opt) else folder
        named = given.first(("DOWNLOAD_NAME",))
        tests: list[tuple[v.Value, v.Value]] = []
        for test, one in v.cases(url):
            text = v.text_of(named[1].value if named else one)
            root = v.text_of(known(default))
            path = self.m.externals.files.tree_path(v.Const(posixpath.join(root, posixpath.basename(text)))) if text and root else None
            there = path is not None and self.m.project.exists(path)
            elsewhere = v.Sym("!=", (folder, default)) if isinstance(folder, v.Opt) else v.FALSE
            tests.append((test, elsewhere if there else v.TRUE))
        result = tests[-1][1]
        for test, one in reversed(tests[:-1]):
            result = self.m.cmake.conditions.pick(test, one, result)
        return result

    def _build(self, frame: Frame, folder: v.Value, given: dict[str, v.Value], span: Span, *, sealed: bool = False) -> None:
        """CMake is run on a folder of the tree."""
        for test, one in v.cases(folder):
            place = self.m.externals.files.tree_path(one) if (v.text_of(one) or "").startswith(ROOT) else None
            if place is not None and self.m.project.exists(posixpath.join(place, "CMakeLists.txt")):
                start = frame.way
                frame.narrow(test, span)
                if frame.alive:
                    self.m.cmake.runs.configure(frame, place, given, span, sealed=sealed)
                frame.way, frame.alive = start, True

    def _outputs(self, frame: Frame, row: CMakeRow, given: Given) -> None:
        """Variables that the command sets to what is only known when it runs."""
        for keyword in row.outputs:
            for word in given.named.get(keyword, ())[:1]:
                if word.text:
                    self.m.cmake.variables.set(frame, word.text, self.m.cmake.processes.result(keyword, word.text))

    def toolchain(self, frame: Frame, span: Span) -> None:
        """The toolchain file of vcpkg installs what the manifest names at the first ``project()``; conan's provider does for its file.

        https://learn.microsoft.com/vcpkg/users/buildsystems/cmake-integration, https://github.com/conan-io/cmake-conan.
        """
        variables = self.m.cmake.variables
        for row in self.m.rulebook.cmake.get("project", {}).values():
            for name, ending in row.given:
                for test, one in v.cases(known(variables.read(frame, name, span))):
                    shipped = any(self.m.project.exists(file) for file in row.needs)
                    if template(one).endswith(ending) and shipped:
                        start = frame.way
                        frame.narrow(test, span)
                        fetch = self.m.oracle.cmake(self.m, row, [], {}, span) if frame.alive else None
                        if fetch is not None:
                            self.m.externals.fetched(frame, fetch)
                        frame.way, frame.alive = start, True


def _first(held: v.Value, mine: v.Value) -> v.Value:
    """The first declaration of a name counts."""
    if isinstance(held, v.Choice):
        return v.choice(held.test, _first(held.then, mine), _first(held.orelse, mine))
    return mine if held == v.NONE else held


def _condition(held: v.Value) -> v.Value:
    if isinstance(held, v.Choice):
        then, orelse = _condition(held.then), _condition(held.orelse)
        return held.test if (then, orelse) == (v.TRUE, v.FALSE) else v.choice(held.test, then, orelse)
    return v.TRUE if held == v.TRUE else v.FALSE


def _built(name: str) -> v.Value:
    return v.Const(f"⟨build⟩/_deps/{name}")
