"""Does offlint diff tell what got worse, and nothing of what only moved?"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from offlint.cli import cli
from offlint.findings.comparison import Comparison, compare
from offlint.formats.difference import as_json, text
from offlint.project.memory import MemoryProject
from offlint.run import check_project

IMPORTS = "import hashlib\nimport os\nfrom urllib.request import urlopen\nfrom setuptools import setup\n"
PLAIN = "data = urlopen('https://example.org/spam-1.0.tar.gz').read()\n"
CHECKED = PLAIN + f"if hashlib.sha256(data).hexdigest() != '{'ab' * 32}':\n    raise SystemExit('bad')\n"
KEEP = "open('spam.tar.gz', 'wb').write(data)\n"


def guarded(body: str, test: str = "not os.environ.get('NO_NETWORK')") -> str:
    return f"if {test}:\n" + "".join(f"    {line}\n" for line in body.splitlines())


def differ(old: str, new: str, more: dict[str, str] | None = None) -> Comparison:
    reports = [check_project(MemoryProject({"setup.py": f"{IMPORTS}{body}setup()\n", **(more or {})})) for body in (old, new)]
    return compare(*reports)


def said(comparison: Comparison) -> list[tuple[str, str]]:
    return sorted((one.what, one.effect) for one in comparison.changes)


def test_the_same_is_no_change() -> None:
    assert said(differ(PLAIN + KEEP, PLAIN + KEEP)) == []


def test_moved_lines_are_no_change() -> None:
    assert said(differ(PLAIN + KEEP, "\n\nx = 1\n" + PLAIN + "y = 2\n" + KEEP)) == []


def test_another_version_in_the_url_is_no_worse() -> None:
    assert said(differ(PLAIN + KEEP, (PLAIN + KEEP).replace("1.0", "1.1"))) == [("url", "same")]


@pytest.mark.parametrize(
    ("old", "new", "changes"),
    [
        ("", PLAIN + KEEP, {("new", "worse"), ("verdict", "worse")}),
        (guarded(PLAIN + KEEP), PLAIN + KEEP, {("guard", "worse"), ("verdict", "worse")}),
        (CHECKED + KEEP, PLAIN + KEEP, {("integrity", "worse")}),
        (guarded(PLAIN + KEEP), guarded(PLAIN + KEEP, "not os.environ.get('SPAM_OFFLINE')"), {("switch", "worse"), ("guard", "better")}),
        (guarded(PLAIN + KEEP), guarded(PLAIN + KEEP, "os.environ.get('NO_NETWORK') != '1'"), {("guard", "worse")}),
        (PLAIN + KEEP, (PLAIN + KEEP).replace("example.org", "example.com"), {("host", "worse")}),
        (CHECKED + KEEP, (CHECKED + KEEP).replace("ab", "cd"), {("digest", "worse")}),
        (CHECKED + KEEP, (CHECKED + KEEP).replace("ab", "cd").replace("1.0", "1.1"), {("digest", "same"), ("url", "same")}),
    ],
)
def test_what_got_worse_and_the_other_way_round(old: str, new: str, changes: set[tuple[str, str]]) -> None:
    forward, back = differ(old, new), differ(new, old)
    assert set(said(forward)) == changes
    assert forward.worse is any(effect == "worse" for _, effect in changes)
    turned = {("new", "worse"): ("gone", "better"), ("host", "worse"): ("host", "worse"), ("digest", "worse"): ("digest", "worse"),
              ("switch", "worse"): ("switch", "worse")}  # fmt: skip
    expected = {turned.get(one, (one[0], {"worse": "better", "better": "worse"}.get(one[1], one[1]))) for one in changes}
    assert set(said(back)) == expected


def test_one_of_two_alike_is_matched_by_its_host() -> None:
    two = PLAIN + "more = urlopen('https://example.com/eggs').read()\nopen('eggs', 'wb').write(more)\n" + KEEP
    assert said(differ(PLAIN + KEEP, two)) == [("new", "worse")]


def test_what_no_longer_ships_is_worse() -> None:
    code = {"setup.py": f"{IMPORTS}setup(version=open('VERSION').read())\n", "PKG-INFO": "Name: spam\nVersion: 1\n"}
    old, new = (check_project(MemoryProject(files)) for files in ({**code, "VERSION": "1"}, code))
    assert said(compare(old, new)) == [("missing", "worse")]
    assert said(compare(new, old)) == [("shipped", "better")]


def test_the_text_is_safe_and_complete() -> None:
    shown = text(differ(guarded(PLAIN + KEEP), (PLAIN + KEEP).replace("https://", "https://user:secret@")))
    assert "secret" not in shown
    assert "verdicts: build opt-out -> online, test offline, docs offline" in shown
    assert "guard opt-out by NO_NETWORK (silent) before, guard none now" in shown


def test_the_json_names_both_sides() -> None:
    data = json.loads(as_json(differ(CHECKED + KEEP, PLAIN + KEEP)))
    (change,) = data["changes"]
    assert data["worse"] is True
    assert (change["what"], change["effect"], change["place"]) == ("integrity", "worse", "setup.py:5")
    assert change["old"]["integrity"]["state"] == "verified"
    assert change["new"]["integrity"]["state"] == "absent"


def test_the_command(tmp_path: Path) -> None:
    for name, body in (("old", ""), ("new", PLAIN + KEEP)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "setup.py").write_text(f"{IMPORTS}{body}setup()\n")
    old, new = str(tmp_path / "old"), str(tmp_path / "new")
    run = CliRunner().invoke
    assert run(cli, ["diff", old, new, "--phase", "build"], standalone_mode=False).return_value == 1
    assert run(cli, ["diff", new, old], standalone_mode=False).return_value == 0
    out = tmp_path / "out.json"
    assert run(cli, ["diff", old, old, "-f", "json", "-o", str(out)], standalone_mode=False).return_value == 0
    assert json.loads(out.read_text())["changes"] == []
    (tmp_path / "empty").mkdir()
    assert run(cli, ["diff", old, str(tmp_path / "empty")], standalone_mode=False).exit_code != 0
    assert run(cli, ["diff", old, new, "--phase", "x"], standalone_mode=False).exit_code != 0
