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


def test_constants_are_one_where_they_are_the_same_text() -> None:
    assert v.Const("a") is v.Const("a")
    assert v.Const(value=True) is v.TRUE
    assert len({v.Const(1), v.Const(1.0), v.Const(value=True), v.Const(0.0), v.Const(-0.0), v.Const("1"), v.Const(b"1")}) == 7
    assert v.External("os.path") is v.External("os.path")
    assert len({v.External("a"), v.ModuleRef("a")}) == 2


def test_constants_that_nobody_holds_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(interning, "MOST_TEXT", 0)
    held = v.Const("held " * 1000)
    v.Const("dropped " * 1000)
    v.Const("the next " * 1000)
    texts = {one.value for one in interning._CONSTANTS.values() if isinstance(one, v.Const)}  # noqa: SLF001
    assert v.Const("held " * 1000) is held
    assert "dropped " * 1000 not in texts
    assert v.Const(value=True) is v.TRUE


def test_constants_stay_when_a_project_is_forgotten() -> None:
    interning.forget()
    assert v.Const(value=False) is v.FALSE
    assert v.Const(None) is v.NONE


def test_what_was_worked_out_of_values_keeps_none_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    interning.forget()
    monkeypatch.setattr(interning, "MORE", 0)
    for number in range(100):
        first, second = v.Atom("unknown", "a", number), v.Atom("unknown", "b", number)
        v.cases(v.choice(v.both(first, second), v.NONE, v.either(v.negation(first), second)))
    interning.sweep()
    assert interning.count() == 0


def test_answers_do_not_depend_on_what_was_asked_before() -> None:
    one, two = v.Atom("unknown", "one", 1), v.Atom("unknown", "two", 2)
    for _ in range(2):
        assert v.both(one, two) is v.both(one, two)
        assert v.both(two, v.both(one, two)) is not v.both(one, two)
        assert v.both(v.negation(one), one) == v.FALSE
        assert v.either(one, v.negation(one)) == v.TRUE
        assert v.either(one, v.both(one, two)) is one
    value = v.choice(one, v.NONE, v.choice(two, v.TRUE, v.FALSE))
    assert [leaf for _, leaf in v.cases(value)] == v.leaves(value) == [v.NONE, v.TRUE, v.FALSE]
    assert v.cases(value)[0][0] is one
