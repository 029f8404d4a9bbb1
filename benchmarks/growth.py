"""How does the time of an analysis grow with the code? Synthetic projects, doubled along one axis at a time, and the fitted exponent.

``python benchmarks/growth.py [--write]`` prints the table; ``--write`` puts it and a plot into docs/. CPU seconds of the analysis itself:
start-up and imports are measured once and taken off. An exponent of 1 is linear.
"""

from __future__ import annotations

import argparse
import math
import pathlib
import re
import time
from collections.abc import Callable

from offlint.model.words import Phase
from offlint.project.memory import MemoryProject
from offlint.run import _with_deep_stack, check_project

DOCS = pathlib.Path(__file__).parent.parent / "docs"
HEAD = "import hashlib\nimport os\nfrom urllib.request import urlopen\n\nfrom setuptools import setup\n\n"
FETCH = """
def fetch(url, digest):
    data = urlopen(url).read()
    if hashlib.sha256(data).hexdigest() != digest:
        raise SystemExit("wrong file")
    with open(os.path.basename(url), "wb") as file:
        file.write(data)

"""


def wrappers(count: int) -> dict[str, str]:
    """Helpers that each call the download with a URL of their own."""
    body = "".join(f"\ndef get{n}():\n    fetch('https://example.org/{n}.tgz', '{n:064x}')\n" for n in range(count))
    return {"setup.py": HEAD + FETCH + body + "\n" + "".join(f"get{n}()\n" for n in range(count)) + "setup()\n"}


def branches(count: int) -> dict[str, str]:
    """Tests of variables one after the other, before the download."""
    body = "".join(
        f"if os.environ.get('SKIP_{n}'):\n    LIBRARIES.append('{n}')\nelse:\n    LIBRARIES.append('x{n}')\n" for n in range(count)
    )
    return {"setup.py": HEAD + FETCH + "\nLIBRARIES = []\n" + body + "fetch('https://example.org/a.tgz', '0' * 64)\nsetup()\n"}


def rows(count: int) -> dict[str, str]:
    """A table of versions and digests, one of which is fetched."""
    table = "".join(f"    '{n}': 'https://example.org/{n}.tgz',\n" for n in range(count))
    return {"setup.py": HEAD + FETCH + f"\nURLS = {{\n{table}}}\nfetch(URLS[os.environ.get('VERSION', '1')], '0' * 64)\nsetup()\n"}


def looped_rows(count: int) -> dict[str, str]:
    """A table all of whose rows are fetched."""
    table = "".join(f"    ('https://example.org/{n}.tgz', '{n:064x}'),\n" for n in range(count))
    return {"setup.py": HEAD + FETCH + f"\nROWS = [\n{table}]\nfor url, digest in ROWS:\n    fetch(url, digest)\nsetup()\n"}


def depth(count: int) -> dict[str, str]:
    """Calls in calls; each level calls the next one twice, so that the number of paths doubles with each."""
    body = "".join(f"\ndef level{n}(url):\n    level{n + 1}(url)\n    level{n + 1}(url)\n" for n in range(count))
    return {
        "setup.py": f"{HEAD}{FETCH}{body}\ndef level{count}(url):\n    fetch(url, '0' * 64)\n\nlevel0('https://example.org/a.tgz')\nsetup()\n"
    }


def files(count: int) -> dict[str, str]:
    """Modules that each use one helper module, all of them called."""
    made = {
        f"tools/m{n}.py": f"from tools.fetching import fetch\n\n\ndef get():\n    fetch('https://example.org/{n}.tgz', '0' * 64)\n"
        for n in range(count)
    }
    made["tools/fetching.py"] = HEAD.replace("from setuptools import setup\n", "") + FETCH
    made["tools/__init__.py"] = ""
    lines = "".join(f"from tools.m{n} import get as get{n}\n" for n in range(count))
    calls = "".join(f"get{n}()\n" for n in range(count))
    made["setup.py"] = f"{lines}from setuptools import setup\n\n{calls}setup()\n"
    return made


