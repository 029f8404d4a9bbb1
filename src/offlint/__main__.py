"""Runs the command line for ``python -m offlint``."""

import os
import sys

# ``-m`` puts the current folder first, which may be a stranger's project with a click.py of its own
sys.path[:1] = [one for one in sys.path[:1] if one not in {"", os.getcwd()}]  # noqa: PTH109 # pathlib is not needed for it

from offlint.cli import main  # noqa: E402

main()
