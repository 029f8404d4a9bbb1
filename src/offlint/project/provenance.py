"""Which repository and which commit does a folder hold? Read from .git's files; git itself is not run."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit, urlunsplit

from offlint.model.lazy import regex
from offlint.model.report import Provenance

_MOST = 5_000_000
_COMMIT = regex(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_SECTION = regex(r'\[\s*(?P<name>[\w.-]+)(?:\s+"(?P<sub>(?:[^"\\]|\\.)*)")?\s*\]')
_URL = regex(r"\s*url\s*=\s*(?P<value>.*)", re.IGNORECASE)
# host:path, git's short form for ssh; a slash before the colon would make it a path (gitremote-helpers, git-clone: GIT URLS).
_SHORT = regex(r"(?:[^@/:\s]+@)?(?P<host>[A-Za-z0-9.-]{2,}|\[[0-9A-Fa-f:]+\]):(?!//)(?P<path>[^\\].*)")


def provenance(folder: Path) -> Provenance | None:
    """Of a folder that is a work tree's root and whose repository has a remote one; else None."""
    try:
        own, shared = _folders(folder / ".git")
        head = _text(own / "HEAD").strip()
        branch = head.removeprefix("ref: refs/heads/") if head.startswith("ref: refs/heads/") else ""
        revision = _commit(own, shared, head.removeprefix("ref: ")) if head.startswith("ref: ") else head
        repository = _public(_remote(_text(shared / "config")))
    except (OSError, ValueError):
        return None
    return Provenance(repository, revision, branch) if repository and _COMMIT.fullmatch(revision) else None


def _folders(git: Path) -> tuple[Path, Path]:
    """Where HEAD is and where the rest is: one folder, but for linked work trees and submodules (gitrepository-layout).

    A folder elsewhere must name this work tree, as git's own do: a stranger's project does not say what is read.
    """
    link = git
    if git.is_file():
        git = git.parent / _text(git).strip().removeprefix("gitdir: ")
    if git.resolve().parent != link.parent.resolve() and link.resolve() not in _trees_of(git):
        raise ValueError("another's repository")
    common = git / "commondir"
    return git, git / _text(common).strip() if git != link and common.is_file() else git


def _trees_of(git: Path) -> Iterator[Path]:
    """The ``.git`` files that a repository's folder elsewhere names: of a linked work tree, or of a submodule."""
    if (git / "gitdir").is_file():
        yield (git / _text(git / "gitdir").strip()).resolve()
    if (git / "config").is_file():
        for line in _text(git / "config").splitlines():
            key, _, value = line.partition("=")
            if key.strip().lower() == "worktree":
                yield (git / value.strip().strip('"') / ".git").resolve()


def _text(file: Path) -> str:
    if not file.is_file():  # a pipe would be waited for
        raise ValueError("no file")
    with file.open("rb") as opened:
        return opened.read(_MOST).decode("utf-8")


def _commit(own: Path, shared: Path, name: str) -> str:
    if ".." in name.split("/") or name.startswith("/"):
        return ""
    for folder in (own, shared):
        if (folder / name).is_file():
            return _text(folder / name).strip()
    packed = shared / "packed-refs"
    lines = _text(packed).splitlines() if packed.is_file() else []
    return next((line.split(" ")[0] for line in lines if line.endswith(f" {name}")), "")


def _remote(config: str) -> str:
    """The URL of ``origin``, else of the first remote."""
    found: dict[str, str] = {}
    remote = None
    for line in config.splitlines():
        section = _SECTION.match(line.strip())
        if section is not None:
            remote = section["sub"] if section["name"].lower() == "remote" else None
        url = _URL.fullmatch(line)
        if url is not None and remote is not None:
            found.setdefault(remote, url["value"].strip().strip('"'))
    return found.get("origin") or next(iter(found.values()), "")


def _public(url: str) -> str:
    """An absolute address without user, password, query and fragment; empty for a path of this machine."""
    short = _SHORT.fullmatch(url) if "://" not in url else None
    if short is not None:
        url = f"ssh://{short['host']}/{short['path'].lstrip('/')}"
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    if parts.scheme not in {"http", "https", "ssh", "git"} or not host:
        return ""
    return urlunsplit((parts.scheme, quote(host, safe="[]:."), quote(unquote(parts.path), safe="/~@:+,;=!$&'()*"), "", ""))
