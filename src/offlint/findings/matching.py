"""Which rules does an access break? Accesses and rules become findings."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import groupby

from offlint.findings.fingerprints import fingerprinted
from offlint.findings.levels import level_of
from offlint.findings.messages import access_values, fill, sentence, skipped_values
from offlint.model.access import Access
from offlint.model.entry import Skipped
from offlint.model.lazy import dataclass
from offlint.model.report import Finding
from offlint.model.span import Span
from offlint.model.words import GuardState, IntegrityState, Level, Phase
from offlint.rulebook.schema import Rule, Rulebook

NO_NETWORK = "NO_NETWORK"

# What OFL001 says where the rulebook has no page of its own for it.
_NOT_ANALYSED = Rule(
    code="OFL001",
    name="not-analysed",
    title="Not analysed",
    level="note",
    message="{file} could not be analysed: {why}",
    advice="Read it yourself: what it reaches is not in this report.",
    when={},
)


def _flag(value: bool) -> tuple[str, ...]:
    return ("yes", "true") if value else ("no", "false")


def _private(access: Access) -> tuple[str, ...]:
    """Stopped only by a variable that the project invented; not one that names a local copy, nor an option of a tool."""
    guard = access.guard
    own = guard.switch is not None and guard.kind == "env" and NO_NETWORK not in guard.switch.split()
    return _flag(guard.state is GuardState.OPT_OUT and own and "provision" not in guard.flaws)


def _scheme(access: Access) -> tuple[str, ...]:
    scheme, mark, _ = access.url.partition("://")
    return (scheme.lower(),) if mark and scheme.replace("+", "").isalnum() else ("",)


def _named(access: Access) -> tuple[str, ...]:
    """The names by which a well-known script is known: what is called, the file that does it, the file that is fetched."""
    return access.api, access.span.file.rpartition("/")[2], access.url.rpartition("/")[2]


FIELDS: Mapping[str, Callable[[Access], tuple[str, ...]]] = {
    "phase": lambda access: (access.phase.value,),
    "kind": lambda access: (access.kind,),
    "api": lambda access: (access.api,),
    "reach": lambda access: (access.reach.value,),
    "guard": lambda access: (access.guard.state.value,),
    "guard_flaw": lambda access: access.guard.flaws,
    "integrity": lambda access: (access.integrity.state.value,),
    "integrity_flaw": lambda access: access.integrity.flaws,
    "algorithm": lambda access: (access.integrity.algorithm or "",),
    "scheme": _scheme,
    "surface": lambda access: (access.surface,),
    "confidence": lambda access: (access.confidence.value,),
    "on_import": lambda access: _flag(access.on_import),
    "tolerated": lambda access: _flag(access.tolerated),
    "private_switch": _private,
    "plugin": lambda access: _flag(access.plugin),
    "keeps": lambda access: _flag(access.integrity.state is not IntegrityState.NOT_APPLICABLE),
    "named": _named,
    "url_exact": lambda access: _flag(access.url_exact),
}


@dataclass(frozen=True, slots=True)
class _Hit:
    access: Access
    rule: Rule
    level: Level
    noted: bool = False

    @property
    def key(self) -> tuple[str, int, int, str]:
        span = self.access.span
        return span.file, span.line, span.end_line, self.rule.code


def find(
    accesses: Sequence[Access],
    not_analysed: Sequence[Skipped],
    rulebook: Rulebook,
    sources: Mapping[str, str],
) -> tuple[Finding, ...]:
    """All findings, sorted by place and code, with fingerprints; nothing is suppressed yet.

    Two findings of one rule on the same lines are one: the worst, which then names all their phases. ``sources`` gives the texts
    of files, so that a finding about a file's line spans that line.
    """
    rules = _Rules(rulebook)
    hits = sorted((hit for access in accesses for hit in rules.hits(access)), key=_order)
    found = [_finding(list(group)) for _, group in groupby(hits, key=lambda hit: hit.key)]
    found += _unread(not_analysed, rulebook.rules.get(_NOT_ANALYSED.code, _NOT_ANALYSED), sources)
    return fingerprinted(sorted(found, key=lambda one: (one.span, one.code)))


def codes(accesses: Sequence[Access], rulebook: Rulebook) -> dict[int, tuple[str, ...]]:
    """For each access, by its index, the codes of the rules that it breaks; accesses that break none are left out."""
    rules = _Rules(rulebook)
    broken = ((index, tuple(hit.rule.code for hit in rules.hits(access))) for index, access in enumerate(accesses))
    return {index: names for index, names in broken if names}


class _Rules:
    """The rules that accesses can break, in the order of their codes."""

    def __init__(self, rulebook: Rulebook) -> None:
        names = {rule.name: code for code, rule in rulebook.rules.items()}
        self._rules = [rule for _, rule in sorted(rulebook.rules.items()) if rule.when]
        self._gone = {rule.code: frozenset(names.get(each, each) for each in rule.supersedes) for rule in self._rules}

    def hits(self, access: Access) -> Iterator[_Hit]:
        """The rules that the access breaks, without those that a more exact one supersedes."""
        values: dict[str, tuple[str, ...]] = {}
        broken = [rule for rule in self._rules if _matches(rule.when, access, values)]
        for rule in broken:
            if any(rule.code in self._gone[other.code] and not _apart(other.code, rule.code) for other in broken):
                continue
            level = level_of(rule, access)
            noted = bool(rule.note_if) and _matches(rule.note_if, access, values)
            if noted and level.rank > Level.NOTE.rank:
                level = Level.NOTE
            if level is not Level.NONE:
                yield _Hit(access, rule, level, noted)


def _matches(conditions: Mapping[str, tuple[str, ...]], access: Access, values: dict[str, tuple[str, ...]]) -> bool:
    """Whether every field has one of the values allowed. ``values`` keeps the access's fields from rule to rule."""
    for field, allowed in conditions.items():
        if field not in values:
            values[field] = FIELDS[field](access) if field in FIELDS else ()
        if not any(value in allowed for value in values[field]):
            return False
    return True


