"""What would a Nix expression say? A list of ``fetchurl`` calls, https://nixos.org/manual/nixpkgs/stable/#sec-pkgs-fetchers-fetchurl."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence

from offlint.recipe.fetching import condition, digest, file_name, head, left_out, plain_url, repository, wanted, why_not
from offlint.recipe.model import Recipe, Source

_ALGORITHMS = ("sha512", "sha256", "sha1", "md5")


def render(recipes: Sequence[Recipe], *, verbose: bool) -> str:  # noqa: ARG001 # the signature of every form
    """A function of ``fetchurl`` that gives a list; what no digest is known of is a comment."""
    lines = ["{ fetchurl }:", "["]
    for recipe in recipes:
        lines.append(f"  # {head(recipe)}")
        for source in wanted(recipe):
            lines += _source(source)
    return "\n".join([*lines, "]"]) + "\n"


def _source(source: Source) -> Iterator[str]:
    if condition(source):
        yield f"  # {condition(source)}"
    found = repository(source)
    if found is not None:
        yield f"  (builtins.fetchGit {{ url = {string(found[0])}; rev = {string(found[1])}; allRefs = true; }})"
        return
    url = plain_url(source)
    if url is None:
        yield f"  # {left_out(source, why_not(source))}"
        return
    pinned = digest(source, _ALGORITHMS)
    if pinned is None:
        yield f"  # {left_out(source, 'fetchurl needs a digest, ask nix-prefetch-url')}"
        return
    algorithm, value = pinned
    sri = f"{algorithm}-{base64.b64encode(bytes.fromhex(value)).decode()}"
    # a store path's name takes fewer signs than a URL
    name = "" if file_name(url) else 'name = "source"; '
    yield f"  (fetchurl {{ {name}url = {string(url)}; hash = {string(sri)}; }})"


def string(text: str) -> str:
    """A string of Nix (https://nix.dev/manual/nix/stable/language/string-literals)."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("${", "\\${").replace("\n", "\\n").replace("\r", "\\r")
    return f'"{escaped}"'
