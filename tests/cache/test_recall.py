"""Is an answer that was kept the one that would be given now, and only that?"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from offlint import run
from offlint.cache.identity import identity, pages_digest
from offlint.cache.store import Store, digest
from offlint.cli import main
from offlint.formats import registry
from offlint.project.folder import folder_contents
from offlint.project.reading import Reads, read_again
from offlint.recall import Pages, check
from offlint.recipe.registry import FORMATS
from offlint.run import ALL_PHASES

SAMPLES = Path(__file__).resolve().parent.parent.parent / "samples"
NAMES = [path.name for path in sorted(SAMPLES.iterdir()) if path.is_dir()]
SETUP = """from urllib.request import urlopen
import helper
urlopen('https://example.org/a.zip')  # offlint: ignore[OFL201] known
helper.get()
"""
HELPER = "from urllib.request import urlopen\ndef get():\n    urlopen('https://example.org/b.zip')\n"
PAGE = '# Own\n\n```toml\n[[call]]\nnames = ["zz.get"]\nkind = "http"\nurl = "0"\n```\n'


class Counter:
    """Stands before the analysis and counts what comes to it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.count = 0
        self._judge = run.check
        monkeypatch.setattr(run, "check", self._check)

    def _check(self, path: str, **given: Any) -> Any:
        self.count += 1
        return self._judge(path, **given)

    def asked(self) -> int:
        """How often it was asked since the last time."""
        count, self.count = self.count, 0
        return count


