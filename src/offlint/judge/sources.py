"""What exactly is fetched, by what is it chosen, and where does it land? For somebody who wants to provide it beforehand.

An address with alternatives (a table by platform) is taken apart, each together with the digest that is compared in the same case.
"""

from __future__ import annotations

import posixpath
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from offlint.flow import values as v
from offlint.flow.interning import taint
from offlint.flow.machine import MEMORY
from offlint.flow.texts import template
from offlint.flow.worlds import World
from offlint.model.access import Hole, Variant
from offlint.model.lazy import regex

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from offlint.flow.machine import Machine
    from offlint.flow.summary import Fetch

#: Alternatives that are told one by one; where there are more, none is.
MAX_VARIANTS = 24
MAX_STEPS = 400
MAX_FILES = 4
MAX_HOLES = 8
_DEEPEST = 12
_LONGEST = 120
_DIGEST = regex(r"^(md5|sha1|sha224|sha256|sha384|sha512|sha3_\d+|blake2[bs])[:=-]", re.IGNORECASE)
#: A file's name in which nothing says where it is.
_NOWHERE = regex(r"^[<⟨{]|^None/|^$")


def variants_of(machine: Machine | None, fetch: Fetch, digests: list[tuple[str, v.Value]]) -> tuple[Variant, ...]:
    """Each address that the access may ask for with its digest, where it is one of several.

    ``digests`` are algorithms, the strongest first, with the values that the data is compared with.
    """
    if fetch.url_text is not None or not _has_choice(fetch.url):
        return ()
    found: dict[str, Variant] = {}
    steps = 0
    waiting: list[tuple[dict[v.Value, bool], tuple[v.Value, ...]]] = [({}, ())]
    while waiting:
        steps += 1
        assumed, said = waiting.pop()
        world = World(assumed=dict(assumed))
        decided = _decided(fetch.url, world)
        test = _first_test(decided)
        if test is not None and steps < MAX_STEPS:
            waiting.append((_with(assumed, test, holds=False), said))
            waiting.append((_with(assumed, test, holds=True), (*said, test)))
            continue
        url = fetch.prefix + template(decided)
        if test is not None or len(found) >= MAX_VARIANTS:
            return ()
        algorithm, expected = _digest(digests, world)
        exact = isinstance(decided, v.Const) and isinstance(decided.value, str)
        if url and not (url.startswith("{") and not exact):
            found.setdefault(url, Variant(url, exact, algorithm, expected, _said(machine, said)))
    return _told_apart(list(found.values())) if len(found) > 1 else ()


def lands_of(files: Mapping[str, v.Value], fetch: Fetch) -> tuple[str, ...]:
    """The files that may hold what was fetched when the run has ended, as far as their names are known."""
    names: dict[str, None] = {}
    for name, held in files.items():
        if name.startswith(MEMORY) or fetch not in taint(held):
            continue
        shown = name.removeprefix("⟨root⟩/").replace("⟨tmp⟩/", "{tmp}/")
        if not _NOWHERE.search(shown) and not shown.endswith("/{…}"):
            names[posixpath.normpath(shown)] = None
    return tuple(names)[:MAX_FILES]


def holes_of(value: v.Value) -> tuple[Hole, ...]:
    """What fills the holes of an address, as ``template`` names them."""
    found: dict[str, Hole] = {}
    for part in _parts(value):
        name = template(part)
        if name.startswith("{") and name.endswith("}") and name not in found and len(found) < MAX_HOLES:
            found[name] = Hole(name[1:-1], *_filled(part))
    return tuple(found.values())


def _filled(part: v.Value) -> tuple[str, str]:
    match part:
        case v.Env(name):
            return "env", name
        case v.Opt(kind, name):
            return "option" if kind != "cmake" else "cmake", name
        case v.External(name):
            return "machine", name
        case v.Atom(kind, label):
            return ("machine", label) if kind == "platform" else ("run", "")
        case _ if taint(part):
            return "download", ""
        case _:
            return "run", ""


def _parts(value: v.Value, depth: int = 0) -> Iterator[v.Value]:
    """The unknown parts of a text, in its order, of the alternative that ``template`` shows."""
    if depth > _DEEPEST:
        return
    match value:
        case v.Text(parts):
            for part in parts:
                yield from _parts(part, depth + 1)
        case v.Path(text):
            yield from _parts(text, depth + 1)
        case v.Choice(_, then, orelse):
            yield from _parts(then if len(template(then)) >= len(template(orelse)) else orelse, depth + 1)
        case v.Const():
            return
        case _:
            yield value


