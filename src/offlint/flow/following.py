"""Which modules are read to learn what a function leads to? Those of which it means something, and those that what it means names in turn.

A module that names no API itself is not read when it is imported, though what it defines may lead to one that does. Of tests it is read
when all was run that is known to lead somewhere without it: the more is read, the more seems to matter, and a budget is spent on that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from offlint.flow.starters import NEVER

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from offlint.flow.links import Links
    from offlint.flow.starters import Known


class Following:
    """Follows names from functions that are asked about, each function once."""

    def __init__(
        self, links: Links, defined: Mapping[str, list[Known]], mentioned: Mapping[str, list[Known]], read: Callable[[Iterable[str]], None]
    ) -> None:
        self._links, self._defined, self._mentioned, self._read = links, defined, mentioned, read
        self._followed: set[int] = set()
        self._waiting: list[Known] = []
        self.on = True

    def begin(self, known: Known) -> None:
        """Read what the function leads to, until an access is found; what is left then waits for another one that is asked about."""
        if known.distance < NEVER or not self.on:
            return
        self._waiting.append(known)
        while self._waiting and known.distance >= NEVER:
            level = {id(one): one for one in self._waiting if id(one) not in self._followed}
            self._followed |= level.keys()
            self._waiting = []
            self._read(how for one in level.values() for hows in one.links.values() for how in hows if how.endswith(".py"))
            self._read(file for one in level.values() if not one.owner for file in self._links.adding(one))
            self._waiting += [target for one in level.values() for target in self._meant(one)]

    def take(self, fresh: Iterable[Known]) -> None:
        """Take in functions that were read just now: what was followed before may mean them."""
        for known in fresh:
            callers = ((name, one) for name in known.called for one in self._mentioned.get(name, ()) if id(one) in self._followed)
            if any(self._links.meant(name, known, one) for name, one in callers):
                self._waiting.append(known)

    def _meant(self, known: Known) -> Iterable[Known]:
        for name in known.links.keys() & self._defined.keys():
            for target in self._defined[name]:
                if id(target) not in self._followed and self._links.meant(name, target, known):
                    yield target
