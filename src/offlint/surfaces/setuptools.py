"""What does a setuptools build run? setup.py, commands that the configuration names, and modules whose ``attr:`` is computed.

https://setuptools.pypa.io/en/latest/userguide/declarative_config.html,
https://setuptools.pypa.io/en/latest/userguide/pyproject_config.html and
https://setuptools.pypa.io/en/latest/userguide/extension.html say what the files mean.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from offlint.model.entry import Entry, Option, Skipped
from offlint.model.span import Span
from offlint.model.words import Phase, Reach
from offlint.project.base import Project
from offlint.surfaces.backend import uses_setuptools
from offlint.surfaces.config import SETUP_CFG, ini_span, mapping, pairs, section, table, text, toml_span
from offlint.surfaces.modules import is_literal, locate, module_file, search_paths

# What `pip install` and `python -m build` run without being asked; an editable install is asked for.
DEFAULT_COMMANDS = frozenset({
    "bdist_wheel", "build", "build_clib", "build_ext", "build_py", "build_scripts", "dist_info",
    "egg_info", "install", "install_data", "install_egg_info", "install_headers", "install_lib", "install_scripts", "sdist",
})  # fmt: skip

_STEPS = ("initialize_options", "finalize_options", "run")

# Sections of setup.cfg that other tools read; every other plain name may be a command's.
_NO_COMMANDS = frozenset({
    "metadata", "options", "files", "entry_points", "extras", "backwards_compat", "pbr", "bumpversion", "coverage", "flake8", "isort",
    "mypy", "pycodestyle", "pydocstyle", "pylint", "pep8", "pytest", "tox", "yapf", "nosetests", "versioneer", "wheelhouse_uploader",
    "zest", "doc8", "rstcheck", "darglint", "codespell", "unify", "check-manifest",
})  # fmt: skip


def entries(project: Project) -> Iterator[Entry | Option | Skipped]:
    """Entry points of a build by setuptools, none where another backend builds the project.

    A command that the configuration defines is also given as an Option of scope ``cmdclass``, so that ``run_command("name")`` can be
    followed to its class.
    """
    if not uses_setuptools(project):
        return
    search = search_paths(project)
    if project.exists("setup.py"):
        yield Entry(Phase.BUILD, "setup.py", "setup.py", Span("setup.py"), search=search, main=True)
    yield from _commands(project, search)
    yield from _attributes(project, search)
    yield from _options(project)


def _commands(project: Project, search: tuple[str, ...]) -> Iterator[Entry | Option | Skipped]:
    defined = dict(_defined(project))
    for command, (target, span) in defined.items():
        yield Option("cmdclass", command, target, span)
        found = locate(project, target, search)
        if found is None:
            yield Skipped(span.file, f"the command {command} is {target}, which is not in the project", span.line, Phase.BUILD)
            continue
        file, name = found
        others = [other for other, _ in defined.values() if other != target]
        reach = Reach.ALWAYS if command in DEFAULT_COMMANDS or _is_named_by(project, command, others, search) else Reach.EXPLICIT
        names = tuple(f"{name}.{step}" for step in _STEPS) if name else ()
        yield Entry(Phase.BUILD, "setuptools command", file, span, names, search, reach)
    yield from _command_packages(project, search)
    yield from _entry_points(project, search)


def _defined(project: Project) -> Iterator[tuple[str, tuple[str, Span]]]:
    """Commands by name, with the dotted class and the line."""
    for command, target in pairs(section(project, "options").get("cmdclass", "")):
        if command and target:
            yield command, (target, ini_span(project, "options", "cmdclass", target))
    for command, target in table(project, "tool", "setuptools", "cmdclass").items():
        if text(target):
            yield command, (text(target), toml_span(project, "tool", "setuptools", "cmdclass", command))


def _is_named_by(project: Project, command: str, targets: list[str], search: tuple[str, ...]) -> bool:
    """Whether another defined command's module runs the command: its name opens a row of ``sub_commands`` or a call."""
    quoted = re.compile(rf"""\(\s*['"]{re.escape(command)}['"]""")
    files = {found[0] for target in targets if (found := locate(project, target, search))}
    return any(quoted.search(project.text(near) or "") for file in files for near in _package_files(project, file))


