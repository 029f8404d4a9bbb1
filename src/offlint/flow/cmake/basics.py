"""What do the commands of the language itself do? Variables, options, messages, files that are included, things that are looked for."""

from __future__ import annotations

import posixpath
import re
from itertools import pairwise
from typing import TYPE_CHECKING

from offlint.flow import values as v
from offlint.flow.cmake.registry import command
from offlint.flow.cmake.words import Word, elements, join_list, joined, known
from offlint.flow.summary import Use
from offlint.flow.summary import step as next_way
from offlint.flow.texts import template
from offlint.model.lazy import regex

if TYPE_CHECKING:
    from offlint.flow.cmake.language import CMake
    from offlint.flow.machine import Frame
    from offlint.model.span import Span

_NETWORK = regex(r"(?i)network|offline|internet|disconnect|download|fetch")
_STOPS = ("FATAL_ERROR", "SEND_ERROR")


@command("set", raw=True)
def set_(cmake: CMake, frame: Frame, words: list[Word], span: Span) -> None:
    """``set(X a b [PARENT_SCOPE])``, ``set(X a CACHE TYPE "doc" [FORCE])``, ``set(ENV{X} a)``."""
    name = words[0].text if words else None
    if name is None:
        if words:
            cmake.variables.vaguely(words[0].value, [word.value for word in words[1:]])
        return
    texts = [None if word.quoted else word.text for word in words]
    if name.startswith("ENV{"):
        cmake.m.store.set("cmake-env", name[4:-1], words[1].value if len(words) > 1 else v.Const(""))
        return
    cached = texts.index("CACHE", 1) if "CACHE" in texts[1:] else None
    parent = texts[-1] == "PARENT_SCOPE" and len(words) > 1
    end = cached if cached is not None else len(words) - parent
    value = join_list(cmake.m, [word.value for word in words[1:end] if word.quoted or word.value != v.Const("")])
    if cached is not None:
        cmake.variables.cache(frame, name, value, span, force="FORCE" in texts[cached:] or texts[cached + 1 : cached + 2] == ["INTERNAL"])
    else:
        cmake.variables.set(frame, name, value if end > 1 else v.NONE, parent=parent)


@command("unset", raw=True)
def unset(cmake: CMake, frame: Frame, words: list[Word], span: Span) -> None:
    """``unset(X [CACHE|PARENT_SCOPE])``."""
    del span
    texts = [word.text for word in words]
    name = texts[0] if texts else None
    if name and name.startswith("ENV{"):
        cmake.m.store.set("cmake-env", name[4:-1], v.Const(""))
    elif name and "CACHE" in texts:
        cmake.m.store.set("cmake-cache", name, v.NONE)
    elif name:
        cmake.variables.set(frame, name, v.NONE, parent="PARENT_SCOPE" in texts)


@command("option", raw=True)
def option(cmake: CMake, frame: Frame, words: list[Word], span: Span) -> None:
    """``option(X "help" [value])``; a known value that does not mean "on" is "off", such as the help where the two are exchanged."""
    if words and words[0].text:
        value = words[2].value if len(words) > 2 else v.Const("OFF")
        text = v.text_of(value)
        if text is not None and not re.fullmatch(r"on|yes|true|y|0*[1-9][\d.]*", text, re.IGNORECASE):
            value = v.Const("OFF")
        cmake.variables.option(frame, words[0].text, value, span)


@command("cmake_dependent_option", raw=True)
def dependent_option(cmake: CMake, frame: Frame, words: list[Word], span: Span) -> None:
    """``cmake_dependent_option(X "help" value depends force)``: an option where the conditions hold, else the forced value."""
    if len(words) < 5 or not words[0].text:
        return
    test: v.Value = v.TRUE
    for item in elements(cmake.m, words[3].value):
        text = v.text_of(item)
        parts = [Word(v.Const(part), False, span) for part in (text or "").replace("(", " ( ").replace(")", " ) ").split()]
        one = cmake.conditions.test(frame, [(v.TRUE, parts)], span) if text else cmake.conditions.truth(item, span)
        test = v.both(test, one)
    name = words[0].text
    if test == v.FALSE:
        cmake.variables.set(frame, name, words[4].value)
        return
    cmake.variables.option(frame, name, words[2].value, span)
    if test != v.TRUE:
        cmake.variables.set(frame, name, v.choice(test, cmake.variables.read(frame, name, span), words[4].value))


