"""Does a damaged project get a sound report? The whole analysis of small projects with mutated files, each batch in a process of its own.

``python fuzz/trees.py [--minutes N] [--from SEED] [--log FILE] TREE...``: the examples of all pages and the build of each given project,
with lines deleted, doubled, shuffled or taken from elsewhere, files cut, bytes flipped, two files spliced, and nesting added. A seed
gives the same project each time: ``--one SEED`` runs it again, ``--show SEED`` prints its files. Findings are told apart by their place.
"""

from __future__ import annotations

import argparse
import faulthandler
import json
import os
import random
import re
import resource
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent.parent / "src"), str(Path(__file__).parent)]
from properties import sound

from offlint.model.words import Phase
from offlint.project import open_project
from offlint.project.memory import MemoryProject
from offlint.rulebook.checking import load_pages
from offlint.rulebook.loading import load_rulebook
from offlint.run import _with_deep_stack, check_project
from offlint.trials import iter_examples

SECONDS, MEMORY, BATCH = 60, 4 << 30, 40
SOURCES = re.compile(r"(?i)\.(py|toml|cfg|ini|cmake|txt|sh|build|wrap|ya?ml|mk|in)$|(^|/)(Makefile|PKG-INFO)$")
Files = dict[str, bytes]


def bases(trees: list[Path]) -> list[tuple[Files, frozenset[Phase]]]:
    """What is mutated: examples as a whole, and what of each project its build is likely to read."""
    tests = Path(__file__).parent.parent / "tests" / "pages"
    found = [({name: text.encode() for name, text in case.files.items()}, frozenset(Phase)) for case in iter_examples(load_pages([tests]))]
    for tree in trees:
        project = open_project(tree)
        names = [name for name in project.files if SOURCES.search(name) and name.count("/") < 3 and not name.startswith(("test", "doc"))]
        files = {name: data for name in names[:60] if (data := project.data(name)) is not None and len(data) < 60_000}
        if files:
            found += [(files, frozenset({Phase.BUILD}))] * 3
    return found


def _lines(random_: random.Random, data: bytes, other: bytes) -> bytes:
    lines = data.splitlines(keepends=True)
    at, count = random_.randrange(len(lines) + 1), random_.choice((1, 1, 1, 2, 5, 20))
    match random_.randrange(5):
        case 0:
            del lines[at : at + count]
        case 1:
            lines[at:at] = lines[at : at + count] * random_.choice((1, 2, 50))
        case 2:
            part = lines[at : at + 8]
            random_.shuffle(part)
            lines[at : at + 8] = part
        case 3:
            elsewhere = other.splitlines(keepends=True) or [b"\n"]
            start = random_.randrange(len(elsewhere))
            lines[at:at] = elsewhere[start : start + count]
        case _:
            lines[at : at + count] = [random_.choice((b"    ", b"\t", b"  ")) + line for line in lines[at : at + count]]
    return b"".join(lines)


def _bytes(random_: random.Random, data: bytes, other: bytes) -> bytes:
    at = random_.randrange(len(data) + 1)
    match random_.randrange(6):
        case 0:
            return data[:at]
        case 1:
            return data[:at] + bytes([random_.randrange(256)]) + data[at + 1 :]
        case 2:
            return data[:at] + data[at + random_.randrange(1, 40) :]
        case 3:
            part = bytearray(data[at : at + 16])
            random_.shuffle(part)
            return data[:at] + bytes(part) + data[at + 16 :]
        case 4:
            start = random_.randrange(len(other) + 1)
            return data[:at] + other[start:]
        case _:
            return data[:at] + random_.choice(ODD) + data[at:]


#: What readers trip over: brackets, quotes, holes, comments, ends of lines, controls, wide and half characters, odd numbers.
ODD = (
    b"(", b")", b"[", b"{", b"}", b'"', b"'", b'"""', b"${", b"$(", b"`", b"%", b"%s", b"{0}",
    b"{x!r:>{y}}", b"\\", b"\\\n", b"#", b":", b"=", b"@",
    b"\r", b"\r\n", b"\x0c", b"\x00", b"\x1b[31m", b"\x85", b"\xe2\x80\xa8", b"\xe2\x80\xae", b"\xef\xbb\xbf",
    b"\xf0\x9f\x98\x80", b"\xed\xa0\x80", b"\xff",
    b"-1", b"1e999", b"10**9999", b"0x", b"*args, **kw", b"lambda: 0", b"await ", b"yield ",
    b"not " * 60, b"(" * 90, b"[" * 250, b"a." * 300, b"-" * 500,
    b"$(" * 100, b"<<EOF\n", b"[[[", b"\n\n---\n", b"if True:\n    ", b"for x in x: ", b"class A(A): ",
    b"__import__('a')", b"exec(open(__file__).read())",
)  # fmt: skip


