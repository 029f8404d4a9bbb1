"""Which repositories has a test made, and does a command ask one of these for what its remote has?

``git fetch`` and ``git push origin`` name no server: their remote is the one that the repository has (git-fetch(1), git-remote(1)).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from offlint.flow import values as v
from offlint.judge.operands import leads_out
from offlint.judge.words import program

if TYPE_CHECKING:
    from collections.abc import Sequence

    from offlint.flow.machine import Machine
    from offlint.judge.commands import CommandJudgement, Word
    from offlint.model.span import Span

_PROGRAMS = frozenset({"git", "hg", "svn", "bzr"})
#: The owner of what a test has made: a repository that is ``here``, by itself or of another one, or the remote of one that is ``away``.
_MADE = "repositories"
_MAKES = frozenset({"init", "clone"})
_NAMES = frozenset({"clone", "add", "set-url", "config"})
_ASKS = frozenset({"fetch", "pull", "push", "ls-remote", "remote", "incoming", "outgoing", "update"})


def note(machine: Machine, words: Sequence[Word], judged: Sequence[CommandJudgement]) -> None:
    """Take in that a command line makes a repository, or gives one a remote that is a server."""
    begins = next((at for at, one in enumerate(words) if program(one) in _PROGRAMS), None)
    if begins is None:
        return
    said = [one.text for one in words[begins + 1 :]]
    if any(leads_out(one) for one in said) and not _NAMES.isdisjoint(said):
        machine.store.set(_MADE, "away", v.TRUE)
    elif not judged and not _MAKES.isdisjoint(said):
        machine.store.set(_MADE, "here", v.TRUE)


def is_own(machine: Machine, one: CommandJudgement, span: Span) -> bool:
    """Whether a test asks a repository that it has made for what its remote has, or one of which nothing is known, which is noted.

    What a project's own checkout fetches, as its submodules, is told.
    """
    sub = " ".join(one.sub).partition(" ")[0]
    if one.program not in _PROGRAMS or sub not in _ASKS or "{" in one.url or leads_out(one.url):
        return False
    if machine.store.get(_MADE, "away") is not None:
        return False
    if machine.store.get(_MADE, "here") is None:
        machine.leave(span, f"what {one.api} is asked for is not known")
    return True
