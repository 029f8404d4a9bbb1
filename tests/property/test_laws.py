"""Laws that hold for every program: saying the same in other words changes no verdict.

Each base program is rewritten by a chain of rewritings (renamed imports and locals, wrapped statements, other places for the code) and must
be judged as before; and what makes the difference must make one: without the comparison, the raise or the guard, the judgement changes.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from textwrap import indent

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from offlint.project.memory import MemoryProject
from offlint.rulebook.loading import load_rulebook
from offlint.run import check_project

BOOK = load_rulebook()
DIGEST = "60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752"
IMPORTS = "import hashlib\nimport os\nimport subprocess\nimport sys\nfrom urllib.request import urlopen, urlretrieve\n"

BASES = {
    "unguarded": 'data = urlopen("https://example.org/a.tgz").read()\nopen("a.tgz", "wb").write(data)\n',
    "verified": (
        'data = urlopen("https://example.org/a.tgz").read()\n'
        f'if hashlib.sha256(data).hexdigest() != "{DIGEST}":\n    raise SystemExit("changed")\n'
        'open("a.tgz", "wb").write(data)\n'
    ),
    "weak": (
        'urlretrieve("https://example.org/a.tgz", "a.tgz")\n'
        f'if hashlib.md5(open("a.tgz", "rb").read()).hexdigest() != "{DIGEST[:32]}":\n    raise SystemExit("changed")\n'
    ),
    "printed": (
        'data = urlopen("https://example.org/a.tgz").read()\nprint(hashlib.sha256(data).hexdigest())\nopen("a.tgz", "wb").write(data)\n'
    ),
    "guarded": 'if os.environ.get("NO_NETWORK"):\n    raise SystemExit("missing")\nurlretrieve("https://example.org/a.tgz", "a.tgz")\n',
    "partial": (
        'if os.environ.get("NO_NETWORK") == "1":\n    raise SystemExit("missing")\nurlretrieve("https://example.org/a.tgz", "a.tgz")\n'
    ),
    "inverted": 'if os.environ.get("NO_NETWORK"):\n    urlretrieve("https://example.org/a.tgz", "a.tgz")\n',
    "asked": 'if os.environ.get("FETCH_IT") == "yes":\n    urlretrieve("https://example.org/a.tgz", "a.tgz")\n',
    "fallback": 'if not os.path.exists("a.tgz"):\n    urlretrieve("https://example.org/a.tgz", "a.tgz")\n',
    "command": 'data = ["git", "clone", "https://example.org/a.git"]\nsubprocess.check_call(data)\n',
    "commit": (
        'subprocess.check_call(["git", "clone", "https://example.org/a.git", "a"])\n'
        'subprocess.check_call(["git", "-C", "a", "checkout", "3f786850e387550fdab836ed7e6dc881de23001b"])\n'
    ),
    "local": 'data = subprocess.check_output(["git", "describe"])\nopen("version.txt", "wb").write(data)\n',
}


def judged(files: dict[str, str]) -> set[tuple[str, ...]]:
    """What is said of the program, wherever its lines stand."""
    report = check_project(MemoryProject(files), rulebook=BOOK)
    assert not report.not_analysed, report.not_analysed
    return {
        (a.kind, a.api, a.url, str(a.reach), str(a.guard.state), str(a.guard.switch), *sorted(a.guard.flaws), "|", str(a.integrity.state),
         *sorted(a.integrity.flaws))
        for a in report.accesses
    }  # fmt: skip


def _lines(body: str) -> str:
    return indent(body, "    ")


WRAPS: dict[str, Callable[[str], str]] = {
    "if True": lambda body: f"if True:\n{_lines(body)}",
    "try/finally": lambda body: f"try:\n{_lines(body)}finally:\n    print('done')\n",
    "with": lambda body: f"with open('log.txt') as log:\n{_lines(body)}",
    "rename a local": lambda body: re.sub(r"\bdata\b", "blob", body),
    "rename an import": lambda body: body.replace("urlopen(", "other_open(").replace("urlretrieve(", "other_get("),
    "import a module": lambda body: "import urllib.request as web\n" + re.sub(r"\b(urlopen|urlretrieve)\(", r"web.\1(", body),
    "import inside": lambda body: "import os as operating_system\n" + body.replace("os.environ", "operating_system.environ"),
    "assign the function": lambda body: "fetch_it = urlopen\n" + body.replace("urlopen(", "fetch_it("),
}  # fmt: skip
RENAMED = "from urllib.request import urlopen as other_open, urlretrieve as other_get\n"


def _top(body: str) -> dict[str, str]:
    return {"setup.py": IMPORTS + RENAMED + body}


def _helper(body: str) -> dict[str, str]:
    return {"setup.py": f"{IMPORTS}{RENAMED}def helper():\n{_lines(body)}\n\nhelper()\n"}


def _module(body: str) -> dict[str, str]:
    helper = f"{IMPORTS}{RENAMED}def work():\n{_lines(body)}\n"
    return {"setup.py": "from tools.helper import work\nwork()\n", "tools/__init__.py": "", "tools/helper.py": helper}


def _method(body: str) -> dict[str, str]:
    return {"setup.py": f"{IMPORTS}{RENAMED}class Tool:\n    def run(self):\n{_lines(_lines(body))}\n\nTool().run()\n"}


def _lambda(body: str) -> dict[str, str]:
    return {"setup.py": f"{IMPORTS}{RENAMED}def helper():\n{_lines(body)}\n\n(lambda f: f())(helper)\n"}


PLACES: dict[str, Callable[[str], dict[str, str]]] = {
    "top": _top, "helper": _helper, "module": _module, "method": _method, "lambda": _lambda,
}  # fmt: skip
EXPECTED = {name: judged(_top(body)) for name, body in BASES.items()}


@pytest.mark.parametrize("base", BASES)
@pytest.mark.parametrize("wrap", WRAPS)
def test_rewriting_changes_no_judgement(base: str, wrap: str) -> None:
    assert judged(_top(WRAPS[wrap](BASES[base]))) == EXPECTED[base]


@pytest.mark.parametrize("base", BASES)
@pytest.mark.parametrize("place", PLACES)
def test_moving_the_code_changes_no_judgement(base: str, place: str) -> None:
    assert judged(PLACES[place](BASES[base])) == EXPECTED[base]


CHECK = f'if hashlib.sha256(data).hexdigest() != "{DIGEST}":\n    raise SystemExit("changed")\n'
WRITE = 'open("a.tgz", "wb").write(data)\n'
READ = 'data = urlopen("https://example.org/a.tgz").read()\n'
STOP = 'if os.environ.get("NO_NETWORK"):\n    raise SystemExit("missing")\n'
SAVE = 'urlretrieve("https://example.org/a.tgz", "a.tgz")\n'

#: The base, and the same in other words: each pair is one rewriting that a person makes.
SAME: dict[str, tuple[str, str]] = {
    "a helper that raises": ("verified", f"def check(data):\n{_lines(CHECK)}\n{READ}check(data)\n{WRITE}"),
    "a helper that says": (
        "verified",
        (
            f"def right(data):\n    return hashlib.sha256(data).hexdigest() == '{DIGEST}'\n\n{READ}"
            f"if not right(data):\n    raise SystemExit('changed')\n{WRITE}"
        ),
    ),
    "a hoisted constant": ("verified", f"WANTED = '{DIGEST}'\n{READ}{CHECK.replace(chr(34) + DIGEST + chr(34), 'WANTED')}{WRITE}"),
    "an early return as an else": ("guarded", f"if os.environ.get('NO_NETWORK'):\n    raise SystemExit('missing')\nelse:\n{_lines(SAVE)}"),
    "the guard in the caller": ("guarded", f"def get():\n{_lines(SAVE)}\n{STOP}get()\n"),
    "the guard in a helper": (
        "guarded",
        f"def offline():\n    return bool(os.environ.get('NO_NETWORK'))\n\nif offline():\n    raise SystemExit(1)\n{SAVE}",
    ),
    "the guard in a constant": ("guarded", f"OFF = os.environ.get('NO_NETWORK', '') != ''\nif OFF:\n    raise SystemExit(1)\n{SAVE}"),
    "the guard in a decorator": (
        "guarded",
        (
            f"def online(function):\n    def inner():\n{_lines(_lines(STOP))}        return function()\n    return inner\n\n"
            f"@online\ndef get():\n{_lines(SAVE)}\nget()\n"
        ),
    ),
    "a split address": ("unguarded", f"BASE = 'https://example.org/'\ndata = urlopen(BASE + 'a' + '.tgz').read()\n{WRITE}"),
    "an address in a format": ("unguarded", f"data = urlopen('https://{{}}/{{}}.tgz'.format('example.org', 'a')).read()\n{WRITE}"),
    "the test turned round": ("verified", f"{READ}if hashlib.sha256(data).hexdigest() == '{DIGEST}':\n    {WRITE}else:\n    exit(1)\n"),
    "hashed piece by piece": (
        "verified",
        (
            f"{READ}state = hashlib.sha256()\nfor start in range(0, len(data), 4096):\n    state.update(data[start:start + 4096])\n"
            f"if state.hexdigest() != '{DIGEST}':\n    raise SystemExit('changed')\n{WRITE}"
        ),
    ),
}


@pytest.mark.parametrize("words", SAME)
def test_saying_it_in_other_words_changes_no_judgement(words: str) -> None:
    base, body = SAME[words]
    assert judged(_top(body)) == EXPECTED[base]


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    base=st.sampled_from(sorted(BASES)),
    wraps=st.lists(st.sampled_from(sorted(WRAPS)), max_size=3, unique=True),
    place=st.sampled_from(sorted(PLACES)),
)
def test_any_chain_of_rewritings_changes_no_judgement(base: str, wraps: list[str], place: str) -> None:
    body = BASES[base]
    for wrap in wraps:
        body = WRAPS[wrap](body)
    assert judged(PLACES[place](body)) == EXPECTED[base]


@pytest.mark.parametrize(
    ("base", "cut"),
    [
        ("verified", '    raise SystemExit("changed")\n'),
        ("weak", '    raise SystemExit("changed")\n'),
        ("guarded", '    raise SystemExit("missing")\n'),
        ("guarded", STOP),
        ("verified", CHECK),
        ("inverted", 'if os.environ.get("NO_NETWORK"):\n'),
        ("asked", 'if os.environ.get("FETCH_IT") == "yes":\n'),
        ("commit", 'subprocess.check_call(["git", "-C", "a", "checkout", "3f786850e387550fdab836ed7e6dc881de23001b"])\n'),
    ],
)  # fmt: skip
def test_what_makes_the_difference_makes_one(base: str, cut: str) -> None:
    body = BASES[base]
    assert cut in body
    put = "    pass\n" if cut.startswith(" ") else ("if True:\n" if cut.endswith(":\n") else "")
    assert judged(_top(body.replace(cut, put))) != EXPECTED[base]


def test_the_bases_are_told_apart() -> None:
    assert not EXPECTED["local"]
    states = {name: {(row[4], row[row.index("|") + 1]) for row in rows} for name, rows in EXPECTED.items()}
    assert states["unguarded"] == {("none", "absent")}
    assert states["verified"] == {("none", "verified")}
    assert states["weak"] == {("none", "weak")}
    assert states["printed"] == {("none", "ineffective")}
    assert states["guarded"] == {("opt-out", "absent")}
    assert states["asked"] == {("opt-in", "absent")}
    assert states["fallback"] == {("fallback", "absent")}
    assert states["commit"] == {("none", "verified")}
