"""What does a Python file do whose syntax the running Python does not know? The same steps as those of statements.py, with libcst."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import libcst as cst

from offlint.lower.names import bound_names, note_of
from offlint.lower.newer_expressions import Expressions, dotted, operator
from offlint.lower.newer_places import Places
from offlint.model import step as s
from offlint.model.lazy import regex
from offlint.model.span import Moved, lines_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
_INDENT = regex(r"^[ \t]*\t[ \t]*", re.MULTILINE)


class Unreadable(Exception):  # noqa: N818
    """The text cannot be parsed: where (0 for nowhere in particular) and why."""

    def __init__(self, why: str, line: int = 0, column: int = 0) -> None:
        super().__init__(why)
        self.why, self.line, self.column = why, line, column


def lower_newer(text: str, file: str, lines: Sequence[Moved] | None = None) -> s.Module:
    """The module's steps, as ``lower_python`` gives them. Raises Unreadable."""
    try:
        tree, spaced = _parsed(text)
    except cst.ParserSyntaxError as error:
        raise Unreadable("syntax error", error.raw_line, error.raw_column + 1) from None
    except Exception as error:  # noqa: BLE001 # its trees reject more than its parser, with errors of many kinds: 'a' b'b', t'' t''
        raise Unreadable(type(error).__name__) from None
    if tree.code != (text if spaced is None else spaced):  # it loses a continued line before the first word of a statement
        raise Unreadable("lines that the parser loses")
    if spaced is not None:
        pairs = list(zip(lines_of(text), lines_of(spaced), strict=True))
        places = lines or [Moved(number, 0, len(old)) for number, (old, _) in enumerate(pairs, 1)]
        lines = [at._replace(shift=at.shift + len(old) - len(new)) for at, (old, new) in zip(places, pairs, strict=False)]
    lowering = _Lowering(Places(tree, file, lines))
    try:
        return s.Module(file, lowering.block(tree.body))
    finally:
        del lowering.expressions, lowering.expr  # they know each other, and would stay with the tree


def _parsed(text: str) -> tuple[cst.Module, str | None]:
    """The tree, and the text with spaces for tabs where it is one of that."""
    try:
        return cst.parse_module(text), None
    except cst.ParserSyntaxError:
        # a tab goes to the next multiple of eight (the language reference, 2.1.8), which libcst does not count where both are mixed
        spaced = _INDENT.sub(lambda m: m.group().expandtabs(8), text)
        if spaced == text:
            raise
        return cst.parse_module(spaced), spaced


