"""What can a name mean that a function mentions? Variables by definitions and imports, attributes by the object that they stand under."""

from __future__ import annotations

import time
from collections.abc import Mapping

import pytest

from offlint.flow.mentions import functions
from offlint.flow.modules import Modules
from offlint.flow.namespaces import Namespaces
from offlint.flow.naming import called_by, naming_of
from offlint.flow.relevance import Relevance
from offlint.lower.python import lower_python
from offlint.model import step as s
from offlint.model.words import Phase
from offlint.project.memory import MemoryProject
from offlint.rulebook.loading import load_rulebook
from offlint.run import check_project

BOOK = load_rulebook()
FETCH = 'import requests\n\n\ndef fetch():\n    return requests.get("https://example.org/")\n\n\n'
CLASS = """\
import requests

class Client:
    def __init__(self, url):
        self.url = url

    def fetch(self):
        return requests.get(self.url)

    @property
    def text(self):
        return self.fetch().text
"""


def _matters(files: Mapping[str, str], file: str = "test_a.py") -> dict[str, bool]:
    """Which functions of a file can lead to an access, when all files were read."""
    modules = Modules(MemoryProject(files), BOOK)
    relevance = Relevance(modules)
    for name in files:
        modules.lowered(name)
    module = modules.lowered(file)
    assert module is not None
    return {function.name: relevance.matters(function, file) for _, function in functions(module.body, "")}


def _function(code: str) -> s.Function:
    step = lower_python(code, "a.py").body[-1]
    assert isinstance(step, s.Define)
    return step.function


@pytest.mark.parametrize(
    ("imports", "call"),
    [
        ("from pkg.net import fetch", "fetch()"),
        ("from pkg.net import fetch as get_it", "get_it()"),
        ("import pkg.net", "pkg.net.fetch()"),
        ("import pkg.net as net", "net.fetch()"),
        ("from pkg import net", "net.fetch()"),
        ("from pkg import fetch", "fetch()"),  # handed on by the package
        ("from pkg import *", "fetch()"),
        ("from pkg import net", "getattr(net, name)()"),
        ("from pkg import net", 'getattr(net, "fetch")()'),
        ("import pkg", "run(pkg.net.fetch)"),
        ("from pkg.table import LOADERS", "LOADERS[0]()"),
        ("", "__import__('pkg.net').net.fetch()"),
    ],
)
def test_a_function_of_the_tree_is_found_by_what_the_name_means(imports: str, call: str) -> None:
    files = {
        "pkg/__init__.py": "from .net import fetch\nfrom pkg import net\n",
        "pkg/net.py": FETCH,
        "pkg/table.py": "from pkg.net import fetch\n\nLOADERS = [fetch]\n",
        "test_a.py": f"{imports}\n\n\ndef test_a(name, run):\n    {call}\n",
    }
    assert _matters(files)["test_a"]


@pytest.mark.parametrize(
    "body",
    [
        "fetch = 1\n    print(fetch)",  # a variable of its own
        "return [fetch for fetch in ()]",
        "return (lambda fetch: fetch)(1)",
        "def fetch(): pass\n    fetch()",
        "x.fetch = 1",  # which is written, not read
        "import os\n    os.fetch()",
    ],
)
def test_what_has_the_name_of_a_function_and_is_none(body: str) -> None:
    assert not _matters({"net.py": FETCH + CLASS, "test_a.py": f"import net\n\n\ndef test_a(x):\n    {body}\n"})["test_a"]


def test_an_own_method_is_one_of_the_classes_that_the_object_has() -> None:
    other = "class Other:\n    def fetch(self):\n        return 1\n\n    def go(self):\n        return self.fetch()\n"
    base = (
        "from net import Client\n\nclass Base:\n    def go_on(self):\n        return self.fetch()\n\nclass Both(Base, Client):\n    pass\n"
    )
    assert not _matters({"net.py": CLASS, "test_a.py": "import net\n" + other})["go"]
    assert _matters({"net.py": CLASS, "test_a.py": base})["go_on"]


def test_a_method_is_meant_where_its_class_is_named() -> None:
    files = {
        "net.py": CLASS,
        "test_a.py": "from net import Client\n\n\ndef test_a():\n    c = Client('')\n    return c.text\n\n\ndef test_b():\n    return 1\n",
    }
    assert _matters(files) == {"test_a": True, "test_b": False}


def test_an_api_is_meant_by_the_package_that_it_is_imported_from() -> None:
    code = "import requests\n\n\ndef test_a(d):\n    return d.get('x')\n\n\ndef test_b():\n    return requests.get('x')\n"
    code += "\n\ndef test_c(request):\n    return request.param\n\n\ndef test_d():\n    s = requests.Session()\n    return s.get('x')\n"
    code += "\n\ndef test_e():\n    r = pytest.importorskip('requests')\n    return getattr(requests, 'get')('x')\n"
    assert _matters({"test_a.py": code}) == {"test_a": True, "test_b": True, "test_c": False, "test_d": True, "test_e": True}
    plain = code.replace("s = requests.Session()\n    return s.get('x')", "return 1")
    assert not _matters({"test_a.py": plain})["test_a"]  # no object is made that has such a method


