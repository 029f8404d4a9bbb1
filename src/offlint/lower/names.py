"""Which names does a body bind? What makes a name local to its function (the language reference, 4.2.1 "Binding of names")."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING

from offlint.model import step as s
from offlint.model.span import Span

if TYPE_CHECKING:
    from collections.abc import Iterable


def bound_names(body: Iterable[s.Step]) -> tuple[set[str], bool]:
    """The names bound in the body itself (not in nested functions), and whether it yields."""
    names: set[str] = set()
    yields = [False]
    stack: list[s.Step] = list(body)
    while stack:
        step = stack.pop()
        match step:
            case s.Assign():
                for target in step.targets:
                    names |= target_names(target)
                _walk(step.value, names, yields)
            case s.Augment():
                names |= target_names(step.target)
                _walk(step.value, names, yields)
            case s.Do():
                _walk(step.value, names, yields)
            case s.Return():
                _walk(step.value, names, yields)
            case s.If() | s.While():
                _walk(step.test, names, yields)
                stack += [*step.body, *step.orelse]
            case s.For():
                names |= target_names(step.target)
                _walk(step.items, names, yields)
                stack += [*step.body, *step.orelse]
            case s.Try():
                stack += [*step.body, *step.orelse, *step.final]
                for handler in step.handlers:
                    names |= {handler.name} if handler.name else set()
                    stack += handler.body
            case s.With():
                for item, bound in step.items:
                    _walk(item, names, yields)
                    names |= target_names(bound) if bound else set()
                stack += step.body
            case s.Define():
                names.add(step.function.name)
            case s.DefineClass():
                names.add(step.definition.name)
            case s.Import():
                names.add(step.name or step.module.split(".")[0])
            case s.ImportFrom():
                names |= {alias for _, alias in step.names if alias != "*"}
            case _:
                pass
    return names, yields[0]


def breaks(body: Iterable[s.Step]) -> bool:
    """Whether a ``break`` in the body leaves the loop that it is the body of."""
    stack: list[s.Step] = list(body)
    while stack:
        step = stack.pop()
        if isinstance(step, s.Jump) and step.kind == "break":
            return True
        if isinstance(step, s.For | s.While):
            stack += step.orelse  # the inner loop's own breaks leave the inner loop
            continue
        for name in ("body", "orelse", "final"):
            stack += getattr(step, name, ())
        stack += [inner for handler in getattr(step, "handlers", ()) for inner in handler.body]
    return False


def returns_true(body: Iterable[s.Step]) -> bool:
    """Whether a ``return True`` stands in the body."""
    stack: list[s.Step] = list(body)
    while stack:
        step = stack.pop()
        if isinstance(step, s.Return) and isinstance(step.value, s.Const) and step.value.value is True:
            return True
        for name in ("body", "orelse", "final"):
            stack += getattr(step, name, ())
        stack += [inner for handler in getattr(step, "handlers", ()) for inner in handler.body]
    return False


def counters(body: Iterable[s.Step]) -> set[str]:
    """The names that the body changes in place (``count += 1``)."""
    found: set[str] = set()
    stack: list[s.Step] = list(body)
    while stack:
        step = stack.pop()
        if isinstance(step, s.Augment) and isinstance(step.target, s.Name):
            found.add(step.target.id)
        for name in ("body", "orelse", "final"):
            stack += getattr(step, name, ())
        stack += [inner for handler in getattr(step, "handlers", ()) for inner in handler.body]
    return found


def is_made(default: s.Expr) -> bool:
    """Whether a parameter's default is what a call gives, made when the function is defined; any other is looked up when it is called."""
    while isinstance(default, s.Attr | s.Index):
        default = default.object
    return isinstance(default, s.Call)


def makes_functions(body: Iterable[s.Step]) -> bool:
    """Whether a function, a lambda or a class is defined anywhere in the body."""
    stack: list[object] = list(body)
    while stack:
        node = stack.pop()
        if isinstance(node, s.Define | s.DefineClass | s.Lambda):
            return True
        if isinstance(node, tuple):
            stack.extend(node)
        elif is_dataclass(node) and not isinstance(node, s.Const | s.Name | Span | type):
            stack.extend([getattr(node, field.name) for field in fields(node)])
    return False


