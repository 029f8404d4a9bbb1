"""Which variables does a script set itself? Such a variable is no switch: before the script sets it, it is empty.

A default is none: what is set to a text with the variable itself in it (``X=${X:-1}``), or under a test of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from offlint.model import step as s

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence


def own_variables(body: Sequence[s.Step]) -> frozenset[str]:
    """The names that the steps assign, defaults left out."""
    own: set[str] = set()
    defaults: set[str] = set()
    _steps(body, frozenset(), own, defaults)
    return frozenset(own - defaults)


def _steps(steps: Sequence[s.Step], tested: frozenset[str], own: set[str], defaults: set[str]) -> None:
    for step in steps:
        match step:
            case s.Do(value):
                _expr(value, tested, own, defaults)
            case s.If(test, body, orelse):
                _expr(test, tested, own, defaults)
                inner = tested | _mentioned(test)
                _steps(body, inner, own, defaults)
                _steps(orelse, inner, own, defaults)
            case s.While(test, body, orelse):
                _expr(test, tested, own, defaults)
                _steps(body, tested | _mentioned(test), own, defaults)
                _steps(orelse, tested, own, defaults)
            case s.For(target, items, body, orelse):
                if isinstance(target, s.Name):
                    own.add(target.id)
                _expr(items, tested, own, defaults)
                _steps([*body, *orelse], tested, own, defaults)
            case _:
                pass


def _expr(root: s.Expr, tested: frozenset[str], own: set[str], defaults: set[str]) -> None:
    stack: list[s.Expr] = [root]
    while stack:
        expr = stack.pop()
        match expr:
            case s.Lambda(function):
                _steps(function.body, tested, own, defaults)
            case s.Call(s.Name("and" | "or"), (s.Arg(first), *rest)):
                stack.append(first)
                for arg in rest:
                    _expr(arg.value, tested | _mentioned(first), own, defaults)
            case s.Call(s.Name("var"), (s.Arg(s.Const(name)), s.Arg(s.Const(op)), *rest)) if rest and str(op).strip("|") in (
                ":-",
                "-",
                ":=",
                "=",
                "?",
                ":?",
            ):
                if any(arg.value != s.Const("") for arg in rest):
                    defaults.add(str(name))
            case s.Table(items):
                for key, value in items:
                    name = str(key.value) if isinstance(key, s.Const) else ""
                    (defaults if name in tested or name in _mentioned(value) else own).add(name)
            case _:
                pass
        stack.extend(_parts(expr))


def _parts(expr: s.Expr) -> Iterable[s.Expr]:
    match expr:
        case s.Call(s.Name("and" | "or")):
            return ()
        case s.Call(_, args):
            return [arg.value for arg in args]
        case s.Template(parts):
            return parts
        case s.Seq(_, items):
            return items
        case s.Table(items):
            return [value for _, value in items]
        case s.Not(item):
            return (item,)
        case _:
            return ()


def _mentioned(root: s.Expr) -> frozenset[str]:
    return frozenset(_names(root))


def _names(root: s.Expr) -> Iterator[str]:
    stack: list[s.Expr] = [root]
    while stack:
        expr = stack.pop()
        match expr:
            case s.Call(s.Name("var"), (s.Arg(s.Const(name)), *_)):
                yield str(name)
            case s.Call(_, args):
                stack.extend(arg.value for arg in args)
            case s.Lambda(function):
                stack.extend(step.value for step in function.body if isinstance(step, s.Do))
            case _:
                pass
        stack.extend(() if isinstance(expr, s.Call) else _parts(expr))
