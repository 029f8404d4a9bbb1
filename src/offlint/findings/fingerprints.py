"""Is this the finding of last week? A name for it that survives moved lines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from functools import cache
from importlib import import_module
from typing import Any

from offlint.findings.redact import redact
from offlint.model.lazy import regex
from offlint.model.report import Finding

_PLACE = regex(r":\d+(?::\d+)?|\blines? \d+")
_DIGITS = 32
#: Where SHA-256 is, from Python 3.12, before it, and anywhere: hashlib loads OpenSSL first, which takes as long as some projects.
_SHA256 = ("_sha2", "_sha256", "hashlib")


def fingerprinted(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The findings, in the order given, each with its fingerprint.

    It is made of the rule, the file, the API, the URL as far as it is known, and the names on the trail; of no line, column,
    phase, level or message. Equal ones are told apart by their ordinal in the order given.
    """
    seen: Counter[tuple[str, ...]] = Counter()
    marked = []
    for finding in findings:
        parts = _parts(finding)
        marked.append(replace(finding, fingerprint=_digest((*parts, str(seen[parts])))))
        seen[parts] += 1
    return tuple(marked)


def among(before: str, fingerprint: str) -> str:
    """The fingerprint of a finding in one of several projects, which ``before`` (its files' prefix) tells apart; alone, as it is."""
    return _digest((before, fingerprint)) if before else fingerprint


def _parts(finding: Finding) -> tuple[str, ...]:
    access = finding.access
    if access is None:
        return (finding.code, finding.span.file, *([finding.subject] if finding.subject else []))
    trail = (f"{step.span.file} {_PLACE.sub('', step.what)}" for step in access.trail)
    return finding.code, finding.span.file, access.api, redact(access.url), *trail


def _digest(parts: tuple[str, ...]) -> str:
    digest: str = _sha256()("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()
    return digest[:_DIGITS]


@cache
def _sha256() -> Any:
    for name in _SHA256:
        with suppress(ImportError):
            return import_module(name).sha256
    raise ImportError(_SHA256[-1])
