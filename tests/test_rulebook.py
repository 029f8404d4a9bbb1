"""Are pages read as they are written, and are mistakes in them named with file and line?"""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest

from offlint.model.words import Level
from offlint.rulebook import converters
from offlint.rulebook.checking import TABLES, load_pages
from offlint.rulebook.errors import RulebookError
from offlint.rulebook.loading import find_rule, load_rulebook, rules_folder
from offlint.rulebook.reader import Mark, read_marks, read_page
from offlint.rulebook.schema import Argument, ArgumentIs, Rulebook
from pagekit import claims, compare, fits, iter_examples

HEAD = "# Title\n```toml\n{}\n```\n"


def load(folder: Path, head: str, name: str = "x.md") -> Rulebook:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(HEAD.format(head), encoding="utf-8")
    return load_rulebook([folder])


def problems(folder: Path, head: str) -> list[str]:
    with pytest.raises(RulebookError) as error:
        load(folder, head)
    return [problem.removeprefix(f"{folder.as_posix()}/") for problem in error.value.problems]


PAGE = """# A page

```toml
[[call]]
names = ["a.b"]
kind = "http"
```
One line of
summary.

## Prose
```python
# no title: # access: http is prose here
```
## An example
Words.
```python title="setup.py"
import a
a.b()  # access: http none absent
```
~~~toml title='pyproject.toml'
x = "https://e.org"  # expect: OFL101 OFL201
~~~
## Another
````markdown title=docs/a.md
```
## no heading
```
<!-- missed: http -->
````
"""


def test_a_page_is_title_head_prose_and_examples() -> None:
    page = read_page("p.md", PAGE)
    assert (page.title, page.head.data["call"][0]["kind"], page.head.line) == ("A page", "http", 4)
    assert page.summary == "One line of summary."
    assert "no title" in page.prose
    assert "import a" not in page.prose
    first, second = page.examples
    assert (first.heading, first.line, list(first.files)) == ("An example", 15, ["setup.py", "pyproject.toml"])
    assert first.files["setup.py"] == "import a\na.b()  # access: http none absent\n"
    assert first.marks == {
        "setup.py": {2: (Mark("access", ("http", "none", "absent")),)},
        "pyproject.toml": {1: (Mark("expect", ("OFL101", "OFL201")),)},
    }
    assert PAGE.split("\n")[first.lines["setup.py"] - 1] == "import a"
    assert second.marks["docs/a.md"] == {4: (Mark("missed", ("http",)),)}


def test_line_ends_and_byte_order_mark_do_not_matter() -> None:
    assert read_page("p.md", "\ufeff" + PAGE.replace("\n", "\r\n")).examples == read_page("p.md", PAGE).examples


def test_the_head_knows_its_lines() -> None:
    head = 'top = 1\n[[call]]\nnames = ["a"]\ntext = """\n[[call]]\nkind = 1\n"""\n# [[call]]\n[[call]]\nkind = 2\n[other]\nkind = 3'
    found = read_page("p.md", HEAD.format(head)).head
    places = [found.line_of(key="top"), found.line_of("call", 0, "text"), found.line_of("call", 1), found.line_of("call", 1, "kind")]
    assert places == [3, 6, 11, 12]
    assert (found.line_of("other", 0, "kind"), found.line_of("call", 0, "absent"), found.line_of("none")) == (14, 4, 3)


@pytest.mark.parametrize(
    ("line", "marks"),
    [
        ("x = 1", ()),
        ("get(u)  # access: http", (Mark("access", ("http",)),)),
        ('get("http://a/#expect")  # expect: OFL101, OFL201', (Mark("expect", ("OFL101", "OFL201")),)),
        ("curl u  # noqa # missed: http # access: shell none n/a", (Mark("missed", ("http",)), Mark("access", ("shell", "none", "n/a")))),
        ("// false-alarm: http", (Mark("false-alarm", ("http",)),)),
        ("<!-- access: http -->", (Mark("access", ("http",)),)),
        ("/* access: http */", (Mark("access", ("http",)),)),
        ("; access: config", (Mark("access", ("config",)),)),
        (".. access: dataset", (Mark("access", ("dataset",)),)),
        ("# note: nothing", ()),
        ("access: http", ()),
    ],
)
def test_marks(line: str, marks: tuple[Mark, ...]) -> None:
    assert read_marks(line) == marks


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("x  # access:", "says nothing"),
        ("x  # expects: OFL101", 'did you mean "expect"?'),
        ("x  # acess: http", 'did you mean "access"?'),
        ("x  # access: http (really)", "stands at the end of its line"),
    ],
)
def test_wrong_marks(line: str, what: str) -> None:
    with pytest.raises(ValueError, match=re.escape(what)):
        read_marks(line)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("no title\n", "p.md:1: a page begins with its title: # …"),
        (HEAD.format("a = 1\nb = ]"), "p.md:4: Invalid value (column 5)"),
        (HEAD.format("a = 1") + '## E\n```python title="s.py"\nx = 1\n', "p.md:6: this block is never closed"),
        (HEAD.format("") + '## E\n```python title="/s.py"\n```\n', 'p.md:6: "/s.py" is no plain path inside a project'),
        (HEAD.format("") + '## E\n```py title="s"\n```\n```py title="s"\n```\n', 'p.md:8: a second file "s" under this heading'),
        (HEAD.format("") + '## E\n```py title="s"\n\nx # expected: A1\n```\n', 'p.md:8: unknown mark "expected:"'),
    ],
)
def test_wrong_pages(text: str, problem: str) -> None:
    with pytest.raises(RulebookError) as error:
        _ = read_page("p.md", text).examples
    assert [found[: len(problem)] for found in error.value.problems] == [problem]


