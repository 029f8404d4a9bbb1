"""What does a build read that is not judged yet? Said as not analysed, so that silence is never taken for "offline".

Meson wraps, Cargo and declared requirements can reach the network without a line of Python; until they are judged, a build that uses
them and names the network in them is at best ``unknown``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from offlint.model.entry import Skipped
from offlint.model.words import Phase
from offlint.project.base import Project
from offlint.surfaces.backend import backend_of

_SETUP_CFG = re.compile(r"(?m)^\[setuptools_download\]|^setup_requires\s*=|^dependency_links\s*=")


def entries(project: Project) -> Iterator[Skipped]:
    """Files that the build reads, that name something to fetch, and that are not judged."""
    found = backend_of(project)
    backend = f"{found.module} {found.file}" if found is not None else ""
    code = (project.text("setup.py") or "") if project.exists("setup.py") else ""
    if "mesonpy" in backend:
        for file in project.files:
            if file.endswith(".wrap") and "/" in file and not project.is_dir(file.removesuffix(".wrap")):
                yield Skipped(file, "Meson wraps are not judged yet", 1, Phase.BUILD)
    if "maturin" in backend or "setuptools_rust" in code or "setuptools-rust" in _pyproject(project):
        manifest = "Cargo.toml"
        if not project.is_dir("vendor"):
            place = manifest if project.exists(manifest) else "pyproject.toml"
            yield Skipped(place, "crates that Cargo fetches are not judged yet", 1, Phase.BUILD)
    if project.exists("setup.cfg"):
        text = project.text("setup.cfg") or ""
        for match in _SETUP_CFG.finditer(text):
            line = text.count("\n", 0, match.start()) + 1
            yield Skipped("setup.cfg", f"{match.group().strip(' =')} is not judged yet", line, Phase.BUILD)


def _pyproject(project: Project) -> str:
    return (project.text("pyproject.toml") or "") if project.exists("pyproject.toml") else ""
