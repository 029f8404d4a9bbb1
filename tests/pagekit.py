"""What do the examples of pages claim? The tests of rules/ and tests/pages/ use what ``offlint check-rules`` does."""

from __future__ import annotations

from offlint.trials import Case, claims, compare, fits, iter_examples, reported

__all__ = ["Case", "claims", "compare", "fits", "iter_examples", "reported"]