def _apart(one: str, other: str) -> bool:
    """Whether two rules ask different questions: the switch (OFL1xx) and the bytes (OFL2xx) are judged side by side."""
    return {one[:4], other[:4]} == {"OFL1", "OFL2"}


def _order(hit: _Hit) -> tuple[object, ...]:
    """By place and rule; then the worst first, and among equals the phase that comes first."""
    access = hit.access
    return (*hit.key, -hit.level.rank, tuple(Phase).index(access.phase), access.span, access.api, access.url)


def _finding(hits: list[_Hit]) -> Finding:
    first = hits[0]
    rule, access = first.rule, first.access
    values = access_values(access, rule, (hit.access.phase for hit in hits if hit.access.api == access.api))
    return Finding(
        code=rule.code,
        name=rule.name,
        level=first.level,
        message=sentence(fill((first.noted and rule.note_message) or rule.message, values)),
        advice=sentence(fill(rule.advice, values)),
        span=access.span,
        access=access,
    )


def _unread(not_analysed: Iterable[Skipped], rule: Rule, sources: Mapping[str, str]) -> Iterator[Finding]:
    """One finding a file, at its first place."""
    places: dict[str, list[Skipped]] = {}
    for skipped in sorted(not_analysed, key=lambda one: (one.file, one.line, one.why)):
        whys = places.setdefault(skipped.file, [])
        if skipped.why not in {one.why for one in whys}:
            whys.append(skipped)
    for skips in places.values():
        first = skips[0]
        lines = sources.get(first.file, "").replace("\r\n", "\n").replace("\r", "\n").split("\n")
        width = len(lines[first.line - 1]) if 0 < first.line <= len(lines) else 0
        values = skipped_values(first, len(skips) - 1)
        yield Finding(
            code=rule.code,
            name=rule.name,
            level=Level.NOTE,
            message=sentence(fill(rule.message, values)),
            advice=sentence(fill(rule.advice, values)),
            span=Span(first.file, first.line, 1, first.line, width + 1),
        )
