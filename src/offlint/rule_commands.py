"""What do the rules say, and do a project's own pages hold? ``offlint rules``, ``explain`` and ``check-rules``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from offlint.cache.store import Store, default_folder
from offlint.formats.base import visible
from offlint.formats.output import is_terminal, terminal_width, write_stdout
from offlint.options import own_rules
from offlint.recall import Pages
from offlint.rulebook.errors import RulebookError
from offlint.settings import SettingsError, find_settings

if TYPE_CHECKING:
    from offlint.rulebook.reader import Page
    from offlint.rulebook.schema import Rulebook

_Result = TypeVar("_Result")


def rulebook(extra: Sequence[Path], store: Store | None = None) -> Rulebook:
    """The built-in pages and the user's."""
    return said(lambda: Pages(extra, store or Store(default_folder())).book)


def said(work: Callable[[], _Result]) -> _Result:
    """What reads pages; one line, with the first problem, where they can't be used."""
    try:
        return work()
    except RulebookError as error:
        more = len(error.problems) - 1
        also = f" (and {more} more; offlint check-rules lists them)" if more else ""
        raise click.ClickException(f"{error.problems[0]}{also}") from error


@click.command(epilog="\b\nExamples:\n  offlint explain OFL201\n  offlint explain unguarded-access")
@click.argument("rule", metavar="CODE|NAME")
@own_rules
def explain(rule: str, extra: tuple[Path, ...]) -> int:
    """Explain a rule: why, bad and good examples, how to mend."""
    from offlint.rulebook.loading import find_rule  # noqa: PLC0415 # as above

    try:
        found = find_rule(rulebook(extra), rule)
    except LookupError as error:
        raise click.ClickException(str(error.args[0] if error.args else error)) from error
    level = "by guard, integrity and phase" if found.level == "table" else found.level
    page = f"# {found.title}\n\n`{found.code}` `{found.name}`, level: {level}\n\n{found.help.strip()}\n"
    if is_terminal():
        from offlint.formats.terminal import markdown  # noqa: PLC0415 # rich takes long to load

        page = markdown(page, terminal_width())
    write_stdout(page, utf8=False)
    return 0


@click.command(epilog="\b\nExamples:\n  offlint rules\n  offlint rules --rules our-rules/")
@own_rules
def rules(extra: tuple[Path, ...]) -> int:
    """List all rules."""
    from offlint.formats.table import rows  # noqa: PLC0415 # as above

    book = rulebook(extra)
    body = [(code, rule.name, "by table" if rule.level == "table" else rule.level, rule.title) for code, rule in sorted(book.rules.items())]
    write_stdout("".join(f"{line}\n" for line in rows(("CODE", "NAME", "LEVEL", "TITLE"), body)), utf8=False)
    return 0


@click.command(
    name="check-rules",
    epilog="\b\nExamples:\n  offlint check-rules\n  offlint check-rules offlint-rules/ extra/one-page.md"
    "\n\n\b\nExit status: 0 all pages and examples are in order, 1 some are not, 2 a path that can't be read.",
)
@click.argument("paths", nargs=-1, metavar="[PATH]...", type=click.Path(path_type=Path))
def check_rules(paths: tuple[Path, ...]) -> int:
    """Check own pages of API models and rules, and run their examples.

    PATHs are folders or pages; without any, those that this folder's configuration names in `rules`. Each problem is a line
    with its page and line.
    """
    from offlint.rulebook.checking import load_pages  # noqa: PLC0415 # as above
    from offlint.rulebook.loading import load_rulebook  # noqa: PLC0415 # as above

    where = paths or _configured()
    for path in where:
        if not path.exists():
            raise click.ClickException(f"{path}: does not exist")
    try:
        book = load_rulebook(where)
        pages = load_pages(where, builtin=False)
    except RulebookError as error:
        return _said(error.problems, "not run, for pages that can't be read")
    if not pages:
        raise click.ClickException(f"{', '.join(map(str, where))}: no pages (*.md)")
    problems: list[str] = []
    count = 0
    for page in pages:
        examples, found = _examples(page, book)
        count += examples
        problems += found
    return _said(problems, f"{_plural(len(pages), 'page')}, {_plural(count, 'example')}")


def _configured() -> tuple[Path, ...]:
    try:
        where = find_settings(Path()).rules
    except SettingsError as error:
        raise click.ClickException(str(error)) from error
    if not where:
        raise click.ClickException("no PATH is given, and no configuration in this folder names any in `rules`")
    return where


def _examples(page: Page, book: Rulebook) -> tuple[int, list[str]]:
    """How many examples a page has, and what does not hold of them."""
    from offlint.trials import iter_examples, problems_of  # noqa: PLC0415

    try:
        cases = list(iter_examples([page]))
    except RulebookError as error:
        return 0, list(error.problems)
    problems = [problem for case in cases for problem in problems_of(case, book)]
    if page.head.data and not cases:
        problems.append(f"{page.path}:1: no example shows that it works: a heading and a code block with a title")
    return len(cases), problems


def _said(problems: Sequence[str], what: str) -> int:
    write_stdout("".join(f"{visible(problem)}\n" for problem in problems), utf8=False)
    click.echo(f"offlint: {what}; {_plural(len(problems), 'problem') if problems else 'all in order'}", err=True)
    return 1 if problems else 0


def _plural(count: int, word: str) -> str:
    return f"{count} {word}" + ("" if count == 1 else "s")
