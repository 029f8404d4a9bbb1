"""Is what is fetched verified? Whether the use would still be reached if the bytes were an attacker's."""

from __future__ import annotations

import math
import re
from itertools import product
from typing import TYPE_CHECKING

from offlint.flow import values as v
from offlint.flow.interning import taint
from offlint.flow.machine import MEMORY
from offlint.flow.texts import template
from offlint.flow.worlds import World
from offlint.model.access import Integrity
from offlint.model.lazy import regex
from offlint.model.words import IntegrityState, Phase

if TYPE_CHECKING:
    from collections.abc import Iterator

    from offlint.flow.summary import Fetch, Use, Way
    from offlint.judge.reachability import Graph
    from offlint.model.span import Span

_WEAK = regex(r"^(md4|md5|sha-?1|crc\w*|adler32|length|size|etag|xxh\w*)$", re.IGNORECASE)
_MUTABLE = regex(r"/(?:master|main|latest|HEAD|nightly|develop|trunk)(?:/|\.(?:zip|tar|tgz)|$)|refs/heads/|/releases/latest")
_UNSTABLE = regex(
    r"(?:github\.com|githubusercontent\.com|gitlab\.[\w.]+|bitbucket\.org|codeberg\.org)/.*(?:/archive/|/zipball/|/tarball/|/-/archive/|/get/)|codeload\.github\.com/"
)


#: Ways to an access that are told apart; where there are more, they are asked about together, and more is called reached.
MAX_CASES = 16
#: Flaws of the connection, which matter even where nothing fetched is kept.
TRANSPORT = ("cleartext", "no-certificate-check")


def is_weak(algorithm: str) -> bool:
    """Whether a digest of this name proves nothing against somebody who wants to replace the bytes."""
    return _WEAK.match(algorithm) is not None


def url_flaws(url: str, *, keeps: bool, mutable: bool = False, insecure: bool = False) -> tuple[str, ...]:
    """What an address alone shows of the bytes behind it."""
    flaws: list[str] = []
    if keeps and (mutable or _MUTABLE.search(url)):
        flaws.append("mutable-reference")
    if keeps and _UNSTABLE.search(url):
        flaws.append("unstable-archive")
    if url.startswith(("http:", "ftp:", "git:", "svn:", "git+http:", "git+git:", "svn+http:", "hg+http:")):
        flaws.append("cleartext")
    if insecure:
        flaws.append("no-certificate-check")
    return tuple(flaws)


