"""What does the command line mean? Options and paths in, one rendering and an exit status out.

What takes long to import (the analysis, rich, sarif-om) is imported where it is needed, so that ``--help`` is instant.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from offlint import __version__, recipe_command
from offlint.cache.replay import Heard, Record, Witness
from offlint.cache.store import default_folder
from offlint.cache_command import cache
from offlint.diff_command import diff
from offlint.findings.selection import selects, unknown
from offlint.formats import registry
from offlint.formats.base import Options, no_command, plural, prefix, shown
from offlint.formats.delivery import deliver, emit, spoken_only
from offlint.formats.output import in_workflow, is_terminal, terminal_width
from offlint.formats.progress import working
from offlint.formats.stream import WriteError
from offlint.jobs import Judge, Question, answers, crash
from offlint.model.lazy import dataclass, field
from offlint.model.words import Level
from offlint.options import Files, Spoken, Unnamed, files, keep, parallel, shared, words
from offlint.recall import Pages
from offlint.recipe.registry import INVENTORY
from offlint.rule_commands import check_rules, explain, rules, said
from offlint.settings import FAIL_ON, Settings, SettingsError, shown_settings
from offlint.targets import ARCHIVES, Target, absolute, configuring, find_targets, settings_of, undeclared

if TYPE_CHECKING:
    from offlint.model.report import Gone, Provenance, Report
    from offlint.project import Project
    from offlint.rulebook.schema import Rulebook


class _Failure(click.ClickException):
    """What is said on one line, with exit status 2."""


@dataclass(slots=True)
class _Results:
    """The reports, where each came from, what counts as failed in each, and what could not be checked."""

    reports: list[Report] = field(default_factory=list)
    targets: list[Target] = field(default_factory=list)
    lowest: list[Level | None] = field(default_factory=list)
    baselines: list[Path | None] = field(default_factory=list)
    gone: tuple[Gone, ...] = ()
    pages: Pages | None = None
    failures: list[str] = field(default_factory=list)
    opened: dict[str, Project] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)
    witness: Witness | None = None

    @property
    def book(self) -> Rulebook | None:
        """The pages by which the last project was checked."""
        pages = self.pages
        return None if pages is None else said(lambda: pages.book)

    @property
    def witnessed(self) -> Witness | None:
        """What all of it was made of, where that is known."""
        return None if self.failures else self.witness

    @property
    def exit_code(self) -> int:
        """2 where something could not be checked, 1 where a finding counts, else 0."""
        failed = any(
            lowest is not None and finding.counts and finding.level.rank >= lowest.rank
            for report, lowest in zip(self.reports, self.lowest, strict=True)
            for finding in report.findings
        )
        return 2 if self.failures else int(failed)

    def fail(self, text: str) -> None:
        """Say what could not be checked, and keep it for those who read the results only."""
        say(text)
        self.failures.append(text)

    @property
    def base(self) -> Path | None:
        """The folder from which files are named, if it is one for all."""
        here = Path.cwd()
        folders = {here if report.project.way else target.folder for report, target in zip(self.reports, self.targets, strict=True)}
        found = {None if folder is None else Path(absolute(str(folder))) for folder in folders}
        return found.pop() if len(found) == 1 else None

    def data(self, index: int, file: str) -> bytes | None:
        """The bytes of a report's file, for SARIF's hashes."""
        from offlint.project import Unreadable, open_project  # noqa: PLC0415 # see the module's docstring

        path = self.targets[index].path
        try:
            if path not in self.opened:
                self.opened[path] = open_project(path)
            return self.opened[path].data(file)
        except Unreadable:
            return None


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and exit: 0 and 1 as documented, 2 with one line on stderr, 130 when interrupted."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # closed before we began
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115 # until we end
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        code = cli.main(args=given, prog_name="offlint", standalone_mode=False, obj=Record(given))
    except click.ClickException as error:
        say(" ".join(error.format_message().split()))
        code = 2
    except WriteError as error:
        say(str(error))
        code = 2
    except OSError as error:  # of standard output, when click writes there, and of a folder that is gone
        say(f"{error.filename or 'this folder or standard output'}: {error.strerror or error}")
        code = 2
    except (click.Abort, KeyboardInterrupt):
        code = 130
    except Exception as error:  # noqa: BLE001 # never a traceback
        say(crash(error))
        code = 2
    sys.exit(code if isinstance(code, int) else 0)


@click.group(
    cls=Unnamed,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="\b\nExamples:\n  offlint                            check the project in this folder\n"
    "  offlint spam-1.0.tar.gz            check a source distribution, without unpacking it\n"
    "  offlint offline spam-1.0.tar.gz    what to set and to provide to build it offline\n"
    "  offlint inventory . --format json  every access, guarded or not\n  offlint explain OFL201             what a rule means",
)
@click.version_option(__version__, "-V", "--version", prog_name="offlint", message="%(prog)s %(version)s")
def cli() -> None:
    """Say whether building, testing or documenting a Python project would reach the network.

    Nothing of the project is run, imported or extracted, and offlint itself never uses the network. Without a command, PATH... are
    checked; a folder that is named like a command is written ./rules.
    """


for _command in (diff, explain, rules, check_rules, cache):
    cli.add_command(_command)


@cli.command(
    epilog="\b\nExamples:\n  offlint check .\n  offlint check --format sarif --output offlint.sarif .\n"
    "  offlint check --phase build --fail-on error spam-1.0.tar.gz\n"
    "  offlint check --select integrity --ignore OFL206 setup.py docs/conf.py"
    "\n\n\b\nExit status: 0 nothing at or over --fail-on, 1 findings, 2 wrong usage or a path that can't be read."
)
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@click.option("-f", "--format", "format_", type=click.Choice(list(registry.CHECK)), default="text", show_default=True)
@click.option("--select", metavar="RULES", callback=words, help="Codes, names or groups (OFL2xx, integrity) to report.")
@click.option("--ignore", metavar="RULES", callback=words, help="Codes, names or groups to leave out.")
@click.option("--fail-on", type=click.Choice(FAIL_ON), help="Lowest level with exit status 1. [default: warning]")
@click.option("--report", "further", metavar="FORMAT=FILE", multiple=True, callback=files, help="Write the same in a further format.")
@click.option("--baseline", type=click.Path(path_type=Path), help="SARIF file of offlint's: what it has is known and does not count.")
@click.option("--absent", is_flag=True, help="In SARIF, list what the baseline has and nothing has any more.")
@click.option("--no-suppressions", is_flag=True, help="Report what comments and per-path-ignores accept, too.")
@click.option("--show-config", is_flag=True, help="Print the settings in use and where each comes from; check nothing.")
@click.option("--sarif-category", metavar="NAME", default="", help="What tells several SARIF uploads for one commit apart.")
@click.option("--sarif-suppressed", is_flag=True, help="Suppressed findings in SARIF, too, marked as such.")
@click.option("--against", type=click.Path(exists=True), metavar="DIR", help="The checkout of an archive: list all that it lacks (OFL4xx).")
@click.option("-q", "--quiet", is_flag=True, help="Findings only, no details and no summary.")
@parallel
@shared
def check(
    *,
    paths: tuple[str, ...],
    format_: str,
    output: Path | None,
    further: Files,
    absent: bool,
    show_config: bool,
    sarif_category: str,
    sarif_suppressed: bool,
    quiet: bool,
    verbose: bool,
    **given: Any,
) -> int:
    """Check projects: folders, source distributions, or files as part of their project."""
    if show_config:
        return _show_config(paths, output, given)
    results = _run(paths, given, quiet=quiet, heed_baseline=True)
    if absent and not results.failures and not any(results.baselines):
        raise _Failure("--absent lists what a baseline has and nothing has any more; name one with --baseline, or with the key baseline")
    terminal = format_ == "text" and output is None and is_terminal()
    sarif = "sarif" in {format_, *(form for form, _ in further)}
    options = _options(results, quiet=quiet, verbose=verbose, terminal=terminal, whole=sarif)
    options = replace(options, category=sarif_category, suppressed=sarif_suppressed, gone=results.gone if absent else ())
    quotes = format_ == "sarif" and any(target.folder is not None for target in results.targets)  # no line of a folder's is ever kept
    heard = Heard() if not terminal and not quotes and spoken_only(format_, output, further) else None
    deliver(results.reports, options, format_, output, further, heard=heard)
    if output is not None and not quiet:
        _summarise(results, options, output)
    keep(results.witnessed, heard, results.exit_code, results.said)
    return results.exit_code


@cli.command(epilog="\b\nExamples:\n  offlint inventory .\n  offlint inventory --format json spam-1.0.tar.gz")
@click.argument("path", default=".")
@click.option("-f", "--format", "format_", type=click.Choice(list(INVENTORY)), default="table", show_default=True)
@shared
def inventory(path: str, format_: str, output: Path | None, verbose: bool, **given: Any) -> int:
    """List every access, guarded or not, and what was judged of it."""
    results = _run((path,), given)
    if results.reports:
        options = _options(results, quiet=False, verbose=verbose, terminal=False)
        heard = Heard() if output is None else None
        emit(registry.render(INVENTORY[format_], results.reports, options), output, utf8=format_ != "table", heard=heard)
        keep(results.witnessed, heard, 0, results.said)
    return 2 if results.failures else 0


@cli.group(name="baseline", cls=Spoken)
def baseline_group() -> None:
    """Keep what is known, so that only what is new counts."""


@baseline_group.command(
    epilog="\b\nExamples:\n  offlint baseline write\n  offlint baseline write -o known.sarif . && offlint check --baseline known.sarif ."
)
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@parallel
@shared
def write(paths: tuple[str, ...], output: Path | None, verbose: bool, **given: Any) -> int:
    """Write today's findings, for check --baseline. [default: the configured baseline, or offlint-baseline.sarif]"""
    results = _run(paths, given)
    if results.failures:
        raise _Failure("no baseline is written, since not everything could be checked")
    output = output or next((each for each in results.baselines if each is not None), Path("offlint-baseline.sarif"))
    options = _options(results, quiet=False, verbose=verbose, terminal=False, whole=True)
    emit(registry.pieces(registry.CHECK["sarif"], results.reports, options), output, utf8=True)
    _summarise(results, options, output)
    return 0


