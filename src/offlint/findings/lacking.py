"""What does the archive lack? Lacks become findings of the rules that name their kind."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from offlint.findings.fingerprints import fingerprinted
from offlint.findings.messages import PLACEHOLDERS, fill, sentence
from offlint.model.entry import Lack
from offlint.model.report import Finding
from offlint.model.words import Level
from offlint.rulebook.schema import Rule, Rulebook


def lacking(lacks: Iterable[Lack], rulebook: Rulebook) -> tuple[Finding, ...]:
    """One finding for each lack and each rule about its kind; one that does not end the phase is a note."""
    rules = [rule for _, rule in sorted(rulebook.rules.items()) if rule.lack]
    return fingerprinted(_findings(lacks, rules))


def _findings(lacks: Iterable[Lack], rules: Iterable[Rule]) -> Iterator[Finding]:
    held = list(rules)
    for lack in lacks:
        for rule in held:
            if rule.lack == lack.kind:
                values = _values(lack)
                own = Level.ERROR if rule.level == "table" else Level(rule.level)
                level = own if lack.fails else Level.NOTE
                yield Finding(
                    code=rule.code,
                    name=rule.name,
                    level=level,
                    message=sentence(fill(rule.message, values)),
                    advice=sentence(fill(rule.advice, values)),
                    span=lack.span,
                    subject=lack.path or lack.by,
                    lacks=lack.phase,
                )


def _values(lack: Lack) -> dict[str, str]:
    return dict.fromkeys(PLACEHOLDERS, "") | {
        "path": lack.path,
        "api": lack.by,
        "phase": lack.phase.value,
        "file": lack.span.file,
        "line": str(lack.span.line),
        "evidence": lack.span.place,
        "entry": lack.span.place,
        "why": lack.why,
    }
