"""How long does it take to parse with libcst what an analysis reads? The bare parse that speed.py compares offlint with.

``python benchmarks/parsing.py note TREE FILE`` analyses the tree and writes to the file which texts were parsed, and which of its own
modules offlint loaded. ``python benchmarks/parsing.py parse FILE`` imports these modules and parses these texts, and does nothing else.
"""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from offlint.model.span import Moved
    from offlint.model.step import Module


def note(tree: str, to: Path) -> None:
    """Write what an analysis of the tree parses and loads."""
    import offlint.lower.python as lowering  # noqa: PLC0415  (the other half must not load what the noted run does not)

    texts: list[str] = []
    lower = lowering.lower_python

    def noted(text: str, file: str, lines: Sequence[Moved] | None = None) -> Module:
        texts.append(text)
        return lower(text, file, lines)

    lowering.lower_python = noted  # before the modules are imported that take it from there

    import offlint.cli  # noqa: F401, PLC0415  (what the program loads before it knows what to do)
    from offlint.run import check  # noqa: PLC0415

    check(tree)
    loaded = sorted(name for name in sys.modules if name.split(".")[0] == "offlint")
    to.write_text(json.dumps({"texts": list(dict.fromkeys(texts)), "loaded": loaded}), encoding="utf-8")


def parse(noted: Path) -> None:
    """Import and parse what was noted; a text that libcst does not read is one that it gave up on."""
    found = json.loads(noted.read_text(encoding="utf-8"))
    for name in found["loaded"]:
        importlib.import_module(name)
    import libcst  # noqa: PLC0415  (after the rest, and not at all where texts are noted)

    for text in found["texts"]:
        try:
            libcst.parse_module(text)
        except Exception as error:  # noqa: BLE001 # its trees reject more than its parser, with errors of many kinds
            print(f"not read: {error!r:.80}", file=sys.stderr)


if __name__ == "__main__":
    if sys.argv[1] == "note":
        note(sys.argv[2], Path(sys.argv[3]))
    else:
        parse(Path(sys.argv[2]))
