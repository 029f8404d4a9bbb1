"""What do all pages say together? Those of rules/ as they were read before, where they say the same, and a user's."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from offlint.cache.identity import pages_folder
from offlint.cache.store import Store
from offlint.rulebook.errors import RulebookError
from offlint.rulebook.kept import read_before
from offlint.rulebook.schema import Rule, Rulebook


def rules_folder() -> Path:
    """The built-in pages. Raises RulebookError where there are none."""
    folder = pages_folder()
    if folder is None:
        raise RulebookError([f"{Path(__file__).parent.parent / 'rules'}: the built-in rules are missing; offlint is not installed whole"])
    return Path(folder)


def load_rulebook(extra: Sequence[Path] = (), store: Store | None = None) -> Rulebook:
    """Read the built-in pages and those of a user's folders (or single pages), the later of which win.

    ``store`` is where it is kept what the built-in pages say. Raises RulebookError with the problems of all pages, each with its file and
    line.
    """
    book = read_before(rules_folder(), store or Store(None))
    if extra:
        from offlint.rulebook.checking import add  # noqa: PLC0415 # what takes long to import waits until it is needed

        add(book, [(path.as_posix(), path) for path in extra])
    return book


def find_rule(book: Rulebook, wanted: str) -> Rule:
    """A rule by its code or name. Raises LookupError, which names the nearest one, where there is none."""
    by_name = {rule.name: rule for rule in book.rules.values()}
    rule = book.rules.get(wanted.upper()) or by_name.get(wanted.lower())
    if rule is None:
        from offlint.rulebook.reader import nearest  # noqa: PLC0415 # as above

        raise LookupError(f'no rule "{wanted}"{nearest(wanted.upper(), book.rules) or nearest(wanted.lower(), by_name)}')
    return rule
