"""How is a variable of CMake's set? With CMAKE_ARGS only where somebody hands it on, and with a value that it may have."""

from __future__ import annotations

from recipe_samples import recipe

from offlint.model.words import Phase
from offlint.recipe.model import Form

CMAKE = (
    "cmake_minimum_required(VERSION 3.20)\nproject(spam)\noption(FETCH_EGGS on ON)\n"
    "if(FETCH_EGGS)\n  file(DOWNLOAD https://example.org/eggs.h eggs.h)\nendif()\n"
)
SETUP = "import os, subprocess\nfrom setuptools import setup\n{}subprocess.check_call(['cmake', '.', *args])\nsetup()\n"
OTHER = "os.environ.get('SPAM_CMAKE_ARGS', '').split()"
DEFINE = Form("cmake", "-DFETCH_EGGS=OFF")


def written(args: str) -> tuple[Form, ...]:
    one = recipe({"setup.py": SETUP.format(f"args = {args}\n"), "CMakeLists.txt": CMAKE}, Phase.BUILD)
    return one.phases[0].switches[0].forms


def test_a_setup_script_that_hands_it_on() -> None:
    assert written("os.environ.get('CMAKE_ARGS', '').split()") == (Form("environment", "CMAKE_ARGS=-DFETCH_EGGS=OFF"), DEFINE)


def test_of_the_values_that_a_variable_may_have_one_is_given() -> None:
    text = (
        'cmake_minimum_required(VERSION 3.20)\nproject(spam)\nset(EGGS "module" CACHE STRING "")\n'
        'set_property(CACHE EGGS PROPERTY STRINGS "module" "package")\n'
        'if(EGGS STREQUAL "module")\n  file(DOWNLOAD https://example.org/eggs.h eggs.h)\nendif()\n'
    )
    one = recipe({"setup.py": SETUP.format(f"args = {OTHER}\n"), "CMakeLists.txt": text}, Phase.BUILD)
    assert one.phases[0].switches[0].forms == (Form("cmake", "-DEGGS=package"),)


def test_a_setup_script_that_does_not() -> None:
    assert written(OTHER) == (DEFINE,)


def test_a_setup_script_that_gives_all_words_leaves_nothing_to_set() -> None:
    one = recipe({"setup.py": SETUP.format("args = []\n"), "CMakeLists.txt": CMAKE}, Phase.BUILD)
    assert one.phases[0].switches == ()


def test_a_keyword_of_a_command_is_no_variable() -> None:
    text = CMAKE.replace("endif()", "  ExternalProject_Add(ham URL https://example.org/ham.zip CMAKE_ARGS -DA=ON)\nendif()")
    one = recipe({"setup.py": SETUP.format(f"args = {OTHER}\n"), "CMakeLists.txt": text}, Phase.BUILD)
    assert one.phases[0].switches[0].forms == (DEFINE,)
