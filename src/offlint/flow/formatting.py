"""What text is made of a template and values? ``str.format``, ``%`` and ``string.Template`` (the library reference, "Text Processing")."""

from __future__ import annotations

from typing import TYPE_CHECKING

from offlint.flow import values as v
from offlint.flow.interning import taint
from offlint.flow.predicates import as_text
from offlint.flow.registry import known_as
from offlint.model.lazy import regex

if TYPE_CHECKING:
    from offlint.flow.machine import Arguments, Frame, Machine
    from offlint.model.span import Span

_HOLE = regex(r"\{([^{}!:]*)(![rsa])?(:[^{}]*)?\}")
#: What ends the first word of a field, and what is looked up in it, one by one.
_FIELD = regex(r"[.\[]")
_WITHIN = regex(r"\.(\w+)|\[([^\[\]]+)\]")
_NUMBER = regex(r"[0-9]{1,4}")
_PERCENT = regex(r"%(?:\((\w+)\))?[#0\- +]*(?:[1-9]\d*)?(?:\.\d+)?[srdifxc]|%%")
_DOLLAR = regex(r"\$(?:(\$)|(\w+)|\{(\w+)\})")


def formatted(m: Machine, frame: Frame, subject: v.Value, args: Arguments) -> v.Value:
    """``subject.format(…)`` ("Format String Syntax")."""
    if not isinstance(subject, v.Const) or not isinstance(subject.value, str):
        return m.expressions.join([subject]) if isinstance(subject, v.Text) else v.Unknown("format", taint(subject))
    parts: list[v.Value] = []
    end = auto = 0
    for hole in _HOLE.finditer(subject.value):
        parts.append(v.Const(subject.value[end : hole.start()].replace("{{", "{").replace("}}", "}")))
        end = hole.end()
        field = _FIELD.split(hole.group(1), maxsplit=1)[0]
        value: v.Value | None
        if field == "" or _NUMBER.fullmatch(field):
            value = args.get(int(field) if field else auto)
            auto += 1
        else:
            value = args.kwargs.get(field)
        parts.append(v.Unknown(field or "…") if value is None else as_text(_within(m, frame, value, hole.group(1)[len(field) :])))
    parts.append(v.Const(subject.value[end:].replace("{{", "{").replace("}}", "}")))
    return m.expressions.join(parts)


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
    given = m.items_of(right) if isinstance(right, v.Items) else [right]
    named = {k.value: x for k, x in m.pairs_of(right) if isinstance(k, v.Const)}
    parts: list[v.Value] = []
    end = index = 0
    for hole in _PERCENT.finditer(left.value):
        parts.append(v.Const(left.value[end : hole.start()]))
        end = hole.end()
        if hole.group() == "%%":
            parts.append(v.Const("%"))
        elif hole.group(1):
            parts.append(as_text(named.get(hole.group(1), v.Unknown(hole.group(1)))))
        else:
            parts.append(as_text(given[index]) if given and index < len(given) else v.Unknown("…"))
            index += 1
    parts.append(v.Const(left.value[end:]))
    return m.expressions.join(parts)


@known_as("string.Template.substitute", "string.Template.safe_substitute")
def _substituted(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    """``Template("…$name…").substitute(name=…)`` ("Template strings")."""
    del frame, span
    text = v.text_of(args.subject.args[0]) if isinstance(args.subject, v.Handle) and args.subject.args else None
    if text is None:
        return None
    rows = [*(m.pairs_of(args.args[0]) if args.args else []), *((v.Const(name), one) for name, one in args.kwargs.items())]
    named = {key.value: one for key, one in rows if isinstance(key, v.Const)}
    parts: list[v.Value] = []
    end = 0
    for hole in _DOLLAR.finditer(text):
        name = hole.group(2) or hole.group(3)
        parts += [v.Const(text[end : hole.start()]), as_text(named.get(name, v.Unknown(name))) if name else v.Const("$")]
        end = hole.end()
    return m.expressions.join([*parts, v.Const(text[end:])])
