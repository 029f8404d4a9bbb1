"""Which tests come first? Budgets are spent on those that can matter, in the order of what they and their surroundings say."""

from __future__ import annotations

import fnmatch
import posixpath
from typing import TYPE_CHECKING

from offlint.flow import values as v
from offlint.flow.pytest_fixtures import fixtures, wanted_names

if TYPE_CHECKING:
    from collections.abc import Sequence

    from offlint.flow.machine import Machine
    from offlint.flow.pytest_run import TestCall
    from offlint.flow.relevance import Relevance
    from offlint.model.entry import Entry

_ABSTRACT = ("abc.abstractmethod", "abc.abstractproperty")


def entry_rank(entry: Entry, relevance: Relevance, size: int) -> tuple[bool, bool, int]:
    """Where an entry point comes: the build, what is no test, then tests.

    Of these, those with a mark whose name speaks of the network, then those that hold a URL, then others, and the short ones first.
    """
    if entry.surface != "tests":
        return str(entry.phase) != "build", entry.surface == "conftest.py", 0
    place = 0 if relevance.marks_network(entry.file) else 1 if relevance.urls.lines(entry.file) else 2
    return True, False, size + place * 1_000_000


def matters(relevance: Relevance, entry: Entry, call: TestCall) -> bool:
    """Whether the function itself can lead to an access."""
    function, file = call.body.function, call.body.scope.file
    if entry.gives or str(entry.phase) == "build" or relevance.matters(function, file):
        return True
    # inherited from another module: what its names mean there is for the class to say
    return call.testing and file != entry.file and relevance.urls.inside(function.span)


def leading(machine: Machine, relevance: Relevance, call: TestCall, places: Sequence[str]) -> frozenset[str]:
    """The fixtures that a test gets and that can lead to an access; ``places`` are where they are looked for."""
    names = wanted_names(machine, call.body, tuple(call.marks())) if places else set()
    for place in places:
        names |= {name for name, info in fixtures(machine, place).items() if info.autouse}
    return relevance.leading(names)


def rank(machine: Machine, relevance: Relevance, call: TestCall, places: Sequence[str]) -> int:
    """How much a test says of the network; ``places`` are where its fixtures are looked for.

    0: it holds a URL, or one is near and a mark picks it; 1: one is near (a fixture, or what it names of its module or class, holds
    it), or a mark picks it; 2: it names an API, or its module has such a mark; 3: it says nothing.
    """
    marks = tuple(call.marks())
    function, file = call.body.function, call.body.scope.file
    if relevance.urls.inside(function.span):
        return 0
    marked = picked(machine, call)
    functions = [call.body]
    wanted = wanted_names(machine, call.body, marks)
    begins = False
    for place in places:
        known = fixtures(machine, place)
        begins |= relevance.begins(wanted & known.keys(), place)
        functions += [known[name].function for name in wanted if name in known]
    if any(relevance.urls.inside(one.function.span) for one in functions):
        return 0 if marked else 1
    owner = call.owner.cls if isinstance(call.owner, v.Instance) else call.owner
    bases = machine.attributes.mro(owner) if owner is not None else ()
    if relevance.near_url(function, file, frozenset(base.definition.name for base in bases if isinstance(base, v.ClassRef))):
        return 0 if marked else 1
    if marked:
        return 1
    tells = (
        begins
        or any(machine.pytest.selects(mark) for mark in call.marks(whole=True))
        or any(relevance.tells(one.function, one.scope.file) for one in functions)
    )
    return 2 if tells else 3


def picked(machine: Machine, call: TestCall) -> bool:
    """Whether a mark of the test or its class, beside those of the whole module, picks it."""
    marks, whole = list(call.marks()), list(call.marks(whole=True))
    return any(machine.pytest.selects(mark) for mark in marks[len(whole) :])


def ignored(machine: Machine, file: str, places: Sequence[str]) -> bool:
    """Whether a conftest.py above the file leaves it out of the collection (``collect_ignore``, ``collect_ignore_glob``)."""
    for place in places:
        folder = posixpath.dirname(place)
        inside = file.removeprefix(folder).lstrip("/")
        for name in ("collect_ignore", "collect_ignore_glob"):
            held = machine.store.get(machine.imports.scope(place), name)
            for item in (machine.items_of(held) or []) if isinstance(held, v.Items) else []:
                text = v.text_of(item)
                if text and (
                    inside == text or inside.startswith(f"{text}/") or (name[-4:] == "glob" and fnmatch.fnmatchcase(inside, text))
                ):
                    return True
    return False


def is_abstract(machine: Machine, cls: v.ClassRef) -> bool:
    """Whether a class has an abstract method left: pytest collects none of its tests."""
    seen: set[str] = set()
    for base in machine.attributes.mro(cls):
        for name, held in machine.store.names(base) if isinstance(base, v.ClassRef) else ():
            marks = machine.pytest.marks(held.function) if name not in seen and isinstance(held, v.FunctionRef) else ()
            if any(isinstance(mark, v.External) and mark.name in _ABSTRACT for mark in marks):
                return True
            seen.add(name)
    return False
