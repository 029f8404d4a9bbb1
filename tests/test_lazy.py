"""Are classes whose methods wait what the standard library would make of them, and is every expression one?"""

from __future__ import annotations

import copy
import dataclasses
import inspect
import os
import pickle
import pkgutil
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any, ClassVar

import pytest

import offlint
from offlint.model import lazy
from offlint.model.lazy import dataclass, field, regex


def body() -> type:
    class Thing:
        """Something."""

        KEY: ClassVar[str] = "key"

        name: str
        many: list[int] = field(default_factory=list)
        other: str | None = field(default=None, compare=False, repr=False)
        made: int = field(default=3, init=False)
        filled: dict[str, int] = field(default_factory=dict, init=False)
        last: tuple[int, ...] = ()

        def both(self) -> str:
            return f"{self.name} {self.last}"

    return Thing


HOWS: list[dict[str, bool]] = [{}, {"frozen": True}, {"eq": False}, {"frozen": True, "eq": False}, {"unsafe_hash": True}]


@pytest.mark.parametrize("how", HOWS, ids=str)
def test_a_class_is_as_the_standard_library_makes_it(how: dict[str, bool]) -> None:
    ours: Any = lazy.dataclass(slots=True, **how)(body())
    theirs: Any = dataclasses.dataclass(slots=True, **how)(body())
    assert (ours.__match_args__, ours.__slots__, ours.__doc__) == (theirs.__match_args__, theirs.__slots__, theirs.__doc__)
    assert (ours.__qualname__, ours.__module__, ours.KEY) == (theirs.__qualname__, theirs.__module__, "key")
    given: list[tuple[tuple[Any, ...], dict[str, Any]]] = [
        (("a",), {}),
        (("a", (1,), "x", (2,)), {}),
        (("b",), {"other": "y", "last": (1,)}),
    ]
    for args, named in given:
        one, same = ours(*args, **named), theirs(*args, **named)
        assert repr(one) == repr(same)
        assert dataclasses.asdict(one) == dataclasses.asdict(same)
        assert [(f.name, f.type, f.default) for f in dataclasses.fields(ours)] == [
            (f.name, f.type, f.default) for f in dataclasses.fields(theirs)
        ]
        assert repr(dataclasses.replace(one, name="c")) == repr(dataclasses.replace(same, name="c"))
        assert one.both() == same.both()
        for changed in ({"name": "c"}, {"other": "c"}, {}):
            other, like = dataclasses.replace(one, **changed), dataclasses.replace(same, **changed)
            assert (one == other, one != other) == (same == like, same != like)
        assert one != "a"
        assert (ours.__hash__ is None) == (theirs.__hash__ is None)
        if ours.__hash__ is not None:
            hashable, twin = (dataclasses.replace(one, many=()) for _ in range(2))
            object.__setattr__(hashable, "filled", 1)
            object.__setattr__(twin, "filled", 1)
            assert (hash(hashable) == hash(twin)) == how.get("eq", True)
        assert fails(lambda made: setattr(made, "zzz", 1), one), "it has slots"
    assert fails(lambda made: made(), ours)
    assert fails(lambda made: made("a", zzz=1), ours)
    assert [*inspect.signature(ours("a").__init__).parameters] == [*inspect.signature(theirs("a").__init__).parameters]


def described(kind: Any) -> list[tuple[object, ...]]:
    return [(one.name, one.type, one.default, one.init, one.compare) for one in dataclasses.fields(kind)]


def fails(what: Callable[[Any], object], made: object) -> bool:
    try:
        what(made)
    except (AttributeError, TypeError):
        return True
    return False


def test_what_comes_after_is_called() -> None:
    @dataclass(slots=True)
    class Sum:
        one: int
        both: int = field(init=False)

        def __post_init__(self) -> None:
            self.both = self.one + 1

    assert Sum(2).both == 3


@dataclass(frozen=True, slots=True)
class Frozen:
    one: int
    many: tuple[int, ...] = ()


@dataclass(slots=True)
class Thawed:
    one: int
    many: list[Frozen] = field(default_factory=list)


def test_they_travel_between_processes() -> None:
    code = "import pickle, sys; made = pickle.load(sys.stdin.buffer); print(made, made == made, {made.many[0]: 1}[made.many[0]])"
    made = Thawed(1, [Frozen(2, (3,))])
    assert pickle.loads(pickle.dumps(made)) == made
    assert repr(copy.deepcopy(made)) == repr(made)
    path = {"PYTHONPATH": os.pathsep.join([str(Path(__file__).parent), *sys.path])}
    # there, nothing of the kind was made before
    done = subprocess.run([sys.executable, "-c", code], input=pickle.dumps(made), capture_output=True, check=True, env=os.environ | path)
    assert done.stdout.decode().split() == [*repr(made).split(), "True", "1"]


def test_own_methods_stay() -> None:
    @dataclass(frozen=True, slots=True)
    class Own:
        one: int

        def __eq__(self, other: object) -> bool:
            return isinstance(other, Own)

        def __hash__(self) -> int:
            return 7

        def __repr__(self) -> str:
            return "own"

    assert (Own(1), hash(Own(2)), repr(Own(3))) == (Own(2), 7, "own")


def test_a_match_finds_what_is_given_by_position() -> None:
    @dataclass(slots=True)
    class Pair:
        one: int
        other: int = field(default=1, init=False)
        last: int = 2

    match Pair(5):
        case Pair(one, last):
            assert (one, last) == (5, 2)


def modules() -> Iterator[Any]:
    for found in pkgutil.walk_packages(offlint.__path__, "offlint."):
        if not found.name.endswith("__main__"):
            yield import_module(found.name)


def test_every_expression_is_one() -> None:
    kind: Any = regex  # a function, for the type checker
    found = [(module.__name__, name) for module in modules() for name, held in vars(module).items() if isinstance(held, kind)]
    assert len(found) > 200
    for module, name in found:
        assert getattr(import_module(module), name).groups >= 0


def test_every_class_could_be_the_standard_librarys() -> None:
    """Which rejects fields without a default after others, and defaults that objects would share."""
    classes = [held for module in modules() for held in vars(module).values() if isinstance(held, type)]
    written: set[Any] = {getattr(vars(held).get("__dataclass_fields__"), "written", None) for held in classes} - {None}
    assert len(written) > 20
    for kind in written:
        dataclasses.dataclass(repr=False, eq=False)(kind)


def test_an_expression_is_that_of_the_standard_library() -> None:
    word = regex(r"(?P<first>a)B", re.IGNORECASE)
    found = word.match("ab")
    assert found is not None
    assert (found["first"], word.sub("x", "abab"), word.pattern, word.flags & re.IGNORECASE) == ("a", "xx", r"(?P<first>a)B", re.IGNORECASE)
    with pytest.raises(re.error, match="unterminated"):
        regex("(").match("")
