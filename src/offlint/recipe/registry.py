"""Which forms of a recipe are there? One module each with ``render(recipes, verbose)``, and one line here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, cast

from offlint.formats import registry as inventory

if TYPE_CHECKING:  # every command waits for this module
    from offlint.recipe.model import Recipe

FORMATS: Mapping[str, str] = {
    "text": "offlint.recipe.text",
    "json": "offlint.recipe.json_",
    "shell": "offlint.recipe.shell",
    "markdown": "offlint.recipe.markdown",
    "nix": "offlint.recipe.nix",
    "conda": "offlint.recipe.conda",
    "flatpak": "offlint.recipe.flatpak",
    "gentoo": "offlint.recipe.gentoo",
}

#: The formats of the inventory, with the one that tells what a build pulls in.
INVENTORY: Mapping[str, str] = {**inventory.INVENTORY, "cyclonedx": "offlint.recipe.cyclonedx"}


def render(name: str, recipes: Sequence[Recipe], *, verbose: bool = False) -> str:
    """The recipes in the form of that name, with the last line's end."""
    return cast("str", import_module(FORMATS[name]).render(recipes, verbose=verbose))
