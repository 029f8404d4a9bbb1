"""What does a phase run first? Entry points, as the surfaces find them."""

from __future__ import annotations

from offlint.model.access import Guard, Integrity, TrailStep
from offlint.model.lazy import dataclass, field
from offlint.model.span import Span
from offlint.model.words import GuardState, IntegrityState, Phase, Reach


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that a phase's tool runs.

    The module ``file`` is run from its top; then, of its namespace, every ``names`` pattern that exists:

    - ``"build_wheel"``: a function; ``"hooks.build"``: a method or an attribute;
    - ``"test_*"``: every function whose name matches (shell wildcards);
    - ``"Test*.test_*"``: methods of matching classes, on a fresh instance;
    - ``"<dotted.Base>.run"``: the method of every class that derives from that class (of the project or not), on a fresh instance.
      ``<*>`` stands for any base.

    ``search`` are folders (relative to the root, ``""`` for the root) from which imports are resolved, first match first.
    ``argv`` are the words that the program sees as ``sys.argv[1:]``, None where they are unknown.
    ``main`` says that ``__name__ == "__main__"`` holds. ``ask`` is what a person types to run
    an explicit entry. ``gives`` are dotted classes of what the tool hands to the functions, in order, ``keywords``
    texts that it hands over by name.
    """

    phase: Phase
    surface: str
    file: str
    span: Span
    names: tuple[str, ...] = ()
    search: tuple[str, ...] = ("",)
    reach: Reach = Reach.ALWAYS
    main: bool = False
    argv: tuple[str, ...] | None = None
    gives: tuple[str, ...] = ()
    keywords: tuple[tuple[str, str], ...] = ()
    ask: str = ""


@dataclass(frozen=True, slots=True)
class Option:
    """A setting that the project's own configuration gives to a command or to a test run.

    ``scope`` is the command's name (``build_ext``) or ``pytest``; the span shows the line that sets it.
    """

    scope: str
    name: str
    value: str
    span: Span


_NO_GUARD = Guard(GuardState.NONE)
_NOT_CHECKED = Integrity(IntegrityState.ABSENT)


@dataclass(frozen=True, slots=True)
class Setting:
    """A configuration entry that makes a phase's tool reach the network, found by a surface without running any code.

    ``api`` names the entry or the tool, ``kind`` is an access's. ``guard`` and ``integrity`` are what the configuration and the tree say;
    what a URL alone shows (a branch, cleartext, a forge's archive) is added when it is judged. ``trail`` are the entries that lead here.
    ``copies`` and ``name`` are those of the access.
    """

    phase: Phase
    surface: str
    kind: str
    api: str
    url: str
    span: Span
    reach: Reach = Reach.ALWAYS
    exact: bool = True
    guard: Guard = _NO_GUARD
    integrity: Integrity = _NOT_CHECKED
    trail: tuple[TrailStep, ...] = ()
    tolerated: bool = False
    copies: tuple[str, ...] = ()
    name: str = ""


@dataclass(frozen=True, slots=True)
class Task:
    """A command line that the configuration makes a phase's tool run: of a tox environment, a Makefile's target, a build hook.

    ``words`` are the arguments, or one shell text where ``as_text`` is set; ``{hole}`` stands for what is not known. ``folder`` is where it
    runs, relative to the root. Installing what the project declares is what the tool is for, and no access.
    """

    phase: Phase
    surface: str
    words: tuple[str, ...]
    span: Span
    reach: Reach = Reach.ALWAYS
    as_text: bool = False
    folder: str = ""
    guard: Guard = _NO_GUARD
    trail: tuple[TrailStep, ...] = ()


@dataclass(frozen=True, slots=True)
class Skipped:
    """Something reachable that was not judged, and why, in one line; ``reach`` is ``explicit`` where nobody reaches it by default.

    ``budget`` says that there was too much of it for what may be spent.
    """

    file: str
    why: str
    line: int = 1
    phase: Phase | None = None
    reach: Reach = Reach.ALWAYS
    budget: bool = False


@dataclass(frozen=True, slots=True)
class Lack:
    """Something that a phase needs and that the archive does not hold.

    ``kind`` is ``build-input``, ``tests``, ``docs``, ``submodule``, ``version-control`` or ``release``; ``path`` is what is not there,
    relative to the root, or not done, ``by`` what asks for it, in a few words (``open``, ``add_subdirectory``, ``testpaths``), ``span`` the
    line that does. ``fails`` says that the phase ends there; else it goes on without, or only some runs come there. ``why`` is a sentence
    more.
    """

    kind: str
    path: str
    by: str
    span: Span
    phase: Phase = Phase.BUILD
    fails: bool = True
    why: str = ""


@dataclass(slots=True)
class Surfaces:
    """All that the surfaces found in a project."""

    entries: list[Entry] = field(default_factory=list)
    options: list[Option] = field(default_factory=list)
    settings: list[Setting] = field(default_factory=list)
    tasks: list[Task] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    lacks: list[Lack] = field(default_factory=list)