def _package_files(project: Project, file: str) -> list[str]:
    """A module's file; of a package, which may re-export the class, all of its files."""
    folder = file.rpartition("/")[0]
    if not file.endswith("__init__.py") or not folder:
        return [file]
    return [near for near in project.files if near.endswith(".py") and near.startswith(f"{folder}/")]


def _command_packages(project: Project, search: tuple[str, ...]) -> Iterator[Entry]:
    """``[global] command_packages``: packages whose modules are commands, looked into before setuptools' own."""
    for package in re.split(r"[,\s]+", section(project, "global").get("command_packages", "")):
        for command in sorted(DEFAULT_COMMANDS) if package else ():
            file = module_file(project, f"{package}.{command}", search)
            if file:
                span = ini_span(project, "global", "command_packages")
                yield Entry(Phase.BUILD, "setuptools command", file, span, tuple(f"{command}.{step}" for step in _STEPS), search)


def _entry_points(project: Project, search: tuple[str, ...]) -> Iterator[Entry]:
    """Plug-ins into setuptools that the project itself brings: they work where its egg-info is importable, so not in every build."""
    found: list[tuple[str, str, str, Span]] = []
    for group in ("distutils.commands", "setuptools.finalize_distribution_options"):
        for name, target in pairs(section(project, "options.entry_points").get(group, "")):
            found.append((group, name, target, ini_span(project, "options.entry_points", group, target)))
        for name, value in table(project, "project", "entry-points", group).items():
            found.append((group, name, text(value), toml_span(project, "project", "entry-points", group, name)))
    for group, name, target, span in found:
        place = locate(project, target, search) if target else None
        if place is None:
            continue
        command = group == "distutils.commands"
        names = tuple(f"{place[1]}.{step}" for step in _STEPS) if command else (place[1],)
        reach = Reach.CONDITIONAL if not command or name in DEFAULT_COMMANDS else Reach.EXPLICIT
        yield Entry(Phase.BUILD, "setuptools command" if command else "setuptools plug-in", place[0], span, names, search, reach)


def _attributes(project: Project, search: tuple[str, ...]) -> Iterator[Entry | Skipped]:
    """``attr:``: read as a constant where it is one (setuptools.config.expand.StaticModule), else its module is imported."""
    found: list[tuple[str, Span]] = []
    for part in ("metadata", "options"):
        for key, value in section(project, part).items():
            if value.strip().startswith("attr:"):
                found.append((value.strip()[5:].strip(), ini_span(project, part, key)))
    for key, value in table(project, "tool", "setuptools", "dynamic").items():
        if text(mapping(value).get("attr")):
            found.append((text(mapping(value).get("attr")), toml_span(project, "tool", "setuptools", "dynamic", key)))
    for dotted, span in found:
        module, _, name = dotted.rpartition(".")
        file = module_file(project, module, _in_package_dirs(project, module, search)) if module else None
        if file is None:
            yield Skipped(span.file, f"attr: {dotted} is not in the project", span.line, Phase.BUILD)
        elif not is_literal(project, file, name):
            yield Entry(Phase.BUILD, "setuptools attr", file, span, search=search)


def _in_package_dirs(project: Project, module: str, search: tuple[str, ...]) -> tuple[str, ...]:
    """The search folders, and the one that package-dir gives to the module's top package (``pkg = "python/pkg"``)."""
    top = module.partition(".")[0]
    given = text(mapping(table(project, "tool", "setuptools").get("package-dir")).get(top))
    given = given or dict(pairs(section(project, "options").get("package_dir", ""))).get(top, "")
    head, _, tail = given.strip("./").rpartition("/")
    return (head, *search) if given and tail == top else search


def _options(project: Project) -> Iterator[Option]:
    """What the configuration gives to commands: sections of setup.cfg and ``[tool.distutils]``; ``-`` in names means ``_``."""
    if project.exists(SETUP_CFG):
        for command, options in project.ini(SETUP_CFG).items():
            if re.fullmatch(r"[A-Za-z_]\w*", command) and command not in _NO_COMMANDS:
                for name, value in options.items():
                    yield Option(command, name.replace("-", "_"), value, ini_span(project, command, name))
    for command, given in table(project, "tool", "distutils").items():
        for name, value in mapping(given).items():
            span = toml_span(project, "tool", "distutils", command, name)
            yield Option(command, name.replace("-", "_"), str(value), span)
