"""How much does a broken rule matter? semantics.md's table of guard, integrity and phase."""

from __future__ import annotations

from offlint.model.access import Access
from offlint.model.words import GuardState, IntegrityState, Level, Phase, Reach
from offlint.rulebook.schema import Rule

_SOUND = (IntegrityState.VERIFIED, IntegrityState.NOT_APPLICABLE)


def level_of(rule: Rule, access: Access) -> Level:
    """The level of a rule that an access breaks: its own, or the table's; a note at most where the phase's tool tolerates a failure."""
    level = table(access) if rule.level == "table" else Level(rule.level)
    return Level.NOTE if access.tolerated and level.rank > Level.NOTE.rank else level


def table(access: Access) -> Level:
    """semantics.md, "What follows for the user". An access that only an explicit command or option comes by is judged like opt-in."""
    sound = access.integrity.state in _SOUND
    build = access.phase is Phase.BUILD
    if access.reach is Reach.EXPLICIT or access.guard.state is GuardState.OPT_IN:
        if sound:
            return Level.NONE
        return Level.WARNING if build else Level.NOTE
    if access.guard.state is GuardState.OPT_OUT:
        return Level.NOTE if sound else Level.WARNING
    return Level.ERROR if build and not sound else Level.WARNING
