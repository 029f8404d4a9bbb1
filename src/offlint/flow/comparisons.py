"""What do CMake's comparisons give for known texts? cmake-commands(7), if: constants, numbers, versions, order of texts.

A text that is None is a variable that is not set; booleans are what a switch is set to.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from typing import Any

from offlint.model.lazy import regex

_TRUE = frozenset({"1", "ON", "YES", "TRUE", "Y"})
_FALSE = frozenset({"0", "OFF", "NO", "FALSE", "N", "IGNORE", "NOTFOUND", ""})
_NUMBER = regex(r"[+-]?\d{1,40}(?:\.\d{1,40})?")
_ORDERS: dict[str, Callable[[Any, Any], bool]] = {
    "LESS": operator.lt, "GREATER": operator.gt, "EQUAL": operator.eq, "LESS_EQUAL": operator.le, "GREATER_EQUAL": operator.ge,
}  # fmt: skip
#: A regular expression on a text of this length takes few steps for so many repetitions.
_MOST_TEXT = {2: 2000, 4: 120, 8: 40}


def text(value: Any) -> str:
    """A value as CMake would have it."""
    return "" if value is None else ("ON" if value else "OFF") if isinstance(value, bool) else str(value)


def holds(value: Any) -> bool:
    """Whether a variable with this value is true in ``if(X)``: defined, and none of the false constants."""
    upper = text(value).upper()
    return not (upper in _FALSE or upper.endswith("-NOTFOUND"))


def is_true(value: Any) -> bool:
    """Whether a text is one of the true constants, or a number other than 0."""
    upper = text(value).upper()
    return upper in _TRUE or bool(_NUMBER.fullmatch(upper) and float(upper))


def is_false(value: Any) -> bool:
    """Whether a text is one of the false constants."""
    return not holds(value)


def _numbers(order: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    def compare(left: Any, right: Any) -> bool:
        one, other = text(left), text(right)
        if not (_NUMBER.fullmatch(one) and _NUMBER.fullmatch(other)):
            return False
        return order(float(one), float(other))

    return compare


def _versions(order: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    def parts(value: Any) -> list[int]:
        found = [int(part[:18]) for part in re.findall(r"\d+", re.split(r"[^\d.]", text(value))[0])[:8]]
        while found and not found[-1]:
            found.pop()
        return found

    return lambda left, right: order(parts(left), parts(right))


def _texts(order: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    return lambda left, right: order(text(left), text(right))


def matches(subject: Any, pattern: Any) -> bool:
    """``MATCHES``; raises OverflowError for an expression that may take long."""
    return pattern_of(text(pattern), text(subject)).search(text(subject)) is not None


def pattern_of(pattern: str, subject: str) -> re.Pattern[str]:
    """A CMake regular expression (cmake-commands(7), string) as Python's; raises OverflowError where matching it may take long."""
    repeats = len(re.findall(r"(?<!\\)[*+]", pattern))
    nested = re.search(r"[*+][^()]*\)\s*[*+]", pattern)
    most = next((size for count, size in _MOST_TEXT.items() if repeats <= count), 0)
    if nested or len(subject) > most or len(pattern) > 400:
        raise OverflowError
    try:
        return re.compile(pattern)
    except (re.error, RecursionError):
        raise OverflowError from None


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "cmake_true": holds,
    "cmake_literal": is_true,
    "cmake_defined": lambda value: value is not None,
    "MATCHES": matches,
    "STREQUAL": _texts(operator.eq),
    **{order: _numbers(function) for order, function in _ORDERS.items()},
    **{f"VERSION_{order}": _versions(function) for order, function in _ORDERS.items()},
    **{f"STR{order}": _texts(function) for order, function in _ORDERS.items() if order != "EQUAL"},
    "IN_LIST": lambda item, items: text(item) in text(items).split(";"),
}
