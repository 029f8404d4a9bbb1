"""Would this condition hold if …? Three-valued evaluation of conditions under settings.

A world says what is set (environment variables, options) and what is supposed (an access happened, its bytes were replaced). Every
judgement is a question of this kind: a guard asks whether the access is still reached with a switch set, integrity asks whether the
use is still reached with replaced bytes.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from offlint.flow import comparisons
from offlint.flow import values as v
from offlint.flow.interning import taint
from offlint.flow.summary import Fetch, Way

#: Variables that POSIX (XBD 8.3) or every login gives; "nothing set" does not mean that these are missing.
ALWAYS_SET = frozenset({"HOME", "PATH", "USER", "LOGNAME", "SHELL", "LANG", "PWD", "TMPDIR", "TEMP", "TMP", "APPDATA", "LOCALAPPDATA",
                        "SYSTEMROOT", "SystemRoot", "USERPROFILE", "HOMEPATH", "HOMEDRIVE", "ProgramFiles", "PYTHONPATH"})  # fmt: skip

MAX_POSSIBLE = 6
#: Values in values that are looked at.
MAX_DEPTH = 150

#: Texts that grow longer than this are not known any more: no URL, path or command is that long.
MAX_SIZE = 100_000


class _Raises:
    """The result of an operation that raises, such as ``int("x")``."""


RAISES = _Raises()


@dataclass(slots=True)
class World:
    """One setting of the switches. ``env`` maps names to texts; what it does not name is not set.

    ``options`` maps (kind, name) to a value. ``assumed`` are conditions supposed to hold or not;
    ``absent`` are the numbers of atoms of kind ``missing`` that do not hold;
    ``present`` says whether local files, libraries and tools that the tree does not have are there (None: unknown).
    ``replaced`` are the fetches
    whose bytes are supposed to be an attacker's; ``weak_too`` says that weak digests notice that.
    """

    env: Mapping[str, str] = field(default_factory=dict)
    options: Mapping[tuple[str, str], Any] = field(default_factory=dict)
    assumed: dict[v.Value, bool] = field(default_factory=dict)
    present: bool | None = None
    absent: frozenset[int] = frozenset()
    replaced: frozenset[Fetch] = frozenset()
    weak_too: bool = False
    unenforced: bool = False
    _truths: dict[int, tuple[v.Value, bool | None]] = field(default_factory=dict)
    _ways: dict[int, tuple[Way, bool | None]] = field(default_factory=dict)

    def way(self, way: Way | None) -> bool | None:
        """Whether the way is taken: True, False, or None for unknown."""
        chain: list[Way] = []
        result: bool | None = True
        while way is not None:
            known = self._ways.get(id(way))
            if known is not None:
                result = known[1]
                break
            chain.append(way)
            way = way.parent
        for node in reversed(chain):
            if result is not False:
                truth = self._supposed(node.test)
                if truth is None:
                    truth = self.truth(node.test)
                result = False if truth is False else (None if truth is None else result)
            self._ways[id(node)] = (node, result)
        return result

    def truth(self, value: v.Value, depth: int = 0) -> bool | None:
        """Whether the value is true: True, False, or None for unknown."""
        if isinstance(value, v.Const):
            return bool(value.value)
        if depth > MAX_DEPTH:
            return None
        known = self._truths.get(id(value))
        if known is not None:
            return known[1]
        result = self._truth(value, depth)
        self._truths[id(value)] = (value, result)
        return result

    def _supposed(self, value: v.Value) -> bool | None:
        """What is supposed of the value, None where nothing is."""
        return self.assumed.get(value) if self.assumed and type(value) in _ASSUMED else None

    def _truth(self, value: v.Value, depth: int) -> bool | None:
        kind = type(value)
        supposed = self._supposed(value)
        if supposed is not None:
            return supposed
        if isinstance(value, v.Sym):
            if value.op in ("and", "or"):
                return self._joined(value, depth)
            if value.op == "not":
                return _flip(self.truth(value.args[0], depth + 1))
            if value.op in ("isset", "raises"):
                return self._asked(value.op, value.args[0], depth)
            if self.replaced and value.op in _CHECKS:
                checked = self._digest_check(value.op, value.args)
                if checked is not None:
                    return checked
        elif isinstance(value, v.Choice):
            held = self.truth(value.test, depth + 1)
            if held is None:
                first, second = self.truth(value.then, depth + 1), self.truth(value.orelse, depth + 1)
                return first if first == second else None
            return self.truth(value.then if held else value.orelse, depth + 1)
        elif isinstance(value, v.Atom):
            if value.kind == "missing":
                return False if value.id in self.absent else self.present
            if value.kind == "error" and self.replaced:
                return False  # what is asked is whether the mismatch is noticed, and not what else goes wrong
            return True if value.kind == "items" and self.present else None  # what is searched for is found where all is there
        elif isinstance(value, v.Text):
            return True if any(isinstance(p, v.Const) and p.value for p in value.parts) else None
        elif kind in _TRUE:
            return True
        elif kind not in _POSSIBLE:
            return None
        got = self.possible(value, depth + 1)
        if got is None:
            return None
        truths = {bool(x) for x in got if x is not RAISES}
        return truths.pop() if len(truths) == 1 else None

    def _joined(self, value: v.Sym, depth: int) -> bool | None:
        """Nested ``and`` or ``or``, which leans to the left: walked in a loop, what is inside once for all that it is in."""
        decides = value.op == "or"
        spine = [value]
        first = value.args[0]
        while isinstance(first, v.Sym) and first.op == value.op and first not in self.assumed and id(first) not in self._truths:
            spine.append(first)
            first = first.args[0]
        result = self.truth(first, depth + 1)
        for node in reversed(spine):
            for arg in node.args[1:]:
                if result is decides:
                    break
                truth = self._supposed(arg)
                if truth is None:
                    truth = self.truth(arg, depth + 1)
                if truth is decides or truth is None:
                    result = truth
            self._truths[id(node)] = (node, result)
        return result

    def _asked(self, op: str, value: v.Value, depth: int) -> bool | None:
        """Whether something is set, or whether working something out raises."""
        if op == "raises":
            got = self.possible(value, depth + 1)
            return None if got is None else (True if got == {RAISES} else (None if RAISES in got else False))
        if isinstance(value, v.Env):
            return value.name in self.env or ((True if self.present else None) if value.name in ALWAYS_SET else False)
        return (value.kind, value.name) in self.options if isinstance(value, v.Opt) else None

    def _digest_check(self, op: str, args: tuple[v.Value, ...]) -> bool | None:
        """A comparison of a digest of replaced bytes with a value that is not made of them fails."""
        digests = [d for a in args for d in digests_in(a)]
        caught = [d for d in digests if d.made_of & self.replaced and (d.strong or self.weak_too)]
        if not caught or self.unenforced:
            return None
        others = [a for a in args if not any(True for _ in digests_in(a))]
        if not others and len(digests) > 1 and not all(d.made_of & self.replaced for d in digests):
            others = [v.TRUE]
        if not others and op not in ("signature", "verified"):
            return None
        if any(taint(other) for other in others):
            return None  # the expected value came over the network as well
        if op in ("STREQUAL", "==", "in", "is", "compare_digest", "signature", "verified", ".startswith", ".endswith"):
            return False
        return True if op in ("!=", "not-in", "is-not") else None

    def possible(self, value: v.Value, depth: int = 0) -> frozenset[Any] | set[Any] | None:
        """The few constants that the value can be, None where they are not known."""
        if depth > MAX_DEPTH:
            return None
        if isinstance(value, v.Const):
            return {value.value}
        if isinstance(value, v.Sym):
            return self._result(value, depth)
        if type(value) not in _POSSIBLE:
            return None
        match value:
            case v.Path(text):
                return self.possible(text, depth + 1)
            case v.Env(name, default):
                if name in self.env:
                    return {self.env[name]}
                if name in ALWAYS_SET:
                    return None
                return {RAISES} if default is None else self.possible(default, depth + 1)
            case v.Opt(kind, name, default):
                if (kind, name) in self.options:
                    return {self.options[kind, name]}
                return self.possible(default, depth + 1)
            case v.Choice(test, then, orelse):
                held_test = self.truth(test, depth + 1)
                if held_test is not None:
                    return self.possible(then if held_test else orelse, depth + 1)
                first, second = self.possible(then, depth + 1), self.possible(orelse, depth + 1)
                return None if first is None or second is None or len(first | second) > MAX_POSSIBLE else first | second
            case v.Text(parts):
                return self._apply(lambda *texts: "".join(str(t) for t in texts), parts, depth)
            case v.Contents(items) if not any(isinstance(i, v.Rest) for i in items):
                return self._apply(lambda *held: held, items, depth)
            case _:
                return None

    def _result(self, value: v.Sym, depth: int) -> frozenset[Any] | set[Any] | None:
        """The few constants that an operation can give."""
        if value.op in ("and", "or"):
            return self._junction(value, depth)
        if value.op in ("not", "isset", "raises"):
            truth = self.truth(value, depth + 1)
            return None if truth is None else {truth}
        if self.replaced and value.op in _CHECKS:
            checked = self._digest_check(value.op, value.args)
            if checked is not None:
                return {checked}
        function = FUNCTIONS.get(value.op)
        return self._apply(function, value.args, depth) if function else None

    def _junction(self, value: v.Sym, depth: int) -> set[Any] | frozenset[Any] | None:
        """``a or b`` gives the first true item, not a bool."""
        stop = value.op == "or"
        for item in value.args[:-1]:
            truth = self.truth(item, depth + 1)
            if truth is None:
                return None
            if truth is stop:
                return self.possible(item, depth + 1)
        return self.possible(value.args[-1], depth + 1)

    def _apply(self, function: Callable[..., Any], args: tuple[v.Value, ...], depth: int) -> set[Any] | None:
        combinations: list[tuple[Any, ...]] = [()]
        for arg in args:
            got = self.possible(arg, depth + 1)
            if got is None:
                return None
            combinations = [(*c, g) for c in combinations for g in got]
            if len(combinations) > MAX_POSSIBLE * 4:
                return None
        results: set[Any] = set()
        for combination in combinations:
            if RAISES in combination:
                results.add(RAISES)
                continue
            try:
                result = function(*combination)
                hash(result)
            except (ValueError, KeyError, IndexError, OverflowError):
                result = RAISES
            except (TypeError, AttributeError):
                return None
            results.add(result)
        return results if len(results) <= MAX_POSSIBLE else None


def _flip(truth: bool | None) -> bool | None:
    return None if truth is None else not truth


#: What can be supposed; what is always true; what can be one of a few constants.
_ASSUMED = frozenset({v.Sym, v.Atom, v.Env, v.Opt, v.Unknown, v.Remote, v.External, v.Choice, v.Text})
_TRUE = frozenset({v.Path, v.FunctionRef, v.ClassRef, v.Instance, v.ModuleRef, v.Hasher, v.FileObject, v.Partial})
_POSSIBLE = frozenset({v.Path, v.Env, v.Opt, v.Choice, v.Text, v.Contents})


def digests_in(value: v.Value) -> list[v.Digest]:
    """The digests in a value: itself, of a choice, lower-cased or cut, in a list that is compared as a whole."""
    match value:
        case v.Digest():
            return [value]
        case v.Choice():
            return digests_in(value.then) + digests_in(value.orelse)
        case v.Sym(op, args) if op.startswith(".") or op in ("slice", "index", "str", "join"):
            return [d for a in args for d in digests_in(a)]
        case v.Text(parts):
            return [d for p in parts for d in digests_in(p)]
        case v.Contents(items):
            return [d for i in items for d in digests_in(i)]
        case _:
            return []


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

_CHECKS = frozenset(
    {"STREQUAL", "==", "!=", "in", "not-in", "is", "is-not", "compare_digest", "signature", "verified", ".startswith", ".endswith"}
)

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


NOTHING_SET = World()


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
