"""How does a SARIF object of sarif-om become JSON? A plan for each class, made once from its attributes' metadata.

jschema-to-python, which sarif-om comes with, takes seconds for thousands of results and drops a ``level`` that is the default.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

import attr
import sarif_om

# Written even where they are the default: a missing level means the rule's, and consumers read these two only.
_KEPT = frozenset({"level", "kind"})
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False)
_SCALARS = frozenset({str, int, float, bool, type(None)})


class Suppression(sarif_om.Suppression):  # type: ignore[misc] # sarif-om has no types
    """sarif-om 1.0.4 has ``state`` where SARIF 2.1.0, section 3.35.3, has ``status``."""

    def __init__(self, kind: str, justification: str, status: str = "accepted") -> None:
        super().__init__(kind=kind, justification=justification, state=status)


class Ready(dict[str, Any]):
    """What ``plain`` made of a part that several objects share."""


@cache
def _plan(kind: Any) -> tuple[tuple[str, str, Any], ...]:
    """Attribute, name in SARIF, and the default that need not be written."""
    rows = []
    for field in attr.fields(kind):
        default = field.default.factory() if isinstance(field.default, attr.Factory) else field.default  # type: ignore[arg-type]
        name = "status" if issubclass(kind, sarif_om.Suppression) and field.name == "state" else field.metadata["schema_property_name"]
        rows.append((field.name, name, attr.NOTHING if field.name in _KEPT else default))
    return tuple(rows)


def plain(value: Any) -> Any:
    """An object of sarif-om as dictionaries, lists and scalars; TypeError for an attribute that its class does not have."""
    kind = type(value)
    if kind in _SCALARS or kind is Ready:
        return value
    if kind is dict:
        return {key: one if type(one) in _SCALARS else plain(one) for key, one in value.items()}
    if kind is list or kind is tuple:
        return [plain(one) for one in value]
    plan, values = _plan(kind), vars(value)  # type: ignore[arg-type] # a class is hashable
    if len(values) != len(plan):
        unknown = sorted(set(values) - {name for name, _, _ in plan})
        raise TypeError(f"{kind.__name__} has no {', '.join(unknown)}")
    found = {}
    for name, written, default in plan:
        one = values[name]
        if one is None:
            continue
        if type(one) not in _SCALARS:  # compared with a default only where there is one: sarif-om's objects compare slowly
            if default is None or default is attr.NOTHING or one != default:
                found[written] = plain(one)
        elif default is attr.NOTHING or one != default:
            found[written] = one
    return found


def dump(log: Any, results: Iterable[Any]) -> Iterator[str]:
    """A log of one run and its results: its keys in SARIF's order, one line for each of the run's properties and one for each result."""
    whole = plain(log)
    (run,) = whole.pop("runs")
    run.pop("results", None)
    yield "{"
    for key, value in sorted(whole.items()):
        yield f"{_compact(key)}: {_compact(value)},\n"
    yield '"runs": [{\n'
    for key, value in run.items():
        yield f"{_compact(key)}: {_compact(value)},\n"
    yield '"results": ['
    end = ""
    for result in results:
        yield f"{',' if end else ''}\n{_compact(plain(result))}"
        end = "\n"
    yield f"{end}]}}]}}\n"


def _compact(value: Any) -> str:
    text = _ENCODER.encode(value)
    # A lone surrogate (a byte of a name that is no UTF-8) can not be written in UTF-8.
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")
