"""How is a recipe made of a report? Each access is asked what keeps it from happening; what is left over is in the way."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from offlint.findings.redact import redact
from offlint.findings.verdicts import verdict_of
from offlint.model.access import LOCAL_COPY, Access, Switch
from offlint.model.lazy import dataclass, field, regex
from offlint.model.report import PhaseVerdict, Report
from offlint.model.words import GuardState, IntegrityState, Phase, Reach, Verdict
from offlint.recipe.forms import blanks, forms
from offlint.recipe.model import Form, Obstacle, PhaseRecipe, Possible, Recipe, Setting, Source
from offlint.recipe.providing import Wanted, is_declared, sources_of
from offlint.recipe.saying import says
from offlint.recipe.tools import copy_variable, names_of, settings_of, tools_of
from offlint.rulebook.schema import Rulebook, ToolSwitch

CANONICAL = "NO_NETWORK"
_CMAKE_ARGS = "CMAKE_ARGS"
#: The variable by its whole name, in quotes or as a reference: to CMake's commands it is a keyword as well.
_HANDED_ON = regex(r"""["'{$]CMAKE_ARGS\b""")


@dataclass(slots=True)
class Gathered:
    """What the accesses of one phase ask for."""

    switches: dict[tuple[str, str, str | None], Setting] = field(default_factory=dict)
    tools: dict[tuple[str, str, str | None], Setting] = field(default_factory=dict)
    wanted: list[Wanted] = field(default_factory=list)
    left_out: dict[str, None] = field(default_factory=dict)
    obstacles: list[Obstacle] = field(default_factory=list)
    unsure: list[Obstacle] = field(default_factory=list)
    tolerated: dict[str, None] = field(default_factory=dict)
    installed: dict[str, None] = field(default_factory=dict)


def recipe_of(report: Report, book: Rulebook) -> Recipe:
    """The recipe of one project, for the phases that the report judges."""
    tool_names = names_of(book)
    wanted: list[Wanted] = []
    phases: list[PhaseRecipe] = []
    for verdict in report.verdicts:
        found = Gathered()
        for access in report.accesses:
            if access.phase is verdict.phase:
                _gather(found, access, book, tool_names, report.project.backend)
        wanted += found.wanted
        phases.append(_phase(verdict, found, report))
    return Recipe(report.project, tuple(phases), sources_of(wanted))


def _gather(found: Gathered, access: Access, book: Rulebook, tool_names: frozenset[str], backend: str) -> None:
    guard = access.guard
    if verdict_of(access) is Verdict.OPT_IN or access.checkout:
        return
    tools = list(tools_of(access, book))
    variables = [name for row in tools if (name := copy_variable(row, access)) is not None]
    keeps = access.integrity.state is not IntegrityState.NOT_APPLICABLE
    if access.tolerated:
        found.tolerated[access.span.place] = None
        found.wanted.append(Wanted(access, needed=False))
        _add_tools(found, access, book, backend)
        return
    if guard.state is GuardState.OPT_OUT and guard.switch:
        provision = "provision" in guard.flaws
        setting = _switch(access, backend)
        if guard.switch in tool_names:
            _add(found.tools, _documented(setting, book))
        else:
            instead = (replace(one, stops=()) for one in _of_tools(access, tools, variables, backend) if one.effect != "fails")
            _add(found.switches, replace(setting, others=(*setting.others, *instead)))
        fails = guard.switch == CANONICAL and keeps and "silent" not in guard.flaws and access.phase is not Phase.TEST
        named = guard.set_to == LOCAL_COPY
        if named:
            variables.insert(0, guard.switch)
        if fails and not access.copies and not provision:
            why = f"{guard.switch} stops it, and no place where it would take a local copy from is known"
            found.unsure.append(_obstacle(access, why))
        found.wanted.append(Wanted(access, named or fails, tuple(variables)))
        return
    if is_declared(access):
        found.installed[_package(access)] = None
        found.wanted.append(Wanted(access, needed=True))
        _add_tools(found, access, book, backend)
        return
    helps = [row for row in tools if row.effect != "fails"]
    if helps:
        for setting in _of_tools(access, tools, variables, backend):
            _add(found.tools, setting)
        found.wanted.append(Wanted(access, any(row.effect == "local" for row in helps), tuple(variables)))
    elif access.copies or (guard.state is GuardState.FALLBACK and guard.why):
        found.wanted.append(Wanted(access, needed=True))
    elif access.phase is Phase.TEST and access.program:
        found.left_out[access.program] = None
        found.wanted.append(Wanted(access, needed=False))
    else:
        why = (
            "it happens where something is missing, and nothing that could be provided instead is known"
            if guard.state is GuardState.FALLBACK
            else "nothing stops it"
        )
        found.obstacles.append(_obstacle(access, why))
        found.wanted.append(Wanted(access, needed=True))


def _documented(setting: Setting, book: Rulebook) -> Setting:
    """A tool's switch that the access was judged by, with what the pages say of it."""
    row = next((one for one in book.tools.values() if any(name == setting.name for name, _ in one.set)), None)
    if row is None:
        return setting
    return replace(setting, effect=row.effect, tool=row.tool, source=row.source, provide=row.provide)


