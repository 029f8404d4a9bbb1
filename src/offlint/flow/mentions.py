"""Which names does a piece of code mention? What functions and modules name, call and define, read from their steps."""

from __future__ import annotations

import operator
from dataclasses import fields, is_dataclass
from sys import intern
from typing import TYPE_CHECKING, Any

from offlint.lower.names import target_names
from offlint.model import step as s
from offlint.model.lazy import regex

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


def bare(words: frozenset[str]) -> frozenset[str]:
    """The words, and the last parts of those that are dotted (``.run``, ``os.system``)."""
    return words | {intern(word.rpartition(".")[2]) for word in words if "." in word}


def bound(steps: Iterable[s.Step]) -> Iterable[tuple[str, object]]:
    """The names that a module's top level binds, each with the expression that it holds, or with the bases of the class that it is."""
    for step in _top(steps):
        if isinstance(step, s.Assign) and not isinstance(step.value, s.Const):
            for target in step.targets:
                if isinstance(target, s.Name):
                    yield target.id, step.value
        elif isinstance(step, s.DefineClass) and step.definition.bases:
            yield step.definition.name, step.definition.bases


def kept(definition: s.Class) -> Iterable[tuple[str, tuple[object, ...], s.Expr | None]]:
    """The attributes that a class and its methods give to its objects, each with what it holds and the function that makes it, if any."""
    for name, value in bound(definition.body):
        yield name, *_held(value)
    for function in methods(definition):
        if function.params:
            subject = s.Name(function.params[0].name)
            for step in _top(function.body):
                if isinstance(step, s.Assign):
                    for target in step.targets:
                        if isinstance(target, s.Attr) and target.object == subject:
                            yield target.name, *_held(step.value)


def _held(value: object) -> tuple[tuple[object, ...], s.Expr | None]:
    """What an expression holds on to: what is given to a call, and a class of which an object is made; and a function that is called."""
    if not isinstance(value, s.Call):
        return (value,), None
    func, given = value.func, tuple(arg.value for arg in value.args)
    name = func.id if isinstance(func, s.Name) else func.name if isinstance(func, s.Attr) else ""
    return ((func, *given), None) if name[:1].isupper() else (given, func)


def registered(steps: Iterable[s.Step]) -> Iterable[tuple[str, object]]:
    """The names of objects that are handed functions at a module's top level (``@app.command()``, ``app.x.add(f)``), with what they get;
    of those that are handed to functions there (``add_all(app)``), with these.
    """
    for step in _top(steps):
        if isinstance(step, s.Define):
            for one in step.function.decorators:
                yield from _handed(one.func if isinstance(one, s.Call) else one, s.Name(step.function.name))
        elif isinstance(step, s.For):  # ``for f in functions: app.add(f)``
            loop = target_names(step.target)
            calls = registered(one for one in step.body if isinstance(one, s.Do))
            yield from ((name, step.items) for name, given in calls if loop & _names(given))
        elif isinstance(step, s.Do) and isinstance(step.value, s.Call):
            func, given = step.value.func, tuple(arg.value for arg in step.value.args)
            yield from _handed(func.func if isinstance(func, s.Call) else func, given)  # ``app.command("name")(f)`` as well
            yield from ((one.id, func) for one in given if isinstance(one, s.Name))


def _handed(call: s.Expr, given: object) -> Iterable[tuple[str, object]]:
    owner = call
    while isinstance(owner, s.Attr):
        owner = owner.object
    if isinstance(owner, s.Name) and owner is not call:
        yield owner.id, given


def _names(expressions: object) -> set[str]:
    found: set[str] = set()
    collect(expressions, found)
    return found


def classes(steps: Iterable[s.Step]) -> Iterable[s.Class]:
    """The classes that steps define, those inside of classes too."""
    for step in _top(steps):
        if isinstance(step, s.DefineClass):
            yield step.definition
            yield from classes(step.definition.body)


def _top(steps: Iterable[s.Step]) -> Iterable[s.Step]:
    """Steps and those below an ``if``, a ``try`` and the like, but not in functions and classes."""
    for step in steps:
        yield step
        if not isinstance(step, s.Define | s.DefineClass):
            for name in ("body", "orelse", "final"):
                yield from _top(getattr(step, name, ()))
            for handler in getattr(step, "handlers", ()):
                yield from _top(handler.body)


