"""What does a format need to know besides the report, and how is a project's text made safe to show?"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Protocol

from offlint.findings.redact import redact
from offlint.model.lazy import dataclass, field
from offlint.model.words import Level

if TYPE_CHECKING:  # every command waits for this module
    from offlint.model.report import Finding, Gone, Provenance, Report
    from offlint.rulebook.schema import Rule

# Where offlint is found: the one address that does not depend on who hosts the sources.
HOME = "https://pypi.org/project/offlint/"

# C0 and C1 controls, zero-width and bidirectional controls, line separators, byte order marks, annotations, tags, lone surrogates.
_HIDDEN = (
    "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e007f]"
)
_HIDDEN_IN_JSON = _HIDDEN.replace("\x00-\x1f", "").replace("\ud800-\udfff", "")  # JSON itself knows the first
_COMMAND = r"(?m)^([^\S\n]*):(?=:)|##(?=\[)"
_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


@dataclass(frozen=True, slots=True)
class Options:
    """How to render.

    ``rules``: the pages, by code. ``terminal``: source frames and colour; ``width`` is the terminal's. ``fail_on``: the lowest
    level that counts, None for never. ``data``: the bytes of a file of the report with that index, None where they are not at
    hand. ``exit_code``: what the program will exit with; ``failures``: what could not be checked at all, a line each.
    ``provenance``: of the folder from which files are named. ``category`` and ``suppressed`` are for SARIF: what tells several uploads
    for one commit apart, and whether suppressed findings are written, too. ``gone``: results of the baseline
    that are to be listed as absent.
    """

    rules: Mapping[str, Rule] = field(default_factory=dict)
    verbose: bool = False
    quiet: bool = False
    terminal: bool = False
    width: int = 100
    fail_on: Level | None = Level.WARNING
    data: Callable[[int, str], bytes | None] = lambda _index, _file: None
    exit_code: int = 0
    failures: Sequence[str] = ()
    provenance: Provenance | None = None
    category: str = ""
    suppressed: bool = False
    gone: Sequence[Gone] = ()


class Format(Protocol):
    """What the module of a format offers; one whose output may be long has ``pieces``, too, which ``render`` joins."""

    def render(self, reports: Sequence[Report], options: Options) -> str:
        """The whole output, with its last line end."""


def visible(text: str) -> str:
    r"""The text with what a terminal or an editor would obey or hide written as an escape: ``\x1b``, ``\u202e``, ``\n``."""
    return text if text.isascii() and text.isprintable() else _pattern(_HIDDEN).sub(_escape, text)


@lru_cache(3)
def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(text)  # which takes longer than all else here, and most texts need none of it


@lru_cache(1024)
def shown(text: str) -> str:
    """A text of the analysed project as it may be printed in a line: visible, and without credentials."""
    return visible(redact(text))


def in_json(text: str) -> str:
    r"""JSON with the same escaped as JSON does it, so that it may be looked at: ``\u202e``. It has no texts but in quotes."""
    text = text.replace("##[", "#\\u0023[")  # for no_command there is nothing left to do, which would break it
    return text if text.isascii() and "\x7f" not in text else _pattern(_HIDDEN_IN_JSON).sub(_escape_in_json, text)


def _escape_in_json(found: re.Match[str]) -> str:
    units = found[0].encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{high:02x}{low:02x}" for high, low in zip(units[::2], units[1::2], strict=True))


def no_command(text: str) -> str:
    """Lines that a GitHub workflow does not obey: its commands begin with ``::``, or hold ``##[`` (ActionCommand.cs in actions/runner)."""
    return _pattern(_COMMAND).sub(lambda found: "#\\x23" if found[1] is None else f"{found[1]}\\x3a", text)


def _escape(found: re.Match[str]) -> str:
    character = found[0]
    code = ord(character)
    return _SHORT.get(character) or (f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}")


def prefix(report: Report, reports: Sequence[Report]) -> str:
    """What stands before a file's name: the way to a project below here; of several projects, the root that tells them apart."""
    root = report.project.root.rstrip("/")
    return report.project.way or ("" if len(reports) < 2 or root in {"", "."} else f"{root}/")


def title(report: Report) -> str:
    """A project's name, version and root on one line."""
    project = report.project
    named = " ".join(word for word in (project.name, project.version) if word)
    return shown(f"{named} ({project.root})" if named and named != project.root else project.root)


def counted(findings: Sequence[Finding], level: Level) -> int:
    """How many findings of that level nobody accepted, and no baseline knows."""
    return sum(finding.level is level and finding.counts for finding in findings)


def plural(count: int, word: str) -> str:
    """``1 error``, ``2 errors``."""
    return f"{count} {word}" + ("" if count == 1 else "s")
