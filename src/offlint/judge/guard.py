"""Is this access behind a switch? Its path's condition, asked under settings of the switches that the conditions mention."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from offlint.flow import values as v
from offlint.flow.comparisons import holds
from offlint.flow.texts import template
from offlint.flow.worlds import World
from offlint.judge.worlds import CANONICAL, Mentions
from offlint.model.access import Guard
from offlint.model.span import Span
from offlint.model.words import GuardState, Reach

if TYPE_CHECKING:
    from offlint.flow.summary import Fetch, Way
    from offlint.judge.reachability import Graph, Item

OTHER = "some other text"
_ANSWERS = frozenset({"ON", "OFF", "TRUE", "FALSE", "YES", "NO", "1", "0", ""})
#: Switches that are asked for together are looked at one by one up to this number.
MAX_TOGETHER = 24
#: Options of setup.py that ask about it and make nothing (distutils, "display options").
_QUESTIONS = frozenset({"--help", "-h", "--help-commands", "--version", "-V", "--name", "--fullname", "--classifiers", "--author"})
_COMMAND_KINDS = {"command": "command", "option": "option", "marker": "pytest", "pytest": "pytest", "config": "config", "cmake": "cmake"}
#: How variables that hold a place are called (cmake-developer(7), "Standard Variable Names"); others hold an answer.
_PLACE = re.compile(r"(?i)(?:_|^)(?:DIR|ROOT|PATH|HOME|FILE|EXECUTABLE|LIBRARY|PREFIX|SOURCE|LOCATION)S?$")


@dataclass(frozen=True, slots=True)
class Setting:
    """One switch with one value."""

    kind: str
    name: str
    value: Any

    def world(self) -> World:
        """The world in which only this is set."""
        if self.kind == "env":
            return World(env={self.name: self.value})
        return World(options={(self.kind, self.name): self.value})


class Guards:
    """Judges the guards of one run's accesses; each world is evaluated once for all of them."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self._worlds: dict[Setting | str | tuple[str, Setting | None], dict[Item, bool | None]] = {}
        self._ours = frozenset(graph.run.machine.ours) if graph.run.machine is not None else frozenset()
        self._swapping: dict[Setting, bool] = {}
        self._settled: dict[Setting, World] = {}
        self._broken: dict[Setting, bool] = {}
        self._unset = World()
        self._mentioned: dict[tuple[Span, str], Mentions] = {}
        self._barren: dict[int, v.Value] = {}
        self.base = graph.reach(self._unset)
        self._places = {fetch: (fetch.span, fetch.url_text or template(fetch.url)) for fetch in graph.fetches()}
        self._same: dict[tuple[Span, str], list[Fetch]] = {}
        for fetch, place in self._places.items():
            self._same.setdefault(place, []).append(fetch)
        self._switched = [fetch for fetch in graph.fetches() if self._mentions(fetch).env]

    def _of(self, reach: dict[Item, bool | None], fetch: Fetch) -> bool | None:
        """Whether the access is reached in any of the contexts in which this place asks for this thing."""
        result: bool | None = False
        for one in self._same[self._places[fetch]]:
            truth = reach.get(one, False)
            result = True if True in (truth, result) else (None if None in (truth, result) else False)
        return result

    def _mentions(self, fetch: Fetch) -> Mentions:
        """What the conditions on any way to the access, in any of its contexts, mention."""
        place = self._places[fetch]
        if place not in self._mentioned:
            found = Mentions(barren=self._barren)
            for way in self._ways(fetch):
                found.way(way)
            self._mentioned[place] = found
        return self._mentioned[place]

    def _ways(self, fetch: Fetch) -> list[Way | None]:
        return [way for one in self._same[self._places[fetch]] for way in self.graph.ways_to(one)]

    def _swaps(self, setting: Setting) -> bool:
        """Whether the setting starts one access and stops another: it picks between them and guards neither."""
        if setting not in self._swapping:
            reach = self._reach(setting)
            found = self.graph.fetches()
            starts = any(self._of(self.base, f) is False and self._of(reach, f) is not False for f in found)
            stops = any(self._of(self.base, f) is not False and self._of(reach, f) is False for f in found)
            self._swapping[setting] = starts and stops
        return self._swapping[setting]

    def judge(self, fetch: Fetch) -> tuple[Guard, Reach] | None:
        """The guard and the reach; None for an access that cannot happen with these files and any setting."""
        mentions = self._mentions(fetch)
        base = self._of(self.base, fetch)
        ours = frozenset(a.id for a in mentions.atoms.values()) & self._ours
        if base is None and ours and self._of(self._without(), fetch) is False and self._ends_without():
            # it takes a file that the tree does not hold, which nobody provides to start an access
            asked = next((s for s in self._settings(mentions) if self._of(self._without(s), fetch) is not False), None)
            if asked is None:
                return None
            kind, evidence = _COMMAND_KINDS.get(asked.kind, "env"), _span(mentions, asked.name)
            return Guard(GuardState.OPT_IN, _shown(asked), kind, str(asked.value), evidence=evidence), Reach.EXPLICIT
        if base is False:
            return self._opt_in(fetch, mentions)
        reach = Reach.ALWAYS if base is True else Reach.CONDITIONAL
        found = self._opt_out(fetch, mentions)
        if found is not None:
            return found, reach
        leak = self._leak(fetch, mentions)
        flaws = ("leaky",) if leak else ()
        if base is None and self._of(self._present(), fetch) is False:
            atom = next((a for a in mentions.atoms.values() if a.kind == "missing" and a.span), None)
            return Guard(GuardState.FALLBACK, flaws=flaws, evidence=atom.span if atom else None, flaw_evidence=leak), reach
        return Guard(GuardState.NONE, flaws=flaws, flaw_evidence=leak), reach

    def _reach(self, setting: Setting) -> dict[Item, bool | None]:
        if setting not in self._worlds:
            self._worlds[setting] = self.graph.reach(self._world(setting))
        return self._worlds[setting]

    def _world(self, setting: Setting) -> World:
        if setting not in self._settled:
            self._settled[setting] = setting.world()
        return self._settled[setting]

    def _present(self) -> dict[Item, bool | None]:
        if "present" not in self._worlds:
            self._worlds["present"] = self.graph.reach(World(present=True))
        return self._worlds["present"]

    def _ends_without(self) -> bool:
        """Whether the run comes to its end without those files: where it does not, somebody provides them."""
        return World(absent=self._ours).truth(self.graph.run.root.done) is not False

    def _without(self, setting: Setting | None = None) -> dict[Item, bool | None]:
        """What is reached where no file is there that a folder of the tree does not hold."""
        key = ("without", setting)
        if key not in self._worlds:
            world = setting.world() if setting is not None else World()
            world.absent = self._ours
            self._worlds[key] = self.graph.reach(world)
        return self._worlds[key]

    def _settings(self, mentions: Mentions) -> list[Setting]:
        """Single settings to try: NO_NETWORK first, then other variables, then options."""
        names = sorted(mentions.env, key=lambda name: (name != CANONICAL, name))
        found = [Setting("env", name, value) for name in names for value in mentions.values_of(name)]
        # CMake's variables in the order of their distance from the access: whole features come last
        options = sorted(mentions.options.items(), key=lambda one: ("", "") if one[0][0] == "cmake" else one[0])
        for (kind, name), option in options:
            if kind == "cmake":
                found += [Setting(kind, name, value) for value in self._cmake_values(option, mentions)]
                continue
            default = option.default.value if isinstance(option.default, v.Const) else None
            values: list[Any] = (
                [True, False] if isinstance(default, bool | None) or not isinstance(option.default, v.Const) else [False, True, ""]
            )
            found += [Setting(kind, name, value) for value in values if value != default or default is None]
            if default is None:
                texts = sorted(text for text in mentions.compared.get((kind, name), ()) if text and len(text) < 60)[:4]
                found += [Setting(kind, name, text) for text in (*texts, OTHER)]
        return found

    def _cmake_values(self, option: v.Opt, mentions: Mentions) -> list[str]:
        """What people give to ``-DNAME=``: the other of ON and OFF, a place, what the conditions compare it with."""
        default = option.default.value if isinstance(option.default, v.Const) else False
        values = [value for value in ("ON", "OFF") if default in (None, False) or holds(default) != (value == "ON")]
        others = sorted(text for text in mentions.compared.get((option.kind, option.name), ()) if len(text) < 60)[:6]
        answers = default in (None, False) or str(default).upper() in _ANSWERS
        return list(dict.fromkeys([*values, *others] if answers else [*others, *values]))

    def _all_on(self, mentions: Mentions) -> list[Setting]:
        """Everything that can be asked for, the project's own options first; what is on by default need not be."""
        options = [
            (key, option)
            for key, option in mentions.options.items()
            if key[0] != "cmake" or self._unset.truth(v.Sym("cmake_true", (option,))) is not True
        ] or list(mentions.options.items())
        options.sort(key=lambda one: one[1].default == v.NONE)
        found = [Setting(kind, name, "ON" if kind == "cmake" else True) for (kind, name), _ in options]
        return found + [Setting("env", name, "1") for name in mentions.env]

    def _breaks(self, setting: Setting) -> bool:
        """Whether the setting ends a run of CMake with an error that is about something else than the network."""
        if setting.name == CANONICAL:
            return False
        if setting not in self._broken:
            world, unset = setting.world(), World(present=True)
            world.present = True
            machine = self.graph.run.machine
            self._broken[setting] = any(_becomes_true(way, unset, world) for way in (machine.errors if machine else ()))
        return self._broken[setting]

    def _opt_in(self, fetch: Fetch, mentions: Mentions) -> tuple[Guard, Reach] | None:
        settings = self._settings(mentions)
        starts = [s for s in settings if self._of(self._reach(s), fetch) is not False]
        if not starts:
            if not mentions.env and not mentions.options:
                return None
            everything = self._all_on(mentions)
            reached = self._of(self.graph.reach(_together(everything)), fetch) is not False
            if not reached and not mentions.options:
                return None
            # several together are asked for: the first without which the others do not bring it
            needed = (s for s in everything[:MAX_TOGETHER] if self._of(self.graph.reach(_together(everything, s)), fetch) is False)
            first = next(needed if reached else iter(()), None) or everything[0]
            kind = _COMMAND_KINDS.get(first.kind, "env")
            value = str(first.value) if first.kind == "cmake" else None
            return Guard(GuardState.OPT_IN, first.name, kind, value, evidence=_span(mentions, first.name)), Reach.EXPLICIT
        best = starts[0]
        if self._swaps(best):
            return Guard(GuardState.NONE, evidence=_span(mentions, best.name)), Reach.CONDITIONAL
        evidence = _span(mentions, best.name)
        if best.kind == "env" and best.name == CANONICAL:
            guard = Guard(GuardState.NONE, CANONICAL, "env", flaws=("inverted",), evidence=evidence, flaw_evidence=evidence)
            return guard, Reach.CONDITIONAL
        # a switch that provides something and is never empty in practice is the same as one that asks for the access
        reach = Reach.EXPLICIT
        return Guard(GuardState.OPT_IN, _shown(best), _COMMAND_KINDS.get(best.kind, "env"), str(best.value), evidence=evidence), reach

    def _opt_out(self, fetch: Fetch, mentions: Mentions) -> Guard | None:
        stops = [
            s for s in self._settings(mentions)
            if s.kind != "command" and s.name not in _QUESTIONS  # asking for something else is no switch of this
            and self._of(self._reach(s), fetch) is False and not self._swaps(s) and not self._breaks(s)
        ]  # fmt: skip
        chosen_from = {s.name for s in stops if s.kind == "env" and self._picks(fetch, s.name, stops, mentions)}
        stops = [s for s in stops if s.name not in chosen_from]
        if not stops:
            return None
        names = list(dict.fromkeys((s.kind, s.name) for s in stops))
        kind, name = names[0]
        values = [s.value for s in stops if (s.kind, s.name) == (kind, name)]
        evidence = _span(mentions, name)
        flaws: list[str] = []
        flaw_evidence: Span | None = None
        chosen = next((x for x in ("1", "0", *values) if x in values and x != ""), values[0])
        if (kind, name) == ("env", CANONICAL):
            if any(x not in values for x in mentions.values_of(name) if x != ""):
                flaws.append("partial")
                flaw_evidence = evidence
                if not any(x != "" for x in values):
                    return None
            elif "" in values:
                flaws.append("presence")
                flaw_evidence = evidence
        elif kind == "env":
            texts = [x for x in values if x != ""]
            if not texts:
                return None  # only an empty value stops it: nobody would set that
            if OTHER in values and name in self.graph.run.machine.data_names if self.graph.run.machine else False:
                flaws.append("provision")
                chosen = "a local copy"
        elif kind == "cmake" and chosen == "ON" and _PLACE.search(name) and not _is_answer(mentions.options[kind, name].default):
            flaws.append("provision")
            chosen = "a local copy"
        if "provision" not in flaws and self._goes_on(Setting(kind, name, chosen), fetch):
            flaws.append("silent")
            flaw_evidence = flaw_evidence or evidence
        setting = Setting(kind, name, chosen)
        return Guard(
            GuardState.OPT_OUT,
            _shown(setting),
            _COMMAND_KINDS.get(kind, "env"),
            str(chosen),
            tuple(flaws),
            evidence,
            flaw_evidence=flaw_evidence,
        )

    def _picks(self, fetch: Fetch, name: str, stops: list[Setting], mentions: Mentions) -> bool:
        """Whether a variable takes one of several words, each of which goes on to the access, and any other value is only an error."""
        values = [one.value for one in stops if one.kind == "env" and one.name == name]
        words = {text for text in mentions.env.get(name, ()) if text.upper() not in _ANSWERS and text not in values}
        done = self.graph.run.root.done
        if name == CANONICAL or len(words) < 2 or any(self._world(Setting("env", name, x)).truth(done) is not False for x in values):
            return False
        behind = Mentions()
        behind.value(done)  # a word that is looked for behind the access may be the one that stops it
        others = [Setting("env", name, x) for x in sorted(behind.env.get(name, set()) - words)[:12]]
        return not any(self._of(self._reach(one), fetch) is False and self._world(one).truth(done) is not False for one in others)

    def _goes_on(self, setting: Setting, fetch: Fetch) -> bool:
        """Whether the run comes to its end without the access and without an error.

        Asked of NO_NETWORK only, which must make a missing file an error. A project's own variable may well choose another way to make it.
        """
        if not fetch.keeps or (setting.kind, setting.name) != ("env", CANONICAL):
            return False
        if self.graph.run.entry.file.endswith("CMakeLists.txt"):
            return False  # CMake's own errors (a target that is missing) are not followed
        world = setting.world()
        world.present = False
        return world.truth(self.graph.run.root.done) is not False

    def _leak(self, fetch: Fetch, mentions: Mentions) -> Span | None:
        """The line of a switch that stops some ways to the access, or the access that this one stands in for, but not this one."""
        for name in mentions.env:
            for value in mentions.values_of(name):
                if value not in ("", "0") and self._stops_some_ways(fetch, Setting("env", name, value)):
                    return _span(mentions, name)
        if self._of(self.base, fetch) is True:
            return None
        if fetch.kind == "cmake":
            return None  # the files of a build have one start, which says nothing of what stands in for what
        for other in self._switched:
            near = self._mentions(other) if other is not fetch and self._stands_in(fetch, other) else Mentions()
            for name in near.env:
                reach = self._reach(Setting("env", name, "1"))
                if self._of(self.base, other) is not False and self._of(reach, other) is False and self._of(reach, fetch) is not False:
                    return _span(near, name)
        return None

    def _stops_some_ways(self, fetch: Fetch, setting: Setting) -> bool:
        """Whether the setting closes a way to the access, opens none, and another way stays."""
        base, world = self._unset, self._world(setting)
        closed = False
        for way in self._ways(fetch):
            before, after = base.way(way), world.way(way)
            if before is False and after is not False:
                return False
            closed |= before is not False and after is False
        return closed and self._of(self._reach(setting), fetch) is not False

    def _stands_in(self, fetch: Fetch, other: Fetch) -> bool:
        """Whether both are reached through the same call of the run: one may be the other's fallback."""
        mine, its = self.graph.trail(fetch), self.graph.trail(other)
        shared = [one for one, two in zip(mine, its, strict=False) if one is two]
        return bool(shared) and (len(shared) > 1 or len(mine) == len(its) == 1)


