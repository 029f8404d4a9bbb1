"""What would an ebuild say? ``SRC_URI``, https://devmanual.gentoo.org/ebuild-writing/variables/#src_uri; the Manifest has the digests."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from offlint.recipe.fetching import condition, each, file_name, head, left_out, plain_url, wanted, why_not
from offlint.recipe.model import Recipe


def render(recipes: Sequence[Recipe], *, verbose: bool) -> str:  # noqa: ARG001 # the signature of every form
    """An assignment for each project; repositories, which are none of SRC_URI, are comments."""
    return each(recipes, _project)


def _project(recipe: Recipe) -> Iterator[str]:
    yield f"# {head(recipe)}"
    names: set[str] = set()
    lines = []
    for source in wanted(recipe):
        url = plain_url(source)
        if url is None:
            yield f"# {left_out(source, why_not(source))}"
            continue
        if condition(source):
            yield f"# {url} {condition(source)}"
        name = file_name(url)
        if name is None or name in names or "?" in url or "#" in url:  # all distfiles of a system lie in one folder
            name = f"source-{len(names) + 1}"
            lines.append(f"\t{url} -> {name}")
        else:
            lines.append(f"\t{url}")
        names.add(name)
    yield 'SRC_URI="' + ("" if lines else '"')
    yield from lines
    if lines:
        yield '"'
