"""Does the configuration keep all tests from the network? Options and settings of plug-ins, and which tests are let through.

Which plug-ins do so stands in ``rules/checks/mocks.md``. An option that only a person could give counts for nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from offlint.flow import values as v
from offlint.flow.pytest_objects import mark_name
from offlint.model.lazy import regex

if TYPE_CHECKING:
    from collections.abc import Iterator

    from offlint.flow.machine import Machine
    from offlint.rulebook.schema import Model

_HERE = regex(r"(?:[\w-]+\.)*localhost|127\.\d+\.\d+\.\d+|::1|0\.0\.0\.0")


def close(machine: Machine, marks: list[v.Value]) -> None:
    """Take the network away from a test with these marks."""
    for row in _rows(machine):
        if all(_HERE.fullmatch(host.strip()) for host in _let_through(machine, row, marks)):
            machine.mocking.replace(row)


def give_back(machine: Machine, name: str) -> None:
    """Let a test with this mark or fixture reach the network."""
    for row in _rows(machine):
        if name in row.texts("unless"):
            machine.mocking.give_back(row)


def _rows(machine: Machine) -> list[Model]:
    """The fixtures that every test has."""
    rows = machine.rulebook.models.get("fixture", {}).values()
    return [row for row in rows if any(_is_set(machine, option) for option in row.texts("options"))]


def _is_set(machine: Machine, option: str) -> bool:
    """Whether ``addopts`` gives an option, or the configuration's own table a setting (``name=true``)."""
    name, equals, wanted = option.partition("=")
    if not equals:
        return machine.pytest.given(option) is not None
    return any(one.scope == "pytest" and one.name == name and one.value.lower() == wanted for one in machine.options)


def _let_through(machine: Machine, row: Model, marks: list[v.Value]) -> Iterator[str]:
    """The hosts that may be reached all the same; one whose name is not known is empty, which is none of this machine."""
    for name in row.texts("hosts"):
        yield from filter(None, (machine.pytest.given(name) or "").split(","))
        for mark in marks:
            if mark_name(mark) == name and isinstance(mark, v.Handle):
                for arg in mark.args:
                    yield from (v.text_of(one) or "" for one in machine.items_of(arg) or [arg])
