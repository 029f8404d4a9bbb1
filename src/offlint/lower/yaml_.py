"""What does a YAML configuration set? Its top-level keys as assignments, with the place of every key and list item.

``!ENV NAME`` and ``!ENV [NAME, OTHER, default]`` (https://github.com/waylan/pyyaml-env-tag) read the environment, as MkDocs does; tags of
Python objects are not followed. Only PyYAML's event stream is used: nothing is constructed, and nesting costs no stack.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from offlint.lower.python import CannotLower
from offlint.model import step as s
from offlint.model.lazy import dataclass, field, regex
from offlint.model.span import Span

if TYPE_CHECKING:
    from collections.abc import Iterator

#: More than this is no configuration that people write; PyYAML reads about 100 kB a second.
MAX_TEXT = 300_000
MAX_DEPTH = 60
_INTEGER = regex(r"[-+]?[0-9]+")
_TRUE = frozenset({"true", "yes", "on"})
_FALSE = frozenset({"false", "no", "off"})


@dataclass(slots=True)
class _Open:
    """A list or mapping that is being read."""

    kind: str
    span: Span
    tag: str | None
    anchor: str | None
    items: list[tuple[s.Expr, Span]] = field(default_factory=list)


def lower_yaml(text: str, file: str) -> s.Module:
    """The file's first document as assignments. Raises CannotLower, with the reason in one line."""
    import yaml  # noqa: PLC0415  (only where such a file is read)

    if len(text) > MAX_TEXT:
        raise CannotLower("too large for a configuration")
    try:
        root = _document(yaml.parse(text, Loader=yaml.SafeLoader), file)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f" at {mark.line + 1}:{mark.column + 1}" if mark is not None else ""
        raise CannotLower(f"broken YAML{place}: {' '.join(str(error.problem or error.context).split())}") from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise CannotLower(f"broken YAML: {' '.join(str(error).split())[:200]}") from None
    if not isinstance(root, s.Table):
        raise CannotLower("no mapping at the top")
    body: list[s.Step] = [
        s.Import("os", None, Span(file)),
        s.ImportFrom("distutils.util", 0, (("strtobool", "strtobool"),), Span(file)),
    ]
    for (key, value), span in zip(root.items, root.places, strict=True):
        if isinstance(key, s.Const) and isinstance(key.value, str):
            body.append(s.Assign((s.Name(key.value),), value, span))
    return s.Module(file, tuple(body))


def _document(events: Iterator[Any], file: str) -> s.Expr | None:
    """The first document's value."""
    stack: list[_Open] = []
    anchors: dict[str, s.Expr] = {}
    for event in events:
        name = type(event).__name__
        if name == "DocumentEndEvent":
            return None
        if name in ("StreamStartEvent", "DocumentStartEvent", "StreamEndEvent"):
            continue
        span = _span(event, file)
        if name in ("SequenceStartEvent", "MappingStartEvent"):
            stack.append(_Open(name, span, event.tag, event.anchor))
            if len(stack) > MAX_DEPTH:
                raise ValueError(f"nested deeper than {MAX_DEPTH}")
            continue
        anchor, begun = getattr(event, "anchor", None), span
        if name == "AliasEvent":
            value = anchors.get(event.anchor, s.Opaque("alias"))
            anchor = None
        elif name == "ScalarEvent":
            value = _scalar(event)
        else:
            closed = stack.pop()
            value, anchor, begun = _closed(closed), closed.anchor, closed.span
        if anchor:
            anchors[anchor] = value
        if not stack:
            return value
        stack[-1].items.append((value, begun))
    return None


def _span(event: Any, file: str) -> Span:
    start, end = event.start_mark, event.end_mark
    return Span(file, start.line + 1, start.column + 1, end.line + 1, end.column + 1)


def _closed(node: _Open) -> s.Expr:
    values = [value for value, _ in node.items]
    places = tuple(place for _, place in node.items)
    if node.kind == "SequenceStartEvent":
        return _environment(values) if node.tag == "!ENV" else s.Seq("list", tuple(values), places)
    keys = values[::2]
    pairs = tuple((None if key == s.Const("<<") else key, value) for key, value in zip(keys, values[1::2], strict=True))
    return s.Table(pairs, places[::2])


def _scalar(event: Any) -> s.Expr:
    text = str(event.value)
    if event.tag == "!ENV":
        return _environment([s.Const(text)])
    if event.tag and "python/" in event.tag:
        return s.Opaque("a Python object")
    if not event.implicit[0] or event.tag:
        return s.Const(text)
    word = text.lower()
    if word in _TRUE or word in _FALSE:
        return s.Const(word in _TRUE)
    if word in ("", "~", "null"):
        return s.Const(None)
    return s.Const(int(text)) if _INTEGER.fullmatch(text) and len(text) < 19 else s.Const(text)


def _environment(values: list[s.Expr]) -> s.Expr:
    """The first variable that is set, else the last item as the default; a variable alone has none."""
    names = values[:-1] if len(values) > 1 else values
    default = values[-1] if len(values) > 1 else s.Const(None)
    span = Span("")
    result = default
    for name in reversed(names):
        get = s.Attr(s.Attr(s.Name("os"), "environ"), "get")
        result = s.Call(get, (s.Arg(name), s.Arg(result)), span)
    # a variable's text is read as YAML, so that "false" is no true text
    logical = isinstance(default, s.Const) and isinstance(default.value, bool)
    return s.Call(s.Name("strtobool"), (s.Arg(result),), span) if logical else result
