"""What follows from values? Alternatives, and conditions put together so that what excludes itself is seen at once."""

from __future__ import annotations

from collections.abc import Callable

from offlint.flow.interning import MAX_WEIGHT, remembered, taint
from offlint.flow.interning import known as made_before
from offlint.flow.kinds import (
    FALSE,
    NAMES,
    NONE,
    TRUE,
    Atom,
    Choice,
    ClassRef,
    Const,
    Contents,
    Digest,
    Env,
    External,
    FileObject,
    FunctionRef,
    Handle,
    Hasher,
    Instance,
    Items,
    Lazy,
    Mapping_,
    Method,
    ModuleRef,
    Opt,
    Partial,
    Path,
    Remote,
    Rest,
    Scope,
    Sym,
    Text,
    Unknown,
    Value,
)

__all__ = [
    "FALSE",
    "MAX_CASES",
    "NAMES",
    "NONE",
    "TRUE",
    "Atom",
    "Choice",
    "ClassRef",
    "Const",
    "Contents",
    "Digest",
    "Env",
    "External",
    "FileObject",
    "FunctionRef",
    "Handle",
    "Hasher",
    "Instance",
    "Items",
    "Lazy",
    "Mapping_",
    "Method",
    "ModuleRef",
    "Opt",
    "Partial",
    "Path",
    "Remote",
    "Rest",
    "Scope",
    "Sym",
    "Text",
    "Unknown",
    "Value",
    "both",
    "cases",
    "choice",
    "each_case",
    "either",
    "leaves",
    "negation",
    "text_of",
]

MAX_CASES = 16
#: Of alternatives no more than this may say the same arm twice.
MAX_TWICE = 4

#: What was worked out of these values before, by their numbers: equal questions are asked again and again.
_CASES: dict[int, tuple[Value, list[tuple[Value, Value]]]] = remembered()
_BOTH: dict[tuple[int, int], tuple[Value, Value, Value]] = remembered()
_EITHER: dict[tuple[int, int], tuple[Value, Value, Value]] = remembered()
_TERMS: dict[int, tuple[Value, list[Value]]] = remembered()
#: More answers than this are not kept.
_MOST = 16_000


def leaves(value: Value) -> list[Value]:
    """The leaves of nested choices, as ``cases`` gives them."""
    if not isinstance(value, Choice):
        return [value]
    found: list[Value] = []
    stack: list[Value] = [value]
    while stack and len(found) < MAX_CASES:
        node = stack.pop()
        if isinstance(node, Choice):
            stack.append(node.orelse)
            stack.append(node.then)
        else:
            found.append(node)
    return found


def cases(value: Value) -> list[tuple[Value, Value]]:
    """The leaves of nested choices, each with the condition under which it holds; at most MAX_CASES. The list is not to be changed."""
    if not isinstance(value, Choice):
        return [(TRUE, value)]
    known = _CASES.get(id(value))
    if known is not None:
        return known[1]
    found: list[tuple[Value, Value]] = []
    stack: list[tuple[Value, Value]] = [(TRUE, value)]
    while stack and len(found) < MAX_CASES:
        held, node = stack.pop()
        if isinstance(node, Choice):
            stack.append((both(held, negation(node.test)), node.orelse))
            stack.append((both(held, node.test), node.then))
        else:
            found.append((held, node))
    if len(_CASES) > _MOST:
        _CASES.clear()
    _CASES[id(value)] = (value, found)
    return found


def each_case(value: Value, make: Callable[[Value], Value]) -> Value:
    """What is made of each leaf of nested choices, chosen as they are."""
    result: Value | None = None
    for test, held in reversed(cases(value)):
        one = make(held)
        result = one if result is None else choice(test, one, result)
    return value if result is None else result


def choice(test: Value, then: Value, orelse: Value) -> Value:
    """``then`` or ``orelse``; known tests decide, equal arms need no test, too many alternatives become unknown."""
    if then is orelse or then == orelse:
        return then
    if test is TRUE:
        return then
    if test is FALSE:
        return orelse
    if isinstance(then, Choice) and then.test == test:
        then = then.then
    if isinstance(orelse, Choice) and orelse.test == test:
        orelse = orelse.orelse
    count = (then.leaves if isinstance(then, Choice) else 1) + (orelse.leaves if isinstance(orelse, Choice) else 1)
    if count > MAX_TWICE:  # an arm that both have is said once: what a loop sets again and again would double with each time
        if isinstance(then, Choice) and then.orelse is orelse:
            return choice(both(test, then.test), then.then, orelse)
        if isinstance(then, Choice) and then.then is orelse:
            return choice(both(test, negation(then.test)), then.orelse, orelse)
        if isinstance(orelse, Choice) and orelse.then is then:
            return choice(either(test, orelse.test), then, orelse.orelse)
    made = Choice(test, then, orelse)
    if made.weight > MAX_WEIGHT or count >= MAX_CASES:
        return _fullest(then, orelse) or Unknown("too many alternatives", taint(then) | taint(orelse))
    made.leaves = count  # type: ignore[misc]  # only here it is known
    return made


