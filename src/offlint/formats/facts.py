"""What was found of an access, in words? Lines of guard, integrity and trail that the text formats and SARIF share."""

from __future__ import annotations

from collections.abc import Iterator

from offlint.formats.base import shown
from offlint.model.access import Access, Guard, Integrity
from offlint.model.span import Span
from offlint.model.words import GuardState, IntegrityState

_KINDS = {
    "env": "variable",
    "option": "option",
    "config": "setting",
    "pytest": "pytest option",
    "command": "command",
    "cmake": "CMake variable",
}
_GUARDS = {
    GuardState.NONE: "none, nothing stops it",
    GuardState.FALLBACK: "fallback, it happens only where a local copy is missing, and nothing stops it",
    GuardState.OPT_OUT: "opt-out",
    GuardState.OPT_IN: "opt-in",
}
_INTEGRITIES = {
    IntegrityState.VERIFIED: "verified",
    IntegrityState.WEAK: "weak",
    IntegrityState.INEFFECTIVE: "ineffective, computed and not enforced",
    IntegrityState.ABSENT: "absent, nothing is checked",
    IntegrityState.NOT_APPLICABLE: "n/a, nothing fetched is kept",
}


def facts(access: Access, prefix: str = "") -> Iterator[tuple[str, str]]:
    """Label and text of each line about an access, safe to print; the trail is apart."""
    yield "guard", guard_words(access.guard, prefix)
    yield "integrity", integrity_words(access.integrity, prefix)


def guard_words(guard: Guard, prefix: str = "", *, place: bool = True) -> str:
    """``opt-out by the variable FOO_HOME (a local copy), provision; at setup.py:385``."""
    text = _GUARDS[guard.state]
    if guard.switch:
        text += f" by the {_KINDS.get(guard.kind, guard.kind)} {switch_words(guard)}"
    return _line(text, guard.flaws, guard.why, (guard.flaw_evidence or guard.evidence) if place else None, prefix)


def switch_words(guard: Guard) -> str:
    """``NO_NETWORK=1``, ``FOO_HOME (a local copy)``: what to set, and to what."""
    if not guard.set_to or guard.set_to == "True" or (guard.switch or "").startswith("-m "):  # an option that is given is set
        return guard.switch or ""
    value = f"={guard.set_to}" if guard.kind in ("env", "cmake") and " " not in guard.set_to else f" ({guard.set_to})"
    return f"{guard.switch}{value}"


def integrity_words(integrity: Integrity, prefix: str = "", *, place: bool = True) -> str:
    """``verified by sha256; at setup.py:31``."""
    text = _INTEGRITIES[integrity.state]
    if integrity.algorithm:
        text += f" by {integrity.algorithm}" if integrity.state is IntegrityState.VERIFIED else f" ({integrity.algorithm})"
    return _line(text, integrity.flaws, integrity.why, integrity.evidence if place else None, prefix)


def trail_words(access: Access, prefix: str = "") -> tuple[str, ...]:
    """The trail's steps, outermost first, each as ``place what``; empty when it has less than two."""
    if len(access.trail) < 2:
        return ()
    return tuple(shown(f"{prefix}{step.span.place} {step.what}") for step in access.trail)


def short_trail(access: Access, prefix: str = "") -> str:
    """The trail on one line: a long one keeps its ends."""
    steps = trail_words(access, prefix)
    if len(steps) > 4:
        steps = (*steps[:2], f"… {len(steps) - 3} more …", steps[-1])
    return " > ".join(steps)


def _line(text: str, flaws: tuple[str, ...], why: str, evidence: Span | None, prefix: str) -> str:
    parts = [f"{text}, {', '.join(flaws)}" if flaws else text]
    if why:
        parts.append(why.rstrip("."))
    if evidence is not None:
        parts.append(f"at {prefix}{evidence.place}")
    return shown("; ".join(parts))
