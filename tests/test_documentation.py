"""What documentation builds read and run, where a page cannot say it: programs, hostile input, places."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from offlint.flow.documents import bounded, glob
from offlint.lower.notebook import read_notebook
from offlint.lower.pieces import Piece, blocks, lower_pieces, plain, prompted
from offlint.lower.python import CannotLower
from offlint.lower.yaml_ import lower_yaml
from offlint.model import step as s
from offlint.model.report import Report
from offlint.model.span import Moved, Span
from offlint.model.words import Phase
from offlint.project.memory import MemoryProject
from offlint.run import check, check_project

FETCH = "from urllib.request import urlopen\nurlopen('https://example.org/a.csv')\n"
GALLERY = "extensions = ['sphinx_gallery.gen_gallery']\nsphinx_gallery_conf = {'examples_dirs': '../examples'}\n"


def report(files: dict[str, str]) -> Report:
    return check_project(MemoryProject(files), phases=frozenset({Phase.DOCS}))


def test_each_program_counts_by_itself() -> None:
    helper = "from urllib.request import urlopen\n\ndef fetch():\n    return urlopen('https://example.org/a.csv')\n"
    found = report(
        {
            "docs/conf.py": GALLERY,
            "examples/plot_a.py": "from spam.data import fetch\nfetch()\n",
            "examples/plot_b.py": "from spam.data import fetch\nfetch()\n",
            "spam/__init__.py": "",
            "spam/data.py": helper,
        }
    )
    assert [(a.span.place, a.program) for a in found.accesses] == [
        ("spam/data.py:4", "examples/plot_a.py"),
        ("spam/data.py:4", "examples/plot_b.py"),
    ]
    assert found.accesses[0].trail[0].span.place == "docs/conf.py:2"
    assert [(switch.name, switch.kind) for switch in found.switches] == [("plot_gallery", "config")]


def test_code_of_a_document_is_no_file_that_is_missing(tmp_path: Path) -> None:
    code = "import urllib.request as request\nfrom spam.data import fetch\nrequest.table.map(lambda one: fetch(request))\n"
    page = "# Page\n\n```{code-cell} ipython3\n" + code + "```\n"
    helper = "from urllib.request import urlopen\n\ndef fetch(request):\n    return urlopen('https://example.org/a.csv')\n"
    head = "---\nfile_format: mystnb\nkernelspec:\n  name: python3\n---\n"
    files = {"docs/conf.py": "extensions = ['myst_nb']\n", "docs/page.md": head + page, "spam/__init__.py": "", "spam/data.py": helper}
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    found = check(str(tmp_path), phases=frozenset({Phase.BUILD, Phase.DOCS}))
    assert [a.span.place for a in found.accesses] == ["spam/data.py:4"]
    assert [one.why for one in found.not_analysed if "does not exist" in one.why] == []


def test_a_mapping_that_no_line_of_conf_sets() -> None:
    extension = """
def configure(app, config):
    config.intersphinx_mapping = {"python": ("https://docs.python.org/3", None)}

def setup(app):
    app.setup_extension("sphinx.ext.intersphinx")
    app.connect("config-inited", configure)
