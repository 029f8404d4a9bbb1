"""Which words do judgements use? The vocabulary of the inventory, as enums whose values are the words themselves."""

from __future__ import annotations

from enum import Enum


class Word(str, Enum):
    """An enum whose members are their own text, so that they print and serialise as the word."""

    def __str__(self) -> str:
        return str(self.value)


class Phase(Word):
    """When the code runs."""

    BUILD = "build"
    TEST = "test"
    DOCS = "docs"


class Reach(Word):
    """How an access is come by: in every run, under circumstances, or only on an explicit command or option."""

    ALWAYS = "always"
    CONDITIONAL = "conditional"
    EXPLICIT = "explicit"


class GuardState(Word):
    """What the path's condition becomes when a switch is set."""

    NONE = "none"
    FALLBACK = "fallback"
    OPT_OUT = "opt-out"
    OPT_IN = "opt-in"


class IntegrityState(Word):
    """What is known of the fetched bytes before they are used."""

    VERIFIED = "verified"
    WEAK = "weak"
    INEFFECTIVE = "ineffective"
    ABSENT = "absent"
    NOT_APPLICABLE = "n/a"


class Verdict(Word):
    """One word a phase, from best to worst; ``unknown`` where nothing was found and not everything could be read."""

    OFFLINE = "offline"
    OPT_IN = "opt-in"
    OPT_OUT = "opt-out"
    ONLINE = "online"
    UNKNOWN = "unknown"


class Level(Word):
    """How much a finding matters (SARIF 2.1.0, section 3.27.10); ``none`` is not reported."""

    NONE = "none"
    NOTE = "note"
    WARNING = "warning"
    ERROR = "error"

    @property
    def rank(self) -> int:
        """0 for none up to 3 for error, to compare levels."""
        return ("none", "note", "warning", "error").index(self.value)


class Confidence(Word):
    """How sure the analysis is that the access is real."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
