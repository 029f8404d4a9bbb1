"""What would a Flatpak manifest say? A module's ``sources``, https://docs.flatpak.org/en/latest/module-sources.html, in YAML."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence

from offlint.model.lazy import regex
from offlint.recipe.fetching import condition, digest, each, file_name, left_out, listed, plain_url, repository, why_not
from offlint.recipe.model import Recipe, Source

_ALGORITHMS = ("sha512", "sha256", "sha1", "md5")
_ARCHIVE = regex(r"\.(?:tar(?:\.\w+)?|t[gbx]z2?|zip|7z|rpm)$", re.IGNORECASE)


def render(recipes: Sequence[Recipe], *, verbose: bool) -> str:  # noqa: ARG001 # the signature of every form
    """A ``sources:`` list for each project; what no digest is known of is a comment."""
    return each(recipes, lambda recipe: listed(recipe, "sources", _source))


def _source(source: Source) -> Iterator[str]:
    if condition(source):
        yield f"  # {condition(source)}"
    found = repository(source)
    url = plain_url(source)
    pinned = digest(source, _ALGORITHMS)
    if found is not None:
        yield "  - type: git"
        yield f"    url: {json.dumps(found[0])}"
        yield f"    commit: {json.dumps(found[1])}"
    elif url is None or pinned is None:
        yield f"  # {left_out(source, why_not(source) if url is None else 'a digest is needed')}"
    else:
        name = file_name(url)
        yield f"  - type: {'archive' if _ARCHIVE.search(name or '') else 'file'}"
        yield f"    url: {json.dumps(url)}"
        yield f"    {pinned[0]}: {json.dumps(pinned[1])}"
        if name is None:
            yield "    dest-filename: source"
