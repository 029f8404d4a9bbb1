"""What does a packager ask first? The command ``offline``: what to set and to provide, so that each phase runs without a network."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import click

from offlint.cache.replay import Heard, Witness
from offlint.formats.delivery import emit
from offlint.options import keep, parallel, shared
from offlint.recipe import registry

if TYPE_CHECKING:
    from offlint.model.report import Report
    from offlint.rulebook.schema import Rulebook


class Results(Protocol):
    """What checking the paths gave."""

    reports: list[Report]
    said: list[str]

    @property
    def book(self) -> Rulebook | None:
        """The pages by which they were checked."""

    @property
    def witnessed(self) -> Witness | None:
        """What all of it was made of, where that is known."""

    @property
    def failures(self) -> Sequence[object]:
        """What could not be checked."""


def command(run: Callable[[Sequence[str], dict[str, Any]], Results], archives: tuple[str, ...]) -> click.Command:
    """The command, with the command line's way to check paths, and the endings of archives."""

    @click.command(
        epilog="\b\nExamples:\n  offlint offline spam-1.0.tar.gz\n  offlint offline --phase build --format shell . > offline.env\n"
        "  offlint offline --format nix spam-1.0.tar.gz\n  offlint offline dist/*.tar.gz"
        "\n\n\b\nExit status: 0 every phase can be done offline with what is said, 1 not, or not known, 2 wrong usage or\n"
        "a path that can't be read."
    )
    @click.argument("paths", nargs=-1, metavar="[PATH]...")
    @click.option("-f", "--format", "format_", type=click.Choice(list(registry.FORMATS)), default="text", show_default=True)
    @parallel
    @shared
    def offline(paths: tuple[str, ...], format_: str, output: Path | None, verbose: bool, **given: Any) -> int:
        """Say what to set and to provide, so that a project is built, tested and documented without a network.

        Of several projects, text is a table with one row each. The formats nix, conda, flatpak and gentoo are the sources to provide.
        """
        single = next((path for path in paths if Path(path).is_file() and not path.lower().endswith(archives)), None)
        if single is not None:  # what one file does says nothing of the phase
            raise click.UsageError(f"{single}: a recipe is made of a folder or a source distribution")
        results = run(paths, given)
        if not results.reports or results.book is None:
            return 2
        from offlint.recipe.making import recipe_of  # noqa: PLC0415 # what takes long to import waits until it is needed

        recipes = [recipe_of(report, results.book) for report in results.reports]
        text = registry.render(format_, recipes, verbose=verbose)
        code = 2 if results.failures else int(not all(recipe.possible for recipe in recipes))
        heard = Heard() if output is None else None
        emit(text, output, utf8=format_ not in {"text", "shell"}, heard=heard)
        keep(results.witnessed, heard, code, results.said)
        return code

    return offline
