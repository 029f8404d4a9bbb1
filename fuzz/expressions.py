"""Does a regular expression take time that grows faster than its text? Each of the program's, with texts made from its own structure.

``python fuzz/expressions.py`` prints those whose time more than triples when a hostile text doubles. For each repetition in an expression
the text is what leads to it, then what it repeats, very often, then something that does not fit.
"""

from __future__ import annotations

import importlib
import pkgutil
import re
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

NEW = sys.version_info >= (3, 11)
c: Any = importlib.import_module("re._constants" if NEW else "sre_constants")
parser: Any = importlib.import_module("re._parser" if NEW else "sre_parse")

sys.path[:0] = [str(Path(__file__).parent.parent / "src")]
import offlint
from offlint.model.lazy import regex

Waiting: Any = regex  # a function, for the type checker

LONG, MOST_SECONDS, TOO_LONG = 6_000, 0.05, 3.0


def source_of(module: str) -> str:
    """A module's text."""
    return Path(str(importlib.import_module(module).__file__)).read_text(encoding="utf-8")


def patterns() -> Iterator[tuple[str, re.Pattern[Any]]]:
    """Every expression that a module holds, by name; some are texts until they are needed."""
    for info in pkgutil.walk_packages(offlint.__path__, "offlint."):
        if info.name != "offlint.__main__":
            module = importlib.import_module(info.name)
            lazy = re.findall(r"\b_pattern\((\w+)\)", source_of(info.name))
            for name, value in vars(module).items():
                if isinstance(value, re.Pattern | Waiting) or (isinstance(value, str) and name in lazy):
                    yield f"{info.name.removeprefix('offlint.')}.{name}", compiled(value)


def compiled(held: Any) -> re.Pattern[Any]:
    """What a module holds, as the standard library's."""
    return re.compile(held.pattern, held.flags) if isinstance(held, Waiting) else re.compile(held)


_SEARCHES = {"search": "search", "finditer": "search", "findall": "search", "sub": "search", "subn": "search", "split": "search"}


def used(name: str) -> list[str]:
    """How a module asks its own expression: ``fullmatch`` begins at one place, and ``search`` at each."""
    module, _, own = name.rpartition(".")
    asked = re.findall(rf"\b{own}\)?\.(\w+)\(", source_of(f"offlint.{module}")) or ["search", "match", "fullmatch"]
    return sorted({_SEARCHES.get(one, one) for one in asked if one in _SEARCHES or one in {"match", "fullmatch"}})


def sample(items: Any, pick: int) -> str:
    """A text that fits, more or less; ``pick`` chooses among what a set holds."""
    return "".join(_one(op, value, pick) for op, value in items)


def _one(op: Any, value: Any, pick: int) -> str:
    if op is c.LITERAL:
        return chr(value)
    if op is c.NOT_LITERAL:
        return "a" if value != 97 else "b"
    if op is c.ANY:
        return "a"
    if op is c.IN:
        return _of_set(value, pick)
    if op is c.BRANCH:
        return sample(value[1][pick % len(value[1])], pick)
    if op is c.SUBPATTERN:
        return sample(value[-1], pick)
    if op in {c.MAX_REPEAT, c.MIN_REPEAT, getattr(c, "POSSESSIVE_REPEAT", c.MAX_REPEAT)}:
        return str(sample(value[2], pick) * max(1, value[0]))
    return ""


_CATEGORIES = {c.CATEGORY_DIGIT: "7", c.CATEGORY_WORD: "a", c.CATEGORY_SPACE: " ", c.CATEGORY_NOT_SPACE: "a", c.CATEGORY_NOT_WORD: "-"}


def _of_set(items: Any, pick: int) -> str:
    if items and items[0][0] is c.NEGATE:
        for sign in "a- 7x.,=/\"'\\":
            if not any(_holds(op, value, sign) for op, value in items[1:]):
                return sign
        return "\u00e9"
    op, value = items[pick % len(items)]
    if op is c.LITERAL:
        return chr(value)
    if op is c.RANGE:
        return chr(value[0])
    return str(_CATEGORIES.get(value, "a"))


def _holds(op: Any, value: Any, sign: str) -> bool:
    if op is c.LITERAL:
        return bool(ord(sign) == value)
    if op is c.RANGE:
        return bool(value[0] <= ord(sign) <= value[1])
    return _CATEGORIES.get(value) == sign


def pumps(items: Any, before: str, pick: int) -> Iterator[tuple[str, str]]:
    """What leads to each repetition without an end, and what it repeats."""
    for op, value in items:
        if op in {c.MAX_REPEAT, c.MIN_REPEAT}:
            if value[1] > 50:
                yield before, sample(value[2], pick) or "a"
            yield from pumps(value[2], before, pick)
        elif op is c.SUBPATTERN:
            yield from pumps(value[-1], before, pick)
        elif op is c.BRANCH:
            for branch in value[1]:
                yield from pumps(branch, before, pick)
        elif op in {c.ASSERT, c.ASSERT_NOT}:
            yield from pumps(value[1], before, pick)
        before += _one(op, value, pick)


def seconds(pattern: re.Pattern[Any], text: str, method: str) -> float:
    """The time of one search; a method that only begins at the text's start is asked so."""
    used: Any = text if isinstance(pattern.pattern, str) else text.encode("utf-8", "replace")
    begun = time.process_time()
    signal.setitimer(signal.ITIMER_PROF, TOO_LONG)
    try:
        if method == "search":
            sum(1 for _ in pattern.finditer(used))
        else:
            getattr(pattern, method)(used)
    except TimeoutError:
        return TOO_LONG * 10
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
    return time.process_time() - begun


def _stop(_number: int, _frame: FrameType | None) -> NoReturn:
    raise TimeoutError


def slow(pattern: re.Pattern[Any], method: str) -> str:
    """A text of which twice as much takes far more than twice the time; empty where none is found."""
    source = pattern.pattern if isinstance(pattern.pattern, str) else pattern.pattern.decode("latin-1")
    tree = parser.parse(source, pattern.flags & ~(re.UNICODE if not isinstance(pattern.pattern, str) else 0))
    for pick in range(4):
        for before, again in dict.fromkeys(pumps(tree, "", pick)):
            for start, end in ((before, ""), (before, "\0"), ("", before + "\n!"), ("", "\0\0")):
                made = [start + again * (size // len(again)) + end for size in (LONG, 2 * LONG)]
                first = seconds(pattern, made[0], method)
                if first > TOO_LONG or (first > MOST_SECONDS and seconds(pattern, made[1], method) > 3 * first):
                    return f"{start!r} + {again!r} * n + {end!r}"
    return ""


def main() -> None:
    """All of them."""
    signal.signal(signal.SIGPROF, _stop)
    for name, pattern in patterns():
        for method in used(name):
            found = slow(pattern, method)
            if found:
                print(f"{name}.{method}: {found}", flush=True)


if __name__ == "__main__":
    main()
