"""Which method of an object's class does the language itself call? Operators, items, loops, ``with``, truth, texts, attributes.

Source: the language reference, 3.3 "Special method names". Which names a class defines is read off its body, so that asking costs nothing
where there is no such method; a method that is added to a class afterwards is not seen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from offlint.flow import values as v
from offlint.flow.exceptions import catches
from offlint.flow.machine import Arguments
from offlint.lower.names import bound_names
from offlint.model.span import Span

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import TypeVar

    from offlint.flow.machine import Frame, Machine

    _Result = TypeVar("_Result")

#: The cells of a class in which its metaclass, the classes that derive from it, and what is put into an object of it are kept.
METACLASS = "<metaclass>"
SUBCLASSES = "<subclasses>"
CONTENT = "<content>"
IN_USE = "<in use>"
#: The cell of a function or class in which it is kept under which condition there is one.
DEFINED = "<defined>"

_ARITHMETIC = {
    "+": "add", "-": "sub", "*": "mul", "/": "truediv", "//": "floordiv", "%": "mod", "**": "pow", "@": "matmul",
    "&": "and", "|": "or", "^": "xor", "<<": "lshift", ">>": "rshift",
}  # fmt: skip
_REFLECTED = {"<": "gt", ">": "lt", "<=": "ge", ">=": "le", "==": "eq", "!=": "ne"}
_COMPARED = {"<": "lt", ">": "gt", "<=": "le", ">=": "ge", "==": "eq", "!=": "ne"}
#: What built-in functions ask an object for.
ASKED = {
    "str": ("__str__", "__repr__"), "repr": ("__repr__",), "int": ("__int__", "__index__"), "float": ("__float__",),
    "bool": ("__bool__", "__len__"), "len": ("__len__",), "format": ("__format__", "__str__"), "bytes": ("__bytes__",),
}  # fmt: skip
_ENTERED = ("__enter__", "__aenter__")
_LEFT = ("__exit__", "__aexit__")


def note_definition(m: Machine, frame: Frame, definition: object) -> None:
    """Note under which condition a function or class of a module is there: the condition of what stands around its statement."""
    if frame.top_level and frame.way is not None:
        m.store.set(definition, DEFINED, frame.way.total)


class Specials:
    """Finds and calls special methods."""

    def __init__(self, machine: Machine) -> None:
        self.m = machine
        self._defined: dict[v.ClassRef, frozenset[str]] = {}

    def defined(self, cls: v.ClassRef) -> frozenset[str]:
        """The names that the bodies of the class and of its bases in the project bind."""
        known = self._defined.get(cls)
        if known is None:
            found = {name for base in self.m.attributes.mro(cls) if isinstance(base, v.ClassRef) for name in self._own(base)}
            known = self._defined[cls] = frozenset(found)
        return known

    def _own(self, cls: v.ClassRef) -> Iterable[str]:
        return bound_names(cls.definition.body)[0] if cls.definition.body else (name for name, _ in self.m.store.names(cls))

    def find(self, value: v.Value, *names: str) -> v.Value | None:
        """The first of these methods that the object's class (the class's metaclass) has, bound to it."""
        if isinstance(value, v.Instance):
            defined = self.defined(value.cls)
            for name in names:
                found = self.m.attributes.lookup(value, name) if name in defined else None
                if isinstance(found, v.FunctionRef | v.Partial | v.Choice | v.ClassRef):
                    return found
        elif isinstance(value, v.ClassRef):
            meta = self.m.store.get(value, METACLASS)
            if isinstance(meta, v.ClassRef):
                for name in names:
                    found = self.m.attributes.lookup(meta, name) if name in self.defined(meta) else None
                    if found is not None:
                        if isinstance(found, v.FunctionRef):
                            found = v.FunctionRef(found.function, found.scope, value, found.owner)
                        return found
        return None

    def ask(
        self, frame: Frame, value: v.Value, names: Iterable[str], args: Iterable[v.Value] = (), span: Span | None = None
    ) -> v.Value | None:
        """What the first of these methods gives, None where the object's class has none of them."""
        found = self.find(value, *names)
        return None if found is None else self.m.call(frame, found, Arguments(list(args)), span or frame.scope.place)

    def operate(self, frame: Frame, op: str, left: v.Value, right: v.Value, span: Span | None) -> v.Value | None:
        """``left op right`` by a method of the left object, or by the reflected one of the right object."""
        name = _ARITHMETIC.get(op)
        for subject, other, method in (
            (left, right, f"__{name or _COMPARED.get(op)}__"),
            (right, left, f"__r{name}__" if name else f"__{_REFLECTED.get(op)}__"),
        ):
            result = self.ask(frame, subject, (method,), [other], span)
            if result is None and op == "!=":  # without ``__ne__`` it is the opposite of ``__eq__``
                equal = self.ask(frame, subject, ("__eq__",), [other], span)
                result = v.negation(self.m.expressions.decide(equal, span)) if equal is not None else None
            if result is not None and result != v.External("builtins.NotImplemented"):
                return result
        return None

    def augment(self, frame: Frame, op: str, left: v.Value, right: v.Value, span: Span | None) -> v.Value | None:
        """``left op= right`` in place, None where the class has no such method."""
        return self.ask(frame, left, (f"__i{_ARITHMETIC.get(op)}__",), [right], span)

    # loops

    def opened(self, frame: Frame, value: v.Value, span: Span | None = None) -> v.Value:
        """What a loop over the value goes through: what ``__iter__`` gives, or any number of what ``__next__`` gives."""
        if isinstance(value, v.Choice) and any(isinstance(one, v.Instance) for one in v.leaves(value)):
            then = self._under(frame, value.test, lambda: self.opened(frame, value.then, span))
            return v.choice(value.test, then, self._under(frame, v.negation(value.test), lambda: self.opened(frame, value.orelse, span)))
        if not isinstance(value, v.Instance | v.ClassRef):
            return value
        result = self.ask(frame, value, ("__iter__", "__aiter__"), (), span)
        if isinstance(result, v.Choice) and isinstance(value, v.Instance):
            return result
        following = self.find(value if result is None else result, "__next__", "__anext__")
        if following is not None:
            return self._repeated(frame, lambda: self.m.call(frame, following, Arguments(), span or frame.scope.place))
        if result is None and self.find(value, "__getitem__") is not None and isinstance(value, v.Instance):
            return self._repeated(frame, lambda: self.ask(frame, value, ("__getitem__",), [v.Unknown("index")], span) or v.NONE)
        return value if result is None else result

    def _repeated(self, frame: Frame, step: Callable[[], v.Value]) -> v.Value:
        """Any number of what one step gives; that there is no further one ends the loop and nothing else."""
        start, raised = frame.way, len(frame.raises)
        one = step()
        frame.way, frame.alive = start, True
        over: list[v.Value] = [v.External("StopIteration"), v.External("StopAsyncIteration"), v.External("IndexError")]
        frame.raises[raised:] = [e for e in frame.raises[raised:] if not catches(over, e.value, self.m)]
        return self.m.new_items("list", [v.Rest(one)])

    def _under(self, frame: Frame, test: v.Value, work: Callable[[], _Result]) -> _Result:
        """Do something that happens only where the test holds."""
        start = frame.way
        frame.narrow(test)
        result = work()
        if test != v.TRUE:
            frame.way, frame.alive = start, True
        return result

    # with

    def enter(self, frame: Frame, value: v.Value, span: Span) -> tuple[v.Value, bool]:
        """``with value``: what the target is bound to, and whether errors in the body are swallowed."""
        match value:
            case v.Instance():
                entered = self.ask(frame, value, _ENTERED, (), span)
                for base in self.m.attributes.mro(value.cls) if entered is None else ():
                    if isinstance(base, v.External) and self.m.mocking.named(base.name):
                        break  # of a mocking library's, which begins as that does
                return (value if entered is None else entered), self._swallows(value)
            case v.Choice():
                then, first = self._under(frame, value.test, lambda: self.enter(frame, value.then, span))
                orelse, second = self._under(frame, v.negation(value.test), lambda: self.enter(frame, value.orelse, span))
                return v.choice(value.test, then, orelse), first or second
            case v.Items():
                items = self.m.items_of(value) or []
                return (items[0] if items else v.Unknown("context")), False
            case v.Handle("contextlib.suppress" | "pytest.raises" as name, args):
                if name == "pytest.raises":  # what is only tolerated may not come
                    self.m.mocking.raising(frame, args)
                return value, True
            case v.Handle() if (replaced := self.m.mocking.enter(frame, value)) is not None:
                return replaced, False
            case _:
                return value, False

    def leave(self, frame: Frame, value: v.Value, span: Span) -> None:
        """The way out of ``with value``, with an error or without."""
        for test, one in v.cases(value):
            self._under(frame, test, lambda one=one: self.ask(frame, one, _LEFT, [v.Unknown("error")] * 3, span))  # type: ignore[misc]

    def leaves(self, value: v.Value) -> bool:
        """Whether the way out of ``with value`` runs code of the project."""
        return any(self.find(one, *_LEFT) is not None for one in v.leaves(value))

    def _swallows(self, value: v.Instance) -> bool:
        """Whether ``__exit__`` says ``return True``; one that decides about it when it runs is taken not to swallow."""
        from offlint.lower.names import returns_true  # noqa: PLC0415

        found = self.find(value, *_LEFT)
        return isinstance(found, v.FunctionRef) and returns_true(found.function.body)
