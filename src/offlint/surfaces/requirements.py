"""Which declared requirements reach the network beyond what an index installs? Direct URLs, setup_requires, dependency_links.

Requirements by name, which a front end installs from an index before anything runs, are no access. What is: a source that is named by its
URL, and what setuptools itself fetches, https://setuptools.pypa.io/en/latest/deprecated/changed_keywords.html
(``setup_requires``: "Distributions listed in setup_requires will be automatically downloaded" where they are not there;
``dependency_links``: pages and files searched for them).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from offlint.model.access import Guard, TrailStep
from offlint.model.entry import Setting
from offlint.model.span import Span, lines_of
from offlint.model.words import GuardState, Phase, Reach
from offlint.project.base import Project
from offlint.project.paths import join, parent
from offlint.surfaces.backend import uses_setuptools
from offlint.surfaces.config import PYPROJECT, SETUP_CFG, find_line, ini_span, line_span, mapping, section, table, text, toml_span, words
from offlint.surfaces.modules import inside
from offlint.surfaces.phases import phase_by_name
from offlint.surfaces.requirement import direct, project_name

SURFACE = "requirements"
DIRECT = "direct URL requirement"
OWN_RULE = ("setup_requires", "dependency_links")
MISSING = "only what is not installed yet is fetched"
_FALLBACK = Guard(GuardState.FALLBACK, why=MISSING)
_DEEPEST = 8  # requirements files that name each other
_MOST = 400  # requirements of one list that name a source


def entries(project: Project) -> Iterator[Setting]:
    """The accesses that declared requirements stand for, of every phase."""
    for requirement, span in _listed(project, "build-system", "requires"):
        yield from _direct(requirement, span, Phase.BUILD, "build-system.requires", Reach.ALWAYS, Guard(GuardState.NONE))
    if uses_setuptools(project):
        yield from _setup_cfg(project)
    for requirement, span, phase, api in _installed(project):
        # needed when the package runs: tests are the first to do so
        yield from _direct(requirement, span, phase, api, Reach.CONDITIONAL, _FALLBACK)


def build_requires(project: Project) -> frozenset[str]:
    """The normalised names in ``build-system.requires``."""
    return frozenset(project_name(one) for one in words_of(table(project, "build-system").get("requires")))


def words_of(value: Any) -> list[str]:
    """The texts of an array."""
    return words(value) if isinstance(value, list) else []


def _setup_cfg(project: Project) -> Iterator[Setting]:
    options = section(project, "options")
    provided = build_requires(project)
    asked = [line for line in _lines(options.get("setup_requires", "")) if project_name(line) not in provided]
    by_name = [line for line in asked if direct(line, Span(SETUP_CFG)) is None]
    if by_name:
        span = ini_span(project, "options", "setup_requires")
        yield Setting(
            Phase.BUILD,
            SURFACE,
            "config",
            "setup_requires",
            f"PyPI: {', '.join(by_name)}",
            span,
            Reach.CONDITIONAL,
            exact=False,
            guard=_FALLBACK,
        )
    for line in [one for one in asked if one not in by_name][:_MOST]:
        span = ini_span(project, "options", "setup_requires", line)
        yield from _direct(line, span, Phase.BUILD, "setup_requires", Reach.CONDITIONAL, _FALLBACK)
    for link in _lines(options.get("dependency_links", ""))[:_MOST]:
        span = ini_span(project, "options", "dependency_links", link)
        yield from _direct(link, span, Phase.BUILD, "dependency_links", Reach.CONDITIONAL, _FALLBACK)


def _installed(project: Project) -> Iterator[tuple[str, Span, Phase, str]]:
    """What is installed before the tests or the documentation run: requirement, line, phase, the entry's name."""
    for requirement, span in _listed(project, "project", "dependencies"):
        yield requirement, span, Phase.TEST, "project.dependencies"
    for kind in ("optional-dependencies", "dependency-groups"):
        keys = ("project", kind) if kind == "optional-dependencies" else (kind,)
        for group in table(project, *keys):
            phase = phase_by_name(group)
            if phase is not None:
                for requirement, span in _listed(project, *keys, group):
                    yield requirement, span, phase, f"{kind}.{group}"
    for name, phase in (("install_requires", Phase.TEST), ("tests_require", Phase.TEST)):
        for line in _lines(section(project, "options").get(name, ""))[:_MOST]:
            if line.startswith("file:"):
                yield from _file(project, line[5:].split(","), phase, name)
            else:
                yield line, ini_span(project, "options", name, line), phase, name
    for extra, value in section(project, "options.extras_require").items():
        extra_phase = phase_by_name(extra)
        for line in _lines(value)[:_MOST] if extra_phase is not None else ():
            yield line, ini_span(project, "options.extras_require", extra, line), extra_phase or Phase.TEST, f"extras_require.{extra}"
    dynamic = table(project, "tool", "setuptools", "dynamic")
    yield from _file(project, words(mapping(dynamic.get("dependencies")).get("file")), Phase.TEST, "dependencies")
    for extra, given in mapping(dynamic.get("optional-dependencies")).items():
        extra_phase = phase_by_name(extra)
        if extra_phase is not None:
            yield from _file(project, words(mapping(given).get("file")), extra_phase, f"optional-dependencies.{extra}")
    yield from _poetry(project)


