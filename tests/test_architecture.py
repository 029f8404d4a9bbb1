"""Do the imports point one way, and is what ARCHITECTURE.md says of the tree true?"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "src" / "offlint"
FILES = sorted(SOURCE.rglob("*.py"))
TEXT = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
LAYERS = [[name.strip() for name in line.split("|")] for line in re.findall(r"```layers\n(.*?)\n```", TEXT, re.DOTALL)[0].splitlines()]
DEPTH = {name: depth for depth, names in enumerate(LAYERS) for name in names}

MOST_LINES = 400


def name_of(path: Path) -> str:
    return path.relative_to(SOURCE).as_posix()


def part_of(path: Path) -> str:
    """The package or top-level module that a file belongs to."""
    return path.relative_to(SOURCE).parts[0].removesuffix(".py")


def imports(path: Path) -> Iterator[tuple[int, str]]:
    """Line and dotted name of everything that a file imports, also inside functions and under TYPE_CHECKING."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path}:{node.lineno}: imports are absolute"
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


def test_every_package_has_its_layer_and_its_paragraph() -> None:
    there = {part_of(path) for path in FILES} - {"__init__"}
    assert there == set(DEPTH)
    assert sum(len(names) for names in LAYERS) == len(DEPTH), "a name stands on two lines"
    assert there - {"__main__"} == set(re.findall(r"(?m)^\*\*`(\w+)`\*\* — ", TEXT))


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_imports_point_down(path: Path) -> None:
    own = part_of(path)
    for line, dotted in imports(path):
        first, _, rest = dotted.partition(".")
        part = rest.partition(".")[0]
        if first != "offlint" or part in {"__version__", own}:
            continue
        assert own != "__init__", f"{name_of(path)}:{line} imports {dotted}; the package itself imports nothing"
        assert part in DEPTH, f"{name_of(path)}:{line} imports {dotted}, which has no layer"
        assert DEPTH[own] < DEPTH[part], f"{name_of(path)}:{line} imports {dotted}, which is not below {own}"


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_one_package_knows_the_parser(path: Path) -> None:
    parsers = [dotted for _, dotted in imports(path) if dotted.partition(".")[0] in {"libcst", "tree_sitter", "tree_sitter_bash"}]
    assert not parsers or part_of(path) == "lower"


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_every_module_says_which_question_it_answers(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_files_are_short(path: Path) -> None:
    lines = len(path.read_text(encoding="utf-8").splitlines())
    assert lines <= MOST_LINES, f"{name_of(path)} has {lines} lines; split it by question"


def test_paths_that_are_named_exist() -> None:
    named = set(re.findall(r"`((?:src|rules|tests|samples|docs|benchmarks)/[\w./-]*)`|\]\(([\w./-]+)\)", TEXT))
    named |= {(f"src/offlint/{name}", "") for name in re.findall(r"`((?:flow|judge|model|lower|project)/\w+\.py)`", TEXT)}
    paths = {one or other for one, other in named}
    assert paths, "the expression finds nothing"
    missing = sorted(path for path in paths if not (ROOT / path).exists())
    assert not missing
