"""What does a shell script do, in order? Its commands in the small form of model/step.py, parsed with tree-sitter's grammar of bash.

``if``, ``for``, ``while`` and ``case`` become steps; everything else is a call whose name says what it is: ``command`` (assignments,
words, redirections), ``pipe``, ``and``, ``or``, ``not``, ``group``, ``subshell``, ``test``, ``redirected``, ``declare``, ``define``.
Words are texts with ``var`` (an expansion), ``output`` (of commands) and ``split`` around what is not quoted. What the grammar
cannot read is ``Opaque``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from offlint.lower.shell_words import MAX_DEPTH, SHARED, WORDS, Words, call
from offlint.model import step as s
from offlint.model.span import Span, plain_ends

if TYPE_CHECKING:
    from tree_sitter import Node, Parser

__all__ = ["SHARED", "CannotLower", "lower_shell", "lower_text"]

#: A script longer than this was not written by hand, and is not worth the time.
MAX_SCRIPT = 1_000_000
MAX_CHAIN = 200
_EXCERPT = 40

_BLOCKS = frozenset({
    "if_statement", "while_statement", "for_statement", "c_style_for_statement", "case_statement", "compound_statement",
    "function_definition", "list",
})  # fmt: skip
_PARSERS: list[Parser] = []


class CannotLower(Exception):  # noqa: N818
    """The script cannot be read here; ``str()`` says why in one line."""


def lower_shell(text: str | None, file: str) -> s.Module:
    """The script's steps. Raises CannotLower where the grammar is not installed, and for a script that is too long or no text (None)."""
    if text is None:
        raise CannotLower("cannot be read")
    lowering = _Lowering(text, Span(file), within=False)
    return s.Module(file, lowering.whole(), tuple(lowering.unread))


def lower_text(text: str, span: Span) -> s.Module:
    """The steps of a shell text that stands in another file, all at its place. Raises CannotLower."""
    lowering = _Lowering(text, span, within=True)
    return s.Module(span.file, lowering.whole(), tuple((span.line, why) for _, why in lowering.unread))


def _parser() -> Parser:
    if not _PARSERS:
        try:
            import tree_sitter  # noqa: PLC0415  (only for a project whose build runs a shell)
            import tree_sitter_bash  # noqa: PLC0415
        except ImportError as error:
            raise CannotLower(f"shell is not read, because {error.name} is not installed") from None
        _PARSERS.append(tree_sitter.Parser(tree_sitter.Language(tree_sitter_bash.language())))
    return _PARSERS[0]


def _excerpt(text: str) -> str:
    """The first words of a text; none is cut, as what hides a password is looked for in whole ones."""
    return text if len(text) <= _EXCERPT else f"{text[:_EXCERPT].rpartition(' ')[0]}…"


