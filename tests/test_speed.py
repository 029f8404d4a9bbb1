"""Does the table of benchmarks/speed.py say which goals are missed? What it makes of measures; nothing is measured here."""

from __future__ import annotations

import importlib.util
import sys
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest

FILE = Path(__file__).resolve().parent.parent / "benchmarks" / "speed.py"


@pytest.fixture
def speed(monkeypatch: pytest.MonkeyPatch) -> Any:
    spec = importlib.util.spec_from_file_location("speed", FILE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "speed", module)  # where dataclasses look for their annotations' names
    spec.loader.exec_module(module)
    return module


def row(speed: Any, tree: str, files: int, **seconds: float) -> Any:
    spent = {getattr(speed, tool): speed.Spent(wall, wall, 100 * wall) for tool, wall in seconds.items()}
    return speed.Row(tree, files, 1.0, spent)


def rows(speed: Any) -> list[Any]:
    return [
        row(speed, "small", 400, COLD=1, BANDIT=2, RUFF=0.1, SEMGREP=4, CLICK=0.1, BARE=1),
        row(speed, "large", 401, COLD=3, BANDIT=20, RUFF=1, SEMGREP=2, CLICK=0.1, BARE=1),
    ]


def test_what_is_missed_is_said(speed: Any) -> None:
    assert speed.missed(rows(speed)) == [
        "- time / semgrep ≤ 1: missed on 1 of 2 trees (large)",
        "- time / bandit ≤ 1: met on all 2 trees",
        "- time / bandit, large ≤ 0.1: missed on 1 of 1 trees (large)",
        "- time / ruff, large ≤ 3: met on all 1 trees",
        "- again / import click ≤ 2: not measured",
        "- CPU / bare parse ≤ 1.5: missed on 1 of 2 trees (large)",
        "- memory in MB ≤ 200: missed on 1 of 2 trees (large)",
    ]


def test_what_is_missed_is_bold(speed: Any) -> None:
    *_, small, large = speed.ratios(rows(speed))
    assert small == "| small | 0.25 | 0.50 |  |  |  | 1.00 | 100 |"
    assert large == "| large | **1.50** | 0.15 | **0.15** | 3.00 |  | **3.00** | **300** |"


def test_the_plot_has_a_mark_for_each_measure(speed: Any) -> None:
    root = ET.fromstring(speed.plot(rows(speed)))
    names = [element.tag.rpartition("}")[2] for element in root.iter()]
    shown = 4  # the parse and the import are no tools, and nothing was run again
    assert names.count("circle") + names.count("polygon") == shown * (1 + len(rows(speed)))
    assert {"small", "large"} <= {element.text for element in root.iter()}


def test_only_its_own_part_of_the_page_is_written(speed: Any) -> None:
    page = "a\n<!-- speed -->\nold\n<!-- end -->\nb\n<!-- growth -->\nc\n<!-- end -->\n"
    assert speed.written(page, ["new"]) == page.replace("old", "new")
