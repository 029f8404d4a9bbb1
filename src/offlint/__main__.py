"""What happens before the command line is read? The start of ``offlint`` and of ``python -m offlint``, quiet when interrupted."""

import gc
import os
import sys
from typing import NoReturn


def main() -> NoReturn:
    """Run the command line."""
    # Modules and the pages live as long as the program: looking for cycles each time that a few of their objects were made takes longer
    # than a short run.
    gc.set_threshold(50_000, 20, 50)
    try:
        from offlint.cli import main as run  # noqa: PLC0415 # so that an interrupt while it loads is met here

        run()
    except KeyboardInterrupt:
        sys.exit(130)


def _here() -> str:
    try:
        return os.getcwd()  # noqa: PTH109 # pathlib is not needed for it
    except OSError:  # the folder is gone
        return ""


if __name__ == "__main__":
    # ``-m`` puts the current folder first, which may be a stranger's project with a click.py of its own
    sys.path[:1] = [one for one in sys.path[:1] if one not in {"", _here()}]
    main()
