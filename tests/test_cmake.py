"""Is CMake read as CMake reads it, and within bounds?"""

from __future__ import annotations

import subprocess
import sys
import time

import pytest

from offlint.lower.cmake import CannotLower, assigned, depended, lower_cmake
from offlint.lower.cmake_lexer import read_commands
from offlint.model import step as s
from offlint.model.report import Report
from offlint.model.words import Phase
from offlint.project.memory import MemoryProject
from offlint.run import check_project

PYPROJECT = '[build-system]\nrequires = ["scikit-build-core"]\nbuild-backend = "scikit_build_core.build"\n'
FETCH = "file(DOWNLOAD https://example.org/a a)\n"


def judged(**files: str) -> Report:
    named = {name.replace("__", "/").replace("_txt", ".txt").replace("_cmake", ".cmake"): text for name, text in files.items()}
    return check_project(MemoryProject({"pyproject.toml": PYPROJECT, **named}), phases=frozenset({Phase.BUILD}))


def words(text: str) -> list[tuple[str, list[tuple[str, str]]]]:
    return [(one.name, [(argument.kind, argument.text) for argument in one.arguments]) for one in read_commands(text, "f")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("SET(a b)", [("set", [("", "a"), ("", "b")])]),
        ('set(a "b c" d;e)', [("set", [("", "a"), ('"', "b c"), ("", "d;e")])]),
        ('set(a "x\\\ny" "q\\"r")', [("set", [("", "a"), ('"', "xy"), ('"', 'q\\"r')])]),
        ("set(a [[b ${c}]] [==[\n]]d]==])", [("set", [("", "a"), ("[", "b ${c}"), ("[", "]]d")])]),
        ("# c\nset(a #[[ b\n ]] c # d\n)#e", [("set", [("", "a"), ("", "c")])]),
        ("#[x is a line's comment\nset(a)", [("set", [("", "a")])]),
        ("if(NOT (A OR B))\nendif()", [("if", [("", x) for x in ("NOT", "(", "A", "OR", "B", ")")]), ("endif", [])]),
        ('set(a -Db="c d" $(MAKE) e\\ f)', [("set", [("", "a"), ("", '-Db="c d"'), ("", "$(MAKE)"), ("", "e\\ f")])]),
        ("set(a [=b])", [("set", [("", "a"), ("", "[=b]")])]),
        ("", []),
    ],
)
def test_the_lexer_splits_as_cmake_does(text: str, expected: object) -> None:
    assert words(text) == expected


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("set(a", "a ( that is never closed at 1:1"),
        ('\n set(a "b', 'a " that is never closed at 2:8'),
        ("set a", "no ( after set at 1:1"),
        ("%", "no command's name at 1:1"),
        ("if(a)\n", "if is never closed, opened at 1:1"),
        ("endif()", "endif without if at 1:1"),
        ("foreach(a)\nelse()\nendforeach()", "else without if at 2:1"),
        ("a(" + "(" * 300, "too many nested parentheses at 1:202"),
        ("if(a)\n" * 200, "blocks nested too deeply at 151:1"),
    ],
)
def test_what_is_no_cmake_is_said_with_its_place(text: str, why: str) -> None:
    with pytest.raises(CannotLower) as caught:
        lower_cmake(text, "f")
    assert str(caught.value) == why


def test_references_nest() -> None:
    (step,) = lower_cmake("set(a ${${b}_c} $ENV{d} ${e)", "f").body
    assert isinstance(step, s.Do)
    assert isinstance(step.value, s.Call)
    texts = [arg.value.args[0].value for arg in step.value.args if isinstance(arg.value, s.Call)]
    assert isinstance(texts[1], s.Index)
    assert isinstance(texts[1].key, s.Template)
    assert isinstance(texts[2], s.Index)
    assert texts[2].object == s.Name("ENV")
    assert texts[3] == s.Const("${e")


def test_defaults_under_their_own_test_are_no_names_of_the_projects() -> None:
    module = lower_cmake("if(NOT DEFINED A)\nset(A x)\nendif()\nset(B y)\nset(C z CACHE STRING d)\nset(D)\n", "f")
    assert assigned(module) == {"B"}


def test_dependencies_are_found_in_functions_too() -> None:
    text = "function(f)\nadd_dependencies(a b)\nendfunction()\nif(x)\nadd_custom_target(c DEPENDS d)\nadd_dependencies(a ${e})\nendif()\n"
    assert depended(lower_cmake(text, "f")) == {"b", "d", ""}


