"""What can a person set, and what does it change? The switches of all accesses, gathered."""

from __future__ import annotations

from collections.abc import Sequence

from offlint.model.access import Access, Guard
from offlint.model.lazy import dataclass, field
from offlint.model.report import Switch
from offlint.model.words import GuardState

_SET_TO = {"NO_NETWORK": "1"}


@dataclass(slots=True)
class _Places:
    stops: set[tuple[str, int]] = field(default_factory=set)
    starts: set[tuple[str, int]] = field(default_factory=set)


def switches(accesses: Sequence[Access]) -> tuple[Switch, ...]:
    """Each switch once for each effect and value to set, sorted by name.

    ``effect`` is ``opt-out`` (setting it stops the places in ``stops``), ``provision`` (the same, by naming a local copy),
    ``opt-in`` (setting it starts those in ``starts``) or ``inverted`` (so does setting what should stop them).
    """
    found: dict[tuple[str, str, str, str], _Places] = {}
    for access in accesses:
        guard = access.guard
        effect = _effect(guard)
        if guard.switch is None or effect is None:
            continue
        places = found.setdefault((guard.switch, guard.kind, guard.set_to or _SET_TO.get(guard.switch, ""), effect), _Places())
        stops = effect in {"opt-out", "provision"}
        (places.stops if stops else places.starts).add((access.span.file, access.span.line))
    return tuple(
        Switch(name, kind, set_to, effect, _written(places.stops), _written(places.starts))
        for (name, kind, set_to, effect), places in sorted(found.items())
    )


def _effect(guard: Guard) -> str | None:
    if "inverted" in guard.flaws:
        return "inverted"
    if guard.state is GuardState.OPT_OUT:
        return "provision" if "provision" in guard.flaws else "opt-out"
    return "opt-in" if guard.state is GuardState.OPT_IN else None


def _written(places: set[tuple[str, int]]) -> tuple[str, ...]:
    return tuple(f"{file}:{line}" for file, line in sorted(places))
