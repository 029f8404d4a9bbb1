"""What is the verdict in words? One sentence a phase, and one cell of a table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from offlint.model.words import Phase
from offlint.recipe.model import PhaseRecipe, Possible, Setting, Source
from offlint.recipe.providing import REQUIREMENTS

_GOES = {Phase.BUILD: "builds offline", Phase.TEST: "tests run offline", Phase.DOCS: "documentation builds offline"}
_CANNOT = {
    Phase.BUILD: "cannot be built offline",
    Phase.TEST: "cannot be tested offline",
    Phase.DOCS: "documentation cannot be built offline",
}
_MOST = 3


def says(one: PhaseRecipe, sources: Sequence[Source], installed: Sequence[str]) -> str:
    """The sentence."""
    if one.possible is Possible.NO:
        first = one.obstacles[0]
        more = f" (and {len(one.obstacles) - 1} more)" if len(one.obstacles) > 1 else ""
        return f"{_CANNOT[one.phase]}: {first.place} {first.what}, and {first.why}{more}"
    needs = _needs(one, sources, installed)
    plain = [said(setting) for setting in (*one.switches, *one.tools) if setting.value is not None]
    if not needs:
        text = _GOES[one.phase]
    elif plain and needs == [f"{_and(plain)} set"]:
        text = f"{_GOES[one.phase]} with {needs[0]}"
    else:
        text = f"needs {_and(needs)}"
    if one.tolerated:
        text += f", with warnings ({_few(one.tolerated)} {'fails' if len(one.tolerated) == 1 else 'fail'}, and that is tolerated)"
    if one.possible is Possible.UNKNOWN:
        return _unknown(one, text, needs)
    return text


def short(one: PhaseRecipe) -> str:
    """A cell of the table of several projects."""
    if one.possible is Possible.NO:
        return "no"
    named = [said(setting) if setting.value is not None else setting.name for setting in (*one.switches, *one.tools)]
    if one.left_out:
        named.append(f"{len(one.left_out)} tests left out")
    text = f"set {', '.join(named[:_MOST])}{' …' if len(named) > _MOST else ''}" if named else "offline"
    if one.possible is Possible.UNKNOWN:
        return "unknown" if not named else f"unknown; {text}"
    return text if named or one.says == _GOES[one.phase] or one.tolerated else "provide files"


def said(setting: Setting) -> str:
    """A setting as it is written: the form of its own kind, with the file where it stands in one."""
    if setting.kind == "env":
        return f"{setting.name}={setting.value if setting.value is not None else f'<{setting.wants}>'}"
    if not setting.forms:
        return f"{setting.name}={setting.value}" if setting.value else setting.name
    form = setting.forms[-1] if setting.kind in ("cmake", "meson") or setting.forms[0].where == "pip" else setting.forms[0]
    if form.where == "sphinx-build":
        return f"{form.where} {form.text}"
    return f"{form.text} in {form.where}" if form.text.startswith("[") else form.text  # a line of a file


def _needs(one: PhaseRecipe, sources: Sequence[Source], installed: Sequence[str]) -> list[str]:
    settings = (*one.switches, *one.tools)
    plain = [said(setting) for setting in settings if setting.value is not None]
    named = {setting.name for setting in settings}
    needs = [f"{_and(plain)} set"] if plain else []
    needs += [f"{setting.name} set to {setting.wants}" for setting in settings if setting.value is None]
    needs += [setting.wants for setting in settings if setting.value is not None and setting.wants]
    needs += [f"{', '.join(installed)} installed"] if installed else []
    copies: dict[str, None] = {}
    for source in sources:
        if source.needed and source.looked_for and not named & set(source.variables):
            copies[source.looked_for[0]] = None
    if copies:
        needs.append(f"{_few(list(copies))} in place")
    # what a variable names, or is installed, was said above
    done = {setting.tool for setting in settings if setting.value is None} | ({"pip"} if installed else set())
    asks = dict.fromkeys(setting.tool or setting.name for setting in one.tools if setting.provide and setting.tool not in done)
    stopped = {place for setting in settings for place in setting.stops}
    rest = [source for source in sources if source.needed and not source.looked_for and not set(source.variables) & named]
    for source in rest:
        if source.kind != "packages" or source.api not in REQUIREMENTS:
            asks |= {} if set(source.places) <= stopped else {source.api: None}
    if asks and rest:
        needs.append(f"what {_and(list(asks))} would fetch in place")
    if one.left_out:
        needs.append(f"{len(one.left_out)} tests left out" if len(one.left_out) > 1 else f"{one.left_out[0]} left out")
    return needs


def _unknown(one: PhaseRecipe, text: str, needs: list[str]) -> str:
    if one.obstacles:
        first = one.obstacles[0]
        return f"not known: {first.place} {first.what}; {first.why}"
    more = f" (and {len(one.unread) - 1} more)" if len(one.unread) > 1 else ""
    return f"not known: {text if needs else 'nothing was found'}, but not everything could be analysed: {one.unread[0]}{more}"


def _few(texts: Iterable[str]) -> str:
    listed = list(texts)
    return ", ".join(listed[:_MOST]) + (f" and {len(listed) - _MOST} more" if len(listed) > _MOST else "")


def _and(texts: Sequence[str]) -> str:
    return texts[0] if len(texts) == 1 else f"{', '.join(texts[:-1])} and {texts[-1]}"
