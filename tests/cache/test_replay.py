"""Is what is said again what would be said now, and is nothing said again where anything was written to?"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

import offlint as package
from offlint.cache import replay
from offlint.cache.replay import Record, Witness
from offlint.cache.store import Store
from offlint.formats import registry
from offlint.recipe.registry import FORMATS

pytestmark = pytest.mark.skipif(os.name != "posix", reason="elsewhere the system does not tell when a file was changed")
SAMPLES = Path(__file__).resolve().parent.parent.parent / "samples"
SOURCE = str(Path(package.__file__).parent.parent)
SETUP = "from urllib.request import urlopen\nimport helper\nurlopen('https://example.org/a.zip')  # offlint: ignore[OFL201] known\n"
PAGE = '# Own\n\n```toml\n[[call]]\nnames = ["zz.get"]\nkind = "http"\nurl = "0"\n```\n'
#: Runs the program as ``python -m offlint`` does, but that what is new is trusted at once; the last line says whether it was said again.
CODE = """import sys
from offlint.cache import replay
replay.SETTLED = -60.0
from offlint.__main__ import run
try:
    run()
finally:
    print("again" if "offlint.cli" not in sys.modules else "anew", file=sys.stderr)
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "spam"
    (folder / "docs").mkdir(parents=True)
    (folder / "setup.py").write_text(SETUP)
    (folder / "helper.py").write_text("")
    (folder / "unread.txt").write_text("nobody reads this")
    return folder


def run(folder: Path, *arguments: str, code: str = CODE, **more: str) -> tuple[str, int, bytes, bytes]:
    """Whether it was said again; exit status, standard output, standard error."""
    environment = {name: value for name, value in os.environ.items() if name not in {"GITHUB_ACTIONS", "FORCE_COLOR"}}
    environment |= {"PYTHONPATH": SOURCE, "OFFLINT_CACHE_DIR": str(folder.parent / "cache"), "PYTHONDONTWRITEBYTECODE": "1", **more}
    done = subprocess.run([sys.executable, "-c", code, *arguments], cwd=folder, env=environment, capture_output=True, check=False)
    said, _, how = done.stderr.removesuffix(b"\n").rpartition(b"\n")
    return how.decode(), done.returncode, done.stdout, said


COMMANDS = [
    *(("check", "--format", name, "--verbose", "guarded", "unguarded") for name in registry.CHECK if name != "sarif"),
    ("guarded", "--quiet", "--select", "integrity"),
    ("check", "--fail-on", "never", "--phase", "build", "unguarded"),
    ("check", "--against", "guarded", "spam-1.0.tar"),
    ("inventory", "unguarded"),
    ("inventory", "--format", "json", "unguarded"),
    ("odd",),
    *(("offline", "--format", name, "-v", "guarded", "unguarded") for name in FORMATS),
    ("offline", "spam-1.0.tar"),
    ("inventory", "--format", "cyclonedx", "unguarded"),
    ("diff", "guarded", "unguarded"),
    ("diff", "--format", "json", "spam-1.0.tar", "unguarded"),
    ("check", "--format", "sarif", "spam-1.0.tar"),
    ("check", "--baseline", "known.sarif", "unguarded"),
    ("check", "--baseline", "known.sarif", "guarded"),
    ("check", "--config", "own.toml", "unguarded"),
]


@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
def test_the_same_is_said(arguments: tuple[str, ...], tmp_path: Path) -> None:
    folder = tmp_path / "samples"
    shutil.copytree(SAMPLES, folder)
    (folder / "odd").mkdir()
    (folder / "odd" / "readme").write_text("")
    subprocess.run(["tar", "-cf", "spam-1.0.tar", "--transform=s,^unguarded,spam-1.0,", "unguarded"], cwd=folder, check=True)
    run(folder, "baseline", "write", "-o", "known.sarif", "unguarded")
    (folder / "own.toml").write_text('fail-on = "note"\n')
    how, *plain = run(folder, *arguments, "--no-cache")
    assert how == "anew"
    assert plain[1] or "--quiet" in arguments
    assert run(folder, *arguments) == ("anew", *plain)
    assert run(folder, *arguments) == ("again", *plain)
    assert run(folder, *arguments, "--no-cache") == ("anew", *plain)