def _of_tools(access: Access, tools: Iterable[ToolSwitch], copies: Iterable[str], backend: str) -> Iterator[Setting]:
    """The switches of the tools that the access runs, and the variables with which they take a local copy of this very thing."""
    rows = list(tools)
    for row in rows:
        yield from settings_of(row, access, backend)
    wants = "the unpacked sources"
    helps = next((row for row in rows if row.effect != "fails"), None)
    for name in copies:
        if helps is None:
            return
        given = blanks("cmake", name, wants, access.phase, backend)
        yield Setting(name, "cmake", None, wants, "provision", given, (access.span.place,), (), helps.tool, helps.source)


def _add_tools(found: Gathered, access: Access, book: Rulebook, backend: str) -> None:
    for row in tools_of(access, book):
        for setting in settings_of(row, access, backend):
            _add(found.tools, setting)


def _switch(access: Access, backend: str) -> Setting:
    """The switch by which the access is judged, and those that would do instead."""
    guard = access.guard
    name, value = guard.switch or "", guard.set_to or ("1" if guard.switch == CANONICAL else "")
    # an option that a file of the tree sets has its place there
    file = guard.evidence.file if guard.evidence and not guard.evidence.file.endswith(".py") else "setup.cfg"
    first = _setting(Switch(name, guard.kind, value, "provision" in guard.flaws), access, backend, file)
    others = tuple(_setting(one, access, backend) for one in guard.others)
    wants = f"{redact(guard.why)} installed" if first.value is not None and first.wants and guard.why else first.wants
    return replace(first, wants=wants, stops=(access.span.place,), flaws=guard.flaws, others=others)


def _setting(switch: Switch, access: Access, backend: str, file: str = "setup.cfg") -> Setting:
    name, value = switch.name, switch.set_to
    named = value == LOCAL_COPY
    wants = value if named else "what is looked for then installed" if switch.provision else ""
    kind = "meson" if switch.kind == "option" and value.startswith("-D") else switch.kind
    if named:
        given = blanks(kind, name, wants, access.phase, backend)
    else:
        given = forms(kind, value if kind == "meson" else name, value, access.phase, backend, file=file)
    return Setting(name, switch.kind, None if named else value, wants, "provision" if switch.provision else "opt-out", given, ())


def _add(kept: dict[tuple[str, str, str | None], Setting], setting: Setting) -> None:
    key = (setting.name, setting.kind, setting.value)
    old = kept.get(key)
    if old is not None:
        setting = replace(
            old,
            wants=old.wants if setting.value is None else " and ".join(dict.fromkeys(filter(None, (old.wants, setting.wants)))),
            stops=tuple(dict.fromkeys((*old.stops, *setting.stops))),
            flaws=tuple(dict.fromkeys((*old.flaws, *setting.flaws))),
            others=tuple(one for one in old.others if one in setting.others),
        )
    kept[key] = setting


def _obstacle(access: Access, why: str) -> Obstacle:
    what = redact(f"{access.api} reaches {access.url}" if access.url else f"{access.api} reaches the network")
    return Obstacle(access.span.place, what, why)


def _package(access: Access) -> str:
    return redact(access.url.removeprefix("PyPI: "))


def _phase(verdict: PhaseVerdict, found: Gathered, report: Report) -> PhaseRecipe:
    unread = tuple(
        dict.fromkeys(
            f"{one.file}:{one.line}: {redact(one.why)}"
            for one in report.not_analysed
            if one.phase in {None, verdict.phase} and one.reach is not Reach.EXPLICIT
        )
    )
    switches = tuple(_heeded(one, report) for one in _joined_markers(found.switches.values()))
    tools = tuple(_heeded(one, report) for one in found.tools.values())
    possible = Possible.NO if found.obstacles else Possible.UNKNOWN if found.unsure or unread else Possible.YES
    sources = sources_of(found.wanted)
    made = PhaseRecipe(
        verdict.phase, verdict.verdict, possible, "", switches, tools, tuple(found.left_out),
        (*found.obstacles, *found.unsure), tuple(found.tolerated), unread,
    )  # fmt: skip
    return replace(made, says=says(made, sources, tuple(found.installed)))


def _heeded(setting: Setting, report: Report) -> Setting:
    """Without ``CMAKE_ARGS`` where a setup.py runs CMake, and no file on the way to it names that variable: nobody would hand it on."""
    if not report.project.backend.startswith("setuptools") or any(_HANDED_ON.search(text) for text in report.sources.values()):
        return setting
    kept = tuple(one for one in setting.forms if not (one.where == "environment" and one.text.startswith(f"{_CMAKE_ARGS}=")))
    return replace(setting, forms=kept, others=tuple(_heeded(one, report) for one in setting.others))


def _joined_markers(settings: Iterable[Setting]) -> tuple[Setting, ...]:
    """Of several ``-m`` pytest heeds the last, so that markers become one expression."""
    kept: list[Setting] = []
    markers: list[Setting] = []
    for one in settings:
        (markers if one.kind == "pytest" and one.name.startswith("-m 'not ") and one.name.endswith("'") else kept).append(one)
    if len(markers) > 1:
        name = "-m '" + " and ".join(one.name[4:-1] for one in markers) + "'"
        stops = tuple(dict.fromkeys(place for one in markers for place in one.stops))
        markers = [replace(markers[0], name=name, forms=(Form("pytest", name),), stops=stops)]
    return (*kept, *markers)


def sources_in(recipe: Recipe, phase: Phase) -> tuple[Source, ...]:
    """The recipe's sources that a phase asks for."""
    return tuple(source for source in recipe.sources if phase in source.phases)