@pytest.mark.parametrize(
    "text",
    [
        "set(a " + "[[ " * 20_000 + ")",
        "set(a " + '"' * 20_001 + ")",
        "set(a " + "${" * 20_000 + ")",
        "#[[" * 20_000,
        "a(" * 20_000,
        "(" * 20_000,
    ],
    ids=["brackets", "quotes", "references", "comments", "commands", "parentheses"],
)
def test_the_lexer_takes_linear_time(text: str) -> None:
    started = time.process_time()
    with pytest.raises(CannotLower):
        lower_cmake(text + "\n(", "f")
    assert time.process_time() - started < 5


@pytest.mark.parametrize(
    "files",
    [
        {"CMakeLists_txt": "include(a.cmake)\n", "a_cmake": "include(b.cmake)\n" + FETCH, "b_cmake": "include(a.cmake)\n"},
        {"CMakeLists_txt": "add_subdirectory(.)\nadd_subdirectory(.)\n" + FETCH},
        {"CMakeLists_txt": "while(TRUE)\nset(a ${a}x)\nendwhile()\n" + FETCH + "while(1)\n" + FETCH + "endwhile()\n"},
        {"CMakeLists_txt": "function(f a)\nf(${a}x)\nf(y${a})\nendfunction()\nf(z)\n" + FETCH},
        {"CMakeLists_txt": "macro(m a)\nm(${a}x)\nm(y${a})\nreturn()\nendmacro()\nm(z)\n", "a_cmake": FETCH},
        {"CMakeLists_txt": "set(a x)\n" + "set(a ${a}${a})\n" * 60 + FETCH},
        {"CMakeLists_txt": "foreach(i RANGE 99999999)\nset(a ${i})\nendforeach()\n" + FETCH},
        {"CMakeLists_txt": f"string(REGEX MATCH \"(a*)*b\" r \"{'a' * 2000}\")\nif(r MATCHES \"(x+x+)+y\")\nendif()\n" + FETCH},
        {"CMakeLists_txt": "".join(f"if(A{n})\nset(v {n})\nendif()\n" for n in range(400)) + "set(w ${v} ${v} ${v})\n" + FETCH},
        {"CMakeLists_txt": "execute_process(COMMAND ${CMAKE_COMMAND} -P ${CMAKE_SOURCE_DIR}/a.cmake)\n",
         "a_cmake": "execute_process(COMMAND ${CMAKE_COMMAND} -P ${CMAKE_SOURCE_DIR}/a.cmake)\n" + FETCH},
        {"CMakeLists_txt": "include(ExternalProject)\nExternalProject_Add(a SOURCE_DIR ${CMAKE_SOURCE_DIR})\n" + FETCH},
        {"CMakeLists_txt": "if(" + "NOT (" * 150 + "A" + ")" * 150 + ")\nendif()\n" + FETCH},
    ],
    ids=["includes", "folders", "while", "functions", "macros", "doubling", "range", "regex", "branches", "scripts", "projects", "deep"],
)  # fmt: skip
def test_hostile_files_end(files: dict[str, str]) -> None:
    started = time.process_time()
    report = judged(**files)
    assert time.process_time() - started < 30
    said = {access.span.file for access in report.accesses} | {one.file for one in report.not_analysed}
    assert said, "neither the download nor what was cut is reported"


def test_a_file_that_cannot_be_read_is_said() -> None:
    report = judged(CMakeLists_txt="include(a.cmake)\n", a_cmake=FETCH + "if(")
    assert [(one.file, one.why) for one in report.not_analysed] == [("a.cmake", "not read as CMake: a ( that is never closed at 2:1")]
    assert str(report.verdicts[0].verdict) == "unknown"


def test_the_switch_says_how_it_is_set() -> None:
    text = f'option(GET "" ON)\nif(GET)\n{FETCH}endif()\nif(NOT EGG_DIR)\nfile(DOWNLOAD https://example.org/b b)\nendif()\n'
    switches = {(one.name, one.kind, one.set_to, one.effect) for one in judged(CMakeLists_txt=text).switches}
    assert switches == {("GET", "cmake", "OFF", "opt-out"), ("EGG_DIR", "cmake", "a local copy", "provision")}


