"""The store's log: what was written since a mark, what it held before, and back again."""

from __future__ import annotations

from offlint.flow import values as v
from offlint.flow.store import Store
from offlint.flow.summary import Held

ONE, TWO, THREE = v.Const(1), v.Const(2), v.Const(3)


def test_undo_gives_back_what_was_there() -> None:
    store = Store()
    store.set("owner", "a", ONE)
    mark = store.mark()
    store.set("owner", "a", TWO)
    store.set("owner", "a", THREE)
    store.set("owner", "b", TWO)
    assert store.before(mark) == {("owner", "a"): ONE, ("owner", "b"): None}
    assert list(store.before(mark)) == [("owner", "a"), ("owner", "b")]
    assert store.changes(mark) == {("owner", "a"): THREE, ("owner", "b"): TWO}
    store.undo(mark)
    assert store.names("owner") == [("a", ONE)]
    assert store.changes(mark) == {}


def test_what_is_gone_leaves_no_trace() -> None:
    store, scope = Store(), v.Scope("m.py", None, "call")
    store.set("owner", "a", ONE)
    mark = store.mark()
    store.set(scope, "x", ONE)
    store.set("owner", "a", TWO)
    store.set(scope, "x", TWO)
    assert store.changes(mark, scope) == {("owner", "a"): TWO}
    store.settle(mark, store.before(mark), scope)
    assert store.mark() == mark + 1
    assert store.peek((scope, "x")) is None
    store.undo(mark)
    assert store.peek(("owner", "a")) == ONE


def test_a_remembered_call_writes_all_again_and_what_is_bound_is_bound_once() -> None:
    store = Store()
    store.set("owner", "a", ONE)
    mark = store.mark()
    store.replay(Held({("owner", "a"): ONE, ("owner", "b"): TWO}))
    assert store.changes(mark) == {("owner", "a"): ONE, ("owner", "b"): TWO}
    again = store.mark()
    store.restore({("owner", "a"): ONE, ("owner", "b"): THREE})
    assert store.changes(again) == {("owner", "b"): THREE}
    store.undo(mark)
    assert store.names("owner") == [("a", ONE)]


def test_held_cells_are_compared_by_content() -> None:
    store = Store()
    store.set("owner", "a", v.Unknown("why"))
    assert store.holds(Held({("owner", "a"): v.Unknown("why"), ("owner", "b"): None}))
    assert not store.holds(Held({("owner", "a"): v.Unknown("else")}))
    assert not store.holds(Held({("owner", "b"): ONE}))


def test_a_join_chooses_and_names_what_is_new() -> None:
    store, test = Store(), v.Atom("unknown", "a test", 1)
    store.set("owner", "a", ONE)
    store.join([(test, {("owner", "a"): TWO, ("owner", "b"): TWO}), (v.negation(test), {("owner", "c"): v.NONE})])
    assert store.peek(("owner", "a")) == v.choice(test, TWO, ONE)
    assert [name for name, _ in store.names("owner")] == ["a", "b", "c"]
