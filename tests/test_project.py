"""Is a folder, an archive or a mapping read as the same tree, and is a hostile one survived?"""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import stat
import tarfile
import tracemalloc
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from offlint.model.entry import Skipped
from offlint.project import Unreadable, find_root, limits, open_project, project_of
from offlint.project.base import Project
from offlint.project.memory import MemoryProject

FILES: Mapping[str, bytes] = {
    "pyproject.toml": b'[project]\nname = "demo"\nversion = "1.0"\n',
    "setup.py": b"from setuptools import setup\nsetup()\n",
    "src/Demo/__init__.py": b"x = 1\n",
    "src/Demo/data.bin": b"\0\1\2" * 1000,
    "tests/test_demo.py": b"def test(): pass\n",
}


def write_folder(top: Path, files: Mapping[str, bytes] = FILES) -> Path:
    for name, data in files.items():
        (top / name).parent.mkdir(parents=True, exist_ok=True)
        (top / name).write_bytes(data)
    return top


def member(name: str, kind: bytes = tarfile.REGTYPE, target: str = "", size: int = 0) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname, info.size = kind, target, size
    return info


def write_tar(path: Path, files: Mapping[str, bytes] = FILES, top: str = "demo-1.0/", extra: tuple[tarfile.TarInfo, ...] = ()) -> Path:
    mode = {".gz": "w:gz", ".tgz": "w:gz", ".bz2": "w:bz2", ".xz": "w:xz"}.get(path.suffix, "w")
    with tarfile.open(path, mode) as tar:  # type: ignore[call-overload]
        for name, data in files.items():
            info = tarfile.TarInfo(top + name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
        for info in extra:
            tar.addfile(info)
    return path


def write_zip(path: Path, files: Mapping[str, bytes] = FILES, top: str = "demo-1.0/") -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(top + name, data)
    return path


def whys(project: Project) -> list[str]:
    return [f"{problem.file}: {problem.why}" for problem in project.problems]


@pytest.mark.parametrize("ending", ["", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz", ".tar", ".zip"])
def test_every_kind_holds_the_same_tree(tmp_path: Path, ending: str) -> None:
    if not ending:
        path = write_folder(tmp_path / "demo-1.0")
    elif ending == ".zip":
        path = write_zip(tmp_path / "d.zip")
    else:
        path = write_tar(tmp_path / f"d{ending}")
    project = open_project(path)
    assert (project.root, project.name, project.version) == ("demo-1.0", "demo", "1.0")
    assert list(project.files) == sorted(FILES)
    assert {name: project.data(name) for name in FILES} == FILES
    assert project.is_dir("src/Demo")
    assert project.is_dir("")
    assert not project.is_dir("setup.py")
    assert project.exists("./src/../setup.py")
    assert not project.exists("../demo-1.0/setup.py")
    assert not project.exists("/setup.py")
    assert not project.exists("src/demo")
    assert project.text("src/Demo/__init__.py") == "x = 1\n"
    assert project.find("setup.py", "setup(") == 2
    assert project.find("setup.py", "nowhere", 7) == 7
    assert project.problems == []


def test_no_top_folder_to_strip(tmp_path: Path) -> None:
    project = open_project(write_tar(tmp_path / "flat.tar.gz", top=""))
    assert project.root == "flat"
    assert list(project.files) == sorted(FILES)


def test_memory_project_is_the_same_tree() -> None:
    project = MemoryProject({**FILES, "docs/./a.txt": "é"}, root="demo-1.0")
    assert list(project.files) == sorted([*FILES, "docs/a.txt"])
    assert (project.root, project.name) == ("demo-1.0", "demo")
    assert project.text("docs/a.txt") == "é"
    assert project.is_dir("docs")
    assert project.data("gone") is None
    assert whys(project) == ["gone: does not exist in the project"]


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (lambda _path: None, "does not exist"),
        (lambda path: path.mkdir(), "no files in the folder"),
        (lambda path: path.write_bytes(b""), "an empty file"),
        (lambda path: path.write_bytes(b"print(1)\n"), "neither a folder nor an archive"),
        (lambda path: path.write_bytes(gzip.compress(b"no tar at all" * 100)), "not an archive that can be read"),
        (lambda path: path.write_bytes(b"\x1f\x8b\x08broken"), "not an archive that can be read"),
        (lambda path: path.write_bytes(b"BZhbroken"), "not an archive that can be read"),
        (lambda path: path.write_bytes(b"\xfd7zXZ\x00broken"), "not an archive that can be read"),
        (lambda path: path.write_bytes(b"PK\x03\x04broken"), "not an archive that can be read"),
        (lambda path: write_tar(path, {}), "no files in the archive"),
        (lambda path: write_zip(path, {}), "no files in the archive"),
        (os.mkfifo, "neither a folder nor a regular file"),
    ],
)
def test_unreadable_is_one_line(tmp_path: Path, make: Callable[[Path], object], why: str) -> None:
    path = tmp_path / "x"
    make(path)
    with pytest.raises(Unreadable, match=why) as caught:
        open_project(path)
    assert "\n" not in str(caught.value)
    assert str(caught.value).startswith(str(path))


def test_nul_in_a_path_is_unreadable() -> None:
    with pytest.raises(Unreadable):
        open_project("a\0b")


@pytest.mark.parametrize("ending", [".tar.gz", ".tar"])
def test_hostile_members_are_said_and_the_rest_goes_on(tmp_path: Path, ending: str) -> None:
    extra = (
        member("/etc/passwd"),
        member("C:\\windows\\x.py"),
        member("demo-1.0/../../evil.py"),
        member("demo-1.0/out", tarfile.SYMTYPE, "../../etc/passwd"),
        member("demo-1.0/abs", tarfile.SYMTYPE, "/etc/passwd"),
        member("demo-1.0/hard", tarfile.LNKTYPE, "etc/passwd"),
        member("demo-1.0/a", tarfile.SYMTYPE, "b"),
        member("demo-1.0/b", tarfile.SYMTYPE, "a"),
        member("demo-1.0/tty", tarfile.CHRTYPE),
        member("demo-1.0/pipe", tarfile.FIFOTYPE),
        member("demo-1.0/lib", tarfile.SYMTYPE, "src"),
        member("demo-1.0/lib/through.py"),
        member("demo-1.0/docs/conf.py", tarfile.SYMTYPE, "../src/Demo/__init__.py"),
        member("demo-1.0/copy.py", tarfile.LNKTYPE, "demo-1.0/setup.py"),
        member("demo-1.0/around.py", tarfile.SYMTYPE, "../demo-1.0/setup.py"),
        member("demo-1.0/nowhere", tarfile.SYMTYPE, "gone"),
    )
    project = open_project(write_tar(tmp_path / f"x{ending}", extra=extra))
    assert list(project.files) == sorted([*FILES, "docs/conf.py", "copy.py", "around.py"])
    assert project.text("docs/conf.py") == "x = 1\n"
    assert project.text("copy.py") == project.text("around.py") == FILES["setup.py"].decode()
    assert project.text("lib/Demo/__init__.py") == "x = 1\n"
    assert sorted(whys(project)) == [
        "/etc/passwd: an absolute name in the archive",
        "C:\\windows\\x.py: an absolute name in the archive",
        "a: a link that runs in a circle of links",
        "abs: a link that leaves the tree",
        "b: a link that runs in a circle of links",
        "demo-1.0/../../evil.py: a name in the archive that leaves its folder (..)",
        "demo-1.0/pipe: a device or pipe in the archive",
        "demo-1.0/tty: a device or pipe in the archive",
        "hard: a link that leaves the tree",
        "lib/through.py: lies below a link",
        "out: a link that leaves the tree",
    ]


def test_zip_links_and_names(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "x.zip", {**FILES, "../evil.py": b""})
    with zipfile.ZipFile(path, "a") as archive:
        for name, target in (("in.py", "setup.py"), ("out", "../../x"), ("dev", "")):
            info = zipfile.ZipInfo(f"demo-1.0/{name}")
            info.create_system = 3
            info.external_attr = (stat.S_IFCHR if name == "dev" else stat.S_IFLNK) << 16
            archive.writestr(info, target)
    project = open_project(path)
    assert list(project.files) == sorted([*FILES, "in.py"])
    assert project.text("in.py") == FILES["setup.py"].decode()
    assert whys(project) == [
        "demo-1.0/../evil.py: a name in the archive that leaves its folder (..)",
        "demo-1.0/dev: a device or pipe in the archive",
        "out: a link that leaves the tree",
    ]


def test_truncated_archive_keeps_what_was_read(tmp_path: Path) -> None:
    whole = write_tar(tmp_path / "x.tar", {**FILES, "z.bin": os.urandom(100_000)}).read_bytes()
    for data in (whole[:-60_000], gzip.compress(whole)[:-50_000], whole[: 512 * 3] + b"\1" * 5000):
        path = tmp_path / "cut.tar"
        path.write_bytes(data)
        project = open_project(path)
        assert project.name == "demo"
        assert len(project.problems) == 1
        assert "the archive is broken" in project.problems[0].why
        assert project.problems[0].file == "cut.tar"


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
def test_bombs_do_not_take_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pack: Callable[[bytes], bytes]) -> None:
    monkeypatch.setattr(limits, "READ", 40 * limits.MIB)
    head = write_tar(tmp_path / "x.tar").read_bytes()[: 512 * 2]
    bomb = member("demo-1.0/bomb.py", size=1 << 40).tobuf(tarfile.GNU_FORMAT)
    path = tmp_path / "bomb"
    path.write_bytes(pack(head + bomb + b"\0" * (64 * limits.MIB)))
    tracemalloc.start()
    try:
        project = open_project(path)
        assert project.text("bomb.py") is None
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 25 * limits.MIB
    assert project.name == "demo"


