"""What happens before the command line is read? The start of ``offlint`` and of ``python -m offlint``, quiet when interrupted."""

from __future__ import annotations

import gc
import os
import sys

TYPE_CHECKING = False  # typing takes longer to load than an answer that is said again takes
if TYPE_CHECKING:
    from typing import NoReturn


def main() -> NoReturn:
    """Run the command line, and end at once: the system takes back what a process holds sooner than Python takes it apart."""
    try:
        run()
    except SystemExit as ended:
        if not isinstance(ended.code, int) or sys.stdout is None or sys.stderr is None:
            raise
        try:
            sys.stdout.flush()
            sys.stderr.flush()
        except (OSError, ValueError):  # gone or closed, of which Python has something to say
            raise ended from None
        os._exit(ended.code)


def run() -> NoReturn:
    """Run the command line, and exit."""
    # Modules and the pages live as long as the program: looking for cycles each time that a few of their objects were made takes longer
    # than a short run.
    gc.set_threshold(50_000, 20, 50)
    try:
        from offlint.cache.replay import replay  # noqa: PLC0415 # so that an interrupt while it loads is met here

        kept = replay(sys.argv[1:])
        if kept is not None:
            _say_again(*kept)
        from offlint.cli import main as command_line  # noqa: PLC0415 # as above

        command_line()
    except KeyboardInterrupt:
        sys.exit(130)


def _say_again(said: str, answer: bytes, code: int) -> None:
    """As the command line does it, and exit; where standard error cannot be written to, that is for the command line."""
    from offlint.formats.stream import WriteError, write  # noqa: PLC0415 # as above

    try:
        sys.stderr.write(said)
        sys.stderr.flush()
    except OSError:
        return
    try:
        write((answer,))
    except WriteError as error:
        from offlint.cli import say  # noqa: PLC0415 # as above

        say(str(error))
        code = 2
    sys.exit(code)


def _here() -> str:
    try:
        return os.getcwd()  # noqa: PTH109 # pathlib is not needed for it
    except OSError:  # the folder is gone
        return ""


if __name__ == "__main__":
    # ``-m`` puts the current folder first, which may be a stranger's project with a click.py of its own
    sys.path[:1] = [one for one in sys.path[:1] if one not in {"", _here()}]
    main()