def write(file: str, text: str) -> Callable[[Path], object]:
    return lambda project: (project / file).write_text(text)


def same_size_and_time(project: Path) -> None:
    file = project / "setup.py"
    before = file.stat()
    file.write_text(SETUP.replace("a.zip", "b.zip"))
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))


def file_as_link(project: Path) -> None:
    (project / "helper.py").unlink()
    (project / "helper.py").symlink_to("setup.py")


def folder_as_link(project: Path) -> None:
    (project / "docs").rmdir()
    (project / "docs").symlink_to("/")


def swapped(project: Path) -> None:
    shutil.copytree(project, project.parent / "other")
    shutil.move(project, project.parent / "old")
    shutil.move(project.parent / "other", project)


CHANGES: dict[str, Callable[[Path], object]] = {
    "of a file": write("setup.py", SETUP.replace("a.zip", "longer.zip")),
    "of a file that keeps its size and time": same_size_and_time,
    "of a file that another one imports": write("helper.py", "import urllib.request\nurllib.request.urlopen('https://example.org/h')\n"),
    "a file more": write("conftest.py", "import urllib.request\nurllib.request.urlopen('https://example.org/t')\n"),
    "a file more in a folder": write("docs/conf.py", "import urllib.request\nurllib.request.urlopen('https://example.org/d')\n"),
    "a file less": lambda project: (project / "helper.py").unlink(),
    "a folder more": lambda project: (project / "tests").mkdir(),
    "a file that is a link": file_as_link,
    "a folder that is a link": folder_as_link,
    "configuration": write("offlint.toml", 'phase = ["build"]\n'),
    "configuration of all": write("pyproject.toml", '[tool.offlint]\nignore = ["OFL1"]\n'),
    "another folder of that name": swapped,
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_change_is_seen(project: Path, change: Callable[[Path], object]) -> None:
    above = project.parent
    first = run(above, "spam", OFFLINT_CACHE_DIR=str(above / "cache"))
    assert run(above, "spam", OFFLINT_CACHE_DIR=str(above / "cache")) == ("again", *first[1:])
    change(project)
    _, *plain = run(above, "spam", "--no-cache")
    assert run(above, "spam", OFFLINT_CACHE_DIR=str(above / "cache")) == ("anew", *plain)


def emptied(baseline: Path) -> None:
    shutil.copy(baseline.parents[1 if baseline.parent.name == "conf" else 0] / "none.sarif", baseline)


def relink(link: Path, target: str) -> None:
    link.unlink()
    link.symlink_to(target)


#: What is asked, with a change beside the project that makes another answer of it.
BESIDE: dict[str, tuple[tuple[str, ...], Callable[[Path], object]]] = {
    "of the baseline": (("--baseline", "../known.sarif"), lambda spam: emptied(spam.parent / "known.sarif")),
    "of the configured baseline": (("../conf",), lambda spam: emptied(spam.parent / "conf" / "known.sarif")),
    "of the baseline's link": (("--baseline", "../link.sarif"), lambda spam: relink(spam.parent / "link.sarif", "none.sarif")),
    "the baseline gone": (("--baseline", "../known.sarif"), lambda spam: (spam.parent / "known.sarif").unlink()),
    "of a named configuration": (("--config", "../own.toml"), write("../own.toml", 'fail-on = "never"\n')),
    "of a recipe's project": (("offline",), write("setup.py", SETUP.replace("a.zip", "longer.zip"))),
    "of the older release": (("diff", "../old", "."), write("../old/setup.py", SETUP)),
    "of the newer release": (("diff", "../old", "."), write("setup.py", "")),
    "of a file more in a release": (("diff", "../old", "."), write("../old/docs/conf.py", SETUP)),
}


@pytest.mark.parametrize(("arguments", "change"), BESIDE.values(), ids=BESIDE)
def test_a_change_of_what_else_is_read_is_seen(project: Path, arguments: tuple[str, ...], change: Callable[[Path], object]) -> None:
    above = project.parent
    shutil.copytree(project, above / "old")
    (above / "old" / "setup.py").write_text("")
    (above / "own.toml").write_text("")
    shutil.copytree(project, above / "conf")
    (above / "conf" / "offlint.toml").write_text('baseline = "known.sarif"\n')
    run(above, "baseline", "write", "-o", "known.sarif", "spam")
    run(above, "baseline", "write", "-o", "conf/known.sarif", "conf")
    run(above, "baseline", "write", "-o", "none.sarif", "old")
    (above / "link.sarif").symlink_to("known.sarif")
    cache = {"OFFLINT_CACHE_DIR": str(above / "cache")}
    first = run(project, *arguments, **cache)
    assert run(project, *arguments, **cache) == ("again", *first[1:])
    change(project)
    _, *plain = run(project, *arguments, "--no-cache")
    assert plain != list(first[1:])
    assert run(project, *arguments, **cache) == ("anew", *plain)


def test_what_nobody_looked_at_changes_nothing(project: Path) -> None:
    first = run(project)
    (project / "unread.txt").write_text("something else")
    assert run(project) == ("again", *first[1:])


def test_another_question_is_another_one(project: Path) -> None:
    run(project, "--verbose")
    assert run(project, "--verbose")[0] == "again"
    for arguments in ((), ("--verbose", "."), ("--format", "json")):
        assert run(project, *arguments)[0] == "anew"
    (project.parent / "link").symlink_to(project)
    assert run(project.parent, "link")[0] == "anew"
    assert run(project.parent, "link")[0] == "again"
    (project.parent / "link").unlink()
    shutil.copytree(project, project.parent / "copy")
    (project.parent / "link").symlink_to("copy")
    assert run(project.parent, "link")[0] == "anew"


@pytest.mark.parametrize(
    "arguments",
    [
        ("--output", "../out"),
        ("--report", "json=../out"),
        ("--format", "sarif"),
        ("setup.py",),
        ("offline", "--output", "../out"),
        ("offline", "--rules", "../own.md"),
        ("diff", ".", ".", "--output", "../out"),
        ("diff", ".", ".", "--rules", "../own.md"),
        ("--baseline", "../none.sarif"),
        ("--rules", "../own.md"),
        ("absent",),
        ("--help",),
    ],
    ids=" ".join,
)
def test_what_reads_or_writes_more_is_done(project: Path, arguments: tuple[str, ...]) -> None:
    (project.parent / "own.md").write_text(PAGE)
    first = run(project, *arguments)
    assert run(project, *arguments) == first
    assert first[0] == "anew"


def test_a_summary_and_a_terminal_are_made_anew(project: Path) -> None:
    summary = project.parent / "summary"
    for _ in range(2):
        assert run(project, "--format", "github", GITHUB_STEP_SUMMARY=str(summary))[0] == "anew"
        assert run(project, FORCE_COLOR="1")[0] == "anew"
    written = summary.read_text()
    assert written
    assert written == written[: len(written) // 2] * 2
    assert run(project, GITHUB_ACTIONS="true")[0] == "anew"
    assert run(project)[0] == "anew"
    assert run(project, GITHUB_ACTIONS="true")[0] == "again"


def test_the_time_that_a_bill_of_materials_is_given_is_part_of_the_question(project: Path) -> None:
    ask = ("inventory", "--format", "cyclonedx")
    one, other = (run(project, *ask, SOURCE_DATE_EPOCH=epoch) for epoch in ("1", "2"))
    assert one[2] != other[2]
    assert run(project, *ask, SOURCE_DATE_EPOCH="1") == ("again", *one[1:])


def test_an_answer_that_is_long_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replay, "_MOST", 10)
    heard, longer, left = replay.Heard(), replay.Heard(), replay.Heard()
    assert list(heard.over([b"12345", b"67890"])) == [b"12345", b"67890"]
    assert (heard.whole, b"".join(heard.pieces)) == (True, b"1234567890")
    assert list(longer.over([b"12345", b"678901"])) == [b"12345", b"678901"]
    assert not longer.whole
    next(left.over([b"1", b"2"]))  # nobody took the rest
    assert not left.whole


def test_a_shell_that_asks_for_completions_gets_them(project: Path) -> None:
    run(project)
    how, status, answer, _ = run(project, _OFFLINT_COMPLETE="bash_source")
    assert (how, status) == ("anew", 0)
    assert b"COMP_WORDS" in answer


def test_the_encoding_of_names_is_part_of_the_question(project: Path) -> None:
    (project / "caf\xe9.py").write_text("")
    known = {"PYTHONIOENCODING": "utf-8", "PYTHONUTF8": "1"}
    other = {"PYTHONIOENCODING": "utf-8", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "LC_ALL": "C"}
    run(project, "-v", **known)
    assert run(project, "-v", **known)[0] == "again"
    assert run(project, "-v", **other) == run(project, "-v", "--no-cache", **other)


FAILING = """import pathlib
true = pathlib.Path.open
def open_(path, *mode, **more):
    if path.name == "helper.py":
        raise OSError(5, "Input/output error")
    return true(path, *mode, **more)
pathlib.Path.open = open_
"""


def test_what_could_not_be_read_is_tried_again(project: Path) -> None:
    failed = run(project, code=FAILING + CODE)
    assert b"helper.py: cannot be read: Input/output error" in failed[2]
    assert run(project) == run(project, "--no-cache")
    assert run(project)[0] == "again"
    assert run(project, "-v", code=FAILING + CODE)[0] == run(project, "-v", code=FAILING + CODE)[0] == "anew"


def test_what_is_new_is_not_trusted(project: Path) -> None:
    code = CODE.replace("replay.SETTLED = -60.0\n", "")
    assert [run(project, code=code)[0] for _ in range(2)] == ["anew", "anew"]


def test_another_offlint_answers_anew(project: Path, tmp_path: Path) -> None:
    shutil.copytree(Path(SOURCE) / "offlint", tmp_path / "src" / "offlint", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(Path(SOURCE).parent / "rules", tmp_path / "rules")
    own = {"PYTHONPATH": str(tmp_path / "src")}
    page = next((tmp_path / "rules" / "apis").rglob("*.md"))
    page.rename(tmp_path / "page.md")
    page.symlink_to(tmp_path / "page.md")  # as some installers do
    assert [run(project, **own)[0] for _ in range(2)] == ["anew", "again"]
    page.write_text(page.read_text() + "\nMore.\n")
    assert [run(project, **own)[0] for _ in range(2)] == ["anew", "again"]
    (tmp_path / "rules" / "apis" / "more.md").write_text(PAGE)  # where there were only folders
    assert [run(project, **own)[0] for _ in range(2)] == ["anew", "again"]
    (tmp_path / "src" / "offlint" / "more.py").write_text("")
    assert [run(project, **own)[0] for _ in range(2)] == ["anew", "again"]
    (tmp_path / "src" / "PyYAML-9.9.dist-info").mkdir()
    assert [run(project, **own)[0] for _ in range(2)] == ["anew", "again"]


FORGED = [b"", b"\n", b"replay 1\n", b"replay 1 x 0 0 0 0\n", b"replay 1 x a b c d\n", b"\xff\n", b"[]\n[]", b"replay 1 x 0 9 -9 -1\nx\0"]


@pytest.mark.parametrize("forged", FORGED)
def test_an_entry_of_another_make_is_none(project: Path, forged: bytes) -> None:
    first = run(project)
    store = Store(str(project.parent / "cache"))
    for path, _, _ in store.entries():
        if (store.get(Path(path).stem) or b"").startswith(b"replay 1 "):
            store.put(Path(path).stem, forged)
    assert run(project) == first
    assert run(project)[0] == "again"


def test_a_broken_entry_is_none(project: Path) -> None:
    first = run(project)
    for entry in (project.parent / "cache").glob("*.entry"):
        data = bytearray(entry.read_bytes())
        data[-1] ^= 0x55
        entry.write_bytes(data)
    assert run(project) == first


def test_what_changes_on_the_way_is_not_kept(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replay, "SETTLED", -60.0)
    monkeypatch.setattr("sys.stdout", open(os.devnull, "w", encoding="utf-8"))  # noqa: PTH123, SIM115
    store = Store(str(project.parent / "cache"))

    def kept(change: Callable[[], object]) -> bool:
        record, witness = Record(["x", str(time.monotonic_ns())]), Witness()
        witness.give(str(project))
        witness.find(str(project), "")
        witness.find(str(project), "setup.py")
        change()
        record.keep(store, witness, b"", [b"text"], 0)
        return replay.name_of(record.arguments) in {Path(path).stem for path, _, _ in store.entries()}

    monkeypatch.setenv("OFFLINT_CACHE_DIR", str(project.parent / "cache"))
    assert kept(lambda: None)
    assert not kept(lambda: (project / "setup.py").write_text(SETUP))
    assert not kept((project / "more").touch)
    assert not kept(lambda: shutil.rmtree(project))


def test_file_systems_that_cannot_be_written_to_are_not_trusted(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    paths = [str(project), str(project / "absent")]
    seen = replay.all_seen(paths, 1)
    assert replay.writable(paths, seen)
    told = os.statvfs(project)
    flags = [*told[:8], told.f_flag | os.ST_RDONLY, *told[9:]]
    monkeypatch.setattr(os, "statvfs", lambda _path: os.statvfs_result(flags))
    assert not replay.writable(paths, seen)


def test_no_text_of_a_folder_is_kept(project: Path) -> None:
    for form in registry.CHECK:
        run(project, "--verbose", "--format", form)
    for form in FORMATS:
        run(project, "offline", "--verbose", "--format", form)
    run(project, "diff", ".", ".")
    run(project, "inventory", "--format", "cyclonedx")
    assert not any(b"import helper" in entry.read_bytes() for entry in (project.parent / "cache").glob("*.entry"))


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_and_a_reader_that_went_away(project: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": SOURCE, "OFFLINT_CACHE_DIR": str(project.parent / "cache")}
    assert [run(project, "-v")[0] for _ in range(2)] == ["anew", "again"]
    for more in ((), ("--no-cache",)):
        command = [sys.executable, "-c", CODE, "-v", *more]
        with open("/dev/full", "wb") as full:  # noqa: PTH123
            done = subprocess.run(command, cwd=project, env=environment, stdout=full, stderr=subprocess.PIPE, check=False)
        assert done.returncode == 2
        assert done.stderr.splitlines()[0] == b"offlint: standard output: cannot be written: No space left on device"
        reader, writer = os.pipe()
        os.close(reader)
        done = subprocess.run(command, cwd=project, env=environment, stdout=writer, stderr=subprocess.PIPE, check=False)
        os.close(writer)
        assert (done.returncode, len(done.stderr.splitlines())) == (1, 1)


def test_a_folder_that_is_gone(project: Path) -> None:
    run(project)
    code = CODE.replace("import sys\n", "import os, shutil, sys\nshutil.rmtree(os.getcwd())\n", 1)
    how, status, _, said = run(project, code=code, OFFLINT_CACHE_DIR="cache")
    assert (how, status, len(said.splitlines())) == ("anew", 2, 1)


def test_names_of_files_that_no_encoding_has(tmp_path: Path) -> None:
    folder = tmp_path / os.fsdecode(b"sp\xe4m\n")
    folder.mkdir()
    (folder / "setup.py").write_text(SETUP)
    first = run(folder)
    assert run(folder) == ("again", *first[1:])
