"""How does code name what it uses? Names, what stands under them, and what is called or read of other things, told apart by scope."""

from __future__ import annotations

from sys import intern
from typing import TYPE_CHECKING

from offlint.flow.imported import IMPORTERS, PATCHERS
from offlint.flow.importers import asked, spelled
from offlint.flow.mentions import only_imports, parts_of
from offlint.lower.names import target_names
from offlint.model import step as s
from offlint.model.lazy import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


@dataclass(slots=True)
class Naming:
    """What a piece of code names.

    ``names`` are variables that are not its own, ``dotted`` what stands under one (``a.b.c``), with whether it is called or handed on;
    ``own`` are the attributes of its object (``self.x``), ``asked`` those of them that are called, ``above`` those of ``super()``;
    ``called`` and ``read`` are attributes of anything else. ``chosen`` is what attributes are taken of whose names are not written there
    (``getattr(a.b, name)``), ``modules`` are those that are imported by a text (``import_module("a.b")``), ``begun`` the beginnings of such
    names of which the rest is not written there; ``imports`` is what a function imports as it is written, with what may be a module of a
    package (``.a``, ``.a.b``).
    """

    names: set[str] = field(default_factory=set)
    dotted: dict[str, bool] = field(default_factory=dict)
    own: set[str] = field(default_factory=set)
    asked: set[str] = field(default_factory=set)
    above: set[str] = field(default_factory=set)
    called: set[str] = field(default_factory=set)
    read: set[str] = field(default_factory=set)
    chosen: set[str] = field(default_factory=set)
    modules: set[str] = field(default_factory=set)
    begun: set[str] = field(default_factory=set)
    imports: set[str] = field(default_factory=set)

    def everything(self) -> frozenset[str]:
        """All of it as words: ``a`` for a variable, ``.a`` for an attribute, ``b.a`` with what it stands under."""
        return frozenset({*self.names, *self.dotted, *(intern(f".{name}") for name in self.own | self.called | self.read)})


_IMPORTERS = frozenset(IMPORTERS)


@dataclass(frozen=True, slots=True)
class _Terms:
    """What names mean in a piece of code: ``subject`` the object that it is a method of, ``aliases`` what its module imports,
    ``importers`` functions that import.
    """

    subject: str = ""
    aliases: frozenset[str] = frozenset()
    importers: frozenset[str] = _IMPORTERS


def naming_of(function: s.Function, imported: Mapping[str, Iterable[tuple[str, str]]], *, method: bool) -> Naming:
    """What a function names, decorators and defaults of parameters included; what it imports itself is its module's."""
    found = Naming()
    terms = _Terms(function.params[0].name if method and function.params else "", frozenset(imported), spelled(imported))
    _walk(_outside(function), frozenset(), terms, found)
    _walk(function.body, _local(function, terms.aliases), terms, found)
    return found


def named_by(root: object) -> Naming:
    """What steps or expressions of a module's top level name."""
    found = Naming()
    _walk(root, frozenset(), _Terms(), found)
    return found


def called_by(root: object, importers: frozenset[str] = _IMPORTERS) -> Naming:
    """What steps or expressions of a module's top level call, and what they import by calls."""
    found = Naming()
    stack: list[object] = [root]
    while stack:
        node = stack.pop()
        if isinstance(node, tuple):
            stack.extend(node)
        elif not isinstance(node, s.Lambda):
            if isinstance(node, s.Call):
                if isinstance(node.func, s.Name):
                    found.names |= set() if only_imports(node) else {node.func.id}
                elif isinstance(node.func, s.Attr):
                    _attribute(node.func, frozenset(), "", found, called=True)
                _imported(node, importers, found)
            stack.extend(parts_of(node))
    return found


def _outside(function: s.Function) -> tuple[object, ...]:
    """What of a function is evaluated where it is defined, and what its parameters are annotated with."""
    given = [one for p in function.params for one in (p.default, p.note if isinstance(p.note, s.Index) else None) if one is not None]
    return function.decorators, tuple(given)


def _local(function: s.Function, aliases: frozenset[str]) -> frozenset[str]:
    return (function.locals - aliases) | {p.name for p in function.params}