@pytest.mark.parametrize("kind", [tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.GNUTYPE_LONGNAME])
def test_huge_headers_are_not_read(tmp_path: Path, kind: bytes) -> None:
    head = write_tar(tmp_path / "x.tar").read_bytes()[: 512 * 2]
    path = tmp_path / "bomb"
    path.write_bytes(gzip.compress(head + member("x", kind, size=1 << 33).tobuf(tarfile.GNU_FORMAT) + b"\0" * (64 * limits.MIB)))
    tracemalloc.start()
    try:
        project = open_project(path)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 10 * limits.MIB
    assert "header" in project.problems[0].why


def test_zip_bomb_is_read_up_to_the_limit(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "x.zip", {"a.py": b"#" * (20 * limits.MIB), "b.py": b""})
    project = open_project(path)
    tracemalloc.start()
    try:
        assert project.text("a.py") is None
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 12 * limits.MIB
    assert whys(project) == ["a.py: too large: more than 5 MB"]


def test_too_many_members(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MEMBERS", 3)
    for path in (write_tar(tmp_path / "x.tgz"), write_zip(tmp_path / "x.zip"), write_folder(tmp_path / "x")):
        project = open_project(path)
        assert len(project.files) <= 3
        assert "more than 3 " in project.problems[0].why


def test_reads_of_rare_members_are_metered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "READ", limits.MIB)
    monkeypatch.setattr(limits, "KEPT", 0)
    project = open_project(write_tar(tmp_path / "x.tgz"))
    for _ in range(300):
        project.data("src/Demo/data.bin")
    assert whys(project) == ["src/Demo/data.bin: cannot be read: more than 1 MB unpacked from the archive"]


