"""What is in a file, and is it there? Files of the tree, which are known, and files that the run writes."""

from __future__ import annotations

import fnmatch
import json
import posixpath
import re
from typing import TYPE_CHECKING, Any

from offlint.flow import values as v
from offlint.flow.grounds import ALWAYS_SET
from offlint.flow.imports import ROOT
from offlint.flow.interning import taint
from offlint.flow.machine import MEMORY
from offlint.flow.summary import Use
from offlint.flow.texts import template
from offlint.model.toml_ import read_toml

if TYPE_CHECKING:
    from offlint.flow.machine import Frame, Machine
    from offlint.model.span import Span

#: Data files of the tree that are larger than this are not read for their values.
MAX_DATA = 400_000
MAX_LINES = 400
#: A checkout has these, and a project is built from one as well.
_VERSIONED = frozenset({".git", ".hg", ".svn", ".bzr"})
#: A file that a search found, whatever folder it is in: nothing is known of its path but that it is no URL.
SOME_FILE = v.Unknown("a file that was found")
#: A pattern that finds more files than this is not followed file by file.
MAX_MATCHES = 60
#: Files that hold no text: their content decides nothing, and in an archive each of them costs a pass.
_NO_TEXT = (
    ".png", ".jpg", ".jpeg", ".gif", ".bmp", ".ico", ".tif", ".tiff", ".webp", ".pdf", ".ttf", ".otf", ".woff", ".woff2", ".gz", ".bz2",
    ".xz", ".zip", ".tar", ".whl", ".npy", ".npz", ".h5", ".nc", ".fits", ".so", ".dll", ".exe", ".mp3", ".mp4", ".wav", ".pkl", ".parquet",
)  # fmt: skip


