"""What do the commands that CMake runs do? Programs of the pages, Python of the tree, and CMake itself: scripts, and other projects."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from offlint.flow import values as v
from offlint.flow.cmake.words import Word, known
from offlint.flow.imports import ROOT
from offlint.flow.texts import template
from offlint.model.lazy import regex

if TYPE_CHECKING:
    from collections.abc import Sequence

    from offlint.flow.machine import Frame, Machine
    from offlint.model.span import Span

_DEFINED = regex(r"-D\s*([\w.+/-]+)(?::[A-Za-z]+)?(?:=(.*))?", re.DOTALL)
#: Options of cmake(1) that take a value as the next word, when it stands apart.
_VALUES = frozenset({"-S", "-B", "-C", "-D", "-U", "-G", "-T", "-A", "-P", "--toolchain", "--install-prefix", "--preset"})
_OTHER_MODES = frozenset({"--build", "--install", "--open", "--find-package", "--workflow", "--help", "--version", "-N"})


class Processes:
    """Runs command lines."""

    def __init__(self, machine: Machine) -> None:
        self.m = machine
        self.templates: dict[str, tuple[str, v.Scope]] = {}
        self.staged: dict[str, str] = {}
        self.written: dict[str, tuple[str, Span, v.Scope]] = {}

    def command(self, frame: Frame, words: list[Word], folder: list[Word] | None = None) -> None:
        """One command line of ``execute_process``, a custom command, or a step of an external project."""
        while words and words[0].text == "COMMAND":
            words = words[1:]
        if not words or (len(words) == 1 and not words[0].text and words[0].text is not None):
            return
        span, values = words[0].span, [word.value for word in words]
        values, folder_value = self._unwrapped(values), folder[0].value if folder else None
        if not values:
            return
        if self._is_cmake(values[0]):
            self.cmake(frame, values[1:], folder_value, span)
            return
        cwd = self.staged.get(v.text_of(folder_value) or "", self._in_tree(folder_value)) if folder_value is not None else None
        for test, one in self._programs(values):
            start = frame.way
            frame.narrow(test, span)
            if frame.alive:
                self._run(frame, one, span, cwd)
            if test != v.TRUE or not frame.alive:
                frame.way, frame.alive = start, True

    def _programs(self, values: list[v.Value]) -> list[tuple[v.Value, list[v.Value]]]:
        """The command line for each program that a choice of programs names; where none was found nothing is run."""
        first = values[0]
        if not isinstance(first, v.Choice):
            return [(v.TRUE, values)]
        return [(test, [one, *values[1:]]) for test, one in v.cases(first) if not template(one).endswith("-NOTFOUND")]

    def _run(self, frame: Frame, values: list[v.Value], span: Span, cwd: str | None) -> None:
        argv = self.m.new_items("list", values)
        for fetch in self.m.oracle.commands(self.m, argv, shell=False, span=span, cwd=cwd):
            self.m.externals.fetched(frame, fetch)
        self.m.externals.models.started(frame, argv, span, cwd or "")

    def _unwrapped(self, values: list[v.Value]) -> list[v.Value]:
        """``cmake -E env A=b program …`` and its kind run the program (cmake(1), "Run a Command-Line Tool")."""
        while len(values) > 2 and self._is_cmake(values[0]) and v.text_of(values[1]) == "-E":
            tool = v.text_of(values[2])
            if tool == "time":
                values = values[3:]
            elif tool == "chdir":
                values = values[4:]
            elif tool == "env":
                at = 3
                while at < len(values) and re.match(r"--|[A-Za-z_]\w*=", template(values[at])):
                    at += 1
                values = values[at:]
            else:
                return []
        return values

    def _is_cmake(self, value: v.Value) -> bool:
        return posixpath.basename(template(value)).removesuffix(".exe") in ("cmake", "cmake3", "{CMAKE_COMMAND}")

    def result(self, keyword: str, name: str) -> v.Value:
        """What a process leaves in a variable."""
        del keyword
        return v.Unknown(name)

    # cmake itself

    def seals(self, values: Sequence[v.Value]) -> bool:
        """Whether the words that CMake is run with are all known, and none is a file with more of them: nothing else gets to the run."""
        return all(self._is_told(one) for value in values for one in v.leaves(value))

    def _is_told(self, word: v.Value) -> bool:
        """Whether a word of CMake's command line is one, and what kind of word it is, though not all of its text may be known."""
        if isinstance(word, v.Path) or defined(self.m, word) is not None:
            return True
        head = v.text_of(word.parts[0] if isinstance(word, v.Text) else word)
        return head is not None and head not in ("", "-") and not head.startswith("-C" if isinstance(word, v.Const) else ("-C", "-D"))

    def definitions(self, words: Sequence[Word]) -> dict[str, v.Value]:
        """The ``-DX=value`` among the words."""
        found: dict[str, v.Value] = {}
        for word in words:
            made = defined(self.m, word.value)
            if made is not None:
                found[made[0]] = made[1]
        return found

    def cmake(self, frame: Frame, values: list[v.Value], folder: v.Value | None, span: Span) -> None:
        """``cmake -P script``, or CMake on a project's folder."""
        given: dict[str, v.Value] = {}
        source: v.Value | None = None
        script: v.Value | None = None
        at = 0
        while at < len(values):
            value, text = values[at], template(values[at])
            following = values[at + 1] if at + 1 < len(values) else v.Const("")
            if text in _OTHER_MODES or text == "-E":
                return
            if text == "-P":
                script = following
            elif text == "-S" or (text == "-H" and at + 1 < len(values)):
                source = following
            elif text == "-D":
                made = defined(self.m, self.m.expressions.join([v.Const("-D"), following]))
                given |= dict([made]) if made else {}
            elif text.startswith("-D"):
                made = defined(self.m, value)
                given |= dict([made]) if made else {}
            elif text.startswith(("-S", "-H")) and len(text) > 2:
                source = v.Const(text[2:])
            elif not text.startswith("-") and source is None:
                source = value
            at += 2 if text in _VALUES else 1
        if script is not None:
            self._script(frame, script, given, span)
        elif source is not None:
            place = source if folder is None else self.m.expressions.join_path([folder, source])
            self._project(frame, place, given, span, sealed=self.seals(values))

    def _script(self, frame: Frame, script: v.Value, given: dict[str, v.Value], span: Span) -> None:
        path = v.text_of(script) or ""
        held = self.written.get(path)
        place, template_place = self._in_tree(script), self.templates.get(path)
        made = v.text_of(self.m.file(script) or v.NONE)
        if held is not None:
            self.m.cmake.text(frame, held[0], held[1])
        elif made is not None:
            self.m.cmake.runs.configure(frame, "", given, span, text=made)
        elif template_place is not None:
            self._as_template(frame, template_place, span)
        elif place is not None and self.m.cmake.runs.matters(place):
            self.m.cmake.runs.configure(frame, posixpath.dirname(place), given, span, script=place)

    def _project(self, frame: Frame, source: v.Value, given: dict[str, v.Value], span: Span, *, sealed: bool) -> None:
        path = posixpath.normpath(posixpath.join(v.text_of(source) or "", "CMakeLists.txt"))
        held = self.templates.get(path)
        if held is not None:
            self._as_template(frame, held, span)
        elif path in self.written:
            text, place, _ = self.written[path]
            self.m.cmake.text(frame, text, place)
        else:
            folder = self._in_tree(source)
            if folder is not None and self.m.project.exists(posixpath.join(folder, "CMakeLists.txt")):
                self.m.cmake.runs.configure(frame, folder, given, span, sealed=sealed)

    def _as_template(self, frame: Frame, held: tuple[str, v.Scope], span: Span) -> None:
        """A file that ``configure_file`` made: its references are to the variables of where it was made."""
        outer, frame.scope = frame.scope, v.Scope(held[0], held[1], "cmake")
        try:
            self.m.cmake.include(frame, held[0], span, template=True)
        finally:
            frame.scope = outer

    def _in_tree(self, path: v.Value) -> str | None:
        text = v.text_of(known(path))
        return self.m.externals.files.tree_path(path) if text is not None and text.startswith(ROOT) else None

    def spawned(self, frame: Frame, argv: v.Value, span: Span) -> None:
        """A command line of Python code: CMake on the project, as an extension's build command starts it."""
        values = self.m.items_of(argv)
        if not values or not self._is_cmake(values[0]) or frame.scope.kind == "cmake":
            return
        texts = [template(value) for value in values]
        if any(text in _OTHER_MODES or text == "-E" for text in texts):
            return
        if "-P" in texts:
            self.cmake(frame, values[1:], None, span)
            return
        folder = next((place for value in values[1:] if (place := self._project_folder(value)) is not None), None)
        if folder is None:
            folder = "" if self.m.project.exists("CMakeLists.txt") else None
        given = self._given(argv, span)
        given |= {text[2:].split("=")[0].split(":")[0]: v.Unknown("argument") for text in texts if text.startswith("-D{")}
        if folder is not None and self.m.project.exists(posixpath.join(folder, "CMakeLists.txt")):
            self.m.cmake.runs.configure(frame, folder, given, span, sealed=self.seals(values[1:]))

    def _given(self, argv: v.Value, span: Span) -> dict[str, v.Value]:
        """The definitions of a command line whose words may differ by a condition."""
        held = list(v.cases(self.m.held(argv)))
        found = [
            (test, self.definitions([Word(word, True, span) for item in one.items for word in v.leaves(item)]))
            for test, one in held
            if isinstance(one, v.Contents)
        ]
        given: dict[str, v.Value] = {}
        for name in dict.fromkeys(name for _, one in found for name in one):
            given[name] = found[-1][1].get(name, v.NONE)
            for test, one in reversed(found[:-1]):
                given[name] = v.choice(test, one.get(name, v.NONE), given[name])
        return given

    def _project_folder(self, value: v.Value) -> str | None:
        text = v.text_of(value)
        if text is None or text.startswith("-D"):
            return None
        text = re.sub(r"^(?:-S|-H)", "", text)
        place = self.m.externals.files.tree_path(v.Const(text)) if text and not text.startswith("-") else None
        return place if place is not None and self.m.project.exists(posixpath.join(place, "CMakeLists.txt")) else None


def defined(machine: Machine, value: v.Value) -> tuple[str, v.Value] | None:
    """Name and value of ``-DNAME[:TYPE]=value``; None for another word. A person may replace what is given."""
    if isinstance(value, v.Choice):
        then, orelse = defined(machine, value.then), defined(machine, value.orelse)
        if then is None or orelse is None or then[0] != orelse[0]:
            return then or orelse
        return then[0], v.choice(value.test, then[1], orelse[1])
    parts = value.parts if isinstance(value, v.Text) else (value,)
    head = v.text_of(parts[0])
    match = _DEFINED.fullmatch(head) if head else None
    if match is None or (match[2] is None and len(parts) > 1):
        return None
    rest = [*([v.Const(match[2])] if match[2] else []), *parts[1:]]
    held = machine.expressions.join(rest) if len(rest) != 1 else rest[0]
    return match[1], held
