"""What is said of a project? Findings and the report that formats render."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from offlint.model.lazy import dataclass, field
from offlint.model.span import Span
from offlint.model.words import Level, Phase, Verdict

if TYPE_CHECKING:
    from offlint.model.access import Access
    from offlint.model.entry import Skipped


@dataclass(frozen=True, slots=True)
class Finding:
    """One broken rule at one place.

    ``message`` is one sentence or more, the first of which stands alone; ``advice`` says how to mend it.
    ``fingerprint`` is stable under moved lines. ``baseline`` is ``new`` or ``unchanged`` where there is a baseline, else empty.
    ``subject`` is what a finding without an access is about, a missing file for one, and ``lacks`` the phase that wants it.
    """

    code: str
    name: str
    level: Level
    message: str
    advice: str
    span: Span
    access: Access | None = None
    suppressed: bool = False
    reason: str = ""
    fingerprint: str = ""
    baseline: str = ""
    subject: str = ""
    lacks: Phase | None = None

    @property
    def phase(self) -> Phase | None:
        """The phase that it is about, None for what is about the check itself."""
        return self.lacks if self.access is None else self.access.phase

    @property
    def counts(self) -> bool:
        """Whether it is for the reader to act on: nobody accepted it, and no baseline knows it."""
        return not self.suppressed and self.baseline != "unchanged"


@dataclass(frozen=True, slots=True)
class Gone:
    """A result of an earlier run, as far as it tells whether today's findings have it still."""

    code: str
    level: Level
    message: str
    file: str
    line: int
    fingerprint: str
    api: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Switch:
    """Something a person sets to change whether an access happens. ``stops`` and ``starts`` are places ``file:line``."""

    name: str
    kind: str
    set_to: str
    effect: str
    stops: tuple[str, ...] = ()
    starts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PhaseVerdict:
    """A phase's verdict and the places that decide it."""

    phase: Phase
    verdict: Verdict
    because: tuple[str, ...] = ()
    why: str = ""


@dataclass(frozen=True, slots=True)
class ProjectInfo:
    """Name and version as the project's metadata give them (empty where unknown), and the root as the user named it.

    ``way`` leads from where the user is to the root (``packages/spam/``); empty where files are named from the root on.
    ``backend`` is the module that builds it, empty where nothing is built.
    """

    name: str
    version: str
    root: str
    way: str = ""
    backend: str = ""


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a folder comes from: its repository's address without credentials, the commit, and the branch (empty where none is)."""

    repository: str
    revision: str
    branch: str


@dataclass(frozen=True, slots=True)
class Report:
    """Everything said of one project.

    ``sources`` holds the lines of files that findings, trails and evidence point to, for source frames: file to text.
    """

    project: ProjectInfo
    findings: tuple[Finding, ...]
    accesses: tuple[Access, ...]
    verdicts: tuple[PhaseVerdict, ...]
    switches: tuple[Switch, ...]
    not_analysed: tuple[Skipped, ...]
    rules: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    sources: Mapping[str, str] = field(default_factory=dict)