def _show_config(paths: Sequence[str], output: Path | None, given: dict[str, Any]) -> int:
    results = _Results()
    texts = [shown_settings(_settings(target, given), target.path) for target in _targets(paths, results)]
    emit("\n".join(texts), output)
    return results.exit_code


def _run(paths: Sequence[str], given: dict[str, Any], *, quiet: bool = False, heed_baseline: bool = False) -> _Results:
    """Check every target; what can't be checked is said on stderr, and the others are checked all the same."""
    results = _Results()
    cache_folder = None if given["no_cache"] else default_folder()
    judge = Judge()
    asked: list[tuple[Target, Settings, Question]] = []
    for target in _targets(paths, results):
        judge.witness.give(*configuring(target), *([str(given["config"])] if given["config"] else []))
        settings = _settings(target, given)
        judge.witness.give(*([str(settings.baseline)] if settings.baseline else []))
        question = Question(
            target.path,
            settings.rules,
            settings.phases,
            replace(settings.accepted, all_reported=given.get("no_suppressions", False)),
            None if target.files is None else frozenset(target.files),
            given.get("against"),
            cache_folder,
        )
        pages = judge.pages_of(question)
        problem = unknown(settings.selectors, said(lambda: pages.names))  # noqa: B023 # asked at once
        if problem is not None:
            raise _Failure(problem)
        asked.append((target, settings, question))
    found = answers([question for _, _, question in asked], judge, given.get("jobs"), partial(working, quiet=quiet))
    for (target, settings, question), report in zip(asked, found, strict=True):
        if isinstance(report, str):
            results.fail(report)
            continue
        doubt = undeclared(target) if not quiet and not report.accesses and not report.not_analysed else None
        if doubt is not None:
            results.said.append(say(doubt))
        results.reports.append(_selected(report, settings))
        results.targets.append(target)
        results.lowest.append(settings.lowest)
        results.baselines.append(settings.baseline)
        results.pages = judge.pages_of(question)
    alone = all(target.files is None and not one.rules for target, one, _ in asked)
    results.witness = judge.witness if alone and judge.witness.answers == len(asked) else None
    _tell_apart(results)
    if heed_baseline and any(each is not None for each in results.baselines):
        _heed_baselines(results, whole=given["phase"] is None and not given.get("select") and not given.get("ignore"))
    return results