def _is_answer(default: v.Value) -> bool:
    """Whether a CMake variable's default is ON or OFF, or one of them by a condition."""
    if isinstance(default, v.Choice):
        return _is_answer(default.then) or _is_answer(default.orelse)
    return isinstance(default, v.Const) and str(default.value).upper() in _ANSWERS


def _together(settings: list[Setting], without: Setting | None = None) -> World:
    """The world in which all of these are set."""
    held = [one for one in settings if one is not without]
    return World(
        env={one.name: one.value for one in held if one.kind == "env"},
        options={(one.kind, one.name): one.value for one in held if one.kind != "env"},
    )


def _becomes_true(way: Way | None, before: World, after: World) -> bool:
    """Whether all that does not hold on a way in one world surely holds in the other, and something does not."""
    changed = False
    while way is not None:
        now = after.truth(way.test)
        if before.truth(way.test) is False:
            changed = True
            if now is not True:
                return False
        elif now is False:
            return False
        way = way.parent
    return changed


def _span(mentions: Mentions, name: str) -> Span | None:
    found = mentions.spans.get(name)
    return found if isinstance(found, Span) else None


def _shown(setting: Setting) -> str:
    if setting.kind == "marker":
        return f"-m 'not {setting.name}'" if not setting.value else f"-m {setting.name}"
    return setting.name