def mutated(seed: int, found: list[tuple[Files, frozenset[Phase]]]) -> tuple[Files, frozenset[Phase]]:
    """The project of a seed."""
    random_ = random.Random(seed)
    files, phases = random_.choice(found)
    files = dict(files)
    for _ in range(random_.choice((1, 1, 2, 3, 6))):
        name = random_.choice(sorted(files))
        other = random_.choice(list(random_.choice(found)[0].values()))
        change: Callable[[random.Random, bytes, bytes], bytes] = random_.choice((_lines, _lines, _bytes))
        files[name] = change(random_, files[name], other)
    return files, phases


def run_one(seed: int, found: list[tuple[Files, frozenset[Phase]]]) -> None:
    """Judge it, and look at every form of the output."""
    files, phases = mutated(seed, found)
    project = MemoryProject(files)

    def work() -> None:
        sound(check_project(project, phases=phases, rulebook=BOOK), project, BOOK)

    _with_deep_stack(work)


BOOK = load_rulebook()


def _child(seeds: range, found: list[tuple[Files, frozenset[Phase]]], out: int) -> None:
    """Run a batch; each outcome is a line."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    faulthandler.disable()
    with os.fdopen(out, "w") as file:
        for seed in seeds:
            began = time.process_time()
            file.write(f"{seed}\n")
            file.flush()
            try:
                run_one(seed, found)
                what = ""
            except BaseException as error:  # noqa: BLE001 # every one is a finding
                last = traceback.extract_tb(error.__traceback__)[-1]
                text = str(error) if type(error).__name__ == "Broken" else ""
                what = f"{type(error).__name__} at {Path(last.filename).name}:{last.lineno} {text[:160]}"
            file.write(json.dumps([what, round(time.process_time() - began, 2)]) + "\n")
            file.flush()


def batch(seeds: range, found: list[tuple[Files, frozenset[Phase]]]) -> tuple[dict[int, tuple[str, float]], float]:
    """What each seed gave, and the CPU seconds; a hang or a death is the finding of the seed at which it was."""
    done: dict[int, tuple[str, float]] = {}
    cpu, start = 0.0, seeds.start
    while start < seeds.stop:
        read, write = os.pipe()
        child = os.fork()
        if not child:
            os.close(read)
            _child(range(start, seeds.stop), found, write)
            os._exit(0)
        os.close(write)
        at, why = _follow(read, child, start, done)
        _, _, used = os.wait4(child, 0)
        cpu += used.ru_utime + used.ru_stime
        if at is None:
            break
        done[at] = (why, SECONDS)
        start = at + 1
    return done, cpu


def _follow(read: int, child: int, start: int, done: dict[int, tuple[str, float]]) -> tuple[int | None, str]:
    import select
    import signal

    at, rest = start, b""
    while True:
        if not select.select([read], [], [], SECONDS)[0]:
            os.kill(child, signal.SIGKILL)
            os.close(read)
            return at, f"takes over {SECONDS} s"
        data = os.read(read, 1 << 16)
        if not data:
            os.close(read)
            return (None, "") if at in done else (at, "the process died")
        rest += data
        *lines, rest = rest.split(b"\n")
        for line in lines:
            if line.isdigit():
                at = int(line)
            else:
                what, seconds = json.loads(line)
                done[at] = (what, seconds)


def main() -> None:
    """Run until the time is over, and say what was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("trees", nargs="*", type=Path)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--from", dest="start", type=int, default=0)
    parser.add_argument("--one", type=int)
    parser.add_argument("--show", type=int)
    parser.add_argument("--log", type=Path)
    given = parser.parse_args()
    found = bases(given.trees)
    if given.show is not None:
        for name, data in mutated(given.show, found)[0].items():
            sys.stdout.write(f"--- {name}\n{data.decode('utf-8', 'backslashreplace')}\n")
        return
    if given.one is not None:
        run_one(given.one, found)
        return
    until, seed, cpu, slowest = time.time() + 60 * given.minutes, given.start, 0.0, (0.0, 0)
    causes: dict[str, list[int]] = {}
    while time.time() < until:
        done, used = batch(range(seed, seed + BATCH), found)
        seed, cpu = seed + BATCH, cpu + used
        for one, (what, seconds) in done.items():
            slowest = max(slowest, (seconds, one))
            if what:
                if what not in causes:
                    print(f"{one}: {what}", flush=True)
                causes.setdefault(what, []).append(one)
        if given.log is not None:
            state = {
                "from": given.start,
                "executions": seed - given.start,
                "cpu_seconds": round(cpu),
                "slowest": slowest,
                "findings": causes,
            }
            given.log.write_text(json.dumps(state, indent=1) + "\n")
    print(f"{seed - given.start} executions, {cpu / 3600:.2f} CPU hours, {len(causes)} kinds of findings; slowest {slowest}")


if __name__ == "__main__":
    main()
