"""Does any valid Python get an answer? Programs from Python's grammar, by hypothesmith, through both parsers and the whole analysis.

``python fuzz/any_python.py [MINUTES]``; needs ``hypothesmith``, which is no dependency of the project. What is found is shrunk and printed.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import hypothesmith
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

sys.path[:0] = [str(Path(__file__).parent.parent / "src"), str(Path(__file__).parent)]
from modules import look

from offlint.run import _with_deep_stack

FETCH = "import urllib.request\nurllib.request.urlopen('https://example.org/a')\n"
count = 0


@settings(max_examples=200, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(program=st.one_of(hypothesmith.from_grammar(), hypothesmith.from_node()), before=st.sampled_from(["", FETCH]))
def any_program(program: str, before: str) -> None:
    """Both are lowered and judged, and all places and renderings are sound."""
    global count  # noqa: PLW0603 # hypothesis calls this
    count += 1
    _with_deep_stack(lambda: look((before + program).encode("utf-8", "surrogatepass")))


def main() -> None:
    """Round after round, until the time is over."""
    until = time.time() + 60 * float((sys.argv[1:] or ["10"])[0])
    begun = time.process_time()
    while time.time() < until:
        any_program()
        print(f"{count} programs, {time.process_time() - begun:.0f} CPU seconds", flush=True)


if __name__ == "__main__":
    main()
