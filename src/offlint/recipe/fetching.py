"""Which sources can stand in a packager's own file? Those whose URL is exact and plain; of the others it is said why not."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterable, Iterator, Sequence

from offlint.formats.base import shown
from offlint.model.lazy import regex
from offlint.recipe.model import Recipe, Source
from offlint.recipe.telling import address, pinned

# RFC 3986 without the signs that a shell, Jinja, conda's selectors or Nix read ($ ' ( ) [ ]), and without a blank by nature
_PLAIN = regex(r"(?:https?|ftp)://[A-Za-z0-9._~:/?#@!&*+,;=%-]+")
_GIT = regex(r"(?:git\+)?((?:https?|git|ssh)://[A-Za-z0-9._~:/?@!&*+,;=%-]+)")
_COMMIT = regex(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_NAME = regex(r"[A-Za-z0-9+._-]+")
# brackets at a line's end are selectors to conda-build, which evaluates them; braces are Jinja's
_ROUND = str.maketrans("[]{}", "()()")


def each(recipes: Sequence[Recipe], project: Callable[[Recipe], Iterable[str]]) -> str:
    """The lines of every project, with an empty one between two."""
    return "\n".join("".join(f"{line}\n" for line in project(recipe)) for recipe in recipes)


def listed(recipe: Recipe, key: str, entry: Callable[[Source], Iterable[str]]) -> Iterator[str]:
    """A YAML list of a project's sources under a key; one of nothing but comments is empty."""
    yield f"# {head(recipe)}"
    lines = [line for source in wanted(recipe) for line in entry(source)]
    yield f"{key}:" if any(not line.lstrip().startswith("#") for line in lines) else f"{key}: []"
    yield from lines


def wanted(recipe: Recipe) -> Iterator[Source]:
    """What is to be provided and has an address of its own."""
    yield from (source for source in recipe.sources if source.needed and source.kind in ("file", "git", "vcs", "data"))


def plain_url(source: Source) -> str | None:
    """The URL of a file where it may be written anywhere as it is; credentials that were masked are no part of one."""
    if source.kind not in ("file", "data") or not source.exact or "***" in source.url:
        return None
    return source.url if _PLAIN.fullmatch(source.url) and not source.url.endswith("?") else None


def repository(source: Source) -> tuple[str, str] | None:
    """The URL and the full commit id of a git repository."""
    match = _GIT.fullmatch(source.url)
    if source.kind != "git" or not source.exact or "***" in source.url or match is None or not _COMMIT.fullmatch(source.reference):
        return None
    url = match[1]
    reference = f"@{source.reference}"
    return url.removesuffix(reference), source.reference


def file_name(url: str) -> str | None:
    """The last part of the URL's path, where it is a name that any tool takes."""
    name = posixpath.basename(re.split(r"[?#]", url, maxsplit=1)[0])
    return name if _NAME.fullmatch(name) and not name.startswith((".", "-")) else None


def digest(source: Source, algorithms: Iterable[str]) -> tuple[str, str] | None:
    """Algorithm and digest where the tool takes that algorithm."""
    if source.digest is None or source.algorithm not in tuple(algorithms):
        return None
    return source.algorithm, source.digest


def left_out(source: Source, why: str) -> str:
    """The line about a source that is not well defined enough, fit for a comment: it has no line end, bracket or brace."""
    text = shown(f"{why}: {address(source)} ({pinned(source)})")
    return text.translate(_ROUND)


def condition(source: Source) -> str:
    """When this one of several is wanted, fit for a comment; empty for the only one."""
    return shown(f"when {source.when}").translate(_ROUND) if source.when else ""


def why_not(source: Source) -> str:
    """Why a source has no address that can be written down."""
    if source.kind in ("git", "vcs"):
        return "no full commit is pinned" if not source.reference else "not a plain address"
    return "not an exact address" if not source.exact else "not a plain address"


def head(recipe: Recipe) -> str:
    """The comment's text that names the project."""
    project = recipe.project
    text = shown(" ".join(word for word in (project.name or project.root, project.version) if word))
    return text.translate(_ROUND)