def test_fixtures_are_asked_for_by_name() -> None:
    conftest = "import pytest, requests\n\n@pytest.fixture\ndef page():\n    return requests.get('https://example.org/')\n"
    test = "import pytest\n\n@pytest.fixture\ndef words(page):\n    return page.split()\n\ndef helper(page):\n    return page\n"
    assert _matters({"conftest.py": conftest, "test_a.py": test}) == {"words": True, "helper": False}


def test_names_are_told_apart_by_what_they_stand_under() -> None:
    code = "def f(self, a):\n    self.x(self.y.z)\n    a.b()\n    m.n.o(p.q)\n    a.c = m.d\n    return super().e()\n"
    found = naming_of(_function(code), {}, method=True)
    assert (found.names, found.own, found.asked) == ({"super"}, {"x", "y", "e"}, {"x"})
    assert found.dotted == {"m.n.o": True, "p.q": True, "m.d": False}
    assert (found.called, found.read) == ({"b", "z"}, {"c"})  # what is set may be a property
    assert called_by(lower_python("f(x.y, g.h())", "a.py").body).everything() == {"f", "g.h"}


def test_names_are_followed_through_modules_and_to_packages() -> None:
    files = {
        "src/pkg/__init__.py": "from .a import one\nfrom . import b\nfrom os import path as p\n",
        "src/pkg/a.py": "def one(): pass\n",
        "src/pkg/b.py": "from .a import *\nfrom urllib.request import urlopen\n",
        "test_a.py": "import pkg\nimport pkg.b as bb\nfrom pkg.b import urlopen as get, one\n",
        "loop.py": "from loop import x\n",
    }
    spaces = Namespaces(Modules(MemoryProject(files), BOOK))

    def meant(dotted: str, file: str = "test_a.py") -> set[tuple[str, str, str, tuple[str, ...]]]:
        return {(one.file, one.name, one.dotted, behind) for one, behind in spaces.meanings(file, dotted)}

    assert meant("pkg.one") == {("src/pkg/a.py", "one", "pkg.one", ())}
    assert meant("pkg.b.one.x") == {("src/pkg/a.py", "one", "pkg.b.one", ("x",))}
    assert meant("one") == {("src/pkg/a.py", "one", "pkg.b.one", ())}
    assert {(file, dotted) for file, _, dotted, _ in meant("get")} == {("", "urllib.request.urlopen")}
    assert {dotted for _, _, dotted, _ in meant("bb.urlopen")} == {"urllib.request.urlopen"}
    assert {dotted for _, _, dotted, _ in meant("pkg.p.join")} == {"os.path.join"}
    assert meant("nothing") == set()
    assert {file for file, *_ in meant("x", "loop.py")} <= {"", "loop.py"}


def test_modules_that_hand_on_each_others_names_take_little_time() -> None:
    count = 60
    lines = "".join(f"from m{n} import *\nfrom m{n} import x\n" for n in range(count))
    spaces = Namespaces(Modules(MemoryProject({f"m{n}.py": lines for n in range(count)}), BOOK))
    assert spaces.name("m0.py", "x") == ()
    assert len(spaces.meanings("m0.py", "m1.m2.m3.x.y")) <= count


def test_a_long_chain_of_classes_takes_little_time() -> None:
    count = 800
    chain = "".join(f"class C{n}(C{n - 1}):\n    def m{n}(self):\n        return self.m{n - 1}()\n\n" for n in range(1, count))
    first = "import requests\n\nclass C0:\n    def m0(self):\n        return requests.get('https://example.org/')\n\n"
    assert _matters({"test_a.py": f"{first}{chain}def test_a():\n    C{count - 1}().m{count - 1}()\n"})["test_a"]


def test_a_folder_that_is_a_package_is_not_read() -> None:
    files = {
        "tests/helper.py": "import requests\ndef get():\n    requests.get('https://example.org/a')\n",
        "tests/test_a.py": "from tests import helper\ndef test_a():\n    helper.get()\n",
    }
    report = check_project(MemoryProject(files))
    assert [access.url for access in report.accesses] == ["https://example.org/a"]
    assert not report.not_analysed


@pytest.mark.parametrize("line", ["a" + "\t" * 2_000_000, "a : " + " " * 500_000 + "b", "x.y" * 300_000, "a = " * 300_000])
def test_long_lines_at_the_top_of_a_module_take_linear_time(line: str) -> None:
    files = {"docs/conf.py": "import pkg.big\n", "pkg/__init__.py": "", "pkg/net.py": FETCH}
    files["pkg/big.py"] = f"from pkg.net import fetch\n{line}\n"
    started = time.process_time()
    check_project(MemoryProject(files), phases=frozenset({Phase.DOCS}), rulebook=BOOK)
    assert time.process_time() - started < 10


def test_a_directive_with_a_long_name_takes_linear_time() -> None:
    files = {
        "docs/conf.py": "extensions = ['sphinx.ext.autodoc']\n",
        "docs/a.rst": f".. automodule:: {'a.' * 500_000}a\n",
        "pkg/net.py": FETCH,
    }
    started = time.process_time()
    check_project(MemoryProject(files), phases=frozenset({Phase.DOCS}), rulebook=BOOK)
    assert time.process_time() - started < 10
