"""What does bad input get? One clear line: never a traceback, never a hang, never "offline" where something was not analysed."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

import offlint as package

SECONDS = 60
MEMORY = 4 << 30

IMPORT = "import urllib.request\n"
FETCH = "urllib.request.urlopen('https://example.org/a')\n"
posix = pytest.mark.skipif(sys.platform == "win32", reason="links, modes and limits of POSIX")


def limits() -> Callable[[], None] | None:
    """What the child does first: bound its memory, so that a bomb ends as an error and does not take the machine."""
    if sys.platform == "win32":
        return None
    import resource

    return lambda: resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


def offlint(*words: str | Path, cwd: Path) -> tuple[int, str, str]:
    """Exit status, standard output and standard error of a whole run; a hang fails the test."""
    done = subprocess.run(
        [sys.executable, "-m", "offlint", *map(str, words)],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(Path(package.__file__).parent.parent)},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=SECONDS,
        check=False,
        preexec_fn=limits(),
    )
    assert "Traceback" not in done.stdout + done.stderr, done.stderr
    assert "internal error" not in done.stderr, done.stderr
    assert done.returncode in {0, 1, 2}, f"exit status {done.returncode}: {done.stderr[-500:]}"
    return done.returncode, done.stdout, done.stderr


def write(root: Path, files: Mapping[str, str | bytes]) -> None:
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)


def build_verdict(root: Path) -> tuple[str, str]:
    """The verdict of the build and why, of a run that must succeed without a word on standard error."""
    status, out, err = offlint("check", "--fail-on", "never", "--phase", "build", ".", cwd=root)
    assert (status, err) == (0, "")
    (line,) = [line for line in out.splitlines() if line.startswith("build ")]
    _, verdict, why = line.split(None, 2)
    return verdict, why


def refused(*words: str | Path, cwd: Path) -> str:
    """The one line on standard error of a run that cannot be made."""
    status, out, err = offlint(*words, cwd=cwd)
    assert (status, out) == (2, "")
    assert err.count("\n") == 1, err
    assert err.startswith("offlint: ")
    return err


def unread(text: str | bytes) -> dict[str, str | bytes]:
    return {"setup.py": text}


# What can not be read at all


@pytest.mark.parametrize("path", ["missing", "missing/setup.py", "missing-1.0.tar.gz", "a\nb", ""])
def test_a_path_that_is_not_there(path: str, tmp_path: Path) -> None:
    assert "does not exist" in refused("check", path, cwd=tmp_path)


@pytest.mark.parametrize("content", [b"", b"no archive", b"\x1f\x8b\x08\x00" + b"\0" * 40], ids=["empty", "text", "cut"])
def test_an_archive_that_is_none(content: bytes, tmp_path: Path) -> None:
    write(tmp_path, {"spam-1.0.tar.gz": content})
    assert "spam-1.0.tar.gz" in refused("check", "spam-1.0.tar.gz", cwd=tmp_path)


def test_an_empty_folder(tmp_path: Path) -> None:
    assert "no files" in refused("check", ".", cwd=tmp_path)


def test_one_bad_path_does_not_lose_the_others(tmp_path: Path) -> None:
    write(tmp_path, {"good/setup.py": IMPORT + FETCH})
    status, out, err = offlint("check", "missing", "good", cwd=tmp_path)
    assert status == 2
    assert "build  online" in out
    assert err == "offlint: missing: does not exist\n"


@pytest.mark.parametrize("text", ["[tool.offlint]\nselekt = []\n", "[tool.offlint]\nfail-on = 3\n", "[tool]\nofflint = 1\n"])
def test_a_bad_configuration(text: str, tmp_path: Path) -> None:
    write(tmp_path, {"pyproject.toml": text})
    assert "pyproject.toml" in refused("check", ".", cwd=tmp_path)


@pytest.mark.parametrize(
    ("page", "line"),
    [
        ("", "own/page.md:1: "),
        ("# T\n", "own/page.md:1: "),
        ("# T\n```toml\n[[call]\n```\n", "own/page.md:3: "),
        ("# T\n```toml\n[[call]]\nnames = ['a.b']\nkynd = 'http'\n```\n", "own/page.md:5: "),
        ("# T\n```toml\n[[call]]\nnames = ['a.{b']\nkind = 'http'\n```\n", "own/page.md:4: "),
        ("# T\n```toml\ncode = 'OFL101'\n```\n", "own/page.md:"),
    ],
)
def test_a_bad_page(page: str, line: str, tmp_path: Path) -> None:
    write(tmp_path, {"own/page.md": page, "setup.py": ""})
    assert f"offlint: {line}" in refused("check", "--rules", "own", ".", cwd=tmp_path)


def test_a_page_that_is_no_text(tmp_path: Path) -> None:
    write(tmp_path, {"own/page.md": b"# \xff\xfe", "setup.py": ""})
    assert "own/page.md:1: not UTF-8" in refused("check", "--rules", "own", ".", cwd=tmp_path)


# What can not be analysed: said, and the verdict is unknown

PARENTHESES = "x = " + "(" * 2000 + "1" + ")" * 2000 + "\n"
LIST = "x = " + "[" * 2000 + "]" * 2000 + "\n"
IFS = "".join(f"{' ' * depth}if a:\n" for depth in range(2000)) + " " * 2000 + FETCH
ROW = "row{0} = {{'name': '{0}', 'url': 'https://example.org/{0}', 'size': [1, 2, 3]}}\n"


@pytest.mark.parametrize(
    ("files", "why"),
    [
        pytest.param({"pyproject.toml": "[project\n", "setup.py": ""}, "pyproject.toml could not be analysed: broken TOML", id="TOML"),
        pytest.param({"pyproject.toml": "a = " + "[" * 20000}, "pyproject.toml could not be analysed: broken TOML", id="deep TOML"),
        pytest.param({"pyproject.toml": 'b = 1\n"a"' + ".a" * 200_000}, "broken TOML at 2:1: A key of more than 100 parts", id="long keys"),
        pytest.param({"setup.cfg": "no section\n", "setup.py": ""}, "setup.cfg could not be analysed: broken", id="setup.cfg"),
        pytest.param(unread(IMPORT + "print 'x'\n" + FETCH), "setup.py could not be analysed: Python 2 syntax", id="Python 2"),
        pytest.param(
            {"setup.py": "import old\n", "old.py": IMPORT + "print 'x'\n"}, "old.py could not be analysed: Python 2", id="Python 2 module"
        ),
        pytest.param(unread(IMPORT + "x = = 1\n"), "setup.py could not be analysed: syntax error at 2:", id="syntax"),
        pytest.param(unread(IMPORT.encode() + b"\0"), "setup.py could not be analysed: contains NUL bytes", id="NUL bytes"),
        pytest.param(unread((IMPORT + FETCH).encode("utf-16")), "setup.py could not be analysed: contains NUL bytes", id="UTF-16"),
        pytest.param(unread(IMPORT + PARENTHESES), "setup.py could not be analysed: too many nested brackets", id="parentheses"),
        pytest.param(unread(IMPORT + LIST), "setup.py could not be analysed: too many nested brackets", id="list"),
        pytest.param(unread(IMPORT + f"x = {'-' * 20_000}1\n"), "setup.py could not be analysed: too deeply nested", id="signs"),
        pytest.param(unread(IMPORT + IFS), "setup.py could not be analysed: too many levels of indentation", id="ifs"),
        pytest.param(
            unread(IMPORT + "".join(ROW.format(number) for number in range(290_000))),
            "setup.py could not be analysed: too large",
            id="20 MB",
        ),
    ],
)
def test_what_is_not_analysed_is_unknown(files: Mapping[str, str | bytes], why: str, tmp_path: Path) -> None:
    write(tmp_path, files)
    verdict, said = build_verdict(tmp_path)
    assert verdict == "unknown", said
    assert why in said


@posix
@pytest.mark.skipif(hasattr(os, "geteuid") and os.geteuid() == 0, reason="root reads everything")
def test_a_file_that_may_not_be_read(tmp_path: Path) -> None:
    write(tmp_path, {"setup.py": IMPORT + FETCH})
    (tmp_path / "setup.py").chmod(0)
    assert build_verdict(tmp_path) == ("unknown", "setup.py could not be analysed: cannot be read: Permission denied")


@posix
@pytest.mark.parametrize("target", ["setup.py", "other.py", "/etc/hostname", "../../elsewhere.py"])
def test_a_setup_script_that_is_a_link_to_nowhere(target: str, tmp_path: Path) -> None:
    write(tmp_path, {"pyproject.toml": "[build-system]\nrequires = ['setuptools']\n"})
    (tmp_path / "setup.py").symlink_to(target)
    (tmp_path / "other.py").symlink_to("setup.py")
    assert build_verdict(tmp_path)[0] == "unknown"


@posix
def test_a_device_is_not_opened(tmp_path: Path) -> None:
    write(tmp_path, {"pyproject.toml": "[build-system]\nrequires = ['setuptools']\n"})
    os.mkfifo(tmp_path / "setup.py")
    assert build_verdict(tmp_path) == ("unknown", "setup.py could not be analysed: not a regular file")


# What is odd and can be analysed: the access is found


@posix
def test_folders_in_a_circle(tmp_path: Path) -> None:
    write(tmp_path, {"setup.py": "import pkg.loop.pkg.helper\n", "pkg/__init__.py": "", "pkg/helper.py": IMPORT + FETCH})
    (tmp_path / "pkg" / "loop").symlink_to("..", target_is_directory=True)
    assert build_verdict(tmp_path)[0] in {"online", "unknown"}


def known(reason: str) -> pytest.MarkDecorator:
    """A known gap: strict, so that mending it takes the mark away."""
    return pytest.mark.xfail(reason=reason, strict=True)


MUTUAL = "def f(n):\n    return g(n + 1)\ndef g(n):\n    urllib.request.urlopen('https://example.org/')\n    return f(n - 1)\nf(1)\n"
GROWING = "def f(text):\n    urllib.request.urlopen('https://example.org/' + text)\n    return f(text + 'a')\nf('')\n"
TWICE = "def f(n):\n    if n < 2:\n        return " + FETCH + "    return f(n - 1), f(n - 2)\nf(60)\n"
OWN_BASE = "class A(B): pass\nclass B(A): pass\nclass A(A):\n    def __init__(self):\n        " + FETCH + "        self.__init__()\nA()\n"
SPREADING = (
    "".join(f"def f{n}(x):\n    f{n + 1}(x + 'a')\n    f{n + 1}(x + 'b')\n" for n in range(40)) + "def f40(x):\n    " + FETCH + "f0('')\n"
)
ELIFS = "if a == -1:\n    pass\n" + "".join(f"elif a == {n}:\n    pass\n" for n in range(3000))
TRIES = "".join(" " * n + "try:\n" for n in range(90)) + " " * 90 + FETCH
TRIES += "".join(" " * n + "except OSError: pass\n" for n in reversed(range(90)))


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("x = " + " + ".join(["a"] * 5000) + "\n" + FETCH, id="5,000 terms"),
        pytest.param("x = " + " + ".join(["'a'"] * 5000) + "\n" + FETCH, id="5,000 texts"),
        pytest.param("x = " + " and ".join(f"a{n}" for n in range(5000)) + "\n" + FETCH, id="5,000 conditions"),
        pytest.param("x = a" + ".b" * 3000 + "\n" + FETCH, id="3,000 attributes"),
        pytest.param("x = a" + "()" * 3000 + "\n" + FETCH, id="3,000 calls"),
        pytest.param("x = " + "not " * 2000 + "a\n" + FETCH, id="2,000 times not"),
        pytest.param("x = " + "1 if a else " * 2000 + "2\n" + FETCH, id="2,000 ternaries"),
        pytest.param("x = f'" + "{a}" * 3000 + "'\n" + FETCH, id="3,000 holes"),
        pytest.param(ELIFS + FETCH, id="3,000 branches"),
        pytest.param(TRIES, id="90 tries"),
        pytest.param("x = [" + "1, " * 50_000 + "]\n" + FETCH, id="50,000 items"),
        pytest.param(MUTUAL, id="mutual recursion"),
        pytest.param(GROWING, id="growing recursion"),
        pytest.param(TWICE, id="double recursion"),
        pytest.param(OWN_BASE, id="a class that is its own base"),
        pytest.param("x = 'a' * 10 ** 10\ny = 10 ** 10 ** 10\nz = 1 << 10 ** 12\n" + FETCH, id="huge numbers"),
        pytest.param("x = ()\n" + "x = (x, x)\n" * 200 + FETCH, id="a value of 2**200 parts"),
        pytest.param("x = 'a'\n" + "x = x + x\n" * 200 + FETCH, id="a text of 2**200 letters"),
        pytest.param("x = 'a'\n" + "x = x.replace('a', 'aa')\n" * 60 + FETCH, id="a text that replaces itself"),
        pytest.param("x = 'a'\n" + "x = f'{x}{x}'\n" * 60 + FETCH, id="a template of itself"),
        pytest.param("x = '%s' % ('a',)\n" + "x = '{0}{0}'.format(x)\n" * 60 + FETCH, id="a format of itself"),
        pytest.param("x = [1]\n" + "x = x + x\n" * 60 + FETCH, id="a list of 2**60 items"),
        pytest.param("x = '%0999999999d' % 1\ny = f'{1:0999999999}'\nz = 'a'.ljust(10 ** 10)\n" + FETCH, id="wide texts"),
        pytest.param("x = b'a' * 10 ** 10\ny = 'a'.zfill(10 ** 10)\nz = ['a'] * 10 ** 10\n" + FETCH, id="repeated"),
        pytest.param("import os\nif os.environ.get('A', '1').zfill(10 ** 10) != b'a' * 10 ** 10:\n    " + FETCH, id="repeated in a test"),
        pytest.param("import os\nif '%09999999999d' % int(os.environ.get('A', '1')):\n    " + FETCH, id="padded in a test"),
        pytest.param("import re\nx = re.match('(a*)*b', 'a' * 60)\n" + FETCH, id="a slow expression"),
        pytest.param("x = '\ud800'\n".encode("utf-8", "surrogatepass").decode("latin-1") + FETCH, id="half a character"),
        pytest.param("def d(f):\n    return f\n" + "@d\n" * 500 + "def x():\n    " + FETCH + "x()\n", id="500 decorators"),
    ],
)
def test_an_access_is_found_all_the_same(text: str, tmp_path: Path) -> None:
    write(tmp_path, {"setup.py": IMPORT + text})
    verdict, why = build_verdict(tmp_path)
    assert verdict == "online", why


def test_too_much_to_follow_is_said(tmp_path: Path) -> None:
    write(tmp_path, {"setup.py": IMPORT + SPREADING})
    assert build_verdict(tmp_path)[0] in {"online", "unknown"}


@pytest.mark.parametrize(
    ("head", "encoding"),
    [("# coding: latin-1\n", "latin-1"), ("# coding: utf-8\n", "latin-1"), ("# coding: no-such\n", "latin-1"), ("\ufeff", "utf-8")],
)
def test_odd_encodings(head: str, encoding: str, tmp_path: Path) -> None:
    write(tmp_path, {"setup.py": (head + IMPORT + "x = 'é'\n" + FETCH).encode(encoding)})
    assert build_verdict(tmp_path)[0] == "online"


@pytest.mark.parametrize("end", ["\r", "\r\n", "\n\f\n"])
def test_odd_line_ends(end: str, tmp_path: Path) -> None:
    write(tmp_path, {"setup.py": (IMPORT + FETCH).replace("\n", end)})
    assert build_verdict(tmp_path)[0] == "online"


def test_modules_that_import_themselves(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "setup.py": "import setup\nfrom setup import *\nimport a\n",
            "a.py": "import a\nimport b\n" + IMPORT + FETCH,
            "b.py": "import a\nfrom a import *\nfrom b import *\n" + IMPORT,
        },
    )
    verdict, why = build_verdict(tmp_path)
    assert verdict == "online"
    assert why.startswith("a.py:4: ")


def test_scripts_that_run_themselves(tmp_path: Path) -> None:
    runs = "import subprocess\nimport sys\nsubprocess.run([sys.executable, 'setup.py'])\nexec(open('setup.py').read())\n"
    write(tmp_path, {"setup.py": IMPORT + FETCH + runs})
    assert build_verdict(tmp_path)[0] == "online"


def test_a_setting_made_of_itself(tmp_path: Path) -> None:
    mapping = "intersphinx_mapping = {'a': ('https://example.org', None)}\nintersphinx_mapping['b'] = intersphinx_mapping\n"
    write(tmp_path, {"docs/conf.py": "project = 'x'\nextensions = ['sphinx.ext.intersphinx']\n" + mapping})
    status, out, err = offlint("check", "--fail-on", "never", ".", cwd=tmp_path)
    assert (status, err) == (0, "")
    assert "docs   online" in out


@pytest.mark.parametrize("files", [{"setup.py": ""}, {"setup.py": "\n\n# nothing\n"}], ids=str)
def test_nothing_is_offline(files: Mapping[str, str | bytes], tmp_path: Path) -> None:
    write(tmp_path, files)
    assert build_verdict(tmp_path)[0] == "offline"


def test_a_folder_without_a_project_is_offline_and_asked_about(tmp_path: Path) -> None:
    write(tmp_path, {"README": "x"})
    status, out, err = offlint("check", "--fail-on", "never", "--phase", "build", ".", cwd=tmp_path)
    assert (status, out.splitlines()[0].split()[:2]) == (0, ["build", "offline"])
    assert err == "offlint: .: holds no pyproject.toml, setup.py or setup.cfg; is this the folder of the project?\n"


def test_deep_folders(tmp_path: Path) -> None:
    write(tmp_path, {"setup.py": IMPORT + FETCH, "/".join(["d"] * 300) + "/setup.py": ""})
    assert build_verdict(tmp_path)[0] == "online"
