"""What does an operation on constants give? As Python does it, within limits."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

from offlint.flow import comparisons
from offlint.flow import values as v

#: Texts that grow longer than this are not known any more: no URL, path or command is that long.
MAX_SIZE = 100_000


def _strtobool(text: Any) -> int:
    """``distutils.util.strtobool``: y, yes, t, true, on, 1 and n, no, f, false, off, 0; anything else raises ValueError."""
    lowered = str(text).lower()
    if lowered in ("y", "yes", "t", "true", "on", "1"):
        return 1
    if lowered in ("n", "no", "f", "false", "off", "0"):
        return 0
    raise ValueError


def _method(name: str) -> Callable[..., Any]:
    def call(subject: Any, *args: Any) -> Any:
        if not isinstance(subject, str | bytes):
            raise TypeError
        if name in ("replace", "zfill") and len(subject) * max((_size(a) for a in args), default=1) > MAX_SIZE:
            raise OverflowError
        result = getattr(subject, name)(*args)
        return tuple(result) if isinstance(result, list) else result

    return call


def _size(value: Any) -> int:
    """How large a constant is: a number's amount, a text's length."""
    return abs(value) if isinstance(value, int) else len(value) if isinstance(value, str | bytes | tuple) else 1


def _times(left: Any, right: Any) -> Any:
    if not isinstance(left, float) and not isinstance(right, float) and _size(left) * _size(right) > 2**64:
        raise OverflowError
    if isinstance(left, str | bytes | tuple) or isinstance(right, str | bytes | tuple):
        length = _size(left) * _size(right)
        if length > MAX_SIZE:
            raise OverflowError
    return left * right


def _plus(left: Any, right: Any) -> Any:
    if isinstance(left, str | bytes | tuple) and _size(left) + _size(right) > MAX_SIZE:
        raise OverflowError
    return left + right


def _int(text: Any, base: Any = 10) -> int:
    return int(text, base) if isinstance(text, str) else int(text)


_TEXT_METHODS = [
    "lower", "upper", "strip", "lstrip", "rstrip", "casefold", "title", "capitalize", "swapcase", "startswith", "endswith",
    "replace", "split", "rsplit", "splitlines", "partition", "rpartition", "isdigit", "isalpha", "isalnum", "isnumeric",
    "isspace", "count", "find", "index", "removeprefix", "removesuffix", "zfill",
]  # fmt: skip

FUNCTIONS: dict[str, Callable[..., Any]] = {
    "==": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
    "is": lambda a, b: a is b or (type(a) is type(b) and a == b), "is-not": lambda a, b: not (a is b or (type(a) is type(b) and a == b)),
    "in": lambda a, b: a in b, "not-in": lambda a, b: a not in b,
    "+": _plus, "-": operator.sub, "*": _times, "//": operator.floordiv,
    "%": operator.mod, "/": operator.truediv, "&": operator.and_, "|": operator.or_,
    "int": _int, "float": float, "bool": bool, "str": str, "len": len, "strtobool": _strtobool, "index": lambda a, b: a[b],
    "compare_digest": operator.eq, "slice": lambda a, lower, upper: a[lower:upper],
    **{f".{name}": _method(name) for name in _TEXT_METHODS}, **comparisons.FUNCTIONS,
}  # fmt: skip


def fold(op: str, args: tuple[v.Value, ...]) -> v.Value | None:
    """The constant that an operation on constants gives, None where an argument is not constant or the operation raises."""
    function = FUNCTIONS.get(op)
    if function is None or not all(isinstance(a, v.Const) for a in args):
        return None
    try:
        result = function(*(a.value for a in args if isinstance(a, v.Const)))
    except Exception:  # noqa: BLE001  (whatever a constant operation raises, its value is not known)
        return None
    return v.Const(result) if result is None or isinstance(result, str | bytes | int | float | bool) else None
