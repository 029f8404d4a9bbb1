"""What reaches the network? An access, its trail, and what was judged of it."""

from __future__ import annotations

from offlint.model.lazy import dataclass
from offlint.model.span import Span
from offlint.model.words import Confidence, GuardState, IntegrityState, Phase, Reach

#: What a switch is set to that names a local copy; with another value a ``provision`` makes that one is looked for.
LOCAL_COPY = "a local copy"


@dataclass(frozen=True, slots=True)
class TrailStep:
    """One call on the way from the entry point to the access, outermost first."""

    span: Span
    what: str


@dataclass(frozen=True, slots=True)
class Switch:
    """What a person sets: name and kind as in `Guard`, the value, and whether it provides."""

    name: str
    kind: str
    set_to: str
    provision: bool = False


@dataclass(frozen=True, slots=True)
class Guard:
    """What a switch does to an access.

    ``kind`` is ``env``, ``option`` (a command's or script's), ``config`` (a configuration file's key), ``pytest``, ``command`` or
    ``cmake`` (a variable of CMake's, ``-DNAME=value``).
    ``set_to`` says what to set to stop the access (opt-out) or to ask for it (opt-in). ``flaws`` are words of
    ``inverted partial presence leaky silent provision``; ``evidence`` is the line that shows it. ``others`` stop the access as well, each
    by itself.
    """

    state: GuardState
    switch: str | None = None
    kind: str = "env"
    set_to: str | None = None
    flaws: tuple[str, ...] = ()
    evidence: Span | None = None
    why: str = ""
    flaw_evidence: Span | None = None
    others: tuple[Switch, ...] = ()


@dataclass(frozen=True, slots=True)
class Integrity:
    """What is known of the fetched bytes before their first use.

    ``algorithm`` is a digest's name (``sha256``) or ``git-commit``, ``lock-file``, ``signature``; ``expected`` the fixed value
    where it is known. ``flaws`` are words of ``mutable-reference unstable-archive cleartext no-certificate-check remote-code
    digest-from-network use-before-verification not-compared mismatch-ignored off-by-default cache-only assert``.
    """

    state: IntegrityState
    algorithm: str | None = None
    expected: str | None = None
    flaws: tuple[str, ...] = ()
    evidence: Span | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Variant:
    """One of several addresses that an access may ask for, the digest that is compared then, and the condition in words (or empty)."""

    url: str
    exact: bool
    algorithm: str | None = None
    expected: str | None = None
    when: str = ""


@dataclass(frozen=True, slots=True)
class Hole:
    """What fills a hole of an address.

    ``by`` is ``env``, ``option``, ``cmake``, ``machine``, ``download``, or ``run``: code that was not followed.
    """

    name: str
    by: str
    what: str = ""


@dataclass(frozen=True, slots=True)
class Access:
    """One place that opens a connection when it runs: the sink, not its wrapper.

    ``kind`` is one of http, git, vcs, package-manager, socket, shell, dataset, config, cmake, meson, cargo. ``url`` keeps what is
    known (``https://host/{version}/x.tar.gz``); ``url_exact`` says that it has no holes. ``tolerated`` says that the phase's tool
    goes on when the access fails. ``on_import`` says that it runs at a module's top level. ``program`` is the test (``file::name``), or
    the script or document that a documentation tool runs, that comes to the access; empty for anything else. ``plugin`` says that a
    plug-in of the phase's tool makes the access, by itself. ``own`` names the project's own function that a page, and not its code, says
    to be the access. ``variants`` are the addresses that ``url`` stands for where there are several, ``holes`` what fills its holes, and
    ``lands`` the files that hold what was fetched, as far as they are known. ``copies`` are files, packages and programs each of which
    makes the access unnecessary where it is there; ``name`` is what the project calls that which is fetched (content of CMake, a wrap).
    ``checkout`` says that the tree is a released one, and that only a checkout with its ``.git`` comes to the access.
    """

    phase: Phase
    surface: str
    span: Span
    kind: str
    api: str
    url: str
    url_exact: bool
    reach: Reach
    guard: Guard
    integrity: Integrity
    trail: tuple[TrailStep, ...]
    confidence: Confidence = Confidence.HIGH
    tolerated: bool = False
    on_import: bool = False
    because: str = ""
    program: str = ""
    plugin: bool = False
    own: str = ""
    variants: tuple[Variant, ...] = ()
    holes: tuple[Hole, ...] = ()
    lands: tuple[str, ...] = ()
    copies: tuple[str, ...] = ()
    name: str = ""
    checkout: bool = False
