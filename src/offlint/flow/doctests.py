"""What do the examples of docstrings and pages do? Each text's examples are a test without parameters, in a namespace of their own.

A docstring's examples see the names of its module, a page's none (https://docs.python.org/3/library/doctest.html#what-s-the-execution-context).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from offlint.flow import values as v
from offlint.lower.doctests import MODULE, REMOTE
from offlint.model import step as s

if TYPE_CHECKING:
    from offlint.flow.machine import Machine
    from offlint.flow.pytest_run import TestCall

#: The surface of examples that a test run executes.
DOCTEST = "doctest"


def examples(machine: Machine, file: str) -> list[v.FunctionRef]:
    """The examples of a file, as functions."""
    key = machine.modules.hold_examples(file)
    module = machine.modules.lowered(key)
    if module is None:
        return []
    if key not in machine.imports.scopes:
        machine.imports.scopes[key] = v.Scope(key, machine.imports.scope(file) if file.endswith(".py") else None)
    scope = machine.imports.scopes[key]
    machine.store.set(scope, REMOTE, machine.pytest.option("--remote-data"))
    return [v.FunctionRef(step.function, scope) for step in module.body if isinstance(step, s.Define)]


def item_name(test: TestCall) -> str:
    """What pytest calls the item of a text's examples: the file's name, or the dotted name of the module and of what is documented."""
    file, name = test.entry.file, test.target.function.name
    if not file.endswith(".py"):
        return name
    module = file.removesuffix(".py").removesuffix("/__init__").removeprefix("src/").replace("/", ".")
    return module if name == MODULE else f"{module}.{name}"


def prepare(test: TestCall) -> None:
    """Put into the namespace of a test's examples what pytest gives them: ``getfixture``, and what is put into ``doctest_namespace``."""
    machine, scope = test.machine, test.target.scope
    machine.store.set(scope, "getfixture", v.Method(machine.pytest.request("doctest", None), "getfixturevalue"))
    if test.namespace is not None:
        for key, value in machine.pairs_of(test.namespace):
            if (name := v.text_of(key)) is not None:
                machine.store.set(scope, name, value)