@pytest.mark.parametrize(
    ("pattern", "names"),
    [
        ("a.b", ["a.b"]),
        ("a.{b,c}", ["a.b", "a.c"]),
        ("a.{b,c{d,e}}.f", ["a.b.f", "a.cd.f", "a.ce.f"]),
        ("{a,b}.{c,d}", ["a.c", "a.d", "b.c", "b.d"]),
        ("a{,.b}", ["a", "a.b"]),
    ],
)
def test_braces_expand(pattern: str, names: list[str]) -> None:
    assert converters.expand(pattern) == names


@pytest.mark.parametrize("pattern", ["a.{b", "a.b}", "{a{b}", "}{"])
def test_braces_must_match(pattern: str) -> None:
    with pytest.raises(ValueError, match="do not match"):
        converters.expand(pattern)


def test_calls_objects_and_models(tmp_path: Path) -> None:
    book = load(
        tmp_path,
        """
[[call]]
names = ["zz.{get,head}", "zz.Session.get"]
kind = "http"
url = "0|url"
to = "1"
digest = "known_hash"
only_if = "download=true"
unless = ["offline=true", "path"]
default = false
[[object]]
names = ["zz.session"]
gives = "zz.Session"
[[object]]
names = ["zz.compat"]
alias = "zz"
[[setting]]
names = ["zz_mapping"]
surface = "sphinx"
kind = "config"
shape = "values"
[[digest]]
names = ["zz.{md5,crc}"]
strength = "weak"
data = "0|data"
""",
    )
    call = book.calls["zz.head"]
    assert (call.url, call.to, call.digest) == (Argument(0, "url"), Argument(1, None), Argument(None, "known_hash"))
    assert call.only_if == ArgumentIs("download", "true")
    assert call.unless == (ArgumentIs("offline", "true"), ArgumentIs("path", None))
    assert call.default == "false"
    assert call.page == f"{tmp_path.as_posix()}/x.md"
    assert "zz.Session.get" in book.calls
    assert book.objects["zz.session"] == "zz.Session"
    assert book.aliases["zz.compat"] == "zz"
    assert book.settings["zz_mapping"].shape == "values"
    assert book.models["digest"]["zz.crc"].values == {"strength": "weak", "data": "0|data"}


def test_commands_are_sorted_the_longer_first(tmp_path: Path) -> None:
    head = """
[[command]]
program = ["zz", "zz3"]
sub = ["", "*", "get", "remote add"]
network = "operand"
url = "option:-u,--url"
local_if = ["--no-index", "-m venv"]
values = ["-b"]
"""
    book = load(tmp_path, head)
    assert [row.sub for row in book.commands["zz3"]] == [("remote", "add"), ("get",), ("*",), ()]
    row = book.commands["zz"][0]
    assert (row.local_if, row.values, row.program) == ((("--no-index",), ("-m", "venv")), frozenset({"-b"}), "zz")


def test_a_users_row_wins(tmp_path: Path) -> None:
    rows = '[[call]]\nnames = ["zz.get"]\nkind = "{}"\n[[command]]\nprogram = "zz"\nnetwork = "{}"'
    load(tmp_path / "a", rows.format("http", "always"))
    load(tmp_path / "b", rows.format("socket", "never"))
    book = load_rulebook([tmp_path / "a", tmp_path / "b"])
    assert book.calls["zz.get"].kind == "socket"
    assert [row.network for row in book.commands["zz"]] == ["never"]
    assert load_rulebook([tmp_path / "a" / "x.md"]).calls["zz.get"].kind == "http"


RULE = 'code = "ZZ1"\nname = "my-rule"\nlevel = "note"\nmessage = "{api}."\nadvice = "None."\n'


def test_a_users_rule(tmp_path: Path) -> None:
    book = load(tmp_path, RULE + '[when]\nguard = ["none"]\n[note_if]\ntolerated = ["yes"]')
    rule = book.rules["ZZ1"]
    assert (rule.title, rule.when, rule.note_if) == ("Title", {"guard": ("none",)}, {"tolerated": ("yes",)})