def test_a_rare_member_is_unpacked_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "READ", limits.MIB)
    project = open_project(write_tar(tmp_path / "x.tgz"))
    assert all(project.data("src/Demo/data.bin") for _ in range(300))
    assert not whys(project)


def test_encrypted_zip_member_is_a_problem(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "x.zip", {"setup.py": b"x = 1", "a.txt": b""})
    raw = bytearray(path.read_bytes())
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        raw[raw.index(mark) + at] |= 1
    path.write_bytes(raw)
    project = open_project(path)
    assert project.text("setup.py") is None
    assert "cannot be read" in project.problems[0].why


def test_folder_links_stay_inside(tmp_path: Path) -> None:
    top = write_folder(tmp_path / "demo")
    (tmp_path / "secret.py").write_text("x = 2")
    (top / "out.py").symlink_to("../secret.py")
    (top / "abs.py").symlink_to(tmp_path / "secret.py")
    (top / "in.py").symlink_to(top / "setup.py")
    (top / "lib").symlink_to("src")
    (top / "loop").symlink_to("loop")
    (top / "src" / "up").symlink_to("..")
    (top / ".#lock").symlink_to("me@here.1")
    os.mkfifo(top / "pipe")
    project = open_project(top)
    assert list(project.files) == sorted([*FILES, "in.py"])
    assert project.text("in.py") == FILES["setup.py"].decode()
    assert project.text("src/up/lib/Demo/__init__.py") == "x = 1\n"
    assert not project.exists("out.py")
    assert sorted(whys(project)) == [
        "abs.py: a link that leaves the tree",
        "loop: a link that runs in a circle of links",
        "out.py: a link that leaves the tree",
        "pipe: not a regular file",
    ]


