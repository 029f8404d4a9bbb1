"""A world that stands beside another answers as it would by itself: what is taken from the other is only what makes no difference.

The short way (masks of what a condition rests on, ``flow/grounds.py``) is compared with the long one for many random conditions and worlds.
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Any

import pytest

from offlint.flow import values as v
from offlint.flow.summary import Fetch, Way, step
from offlint.flow.worlds import World
from offlint.model.span import Span

HERE = Span("setup.py", 1)
FETCHES = [Fetch(HERE, "http", "urlopen", v.Const(url)) for url in ("https://example.org/a", "https://example.org/b")]
WORDS = ["", "0", "1", "x"]
CONSTANTS: list[v.Value] = [v.TRUE, v.FALSE, v.NONE, *map(v.Const, WORDS)]
LEAVES: list[v.Value] = [
    v.Env("A", None), v.Env("A", v.Const("x")), v.Env("B", v.Opt("option", "o", v.FALSE)), v.Env("HOME", None),
    v.Opt("option", "o", v.FALSE), v.Opt("pytest", "p", v.Const("x")), v.Opt("marker", "m", v.Env("B", v.Const(""))),
    *(v.Atom(kind, kind, number) for number, kind in enumerate(("missing", "missing", "items", "error", "platform", "unknown"), 1)),
    v.Unknown("why"), v.Unknown("data", frozenset(FETCHES[:1])), v.External("sys.platform"), v.ModuleRef("setup.py"),
    *(v.Remote(fetch) for fetch in FETCHES),
    v.Digest("sha256", True, (v.Remote(FETCHES[0]),)), v.Digest("md5", False, (v.Remote(FETCHES[1]),)),
    v.Digest("sha256", True, tuple(v.Remote(fetch) for fetch in FETCHES)), v.Digest("sha256", True, ()),
]  # fmt: skip
OPERATIONS = {
    1: ["not", "not", "isset", "raises", ".lower", "int", "bool", "verified"],
    2: ["and", "and", "and", "or", "or", "or", "==", "==", "!=", "in", "is", "STREQUAL", "compare_digest", "+", "and-so-on"],
}


def value(random: Random, depth: int) -> v.Value:
    if depth == 0 or random.random() < 0.1:
        return random.choice(LEAVES) if random.random() < 0.75 else random.choice(CONSTANTS)
    one, two = value(random, depth - 1), value(random, depth - 1)
    match random.randrange(12):
        case 0:
            return v.Choice(value(random, depth - 1), one, two)
        case 1:
            return v.Text((one, two))
        case 2:
            return v.Contents((one, two))
        case 3:
            return v.Path(one)
        case _:
            count = random.choice([1, 2, 2])
            return v.Sym(random.choice(OPERATIONS[count]), (one, two)[:count])


def parts(one: v.Value) -> list[v.Value]:
    """A value and all that it is made of."""
    held: list[v.Value] = []
    match one:
        case v.Sym(_, args):
            held = list(args)
        case v.Choice(test, then, orelse):
            held = [test, then, orelse]
        case v.Text(texts):
            held = list(texts)
        case v.Contents(items):
            held = list(items)
        case v.Path(text):
            held = [text]
        case _:
            pass
    return [one, *(deep for part in held for deep in parts(part))]


def said(random: Random, known: Sequence[v.Value]) -> dict[str, Any]:
    """What a world says; most say little."""

    def some(what: list[Any], odds: float = 0.3) -> list[Any]:
        return [one for one in what if random.random() < odds]

    return {
        "env": {name: random.choice(WORDS) for name in some(["A", "B", "HOME"])},
        "options": {key: random.choice([True, False, "x"]) for key in some([("option", "o"), ("pytest", "p"), ("marker", "m")])},
        "assumed": {one: random.random() < 0.5 for one in some(random.sample(known, min(len(known), 4)))},
        "present": random.choice([None, None, True, False]),
        "absent": frozenset(some([1, 2])),
        "replaced": frozenset(some(FETCHES)),
        "weak_too": random.random() < 0.5,
        "unenforced": random.random() < 0.1,
    }


def way(random: Random, tests: list[v.Value]) -> Way | None:
    found: Way | None = None
    for test in random.sample(tests, random.randint(1, len(tests))):
        found = step(found, test, HERE)
    return found


@pytest.mark.parametrize("first", range(0, 4000, 500))
def test_what_stands_beside_changes_no_answer(first: int) -> None:
    differing = 0
    for seed in range(first, first + 500):
        random = Random(seed)
        conditions = [value(random, random.choice([1, 2, 2, 3, 4])) for _ in range(4)]
        known = [one for condition in conditions for one in parts(condition) if not isinstance(one, v.Const | v.Contents)]
        ways = [way(random, conditions) for _ in range(3)]
        worlds, alone = [World()], [World()]
        for _ in range(5):
            facts = said(random, known)
            # much of what a world says the one beside it says as well
            beside = random.choice(worlds)
            facts |= {name: getattr(beside, name) for name in facts if random.random() < 0.5}
            worlds.append(World(**facts, beside=beside))
            alone.append(World(**facts))
        order = [(number, condition) for number in range(len(worlds)) for condition in conditions]
        random.shuffle(order)
        for number, condition in order:
            assert worlds[number].truth(condition) is alone[number].truth(condition), (seed, number, condition)
            differing += alone[number].truth(condition) is not alone[0].truth(condition)
        for short, long in zip(worlds, alone, strict=True):
            assert [short.way(one) for one in ways] == [long.way(one) for one in ways], seed
    assert differing > 500  # worlds that say nothing would prove nothing


def test_what_makes_no_difference_is_asked_once() -> None:
    unset = World()
    plain = v.Sym("and", (v.Atom("missing", "a.h", 1), v.Env("A", v.Const("x"))))
    switched = v.Sym("not", (v.Env("B", v.Const("x")),))
    for text in WORDS:
        world = World(env={"B": text}, beside=unset)
        assert [world.truth(plain), world.truth(switched)] == [None, not text]
        assert world.answers() == 2  # of the variable and of what it stands in
    assert unset.answers() == 3
