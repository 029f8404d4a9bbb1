"""What is a phase's verdict? The worst of its accesses, and the places that decide it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from offlint.findings.redact import redact
from offlint.model.access import LOCAL_COPY, Access
from offlint.model.entry import Skipped
from offlint.model.report import PhaseVerdict
from offlint.model.words import GuardState, Phase, Reach, Verdict

_ORDER = (Verdict.OPT_IN, Verdict.OPT_OUT, Verdict.ONLINE)
#: A switch with one of these is "set"; of another the value is said.
_YES = frozenset({None, "", "1", "ON", "True"})


def verdicts(accesses: Sequence[Access], not_analysed: Sequence[Skipped], phases: Iterable[Phase]) -> tuple[PhaseVerdict, ...]:
    """One verdict a phase, in the order build, test, docs.

    ``unknown`` where nothing was found and something could not be analysed; what names no phase counts for each of them. Where
    something was found, the verdict is that, and ``why`` says that not everything could be analysed.
    """
    wanted = frozenset(phases)
    return tuple(_verdict(phase, accesses, not_analysed) for phase in Phase if phase in wanted)


def verdict_of(access: Access) -> Verdict:
    """What one access makes of its phase: ``opt-in``, ``opt-out`` or ``online``."""
    if access.reach is Reach.EXPLICIT or access.guard.state is GuardState.OPT_IN:
        return Verdict.OPT_IN
    return Verdict.OPT_OUT if access.guard.state is GuardState.OPT_OUT else Verdict.ONLINE


def _verdict(phase: Phase, accesses: Sequence[Access], not_analysed: Sequence[Skipped]) -> PhaseVerdict:
    own = [access for access in accesses if access.phase is phase]
    left_out = [one for one in not_analysed if one.phase in {None, phase}]
    unread = sorted({(one.file, one.line, one.why) for one in left_out if one.reach is not Reach.EXPLICIT})
    if not own:
        if not unread:
            more = "; not everything that takes an explicit request could be analysed" if left_out else ""
            return PhaseVerdict(phase, Verdict.OFFLINE, (), f"no access found{more}")
        file, _, why = unread[0]
        more = f" (and {len(unread) - 1} more)" if len(unread) > 1 else ""
        return PhaseVerdict(phase, Verdict.UNKNOWN, (), f"{file} could not be analysed: {redact(why)}{more}")
    worst = max((verdict_of(access) for access in own), key=_ORDER.index)
    deciding = sorted((one for one in own if verdict_of(one) is worst), key=lambda one: (one.span, one.api, one.url))
    because = tuple(dict.fromkeys(access.span.place for access in deciding))
    why = _why(deciding[0], worst)
    if unread:
        why += "; not everything could be analysed"
    return PhaseVerdict(phase, worst, because, why)


def _why(access: Access, verdict: Verdict) -> str:
    what = redact(f"{access.api} reaches {access.url}" if access.url else f"{access.api} reaches the network")
    guard = access.guard
    match verdict:
        case Verdict.OPT_IN:
            return f"{what} on request only" + (f" ({guard.switch})" if guard.switch else "")
        case Verdict.OPT_OUT:
            set_to = "set" if guard.set_to == LOCAL_COPY or guard.set_to in _YES else guard.set_to
            if "provision" in guard.flaws and guard.set_to != LOCAL_COPY:
                set_to = f"{set_to} and what it looks for is installed"
            return f"{what} unless {guard.switch or 'a switch'} is {set_to}"
        case _:
            return f"{what} where a local copy is missing" if guard.state is GuardState.FALLBACK else what