def test_caches_and_environments_are_no_sources(tmp_path: Path) -> None:
    noise = {
        ".git/config": b"",
        "a/__pycache__/x.py": b"",
        "env/pyvenv.cfg": b"",
        "env/lib/x.py": b"",
        "node_modules/x/conf.py": b"",
        ".venv/y.py": b"",
    }
    folder = open_project(write_folder(tmp_path / "x", {**FILES, **noise}))
    archive = open_project(write_tar(tmp_path / "x.tgz", {**FILES, **noise}))
    assert list(folder.files) == list(archive.files) == sorted(FILES)
    assert folder.is_dir(".git")


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_unreadable_file_without_permission(tmp_path: Path) -> None:
    top = write_folder(tmp_path / "demo")
    (top / "setup.py").chmod(0)
    project = open_project(top)
    assert project.text("setup.py") is None
    assert whys(project) == ["setup.py: cannot be read: Permission denied"]


def test_file_that_vanishes_is_a_problem(tmp_path: Path) -> None:
    top = write_folder(tmp_path / "demo")
    project = open_project(top)
    (top / "setup.py").unlink()
    assert project.text("setup.py") is None
    assert project.text("setup.py") is None
    assert whys(project) == ["setup.py: cannot be read: No such file or directory"]


def test_names_that_are_no_unicode(tmp_path: Path) -> None:
    top = write_folder(tmp_path / "demo")
    Path(os.fsdecode(os.fsencode(top) + b"/\xff\n.py")).write_text("")
    project = open_project(top)
    assert list(project.files) == sorted(FILES)
    assert whys(project) == [r"\udcff\n.py: its name is not in the file system's encoding"]


