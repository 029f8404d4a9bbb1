"""What was known before? The results of an earlier SARIF file of ours, and which findings of today they are.

A finding is known by its fingerprint, which no moved line changes. One whose fingerprint is new is still known where a result that
no finding has is of the same rule, file, API and URL: then only the way to the access was written in other words.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from offlint.findings.fingerprints import among
from offlint.findings.redact import redact
from offlint.model.lazy import dataclass
from offlint.model.report import Finding, Gone, Report
from offlint.model.words import Level

NEW, UNCHANGED = "new", "unchanged"
HASH = "offlintHash/v1"

_NOT_ANALYSED = "OFL001"
_MOST = 256 * 1024 * 1024


class BaselineError(Exception):
    """A baseline that can not be used; ``str()`` is one line that names the file."""


@dataclass(frozen=True, slots=True)
class Baseline:
    """The results of a file, in its order, each with its fingerprint; and the files that could not be analysed then."""

    results: tuple[Gone, ...]
    unread: frozenset[str]


def read_baseline(path: Path) -> Baseline:
    """A baseline from a SARIF file. Raises BaselineError where it is none, or not one of offlint's."""
    try:
        if not path.is_file():
            raise BaselineError(f"{path}: {'is no file' if path.exists() else 'no such baseline; offlint baseline write makes one'}")
        if path.stat().st_size > _MOST:
            raise BaselineError(f"{path}: too large for a baseline")
        data = json.loads(path.read_bytes())
    except OSError as error:
        raise BaselineError(f"{path}: cannot be read: {error.strerror or error}") from error
    except (ValueError, RecursionError) as error:  # JSON's and the encodings' errors are ValueErrors
        raise BaselineError(f"{path}: no baseline, since it is no JSON: {' '.join(str(error).split())[:200]}") from error
    try:
        return _baseline(data)
    except _ForeignError as error:
        raise BaselineError(f"{path}: no baseline of offlint's: {error}") from error


class _ForeignError(Exception):
    """What makes a file none of ours, as the end of a sentence."""


def _baseline(data: Any) -> Baseline:
    if not isinstance(data, dict) or not isinstance(data.get("runs"), list):
        raise _ForeignError("it is no SARIF log")
    if data.get("version") != "2.1.0":
        raise _ForeignError("its version is not SARIF 2.1.0")
    runs = [run for run in data["runs"] if _at(run, "tool", "driver", "name") == "offlint"]
    if not runs:
        names = sorted({str(_at(run, "tool", "driver", "name"))[:80] for run in data["runs"]})
        raise _ForeignError(f"it was written by {', '.join(names)}" if names else "it has no run")
    results = [result for run in runs for result in _list(run, "results")]
    unread = frozenset(_place(one)[0] for run in runs for call in _list(run, "invocations") for one in _notices(call))
    return Baseline(tuple(_known(results)), unread)


def _known(results: list[Any]) -> Iterator[Gone]:
    for number, result in enumerate(results, 1):
        if not isinstance(result, dict):
            raise _ForeignError(f"result {number} is no object")
        if result.get("baselineState") == "absent" or result.get("suppressions"):
            continue
        fingerprint = _at(result, "partialFingerprints", HASH)
        if not isinstance(fingerprint, str) or not isinstance(result.get("ruleId"), str):
            raise _ForeignError(f"result {number} has no ruleId or no fingerprint {HASH}")
        level = result.get("level")
        file, line = _place(result)
        yield Gone(
            code=result["ruleId"],
            level=Level(level) if level in [each.value for each in Level] else Level.WARNING,
            message=str(_at(result, "message", "text") or ""),
            file=file,
            line=line,
            fingerprint=fingerprint,
            api=str(_at(result, "properties", "offlint/api") or ""),
            url=str(_at(result, "properties", "offlint/url") or ""),
        )


def _at(value: Any, *keys: str) -> Any:
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def _list(value: Any, key: str) -> list[Any]:
    found = _at(value, key)
    return found if isinstance(found, list) else []


