"""Is what the documents say true? Links, rules, options and the README's sample of the output."""

from __future__ import annotations

import html
import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

import offlint as package
from offlint.cli import cli, main
from offlint.rulebook.checking import load_pages
from offlint.rulebook.loading import load_rulebook
from offlint.settings import _KEYS

ROOT = Path(__file__).resolve().parent.parent
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]
#: What is in backquotes and looks like a path of the tree, and is none.
NO_FILES = {"offlint.toml"}
RULES = load_rulebook().rules


def module(path: str) -> ModuleType:
    """A script of the tree."""
    spec = importlib.util.spec_from_file_location(Path(path).stem, ROOT / path)
    assert spec is not None
    assert spec.loader is not None
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


README = module("docs/readme.py")


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)[^)]*\)", page.read_text(encoding="utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_codes_and_names_are_those_of_rules(page: Path) -> None:
    said = page.read_text(encoding="utf-8")
    assert set(re.findall(r"\bOFL\d{3}\b", said)) <= set(RULES)
    for code, name in re.findall(r"\b(OFL\d{3}) ([a-z]+(?:-[a-z]+)+)", said):
        assert RULES[code].name == name


def test_the_changelog_names_every_rule() -> None:
    said = text("CHANGELOG.md")
    assert [code for code, rule in RULES.items() if f"{code} {rule.name}" not in said] == []


def test_every_rule_is_documented_and_exercised() -> None:
    pages = {str(page.head.data["code"]): page for page in load_pages() if "code" in page.head.data}
    assert set(pages) == set(RULES)
    lacking = []
    for code, page in pages.items():
        marks = [
            code in mark.words for example in page.examples for rows in example.marks.values() for row in rows.values() for mark in row
        ]
        silent = [example for example in page.examples if not any(example.marks.values())]
        said = RULES[code]
        if marks.count(True) < 2 or not silent or not all((said.message, said.advice, said.summary, "## How to mend" in page.body)):
            lacking.append(code)
    assert lacking == []


@pytest.mark.parametrize("name", ["ARCHITECTURE.md", "CONTRIBUTING.md"])
def test_every_path_that_is_named_exists(name: str) -> None:
    quoted = set(re.findall(r"`([^`\s]+)`", text(name)))
    paths = {one for one in quoted if "/" in one or re.fullmatch(r"[\w.-]+\.(py|md|toml|yml|yaml|json)", one)}
    roots = [ROOT, ROOT / "src", ROOT / "src/offlint", ROOT / "tests"]
    missing = [one for one in paths if "<" not in one and not any(list(root.glob(one.rstrip("/"))) for root in roots)]
    missing = [one for one in missing if "/" in one or not list((ROOT / "src").rglob(one))]
    assert sorted(missing) == sorted(NO_FILES & quoted)
    patterns = {re.sub(r"<[^>]+>", "*", one) for one in paths if "<" in one}
    assert [one for one in patterns if not list(ROOT.glob(one))] == []


def test_pages_in_the_guide_hold(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    found = [one for page in PAGES for one in re.findall(r"(?m)^````markdown\n(.*?)^````$", page.read_text(encoding="utf-8"), re.DOTALL)]
    whole = [one for one in found if "\u2026" not in one]
    assert len(whole) >= 2
    monkeypatch.chdir(tmp_path)
    for number, page in enumerate(whole):
        (tmp_path / f"{number}.md").write_text(page, encoding="utf-8")
        with pytest.raises(SystemExit) as stopped:
            main(["check-rules", f"{number}.md"])
        assert (stopped.value.code, capsys.readouterr().out) == (0, "")


def test_every_page_of_the_guide_is_in_its_index() -> None:
    named = set(re.findall(r"\]\(([\w-]+\.md)\)", text("docs/index.md")))
    assert named == {page.name for page in (ROOT / "docs").glob("*.md")} - {"index.md"}


def test_the_guide_names_every_key_of_the_configuration() -> None:
    assert set(re.findall(r"(?m)^\| `([\w-]+)` \| (?:`--[\w-]+` )?\|", text("docs/configuration.md"))) == set(_KEYS)


def test_the_documents_name_the_commands_there_are() -> None:
    said = " ".join(page.read_text(encoding="utf-8") for page in PAGES)
    commands = set(re.findall(r"`offlint (?:\[)?([a-z]+(?:-[a-z]+)*)(?![\w-])", said))
    assert commands <= set(cli.commands)
    assert set(cli.commands) <= commands


def test_the_changelog_names_every_option_of_check() -> None:
    options = {name for option in cli.commands["check"].params for name in option.opts if name.startswith("--")}
    assert options - set(re.findall(r"--[a-z-]+", text("CHANGELOG.md"))) == {"--quiet", "--verbose"}


def test_the_readme_shows_what_is_printed() -> None:
    assert README.readme(text("README.md")) == text("README.md"), "make readme"


def test_the_readme_is_compared() -> None:
    shown = text("README.md")
    assert len(README.BLOCK.findall(shown)) == 1
    changed = shown.replace("build  online ", "build  offline").replace("| `--absent` |", "| `--absend` |")
    assert changed.count("\n") == shown.count("\n")
    assert README.readme(changed) == shown


def test_the_options_in_the_readme_are_those_of_help() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "offlint", "check", "--help"],
        env={**os.environ, "PYTHONPATH": str(Path(package.__file__).parent.parent), "COLUMNS": "200"},
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=True,
    )
    table = README.TABLE.findall(text("README.md"))[0]
    helped = set(re.findall(r"(?m)^ {2,}(?:-\w, )?(--[a-z-]+)", done.stdout)) - {"--help"}
    assert set(re.findall(r"`(--[a-z-]+)`", table)) == helped
    for line in table.splitlines()[2:]:
        said = line.split(" | ")[-1].removesuffix(" |").partition(" [")[0]
        assert said == "How it is written." or "".join(said.split()) in "".join(done.stdout.split()), line


def test_the_image_shows_what_a_terminal_does() -> None:
    svg = text("docs/output.svg")
    assert not re.search(r"url\((?!#)|@import|<image|href=", svg), "something from elsewhere"
    seen = "".join(html.unescape(one) for one in re.findall(r"<text [^>]*>([^<]*)</text>", svg))
    output = README.printed(README.SHOWN, FORCE_COLOR="1", COLUMNS=str(README.WIDTH), TERM="xterm-256color", COLORTERM="truecolor")
    plain = re.sub(r"\x1b\[[0-9;]*m", "", output)
    assert re.sub(r"\s", "", seen).startswith(f"offlint$offlint{README.SHOWN}".replace(" ", ""))
    for word in plain.split():
        assert word in re.sub(r"[\s\xa0]", "", seen), f"{word}: make readme"


def test_the_page_for_packagers_shows_what_is_printed() -> None:
    command, shown = re.findall(r"```console\n\$ offlint (offline samples/[^\n]*)\n(.*?)```", text("docs/packagers.md"), re.DOTALL)[0]
    done = subprocess.run(
        [sys.executable, "-m", "offlint", *command.split()],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(Path(package.__file__).parent.parent)},
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr, done.stdout) == (0, "", shown)


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
