"""When does ``if(…)`` hold? Its words as a condition; precedence and dereferencing as cmake-commands(7), if, says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from offlint.flow import comparisons
from offlint.flow import values as v
from offlint.flow.cmake.words import Word, known
from offlint.flow.operations import fold
from offlint.flow.texts import template

if TYPE_CHECKING:
    from collections.abc import Sequence

    from offlint.flow.machine import Frame, Machine
    from offlint.model.span import Span

_ORDERS = ("LESS", "GREATER", "EQUAL", "LESS_EQUAL", "GREATER_EQUAL")
_BINARY = frozenset({
    "STREQUAL", "MATCHES", "IN_LIST", "PATH_EQUAL", "IS_NEWER_THAN", *_ORDERS, *(f"VERSION_{o}" for o in _ORDERS),
    *(f"STR{o}" for o in _ORDERS),
})  # fmt: skip
_UNARY = frozenset({
    "EXISTS", "COMMAND", "DEFINED", "IS_DIRECTORY", "IS_SYMLINK", "IS_ABSOLUTE", "TARGET", "POLICY", "TEST", "IS_READABLE", "IS_WRITABLE",
    "IS_EXECUTABLE",
})  # fmt: skip
_JUNCTIONS = frozenset({"AND", "OR", ")"})
MAX_DEPTH = 60


class Conditions:
    """Evaluates conditions."""

    def __init__(self, machine: Machine) -> None:
        self.m = machine

    def test(self, frame: Frame, alternatives: list[tuple[v.Value, list[Word]]], span: Span) -> v.Value:
        """The condition; where its words have alternatives, each holds under its own test."""
        result: v.Value | None = None
        for test, words in reversed(alternatives):
            one = _Parser(self.m, frame, words, span).whole()
            result = one if result is None else self.pick(test, one, result)
        return result if result is not None else v.FALSE

    def pick(self, test: v.Value, then: v.Value, orelse: v.Value) -> v.Value:
        """A choice between conditions."""
        if then == v.TRUE and orelse == v.FALSE:
            return test
        if then == v.FALSE and orelse == v.TRUE:
            return v.negation(test)
        return v.choice(test, then, orelse)

    def truth(self, value: v.Value, span: Span | None, *, literal: bool = False) -> v.Value:
        """Whether a variable's value is true; ``literal`` for a text that is no variable's name."""
        match value:
            case v.Choice():
                return self.pick(value.test, self.truth(value.then, span, literal=literal), self.truth(value.orelse, span, literal=literal))
            case v.Const(held):
                return v.TRUE if (comparisons.is_true(held) if literal else comparisons.holds(held)) else v.FALSE
            case v.Atom(kind) if kind in ("platform", "missing", "unknown"):
                return value
            case v.Text(parts) if not literal and any(isinstance(part, v.Const) and part.value for part in parts):
                return v.TRUE  # a text that is not empty, such as a path, is none of the false constants
            case _:
                return v.Sym("cmake_literal" if literal else "cmake_true", (value,), span)

    def compare(self, op: str, left: v.Value, right: v.Value, span: Span) -> v.Value:
        """A comparison of two texts."""
        for one, other, swapped in ((left, right, False), (right, left, True)):
            if isinstance(one, v.Choice):
                arms = [
                    self.compare(op, other, arm, span) if swapped else self.compare(op, arm, other, span) for arm in (one.then, one.orelse)
                ]
                return self.pick(one.test, *arms)
        if op == "PATH_EQUAL":
            op = "STREQUAL"
        self.m.expressions.note_comparison(left, right)
        if left == right and op == "STREQUAL":
            return v.TRUE
        folded = fold(op, (left, right))
        if folded is not None:
            return v.TRUE if isinstance(folded, v.Const) and folded.value else v.FALSE
        if op == "IS_NEWER_THAN":
            return v.Atom("missing", f"{template(left)} is newer than {template(right)}", 0, span)
        return v.Sym(op, (left, right), span)


class _Parser:
    """One condition's words, read from left to right: parentheses, unary tests, comparisons, NOT, AND, OR."""

    def __init__(self, machine: Machine, frame: Frame, words: Sequence[Word], span: Span) -> None:
        self.m = machine
        self.frame = frame
        self.words = words
        self.span = span
        self.at = 0
        self.depth = 0
        self.conditions = machine.cmake.conditions

    def whole(self) -> v.Value:
        return self.disjunction()

    def peek(self, ahead: int = 0) -> str | None:
        """The keyword at a place: an unquoted known word."""
        place = self.at + ahead
        if place < len(self.words) and not self.words[place].quoted:
            return self.words[place].text
        return None

    def disjunction(self) -> v.Value:
        """``AND`` and ``OR`` have one precedence and are taken from the left."""
        result = self.negation()
        while (junction := self.peek()) in ("AND", "OR"):
            self.at += 1
            right = self.negation()
            result = v.both(result, right) if junction == "AND" else v.either(result, right)
        return result

    def negation(self) -> v.Value:
        flip = False
        while self.peek() == "NOT" and self.peek(1) not in _JUNCTIONS:
            flip = not flip
            self.at += 1
        result = self.atom()
        return v.negation(result) if flip else result

    def atom(self) -> v.Value:
        if self.at >= len(self.words):
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
        following = self.peek(1)
        if word in _UNARY and self.at + 1 < len(self.words) and (following not in _JUNCTIONS) and following not in _BINARY:
            operand = self.words[self.at + 1]
            self.at += 2
            return self.unary(word or "", operand)
        left = self.words[self.at]
        self.at += 1
        op = self.peek()
        if op in _BINARY and self.at + 1 < len(self.words):
            right = self.words[self.at + 1]
            self.at += 2
            return self.binary(op or "", left, right)
        return self.plain(left)

    def plain(self, word: Word) -> v.Value:
        """A constant, a variable, or a text."""
        text = word.text
        if text is None or word.quoted:
            return self.conditions.truth(known(word.value), self.span, literal=word.quoted and text is not None)
        if comparisons.is_true(text):
            return v.TRUE
        if comparisons.is_false(text):
            return v.FALSE
        return self.conditions.truth(self.variable(text), self.span)

    def variable(self, name: str) -> v.Value:
        if name.startswith("ENV{") and name.endswith("}"):
            return self.m.cmake.variables.environment(name[4:-1], self.span)
        if name in self.frame.bindings:
            return self.m.cmake.variables.read(_bare(self.frame), name, self.span)
        return self.m.cmake.variables.read(self.frame, name, self.span)

    def operand(self, word: Word, *, expected: bool = False) -> v.Value:
        """A side of a comparison: the variable of that name where there is one, else the text.

        What is compared with stands on the right: a word there that nothing declares is one of the answers, and no variable.
        """
        text = word.text
        if word.quoted or text is None or not text or text in self.frame.bindings:
            return known(word.value)
        value = self.variable(text)
        if value == v.NONE or (isinstance(value, v.Atom | v.Unknown) and "-" in text):
            return word.value
        if isinstance(value, v.Opt) and value.default == v.NONE:
            return word.value if expected else v.Opt("cmake", text, word.value, value.span)  # a variable only where somebody gives it
        return known(value)

    def binary(self, op: str, left: Word, right: Word) -> v.Value:
        if op == "IN_LIST":
            name = right.text
            return self.conditions.compare(op, self.operand(left), known(self.variable(name)) if name else v.Unknown("list"), self.span)
        if op == "MATCHES":
            return self.conditions.compare(op, self.operand(left), known(right.value), self.span)
        return self.conditions.compare(op, self.operand(left), self.operand(right, expected=True), self.span)

    def unary(self, op: str, word: Word) -> v.Value:
        text = word.text
        match op:
            case "DEFINED":
                return self._defined(text) if text else v.Sym("cmake_defined", (v.Unknown("variable"),), self.span)
            case "EXISTS" | "IS_DIRECTORY" | "IS_READABLE" | "IS_SYMLINK" | "IS_EXECUTABLE":
                if text == "":
                    return v.FALSE
                there = self.m.externals.files.exists(known(word.value), self.span)
                given = isinstance(word.value, v.Opt) and there != v.FALSE
                return v.both(self.conditions.truth(known(word.value), self.span), there) if given else there
            case "TARGET":
                return self.m.cmake.targets.exists(text, self.span)
            case "COMMAND":
                return self.m.cmake.is_command(text, self.span)
            case "POLICY":
                return v.TRUE
            case "IS_ABSOLUTE":
                return v.TRUE if template(word.value).startswith(("/", "⟨")) else v.FALSE if text is not None else self._unknown(op)
            case _:
                return self._unknown(op)

    def _unknown(self, op: str) -> v.Value:
        return v.Sym("cmake_true", (v.Unknown(f"{op} at {self.span.line}"),), self.span)

    def _defined(self, text: str) -> v.Value:
        if text.startswith("ENV{"):
            name = text[4:].rstrip("}")
            held = self.m.store.get("cmake-env", name)
            return v.TRUE if held is not None else v.Sym("isset", (v.Env(name, v.Const(""), self.span),), self.span)
        if text.startswith("CACHE{"):
            text = text[6:].rstrip("}")
        return self.m.cmake.variables.is_set(self.frame, text, self.span)


def _bare(frame: Frame) -> Frame:
    """The frame without a macro's arguments, which are texts and no variables."""
    from offlint.flow.machine import Frame  # noqa: PLC0415

    return Frame(frame.scope, frame.summary, frame.mark, frame.way)
