"""When does a test hold? ``[ … ]``, ``[[ … ]]``, ``test`` and the patterns of ``case`` (POSIX, test; Bash Reference Manual, 6.4)."""

from __future__ import annotations

import fnmatch
import re
from typing import TYPE_CHECKING

from offlint.flow import values as v
from offlint.flow.registry import OUTPUT
from offlint.flow.texts import template
from offlint.model.lazy import regex

if TYPE_CHECKING:
    from collections.abc import Sequence

    from offlint.flow.machine import Frame, Machine
    from offlint.model.span import Span

_FILES = frozenset(f"-{letter}" for letter in "efdrsxwLhpSbcugkOGN")
_BINARY = frozenset({"=", "==", "!=", "=~", "-eq", "-ne", "-lt", "-le", "-gt", "-ge", "-nt", "-ot", "-ef", "<", ">"})
_ENDS = frozenset({"-a", "-o", "&&", "||", ")"})
_GLOB = regex(r"[*?\[]|@\(")
MAX_DEPTH = 40

#: A word of a test: the value, and whether it can be an operator (it stands there as such, unquoted).
Token = tuple[v.Value, bool]


class Conditions:
    """Evaluates tests."""

    def __init__(self, machine: Machine) -> None:
        self.m = machine

    def test(self, frame: Frame, tokens: Sequence[Token], span: Span) -> v.Value:
        """The condition that the words of a test stand for."""
        return _Parser(self, frame, tokens, span).disjunction()

    def filled(self, value: v.Value, span: Span | None) -> v.Value:
        """Whether a text is not empty."""
        match value:
            case v.Choice():
                return v.choice(value.test, self.filled(value.then, span), self.filled(value.orelse, span))
            case v.Const(held):
                return v.TRUE if held not in ("", None) else v.FALSE
            case v.Items():
                return v.TRUE if self.m.items_of(value) else v.FALSE
            case v.External() | v.Remote() | v.Digest():
                return v.TRUE
            case v.Handle(type=kind) if kind == OUTPUT:
                return self.m.atom("missing", "what a local program answers", span)
            case v.Text(parts) if any(isinstance(part, v.Const) and part.value for part in parts):
                return v.TRUE
            case v.Text(parts):
                result: v.Value = v.FALSE
                for part in parts:
                    result = v.either(result, self.filled(part, span))
                return result
            case _:
                return self.m.expressions.decide(value, span)

    def equal(self, frame: Frame, left: v.Value, right: v.Value, span: Span, *, pattern: bool = False) -> v.Value:
        """Whether two texts are equal, or one matches a pattern."""
        for one, other, swapped in ((left, right, False), (right, left, True)):
            if isinstance(one, v.Choice):
                pairs = [(other, arm) if swapped else (arm, other) for arm in (one.then, one.orelse)]
                return v.choice(one.test, *(self.equal(frame, *pair, span, pattern=pattern) for pair in pairs))
        text = v.text_of(right)
        if pattern and text is not None and _GLOB.search(text):
            return self._glob(left, text, span)
        left, right = self._answer(left), self._answer(right)
        return self.m.expressions.decide(self.m.expressions.binary(frame, "==", left, right, span), span)

    def _answer(self, value: v.Value) -> v.Value:
        """``"x$(program)"`` compared with ``"x…"`` is the program's answer."""
        if isinstance(value, v.Text):
            unknown = [part for part in value.parts if not isinstance(part, v.Const)]
            if len(unknown) == 1 and isinstance(unknown[0], v.Handle | v.External | v.Digest):
                return unknown[0]
        return value

    def _glob(self, left: v.Value, text: str, span: Span) -> v.Value:
        if text == "*":
            return v.TRUE
        known = v.text_of(left)
        if known is not None:
            return v.TRUE if fnmatch.fnmatchcase(known, text) else v.FALSE
        match = re.fullmatch(r"(\*?)([^*?\[\]@()]+)(\*?)", text)
        if match and isinstance(left, v.Env | v.Opt | v.Sym):
            word = v.Const(match[2])
            if match[1] and match[3]:
                return v.Sym("in", (word, left), span)
            return v.Sym(".startswith" if match[3] else ".endswith", (left, word), span)
        sets = re.findall(r"\[([^\]])([^\]])\]", text)
        if sets and re.fullmatch(r"(?:\[..\])+\*?", text) and isinstance(left, v.Env | v.Opt | v.Sym):
            # [yY][eE][sS]: the word in any case
            lowered = self.m.expressions.symbol(".lower", (left,), span)
            word = v.Const("".join(pair[0] for pair in sets).lower())
            return v.Sym(".startswith", (lowered, word), span) if text.endswith("*") else v.Sym("==", (lowered, word), span)
        kind = "platform" if isinstance(left, v.External) else "unknown"
        return self.m.atom(kind, f"{template(left)} matches {text}", span)

    def matches(self, frame: Frame, left: v.Value, right: v.Value, span: Span) -> v.Value:
        """``=~``: a list of whole words is as many comparisons, anything else is not known."""
        text = v.text_of(right)
        known = v.text_of(left)
        words = re.fullmatch(r"\^\(?([\w.|-]+)\)?\$", text or "")
        if words:
            result: v.Value = v.FALSE
            for word in words[1].split("|"):
                result = v.either(result, self.equal(frame, left, v.Const(word), span))
            return result
        if known is not None and text is not None and not re.search(r"[*+?({\[\\]", text):
            return v.TRUE if re.search(re.escape(text) if text.isspace() else text, known) else v.FALSE
        return self.m.atom("unknown", f"{template(left)} =~ {text}", span)

    def number(self, frame: Frame, op: str, left: v.Value, right: v.Value, span: Span) -> v.Value:
        """A comparison of numbers."""
        texts = [v.text_of(left), v.text_of(right)]
        if all(text is not None and re.fullmatch(r"-?\d{1,18}", text) for text in texts):
            one, other = (int(text or 0) for text in texts)
            held = {
                "-eq": one == other,
                "-ne": one != other,
                "-lt": one < other,
                "-le": one <= other,
                "-gt": one > other,
                "-ge": one >= other,
            }
            return v.TRUE if held[op] else v.FALSE
        if op in ("-eq", "-ne"):
            made = self.equal(frame, left, right, span)
            return made if op == "-eq" else v.negation(made)
        return self.m.atom("unknown", f"{template(left)} {op} {template(right)}", span)

    def file(self, frame: Frame, op: str, value: v.Value, span: Span) -> v.Value:
        """Whether a file or a folder is there."""
        if isinstance(value, v.Choice):
            return v.choice(value.test, self.file(frame, op, value.then, span), self.file(frame, op, value.orelse, span))
        if v.text_of(value) == "":
            return v.FALSE
        path = self.m.shell.words.path(frame, value)
        text = v.text_of(path)
        if text is not None and self.m.file(path) is None and not text.startswith(("/", "~", "..")) and self.m.project.exists(text):
            is_dir = text == "." or self.m.project.is_dir(text)
            if op in ("-L", "-h", "-p", "-S", "-b", "-c") or (op in ("-d", "-f") and (op == "-d") != is_dir):
                return v.FALSE
        there = self.m.externals.files.exists(path, span)
        if isinstance(value, v.Env | v.Opt):
            return v.both(self.filled(value, span), there)
        return there