@pytest.mark.parametrize(
    ("name", "data", "text"),
    [
        ("a.py", "# é".encode(), "# é"),
        ("a.py", b"\xef\xbb\xbfx = 1", "x = 1"),
        ("a.py", b"# -*- coding: latin-1 -*-\n# \xe9", "# -*- coding: latin-1 -*-\n# é"),
        ("a.py", b"#!/bin/x\n# vim: set fileencoding=cp1251 :\n# \xe9", "#!/bin/x\n# vim: set fileencoding=cp1251 :\n# й"),
        ("a.py", b"x = 1\n# coding: cp1251\n# \xe9", "x = 1\n# coding: cp1251\n# é"),
        ("a.py", b"# coding: nonsense\n# \xe9", "# coding: nonsense\n# é"),
        ("a.py", b"# coding: punycode\nx", "# coding: punycode\nx"),
        ("a.txt", b"# coding: cp1251\n\xe9", "# coding: cp1251\né"),
        ("a.txt", "é".encode("utf-16"), "é"),
        ("a.txt", b"a\0b", "a\0b"),
        ("a.txt", b"a\r\nb", "a\r\nb"),
    ],
)
def test_text_is_decoded(name: str, data: bytes, text: str) -> None:
    project = MemoryProject({name: data})
    assert project.text(name) == text
    assert project.problems == []


def test_nul_bytes_and_large_texts_are_problems() -> None:
    project = MemoryProject({"a.py": b"x\0", "b.py": b"#" * (limits.TEXT + 1), "c.py": b"#" * limits.TEXT})
    assert [project.text(name) for name in ("a.py", "b.py", "a.py", "b.py")] == [None] * 4
    assert project.text("c.py") is not None
    assert project.data("b.py") is not None
    assert whys(project) == ["a.py: contains NUL bytes", "b.py: too large: more than 5 MB"]


def test_broken_configuration_is_said_once() -> None:
    project = MemoryProject(
        {"pyproject.toml": "a = 1\nb = [\n", "x.toml": "a = 1\nb = = 2\n", "deep.toml": "a = " + "[" * 100_000, "setup.cfg": "[a]\n!\nx"}
    )
    for _ in range(2):
        assert project.toml("pyproject.toml") == {}
        assert project.toml("x.toml") == {}
        assert project.toml("deep.toml") == {}
        assert project.ini("setup.cfg") == {}
    by_file = {problem.file: problem for problem in project.problems}
    assert len(project.problems) == 4
    assert by_file["x.toml"] == Skipped("x.toml", "broken TOML at 2:5: Invalid value", 2)
    assert by_file["pyproject.toml"].line == 3
    assert by_file["setup.cfg"].line == 2
    assert all("\n" not in problem.why for problem in project.problems)


def test_ini_is_read_as_setuptools_does() -> None:
    project = MemoryProject({"setup.cfg": "[A]\nKey = 100%\nkey: b\n[A]\nmore =\n  x = 1\n  y\n"})
    assert project.ini("setup.cfg") == {"A": {"Key": "100%", "key": "b", "more": "\nx = 1\ny"}}


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"PKG-INFO": "Name: a\nVersion: 2\n\nName: no\n", "pyproject.toml": '[project]\nname = "b"'}, ("a", "2")),
        ({"pyproject.toml": '[project]\nname = "b"\ndynamic = ["version"]', "setup.cfg": "[metadata]\nversion = attr: b.v"}, ("b", "")),
        ({"pyproject.toml": '[tool.poetry]\nname = "c"\nversion = "3"'}, ("c", "3")),
        ({"pyproject.toml": "[project]\nname = 5\n[tool]\npoetry = 1"}, ("example", "")),
        ({"setup.cfg": "[metadata]\nname = d\nversion = 4"}, ("d", "4")),
        ({"setup.py": ""}, ("example", "")),
    ],
)
def test_name_and_version(files: Mapping[str, str], expected: tuple[str, str]) -> None:
    project = MemoryProject(files)
    assert (project.name, project.version) == expected


def test_root_is_the_nearest_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    top = write_folder(tmp_path / "demo")
    assert find_root(top / "src" / "Demo" / "__init__.py") == top
    assert find_root(top) == top
    project = project_of(top / "tests" / "test_demo.py")
    assert project.name == "demo"
    monkeypatch.chdir(top / "src")
    assert find_root("Demo/__init__.py") == top
    assert open_project(".").root == "src"
    assert open_project("..").root == "demo"
