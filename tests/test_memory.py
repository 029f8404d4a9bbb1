"""What of an evaluation is kept? Nothing, once the last entry point that shares it has run."""

import gc
import weakref
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from offlint.flow import interning, recent, runs
from offlint.flow import values as v
from offlint.flow.machine import Machine
from offlint.flow.summary import Summary, step
from offlint.judge import accesses, reachability
from offlint.judge.worlds import Mentions
from offlint.lower.newer import lower_newer
from offlint.lower.python import lower_python
from offlint.model.step import Module
from offlint.project import tree
from offlint.project.contents import Contents
from offlint.project.memory import MemoryProject
from offlint.run import check_project

GET = 'import requests\n\n\nclass Thing:\n    def get(self):\n        return requests.get("https://example.org/{}")\n\n\n'


def test_a_phase_that_is_over_holds_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    stores: list[weakref.ref[Any]] = []
    left: list[tuple[int, int]] = []

    class Watched(Machine):
        def __init__(self, *args: Any) -> None:
            left.append((sum(ref() is not None for ref in stores), interning.count()))
            super().__init__(*args)
            stores.append(weakref.ref(self.store))

    monkeypatch.setattr(runs, "Machine", Watched)
    files = {
        "docs/conf.py": GET.format("docs") + "held = [Thing().get() for _ in range(3)]\n",
        "tests/test_a.py": GET.format("test") + "def test_a():\n    Thing().get()\n",
    }
    gc.disable()  # as ``offlint.run.check`` does
    try:
        report = check_project(MemoryProject(files))
    finally:
        gc.enable()
    assert {one.url.rpartition("/")[2] for one in report.accesses} == {"docs", "test"}
    assert [alive for alive, _ in left] == [0, 0]
    assert left[1][1] <= left[0][1] + 5


def test_what_a_test_mentions_is_worked_out_once_and_told_as_often_as_asked() -> None:
    interning.forget()
    one, other = v.Opt("cmake", "A", v.Const("ON")), v.Opt("cmake", "A", v.Const("OFF"))
    env = v.Env("NO_NETWORK", v.Const(""))
    first = step(None, v.Sym("==", (env, v.Const("yes"))), None)
    way = step(step(step(first, v.Sym("not", (one,)), None), v.Sym("or", (other, env)), None), v.Sym("==", (one, v.Const("x"))), None)
    told = Mentions()
    for _ in range(2):
        found = Mentions(told=told.told)
        found.way(way)
        alone = Mentions()
        node = way
        while node is not None:
            alone.value(node.test, node.span)
            node = node.parent
        assert (found.env, found.options, found.compared, found.spans) == (alone.env, alone.options, alone.compared, alone.spans)
    assert found.env == {"NO_NETWORK": {"yes"}}
    assert len(told.told) == 4


def parts_of_lowering() -> Counter[str]:
    kinds = (type(one) for one in gc.get_objects())
    return Counter(kind.__name__ for kind in kinds if str(getattr(kind, "__module__", "")).startswith("offlint.lower."))


@pytest.mark.parametrize("lower", [lower_python, lower_newer])
def test_of_what_lowers_a_text_nothing_is_left(lower: Callable[[str, str], Module]) -> None:
    gc.collect()
    gc.disable()  # as ``offlint.run.check`` does
    try:
        before = parts_of_lowering()
        made = lower("def f(é):\n    return lambda: g(é)\n", "setup.py")
        left = parts_of_lowering() - before
    finally:
        gc.enable()
    assert made.body
    assert not left


def test_the_number_of_a_line_is_one_object() -> None:
    call, other = lower_python("\n" * 999 + "f(); g()\n", "setup.py").body
    assert call.span is not other.span
    assert call.span.line == 1000
    assert call.span.line is other.span.line is call.span.end_line


def test_a_run_that_is_judged_is_let_go_of(monkeypatch: pytest.MonkeyPatch) -> None:
    graphs: list[weakref.ref[Any]] = []
    kept: list[int] = []

    class Watched(reachability.Graph):
        __slots__ = ("__weakref__",)

        def __post_init__(self) -> None:
            kept.append(sum(ref() is not None for ref in graphs))
            super().__post_init__()
            graphs.append(weakref.ref(self))

    monkeypatch.setattr(accesses, "Graph", Watched)
    tests = "".join(f"def test_{n}():\n    Thing().get()\n\n\n" for n in range(5))
    gc.disable()  # as ``offlint.run.check`` does
    try:
        report = check_project(MemoryProject({"tests/test_a.py": GET.format("test") + tests}))
    finally:
        gc.enable()
    assert report.accesses
    assert len(graphs) >= 5
    assert max(kept) <= 1


def test_of_calls_only_the_latest_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recent, "MOST", 3)
    known = recent.Recent()
    first = known.of(("first",))
    first.append(Summary())
    for n in range(3):
        known.of((n,))
    assert known.of(("first",)) is first  # and is among the latest again
    for n in range(3, 9):
        known.of((n,))
    assert known.of(("first",)) == []


def test_of_texts_the_last_ones_stay_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    reads: list[str] = []

    def read(path: str, _: int) -> bytes:
        reads.append(path)
        return b"x" * 1000

    project = tree.Tree(Contents(files=set("abc"), read=read))
    monkeypatch.setattr(tree, "_MOST_CACHED", 2500)
    for file in "abacab":
        assert len(project.text(file) or "") == 1000
    assert reads == ["a", "b", "c", "b"]
