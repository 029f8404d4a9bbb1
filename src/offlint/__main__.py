"""``python -m offlint`` is the same as ``offlint``."""

from offlint.cli import main

main()