def _fullest(then: Value, orelse: Value) -> Contents | None:
    """Of too many alternatives of one list the longest, by which a loop over it goes: a list that is lost has nothing to go through."""
    held = [one for value in (then, orelse) for one in leaves(value)]
    found = [one for one in held if isinstance(one, Contents)]
    return max(found, key=lambda one: len(one.items) + len(one.pairs)) if found and len(found) == len(held) else None


def negation(value: Value) -> Value:
    """``not value``, simplified."""
    if isinstance(value, Const):
        return FALSE if value.value else TRUE
    if isinstance(value, Sym) and value.op == "not":
        return value.args[0]
    return Sym("not", (value,), getattr(value, "span", None))


def _opposed(value: Value, among: list[Value]) -> bool:
    """Whether the value's negation is among others; nothing is made for the question."""
    if isinstance(value, Const):
        return negation(value) in among
    opposite = value.args[0] if isinstance(value, Sym) and value.op == "not" else made_before(Sym, "not", (value,))
    return opposite is not None and opposite in among


def _kept(table: dict[tuple[int, int], tuple[Value, Value, Value]], left: Value, right: Value, made: Value) -> Value:
    """Keep in a bounded table what is made of two conditions; as it holds them, their numbers stay theirs."""
    if len(table) > _MOST:
        table.clear()
    table[id(left), id(right)] = (left, right, made)
    return made


def both(left: Value, right: Value) -> Value:
    """``left and right`` as a condition, simplified."""
    if left is right or left is TRUE or left == right:
        return right
    if left is FALSE or right is FALSE:
        return FALSE
    if right is TRUE:
        return left
    key = (id(left), id(right))
    known = _BOTH.get(key)
    if known is not None:
        return known[2]
    return _kept(_BOTH, left, right, _conjunction(left, right))


def _conjunction(left: Value, right: Value) -> Value:
    held = _terms(left, "and")
    options = _terms(right, "or")
    if len(options) == 1:
        if right in held:
            return left
        return FALSE if _opposed(right, held) else Sym("and", (left, right))
    if any(option in held for option in options):
        return left  # what holds on the left is one of the alternatives
    left_open = [option for option in options if not _opposed(option, held)]
    if len(left_open) < len(options):
        right = FALSE
        for option in left_open:
            right = Sym("or", (right, option)) if right != FALSE else option
        return both(left, right)
    return Sym("and", (left, right))


def either(left: Value, right: Value) -> Value:
    """``left or right`` as a condition, simplified."""
    if left is right or left is FALSE or left == right:
        return right
    if left is TRUE or right is TRUE:
        return TRUE
    if right is FALSE:
        return left
    key = (id(left), id(right))
    known = _EITHER.get(key)
    if known is not None:
        return known[2]
    return _kept(_EITHER, left, right, _disjunction(left, right))


def _disjunction(left: Value, right: Value) -> Value:
    if _opposed(right, [left]):
        return TRUE
    first = _terms(left, "or")
    for one, other in ((left, right), (right, left)):
        options = first if one is left else _terms(one, "or")
        needed = _terms(other, "and")
        if any(term in options for term in needed):
            return one  # the other asks for more than the one
        kept = [term for term in needed if not _opposed(term, options)]
        if len(kept) < len(needed):  # where the one does not hold, its opposite is no condition any more
            rest: Value = TRUE
            for term in kept:
                rest = Sym("and", (rest, term)) if rest != TRUE else term
            return either(one, rest)
    return Sym("or", (left, right))


#: Conditions of more parts than this are put together without a look at what they share.
_MAX_TERMS = 16


def under(value: Value, test: Value) -> Value:
    """What a value is where a condition holds."""
    known = _terms(test, "and")
    while isinstance(value, Choice) and (value.test in known or negation(value.test) in known):
        value = value.then if value.test in known else value.orelse
    return value


def _terms(value: Value, op: str) -> list[Value]:
    """The parts of nested ``and`` or ``or``; the value itself where it has too many."""
    if not isinstance(value, Sym) or value.op != op:
        return [value]
    known = _TERMS.get(id(value))
    if known is None:
        if len(_TERMS) > _MOST:
            _TERMS.clear()
        known = _TERMS[id(value)] = (value, _parts(value, op))
    return known[1]


def _parts(value: Value, op: str) -> list[Value]:
    found: list[Value] = []
    stack: list[Value] = [value]
    while stack:
        node = stack.pop()
        if isinstance(node, Sym) and node.op == op:
            if len(stack) + len(found) > _MAX_TERMS:
                return [value]
            stack.extend(reversed(node.args))
        else:
            found.append(node)
    return found


def text_of(value: Value) -> str | None:
    """The text of a known text, or of a known path."""
    if isinstance(value, Path):
        return text_of(value.text)
    return value.value if isinstance(value, Const) and isinstance(value.value, str) else None
