"""Is this access behind a switch? Its path's condition, asked under settings of the switches that the conditions mention."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from offlint.flow.texts import template
from offlint.flow.worlds import World
from offlint.judge.copies import MAX_ALL, MAX_ASKED, names_something
from offlint.judge.machines import Machines
from offlint.judge.switches import ANSWERS, OTHER, Setting, asks_for_others, everything, is_answer, settings, shown, together, usual
from offlint.judge.worlds import CANONICAL, Mentions
from offlint.model.access import LOCAL_COPY, Guard, Switch
from offlint.model.lazy import regex
from offlint.model.span import Span
from offlint.model.words import GuardState, Phase, Reach

if TYPE_CHECKING:
    from offlint.flow.summary import Fetch, Way
    from offlint.flow.values import Atom
    from offlint.judge.reachability import Graph, Item

#: Switches that are asked for together are looked at one by one up to this number.
MAX_TOGETHER = 24
#: Of the switches that stop an access beside the first this many are named.
MAX_OTHERS = 6
#: Of the local things that may be missing so many are looked at as there and as missing.
MAX_APART = 4
#: Options of setup.py that ask about it and make nothing (distutils, "display options").
_QUESTIONS = frozenset({"--help", "-h", "--help-commands", "--version", "-V", "--name", "--fullname", "--classifiers", "--author"})
_COMMAND_KINDS = {"command": "command", "option": "option", "marker": "pytest", "pytest": "pytest", "config": "config", "cmake": "cmake"}
#: How variables that hold a place are called (cmake-developer(7), "Standard Variable Names"); others hold an answer.
_PLACE = regex(r"(?i)(?:_|^)(?:DIR|ROOT|PATH|HOME|FILE|EXECUTABLE|LIBRARY|PREFIX|SOURCE|LOCATION)S?$")


class Guards:
    """Judges the guards of one run's accesses; each world is evaluated once for all of them."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self._worlds: dict[Setting | str | tuple[str, Setting | None], dict[Item, bool | None]] = {}
        self._ours = frozenset(graph.run.machine.ours) if graph.run.machine is not None else frozenset()
        self._swapping: dict[Setting, bool] = {}
        self._broken: dict[Setting, bool] = {}
        self._unset = graph.shared.unset
        self._mentioned: dict[tuple[Span, str], Mentions] = {}
        self._places = {fetch: (fetch.span, fetch.url_text or template(fetch.url)) for fetch in graph.fetches()}
        self._same: dict[tuple[Span, str], list[Fetch]] = {}
        for fetch, place in self._places.items():
            self._same.setdefault(place, []).append(fetch)
        self._machines = Machines(graph)
        self.base = self._machines.reached(self._unset, partial(World, beside=self._unset), self._mentions)
        self._switched = [fetch for fetch in graph.fetches() if self._mentions(fetch).env]

    def _of(self, reach: dict[Item, bool | None], fetch: Fetch, *, alike: bool = False) -> bool | None:
        """Whether the access is reached in any of the contexts in which this place asks for this thing (``alike``: by this API)."""
        result: bool | None = False
        for one in [one for one in self._same[self._places[fetch]] if not alike or one.api == fetch.api]:
            truth = reach.get(one, False)
            result = True if True in (truth, result) else (None if None in (truth, result) else False)
        return result

    def _mentions(self, fetch: Fetch) -> Mentions:
        """What the conditions on any way to the access, in any of its contexts, mention."""
        place = self._places[fetch]
        if place not in self._mentioned:
            found = Mentions(told=self.graph.shared.told)
            for way in self._ways(fetch):
                found.way(way)
            machine = self.graph.run.machine
            for kind, name in found.options if machine is not None else ():
                if machine is not None and kind == "cmake":
                    found.compared.setdefault((kind, name), set()).update(machine.cmake.variables.choices.get(name, ()))
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

    def _in_place_of_another(self, setting: Setting, mentions: Mentions) -> bool:
        """Whether what the setting stops would have happened where it starts an access: surely, or on no more of the machine."""
        reach, mine = self._reach(setting), {*mentions.atoms, *mentions.external}
        for other in self.graph.fetches():
            if self._of(self.base, other) is not False and self._of(reach, other) is False:
                its = self._mentions(other)
                if self._of(self.base, other) is True or {*its.atoms, *its.external} <= mine:
                    return True
        return False

    def judge(self, fetch: Fetch) -> tuple[Guard, Reach] | None:
        """The guard and the reach; None for an access that cannot happen with these files and any setting."""
        mentions = self._mentions(fetch)
        base = self._of(self.base, fetch)
        ours = frozenset(a.id for a in mentions.atoms.values()) & self._ours
        if base is None and ours and self._of(self._without(), fetch, alike=True) is False and self._ends_without():
            # it takes a file that the tree does not hold, which nobody provides to start an access
            asked = next((s for s in settings(mentions) if self._of(self._without(s), fetch, alike=True) is not False), None)
            if asked is None:
                return None
            kind, evidence = _COMMAND_KINDS.get(asked.kind, "env"), _span(mentions, asked.name)
            return Guard(GuardState.OPT_IN, shown(asked), kind, str(asked.value), evidence=evidence), Reach.EXPLICIT
        if base is False:
            return self._opt_in(fetch, mentions)
        reach = Reach.ALWAYS if base is True else Reach.CONDITIONAL
        found = self._opt_out(fetch, mentions)
        if found is not None:
            return found, reach
        found = self._to_a_copy(fetch, mentions) if base is True else self._opt_out(fetch, mentions, apart=self._apart(fetch, mentions))
        if found is not None:
            return found, reach
        leak = self._leak(fetch, mentions)
        flaws = ("leaky",) if leak else ()
        if base is None and self._of(self._present(), fetch) is False:
            atom = next((a for a in mentions.atoms.values() if a.kind == "missing" and a.span), None)
            return Guard(GuardState.FALLBACK, flaws=flaws, evidence=atom.span if atom else None, flaw_evidence=leak), reach
        return Guard(GuardState.NONE, flaws=flaws, flaw_evidence=leak), reach

    def _reached(self, world: World) -> dict[Item, bool | None]:
        """Whether each access is reached in a world."""
        return self.graph.reach(world, self.graph.fetches())

    def _reach(self, setting: Setting) -> dict[Item, bool | None]:
        if setting not in self._worlds:
            again = partial(setting.world, self._unset)
            self._worlds[setting] = self._machines.reached(self.graph.shared.setting(setting), again, self._mentions, self.base)
        return self._worlds[setting]

    def _present(self) -> dict[Item, bool | None]:
        if "present" not in self._worlds:
            self._worlds["present"] = self._reached(World(present=True, beside=self._unset))
        return self._worlds["present"]

    def _ends_without(self) -> bool:
        """Whether the run comes to its end without those files: where it does not, somebody provides them."""
        return World(absent=self._ours, beside=self._unset).truth(self.graph.run.root.done) is not False

    def _without(self, setting: Setting | None = None) -> dict[Item, bool | None]:
        """What is reached where no file is there that a folder of the tree does not hold."""
        key = ("without", setting)
        if key not in self._worlds:
            world = setting.world(self._unset) if setting is not None else World(beside=self._unset)
            world.absent = self._ours
            self._worlds[key] = self._reached(world)
        return self._worlds[key]

    def _breaks(self, setting: Setting) -> bool:
        """Whether the setting ends a run of CMake with an error that is about something else than the network."""
        if setting.name == CANONICAL:
            return False
        if setting not in self._broken:
            world, unset = setting.world(self._unset), World(present=True, beside=self._unset)
            world.present = True
            machine = self.graph.run.machine
            self._broken[setting] = any(_becomes_true(way, unset, world) for way in (machine.errors if machine else ()))
        return self._broken[setting]

    def _opt_in(self, fetch: Fetch, mentions: Mentions) -> tuple[Guard, Reach] | None:
        best = next((s for s in settings(mentions) if self._of(self._reach(s), fetch) is not False), None)
        if best is None:
            if not mentions.env and not mentions.options:
                return None
            every = everything(mentions)
            all_set = partial(together, every, beside=self._unset)
            reached = self._of(self._machines.reached(all_set(), all_set, self._mentions, self.base), fetch) is not False
            if not reached and (not mentions.options or fetch in self._machines.nowhere):
                return None
            # several together are asked for: the first without which the others do not bring it
            needed = (s for s in every[:MAX_TOGETHER] if self._of(self._reached(together(every, s, self._unset)), fetch) is False)
            first = next(needed if reached else iter(()), None) or every[0]
            kind = _COMMAND_KINDS.get(first.kind, "env")
            value = str(first.value) if first.kind == "cmake" else None
            return Guard(GuardState.OPT_IN, first.name, kind, value, evidence=_span(mentions, first.name)), Reach.EXPLICIT
        if self._swaps(best) and self._in_place_of_another(best, mentions):
            return self._twins(fetch, best) or Guard(GuardState.NONE, evidence=_span(mentions, best.name)), Reach.CONDITIONAL
        evidence = _span(mentions, best.name)
        if best.kind == "env" and best.name == CANONICAL:
            guard = Guard(GuardState.NONE, CANONICAL, "env", flaws=("inverted",), evidence=evidence, flaw_evidence=evidence)
            return guard, Reach.CONDITIONAL
        # a switch that provides something and is never empty in practice is the same as one that asks for the access
        reach = Reach.EXPLICIT
        return Guard(GuardState.OPT_IN, shown(best), _COMMAND_KINDS.get(best.kind, "env"), str(best.value), evidence=evidence), reach

    def _twins(self, fetch: Fetch, setting: Setting) -> Guard | None:
        """The guard of the same call with another address, where the setting only gives it this one: what stops both."""
        for one in self.graph.fetches():
            if one.span == fetch.span and self._of(self.base, one) is not False:
                return self._opt_out(one, self._mentions(one), (fetch, setting))
        return None

    def _apart(self, fetch: Fetch, mentions: Mentions) -> list[Atom]:
        """Local things that may be missing, on which an access of a build depends: each is looked at as there and as missing."""
        if self.graph.run.entry.phase is not Phase.BUILD or len(self._places) > MAX_ALL:
            return []
        atoms = [atom for atom in mentions.atoms.values() if atom.kind == "missing" and names_something(atom)][:MAX_APART]
        return [atom for atom in atoms if self._of(self._reached(World(assumed={atom: False})), fetch) is not False]

    def _stops(self, setting: Setting, fetch: Fetch, apart: list[Atom]) -> bool:
        """Whether the access is not reached with the setting: in any case, or neither where something is there nor where it is missing."""
        reach = self._of(self._reach(setting), fetch)
        if reach is not None or not apart:
            return reach is False

        def closed(atom: Atom, *, there: bool) -> bool:
            world = setting.world()
            world.assumed = {atom: there}
            return self._of(self._reached(world), fetch) is False

        return any(closed(atom, there=False) and closed(atom, there=True) for atom in apart)

    def _opt_out(
        self, fetch: Fetch, mentions: Mentions, twin: tuple[Fetch, Setting] | None = None, apart: list[Atom] | None = None
    ) -> Guard | None:
        if apart == []:
            return None
        stops = [
            s for s in settings(mentions)
            if s.kind != "command" and s.name not in _QUESTIONS and not asks_for_others(s, self.graph.run.machine)  # no switches of this
            and self._stops(s, fetch, apart or []) and not self._swaps(s) and not self._breaks(s)
            and (twin is None or (s.name != twin[1].name and self._of(self._reached(together([twin[1], s])), twin[0]) is False))
        ]  # fmt: skip
        chosen_from = {key for key in {(s.kind, s.name) for s in stops} if self._picks(fetch, *key, stops, mentions)}
        stops = [s for s in stops if (s.kind, s.name) not in chosen_from]
        if not stops:
            return None
        switches = {key: self._switch(*key, stops, mentions) for key in dict.fromkeys((s.kind, s.name) for s in stops)}
        lame = {(s.kind, s.name) for s in stops if (one := switches[s.kind, s.name]) and one.provision and self._ends_with(s)}
        if lame < {key for key, one in switches.items() if one is not None}:
            switches = {key: one for key, one in switches.items() if key not in lame}
        (kind, name), first = next(((key, one) for key, one in switches.items() if one is not None), (("", ""), None))
        if first is None:
            return None
        others = tuple(one for one in switches.values() if one not in (None, first))
        evidence = _span(mentions, name)
        flaws = ["provision"] if first.provision else []
        flaw_evidence: Span | None = None
        values = [s.value for s in stops if (s.kind, s.name) == (kind, name)]
        if (kind, name) == ("env", CANONICAL):
            if any(x not in values for x in mentions.values_of(name) if x != ""):
                flaws.append("partial")
                flaw_evidence = evidence
            elif "" in values:
                flaws.append("presence")
                flaw_evidence = evidence
        if not first.provision and self._goes_on(Setting(kind, name, usual(values)), fetch):
            flaws.append("silent")
            flaw_evidence = flaw_evidence or evidence
        return Guard(
            GuardState.OPT_OUT, first.name, first.kind, first.set_to, tuple(flaws), evidence, flaw_evidence=flaw_evidence,
            others=others[:MAX_OTHERS],
        )  # fmt: skip

    def _ends_with(self, setting: Setting) -> bool:
        """Whether the run ends with an error although what the setting names is there: it is not enough by itself."""
        world = setting.world(self._unset)
        world.present = True
        return world.truth(self.graph.run.root.done) is False

    def _switch(self, kind: str, name: str, stops: list[Setting], mentions: Mentions) -> Switch | None:
        """A switch with the value to give it; None where only an empty one stops the access, which nobody would set."""
        values = [s.value for s in stops if (s.kind, s.name) == (kind, name)]
        if kind == "env" and not any(x != "" for x in values):
            return None
        chosen, provision = usual(values), False
        if kind == "env" and name != CANONICAL:
            machine = self.graph.run.machine
            provision = OTHER in values and machine is not None and name in machine.data_names
        elif kind == "cmake" and chosen == "ON":
            provision = bool(_PLACE.search(name)) and not is_answer(mentions.options[kind, name].default)
        chosen = LOCAL_COPY if provision else chosen
        return Switch(shown(Setting(kind, name, chosen)), _COMMAND_KINDS.get(kind, "env"), str(chosen), provision)

    def _to_a_copy(self, fetch: Fetch, mentions: Mentions) -> Guard | None:
        """A switch with which a local copy, library or tool is looked for, which stops the access where it is found.

        Without the switch the access happens in any case; so it does what a variable does that names a local copy.
        """
        found: list[Setting] = []
        for setting in settings(mentions):
            if setting.kind == "command" or setting.value == OTHER or setting.name in _QUESTIONS or setting.name == CANONICAL:
                continue
            if self._of(self._reach(setting), fetch) is not None or self._swaps(setting) or self._breaks(setting):
                continue
            world = setting.world(self._unset)
            world.present = True
            if self._of(self._reached(world), fetch) is False:
                found.append(setting)
        if not found:
            return None
        values: dict[tuple[str, str], list[Any]] = {}
        for one in found:
            values.setdefault((one.kind, one.name), []).append(one.value)
        first, *others = (
            Switch(shown(Setting(kind, name, usual(given))), _COMMAND_KINDS.get(kind, "env"), str(usual(given)), provision=True)
            for (kind, name), given in values.items()
        )
        return Guard(
            GuardState.OPT_OUT, first.name, first.kind, first.set_to, ("provision",), _span(mentions, found[0].name),
            why=self._sought(found[0], fetch, mentions), others=tuple(others[:MAX_OTHERS]),
        )  # fmt: skip

    def _sought(self, setting: Setting, fetch: Fetch, mentions: Mentions) -> str:
        """What is looked for with the setting: each thing that stops the access then if it alone is there."""
        names: list[str] = []
        for atom in [atom for atom in mentions.atoms.values() if names_something(atom)][:MAX_ASKED]:
            world = setting.world(self._unset)
            world.assumed = {atom: True}
            if self._of(self._reached(world), fetch) is False:
                names.append(atom.label)
        return " or ".join(dict.fromkeys(names))

    def _picks(self, fetch: Fetch, kind: str, name: str, stops: list[Setting], mentions: Mentions) -> bool:
        """Whether a switch takes one of several words, each of which goes on to the access, and any other value is only an error."""
        values = [one.value for one in stops if (one.kind, one.name) == (kind, name)]
        words = {text for text in mentions.words(kind, name) if text.upper() not in ANSWERS and text not in values}
        done, world = self.graph.run.root.done, self.graph.shared.setting
        if name == CANONICAL or len(words) < 2 or any(world(Setting(kind, name, x)).truth(done) is not False for x in values):
            return False
        behind = Mentions()
        behind.value(done)  # a word that is looked for behind the access may be the one that stops it
        others = [Setting(kind, name, x) for x in sorted(behind.words(kind, name) - words)[:12]]
        return not any(self._of(self._reach(one), fetch) is False and world(one).truth(done) is not False for one in others)

    def _goes_on(self, setting: Setting, fetch: Fetch) -> bool:
        """Whether the run comes to its end without the access and without an error.

        Asked of NO_NETWORK only, which must make a missing file an error. A project's own variable may well choose another way to make it.
        """
        if not fetch.keeps or (setting.kind, setting.name) != ("env", CANONICAL):
            return False
        if self.graph.run.entry.file.endswith("CMakeLists.txt"):
            return False  # CMake's own errors (a target that is missing) are not followed
        world = setting.world(self._unset)
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
        base, world = self._unset, self.graph.shared.setting(setting)
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
