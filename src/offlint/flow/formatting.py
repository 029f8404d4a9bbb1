"""What text is made of a template and values? ``str.format``, ``%`` and ``string.Template`` (the library reference, "Text Processing")."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from offlint.flow import values as v
from offlint.flow.containers import dict_of
from offlint.flow.interning import taint
from offlint.flow.predicates import as_text
from offlint.flow.registry import known_as
from offlint.model.lazy import regex

if TYPE_CHECKING:
    import re
    from collections.abc import Callable

    from offlint.flow.machine import Arguments, Frame, Machine
    from offlint.model.span import Span

_HOLE = regex(r"\{([^{}!:]*)(![rsa])?(:[^{}]*)?\}")
#: What ends the first word of a field, and what is looked up in it, one by one.
_FIELD = regex(r"[.\[]")
_WITHIN = regex(r"\.(\w+)|\[([^\[\]]+)\]")
_NUMBER = regex(r"[0-9]{1,4}")
_PERCENT = regex(r"%(?:\((\w+)\))?[#0\- +]*(?:[1-9]\d*)?(?:\.\d+)?[srdifxc]|%%")
_DOLLAR = regex(r"\$(?:(\$)|(\w+)|\{(\w+)\})")


def _filled(
    m: Machine, text: str, holes: re.Pattern[str], fill: Callable[[re.Match[str]], v.Value], between: Callable[[str], str] = str
) -> v.Value:
    """The text with its holes filled, one after the other, and ``between`` made of what stands between them."""
    parts: list[v.Value] = []
    end = 0
    for hole in holes.finditer(text):
        parts += [v.Const(between(text[end : hole.start()])), fill(hole)]
        end = hole.end()
    return m.expressions.join([*parts, v.Const(between(text[end:]))])


def formatted(m: Machine, frame: Frame, subject: v.Value, args: Arguments) -> v.Value:
    """``subject.format(…)`` ("Format String Syntax")."""
    if not isinstance(subject, v.Const) or not isinstance(subject.value, str):
        return m.expressions.join([subject]) if isinstance(subject, v.Text) else v.Unknown("format", taint(subject))
    numbers = itertools.count()

    def fill(hole: re.Match[str]) -> v.Value:
        field = _FIELD.split(hole.group(1), maxsplit=1)[0]
        if field == "" or _NUMBER.fullmatch(field):
            number = next(numbers)
            value = args.get(int(field) if field else number)
        else:
            value = args.kwargs.get(field)
        return v.Unknown(field or "…") if value is None else as_text(_within(m, frame, value, hole.group(1)[len(field) :]))

    return _filled(m, subject.value, _HOLE, fill, lambda text: text.replace("{{", "{").replace("}}", "}"))


def _within(m: Machine, frame: Frame, value: v.Value, rest: str) -> v.Value:
    """``.name`` and ``[key]`` behind the first word of a field."""
    for part in _WITHIN.finditer(rest):
        name, key = part.groups()
        if name:
            value = m.attributes.get(frame, value, name)
        else:
            value = m.entries.item(frame, value, v.Const(int(key) if _NUMBER.fullmatch(key) else key), None)
    return value


def percent(m: Machine, left: v.Value, right: v.Value) -> v.Value:
    """``text % values`` ("printf-style String Formatting")."""
    if not isinstance(left, v.Const) or not isinstance(left.value, str):
        return m.expressions.join([left, v.Unknown("…", m.deep_taint(right))])
    given = iter(m.items_of(right) or [] if isinstance(right, v.Items) else [right])
    named = dict_of(m, right)

    def fill(hole: re.Match[str]) -> v.Value:
        if hole.group() == "%%":
            return v.Const("%")
        name = hole.group(1)
        return as_text(named.get(name, v.Unknown(name)) if name else next(given, v.Unknown("…")))

    return _filled(m, left.value, _PERCENT, fill)


@known_as("string.Template.substitute", "string.Template.safe_substitute")
def _substituted(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    """``Template("…$name…").substitute(name=…)`` ("Template strings")."""
    del frame, span
    text = v.text_of(args.subject.args[0]) if isinstance(args.subject, v.Handle) and args.subject.args else None
    if text is None:
        return None
    named = (dict_of(m, args.args[0]) if args.args else {}) | args.kwargs

    def fill(hole: re.Match[str]) -> v.Value:
        name = hole.group(2) or hole.group(3)
        return as_text(named.get(name, v.Unknown(name))) if name else v.Const("$")

    return _filled(m, text, _DOLLAR, fill)