class _Lowering:
    def __init__(self, text: str, place: Span, *, within: bool) -> None:
        if len(text) > MAX_SCRIPT:
            raise CannotLower(f"a shell script of {len(text) // 1000} kB is too long to be read")
        self.words = Words(plain_ends(text).encode("utf-8", "replace"), place, self.steps, within=within)
        self.depth = 0
        self.unread: list[tuple[int, str]] = []

    def whole(self) -> tuple[s.Step, ...]:
        root = _parser().parse(self.words.data).root_node
        made = self.block(root.children)
        if root.has_error and not self.unread:
            self.unread.append((_first_error(root), "not understood as shell"))
        return made

    # statements

    def block(self, nodes: Iterable[Node]) -> tuple[s.Step, ...]:
        self.depth += 1
        try:
            if self.depth > MAX_DEPTH:
                self.unread.append((1, "shell nested too deeply"))
                return ()
            return tuple(step for node in nodes for step in self.statement(node))
        finally:
            self.depth -= 1

    def statement(self, node: Node) -> Iterator[s.Step]:
        if node.type == "&":  # nobody waits to learn how it ends
            yield self.succeed(node)
        if not node.is_named or node.type == "comment":
            return
        span = self.words.span(node)
        match node.type:
            case "list":
                yield from self.list_(node)
            case "if_statement":
                yield from self.if_(node)
            case "while_statement":
                yield from self.while_(node)
                yield self.succeed(node)
            case "for_statement" | "c_style_for_statement":
                yield self.for_(node)
                yield self.succeed(node)
            case "case_statement":
                yield from self.case(node)
            case "function_definition":
                yield self.define(node)
            case "compound_statement" if self.words.text(node).startswith("{"):
                yield from self.block(node.named_children)
            case "ERROR":
                if node.named_children:
                    self.unread.append((node.start_point[0] + 1, f"not understood as shell: {_excerpt(self.words.text(node).strip())!r}"))
                    yield from self.block(node.named_children)
            case "command" if (name := self.words.text(node).split(" ")[0]) in ("break", "continue"):
                yield s.Jump(name, span)
            case _ if node.type in WORDS and node.type not in ("subscript", "array"):
                return  # the rest of something that was not understood
            case _:
                yield s.Do(call("statement", [self.expr(node)], span), span)

    def list_(self, node: Node) -> Iterator[s.Step]:
        first, *rest = self.chain(node)
        if not rest:  # a list that was not understood, with more or less than two commands
            yield from self.block(first[1].named_children)
            return
        op, last = rest[-1]
        body = self.block([last])
        test = self.chained([first, *rest[:-1]])
        yield s.If(test, body if op == "&&" else (), () if op == "&&" else body, self.words.span(first[1]))

    def chain(self, node: Node) -> list[tuple[str, Node]]:
        """``a && b || c`` as commands, each with the operator before it; it leans left, and a loop keeps long ones off the stack."""
        found: list[tuple[str, Node]] = []
        while node.type == "list":
            parts = [child for child in node.children if child.is_named and child.type != "comment"]
            op = next((child.type for child in node.children if child.type in ("&&", "||")), "")
            if len(parts) != 2 or not op:
                break
            found.append((op, parts[1]))
            node = parts[0]
        found.append(("", node))
        if len(found) > MAX_CHAIN:
            self.unread.append((node.start_point[0] + 1, f"more than {MAX_CHAIN} commands in one list"))
        return found[::-1][:MAX_CHAIN]

    def chained(self, chain: Sequence[tuple[str, Node]]) -> s.Expr:
        made = self.expr(chain[0][1])
        for op, node in chain[1:]:
            made = call("and" if op == "&&" else "or", [made, self.steps(node)], self.words.span(node))
        return made

    def if_(self, node: Node) -> list[s.Step]:
        arms: list[tuple[Node, list[Node], list[Node]]] = [(node, *self.arm(node))]
        orelse: tuple[s.Step, ...] = (self.succeed(node),)
        for child in node.named_children:
            if child.type == "elif_clause":
                arms.append((child, *self.arm(child)))
            elif child.type == "else_clause":
                orelse = self.block(child.named_children)
        for where, tests, body in reversed(arms):
            *before, test = tests or [where]
            span = self.words.span(test)
            orelse = (*self.block(before), s.If(self.expr(test), self.block(body), orelse, span))
        return list(orelse)

    def succeed(self, node: Node) -> s.Step:
        """The status of ``if``, ``case`` or a loop of which nothing was run."""
        return s.Do(call("statement", [s.Const(value=True)], self.words.span(node)), self.words.span(node))

    def arm(self, node: Node) -> tuple[list[Node], list[Node]]:
        """The commands of the test, and those after ``then`` or ``do``."""
        tests: list[Node] = []
        body: list[Node] = []
        current = tests
        for child in node.children:
            if child.type in ("then", "do"):
                current = body
            elif child.is_named and child.type not in ("elif_clause", "else_clause", "comment"):
                current.append(child)
        return tests, body

    def while_(self, node: Node) -> Iterator[s.Step]:
        tests, _ = self.arm(node)
        group = next((child for child in node.named_children if child.type == "do_group"), None)
        if group is not None and group in tests:
            tests.remove(group)
        body = self.block(group.named_children) if group is not None else ()
        if not tests:
            return
        span = self.words.span(tests[-1])
        *before, test = tests
        first = self.words.text(test).split()
        if first[:1] == ["read"] or (len(first) > 1 and first[0].startswith("IFS=") and first[1] == "read"):
            names = [word for word in first[1:] if re.fullmatch(r"[A-Za-z_]\w*", word) and word != "read"]
            targets = s.Name(names[0]) if names else s.Name("REPLY")
            yield s.For(targets, call("lines", [], span), body, (), span)
            return
        yield from self.block(before)
        held = self.expr(test)
        if first[:1] in (["true"], [":"]) and len(first) == 1:
            held = s.Const(value=True)
        until = any(child.type == "until" for child in node.children)
        yield s.While(s.Not(held) if until else held, body, (), span)

    def for_(self, node: Node) -> s.Step:
        span = self.words.span(node)
        name = node.child_by_field_name("variable")
        group = next((child for child in node.named_children if child.type in ("do_group", "compound_statement")), None)
        body = self.block(group.named_children) if group is not None else ()
        words = list(node.children_by_field_name("value"))
        given = any(child.type == "in" for child in node.children)
        if node.type == "c_style_for_statement" or name is None:
            return s.For(s.Name("_"), call("lines", [], span), body, (), span)
        items = [self.words.word(word) for word in words] if given else [call("args", [], span)]
        return s.For(s.Name(self.words.text(name)), call("items", items, span), body, (), span)

    def case(self, node: Node) -> list[s.Step]:
        value = node.child_by_field_name("value")
        subject = self.words.word(value) if value is not None else s.Const("")
        orelse: tuple[s.Step, ...] = (self.succeed(node),)
        for item in reversed([child for child in node.named_children if child.type == "case_item"]):
            patterns = item.children_by_field_name("value")
            body = self.block(child for child in item.named_children if child not in patterns)
            span = self.words.span(item)
            texts = [self.words.word(pattern) for pattern in patterns]
            orelse = (s.If(call("match", [subject, *texts], span), body, orelse, span),)
        return list(orelse)

    def define(self, node: Node) -> s.Step:
        span = self.words.span(node)
        name, body = node.child_by_field_name("name"), node.child_by_field_name("body")
        steps = self.block([body]) if body is not None else ()
        called = self.words.text(name) if name is not None else ""
        made = s.Function(called, (), steps, span, globals=SHARED)
        return s.Do(call("define", [s.Const(called), s.Lambda(made)], span), span)

    # commands as expressions that give a status

    def expr(self, node: Node) -> s.Expr:
        self.depth += 1
        try:
            if self.depth > MAX_DEPTH:
                self.unread.append((1, "shell nested too deeply"))
                return s.Opaque("shell nested too deeply")
            return self.expr_of(node, self.words.span(node))
        finally:
            self.depth -= 1

    def expr_of(self, node: Node, span: Span) -> s.Expr:
        if node.type in _BLOCKS and node.type != "list":
            if node.type == "compound_statement" and self.words.text(node).startswith("(("):
                return call("arithmetic", [s.Const(self.words.text(node))], span)
            return call("group", [self.steps(node)], span)
        match node.type:
            case "command":
                return self.command(node, span)
            case "list":
                chain = self.chain(node)
                return self.chained(chain) if len(chain) > 1 else call("group", [self.steps(*node.named_children)], span)
            case "pipeline":
                return call("pipe", [self.expr(child) for child in node.named_children if child.type != "comment"], span)
            case "negated_command":
                inner = [child for child in node.named_children if child.type != "comment"]
                return call("not", [self.expr(inner[0]) if inner else s.Const(value=True)], span)
            case "subshell":
                return call("subshell", [self.steps(*node.named_children)], span)
            case "test_command":
                if self.words.text(node).startswith("(("):
                    return call("arithmetic", [s.Const(self.words.text(node))], span)
                return call("test", list(self.tokens(node.children[1:-1])), span)
            case "redirected_statement":
                return self.redirected(node, span)
            case "variable_assignment" | "variable_assignments":
                rows = node.named_children if node.type == "variable_assignments" else [node]
                return call("command", [self.assignments(rows), s.Seq("list", ()), s.Seq("list", ())], span)
            case "declaration_command":
                head = self.words.text(node.children[0]) if node.children else "export"
                rows = [child for child in node.named_children if child.type == "variable_assignment"]
                words = [self.words.word(child) for child in node.named_children if child.type != "variable_assignment"]
                return call("declare", [s.Const(head), self.assignments(rows), s.Seq("list", tuple(words))], span)
            case "unset_command":
                return call("unset", [self.words.word(child) for child in node.named_children], span)
            case _:
                self.unread.append((node.start_point[0] + 1, f"not understood as shell: {node.type}"))
                return s.Opaque(node.type)

    def steps(self, *nodes: Node) -> s.Lambda:
        return s.Lambda(s.Function("", (), self.block(nodes), self.words.span(nodes[0]) if nodes else self.words.place, globals=SHARED))

    def command(self, node: Node, span: Span) -> s.Expr:
        rows: list[Node] = []
        words: list[s.Expr] = []
        redirects: list[s.Expr] = []
        pieces: list[Node] = []
        for place, child in enumerate(node.named_children):
            following = node.named_children[place + 1] if place + 1 < len(node.named_children) else None
            joined = following is not None and following.start_byte == child.end_byte and "redirect" not in following.type
            if child.type in WORDS and (pieces or joined):
                pieces.append(child)  # the grammar cuts a/$B/$C in two
                if not joined:
                    words.append(self.words.raw_word(pieces[0].start_byte, child.end_byte))
                    pieces = []
                continue
            if child.type == "variable_assignment":
                rows.append(child)
            elif child.type in ("file_redirect", "herestring_redirect", "heredoc_redirect"):
                redirects.extend(self.redirect(child))
            elif child.type == "command_name":
                words.extend(self.words.word(inner) for inner in child.named_children)
            elif child.type != "comment":
                words.append(self.words.word(child))
        name = node.child_by_field_name("name")
        if (
            rows
            and name is not None
            and "\n" in self.words.data[rows[-1].end_byte : name.start_byte].decode("utf-8", "replace").replace("\\\n", "")
        ):
            # the grammar takes assignments on a line of their own for those of the next line's command
            own = call("command", [self.assignments(rows), s.Seq("list", ()), s.Seq("list", ())], span)
            other = call("command", [s.Table(()), s.Seq("list", tuple(words)), s.Seq("list", tuple(redirects))], self.words.span(name))
            both = tuple(s.Do(call("statement", [one], one.span), one.span) for one in (own, other))
            return call("group", [s.Lambda(s.Function("", (), both, span, globals=SHARED))], span)
        return call("command", [self.assignments(rows), s.Seq("list", tuple(words)), s.Seq("list", tuple(redirects))], span)

    def assignments(self, rows: Sequence[Node]) -> s.Table:
        made: list[tuple[s.Expr | None, s.Expr]] = []
        for row in rows:
            name, value = row.child_by_field_name("name"), row.child_by_field_name("value")
            if name is None:
                continue
            joined = any(child.type == "+=" for child in row.children)
            held = self.words.word(value) if value is not None else s.Const("")
            made.append((s.Const(self.words.text(name)), call("append", [held], self.words.span(row)) if joined else held))
        return s.Table(tuple(made))

    def redirected(self, node: Node, span: Span) -> s.Expr:
        body = node.child_by_field_name("body")
        redirects: list[s.Expr] = []
        tail: list[s.Expr] = []
        for child in node.named_children:
            if child.type.endswith("_redirect"):
                redirects.extend(self.redirect(child))
                tail += [self.expr(inner) for inner in child.named_children if inner.type in ("pipeline", "command", "list")]
        inner = self.expr(body) if body is not None else call("command", [s.Table(()), s.Seq("list", ()), s.Seq("list", ())], span)
        made: s.Expr = call("redirected", [inner, s.Seq("list", tuple(redirects))], span)
        return call("pipe", [made, *tail], span) if tail else made

    def redirect(self, node: Node) -> Iterator[s.Expr]:
        span = self.words.span(node)
        if node.type == "heredoc_redirect":
            body = next((child for child in node.named_children if child.type == "heredoc_body"), None)
            start = next((self.words.text(child) for child in node.named_children if child.type == "heredoc_start"), "")
            if body is not None:
                raw = start[:1] in ("'", '"', "\\")
                yield call("redirect", [s.Const("<<"), s.Const(self.words.text(body)) if raw else self.words.gaps(body)], span)
            for child in node.named_children:
                if child.type == "file_redirect":
                    yield from self.redirect(child)
            return
        op = next((child.type for child in node.children if not child.is_named and child.type.strip("0123456789") in _REDIRECTS), ">")
        fd = next((self.words.text(child) for child in node.named_children if child.type == "file_descriptor"), "")
        targets = [child for child in node.named_children if child.type != "file_descriptor"]
        if targets:
            yield call("redirect", [s.Const(fd + op), self.words.word(targets[0])], span)

    def tokens(self, nodes: Iterable[Node]) -> Iterator[s.Expr]:
        """The words of a test, operators among them as ``op``."""
        for node in nodes:
            if node.type in WORDS:
                yield self.words.word(node)
            elif node.child_count:
                yield from self.tokens(node.children)
            elif self.words.text(node).strip():
                yield call("op", [s.Const(self.words.text(node))], self.words.place)


def _first_error(root: Node) -> int:
    """The line of the first place that the grammar could not read."""
    node = root
    while not (node.is_error or node.is_missing):
        inner = next((child for child in node.children if child.has_error or child.is_missing), None)
        if inner is None:
            break
        node = inner
    return node.start_point[0] + 1


_REDIRECTS = frozenset({">", ">>", "<", "&>", "&>>", ">&", "<&", ">|", "<<<", "<>"})
