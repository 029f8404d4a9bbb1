"""Are findings accepted where a comment or the configuration says so, and nowhere else?"""

from __future__ import annotations

import re
import time
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offlint.findings.accepted import Accepted
from offlint.findings.comments import read_comments
from offlint.findings.suppressions import apply
from offlint.model.report import Finding
from offlint.model.span import Span
from offlint.model.words import Level, Phase
from offlint.project.memory import MemoryProject
from offlint.rulebook.schema import Rule
from offlint.run import check_project


def suppressed(text: str, span: Span, file: str = "setup.py") -> list[tuple[str, bool, str]]:
    finding = Finding("OFL201", "unverified-download", Level.ERROR, "", "", replace(span, file=file))
    return [(one.code, one.suppressed, one.reason) for one in apply([finding], lambda _file: text)]


ACCEPTED = [("OFL201", True, "known")]


@pytest.mark.parametrize("words", ["OFL201", "unverified-download", " ofl201 ", "OFL2xx", "integrity", "all"])
def test_suppressed_on_its_line(words: str) -> None:
    assert suppressed(f"f()  # offlint: ignore[{words}] known\n", Span("", 1, 1, 1, 4)) == ACCEPTED


CALL = """\
with a(
    1,
) as x: y(  {second}
    urlopen(),  {fourth}
)
"""


def test_suppressed_on_the_first_line_of_the_statement() -> None:
    comment = "# offlint: ignore[OFL201] known"
    first = CALL.replace("1,", f"1,  {comment}").format(second="", fourth="")
    assert suppressed(first.replace("with a(", "with a("), Span("", 4, 5, 4, 14))[0][1] is False
    on_first = CALL.replace("with a(", f"with a(  {comment}").format(second="", fourth="")
    assert suppressed(on_first, Span("", 4, 5, 4, 14)) == ACCEPTED
    on_line = CALL.format(second="", fourth=comment)
    assert suppressed(on_line, Span("", 4, 5, 4, 14)) == ACCEPTED
    assert suppressed(on_line.replace("\n", "\r\n"), Span("", 4, 5, 4, 14)) == ACCEPTED


def test_texts_are_no_comments() -> None:
    assert suppressed('f("# offlint: ignore[OFL201] known")\n', Span("", 1, 1, 1, 4)) == [("OFL201", False, "")]


@pytest.mark.parametrize("file", ["CMakeLists.txt", "broken.py"])
def test_other_files_and_other_pythons(file: str) -> None:
    assert suppressed("print (((  # offlint: ignore[OFL201] known\n", Span("", 1, 1, 1, 4), file) == ACCEPTED


@pytest.mark.parametrize("words", ["known", ": known", "-- known  # expect: OFL201", "\u2013 known", "known  # noqa"])
def test_a_reason_is_what_follows(words: str) -> None:
    assert suppressed(f"f()  # offlint: ignore[OFL201] {words}\n", Span("", 1, 1, 1, 4)) == ACCEPTED


def test_each_rule_in_the_brackets_must_be_met() -> None:
    found = suppressed("f()  # offlint: ignore[OFL201,OFL101] known\n", Span("", 1, 1, 1, 4))
    assert found == [*ACCEPTED, ("OFL002", False, "")]


def test_alone_on_a_line_it_is_about_what_follows() -> None:
    comment = "# offlint: ignore[OFL201] known\n"
    assert suppressed(f"{comment}# why\n\nf(\n  g())\n", Span("", 5, 3, 5, 6)) == ACCEPTED
    assert suppressed(f"f(\n  1,\n  {comment}  g(),\n  2)\n", Span("", 4, 3, 4, 6)) == ACCEPTED
    assert ("OFL201", False, "") in suppressed(f"f()\n{comment}", Span("", 1, 1, 1, 4))
    assert ("OFL201", False, "") in suppressed(f"x = 1; {comment}f()\n", Span("", 2, 1, 2, 4))