def _decided(value: v.Value, world: World, depth: int = 0) -> v.Value:
    """The value with the choices that this world decides."""
    while isinstance(value, v.Choice):
        truth = world.truth(value.test)
        if truth is None:
            return value
        value = value.then if truth else value.orelse
    if isinstance(value, v.Path):
        return _decided(value.text, world, depth + 1)
    if isinstance(value, v.Text) and depth < _DEEPEST:
        parts = [_decided(part, world, depth + 1) for part in value.parts]
        if all(isinstance(part, v.Const) for part in parts):
            return v.Const("".join(template(part) for part in parts))
        return v.Text(tuple(parts))
    return value


def _has_choice(value: v.Value, depth: int = 0) -> bool:
    match value:
        case v.Choice():
            return True
        case v.Text(parts):
            return depth < _DEEPEST and any(_has_choice(part, depth + 1) for part in parts)
        case v.Path(text):
            return _has_choice(text, depth)
        case _:
            return False


def _first_test(value: v.Value, depth: int = 0) -> v.Value | None:
    """The condition that decides the first open choice: its first part that is open by itself, so that parts in common are decided once."""
    match value:
        case v.Choice(test):
            return _open(test)
        case v.Text(parts) if depth < _DEEPEST:
            tests = (_first_test(part, depth + 1) for part in parts)
            return next((one for one in tests if one is not None), None)
        case _:
            return None


def _open(test: v.Value) -> v.Value:
    while isinstance(test, v.Sym) and test.op == "not":
        test = test.args[0]
    return test


def _with(assumed: dict[v.Value, bool], test: v.Value, *, holds: bool) -> dict[v.Value, bool]:
    """The suppositions and one more, with what it implies for the parts of a conjunction or disjunction."""
    made = {**assumed, test: holds}
    parts = [(test, holds)]
    while parts:
        one, truth = parts.pop()
        made[one] = truth
        if isinstance(one, v.Sym) and one.op in ("not", "and" if truth else "or"):
            parts.extend((arg, truth if one.op != "not" else not truth) for arg in one.args)
    return made


def _digest(digests: list[tuple[str, v.Value]], world: World) -> tuple[str | None, str | None]:
    """The digest that is compared in this world: only where every comparison of the algorithm is with the same text."""
    by_algorithm: dict[str, set[str | None]] = {}
    for algorithm, wanted in digests:
        by_algorithm.setdefault(algorithm, set()).add(v.text_of(_decided(wanted, world)))
    for algorithm, texts in by_algorithm.items():
        text = next(iter(texts)) if len(texts) == 1 else None
        if text:
            match = _DIGEST.match(text)
            return (match[1].lower(), text[match.end() :]) if match else (algorithm, text)
    return None, None


def _told_apart(variants: list[Variant]) -> tuple[Variant, ...]:
    """Without the digests that stand for several files: which of them is meant is not known then."""
    files: dict[str, set[str]] = {}
    for one in variants:
        files.setdefault(one.expected or "", set()).add(posixpath.basename(one.url))
    told = [replace(one, algorithm=None, expected=None) if len(files[one.expected or ""]) > 1 else one for one in variants]
    if any(one.when for one in told):
        told = [one if one.when else replace(one, when="otherwise") for one in told]
    return tuple(told)


def _said(machine: Machine | None, tests: tuple[v.Value, ...]) -> str:
    """The conditions that chose an alternative as a person would write them; those that can't be written are left out."""
    texts = [text for test in tests if (text := _words(machine, test, 0))]
    said = " and ".join(dict.fromkeys(texts))
    return said if len(said) <= _LONGEST else ""


def _words(machine: Machine | None, value: v.Value, depth: int) -> str:
    if depth > 4:
        return ""
    match value:
        case v.Sym("==" | "!=" | "in", (left, right)):
            one, two = _words(machine, left, depth + 1), _words(machine, right, depth + 1)
            return f"{one} {value.op} {two}" if one and two else ""
        case v.Sym("and", args):  # the negations of alternatives before this one say nothing new
            texts = [_words(machine, arg, depth + 1) for arg in args if not (isinstance(arg, v.Sym) and arg.op == "not")]
            return " and ".join(text for text in texts if text)
        case v.Sym(op, (subject, *rest)) if op.startswith("."):
            given = ", ".join(_words(machine, one, depth + 1) for one in rest)
            return f"{_words(machine, subject, depth + 1)}{op}({given})"
        case v.External(name):
            return name
        case v.Env(name):
            return f"${name}"
        case v.Atom("platform", label):
            return label
        case v.Unknown(why) if why.isidentifier():
            return why
        case v.Const():
            return repr(value.value)
        case v.Items() if machine is not None:
            items = machine.items_of(value)
            texts = [_words(machine, item, depth + 1) for item in items or ()]
            return f"({', '.join(texts)})" if texts and all(texts) else ""
        case _:
            return ""