def _walk(root: object, outer: frozenset[str], terms: _Terms, found: Naming) -> None:
    scopes: list[tuple[object, frozenset[str]]] = [(root, outer)]
    while scopes:
        node, local = scopes.pop()
        stack: list[object] = [node]
        while stack:
            node = stack.pop()
            kind = type(node)
            if kind is tuple:
                stack.extend(node)  # type: ignore[arg-type]  # it is one
            elif isinstance(node, s.Name):
                if node.id not in local:
                    found.names.add(node.id)
            elif kind in _SPEAKING:
                stack.extend(_named(node, local, terms, found))
            elif isinstance(node, s.Comp):
                inner = local.union(*(target_names(clause.target) for clause in node.clauses))
                scopes.append((parts_of(node), inner))
            elif isinstance(node, s.Define | s.Lambda):
                function = node.function
                stack.append(_outside(function))
                scopes.append((function.body, local | _local(function, terms.aliases)))
            elif isinstance(node, s.Import):
                found.imports.add(node.module)
            elif isinstance(node, s.ImportFrom):
                origin = "." * node.level + node.module
                found.imports |= {origin, *(f"{origin}.{name}" if node.module else origin + name for name, _ in node.names)}
            elif kind not in _SILENT:
                stack.extend(parts_of(node))


#: What names more than its parts do, and what names nothing.
_SPEAKING = frozenset({s.Attr, s.Call, s.Assign})
_SILENT = frozenset({type(None), s.Const})


def _named(node: object, local: frozenset[str], terms: _Terms, found: Naming) -> tuple[object, ...]:
    """Note what an attribute, a call or an assignment names; what is left of it to be looked at is given back."""
    subject = terms.subject
    if isinstance(node, s.Call):
        _imported(node, terms.importers, found)
    match node:
        case s.Attr():
            return (_attribute(node, local, subject, found, called=False),)
        case s.Call(s.Name("getattr"), (s.Arg(object_), s.Arg(name), *rest)) if "getattr" not in local:
            if isinstance(name, s.Const) and isinstance(name.value, str):
                return (s.Call(s.Attr(object_, name.value), tuple(rest), node.span),)
            found.chosen |= {dotted} if (dotted := _dotted(object_, local)) else set()
            return (object_, name, *(arg.value for arg in rest))
        case s.Call(s.Attr(name=name) | s.Name(name), (s.Arg(s.Const(str() as place)), *_)) if name in PATCHERS and "." in place:
            found.imports.add(place.rpartition(".")[0])
            return (node.func, *(arg.value for arg in node.args))
        case s.Call():
            # what is handed on may be called there
            values = (node.func, *(arg.value for arg in node.args))
            return tuple(_attribute(one, local, subject, found, called=True) if isinstance(one, s.Attr) else one for one in values)
        case s.Assign():
            found.read |= {target.name for target in node.targets if isinstance(target, s.Attr)}  # it may be a property
            return (node.value, *map(_stored, node.targets))
    return ()


def _imported(call: s.Call, importers: frozenset[str], found: Naming) -> None:
    """Note what a call imports."""
    if (imports := asked(call, importers)) is not None:
        found.modules.update(imports.modules)
        found.begun.update(imports.begun)


def _attribute(node: s.Attr, local: frozenset[str], subject: str, found: Naming, *, called: bool) -> s.Expr | None:
    """Note an attribute and those before it; what these stand under is given back where it is no name."""
    names = [node.name]
    base: s.Expr = node.object
    while isinstance(base, s.Attr):
        names.append(base.name)
        base = base.object
    if isinstance(base, s.Name) and base.id == subject:
        found.own.add(names[-1])
        if called and len(names) == 1:
            found.asked.add(names[-1])
        names.pop()
    elif isinstance(base, s.Call) and isinstance(base.func, s.Name) and base.func.id == "super":
        found.own.add(names[-1])
        found.above |= {names.pop()}
    elif isinstance(base, s.Name) and base.id not in local:
        dotted = ".".join([base.id, *reversed(names)])
        found.dotted[dotted] = called or found.dotted.get(dotted, False)
        return None
    if names:
        (found.called if called else found.read).add(names[0])
        found.read.update(names[1:])
    return base if not isinstance(base, s.Name) else None


def _dotted(node: s.Expr, local: frozenset[str]) -> str:
    """The dotted name that an expression is, empty where it is none of a variable that is not local."""
    names: list[str] = []
    while isinstance(node, s.Attr):
        names.append(node.name)
        node = node.object
    return ".".join([node.id, *reversed(names)]) if isinstance(node, s.Name) and node.id not in local else ""


def _stored(target: s.Expr) -> s.Expr | None:
    """What an assignment to a target names: what the target stands under."""
    if isinstance(target, s.Attr):
        return target.object
    return target if isinstance(target, s.Index) else None
