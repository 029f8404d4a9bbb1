"""What does a build read that is not judged yet? Said as not analysed, so that silence is never taken for "offline".

CMake can reach the network without a line of Python; until it is judged, a build that uses it and names the network in it is at best
``unknown``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from offlint.model.entry import Skipped
from offlint.model.words import Phase
from offlint.project.base import Project
from offlint.surfaces.backend import backend_of

_CMAKE = re.compile(r"(?i)\b(FetchContent_Declare|FetchContent_Populate|ExternalProject_Add|CPMAddPackage|file\s*\(\s*DOWNLOAD)")


def entries(project: Project) -> Iterator[Skipped]:
    """Files that the build reads, that name something to fetch, and that are not judged."""
    found = backend_of(project)
    backend = f"{found.module} {found.file}" if found is not None else ""
    code = (project.text("setup.py") or "") if project.exists("setup.py") else ""
    if "scikit_build" in backend or "skbuild" in code or "cmake" in code.lower() or "py_build_cmake" in backend:
        yield from _cmake(project)


def _cmake(project: Project) -> Iterator[Skipped]:
    for file in project.files:
        if file.endswith(("CMakeLists.txt", ".cmake")):
            text = project.text(file) or ""
            match = _CMAKE.search(text)
            if match:
                line = text.count("\n", 0, match.start()) + 1
                yield Skipped(file, f"CMake is not judged yet, and this names {match.group(1)}", line, Phase.BUILD)
