"""What does a packager read in a terminal? The recipe of one project, or a table of several."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from offlint.formats.base import plural, shown
from offlint.formats.table import rows
from offlint.model.words import Phase
from offlint.recipe.model import PhaseRecipe, Recipe, Setting, Source
from offlint.recipe.saying import short
from offlint.recipe.telling import address, facts, fills, others, title, where, written

_MOST_TESTS = 10


def render(recipes: Sequence[Recipe], *, verbose: bool) -> str:
    """One project in full; of several one row each, or each in full with ``--verbose``."""
    if len(recipes) == 1 or verbose:
        return "\n".join("".join(f"{line}\n" for line in _project(recipe, verbose=verbose)) for recipe in recipes)
    return "".join(f"{line}\n" for line in table(recipes))


def table(recipes: Sequence[Recipe]) -> Iterator[str]:
    """A row for each project."""
    wanted = [phase for phase in Phase if any(one.phase is phase for recipe in recipes for one in recipe.phases)]
    body = []
    for recipe in recipes:
        by_phase = {one.phase: short(one) for one in recipe.phases}
        needed = sum(source.needed for source in recipe.sources)
        body.append((recipe.project.root, *(by_phase.get(phase, "") for phase in wanted), str(needed)))
    yield from rows(("PROJECT", *(phase.value.upper() for phase in wanted), "TO PROVIDE"), body)


def _project(recipe: Recipe, *, verbose: bool) -> Iterator[str]:
    yield shown(title(recipe))
    for one in recipe.phases:
        yield ""
        yield from _phase(one, verbose=verbose)
    needed = [source for source in recipe.sources if source.needed]
    rest = [source for source in recipe.sources if not source.needed]
    if needed:
        yield ""
        yield "to provide"
        for source in needed:
            yield from _source(source)
    if rest and verbose:
        yield ""
        yield "not needed with these settings"
        for source in rest:
            yield from _source(source)
    elif rest:
        yield ""
        yield f"{plural(len(rest), 'more thing')} would be fetched without these settings (--verbose lists them)"


def _phase(one: PhaseRecipe, *, verbose: bool) -> Iterator[str]:
    yield shown(f"{one.phase.value}: {one.says}")
    if one.switches:
        yield "  set, of the project:"
        for setting in one.switches:
            yield from _setting(setting)
    if one.tools:
        yield "  set, of the tools that it runs:"
        for setting in one.tools:
            yield from _setting(setting)
    for name in one.left_out if verbose else one.left_out[:_MOST_TESTS]:
        yield shown(f"  leave out: --deselect {name}")
    if len(one.left_out) > _MOST_TESTS and not verbose:
        yield f"  … and {len(one.left_out) - _MOST_TESTS} more (--verbose lists them)"
    for obstacle in one.obstacles if len(one.obstacles) > 1 or verbose else ():  # the sentence above has the first
        yield shown(f"  in the way: {obstacle.place} {obstacle.what}, and {obstacle.why}")
    for text in one.unread if verbose else one.unread[:3]:
        yield shown(f"  not analysed: {text}")


def _setting(setting: Setting) -> Iterator[str]:
    tool = f"; {setting.tool}" if setting.tool else ""
    yield shown(f"    {written(setting)}  ({where(setting)}{tool})")
    for other in others(setting):
        yield shown(f"      or {other}")
    if setting.provide:
        yield shown(f"      provide {setting.provide}")
    if "partial" in setting.flaws or "leaky" in setting.flaws:
        yield "      exactly so: another value does not stop every access"
    yield shown(f"      stops {', '.join(setting.stops[:4])}" + (f" and {len(setting.stops) - 4} more" if len(setting.stops) > 4 else ""))


def _source(source: Source) -> Iterator[str]:
    yield shown(f"  {address(source)}")
    yield shown(f"    {'; '.join(facts(source))}")
    if source.holes:
        yield shown(f"    filled in: {'; '.join(fills(source))}")
