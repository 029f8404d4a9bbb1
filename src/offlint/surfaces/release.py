"""Is what a release job publishes made of the source distribution, and tested from it? GitHub's workflows, read line by line.

Where wheels are built and tests run from the checkout, nobody notices that the archive cannot be built or tested. Only what stands in the
workflows is known; where one of them is another repository's, nothing is said. What publishes: packaging.python.org, "Publishing package
distribution releases using GitHub Actions". ``python -m build`` makes the wheel from the source distribution
(https://build.pypa.io/en/stable/explanation.html), and so do ``uv build``, Flit and hynek's action.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from offlint.model.entry import Lack
from offlint.model.lazy import regex
from offlint.model.span import Span
from offlint.model.words import Phase
from offlint.project.base import Project

FOLDER = ".github/workflows/"
_COMMENT = regex(r"(^|\s)#.*")
_PUBLISHES = regex(r"gh-action-pypi-publish|\b(?:twine upload|(?:uv|flit|poetry|pdm|hatch) publish|maturin (?:upload|publish))\b")
_ELSEWHERE = regex(r"uses:\s*[\"']?[\w.-]+/[\w.-]+/\.github/workflows/")
#: Front ends that make the wheel from the archive, unless they are told which of both to make.
_BUILD = regex(
    r"(?:\bpython[\d.]* -m build|\bpyproject-build|\buv build|\bflit (?:build|publish))\b"
    r"(?!.*(?:\s-[a-z]*[ws]\b|--wheel|--sdist|--format))|build-and-inspect-python-package"
)
#: A command that is given the archive: pip, cibuildwheel.
_FROM_ARCHIVE = regex(
    r"\bpip\b.* (?:wheel|install)\b.*(?:\.tar\.gz|\bsdist\b)|(?:cibuildwheel|package-dir).*(?:\.tar\.gz|sdist)", re.IGNORECASE
)
#: What makes a wheel of the checkout. What scripts of the tree do is not followed, so that without such a command nothing is known.
_FROM_CHECKOUT = regex(
    r"-m build\b.*(?:\s-w|--wheel)|\buv build\b.*--wheel|cibuildwheel|\bpip wheel\b|\bbdist_wheel\b|\bmaturin\b.*\b(?:build|publish)\b"
    r"|maturin-action|\b(?:hatch|poetry|pdm) (?:build|publish)\b"
)
_UNPACKS = regex(r"\btar\s+(?:-?[a-z]*x|--extract).*|\bpython[\d.]* -m tarfile (?:-e|--extract)|\bshutil\.unpack_archive\b")
_TESTS = regex(r"\b(?:pytest|tox|nox|unittest|ctest|runtests|(?:make|meson|hatch|pdm run|hatch run) (?:test|check))\b")


def entries(project: Project) -> Iterator[Lack]:
    """The notes about an archive that holds its workflows."""
    if project.shipped:
        yield from lacking(project)


def lacking(project: Project, at: Span | None = None) -> Iterator[Lack]:
    """What the workflows of a tree do not do; at the line that does it of the checkout instead, or at a place of the caller's."""
    lines = {
        file: [_COMMENT.sub("", line) for line in (project.text(file) or "").splitlines()]
        for file in project.files
        if file.startswith(FOLDER) and file.endswith((".yml", ".yaml")) and "/" not in file[len(FOLDER) :]
    }
    numbered = [(Span(file, n, 1, n, 1), line) for file, held in lines.items() for n, line in enumerate(held, 1)]
    published = next((span for span, line in numbered if _PUBLISHES.search(line)), None)
    every = [line for held in lines.values() for line in held]
    if published is None or any(_ELSEWHERE.search(line) for line in every):
        return
    from_archive = any(_BUILD.search(line) or _FROM_ARCHIVE.search(line) for line in every)
    builds = next((span for span, line in numbered if _FROM_CHECKOUT.search(line)), None)
    if not from_archive and builds is not None:
        yield Lack("release", "building a wheel from the source distribution", published.file, at or builds, Phase.BUILD, fails=False)
    tests = next((span for span, line in numbered if span != builds and _TESTS.search(line)), None)
    if not any(_unpacked_and_tested(held) for held in lines.values()) and tests is not None:
        what = "running the tests where the source distribution is unpacked"
        yield Lack("release", what, published.file, at or tests, Phase.TEST, fails=False)


def _unpacked_and_tested(lines: list[str]) -> bool:
    """Whether the file unpacks an archive and runs tests after that."""
    first = next((n for n, line in enumerate(lines) if _UNPACKS.search(line)), None)
    return first is not None and any(_TESTS.search(line) for line in lines[first:])
