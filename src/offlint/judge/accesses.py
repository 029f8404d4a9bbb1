"""What are the accesses of a phase, judged? Those of all runs, one for each place and thing that is fetched."""

from __future__ import annotations

from typing import TYPE_CHECKING

from offlint.flow.texts import is_exact, template
from offlint.judge.copies import Copies
from offlint.judge.guard import Guards
from offlint.judge.integrity import Integrities
from offlint.judge.reachability import Graph
from offlint.judge.sources import MAX_FILES, holes_of, lands_of, variants_of
from offlint.model.access import Access, Guard, TrailStep
from offlint.model.words import Confidence, GuardState, IntegrityState, Phase, Reach

if TYPE_CHECKING:
    from collections.abc import Iterable

    from offlint.flow.runs import Run
    from offlint.flow.summary import Fetch
    from offlint.model.entry import Entry

#: From worst to best, for one place that is judged in several contexts.
_GUARDS = (GuardState.NONE, GuardState.FALLBACK, GuardState.OPT_OUT, GuardState.OPT_IN)
_INTEGRITIES = (
    IntegrityState.ABSENT, IntegrityState.INEFFECTIVE, IntegrityState.WEAK, IntegrityState.NOT_APPLICABLE, IntegrityState.VERIFIED,
)  # fmt: skip
_REACHES = (Reach.ALWAYS, Reach.CONDITIONAL, Reach.EXPLICIT)
MAX_URLS = 12


def judge_run(run: Run) -> list[Access]:
    """The accesses of one run, each judged in its context."""
    graph = Graph(run)
    fetches = graph.fetches()
    if not fetches:
        return []
    guards, integrities, copies = Guards(graph), Integrities(graph), Copies(graph)
    found: list[Access] = []
    for fetch in fetches:
        judged = guards.judge(fetch)
        if judged is None:
            continue
        guard, reach = judged
        if run.entry.reach is Reach.EXPLICIT:
            reach = Reach.EXPLICIT
            if guard.state in (GuardState.NONE, GuardState.FALLBACK):
                guard = Guard(GuardState.OPT_IN, run.entry.ask or run.entry.surface, "command", evidence=run.entry.span)
        found.append(_access(graph, fetch, guard, reach, integrities, copies))
    return found


def _access(graph: Graph, fetch: Fetch, guard: Guard, reach: Reach, integrities: Integrities, copies: Copies) -> Access:  # noqa: PLR0917  (what an access is made of)
    integrity = integrities.judge(fetch)
    entry = graph.run.entry
    trail = [TrailStep(link.span, link.what) for link in graph.trail(fetch)]
    trail.append(TrailStep(fetch.span, fetch.api))
    if fetch.url_text is not None:
        url, exact = fetch.url_text, fetch.url_exact
    else:
        url, exact = fetch.prefix + template(fetch.url), is_exact(fetch.url)
    url = url.replace("⟨root⟩/", "").replace("⟨tmp⟩/", "{tmp}/")
    steps = tuple(step for n, step in enumerate(trail) if n == 0 or step != trail[n - 1])
    return Access(
        fetch.phase or entry.phase, entry.surface, fetch.span, fetch.kind, fetch.api, url, exact, reach, guard, integrity, steps,
        confidence=Confidence.HIGH if exact or "://" in url else Confidence.MEDIUM,
        tolerated=fetch.tolerated, on_import=fetch.top_level and _is_loaded(entry), program=graph.run.program, plugin=fetch.plugin,
        own=fetch.own,
        variants=variants_of(graph.run.machine, fetch, integrities.wanted(fetch)), lands=lands_of(graph.run.files, fetch),
        holes=() if exact or fetch.url_text is not None else holes_of(fetch.url), copies=copies.of(fetch), name=fetch.name,
        checkout=copies.checkout(fetch),
    )  # fmt: skip


def _is_loaded(entry: Entry) -> bool:
    """Whether a tool loads the file whatever it is asked for; the program of a command runs for what that makes."""
    return not entry.main or entry.surface == "setup.py"


def merged(accesses: Iterable[Access]) -> tuple[Access, ...]:
    """One access for each phase, place and URL: the worst guard and integrity of its contexts, the shortest trail."""
    groups: dict[tuple[object, ...], Access] = {}
    per_place: dict[tuple[object, ...], int] = {}
    for access in accesses:
        place = (access.phase, access.span, access.program)
        key: tuple[object, ...] = (*place, access.api, access.url)
        old = groups.get(key)
        if old is None:
            if per_place.get(place, 0) >= MAX_URLS:
                key = next(k for k in groups if k[: len(place)] == place)
                old = groups[key]
            else:
                per_place[place] = per_place.get(place, 0) + 1
                groups[key] = access
                continue
        groups[key] = _worse(old, access)
    ordered = sorted(
        _told(groups.values()),
        key=lambda a: (str(a.phase), a.span, a.program, _GUARDS.index(a.guard.state), _INTEGRITIES.index(a.integrity.state), a.url),
    )
    return tuple(ordered)


def _told(accesses: Iterable[Access]) -> list[Access]:
    """Without the contexts of tests whose URL is not known at all, where others of the same place say what is asked for.

    Tests call a library's functions in many ways; in some the URL is lost on the way, and most of those are of local servers.
    """
    listed = list(accesses)
    known = {(a.span, a.api) for a in listed if a.phase is Phase.TEST and "://" in a.url}
    return [a for a in listed if a.phase is not Phase.TEST or not a.url.startswith("{") or (a.span, a.api) not in known]


def _worse(one: Access, other: Access) -> Access:
    first, second = (one, other) if len(one.trail) <= len(other.trail) else (other, one)
    guard = min((first.guard, second.guard), key=lambda g: _GUARDS.index(g.state))
    integrity = min((first.integrity, second.integrity), key=lambda i: _INTEGRITIES.index(i.state))
    reach = min((first.reach, second.reach), key=_REACHES.index)
    return Access(
        first.phase, first.surface, first.span, first.kind, first.api, first.url, first.url_exact, reach, guard, integrity, first.trail,
        first.confidence, first.tolerated and second.tolerated, first.on_import or second.on_import, first.because,
        first.program, first.plugin and second.plugin, first.own if second.own else "",
        first.variants or second.variants, first.holes or second.holes, tuple(dict.fromkeys((*first.lands, *second.lands)))[:MAX_FILES],
        tuple(one for one in first.copies if one in second.copies), first.name or second.name,
        first.checkout and second.checkout,
    )  # fmt: skip