class _Parser:
    """One test's words from left to right."""

    def __init__(self, conditions: Conditions, frame: Frame, tokens: Sequence[Token], span: Span) -> None:
        self.c = conditions
        self.frame = frame
        self.tokens = tokens
        self.span = span
        self.at = 0
        self.depth = 0

    def peek(self, ahead: int = 0) -> str | None:
        place = self.at + ahead
        return v.text_of(self.tokens[place][0]) if place < len(self.tokens) and self.tokens[place][1] else None

    def disjunction(self) -> v.Value:
        result = self.conjunction()
        while self.peek() in ("-o", "||"):
            self.at += 1
            result = v.either(result, self.conjunction())
        return result

    def conjunction(self) -> v.Value:
        result = self.negation()
        while self.peek() in ("-a", "&&"):
            self.at += 1
            result = v.both(result, self.negation())
        return result

    def negation(self) -> v.Value:
        flip = False
        while self.peek() == "!" and self.at + 1 < len(self.tokens):
            flip = not flip
            self.at += 1
        result = self.primary()
        return v.negation(result) if flip else result

    def primary(self) -> v.Value:
        if self.at >= len(self.tokens):
            return v.FALSE
        word = self.peek()
        if word == "(":
            self.at += 1
            self.depth += 1
            result = self.disjunction() if self.depth < MAX_DEPTH else v.Unknown("nested too deeply")
            self.depth -= 1
            if self.peek() == ")":
                self.at += 1
            return result
        left = self.tokens[self.at][0]
        op = self.peek(1)
        if op in _BINARY and self.at + 2 < len(self.tokens):
            right, plain = self.tokens[self.at + 2]
            self.at += 3
            return self.binary(op, left, right, plain)
        if word and re.fullmatch(r"-[a-zA-Z]", word) and self.at + 1 < len(self.tokens) and self.peek(1) not in _ENDS:
            operand = self.tokens[self.at + 1][0]
            self.at += 2
            return self.unary(word, operand)
        self.at += 1
        return self.c.filled(left, self.span)

    def unary(self, op: str, operand: v.Value) -> v.Value:
        if op == "-n":
            return self.c.filled(operand, self.span)
        if op == "-z":
            return v.negation(self.c.filled(operand, self.span))
        if op in _FILES:
            return self.c.file(self.frame, op, operand, self.span)
        if op == "-v" and (name := v.text_of(operand)):
            return self.c.m.shell.words.is_set(self.c.m.shell.words.read(self.frame, name, self.span), self.span, empty=False)
        return self.c.m.atom("unknown", f"test {op}", self.span)

    def binary(self, op: str, left: v.Value, right: v.Value, plain: bool) -> v.Value:
        if op in ("=", "=="):
            return self.c.equal(self.frame, left, right, self.span, pattern=plain)
        if op == "!=":
            return v.negation(self.c.equal(self.frame, left, right, self.span, pattern=plain))
        if op == "=~":
            return self.c.matches(self.frame, left, right, self.span)
        if op in ("-eq", "-ne", "-lt", "-le", "-gt", "-ge"):
            return self.c.number(self.frame, op, left, right, self.span)
        return self.c.m.atom("unknown", f"test {op}", self.span)
