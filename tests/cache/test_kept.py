"""Do pages that were read before say what they say now?"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from offlint.cache.store import Store
from offlint.rulebook import checking, kept, loading
from offlint.rulebook.errors import RulebookError
from offlint.rulebook.loading import load_rulebook, rules_folder
from offlint.rulebook.reader import read_page

PAGE = '# Own\n\n```toml\n[[call]]\nnames = ["zz.get"]\nkind = "{kind}"\nurl = "0"\n```\n'


@pytest.fixture
def pages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Built-in pages that can be written to; nothing came with them."""
    folder = tmp_path / "rules"
    shutil.copytree(rules_folder(), folder, ignore=shutil.ignore_patterns(kept.SHIPPED))
    monkeypatch.setattr(loading, "pages_folder", lambda: str(folder))
    return folder


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The pages that were read."""
    found: list[str] = []

    def counted(path: str, text: str) -> Any:
        found.append(path)
        return read_page(path, text)

    monkeypatch.setattr(checking, "read_page", counted)
    return found


def test_nothing_is_read_twice(tmp_path: Path, pages: Path, asked: list[str]) -> None:
    store = Store(str(tmp_path / "cache"))
    first = load_rulebook((), store)
    assert len(asked) > 100
    asked.clear()
    assert load_rulebook((), store) == first
    assert not asked
    assert load_rulebook() == first
    assert len(asked) > 100, f"there is nowhere to keep it, and nothing beside {pages}"


def test_what_came_with_the_pages_is_what_they_say(pages: Path, asked: list[str]) -> None:
    first = load_rulebook()
    asked.clear()
    (pages / kept.SHIPPED).write_bytes(kept.written(pages))
    assert len(asked) > 100
    asked.clear()
    assert load_rulebook() == first
    assert not asked


@pytest.mark.parametrize("shipped", [True, False])
def test_pages_that_changed_are_read_anew(tmp_path: Path, pages: Path, asked: list[str], *, shipped: bool) -> None:
    store = Store(None if shipped else str(tmp_path / "cache"))
    (pages / "apis" / "own.md").write_text(PAGE.format(kind="http"))
    if shipped:
        (pages / kept.SHIPPED).write_bytes(kept.written(pages))
    assert load_rulebook((), store).calls["zz.get"].kind == "http"
    asked.clear()
    (pages / "apis" / "own.md").write_text(PAGE.format(kind="ftps"))  # as long as it was
    with pytest.raises(RulebookError, match=r"rules/apis/own\.md:6: kind: \"ftps\" is none of"):
        load_rulebook((), store)
    (pages / "apis" / "own.md").rename(pages / "apis" / "renamed.md")
    with pytest.raises(RulebookError, match=r"renamed\.md:6"):
        load_rulebook((), store)
    (pages / "apis" / "renamed.md").unlink()
    assert "zz.get" not in load_rulebook((), store).calls
    assert asked


def test_the_code_that_reads_pages_is_part_of_the_name(pages: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    first = kept._name(pages)  # noqa: SLF001 # what what is kept is called
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "kept.py").write_text("")
    monkeypatch.setattr(kept, "__file__", str(tmp_path / "code" / "kept.py"))
    assert kept._name(pages) != first  # noqa: SLF001 # as above


@pytest.mark.parametrize("text", [b"[]x", b"{", b"\xff", b'{"a": 1}', b"[" * 100_000, b"[[1]]", b"1", b'[["a.md", "call", ["x"], 3]]'])
def test_what_is_kept_may_be_anything(tmp_path: Path, pages: Path, text: bytes) -> None:
    store = Store(str(tmp_path / "cache"))
    store.put(kept._name(pages), text)  # noqa: SLF001 # what nobody else writes
    (pages / kept.SHIPPED).write_bytes(kept._name(pages).encode() + b"\n" + text)  # noqa: SLF001 # as above
    assert "urllib.request.urlopen" in load_rulebook((), store).calls


def test_own_pages_come_after_what_is_kept(tmp_path: Path) -> None:
    store, page = Store(str(tmp_path / "cache")), tmp_path / "own.md"
    for kind in ("http", "git", "http"):
        page.write_text(PAGE.format(kind=kind))
        assert load_rulebook([page], store).calls["zz.get"].kind == kind
    for _ in range(2):  # what is wrong is said every time
        page.write_text(PAGE.format(kind="zzz"))
        with pytest.raises(RulebookError, match=r"own\.md:6: kind: \"zzz\" is none of"):
            load_rulebook([page], store)


def test_a_date_is_no_error_of_the_cache(tmp_path: Path) -> None:
    page = tmp_path / "own.md"
    page.write_text(PAGE.format(kind="http").replace('url = "0"', "url = 2020-02-02"))
    with pytest.raises(RulebookError, match="url"):
        load_rulebook([page], Store(str(tmp_path / "cache")))