OTHER_LANGUAGES = {
    "pyproject.toml": ('requires = [  # {c}\n  "a",\n  "b @ https://e.org/[x",\n]\nc = 1\n', 3, 5),
    "a.toml": ('# {c}\na = """\n[\n"""\nb = 1\n', 3, 5),
    "setup.cfg": ("[options]\n# {c}\nx =\n    a\n\n    b\ny = 1\n", 6, 7),
    "tox.ini": ("[tox]\nx =\n    ; {c}\n    a\n    b\n", 4, 5),
    "CMakeLists.txt": ('file(DOWNLOAD "a)\n b"  # {c}\n  c)\n', 2, 3),
    "meson.build": ("# {c}\nrun_command('a',\n  'b')\nx = 'it'\n", 3, 4),
    "build.sh": ("curl \\\n  -o a https://e.org  # {c}\nwget x\n", 2, 3),
    "Makefile": ("a:\n\t# {c}\n\tcurl x\n\tcurl y\n", 3, 4),
    "mkdocs.yml": ("a:\n  - b  # {c}\n  - c\n", 2, 3),
    "index.md": ("<!-- {c} -->\n\n```\nrun()\n```\nrun()\n", 3, 6),
    "index.rst": (".. {c}\n\n.. plot:: x\n\n   y\n", 3, 5),
    "a.ipynb": ('   "urlopen(x)  # {c}\\n",\n   "y"\n', 1, 2),
}


@pytest.mark.parametrize("file", OTHER_LANGUAGES)
def test_comments_of_other_languages(file: str) -> None:
    text, within, outside = OTHER_LANGUAGES[file]
    text = text.replace("{c}", "offlint: ignore[OFL201] known")
    assert suppressed(text, Span("", within, 1, within, 4), file) == ACCEPTED
    assert ("OFL201", False, "") in suppressed(text, Span("", outside, 1, outside, 4), file)


def test_a_whole_file() -> None:
    text = "f()\n\n\n# offlint: ignore-file[integrity] known\n"
    assert suppressed(text, Span("", 1, 1, 1, 4)) == ACCEPTED
    assert suppressed(text.replace("integrity", "access"), Span("", 1, 1, 1, 4)) == [("OFL201", False, ""), ("OFL002", False, "")]
    assert suppressed(text.replace("-file", "-files"), Span("", 1, 1, 1, 4)) == [("OFL201", False, "")]


def test_a_reason_may_be_required() -> None:
    finding = Finding("OFL201", "unverified-download", Level.ERROR, "", "", Span("a.py"))
    for comment, reason in (("ignore[OFL201]", ""), ("ignore-file[OFL201] --", ""), ("ignore[OFL201] x", "x")):
        text = f"f()  # offlint: {comment}\n"
        (first, *more) = apply([finding], lambda _file, text=text: text, accepted=Accepted(require_reason=True))  # type: ignore[misc]
        assert (first.suppressed, first.reason) == (bool(reason), reason)
        assert ["gives no reason" in one.message for one in more] == [True] * (not reason)


def test_findings_are_accepted_by_path() -> None:
    per_path = {"tests/": ("access",), "*.cfg": ("OFL201",), "/setup.py": ("OFL2xx",), "docs/*": ("all",), "conf.py/": ("all",)}
    files = ["tests/a/b.py", "x/setup.cfg", "setup.py", "x/setup.py", "docs/conf.py"]
    findings = [Finding("OFL201", "unverified-download", Level.ERROR, "", "", Span(file)) for file in files]
    found = apply(findings, lambda _file: None, accepted=Accepted(per_path=per_path))
    assert {one.span.file: one.reason for one in found} == {
        "tests/a/b.py": "",
        "x/setup.cfg": "per-path-ignores: *.cfg",
        "setup.py": "per-path-ignores: /setup.py",
        "x/setup.py": "",
        "docs/conf.py": "per-path-ignores: docs/*",
    }


def test_nothing_need_be_accepted() -> None:
    finding = Finding("OFL201", "unverified-download", Level.ERROR, "", "", Span("a.py"))
    how = Accepted(per_path={"*": ("all",)}, all_reported=True)
    assert apply([finding], lambda _file: "f()  # offlint: ignore[OFL201,OFL101]", accepted=how) == (finding,)