#: The axis, and the sizes at which it is measured: large enough that start-up, which is taken off, does not drown them.
AXES: tuple[tuple[Callable[[int], dict[str, str]], tuple[int, ...]], ...] = (
    (wrappers, (50, 100, 200, 400)),
    (branches, (100, 200, 400, 800)),
    (rows, (1600, 3200, 6400, 12800)),
    (looped_rows, (30, 60, 120, 240)),
    (depth, (6, 12, 24, 48)),
    (files, (50, 100, 200, 400)),
)


def seconds(made: dict[str, str], runs: int = 5) -> float:
    """The least CPU time of a few analyses."""
    spent = []
    for _ in range(runs):
        began = time.process_time()
        report = _with_deep_stack(lambda: check_project(MemoryProject(made), phases=frozenset({Phase.BUILD})))
        spent.append(time.process_time() - began)
        assert report.accesses, "the download must be found"
    return min(spent)


def exponent(sizes: tuple[int, ...], times: list[float]) -> float:
    """The slope of the least-squares line through the logarithms."""
    xs, ys = [math.log(x) for x in sizes], [math.log(max(y, 1e-4)) for y in times]
    mx, my = sum(xs) / len(xs), sum(ys) / len(ys)
    return sum((x - mx) * (y - my) for x, y in zip(xs, ys, strict=True)) / sum((x - mx) ** 2 for x in xs)


def main() -> None:
    """Measure, print, and write where it is asked for."""
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument("--write", action="store_true", help="put table and plot into docs/")
    given = args.parse_args()
    seconds(wrappers(1))  # imports and pages
    base = seconds(wrappers(1))
    found = []
    for axis, sizes in AXES:
        times = [seconds(axis(size)) - base for size in sizes]
        found.append((axis.__name__.replace("_", " "), sizes, times, exponent(sizes, times)))
    lines = ["| what is doubled | sizes | CPU seconds | exponent |", "| --- | --- | --- | --- |"]
    for name, sizes, times, power in found:
        lines.append(f"| {name} | {', '.join(map(str, sizes))} | {', '.join(f'{t:.2f}' for t in times)} | {power:.2f} |")
    print("\n".join(lines))
    if given.write:
        (DOCS / "growth.svg").write_text(plot([(name, sizes, times) for name, sizes, times, _ in found]), encoding="utf-8")
        page = DOCS / "benchmarks.md"
        text = re.sub(
            r"(<!-- growth -->\n).*?(<!-- end -->)",
            lambda m: m[1] + "\n".join(lines) + "\n" + m[2],
            page.read_text("utf-8"),
            flags=re.DOTALL,
        )
        page.write_text(text, encoding="utf-8")


def plot(series: list[tuple[str, tuple[int, ...], list[float]]]) -> str:
    """A log-log plot as SVG: relative size to relative time, so that a linear axis runs along the dotted diagonal."""
    width, height, left, bottom = 560, 360, 60, 50
    colours = ("#1b6ca8", "#c0392b", "#27824a", "#8e5ea2", "#b9770e", "#444444")

    def place(x: float, y: float) -> tuple[float, float]:
        span = math.log2(8)
        return left + math.log2(x) / span * (width - left - 150), height - bottom - max(-0.5, math.log2(y)) / (span + 1) * (
            height - bottom - 20
        )

    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="12">']
    (x1, y1), (x2, y2) = place(1, 1), place(8, 8)
    parts.append(f'<line x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}" stroke="#999" stroke-dasharray="3 4"/>')
    for size in (1, 2, 4, 8):
        x = place(size, 1)[0]
        parts.append(f'<text x="{x}" y="{height - 20}" text-anchor="middle">x{size}</text>')
        parts.append(f'<text x="{left - 10}" y="{place(1, size)[1] + 4}" text-anchor="end">x{size}</text>')
    for number, (name, sizes, times) in enumerate(series):
        points = [place(size / sizes[0], max(t, 1e-4) / max(times[0], 1e-4)) for size, t in zip(sizes, times, strict=True)]
        line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        parts.append(f'<polyline points="{line}" fill="none" stroke="{colours[number]}" stroke-width="2"/>')
        parts.append(f'<text x="{width - 140}" y="{30 + 18 * number}" fill="{colours[number]}">{name}</text>')
    parts.append(f'<text x="{(width - 90) / 2}" y="{height - 4}" text-anchor="middle">size (time upwards; dotted: linear)</text></svg>')
    return "\n".join(parts) + "\n"


if __name__ == "__main__":
    main()
