"""How long was each reader fuzzed, and what was found? One process after the other, with a record that adds up.

``python fuzz/rounds.py FOLDER SECONDS [READER...]``: each reader for so many seconds, again after a finding, with the inputs under FOLDER;
FOLDER/rounds.jsonl gets a line for each round: executions, CPU seconds, and what was found.
"""

from __future__ import annotations

import json
import re
import resource
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).parent
MOST = 4


def ran(folder: Path, reader: str, seconds: float) -> dict[str, object]:
    """One round of a reader."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    (folder / reader).mkdir(parents=True, exist_ok=True)
    command = [
        sys.executable,
        str(HERE / "guided.py"),
        reader,
        str(folder / reader),
        f"-max_total_time={int(seconds)}",
        "-print_final_stats=1",
    ]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    count = re.search(r"stat::number_of_executed_units:\s*(\d+)", done.stdout)
    counts = re.findall(r"^#(\d+)", done.stdout, re.MULTILINE)
    said = re.findall(r"^(?:\w+(?:\.\w+)*(?:Error|Exception|Broken)\b.*|.*ERROR: libFuzzer.*|Broken: .*)$", done.stdout, re.MULTILINE)
    file = re.search(r"Test unit written to (\S+)", done.stdout)
    return {
        "reader": reader,
        "executions": int(count[1]) if count else int(counts[-1]) if counts else 0,
        "cpu_seconds": round(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime),
        "found": (said[0] if said else f"exit status {done.returncode}") if done.returncode else "",
        "file": file[1] if file else "",
    }


def main() -> None:
    """All rounds."""
    sys.path[:0] = [str(HERE.parent / "src"), str(HERE)]
    folder, seconds, readers = Path(sys.argv[1]), float(sys.argv[2]), sys.argv[3:]
    if not readers:
        from readers import READERS

        readers = list(READERS)
    for reader in readers:
        until, found = time.time() + seconds, 0
        while (left := until - time.time()) > 5 and found < MOST:
            one = ran(folder, reader, left)
            found += bool(one["found"])
            with (folder / "rounds.jsonl").open("a") as log:
                log.write(json.dumps(one) + "\n")
            print(one, flush=True)


main()
