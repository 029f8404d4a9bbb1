"""What does a Poetry build run of the project? Its build script.

https://python-poetry.org/docs/building-extension-modules/ and ``poetry.core.masonry.builders.wheel``.
"""

from __future__ import annotations

from collections.abc import Iterator

from offlint.model.entry import Entry, Skipped
from offlint.model.words import Phase
from offlint.project.base import Project
from offlint.surfaces.backend import uses
from offlint.surfaces.config import PYPROJECT, mapping, table, text, toml_span
from offlint.surfaces.modules import inside, search_paths


def entries(project: Project) -> Iterator[Entry | Skipped]:
    """The build script: run by itself, or its function ``build`` from a setup.py that Poetry writes."""
    if not uses(project, "poetry.core", "poetry.masonry"):
        return
    build = table(project, "tool", "poetry").get("build")
    script = text(build) or text(mapping(build).get("script"))
    if not script:
        return
    span = toml_span(project, "tool", "poetry", "build", *(["script"] if mapping(build) else []))
    file = inside(script)
    if file is None or not project.exists(file):
        yield Skipped(PYPROJECT, f"{script} is run by the build and is not in the project", span.line, Phase.BUILD)
        return
    search = search_paths(project)
    if mapping(build).get("generate-setup-file") is True:
        yield Entry(Phase.BUILD, "poetry build script", file, span, ("build",), search)
    else:
        yield Entry(Phase.BUILD, "poetry build script", file, span, (), search, main=True, argv=())
