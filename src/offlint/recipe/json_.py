"""What would a distribution's script read? The recipe as JSON; its keys are a contract (docs/packagers.md), new ones may be added."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from offlint import __version__
from offlint.findings.redact import masked
from offlint.formats.base import in_json
from offlint.model.words import Phase
from offlint.recipe.model import PhaseRecipe, Recipe, Setting, Source

SCHEMA = 1
_OTHER = ("name", "kind", "value", "wants", "effect", "forms")


def render(recipes: Sequence[Recipe], *, verbose: bool) -> str:  # noqa: ARG001 # the signature of every form
    """One object for one project; for several, ``{"offlint", "schema", "projects": [object, …]}``.

    In ASCII, so that no terminal obeys anything in it.
    """
    objects = [_recipe(recipe) for recipe in recipes]
    whole = objects[0] if len(objects) == 1 else {"offlint": __version__, "schema": SCHEMA, "projects": objects}
    return in_json(json.dumps(masked(whole), indent=1)) + "\n"


def _recipe(recipe: Recipe) -> dict[str, Any]:
    project = recipe.project
    return {
        "offlint": __version__,
        "schema": SCHEMA,
        "project": {"name": project.name, "version": project.version, "root": project.root, "backend": project.backend},
        "possible": recipe.possible,
        "phases": {one.phase.value: _phase(one, recipe.sources) for one in recipe.phases},
        "sources": [_source(source) for source in recipe.sources],
    }


def _phase(one: PhaseRecipe, sources: Sequence[Source]) -> dict[str, Any]:
    phase: Phase = one.phase
    return {
        "verdict": one.verdict.value,
        "possible": one.possible.value,
        "says": one.says,
        "switches": [_setting(setting) for setting in one.switches],
        "tools": [
            _setting(setting) | {"tool": setting.tool, "provide": setting.provide, "source": setting.source} for setting in one.tools
        ],
        "sources": [index for index, source in enumerate(sources) if phase in source.phases],
        "leave_out": list(one.left_out),
        "obstacles": [{"at": obstacle.place, "what": obstacle.what, "why": obstacle.why} for obstacle in one.obstacles],
        "tolerated": list(one.tolerated),
        "not_analysed": list(one.unread),
    }


def _setting(setting: Setting) -> dict[str, Any]:
    others = [{key: value for key, value in _setting(one).items() if key in _OTHER} for one in setting.others]
    return {
        "name": setting.name,
        "kind": setting.kind,
        "value": setting.value,
        "wants": setting.wants or None,
        "effect": setting.effect,
        "forms": [{"where": form.where, "text": form.text} for form in setting.forms],
        "stops": list(setting.stops),
        "flaws": list(setting.flaws),
        "others": others,
    }


def _source(source: Source) -> dict[str, Any]:
    return {
        "kind": source.kind,
        "url": source.url,
        "exact": source.exact,
        "digest": {"algorithm": source.algorithm, "value": source.digest} if source.digest else None,
        "commit": source.reference or None,
        "when": source.when or None,
        "fills": [{"hole": hole.name, "by": hole.by, "what": hole.what} for hole in source.holes],
        "looked_for": list(source.looked_for),
        "lands": list(source.lands),
        "variables": list(source.variables),
        "needed": source.needed,
        "phases": [phase.value for phase in source.phases],
        "at": list(source.places),
        "api": source.api,
        "name": source.name or None,
    }
