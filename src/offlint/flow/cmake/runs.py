"""Which runs of CMake are there, and what is each given? The build's own, and those that it starts itself."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from offlint.flow import values as v
from offlint.flow.cmake.variables import BUILD, CACHE
from offlint.flow.imports import ROOT
from offlint.model.lazy import regex

if TYPE_CHECKING:
    from offlint.flow.machine import Frame, Machine
    from offlint.model.entry import Entry
    from offlint.model.span import Span
    from offlint.rulebook.schema import Rulebook

#: Runs of CMake that one entry point may start: superbuilds configure projects that configure projects.
MAX_CONFIGURED = 40
COMMANDS = "cmake-commands"


class Runs:
    """Starts CMake."""

    def __init__(self, machine: Machine) -> None:
        self.m = machine
        self.configured = 0
        self._begins = _begins(machine.rulebook)

    def start(self, frame: Frame, entry: Entry) -> None:
        """Run CMake for an entry point, with what the project's own configuration defines."""
        if (entry.names and entry.file in self.m.modules.configured) or not self._can_reach():
            return
        given: dict[str, v.Value] = {}
        for option in self.m.options:
            default = given.get(option.name, v.NONE)
            match option.scope:
                case "cmake-fixed":
                    given[option.name] = v.Const(option.value)
                case "cmake":
                    given[option.name] = v.Opt("cmake", option.name, v.Const(option.value), option.span)
                case "cmake-env":
                    env = v.Env(option.value, default.default if isinstance(default, v.Opt) else v.Const(""), option.span)
                    given[option.name] = v.Opt("cmake", option.name, env, option.span)
                case "cmake-maybe":
                    asked = v.Atom("input", f"{option.span.place} applies", 0, option.span)
                    given[option.name] = v.choice(asked, v.Const(option.value), default)
                case _:
                    pass
        self.configure(frame, posixpath.dirname(entry.file), given, entry.span)

    def _can_reach(self) -> bool:
        """Whether any CMake file of the tree names a command that begins an access, or a file that is lacking; else none is parsed."""
        needs = [name for rows in self.m.rulebook.cmake.values() for row in rows.values() for name in row.needs]
        if any(self.m.project.exists(name) for name in needs):
            return True
        files = [file for file in self.m.project.files if file.endswith((".cmake", "CMakeLists.txt"))]
        return any(self._speaks(file) for file in files) or (self.m.project.shipped and any(self._lacks(file) for file in files))

    def _lacks(self, file: str) -> bool:
        """Whether a plain path that the file goes into or reads is not there, as seen from its own folder and from the root."""
        folders = (posixpath.dirname(file), "")
        for found in _READS.finditer(self.m.project.text(file) or ""):
            if not any(self.m.project.exists(posixpath.join(folder, found[1] or found[2])) for folder in folders):
                return True
        return False

    def _speaks(self, file: str) -> bool:
        return self._begins.search(self.m.project.text(file) or "") is not None

    def matters(self, script: str) -> bool:
        """Whether a script can reach the network, by itself or in files that it includes."""
        return self._speaks(script) or re.search(r"(?i)\binclude\s*\(", self.m.project.text(script) or "") is not None

    def configure(
        self,
        frame: Frame,
        folder: str,
        given: dict[str, v.Value],
        span: Span,
        *,
        script: str | None = None,
        text: str | None = None,
        sealed: bool = False,
    ) -> None:
        """Run CMake on a folder, on a script, or on a text that the run wrote, with a cache of its own; ``sealed`` for one of CMake's."""
        self.configured += 1
        if self.configured > MAX_CONFIGURED:
            if self.configured == MAX_CONFIGURED + 1:
                self.m.leave(span, f"more than {MAX_CONFIGURED} runs of CMake")
            return
        if text is None:
            self.m.modules.configured.add(script or posixpath.join(folder, "CMakeLists.txt"))
        start = frame.way
        variables = self.m.cmake.variables
        outer, calling, packages, was = frame.scope, self.m.calling, variables.packages, variables.sealed
        self.m.calling = True  # nothing of it runs when a module is imported
        saved = self._fresh_cache(given)
        frame.scope = v.Scope(span.file if text is not None else script or folder, None, "cmake")
        variables.packages, variables.sealed = set(), sealed
        here = {"CMAKE_SOURCE_DIR": rooted(folder), "PROJECT_SOURCE_DIR": rooted(folder), "PROJECT_BINARY_DIR": BUILD}
        if script is not None or text is not None:
            here |= {"CMAKE_CURRENT_SOURCE_DIR": BUILD, "CMAKE_CURRENT_BINARY_DIR": BUILD}
        for name, value in here.items():
            variables.set(frame, name, v.Const(value))
        try:
            if text is not None:
                self.m.cmake.text(frame, text, span)
            elif script is not None:
                self.m.cmake.include(frame, script, span)
            else:
                self.m.cmake.directory(frame, folder, span)
        finally:
            frame.scope, self.m.calling, variables.packages, variables.sealed = outer, calling, packages, was
            for (owner, name), held in saved.items():
                self.m.store.set(owner, name, held)
        if not frame.alive:
            frame.way, frame.alive = start, True  # a run that always fails is a sign that something was not understood

    def _fresh_cache(self, given: dict[str, v.Value]) -> dict[tuple[str, str], v.Value]:
        """Begin a run with what is given to it; what the outer run's cache held is given back."""
        saved: dict[tuple[str, str], v.Value] = {}
        for owner in (CACHE, "cmake-targets", COMMANDS, "cmake-populated"):
            for name, value in self.m.store.names(owner):
                saved[owner, name] = value
                if owner != COMMANDS:
                    self.m.store.set(owner, name, v.NONE)
        for name, value in given.items():
            self.m.store.set(CACHE, name, value)
        return saved


#: Commands that stop without a file, with a plain path as their first word.
_READS = regex(
    r"(?im)^[ \t]*(?:add_subdirectory[ \t]*\([ \t]*\"?([\w./-]+)|(?:configure_file|include)[ \t]*\([ \t]*\"?([\w./-]*[./][\w./-]*))"
)


def _begins(book: Rulebook) -> re.Pattern[str]:
    """Commands that the pages name."""
    names = [rf"{name}\s*\(\s*{sub}" for name, rows in book.cmake.items() for sub in rows if rows[sub].happens != "given"]
    return re.compile(rf"(?i)\b(?:{'|'.join(names)})")


def rooted(folder: str) -> str:
    """A folder of the tree as an absolute path."""
    return f"{ROOT}/{folder}" if folder else ROOT
