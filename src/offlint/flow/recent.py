"""Which calls were made lately, and what did they do? The same call is made again soon, or mostly never."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from offlint.flow.summary import Summary

#: Of so many of the latest calls, and up to as many before them, what they did is kept.
MOST = 2_000


class Recent:
    """What calls did that were made lately, by function and arguments.

    A call that is made again is mostly made again soon: of what was neither made nor asked for among the latest, one in sixty is asked
    for later. To keep all would cost more memory than the code that is followed.
    """

    def __init__(self) -> None:
        self._young: dict[tuple[object, ...], list[Summary]] = {}
        self._old: dict[tuple[object, ...], list[Summary]] = {}

    def of(self, key: tuple[object, ...]) -> list[Summary]:
        """What is known of a call, to be added to. Raises TypeError for arguments that cannot be told apart."""
        known = self._young.get(key)
        if known is None:
            if len(self._young) >= MOST:
                self._young, self._old = {}, self._young
            known = self._young[key] = self._old.pop(key, [])
        return known