def _notices(call: Any) -> Iterator[Any]:
    for one in _list(call, "toolExecutionNotifications"):
        if _at(one, "descriptor", "id") == _NOT_ANALYSED:
            yield one


def _place(result: Any) -> tuple[str, int]:
    """File and line of a result or a notification."""
    location = next(iter(_list(result, "locations")), None)
    uri = _at(location, "physicalLocation", "artifactLocation", "uri")
    line = _at(location, "physicalLocation", "region", "startLine")
    return unquote(uri) if isinstance(uri, str) else "", line if isinstance(line, int) and line > 0 else 1


def heed(
    reports: Sequence[Report], files: Sequence[Path | None], before: Sequence[str]
) -> tuple[list[Report], dict[Path, tuple[Gone, ...]]]:
    """The reports with their findings told new or unchanged, each by its file if it has one, and what is gone of each file.

    ``before`` is what stands before the names of a report's files. Raises BaselineError.
    """
    told, gone = list(reports), {}
    for file in dict.fromkeys(one for one in files if one is not None):
        those = [index for index, one in enumerate(files) if one == file]
        found = [Found(reports[index].findings, before[index], len(reports) > 1) for index in those]
        marked, left = compare(read_baseline(file), found)
        for index, findings in zip(those, marked, strict=True):
            told[index] = replace(reports[index], findings=findings)
        if left:
            gone[file] = left
    return told, gone


@dataclass(frozen=True, slots=True)
class Found:
    """One report's findings: ``before`` is what stands before its files' names, ``several`` whether others stand beside it."""

    findings: Sequence[Finding]
    before: str = ""
    several: bool = False


def compare(baseline: Baseline, reports: Sequence[Found]) -> tuple[list[tuple[Finding, ...]], tuple[Gone, ...]]:
    """The findings of each report, told new or unchanged (suppressed ones are neither), and the results that none of them is."""
    left = _Left(baseline)
    ones = {
        (index, number): (finding, report)
        for index, report in enumerate(reports)
        for number, finding in enumerate(report.findings)
        if not finding.suppressed
    }
    known = {place for place, one in ones.items() if left.take(*one)}
    known |= {place for place, one in ones.items() if place not in known and left.take_alike(*one)}
    marked = [
        tuple(
            replace(finding, baseline=UNCHANGED if (index, number) in known else NEW) if (index, number) in ones else finding
            for number, finding in enumerate(report.findings)
        )
        for index, report in enumerate(reports)
    ]
    return marked, tuple(left.results.values())


class _Left:
    """The results of a baseline that no finding was told to be so far."""

    def __init__(self, baseline: Baseline) -> None:
        self.unread = baseline.unread
        self.results = {result.fingerprint: result for result in reversed(baseline.results)}
        self.results = dict(reversed(self.results.items()))  # the first of those that have one fingerprint
        self._alike: dict[tuple[str, str, str, str], list[str]] = {}

    def take(self, finding: Finding, report: Found) -> bool:
        """Whether the finding is in the baseline by its fingerprint: as one of several projects, or alone."""
        if finding.code == _NOT_ANALYSED:  # which SARIF has as a notification
            return not self.unread.isdisjoint(_files(finding, report))
        joined = among(report.before, finding.fingerprint)
        names = (joined, finding.fingerprint) if report.several else (finding.fingerprint, joined)
        return any(self.results.pop(name, None) is not None for name in names)

    def take_alike(self, finding: Finding, report: Found) -> bool:
        """Whether a result that is left is of the same rule, file, API and URL."""
        if not self._alike:
            for fingerprint, result in self.results.items():
                self._alike.setdefault((result.code, result.file, result.api, result.url), []).append(fingerprint)
        access = finding.access
        if access is None:
            return False
        for file in _files(finding, report):
            same = self._alike.get((finding.code, file, access.api, redact(access.url)))
            if same:
                self.results.pop(same.pop(0))
                return True
        return False


def _files(finding: Finding, report: Found) -> tuple[str, ...]:
    """A finding's file as a baseline may name it: from where the user was, or from the project's root."""
    return report.before + finding.span.file, finding.span.file