@command("set_property")
def set_property(cmake: CMake, frame: Frame, words: list[Word], span: Span) -> None:
    """``set_property(CACHE X … PROPERTY STRINGS a b)``: the values that X may have (cmake-properties(7))."""
    del frame, span
    texts = [word.text or "" for word in words]
    if texts[:1] == ["CACHE"] and "PROPERTY" in texts:
        at = texts.index("PROPERTY")
        if texts[at + 1 : at + 2] == ["STRINGS"]:
            for name in texts[1:at]:
                cmake.variables.choices[name] = tuple(filter(None, texts[at + 2 :]))


@command("message", raw=True)
def message(cmake: CMake, frame: Frame, words: list[Word], span: Span) -> None:
    """An error ends the run: at once, or before anything is built."""
    for test, kind in v.cases(words[0].value) if words else ():
        if v.text_of(kind) in _STOPS and frame.alive:
            if not any(_NETWORK.search(template(word.value)) for word in words[1:]):
                cmake.m.errors.append(next_way(frame.way, test, span))
            cmake.m.statements.throw(frame, v.External("SystemExit"), span, test)


@command("project")
def project(cmake: CMake, frame: Frame, words: list[Word], span: Span) -> None:
    """``project(NAME [VERSION x])`` names folders and versions."""
    texts = [word.text or "" for word in words]
    name = template(words[0].value) if words else "project"
    here, there = (known(cmake.variables.read(frame, f"CMAKE_CURRENT_{kind}_DIR")) for kind in ("SOURCE", "BINARY"))
    version = words[texts.index("VERSION") + 1].value if "VERSION" in texts[:-1] else v.Const("")
    given = {"PROJECT_NAME": v.Const(name), "PROJECT_VERSION": version, f"{name}_VERSION": version}
    given |= {"PROJECT_SOURCE_DIR": here, f"{name}_SOURCE_DIR": here, "PROJECT_BINARY_DIR": there, f"{name}_BINARY_DIR": there}
    for key, value in given.items():
        cmake.variables.set(frame, key, value)
    if (
        cmake.m.store.get(frame.scope, "CMAKE_PROJECT_NAME") is None
        and frame.scope.parent is not None
        and frame.scope.parent.parent is None
    ):
        cmake.variables.set(frame, "CMAKE_PROJECT_NAME", v.Const(name))
        cmake.content.toolchain(frame, span)


@command("include")
def include(cmake: CMake, frame: Frame, words: list[Word], span: Span) -> None:
    """A file or a module; what was fetched is run."""
    if not words:
        return
    touched = cmake.m.deep_taint(cmake.m.file(words[0].value))
    if touched:
        frame.summary.interesting = True
        frame.summary.uses.append((frame.way, Use("execute", touched, span)))
    name = words[0].text
    path = cmake.find_module(frame, name) if name else None
    if path is not None:
        cmake.include(frame, path, span)
    elif name and name.endswith(".cmake") and "OPTIONAL" not in [word.text for word in words]:
        cmake.m.inputs.file(frame, relative(cmake, frame, words[0].value), "include", span)
    elif name == "CTest":
        cmake.variables.option(frame, "BUILD_TESTING", v.Const("ON"), span)
    elif name is None or "/" in name:
        cmake.targets.open = True


@command("add_subdirectory", "subdirs", "add_llvm_subdirectory")
def add_subdirectory(cmake: CMake, frame: Frame, words: list[Word], span: Span) -> None:
    """A folder's CMakeLists.txt, in a scope of its own."""
    if not words:
        return
    folder = cmake.m.externals.files.tree_path(relative(cmake, frame, words[0].value))
    if folder is None:
        cmake.targets.open = True
    else:
        cmake.directory(frame, folder, span)


@command("add_library", "add_executable")
def add_target(cmake: CMake, frame: Frame, words: list[Word], span: Span) -> None:
    """A target of the run."""
    del frame, span
    cmake.targets.add(words[0].text if words else None)


