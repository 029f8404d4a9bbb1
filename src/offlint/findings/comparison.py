"""What has changed from one release to the next? Accesses of two reports matched, and what is better or worse of each.

Accesses are matched by what they are and not by their line: first by file, API, URL and trail's end, then with the numbers in the URL left
out (versions move), then in whatever file, then by file and API alone, one for one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from urllib.parse import urlsplit

from offlint.findings.redact import redact
from offlint.findings.verdicts import verdict_of
from offlint.model.access import Access
from offlint.model.lazy import dataclass, regex
from offlint.model.report import Finding, ProjectInfo, Report
from offlint.model.words import GuardState, IntegrityState, Phase, Reach, Verdict

_GUARDS = (GuardState.NONE, GuardState.FALLBACK, GuardState.OPT_OUT, GuardState.OPT_IN)
_INTEGRITIES = (
    (IntegrityState.ABSENT,),
    (IntegrityState.INEFFECTIVE,),
    (IntegrityState.WEAK,),
    (IntegrityState.VERIFIED, IntegrityState.NOT_APPLICABLE),
)
_REACHES = (Reach.ALWAYS, Reach.CONDITIONAL, Reach.EXPLICIT)
_VERDICTS = (Verdict.ONLINE, Verdict.UNKNOWN, Verdict.OPT_OUT, Verdict.OPT_IN, Verdict.OFFLINE)
_HOLES = regex(r"(?:\{[^{}]*\}[-/._]?)+")
#: Flaws of a guard that make it hold less; ``provision`` and ``presence`` are kinds of guards.
_BAD = frozenset({"inverted", "partial", "leaky", "silent"})
_NUMBERS = regex(r"\d+(?:[._-]\d+)*|\b[0-9a-f]{7,64}\b")


@dataclass(frozen=True, slots=True)
class Change:
    """One difference: ``what`` is new, gone, guard, switch, integrity, digest, host, url, reach, verdict, missing or shipped.

    ``effect`` is ``worse``, ``better`` or ``same``; ``text`` says what was and what is. ``old`` and ``new`` are the accesses, None where
    there is none.
    """

    what: str
    effect: str
    phase: Phase | None
    place: str
    text: str
    old: Access | None = None
    new: Access | None = None


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two releases and what differs, the worst first."""

    old: ProjectInfo
    new: ProjectInfo
    verdicts: tuple[tuple[Phase, Verdict, Verdict], ...]
    changes: tuple[Change, ...]

    @property
    def worse(self) -> bool:
        """Whether anything got worse."""
        return any(change.effect == "worse" for change in self.changes)


def compare(old: Report, new: Report) -> Comparison:
    """The differences of two reports of one project; what is in both is left out."""
    before = {one.phase: one.verdict for one in old.verdicts}
    verdicts = tuple((one.phase, before[one.phase], one.verdict) for one in new.verdicts if one.phase in before)
    changes = [*_verdicts(verdicts, new), *_accesses(old.accesses, new.accesses), *_missing(old.findings, new.findings)]
    order = ("worse", "same", "better")
    return Comparison(old.project, new.project, verdicts, tuple(sorted(changes, key=lambda one: order.index(one.effect))))


def _verdicts(verdicts: Iterable[tuple[Phase, Verdict, Verdict]], new: Report) -> Iterator[Change]:
    why = {one.phase: one for one in new.verdicts}
    for phase, was, now in verdicts:
        if was is not now:
            effect = _effect(_VERDICTS.index(was), _VERDICTS.index(now))
            place = next(iter(why[phase].because), "")
            yield Change("verdict", effect, phase, place, f"the {phase} was {was} and is {now}: {redact(why[phase].why)}")


def _accesses(old: Iterable[Access], new: Iterable[Access]) -> Iterator[Change]:
    left, right = _worst(old), _worst(new)
    pairs: list[tuple[Access, Access]] = []
    for key in _KEYS:
        pairs += _matched(left, right, key)
    for was, now in sorted(pairs, key=lambda pair: (pair[1].span, pair[1].url)):
        yield from _changed(was, now)
    for one in right:
        opt_in = verdict_of(one) is Verdict.OPT_IN and one.integrity.state in _INTEGRITIES[-1]
        yield Change(
            "new", "same" if opt_in or one.tolerated else "worse", one.phase, one.span.place, f"{_named(one)}; {_state(one)}", None, one
        )
    for one in left:
        yield Change("gone", "better", one.phase, one.span.place, f"{_named(one)}; {_state(one)}", one, None)


def _worst(accesses: Iterable[Access]) -> list[Access]:
    """One access for each that is alike: what many tests do is one thing."""
    found: dict[tuple[object, ...], Access] = {}
    for one in accesses:
        key = _KEYS[0](one)
        known = found.get(key)
        if known is None or _rank(one) < _rank(known):
            found[key] = one
    return list(found.values())


def _rank(access: Access) -> tuple[int, int]:
    return _GUARDS.index(access.guard.state), _integrity(access)


def _integrity(access: Access) -> int:
    return next(rank for rank, states in enumerate(_INTEGRITIES) if access.integrity.state in states)


def _last(access: Access) -> str:
    """The function in which the access stands, as the call before it says."""
    return re.sub(r":\d+(?::\d+)?|\blines? \d+", "", access.trail[-2].what) if len(access.trail) > 1 else ""