def _poetry(project: Project) -> Iterator[tuple[str, Span, Phase, str]]:
    """Poetry's own tables: https://python-poetry.org/docs/dependency-specification/."""
    groups: list[tuple[tuple[str, ...], Phase]] = [(("tool", "poetry", "dependencies"), Phase.TEST)]
    for group in table(project, "tool", "poetry", "group"):
        phase = phase_by_name(group)
        if phase is not None:
            groups.append((("tool", "poetry", "group", group, "dependencies"), phase))
    for keys, phase in groups:
        for name, given in table(project, *keys).items():
            source = mapping(given)
            revision = next((text(source.get(key)) for key in ("rev", "tag", "branch") if text(source.get(key))), "")
            url = text(source.get("url"))
            if text(source.get("git")):
                url = f"git+{text(source.get('git'))}{f'@{revision}' if revision else ''}"
            if url:
                yield f"{name} @ {url}", toml_span(project, *keys, name), phase, ".".join(keys[1:])


def _listed(project: Project, *keys: str) -> Iterator[tuple[str, Span]]:
    """The texts of an array of pyproject.toml, each with its line."""
    listed = words_of(table(project, *keys[:-1]).get(keys[-1]))
    span = toml_span(project, *keys) if listed else Span(PYPROJECT)
    for requirement in [one for one in listed if direct(one, span) is not None][:_MOST]:
        yield requirement, line_span(project, PYPROJECT, find_line(project, PYPROJECT, requirement, span.line))


def _file(project: Project, names: Iterable[str], phase: Phase, api: str, depth: int = 0) -> Iterator[tuple[str, Span, Phase, str]]:
    """The lines of requirements files (https://pip.pypa.io/en/stable/reference/requirements-file-format/), and of those that they name."""
    for name in names:
        file = inside(name.strip())
        if file is None or depth > _DEEPEST or not project.exists(file) or project.is_dir(file):
            continue
        for number, line in enumerate(lines_of(project.text(file) or ""), 1):
            words_ = line.split()
            if words_[:1] in (["-r"], ["--requirement"]):
                yield from _file(project, [join(parent(file), words_[1])] if len(words_) > 1 else [], phase, api, depth + 1)
            elif words_ and not line.lstrip().startswith("#"):
                yield line.strip(), line_span(project, file, number), phase, api


def _direct(  # noqa: PLR0917  (what a setting is made of)
    requirement: str, span: Span, phase: Phase, api: str, reach: Reach, guard: Guard
) -> Iterator[Setting]:
    found = direct(requirement, span)
    if found is not None:
        name = api if api in OWN_RULE else DIRECT
        trail = (TrailStep(span, f"{api} names it"),) if name == DIRECT else ()
        yield Setting(phase, SURFACE, found.kind, name, found.url, span, reach, guard=guard, integrity=found.integrity, trail=trail)


def _lines(value: str) -> list[str]:
    """The items of a list of setup.cfg: one a line, or separated by ``;`` where there is one line, as setuptools reads them."""
    lines = [line.strip() for line in (value.splitlines() if "\n" in value else value.split(";"))]
    return [line for line in lines if line and not line.startswith("#")]