#: Methods by which a list, a set or a table becomes another one.
_FILLING = frozenset(
    {"add", "append", "clear", "discard", "extend", "insert", "pop", "popitem", "remove", "setdefault", "sort", "update"}
)  # fmt: skip


def assigned_attributes(function: s.Function, *, anew: bool = True) -> frozenset[str]:
    """The attributes of its first parameter into which a method puts something, and those that it assigns (if ``anew``)."""
    if not function.params:
        return frozenset()
    subject = function.params[0].name
    found: set[str] = set()
    stack: list[s.Step] = list(function.body)
    while stack:
        step = stack.pop()
        for target in (*getattr(step, "targets", ()), getattr(step, "target", None), _filled(step)):
            held = target.object if isinstance(target, s.Index) else target if anew else None
            if isinstance(held, s.Attr) and isinstance(held.object, s.Name) and held.object.id == subject:
                found.add(held.name)
        for name in ("body", "orelse", "final"):
            stack += getattr(step, name, ())
        stack += [inner for handler in getattr(step, "handlers", ()) for inner in handler.body]
    return frozenset(found)


def _filled(step: s.Step) -> s.Index | None:
    """What a statement fills by a call of its method, ``items.append(one)``, as if it were assigned to one of its items."""
    match step:
        case s.Do(value=s.Call(func=s.Attr(object=held, name=name))) if name in _FILLING:
            return s.Index(held, s.Const(None))
        case _:
            return None


def target_names(target: s.Expr) -> set[str]:
    """The names that an assignment to the target binds."""
    match target:
        case s.Name():
            return {target.id}
        case s.Seq():
            return {name for item in target.items for name in target_names(item)}
        case s.Star():
            return target_names(target.value)
        case _:
            return set()


def _walk(expr: s.Expr | None, names: set[str], yields: list[bool]) -> None:
    """Note walrus targets and yields; comprehensions and lambdas have their own scope, a walrus in a comprehension has not."""
    stack: list[s.Expr | None] = [expr]
    while stack:
        node = stack.pop()
        match node:
            case s.Yield():
                yields[0] = True
                stack.append(node.value)
            case s.Bind():
                names.add(node.target.id)
                stack.append(node.value)
            case s.Call():
                stack.append(node.func)
                stack += [arg.value for arg in node.args]
            case s.Binary():
                stack += [node.left, node.right]
            case s.Bool() | s.Seq():
                stack += node.items
            case s.Not():
                stack.append(node.item)
            case s.Attr() | s.Index():
                stack.append(node.object)
            case s.Star():
                stack.append(node.value)
            case s.IfExp():
                stack += [node.test, node.then, node.orelse]
            case s.Comp():
                stack += [node.element, *(test for clause in node.clauses for test in clause.tests)]
            case s.Template():
                stack += node.parts
            case s.Table():
                stack += [part for item in node.items for part in item]
            case _:
                pass


#: Names in annotations that say how an argument is given on a command line.
TELLING = frozenset({"bool", "Context", "list", "List", "Annotated", "Optional"})


def note_of(annotation: s.Expr) -> s.Expr | None:
    """What an annotation says of how an argument is given on a command line: ``bool``, ``Context``, ``list``, or ``Annotated`` with one of
    these (or None) and what it is annotated with.
    """
    match annotation:
        case s.Index(object=head, key=key):
            name = _last(head)
            if name == "Annotated" and isinstance(key, s.Seq) and key.items:
                return s.Index(s.Name(name), s.Seq("tuple", (note_of(key.items[0]) or s.Const(None), *key.items[1:])))
            return note_of(key) if name == "Optional" else note_of(head)
        case s.Binary("|", left, _):
            return note_of(left)
    return {"bool": s.Name("bool"), "Context": s.Name("Context"), "list": s.Name("list"), "List": s.Name("list")}.get(_last(annotation))


def _last(expr: s.Expr) -> str:
    return expr.id if isinstance(expr, s.Name) else expr.name if isinstance(expr, s.Attr) else ""
