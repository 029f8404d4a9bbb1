"""What does a decorator make of a function or class?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from offlint.flow import values as v
from offlint.flow.machine import Arguments
from offlint.flow.registry import MAKER

if TYPE_CHECKING:
    from offlint.flow.machine import Frame, Machine
    from offlint.model.span import Span

#: Decorators that make something else of a function: functools.singledispatch adds implementations to it, click makes a command of it,
#: others a decorator.
_TRANSFORMS = frozenset({
    "functools.singledispatch", "functools.singledispatchmethod", "wrapt.decorator", "decorator.decorator", "click.command", "click.group",
})  # fmt: skip


def decorated(m: Machine, frame: Frame, decorator: v.Value, value: v.Value, span: Span) -> v.Value:
    """What a decorator makes of a function or class; what is not known mostly leaves it as it is."""
    registers = isinstance(decorator, v.Method) and (isinstance(decorator.subject, v.Partial) or m.methods.is_known(decorator))
    transforms = isinstance(decorator, v.External) and decorator.name in _TRANSFORMS
    if registers or transforms or (isinstance(decorator, v.Handle) and decorator.type == MAKER):
        return m.call(frame, decorator, Arguments([value]), span)
    relevance = m.relevance
    called = m.attributes.lookup(decorator, "__call__") if isinstance(decorator, v.Instance) else decorator
    if isinstance(called, v.FunctionRef) and relevance and not relevance.worth_it(called.function, called.scope.file, None):
        return value  # what is not followed does not run what it is given, as any other function might
    if not any(isinstance(one, v.FunctionRef | v.ClassRef | v.Partial | v.Instance) for one in v.leaves(decorator)):
        return value
    m.externals.decorated.append(value)
    try:
        made = m.call(frame, decorator, Arguments([value]), span)
    finally:
        m.externals.decorated.pop()
    return value if isinstance(made, v.Unknown) else made
