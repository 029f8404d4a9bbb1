"""What does Python code in an argument do (``python -c CODE``)? It is a program of its own, which the machine runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from offlint.flow import values as v
from offlint.flow.machine import Frame, OutOfBudget
from offlint.flow.relevance import Relevance
from offlint.flow.summary import Link, Summary
from offlint.flow.texts import template
from offlint.lower.python import CannotLower, lower_python
from offlint.model.span import Moved

if TYPE_CHECKING:
    from offlint.flow.shell.language import Shell
    from offlint.flow.shell.programs import Started
    from offlint.model.span import Span

#: Steps of Python code in an argument: a one-liner that starts a whole program is not followed to its end.
MAX_CODE_STEPS = 60_000


class Code:
    """Runs Python code."""

    def __init__(self, shell: Shell) -> None:
        self.sh = shell
        self.m = shell.m

    def run(self, frame: Frame, one: Started, span: Span) -> None:
        """``python -c CODE``: the code is run where it is known and can matter; else it is said."""
        text = v.text_of(one.words[0])
        if text is None:
            found = self.sh.foreign.names_network(template(one.words[0]))
            if found:
                self.m.leave(span, f"Python code in an argument is not followed, and it names {found}")
            return
        try:
            here = Moved(span.line, span.column - 1, span.column - 1)  # the whole text stands in the command line
            module = lower_python(text, span.file, [here] * (text.count("\n") + 1))
        except CannotLower:
            return
        calling, self.m.calling = self.m.calling, True
        relevance = self.m.relevance
        if relevance is None:  # it is a program of its own, and may be a large one: only what can matter is followed
            self.m.relevance = Relevance(self.m.modules, self.m.options)
        summary = Summary()
        inner = Frame(v.Scope(span.file), summary, self.m.store.mark(), depth=frame.depth + 1)
        self.m.store.set(inner.scope, "__name__", v.Const("__main__"))
        limit, depth = self.m.limit, len(self.m.store.reads)
        self.m.limit = min(limit, self.m.spent_steps + MAX_CODE_STEPS)
        try:
            with self.m.externals.program(tuple(template(word) for word in one.words[1:])):
                self.m.statements.run(inner, module.body)
                self.m.calls.finish(inner, summary)
        except OutOfBudget:
            if self.m.limit == limit:
                raise
            del self.m.store.reads[depth:]
            self.m.leave(span, "too much Python code to follow that a command line holds", budget=True)
        finally:
            self.m.calling, self.m.relevance, self.m.limit = calling, relevance, limit
        if summary.interesting:
            frame.summary.interesting = True
            frame.summary.links.append(Link(frame.way, span, "runs Python code", summary))
