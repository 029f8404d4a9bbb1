"""How are values kept, and made again of what a stranger may have changed? As JSON that names the classes.

Nothing but dataclasses and enums that are allowed by name is ever made, and nothing is run: what is not as ``encode`` writes it is a
BrokenError. An object that is reached twice is written once. A list of JSON is a tuple; everything else is an object with its kind under
``""``.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Any

_SET, _MAPPING, _LIST, _AGAIN = _OWN = "set", "map", "list", "="


class BrokenError(Exception):
    """A text that no value can be made of."""


class _List(list[Any]):
    """A list that is one: a plain list on the way is a tuple to be."""


def encode(value: object) -> str:
    """The value as JSON: texts, numbers, tuples, lists, sets, mappings, enums and dataclasses of them. Raises TypeError for others."""
    return json.dumps(_Writer().plain(value), separators=(",", ":"))


class _Writer:
    def __init__(self) -> None:
        self.numbers: dict[int, int] = {}
        self.fields: dict[type, list[tuple[str, Any]]] = {}

    def plain(self, value: Any) -> Any:
        """The value as what JSON knows."""
        kind = type(value)
        if value is None or kind in {str, int, bool, float}:
            return value
        if kind is tuple:
            return [self.plain(one) for one in value]
        if isinstance(value, Enum):
            return {"": _dotted(kind), "of": value.value}
        if isinstance(value, list):
            return {"": _LIST, "of": [self.plain(one) for one in value]}
        if isinstance(value, Mapping):
            return {"": _MAPPING, "of": [[self.plain(key), self.plain(held)] for key, held in value.items()]}
        if kind is frozenset or is_dataclass(kind):
            return self._shared(value, kind)
        raise TypeError(f"{kind.__name__} cannot be kept")

    def _shared(self, value: Any, kind: type) -> dict[str, Any]:
        number = self.numbers.get(id(value))
        if number is not None:
            return {"": _AGAIN, "of": number}
        if kind is frozenset:
            written = {"": _SET, "of": [self.plain(one) for one in sorted(value)]}
        else:
            if kind not in self.fields:
                self.fields[kind] = [(field.name, field.default) for field in fields(kind)]
            written = {"": _dotted(kind)}
            for name, default in self.fields[kind]:
                held = getattr(value, name)
                if type(held) is not type(default) or held != default:
                    written[name] = self.plain(held)
        self.numbers[id(value)] = len(self.numbers)  # in the order in which a reader comes to the objects' ends
        return written


def _dotted(kind: type) -> str:
    return f"{kind.__module__}.{kind.__name__}"


def decode(text: str | bytes, find: Callable[[str], type | None]) -> Any:
    """The value that ``encode`` wrote. ``find`` gives the classes that may occur, by dotted name. Raises BrokenError for anything else."""
    made: list[Any] = []
    objects: dict[str, type] = {}
    enums: dict[str, type] = {}

    def learn(name: str) -> None:
        found = find(name)
        if found is None:
            raise BrokenError(f"{name} is not known")
        (enums if issubclass(found, Enum) else objects)[name] = found

    def build(found: dict[str, Any]) -> Any:
        name = found.pop("")
        value: Any
        if name not in objects and name not in enums and name not in _OWN:
            learn(name)
        if name in objects:
            for key, held in found.items():
                if type(held) is list:
                    found[key] = _tuples(held)
            value = objects[name](**found)
        elif name in enums:
            return enums[name](found["of"])
        elif name == _AGAIN:
            return made[found["of"]]
        elif name == _MAPPING:
            return {_tuples(key): _tuples(held) for key, held in found["of"]}
        elif name == _LIST:
            return _List(map(_tuples, found["of"]))
        else:
            value = frozenset(map(_tuples, found["of"]))
        made.append(value)
        return value

    try:
        return _tuples(json.loads(text, object_hook=build))
    except (ValueError, TypeError, LookupError, RecursionError) as error:
        raise BrokenError(str(error)) from error


def _tuples(value: Any) -> Any:
    return tuple([_tuples(one) if type(one) is list else one for one in value]) if type(value) is list else value
