"""What may the evaluation of a build leave out? Code that takes an explicit request, where it is too much, and code that decides nothing.

A build is followed function by function at first (``PATIENCE``). What goes on longer imports whole libraries, and of these only the
functions are followed that can begin an access, read a switch or make a digest; what the others would have changed is unknown.

Code under a condition that is false as long as nobody sets anything (a command that nobody runs by default, an option, an environment
variable) has a budget for itself. What is cut there says nothing of a run that nobody asked for more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from offlint.flow import values as v
from offlint.flow.worlds import World
from offlint.lower.names import assigned_attributes
from offlint.model.entry import Skipped

if TYPE_CHECKING:
    from collections.abc import Callable

    from offlint.flow.machine import Frame, Machine
    from offlint.flow.relevance import Relevance
    from offlint.flow.summary import Summary
    from offlint.model import step as s
    from offlint.model.span import Span

#: Steps of a build in which everything is followed.
PATIENCE = 60_000
#: Steps of a build for what takes an explicit request: each one, and all together.
MAX_REQUEST = 60_000
MAX_REQUESTS = 120_000


class Requests:
    """Keeps what takes an explicit request apart from what runs by default."""

    def __init__(self, machine: Machine) -> None:
        self.m = machine
        self.relevance: Relevance | None = None
        #: Whether only an explicit request reaches what is evaluated, and what was cut there.
        self.asked = False
        self.cut: list[Skipped] = []
        self._left = MAX_REQUESTS
        self._world = World()
        self._assigned: dict[s.Function, frozenset[str]] = {}

    def begin(self, relevance: Relevance) -> None:
        """Start an entry point."""
        self.relevance, self._left = relevance, MAX_REQUESTS

    def taken(self) -> list[Skipped]:
        """What was cut so far; it is forgotten."""
        cut, self.cut = self.cut, []
        return cut

    # what decides nothing

    def decides(self, ref: v.FunctionRef, caller: Frame) -> bool:
        """Whether something can be missed where the function is not evaluated; of other languages than Python everything can."""
        file = ref.scope.file
        return self.relevance is None or not file.endswith(".py") or self.relevance.worth_it(ref.function, file, caller.scope.function)

    def matters(self, function: s.Function, file: str) -> bool:
        """Whether something can be missed where what a function names is not evaluated."""
        return self.relevance is None or not file.endswith(".py") or self.relevance.matters(function, file)

    def passes_over(self, ref: v.FunctionRef, caller: Frame) -> bool:
        """Whether a long build leaves a call of the function out."""
        return self.m.relevance is None and self.m.spent_steps > PATIENCE and not self.decides(ref, caller)

    def left_out(self, ref: v.FunctionRef) -> None:
        """Note that a call of the function is left out: what it puts into its object's lists and tables is unknown then.

        So is what it assigns, in a build. In tests an attribute stays what it was before, mostly nothing yet.
        """
        if not isinstance(ref.bound, v.Instance):
            return
        names = self._assigned.get(ref.function)
        if names is None:
            names = self._assigned[ref.function] = assigned_attributes(ref.function, anew=not self.m.testing)
        for name in sorted(names):
            held, unknown = self.m.store.get(ref.bound, name), v.Unknown(name)
            made = unknown if held is None else v.choice(self.m.atom("unknown", name), unknown, held)
            self.m.store.set(ref.bound, name, made)

    # what takes a request

    def begins(self, frame: Frame, file: str) -> bool:
        """Whether Python code of the file, in a build, is the first here that takes an explicit request."""
        if self.asked or frame.way is None or self.m.relevance is not None or not file.endswith(".py"):
            return False
        return self._world.way(frame.way) is False

    def apart(self, frame: Frame, span: Span, what: str, work: Callable[[], v.Value]) -> v.Value:
        """Do work that takes an explicit request, within its own budget; where that is spent, its value is unknown."""
        m = self.m
        begun, said, done = m.spent_steps, len(m.spent), set(m.imports.done)
        self.asked, m.relevance = True, self.relevance
        try:
            value = m.bounded(work, min(MAX_REQUEST, self._left))
        finally:
            self.asked, m.relevance = False, None
            self._left -= m.spent_steps - begun
            self.cut += m.spent[said:]
            del m.spent[said:]
        if value is None:
            for key in m.imports.done.keys() - done:
                del m.imports.done[key]  # what they bound was taken back
            why = f"too much code to follow at {what}, which takes an explicit request"
            self.cut.append(Skipped(span.file, why, span.line, budget=True))
            frame.summary.interesting = True
            return v.Unknown("too much code")
        return value

    def remember(self, summary: Summary, said: int) -> None:
        """Note with a summary whether something was cut in it on request, when so much had been said before it."""
        summary.partial = self.asked and len(self.m.spent) > said

    def holds(self, summary: Summary) -> bool:
        """Whether what was evaluated stands for another call: what was cut on request is evaluated anew where it is reached by default."""
        return self.asked or not summary.partial
