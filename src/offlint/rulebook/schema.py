"""What may a page say? The typed contents of rules/; the page format is described in rules/README.md."""

from __future__ import annotations

from collections.abc import Mapping

from offlint.model.lazy import dataclass, field


@dataclass(frozen=True, slots=True)
class Argument:
    """Which argument of a call: by position (from 0, without self) or keyword, or both; ``"1|url"`` in pages."""

    position: int | None
    keyword: str | None


@dataclass(frozen=True, slots=True)
class ArgumentIs:
    """An argument with a value (``download=true``), or given at all (``value`` is None)."""

    argument: str
    value: str | None


@dataclass(frozen=True, slots=True)
class Call:
    """A ``[[call]]`` row for one dotted name; keys as in rules/README.md."""

    name: str
    kind: str
    url: Argument | None = None
    prefix: str = ""
    remote: str = "always"
    of_object: bool = False
    builds: Argument | None = None
    gives: str = "data"
    to: Argument | None = None
    digest: Argument | None = None
    digest_algorithm: str = "sha256"
    verified: str | None = None
    keeps: bool = True
    runs: bool = False
    only_if: ArgumentIs | None = None
    unless: tuple[ArgumentIs, ...] = ()
    default: str | None = None
    insecure: ArgumentIs | None = None
    offline: str | None = None
    tolerated: bool = False
    command: str | None = None
    lock: tuple[str, ...] = ()
    switch: tuple[str, str] | None = None
    copies: str | None = None
    page: str = ""


@dataclass(frozen=True, slots=True)
class SettingRow:
    """A ``[[setting]]`` row: a module-level name that reaches the network when it is assigned."""

    name: str
    surface: str
    kind: str
    shape: str
    keeps: bool = False
    tolerated: bool = False
    page: str = ""


@dataclass(frozen=True, slots=True)
class Condition:
    """An option with a value (``cards=true``), or one that is set to something true (``value`` is None)."""

    option: str
    value: str | None


@dataclass(frozen=True, slots=True)
class Plugin:
    """A ``[[plugin]]`` row for one plug-in of a documentation tool; keys as in rules/README.md."""

    name: str
    tool: str
    kind: str = "http"
    option: str | None = None
    url: str | None = None
    prefix: str = ""
    remote: str = "always"
    directive: frozenset[str] = frozenset()
    url_option: str | None = None
    mentions: str | None = None
    only_if: tuple[Condition, ...] = ()
    unless: tuple[Condition, ...] = ()
    defaults: Mapping[str, str] = field(default_factory=dict)
    switch: str | None = None
    keeps: bool = True
    tolerated: bool = False
    verified: str | None = None
    runs: str | None = None
    surface: str = ""
    select: str | None = None
    ignore: str | None = None
    mode: str | None = None
    offline: str | None = None
    page: str = ""


@dataclass(frozen=True, slots=True)
class Command:
    """A ``[[command]]`` row for one program and one sub-command (words; empty for the bare program)."""

    program: str
    sub: tuple[str, ...]
    network: str
    kind: str = "shell"
    url: str = "operand"
    to: str | None = None
    values: frozenset[str] = frozenset()
    local_if: tuple[tuple[str, ...], ...] = ()
    remote_if: tuple[tuple[str, ...], ...] = ()
    verified_if: tuple[tuple[str, ...], ...] = ()
    verified: str | None = None
    lock: tuple[str, ...] = ()
    commit: bool = False
    reference: str | None = None
    keeps: bool = True
    runs: bool = False
    insecure_if: tuple[tuple[str, ...], ...] = ()
    offline: str | None = None
    declared: bool = False
    checkout: bool = False
    asks: bool = False
    page: str = ""


@dataclass(frozen=True, slots=True)
class BuildPlugin:
    """A ``[[build_plugin]]`` row: what a build backend, a build hook or a build requirement of this name fetches by itself."""

    name: str
    by: str
    kind: str
    api: str
    url: str
    table: str = ""
    at: str | None = None
    conditional: bool = False
    when: tuple[tuple[str, str], ...] = ()
    needs: tuple[str, ...] = ()
    unless_shipped: tuple[str, ...] = ()
    skips: str | None = None
    folder: str | None = None
    lock: tuple[str, ...] = ()
    fallback: str | None = None
    switch: tuple[str, str] | None = None
    integrity: str = "absent"
    page: str = ""


