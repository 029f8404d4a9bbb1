"""Which options do several commands share, and how are their values read?"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click

from offlint.cache.replay import Heard, Record, Witness
from offlint.cache.store import Store, default_folder
from offlint.findings.selection import nearest
from offlint.formats import registry
from offlint.model.words import Phase
from offlint.settings import phases_of, words_of

Files = tuple[tuple[str, Path], ...]
_Function = TypeVar("_Function", bound=Callable[..., Any])

own_rules = click.option("--rules", "extra", multiple=True, type=click.Path(exists=True, path_type=Path), help="Own pages, added.")

uncached = click.option("--no-cache", is_flag=True, help="Neither use nor keep what earlier runs came to.")


class Count(click.types.IntParamType):
    """A number of things, at least one."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """The number."""
        try:
            found = int(value)
        except ValueError:
            found = 0
        if found < 1:
            self.fail(f"{value!r} is no whole number from 1 on", param, ctx)
        return found


parallel = click.option(
    "-j",
    "--jobs",
    type=Count(),
    metavar="N",
    help="How many processes at most. [default: one project at a time, two processes for a large one]",
)


class Spoken(click.Group):
    """A group that says which commands it has, where none is given."""

    def __init__(self, *arguments: Any, **given: Any) -> None:
        super().__init__(*arguments, **{**given, "no_args_is_help": False})

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """As of any group, but for the error."""
        if not args:
            raise click.UsageError(f"{self.name} takes a command: {', '.join(sorted(self.commands))}; see offlint {self.name} --help")
        return super().parse_args(ctx, args)


class Unnamed(click.Group):
    """``offlint PATH...`` is ``offlint check PATH...``."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put ``check`` before what begins with no command."""
        if not args or (args[0] not in self.commands and args[0] not in {"-h", "--help", "-V", "--version"}):
            args = ["check", *args]
        return super().parse_args(ctx, args)


class OutputFile(click.Path):
    """A file to be written."""

    def __init__(self) -> None:
        super().__init__(dir_okay=False, path_type=Path)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """As of any path; one that ends as a folder's does names no file."""
        if isinstance(value, str) and value.endswith(("/", os.sep)):
            self.fail(f"{value} names a folder; name the file, such as {value}offlint.txt", param, ctx)
        return super().convert(value, param, ctx)


def keep(witness: Witness | None, heard: Heard | None, code: int, said: Sequence[str] = ()) -> None:
    """Keep what was said, to say it again; only where it was all, and was made of nothing but what was witnessed."""
    record = click.get_current_context().find_object(Record)
    if record is not None and witness is not None and heard is not None and heard.whole:
        record.keep(Store(default_folder()), witness, "".join(said).encode(), heard.pieces, code)


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
    given = [(form, file) for form, _, file in (one.partition("=") for one in value)]
    for form, file in given:
        if form not in registry.CHECK:
            raise click.BadParameter(f"{form!r} is none of {', '.join(registry.CHECK)}{nearest(form, registry.CHECK)}")
        if not Path(file).name or file.endswith(("/", os.sep)):
            raise click.BadParameter(f"{form!r} names no file; write {form}=FILE")
    return tuple((form, Path(file)) for form, file in given)


def shared(function: _Function) -> _Function:
    """The options of every command that checks."""
    for option in reversed(
        [
            click.option("-o", "--output", type=OutputFile(), metavar="FILE", help="Write to this file, atomically."),
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
