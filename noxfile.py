"""How is offlint tested on each Python, and checked as it checks others? ``nox -l`` lists the sessions."""

from __future__ import annotations

import nox

nox.needs_version = ">=2024.4.15"
nox.options.sessions = ["lint", "types", "self", "docs", "tests"]
nox.options.error_on_missing_interpreters = False

PYTHONS = ["3.10", "3.11", "3.12", "3.13", "3.14"]


@nox.session(python=PYTHONS)
def tests(session: nox.Session) -> None:
    """All tests; arguments go to pytest."""
    session.install("-e", ".[test]")
    session.run("pytest", *session.posargs)


@nox.session
def services(session: nox.Session) -> None:
    """What reads our reports: sarif-tools, which needs more than all else together and is no part of ``test``."""
    session.install("-e", ".[test]", "sarif-tools>=3")
    session.run("pytest", "tests/formats", "tests/test_pre_commit.py", "tests/test_workflows.py", *session.posargs)


@nox.session
def lint(session: nox.Session) -> None:
    """Style and order."""
    session.install("ruff>=0.8")
    session.run("ruff", "check")
    session.run("ruff", "format", "--check")


@nox.session
def types(session: nox.Session) -> None:
    """Types, strictly."""
    session.install("-e", ".[dev]")
    session.run("mypy", "--strict")


@nox.session(name="self")
def own(session: nox.Session) -> None:
    """Offlint on itself: building, testing and documenting offlint does not reach the network."""
    session.install("-e", ".")
    session.run("offlint", "check", ".")


@nox.session
def docs(session: nox.Session) -> None:
    """The guide with all rules as a site, in build/site."""
    session.install("-e", ".[docs]")
    session.run("mkdocs", "build", "--quiet")
