"""Is the guide's site whole, and does it ask nothing of anybody else?"""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

from offlint.model.words import Phase, Verdict
from offlint.rulebook.loading import load_rulebook
from offlint.run import check
from test_docs import module

ROOT = Path(__file__).resolve().parent.parent
HOOKS = module("docs/hooks.py")
RULES = load_rulebook().rules

built_with_mkdocs = pytest.mark.skipif(importlib.util.find_spec("mkdocs") is None, reason="needs the extra docs")


def test_every_rule_has_a_page() -> None:
    made = {place: text for place, _, text in HOOKS.pages()}
    for code, rule in RULES.items():
        page = made[f"rules/{rule.page.rpartition('/')[2]}"]
        assert page.startswith(f"# {code} {rule.name}\n")
        assert rule.help in page
        assert made["rules/index.md"].count(f"[{code}](findings/") == 1
    assert set(HOOKS.GROUP_TITLES) == set(HOOKS.GROUPS)


def test_what_is_known_is_listed() -> None:
    known = HOOKS.known()
    for page in (ROOT / "rules" / "apis").rglob("*.md"):
        assert f"| {page.read_text(encoding='utf-8').partition(chr(10))[0].removeprefix('# ')} |" in known, page


@pytest.mark.parametrize(
    ("source", "link", "turned"),
    [
        ("docs/index.md", "[a](judgement.md#guard)", "[a](judgement.md#guard)"),
        ("docs/index.md", "[a](../rules/README.md)", "[a](rules/format.md)"),
        ("rules/findings/remote-code.md", "[a](../../docs/judgement.md)", "[a](../judgement.md)"),
        ("rules/findings/remote-code.md", "[a](weak-digest.md)", "[a](weak-digest.md)"),
        ("ARCHITECTURE.md", "[a](docs/surfaces.md)", "[a](../surfaces.md)"),
        ("CONTRIBUTING.md", "[a](ARCHITECTURE.md)", "[a](architecture.md)"),
        ("docs/index.md", "[a](../LICENSE)", "`a`"),
        ("docs/index.md", "![a](growth.svg) [b](https://example.org/)", "![a](growth.svg) [b](https://example.org/)"),
    ],
)
def test_links_are_turned_to_the_site(source: str, link: str, turned: str) -> None:
    assert HOOKS.linked(link, source) == turned


class Wanted(HTMLParser):
    """What a page loads by itself, and where its links lead."""

    def __init__(self, page: Path) -> None:
        super().__init__()
        self.loads: list[str] = []
        self.links: list[str] = []
        self.feed(page.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "a":
            self.links.append(values.get("href", ""))
        else:
            self.loads += [values[name] for name in ("src", "href", "srcset", "data", "action", "poster") if name in values]


@built_with_mkdocs
def test_the_site_is_built_and_asks_for_nothing_elsewhere(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--quiet", "--strict", "--site-dir", tmp_path / "site"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        encoding="utf-8",
        timeout=300,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    site = tmp_path / "site"
    pages = sorted(site.rglob("*.html"))
    assert len(pages) > len(RULES)
    elsewhere = re.compile(r"(?:https?:)?//")
    for page in pages:
        wanted = Wanted(page)
        assert [one for one in wanted.loads if elsewhere.match(one)] == [], page
        here = [one.partition("#")[0] for one in wanted.links if not elsewhere.match(one)]
        assert [one for one in here if one and one != "." and not (page.parent / one).exists()] == [], page
    styles = "".join(page.read_text(encoding="utf-8") for page in site.rglob("*.css"))
    assert not re.search(r"(?:url\(|@import)\s*[\"']?(?:https?:)?//", styles)
    assert not list(site.rglob("*.py"))


def test_offlint_finds_the_documentation_build_offline() -> None:
    (docs,) = check(str(ROOT), phases=frozenset({Phase.DOCS})).verdicts
    assert docs.verdict is Verdict.OFFLINE
