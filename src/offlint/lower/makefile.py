"""What does a Makefile say, in order? Its lines in the small form of model/step.py (GNU make manual; POSIX make is a part of it).

Conditionals become ``if``; everything else is a call: ``assign``, ``rule``, ``recipe`` (a line of the rule above), ``include``,
``export``. Texts stay unexpanded: what a reference stands for is known only when make reads on.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from offlint.lower.shell import CannotLower
from offlint.model import step as s
from offlint.model.lazy import dataclass, field, regex
from offlint.model.span import Span, plain_ends

__all__ = ["CannotLower", "lower_makefile"]

MAX_MAKEFILE = 1_000_000
MAX_NESTED = 60

_CONDITIONAL = regex(r"\s*(else\s+)?(ifdef|ifndef|ifeq|ifneq)\b\s*(.*)", re.DOTALL)
_ASSIGN = regex(
    r"\s*((?:override\s+|export\s+|private\s+)*)((?:[^\s:#=+?!$]|\$[({][^)}]*[)}]|\$(?![({]))+)\s*(=|:=|::=|:::=|\?=|\+=|!=)[ \t]*(.*)",
    re.DOTALL,
)
_DEFINE = regex(r"\s*(?:override\s+|export\s+)*define\s+(\S+)\s*(?:(=|:=|\+=|\?=)\s*)?$")
_RULE = regex(r"([^:=\t#][^:=]*)(::?)(?!=)\s*(.*)", re.DOTALL)


@dataclass(slots=True)
class _Block:
    """An open conditional: its arms so far."""

    span: Span
    arms: list[tuple[s.Expr, list[s.Step]]] = field(default_factory=list)
    orelse: list[s.Step] | None = None

    def step(self) -> s.Step:
        orelse = tuple(self.orelse or ())
        for test, body in reversed(self.arms):
            orelse = (s.If(test, tuple(body), orelse, self.span),)
        return orelse[0]


def lower_makefile(text: str | None, file: str) -> s.Module:
    """The file's steps. Raises CannotLower, also for what is no text (None)."""
    if text is None:
        raise CannotLower("cannot be read")
    if len(text) > MAX_MAKEFILE:
        raise CannotLower(f"a Makefile of {len(text) // 1000} kB is too long to be read")
    body: list[s.Step] = []
    stack: list[tuple[_Block, list[s.Step]]] = []
    current = body
    in_rule = False
    physical = plain_ends(text).split("\n")
    lines = list(_logical(physical))
    at = 0
    while at < len(lines):
        number, line = lines[at]
        at += 1
        span = Span(file, number, 1, number, len(physical[number - 1]) + 1)
        if line.startswith("\t") and in_rule:
            current.append(_do("recipe", [line[1:]], span))
            continue
        bare = _uncommented(line)
        word = bare.split(None, 1)[0] if bare.strip() else ""
        match = _CONDITIONAL.match(bare)
        if match and not match[1]:
            if len(stack) >= MAX_NESTED:
                raise CannotLower(f"conditionals nested too deeply at {number}:1")
            block = _Block(span)
            arm: list[s.Step] = []
            block.arms.append((_test(match[2], match[3], span), arm))
            stack.append((block, current))
            current = arm
        elif match and stack:
            arm = []
            stack[-1][0].arms.append((_test(match[2], match[3], span), arm))
            current = arm
        elif word == "else" and stack:
            stack[-1][0].orelse = current = []
        elif word == "endif" and stack:
            block, outer = stack.pop()
            outer.append(block.step())
            current = outer
        elif (define := _DEFINE.match(bare)) is not None:
            inside: list[str] = []
            while at < len(lines) and _uncommented(lines[at][1]).strip() != "endef":
                inside.append(lines[at][1])
                at += 1
            at += 1
            current.append(_do("assign", [define[1], define[2] or "=", "\n".join(inside), ""], span))
        elif word in ("include", "-include", "sinclude"):
            current.append(_do("include", [bare.split(None, 1)[1] if " " in bare.strip() or "\t" in bare.strip() else ""], span))
            in_rule = False
        elif (assigned := _ASSIGN.match(bare)) is not None and ":" not in assigned[2]:
            current.append(_do("assign", [assigned[2], assigned[3], assigned[4], assigned[1]], span))
            in_rule = in_rule and line.startswith("\t")
        elif word in ("export", "unexport"):
            current.append(_do(word, [bare.split(None, 1)[1] if len(bare.split(None, 1)) > 1 else ""], span))
        elif (rule := _RULE.match(bare)) is not None:
            prerequisites, semicolon, recipe = rule[3].partition(";")
            own = _ASSIGN.match(prerequisites)
            targets, together = rule[1].rstrip(), "&" if rule[1].rstrip().endswith("&") else ""
            current.append(_do("rule", [targets.removesuffix("&").rstrip(), "" if own else prerequisites, together + rule[2]], span))
            if own:  # a variable of one target; taken for all, which errs towards what is set
                current.append(_do("assign", [own[2], own[3] if own[3] != "=" else "?=", own[4], ""], span))
            if semicolon:
                current.append(_do("recipe", [recipe], span))
            in_rule = True
    while stack:
        block, outer = stack.pop()
        outer.append(block.step())
    return s.Module(file, tuple(body))


def _logical(lines: Sequence[str]) -> Iterator[tuple[int, str]]:
    """Lines with their continuations; those of a recipe keep the backslash, which is the shell's."""
    at = 0
    while at < len(lines):
        first, line = at, lines[at]
        parts = [line]
        while line.endswith("\\") and (len(line) - len(line.rstrip("\\"))) % 2 and at + 1 < len(lines):
            at += 1
            line = lines[at]
            parts.append(line)
        at += 1
        if parts[0].startswith("\t"):
            yield first + 1, "\n".join([parts[0], *(part.removeprefix("\t") for part in parts[1:])])
        else:
            yield (
                first + 1,
                " ".join(part.removesuffix("\\").strip() if n else part.removesuffix("\\").rstrip() for n, part in enumerate(parts)),
            )


def _uncommented(line: str) -> str:
    match = re.search(r"(?<!\\)#", line)
    return line[: match.start()] if match else line


def _test(kind: str, rest: str, span: Span) -> s.Expr:
    if kind in ("ifdef", "ifndef"):
        made: s.Expr = _call("defined", [rest.strip()], span)
    else:
        made = _call("equal", list(_sides(rest.strip())), span)
    return s.Not(made) if kind in ("ifndef", "ifneq") else made


def _sides(text: str) -> tuple[str, str]:
    """``(a,b)``, ``"a" "b"``, ``'a' 'b'``."""
    if text.startswith("("):
        depth = 0
        for at, char in enumerate(text):
            depth += (char in "({") - (char in ")}")
            if char == "," and depth == 1:
                return text[1:at].strip(), text[at + 1 :].strip().removesuffix(")").strip()
        return text[1:], ""
    found = re.match(r"""(["'])(.*?)\1\s*(["'])(.*?)\3""", text)
    return (found[2], found[4]) if found else (text, "")


def _call(name: str, texts: Sequence[str], span: Span) -> s.Call:
    return s.Call(s.Name(f"make {name}"), tuple(s.Arg(s.Const(text)) for text in texts), span)


def _do(name: str, texts: Sequence[str], span: Span) -> s.Step:
    return s.Do(_call(name, texts, span), span)
