"""Which commands have a meaning of their own? The table that the shell's commands and the tools fill."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from offlint.flow import values as v
    from offlint.flow.machine import Frame
    from offlint.flow.shell.language import Shell
    from offlint.model.span import Span

Handler = Callable[["Shell", "Frame", "list[v.Value]", "Span"], "v.Value"]

COMMANDS: dict[str, Handler] = {}


def command(*names: str) -> Callable[[Handler], Handler]:
    """Register a command."""

    def register(handler: Handler) -> Handler:
        for name in names:
            COMMANDS[name] = handler
        return handler

    return register
