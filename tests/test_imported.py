"""What of a module's text runs when it is imported."""

from __future__ import annotations

import time

import pytest

from offlint.flow import stars
from offlint.flow.at_import import AtImport
from offlint.flow.imported import at_once
from offlint.flow.modules import Modules
from offlint.project.memory import MemoryProject
from offlint.rulebook.loading import load_rulebook
from offlint.run import check_project

BOOK = load_rulebook()


@pytest.mark.parametrize(
    ("code", "called"),
    [
        ("def f():\n    get()\n", False),
        ("async def f(\n    a,\n):\n    get()\n\n    get()\n", False),
        ("class A:\n    def f(self):\n        get()\n\n    def g(self): pass\n", False),
        ("if TYPE_CHECKING:\n    get()\n", False),
        ("if __name__ == '__main__':\n    get()\n", False),
        ("x = list(len(y) for y in z)\n", False),
        ("def f(x=get()):\n    pass\n", True),
        ("class A:\n    x = get()\n", True),
        ("class A(B):\n    x = 1\n", False),
        ("if x:\n    y = a.get()\n", True),
        ("@get\ndef f(): pass\n", True),
        ("@a.get(1)\ndef f(): pass\n", True),
        ("T = {\n'a': get(),\n}\n", True),
        ("def f():\n    pass\nget()\n", True),
        ("# get()\n", False),
    ],
)
def test_a_top_level_calls_something_or_not(code: str, called: bool) -> None:
    modules = Modules(MemoryProject({"a.py": code}), BOOK)
    assert bool(AtImport(modules).calls("a.py")) is called


def test_what_is_run_with_a_module_are_its_packages_and_what_it_imports_there() -> None:
    files = {
        "a/__init__.py": "", "a/b/__init__.py": "", "a/b/c.py": "from . import d\n\n\ndef f():\n    import a.later\n", "a/b/d.py": "",
        "a/later.py": "", "x.py": "try:\n    import a.b.c\nexcept ImportError:\n    pass\n",
    }  # fmt: skip
    modules = Modules(MemoryProject(files), BOOK)
    assert modules.written.with_it("x.py", [""]) == {"a/__init__.py", "a/b/__init__.py", "a/b/c.py"}
    assert modules.written.with_it("a/b/c.py", [""]) == {"a/__init__.py", "a/b/__init__.py", "a/b/d.py"}


@pytest.mark.parametrize(
    "code",
    [
        "from a import (\n    b,\n    c,\n)\n",
        "from a import (  # one)\n    b,  # two (\n    c  # three\n)\n",
        "from a import b, \\\n    c\n",
        "import os, \\\n    a.c\n",
        "import os; import a.c\n",
        "if os.sep: import a.c\n",
        "try: from a import c\nexcept ImportError: pass\n",
        "from a import(c)\n",
        "from .a import c\n",
        "from . a import c\n",
        "from .a . c import d\n",
    ],
)
def test_an_import_is_seen_however_it_is_laid_out(code: str) -> None:
    modules = Modules(MemoryProject({"a/__init__.py": "", "a/b.py": "", "a/c.py": "", "x.py": code}), BOOK)
    assert "a/c.py" in modules.written.of("x.py", [""])
    assert "a/c.py" in modules.written.with_it("x.py", [""])


@pytest.mark.parametrize(
    "code",
    [
        pytest.param("import (\n" * 30_000, id="imports that do not end"),
        pytest.param("from " + "." * 100_000 + " a" * 100_000, id="dots that do not end"),
        pytest.param("from" + " " * 200_000 + "a", id="a wide from"),
        pytest.param("import (#" + "# a" * 100_000, id="a comment that does not end"),
        pytest.param("def f():\n" + " x\n" * 300_000, id="a long body"),
        pytest.param((" " * 2000 + "\n") * 1000, id="wide empty lines"),
        pytest.param("def f(\n" * 100_000, id="beginnings of functions"),
        pytest.param("class A:\n" + "".join(" " * depth + "def f():\n" for depth in range(2000)), id="deep"),
    ],
)
def test_a_long_text_takes_linear_time(code: str) -> None:
    begun = time.process_time()
    at_once(code)
    Modules(MemoryProject({"x.py": code}), BOOK).written.of("x.py", [""])
    assert time.process_time() - begun < 5


@pytest.mark.parametrize("name", ['"pkg." + os.environ["NAME"]', 'os.environ["NAME"]', 'f"{pkg.__name__}.{os.name}"'])
@pytest.mark.parametrize("inside", [True, False])
def test_an_import_by_a_name_that_is_not_known_is_said_where_a_module_does_something_then(name: str, inside: bool) -> None:
    begin = "import importlib, os\nimport pkg\n\n\ndef test_a():\n    " if inside else "import importlib, os\nimport pkg\n\n"
    files = {"pkg/__init__.py": "", "tests/test_a.py": f"{begin}importlib.import_module({name})\n"}
    does = {"pkg/one.py": "import requests\n\nrequests.get('https://example.org')\n"}
    does_not = {"pkg/one.py": "import requests\n\n\ndef get():\n    requests.get('https://example.org')\n"}
    for more, verdict in ((does, "unknown"), (does_not, "offline")):
        report = check_project(MemoryProject(files | more), rulebook=BOOK)
        assert [str(one.verdict) for one in report.verdicts if str(one.phase) == "test"] == [verdict]


def test_what_a_large_module_gives_to_a_star_import_is_found_where_it_is_asked_for() -> None:
    large = "from urllib.request import urlopen\n\n\ndef get():\n    urlopen('https://example.org')\n\n\n"
    files = {
        "setup.py": "from spam.both import *\nget()\n",
        "spam/__init__.py": "",
        "spam/both.py": "from spam.large import *\nfrom spam.small import *\n",
        "spam/large.py": large + "".join(f"name_{number} = {number}\n" for number in range(1_000)),
        "spam/small.py": "from spam.both import *\n_hidden = 1\n",
    }
    report = check_project(MemoryProject(files), rulebook=BOOK)
    assert [(one.span.file, one.span.line) for one in report.accesses] == [("spam/large.py", 5)]


def test_modules_that_all_take_the_names_of_their_package_take_linear_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stars, "MAX_NAMES", 20)  # so that few modules show it

    def seconds(count: int) -> float:
        module = "import os\nfrom spam import *\nname_{} = os.environ\n" + "print(len(str(1)))\n" * 3
        files = {
            "setup.py": "import spam\n",
            "spam/__init__.py": "".join(f"from spam.m{number} import *\n" for number in range(count)),
            **{f"spam/m{number}.py": module.format(number) for number in range(count)},
        }
        begun = time.process_time()
        check_project(MemoryProject(files), rulebook=BOOK)
        return time.process_time() - begun

    assert seconds(2_000) < 30 * min(seconds(200), seconds(200))  # ten times as many; with the square it would be 100
