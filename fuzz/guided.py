"""Which input takes a reader down a path that no input took before? Coverage-guided fuzzing of one reader with atheris (libFuzzer).

``python fuzz/guided.py READER FOLDER [-max_total_time=SECONDS ...]``: FOLDER holds the inputs and gets those that are worth keeping
(``seeds.py`` fills it); what is found lies in FOLDER.found. Needs ``atheris``, which is no dependency of the project.
"""

from __future__ import annotations

import resource
import sys
from pathlib import Path

import atheris

sys.path[:0] = [str(Path(__file__).parent.parent / "src"), str(Path(__file__).parent)]
sys.setrecursionlimit(60_000)  # as run.py does, on a stack that is as large
SECONDS, MEMORY = 60, 3000  # of the clock: on a busy machine a pause is no finding
STACK = 768 << 20


def main() -> None:
    """Fuzz until the time is over or something is found."""
    name, folder, *more = sys.argv[1:]
    if resource.getrlimit(resource.RLIMIT_STACK)[0] != STACK:
        resource.setrlimit(resource.RLIMIT_STACK, (STACK, resource.getrlimit(resource.RLIMIT_STACK)[1]))
        import os

        os.execv(sys.executable, [sys.executable, *sys.argv])  # a process gets its stack when it starts
    found = Path(f"{folder}.found")
    found.mkdir(parents=True, exist_ok=True)
    with atheris.instrument_imports(include=["offlint"]):
        from readers import READERS
    arguments = [
        sys.argv[0],
        folder,
        f"-artifact_prefix={found}/",
        f"-timeout={SECONDS}",
        f"-rss_limit_mb={MEMORY}",
        "-max_len=6000",
        *more,
    ]
    atheris.Setup(arguments, READERS[name], enable_python_coverage=True)
    atheris.Fuzz()


main()
