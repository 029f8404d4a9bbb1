"""Which examples does doctest find in a file? The docstrings of a module, or a page, each as one function without parameters.

Sources: https://docs.python.org/3/library/doctest.html and ``doctest.DocTestParser``; the directives, flags and lists that skip examples
are those of https://github.com/scientific-python/pytest-doctestplus.
"""

from __future__ import annotations

import ast
import fnmatch
import re
import warnings
from collections.abc import Iterator
from dataclasses import replace

from offlint.lower.python import CannotLower, lower_python
from offlint.model import step as s
from offlint.model.lazy import dataclass, regex
from offlint.model.span import Moved, lines_of

#: The name that holds where examples that need the network are run (``# doctest: +REMOTE_DATA``).
REMOTE = "__doctest_remote_data__"
#: What the examples of a module's own docstring are called.
MODULE = "⟨module⟩"
_PROMPT = regex(r"^(?P<indent> *)>>>(?: (?P<code>.*))?$")
_MORE = regex(r"^ *\.\.\.(?: (?P<code>.*))?$")
_CODE = regex(r"^[ \t]*(?:[rRuU]?['\"]{3})?(?:>>>|\.\.\.) (.*)$", re.MULTILINE)
_FLAGS = regex(r"#\s*doctest:\s*([^\n'\"]*)$", re.MULTILINE)
_DIRECTIVE = regex(r"^(?:\.\.|%|#)?\s*doctest-(skip-all|skip|remote-data-all|remote-data)\b\s*(?:::\s*(.*))?$")
#: A longer docstring or page is not parsed for examples.
MAX_EXAMPLES = 2_000


@dataclass(slots=True)
class _Example:
    """One prompt with what continues it: the lines of the text and their code, its flags, and the text before it."""

    lines: list[tuple[int, str]]
    flags: frozenset[str]
    before: list[str]


@dataclass(frozen=True, slots=True)
class _Text:
    """A text with examples, its dotted name in the module, and the line of the file that its last line stands on."""

    name: str
    lines: list[str]
    last: int


def example_code(text: str) -> str:
    """The code behind the prompts of a file, whatever is left out of it later: for a quick look."""
    return "\n".join(_CODE.findall(text)) if ">>>" in text else ""


def lower_doctests(text: str, file: str) -> s.Module:
    """One function for each docstring with examples, or for the page. Raises CannotLower for a module that cannot be parsed."""
    source = lines_of(text)
    page = [line.expandtabs() for line in source]
    texts = _docstrings(text) if file.endswith(".py") else [_Text(file.rpartition("/")[2], page, len(page))]
    made: list[s.Step] = []
    for one in texts:
        function = _function(one, source, file)
        if function is not None:
            made.append(s.Define(function, function.span))
    return s.Module(file, tuple(made))


def _docstrings(text: str) -> Iterator[_Text]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise CannotLower("cannot be parsed for its docstrings") from None
    left_out = _left_out(tree)
    for name, node in _documented(tree, ""):
        first = node.body[0] if node.body else None
        if not isinstance(first, ast.Expr) or not isinstance(first.value, ast.Constant) or not isinstance(first.value.value, str):
            continue
        if ">>>" in first.value.value and not any(fnmatch.fnmatchcase(name or ".", pattern) for pattern in left_out):
            yield _Text(name, first.value.value.expandtabs().split("\n"), first.value.end_lineno or first.value.lineno)


def _documented(
    node: ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef, name: str
) -> Iterator[tuple[str, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef]]:
    """A module or class, its functions and the classes in it; functions in functions are no attributes of anything."""
    yield name, node
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return
    stack: list[ast.stmt] = list(reversed(node.body))
    while stack:
        inner = stack.pop()
        if isinstance(inner, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield from _documented(inner, f"{name}.{inner.name}" if name else inner.name)
        elif isinstance(inner, ast.If | ast.Try):  # what is defined under a condition
            stack.extend(reversed([*inner.body, *inner.orelse]))


def _left_out(tree: ast.Module) -> list[str]:
    """``__doctest_skip__``: patterns of names whose examples are left out."""
    found: list[str] = []
    for step in tree.body:
        if isinstance(step, ast.Assign) and any(isinstance(t, ast.Name) and t.id == "__doctest_skip__" for t in step.targets):
            items = step.value.elts if isinstance(step.value, ast.List | ast.Tuple) else []
            found += [item.value for item in items if isinstance(item, ast.Constant) and isinstance(item.value, str)]
    return found


def _examples(lines: list[str]) -> Iterator[_Example]:
    number = 0
    before: list[str] = []
    while number < len(lines):
        found = _PROMPT.match(lines[number])
        if found is None:
            before.append(lines[number])
            number += 1
            continue
        code = [(number, found["code"] or "")]
        number += 1
        while number < len(lines) and (more := _MORE.match(lines[number])):
            code.append((number, more["code"] or ""))
            number += 1
        flags = " ".join(_FLAGS.findall("\n".join(line for _, line in code))).replace(",", " ").split()
        yield _Example(code, frozenset(flags), before)
        before = []
        while number < len(lines) and lines[number].strip() and not _PROMPT.match(lines[number]):
            number += 1  # what it prints


def _run(lines: list[str]) -> Iterator[tuple[_Example, bool]]:
    """The examples that are run, and whether each needs remote data."""
    all_remote = False
    skips = remote = False
    for count, example in enumerate(_examples(lines)):
        said = [line.strip() for line in example.before if line.strip()]
        if said:  # a directive holds up to the next text
            directives = [found for line in said if (found := _DIRECTIVE.match(line))]
            if any(found[1] == "skip-all" for found in directives):
                return
            all_remote |= any(found[1] == "remote-data-all" for found in directives)
            near = [found for line in said[-2:] if (found := _DIRECTIVE.match(line))]
            skips = any(found[1] == "skip" and (found[2] or "").strip() != "win32" for found in near)
            remote = any(found[1] == "remote-data" for found in near)
        if count > MAX_EXAMPLES:
            return
        if not skips and "+SKIP" not in example.flags:
            yield example, all_remote or remote or "+REMOTE_DATA" in example.flags


def _width(source: list[str], number: int) -> int:
    return len(source[number - 1]) if number <= len(source) else 0


def _function(text: _Text, source: list[str], file: str) -> s.Function | None:
    """The examples of a text one after the other, in one namespace; those that are no Python are passed over, as they only fail."""
    code: list[str] = []
    places: list[Moved] = []
    for example, remote in _run(text.lines):
        if not _parses("\n".join(line for _, line in example.lines)):
            continue
        # counted from the end: a line that a backslash continues in the source is none of the text's
        numbers = [max(1, text.last - (len(text.lines) - 1 - at)) if file.endswith(".py") else at + 1 for at, _ in example.lines]
        indent = 8 if remote else 4
        if remote:
            code.append(f"    if {REMOTE}:")
            places.append(Moved(numbers[0], 0, _width(source, numbers[0])))
        for number, (_, line) in zip(numbers, example.lines, strict=True):
            shift = source[number - 1].find(line) if number <= len(source) else -1
            code.append(" " * indent + line)
            places.append(Moved(number, max(0, shift) - indent, _width(source, number)))
    if not code:
        return None
    try:
        body = lower_python("\n".join(["def examples():", *code, ""]), file, (places[0]._replace(shift=0), *places)).body
    except CannotLower:
        return None
    function = body[0].function if body and isinstance(body[0], s.Define) else None
    return replace(function, name=text.name or MODULE) if function is not None else None


def _parses(code: str) -> bool:
    """Whether an example is code with something in it."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return bool(ast.parse(code).body)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
