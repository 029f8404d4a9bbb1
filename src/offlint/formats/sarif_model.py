"""How does a SARIF object of sarif-om become JSON? A plan for each class, made once from its attributes' metadata.

jschema-to-python, which sarif-om comes with, takes seconds for thousands of results and drops a ``level`` that is the default.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from json.encoder import encode_basestring
from typing import Any

import attr
import sarif_om

from offlint.formats.base import in_json
from offlint.model.lazy import regex

# Written even where they are the default: a missing level means the rule's, and consumers read these two only.
_KEPT = frozenset({"level", "kind"})
_HOLE = regex("\0(\\w+)\0")


class Suppression(sarif_om.Suppression):  # type: ignore[misc] # sarif-om has no types
    """sarif-om 1.0.4 has ``state`` where SARIF 2.1.0, section 3.35.3, has ``status``."""

    def __init__(self, kind: str, justification: str, status: str = "accepted") -> None:
        super().__init__(kind=kind, justification=justification, state=status)


class Ready(str):
    """The JSON of a part that several objects share."""

    __slots__ = ()


@cache
def _plan(kind: Any) -> dict[str, tuple[str, Any]]:
    """For each attribute its key in SARIF, as JSON has it, and the default that need not be written."""
    rows = {}
    for field in attr.fields(kind):
        default = field.default.factory() if isinstance(field.default, attr.Factory) else field.default  # type: ignore[arg-type]
        name = "status" if issubclass(kind, sarif_om.Suppression) and field.name == "state" else field.metadata["schema_property_name"]
        rows[field.name] = (f'"{name}":', attr.NOTHING if field.name in _KEPT else default)
    return rows


def compact(value: Any) -> str:
    """An object of sarif-om, or what such objects hold, as JSON; TypeError for an attribute that its class does not have."""
    kind = type(value)
    if kind is str:
        return encode_basestring(value)
    if kind is Ready:
        return str(value)
    if kind is list:
        return f"[{','.join([compact(one) for one in value])}]"
    if kind is dict:
        return "{" + ",".join([f"{encode_basestring(key)}:{compact(one)}" for key, one in value.items()]) + "}"
    if kind is bool:
        return "true" if value else "false"
    if kind is int:
        return repr(value)
    return "{" + ",".join(properties(value)) + "}"


def properties(value: Any) -> list[str]:
    """An object's properties that are not the default, each as key and value."""
    kind = type(value)
    plan, values = _plan(kind), vars(value)  # type: ignore[arg-type] # a class is hashable
    if len(values) != len(plan):
        raise TypeError(f"{kind.__name__} has no {', '.join(sorted(set(values) - set(plan)))}")
    found = []
    for name, one in values.items():
        if one is None:
            continue
        written, default = plan[name]
        held = type(one)
        if held is str:
            if one != default:
                found.append(written + encode_basestring(one))
        elif held is Ready:
            found.append(written + one)
        # sarif-om's objects compare slowly: with a default only where there is one
        elif default is None or default is attr.NOTHING or one != default:
            found.append(written + compact(one))
    return found


def hole(name: str) -> Ready:
    """What stands for a value, as JSON, in a form."""
    return Ready(f"\0{name}\0")


def form(value: Any) -> str:
    """An object with holes as a text for ``%`` and a mapping of their names."""
    return _HOLE.sub(r"%(\1)s", compact(value).replace("%", "%%"))


def dump(log: Any, run: Any, results: Iterable[Any]) -> Iterator[str]:
    """A log of one run and its results: one line for each property of the log and of the run, and one for each result."""
    yield "{"
    for text in sorted(properties(log)):
        yield _line(text)
    yield '"runs": [{\n'
    for text in properties(run):
        yield _line(text)
    yield '"results": ['
    end = ""
    for result in results:
        yield _encodable(f"{',' if end else ''}\n{compact(result)}")
        end = "\n"
    yield f"{end}]}}]}}\n"


def _line(text: str) -> str:
    return _encodable(text.replace('":', '": ', 1) + ",\n")


def _encodable(text: str) -> str:
    """No raw controls, and no lone surrogate (a byte of a name that is no UTF-8), which can not be written in UTF-8."""
    text = in_json(text)
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace").decode()
    return text
