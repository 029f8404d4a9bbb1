"""What does a finding say? Messages and advice from a rule's templates over an access."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from offlint.findings.redact import redact
from offlint.model.access import Access
from offlint.model.entry import Skipped
from offlint.model.lazy import regex
from offlint.model.span import Span
from offlint.model.words import Phase
from offlint.rulebook.schema import Rule, Rulebook

PLACEHOLDERS = ("api", "url", "phase", "switch", "file", "line", "why", "evidence", "algorithm", "entry", "path")

_FIELD = regex(r"\{([^{}]*)\}")
_EMPTY = regex(r" ?(?:\(\s*\)|``)")
_LOOSE = regex(r"(?<![ :;,(])[ :;,(]+(?=[.]?$)")
_BEGINS = regex(r"(?:^|[.!?] )$")
_PHASES = tuple(Phase)


def check_templates(rulebook: Rulebook) -> tuple[str, ...]:
    """One line for each placeholder of a message or an advice that no access can fill; empty when all is well."""
    problems = []
    for rule in rulebook.rules.values():
        for key, template in (("message", rule.message), ("note_message", rule.note_message), ("advice", rule.advice)):
            for name in _FIELD.findall(template):
                if name not in PLACEHOLDERS:
                    known = ", ".join(f"{{{each}}}" for each in PLACEHOLDERS)
                    problems.append(f"{rule.page or rule.code}: {key}: unknown placeholder {{{name}}}; known are {known}")
    return tuple(problems)


def fill(template: str, values: Mapping[str, str]) -> str:
    """A template with its placeholders replaced once, credentials masked, and what empty values leave behind tidied away."""
    text = _FIELD.sub(lambda found: _filled(found, values), template)
    return redact(_LOOSE.sub("", _EMPTY.sub("", text)).strip())


def _filled(found: re.Match[str], values: Mapping[str, str]) -> str:
    """A reason becomes a sentence where it stands as one: ``"{api} reaches {url}. {why}"``."""
    text = values.get(found[1], found[0])
    if found[1] != "why" or not text:
        return text
    text = text.rstrip(". ")
    return text[0].upper() + text[1:] if _BEGINS.search(found.string[: found.start()]) else text


def sentence(text: str) -> str:
    """The text with a full stop at its end."""
    return text if not text or text.endswith((".", "!", "?", "`", '"', "'")) else f"{text}."


def access_values(access: Access, rule: Rule, phases: Iterable[Phase] = ()) -> dict[str, str]:
    """What the placeholders stand for. ``phases`` are all phases in which the same access breaks the rule."""
    guard, integrity = access.guard, access.integrity
    shown = evidence(access, rule)
    during = {access.phase, *phases}
    return {
        "api": access.api,
        "url": access.url or "an unknown address",
        "phase": _and(phase for phase in _PHASES if phase in during),
        "switch": guard.switch or "a switch",
        "file": access.span.file,
        "line": str(access.span.line),
        "why": (integrity.why or access.because if about_integrity(rule) else guard.why or access.because),
        "evidence": (shown or access.span).place,
        "algorithm": integrity.algorithm or "no digest",
        "entry": (access.trail[0].span if access.trail else access.span).place,
        "path": access.span.file,
    }


def skipped_values(skipped: Skipped, more: int = 0) -> dict[str, str]:
    """What the placeholders stand for where something could not be analysed; ``more`` counts further places in the same file."""
    span = Span(skipped.file, skipped.line, 1, skipped.line, 1)
    why = skipped.why + (f" (and {more} more)" if more else "")
    values = dict.fromkeys(PLACEHOLDERS, "")
    return values | {
        "file": span.file,
        "line": str(span.line),
        "why": why,
        "phase": skipped.phase.value if skipped.phase else "build, test or docs",
        "evidence": span.place,
        "entry": span.place,
    }


def about_integrity(rule: Rule) -> bool:
    """Whether a rule speaks of the bytes (OFL2xx, or ``when`` asks for integrity) and not of the switch."""
    return rule.code.startswith("OFL2") or any(field in rule.when for field in ("integrity", "integrity_flaw"))


def evidence(access: Access, rule: Rule) -> Span | None:
    """The line that shows what the rule says: the guard's flaw, the guard, or the integrity."""
    if about_integrity(rule):
        return access.integrity.evidence
    if "guard_flaw" in rule.when:
        return access.guard.flaw_evidence or access.guard.evidence
    return access.guard.evidence or access.guard.flaw_evidence


def _and(words: Iterable[Phase]) -> str:
    names = [word.value for word in words]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
