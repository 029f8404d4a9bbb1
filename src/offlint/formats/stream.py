"""What can go wrong with standard output? A reader that went away, which is no error, and all that is one.

An answer that is said again loads this, so that it imports nothing that takes time.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False  # typing takes longer to load than an answer that is said again takes
if TYPE_CHECKING:
    from collections.abc import Iterable


class WriteError(Exception):
    """What could not be written; ``str()`` is one line that names it."""


def write(pieces: Iterable[bytes]) -> None:
    """Write all to standard output. Raises WriteError."""
    try:
        sys.stdout.flush()
        for piece in pieces:
            sys.stdout.buffer.write(piece)
        sys.stdout.flush()
    except BrokenPipeError:
        # Python flushes standard output once more when it ends (see the note on SIGPIPE in the signal module's documentation).
        _close()
    except OSError as error:
        _close()
        raise WriteError(f"standard output: cannot be written: {error.strerror or error}") from error


def _close() -> None:
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (OSError, ValueError):
        return
