"""Which functions of an entry point does its tool call? Those that its patterns name, fixtures that no test asks for, and examples."""

from __future__ import annotations

import fnmatch
from typing import TYPE_CHECKING

from offlint.flow import values as v
from offlint.flow.doctests import DOCTEST, examples
from offlint.flow.pytest_fixtures import fixtures
from offlint.flow.pytest_order import is_abstract
from offlint.flow.pytest_run import TestCall
from offlint.flow.specials import DEFINED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from offlint.flow.machine import Machine
    from offlint.flow.runs import Runner
    from offlint.model.entry import Entry


def callables(runner: Runner, machine: Machine, entry: Entry) -> Iterator[tuple[str, TestCall]]:
    """What a tool calls of an entry point, by name."""
    if entry.surface == DOCTEST:
        for ref in examples(machine, entry.file):
            yield ref.function.name, TestCall(runner, machine, entry, ref, None, ref.function.span)
        return
    scope = machine.imports.scope(entry.file)
    held = dict(machine.store.names(scope))
    seen: set[int] = set()
    if entry.surface == "conftest.py":
        # a fixture is there to be asked for; which test does is not always in this tree
        for name, info in fixtures(machine, entry.file).items():
            seen.add(id(info.function.function))
            if id(info.function.function) not in runner.asked:
                yield name, TestCall(runner, machine, entry, info.function, None, info.function.function.span)
    for pattern in entry.names:
        head, _, method = pattern.rpartition(".")
        base = head[1:-1] if head.startswith("<") else None
        for name, value in list(held.items()):
            for one, test in _held(machine, value):
                if not method or (not head and isinstance(one, v.FunctionRef) and _named(name, method)):
                    if (
                        isinstance(one, v.FunctionRef)
                        and (key := id(machine.pytest.unwrapped(one).function)) not in seen
                        and name != "__file__"
                    ):
                        seen.add(key)
                        only = v.both(test, _defined(machine, one))
                        yield name, TestCall(runner, machine, entry, one, None, one.function.span, only=only)
                elif head and isinstance(one, v.ClassRef | v.Instance) and _matches(machine, name, one, head, base):
                    cls = one if isinstance(one, v.ClassRef) else one.cls
                    for found in () if is_abstract(machine, cls) else _methods(machine, cls, method):
                        written = machine.pytest.unwrapped(found).function
                        only = v.both(v.both(test, _defined(machine, cls)), _defined(machine, found))
                        yield f"{name}.{written.name}", TestCall(runner, machine, entry, found, one, written.span, only=only)


def _held(machine: Machine, value: v.Value) -> list[tuple[v.Value, v.Value]]:
    """What a name holds, each with the condition under which it does: the same function, however it is decorated, once."""
    if not isinstance(value, v.Choice):
        return [(value, v.TRUE)]
    found: dict[object, tuple[v.Value, v.Value]] = {}
    for test, one in v.cases(value):
        key = id(machine.pytest.unwrapped(one).function) if isinstance(one, v.FunctionRef) else one
        first, before = found.get(key, (one, v.FALSE))
        found[key] = first, v.either(before, test)
    return list(found.values())


def _defined(machine: Machine, one: v.FunctionRef | v.ClassRef) -> v.Value:
    """The condition under which the statement that defines it is come upon when its module is imported."""
    key = one.definition if isinstance(one, v.ClassRef) else machine.pytest.unwrapped(one).function
    return machine.store.get(key, DEFINED) or v.TRUE


def _matches(machine: Machine, name: str, one: v.ClassRef | v.Instance, head: str, base: str | None) -> bool:
    if base is None:
        return _named(name, head)
    if isinstance(one, v.Instance) or one.definition.name != name:
        return False
    names = [b.name for b in machine.attributes.mro(one) if isinstance(b, v.External)]
    return base == "*" or base in names or any(n.rsplit(".", 1)[-1] == base.rsplit(".", 1)[-1] for n in names)


def _named(name: str, pattern: str) -> bool:
    """Whether a name is one of a pattern's; a word is its own only, which takes no expression to know."""
    return name == pattern or (not pattern.isidentifier() and fnmatch.fnmatchcase(name, pattern))


def _methods(machine: Machine, cls: v.ClassRef, pattern: str) -> list[v.FunctionRef]:
    found: dict[str, v.FunctionRef] = {}
    for base in machine.attributes.mro(cls):
        if isinstance(base, v.ClassRef):
            for name, held in machine.store.names(base):
                # a decorator that does one thing or another is taken to leave the function as it is
                either = [one for one in v.leaves(held) if isinstance(one, v.FunctionRef)] if _named(name, pattern) else []
                if either:
                    found.setdefault(name, next((one for one in either if one.function.name == name), either[0]))
    return list(found.values())
