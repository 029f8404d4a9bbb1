"""How many steps may a run spend? Budgets of phases, of modules of tests and of single tests.

A project's analysis has to come to its end; where a budget is spent, what it left out is said.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from offlint.flow.doctests import DOCTEST
from offlint.flow.machine import OutOfBudget

if TYPE_CHECKING:
    from offlint.flow.machine import Machine
    from offlint.model.entry import Entry

#: Steps for one test, for one module of tests or docs, and for all entry points of a phase together; examples have a budget of their own.
MAX_TEST_STEPS = 20_000
MAX_MODULE_STEPS = 120_000
#: Steps for one script or document that a documentation tool runs, and for one call of it.
MAX_SCRIPT_STEPS = 30_000
MAX_CALL = 6_000
MAX_PHASE = {"build": 2_000_000, "test": 400_000, "docs": 500_000, DOCTEST: 150_000}
#: A module of tests may spend so many times its share of what is left, and at least so much; after a few tests that spent their steps for
#: nothing, the others of the module get fewer.
SHARES, MIN_SHARE, MAX_STRIKES, FEWER_STEPS = 5, 20_000, 3, 6_000
#: A module's tests that a mark picks may spend so many steps in any case.
MAX_FIRST = 100_000
#: Steps for all tests together that neither name an access nor a URL.
MAX_REST = 100_000


class Budgets:
    """What is left of each phase's steps, and how many entry points still want some."""

    def __init__(self) -> None:
        self._left: dict[str, int] = {}
        self._waiting: dict[str, int] = {}

    def expect(self, entry: Entry) -> None:
        """One more entry point will come, and none shall take what it needs."""
        self._waiting[purse(entry)] = self._waiting.get(purse(entry), 0) + 1

    def begin(self, machine: Machine, entry: Entry, steps: int) -> None:
        """Give the machine so many steps, as far as they are left of the phase's; raises OutOfBudget when none are."""
        self.spend(entry, machine.spent_steps)
        left = self._of(entry)
        machine.steps, machine.loading, machine.limit = 0, 0, min(steps, left)
        if left <= 0:
            raise OutOfBudget

    def spend(self, entry: Entry, steps: int) -> None:
        """Take steps from what is left of the phase's."""
        self._left[purse(entry)] = self._of(entry) - steps

    def _of(self, entry: Entry) -> int:
        return self._left.get(purse(entry), MAX_PHASE[purse(entry)])

    def share(self, entry: Entry, marked: int = 0) -> int:
        """The steps that one more module of tests may spend, of whose tests so many are picked by marks."""
        waiting = max(1, self._waiting.get(purse(entry), 1))
        self._waiting[purse(entry)] = waiting - 1
        share = max(MIN_SHARE, self._of(entry) * SHARES // waiting)
        return max(share, min(MAX_FIRST, 3 * FEWER_STEPS * marked, self._of(entry) // 4))

    def rest(self, waiting: int) -> None:
        """What is left is for tests that say nothing of the network; so many of them wait."""
        self._waiting["test"] = waiting
        self._left["test"] = min(self._left.get("test", MAX_PHASE["test"]), MAX_REST)


def purse(entry: Entry) -> str:
    """Out of whose budget an entry point is paid."""
    return DOCTEST if entry.surface == DOCTEST else str(entry.phase)