class _Lowering:
    """Statements to steps, for one file."""

    def __init__(self, places: Places) -> None:
        self.places = places
        self.expressions = Expressions(places, self._lambda)
        self.expr = self.expressions.lower

    def block(self, nodes: Iterable[cst.BaseStatement | cst.BaseSmallStatement]) -> tuple[s.Step, ...]:
        steps: list[s.Step] = []
        for node in nodes:
            if isinstance(node, cst.SimpleStatementLine):
                for small in node.body:
                    steps.extend(self._small(small))
            else:
                steps.extend(self._compound(node))
        return tuple(steps)

    def _suite(self, body: cst.BaseSuite) -> tuple[s.Step, ...]:
        if isinstance(body, cst.IndentedBlock):
            return self.block(body.body)
        if isinstance(body, cst.SimpleStatementSuite):
            return tuple(step for small in body.body for step in self._small(small))
        return ()

    def _small(self, node: cst.BaseSmallStatement | cst.BaseStatement) -> list[s.Step]:
        span = self.places.span(node)
        match node:
            case cst.Expr():
                value = self.expr(node.value)
                says = isinstance(value, s.Const) and isinstance(value.value, str | bytes)  # something to readers
                return [] if says else [s.Do(value, span)]
            case cst.Assign():
                return [s.Assign(tuple(self.expr(t.target) for t in node.targets), self.expr(node.value), span)]
            case cst.AnnAssign():
                return [s.Assign((self.expr(node.target),), self.expr(node.value), span)] if node.value else []
            case cst.AugAssign():
                return [s.Augment(self.expr(node.target), operator(node.operator), self.expr(node.value), span)]
            case cst.Return():
                return [s.Return(self.expr(node.value) if node.value else None, span)]
            case cst.Raise():
                return [s.Raise(self.expr(node.exc) if node.exc else None, span)]
            case cst.Assert():
                return [s.Assert(self.expr(node.test), span)]
            case cst.Break():
                return [s.Jump("break", span)]
            case cst.Continue():
                return [s.Jump("continue", span)]
            case cst.Del():
                target = self.expr(node.target)
                return [s.Delete(target.items if isinstance(target, s.Seq) else (target,), span)]
            case cst.Import():
                return [s.Import(dotted(a.name), a.evaluated_alias, span) for a in node.names]
            case cst.ImportFrom():
                names = (
                    (("*", "*"),)
                    if isinstance(node.names, cst.ImportStar)
                    else tuple((a.evaluated_name, a.evaluated_alias or a.evaluated_name) for a in node.names)
                )
                return [s.ImportFrom(dotted(node.module), len(node.relative), names, span)]
            case _:
                return []  # pass, global, nonlocal and type aliases do nothing by themselves

    def _compound(self, node: cst.BaseStatement | cst.BaseSmallStatement) -> list[s.Step]:
        span = self.places.span(node)
        match node:
            case cst.If():
                return [self._if(node)]
            case cst.For():
                orelse = self._suite(node.orelse.body) if node.orelse else ()
                return [s.For(self.expr(node.target), self.expr(node.iter), self._suite(node.body), orelse, span)]
            case cst.While():
                orelse = self._suite(node.orelse.body) if node.orelse else ()
                return [s.While(self.expr(node.test), self._suite(node.body), orelse, self.places.span(node.test))]
            case cst.Try() | cst.TryStar():
                handlers = tuple(self._handler(h) for h in node.handlers)
                orelse = self._suite(node.orelse.body) if node.orelse else ()
                final = self._suite(node.finalbody.body) if node.finalbody else ()
                return [s.Try(self._suite(node.body), handlers, orelse, final, span)]
            case cst.With():
                items = tuple((self.expr(i.item), self.expr(i.asname.name) if i.asname else None) for i in node.items)
                return [s.With(items, self._suite(node.body), span)]
            case cst.FunctionDef():
                return [s.Define(self._def(node), span)]
            case cst.ClassDef():
                bases = tuple(self.expr(a.value) for a in node.bases if not a.star)
                decorators = tuple(self.expr(d.decorator) for d in node.decorators)
                keywords = tuple(s.Arg(self.expr(a.value), a.keyword.value) for a in node.keywords if a.keyword)
                made = s.Class(node.name.value, bases, self._suite(node.body), span, decorators, keywords, tuple(_annotated(node.body)))
                return [s.DefineClass(made, span)]
            case cst.Match():
                return self._match(node)
            case _:
                return []

    def _if(self, node: cst.If) -> s.If:
        # elif chains are as long as their author likes: collected in a loop, built from the end
        chain: list[cst.If] = [node]
        while isinstance(chain[-1].orelse, cst.If):
            chain.append(chain[-1].orelse)
        last = chain[-1].orelse
        orelse: tuple[s.Step, ...] = self._suite(last.body) if isinstance(last, cst.Else) else ()
        for link in reversed(chain):
            result = s.If(self.expr(link.test), self._suite(link.body), orelse, self.places.span(link.test))
            orelse = (result,)
        return result

    def _handler(self, node: cst.ExceptHandler | cst.ExceptStarHandler) -> s.Handler:
        name = node.name.name.value if node.name and isinstance(node.name.name, cst.Name) else None
        return s.Handler(self.expr(node.type) if node.type else None, name, self._suite(node.body), self.places.span(node))

    def _match(self, node: cst.Match) -> list[s.Step]:
        """``match`` as a chain of comparisons; a pattern that is not a value, an alternative of values or a wildcard is unknown."""
        subject = self.expr(node.subject)
        steps: tuple[s.Step, ...] = ()
        for case in reversed(node.cases):
            test = self._pattern(subject, case.pattern)
            if case.guard:
                guard = self.expr(case.guard)
                test = guard if test is None else s.Bool("and", (test, guard))
            body = self._suite(case.body)
            steps = body if test is None else (s.If(test, body, steps, self.places.span(node)),)
        return list(steps)

    def _pattern(self, subject: s.Expr, pattern: cst.MatchPattern) -> s.Expr | None:
        match pattern:
            case cst.MatchValue():
                return s.Binary("==", subject, self.expr(pattern.value), self.places.span(pattern.value))
            case cst.MatchSingleton():
                return s.Binary("is", subject, self.expr(pattern.value))
            case cst.MatchOr():
                tests = [self._pattern(subject, e.pattern) for e in pattern.patterns]
                return None if None in tests else s.Bool("or", tuple(t for t in tests if t is not None))
            case cst.MatchAs(pattern=None):
                return None
            case _:
                return s.Opaque("pattern")

    def _def(self, node: cst.FunctionDef) -> s.Function:
        body = self._suite(node.body)
        params = self._params(node.params)
        names, outer = bound_names(body)
        decorators = tuple(self.expr(d.decorator) for d in node.decorators)
        declared = _declared(node.body)
        names = (names | {p.name for p in params}) - declared
        return s.Function(node.name.value, params, body, self.places.span(node), decorators, outer, frozenset(names), frozenset(declared))

    def _lambda(self, node: cst.Lambda, body: s.Expr) -> s.Function:
        params = self._params(node.params)
        span = self.places.span(node)
        return s.Function("<lambda>", params, (s.Return(body, span),), span, locals=frozenset(p.name for p in params))

    def _params(self, params: cst.Parameters) -> tuple[s.Param, ...]:
        found: list[s.Param] = []

        def add(items: Sequence[cst.Param], kind: str) -> None:
            for p in items:
                note = note_of(self.expr(p.annotation.annotation)) if p.annotation and kind not in ("*", "**") else None
                found.append(s.Param(p.name.value, self.expr(p.default) if p.default else None, kind, note))

        add(params.posonly_params, "/")
        add(params.params, "")
        if isinstance(params.star_arg, cst.Param):
            add([params.star_arg], "*")
        add(params.kwonly_params, "kw")
        if params.star_kwarg:
            add([params.star_kwarg], "**")
        return tuple(found)