def _tell_apart(results: _Results) -> None:
    """Name files from here on where the project is below; else several projects by their own names, numbered if need be."""
    names: set[str] = set()
    for index, (report, target) in enumerate(zip(results.reports, results.targets, strict=True)):
        beside = Path(os.path.normpath(target.path)).as_posix()
        below = target.folder is not None and not Path(beside).is_absolute() and not beside.startswith("..")
        root = name = beside if below else report.project.root
        while name in names:
            name = f"{root}-{len(names)}"
        names.add(name)
        called = {"root": name} if len(results.reports) > 1 else {}
        way = f"{name}/" if below and name != "." else ""
        results.reports[index] = replace(report, project=replace(report.project, way=way, **called))


def _heed_baselines(results: _Results, *, whole: bool) -> None:
    """Tell known findings from new ones; what is gone is said only where everything was looked for."""
    from offlint.findings.baseline import BaselineError, heed  # noqa: PLC0415 # see the module's docstring

    try:
        before = [prefix(report, results.reports) for report in results.reports]
        results.reports, gone = heed(results.reports, results.baselines, before)
    except BaselineError as error:
        raise _Failure(str(error)) from error
    if whole and not results.failures and all(target.files is None for target in results.targets):
        for file, left in gone.items():
            results.gone += left
            results.said.append(say(f"{file}: {plural(len(left), 'result')} of the baseline gone; offlint baseline write makes a new one"))


