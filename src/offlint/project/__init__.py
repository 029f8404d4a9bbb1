"""A folder, an archive or a mapping of texts as one read-only tree; nothing of it is run, imported or extracted."""

from offlint.project.base import Project, Unreadable
from offlint.project.opening import find_root, open_project, project_of

__all__ = ["Project", "Unreadable", "find_root", "open_project", "project_of"]
