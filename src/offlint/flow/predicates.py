"""What kind of value is this? Small questions that expressions ask of their operands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from offlint.flow import values as v
from offlint.flow.operations import MAX_SIZE, fold

if TYPE_CHECKING:
    from offlint.flow.machine import Machine
    from offlint.model.span import Span


_NEVER_NONE = frozenset({
    v.Text, v.Path, v.Items, v.Mapping_, v.Instance, v.ClassRef, v.FunctionRef, v.ModuleRef, v.Hasher, v.FileObject, v.Digest, v.Handle,
    v.External, v.Remote, v.Partial,
})  # fmt: skip


def plain(value: v.Value) -> v.Value:
    """A path as its text."""
    return value.text if isinstance(value, v.Path) else value


def as_text(value: v.Value) -> v.Value:
    """A value as a text is made of it."""
    match value:
        case v.Const(held) if not isinstance(held, str):
            return v.Const(str(held))
        case v.Path():
            return value.text
        case _:
            return value


def is_path(left: v.Value, right: v.Value) -> bool:
    """Whether ``left / right`` is a path: one is, some alternative is, or what is not known is divided by a text."""
    if isinstance(left, v.Path) or isinstance(right, v.Path):
        return True
    return (
        any(isinstance(one, v.Path) for one in v.leaves(left))
        if isinstance(left, v.Choice)
        else isinstance(left, v.Unknown | v.External) and textual(right)
    )


#: The types of what can be known.
TYPES = frozenset(f"builtins.{kind.__name__}" for kind in (bool, int, float, str, bytes))
_SAMENESS = {"is": True, "==": True, "is-not": False, "!=": False}


def melt(left: v.Value, right: v.Value) -> v.Const | None:
    """Two known texts, or two known byte strings, as one; None for anything else."""
    if isinstance(left, v.Const) and isinstance(right, v.Const):
        if isinstance(left.value, str | bytes) and len(left.value) > MAX_SIZE:
            return None
        if isinstance(left.value, str) and isinstance(right.value, str):
            return v.Const(left.value + right.value)
        if isinstance(left.value, bytes) and isinstance(right.value, bytes):
            return v.Const(left.value + right.value)
    return None


def textual(value: v.Value) -> bool:
    """Whether it is a text, known or in part."""
    return isinstance(value, v.Text) or (isinstance(value, v.Const) and isinstance(value.value, (str, bytes)))


def is_none(value: v.Value, span: Span | None) -> v.Value | None:
    """Whether it is None, where the kind of the value, or of an alternative, tells; else None."""
    if isinstance(value, v.Choice):
        then, orelse = is_none(value.then, span), is_none(value.orelse, span)
        if then is None and orelse is None:
            return None
        return decided(value.test, then or _compared(value.then, span), orelse or _compared(value.orelse, span))
    if isinstance(value, v.Atom) and value.kind == "missing":
        return v.negation(value)
    return v.FALSE if type(value) in _NEVER_NONE else None


def _compared(value: v.Value, span: Span | None) -> v.Value:
    """Whether an alternative is None whose kind does not tell."""
    return fold("is", (value, v.NONE)) or v.Sym("is", (value, v.NONE), span)


def decided(test: v.Value, then: v.Value, orelse: v.Value) -> v.Value:
    """One of two conditions by a test; as short as it can be said, since conditions are put together again and again."""
    if then == v.TRUE:
        return v.either(test, orelse)
    if orelse == v.FALSE:
        return v.both(test, then)
    if then == v.FALSE:
        return v.both(v.negation(test), orelse)
    if orelse == v.TRUE:
        return v.either(v.negation(test), then)
    return v.choice(test, then, orelse)


def symbolic(value: v.Value) -> bool:
    """Whether an operation on the value can be evaluated later, under a switch setting or with replaced bytes."""
    match value:
        case v.Const() | v.Env() | v.Opt() | v.Digest() | v.Atom() | v.External():
            return True
        case v.Sym(_, args):
            return all(symbolic(a) for a in args)
        case v.Text(parts):
            return all(symbolic(p) for p in parts)
        case v.Choice():
            return symbolic(value.then) and symbolic(value.orelse)
        case v.Path():
            return symbolic(value.text)
        case _:
            return False


def settled(op: str, left: v.Value, right: v.Value, machine: Machine) -> v.Value | None:
    """A test that has the same answer everywhere: of the type of something known, of Python's version."""
    if isinstance(left, v.External) and isinstance(right, v.External) and {left.name, right.name} <= TYPES and op in _SAMENESS:
        return v.Const((left.name == right.name) == _SAMENESS[op])
    return _version_test(op, left, right, machine)


def _version_test(op: str, left: v.Value, right: v.Value, machine: Machine) -> v.Value | None:
    """Tests of ``sys.version_info`` that every supported Python answers alike (3.8 and later build today's projects)."""
    if not (isinstance(left, v.External) and left.name.startswith("sys.version_info")):
        return None
    wanted = machine.items_of(right)
    if wanted is None and isinstance(right, v.Const) and left.name in ("sys.version_info.0", "sys.version_info.major"):
        wanted = [right]
    if wanted is None or not all(isinstance(w, v.Const) and isinstance(w.value, int) for w in wanted) or not wanted:
        return None
    version = tuple(w.value for w in wanted if isinstance(w, v.Const))
    if left.name != "sys.version_info":  # the first number alone
        folded = fold(op, (v.Const(3), v.Const(version[0])))
        return folded if isinstance(folded, v.Const) else None
    lowest, highest = (3, 8), (3, 99)
    if op in (">=", ">"):
        return v.TRUE if version <= lowest else (v.FALSE if version > highest else None)
    if op in ("<", "<="):
        return v.FALSE if version <= lowest else (v.TRUE if version > highest else None)
    return None
