"""What would a conda recipe say? The entries of ``source:``, https://docs.conda.io/projects/conda-build/en/stable/resources/define-metadata.html."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from offlint.recipe.fetching import condition, digest, each, left_out, listed, plain_url, repository, why_not
from offlint.recipe.model import Recipe, Source

_ALGORITHMS = ("sha256", "sha1", "md5")


def render(recipes: Sequence[Recipe], *, verbose: bool) -> str:  # noqa: ARG001 # the signature of every form
    """A ``source:`` list for each project; what a recipe needs a digest for and has none is a comment."""
    return each(recipes, lambda recipe: listed(recipe, "source", _source))


def _source(source: Source) -> Iterator[str]:
    if condition(source):
        yield f"  # {condition(source)}"
    found = repository(source)
    url = plain_url(source)
    if found is not None:
        yield f"  - git_url: {json.dumps(found[0])}"
        yield f"    git_rev: {json.dumps(found[1])}"
    elif url is None:
        yield f"  # {left_out(source, why_not(source))}"
    else:
        pinned = digest(source, _ALGORITHMS)
        if pinned is None:
            yield f"  # {left_out(source, 'the digest is to be found')}"
            return
        yield f"  - url: {json.dumps(url)}"
        yield f"    {pinned[0]}: {json.dumps(pinned[1])}"
