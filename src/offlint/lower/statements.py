"""What do statements do? The running Python's syntax tree, statement by statement, in the small form of model/step.py."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from offlint.lower.expressions import Expressions, operator
from offlint.lower.names import TELLING, bound_names, note_of
from offlint.model import step as s

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from offlint.lower.nodes import Nodes

_TRIES: tuple[type[ast.Try], ...] = (ast.Try, getattr(ast, "TryStar", ast.Try))  # except*: 3.11


class Statements:
    """Statements to steps, for one text."""

    def __init__(self, nodes: Nodes) -> None:
        self._nodes = nodes
        self._expr = Expressions(nodes, self._lambda).lower

    def whole(self, nodes: Iterable[ast.stmt]) -> tuple[s.Step, ...]:
        """The steps of the text's statements. It is asked once.

        What lowers statements and what lowers expressions know each other, and would stay with the text's lines: while a project is
        checked, nothing looks for what only holds itself.
        """
        try:
            return self.block(nodes)
        finally:
            del self._expr

    def block(self, nodes: Iterable[ast.stmt]) -> tuple[s.Step, ...]:
        """The steps of statements, in order; what does nothing by itself (pass, global, a bare annotation) has none."""
        steps: list[s.Step] = []
        for node in nodes:
            steps.extend(self._simple(node))
        return tuple(steps)

    def _simple(self, node: ast.stmt) -> Iterable[s.Step]:
        span = self._nodes.span
        match node:
            case ast.Expr(value=ast.Constant(value=str() | bytes())):  # which says something to readers, and is long
                return ()
            case ast.Expr():
                value, place = self._expr(node.value), span(node)
                # a call that is a statement by itself stands where that does: one place for both
                return (s.Do(value, value.span if isinstance(value, s.Call) and value.span == place else place),)
            case ast.Assign():
                return (s.Assign(tuple(map(self._expr, node.targets)), self._expr(node.value), span(node)),)
            case ast.AnnAssign():
                return (s.Assign((self._expr(node.target),), self._expr(node.value), span(node)),) if node.value else ()
            case ast.AugAssign():
                return (s.Augment(self._expr(node.target), operator(node.op), self._expr(node.value), span(node)),)
            case ast.Return():
                return (s.Return(self._expr(node.value) if node.value else None, span(node)),)
            case ast.Raise():
                return (s.Raise(self._expr(node.exc) if node.exc else None, span(node)),)
            case ast.Assert():
                return (s.Assert(self._expr(node.test), span(node)),)
            case ast.Break() | ast.Continue():
                return (s.Jump("break" if isinstance(node, ast.Break) else "continue", span(node)),)
            case ast.Delete():
                targets = tuple(map(self._expr, node.targets))
                alone = targets[0] if len(targets) == 1 else None
                return (s.Delete(alone.items if isinstance(alone, s.Seq) else targets, span(node)),)
            case ast.Import():
                return [s.Import(name.name, name.asname, span(node)) for name in node.names]
            case ast.ImportFrom():
                names = tuple((name.name, name.asname or name.name) for name in node.names)
                return (s.ImportFrom(node.module or "", node.level, names, span(node)),)
            case _:
                return self._compound(node)

    def _compound(self, node: ast.stmt) -> Iterable[s.Step]:
        span = self._nodes.span
        match node:
            case ast.If():
                return (self._if(node),)
            case ast.For() | ast.AsyncFor():
                body, orelse = self.block(node.body), self.block(node.orelse)
                return (s.For(self._expr(node.target), self._expr(node.iter), body, orelse, span(node)),)
            case ast.While():
                return (s.While(self._expr(node.test), self.block(node.body), self.block(node.orelse), span(node.test)),)
            case ast.With() | ast.AsyncWith():
                items = tuple((self._expr(i.context_expr), self._expr(i.optional_vars) if i.optional_vars else None) for i in node.items)
                return (s.With(items, self.block(node.body), span(node)),)
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                function = self._def(node)
                return (s.Define(function, function.span),)
            case ast.ClassDef():
                return (s.DefineClass(self._class(node), span(node)),)
            case ast.Match():
                return self._match(node)
            case _ if isinstance(node, _TRIES):
                return (self._try(node),)
            case _:
                return ()

    def _if(self, node: ast.If) -> s.If:
        # elif chains are as long as their author likes: collected in a loop, built from the end
        chain: list[ast.If] = [node]
        while len(chain[-1].orelse) == 1 and isinstance(following := chain[-1].orelse[0], ast.If):
            chain.append(following)
        orelse = self.block(chain[-1].orelse)
        for link in reversed(chain):
            result = s.If(self._expr(link.test), self.block(link.body), orelse, self._nodes.span(link.test))
            orelse = (result,)
        return result

    def _try(self, node: ast.Try) -> s.Try:
        handlers = tuple(
            s.Handler(self._expr(one.type) if one.type else None, one.name, self.block(one.body), self._nodes.span(one))
            for one in node.handlers
        )
        return s.Try(self.block(node.body), handlers, self.block(node.orelse), self.block(node.finalbody), self._nodes.span(node))

    def _match(self, node: ast.Match) -> Sequence[s.Step]:
        """``match`` as a chain of comparisons; a pattern that is not a value, an alternative of values or a wildcard is unknown."""
        subject = self._expr(node.subject)
        steps: tuple[s.Step, ...] = ()
        for case in reversed(node.cases):
            test = self._pattern(subject, case.pattern)
            if case.guard:
                guard = self._expr(case.guard)
                test = guard if test is None else s.Bool("and", (test, guard))
            body = self.block(case.body)
            steps = body if test is None else (s.If(test, body, steps, self._nodes.span(node)),)
        return steps

    def _pattern(self, subject: s.Expr, pattern: ast.pattern) -> s.Expr | None:
        match pattern:
            case ast.MatchValue():
                return s.Binary("==", subject, self._expr(pattern.value), self._nodes.span(pattern.value))
            case ast.MatchSingleton():
                return s.Binary("is", subject, s.Const(pattern.value))
            case ast.MatchOr():
                tests = [self._pattern(subject, one) for one in pattern.patterns]
                return None if None in tests else s.Bool("or", tuple(t for t in tests if t is not None))
            case ast.MatchAs(pattern=None):
                return None
            case _:
                return s.Opaque("pattern")

    def _class(self, node: ast.ClassDef) -> s.Class:
        bases = tuple(self._expr(base) for base in node.bases if not isinstance(base, ast.Starred))
        decorators = tuple(map(self._expr, node.decorator_list))
        keywords = tuple(s.Arg(self._expr(one.value), one.arg) for one in node.keywords if one.arg)
        span, fields = self._nodes.span(node), tuple(_annotated(node.body))
        return s.Class(node.name, bases, self.block(node.body), span, decorators, keywords, fields)

    def _def(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> s.Function:
        body = self.block(node.body)
        params = self._params(node.args)
        names, yields = bound_names(body)
        decorators = tuple(map(self._expr, node.decorator_list))
        declared = _declared(node.body)
        names = (names | {p.name for p in params}) - declared
        return s.Function(node.name, params, body, self._nodes.span(node), decorators, yields, frozenset(names), frozenset(declared))

    def _lambda(self, node: ast.Lambda, body: s.Expr) -> s.Function:
        params = self._params(node.args)
        span = self._nodes.span(node)
        return s.Function("<lambda>", params, (s.Return(body, span),), span, locals=frozenset(p.name for p in params))

    def _params(self, given: ast.arguments) -> tuple[s.Param, ...]:
        positional = [*given.posonlyargs, *given.args]
        defaults: list[ast.expr | None] = [*[None] * (len(positional) - len(given.defaults)), *given.defaults]
        kinds = ["/"] * len(given.posonlyargs) + [""] * len(given.args)
        found = [self._param(*one) for one in zip(positional, defaults, kinds, strict=True)]
        if given.vararg:
            found.append(s.Param(given.vararg.arg, None, "*"))
        found += [self._param(arg, default, "kw") for arg, default in zip(given.kwonlyargs, given.kw_defaults, strict=True)]
        if given.kwarg:
            found.append(s.Param(given.kwarg.arg, None, "**"))
        return tuple(found)

    def _param(self, arg: ast.arg, default: ast.expr | None, kind: str) -> s.Param:
        return s.Param(arg.arg, self._expr(default) if default else None, kind, self._note(arg.annotation))

    def _note(self, annotation: ast.expr | None) -> s.Expr | None:
        if annotation is None or (isinstance(annotation, ast.Name) and annotation.id not in TELLING):
            return None  # the most
        return note_of(self._expr(annotation))


def _annotated(body: Iterable[ast.stmt]) -> Iterator[str]:
    """The names that a class body annotates, in order: the fields of a record (PEP 557); ``ClassVar`` is none."""
    for node in body:
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            kind = node.annotation
            head = kind.value if isinstance(kind, ast.Subscript) else kind
            name = head.attr if isinstance(head, ast.Attribute) else head.id if isinstance(head, ast.Name) else ""
            if name != "ClassVar":
                yield node.target.id


def _declared(body: Iterable[ast.stmt]) -> set[str]:
    """Names that ``global`` and ``nonlocal`` statements of this very function declare."""
    found: set[str] = set()
    stack: list[ast.AST] = list(body)
    while stack:
        node = stack.pop()
        if isinstance(node, ast.Global | ast.Nonlocal):
            found.update(node.names)
        elif not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            for name in ("body", "orelse", "finalbody", "handlers"):
                held = getattr(node, name, ())
                stack.extend(held if isinstance(held, list) else ())
    return found
