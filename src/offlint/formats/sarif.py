"""What do code scanning services read? One SARIF 2.1.0 log of one run, built of sarif-om's objects.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/sarif-v2.1.0-errata01-os-complete.html, and inside the limits of
https://docs.github.com/en/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning.
Suppressed findings are left out unless they are asked for (GitHub opens alerts for them); what could not be analysed is a notification,
not a result.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from hashlib import sha256
from pathlib import PurePosixPath
from typing import Any

import sarif_om

from offlint import __version__
from offlint.findings.baseline import HASH
from offlint.findings.fingerprints import among
from offlint.findings.suppressions import PER_PATH
from offlint.formats import sarif_rules
from offlint.formats.absent import absent
from offlint.formats.base import HOME, Options, prefix, shown
from offlint.formats.facts import guard_words, integrity_words
from offlint.formats.sarif_model import Ready, Suppression, compact, dump
from offlint.formats.sarif_places import BASE, Places, Project, message, sentence, uri_of
from offlint.model.entry import Skipped
from offlint.model.lazy import dataclass, field, regex
from offlint.model.report import Finding, Provenance, Report
from offlint.model.span import Span
from offlint.model.words import Level
from offlint.rulebook.schema import Rule

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
NOT_ANALYSED = "OFL001"
NOT_CHECKED = "OFL000"

_MOST_MESSAGE = 2048
_LINK = regex(r"\[([^\]]*)\](?=\()")
_LANGUAGES = {
    ".py": "python",
    ".pyi": "python",
    ".cmake": "cmake",
    ".toml": "toml",
    ".cfg": "ini",
    ".ini": "ini",
    ".yml": "yaml",
    ".yaml": "yaml",
    ".sh": "shellscript",
    ".json": "json",
    ".wrap": "ini",
}
_NAMES = {"CMakeLists.txt": "cmake", "meson.build": "meson", "Makefile": "makefile"}


def render(reports: Sequence[Report], options: Options) -> str:
    """The log, byte-identical for equal reports; paths relative to the project's root (several: with the root before them)."""
    return "".join(pieces(reports, options))


def pieces(reports: Sequence[Report], options: Options) -> Iterator[str]:
    """The log in pieces, one a result, so that thousands of them are never held at once."""
    run = _Run(reports, options, Places(reports, options))
    whole = run.build()
    yield from dump(sarif_om.SarifLog(schema_uri=SCHEMA, version="2.1.0", runs=None), whole, run.results())


@dataclass(slots=True)
class _One:
    """A finding with what its result needs."""

    finding: Finding
    project: Project
    uri: str


