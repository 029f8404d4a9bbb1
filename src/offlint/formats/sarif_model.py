"""How does a SARIF object of sarif-om become JSON? A plan for each class, made once from its attributes' metadata.

jschema-to-python, which sarif-om comes with, takes seconds for thousands of results and drops a ``level`` that is the default.
"""

from __future__ import annotations

import json
from collections.abc import Hashable, Iterable, Iterator
from functools import cache
from typing import Any, cast

import attr
import sarif_om

# Written even where they are the default: a missing level means the rule's, and consumers read these two only.
_KEPT = frozenset({"level", "kind"})


class Suppression(sarif_om.Suppression):  # type: ignore[misc] # sarif-om has no types
    """sarif-om 1.0.4 has ``state`` where SARIF 2.1.0, section 3.35.3, has ``status``."""

    def __init__(self, kind: str, justification: str, status: str = "accepted") -> None:
        super().__init__(kind=kind, justification=justification, state=status)


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
    if isinstance(value, dict):
        return {key: plain(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(one) for one in value]
    if not attr.has(type(value)):
        return value
    plan = _plan(cast("Hashable", type(value)))
    if len(vars(value)) != len(plan):
        unknown = sorted(set(vars(value)) - {name for name, _, _ in plan})
        raise TypeError(f"{type(value).__name__} has no {', '.join(unknown)}")
    found = {}
    for name, written, default in plan:
        one = getattr(value, name)
        if one is not None and (default is attr.NOTHING or one != default):
            found[written] = plain(one)
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
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    # A lone surrogate (a byte of a name that is no UTF-8) can not be written in UTF-8.
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")