def functions(steps: Iterable[s.Step], owner: str) -> Iterable[tuple[str, s.Function]]:
    """The functions that are defined in steps, methods with their class's name; those inside functions are none."""
    for step in _top(steps):
        if isinstance(step, s.Define):
            yield owner, step.function
        elif isinstance(step, s.DefineClass):
            yield from functions(step.definition.body, step.definition.name)


def methods(definition: s.Class) -> Iterable[s.Function]:
    """The functions that a class defines itself, not those of classes inside of it."""
    return (step.function for step in _top(definition.body) if isinstance(step, s.Define))


def run_at_once(steps: Iterable[s.Step]) -> Iterable[object]:
    """What of a module's top level runs when it is imported, beside imports: not the bodies of functions."""
    for step in steps:
        if isinstance(step, s.Define):
            yield tuple(s.Call(decorator, (), step.span) for decorator in step.function.decorators)
            yield tuple(p.default for p in step.function.params if p.default is not None)
        elif isinstance(step, s.DefineClass):
            yield tuple(s.Call(decorator, (), step.span) for decorator in step.definition.decorators)
            yield from run_at_once(step.definition.body)
        elif not isinstance(step, s.Import | s.ImportFrom):
            inner = {name: getattr(step, name) for name in ("body", "orelse", "final", "handlers") if hasattr(step, name)}
            yield tuple(getattr(step, f.name) for f in fields(step) if f.name not in ("span", *inner))
            for name, held in inner.items():
                for part in (handler.body for handler in held) if name == "handlers" else (held,):
                    yield from run_at_once(part)


_IMPORT = regex(r"\s*(?:from|import)\s[^;\n]*\Z")


class _Parts(dict[type, "Callable[[Any], tuple[object, ...]] | None"]):
    """What gives the parts of each kind of step and expression that can hold others; None for what has none."""

    def __missing__(self, kind: type) -> Callable[[Any], tuple[object, ...]] | None:
        """Found out once, since a walk asks for each node."""
        names = [f.name for f in fields(kind) if f.type not in _PLAIN] if is_dataclass(kind) and kind is not s.Const else []
        # two of them at least, or the getter gives no tuple
        self[kind] = operator.attrgetter(*names, names[0]) if names else None
        return self[kind]


#: The types, as they are written, of what no step and no expression is part of.
_PLAIN = frozenset({
    "str", "str | None", "int", "bool", "Span", "Span | None", "tuple[str, ...]", "tuple[Span, ...]", "frozenset[str]",
})  # fmt: skip
_PARTS = _Parts()


def parts_of(node: object) -> tuple[object, ...]:
    """The steps and expressions that one holds, those of a tuple as a tuple; a constant's and a text's are none."""
    getter = _PARTS[type(node)]
    return () if getter is None else getter(node)[:-1]


def only_imports(node: s.Call) -> bool:
    """Whether a call executes a text that is one import: it runs no program, whatever it imports."""
    match node:
        case s.Call(s.Name("exec"), (s.Arg(s.Const(str() as text) | s.Template((s.Const(str() as text), *_))), *_)):
            return _IMPORT.match(text) is not None
    return False


def collect(root: object, found: set[str], libraries: frozenset[str] = frozenset()) -> None:
    """Add the names that steps or expressions mention: ``a`` for a variable, ``.a`` for an attribute, ``b.a`` with what it stands under.

    What stands under a module of ``libraries`` is added only with that name.
    """
    stack: list[object] = [root]
    while stack:
        node = stack.pop()
        if isinstance(node, tuple):
            stack.extend(node)
        elif isinstance(node, s.Name):
            found.add(node.id)
        elif isinstance(node, s.Call) and only_imports(node):
            stack.extend(node.args)
        elif (parts := _PARTS[type(node)]) is not None:
            if isinstance(node, s.Attr):
                owner = node.object.id if isinstance(node.object, s.Name) else ""
                if owner:
                    found.add(intern(f"{owner}.{node.name}"))
                if owner not in libraries:
                    found.add(intern(f".{node.name}"))
            elif isinstance(node, s.ImportFrom):
                found.update(name for name, _ in node.names)
                found.update(node.module.split("."))
            stack.extend(parts(node)[:-1])
        elif isinstance(node, s.Import):
            found.update(node.module.split("."))
