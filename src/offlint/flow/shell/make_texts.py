"""What does a text in a Makefile stand for? Variables, references and functions (GNU make manual, 6 and 8)."""

from __future__ import annotations

import fnmatch
import posixpath
import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from offlint.flow import values as v
from offlint.flow.interning import taint
from offlint.flow.registry import OUTPUT
from offlint.model.lazy import regex
from offlint.model.span import Span

if TYPE_CHECKING:
    from offlint.flow.machine import Frame
    from offlint.flow.shell.language import Shell

_LAZY = "make:variable"
_REFERENCE = regex(r"\$(?:(\$)|([({])|(.))", re.DOTALL)
MAX_DEPTH = 40


class Texts:
    """Expands the texts of one run of make."""

    def __init__(self, shell: Shell, folder: str, given: dict[str, v.Value]) -> None:
        self.sh = shell
        self.m = shell.m
        self.folder = folder
        self.given = given
        self.automatic: dict[str, v.Value] = {}
        self.depth = 0

    def read(self, frame: Frame, name: str) -> v.Value:
        """A variable's value."""
        if name in self.automatic:
            return self.automatic[name]
        if name in self.given:
            return self.given[name]
        if name in ("MAKE", "CURDIR", "SHELL"):
            return v.Const({"MAKE": "make", "SHELL": "/bin/sh"}[name]) if name != "CURDIR" else self.sh.words.folder(frame)
        held = self.m.store.get(frame.scope, name)
        if held is None:
            return v.Env(name, v.Const(""), Span(frame.scope.file)) if re.fullmatch(r"[A-Za-z_]\w*", name) else v.Const("")
        return self._value(frame, held)

    def _value(self, frame: Frame, held: v.Value) -> v.Value:
        match held:
            case v.Choice(test, then, orelse):
                return v.choice(test, self._value(frame, then), self._value(frame, orelse))
            case v.Handle(type=kind, args=(v.Const(text),)) if kind == _LAZY:
                return self.expand(frame, str(text))
            case _:
                return held

    def expand(self, frame: Frame, text: str) -> v.Value:
        """A text with its references."""
        if "$" not in text:
            return v.Const(text)
        if self.depth > MAX_DEPTH:
            return v.Unknown("variable")
        self.m.tick()
        self.depth += 1
        try:
            return self._expanded(frame, text)
        finally:
            self.depth -= 1

    def _expanded(self, frame: Frame, text: str) -> v.Value:
        parts: list[v.Value] = []
        at = 0
        while match := _REFERENCE.search(text, at):
            parts.append(v.Const(text[at : match.start()]))
            at = match.end()
            if match[1]:
                parts.append(v.Const("$"))
            elif match[3]:
                parts.append(self.read(frame, match[3]))
            else:
                end = _closing(text, at, match[2])
                parts.append(self._reference(frame, text[at:end]))
                at = end + 1
        parts.append(v.Const(text[at:]))
        return self.m.expressions.join([self.sh.words.text(part) for part in parts])

    def _reference(self, frame: Frame, inner: str) -> v.Value:
        match = re.match(r"([a-z-]+)[ \t]+(.*)", inner, re.DOTALL)
        if match and match[1] in _FUNCTIONS:
            return self._function(frame, match[1], match[2])
        name, colon, change = inner.partition(":")
        named = v.text_of(self.expand(frame, name))
        value = self.read(frame, named.strip()) if named is not None else v.Unknown("variable")
        if colon and "=" in change:
            old, _, new = change.partition("=")
            text = v.text_of(value)
            return (
                v.Const(" ".join(w.removesuffix(old) + new if w.endswith(old) else w for w in text.split())) if text is not None else value
            )
        return value

    def _function(self, frame: Frame, name: str, rest: str) -> v.Value:
        if name == "shell":
            return self.shell(frame, rest, Span(frame.scope.file))
        args = _commas(rest)
        if name == "if":
            test = self.sh.conditions.filled(self.expand(frame, args[0].strip()), None)
            then, orelse = (self.expand(frame, args[n]) if len(args) > n else v.Const("") for n in (1, 2))
            return v.choice(test, then, orelse)
        if name == "or":
            values = [self.expand(frame, one.strip()) for one in args]
            result = values[-1]
            for value in reversed(values[:-1]):
                result = v.choice(self.sh.conditions.filled(value, None), value, result)
            return result
        if name in ("info", "warning", "eval", "call", "foreach", "value", "origin", "flavor", "and"):
            return v.Const("") if name in ("info", "warning") else v.Unknown(name)
        if name == "error":
            self.sh.leave(frame, v.FALSE, Span(frame.scope.file))
            return v.Const("")
        values = [self.expand(frame, one) for one in args]
        texts = [text for value in values if (text := v.text_of(value)) is not None]
        if len(texts) < len(values):
            touched = frozenset().union(*(taint(value) for value in values))
            return values[-1] if name in ("strip", "abspath", "realpath", "sort", "notdir") else v.Unknown(name, touched)
        return v.Const(_TEXTS[name](self, texts)) if name in _TEXTS else v.Unknown(name)

    def shell(self, frame: Frame, text: str, span: Span) -> v.Value:
        """``$(shell …)``: what the commands write."""
        function = self.sh.processes.text(frame, self.expand(frame, text), span)
        if function is None:
            return v.Handle(OUTPUT)
        with self.sh.streams.captured(frame) as out:
            scope = self.sh.processes.child(frame, frame.scope.file, [], v.Const(self.folder))
            self.sh.processes.process(frame, function.body, scope, {}, span=span, what="runs a shell text", text=text)
        value = self.sh.streams.text(out)
        known = v.text_of(value)
        return v.Const(" ".join(known.split())) if known is not None else value


