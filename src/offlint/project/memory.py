"""Which project do these texts make? A tree without a disk, for pages, tests and texts from elsewhere."""

from __future__ import annotations

from collections.abc import Mapping

from offlint.project.contents import Contents
from offlint.project.paths import follow
from offlint.project.tree import Tree


class MemoryProject(Tree):
    """A project whose files are given by relative path, as text (kept as UTF-8) or as bytes.

    Raises ``AstrayError`` where a path lies outside.
    """

    def __init__(self, files: Mapping[str, str | bytes], root: str = "example") -> None:
        held = {follow(path, {}): data.encode() if isinstance(data, str) else data for path, data in files.items()}
        contents = Contents(root=root, files=set(held), read=lambda path, most: held[path][:most])
        contents.settle()
        super().__init__(contents)
