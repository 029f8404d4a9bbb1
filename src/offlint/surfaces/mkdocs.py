"""What does a documentation build by MkDocs, by those that came out of it or by mystmd (Jupyter Book 2) read first?

https://www.mkdocs.org/user-guide/configuration/: ``mkdocs.yml`` or ``mkdocs.yaml`` beside the documentation's folder.
https://github.com/ProperDocs/properdocs: a fork with the same settings and plug-ins, in ``properdocs.yml``, else in mkdocs.yml.
https://zensical.org/docs/setup/basics/: ``zensical.toml``, or mkdocs.yml.
https://mystmd.org/guide/configuration: ``myst.yml`` in the documentation's folder.
"""

from __future__ import annotations

from collections.abc import Iterator

from offlint.model.entry import Entry
from offlint.model.words import Phase
from offlint.project.base import Project
from offlint.project.paths import parent
from offlint.surfaces.config import line_span
from offlint.surfaces.layout import is_in, is_vendored, nested_projects
from offlint.surfaces.modules import search_paths

_FILES = {
    **dict.fromkeys(("mkdocs.yml", "mkdocs.yaml", "properdocs.yml", "properdocs.yaml"), "mkdocs.yml"),
    "zensical.toml": "zensical.toml",
    "myst.yml": "myst.yml",
}
#: Where projects keep it: at the root, or beside the documentation.
_FOLDERS = frozenset({"", "docs", "doc", "documentation", "website", "site", "docs/source", "doc/source"})


def entries(project: Project) -> Iterator[Entry]:
    """The configurations of the project's own documentation."""
    nested = nested_projects(project) - {""}
    for file in project.files:
        folder, _, name = file.rpartition("/")
        if name in _FILES and folder in _FOLDERS and not is_vendored(file) and not is_in(file, nested):
            search = tuple(dict.fromkeys((parent(file), *search_paths(project))))
            yield Entry(Phase.DOCS, _FILES[name], file, line_span(project, file), (), search, main=True)