@pytest.mark.parametrize(
    ("head", "found"),
    [
        ('[[call]]\nnames = ["zz"]\nkind = "http"\nulr = "0"', ['x.md:6: unknown key "ulr" in [[call]], did you mean "url"?']),
        ('[[cal]]\nnames = ["zz"]', ['x.md:3: unknown table "cal", did you mean "call"?']),
        (
            "[when]\nguard = 1\n",
            ["x.md:3: code, name, level, message, advice missing in a rule's head", "x.md:4: guard: 1 should be a list"],
        ),
        ('[call]\nnames = ["zz"]', ["x.md:3: write [[call]], a list of tables"]),
        ('[[call]]\nkind = "http"', ["x.md:3: names missing in [[call]]"]),
        ('[[call]]\nnames = ["zz"]', ["x.md:3: kind missing in [[call]]"]),
        ('[[call]]\nnames = ["z z"]\nkind = "http"', ['x.md:4: names: "z z" is no dotted name']),
        ('[[call]]\nnames = "zz"\nkind = "http"\nurl = 0', ["x.md:6: url: 0 should be a text"]),
        ('[[call]]\nnames = "zz"\nkind = "http"\nkeeps = "no"', ['x.md:6: keeps: "no" should be true or false']),
        (
            '[[call]]\nnames = "zz"\nkind = "http"\nurl = "0|u|v"',
            ['x.md:6: url: "0|u|v" should be a position, a keyword or both: "0", "url", "0|url"; or "*" for any'],
        ),
        ('[[object]]\nnames = ["zz"]', ["x.md:3: exactly one of gives, alias in [[object]]"]),
        ('[[exit]]\nnames = ["zz"]\n[[exit]]\nnames = ["yy", "zz"]', ['x.md:5: "zz" has a row in [[exit]] already, in DIR/x.md']),
        (
            '[[command]]\nprogram = "zz"\nnetwork = "sometimes"\nurl = "operands"',
            [
                'x.md:5: network: "sometimes" is none of always, never, operand',
                'x.md:6: url: "operands" should be like "operand", "operand:1", "option:-o,--output", "last" or "basename"',
            ],
        ),
        (RULE.replace("{api}", "{apj}"), ['x.md:6: message: unknown field {apj}, did you mean "api"?']),
        (RULE.replace("ZZ1", "one"), ['x.md:3: code: "one" should be letters and a number, such as OFL101']),
        (
            RULE + '[when]\nguard = ["opt-uot"]\ngaurd = []',
            [
                'x.md:9: guard: "opt-uot" is none of none, fallback, opt-out, opt-in, did you mean "opt-out"?',
                'x.md:10: unknown key "gaurd" in [when], did you mean "guard"?',
            ],
        ),
        (RULE + "[when]\n", ["x.md:8: [when] should be a table of fields and lists; leave it out if nothing is judged"]),
        (RULE + 'supersedes = ["OFL11"]\n', ['x.md:8: supersedes the unknown rule "OFL11", did you mean "OFL210"?']),
    ],
)
def test_mistakes_are_named_with_line_and_nearest_word(tmp_path: Path, head: str, found: list[str]) -> None:
    said = problems(tmp_path, head)
    assert [re.sub(r', did you mean "OFL\d+"\?', "", item) for item in said] == [
        re.sub(r', did you mean "OFL\d+"\?', "", item).replace("DIR", tmp_path.as_posix()) for item in found
    ]