@dataclass(frozen=True, slots=True)
class CMakeRow:
    """A ``[[cmake]]`` row for one command (in lower case) and its first word (``DOWNLOAD`` of ``file``, or empty)."""

    command: str
    sub: str
    api: str
    kind: str = "cmake"
    happens: str = "now"
    name: int | None = None
    url: tuple[tuple[str, str], ...] = ()
    url_at: int | None = None
    to: int | None = None
    digest: tuple[str, ...] = ()
    weak: tuple[tuple[str, str], ...] = ()
    reference: tuple[str, ...] = ()
    shorthand: tuple[tuple[str, str], ...] = ()
    replaced_by: str = ""
    found_first: tuple[str, ...] = ()
    insecure: tuple[tuple[str, str], ...] = ()
    cache: str = ""
    source: str = ""
    arguments: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()
    asked_unless: str = ""
    target: bool = False
    outputs: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    given: tuple[tuple[str, str], ...] = ()
    needs: tuple[str, ...] = ()
    keeps: bool = True
    offline: str | None = None
    page: str = ""
    all_keywords: frozenset[str] = frozenset()

    @property
    def urls(self) -> tuple[str, ...]:
        """The keywords that name what is fetched."""
        return tuple(keyword for keyword, _ in self.url)


@dataclass(frozen=True, slots=True)
class ToolSwitch:
    """A ``[[tool]]`` row: what a tool offers to stay offline. A value in angle brackets is a place for what a person fills in."""

    tool: str
    names: tuple[str, ...]
    set: tuple[tuple[str, str], ...]
    effect: str
    source: str
    kind: str = "env"
    provide: str = ""
    copy: str = ""
    apis: tuple[str, ...] = ()
    page: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """A page under findings/. ``when`` maps an access's field to the values that match; ``help`` is the page's Markdown.

    A rule with an empty ``when`` is never matched against accesses: the check itself reports it (files not analysed, unused
    suppressions). ``lack`` names the kind of missing thing that it is about (``model.entry.Lack``). Where ``note_if`` matches too, the
    finding is a note, whatever ``level`` says, and ``note_message``, if there is one, its message.
    """

    code: str
    name: str
    title: str
    level: str
    message: str
    advice: str
    when: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    note_if: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    supersedes: tuple[str, ...] = ()
    cwe: int | None = None
    lack: str = ""
    note_message: str = ""
    summary: str = ""
    help: str = ""
    page: str = ""


@dataclass(frozen=True, slots=True)
class Model:
    """A row of a table under checks/ for one dotted name: what a harmless call means to the analysis. Values are texts, as written."""

    table: str
    name: str
    values: Mapping[str, str | bool | int | tuple[str, ...]]

    def texts(self, key: str) -> tuple[str, ...]:
        """What a key holds, as a list."""
        value = self.values.get(key, ())
        return value if isinstance(value, tuple) else (str(value),)


@dataclass(slots=True)
class Rulebook:
    """All pages, indexed by what looks them up.

    ``calls``: dotted name to row. ``objects``: dotted name of a harmless callable to the dotted class that it returns;
    ``objects_given``: to the one that it returns where it is given a name.
    ``asking``: for some of these, which argument is the URL that the object asks for, ``bases``: below which it asks.
    ``copies``: for some of these, which arguments name the folder of local copies, and the variable that names it instead.
    ``aliases``: dotted name to the dotted name that it stands for (expanded prefixes too: ``six.moves.urllib``).
    ``plugins``: the rows of documentation tools' plug-ins, several for one where it does several things.
    ``commands``: program to its rows, those with the longer ``sub`` first. ``models``: table to dotted name to row.
    ``cmake``: command in lower case to first word to row.
    ``build_plugins``: name and ``api`` to row. ``tools``: the switches of tools, by each of the texts that ``offline`` may be.
    """

    calls: dict[str, Call] = field(default_factory=dict)
    asking: dict[str, Argument] = field(default_factory=dict)
    copies: dict[str, tuple[Argument | None, Argument | None]] = field(default_factory=dict)
    objects: dict[str, str] = field(default_factory=dict)
    objects_given: dict[str, dict[str, str]] = field(default_factory=dict)
    bases: dict[str, Argument] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)
    settings: dict[str, SettingRow] = field(default_factory=dict)
    plugins: list[Plugin] = field(default_factory=list)
    commands: dict[str, list[Command]] = field(default_factory=dict)
    rules: dict[str, Rule] = field(default_factory=dict)
    models: dict[str, dict[str, Model]] = field(default_factory=dict)
    build_plugins: dict[tuple[str, str], BuildPlugin] = field(default_factory=dict)
    cmake: dict[str, dict[str, CMakeRow]] = field(default_factory=dict)
    tools: dict[str, ToolSwitch] = field(default_factory=dict)

    def cmake_row(self, command: str, first: str | None) -> CMakeRow | None:
        """The row of a CMake command, by its name in lower case and its first word."""
        rows = self.cmake.get(command)
        return (rows.get(first or "") or rows.get("")) if rows else None
