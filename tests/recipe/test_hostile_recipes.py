"""Can a project's texts become code, structure or markup in what a packager pastes? They must not."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml
from markdown_it import MarkdownIt
from recipe_samples import HARM, hostile, recipe

from offlint.model.words import Phase
from offlint.recipe.registry import FORMATS, render

#: The expression with which conda-build finds what it evaluates at a line's end (conda_build.metadata, ``sel_pat``).
SELECTOR = re.compile(r"(.+?)\s*(#.*)?\[([^\[\]]+)\](?(2)[^\(\)]*)$")

harmful = pytest.mark.parametrize("text", HARM)


@harmful
@pytest.mark.parametrize("name", FORMATS)
def test_no_line_end_or_control_comes_through(name: str, text: str) -> None:
    shown = render(name, [hostile(text), hostile(text)])
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f\u202e\u2028]", shown)
    assert len(shown.splitlines()) == len(render(name, [hostile("x"), hostile("x")]).splitlines()) or name in {
        "nix",
        "conda",
        "flatpak",
        "gentoo",
    }


@harmful
@pytest.mark.parametrize("program", ["sh", "bash"])
def test_the_shell_sets_variables_and_runs_nothing(program: str, text: str, tmp_path: Path) -> None:
    if shutil.which(program) is None:
        pytest.skip(f"no {program}")
    (tmp_path / "x.env").write_text(render("shell", [hostile(text)]), encoding="utf-8")
    done = subprocess.run(
        [program, "-c", 'export HOLE=/copy; . ./x.env; printf %s "$GOOD"'], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert [one.name for one in tmp_path.iterdir()] == ["x.env"]
    if text.isprintable():
        assert done.stdout == text


def test_the_shell_asks_for_what_is_to_be_filled_in(tmp_path: Path) -> None:
    (tmp_path / "x.env").write_text(render("shell", [hostile("x")]), encoding="utf-8")
    done = subprocess.run(["sh", "-c", ". ./x.env"], cwd=tmp_path, env={}, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "set it to a local copy" in done.stderr


@harmful
def test_a_hostile_build_gets_nothing_run(text: str, tmp_path: Path) -> None:
    """The whole way: names, values and addresses as they stand in a setup.py."""
    code = (
        "import os, urllib.request\n"
        f"if os.environ.get({text!r}) != {text!r} and os.environ.get('GOOD') != {text!r}:\n"
        f"    urllib.request.urlretrieve({'https://example.org/' + text!r}, {text!r})\n"
        f"if not os.path.exists({text!r}):\n    urllib.request.urlretrieve('https://example.org/x', {text!r})\n"
    )
    one = recipe({"setup.py": code}, Phase.BUILD)
    assert one.sources
    for program, name in (("sh", "shell"), ("bash", "gentoo")):
        if shutil.which(program) is not None:
            (tmp_path / "x").write_text(render(name, [one]), encoding="utf-8")
            done = subprocess.run([program, "-c", ". ./x"], cwd=tmp_path, capture_output=True, text=True, check=False)
            assert (done.returncode, done.stderr, [file.name for file in tmp_path.iterdir()]) == (0, "", ["x"])
    for name in ("conda", "flatpak"):
        assert set(yaml.safe_load(render(name, [one]))) == {"source" if name == "conda" else "sources"}


@pytest.mark.parametrize("name", ["PATH", "LD_PRELOAD", "BASH_ENV", "PYTHONPATH", "GIT_SSH_COMMAND", "A B", "A;B", "1A", ""])
def test_the_shell_does_not_set_what_would_run_code(name: str) -> None:
    from dataclasses import replace

    one = hostile("x")
    setting = replace(one.phases[0].switches[0], name=name)
    shell = render("shell", [replace(one, phases=(replace(one.phases[0], switches=(setting,), tools=()),))])
    assert all(line.startswith("#") for line in shell.splitlines())


@harmful
def test_markdown_has_no_markup_of_the_project(text: str) -> None:
    tokens = MarkdownIt("commonmark").enable("table").enable("strikethrough").parse(render("markdown", [hostile(text)]))
    kinds = {token.type for token in tokens} | {child.type for token in tokens for child in token.children or ()}
    assert not kinds & {
        "html_block",
        "html_inline",
        "link_open",
        "image",
        "fence",
        "code_block",
        "table_open",
        "hr",
        "blockquote_open",
        "s_open",
    }
    assert [token.tag for token in tokens if token.type == "heading_open"] == ["h2"]


@harmful
@pytest.mark.parametrize("name", ["conda", "flatpak"])
def test_yaml_has_the_keys_that_are_meant(name: str, text: str) -> None:
    shown = render(name, [hostile(text)])
    whole = yaml.safe_load(shown)
    assert list(whole) == ["source" if name == "conda" else "sources"]
    keys = {key for entry in next(iter(whole.values())) or () for key in entry}
    assert keys <= {"url", "sha256", "git_url", "git_rev", "type", "commit", "dest-filename"}
    assert "{{" not in shown
    assert "{%" not in shown
    assert not any(SELECTOR.match(line) for line in shown.splitlines())


@harmful
def test_nix_strings_hold_nothing_to_interpolate(text: str) -> None:
    lines = render("nix", [hostile(text)]).splitlines()
    code = [line for line in lines[2:-1] if not line.startswith("  #")]
    string = r'"(?:[^"\\$]|\\.)*"'
    call = rf"  \((?:fetchurl|builtins\.fetchGit) \{{ (?:\w+ = (?:{string}|true); )+\}}\)"
    assert [line for line in code if not re.fullmatch(call, line)] == []


@harmful
def test_an_ebuild_assigns_and_runs_nothing(text: str, tmp_path: Path) -> None:
    if shutil.which("bash") is None:
        pytest.skip("no bash")
    (tmp_path / "x").write_text(render("gentoo", [hostile(text)]), encoding="utf-8")
    done = subprocess.run(["bash", "-c", '. ./x; printf %s "$SRC_URI"'], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert [one.name for one in tmp_path.iterdir()] == ["x"]
    assert all(word == "->" or re.fullmatch(r"https://\S+|[\w.+-]+", word) for word in done.stdout.split())


def test_a_plain_address_comes_through_everywhere() -> None:
    one = hostile("x.tar.gz")
    for name in ("nix", "conda", "flatpak", "gentoo"):
        assert "https://example.org/x.tar.gz" in render(name, [one])
    assert json.loads(render("json", [one]))["sources"][0]["digest"] == {"algorithm": "sha256", "value": "ab" * 32}


@harmful
def test_json_keeps_the_texts_as_they_are(text: str) -> None:
    whole = json.loads(render("json", [hostile(text)]))
    assert whole["project"]["name"] == text
    assert render("json", [hostile(text)]).isascii()
