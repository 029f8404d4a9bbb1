"""What does the code ask about the platform that it runs on? The answers are those of one machine, see ``platforms.py``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from offlint.flow import values as v
from offlint.flow.platforms import SYSTEM, beginning
from offlint.flow.registry import known_as

if TYPE_CHECKING:
    from offlint.flow.machine import Arguments, Frame, Machine
    from offlint.model.span import Span


@known_as(SYSTEM)
def _system(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    del m, frame, args, span
    return v.External(SYSTEM)


@known_as("sys.platform.startswith", f"{SYSTEM}.startswith")
def _begins(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    del frame
    words = [v.text_of(one) for one in m.items_of(args.args[0]) or args.args[:1]] if args.args else []
    name = args.subject.name if isinstance(args.subject, v.External) else "sys.platform"
    known = [word for word in words if word is not None]
    return v.Atom("platform", beginning(name, known), 0, span) if known and len(known) == len(words) else None


@known_as("sys.platform.lower", f"{SYSTEM}.lower")
def _lower(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    del frame
    return m.expressions.symbol(".lower", (args.subject,), span) if args.subject is not None else None