@dataclass(slots=True)
class _Run:
    reports: Sequence[Report]
    options: Options
    places: Places
    ones: Sequence[_One] = ()
    numbers: Mapping[str, int] = field(default_factory=dict)

    def results(self) -> Iterator[sarif_om.Result]:
        """The results, in the order of their places."""
        yield from (self._result(one) for one in self.ones)
        yield from (absent(gone, self.numbers.get(gone.code, -1), uri_of(gone.file), BASE) for gone in self.options.gone)

    def build(self) -> sarif_om.Run:
        """The run with everything in it but the results."""
        self.ones = ones = sorted(self._ones(), key=lambda one: (one.uri, one.finding.span.line, one.finding.span.column, one.finding.code))
        # Artifacts are numbered in the order of their names.
        first = {one.uri: one for one in reversed(ones)}
        self.places.artifacts = {uri: index for index, uri in enumerate(sorted(first))}
        rules = self._rules(ones)
        cwes = sorted({rule.cwe for rule in rules.values() if rule.cwe in sarif_rules.CWE and rule.cwe is not None})
        self.numbers = {code: index for index, code in enumerate(rules)}
        notices = [self._notification(index, skipped) for index, report in enumerate(self.reports) for skipped in report.not_analysed]
        notices += [self._failure(text, int(bool(notices))) for text in self.options.failures]
        driver = sarif_om.ToolComponent(
            name="offlint",
            full_name=f"offlint {__version__}",
            organization="The offlint authors",
            version=__version__,
            semantic_version=_semantic(__version__),
            information_uri=HOME,
            rules=[sarif_rules.descriptor(rule, cwes) for rule in rules.values()],
            notifications=list(self._notice_descriptors()) or None,
            supported_taxonomies=[sarif_om.ToolComponentReference(name="CWE", index=0)] if cwes else None,
        )
        category = self.options.category.strip("/")
        return sarif_om.Run(
            tool=sarif_om.Tool(driver=driver),
            invocations=[
                sarif_om.Invocation(
                    execution_successful=bool(self.reports),
                    exit_code=self.options.exit_code,
                    tool_execution_notifications=notices or None,
                )
            ],
            automation_details=sarif_om.RunAutomationDetails(id=f"{category}/") if category else None,
            version_control_provenance=_version_control(self.options.provenance),
            column_kind="utf16CodeUnits",
            newline_sequences=["\r\n", "\n", "\r"],
            original_uri_base_ids={BASE: sarif_om.ArtifactLocation(description=message("The root of the project that was checked."))},
            artifacts=[self._artifact(first[uri]) for uri in self.places.artifacts] or None,
            taxonomies=[sarif_rules.taxonomy(cwes)] if cwes else None,
            results=None,
        )

    def _ones(self) -> Iterator[_One]:
        for index, report in enumerate(self.reports):
            before = prefix(report, self.reports)
            for finding in report.findings:
                if (self.options.suppressed or not finding.suppressed) and finding.code != NOT_ANALYSED and finding.level is not Level.NONE:
                    yield _One(finding, Project(index, before), uri_of(before + finding.span.file))

    def _rules(self, ones: Sequence[_One]) -> dict[str, Rule]:
        """Those with results; where there is none, those that were looked for, so that a clean log says what it is clean of."""
        known = self.options.rules
        found = {one.finding.code: known.get(one.finding.code) or sarif_rules.bare_rule(one.finding) for one in ones}
        found |= {gone.code: known[gone.code] for gone in self.options.gone if gone.code in known}
        return dict(sorted((found or {code: rule for code, rule in known.items() if code != NOT_ANALYSED}).items()))

    def _artifact(self, one: _One) -> sarif_om.Artifact:
        path = PurePosixPath(one.finding.span.file)
        data = self.options.data(one.project.number, one.finding.span.file)
        return sarif_om.Artifact(
            location=sarif_om.ArtifactLocation(uri=one.uri, uri_base_id=BASE, index=self.places.artifacts[one.uri]),
            length=-1 if data is None else len(data),
            hashes=None if data is None else {"sha-256": sha256(data).hexdigest()},
            source_language=_NAMES.get(path.name) or _LANGUAGES.get(path.suffix),
            roles=["analysisTarget"],
        )

    def _result(self, one: _One) -> sarif_om.Result:
        finding, access = one.finding, one.finding.access
        source = self.places.source(one.project.number, finding.span.file)
        related = self._related(one)
        properties: dict[str, Any] = {}
        if access is not None:
            properties = {
                "offlint/phase": access.phase.value,
                "offlint/api": access.api,
                "offlint/url": shown(access.url),
                "offlint/reach": access.reach.value,
                "offlint/guard": access.guard.state.value,
                "offlint/integrity": access.integrity.state.value,
                "offlint/confidence": access.confidence.value,
            }
        fingerprint = finding.fingerprint
        if one.project.before and len(self.reports) > 1:  # by the name that the project has among them
            fingerprint = among(one.project.before, fingerprint)
        prints = {HASH: fingerprint} if fingerprint else {}
        location = sarif_om.Location(physical_location=self.places.within(one.project, finding.span))
        place = self.places.where(one.project, finding.span).place
        if source is not None and place is not None:
            prints["primaryLocationLineHash"] = source.line_hash(place.line)
            if finding.span.file.endswith(".py"):
                location.logical_locations = [_module(finding.span.file)]
        return sarif_om.Result(
            rule_id=finding.code,
            rule_index=self.numbers[finding.code],
            kind="fail",
            level=finding.level.value,
            message=_message(finding, [name for name, _ in related]),
            locations=[location],
            related_locations=[
                self.places.location(one.project, span, ident=number, text=f"{name[0].upper()}{name[1:]}.")
                for number, (name, span) in enumerate(related, 1)
            ]
            or None,
            code_flows=self._flows(one),
            partial_fingerprints=prints or None,
            baseline_state=finding.baseline or None,
            suppressions=self._suppressions(finding),
            properties=properties or None,
        )

    def _suppressions(self, finding: Finding) -> list[Suppression] | None:
        """None where they are not written: a list, also an empty one, says that they are."""
        if not self.options.suppressed:
            return None
        return (
            [Suppression("external" if finding.reason.startswith(PER_PATH) else "inSource", shown(finding.reason) or "No reason is given.")]
            if finding.suppressed
            else []
        )

    def _related(self, one: _One) -> list[tuple[str, Span]]:
        """What the message links to: the lines that show guard and integrity, and where the trail begins."""
        access = one.finding.access
        if access is None:
            return []
        places = {
            "the switch": access.guard.evidence,
            "what is wrong with it": access.guard.flaw_evidence,
            "the integrity check": access.integrity.evidence,
            "the entry point": access.trail[0].span if len(access.trail) > 1 else None,
        }
        found: dict[Span, str] = {}
        for name, span in places.items():
            if span is not None and span != one.finding.span:
                found.setdefault(span, name)
        return [(name, span) for span, name in found.items()]

    def _flows(self, one: _One) -> list[sarif_om.CodeFlow] | None:
        access = one.finding.access
        if access is None or len(access.trail) < 2:
            return None
        last = len(access.trail) - 1
        steps = [self.places.step(one.project, step, depth, essential=depth in {0, last}) for depth, step in enumerate(access.trail[:1000])]
        return [sarif_om.CodeFlow(thread_flows=[sarif_om.ThreadFlow(locations=steps)])]

    def _notification(self, index: int, skipped: Skipped) -> sarif_om.Notification:
        report = self.reports[index]
        known = self.places.source(index, skipped.file) is not None
        before = prefix(report, self.reports)
        span = Span(skipped.file, skipped.line, 1, skipped.line, 1)
        return sarif_om.Notification(
            descriptor=sarif_om.ReportingDescriptorReference(id=NOT_ANALYSED, index=0),
            level="warning",
            message=message(sentence(f"{shown(skipped.file)} could not be analysed: {shown(skipped.why)}")),
            locations=[self.places.location(Project(index, before), span)] if known else None,
        )

    def _failure(self, text: str, index: int) -> sarif_om.Notification:
        return sarif_om.Notification(
            descriptor=sarif_om.ReportingDescriptorReference(id=NOT_CHECKED, index=index),
            level="error",
            message=message(sentence(shown(text))),
        )

    def _notice_descriptors(self) -> Iterator[sarif_om.ReportingDescriptor]:
        if any(report.not_analysed for report in self.reports):
            text = "Something that may reach the network could not be analysed."
            more = "It is read with the eyes; a phase in which nothing else was found is then unknown, not offline."
            yield sarif_rules.notice(NOT_ANALYSED, "NotAnalysed", "warning", text, more)
        if self.options.failures:
            text = "A path could not be checked at all."
            more = "It does not exist, or can not be read, or is no project; the results are those of the other paths."
            yield sarif_rules.notice(NOT_CHECKED, "NotChecked", "error", text, more)


