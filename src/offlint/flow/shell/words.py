"""What does a word of a command stand for? Expansions, substitutions, field splitting (POSIX, Shell Command Language, 2.6)."""

from __future__ import annotations

import fnmatch
import posixpath
import re
from typing import TYPE_CHECKING

from offlint.flow import values as v
from offlint.flow.imports import ROOT
from offlint.flow.interning import taint
from offlint.flow.registry import OUTPUT
from offlint.model import step as s
from offlint.model.lazy import regex

if TYPE_CHECKING:
    from collections.abc import Callable

    from offlint.flow.machine import Frame, Machine
    from offlint.model.span import Span

EMPTY = v.Const("")
#: A hole in a shell text that another program put together: the number of the value that stands there.
HOLE = regex("\ue000(\\d+)\ue001")
_NUMBER = regex(r"-?\d{1,18}")


class Words:
    """Evaluates words."""

    def __init__(self, machine: Machine) -> None:
        self.m = machine
        self.holes: list[v.Value] = []

    # variables

    def read(self, frame: Frame, name: str, span: Span | None = None) -> v.Value:
        """A variable or parameter; one that the script does not set is the environment's."""
        if name.isdigit() or name in "@*#?$!-_":
            return self._special(frame, name)
        held = self.m.store.get(frame.scope, name)
        if held is not None:
            return held
        if name == "PWD":
            return self.folder(frame)
        if name.startswith("BASH_SOURCE"):
            return self._special(frame, "0")
        if name in ("OSTYPE", "HOSTTYPE", "MACHTYPE", "UID", "EUID", "RANDOM", "HOSTNAME", "LINENO", "SECONDS"):
            return v.External(f"platform.{name}")
        return v.Env(name, EMPTY, span)

    def _special(self, frame: Frame, name: str) -> v.Value:
        match name:
            case "0":
                return v.Const(f"{ROOT}/{frame.scope.file}")
            case "#":
                return frame.bindings.get("#", v.Unknown("arguments"))
            case "@" | "*":
                return self.m.expressions.join([p for one in self.arguments(frame) for p in (one, v.Const(" "))][:-1])
            case "?":
                status = self.m.store.get(frame.scope, "?") or v.TRUE
                return v.choice(status, v.Const("0"), v.Const("1"))
            case _ if name.isdigit():
                count = v.text_of(frame.bindings.get("#", v.NONE))
                missing: v.Value = EMPTY if count is not None and count.isdigit() else v.Unknown("argument")
                return frame.bindings.get(name, missing)
            case _:
                return v.Unknown("shell")

    def arguments(self, frame: Frame) -> list[v.Value]:
        """``$1``, ``$2``, …"""
        count = v.text_of(frame.bindings.get("#", v.NONE))
        if count is None or not count.isdigit():
            return [v.Unknown("arguments")]
        return [frame.bindings.get(str(n), EMPTY) for n in range(1, int(count) + 1)]

    def bound(self, values: list[v.Value]) -> dict[str, v.Value]:
        """Positional parameters for these arguments."""
        return {"#": v.Const(str(len(values))), **{str(n): value for n, value in enumerate(values, 1)}}

    def folder(self, frame: Frame) -> v.Value:
        """The current folder, as ``pwd`` writes it."""
        here = self.m.store.get(frame.scope, "<folder>") or v.Unknown("folder")
        text = v.text_of(here)
        if text is None or text.startswith(("/", "⟨")):
            return here
        return v.Const(f"{ROOT}/{text}" if text else ROOT)

    def path(self, frame: Frame, value: v.Value) -> v.Value:
        """A file's name, relative to the project's root where it is in the tree."""
        text = v.text_of(value)
        if text is not None and text.startswith(ROOT):
            return v.Const(posixpath.normpath(text[len(ROOT) :].lstrip("/") or "."))
        if text is not None and text.startswith(("/", "~", "⟨")):
            return value
        here = self.m.store.get(frame.scope, "<folder>") or v.Unknown("folder")
        folder = v.text_of(here)
        if text is not None and folder is not None:
            return v.Const(posixpath.normpath(posixpath.join(folder, text)))
        if folder == "" or not self._relative(value):
            return value
        return self.m.expressions.join_path([here, value])

    def _relative(self, value: v.Value) -> bool:
        first = value.parts[0] if isinstance(value, v.Text) else value
        return isinstance(first, v.Const) and not str(first.value).startswith(("/", "~", "⟨"))

    # words

    def fields(self, frame: Frame, expr: s.Expr) -> list[v.Value]:
        """The words that one word becomes: unquoted expansions are split, ``"$@"`` are several."""
        match expr:
            case s.Call(s.Name("args")):
                return self.arguments(frame)
            case s.Call(s.Name("split"), (s.Arg(inner),)):
                if isinstance(inner, s.Call) and isinstance(inner.func, s.Name) and inner.func.id == "var" and _named(inner) in ("@", "*"):
                    return self.arguments(frame)
                return self.split(self.value(frame, inner))
            case s.Call(s.Name("array"), args):
                return [one for arg in args for one in self.fields(frame, arg.value)]
            case _:
                value = self.value(frame, expr)
                text = v.text_of(value)
                if text is not None and isinstance(expr, s.Const) and "{" in text:
                    return [v.Const(one) for one in braces(text)]
                return [value]

    def split(self, value: v.Value) -> list[v.Value]:
        """An unquoted value as fields."""
        if isinstance(value, v.Items):
            return self.m.items_of(value) or []
        text = v.text_of(value)
        if text is not None:
            return [v.Const(part) for part in text.split()]
        if isinstance(value, v.Text) and any(isinstance(p, v.Const) and re.search(r"\s", str(p.value)) for p in value.parts):
            words: list[list[v.Value]] = [[]]
            for part in value.parts:
                pieces = re.split(r"(\s+)", str(part.value)) if isinstance(part, v.Const) else [part]
                for piece in pieces:
                    if isinstance(piece, str) and piece.isspace():
                        words.append([])
                    elif piece != "":
                        words[-1].append(v.Const(piece) if isinstance(piece, str) else piece)
            return [self.m.expressions.join(word) for word in words if word]
        return [value]

    def value(self, frame: Frame, expr: s.Expr) -> v.Value:
        """A word as one value."""
        match expr:
            case s.Const(held):
                return self._filled(str(held)) if self.holes and isinstance(held, str) else v.Const(held)
            case s.Template(parts):
                return self.join([self.value(frame, part) for part in parts])
            case s.Call(s.Name("split"), (s.Arg(inner),)):
                return self.value(frame, inner)
            case s.Call(s.Name("var"), args, span):
                return self._expansion(frame, [arg.value for arg in args], span)
            case s.Call(s.Name("output" | "opened" as kind), (s.Arg(s.Lambda(function)),)):
                return self.m.shell.streams.output(frame, function, opened=kind == "opened")
            case s.Call(s.Name("content"), (s.Arg(inner),)):
                return self.m.shell.streams.read_file(frame, self.value(frame, inner))
            case s.Call(s.Name("args")):
                return self._special(frame, "@")
            case s.Call(s.Name("array"), args):
                return self.m.new_items("list", [one for arg in args for one in self.fields(frame, arg.value)])
            case s.Call(s.Name("op"), (s.Arg(s.Const(held)),)):
                return v.Const(held)
            case s.Call(s.Name("arithmetic")):
                return v.Unknown("number")
            case s.Opaque(why):
                return v.Unknown(why)
            case _:
                return v.Unknown("word")

    def _filled(self, text: str) -> v.Value:
        """A text with the values in its holes."""
        if "\ue000" not in text:
            return v.Const(text)
        parts: list[v.Value] = []
        at = 0
        for match in HOLE.finditer(text):
            parts.append(v.Const(text[at : match.start()]))
            number = int(match[1])
            parts.append(self.holes[number] if number < len(self.holes) else v.Unknown("value"))
            at = match.end()
        parts.append(v.Const(text[at:]))
        return self.join(parts)

    def join(self, parts: list[v.Value]) -> v.Value:
        """Values put together; one by itself stays what it is."""
        held = [part for part in parts if part != EMPTY]
        return self.text(held[0]) if len(held) == 1 else self.m.expressions.join([self.text(part) for part in held])

    def text(self, value: v.Value) -> v.Value:
        """A value as a part of a text."""
        match value:
            case v.Items():
                return self.m.expressions.join([p for one in self.m.items_of(value) or [] for p in (one, v.Const(" "))][:-1])
            case v.Handle(type=kind) if kind == OUTPUT:
                return value
            case v.Path(text):
                return text
            case v.Const(held) if not isinstance(held, str):
                return v.Const("" if held is None else str(held))
            case _:
                return value

    # ${…}

    def _expansion(self, frame: Frame, args: list[s.Expr], span: Span) -> v.Value:
        name = str(args[0].value) if isinstance(args[0], s.Const) else ""
        before, _, op = str(args[1].value).partition("|") if len(args) > 1 and isinstance(args[1], s.Const) else ("", "", "")
        element = re.fullmatch(r"(\w+)\[(.*)\]", name)
        if element:
            name = element[1]
        held = self.read(frame, name, span)
        if element and isinstance(held, v.Items):
            items = self.m.items_of(held) or []
            if element[2] in ("@", "*"):
                held = held if not before else v.Const(str(len(items)))
            else:
                held = items[int(element[2])] if element[2].isdigit() and int(element[2]) < len(items) else v.Unknown(name)
        elif isinstance(held, v.Items) and not element:
            held = next(iter(self.m.items_of(held) or []), EMPTY)
        if before == "#":
            return v.Unknown("length", taint(held))
        if before == "!":
            named = v.text_of(held)
            return self.read(frame, named, span) if named and named.isidentifier() else v.Unknown(name)
        return self._operation(frame, name, held, op, rest=args[2:], span=span) if op else held

    def _operation(self, frame: Frame, name: str, held: v.Value, op: str, *, rest: list[s.Expr], span: Span) -> v.Value:
        if op in (":-", "-", ":=", "="):
            default = self.text(self.value(frame, rest[0])) if rest else EMPTY
            if isinstance(held, v.Env) and held.default == EMPTY and held.name == name and isinstance(default, v.Const | v.Text):
                made: v.Value = v.Env(name, default, span)
            elif op.startswith(":") or isinstance(held, v.Env):
                made = v.choice(self.is_set(held, span, empty=op.startswith(":")), held, default)
            else:
                made = held
            if op.endswith("="):
                self.m.store.set(frame.scope, name, made)
            return made
        if op in (":+", "+"):
            word = self.text(self.value(frame, rest[0])) if rest else EMPTY
            return v.choice(self.is_set(held, span, empty=op == ":+"), word, EMPTY)
        if op in (":?", "?"):
            test = self.is_set(held, span, empty=op == ":?")
            self.m.shell.leave(frame, v.FALSE, span, v.negation(test))
            return held
        if op in (",,", "^^"):
            return self.m.expressions.symbol(".lower" if op == ",," else ".upper", (held,), span)
        pattern = [self.value(frame, one) for one in rest]
        return self._map(held, lambda one: self._cut(name, one, op, pattern))

    def is_set(self, held: v.Value, span: Span | None, *, empty: bool) -> v.Value:
        """Whether a variable is set; ``empty`` says that an empty one is not."""
        if not empty and isinstance(held, v.Env):
            return v.Sym("isset", (held,), span)
        if not empty:
            return v.TRUE
        return self.m.shell.conditions.filled(held, span)

    def _cut(self, name: str, held: v.Value, op: str, rest: list[v.Value]) -> v.Value:
        """``${X#a} ${X%a} ${X/a/b} ${X:0:3}`` of a known text; else unknown, made of it."""
        text, texts = v.text_of(held), [v.text_of(one) for one in rest]
        if text is None or not texts or texts[0] is None or len(text) > 10_000:
            return v.Unknown(name, taint(held))
        pattern = texts[0]
        match op:
            case "#" | "##" | "%" | "%%":
                ends = [n for n in range(len(text) + 1) if fnmatch.fnmatchcase(text[:n] if op[0] == "#" else text[n:], pattern)][:10_000]
                if not ends:
                    return held
                best = (min if op in ("#", "%%") else max)(ends)
                return v.Const(text[best:] if op[0] == "#" else text[:best])
            case "/" | "//" if not re.search(r"[*?\[]", pattern):
                after = [one for one in texts[1:] if one not in ("/", None)]
                return v.Const(text.replace(pattern, after[0] if after else "", -1 if op == "//" else 1))
            case ":" if _NUMBER.fullmatch(pattern.strip()):
                numbers = [int(one) for one in texts if one and _NUMBER.fullmatch(one.strip())]
                start = numbers[0]
                return v.Const(text[start : start + numbers[1]] if len(numbers) > 1 and numbers[1] >= 0 else text[start:])
            case _:
                return v.Unknown(name, taint(held))

    def _map(self, value: v.Value, function: Callable[[v.Value], v.Value]) -> v.Value:
        if isinstance(value, v.Choice):
            return v.choice(value.test, self._map(value.then, function), self._map(value.orelse, function))
        return function(value)


def _named(call: s.Call) -> str:
    first = call.args[0].value if call.args else None
    return str(first.value) if isinstance(first, s.Const) else ""


def braces(text: str) -> list[str]:
    """``a{b,c}`` as several words; nested ones as the innermost have it, and no more than a few."""
    found = [text]
    while len(found) < 200:
        place = next((n for n, one in enumerate(found) if re.search(r"\{[^{}\s]*,[^{}\s]*\}", one)), None)
        if place is None:
            break
        match = re.search(r"\{([^{}\s]*,[^{}\s]*)\}", found[place])
        if match is None:
            break
        head, tail = found[place][: match.start()], found[place][match.end() :]
        found[place : place + 1] = [head + part + tail for part in match[1].split(",")]
    return found
