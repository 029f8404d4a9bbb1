"""What does the code ask about the machine that it runs on? Its platform, whose answers ``platforms.py`` has, and the programs on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from offlint.flow import values as v
from offlint.flow.platforms import SYSTEM, beginning
from offlint.flow.registry import FOUND, OUTPUT, known_as

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


@known_as("re.match", "re.search", "re.fullmatch")
def _found(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    """What is found in a local program's answer is a part of the answer; in the right one it is found."""
    answer = _taken(m, frame, args, span)
    return v.choice(m.atom("missing", "what a local program answers", span), v.Handle(FOUND), v.NONE) if answer is not None else None


@known_as(*(f"{FOUND}.{name}" for name in ("group", "groups", "groupdict", "__getitem__")))
def _part(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    del m, frame, args, span
    return v.Handle(OUTPUT)


@known_as("re.findall", "re.split", "re.sub", "packaging.version.parse", "packaging.version.Version")
def _taken(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    del m, frame, span
    return next((one for one in args.args if any(isinstance(leaf, v.Handle) and leaf.type == OUTPUT for leaf in v.leaves(one))), None)