def lazy(text: str) -> v.Value:
    """A text that is expanded where it is used."""
    return v.Handle(_LAZY, (v.Const(text),)) if "$" in text else v.Const(text)


def _closing(text: str, at: int, opened: str) -> int:
    """Where a reference ends; at the end of the text where it is never closed."""
    closed = {"(": ")", "{": "}"}[opened]
    depth = 1
    for place in range(at, len(text)):
        depth += (text[place] == opened) - (text[place] == closed)
        if depth == 0:
            return place
    return len(text)


def _commas(text: str) -> list[str]:
    found, depth, start = [], 0, 0
    for at, char in enumerate(text):
        depth += (char in "({") - (char in ")}")
        if char == "," and depth == 0:
            found.append(text[start:at])
            start = at + 1
    return [*found, text[start:]]


def _pattern(pattern: str, word: str, new: str) -> str:
    head, percent, tail = pattern.partition("%")
    if not percent:
        return new if word == pattern else word
    if word.startswith(head) and word.endswith(tail) and len(word) >= len(head) + len(tail):
        return new.replace("%", word[len(head) : len(word) - len(tail)])
    return word


def _wildcard(make: Texts, texts: list[str]) -> str:
    found = []
    for pattern in texts[0].split():
        plain = not re.search(r"[*?\[]", pattern)
        if plain and make.m.project.exists(posixpath.normpath(pattern)):
            found.append(pattern)
        elif not plain:
            found += [file for file in make.m.project.files if fnmatch.fnmatchcase(file, posixpath.normpath(pattern))][:50]
    return " ".join(found)


_TEXTS: dict[str, Callable[[Texts, list[str]], str]] = {
    "strip": lambda _, t: " ".join(t[0].split()),
    "subst": lambda _, t: t[2].replace(t[0], t[1]) if len(t) > 2 and t[0] else t[-1],
    "patsubst": lambda _, t: " ".join(_pattern(t[0].strip(), w, t[1].strip()) for w in t[2].split()) if len(t) > 2 else t[-1],
    "notdir": lambda _, t: " ".join(posixpath.basename(w) for w in t[0].split()),
    "dir": lambda _, t: " ".join((posixpath.dirname(w) or ".") + "/" for w in t[0].split()),
    "basename": lambda _, t: " ".join(posixpath.splitext(w)[0] for w in t[0].split()),
    "suffix": lambda _, t: " ".join(posixpath.splitext(w)[1] for w in t[0].split()),
    "addprefix": lambda _, t: " ".join(t[0].strip() + w for w in t[-1].split()),
    "addsuffix": lambda _, t: " ".join(w + t[0].strip() for w in t[-1].split()),
    "firstword": lambda _, t: (t[0].split() or [""])[0],
    "lastword": lambda _, t: (t[0].split() or [""])[-1],
    "words": lambda _, t: str(len(t[0].split())),
    "word": lambda _, t: (t[1].split()[int(t[0]) - 1 : int(t[0])] or [""])[0] if t[0].strip().isdigit() and len(t) > 1 else "",
    "sort": lambda _, t: " ".join(sorted(set(t[0].split()))),
    "filter": lambda _, t: " ".join(w for w in t[-1].split() if any(_pattern(p, w, "\0") == "\0" for p in t[0].split())),
    "filter-out": lambda _, t: " ".join(w for w in t[-1].split() if not any(_pattern(p, w, "\0") == "\0" for p in t[0].split())),
    "findstring": lambda _, t: t[0] if len(t) > 1 and t[0] in t[1] else "",
    "abspath": lambda _, t: t[0], "realpath": lambda _, t: t[0], "wildcard": _wildcard,
}  # fmt: skip
_FUNCTIONS = frozenset(
    {*_TEXTS, "shell", "if", "or", "and", "info", "warning", "error", "eval", "call", "foreach", "value", "origin", "flavor"}
)
