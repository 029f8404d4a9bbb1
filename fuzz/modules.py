"""Is every module that people wrote read soundly? The standard library, installed modules and those in wheels, each as a build script.

``python fuzz/modules.py [--log FILE] [--minutes N] PATH...``: folders and wheels (read in place, nothing is installed or run). Each file is
lowered by both parsers and judged as a setup.py; places, renderings and times are looked at. Without PATH, this Python's standard library.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import random
import sys
import sysconfig
import threading
import time
import traceback
import zipfile
from collections.abc import Iterator
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent.parent / "src"), str(Path(__file__).parent)]
from properties import inside, sound, spans_in

from offlint.lower.newer import Unreadable, lower_newer
from offlint.lower.python import CannotLower, lower_python
from offlint.project.decode import decode
from offlint.project.memory import MemoryProject
from offlint.rulebook.loading import load_rulebook
from offlint.run import _RECURSION, _STACK, check_project

SECONDS = 60
BOOK = load_rulebook()


def modules(paths: list[Path]) -> Iterator[tuple[str, bytes]]:
    """Names and bytes."""
    for path in paths:
        if path.suffix in {".whl", ".zip"}:
            with zipfile.ZipFile(path) as wheel:
                for name in wheel.namelist():
                    if name.endswith(".py"):
                        yield f"{path.name}/{name}", wheel.read(name)
        else:
            for file in sorted(path.rglob("*.py")):
                yield str(file.relative_to(path.parent)), file.read_bytes()


def look(data: bytes) -> None:
    """Lower and judge one module."""
    text = decode(data, python=True)
    for lower, documented in ((lower_python, CannotLower), (lower_newer, Unreadable)):
        with contextlib.suppress(documented):
            inside(spans_in(lower(text, "setup.py")), lambda _: text)
    project = MemoryProject({"setup.py": data})
    sound(check_project(project, rulebook=BOOK), project, BOOK)


def main() -> None:
    """All of them, or as many as the time allows, in an order that is the same each time."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("paths", nargs="*", type=Path, default=[Path(sysconfig.get_path("stdlib"))])
    parser.add_argument("--minutes", type=float, default=1e9)
    parser.add_argument("--log", type=Path)
    given = parser.parse_args()
    every = list(modules(given.paths))
    random.Random(0).shuffle(every)
    until, begun, done, size = time.time() + 60 * given.minutes, time.process_time(), 0, 0
    slowest: list[tuple[float, int, str]] = []
    found: dict[str, str] = {}
    for name, data in every:
        if time.time() > until:
            break
        at = time.process_time()
        try:
            look(data)
        except BaseException as error:  # noqa: BLE001 # every one is a finding
            last = traceback.extract_tb(error.__traceback__)[-1]
            cause = f"{type(error).__name__} at {Path(last.filename).name}:{last.lineno} {str(error)[:200]}"
            if cause not in found:
                print(f"{name}: {cause}", flush=True)
            found.setdefault(cause, name)
        seconds = time.process_time() - at
        if seconds > SECONDS:
            print(f"{name}: {seconds:.0f} s", flush=True)
        slowest = sorted([*slowest, (round(seconds, 1), len(data), name)], reverse=True)[:5]
        done, size = done + 1, size + len(data)
        if given.log is not None and done % 50 == 0:
            given.log.write_text(_state(done, len(every), size, time.process_time() - begun, slowest, found))
    print(_state(done, len(every), size, time.process_time() - begun, slowest, found))
    if given.log is not None:
        given.log.write_text(_state(done, len(every), size, time.process_time() - begun, slowest, found))


def _state(done: int, of: int, size: int, cpu: float, slowest: list[tuple[float, int, str]], found: dict[str, str]) -> str:  # noqa: PLR0917
    state = {"modules": done, "of": of, "megabytes": round(size / 1e6, 1), "cpu_seconds": round(cpu), "slowest": slowest, "findings": found}
    return json.dumps(state, indent=1) + "\n"


if __name__ == "__main__":
    sys.setrecursionlimit(_RECURSION)
    threading.stack_size(_STACK)
    worker = threading.Thread(target=main)
    worker.start()
    worker.join()
