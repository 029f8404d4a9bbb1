"""What do a Makefile's targets for tests and documentation run? Their recipes and those of what they need, as tasks.

https://www.gnu.org/software/make/manual/html_node/Rules.html. Read are rules with their recipes, pattern rules, and variables that are set
to a text; a recipe whose target is a file runs only where the file is missing.
"""

from __future__ import annotations

from collections.abc import Iterator

from offlint.model.access import Guard, TrailStep
from offlint.model.entry import Task
from offlint.model.lazy import dataclass, field, regex
from offlint.model.span import lines_of
from offlint.model.words import GuardState, Phase, Reach
from offlint.project.base import Project
from offlint.project.paths import join, parent
from offlint.surfaces.config import line_span
from offlint.surfaces.phases import is_plain, phase_by_name

_NAMES = ("Makefile", "GNUmakefile", "makefile")
_DOCS = ("docs", "doc")
#: In the documentation's folder.
_DOCS_TARGETS = frozenset({"html", "dirhtml", "docs", "doc"})
_RULE = regex(r"^([^\s#:=][^#:=]*)::?(?!=)((?:\$\([^)]*\)|\$\{[^}]*\}|\$(?![({])|[^=#$])*)(?:#.*)?$")
_VARIABLE = regex(r"^\s*(?:export\s+|override\s+)?([A-Za-z_][\w.-]*)\s*(\?|:|::|\+)?=\s*(.*)")
_USE = regex(r"\$[({]([A-Za-z_][\w.-]*)[)}]")
_MOST = 400  # rules of one file, lines of its recipes that are kept
_DEEPEST = 100  # targets that need each other in a row: a pattern can ask for ever longer names
_LONGEST = 2_000  # characters of a variable; twice as many of a line


@dataclass(slots=True)
class _Rule:
    target: str
    needs: list[str]
    recipe: list[tuple[int, str]] = field(default_factory=list)


@dataclass(slots=True)
class _Makefile:
    file: str
    rules: dict[str, list[_Rule]] = field(default_factory=dict)
    variables: dict[str, str] = field(default_factory=dict)
    phony: set[str] = field(default_factory=set)


def entries(project: Project) -> Iterator[Task]:
    """The recipe lines of targets that test or document the project."""
    from offlint.surfaces.cargo import manifests  # noqa: PLC0415 # loaded where there is something for it

    folders = dict.fromkeys(["", *_DOCS, *(parent(manifest) for manifest in manifests(project))])
    for folder in folders:
        file = next((join(folder, name) for name in _NAMES if project.exists(join(folder, name))), None)
        if file is None or project.is_dir(file):
            continue
        made = _read(file, project.text(file) or "")
        seen: set[tuple[int | str, Phase]] = set()
        for target in made.rules:
            phase = phase_by_name(target)
            wanted = target in _DOCS_TARGETS if folder in _DOCS else is_plain(target)
            if phase is not None and wanted:
                yield from _run(project, made, target, Phase.DOCS if folder in _DOCS else phase, target, seen, 0)


def _run(  # noqa: PLR0917  (what is made, for whom, and what was made before)
    project: Project, made: _Makefile, target: str, phase: Phase, asked: str, seen: set[tuple[int | str, Phase]], depth: int
) -> Iterator[Task]:
    """The recipes that making a target runs, what it needs first; each is made once."""
    if (target, phase) in seen:
        return
    seen.add((target, phase))
    rules, stem = _rules_of(made, target)
    folder = parent(made.file)
    is_file = target not in made.phony and (stem or "/" in target or "." in target)
    if is_file and project.exists(join(folder, target)):
        return  # it ships, so nothing has to be made
    guard = Guard(GuardState.FALLBACK, why=f"{target} is made only where it is missing") if is_file else Guard(GuardState.NONE)
    for rule in rules:
        for need in rule.needs if depth < _DEEPEST else ():
            yield from _run(project, made, need.replace("%", stem), phase, asked, seen, depth + 1)
        for number, line in rule.recipe:
            if (number, phase) in seen:
                continue
            seen.add((number, phase))
            text = _expand(line.replace("$*", stem).replace("$@", target), made.variables).lstrip("@-+ \t").replace("$$", "$")
            if text and len(text) < 2 * _LONGEST:
                reach = Reach.CONDITIONAL if is_file else Reach.ALWAYS
                span = line_span(project, made.file, number)
                trail = (TrailStep(span, f"make {asked}" if asked == target else f"make {asked} makes {target}"),)
                yield Task(phase, "make", (text,), span, reach, as_text=True, folder=folder, guard=guard, trail=trail)


def _rules_of(made: _Makefile, target: str) -> tuple[list[_Rule], str]:
    """The rules for a target, and the stem where it is a pattern's."""
    if target in made.rules:
        return made.rules[target], ""
    for pattern, rules in made.rules.items():
        before, percent, after = pattern.partition("%")
        if percent and before + after and target.startswith(before) and target.endswith(after) and len(target) > len(before + after):
            return rules, target[len(before) : len(target) - len(after)]
    return [], ""


def _read(file: str, text: str) -> _Makefile:
    made = _Makefile(file)
    current: list[_Rule] = []
    lines = lines_of(text)
    number = 0
    while number < len(lines) and len(made.rules) < _MOST:
        line, start = lines[number], number + 1
        number += 1
        while line.endswith("\\") and number < len(lines):
            line = f"{line[:-1].rstrip()} {lines[number].strip()}"
            number += 1
        if line.startswith("\t"):
            for rule in current:
                rule.recipe.append((start, line.strip()))
        elif found := _VARIABLE.match(line):
            if found[2] == "+":
                made.variables[found[1]] = f"{made.variables.get(found[1], '')} {found[3]}".strip()[:_LONGEST]
            elif found[2] != "?" or found[1] not in made.variables:
                made.variables[found[1]] = found[3].partition(" #")[0].rstrip()[:_LONGEST]
            current = []
        elif found := _RULE.match(line):
            needs, _, inline = _expand(found[2], made.variables).partition(";")
            current = [_Rule(target, needs.replace("|", " ").split()) for target in _expand(found[1], made.variables).split()]
            for rule in current:
                made.rules.setdefault(rule.target, []).append(rule)
                if inline.strip():
                    rule.recipe.append((start, inline.strip()))
            if any(rule.target == ".PHONY" for rule in current):
                made.phony.update(needs.split())
    return made


def _expand(text: str, variables: dict[str, str]) -> str:
    """Variables that are set to a text put in; others stay as they are, which the shell then takes for its own."""
    for _ in range(8):
        if len(text) > 2 * _LONGEST:
            break
        new = _USE.sub(lambda found: variables.get(found[1], found[0]), text)
        if new == text:
            break
        text = new
    return text
