"""What do ``file`` and ``configure_file`` do? Reading, writing, hashing and unpacking, on paper; downloads are rows of the rulebook."""

from __future__ import annotations

import posixpath
from itertools import pairwise
from typing import TYPE_CHECKING

from offlint.flow import values as v
from offlint.flow.cmake.basics import relative
from offlint.flow.cmake.registry import command
from offlint.flow.cmake.strings import _HASHES as HASHES
from offlint.flow.cmake.strings import digest
from offlint.flow.cmake.words import Word, joined
from offlint.flow.interning import taint
from offlint.flow.summary import Use

if TYPE_CHECKING:
    from offlint.flow.cmake.language import CMake
    from offlint.flow.machine import Frame
    from offlint.model.span import Span


@command("file")
def file(cmake: CMake, frame: Frame, words: list[Word], span: Span) -> None:
    """``file(ACTION …)``."""
    texts = [word.text for word in words]
    action, files, out = (texts[0] or "") if texts else "", cmake.m.externals.files, _Out(cmake, frame)
    if len(words) < 2:
        return
    match action:
        case "READ" if len(words) > 2:
            cmake.m.inputs.file(frame, relative(cmake, frame, words[1].value), "file(READ)", span)
            out(texts[2], files.content(frame, relative(cmake, frame, words[1].value), span))
        case "STRINGS" if len(words) > 2:
            content = files.content(frame, relative(cmake, frame, words[1].value), span)
            plain = len(words) == 3 and isinstance(content, v.Const) and isinstance(content.value, str)
            lines = ";".join(str(content.value).splitlines()) if plain and isinstance(content, v.Const) else ""
            out(texts[2], v.Const(lines) if plain else v.Unknown("lines", taint(content)))
        case name if name in HASHES and len(words) > 2:
            out(texts[2], digest(cmake, name, files.content(frame, relative(cmake, frame, words[1].value), span), span))
        case "WRITE" | "APPEND":
            place = relative(cmake, frame, words[1].value, "BINARY")
            files.write(frame, place, joined(cmake.m, [word.value for word in words[2:]] or [v.Const("")]), span, append=action == "APPEND")
            _remember(cmake, frame, place, words[2:], span)
        case "REMOVE" | "REMOVE_RECURSE":
            for word in words[1:]:
                if cmake.m.file(word.value) is not None:
                    files.remove(word.value)
        case "RENAME" | "COPY_FILE" if len(words) > 2:
            files.copy(frame, words[1].value, words[2].value, span, move=action == "RENAME")
        case "COPY" | "INSTALL":
            _staged(cmake, frame, words[1:])
            for word in words[1:]:
                if word.text in ("DESTINATION", "FILES_MATCHING"):
                    break
                _use(cmake, frame, "pass", word.value, span)
        case "ARCHIVE_EXTRACT":
            for word, following in pairwise(words):
                if word.text == "INPUT":
                    _use(cmake, frame, "extract", following.value, span)
        case "GLOB" | "GLOB_RECURSE" | "RELATIVE_PATH" | "TO_CMAKE_PATH" | "TO_NATIVE_PATH" | "REAL_PATH" | "TIMESTAMP" | "SIZE":
            at = 1 if action.startswith(("GLOB", "RELATIVE")) else 2
            keeps = action in ("TO_CMAKE_PATH", "TO_NATIVE_PATH", "REAL_PATH")
            if at < len(words):
                out(texts[at], words[1].value if keeps else v.Unknown("files"))


class _Out:
    """Sets the variable that a command is given the name of."""

    def __init__(self, cmake: CMake, frame: Frame) -> None:
        self.cmake = cmake
        self.frame = frame

    def __call__(self, name: str | None, value: v.Value) -> None:
        if name:
            self.cmake.variables.set(self.frame, name, value)


def _staged(cmake: CMake, frame: Frame, words: list[Word]) -> None:
    """A folder of the tree that is copied into the build: programs that run in the copy see the tree's files."""
    texts = [word.text for word in words]
    if "DESTINATION" not in texts[:-1]:
        return
    at = texts.index("DESTINATION")
    target = v.text_of(relative(cmake, frame, words[at + 1].value, "BINARY"))
    for word in words[:at]:
        source = v.text_of(relative(cmake, frame, word.value))
        place = cmake.m.externals.files.tree_path(v.Const(source)) if source else None
        if source and target and place is not None and cmake.m.project.is_dir(place):
            name = "" if source.endswith("/") else posixpath.basename(place)
            cmake.processes.staged[posixpath.normpath(posixpath.join(target, name))] = place


def _use(cmake: CMake, frame: Frame, kind: str, path: v.Value, span: Span) -> None:
    touched = cmake.m.deep_taint(cmake.m.file(path))
    if touched:
        frame.summary.interesting = True
        frame.summary.uses.append((frame.way, Use(kind, touched, span)))


def _remember(cmake: CMake, frame: Frame, place: v.Value, content: list[Word], span: Span) -> None:
    """A text that is written to a file may be run as a script of CMake's later."""
    text = v.text_of(joined(cmake.m, [word.value for word in content] or [v.Const("")]))
    path = v.text_of(place)
    if text is not None and path is not None and path.endswith((".cmake", "CMakeLists.txt")):
        cmake.processes.written[path] = (text, content[0].span if content else span, frame.scope)


@command("configure_file")
def configure_file(cmake: CMake, frame: Frame, words: list[Word], span: Span) -> None:
    """A template of the tree becomes a file of the build, which may be run as CMake later."""
    if len(words) < 2:
        return
    source, target = relative(cmake, frame, words[0].value), relative(cmake, frame, words[1].value, "BINARY")
    place = cmake.m.externals.files.tree_path(source)
    path = v.text_of(target)
    if place and path and cmake.m.project.exists(place) and not cmake.m.project.is_dir(place):
        cmake.processes.templates[path] = (place, frame.scope)
    cmake.m.inputs.file(frame, source, "configure_file", span)
    touched = cmake.m.deep_taint(cmake.m.file(source))
    if touched:
        cmake.m.externals.files.write(frame, target, v.Unknown("content", touched), span)