"""
    found = report({"docs/conf.py": "extensions = ['links']\n", "docs/links.py": extension})
    assert [(a.api, a.url, a.span.place) for a in found.accesses] == [
        ("intersphinx_mapping", "https://docs.python.org/3", "docs/conf.py:1")
    ]


def test_a_library_s_page_is_believed_of_itself() -> None:
    """A function of the tree that is not followed to its end has a page."""
    code = "from urllib.request import urlopen\n\ndef fetch_openml(name):\n    return step0(name, one, two, three, four, five, six)\n"
    code += (
        "".join(f"def step{n}(*names):\n    return step{n + 1}(*names)\n" for n in range(9)) + "def step9(*names):\n    urlopen(names[0])\n"
    )
    found = report(
        {
            "docs/conf.py": GALLERY,
            "examples/plot_a.py": "from sklearn.datasets import fetch_openml\nfetch_openml('iris')\n",
            "sklearn/__init__.py": "",
            "sklearn/datasets/__init__.py": "from sklearn.datasets._openml import fetch_openml\n",
            "sklearn/datasets/_openml.py": code,
        }
    )
    assert {a.api for a in found.accesses} == {"sklearn.datasets.fetch_openml"}


def notebook(*cells: tuple[str, bool], **metadata: object) -> str:
    """A notebook with these cells: code, and whether it has an output."""
    made = [{"cell_type": "code", "metadata": {}, "outputs": [{}] * done, "source": code.splitlines(keepends=True)} for code, done in cells]
    return json.dumps({"cells": made, "metadata": metadata}, indent=1)


RUN, RAN = (FETCH, False), (FETCH, True)


@pytest.mark.parametrize(
    ("conf", "file", "text", "runs"),
    [
        ("extensions = ['myst_nb']\n", "docs/a.ipynb", notebook(RUN), True),
        ("extensions = ['myst_nb']\n", "docs/a.ipynb", notebook(RUN, ("print(1)\n", True)), True),
        ("extensions = ['myst_nb']\n", "docs/a.ipynb", notebook(RAN), False),
        ("extensions = ['myst_nb']\nnb_execution_mode = 'force'\n", "docs/a.ipynb", notebook(RAN), True),
        ("extensions = ['myst_nb']\nnb_execution_mode = 'off'\n", "docs/a.ipynb", notebook(RUN), False),
        ("extensions = ['myst_nb']\nnb_execution_excludepatterns = ['slow/*.ipynb']\n", "docs/slow/a.ipynb", notebook(RUN), False),
        ("extensions = ['myst_nb']\nexclude_patterns = ['old']\n", "docs/old/a.ipynb", notebook(RUN), False),
        ("extensions = ['myst_nb']\n", "docs/a.ipynb", notebook(RUN, kernelspec={"language": "julia"}), False),
        ("extensions = ['myst_nb']\n", "docs/a.ipynb", notebook(RUN, mystnb={"execution_mode": "off"}), False),
        ("extensions = ['nbsphinx']\n", "docs/a.ipynb", notebook(RUN), True),
        ("extensions = ['nbsphinx']\n", "docs/a.ipynb", notebook(RUN, ("print(1)\n", True)), False),
        ("extensions = ['nbsphinx']\n", "docs/a.ipynb", notebook(RUN, nbsphinx={"execute": "never"}), False),
        ("extensions = ['nbsphinx']\nnbsphinx_execute = 'never'\n", "docs/a.ipynb", notebook(RUN), False),
        ("extensions = ['myst_parser']\n", "docs/a.ipynb", notebook(RUN), False),
    ],
)
def test_notebooks_are_run_or_not(conf: str, file: str, text: str, *, runs: bool) -> None:
    found = report({"docs/conf.py": conf, file: text}).accesses
    assert [access.span.file for access in found] == [file] * runs
    for access in found:
        assert "urlopen(" in text.splitlines()[access.span.line - 1]


@pytest.mark.parametrize(
    ("options", "runs"), [("execute: true", True), ("execute: false", False), ("execute: true\n      execute_ignore: ['*.ipynb']", False)]
)
def test_notebooks_of_mkdocs_jupyter(options: str, *, runs: bool) -> None:
    found = report({"mkdocs.yml": f"plugins:\n  - mkdocs-jupyter:\n      {options}\n", "docs/a.ipynb": notebook(RAN)}).accesses
    assert [access.span.file for access in found] == ["docs/a.ipynb"] * runs


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("a: [1, 2\n", "broken YAML at 2:1"),
        ("- a\n- b\n", "no mapping at the top"),
        ("a: " + "[" * 5000 + "\n", "nested deeper"),
        ("x" * 400_000, "too large"),
        ("a: \x01\n", "broken YAML"),
        ("", "no mapping"),
    ],
    ids=["unclosed", "a list", "deep", "large", "control", "empty"],
)
def test_yaml_that_cannot_be_read(text: str, why: str) -> None:
    with pytest.raises(CannotLower, match=why) as error:
        lower_yaml(text, "mkdocs.yml")
    assert "\n" not in str(error.value)
    assert [one.file for one in report({"mkdocs.yml": text}).not_analysed] == ["mkdocs.yml"]


def test_aliases_that_multiply_end() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]
    began = time.monotonic()
    report({"mkdocs.yml": "\n".join(lines) + "\nplugins: *a11\n"})
    assert time.monotonic() - began < 60


def test_yaml_knows_the_places_of_keys_and_items() -> None:
    module = lower_yaml("site_name: a\nplugins:\n  - search\n  - social:\n      cards: !ENV [X, true]\n", "mkdocs.yml")
    last = module.body[-1]
    assert isinstance(last, s.Assign)
    assert isinstance(last.value, s.Seq)
    assert [place.line for place in last.value.places] == [3, 4]
    assert isinstance(last.value.items[1], s.Table)
    inner = last.value.items[1].items[0][1]
    assert isinstance(inner, s.Table)
    assert inner.places[0].line == 5


@pytest.mark.parametrize(
    "text", ["{", "[]", '{"cells": 1}', '{"cells": [{"cell_type": "code", "source": 1}]}', "[" * 9000, '{"a": "\\ud800"}', "}"]
)
def test_notebooks_that_are_none(text: str) -> None:
    found = read_notebook(text)
    assert found is None or not found.pieces


def test_a_notebook_on_one_line_is_placed_on_it() -> None:
    found = read_notebook('{"cells":[{"cell_type":"code","outputs":[],"source":"import os\\nos.getcwd()"}]}')
    assert found is not None
    assert found.pieces[0].code == "import os\nos.getcwd()\n"
    assert {at.line for at in found.pieces[0].lines} == {1}


def test_lines_are_those_of_editors() -> None:
    """Form feeds and Unicode's separators end no line, and a prompt is passed over."""
    text = "a\x0cb\u2028c\n\n.. plot::\n\n   >>> f(x)\n"
    (block,) = blocks(text, frozenset({"plot"}))
    step = lower_pieces([prompted(block.piece)], "a.rst").body[0]
    assert isinstance(step, s.Do)
    assert step.span == Span("a.rst", 5, 8, 5, 12)


