"""Examples as doctest finds them: where they stand, and that nothing is said of the examples' own files."""

from pathlib import Path

from offlint.lower.doctests import example_code, lower_doctests
from offlint.model import step as s
from offlint.model.words import Phase
from offlint.run import check

MODULE = '''"""Spam.

>>> one()
"""


class Client:
    """A client.\\
    It goes on.

    >>> two(
    ...     3
    ... )
    3
    """

    def get(self):
        r"""
        >>> four("\\\\d")
        """
        def inner():
            """
            >>> nobody()
            """
'''


def _functions(text: str, file: str) -> dict[str, tuple[int, int]]:
    """The line of each text's first example and the last line, by its name."""
    found = {}
    for step in lower_doctests(text, file).body:
        assert isinstance(step, s.Define)
        first = step.function.body[0]
        assert isinstance(first, s.Do)
        found[step.function.name] = (first.span.line, step.function.span.end_line)
    return found


def test_examples_stand_where_the_file_has_them() -> None:
    found = _functions(MODULE, "spam.py")
    lines = MODULE.splitlines()
    assert list(found) == ["⟨module⟩", "Client", "Client.get"]
    assert {name: lines[line - 1].strip() for name, (line, _) in found.items()} == {
        "⟨module⟩": ">>> one()",
        "Client": ">>> two(",
        "Client.get": '>>> four("\\\\d")',
    }
    assert lines[found["Client"][1] - 1].strip() == "... )"


def test_the_column_is_that_of_the_code() -> None:
    step = lower_doctests("Title\n\n    >>> spam.get()\n", "docs/a.rst").body[0]
    assert isinstance(step, s.Define)
    call = step.function.body[0]
    assert isinstance(call, s.Do)
    assert (call.span.line, call.span.column) == (3, 9)


def test_what_a_directive_or_a_flag_skips_is_left_out() -> None:
    page = ".. doctest-skip::\n\n    >>> a()\n    >>> b()\n\nText.\n\n>>> c()  # doctest: +SKIP, +ELLIPSIS\n>>> d()\n>>> 1 +\n"
    step = lower_doctests(page, "a.rst").body[0]
    assert isinstance(step, s.Define)
    assert [one.value.func.id for one in step.function.body if isinstance(one, s.Do) and isinstance(one.value, s.Call)] == ["d"]  # type: ignore[union-attr]


def test_the_quick_look_sees_all_code_and_no_prose() -> None:
    assert example_code("Text urlopen\n>>> a(\n...     b)\n1\n") == "a(\n    b)"
    assert example_code("urlopen") == ""


def test_of_files_with_examples_nothing_is_left_open(tmp_path: Path) -> None:
    files = {
        "pyproject.toml": '[tool.pytest.ini_options]\naddopts = "--doctest-modules"\n',
        "conftest.py": "import pytest\n\n\n@pytest.fixture(autouse=True)\ndef spam(request):\n    yield\n",
        "spam.py": '"""\n>>> import requests\n>>> requests.get("https://example.org")\n>>> class A(\n"""\n\n'
        'def plain():\n    """\n    >>> 1\n    """\n',
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    report = check(str(tmp_path), phases=frozenset({Phase.TEST}))
    assert [(one.span.place, one.program) for one in report.accesses] == [("spam.py:3", "spam.py::⟨module⟩")]
    assert report.not_analysed == ()


def test_lines_are_counted_as_editors_do() -> None:
    page = "Title\x0c\r\rText\u2028\r\n>>> spam.get()\r\n"
    step = lower_doctests(page, "docs/a.rst").body[0]
    assert isinstance(step, s.Define)
    assert step.function.span.line == 4
