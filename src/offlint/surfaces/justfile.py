"""Which recipes does a justfile hold? Names, what they need, and their lines; texts that are set are put in.

https://just.systems/man/en/: a recipe is a name with parameters, a colon, what it needs (behind ``&&`` what follows it), and its lines.
"""

from __future__ import annotations

from collections.abc import Iterator

from offlint.model.lazy import dataclass, field, regex
from offlint.model.span import lines_of

NAMES = ("justfile", "Justfile", ".justfile")
_RECIPE = regex(r"^@?([A-Za-z_][\w-]*)((?:\s+[+*$]?[\w-]+(?:\s*=\s*(?:'[^']*'|\"[^\"]*\"|[^\s:]+))?)*)\s*:(?!=)\s*([^#]*)")
_VARIABLE = regex(r"^(?:export\s+)?([A-Za-z_][\w-]*)\s*:=\s*(?:'([^']*)'|\"([^\"]*)\")\s*(?:#.*)?$")
_ATTRIBUTE = regex(r"^\[([^\]]*)\]\s*$")
_USE = regex(r"\{\{\s*([^{}]*?)\s*\}\}")
_NEED = regex(r"\(?\s*([A-Za-z_][\w:-]*)[^()\s]*(?:[^()]*\))?")
#: Recipes of other systems than Linux.
_ELSEWHERE = frozenset({"windows", "macos", "openbsd"})
_SHELL = regex(r"^#!.*\b(?:sh|bash|zsh|dash)\b")
_CONTROL = regex(r"^(?:if|then|else|elif|fi|for|do|done|while|case|esac|function|\}|set)\b|^[{}]|;;$")
_MOST = 400


@dataclass(slots=True)
class Recipe:
    """A recipe: its name, the line of its head, other recipes before and after it, and its lines with their numbers."""

    name: str
    line: int
    before: list[str] = field(default_factory=list)
    after: list[str] = field(default_factory=list)
    body: list[tuple[int, str]] = field(default_factory=list)


def recipes(text: str) -> Iterator[Recipe]:
    """The recipes of a justfile, without those of other systems, and without lines of other languages than the shell's."""
    variables: dict[str, str] = {}
    found: list[Recipe] = []
    current: Recipe | None = None
    attributes: set[str] = set()
    lines = lines_of(text)
    number = 0
    while number < len(lines) and len(found) < _MOST:
        start, line = number + 1, lines[number]
        number += 1
        while line.endswith("\\") and number < len(lines):
            line = f"{line[:-1].rstrip()} {lines[number].strip()}"
            number += 1
        if line[:1] in (" ", "\t"):
            if current is not None and line.strip():
                current.body.append((start, line.strip()))
        elif attribute := _ATTRIBUTE.match(line):
            attributes |= {word.strip() for word in attribute[1].split(",")}
            current = None
        elif variable := _VARIABLE.match(line):
            variables[variable[1]] = variable[2] if variable[2] is not None else variable[3]
        elif head := _RECIPE.match(line):
            current = Recipe(head[1], start)
            before, _, after = head[3].partition("&&")
            current.before, current.after = _NEED.findall(before), _NEED.findall(after)
            if not attributes & _ELSEWHERE or "linux" in attributes or "unix" in attributes:
                found.append(current)
            attributes = set()
        elif line.strip() and not line.startswith("#"):
            current = None
    for recipe in found:
        recipe.body = list(_body(recipe.body, variables))
        yield recipe


def _body(lines: list[tuple[int, str]], variables: dict[str, str]) -> Iterator[tuple[int, str]]:
    """The lines as the shell gets them; of a script's conditions and loops nothing is known, and what stands in them counts."""
    script = bool(lines) and lines[0][1].startswith("#!")
    if script and not _SHELL.match(lines[0][1]):
        return
    for number, line in lines:
        written = _USE.sub(lambda use: variables.get(use[1], "{hole}"), line.lstrip("@-").strip())
        if written and not written.startswith("#") and not (script and is_control(written)):
            yield number, written


def is_control(line: str) -> bool:
    """Whether a line of a shell script is only of its conditions and loops."""
    return _CONTROL.match(line) is not None