def test_rewritten_code_stays_on_its_line() -> None:
    text = "```{code-cell}\n!pip install x\n```\n"
    (block,) = blocks(text, frozenset({"code-cell"}))
    step = lower_pieces([plain(block.piece)], "a.md").body[0]
    assert isinstance(step, s.Do)
    assert step.span == Span("a.md", 2, 1, 2, 15)


def test_pieces_keep_the_places_of_the_document() -> None:
    text = "Title\n\n.. plot::\n   :context:\n\n   x = 1\n   f(x)\n\nafter\n"
    (block,) = blocks(text, frozenset({"plot"}))
    module = lower_pieces([block.piece], "a.rst")
    call = module.body[-1]
    assert isinstance(call, s.Do)
    assert (call.span.line, call.span.column) == (7, 4)


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("!pip install spam", "__import__('os').system('pip install spam')"),
        ("files = !ls", "__import__('os').system('ls')"),
        ("%pip install spam", "__import__('os').system('pip install spam')"),
        ("%time f()", "f()"),
        ("%matplotlib inline", "pass"),
        ("f?", "pass"),
        ("x = a != b", "x = a != b"),
        ("x = a % b", "x = a % b"),
        ("%%bash\ncurl -O https://example.org/a", "\n__import__('os').system('curl -O https://example.org/a')"),
        ("%%html\n<b>", "\n"),
    ],
)
def test_ipython_as_python(line: str, code: str) -> None:
    assert plain(Piece(line, (Moved(1, 0, 9), Moved(2, 0, 9)))).code == code


@pytest.mark.parametrize(
    ("pattern", "yes", "no"), [("old", "old/a.md", "older/a.md"), ("**/x.md", "a/b/x.md", "a/y.md"), ("*.md", "a.md", "b/a.md")]
)
def test_sphinx_patterns(pattern: str, yes: str, no: str) -> None:
    assert glob(pattern).match(yes)
    assert not glob(pattern).match(no)


@pytest.mark.parametrize("pattern", ["(a+)+$", "(a|a)*$", ".*.*.*.*x", "(", "(?:a*)*", "a" * 500, "((a*)b)*"])
def test_patterns_that_may_take_for_ever_are_not_tried(pattern: str) -> None:
    assert bounded(pattern) is None


@pytest.mark.parametrize("pattern", ["/plot", r"\.py", r"__init__\.py", "plot_|tutorial_", "^((?!sgskip).)*$"])
def test_ordinary_patterns_are(pattern: str) -> None:
    assert bounded(pattern) is not None


def test_what_a_document_imports_is_told_with_the_document() -> None:
    found = report({
        "docs/conf.py": "import sys\nsys.path.insert(0, '..')\nextensions = ['matplotlib.sphinxext.plot_directive']\n",
        "docs/index.rst": ".. plot::\n\n   from spam import look\n   look.use('x')\n",
        "spam/__init__.py": "",
        "spam/look.py": (
            "from spam.net import get\ndef use(name):\n    return get('https://example.org/' + name)\nDEFAULT = use('default')\n"
        ),
        "spam/net.py": "from urllib.request import urlopen\ndef get(url):\n    return urlopen(url)\n",
    })  # fmt: skip
    assert {access.url for access in found.accesses} == {"https://example.org/default", "https://example.org/x"}
    files = {step.span.file for access in found.accesses for step in access.trail}
    assert "docs/index.rst" in files
    assert not any("#" in file for file in files)