def test_the_mistakes_of_all_pages_are_collected(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("no title", encoding="utf-8")
    (tmp_path / "b.md").write_text("# No head\n", encoding="utf-8")
    (tmp_path / "c.md").write_bytes(b"# \xff\n")
    (tmp_path / "README.md").write_text("not a page", encoding="utf-8")
    with pytest.raises(RulebookError) as error:
        load_rulebook([tmp_path, tmp_path / "absent"])
    assert [problem.rpartition("/")[2].partition(": ")[0] for problem in error.value.problems] == ["a.md:1", "b.md:1", "c.md:1", "absent"]
    with pytest.raises(RulebookError):
        load_pages([tmp_path], builtin=False)


def test_the_built_in_pages_load_without_a_problem() -> None:
    book = load_rulebook()
    assert book.rules
    assert (rules_folder() / "findings").is_dir()


def test_loading_takes_no_longer_than_a_moment() -> None:
    load_rulebook()
    started = time.process_time()
    load_rulebook()
    assert time.process_time() - started < 5, "about 0.15 s is meant; the rest is for slow machines"


def test_rules_are_found_by_code_and_name() -> None:
    book = load_rulebook()
    assert find_rule(book, "OFL101") is find_rule(book, "ofl101") is find_rule(book, "Unguarded-Access")
    with pytest.raises(LookupError, match='no rule "unguarded-acess", did you mean "unguarded-access"'):
        find_rule(book, "unguarded-acess")
    with pytest.raises(LookupError, match='no rule "OFL1O1", did you mean "OFL1'):
        find_rule(book, "OFL1O1")


def test_rule_pages_have_the_same_parts() -> None:
    book = load_rulebook()
    names = [rule.name for rule in book.rules.values()]
    assert len(set(names)) == len(names)
    for page in load_pages():
        if "code" not in page.head.data:
            continue
        rule = book.rules[page.head.data["code"]]
        assert page.path == f"rules/findings/{rule.name}.md"
        assert rule.summary, page.path
        assert rule.message.removesuffix(" {why}").endswith("."), page.path
        assert rule.level == "table" or rule.level in set(Level)
        headings = [section.heading for section in page.sections if section.heading]
        assert headings[:2] == ["Why", "How to mend"], page.path
        for word in ("Bad: ", "Good: "):
            assert sum(heading.startswith(word) for heading in headings) >= 2, page.path


def test_bad_examples_expect_their_rule_and_good_ones_nothing() -> None:
    for case in iter_examples(load_pages()):
        code = case.page.head.data.get("code")
        if code is None:
            continue
        said = {word for lines in case.marks.values() for marks in lines.values() for mark in marks for word in mark.words}
        assert said <= {code}, case.id
        assert bool(said) == case.heading.startswith("Bad: ") or "false-alarm" in str(case.marks), case.id


def test_the_readme_names_every_key() -> None:
    readme = (rules_folder() / "README.md").read_text(encoding="utf-8")
    for table, known in TABLES.items():
        if table:
            assert f"`[[{table}]]`" in readme or f"`[{table}]`" in readme, table
        for key in known:
            assert re.search(rf"(?<![\w-]){key}(?![\w-])", readme), f"{table}.{key}"


def test_claims_and_how_they_fit() -> None:
    assert claims(Mark("expect", ("OFL101", "OFL201"))) == ["OFL101", "OFL201"]
    assert claims(Mark("missed", ("OFL101", "OFL201"))) == ["OFL101", "OFL201"]
    assert claims(Mark("access", ("http", "none"))) == ["http none"]
    assert fits("http", "http none absent")
    assert not fits("http none", "http")
    assert not fits("ht", "http none absent")


def test_compare_is_exact_and_strict() -> None:
    marks = {
        "setup.py": {
            1: read_marks("# expect: OFL101 OFL201"),
            2: read_marks("# missed: OFL101"),
            3: read_marks("# false-alarm: OFL101"),
            4: read_marks("# access: http none"),
        },
    }
    right = {("setup.py", 1): {"OFL201", "OFL101"}, ("setup.py", 3): {"OFL101"}, ("setup.py", 4): ["http none absent"]}
    assert compare(right, marks) == []
    wrong = {("setup.py", 1): {"OFL101", "OFL102"}, ("setup.py", 2): {"OFL101"}, ("a.py", 9): ["git"], ("setup.py", 4): ["http opt-in n/a"]}
    assert compare(wrong, marks) == [
        "a.py:9: git is reported and not marked",
        "setup.py:1: OFL201 is not reported, but OFL101, OFL102",
        "setup.py:1: OFL102 is reported and not marked",
        "setup.py:2: OFL101 is no longer missed: make the mark an ordinary one",
        "setup.py:3: OFL101 is no longer a false alarm: take the mark away",
        "setup.py:4: http none is not reported, but http opt-in n/a",
        "setup.py:4: http opt-in n/a is reported and not marked",
    ]


def test_places_point_into_the_page() -> None:
    (first, _) = iter_examples([read_page("p.md", PAGE)])
    assert first.place("setup.py", 2) == "p.md:19 (setup.py:2)"
    assert first.place("other.py", 2) == "p.md (other.py:2)"
    assert compare({}, first.marks, first.place)[-1].startswith("p.md:19 (setup.py:2): http none absent is not reported")


def test_a_tools_switch_says_what_is_set(tmp_path: Path) -> None:
    row = '[[tool]]\ntool = "spam"\neffect = "local"\nsource = "https://example.org/"\n'
    assert problems(tmp_path / "a", f'{row}names = ["SPAM_HOME"]') == [
        'x.md:7: "SPAM_HOME" should be like NAME=value, or set should say what is set'
    ]
    assert load(tmp_path / "b", f'{row}names = ["SPAM_HOME"]\nset = ["SPAM_HOME=<a folder>"]').tools["SPAM_HOME"].set == (
        ("SPAM_HOME", "<a folder>"),
    )
    assert problems(tmp_path / "c", '[[tool]]\nnames = ["A=1"]') == ["x.md:3: tool, effect, source missing in [[tool]]"]