class Integrities:
    """Judges the integrity of one run's accesses."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self._counts: dict[int, int] = {}
        self._alternatives: dict[int, list[list[v.Value]]] = {}
        self._same: dict[tuple[Span, v.Value], list[Fetch]] = {}
        for fetch in graph.fetches():
            self._same.setdefault((fetch.span, fetch.url), []).append(fetch)
        self._files: dict[Fetch, list[v.Value]] = {}
        for name, held in graph.run.files.items():
            if name.startswith(MEMORY):
                continue
            for fetch in taint(held):
                self._files.setdefault(fetch, []).append(held)
        self._compared: dict[Fetch, list[tuple[v.Digest, v.Value]]] = {}
        for digest, other, _ in graph.run.machine.comparisons if graph.run.machine else ():
            for fetch in digest.made_of:
                self._compared.setdefault(fetch, []).append((digest, other))

    def judge(self, fetch: Fetch, depth: int = 0) -> Integrity:
        """The state, with the line that shows it."""
        flaws = self._url_flaws(fetch, mutable=fetch.mutable)
        if not fetch.keeps:
            return Integrity(IntegrityState.NOT_APPLICABLE, flaws=self._transport(flaws))
        uses = self.graph.uses(fetch)
        if self.graph.run.entry.phase is Phase.TEST:
            uses = [use for use in uses if use.kind != "pass"]  # a test makes nothing; what it hands on is looked at and forgotten
        executed = fetch.runs or any(use.kind == "execute" for use in uses)
        if fetch.verified:
            state = IntegrityState.WEAK if is_weak(fetch.verified) else IntegrityState.VERIFIED
            return Integrity(state, fetch.verified, fetch.expected, flaws, fetch.span)
        left = self._files.get(fetch, [])  # what the run leaves in files and may be made of the data; those in memory end with the run
        if self.graph.run.program and self.graph.run.entry.phase is Phase.DOCS:
            fetch.stored |= not fetch.leads  # what such a program computes is shown in the documentation
        if not uses and not left and not fetch.stored:
            return self._unused(fetch, flaws, depth)
        compared = self._comparisons(fetch)
        made = self._digests(fetch)
        if not made and not executed:
            return Integrity(IntegrityState.ABSENT, flaws=flaws)  # nothing can tell an attacker's bytes from others
        strong = self._reached(fetch, uses, left=left, weak_too=False)
        algorithm, expected, evidence = self._evidence(fetch, compared)
        if not strong and (evidence is None or is_weak(algorithm or "")):
            return Integrity(IntegrityState.ABSENT, flaws=flaws)  # what stops the use is no comparison, or none that counts here
        if not strong:  # what a clone brings is checked by its commit then
            return Integrity(IntegrityState.VERIFIED, algorithm, expected, self._url_flaws(fetch, mutable=False), evidence)
        weak = strong if all(one.strong for one in made) else self._reached(fetch, uses, left=left, weak_too=True)
        if not weak:
            return Integrity(IntegrityState.WEAK, algorithm, expected, flaws, evidence)
        if executed and not fetch.digests:
            flaws = (*flaws, "remote-code")
        if not fetch.digests:
            return Integrity(IntegrityState.ABSENT, None, None, flaws)
        how = self._how(compared, weak)
        return Integrity(IntegrityState.INEFFECTIVE, algorithm, expected, (*flaws, how), evidence)

    def _url_flaws(self, fetch: Fetch, *, mutable: bool) -> tuple[str, ...]:
        url = fetch.url_text if fetch.url_text is not None else fetch.prefix + template(fetch.url)
        return url_flaws(url, keeps=fetch.keeps, mutable=mutable, insecure=fetch.insecure)

    def _transport(self, flaws: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(f for f in flaws if f in TRANSPORT)

    def _unused(self, fetch: Fetch, flaws: tuple[str, ...], depth: int) -> Integrity:
        """Data that is only looked at; what it leads to decides where it names the next thing to fetch."""
        if not fetch.leads or depth > 3:
            return Integrity(IntegrityState.NOT_APPLICABLE, flaws=self._transport(flaws))
        fine = (IntegrityState.VERIFIED, IntegrityState.NOT_APPLICABLE)
        if all(self.judge(lead, depth + 1).state in fine for lead in fetch.leads if lead is not fetch):
            return Integrity(IntegrityState.NOT_APPLICABLE, flaws=self._transport(flaws))
        return Integrity(IntegrityState.ABSENT, flaws=flaws)

    def _digests(self, fetch: Fetch) -> list[v.Digest]:
        """The digests that were made of what any try of this access brought."""
        tries = self._same.get((fetch.span, fetch.url), [fetch])
        made = [digest for one in tries for digest in one.digests if isinstance(digest, v.Digest)]
        return made + [digest for one in tries for digest, _ in self._compared.get(one, ())]

    def _reached(self, fetch: Fetch, uses: list[Use], *, left: list[v.Value], weak_too: bool) -> list[str]:
        """The kinds of use that are still reached with an attacker's bytes; empty where the mismatch stops all of them."""
        # whoever replaces the bytes of one try replaces those of the next
        same = frozenset(self._same.get((fetch.span, fetch.url), ()))
        held = [way.test for end in self.graph.ways(fetch) for way in _upwards(end)]
        first = self._world(same, weak_too=weak_too)
        found = self._reached_in(first, held, fetch, uses, left)
        if not found or not fetch.digests:
            return found
        # "this way or that way" says more when it is asked once for each: a cached copy was returned on neither of them
        split = self._cases(held)
        if split is None:
            return found
        kinds: dict[str, None] = {}
        for number, case in enumerate(split, 1):
            world = self._world(same, weak_too=weak_too, case=number, beside=first)
            kinds |= dict.fromkeys(self._reached_in(world, case, fetch, uses, left))
            if len(kinds) == len(found) or "end" in kinds:
                break  # what more is supposed reaches no more than that, and what else is reached makes no difference
        return list(kinds)

    def _world(self, same: frozenset[Fetch], *, weak_too: bool, case: int = 0, beside: World | None = None) -> World:
        """A world in which the bytes are replaced; what an earlier run asked in the same case of the same access was much the same."""
        known, key = self.graph.shared.replaced, (same, weak_too, case)
        world = World(replaced=same, weak_too=weak_too, beside=known.get(key) or beside or self.graph.shared.unset)
        known.setdefault(key, world)
        return world

    def _cases(self, held: list[v.Value]) -> Iterator[list[v.Value]] | None:
        """The conditions with each alternative of an ``or`` by itself, nearest to the access first, as far as there are few.

        None where there is none.
        """
        cases, ways = 1, []
        for test in reversed(held):
            if cases * _count(test, self._counts) > MAX_CASES:
                ways.append([[test]])
                continue
            if id(test) not in self._alternatives:
                self._alternatives[id(test)] = _alternatives(test)
            ways.append(self._alternatives[id(test)])
            cases *= len(ways[-1])
        return ([one for way in case for one in way] for case in product(*ways)) if cases > 1 else None

    def _reached_in(self, world: World, held: list[v.Value], fetch: Fetch, uses: list[Use], left: list[v.Value]) -> list[str]:
        """The uses that are reached in a world in which these conditions held on the way to the access."""
        for test in held:
            _suppose(world, test)
        reach = self.graph.reach(world, frozenset(uses))
        found = [use.kind for use in uses if use.kind != "write" and reach.get(use) is not False]
        written = fetch.written or any(use.kind == "write" and reach.get(use) is not False for use in uses)
        kept = fetch.stored or (written and any(_may_hold(world, held, fetch) for held in left))
        if kept and world.truth(self.graph.run.root.done) is not False:  # asked last: it is all that the run came past
            found.append("end")
        return found

    def wanted(self, fetch: Fetch) -> list[tuple[str, v.Value]]:
        """The digests that the data is compared with, the strongest first, each with its algorithm; lengths are none."""
        if fetch.wanted is not None:
            return [(fetch.verified or "sha256", fetch.wanted)]
        pairs = sorted(self._comparisons(fetch), key=lambda pair: not pair[0].strong)
        return [(digest.algorithm, other) for digest, other in pairs if digest.algorithm not in ("length", "size") and not taint(other)]

    def _comparisons(self, fetch: Fetch) -> list[tuple[v.Digest, v.Value]]:
        return self._compared.get(fetch, [])

    def _evidence(self, fetch: Fetch, compared: list[tuple[v.Digest, v.Value]]) -> tuple[str | None, str | None, Span | None]:
        # the strongest comparison is the one to show
        for digest, other in sorted(compared, key=lambda pair: not pair[0].strong):
            texts = {v.text_of(its) for one, its in compared if one.algorithm == digest.algorithm}
            # one of several says nothing of this access: which of them is meant is not known
            return digest.algorithm, v.text_of(other) if len(texts) == 1 else None, digest.span
        for made in fetch.digests:
            if isinstance(made, v.Digest):
                return made.algorithm, None, made.span
        return None, None, None

    def _how(self, compared: list[tuple[v.Digest, v.Value]], kinds: list[str]) -> str:
        if not compared:
            return "not-compared"
        if all(taint(other) for _, other in compared):
            return "digest-from-network"
        return "mismatch-ignored" if "end" in kinds else "use-before-verification"


