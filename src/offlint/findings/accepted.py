"""What did the user say about which findings count?"""

from __future__ import annotations

from collections.abc import Mapping

from offlint.model.lazy import dataclass, field


@dataclass(frozen=True, slots=True)
class Accepted:
    """What counts as accepted.

    ``require_reason``: a comment without a reason accepts nothing. ``per_path``: for patterns as in .gitignore, the selectors of the
    rules that are accepted in files that match. ``all_reported``: nothing is accepted at all. ``unused``: whether unused comments
    are told (not where only a part was judged).
    """

    require_reason: bool = False
    per_path: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    all_reported: bool = False
    unused: bool = True