def _targets(paths: Sequence[str], results: _Results) -> list[Target]:
    targets, problems = find_targets(paths or (".",), tuple(cli.commands))
    for problem in problems:
        results.fail(problem)
    return targets


def _settings(target: Target, given: dict[str, Any]) -> Settings:
    try:
        return settings_of(target, given)
    except SettingsError as error:
        raise _Failure(str(error)) from error


def _selected(report: Report, settings: Settings) -> Report:
    """The report with the findings that were asked for."""
    findings = tuple(
        finding
        for finding in report.findings
        if (not settings.select or selects(settings.select, finding.code, finding.name))
        and not selects(settings.ignore, finding.code, finding.name)
    )
    return replace(report, findings=findings)


def _options(results: _Results, *, quiet: bool, verbose: bool, terminal: bool, whole: bool = False) -> Options:
    """How to render; ``whole``: with the pages and where the sources come from, which SARIF alone says."""
    counting = [lowest for lowest in results.lowest if lowest is not None]
    return Options(
        rules=results.book.rules if whole and results.book is not None else {},
        verbose=verbose,
        quiet=quiet,
        terminal=terminal,
        width=terminal_width() if terminal else 100,
        fail_on=min(counting, key=lambda level: level.rank, default=None),
        data=results.data,
        exit_code=results.exit_code,
        failures=results.failures,
        provenance=_provenance(results) if whole else None,
    )


def _provenance(results: _Results) -> Provenance | None:
    from offlint.project.provenance import provenance  # noqa: PLC0415 # see the module's docstring

    return None if results.base is None else provenance(results.base)


def _summarise(results: _Results, options: Options, output: Path) -> None:
    from offlint.formats.text import totals  # noqa: PLC0415 # see the module's docstring

    for report in results.reports:
        phases = ", ".join(f"{one.phase} {one.verdict}" for one in report.verdicts)
        say(f"{report.project.root}: {phases}; {totals(report, options)}; written to {output}")


def say(text: str) -> str:
    """Say it on standard error; the line."""
    line = f"offlint: {shown(text)}"
    line = no_command(line) if in_workflow() else line
    click.echo(line, err=True)
    return f"{line}\n"


cli.add_command(recipe_command.command(_run, ARCHIVES))
