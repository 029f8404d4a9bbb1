"""Is what fuzzing found mended, and does it stay so? Each input that once broke a reader, by the reader and the cause.

A new one is a file in ``fuzzed/READER/``; ``fuzz/replay.py`` runs it alone.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
INPUTS = sorted(path for path in (ROOT / "tests" / "fuzzed").glob("*/*"))
SECONDS = 120  # for a reader's inputs together; each takes milliseconds


@pytest.mark.parametrize("reader", sorted({path.parent.name for path in INPUTS}))
def test_what_was_found_is_mended(reader: str) -> None:
    files = [str(path) for path in INPUTS if path.parent.name == reader]
    done = subprocess.run(
        [sys.executable, str(ROOT / "fuzz" / "replay.py"), reader, *files], capture_output=True, text=True, timeout=SECONDS, check=False
    )
    assert done.stdout.splitlines() == [f"{file}: sound" for file in files], done.stderr
