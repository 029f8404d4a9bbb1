"""Is the commit that SARIF names the one that git names, and are credentials nowhere?"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from offlint.formats.base import Options
from offlint.formats.sarif import render
from offlint.model.report import Provenance
from offlint.project.provenance import provenance

COMMIT = "0123456789abcdef0123456789abcdef01234567"
REMOTE = '[remote "origin"]\nurl = '
needs_git = pytest.mark.skipif(shutil.which("git") is None, reason="needs git")


def git(*words: str, cwd: Path) -> str:
    people = dict.fromkeys(("GIT_AUTHOR_NAME", "GIT_COMMITTER_NAME", "GIT_AUTHOR_EMAIL", "GIT_COMMITTER_EMAIL"), "a@example.org")
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    environment = {**kept, **people, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "GIT_ALLOW_PROTOCOL": "file"}
    return subprocess.run(["git", *words], cwd=cwd, env=environment, check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "spam"
    folder.mkdir()
    git("init", "-q", "-b", "main/é", cwd=folder)
    git("remote", "add", "upstream", "https://example.org/other.git", cwd=folder)
    git("remote", "add", "origin", "https://me:secret@example.org/spam.git?token=secret", cwd=folder)
    git("commit", "-q", "--allow-empty", "-m", "first", cwd=folder)
    return folder


@needs_git
def test_as_git_says(repository: Path) -> None:
    head = git("rev-parse", "HEAD", cwd=repository)
    expected = Provenance("https://example.org/spam.git", head, "main/é")
    assert provenance(repository) == expected
    git("pack-refs", "--all", cwd=repository)
    assert not (repository / ".git" / "refs" / "heads" / "main").exists()
    assert provenance(repository) == expected
    git("checkout", "-q", "--detach", cwd=repository)
    assert provenance(repository) == Provenance("https://example.org/spam.git", head, "")


@needs_git
def test_linked_work_trees(repository: Path, tmp_path: Path) -> None:
    git("worktree", "add", "-q", "-b", "side", str(tmp_path / "side"), cwd=repository)
    git("commit", "-q", "--allow-empty", "-m", "second", cwd=tmp_path / "side")
    found = provenance(tmp_path / "side")
    assert found is not None
    assert (found.revision, found.branch) == (git("rev-parse", "HEAD", cwd=tmp_path / "side"), "side")
    assert found.revision != git("rev-parse", "HEAD", cwd=repository)


@needs_git
def test_submodules(repository: Path, tmp_path: Path) -> None:
    (tmp_path / "whole").mkdir()
    git("init", "-q", cwd=tmp_path / "whole")
    git("-c", "protocol.file.allow=always", "submodule", "add", "-q", str(repository), "part", cwd=tmp_path / "whole")
    part = tmp_path / "whole" / "part"
    git("remote", "set-url", "origin", "https://example.org/spam.git", cwd=part)
    assert (part / ".git").is_file()
    found = provenance(part)
    assert found is not None
    assert found.revision == git("rev-parse", "HEAD", cwd=repository)


def test_a_repository_elsewhere_is_not_read(tmp_path: Path) -> None:
    """A stranger's archive, unpacked, may hold a .git that points anywhere."""
    (tmp_path / "mine").mkdir()
    made(tmp_path / "mine", REMOTE + "https://example.org/mine\n")
    for number, name in enumerate((str(tmp_path / "mine" / ".git"), "../mine/.git")):
        (tmp_path / f"theirs{number}").mkdir()
        (tmp_path / f"theirs{number}" / ".git").write_text(f"gitdir: {name}\n")
        assert provenance(tmp_path / f"theirs{number}") is None
    (tmp_path / "link").mkdir()
    (tmp_path / "link" / ".git").symlink_to(tmp_path / "mine" / ".git", target_is_directory=True)
    assert provenance(tmp_path / "link") is None
    (tmp_path / "common").mkdir()
    made(tmp_path / "common", "")
    (tmp_path / "common" / ".git" / "commondir").write_text(str(tmp_path / "mine" / ".git"))
    assert provenance(tmp_path / "common") is None


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    os.mkfifo(tmp_path / ".git" / "HEAD")
    assert provenance(tmp_path) is None


def made(folder: Path, config: str, head: str = COMMIT) -> Path:
    (folder / ".git").mkdir()
    (folder / ".git" / "HEAD").write_text(head)
    (folder / ".git" / "config").write_text(config)
    return folder


@pytest.mark.parametrize(
    ("url", "public"),
    [
        ("git@example.org:me/spam.git", "ssh://example.org/me/spam.git"),
        ("example.org:spam", "ssh://example.org/spam"),
        ("ssh://git@example.org:2222/me/spam.git", "ssh://example.org:2222/me/spam.git"),
        ("https://ghp_secret@example.org/a b/é?x=secret#y", "https://example.org/a%20b/%C3%A9"),
        ("git://example.org/x", "git://example.org/x"),
        ('"https://example.org/x"', "https://example.org/x"),
    ],
)
def test_addresses(url: str, public: str, tmp_path: Path) -> None:
    found = provenance(made(tmp_path, f'[core]\n\turl = no\n[remote "origin"]\n\turl = {url}\n'))
    assert found == Provenance(public, COMMIT, "")


@pytest.mark.parametrize(
    ("config", "head"),
    [
        ("", COMMIT),
        ('[remote "origin"]\nfetch = x\n', COMMIT),
        *((REMOTE + url, COMMIT) for url in ("/srv/spam", "../spam", "file:///srv/spam", "C:\\spam", "https://", "http://[::1")),
        *((REMOTE + "https://example.org/x", head) for head in ("", "x", "ref: refs/heads/none", "ref: ../../x", COMMIT[1:])),
    ],
)  # fmt: skip
def test_none_where_there_is_none(config: str, head: str, tmp_path: Path) -> None:
    (tmp_path / "x").write_text(COMMIT)
    assert provenance(tmp_path) is None
    folder = tmp_path / "a" / "b"
    folder.mkdir(parents=True)
    assert provenance(made(folder, config, head)) is None


def test_odd_files(tmp_path: Path) -> None:
    (tmp_path / ".git").write_text("gitdir: nowhere\n")
    assert provenance(tmp_path) is None
    (tmp_path / ".git").write_bytes(b"\xff\0")
    assert provenance(tmp_path) is None


def test_in_sarif() -> None:
    found = Provenance("https://example.org/spam.git", COMMIT, "main")
    (run,) = json.loads(render([], Options(provenance=found)))["runs"]
    assert run["versionControlProvenance"] == [
        {
            "repositoryUri": "https://example.org/spam.git",
            "revisionId": COMMIT,
            "branch": "main",
            "mappedTo": {"uriBaseId": "%SRCROOT%"},
        }
    ]
    (run,) = json.loads(render([], Options()))["runs"]
    assert "versionControlProvenance" not in run