@command("find_package", "find_dependency")
def find_package(cmake: CMake, frame: Frame, words: list[Word], span: Span) -> None:
    """A package of the system: there or not; a Find module of the tree is run."""
    name = words[0].text if words else None
    if not name:
        cmake.targets.open = True
        return
    texts = {word.text for word in words}
    variables = cmake.variables
    variables.packages.add(name.upper())
    cmake.targets.open = True
    path = cmake.find_module(frame, f"Find{name}") if not texts & {"CONFIG", "NO_MODULE"} else None
    if path is not None:
        cmake.include(frame, path, span)
    there: v.Value = v.Atom("missing", f"package {name.upper()}", 0, span)
    found = v.Const("TRUE") if "REQUIRED" in texts else v.choice(there, v.Const("TRUE"), v.Const("FALSE"))
    for key in dict.fromkeys((f"{name}_FOUND", f"{name.upper()}_FOUND")):
        if path is None or "REQUIRED" in texts or cmake.m.store.get(frame.scope, key) is None:
            variables.set(frame, key, found)


@command("find_package_handle_standard_args")
def handle_standard_args(cmake: CMake, frame: Frame, words: list[Word], span: Span) -> None:
    """Sets ``X_FOUND`` by whether the variables that it names are set."""
    name = words[0].text if words else None
    if not name:
        return
    texts = [word.text for word in words[1:]]
    start = texts.index("REQUIRED_VARS") + 1 if "REQUIRED_VARS" in texts else 0
    needed = []
    for text in texts[start:]:
        if text is None or text in (
            "VERSION_VAR",
            "FAIL_MESSAGE",
            "HANDLE_COMPONENTS",
            "FOUND_VAR",
            "REASON_FAILURE_MESSAGE",
            "CONFIG_MODE",
        ):
            break
        if text != "DEFAULT_MSG" and not text.endswith(("_FAIL_MESSAGE", " ")):
            needed.append(text)
    test: v.Value = v.TRUE
    for one in needed:
        test = v.both(test, cmake.conditions.truth(cmake.variables.read(frame, one, span), span))
    found = v.choice(test, v.Const("TRUE"), v.Const("FALSE"))
    for key in dict.fromkeys((f"{name}_FOUND", f"{name.upper()}_FOUND")):
        cmake.variables.set(frame, key, found)


#: https://cmake.org/cmake/help/latest/module/FindPkgConfig.html
_PKG_CONFIG = frozenset({"REQUIRED", "QUIET", "NO_CMAKE_PATH", "NO_CMAKE_ENVIRONMENT_PATH", "IMPORTED_TARGET", "GLOBAL", "STATIC_TARGET"})


@command("pkg_check_modules", "pkg_search_module")
def pkg_config(cmake: CMake, frame: Frame, words: list[Word], span: Span) -> None:
    """A library that pkg-config knows, or not: in the cache, so that it is known outside of a function, too."""
    name = words[0].text if words else None
    if not name:
        return
    cmake.variables.packages.add(name.upper())
    cmake.targets.open = True
    # a module that a variable names is called by the variable's default
    modules = [template(word.value) for word in words[1:] if word.text not in _PKG_CONFIG]
    label = name.upper() if not modules or any("{" in module for module in modules) else " ".join(modules)
    there: v.Value = v.Atom("missing", f"package {label}", 0, span)
    required = any(word.text == "REQUIRED" for word in words)
    found = v.Const("1") if required else v.choice(there, v.Const("1"), v.Const(""))
    cmake.variables.cache(frame, f"{name}_FOUND", found, span, force=True)


@command("find_program", "find_library", "find_path", "find_file")
def find(cmake: CMake, frame: Frame, words: list[Word], span: Span) -> None:
    """A file of the system, or NOTFOUND; a variable that is set is kept."""
    name = words[0].text if words else None
    if not name:
        return
    texts = [word.text for word in words]
    at = texts.index("NAMES") + 1 if "NAMES" in texts else 1
    what = words[at].value if at < len(words) else v.Const(name)
    there: v.Value = v.Atom("missing", template(what), 0, span)
    missing = v.Const(f"{name}-NOTFOUND")
    found = what if "REQUIRED" in texts else v.choice(there, what, missing)
    held = cmake.variables.read(frame, name, span)
    if not isinstance(held, v.Opt | v.Atom | v.Unknown) and held != v.NONE:
        found = v.choice(cmake.conditions.truth(held, span), held, found)
    cmake.variables.set(frame, name, found)


