"""Does a Flit build import the project? Only where the module's version or summary is no plain constant.

https://flit.pypa.io/en/latest/pyproject_toml.html and ``flit_core.common.get_info_from_module``: the module is read first, and
imported where that finds no version.
"""

from __future__ import annotations

from collections.abc import Iterator

from offlint.model.entry import Entry
from offlint.model.words import Phase
from offlint.project.base import Project
from offlint.surfaces.backend import uses
from offlint.surfaces.config import table, text, toml_span, words
from offlint.surfaces.modules import is_literal, module_file, search_paths


def entries(project: Project) -> Iterator[Entry]:
    """The module whose ``__version__`` is computed."""
    if not uses(project, "flit_core", "flit"):
        return
    metadata = table(project, "project")
    old = table(project, "tool", "flit", "metadata")
    name = text(table(project, "tool", "flit", "module").get("name")) or text(old.get("module")) or text(metadata.get("name"))
    if metadata and "version" not in words(metadata.get("dynamic")):
        return
    search = search_paths(project)
    file = module_file(project, name.replace("-", "_"), search)
    if file is not None and not is_literal(project, file, "__version__"):
        yield Entry(Phase.BUILD, "flit version", file, toml_span(project, "project", "dynamic"), search=search)
