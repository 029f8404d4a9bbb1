"""Is anything going on? A line on standard error, for work that takes longer than a person waits, and only on a terminal."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock, Timer
from typing import TYPE_CHECKING

from offlint.formats.base import visible

if TYPE_CHECKING:
    from rich.progress import Progress

PATIENCE = 2.0


@contextmanager
def working(what: str, *, quiet: bool = False, patience: float = PATIENCE) -> Iterator[None]:
    """Show ``what`` and the time that it takes, until the block ends; nothing of it stays on the screen."""
    if quiet or not sys.stderr.isatty() or os.environ.get("TERM") in {"dumb", "unknown"}:
        yield
        return
    lock, shown, over = Lock(), [], False

    def show() -> None:
        from rich.console import Console  # noqa: PLC0415 # rich takes long to load
        from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn  # noqa: PLC0415

        line = Progress(
            SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn(), console=Console(stderr=True), transient=True
        )
        with lock:
            if not over:
                shown.append(_begin(line, what, patience))

    timer = Timer(patience, show)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        with lock:
            over = True
            for line in shown:
                line.stop()


def _begin(line: Progress, what: str, already: float) -> Progress:
    line.add_task(visible(what).replace("[", r"\["), total=None)
    for task in line.tasks:
        task.start_time = line.get_time() - already
    line.start()
    return line
