"""What does a name mean in this module? Definitions and imports, read from the text, and followed through the modules of the tree.

Nothing is parsed for it: what an import binds anywhere in a file counts for all of it, and a name that is bound twice means both.
"""

from __future__ import annotations

import builtins
import posixpath
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from offlint.flow.modules import SOURCES, package_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from offlint.flow.modules import Modules

_IMPORT = re.compile(r"^[ \t>]*(?:\.\.\.)?[ \t]*import[ \t]+([^\n#;]+)", re.MULTILINE)
_FROM = re.compile(r"^[ \t>]*(?:\.\.\.)?[ \t]*from[ \t]+([.\w]+)[ \t]+import[ \t]*(\([^)]{0,20000}\)|(?:[^\n#\\]|\\\n)*)", re.MULTILINE)
_COMMENT = re.compile(r"#[^\n]*")
_AS = re.compile(r"([.\w]+|\*)(?:\s+as\s+(\w+))?")
#: At whatever depth: a function below an ``if`` is one of the module's.
_DEFINED = re.compile(r"^[ \t]*(?:async[ \t]+)?(?:def|class)[ \t]+(\w+)", re.MULTILINE)
_ASSIGNED = re.compile(r"^[ \t]*(\w+)[ \t]*(?::[^=\n]+)?=(?!=)", re.MULTILINE)
_BUILTINS = frozenset(dir(builtins))
#: No name is handed on by so many modules.
MAX_HOPS = 6


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a name can mean: ``name`` that ``file`` of the tree defines, that module itself (no name), or something of a package (no file).

    ``dotted`` is the way it is imported, empty for what the file itself defines.
    """

    file: str
    name: str
    dotted: str


@dataclass(slots=True)
class Namespace:
    """The names of a module: what it defines, what it sets, what its imports bind (module, and name in it), and its star imports."""

    defined: frozenset[str] = frozenset()
    assigned: frozenset[str] = frozenset()
    imported: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    stars: list[str] = field(default_factory=list)


class Namespaces:
    """The namespaces of the tree's modules."""

    def __init__(self, modules: Modules) -> None:
        self._modules = modules
        self._known: dict[str, Namespace] = {}
        self._meant: dict[tuple[str, str], tuple[Meaning, ...]] = {}
        self._files: dict[tuple[str, str], str] = {}

    def of(self, file: str) -> Namespace:
        """The namespace of a file."""
        if file not in self._known:
            self._known[file] = self._read(file)
        return self._known[file]

    def _read(self, file: str) -> Namespace:
        text = self._modules.code(file)
        space = Namespace(frozenset(_DEFINED.findall(text)), frozenset(_ASSIGNED.findall(text)))
        for listed in _IMPORT.findall(text):
            for module, alias in _AS.findall(listed):
                first = module.split(".")[0]
                space.imported.setdefault(alias or first, []).append((module if alias else first, ""))
        for origin, listed in _FROM.findall(text):
            module = self._absolute(origin, file)
            for name, alias in _AS.findall(_COMMENT.sub("", listed)):
                if name == "*":
                    space.stars.append(module)
                else:
                    space.imported.setdefault(alias or name, []).append((module, name))
        return space

    @staticmethod
    def _absolute(origin: str, file: str) -> str:
        """A module of a ``from``, with a slash before it where it was relative: then it is a folder of the tree."""
        module = origin.lstrip(".")
        level = len(origin) - len(module)
        if not level:
            return module
        package = package_of(file.split("#", maxsplit=1)[0], level)
        return "/" + ".".join(part for part in (package, module) if part) if package is not None else ""

    def file_of(self, module: str, file: str) -> str:
        """The file of a module that another file imports; empty outside of the tree."""
        key = module, posixpath.dirname(file)
        if key not in self._files:
            search = ("",) if module.startswith("/") else ("", *SOURCES, key[1], posixpath.dirname(key[1]))
            self._files[key] = self._modules.resolve(module.removeprefix("/"), search) or ""
        return self._files[key]

    def meanings(self, file: str, dotted: str) -> Iterator[tuple[Meaning, tuple[str, ...]]]:
        """What the first names of a dotted one mean in a file, with the names behind that nothing here can tell."""
        first, *rest = dotted.split(".")
        for meaning in self.name(file, first):
            yield from self._below(meaning, rest, file)

    def _below(self, meaning: Meaning, rest: list[str], file: str) -> Iterator[tuple[Meaning, tuple[str, ...]]]:
        if not rest or meaning.name:  # what stands under a class or an object is for its kind to say
            yield meaning, tuple(rest)
            return
        inner = self.attribute(meaning, rest[0], file)
        for one in inner:
            yield from self._below(one, rest[1:], file)

    def attribute(self, module: Meaning, name: str, file: str) -> tuple[Meaning, ...]:
        """What a name means in a module."""
        dotted = f"{module.dotted}.{name}"
        if not module.file:
            return (Meaning("", "", dotted),)
        found = self.name(module.file, name) if not module.file.endswith("/") else ()
        if not found and (below := self.file_of(dotted, file)):
            return (Meaning(below, "", dotted),)
        return tuple(Meaning(one.file, one.name, dotted if one.file else one.dotted) for one in found) or (
            Meaning(module.file, name, dotted),
        )

    def name(self, file: str, name: str, hops: int = 0) -> tuple[Meaning, ...]:
        """What a name can mean in a file; nothing where that cannot be told."""
        key = file, name
        if key in self._meant:
            return self._meant[key]
        space = self.of(file)
        found: dict[Meaning, None] = {}
        if name in space.defined or name in space.assigned:
            found[Meaning(file, name, "")] = None
        if hops < MAX_HOPS:
            for module, inner in space.imported.get(name, ()):
                found.update(dict.fromkeys(self._from(module, inner, file, hops)))
            if name not in space.defined and name not in space.imported and name not in _BUILTINS:
                for module in space.stars:
                    found.update(dict.fromkeys(self._from(module, name, file, hops, star=True)))
        if hops == 0:
            self._meant[key] = tuple(found)
        return tuple(found)

    def _from(self, module: str, name: str, file: str, hops: int, *, star: bool = False) -> Iterator[Meaning]:
        origin = self.file_of(module, file)
        spelled = module.removeprefix("/")
        if not name:
            yield Meaning(origin, "", spelled)
            return
        dotted = f"{spelled}.{name}"
        if not origin:
            yield Meaning("", "", dotted)
            return
        inner = self.name(origin, name, hops + 1) if not origin.endswith("/") else ()
        if not inner and not star:
            below = self.file_of(f"{module}.{name}" if spelled else f"{module}{name}", file)
            yield Meaning(below, "", dotted) if below else Meaning(origin, name, dotted)
        for one in inner:
            yield Meaning(one.file, one.name, dotted if one.file else one.dotted)