@command("cmake_parse_arguments", raw=True)
def parse_arguments(cmake: CMake, frame: Frame, words: list[Word], span: Span) -> None:
    """Keyword arguments of a function as variables with a prefix."""
    if words and words[0].text == "PARSE_ARGV" and len(words) >= 6:
        count = int(words[1].text or 0) if (words[1].text or "").isdigit() else 0
        given = elements(cmake.m, known(cmake.variables.read(frame, "ARGV", span)))[count:]
        words = words[2:]
    elif len(words) >= 4:
        given = [one for word in words[4:] for one in _split(cmake, word)]
    else:
        return
    prefix = words[0].text or ""
    options, singles, multiples = ({v.text_of(one) for one in elements(cmake.m, words[at].value)} for at in (1, 2, 3))
    found: dict[str, list[v.Value]] = {}
    current, single = "UNPARSED_ARGUMENTS", False
    for value in given:
        text = v.text_of(value)
        if text is not None and text in options:
            found[text] = [v.Const("TRUE")]
            current, single = "UNPARSED_ARGUMENTS", False
        elif text is not None and text in singles | multiples:
            current, single = text, text in singles
            found.setdefault(text, [])
        else:
            found.setdefault(current, []).append(value)
            if single:
                current, single = "UNPARSED_ARGUMENTS", False
    for name in [*options, *singles, *multiples, "UNPARSED_ARGUMENTS"]:
        if name:
            unset_value = v.Const("FALSE") if name in options else v.NONE
            value = join_list(cmake.m, found[name]) if found.get(name) else unset_value
            cmake.variables.own.add(f"{prefix}_{name}")
            cmake.variables.set(frame, f"{prefix}_{name}", value)


def _split(cmake: CMake, word: Word) -> list[v.Value]:
    if isinstance(word.value, v.Choice):
        return max((elements(cmake.m, one) for one in v.leaves(word.value)), key=len)
    return [word.value] if word.quoted else elements(cmake.m, word.value)


@command("cmake_language")
def cmake_language(cmake: CMake, frame: Frame, words: list[Word], span: Span) -> None:
    """``CALL name …``, ``EVAL CODE …``, ``DEFER … CALL name …``."""
    texts = [word.text for word in words]
    if "CALL" in texts[:-1]:
        at = texts.index("CALL") + 1
        if texts[at]:
            cmake.run(frame, str(texts[at]).lower(), words[at + 1 :], span)
    elif texts[:2] == ["EVAL", "CODE"]:
        code = v.text_of(joined(cmake.m, [word.value for word in words[2:]]))
        if code:
            cmake.text(frame, code, span)


@command(
    "get_property",
    "get_target_property",
    "get_directory_property",
    "get_cmake_property",
    "get_source_file_property",
    "get_test_property",
    "try_compile",
    "try_run",
    "cmake_host_system_information",
    "build_name",
    "aux_source_directory",
)
def outside(cmake: CMake, frame: Frame, words: list[Word], span: Span) -> None:
    """Sets variables to what is only known when CMake runs."""
    del span
    for word in words[:2]:
        text = word.text
        if text and not word.quoted and text.isidentifier() and text not in ("GLOBAL", "DIRECTORY", "TARGET", "SOURCE", "CACHE", "RESULT"):
            cmake.variables.set(frame, text, v.Unknown(text))


def relative(cmake: CMake, frame: Frame, value: v.Value, kind: str = "SOURCE") -> v.Value:
    """A path as the command takes it: relative to the current source or binary folder. One that begins with something unknown is whole."""
    if template(value).startswith(("⟨", "/", "{")):
        return value
    return cmake.m.expressions.join_path([known(cmake.variables.read(frame, f"CMAKE_CURRENT_{kind}_DIR")), value])


@command("fetchcontent_getproperties")
def get_properties(cmake: CMake, frame: Frame, words: list[Word], span: Span) -> None:
    """Where declared content is, once it was populated."""
    del span
    cmake.content.properties(frame, words)


@command("install")
def install(cmake: CMake, frame: Frame, words: list[Word], span: Span) -> None:
    """``install(SCRIPT file)`` and ``install(CODE "…")`` run CMake when the build is installed into the wheel."""
    for kind, word in pairwise(words):
        if kind.quoted or kind.text not in ("SCRIPT", "CODE"):
            continue
        if kind.text == "CODE" and word.text:
            cmake.text(frame, word.text, span)
        elif kind.text == "SCRIPT":
            place = cmake.m.externals.files.tree_path(relative(cmake, frame, word.value))
            if place is not None and cmake.m.project.exists(place):
                cmake.runs.configure(frame, posixpath.dirname(place), {}, span, script=place)
