"""Where does the rendering go? To a file, all or nothing, or to a stream that may be no UTF-8 and may close early."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from offlint.formats.base import no_command
from offlint.formats.stream import write

if TYPE_CHECKING:
    from offlint.cache.replay import Heard


def write_file(path: Path, text: str | Iterable[str]) -> None:
    """Write a text or its pieces to a file beside the target, and rename it; the old contents stay where that fails. Raises OSError."""
    pieces = (text,) if isinstance(text, str) else text
    target = path.resolve() if path.is_symlink() else path
    if target.exists() and not target.is_file():  # a pipe or a device: nothing to rename over
        with target.open("w", encoding="utf-8", newline="\n") as file:
            file.writelines(pieces)
        return
    import tempfile  # noqa: PLC0415 # it takes as long to load as everything else here

    handle, name = tempfile.mkstemp(prefix=f".{target.name}.", suffix=".tmp", dir=target.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.writelines(pieces)
        # A temporary file is private; the result gets the old file's mode, or that of any new file.
        Path(name).chmod(target.stat().st_mode & 0o7777 if target.exists() else 0o666 & ~_umask())
        Path(name).replace(target)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise


def write_stdout(text: str | Iterable[str], *, utf8: bool, obeyed: bool = False, heard: Heard | None = None) -> None:
    """Write all, with escapes for what the stream's encoding lacks; a reader that went away is no error. Raises WriteError.

    A workflow of GitHub's obeys lines of its log: only where that is wanted (``obeyed``), there is any to obey. ``heard`` gets all of it.
    """
    encoding = "utf-8" if utf8 else sys.stdout.encoding or "utf-8"
    pieces = (text,) if isinstance(text, str) else text
    if in_workflow() and not obeyed:
        pieces = map(no_command, pieces)
    written = (piece.encode(encoding, "backslashreplace") for piece in pieces)
    write(written if heard is None else heard.over(written))


def in_workflow() -> bool:
    """Whether a workflow of GitHub's reads what is printed, on standard output or standard error."""
    return os.environ.get("GITHUB_ACTIONS") == "true"


def is_terminal() -> bool:
    """Whether to draw for a person; which colours there are is rich's to say (NO_COLOR, FORCE_COLOR)."""
    if os.environ.get("TERM") in {"dumb", "unknown"}:
        return False
    return bool(os.environ.get("FORCE_COLOR")) or sys.stdout.isatty()


def terminal_width() -> int:
    """Columns of the terminal, at least so many that a table makes sense."""
    import shutil  # noqa: PLC0415 # as above

    return max(40, shutil.get_terminal_size((100, 24)).columns)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
