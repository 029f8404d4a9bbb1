"""Which switches do the tools have that a phase runs? From the pages that describe the tools, for the accesses that were found."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase

from offlint.model.access import Access
from offlint.model.lazy import regex
from offlint.model.words import Phase
from offlint.recipe.forms import blanks, forms
from offlint.recipe.model import Setting
from offlint.rulebook.schema import Rulebook, ToolSwitch

_ASSIGNMENT = regex(r"(?:^| )([A-Za-z_]\w*)=")


def tools_of(access: Access, book: Rulebook) -> Iterator[ToolSwitch]:
    """The rows for what the access calls: by the page of the call, command or CMake command, or by the row's own ``apis``."""
    offline = _offline(access, book)
    if offline:
        row = book.tools.get(offline)
        if row is not None:
            yield row
        elif "=" in offline:
            yield ToolSwitch(access.api, (offline,), _assignments(offline), "local", "")
    for row in dict.fromkeys(book.tools.values()):
        if any(fnmatchcase(access.api, pattern) for pattern in row.apis):
            yield row


def names_of(book: Rulebook) -> frozenset[str]:
    """Every variable that belongs to a tool and not to a project."""
    return frozenset(name for row in book.tools.values() for name, _ in row.set)


def settings_of(row: ToolSwitch, access: Access, backend: str) -> Iterator[Setting]:
    """What to set for one access."""
    stops = (access.span.place,)
    for name, value in row.set:
        wants = value[1:-1] if value.startswith("<") and value.endswith(">") else ""
        kind = row.kind
        given = blanks(kind, name, wants, access.phase, backend) if wants else forms(kind, name, value, access.phase, backend)
        yield Setting(name, kind, None if wants else value, wants, row.effect, given, stops, (), row.tool, row.source, row.provide)


def copy_variable(row: ToolSwitch, access: Access) -> str | None:
    """The variable with which the tool takes a local copy of this very thing."""
    if not row.copy or not access.name or "{" in access.name:
        return None
    return row.copy.replace("{NAME}", access.name.upper()).replace("{name}", access.name)


def _offline(access: Access, book: Rulebook) -> str | None:
    """What the pages say as ``offline`` of what the access calls."""
    call = book.calls.get(access.api)
    if call is not None and call.offline:
        return call.offline
    program, _, rest = access.api.partition(" ")
    rows = book.commands.get(program) or next((book.commands[one] for one in _programs(access.api, book)), [])
    row = next((one for one in rows if " ".join(one.sub) == rest), None) or next((one for one in rows if one.sub in ((), ("*",))), None)
    if row is not None and row.offline:
        return row.offline
    for by_word in book.cmake.values():
        for cmake in by_word.values():
            if cmake.api.casefold() == access.api.casefold() and cmake.offline:
                return cmake.offline
    if access.phase is Phase.DOCS:
        return next((one.offline for one in book.plugins if one.offline and access.api.split(":")[0] == one.name), None)
    return None


def _programs(api: str, book: Rulebook) -> Iterator[str]:
    """Programs whose names have blanks: ``python -m pip``."""
    yield from (name for name in book.commands if " " in name and (api == name or api.startswith(f"{name} ")))


def _assignments(text: str) -> tuple[tuple[str, str], ...]:
    """``A=b C=d`` as pairs."""
    places = [(match.start(1), match.end(), match[1]) for match in _ASSIGNMENT.finditer(text)]
    ends = [start for start, _, _ in places[1:]] + [len(text)]
    return tuple((name, text[begin:end].strip()) for (_, begin, name), end in zip(places, ends, strict=True))
