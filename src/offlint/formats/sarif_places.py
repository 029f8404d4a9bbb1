"""What does SARIF say of a place? Locations and steps of trails, of which there are many more than there are results.

The evidence and the first steps are the same for many results, and are written once. What differs are values in a form that sarif-om's
objects give once, so that thousands of places take no thousands of objects.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from json.encoder import encode_basestring
from urllib.parse import quote

import sarif_om

from offlint.findings.redact import redact
from offlint.formats.base import Options, shown
from offlint.formats.sarif_model import Ready, compact, form, hole
from offlint.formats.sarif_text import Place, Source
from offlint.model.access import TrailStep
from offlint.model.lazy import dataclass
from offlint.model.report import Report
from offlint.model.span import Span

BASE = "%SRCROOT%"
_MOST = 5000

_TEXT = sarif_om.ArtifactContent(text=hole("snippet"))
_NUMBERS = {
    "start_line": hole("line"),
    "start_column": hole("column"),
    "end_line": hole("end_line"),
    "end_column": hole("end_column"),
    "char_offset": hole("offset"),
    "char_length": hole("length"),
}
_REGION, _REGION_WITH_TEXT = form(sarif_om.Region(**_NUMBERS)), form(sarif_om.Region(**_NUMBERS, snippet=_TEXT))
_LINES = {"start_line": hole("line"), "end_line": hole("end_line")}
_AROUND, _AROUND_WITH_TEXT = form(sarif_om.Region(**_LINES)), form(sarif_om.Region(**_LINES, snippet=_TEXT))
_PHYSICAL = form(sarif_om.PhysicalLocation(artifact_location=hole("artifact"), region=hole("region")))
_PHYSICAL_WITHIN = form(sarif_om.PhysicalLocation(artifact_location=hole("artifact"), region=hole("region"), context_region=hole("around")))
_LOCATION = sarif_om.Location(physical_location=hole("physical"), message=sarif_om.Message(text=hole("text")))
_STEP = form(sarif_om.ThreadFlowLocation(location=_LOCATION, nesting_level=hole("depth")))
_STEP_ESSENTIAL = form(sarif_om.ThreadFlowLocation(location=_LOCATION, nesting_level=hole("depth"), importance="essential"))


@dataclass(frozen=True, slots=True)
class Where:
    """A place in a project's file: ``artifact``, ``region`` and ``physical`` are what SARIF says; ``place`` where the text is at hand."""

    place: Place | None
    artifact: Ready
    region: Ready
    physical: Ready


@dataclass(frozen=True, slots=True)
class Project:
    """One of the reports, by its number, and what stands before its files' names."""

    number: int
    before: str


class Places:
    """The places of a run. ``artifacts`` are the numbers of the files that have one."""

    def __init__(self, reports: Sequence[Report], options: Options) -> None:
        self.artifacts: dict[str, int] = {}
        self._reports = reports
        self._options = options
        self._sources: dict[tuple[int, str], Source | None] = {}
        self._known: dict[tuple[int, Span], Where] = {}
        self._steps: dict[tuple[int, TrailStep, int, bool], Ready] = {}

    def source(self, report: int, file: str) -> Source | None:
        """A file's text as SARIF counts it."""
        key = (report, file)
        if key not in self._sources:
            text, data = self._reports[report].sources.get(file), self._options.data(report, file)
            self._sources[key] = None if text is None and data is None else Source(text or "", data)
        return self._sources[key]

    def where(self, project: Project, span: Span) -> Where:
        """Where a span is."""
        key = (project.number, span)
        found = self._known.get(key)
        if found is None:
            if len(self._known) > _MOST:
                self._known.clear()
            found = self._known[key] = self._where(project, span)
        return found

    def within(self, project: Project, span: Span) -> Ready:
        """Where a span is, with the lines around it."""
        at, source = self.where(project, span), self.source(project.number, span.file)
        wider = source.around(at.place) if source is not None and at.place is not None else None
        if wider is None:
            return at.physical
        values = {"line": wider.line, "end_line": wider.end_line, "snippet": encode_basestring(wider.snippet)}
        around = (_AROUND_WITH_TEXT if _public(wider.snippet) else _AROUND) % values
        return Ready(_PHYSICAL_WITHIN % {"artifact": at.artifact, "region": at.region, "around": around})

    def location(self, project: Project, span: Span, *, ident: int = -1, text: str = "") -> sarif_om.Location:
        """A place that is not the result's own."""
        physical = self.where(project, span).physical
        return sarif_om.Location(id=ident, physical_location=physical, message=message(text) if text else None)

    def step(self, project: Project, step: TrailStep, depth: int, *, essential: bool) -> Ready:
        """A step of a trail."""
        key = (project.number, step, depth, essential)
        if key not in self._steps:
            if len(self._steps) > _MOST:
                self._steps.clear()
            values = {
                "physical": self.where(project, step.span).physical,
                "text": encode_basestring(sentence(shown(step.what))),
                "depth": depth,
            }
            self._steps[key] = Ready((_STEP_ESSENTIAL if essential else _STEP) % values)
        return self._steps[key]

    def _where(self, project: Project, span: Span) -> Where:
        source = self.source(project.number, span.file)
        uri = uri_of(project.before + span.file)
        artifact = _artifact(uri, self.artifacts.get(uri, -1))
        place = None if source is None else source.place(span)
        region = _written(place) if place is not None else _plain(span)
        return Where(place, artifact, region, Ready(_PHYSICAL % {"artifact": artifact, "region": region}))


@lru_cache(1024)
def uri_of(path: str) -> str:
    """A file's name as a URI's path."""
    try:
        data = path.encode("utf-8", "surrogateescape")  # the bytes of a name on the disk, whatever they are
    except UnicodeEncodeError:
        data = path.encode("utf-8", "surrogatepass")
    return quote(data, safe="/")


@lru_cache(1024)
def message(text: str) -> Ready:
    """A message of nothing but text."""
    return Ready(compact(sarif_om.Message(text=text)))


def sentence(text: str) -> str:
    """The text, with a full stop where it has no end."""
    return text if text.endswith((".", "!", "?")) else f"{text}."


@lru_cache(1024)
def _artifact(uri: str, number: int) -> Ready:
    return Ready(compact(sarif_om.ArtifactLocation(uri=uri, uri_base_id=BASE, index=number)))


def _plain(span: Span) -> Ready:
    end = max(span.end_column, 1)
    return Ready(compact(sarif_om.Region(start_line=span.line, start_column=span.column, end_line=span.end_line, end_column=end)))


def _written(place: Place) -> Ready:
    values = {
        "line": place.line,
        "column": place.column,
        "end_line": place.end_line,
        "end_column": place.end_column,
        "offset": place.offset,
        "length": place.length,
        "snippet": encode_basestring(place.snippet),
    }
    return Ready((_REGION_WITH_TEXT if _public(place.snippet) else _REGION) % values)


def _public(text: str) -> bool:
    """Whether it holds no credentials: a snippet must be exact, so that one that does is left out."""
    return "://" not in text or redact(text) == text
