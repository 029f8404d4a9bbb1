"""What can be put into a ticket or a page? The recipe as Markdown (GFM), in which the project's texts are code and nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from offlint.formats.base import shown
from offlint.model.lazy import regex
from offlint.recipe.model import PhaseRecipe, Recipe, Setting, Source
from offlint.recipe.saying import short
from offlint.recipe.telling import address, facts, fills, others, title, where, written

_TICKS = regex(r"`+")
_SIGNS = regex(r"([\\`*_{}\[\]<>()#+\-.!|~&@:$])")


def render(recipes: Sequence[Recipe], *, verbose: bool) -> str:  # noqa: ARG001 # the signature of every form
    """A section for each project, and a table before them where there are several."""
    parts = ["".join(f"{line}\n" for line in _table(recipes))] if len(recipes) > 1 else []
    parts += ["".join(f"{line}\n" for line in _project(recipe)) for recipe in recipes]
    return "\n".join(parts)


def cell(text: str) -> str:
    """A code span in a table, where a bar ends the cell even in code."""
    return code(text).replace("|", "\\|")


def code(text: str) -> str:
    """A code span with a fence that the text does not have; in it only a line end means anything, and none is left."""
    plain = shown(text)
    if not plain.strip():
        return ""
    fence = "`" * (max((len(run) for run in _TICKS.findall(plain)), default=0) + 1)
    around = " " if plain.startswith("`") or plain.endswith("`") else ""
    return f"{fence}{around}{plain}{around}{fence}"


def prose(text: str) -> str:
    """The text with every sign of Markdown and HTML escaped."""
    return _SIGNS.sub(r"\\\1", shown(text))


def _table(recipes: Sequence[Recipe]) -> Iterator[str]:
    phases = [one.phase for one in max(recipes, key=lambda recipe: len(recipe.phases)).phases]
    yield f"| project | {' | '.join(phase.value for phase in phases)} |"
    yield f"| --- | {' | '.join('---' for _ in phases)} |"
    for recipe in recipes:
        cells = {one.phase: cell(short(one)) for one in recipe.phases}
        yield f"| {cell(recipe.project.root)} | {' | '.join(cells.get(phase, '') for phase in phases)} |"


def _project(recipe: Recipe) -> Iterator[str]:
    yield f"## {prose(title(recipe))}"
    for one in recipe.phases:
        yield ""
        yield from _phase(one)
    needed = [source for source in recipe.sources if source.needed]
    if needed:
        yield ""
        yield "**To provide**"
        yield ""
        for source in needed:
            yield from _source(source)


def _phase(one: PhaseRecipe) -> Iterator[str]:
    yield f"**{one.phase.value}**: {prose(one.says)}"
    items = [
        *(line for setting in one.switches for line in _setting(setting, "of the project")),
        *(line for setting in one.tools for line in _setting(setting, f"of {prose(setting.tool)}" if setting.tool else "of a tool")),
        *(f"- leave out {code(f'--deselect {name}')}" for name in one.left_out),
        *(f"- in the way: {code(obstacle.place)} {prose(obstacle.what)}, and {prose(obstacle.why)}" for obstacle in one.obstacles),
        *(f"- not analysed: {prose(text)}" for text in one.unread),
    ]
    if items:
        yield ""
        yield from items


def _setting(setting: Setting, whose: str) -> Iterator[str]:
    yield f"- set {code(written(setting))} ({prose(where(setting))}, {whose})"
    for other in others(setting):
        yield f"  - or {code(other)}"
    if setting.provide:
        yield f"  - provide {prose(setting.provide)}"


def _source(source: Source) -> Iterator[str]:
    yield f"- {code(address(source))}"
    for fact in (*facts(source), *fills(source)):
        yield f"  - {prose(fact)}"
