"""What kinds of machines are there, and what does each answer? Names that stand for one answer throughout a run, whichever that is."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SYSTEM = "platform.system"
#: The answers on each kind of machine (https://docs.python.org/3/library/sys.html#sys.platform, ``os.name``, ``platform.system``).
MACHINES = (
    {"sys.platform": "linux", "os.name": "posix", SYSTEM: "Linux"},
    {"sys.platform": "darwin", "os.name": "posix", SYSTEM: "Darwin"},
    {"sys.platform": "win32", "os.name": "nt", SYSTEM: "Windows"},
    {"sys.platform": "cygwin", "os.name": "posix", SYSTEM: "CYGWIN_NT-10.0"},
    {"sys.platform": "freebsd14", "os.name": "posix", SYSTEM: "FreeBSD"},
)
_BEGINS = " begins with "


def beginning(name: str, words: Sequence[str]) -> str:
    """The label of the condition that a name's answer begins with one of the words."""
    return f"{name}{_BEGINS}{'|'.join(words)}"


def asked(label: str) -> str:
    """The name whose answer such a condition asks for; empty for another condition."""
    name, found, _ = label.partition(_BEGINS)
    return name if found else ""


def answered(label: str, machine: Mapping[str, str]) -> bool | None:
    """Whether such a condition holds on a machine, None for another condition."""
    name, found, words = label.partition(_BEGINS)
    return machine[name].startswith(tuple(words.split("|"))) if found and name in machine else None
