"""What does the code ask about the platform it runs on? Names that stand for one answer throughout a run, whichever that is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from offlint.flow import values as v
from offlint.flow.registry import known_as

if TYPE_CHECKING:
    from offlint.flow.machine import Arguments, Frame, Machine
    from offlint.model.span import Span

SYSTEM = "platform.system"
#: The answers on each kind of machine (https://docs.python.org/3/library/sys.html#sys.platform, ``os.name``, ``platform.system``).
MACHINES = (
    {"sys.platform": "linux", "os.name": "posix", SYSTEM: "Linux"},
    {"sys.platform": "darwin", "os.name": "posix", SYSTEM: "Darwin"},
    {"sys.platform": "win32", "os.name": "nt", SYSTEM: "Windows"},
    {"sys.platform": "cygwin", "os.name": "posix", SYSTEM: "CYGWIN_NT-10.0"},
    {"sys.platform": "freebsd14", "os.name": "posix", SYSTEM: "FreeBSD"},
)


@known_as(SYSTEM)
def _system(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    del m, frame, args, span
    return v.External(SYSTEM)


@known_as("sys.platform.startswith", f"{SYSTEM}.startswith")
def _begins(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    del frame
    beginnings = m.items_of(args.args[0]) or args.args[:1] if args.args else []
    result: v.Value = v.FALSE
    for one in beginnings:
        result = v.either(result, m.expressions.symbol(".startswith", (args.subject or v.External("sys.platform"), one), span))
    return result if beginnings else None


@known_as("sys.platform.lower", f"{SYSTEM}.lower")
def _lower(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    del frame
    return m.expressions.symbol(".lower", (args.subject,), span) if args.subject is not None else None