def _version_control(found: Provenance | None) -> list[sarif_om.VersionControlDetails] | None:
    if found is None:
        return None
    root = sarif_om.ArtifactLocation(uri_base_id=BASE)
    branch = found.branch or None
    return [sarif_om.VersionControlDetails(repository_uri=found.repository, revision_id=found.revision, branch=branch, mapped_to=root)]


def _message(finding: Finding, related: Sequence[str]) -> sarif_om.Message:
    """The finding's message, then what was found of guard and integrity, then links to the lines that show it."""
    text = sentence(shown(finding.message))
    if "](" in text:
        text = _LINK.sub(r"\\[\1\\]", text)
    access = finding.access
    if access is not None:
        facts = f"Guard: {guard_words(access.guard)}. Integrity: {integrity_words(access.integrity)}."
        text = f"{text} {_LINK.sub(lambda found: f'({found[1]})', facts) if '](' in facts else facts}"
    links = [f"[{name}]({number})" for number, name in enumerate(related, 1)]
    end = f" See {', '.join(links)}." if links else ""
    most = _MOST_MESSAGE - len(end) - 4
    if len(text) > most:
        text = f"{text[:most].rstrip()} …."
    advice = f"\n\n{_markdown(shown(finding.advice))}" if finding.advice else ""
    return sarif_om.Message(text=text + end, markdown=f"{_markdown(text)}{end}{advice}")


def _markdown(text: str) -> str:
    for sign in "\\`*_<>[]":  # the backslash first
        text = text.replace(sign, f"\\{sign}")
    return text


@lru_cache(1024)
def _module(file: str) -> Ready:
    dotted = file.removesuffix(".py").replace("/", ".").removesuffix(".__init__")
    return Ready(compact(sarif_om.LogicalLocation(name=dotted.rpartition(".")[2], fully_qualified_name=dotted, kind="module")))


def _semantic(version: str) -> str | None:
    """A version of PEP 440 as SemVer, None where it has no such form."""
    found = re.match(r"(\d+\.\d+\.\d+)(?:\.?(dev|a|b|rc)(\d+))?", version)
    if found is None:
        return None
    return f"{found[1]}-{found[2]}.{found[3]}" if found[2] else found[1]
