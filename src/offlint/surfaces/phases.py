"""Which phase does a task serve? The names that people give to environments, sessions, scripts, extras and targets, and what these run."""

from __future__ import annotations

from collections.abc import Iterable

from offlint.model.lazy import regex
from offlint.model.words import Phase

_DOCS = frozenset({
    "apidoc", "apidocs", "dirhtml", "doc", "docs", "documentation", "html", "linkcheck", "mkdocs", "readthedocs", "rtd", "sphinx",
})  # fmt: skip
_TEST = frozenset({
    "a11y", "check", "coverage", "cov", "doctest", "doctests", "e2e", "functional", "integration", "py", "pypy", "pytest", "smoke", "test",
    "testing", "tests", "unit", "unittest", "unittests",
})  # fmt: skip
#: Checks of the code that run none of it, which are a test to some and none to others, and checks of links, whose purpose is the network.
_STATIC = frozenset({"mypy", "pyright", "type", "types", "typing"})
_LINKS = frozenset({"linkcheck", "linkchecks", "links", "linkchecker"})
_NEITHER = frozenset({
    "audit", "autobuild", "autoformat", "bench", "benchmark", "benchmarks", "bump", "deploy", "fix", "format", "fmt", "fuzz", "lint",
    "live", "precommit", "profile", "publish", "release", "serve", "style", "update", "upgrade", "watch",
})  # fmt: skip
_PLAIN = regex(r"(?:run[-_:]?)?(?:test|tests|check|unittests?|pytest|docs?|html)(?:[-_:]?(?:all|py|python|python3|unit))?"
                    r"|docs?[-_:](?:build|html)|(?:build|make)[-_:]docs?")  # fmt: skip
_PYTHON = regex(r"(?:py|pypy|python|cpython|graalpy)?\d+(?:\.\d+)*t?|(?:pypy|graalpy)\d*")
_SPLIT = regex(r"[-_:./ ]+")
_RUNS_TESTS = regex(
    r"(?:^|[\s/])(?:pytest|py\.test|nosetests|nose2|trial|stestr|ward|behave|slipcover|django-admin\s+test)(?:\s|$)"
    r"|-m\s+(?:pytest|unittest|nose|twisted\.trial|test|testtools)\b|manage\.py\s+test\b|setup\.py\s+(?:test|nosetests|pytest)\b"
)
_BUILDS_DOCS = regex(
    r"(?:^|[\s/])(?:sphinx-build|sphinx-apidoc|(?:mk|proper)docs\s+build|pdoc3?|(?:zensical|myst|jb|jupyter-book)\s+build)(?:\s|$)|-m\s+(?:sphinx|mkdocs|properdocs|pdoc)\b"
)


def phase_by_name(name: str) -> Phase | None:
    """The phase that a name speaks of: ``docs-build`` docs, ``py312-tests`` test, ``lint`` neither."""
    words = [word for word in _SPLIT.split(name.lower()) if word]
    if not _NEITHER.isdisjoint(words):
        return None
    if not _DOCS.isdisjoint(words):
        return Phase.DOCS
    if not (_TEST | _STATIC).isdisjoint(words) or any(_PYTHON.fullmatch(word) for word in words):
        return Phase.TEST
    return None


def is_plain(name: str) -> bool:
    """Whether a name is that of testing or documenting as a whole, which a person asks a task runner for; ``test-slow`` is not."""
    return _PLAIN.fullmatch(name) is not None


def on_request(name: str) -> bool:
    """Whether a name speaks of a check that counts only where somebody asks for it."""
    return not (_STATIC | _LINKS).isdisjoint(_SPLIT.split(name.lower()))


def phase_of(name: str, commands: Iterable[str]) -> Phase | None:
    """The phase of a task with these command lines: what they run decides, then the name."""
    named = phase_by_name(name)
    lines = list(commands)
    if any(_RUNS_TESTS.search(line) for line in lines):
        words = _SPLIT.split(name.lower())
        return Phase.TEST if named is Phase.TEST or _NEITHER.isdisjoint(words) else None
    if any(_BUILDS_DOCS.search(line) for line in lines):
        return Phase.DOCS if named is not Phase.TEST else named
    return named
