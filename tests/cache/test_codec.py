"""Do values come back as they were, and nothing else than values?"""

from __future__ import annotations

import typing
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from enum import Enum
from typing import Any

import pytest

from offlint.cache.classes import MODULES, kept_class
from offlint.cache.codec import BrokenError, decode, encode
from offlint.model.access import Access
from offlint.model.entry import Lack, Skipped
from offlint.model.report import Report
from offlint.model.span import Span
from offlint.model.words import Phase, Word
from offlint.phases import Part


@dataclass(frozen=True)
class Held:
    one: object
    two: object = None
    three: tuple[int, ...] = ()
    four: Mapping[str, object] = field(default_factory=dict)


class Colour(Enum):
    RED = "r"


def find(name: str) -> type | None:
    return {f"{__name__}.Held": Held, f"{__name__}.Colour": Colour}.get(name)


@pytest.mark.parametrize(
    "value",
    [
        None, True, 0, -1, 1.5, "", "ä\ud800\0\n", (), ((),), ([], [()], {"a": ()}), {}, {1: (2,), (1, 2): "x"}, frozenset({"b", "a"}),
        Colour.RED, Held(1), Held((), [1], (1, 2), {"": Held("r")}), (Held(Colour.RED), Held({"": {"": ""}})),
    ],
)  # fmt: skip
def test_values_come_back(value: object) -> None:
    found = decode(encode(value), find)
    assert found == value
    assert type(found) is type(value)


def test_a_text_that_is_a_default_by_equality_only_is_kept() -> None:
    @dataclass(frozen=True)
    class Odd:
        number: int = 1

    assert type(decode(encode(Odd(True)), lambda _: Odd).number) is bool


def test_what_is_reached_twice_is_written_once() -> None:
    shared = Held("long" * 100)
    text = encode((shared, Held(shared), [shared]))
    assert text.count("longlong") < 101
    first, second, (third,) = decode(text, find)
    assert first is second.one is third


@pytest.mark.parametrize("value", [object(), b"", {1, 2}, Held(object()), Exception, range(2)])
def test_other_values_are_refused(value: object) -> None:
    with pytest.raises(TypeError):
        encode(value)


@pytest.mark.parametrize(
    "text",
    [
        "", "{", "[" * 100_000, "{}", '{"": "Other"}', '{"": "Held"}', '{"": "Held", "one": 1, "five": 2}', '{"": 1}', '{"": ["Held"]}',
        '{"": "=", "of": 0}', '{"": "=", "of": "x"}', '{"": "set"}', '{"": "set", "of": [{"": "list", "of": []}]}',
        '{"": "map", "of": [1]}',
        '{"": "map", "of": [[1, 2, 3]]}', '{"": "Colour", "of": "g"}', '{"": "Colour"}', '{"": "os.system", "of": "x"}', '{"": "object"}',
        '{"": "list", "of": 1}',
    ],
)  # fmt: skip
def test_what_nobody_wrote_is_broken(text: str) -> None:
    with pytest.raises(BrokenError):
        decode(text.replace('"Held', f'"{__name__}.Held').replace('"Colour', f'"{__name__}.Colour'), find)


def parts(kind: Any) -> set[type]:
    """The dataclasses and enums in an annotation, and those in their fields."""
    if is_dataclass(kind) and isinstance(kind, type):
        hints = typing.get_type_hints(kind, None, {"Access": Access, "Lack": Lack, "Skipped": Skipped})
        return {kind}.union(*(parts(hints[one.name]) for one in fields(kind)))
    if isinstance(kind, type) and issubclass(kind, Enum):
        return {kind}
    return set().union(*map(parts, typing.get_args(kind)))


def test_every_part_of_a_report_can_be_kept() -> None:
    wanted = parts(Report) | parts(Part)
    assert {Span, Phase, Access, Skipped} < wanted
    assert {(one.__module__, one.__name__) for one in wanted - {Word}} == {(module, name) for module in MODULES for name in MODULES[module]}
    assert all(kept_class(f"{one.__module__}.{one.__name__}") is one for one in wanted - {Word})
    assert kept_class("offlint.model.entry.Entry") is None