@pytest.fixture
def analysis(monkeypatch: pytest.MonkeyPatch) -> Counter:
    return Counter(monkeypatch)


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("OFFLINT_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def project(tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    assert not cache.exists()
    folder = tmp_path / "spam"
    folder.mkdir()
    (folder / "setup.py").write_text(SETUP)
    (folder / "helper.py").write_text(HELPER)
    (folder / "unread.txt").write_text("nobody reads this")
    monkeypatch.chdir(folder)
    return folder


def said(capfd: pytest.CaptureFixture[str], *arguments: str) -> tuple[object, str, str]:
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    out, err = capfd.readouterr()
    return stopped.value.code, out, err


def archive_of(folder: Path, target: Path) -> Path:
    with tarfile.open(target, "w:gz") as archive:
        archive.add(folder, arcname="spam-1.0")
    return target


COMMANDS = [
    *(("check", "--format", name, "--verbose") for name in registry.CHECK),
    ("check", "--report", "sarif=../out.sarif", "--report", "markdown=../out.md"),
    ("check", "--select", "integrity", "--phase", "build,docs"),
    ("inventory",),
    ("inventory", "--format", "json"),
    *(("offline", "--format", name) for name in FORMATS),
]


@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
def test_every_format_says_the_same(
    arguments: tuple[str, ...], project: Path, analysis: Counter, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    folder = project.parent / "samples"
    shutil.copytree(SAMPLES, folder)
    monkeypatch.chdir(folder)
    archive = archive_of(SAMPLES / "unguarded", folder / "spam-1.0.tar.gz")
    for path in (*NAMES, archive.name):
        plain = said(capfd, *arguments, "--no-cache", path)
        assert analysis.asked() == 1
        files = [file.read_bytes() for file in sorted(project.parent.glob("out.*"))]
        for asked in (1, 0):
            assert said(capfd, *arguments, path) == plain
            assert analysis.asked() == asked
            assert [file.read_bytes() for file in sorted(project.parent.glob("out.*"))] == files


@pytest.mark.usefixtures("project")
def test_several_projects_and_their_files(analysis: Counter, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(SAMPLES)
    for arguments in (NAMES, ["guarded", "unguarded/setup.py"], ["unguarded/buildtools/fetch.py"]):
        plain = said(capfd, *arguments, "--no-cache")
        assert said(capfd, *arguments) == plain
        assert analysis.asked()
        assert said(capfd, *arguments) == plain
        assert not analysis.asked()


def test_a_comparison_of_releases(project: Path, analysis: Counter, capfd: pytest.CaptureFixture[str]) -> None:
    archive = archive_of(project, project.parent / "spam-1.0.tar.gz")
    (project / "helper.py").write_text(HELPER.replace("b.zip", "c.zip"))
    for form in ("text", "json"):
        plain = said(capfd, "diff", "--format", form, "--no-cache", str(archive), ".")
        assert "c.zip" in plain[1]
        assert analysis.asked() == 2
        assert said(capfd, "diff", "--format", form, str(archive), ".") == plain
        assert analysis.asked() == (2 if form == "text" else 0)


# what changes an answer


def write(file: str, text: str) -> Callable[[Path], object]:
    return lambda project: (project / file).write_text(text)


def link(project: Path) -> None:
    (project / "helper.py").unlink()
    (project / "helper.py").symlink_to("setup.py")


CHANGES: dict[str, Callable[[Path], object]] = {
    "of a file": write("setup.py", SETUP.replace("a.zip", "c.zip")),
    "of a file that another one imports": write("helper.py", HELPER.replace("b.zip", "c.zip")),
    "a file more": write("conftest.py", "import urllib.request\nurllib.request.urlopen('https://example.org/t')\n"),
    "a file more that nothing reads": write("odd.bin", ""),
    "a file less": lambda project: (project / "helper.py").unlink(),
    "a folder more": lambda project: (project / "docs").mkdir(),
    "a file that is a link": link,
    "of a comment": write("setup.py", SETUP.replace(" known", "")),
    "require-reason": write("offlint.toml", "require-reason = true\n"),
    "per-path-ignores": write("offlint.toml", '[per-path-ignores]\n"helper.py" = ["OFL1"]\n'),
    "the phases": write("offlint.toml", 'phase = ["build"]\n'),
    "own pages": write("own.md", PAGE),
    "the folder's name": lambda project: project.rename(project.parent / "eggs"),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_change_is_seen(project: Path, analysis: Counter, change: Callable[[Path], object], monkeypatch: pytest.MonkeyPatch) -> None:
    def asked() -> int:
        with pytest.raises(SystemExit):
            main([*(["--rules", "own.md"] if Path("own.md").exists() else []), "."])
        return analysis.asked()

    assert [asked(), asked()] == [1, 0]
    change(project)
    if not project.exists():
        monkeypatch.chdir(project.parent / "eggs")
    assert [asked(), asked()] == [1, 0]
    if Path("own.md").exists():
        Path("own.md").write_text(PAGE.replace("http", "git"))
        assert [asked(), asked()] == [1, 0]


@pytest.mark.parametrize("options", ["--phase test", "--no-suppressions", "helper.py", "setup.py", "--against ../checkout", "--against ."])
def test_an_option_is_a_question_of_its_own(project: Path, analysis: Counter, capfd: pytest.CaptureFixture[str], options: str) -> None:
    shutil.copytree(project, project.parent / "checkout")
    first = said(capfd, "--verbose", ".")
    other = said(capfd, "--verbose", *options.split(), *([] if options.endswith(".py") else ["."]))
    assert analysis.asked() == 2
    assert said(capfd, "--verbose", *options.split(), *([] if options.endswith(".py") else ["."])) == other
    assert said(capfd, "--verbose", ".") == first
    assert not analysis.asked()


@pytest.mark.usefixtures("project")
@pytest.mark.parametrize("options", ["--select OFL201", "--ignore OFL2", "--fail-on never", "--quiet", "--format json"])
def test_what_is_made_of_an_answer_asks_for_none(cache: Path, analysis: Counter, capfd: pytest.CaptureFixture[str], options: str) -> None:
    plain = said(capfd, "--no-cache", *options.split())
    assert not list(cache.glob("*.entry"))
    said(capfd)
    analysis.asked()
    assert said(capfd, *options.split()) == plain
    assert not analysis.asked()


def test_what_nobody_read_changes_nothing(project: Path, analysis: Counter, capfd: pytest.CaptureFixture[str]) -> None:
    first = said(capfd)
    (project / "unread.txt").write_text("something else")
    (project / "setup.py").touch()
    assert said(capfd) == first
    assert analysis.asked() == 1


def test_a_checkout_of_an_archive_is_looked_at(project: Path, analysis: Counter, capfd: pytest.CaptureFixture[str]) -> None:
    archive = archive_of(project, project.parent / "spam-1.0.tar.gz")
    arguments = ("--verbose", "--against", ".", str(archive))
    first = said(capfd, *arguments)
    assert said(capfd, *arguments) == first
    assert analysis.asked() == 1
    (project / "CMakeLists.txt").write_text("project(spam)\n")
    said(capfd, *arguments)
    assert analysis.asked() == 1


@pytest.mark.usefixtures("project")
def test_another_offlint_answers_anew(analysis: Counter, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    said(capfd)
    monkeypatch.setattr("offlint.recall.identity", lambda _store: "another")
    said(capfd)
    assert analysis.asked() == 2


def test_who_answers_is_told_by_contents(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "offlint"
    (package / "rules" / "findings").mkdir(parents=True)
    (package / "run.py").write_text("1")
    (package / "rules" / "a.md").write_text("1")
    monkeypatch.setattr("offlint.cache.identity._PACKAGE", str(package))
    monkeypatch.setattr("offlint.cache.identity.SETTLED", 0.0)
    store = Store(str(tmp_path / "cache"))
    first = identity(store)
    assert identity(store) == first == identity(Store(None))
    for file in ("run.py", "rules/a.md"):
        (package / file).write_text("2")
        assert identity(store) != first
        assert identity(store) == identity(Store(None))
        (package / file).write_text("1")
        assert identity(store) == first
    (package / "more.py").write_text("")
    assert identity(store) != first


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes with names")
def test_pages_that_are_none_are_not_waited_for(tmp_path: Path) -> None:
    first = pages_digest(str(tmp_path))
    os.mkfifo(tmp_path / "pipe.md")
    (tmp_path / "circle").symlink_to(tmp_path)
    assert pages_digest(str(tmp_path)) != first
    assert pages_digest(str(tmp_path / "pipe.md")) == pages_digest(str(tmp_path / "pipe.md"))
    assert pages_digest("a\0b") == pages_digest("a\0b") != pages_digest("absent")


def test_who_answers_depends_on_what_parses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = identity(Store(None))
    (tmp_path / "other-1.0.dist-info").mkdir()
    monkeypatch.syspath_prepend(str(tmp_path))
    assert identity(Store(None)) == first
    for name in ("tree_sitter_bash-9.9.dist-info", "PyYAML-9.9.egg-info"):
        (tmp_path / name).mkdir()
        assert identity(Store(None)) != first
        first = identity(Store(None))


# what may be wrong with the cache


@pytest.mark.usefixtures("project")
def test_a_broken_entry_is_as_none(cache: Path, analysis: Counter, capfd: pytest.CaptureFixture[str]) -> None:
    plain = said(capfd)
    for entry in cache.glob("*.entry"):
        data = bytearray(entry.read_bytes())
        data[len(data) // 2] ^= 0x55
        entry.write_bytes(data)
    assert said(capfd) == plain
    assert analysis.asked() == 2
    assert said(capfd) == plain
    assert not analysis.asked()


FORGED = [
    b"", b"\n", b"[]\n", b"[[], {}]\n", b'[[[]], {}]\n{"": "offlint.model.report.Report"}',
    b'[[[]], {}]\n{"": "os.system"}', b"[[[1]], {}]\nnull",
    b'[[[["setup.py", "x", ""]]], {}]\nnull',
    b'[[[]], []]\n{"": "offlint.model.words.Phase", "of": "build"}', b"\xff\n\xff", b"[" * 100_000, b"{}\n{}",
    b"1\n2",
    b'[[[["../x", 1, ""]]], {}]\nnull',
    b'[[[["setup.py", 1e400, ""]]], {}]\nnull', b'[[[["setup.py", 9999999999999999999999, ""]]], {}]\nnull', b'[[[]], {}]\n"text"',
    b"[[[]], 1]\nnull", b"[[[]], [1]]\nnull",
]  # fmt: skip


@pytest.mark.usefixtures("project")
@pytest.mark.parametrize("forged", FORGED)
def test_what_nobody_kept_is_as_none(cache: Path, analysis: Counter, capfd: pytest.CaptureFixture[str], forged: bytes) -> None:
    plain = said(capfd)
    store = Store(str(cache))
    kept = [entry.stem for entry in cache.glob("*.entry") if (held := store.get(entry.stem) or b"").startswith(b"[[") and b"\n" in held]
    assert len(kept) == 1  # the report; who answers and the pages are what they were, so that it is asked for
    store.put(kept[0], forged)
    assert said(capfd) == plain
    assert analysis.asked() == 2


@pytest.mark.parametrize("forged", [b"", b"\n", b"OFL101", b"a b c\n", b"\xff" * 9, b'{"OFL101":1}'])
def test_names_that_nobody_kept_are_as_none(tmp_path: Path, forged: bytes) -> None:
    store = Store(str(tmp_path))
    names = dict(Pages((), store).names)
    assert names["OFL101"] == "unguarded-access"
    store.put(digest("names", Pages((), store).digest), forged)
    assert Pages((), store).names == names


@pytest.mark.usefixtures("project")
@pytest.mark.parametrize("folder", ["/dev/null/cache", "setup.py", "setup.py/cache"])
def test_a_folder_that_cannot_be_used_is_not_spoken_of(
    analysis: Counter, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, folder: str
) -> None:
    plain = said(capfd, "--no-cache")
    monkeypatch.setenv("OFFLINT_CACHE_DIR", folder)
    assert said(capfd) == said(capfd) == plain
    assert analysis.asked() == 3


def test_without_a_home_nothing_is_kept(project: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    plain = said(capfd, "--no-cache")
    for name in ("OFFLINT_CACHE_DIR", "XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", "nowhere")
    assert said(capfd) == plain
    assert [path.name for path in sorted(project.iterdir())] == ["helper.py", "setup.py", "unread.txt"]
    assert said(capfd, "cache", "dir")[0] == 2


def test_several_processes_at_once(project: Path, cache: Path) -> None:
    command = [sys.executable, "-m", "offlint", "--format", "json", "."]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=project) for _ in range(4)]
    answers = {process.communicate(timeout=120) for process in running}
    assert len(answers) == 1
    assert {process.returncode for process in running} == {1}
    assert subprocess.run(command, capture_output=True, cwd=project, check=False).stdout == answers.pop()[0]
    assert not list(cache.glob("*.tmp"))


def test_a_file_that_changes_on_the_way_is_not_kept(project: Path) -> None:
    reads = Reads()
    contents = reads.over(folder_contents(str(project)))
    contents.read("setup.py", 1000)
    contents.read("setup.py", 1000)
    assert reads.steady
    assert read_again(folder_contents(str(project)), reads.all()) == {}
    assert read_again(folder_contents(str(project)), reads.all(), ["setup.py", "../x"]) == {"setup.py": SETUP.encode()}
    (project / "setup.py").write_text("")
    contents.read("setup.py", 1000)
    assert not reads.steady
    assert read_again(folder_contents(str(project)), reads.all()) is None


@pytest.mark.usefixtures("project")
def test_pages_that_change_on_the_way_are_not_kept(tmp_path: Path, analysis: Counter) -> None:
    page, store = Path("own.md"), Store(str(tmp_path / "cache"))
    for changes, asked in ((True, 1), (False, 1), (False, 0)):
        page.write_text(PAGE)
        pages = Pages((page,), store)
        assert pages.digest
        if changes:
            page.write_text(PAGE.replace("http", "git"))  # before they are read
        check(".", pages=pages, store=store, phases=ALL_PHASES)
        assert analysis.asked() == asked


def test_no_error_is_kept(project: Path, capfd: pytest.CaptureFixture[str]) -> None:
    broken = project.parent / "broken.tar.gz"
    broken.write_bytes(b"no archive")
    first = said(capfd, str(broken))
    assert first[0] == 2
    assert said(capfd, str(broken)) == first
    assert said(capfd, "../absent")[0] == 2


# what is in it


@pytest.mark.usefixtures("project")
def test_it_is_shown_and_emptied(cache: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert said(capfd, "cache", "dir") == (0, f"{cache}\n", "")
    assert said(capfd, "cache", "info")[1].splitlines()[1].startswith("0 files, 0.0 MB")
    said(capfd)
    count = len(list(cache.glob("*.entry")))
    assert count >= 3
    assert said(capfd, "cache", "info")[1].splitlines()[1].startswith(f"{count} files, ")
    code, out, _ = said(capfd, "cache", "clean")
    assert code == 0
    assert f"took away {count} files" in out
    assert not list(cache.glob("*.entry"))


@pytest.mark.usefixtures("project")
def test_no_text_of_a_folder_is_kept(cache: Path) -> None:
    """What is quoted is read again, so that the cache holds no copy of the sources."""
    store = Store(str(cache))
    report = check(".", pages=Pages((), store), store=store, phases=ALL_PHASES)
    again = check(".", pages=Pages((), store), store=store, phases=ALL_PHASES)
    assert dict(report.sources) == dict(again.sources) == {"setup.py": SETUP, "helper.py": HELPER}
    assert again.findings == report.findings
    assert not any(b"import helper" in entry.read_bytes() for entry in cache.glob("*.entry"))
