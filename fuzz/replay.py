"""Is what was found mended? Runs inputs through a reader: ``python fuzz/replay.py READER FILE...``."""

from __future__ import annotations

import sys
import traceback
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent.parent / "src"), str(Path(__file__).parent)]
from readers import READERS

from offlint.run import _with_deep_stack

name, *files = sys.argv[1:]
for file in files:
    data = Path(file).read_bytes()
    try:
        _with_deep_stack(lambda data=data: READERS[name](data))
    except Exception as error:  # noqa: BLE001 # each is shown
        last = traceback.extract_tb(error.__traceback__)[-1]
        print(f"{file}: {type(error).__name__} at {Path(last.filename).name}:{last.lineno}: {error}")
    else:
        print(f"{file}: sound")
