"""Which rules are meant? ``OFL201``, ``unverified-download``, ``OFL2``, ``OFL2xx`` and ``integrity`` all select."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

GROUPS: Mapping[str, str] = {
    "check": "OFL0",
    "access": "OFL1",
    "integrity": "OFL2",
    "declared": "OFL3",
    "completeness": "OFL4",
}


def selects(selectors: Iterable[str], code: str, name: str) -> bool:
    """Whether any selector means this rule: its code or name, its group as ``OFL2``, ``OFL2xx`` or a word, or ``all``."""
    return any(_selects(selector.strip().casefold(), code.casefold(), name.casefold()) for selector in selectors)


def _selects(selector: str, code: str, name: str) -> bool:
    if selector in {code, name, "all"}:
        return True
    prefix = GROUPS.get(selector, selector).casefold().rstrip("x")
    return prefix.startswith("ofl") and len(prefix) < len(code) and code.startswith(prefix)


def unknown(selectors: Iterable[str], rules: Mapping[str, str]) -> str | None:
    """A sentence about the first selector that means no rule (name by code) at all, naming the nearest that does; None for none."""
    for selector in selectors:
        group = any(selects([selector], f"{prefix}00", "") for prefix in GROUPS.values())
        if not group and not any(selects([selector], code, name) for code, name in rules.items()):
            known = [word for rule in rules.items() for word in rule] + list(GROUPS)
            return f"no rule or group {selector!r}{nearest(selector, known)}"
    return None


def nearest(word: str, known: Iterable[str]) -> str:
    """``"; did you mean 'x'?"`` for the known word most like this one, empty where none is."""
    import difflib  # noqa: PLC0415 # only where a word is wrong

    words = {each.casefold(): each for each in known}
    found = difflib.get_close_matches(word.casefold(), words, 1, 0.5)
    return f"; did you mean {words[found[0]]!r}?" if found else ""
