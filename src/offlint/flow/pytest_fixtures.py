"""Which fixtures are there, and which sets of parameters? What decorators say, read from the modules that were evaluated."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from offlint.flow import values as v
from offlint.flow.pytest_objects import FIXTURES, mark_name
from offlint.model.lazy import dataclass

if TYPE_CHECKING:
    from offlint.flow.machine import Machine


@dataclass(frozen=True, slots=True)
class FixtureInfo:
    """What a fixture's decorator says, and the function."""

    function: v.FunctionRef
    params: v.Value
    autouse: bool
    name: str


def fixture_info(machine: Machine, held: v.FunctionRef) -> FixtureInfo | None:
    """What the function's decorator says of it as a fixture, None for another function."""
    for mark in machine.pytest.marks(held.function):
        if mark_name(mark) in FIXTURES:
            params, autouse, name = mark.args if isinstance(mark, v.Handle) and len(mark.args) == 3 else (v.NONE, v.NONE, v.NONE)
            return FixtureInfo(held, params, autouse == v.TRUE, v.text_of(name) or held.function.name)
    return None


_ASKING = "getfixturevalue"


def _texts(machine: Machine, values: tuple[v.Value, ...], depth: int = 0) -> set[str]:
    """The texts in lists of parameters."""
    found: set[str] = set()
    for value in values[:200]:
        text = v.text_of(value)
        if text is not None:
            found.add(text)
        elif depth < 3 and (items := machine.items_of(value)):
            found |= _texts(machine, tuple(items), depth + 1)
    return found


def fixtures(machine: Machine, file: str) -> dict[str, FixtureInfo]:
    """The fixtures that a module holds, imported ones included."""
    scope = machine.imports.scope(file)
    held_now = machine.store.names(scope)
    before, found = machine.pytest.fixtures.get(file, ([], {}))
    if held_now == before:
        return found
    found = {}
    for name, held in held_now:
        if isinstance(held, v.Lazy):
            if not machine.modules.holds(held.file, "fixture"):
                continue
            held = machine.imports.quietly(held.file, held.name)  # noqa: PLW2901
            machine.store.set(scope, name, held)
        if isinstance(held, v.FunctionRef) and (info := fixture_info(machine, held)) is not None:
            found[info.name if info.name != held.function.name else name] = info
    machine.pytest.fixtures[file] = held_now, found
    return found


def param_values(machine: Machine, item: v.Value) -> list[v.Value]:
    """The values of one set of parameters."""
    if isinstance(item, v.Handle) and item.type == "pytest.param":
        return machine.items_of(item.args[0]) or [v.Unknown("param")]
    return [item]


def telling(value: v.Value) -> bool:
    """Whether a parameter can make a difference: a URL, a function, an object, something unknown."""
    if isinstance(value, v.Const):
        return isinstance(value.value, str) and ("://" in value.value or value.value.startswith(("doi:", "-")))
    return not isinstance(value, v.Items | v.Mapping_)


def selects(expression: str, names: set[str]) -> bool:
    """Whether ``-m EXPRESSION`` selects a test with these marks; an expression that cannot be read selects all."""
    try:
        tree = ast.parse(expression.strip() or "True", mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return True

    def holds(node: ast.expr) -> bool:
        match node:
            case ast.BoolOp(op=ast.And(), values=values):
                return all(map(holds, values))
            case ast.BoolOp(values=values):
                return any(map(holds, values))
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return not holds(operand)
            case ast.Name(id=name):
                return name in names
            case ast.Constant(value=value):
                return bool(value)
            case ast.Call(func=ast.Name(id=name)):
                return name in names
            case _:
                return True

    return holds(tree)


def wanted_names(machine: Machine, target: v.FunctionRef, marks: tuple[v.Value, ...]) -> set[str]:
    """The names of the fixtures that a function asks for: by its parameters, its marks, and while it runs (``getfixturevalue``)."""
    names = {param.name for param in target.function.params}
    while_running = machine.modules.holds(target.scope.file, _ASKING)
    for mark in marks:
        if not isinstance(mark, v.Handle):  # it was given nothing
            continue
        name = mark_name(mark)
        if while_running and name == "parametrize":
            names.update(_texts(machine, mark.args[1:]))
        if name == "usefixtures":
            names.update(text for arg in mark.args if (text := v.text_of(arg)))
    return names
