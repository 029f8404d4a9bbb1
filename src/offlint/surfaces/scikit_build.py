"""What does a scikit-build-core build run of the project? Its own metadata providers.

https://scikit-build-core.readthedocs.io/en/latest/configuration/dynamic.html. CMake's files are another surface.
"""

from __future__ import annotations

from collections.abc import Iterator

from offlint.model.entry import Entry, Skipped
from offlint.model.words import Phase
from offlint.project.base import Project
from offlint.surfaces.backend import uses
from offlint.surfaces.config import PYPROJECT, mapping, table, text, toml_span
from offlint.surfaces.modules import inside, module_file, search_paths

_NAMES = ("dynamic_metadata", "get_requires_for_dynamic_metadata", "dynamic_metadata_needs", "dynamic_wheel")


def entries(project: Project) -> Iterator[Entry | Skipped]:
    """Providers that lie in the tree (``provider-path``)."""
    if not uses(project, "scikit_build_core"):
        return
    for field, given in table(project, "tool", "scikit-build", "metadata").items():
        provider, folder = text(mapping(given).get("provider")), text(mapping(given).get("provider-path"))
        if not provider or not folder:
            continue
        span = toml_span(project, "tool", "scikit-build", "metadata", field, "provider")
        place = inside(folder)
        file = None if place is None else module_file(project, provider, (place,))
        if place is None or file is None:
            yield Skipped(PYPROJECT, f"the metadata provider {provider} is not in {folder}", span.line, Phase.BUILD)
        else:
            yield Entry(Phase.BUILD, "scikit-build metadata", file, span, _NAMES, (place, *search_paths(project)))
