"""Equal values are one object, for as long as somebody holds them."""

from __future__ import annotations

import pytest

from offlint.flow import interning
from offlint.flow import values as v


def made(number: int) -> v.Value:
    return v.Sym("+", (v.Sym("-", (v.Const(number), v.Const(1))), v.Const(2)))


def test_equal_values_are_one() -> None:
    assert made(1) is made(1)


def test_what_nobody_holds_goes_with_all_that_it_is_made_of(monkeypatch: pytest.MonkeyPatch) -> None:
    interning.forget()
    monkeypatch.setattr(interning, "MORE", 100)
    held = made(-1)
    before = interning.count()
    for number in range(1000):
        made(number)
    assert interning.count() > before + 1000
    interning.sweep()
    assert interning.count() == before
    assert made(-1) is held


def test_few_more_are_not_looked_through(monkeypatch: pytest.MonkeyPatch) -> None:
    interning.forget()
    monkeypatch.setattr(interning, "MORE", 100)
    made(1)
    interning.sweep()
    assert interning.count() > 0
