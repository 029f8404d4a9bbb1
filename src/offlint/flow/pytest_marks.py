"""What does a mark mean for its test? It is skipped, selected by an option, or its network is replaced.

Source: pytest's "How to use skip and xfail" and "Marking test functions with attributes", https://docs.pytest.org/en/stable/how-to/.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from offlint.flow import values as v
from offlint.flow.machine import Frame
from offlint.flow.pytest_fixtures import selects
from offlint.flow.pytest_network import give_back
from offlint.flow.pytest_objects import CONFIG, MARK, mark_name
from offlint.lower.python import CannotLower, lower_python
from offlint.model import step as s
from offlint.model.span import Moved, lines_of

if TYPE_CHECKING:
    from offlint.flow.machine import Machine
    from offlint.flow.pytest_run import TestCall
    from offlint.model.span import Span

#: What a condition that is given as text can name beside the names of the test's module (pytest's reference, "skipif").
_GIVEN: dict[str, v.Value] = {
    "os": v.External("os"),
    "sys": v.External("sys"),
    "platform": v.External("platform"),
    "config": v.Handle(CONFIG),
}
#: A longer text is no condition.
MAX_TEXT = 2_000


def apply(test: TestCall, frame: Frame, mark: v.Value, span: Span, *, throws: bool = False) -> None:
    """Narrow the test's way to where the mark lets it run; ``throws``: it runs already, and what does not hold ends it."""
    for condition, one in v.cases(mark):
        if condition == v.TRUE or isinstance(one, v.External | v.Handle):
            _apply(test, frame, one, condition, span, throws=throws)


def _apply(test: TestCall, frame: Frame, mark: v.Value, condition: v.Value, span: Span, *, throws: bool) -> None:
    machine = test.machine
    name = mark.name if isinstance(mark, v.External) else mark.type if isinstance(mark, v.Handle) else ""
    args = mark.args if isinstance(mark, v.Handle) else ()
    short = name.rsplit(".", 1)[-1]
    runs: v.Value = v.TRUE
    if name == f"{MARK}skipif" and args:
        runs = v.negation(_skipped(test, frame, args[0], span))
    elif short == "skipIf" and args:
        runs = v.negation(machine.expressions.decide(args[0], span))
    elif short == "skipUnless" and args:
        runs = machine.expressions.decide(args[0], span)
    elif name in ("pytest.mark.skip", "unittest.skip"):
        runs = v.FALSE
    elif name.startswith(MARK):
        runs = _selected(test, short, span)
    if condition != v.TRUE:
        runs = v.either(v.negation(condition), runs)
    if throws:
        machine.statements.throw_unless(frame, runs, span, "unittest.SkipTest")
    elif runs != v.TRUE:
        frame.narrow(runs, span)
    if mark.type == "unittest.mock._patch" if isinstance(mark, v.Handle) else False:
        machine.mocking.enter(frame, mark)
    elif name:
        machine.mocking.named(name)
        give_back(machine, short)


def _skipped(test: TestCall, frame: Frame, value: v.Value, span: Span) -> v.Value:
    """The condition of a ``skipif``; a text is an expression among the names of the test's module."""
    machine = test.machine
    if not isinstance(value, v.Const) or not isinstance(value.value, str):
        return machine.expressions.decide(value, span)
    step = _expression(machine, value.value, span)
    if step is None:
        return machine.atom("unknown", "condition", span)
    module = machine.imports.scope(test.body.scope.file)
    scope = v.Scope(module.file, module, "call")
    for name, given in _GIVEN.items():
        if machine.store.get(module, name) is None:
            machine.store.set(scope, name, given)
    inner = Frame(scope, frame.summary, frame.mark, frame.way, depth=frame.depth)
    result = machine.expressions.decide(machine.expressions.eval(inner, step), span)
    # an expression that fails fails the test: what it would have said is not known
    return result if inner.alive else machine.atom("unknown", "condition", span)


def _expression(machine: Machine, text: str, span: Span) -> s.Expr | None:
    """A condition's text as an expression that knows where it stands; None where it is none."""
    if len(text) > MAX_TEXT:
        return None
    code = text.strip()
    lines = lines_of(machine.project.text(span.file) or "")
    # decorators stand above what they decorate, and the nearest text is the mark's own
    line = next((number for number in range(min(span.end_line, len(lines)), 0, -1) if code in lines[number - 1]), 0)
    width = len(lines[(line or span.line) - 1]) if (line or span.line) <= len(lines) else 0
    place = Moved(line or span.line, lines[line - 1].index(code) if line else span.column - 1, width)
    try:
        body = lower_python(code, span.file, (place,)).body
    except CannotLower:
        return None
    return body[0].value if len(body) == 1 and isinstance(body[0], s.Do) else None


def _selected(test: TestCall, short: str, span: Span) -> v.Value:
    """Whether a mark lets its test be run: plain marks always, others by ``-m`` or by the option of the plug-in that they belong to."""
    machine = test.machine
    row = machine.rulebook.models.get("mark", {}).get(f"{MARK}{short}")
    if row is not None:
        option = row.values.get("option")
        return machine.pytest.option(str(option), span) if option else v.TRUE
    names = {mark_name(mark) for mark in test.active}

    def under(expression: v.Value) -> v.Value:
        text = v.text_of(expression) or ""
        out = short in text and not selects(text, names) and selects(text, names - {short})
        # an expression that a hook sets takes the place of one that a person gives
        own = out and text != machine.pytest.expression()
        return v.FALSE if own else v.Opt("marker", short, v.FALSE if out else v.TRUE, span)

    return v.each_case(machine.pytest.option("markexpr"), under)
