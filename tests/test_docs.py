"""Is what the documents say true? Links, rules, options and the README's sample of the output."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import offlint as package
from offlint.cli import cli
from offlint.rulebook.loading import load_rulebook
from offlint.settings import _KEYS

ROOT = Path(__file__).resolve().parent.parent
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]
RULES = load_rulebook().rules
#: Reported by the check itself, without a page.
BUILT_IN = {"OFL002"}


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)[^)]*\)", page.read_text(encoding="utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_codes_and_names_are_those_of_rules(page: Path) -> None:
    said = page.read_text(encoding="utf-8")
    assert set(re.findall(r"\bOFL\d{3}\b", said)) <= {*RULES, *BUILT_IN}
    for code, name in re.findall(r"\b(OFL\d{3}) ([a-z]+(?:-[a-z]+)+)", said):
        assert code in BUILT_IN or RULES[code].name == name


def test_the_changelog_names_every_rule() -> None:
    said = text("CHANGELOG.md")
    assert [code for code, rule in RULES.items() if f"{code} {rule.name}" not in said] == []


def test_every_page_of_the_guide_is_in_its_index() -> None:
    named = set(re.findall(r"\]\(([\w-]+\.md)\)", text("docs/index.md")))
    assert named == {page.name for page in (ROOT / "docs").glob("*.md")} - {"index.md"}


def test_the_guide_names_every_key_of_the_configuration() -> None:
    assert set(re.findall(r"(?m)^\| `([\w-]+)` \| `--", text("docs/index.md"))) == set(_KEYS)


def test_the_documents_name_the_commands_there_are() -> None:
    said = " ".join(page.read_text(encoding="utf-8") for page in PAGES)
    commands = set(re.findall(r"`offlint (?:\[)?([a-z]+)\b(?!-)", said)) - {"offline"}  # named as missing
    assert commands <= set(cli.commands)
    assert set(cli.commands) <= commands


def test_the_changelog_names_every_option_of_check() -> None:
    options = {name for option in cli.commands["check"].params for name in option.opts if name.startswith("--")}
    assert options - set(re.findall(r"--[a-z-]+", text("CHANGELOG.md"))) == {"--quiet", "--verbose"}


def test_the_readme_shows_what_is_printed() -> None:
    command, shown = re.findall(r"```console\n\$ offlint (check samples/[^\n]*)\n(.*?)```", text("README.md"), re.DOTALL)[0]
    done = subprocess.run(
        [sys.executable, "-m", "offlint", *command.split()],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(Path(package.__file__).parent.parent)},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout == shown


def test_the_readme_is_short() -> None:
    assert len(text("README.md").splitlines()) < 200


def test_the_samples_are_judged_as_they_are_named() -> None:
    from offlint.model.words import Phase
    from offlint.run import check

    def verdicts(name: str) -> str:
        return " ".join(one.verdict.value for one in check(str(ROOT / "samples" / name), phases=frozenset(Phase)).verdicts)

    assert {path.name: verdicts(path.name) for path in (ROOT / "samples").iterdir()} == {
        "unguarded": "online offline offline",
        "guarded": "opt-out offline offline",
        "weak-guard": "opt-out offline offline",
        "test-fixture": "offline online offline",
        "docs-inventory": "offline offline online",
    }
