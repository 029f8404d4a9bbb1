"""Which words does a recipe have? What to set, what to provide, and what stays in the way, for each phase."""

from __future__ import annotations

from enum import Enum

from offlint.model.access import Hole
from offlint.model.lazy import dataclass, field
from offlint.model.report import ProjectInfo
from offlint.model.words import Phase, Verdict


class Possible(str, Enum):
    """Whether a phase can be done offline with what the recipe says."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Form:
    """One way to write a setting: ``where`` is ``environment``, ``pip``, ``setup.py``, ``cmake``, ``pytest`` …, or a file's name."""

    where: str
    text: str


@dataclass(frozen=True, slots=True)
class Setting:
    """Something to set. ``value`` is None where a person must fill it in; ``wants`` says with what, or what must be there beside a value.

    ``effect`` is ``opt-out`` or ``provision`` for a switch of the project, ``local``, ``skips`` or ``fails`` for one of a tool; ``stops``
    are the places that it keeps from the network, ``others`` settings each of which would do that instead. ``tool`` and ``source`` (where
    that is documented) are those of a tool's switch.
    """

    name: str
    kind: str
    value: str | None
    wants: str
    effect: str
    forms: tuple[Form, ...]
    stops: tuple[str, ...]
    flaws: tuple[str, ...] = ()
    tool: str = ""
    source: str = ""
    provide: str = ""
    others: tuple[Setting, ...] = ()


@dataclass(frozen=True, slots=True)
class Source:
    """One thing to provide.

    ``kind`` is ``file``, ``git``, ``vcs``, ``packages`` (what a package manager installs), ``inventory`` (of Sphinx) or ``data`` (anything
    else). ``algorithm`` and ``digest`` are what the project pins, ``reference`` the commit of a repository. ``when`` chooses it among
    several. ``looked_for`` are the places where one that is there makes the download unnecessary, ``lands`` the files into which it is put,
    ``variables`` what can name a local copy. ``needed`` is false where a switch of the recipe makes the phase go another way, or its
    failure does no harm.
    """

    kind: str
    url: str
    exact: bool
    algorithm: str | None
    digest: str | None
    when: str
    reference: str
    holes: tuple[Hole, ...]
    phases: tuple[Phase, ...]
    places: tuple[str, ...]
    looked_for: tuple[str, ...]
    lands: tuple[str, ...]
    variables: tuple[str, ...]
    needed: bool
    api: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Obstacle:
    """An access for which the recipe has nothing to say but that it is in the way."""

    place: str
    what: str
    why: str


@dataclass(frozen=True, slots=True)
class PhaseRecipe:
    """One phase: ``says`` is the verdict in words.

    ``left_out`` are the tests to leave out, ``tolerated`` the places whose failure does no harm.
    """

    phase: Phase
    verdict: Verdict
    possible: Possible
    says: str
    switches: tuple[Setting, ...] = ()
    tools: tuple[Setting, ...] = ()
    left_out: tuple[str, ...] = ()
    obstacles: tuple[Obstacle, ...] = ()
    tolerated: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Recipe:
    """All that a packager needs to know of one project."""

    project: ProjectInfo
    phases: tuple[PhaseRecipe, ...]
    sources: tuple[Source, ...] = field(default=())

    @property
    def possible(self) -> bool:
        """Whether every phase can be done offline with what is said."""
        return all(one.possible is Possible.YES for one in self.phases)
