"""What is kept of earlier runs, and where? The command ``offlint cache``."""

from __future__ import annotations

import click

from offlint.cache.store import MOST, VARIABLE, Store, default_folder
from offlint.formats.base import plural
from offlint.options import Spoken


@click.group(
    name="cache",
    cls=Spoken,
    epilog=f"\b\nExamples:\n  offlint cache info\n  offlint cache clean\n  {VARIABLE}=~/offlint-cache offlint check .",
)
def cache() -> None:
    """See and empty what is kept of earlier runs.

    A second run on a project that has not changed answers from there. It is always safe to delete.
    """


@cache.command(name="dir")
def directory() -> None:
    """Print the folder."""
    click.echo(_folder())


@cache.command()
def info() -> None:
    """Say what is in it."""
    folder = _folder()
    store = Store(folder)
    sizes = [size for _, size, _ in store.entries()]
    refused = store.refused
    click.echo(f"{folder}" + (f"\nis not used: {refused}" if refused is not None else ""))
    click.echo(f"{_amount(len(sizes), sum(sizes))}, of {MOST / 1e6:.0f} MB at most")


@cache.command()
def clean() -> None:
    """Take away all of it."""
    folder = _folder()
    files, size = Store(folder).clean()
    click.echo(f"{folder}: took away {_amount(files, size)}")


def _folder() -> str:
    folder = default_folder()
    if folder is None:
        raise click.ClickException(f"nothing is kept: there is no home folder, and {VARIABLE} is not set")
    return folder


def _amount(files: int, size: int) -> str:
    return f"{plural(files, 'file')}, {size / 1e6:.1f} MB"
