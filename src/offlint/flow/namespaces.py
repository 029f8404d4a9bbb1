"""What does a name mean in this module? Definitions and imports, read from the text, and followed through the modules of the tree.

Nothing is parsed for it: what an import binds anywhere in a file counts for all of it, and a name that is bound twice means both.
"""

from __future__ import annotations

import builtins
import posixpath
import re
from sys import intern
from typing import TYPE_CHECKING

from offlint.flow.imported import ORIGIN, package_of
from offlint.flow.modules import SOURCES
from offlint.model.lazy import dataclass, field, regex

if TYPE_CHECKING:
    from collections.abc import Iterator

    from offlint.flow.modules import Modules

# Each begins with a plain character: such places are found many times as fast as others, and every file is asked.
_IMPORT = regex(r"import[ \t]+([^\n#;]+)")
_FROM = regex(rf"from\b{ORIGIN}import\b[ \t]*(\([^)]{{0,8000}}\)|(?:[^\n#\\]|\\\n)*)")
_COMMENT = regex(r"#[^\n]*")
_AS = regex(r"([.\w]+|\*)(?:\s+as\s+(\w+))?")
#: At whatever depth: a function below an ``if`` is one of the module's.
_DEFINED = regex(r"\n[ \t]*(?:async[ \t]+)?(?:def|class)[ \t]+(\w+)")
_ASSIGNED = regex(r"\n[ \t]*(\w+)[ \t]*(?::[^=\n]+)?=(?!=)")
_BUILTINS = frozenset(dir(builtins))
#: A name is looked for in so many modules that hand it on to each other.
MAX_MODULES = 100
#: No statement stands further to the right.
MAX_INDENT = 200


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

    def origins(self, name: str) -> list[tuple[str, str]]:
        """Where a name may come from: module and name in it (none for a module itself)."""
        known = list(dict.fromkeys(self.imported.get(name, ())))
        own = known or name in self.defined or name in _BUILTINS
        return known if own else [(module, name) for module in dict.fromkeys(self.stars)]

    def knows(self, name: str) -> bool:
        """Whether the module has the name, or can have it from a star import."""
        return name in self.defined or name in self.assigned or name in self.imported or bool(self.stars)