def _annotated(body: cst.BaseSuite) -> Iterator[str]:
    """The names that a class body annotates, in order: the fields of a record (PEP 557); ``ClassVar`` is none."""
    for line in body.body:
        for node in line.body if isinstance(line, cst.SimpleStatementLine) else (line,):
            if isinstance(node, cst.AnnAssign) and isinstance(node.target, cst.Name):
                kind = node.annotation.annotation
                head = kind.value if isinstance(kind, cst.Subscript) else kind
                name = head.attr.value if isinstance(head, cst.Attribute) else head.value if isinstance(head, cst.Name) else ""
                if name != "ClassVar":
                    yield node.target.value


def _declared(body: cst.BaseSuite) -> set[str]:
    """Names that ``global`` and ``nonlocal`` statements of this very function declare."""
    found: set[str] = set()
    stack: list[cst.CSTNode] = [body]
    while stack:
        node = stack.pop()
        if isinstance(node, cst.Global | cst.Nonlocal):
            found.update(item.name.value for item in node.names)
        elif isinstance(node, cst.IndentedBlock | cst.SimpleStatementLine | cst.SimpleStatementSuite):
            stack.extend(node.body)
        elif isinstance(node, cst.If | cst.For | cst.While | cst.With | cst.Try | cst.TryStar | cst.Else | cst.Finally):
            stack.append(node.body)
            stack.extend(part for name in ("orelse", "finalbody") if (part := getattr(node, name, None)) is not None)
            stack.extend(getattr(node, "handlers", ()))
        elif isinstance(node, cst.ExceptHandler | cst.ExceptStarHandler):
            stack.append(node.body)
    return found
