"""What does a class of the project make? Class statements, new objects and what ``with`` does with them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from offlint.flow import values as v
from offlint.flow.machine import Arguments

if TYPE_CHECKING:
    from offlint.flow.machine import Frame, Machine
    from offlint.model import step as s
    from offlint.model.span import Span


class Classes:
    """Makes classes and objects."""

    def __init__(self, machine: Machine) -> None:
        self.m = machine

    def define(self, frame: Frame, definition: s.Class) -> None:
        """``class``: run the body in a namespace of its own."""
        bases = tuple(self.m.eval(frame, base) for base in definition.bases)
        flat = tuple(one for base in bases for _, one in v.cases(base))
        ref = v.ClassRef(definition, frame.scope, flat)
        scope = v.Scope(frame.scope.file, frame.scope, "class", None, ref)
        outer, frame.scope = frame.scope, scope
        try:
            self.m.statements.run(frame, definition.body)
        finally:
            frame.scope = outer
        marks = tuple(self.m.eval(frame, d) for d in definition.decorators)
        if marks:
            self.m.store.set(ref, "decorators", v.Contents(marks))
        self.m.attributes.set_name(frame, definition.name, ref)

    def instantiate(self, frame: Frame, cls: v.ClassRef, args: Arguments, span: Span) -> v.Value:
        """A new object; its ``__init__`` is called, without one the keyword arguments become attributes (as in a dataclass)."""
        made = v.Instance(cls)
        init = self.m.attributes.lookup(made, "__init__")
        if isinstance(init, v.FunctionRef):
            self.m.call(frame, init, args, span)
            return made
        for name, value in args.kwargs.items():
            self.m.store.set(made, name, value)
        fields = self._annotated(cls)
        for name, value in zip(fields, args.args, strict=False):
            self.m.store.set(made, name, value)
        for base in cls.bases:
            if isinstance(base, v.External):
                self.m.externals.call(frame, f"{base.name}.__init__", args, span, subject=made)
        return made

    def _annotated(self, cls: v.ClassRef) -> list[str]:
        names: list[str] = []
        for base in cls.bases:
            if isinstance(base, v.ClassRef):
                names += self._annotated(base)
        return names

    def enter(self, frame: Frame, value: v.Value, span: Span) -> tuple[v.Value, bool]:
        """``with value``: what the target is bound to, and whether errors in the body are swallowed."""
        match value:
            case v.Instance():
                method = self.m.attributes.lookup(value, "__enter__")
                if isinstance(method, v.FunctionRef):
                    return self.m.call(frame, method, Arguments(), span), False
                return value, False
            case v.Items():
                items = self.m.items_of(value) or []
                return (items[0] if items else v.Unknown("context")), False
            case v.Handle("contextlib.suppress" | "pytest.raises" | "contextlib.closing" as name, args):
                if name == "contextlib.closing" and args:
                    return args[0], False
                return value, name != "contextlib.closing"
            case _:
                return value, False
