"""Which options do several commands share, and how are their values read?"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from offlint.findings.selection import nearest
from offlint.formats import registry
from offlint.model.words import Phase
from offlint.settings import phases_of, words_of

Files = tuple[tuple[str, Path], ...]
_Function = TypeVar("_Function", bound=Callable[..., Any])

own_rules = click.option("--rules", "extra", multiple=True, type=click.Path(exists=True, path_type=Path), help="Own pages, added.")

uncached = click.option("--no-cache", is_flag=True, help="Neither use nor keep what earlier runs came to.")


def words(_context: click.Context, option: click.Parameter, value: str | None) -> tuple[str, ...] | frozenset[Phase] | None:
    """An option's words; those of ``--phase`` as phases."""
    if value is None:
        return None
    found = words_of(value)
    try:
        return phases_of(found) if option.name == "phase" else found
    except ValueError as error:
        raise click.BadParameter(str(error)) from error


def files(_context: click.Context, _option: click.Parameter, value: tuple[str, ...]) -> Files:
    """``FORMAT=FILE``, as often as it is given."""
    pairs = [(form, Path(file)) for form, _, file in (one.partition("=") for one in value)]
    for form, file in pairs:
        if form not in registry.CHECK:
            raise click.BadParameter(f"{form!r} is none of {', '.join(registry.CHECK)}{nearest(form, registry.CHECK)}")
        if not file.name:
            raise click.BadParameter(f"{form!r} names no file; write {form}=FILE")
    return tuple(pairs)


def shared(function: _Function) -> _Function:
    """The options of every command that checks."""
    for option in reversed(
        [
            click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="Write to this file, atomically."),
            click.option("--phase", metavar="PHASES", callback=words, help="Of build, test and docs, those to check. [default: all]"),
            click.option("--config", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Configuration file to use."),
            click.option(
                "--rules",
                "rules",
                multiple=True,
                type=click.Path(exists=True, path_type=Path),
                help="Folder or page of own API models and rules, added to the built-in ones.",
            ),
            uncached,
            click.option("-v", "--verbose", is_flag=True, help="Whole trails; for check, notes and suppressed findings too."),
        ]
    ):
        function = option(function)
    return function