def test_a_rule_that_there_is_not() -> None:
    rules = {"OFL201": Rule("OFL201", "unverified-download", "", "table", "", "", {"phase": ("build",)})}
    (told,) = apply([], lambda _file: "f()  # offlint: ignore[OFL202] x\n", ["a.py"], rules=rules)
    assert "there is no rule 'OFL202'; did you mean 'OFL201'" in told.message


ODD = [
    "# offlint: ignore[" + "[" * 5000,
    "# offlint: ignore[OFL201\n" * 5000,
    "#" * 9999 + " offlint: ignore",
    "# offlint: ignore[OFL201]" + " " * 99_999 + "x" + " " * 99_999 + "y",
]


@pytest.mark.parametrize("text", ODD, ids=range(len(ODD)))
def test_odd_comments_take_no_time(text: str) -> None:
    for file in ("a.py", "a.toml", "setup.cfg", "x.sh"):
        begun = time.process_time()
        assert len(suppressed(text, Span("", 2, 1, 2, 4), file)) >= 1
        assert time.process_time() - begun < 5


def test_unused_suppressions_are_told() -> None:
    text = "f()  # offlint: ignore[OFL101] known\ng()  # offlint: ignore\n"
    finding = Finding("OFL201", "unverified-download", Level.ERROR, "", "", Span("a.py", 1, 1, 1, 4))
    found = apply([finding], lambda _file: text, ["b.py"])
    assert [(one.code, one.span.file, one.span.line, one.level) for one in found if one is not finding] == [
        ("OFL002", "a.py", 1, Level.NOTE),
        ("OFL002", "a.py", 2, Level.NOTE),
        ("OFL002", "b.py", 1, Level.NOTE),
        ("OFL002", "b.py", 2, Level.NOTE),
    ]
    assert len({one.fingerprint for one in found}) == 5
    assert apply([finding], lambda _file: None) == (finding,)


PIECES = [
    *("# offlint: ignore[OFL201] x", "# offlint: ignore-file[a,b]", "offlint:ignore", "<!--", "-->", "..", ";", "a", "é", "😀", "=", "!"),
    *("\n", "\r\n", "\r", "\x0c", "\x00", "\u2028", "\\", "\\\n", " ", "\t", "'''", '"""', "(", ")", "[", "]", "{", "}"),
    *("f'{", "if 1:\n", "  x"),
]


@given(text=st.lists(st.sampled_from(PIECES), max_size=25).map("".join), file=st.sampled_from(["a.py", *OTHER_LANGUAGES]))
def test_any_text_is_read(text: str, file: str) -> None:
    comments = read_comments(file, text)
    most = len(re.split("\r\n|\r|\n", text))
    assert all(1 <= line <= most for line in comments.by_line)
    assert all(1 <= one.span.line <= most and 1 <= one.span.column < one.span.end_column for one in comments.all())
    assert all(1 <= first <= line for line, first in comments.first_line.items())


DOWNLOAD = "from urllib.request import urlopen\nurlopen('https://e.org/a').read()\n"


def told(files: dict[str, str], **given: object) -> list[tuple[str, int]]:
    report = check_project(MemoryProject(files), **given)  # type: ignore[arg-type]
    return [(one.span.file, one.span.line) for one in report.findings if one.code == "OFL002"]


def test_unused_ones_are_told_of_what_was_read_and_judged() -> None:
    unused = "x = 1  # offlint: ignore[OFL101] x\n"
    files = {
        "setup.py": f"import helper, json\njson.load(open('data.json'))\n{unused}{DOWNLOAD}",
        "helper.py": f"{unused}{DOWNLOAD}",
        "apart.py": unused,
        "README.md": unused,
        "data.json": '{"a": "# offlint: ignore[OFL101]"}',
        "pyproject.toml": "# offlint: ignore-file[all] x\n",
    }
    assert told(files) == [("helper.py", 1), ("pyproject.toml", 1), ("setup.py", 3)]
    assert told(files, only_files=frozenset({"helper.py"})) == [("helper.py", 1)]
    assert told(files, phases=frozenset({Phase.BUILD})) == []
    assert told({"setup.py": f"import helper\n{unused}", "helper.py": f"print 1\n{unused}"}) == [("setup.py", 2)]
