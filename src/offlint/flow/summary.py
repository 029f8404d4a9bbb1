"""What did running a piece of code do? Paths, fetches, uses and the summaries that link them.

A call is evaluated once for given arguments and linked from each place that makes it, so that cost follows the code and not the
number of paths through it. Conditions inside a summary are relative to its start.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from offlint.flow.values import TRUE, Value, both
from offlint.model.lazy import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from offlint.flow.machine import Exit
    from offlint.model.span import Span
    from offlint.model.words import Phase


@dataclass(frozen=True, slots=True, eq=False)
class Way:
    """The tests that hold from a summary's start to here, newest first; None is the start itself. ``total`` is their conjunction."""

    parent: Way | None
    test: Value
    span: Span | None
    total: Value


def step(way: Way | None, test: Value, span: Span | None) -> Way | None:
    """The way after one more test; a test known to hold adds nothing."""
    return way if test is TRUE else Way(way, test, span, both(way.total, test) if way else test)


def since(way: Way | None, start: Way | None) -> Value:
    """The conjunction of the tests that hold on ``way`` beyond ``start``, which must be one of its ancestors."""
    if start is None:
        return way.total if way else TRUE
    tests: list[Value] = []
    node = way
    while node is not start and node is not None:
        tests.append(node.test)
        node = node.parent
    result: Value = TRUE
    for test in reversed(tests):
        result = both(result, test)
    return result


@dataclass(slots=True, eq=False)
class Fetch:
    """One access in one context: what is asked for, and what the call itself says of the result.

    ``stored`` says that the call itself writes what it gets, ``written`` that it does so to a file that is known;
    ``name`` is what the project calls what is fetched. ``own`` names the function of the tree that a page says to be the access.
    ``verified`` names how the call itself verifies it, ``wanted`` is the digest that it is given. ``leads`` are the
    fetches whose URL was made from this one's data.
    """

    span: Span
    kind: str
    api: str
    url: Value
    prefix: str = ""
    keeps: bool = True
    stored: bool = False
    written: bool = False
    verified: str | None = None
    expected: str | None = None
    mutable: bool = False
    insecure: bool = False
    runs: bool = False
    tolerated: bool = False
    plugin: bool = False
    reference: str | None = None
    leads: list[Fetch] = field(default_factory=list)
    digests: list[Value] = field(default_factory=list)
    url_text: str | None = None
    url_exact: bool = False
    condition: Value = TRUE
    top_level: bool = False
    confidence: str = "high"
    phase: Phase | None = None
    own: str = ""
    wanted: Value | None = None
    name: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Use:
    """A place where fetched data is used: ``kind`` is write, store, extract, execute, import, pass or end."""

    kind: str
    fetches: frozenset[Fetch]
    span: Span
    test: Value = TRUE


@dataclass(frozen=True, slots=True, eq=False)
class Wanted:
    """Something that the run needs at this point and that the archive lacks: a file, or version control. See ``model.entry.Lack``.

    ``warns`` says that the build goes on without it.
    """

    kind: str
    path: str
    by: str
    span: Span
    warns: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Link:
    """A call from one summary into another."""

    way: Way | None
    span: Span
    what: str
    child: Summary


class Held:
    """Cells and what each of them holds, in the least space: of large projects there are millions."""

    __slots__ = ("cells", "values")

    def __init__(self, held: Mapping[tuple[object, str], Value | None]) -> None:
        self.cells, self.values = tuple(held), tuple(held.values())

    def items(self) -> Iterator[tuple[tuple[object, str], Value | None]]:
        """Each cell with what it holds."""
        return zip(self.cells, self.values, strict=True)


NOTHING = Held({})


@dataclass(slots=True, eq=False)
class Summary:
    """What one evaluation did: its accesses, uses and calls with the way to each, its value and when it completes."""

    fetches: list[tuple[Way | None, Fetch]] = field(default_factory=list)
    uses: list[tuple[Way | None, Use]] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    wanted: list[tuple[Way | None, Wanted]] = field(default_factory=list)
    value: Value = TRUE
    done: Value = TRUE
    writes: Held = NOTHING
    reads: Held = NOTHING
    interesting: bool = False
    yielded: Value = TRUE
    between: dict[tuple[object, str], Value] = field(default_factory=dict)  # what cells hold where a generator yields, if not for good
    raises: list[Exit] = field(default_factory=list)
    partial: bool = False
