"""Which renderings go where? One to standard output or a file, further ones to files, and a summary to the workflow that asks for it."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from offlint.formats import registry
from offlint.formats.base import Options
from offlint.formats.output import write_file, write_stdout
from offlint.formats.stream import WriteError

if TYPE_CHECKING:
    from offlint.cache.replay import Heard
    from offlint.model.report import Report

# What a program reads is UTF-8 whatever the locale says.
_UTF8 = frozenset({"sarif", "json", "gitlab"})


def deliver(
    reports: Sequence[Report],
    options: Options,
    form: str,
    output: Path | None,
    further: Sequence[tuple[str, Path]] = (),
    *,
    heard: Heard | None = None,
) -> None:
    """Write all of it; ``heard`` gets what is written to standard output. Raises WriteError."""
    with _without_cycles():
        _deliver(reports, options, form, output, further, heard=heard)


def spoken_only(form: str, output: Path | None, further: Sequence[tuple[str, Path]]) -> bool:
    """Whether nothing is written but to standard output."""
    return output is None and not further and not _summary(form)


def _summary(form: str) -> str | None:
    return os.environ.get("GITHUB_STEP_SUMMARY") if form == "github" else None


def _deliver(
    reports: Sequence[Report],
    options: Options,
    form: str,
    output: Path | None,
    further: Sequence[tuple[str, Path]],
    *,
    heard: Heard | None,
) -> None:
    for other, file in further:
        emit(registry.pieces(registry.CHECK[other], reports, replace(options, terminal=False)), file)
    if reports or form != "text":
        pieces = registry.pieces(registry.CHECK[form], reports, options)
        emit(pieces, output, utf8=form in _UTF8, obeyed=form == "github", heard=heard)
    summary = _summary(form)
    if summary:
        page = registry.render(registry.CHECK["markdown"], reports, options)
        with _said(summary), Path(summary).open("a", encoding="utf-8", errors="replace", newline="\n") as end:
            end.write(page)


def emit(text: str | Iterable[str], output: Path | None, *, utf8: bool = False, obeyed: bool = False, heard: Heard | None = None) -> None:
    """Write to a file, or to standard output, which ``heard`` gets, too. Raises WriteError."""
    if output is None:
        write_stdout(text, utf8=utf8, obeyed=obeyed, heard=heard)
        return
    with _said(output):
        write_file(output, text)


@contextmanager
def _without_cycles() -> Iterator[None]:
    """Renderings make no cycles; looking for some among all that an analysis left takes as long as writing."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


@contextmanager
def _said(file: Path | str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise WriteError(f"{file}: cannot be written: {error.strerror or error}") from error
