"""What does a PDM build run of the project? Its build hooks and the function that computes the version.

https://backend.pdm-project.org/hooks/ and https://backend.pdm-project.org/metadata/#dynamic-project-version.
"""

from __future__ import annotations

from collections.abc import Iterator

from offlint.model.entry import Entry, Skipped
from offlint.model.words import Phase
from offlint.project.base import Project
from offlint.surfaces.backend import uses
from offlint.surfaces.config import PYPROJECT, line_span, mapping, table, text, toml_span
from offlint.surfaces.modules import inside, locate, search_paths

_HOOKS = (
    "pdm_build_hook_enabled",
    "pdm_build_initialize",
    "pdm_build_clean",
    "pdm_build_update_files",
    "pdm_build_update_setup_kwargs",
    "pdm_build_finalize",
)
_DEFAULT_FILE = "pdm_build.py"


def entries(project: Project) -> Iterator[Entry | Skipped]:
    """Entry points of a build by pdm-backend, or by pdm-pep517 before it."""
    if not uses(project, "pdm.backend", "pdm.pep517"):
        return
    build = table(project, "tool", "pdm", "build")
    # pdm-pep517 took the script as `setup-script`, and as `build` before that; it calls its function `build`.
    old = table(project, "tool", "pdm").get("build")
    for key, given, names in (
        ("custom-hook", build.get("custom-hook"), _HOOKS),
        ("setup-script", build.get("setup-script"), ("build",)),
        ("", old, ("build",)),
    ):
        named = text(given)
        if named:
            span = toml_span(project, "tool", "pdm", "build", *([key] if key else []))
            file = inside(named)
            if file is None or not project.exists(file):
                yield Skipped(PYPROJECT, f"{named} is run by the build and is not in the project", span.line, Phase.BUILD)
            else:
                yield Entry(Phase.BUILD, "pdm hook", file, span, names, search_paths(project))
    if "custom-hook" not in build and project.exists(_DEFAULT_FILE):
        yield Entry(Phase.BUILD, "pdm hook", _DEFAULT_FILE, line_span(project, _DEFAULT_FILE), _HOOKS, search_paths(project))
    yield from _version(project)


def _version(project: Project) -> Iterator[Entry | Skipped]:
    version = mapping(table(project, "tool", "pdm").get("version"))
    getter = text(version.get("getter"))
    if version.get("source") != "call" or not getter:
        return
    span = toml_span(project, "tool", "pdm", "version", "getter")
    found = locate(project, getter, search_paths(project))
    if found is None:
        yield Skipped(PYPROJECT, f"the version is computed by {getter}, which is not in the project", span.line, Phase.BUILD)
    else:
        yield Entry(Phase.BUILD, "pdm version", found[0], span, (found[1].partition("(")[0],), search_paths(project))
