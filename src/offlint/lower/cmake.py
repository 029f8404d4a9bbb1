"""What does a CMake file do, in order? Its commands in the small form of model/step.py.

``if``, ``foreach``, ``while`` and ``return`` become steps; every other command is a call of its name, whose arguments are
``word(…)`` or ``quoted(…)`` of texts and references: ``${X}`` is ``$[X]``, ``$ENV{X}`` is ``ENV[X]``. Functions, macros and included files
are functions; a macro's and an included file's names are those of its caller.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from offlint.lower.cmake_lexer import Argument, CannotLower, Command, read_commands
from offlint.model import step as s
from offlint.model.lazy import dataclass, field, regex
from offlint.model.span import Span

__all__ = ["SHARED", "CannotLower", "assigned", "depended", "lower_cmake", "lower_text"]

#: ``Function.globals`` of what runs in its caller's namespace.
SHARED = frozenset({"*"})
MAX_REFERENCES = 60
MAX_BLOCKS = 150

_PART = regex(r"\\(.)|(\$(?:ENV|CACHE)?\{)|(\})|@([\w./+-]+)@|[^\\$}@]+|.", re.DOTALL)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", ";": "\\;"}
_ENDS = {"endif": "if", "endforeach": "foreach", "endwhile": "while", "endfunction": "function", "endmacro": "macro", "endblock": "block"}
#: What a call of a function binds besides its parameters (cmake-commands(7), function).
_GIVEN = ("ARGC", "ARGV", "ARGN", *(f"ARGV{n}" for n in range(12)))


@dataclass(slots=True)
class _Block:
    """An open block: the command that opened it, its arms so far, and the steps of the current one."""

    command: Command
    steps: list[s.Step] = field(default_factory=list)
    arms: list[tuple[Command, list[s.Step]]] = field(default_factory=list)


def lower_cmake(text: str, file: str, *, template: bool = False) -> s.Module:
    """The file's steps; in a template of ``configure_file``, ``@X@`` is a reference as well. Raises CannotLower."""
    return s.Module(file, tuple(_Lowering(template).block(read_commands(text, file))))


def lower_text(text: str, span: Span) -> s.Module:
    """The steps of a text in another file's argument, all at its place. Raises CannotLower."""
    return s.Module(span.file, tuple(_Lowering(template=False, place=span).block(read_commands(text, span.file))))


class _Lowering:
    def __init__(self, template: bool, place: Span | None = None) -> None:
        self.template = template
        self.place = place

    def block(self, commands: Iterable[Command]) -> list[s.Step]:
        stack: list[_Block] = []
        current: list[s.Step] = []
        outer: list[list[s.Step]] = []
        for command in commands:
            name = command.name
            if name in ("if", "foreach", "while", "function", "macro", "block"):
                if len(stack) >= MAX_BLOCKS:
                    raise CannotLower(f"blocks nested too deeply at {command.span.line}:{command.span.column}")
                block = _Block(command)
                block.arms.append((command, block.steps))
                stack.append(block)
                outer.append(current)
                current = block.steps
            elif name in ("elseif", "else"):
                if not stack or stack[-1].command.name != "if":
                    raise CannotLower(f"{name} without if at {command.span.line}:{command.span.column}")
                current = []
                stack[-1].arms.append((command, current))
            elif name in _ENDS:
                if not stack or stack[-1].command.name != _ENDS[name]:
                    raise CannotLower(f"{name} without {_ENDS[name]} at {command.span.line}:{command.span.column}")
                block = stack.pop()
                current = outer.pop()
                current.extend(self.closed(block))
            else:
                current.append(self.step(command))
        if stack:
            opened = stack[-1].command
            raise CannotLower(f"{opened.name} is never closed, opened at {opened.span.line}:{opened.span.column}")
        return current

    def span(self, span: Span) -> Span:
        return self.place or span

    def closed(self, block: _Block) -> list[s.Step]:
        command, body = block.command, tuple(block.arms[0][1])
        span = self.span(command.span)
        match command.name:
            case "if":
                orelse: tuple[s.Step, ...] = ()
                for arm, steps in reversed(block.arms):
                    if arm.name == "else":
                        orelse = tuple(steps)
                    else:
                        orelse = (s.If(self.call("if", arm.arguments, arm.span), tuple(steps), orelse, self.span(arm.span)),)
                return list(orelse)
            case "foreach":
                target = command.arguments[0].text if command.arguments else ""
                return [s.For(s.Name(target), self.call("foreach", command.arguments[1:], span), body, (), span)]
            case "while":
                return [s.While(self.call("if", command.arguments, span), body, (), span)]
            case "block":
                return list(body)  # its own variables leak here, which only matters for names that are used again
            case _:
                return [self.define(command, body, span)]

    def define(self, command: Command, body: tuple[s.Step, ...], span: Span) -> s.Step:
        names = [argument.text for argument in command.arguments]
        params = tuple(s.Param(name, s.Const(None)) for name in dict.fromkeys([*names[1:], *_GIVEN]))
        shared = SHARED if command.name == "macro" else frozenset()
        made = s.Function(names[0] if names else "", params, body, span, globals=shared)
        called = self.call("function", command.arguments[:1], span)
        arity = s.Arg(s.Const(len(dict.fromkeys(names[1:]))))
        return s.Do(s.Call(called.func, (*called.args, s.Arg(s.Lambda(made)), arity), span), span)

    def step(self, command: Command) -> s.Step:
        span = self.span(command.span)
        match command.name:
            case "return":
                return s.Return(None, span)
            case "break" | "continue":
                return s.Jump(command.name, span)
            case _:
                return s.Do(self.call(command.written, command.arguments, span), span)

    def call(self, name: str, arguments: Sequence[Argument], span: Span) -> s.Call:
        return s.Call(s.Name(name), tuple(s.Arg(self.word(argument)) for argument in arguments), self.span(span))

    def word(self, argument: Argument) -> s.Call:
        span = self.span(argument.span)
        expr: s.Expr = s.Const(argument.text) if argument.kind == "[" else self.text(argument.text, span)
        return s.Call(s.Name("quoted" if argument.kind else "word"), (s.Arg(expr),), span)

    def text(self, text: str, span: Span) -> s.Expr:
        """A text with its references; what is never closed is text."""
        if "$" not in text and "\\" not in text and not (self.template and "@" in text):
            return s.Const(text)
        stack: list[tuple[str, list[s.Expr]]] = [("", [])]
        for match in _PART.finditer(text):
            escaped, opened, closed, at = match.groups()
            parts = stack[-1][1]
            if escaped is not None:
                parts.append(s.Const(_ESCAPES.get(escaped, escaped)))
            elif opened and len(stack) < MAX_REFERENCES:
                stack.append((opened, []))
            elif closed and len(stack) > 1:
                kind, inner = stack.pop()
                stack[-1][1].append(s.Index(s.Name(kind[:-1] if kind == "${" else kind[1:-1]), _joined(inner), span))
            elif at and self.template:
                parts.append(s.Index(s.Name("$"), s.Const(at), span))
            else:
                parts.append(s.Const(match[0]))
        while len(stack) > 1:
            opened, inner = stack.pop()
            stack[-1][1].extend([s.Const(opened), *inner])
        return _joined(stack[0][1])


