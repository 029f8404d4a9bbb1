"""What does ``offlint diff OLD NEW`` mean? Two releases in, what changed out, and an exit status that says whether anything got worse."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from offlint.cache.replay import Heard, Witness
from offlint.cache.store import Store, default_folder
from offlint.formats.output import write_file, write_stdout
from offlint.model.words import Phase
from offlint.options import OutputFile, keep, own_rules, uncached
from offlint.recall import Pages, check
from offlint.rulebook.errors import RulebookError
from offlint.settings import phases_of, words_of

if TYPE_CHECKING:
    from offlint.model.report import Report

_EXISTING = click.Path(exists=True)


@click.command(
    epilog="\b\nExamples:\n  offlint diff spam-1.0.tar.gz spam-1.1.tar.gz\n  offlint diff --phase build --format json old/ new/"
    "\n\n\b\nExit status: 0 nothing got worse, 1 something did, 2 wrong usage or a path that can't be read."
)
@click.argument("old", type=_EXISTING)
@click.argument("new", type=_EXISTING)
@click.option("-f", "--format", "format_", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option("-o", "--output", type=OutputFile(), metavar="FILE", help="Write to this file, atomically.")
@click.option("--phase", metavar="PHASES", help="Of build, test and docs, those to compare. [default: all]")
@own_rules
@uncached
def diff(  # noqa: PLR0917 # the options of a command
    old: str, new: str, format_: str, output: Path | None, phase: str | None, extra: tuple[Path, ...], no_cache: bool
) -> int:
    """Compare two releases of a project: new and lost accesses, guards, integrity, hosts, digests, missing files."""
    from offlint.findings.comparison import compare  # noqa: PLC0415 # heavy imports only where they are used
    from offlint.formats.difference import as_json, text  # noqa: PLC0415

    store = Store(None if no_cache else default_folder())
    try:
        phases = phases_of(words_of(phase)) if phase is not None else frozenset(Phase)
        pages = Pages(extra, store)
        pages.names  # noqa: B018 # whether they can be used
    except (ValueError, RulebookError) as error:
        raise click.ClickException(str(error).splitlines()[0]) from error
    witness = Witness()
    comparison = compare(*(_report(each, phases, pages, store, witness) for each in (old, new)))
    written = as_json(comparison) if format_ == "json" else text(comparison)
    if output is None:
        heard = Heard()
        write_stdout(written, utf8=format_ == "json", heard=heard)
        keep(witness if witness.answers == 2 and not extra else None, heard, int(comparison.worse))
    else:
        try:
            write_file(output, written)
        except OSError as error:
            raise click.ClickException(f"{output}: cannot be written: {error.strerror or error}") from error
    return int(comparison.worse)


def _report(path: str, phases: frozenset[Phase], pages: Pages, store: Store, witness: Witness) -> Report:
    from offlint.project import Unreadable  # noqa: PLC0415

    try:
        return check(path, pages=pages, store=store, phases=phases, witness=witness)
    except Unreadable as error:
        raise click.ClickException(str(error)) from error
