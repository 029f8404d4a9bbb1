"""What is told of a setting and of a source? Phrases for people; who prints them makes the project's texts safe."""

from __future__ import annotations

from collections.abc import Iterator

from offlint.model.access import Hole
from offlint.recipe.model import Recipe, Setting, Source

_FILLED = {
    "env": "the variable {what}",
    "option": "the option {what}",
    "cmake": "the CMake variable {what}",
    "machine": "the machine ({what})",
    "download": "what another download says",
    "run": "code that was not followed",
}


def title(recipe: Recipe) -> str:
    """Name, version and root."""
    project = recipe.project
    named = " ".join(word for word in (project.name, project.version) if word)
    return f"{named} ({project.root})" if named and named != project.root else project.root


def written(setting: Setting) -> str:
    """The setting as name and value, with a placeholder where a person must fill it in."""
    if setting.forms:
        return setting.forms[0].text
    if setting.value is None:
        return f"{setting.name}=<{setting.wants}>"
    return f"{setting.name}={setting.value}" if setting.value and setting.kind in ("env", "cmake") else setting.name


def where(setting: Setting) -> str:
    """Where the first form is set."""
    if setting.forms:
        return setting.forms[0].where
    return {"env": "environment", "cmake": "cmake"}.get(setting.kind, setting.kind)


def others(setting: Setting) -> tuple[str, ...]:
    """The other forms, each as ``where: text``, and the settings that would do instead."""
    forms = (f"{form.where}: {form.text}" for form in setting.forms[1:])
    return (*forms, *(f"instead {written(one)} ({where(one)})" for one in setting.others))


def address(source: Source) -> str:
    """The URL, or what fetches it where it has none."""
    return source.url or f"what {source.api} fetches"


def pinned(source: Source) -> str:
    """What the project knows of the bytes."""
    if source.digest:
        return f"{source.algorithm} {source.digest}"
    if source.reference:
        return f"commit {source.reference}"
    if source.algorithm == "git-commit":
        return "pinned to a commit, which was not found"
    if source.algorithm in ("lock-file", "signature"):
        return f"verified by a {source.algorithm.replace('-', ' ')}"
    if source.algorithm:
        return f"verified by {source.algorithm}, the value was not found"
    return "no digest is pinned"


def facts(source: Source) -> Iterator[str]:
    """Phrases about one source, in the order of their use."""
    if source.when:
        yield f"when {source.when}"
    if source.kind != "packages" or source.algorithm:
        yield pinned(source)
    if source.variables:
        yield f"{' or '.join(source.variables)} can name a local copy"
    if source.looked_for:
        yield f"not fetched where {' or '.join(source.looked_for)} is there"
    elif source.lands:
        yield f"put into {' or '.join(source.lands)}"
    elif source.kind == "file" and not source.variables:
        yield "where a copy is looked for is unknown"
    yield f"asked for at {', '.join(source.places[:3])}" + (f" and {len(source.places) - 3} more" if len(source.places) > 3 else "")


def fills(source: Source) -> Iterator[str]:
    """What fills each hole of a template."""
    for hole in source.holes:
        yield f"{{{hole.name}}}: {filled(hole)}"


def filled(hole: Hole) -> str:
    """What fills one hole."""
    return _FILLED[hole.by].format(what=hole.what).replace(" ()", "")
