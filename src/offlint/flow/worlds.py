"""Would this condition hold if …? Three-valued evaluation of conditions under settings.

A world says what is set (environment variables, options) and what is supposed (an access happened, its bytes were replaced). Every
judgement is a question of this kind: a guard asks whether the access is still reached with a switch set, integrity asks whether the
use is still reached with replaced bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from offlint.flow import values as v
from offlint.flow.grounds import ALWAYS_SET, Grounds
from offlint.flow.interning import taint
from offlint.flow.operations import FUNCTIONS
from offlint.flow.platforms import answered
from offlint.flow.summary import Fetch, Way
from offlint.model.lazy import dataclass, field

MAX_POSSIBLE = 6
#: Values in values that are looked at.
MAX_DEPTH = 150


class _Raises:
    """The result of an operation that raises, such as ``int("x")``."""


RAISES = _Raises()


@dataclass(slots=True)
class World:
    """One setting of the switches. ``env`` maps names to texts; what it does not name is not set.

    ``options`` maps (kind, name) to a value. ``assumed`` are conditions supposed to hold or not;
    ``absent`` are the numbers of atoms of kind ``missing`` that do not hold;
    ``machine`` says what names of the platform are, such as ``sys.platform``;
    ``present`` says whether local files, libraries and tools that the tree does not have are there (None: unknown).
    ``replaced`` are the fetches whose bytes are supposed to be an attacker's; ``weak_too`` says that weak digests notice that.
    ``beside`` is a world that is asked about all for which the two make no difference: it saves work and changes no answer. What a world
    says is all said before it is asked.
    """

    env: Mapping[str, str] = field(default_factory=dict)
    options: Mapping[tuple[str, str], Any] = field(default_factory=dict)
    assumed: dict[v.Value, bool] = field(default_factory=dict)
    machine: Mapping[str, str] = field(default_factory=dict)
    present: bool | None = None
    absent: frozenset[int] = frozenset()
    replaced: frozenset[Fetch] = frozenset()
    weak_too: bool = False
    unenforced: bool = False
    beside: World | None = None
    _grounds: Grounds | None = None
    _masks: dict[int, int] = field(default_factory=dict)
    _difference: int = 0
    _truths: dict[int, bool | None] = field(default_factory=dict)
    _ways: dict[int, bool | None] = field(default_factory=dict)
    _held: list[v.Value | Way] = field(default_factory=list)  # what is answered for, so that its number stays its own

    def way(self, way: Way | None) -> bool | None:
        """Whether the way is taken: True, False, or None for unknown."""
        if id(way) in self._ways:
            return self._ways[id(way)]
        chain: list[Way] = []
        result: bool | None = True
        while way is not None:
            if id(way) in self._ways:
                result = self._ways[id(way)]
                break
            chain.append(way)
            way = way.parent
        for node in reversed(chain):
            if result is not False:
                truth = self.truth(node.test)
                result = False if truth is False else (None if truth is None else result)
            self._ways[id(node)] = result
            self._held.append(node)
        return result

    def truth(self, value: v.Value, depth: int = 0) -> bool | None:
        """Whether the value is true: True, False, or None for unknown."""
        if isinstance(value, v.Const):
            return bool(value.value)
        if depth > MAX_DEPTH:
            return self._supposed(value)
        truths, number = self._truths, id(value)
        if number in truths:
            return truths[number]
        if self.beside is not None:
            mask = self._masks.get(number)
            if not (self._mask(value) if mask is None else mask) & self._difference:
                return self.beside.truth(value, depth)
        truths[number] = result = self._truth(value, depth)
        self._held.append(value)
        return result

    def _mask(self, value: v.Value) -> int:
        """What the value rests on, as ``grounds`` tells it apart."""
        mask = self._masks.get(id(value))
        return self.grounds().of(value) if mask is None else mask

    def grounds(self) -> Grounds:
        """What values rest on, as it is known to all worlds that stand beside each other."""
        if self._grounds is None:
            self._grounds = self.beside.grounds() if self.beside is not None else Grounds()
            self._masks = self._grounds.masks
            self._difference = self._grounds.difference(self, self.beside) if self.beside is not None else 0
        return self._grounds

    def answers(self) -> int:
        """How many answers the world keeps."""
        return len(self._truths) + len(self._ways)

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
            if value.kind == "platform":
                return answered(value.label, self.machine)
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
            if self.beside is not None and not self._mask(first) & self._difference:
                break  # the world beside this one knows it
            spine.append(first)
            first = first.args[0]
        result = self.truth(first, depth + 1)
        for node in reversed(spine):
            for arg in node.args[1:]:
                if result is decides:
                    break
                truth = self.truth(arg, depth + 1)
                if truth is decides or truth is None:
                    result = truth
            self._truths[id(node)] = result
            self._held.append(node)
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
            case v.External(name):
                return {self.machine[name]} if name in self.machine else None
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
_POSSIBLE = frozenset({v.Path, v.Env, v.Opt, v.Choice, v.Text, v.Contents, v.External})
#: Operations that compare, maybe a digest.
_CHECKS = frozenset(
    {"STREQUAL", "==", "!=", "in", "not-in", "is", "is-not", "compare_digest", "signature", "verified", ".startswith", ".endswith"}
)


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


NOTHING_SET = World()