class Files:
    """Reads and writes files as the analysed code would, on paper."""

    def __init__(self, machine: Machine) -> None:
        self.m = machine
        self._read: dict[str, str] = {}

    def tree_path(self, path: v.Value) -> str | None:
        """The path relative to the project's root, None for a place outside of it or one that is not known."""
        text = v.text_of(path)
        if text is None:
            return None
        if text.startswith(ROOT):
            text = text[len(ROOT) :].lstrip("/")
        elif text.startswith(("/", "~")) or "⟨" in text or "\n" in text or len(text) > 500:
            return None
        else:
            here = v.text_of(self.m.store.get("folder", "current") or v.Const(self.m.cwd))
            if here is None:
                return None
            text = posixpath.join(here, text)
        normal = posixpath.normpath(text) if text else "."
        return None if normal.startswith("..") else ("" if normal == "." else normal)

    def change_folder(self, path: v.Value) -> None:
        """``os.chdir``: relative paths begin there from now on."""
        place = self.tree_path(path)
        self.m.store.set("folder", "current", v.Const(place) if place is not None else v.Unknown("folder"))

    def open(self, frame: Frame, path: v.Value, mode: str, span: Span) -> v.Value:
        """An open file; opening for writing empties it."""
        if not set(mode) & set("wax"):
            self.m.inputs.file(frame, path, "open", span)
        if "w" in mode:
            old = self.m.file(path)
            if old is not None:
                self.m.write_file(path, v.Const(""))
        return v.FileObject(path, mode)

    def exists(self, path: v.Value, span: Span | None) -> v.Value:
        """Whether the file is there: decided by what the run wrote and by what the tree holds; missing files may be provisioned."""
        if isinstance(path, v.Choice):
            return v.choice(path.test, self.exists(path.then, span), self.exists(path.orelse, span))
        written = self.m.file(path)
        if written is not None:
            tests = [test for test, held in v.cases(written) if held != v.NONE]
            result: v.Value = v.FALSE
            for test in tests:
                result = v.either(result, test)
            if result == v.TRUE:
                return v.TRUE
            return v.either(result, self._there(path, span)) if result != v.FALSE else v.FALSE
        return self._there(path, span)

    def is_kind(self, path: v.Value, span: Span | None, *, folder: bool) -> v.Value:
        """Whether it is there and a folder, or there and a file: the tree knows; of other places only one of the two can be asked well."""
        if isinstance(path, v.Choice):
            then, orelse = (self.is_kind(one, span, folder=folder) for one in (path.then, path.orelse))
            return v.choice(path.test, then, orelse)
        place = self.tree_path(path)
        if self.m.file(path) is None and place is not None and self.m.project.exists(place or "."):
            return self._there(path, span) if self.m.project.is_dir(place or ".") is folder else v.FALSE
        label = template(path)
        if folder and self.m.store.get("exists", label) is not None and not self.m.store.get("folders", label):
            return self.m.atom("unknown", f"{label} is a folder", span)
        if folder:
            self.m.store.set("folders", label, v.TRUE)
        return self.exists(path, span)

    def is_link(self, path: v.Value, span: Span | None) -> v.Value:
        """Whether it is a symbolic link: what the run has written is none, of other places nothing is known."""
        return v.FALSE if self.m.file(path) is not None else self.m.atom("unknown", f"{template(path)} is a link", span)

    def _there(self, path: v.Value, span: Span | None) -> v.Value:
        if re.match(r"(?:https?|ftps?|git|ssh)://", template(path)):
            return v.FALSE  # "a path or a URL": this is the URL
        place = self.tree_path(path)
        if place is not None and self.m.project.exists(place or "."):
            return v.negation(self._gone(place))
        label = template(path)
        if place is not None:
            self.m.inputs.asked.add(place)
        known = self.m.store.get("exists", label)
        if known is None:
            known = self._ours(place, label, span, known=label.startswith(ROOT))
            self.m.store.set("exists", label, known)
        elif self.m.store.peek(("folder", "installed")) is not None:  # what was asked for before is what a package manager may have brought
            known = self.m.store.get("brought", label) or self.m.atom("missing", label, span)
            self.m.store.set("brought", label, known)
        named = variable_of(path)
        if named is not None:
            # who names a place by a variable has put there what is looked for
            return v.either(v.Sym("isset", (named,), span), known)
        return known

    def _ours(self, place: str | None, label: str, span: Span | None, *, known: bool) -> v.Atom:
        """A file that is not there; one that a folder of the tree does not hold is told from those of the machine.

        Where the run has changed its folder or unpacked something, what is not ``known`` to be the tree's own may have come with that.
        """
        atom = self.m.atom("missing", label, span)
        folder = posixpath.dirname(place) if place else ""
        if not known and any(self.m.store.peek(("folder", what)) is not None for what in ("current", "unpacked")):
            return atom
        if place or label.removeprefix(f"{ROOT}/").startswith(".."):
            self.m.inputs.absent.add(atom.id)  # an archive is unpacked anywhere: nothing of the project is above it
        if place and _VERSIONED.intersection(place.split("/")):
            self.m.inputs.versioned.add(atom.id)
        elif place and (not folder or self.m.project.is_dir(folder)):
            self.m.ours.add(atom.id)
        return atom

    def content(self, frame: Frame, path: v.Value, span: Span, *, lines: bool = False) -> v.Value:
        """What a read of the file gives."""
        del frame, span
        if isinstance(path, v.Handle) and path.type == "io.BytesIO":
            return path.args[0] if path.args else v.Const(b"")
        written = self.m.file(path)
        if written is not None:
            return written
        touched = self.m.deep_taint(path)
        if touched:
            return v.Unknown("content", touched)
        place = self.tree_path(path)
        if place and not place.lower().endswith(_NO_TEXT) and self.m.project.exists(place) and not self.m.project.is_dir(place):
            data = self.m.project.data(place)
            if data is not None and len(data) <= MAX_DATA:
                text = self.m.project.text(place)
                if text is not None:
                    if lines:
                        return self.m.new_items("list", [v.Const(line + "\n") for line in text.splitlines()[:MAX_LINES]])
                    if place.endswith(".py"):
                        self._read[text] = place
                    return v.Const(text)
        return v.Unknown("content")

    def content_of(self, value: v.Value) -> v.Value:
        """The data that a value stands for: the content of a file or path, else the value itself."""
        if isinstance(value, v.FileObject):
            return self._written(value.path)
        if isinstance(value, v.Handle) and value.args:
            return (
                self.content_of(value.args[0])
                if value.type in ("io.BytesIO", "io.StringIO", "tarfile.TarFile", "zipfile.ZipFile")
                else value
            )
        if isinstance(value, v.NAMES):
            written = self.m.file(value)
            return written if written is not None else value
        return value

    def _written(self, path: v.Value) -> v.Value:
        written = self.m.file(path)
        return written if written is not None else v.Unknown("content", self.m.deep_taint(path))

    def write(self, frame: Frame, path: v.Value, data: v.Value, span: Span, *, append: bool = False) -> None:
        """The file now holds the data."""
        touched = self.m.deep_taint(data)
        held = v.Unknown("content", touched) if touched and not taint(data) else data
        if append:
            old = self.m.file(path)
            if old is not None and taint(old) - touched:
                held = v.Unknown("content", touched | taint(old))
        if not touched and self.m.file(path) is None and v.text_of(path) is None and not self.m.file_key(path).startswith("⟨tmp⟩"):
            return
        self.m.write_file(path, held)
        if touched:
            frame.summary.interesting = True
            if not self.m.file_key(path).startswith(MEMORY):  # which is gone with the run: what is read from it is used where it goes
                frame.summary.uses.append((frame.way, Use("write", touched, span)))

    def remove(self, path: v.Value) -> None:
        """The file, or the folder with all that is in it, is gone."""
        self.m.write_file(path, v.NONE)
        place = self.tree_path(path)
        if place:
            self.m.store.set("removed", place, v.TRUE)

    def _gone(self, place: str) -> v.Value:
        """The condition under which the run has removed the file, or a folder around it."""
        result: v.Value = v.FALSE
        while place:
            held = self.m.store.get("removed", place)
            for test, one in v.cases(held) if held is not None else ():
                result = v.either(result, test) if one == v.TRUE else result
            place = posixpath.dirname(place)
        return result

    def copy(self, frame: Frame, source: v.Value, target: v.Value, span: Span, *, move: bool = False) -> None:
        """The target holds what the source held."""
        held = self.m.file(source)
        if held is None:
            touched = self.m.deep_taint(source)
            self.m.inputs.file(frame, source, "a copy", span)
            again = self.m.file(target) == v.NONE  # it was removed before, and is there again
            held = v.Unknown("content", touched) if touched or again else None
        if held is not None:
            self.write(frame, target, held, span)
            if move:
                self.remove(source)

    def matches(self, pattern: v.Value, span: Span | None, *, below: bool = False, paths: bool = False) -> v.Value:
        """What a pattern with wildcards finds, ``below`` in all folders below its own too: files of the tree, where there are some, as
        texts or as the ``paths`` of pathlib.

        A folder of the tree in which nothing is found is like a file that is not there; of other folders nothing is known.
        """
        place = self.tree_path(pattern)
        other = v.Rest(v.Path(SOME_FILE) if paths else SOME_FILE)
        folder = posixpath.dirname(place.partition("*")[0]) if place else ""
        if not place or "**" in place or not folder or not self.m.project.is_dir(folder):
            return self.m.new_items("list", [other])
        name = posixpath.basename(place)
        if below:
            found = [x for x in self.m.project.files if x.startswith(f"{folder}/") and fnmatch.fnmatchcase(posixpath.basename(x), name)]
        else:  # a wildcard stands for no slash (the manual of glob)
            found = [x for x in self.m.project.files if x.count("/") == place.count("/") and fnmatch.fnmatchcase(x, place)]
        if 0 < len(found) <= MAX_MATCHES:
            texts = [v.Const(f"{ROOT}/{one}") for one in sorted(found)]
            return self.m.new_items("list", [v.Path(one) if paths else one for one in texts])
        made = self.m.new_items("list", [other])
        if not found and "." in name:  # folders are not looked for, only files
            there = self._ours(f"{folder}/{name}", template(pattern), span, known=template(pattern).startswith(ROOT))
            self.m.store.set(made, "held", v.choice(there, self.m.held(made), v.Contents()))
        return made

    def listing(self, folder: v.Value, entry: v.Value) -> v.Value:
        """What is in a folder, of which each is like ``entry``: one of the tree is not empty, and holds a name where that file is there."""
        place = self.tree_path(folder)
        filled = place is not None and self.m.project.is_dir(place or ".") and self._gone(place) == v.FALSE
        made = self.m.new_items("list", [entry, v.Rest(entry)] if filled else [v.Rest(entry)])
        self.m.store.set(made, "folder", folder)
        return made

    def file_of(self, text: v.Value) -> str | None:
        """The Python file of the tree that has been read and whose whole text this is."""
        held = v.text_of(text)
        return self._read.get(held) if held else None

    def parsed(self, text: v.Value, kind: str) -> v.Value | None:
        """A known JSON or TOML text as values, None where it is not known or does not parse."""
        held = v.text_of(text)
        if held is None:
            return None
        try:
            if kind == "json":
                return self.from_python(json.loads(held))
            return self.from_python(read_toml(held))
        except (ValueError, RecursionError):
            return None

    def from_python(self, data: Any, depth: int = 0) -> v.Value:
        """Plain data as values."""
        if depth > 12:
            return v.Unknown("deep data")
        if isinstance(data, dict):
            return self.m.new_mapping([(v.Const(str(k)), self.from_python(x, depth + 1)) for k, x in list(data.items())[:3000]])
        if isinstance(data, list | tuple):
            return self.m.new_items("list", [self.from_python(x, depth + 1) for x in data[:3000]])
        if data is None or isinstance(data, str | int | float | bool):
            return v.Const(data)
        return v.Const(str(data))


def variable_of(path: v.Value) -> v.Env | None:
    """The variable that a path begins with, but those that every login sets."""
    while not isinstance(path, v.Env):
        if isinstance(path, v.Path):
            path = path.text
        elif isinstance(path, v.Text):
            path = path.parts[0]
        else:
            return None
    return path if path.name not in ALWAYS_SET and not path.name.startswith("XDG_") else None