class Namespaces:
    """The namespaces of the tree's modules."""

    def __init__(self, modules: Modules) -> None:
        self._modules = modules
        self._known: dict[str, Namespace] = {}
        self._meant: dict[tuple[str, str], tuple[Meaning, ...]] = {}
        self._files: dict[tuple[str, str], str] = {}
        self._run_with: dict[tuple[str, str], tuple[str, ...]] = {}

    def of(self, file: str) -> Namespace:
        """The namespace of a file."""
        if file not in self._known:
            self._known[file] = self._read(file)
        return self._known[file]

    def _read(self, file: str) -> Namespace:
        text = f"\n{self._modules.code(file)}"
        space = Namespace(frozenset(map(intern, _DEFINED.findall(text))), frozenset(map(intern, _ASSIGNED.findall(text))))
        for (listed,) in _statements(_IMPORT, text):
            for module, alias in _AS.findall(listed):
                first = intern(module.split(".")[0])
                space.imported.setdefault(intern(alias or first), []).append((intern(module) if alias else first, ""))
        for origin, listed in _statements(_FROM, text):
            module = intern(self.absolute("".join(origin.split()), file))
            for name, alias in _AS.findall(_COMMENT.sub("", listed)):
                if name == "*":
                    space.stars.append(module)
                else:
                    space.imported.setdefault(intern(alias or name), []).append((module, intern(name)))
        return space

    @staticmethod
    def absolute(origin: str, file: str) -> str:
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
            self._files[key] = self._modules.resolve(module.removeprefix("/"), self._search(*key)) or ""
        return self._files[key]

    @staticmethod
    def _search(module: str, folder: str) -> tuple[str, ...]:
        return ("",) if module.startswith("/") else ("", *SOURCES, folder, posixpath.dirname(folder))

    def run_with(self, written: str, file: str) -> tuple[str, ...]:
        """The files of the tree that are run when another one imports a module, as it is written: those of the packages around it, too."""
        key = self.absolute(written, file), posixpath.dirname(file)
        if key not in self._run_with:
            self._run_with[key] = tuple(self._modules.written.places(key[0].removeprefix("/"), self._search(*key)))
        return self._run_with[key]

    def meanings(self, file: str, dotted: str) -> list[tuple[Meaning, tuple[str, ...]]]:
        """What the first names of a dotted one mean in a file, with the names behind that nothing here can tell."""
        first, *rest = dotted.split(".")
        found: dict[tuple[Meaning, tuple[str, ...]], None] = {}
        now = self.name(file, first)
        for at, inner in enumerate(rest):
            # what stands under a class or an object is for its kind to say
            found.update(dict.fromkeys((one, tuple(rest[at:])) for one in now if one.name))
            now = tuple(dict.fromkeys(below for one in now if not one.name for below in self._attribute(one, inner, file)))
        found.update(dict.fromkeys((one, ()) for one in now))
        return list(found)

    def _attribute(self, module: Meaning, name: str, file: str) -> tuple[Meaning, ...]:
        """What a name means in a module."""
        dotted = f"{module.dotted}.{name}"
        if not module.file:
            return (Meaning("", "", dotted),)
        found = self.name(module.file, name) if not module.file.endswith("/") else ()
        if not found and (below := self.file_of(dotted, file)):
            return (Meaning(below, "", dotted),)
        found = found or tuple(Meaning(file, name, "") for file in self._modules.written.offering(module.file, name))
        known = tuple(Meaning(one.file, one.name, dotted if one.file else one.dotted) for one in found)
        return known or (Meaning(module.file, name, dotted),)

    def name(self, file: str, name: str) -> tuple[Meaning, ...]:
        """What a name can mean in a file; nothing where that cannot be told."""
        key = file, name
        if key not in self._meant:
            self._meant[key] = tuple(self._found(file, name))
        return self._meant[key]

    def _found(self, file: str, name: str) -> dict[Meaning, None]:
        found: dict[Meaning, None] = {}
        seen, waiting = {(file, name)}, [(file, name, "")]
        while waiting and len(seen) < MAX_MODULES:
            at, wanted, dotted = waiting.pop()
            space = self.of(at)
            if wanted in space.defined or wanted in space.assigned:
                found[Meaning(at, wanted, dotted)] = None
            for module, inner in space.origins(wanted):
                origin, spelled = self.file_of(module, at), module.removeprefix("/")
                path = f"{spelled}.{inner}" if inner else spelled
                if not inner or not origin:
                    found[Meaning(origin if not inner else "", "", dotted if origin and dotted else path)] = None
                elif (origin, inner) not in seen and not origin.endswith("/") and self.of(origin).knows(inner):
                    seen.add((origin, inner))
                    waiting.append((origin, inner, dotted or path))
                elif below := self.file_of(f"{module}.{inner}" if spelled else f"{module}{inner}", at):
                    found[Meaning(below, "", dotted or path)] = None
                elif offering := self._modules.written.offering(origin, inner):
                    found.update({Meaning(file, inner, dotted or path): None for file in offering})
                elif wanted in space.imported and (origin, inner) not in seen and not origin.endswith("/"):
                    found[Meaning(origin, inner, dotted or path)] = None  # it is made when the module runs
        return found


def _statements(form: re.Pattern[str], text: str) -> Iterator[tuple[str, ...]]:
    """The groups of a statement wherever it begins a line, in an example behind its prompt."""
    for found in form.finditer(text):
        place = found.start()
        begin = text.rfind("\n", max(0, place - MAX_INDENT), place)
        if begin >= 0 and not text[begin:place].strip(" \t\n>."):
            yield found.groups()
