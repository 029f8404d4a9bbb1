"""Does ``offlint check-rules`` find what is wrong with a project's own pages, with page and line?"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from offlint.cli import main

API = """\
# Our storage
```toml
[[call]]
names = ["spamlib.{fetch}"]
kind = "{kind}"
url = "0|url"
```
What it does.
## A download
```python title="setup.py"
import spamlib

spamlib.fetch("https://example.org/a")  # {mark}
```
"""

RULE = """\
# Nothing from the old mirror
```toml
code = "SPAM001"
name = "old-mirror"
level = "warning"
message = "{api} still asks {place}."
advice = "Ask the new one."
[when]
api = ["spamlib.fetch"]
```
## Bad: the old one
```python title="setup.py"
from spamlib import fetch

fetch("https://old.example.org/a")  # expect: SPAM001
```
## Good: nothing
```python title="setup.py"
fetch = print
fetch("https://old.example.org/a")
```
"""

Run = Callable[..., tuple[int, list[str], str]]


def api(kind: str = "http", mark: str = "access: http") -> str:
    return API.replace("{kind}", kind).replace("{mark}", mark).replace("{fetch}", "fetch")


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """The program in a folder with a folder of rules; exit status, lines of standard output, standard error."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "own").mkdir()

    def check(*paths: str, **pages: str) -> tuple[int, list[str], str]:
        for name, text in pages.items():
            (tmp_path / "own" / f"{name}.md").write_text(text, encoding="utf-8")
        with pytest.raises(SystemExit) as stopped:
            main(["check-rules", *paths])
        out, err = capsys.readouterr()
        assert isinstance(stopped.value.code, int)
        return stopped.value.code, out.splitlines(), err

    return check


def test_pages_in_order(run: Run) -> None:
    found = run("own", api=api(), rule=RULE.replace("{place}", "{url}"))
    assert found == (0, [], "offlint: 2 pages, 3 examples; all in order\n")
    assert run("own/api.md") == (0, [], "offlint: 1 page, 1 example; all in order\n")


def test_examples_that_do_not_hold(run: Run) -> None:
    code, lines, err = run(
        "own", api=api(mark="access: git"), rule=RULE.replace("{place}", "{url}").replace("= print", "= __import__('spamlib').fetch")
    )
    assert code == 1
    assert lines == [
        "own/api.md:13 (setup.py:3): git is not reported, but http none n/a",
        "own/api.md:13 (setup.py:3): http none n/a is reported and not marked",
        "own/rule.md:20 (setup.py:2): SPAM001 is reported and not marked",
    ]
    assert err == "offlint: 2 pages, 3 examples; 3 problems\n"


def test_pages_that_are_wrong(run: Run) -> None:
    code, lines, err = run("own", api=api(kind="htp"), rule=RULE.replace("level", "lewel").replace("{place}", "{url}"), broken="no title\n")
    assert code == 1
    assert [line.partition(": ")[0] for line in lines] == ["own/api.md:5", "own/broken.md:1", "own/rule.md:5", "own/rule.md:3"]
    assert err.startswith("offlint: not run, for pages that can't be read; 4 problems")


def test_a_placeholder_that_there_is_not(run: Run) -> None:
    code, lines, _ = run("own", api=api(), rule=RULE)
    assert (code, len(lines)) == (1, 1)
    assert lines[0].startswith("own/rule.md:6: message: unknown field {place}")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("# access:", "# acess:"), 'own/api.md:13: unknown mark "acess:"'),
        (('title="setup.py"', 'title="../setup.py"'), 'own/api.md:10: "../setup.py" is no plain path inside a project'),
        ((' title="setup.py"', ""), "own/api.md:1: no example shows that it works"),
        (("spamlib.fetch(", "(" * 3000 + "spamlib.fetch("), "own/api.md:13"),
    ],
)
def test_examples_that_are_wrong(change: tuple[str, str], said: str, run: Run) -> None:
    code, lines, err = run("own", api=api().replace(*change))
    assert code == 1
    assert lines[0].startswith(said)
    assert "Traceback" not in err


def test_configured_pages(run: Run, tmp_path: Path) -> None:
    code, lines, err = run()
    assert (code, lines, err) == (2, [], "offlint: no PATH is given, and no configuration in this folder names any in `rules`\n")
    (tmp_path / "offlint.toml").write_text("rules = ['own']\n")
    assert run()[2] == "offlint: own: no pages (*.md)\n"
    assert run(api=api())[2] == "offlint: 1 page, 1 example; all in order\n"
    assert run("no/where") == (2, [], "offlint: no/where: does not exist\n")


def test_own_pages_in_a_project(run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run("own", api=api(), rule=RULE.replace("{place}", "{url}"))
    (tmp_path / "setup.py").write_text('import spamlib\nspamlib.fetch("https://old.example.org/a")  # offlint: ignore[SPAM001] soon\n')
    (tmp_path / "offlint.toml").write_text("rules = ['own']\nselect = ['SPAM001', 'OFL002']\nfail-on = 'note'\n")
    with pytest.raises(SystemExit) as stopped:
        main(["."])
    assert stopped.value.code == 0
    assert "1 suppressed" in capsys.readouterr().out
