"""What does a CMake variable hold? Scopes, the cache, the environment, and what CMake itself gives (cmake-variables(7)).

A variable that nothing sets is what a person may give with ``-D``: a switch. It is none where the project sets it elsewhere (it is then a
name of its own), where CMake reserves it, and where something not followed may have set it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from offlint.flow import values as v
from offlint.flow.store import INHERIT
from offlint.model.lazy import regex

if TYPE_CHECKING:
    from offlint.flow.machine import Frame, Machine
    from offlint.model.span import Span

CACHE = "cmake-cache"
BUILD = "⟨build⟩"

#: Properties of the machine and its tools, decided where the build runs.
_PLATFORM = frozenset({
    "WIN32", "UNIX", "APPLE", "MSVC", "MINGW", "MSYS", "CYGWIN", "ANDROID", "IOS", "LINUX", "BSD", "EMSCRIPTEN", "XCODE", "BORLAND",
    "MSVC_IDE", "MSVC_VERSION", "MSVC_TOOLSET_VERSION", "GHSMULTI", "WASI", "NINJA", "MSVC_RUNTIME_LIBRARY",
})  # fmt: skip
#: What is the same on all machines, or may be taken to be: a recent CMake that compiles for where it runs.
_KNOWN = {
    "CMAKE_COMMAND": "cmake", "CMAKE_VERSION": "3.31.6", "CMAKE_MAJOR_VERSION": "3", "CMAKE_MINOR_VERSION": "31",
    "CMAKE_PATCH_VERSION": "6", "CMAKE_CFG_INTDIR": ".", "CMAKE_BINARY_DIR": BUILD, "CMAKE_MAKE_PROGRAM": "make",
    "CMAKE_CTEST_COMMAND": "ctest", "CMAKE_CPACK_COMMAND": "cpack", "GIT_EXECUTABLE": "git", "Python_EXECUTABLE": "python3",
    "Python3_EXECUTABLE": "python3", "PYTHON_EXECUTABLE": "python3", "PROJECT_IS_TOP_LEVEL": "ON", "CMAKE_ROOT": "⟨cmake⟩",
    "CMAKE_INSTALL_PREFIX": "⟨prefix⟩",
}  # fmt: skip
_OPTION = regex(r"(?=[^A-Z]*[A-Z])[A-Za-z][A-Za-z0-9_]*")
#: What find modules give (cmake-developer(7), "Standard Variable Names").
_RESULT = regex(
    r"_(?:FOUND|VERSION\w*|INCLUDE_?DIRS?|INCLUDES?|LIBRAR(?:Y|IES)\w*|LIBS?|LIBDIR|LIBRARY_DIRS|EXECUTABLE|ROOT|ROOT_DIR|DIR|PREFIX|TARGETS?"
    r"|CONFIG|CFLAGS\w*|LDFLAGS\w*|DEFINITIONS|FLAGS|COMPILER\w*|INTERPRETER\w*|SOABI|SITELIB|SITEARCH|STDLIB|STDARCH|COMMIT\w*)$"
)
_PARTS = ("_POPULATED", "_ADDED", "_FOUND", "_INCLUDED", "_INCLUDE_GUARD")
_EMPTY = frozenset({"CMAKE_MODULE_PATH", "CMAKE_TOOLCHAIN_FILE", "CMAKE_PROJECT_TOP_LEVEL_INCLUDES", "CMAKE_PREFIX_PATH"})


class Variables:
    """Reads and writes variables."""

    def __init__(self, machine: Machine) -> None:
        self.m = machine
        self.own: set[str] = set()
        self.outside: set[str] = set()
        #: How names begin and end of which not all is known, with what was set under them.
        self._vague: dict[tuple[str, str], v.Value] = {}
        self.packages: set[str] = set()
        #: Whether the run is one that CMake starts with definitions that are all known: what a person gives does not get to it.
        self.sealed = False
        #: What set_property says that a variable of the cache may be.
        self.choices: dict[str, tuple[str, ...]] = {}

    # reading

    def read(self, frame: Frame, name: str, span: Span | None = None) -> v.Value:
        """The value of ``${name}`` before it becomes a text: NONE where it is not set."""
        bound = frame.bindings.get(name)
        if bound is not None and bound != v.NONE:
            return bound
        return self._scoped(frame.scope, name, span)

    def _scoped(self, scope: v.Scope, name: str, span: Span | None) -> v.Value:
        return self._settled(self.m.store.get(scope, name) or INHERIT, scope, name, span)

    def _settled(self, held: v.Value, scope: v.Scope, name: str, span: Span | None) -> v.Value:
        """A cell's content with what is seen through it."""
        if isinstance(held, v.Choice):
            then, orelse = self._settled(held.then, scope, name, span), self._settled(held.orelse, scope, name, span)
            return v.choice(held.test, then, orelse)
        if held == INHERIT and scope.parent is not None and scope.parent.kind == "cmake":
            return self._scoped(scope.parent, name, span)
        return self.cached(name, span) if held in (INHERIT, v.NONE) else held

    def cached(self, name: str, span: Span | None = None) -> v.Value:
        """The value of the cache's entry."""
        held = self.m.store.get(CACHE, name)
        if held is None:
            return self.undeclared(name, span)
        return self._filled(held, name, span)

    def _filled(self, held: v.Value, name: str, span: Span | None) -> v.Value:
        if isinstance(held, v.Choice):
            return v.choice(held.test, self._filled(held.then, name, span), self._filled(held.orelse, name, span))
        return self.undeclared(name, span) if held == v.NONE else held

    def undeclared(self, name: str, span: Span | None = None) -> v.Value:
        """What a variable holds that nothing has set."""
        if name in _KNOWN:
            return v.Const(_KNOWN[name])
        if name in _EMPTY or name.startswith("ARG"):
            return v.NONE
        if name in _PLATFORM or name.startswith(("CMAKE_", "_CMAKE_", "CPACK_", "CTEST_")):
            return v.Atom("platform", name, 0, span)
        upper = name.upper()
        if _RESULT.search(upper) and any(upper.startswith(f"{package}_") for package in self.packages):
            return v.Atom("missing", name, 0, span)
        if upper.endswith("_FOUND") and self.packages and name not in self.own:
            return v.Atom("missing", name, 0, span)  # one package looks for others (Torch for CUDA)
        if name in self.outside:
            return v.Unknown(name)
        for (head, tail), value in self._vague.items():
            if name.startswith(head) and name.endswith(tail):
                return value
        if name in self.own or upper.endswith(_PARTS) or not _OPTION.fullmatch(name):
            return v.NONE
        return v.NONE if self.sealed else v.Opt("cmake", name, v.NONE, span)

    def is_set(self, frame: Frame, name: str, span: Span | None) -> v.Value:
        """The condition of ``if(DEFINED name)``."""
        if name in frame.bindings:
            return v.FALSE  # the arguments of a macro are no variables
        return _is_set(self.read(frame, name, span), span)

    def environment(self, name: str, span: Span | None) -> v.Value:
        """``$ENV{name}``: empty where it is not set."""
        return self.m.store.get("cmake-env", name) or v.Env(name, v.Const(""), span)

    # writing

    def set(self, frame: Frame, name: str, value: v.Value, *, parent: bool = False) -> None:
        """``set(name …)`` in the current scope, or in the caller's."""
        scope = frame.scope
        if parent and scope.parent is not None and scope.parent.kind == "cmake":
            scope = scope.parent
        self.m.store.set(scope, name, value)

    def vaguely(self, name: v.Value, values: list[v.Value]) -> None:
        """``set(URL_${platform} …)`` with a platform that is not known: a variable that is called so may hold it."""
        parts = name.parts if isinstance(name, v.Text) else ()
        head, tail = (v.text_of(parts[0]) or "", v.text_of(parts[-1]) or "") if parts else ("", "")
        if head or tail:
            before = self._vague.get((head, tail), v.NONE)
            touched = frozenset().union(*(self.m.deep_taint(value) for value in (before, *values)))
            self._vague[head, tail] = v.Unknown(f"{head}…{tail}", touched)

    def cache(self, frame: Frame, name: str, value: v.Value, span: Span, *, force: bool) -> None:
        """``set(name … CACHE …)``: a default that a person may replace, or with FORCE a value."""
        if force:
            self.m.store.set(CACHE, name, value)
            if self.m.store.get(frame.scope, name) is not None:
                self.m.store.set(frame.scope, name, v.NONE)  # the cache's value is seen again (policy CMP0126)
            return
        held = self.m.store.get(CACHE, name)
        made = value if self.sealed else v.Opt("cmake", name, value, span)
        self.m.store.set(CACHE, name, made if held is None else _default(held, made))

    def option(self, frame: Frame, name: str, value: v.Value, span: Span) -> None:
        """``option(name "…" value)``: does nothing for a variable that is set (policy CMP0077)."""
        scoped = self.m.store.get(frame.scope, name)
        if scoped is not None and not _open(scoped):
            return
        self.cache(frame, name, value, span, force=False)


def _open(held: v.Value) -> bool:
    """Whether something is seen through a cell's content."""
    if isinstance(held, v.Choice):
        return _open(held.then) or _open(held.orelse)
    return held in (INHERIT, v.NONE)


def _default(held: v.Value, made: v.Value) -> v.Value:
    if isinstance(held, v.Choice):
        return v.choice(held.test, _default(held.then, made), _default(held.orelse, made))
    return made if held == v.NONE else held


def _is_set(value: v.Value, span: Span | None) -> v.Value:
    match value:
        case v.Choice():
            return v.choice(value.test, _is_set(value.then, span), _is_set(value.orelse, span))
        case v.Const():
            return v.FALSE if value == v.NONE else v.TRUE
        case v.Opt(_, _, v.Const(None)):
            return v.Sym("cmake_defined", (value,), span)
        case v.Atom() | v.Unknown():
            return v.Sym("cmake_defined", (value,), span)
        case _:
            return v.TRUE
