"""Do pages that were read before say what they say now?"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from offlint.cache.store import Store
from offlint.rulebook import heads
from offlint.rulebook.errors import RulebookError
from offlint.rulebook.loading import load_rulebook
from offlint.rulebook.reader import parse_head

PAGE = '# Own\n\n```toml\n[[call]]\nnames = ["zz.get"]\nkind = "{kind}"\nurl = "0"\n```\n'


def parses(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    asked: list[str] = []

    def counted(text: str) -> dict[str, Any]:
        asked.append(text)
        return parse_head(text)

    monkeypatch.setattr(heads, "parse_head", counted)
    return asked


def test_nothing_is_parsed_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = parses(monkeypatch)
    store = Store(str(tmp_path / "cache"))
    first = load_rulebook((), store)
    assert len(asked) > 100
    asked.clear()
    assert load_rulebook((), store) == first
    assert not asked
    assert load_rulebook() == first
    assert len(asked) > 100, "there is nowhere to keep it"


def test_a_page_that_changed_is_read_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store, page = Store(str(tmp_path / "cache")), tmp_path / "own.md"
    page.write_text(PAGE.format(kind="http"))
    assert load_rulebook([page], store).calls["zz.get"].kind == "http"
    asked = parses(monkeypatch)
    page.write_text(PAGE.format(kind="git"))
    assert load_rulebook([page], store).calls["zz.get"].kind == "git"
    assert len(asked) == 1
    for _ in range(2):  # what is wrong is said every time
        page.write_text(PAGE.format(kind="zzz"))
        with pytest.raises(RulebookError, match=r"own\.md:6: kind: \"zzz\" is none of"):
            load_rulebook([page], store)


@pytest.mark.parametrize("kept", [b"[]", b"{", b"\xff", b'{"a": 1}', b"[" * 100_000])
def test_what_is_kept_may_be_anything(tmp_path: Path, kept: bytes) -> None:
    store, page = Store(str(tmp_path / "cache")), tmp_path / "own.md"
    page.write_text(PAGE.format(kind="http"))
    store.put(heads.ParsedHeads(store, page)._name, kept)  # noqa: SLF001 # what nobody else writes
    assert load_rulebook([page], store).calls["zz.get"].kind == "http"


def test_a_date_is_no_error_of_the_cache(tmp_path: Path) -> None:
    page = tmp_path / "own.md"
    page.write_text(PAGE.format(kind="http").replace('url = "0"', "url = 2020-02-02"))
    with pytest.raises(RulebookError, match="url"):
        load_rulebook([page], Store(str(tmp_path / "cache")))