def _joined(parts: list[s.Expr]) -> s.Expr:
    flat: list[s.Expr] = []
    for part in parts:
        if flat and isinstance(part, s.Const) and isinstance(flat[-1], s.Const):
            flat[-1] = s.Const(str(flat[-1].value) + str(part.value))
        else:
            flat.append(part)
    return flat[0] if len(flat) == 1 else s.Template(tuple(flat)) if flat else s.Const("")


def assigned(module: s.Module) -> frozenset[str]:
    """The variables that the file itself sets, other than a default under a test of the variable itself (``if(NOT X) set(X …)``)."""
    return frozenset(_assigned(module.body, frozenset()))


def _assigned(steps: Sequence[s.Step], tested: frozenset[str]) -> Iterator[str]:
    for step in steps:
        match step:
            case s.Do(s.Call(s.Name(name), args)) if name.lower() == "set" and args:
                words = [constant(arg.value) for arg in args]
                if words[0] and words[0] not in tested and "CACHE" not in words and len(words) > 1:
                    yield words[0]
            case s.If(s.Call(_, args), body, orelse):
                inner = tested | {word for arg in args if (word := constant(arg.value))}
                yield from _assigned(body, inner)
                yield from _assigned(orelse, inner)
            case s.For(s.Name(name), _, body) | s.While(s.Call(s.Name(name)), body):
                yield name
                yield from _assigned(body, tested)
            case s.Do(s.Call(s.Name("function"), (_, s.Arg(s.Lambda(made)), *_))):
                yield from (param.name for param in made.params)
                yield from _assigned(made.body, frozenset())
            case _:
                pass


def depended(module: s.Module) -> frozenset[str]:
    """The targets that the file names as dependencies of others; an empty name stands for computed ones."""
    found: set[str] = set()
    stack = list(module.body)
    while stack:
        match stack.pop():
            case s.Do(s.Call(s.Name("function"), (_, s.Arg(s.Lambda(made)), *_))):
                stack.extend(made.body)
            case s.Do(s.Call(s.Name(name), args)):
                words = [constant(arg.value) for arg in args]
                if name.lower() == "add_dependencies":
                    found.update(word or "" for word in words[1:])
                elif "DEPENDS" in words:
                    found.update(word for word in words[words.index("DEPENDS") + 1 :] if word)
            case s.If(_, body, orelse) | s.For(_, _, body, orelse) | s.While(_, body, orelse):
                stack.extend([*body, *orelse])
            case _:
                pass
    return frozenset(found)


def constant(expr: s.Expr) -> str | None:
    """The text of an argument without references, None for any other."""
    match expr:
        case s.Call(s.Name("word" | "quoted"), (s.Arg(s.Const(str(text))),)):
            return text
        case _:
            return None
