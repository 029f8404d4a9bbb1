"""What is in this project? The answers to a Project's questions, whatever the files come from."""

from __future__ import annotations

import configparser
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from offlint.model.entry import Skipped
from offlint.model.lazy import regex
from offlint.model.toml_ import TomlError, read_toml
from offlint.project import limits
from offlint.project.base import Noted
from offlint.project.contents import Contents, ReadError
from offlint.project.decode import PYTHON, decode
from offlint.project.metadata import name_and_version
from offlint.project.paths import AstrayError, follow

_LINE_END = regex(r"\r\n|\r|\n")
_TOML_PLACE = regex(r" \(at (?:line (\d+), column (\d+)|end of document)\)")
#: Texts take this many bytes of memory at most; the rest is read again. (One character beyond Latin-1 makes every other of its text wider.)
_MOST_CACHED = 8 * limits.MIB


class _Parser(configparser.ConfigParser):
    """As setuptools reads setup.cfg: no interpolation, no complaint about repeated keys, names in their own case."""

    def __init__(self) -> None:
        super().__init__(interpolation=None, strict=False)

    def optionxform(self, optionstr: str) -> str:
        """The name as written."""
        return optionstr


class Tree:
    """A project over the contents of a folder, an archive or a mapping. See ``base.Project`` for what the methods mean."""

    def __init__(self, contents: Contents) -> None:
        self._contents = contents
        self._regular = frozenset(contents.files)
        self._folders = frozenset(contents.folders)
        linked = [link for link, place in contents.links.items() if place in contents.files]
        self._files = tuple(sorted([*contents.files, *linked]))
        self._texts: dict[str, str | None] = {}
        self._sizes: dict[str, int] = {}
        self._cached = 0
        self._tomls: dict[str, Mapping[str, Any]] = {}
        self._inis: dict[str, Mapping[str, Mapping[str, str]]] = {}
        self.speaking: set[str] = set()
        self.root = contents.root
        self.copies = contents.copies
        self.shipped = contents.archive or "PKG-INFO" in self._files
        self.problems: list[Skipped] = contents.problems
        self.name, self.version = name_and_version(self)

    @property
    def files(self) -> Sequence[str]:
        """Every regular file, and every link to one, sorted."""
        return self._files

    def exists(self, path: str) -> bool:
        """Whether a file or a folder is there."""
        place = self._place(path)
        return place is not None and (place in self._regular or place in self._folders or not place)

    def is_dir(self, path: str) -> bool:
        """Whether a folder is there."""
        place = self._place(path)
        return place is not None and (place in self._folders or not place)

    def data(self, path: str) -> bytes | None:
        """A file's bytes, up to ``limits.FILE``."""
        return self._bytes(path, limits.FILE)

    def text(self, path: str) -> str | None:
        """A file's text, up to ``limits.TEXT``; line ends as they are, without a byte order mark."""
        place = self._place(path)
        key = path if place is None else place
        if key in self._texts:
            known = self._texts.pop(key)
            self._texts[key] = known  # the one that was asked for last is the last to go
            return known
        data = self._bytes(path, limits.TEXT)
        text: str | None = None
        if data is not None:
            python = key.endswith(PYTHON)
            if python and b"\0" in data:
                self._note(path, "contains NUL bytes")
            else:
                text = decode(data, python=python)
                if "offlint:" in text:
                    self.speaking.add(key)
        self._texts[key] = text
        self._sizes[key] = sys.getsizeof(text)  # noted, since a text that was encoded grows
        self._cached += self._sizes[key]
        while self._cached > _MOST_CACHED:
            oldest = next(iter(self._texts))
            self._cached -= self._sizes.pop(oldest)
            del self._texts[oldest]
        return text

    def toml(self, path: str) -> Mapping[str, Any]:
        """A TOML file (https://toml.io/en/v1.0.0) as nested mappings."""
        if path not in self._tomls:
            self._tomls[path] = self._parse_toml(path)
        return self._tomls[path]

    def ini(self, path: str) -> Mapping[str, Mapping[str, str]]:
        """A configparser file as sections of keys."""
        if path not in self._inis:
            self._inis[path] = self._parse_ini(path)
        return self._inis[path]

    def find(self, path: str, needle: str, start: int = 1) -> int:
        """The line of a text, ``start`` where it is not found."""
        text = self.text(path)
        if text is None or needle not in text:
            return start
        for number, line in enumerate(_LINE_END.split(text), 1):
            if number >= start and needle in line:
                return number
        return start

    def noted(self) -> Noted:
        """All that was noted since the tree was opened."""
        contents, reads = self._contents, self._contents.reads
        read = () if reads is None else tuple(reads.all())
        return Noted(tuple(self.problems), tuple(sorted(self.speaking)), read, reads is None or reads.steady, contents.lost)

    def note(self, noted: Noted) -> None:
        """As if this one had read it."""
        self.problems += [one for one in noted.problems if one not in self.problems]
        self.speaking.update(noted.speaking)
        self._contents.lost |= noted.lost
        if self._contents.reads is not None:
            self._contents.reads.take(noted.reads, steady=noted.steady)

    def _place(self, path: str) -> str | None:
        if path in self._regular:
            return path
        try:
            return follow(path, self._contents.links)
        except AstrayError:
            return None

    def _note(self, path: str, why: str, line: int = 1) -> None:
        problem = Skipped(path, why, line)
        if problem not in self.problems:
            self.problems.append(problem)

    def _bytes(self, path: str, most: int) -> bytes | None:
        place = self._place(path)
        if place not in self._regular or place is None:
            self._note(path, "is a folder" if self.is_dir(path) else "does not exist in the project")
            return None
        try:
            data = self._contents.read(place, most + 1)
        except ReadError as error:
            self._note(path, f"cannot be read: {error}")
            return None
        if len(data) > most:
            self._note(path, f"too large: more than {limits.size(most)}")
            return None
        return data

    def _parse_toml(self, path: str) -> Mapping[str, Any]:
        text = self.text(path)
        if text is None:
            return {}
        try:
            return read_toml(text)
        except TomlError as error:
            place = _TOML_PLACE.search(str(error))
            ends = 1 + len(_LINE_END.findall(text))
            line, column = (int(place[1] or ends), int(place[2] or 1)) if place else (1, 1)
            what = _TOML_PLACE.sub("", str(error).partition("\n")[0])
            self._note(path, f"broken TOML at {line}:{column}: {what}", line)
        except (RecursionError, ValueError) as error:
            self._note(path, f"broken TOML: {' '.join(str(error).split())}")
        return {}

    def _parse_ini(self, path: str) -> Mapping[str, Mapping[str, str]]:
        text = self.text(path)
        if text is None:
            return {}
        parser = _Parser()
        try:
            parser.read_string(text, path)
        except configparser.Error as error:
            found = getattr(error, "lineno", None) or next((number for number, _ in getattr(error, "errors", ())), 1)
            self._note(path, f"broken configuration file: {str(error).splitlines()[0].rstrip(':')}", found)
            return {}
        named = [*parser.sections(), *([parser.default_section] if parser.defaults() else ())]
        return {section: dict(parser[section]) for section in named}