def _upwards(way: Way | None) -> Iterator[Way]:
    while way is not None:
        yield way
        way = way.parent


def _count(test: v.Value, known: dict[int, int]) -> int:
    """How many alternatives a condition has, at most MAX_CASES + 1; conditions share parts, each is counted once."""
    if not isinstance(test, v.Sym) or test.op not in ("and", "or"):
        return 1
    if id(test) not in known:
        parts = [_count(arg, known) for arg in test.args]
        known[id(test)] = min(sum(parts) if test.op == "or" else math.prod(parts), MAX_CASES + 1)
    return known[id(test)]


def _alternatives(test: v.Value) -> list[list[v.Value]]:
    match test:
        case v.Sym("or", args):
            return [way for arg in args for way in _alternatives(arg)]
        case v.Sym("and", args):
            found: list[list[v.Value]] = [[]]
            for arg in args:
                found = [[*case, *way] for case in found for way in _alternatives(arg)]
            return found
        case _:
            return [[test]]


def _suppose(world: World, test: v.Value) -> None:
    """What held on the way to the access holds in this world."""
    if isinstance(test, v.Sym) and test.op == "not":
        world.assumed[test.args[0]] = False
    elif isinstance(test, v.Sym) and test.op == "and":
        for arg in test.args:
            _suppose(world, arg)
    elif not isinstance(test, v.Const):
        world.assumed[test] = True


def _may_hold(world: World, held: v.Value, fetch: Fetch) -> bool:
    """Whether a file can hold the access's data in this world."""
    if isinstance(held, v.Choice):
        truth = world.truth(held.test)
        return (truth is not False and _may_hold(world, held.then, fetch)) or (truth is not True and _may_hold(world, held.orelse, fetch))
    return fetch in taint(held)
