"""Which reports do the renderings' tests share? Made by hand, so that they do not depend on the analysis."""

from __future__ import annotations

import os
from pathlib import Path

from offlint.model.access import Access, Guard, Integrity, TrailStep
from offlint.model.entry import Skipped
from offlint.model.report import Finding, PhaseVerdict, ProjectInfo, Report, Switch
from offlint.model.span import Span
from offlint.model.words import GuardState, IntegrityState, Level, Phase, Reach, Verdict
from offlint.rulebook.schema import Rule

SNAPSHOTS = Path(__file__).parent / "snapshots"

SETUP = """\
import os
from urllib.request import urlopen

HOME = os.environ.get("SPAM_HOME")


def fetch(url):
    print("🌍 häh\t"); return urlopen(
        url,
    ).read()


if not HOME:
    fetch("https://me:secret@example.org/spam.tgz")
"""
CONF = "intersphinx_mapping = {}\n"


def access() -> Access:
    """A download four lines long behind a variable, with a trail of two steps."""
    return Access(
        phase=Phase.BUILD,
        surface="setup.py",
        span=Span("setup.py", 8, 29, 10, 6),
        kind="http",
        api="urllib.request.urlopen",
        url="https://me:secret@example.org/spam.tgz",
        url_exact=True,
        reach=Reach.CONDITIONAL,
        guard=Guard(
            GuardState.OPT_OUT,
            "SPAM_HOME",
            "env",
            "a local copy's folder",
            ("provision",),
            Span("setup.py", 13, 8, 13, 12),
            "SPAM_HOME names a local copy",
        ),
        integrity=Integrity(IntegrityState.ABSENT, why="the bytes are returned unchecked"),
        trail=(
            TrailStep(Span("setup.py", 14, 5, 14, 52), "module level calls fetch"),
            TrailStep(Span("setup.py", 8, 29, 10, 6), "fetch calls urllib.request.urlopen"),
        ),
        on_import=True,
    )


def inventory_access() -> Access:
    """A tolerated inventory, with a name that tries to fool a terminal."""
    return Access(
        phase=Phase.DOCS,
        surface="sphinx",
        span=Span("docs/conf.py", 1, 1, 1, 25),
        kind="config",
        api="intersphinx_mapping",
        url="https://example.org/\x1b[31m\u202eobjects.inv",
        url_exact=True,
        reach=Reach.ALWAYS,
        guard=Guard(GuardState.NONE),
        integrity=Integrity(IntegrityState.NOT_APPLICABLE),
        trail=(TrailStep(Span("docs/conf.py", 1, 1, 1, 25), "intersphinx_mapping"),),
        tolerated=True,
    )


def report(root: str = "spam-1.0") -> Report:
    """One error, one warning, one note, one suppressed finding, one file that was not analysed."""
    first, second = access(), inventory_access()
    unverified = Finding(
        "OFL201",
        "unverified-download",
        Level.WARNING,
        "urllib.request.urlopen fetches https://me:***@example.org/spam.tgz, and nothing verifies it.",
        "Compare its SHA-256 with one that ships with the source.",
        first.span,
        first,
        fingerprint="aa",
    )
    return Report(
        project=ProjectInfo("spam", "1.0", root),
        findings=(
            Finding(
                "OFL304",
                "remote-inventory",
                Level.NOTE,
                "intersphinx_mapping reaches https://example.org/\x1b[31m\u202eobjects.inv.",
                "Ship the inventory.",
                second.span,
                second,
                fingerprint="bb",
            ),
            Finding(
                "OFL001", "not-analysed", Level.NOTE, "old.py was not judged.", "Read it.", Span("old.py", 14, 1, 14, 1), fingerprint="cc"
            ),
            Finding("OFL107", "access-on-import", Level.ERROR, "It runs on import.", "Move it.", first.span, first, fingerprint="dd"),
            unverified,
            Finding(
                "OFL105",
                "private-switch",
                Level.NOTE,
                "Only SPAM_HOME stops it.",
                "Honour NO_NETWORK.",
                Span("setup.py", 14, 5, 14, 52),
                None,
                suppressed=True,
                reason="it is known",
                fingerprint="ee",
            ),
        ),
        accesses=(second, first),
        verdicts=(
            PhaseVerdict(Phase.BUILD, Verdict.OPT_OUT, ("setup.py:8",), "urllib.request.urlopen reaches it unless SPAM_HOME is set"),
            PhaseVerdict(Phase.TEST, Verdict.UNKNOWN, (), "old.py could not be analysed: Python 2 syntax at 14:7"),
            PhaseVerdict(Phase.DOCS, Verdict.ONLINE, ("docs/conf.py:1",), "intersphinx_mapping"),
        ),
        switches=(Switch("SPAM_HOME", "env", "a local copy's folder", "provision", ("setup.py:8",)),),
        not_analysed=(Skipped("old.py", "Python 2 syntax at 14:7", 14),),
        rules={0: ("OFL304",), 1: ("OFL107", "OFL201")},
        sources={"setup.py": SETUP, "docs/conf.py": CONF, "old.py": "print 1\n"},
    )


def clean() -> Report:
    """Nothing at all."""
    verdicts = tuple(PhaseVerdict(phase, Verdict.OFFLINE, (), "no access found") for phase in Phase)
    return Report(ProjectInfo("", "", "."), (), (), verdicts, (), ())


def rules() -> dict[str, Rule]:
    """Two pages."""
    return {
        "OFL107": Rule(
            "OFL107", "access-on-import", "Access on import", "table", "{api}", "", help="It runs too early.\n\n## Why\n\nBecause."
        ),
        "OFL201": Rule(
            "OFL201",
            "unverified-download",
            "Unverified download",
            "table",
            "{api}",
            "",
            cwe=494,
            summary="Anybody may replace it.",
            help="Body.",
        ),
    }


def same_as_snapshot(text: str, name: str) -> bool:
    """Whether a rendering is the one stored; with OFFLINT_SNAPSHOTS=update it is stored instead (look at the diff)."""
    path = SNAPSHOTS / name
    if os.environ.get("OFFLINT_SNAPSHOTS") == "update":
        path.write_text(text, encoding="utf-8", newline="\n")
    assert path.read_text(encoding="utf-8") == text
    return True