_KEYS: tuple[Callable[[Access], tuple[object, ...]], ...] = (
    lambda one: (one.phase, one.span.file, one.api, one.url, _last(one)),
    lambda one: (one.phase, one.span.file, one.api, one.url),
    lambda one: (one.phase, one.span.file, one.api, _NUMBERS.sub("0", one.url)),
    lambda one: (one.phase, one.span.file, _NUMBERS.sub("0", one.url)),
    lambda one: (one.phase, _NUMBERS.sub("0", one.url), one.api),
    lambda one: (one.phase, one.span.file, one.api, _host(one)),
    lambda one: (one.phase, one.span.file, one.api, _last(one)),
    lambda one: (one.phase, one.span.file, one.api),
)


def _matched(left: list[Access], right: list[Access], key: Callable[[Access], tuple[object, ...]]) -> list[tuple[Access, Access]]:
    """The accesses with the same key, in the order of their code, taken out of both lists."""
    waiting: dict[tuple[object, ...], list[Access]] = {}
    for one in left:
        if (key is not _KEYS[4] or one.url) and (key is not _KEYS[5] or _host(one)):
            waiting.setdefault(key(one), []).append(one)
    pairs = []
    for one in list(right):
        found = waiting.get(key(one))
        if found:
            was = found.pop(0)
            pairs.append((was, one))
            left.remove(was)
            right.remove(one)
    return pairs


def _changed(was: Access, now: Access) -> Iterator[Change]:
    def change(what: str, effect: str, text: str) -> Change:
        return Change(what, effect, now.phase, now.span.place, f"{_named(now)}: {text}", was, now)

    guards = _GUARDS.index(was.guard.state), _GUARDS.index(now.guard.state)
    flaws = _BAD.intersection(was.guard.flaws), _BAD.intersection(now.guard.flaws)
    if guards[0] != guards[1]:
        yield change("guard", _effect(*guards), f"{_guard(was)} before, {_guard(now)} now")
    elif flaws[0] != flaws[1]:
        effect = "worse" if flaws[1] - flaws[0] else "better"
        yield change("guard", effect, f"{_guard(was)} before, {_guard(now)} now")
    if was.guard.state is now.guard.state and was.guard.switch != now.guard.switch and was.guard.state is GuardState.OPT_OUT:
        yield change("switch", "worse", f"{was.guard.switch} stopped it, {now.guard.switch} does now")
    if was.integrity.state is not now.integrity.state and _integrity(was) != _integrity(now):
        yield change("integrity", _effect(_integrity(was), _integrity(now)), f"{_checked(was)} before, {_checked(now)} now")
    elif more := set(now.integrity.flaws) - set(was.integrity.flaws):
        yield change("integrity", "worse", f"{', '.join(sorted(more))} since")
    elif less := set(was.integrity.flaws) - set(now.integrity.flaws):
        yield change("integrity", "better", f"no more {', '.join(sorted(less))}")
    reaches = _REACHES.index(was.reach), _REACHES.index(now.reach)
    if reaches[0] != reaches[1]:
        yield change("reach", _effect(*reaches), f"reached {was.reach} before, {now.reach} now")
    digests = was.integrity.expected, now.integrity.expected
    if _host(was) != _host(now) and _host(was) and _host(now):
        yield change("host", "worse", f"it asked {_host(was)}, and asks {_host(now)}")
    elif _HOLES.sub("{}", was.url) != _HOLES.sub("{}", now.url):
        yield change("url", "same", f"it was {redact(was.url) or 'an unknown address'}")
    if digests[0] != digests[1] and digests[0] and digests[1]:
        effect = "worse" if was.url == now.url and now.url_exact else "same"
        yield change("digest", effect, f"it expected {redact(digests[0])}, and expects {redact(digests[1])}")


def _missing(old: Iterable[Finding], new: Iterable[Finding]) -> Iterator[Change]:
    """What the archives lack (OFL4xx)."""
    was = {(one.code, one.subject): one for one in old if one.access is None and one.code.startswith("OFL4")}
    now = {(one.code, one.subject): one for one in new if one.access is None and one.code.startswith("OFL4")}
    for key in now.keys() - was.keys():
        one = now[key]
        yield Change("missing", "worse" if one.level.rank > 1 else "same", one.phase, one.span.place, f"{one.code} {redact(one.message)}")
    for key in was.keys() - now.keys():
        yield Change("shipped", "better", was[key].phase, was[key].span.place, f"{was[key].code} no more: {redact(was[key].message)}")


def _effect(was: int, now: int) -> str:
    return "worse" if now < was else "better" if now > was else "same"


def _host(access: Access) -> str:
    try:
        host = urlsplit(access.url).hostname or ""
    except ValueError:
        return ""
    return "" if "{" in host else host


def _named(access: Access) -> str:
    return f"{access.api} reaches {redact(access.url) or 'an unknown address'}"


def _state(access: Access) -> str:
    return f"{_guard(access)}, {_checked(access)}"


def _guard(access: Access) -> str:
    guard = access.guard
    by = f" by {guard.switch}" if guard.switch and guard.state in (GuardState.OPT_OUT, GuardState.OPT_IN) else ""
    flaws = f" ({', '.join(guard.flaws)})" if guard.flaws else ""
    return f"guard {guard.state}{by}{flaws}"


def _checked(access: Access) -> str:
    integrity = access.integrity
    return f"integrity {integrity.state}" + (f" ({integrity.algorithm})" if integrity.algorithm else "")