def test_flaws_of_transport_and_reference() -> None:
    text = (
        "file(DOWNLOAD http://example.org/a a)\nfile(DOWNLOAD https://example.org/b b TLS_VERIFY OFF)\ninclude(ExternalProject)\n"
        "ExternalProject_Add(c GIT_REPOSITORY https://example.org/c.git GIT_TAG v1)\n"
        "ExternalProject_Add(d URL https://github.com/x/d/archive/v1.tar.gz)\n"
    )
    flaws = {access.span.line: access.integrity.flaws for access in judged(CMakeLists_txt=text).accesses}
    assert flaws == {1: ("cleartext",), 2: ("no-certificate-check",), 4: ("mutable-reference",), 5: ("unstable-archive",)}


def test_one_rule_of_each_group_speaks() -> None:
    report = judged(CMakeLists_txt=FETCH)
    assert {finding.code for finding in report.findings} == {"OFL306", "OFL201"}


@pytest.mark.parametrize("files", [{"setup.py": "from setuptools import setup\nsetup()\n"}, {"setup.py": "", "CMakeLists.txt": FETCH}])
def test_a_project_without_cmake_loads_nothing_of_it(files: dict[str, str]) -> None:
    code = (
        "import sys\nfrom offlint.project.memory import MemoryProject\nfrom offlint.run import check_project\n"
        f"report = check_project(MemoryProject({files!r}))\n"
        "assert not report.accesses\n"
        "print([name for name in sys.modules if name.startswith(('offlint.lower.cmake', 'offlint.flow.cmake'))])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "[]"


def test_what_pkg_config_finds_is_known_outside_of_a_function() -> None:
    text = (
        "cmake_minimum_required(VERSION 3.15)\nfunction(look)\n  pkg_check_modules(EEL QUIET eel>=2)\nendfunction()\nlook()\n"
        "if(NOT EEL_FOUND)\n  file(DOWNLOAD https://example.org/c c)\nendif()\n"
    )
    (access,) = judged(CMakeLists_txt=text).accesses
    assert access.copies == ("package eel>=2",)


def test_a_module_of_pkg_config_is_called_as_the_options_default_says() -> None:
    text = (
        'cmake_minimum_required(VERSION 3.15)\nset(SPAM_LIB libspam CACHE STRING "")\npkg_check_modules(SYSTEM_SPAM ${SPAM_LIB}>=2)\n'
        "if(NOT SYSTEM_SPAM_FOUND)\n  file(DOWNLOAD https://example.org/c c)\nendif()\n"
    )
    (access,) = judged(CMakeLists_txt=text).accesses
    assert access.copies == ("package libspam>=2",)


def test_the_digest_is_that_of_the_address_which_a_front_end_gives() -> None:
    defaults = "".join(f"if(NOT {name})\n  set({name} {value})\nendif()\n" for name, value in (("REF", "v1"), ("SHA", "ab" * 32)))
    text = (
        f"cmake_minimum_required(VERSION 3.15)\nproject(spam)\n{defaults}include(FetchContent)\n"
        "FetchContent_Declare(eggs URL https://example.org/${REF}.tgz URL_HASH SHA256=${SHA})\nFetchContent_MakeAvailable(eggs)\n"
    )
    given = (
        '[build-system]\nrequires = ["scikit-build-core"]\nbuild-backend = "scikit_build_core.build"\n'
        '[project]\nname = "spam"\nversion = "1"\n'
        f'[tool.scikit-build.cmake.define]\nREF = {{ env = "SPAM_REF", default = "v2" }}\n'
        f'SHA = {{ env = "SPAM_SHA", default = "{"cd" * 32}" }}\n'
    )
    report = check_project(MemoryProject({"CMakeLists.txt": text, "pyproject.toml": given}))
    (access,) = report.accesses
    assert (access.url, access.integrity.expected) == ("https://example.org/v2.tgz", "cd" * 32)


def test_a_function_that_calls_itself_with_what_is_not_known_is_no_gap() -> None:
    text = "function(go one)\n{}\nif(one STREQUAL x)\n{}endif()\nendfunction()\ngo(a)\n"
    found = "get_target_property(found ${one} LINK_LIBRARIES)\nforeach(x IN LISTS found)\ngo(${x})\nendforeach()"
    assert not judged(CMakeLists_txt=text.format(found, FETCH)).not_analysed
    (said,) = judged(CMakeLists_txt=text.format('go("${one}1")', FETCH)).not_analysed
    assert "calls itself" in said.why
