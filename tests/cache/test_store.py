"""Is what was kept found again, whole or not at all, whatever happens to the folder?"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from offlint.cache.store import Store, default_folder, digest

NAME, OTHER = digest("a"), digest("b")


def entry(folder: Path) -> Path:
    (found,) = folder.glob("*.entry")
    return found


def test_what_was_kept_is_found(tmp_path: Path) -> None:
    folder = tmp_path / "not" / "there"
    store = Store(str(folder))
    assert store.get(NAME) is None
    store.put(NAME, b"one\ntwo")
    store.put(NAME, b"three\n")
    assert store.get(NAME) == b"three\n"
    assert store.get(OTHER) is None
    assert (folder / "CACHEDIR.TAG").read_bytes().startswith(b"Signature: 8a477f597d28d172789f06886806bc55\n")
    if os.name == "posix":
        assert folder.stat().st_mode & 0o077 == 0, "it tells what a user's projects are called"
    assert not list(folder.glob("*.tmp"))


def test_parts_of_a_digest_do_not_run_together() -> None:
    assert len({digest("ab", "c"), digest("a", "bc"), digest("abc"), digest("ab", "c", ""), digest("\udcff")}) == 5
    assert digest("ä") == digest("ä".encode())


@pytest.mark.parametrize("broken", [b"", b"offlint 1 ", b"whole", b"\0" * 500])
def test_a_broken_entry_is_taken_away(tmp_path: Path, broken: bytes) -> None:
    store = Store(str(tmp_path))
    store.put(NAME, b"data" * 100)
    entry(tmp_path).write_bytes(broken)
    assert store.get(NAME) is None
    assert not list(tmp_path.glob("*.entry"))


def test_one_bit_is_enough(tmp_path: Path) -> None:
    store = Store(str(tmp_path))
    store.put(NAME, b"data" * 100)
    data = bytearray(entry(tmp_path).read_bytes())
    data[-7] ^= 1
    entry(tmp_path).write_bytes(data)
    assert store.get(NAME) is None


def test_without_a_folder_nothing_is_kept() -> None:
    store = Store(None)
    store.put(NAME, b"data")
    assert store.get(NAME) is None
    assert store.clean() == (0, 0)


@pytest.mark.parametrize("folder", ["/dev/null/cache", "a\0b", "{file}", "{file}/below"])
def test_a_folder_that_cannot_be_is_no_error(tmp_path: Path, folder: str) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"mine")
    store = Store(folder.format(file=file))
    store.put(NAME, b"data")
    assert store.get(NAME) is None
    store.drop(NAME)
    assert store.clean() == (0, 0)
    assert file.read_bytes() == b"mine"


def test_a_disk_that_is_full_keeps_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store(str(tmp_path))
    store.put(NAME, b"old")

    def full(_source: str, _target: str) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("offlint.cache.store.os.replace", full)
    store.put(NAME, b"new")
    assert store.get(NAME) == b"old"
    assert not list(tmp_path.glob("*.tmp"))


def test_what_was_not_used_for_the_longest_goes(tmp_path: Path) -> None:
    store = Store(str(tmp_path), most=10_000)
    names = [digest(str(number)) for number in range(9)]
    for age, name in enumerate(names):
        store.put(name, b"x" * 1000)
        os.utime(tmp_path / f"{name}.entry", (time.time() - 1000 + age,) * 2)
    assert store.get(names[0]) is not None, "and is the newest now"
    store.put(OTHER, b"x" * 1000)
    left = {path.stem for path in tmp_path.glob("*.entry")}
    assert sum(path.stat().st_size for path in tmp_path.glob("*.entry")) <= 10_000
    assert {names[0], OTHER} <= left
    assert names[1] not in left
    store.put(digest("large"), b"x" * 20_000)
    assert store.get(digest("large")) is None


def test_what_others_put_there_is_left_alone(tmp_path: Path) -> None:
    store = Store(str(tmp_path))
    store.put(NAME, b"data")
    mine = {"mine.txt", "mine.tmp", "mine.entry", f"{NAME}.tmp", f"{NAME}.entry.old"}
    for name in mine:
        (tmp_path / name).write_text("mine")
        os.utime(tmp_path / name, (0, 0))
    abandoned = tmp_path / f"{OTHER}.entry.1-2.tmp"
    abandoned.write_text("half")
    os.utime(abandoned, (0, 0))
    store.put(OTHER, b"data")
    assert not abandoned.exists()
    files, size = store.clean()
    assert files == 2
    assert size > 8
    assert {path.name for path in tmp_path.iterdir()} == mine


@pytest.mark.skipif(os.name != "posix", reason="Windows has other permissions")
def test_a_folder_in_which_others_write_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store(str(tmp_path))
    store.put(NAME, b"data")
    tmp_path.chmod(0o1777)
    assert store.get(NAME) is None
    store.put(OTHER, b"data")
    tmp_path.chmod(0o755)
    assert (store.get(NAME), store.get(OTHER)) == (b"data", None)
    monkeypatch.setattr(os, "geteuid", lambda: 12345)
    told = tmp_path.stat()
    monkeypatch.setattr(os, "stat", lambda _: os.stat_result((*told[:4], 1234, *told[5:])))
    assert store.get(NAME) is None
    assert store.refused == "it is another user's"


@pytest.mark.skipif(os.name != "posix", reason="Windows has other permissions")
def test_an_entry_that_others_may_write_is_not_believed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store(str(tmp_path))
    mask = os.umask(0)
    try:
        store.put(NAME, b"data")
    finally:
        os.umask(mask)
    assert entry(tmp_path).stat().st_mode & 0o022 == 0
    assert store.get(NAME) == b"data"
    entry(tmp_path).chmod(0o666)
    assert store.get(NAME) is None
    store.put(NAME, b"new")
    assert store.get(NAME) == b"new"
    told = entry(tmp_path).stat()
    monkeypatch.setattr(os, "fstat", lambda _: os.stat_result((*told[:4], os.geteuid() + 1, *told[5:])))
    assert store.get(NAME) is None


@pytest.mark.skipif(os.name != "posix", reason="Windows has no pipes with names")
def test_what_is_no_file_is_not_waited_for(tmp_path: Path) -> None:
    store = Store(str(tmp_path))
    store.put(OTHER, b"data")
    entry = tmp_path / f"{NAME}.entry"
    for make in (os.mkfifo, lambda path: path.symlink_to(tmp_path / f"{OTHER}.entry"), lambda path: path.symlink_to("/dev/zero")):
        make(entry)
        assert store.get(NAME) is None
        store.put(NAME, b"new")
        assert store.get(NAME) == b"new"
        entry.unlink()
    assert store.get(OTHER) == b"data"


def test_where_it_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("OFFLINT_CACHE_DIR", "XDG_CACHE_HOME", "HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("offlint.cache.store.sys.platform", "linux")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert default_folder() == str(tmp_path / ".cache" / "offlint")
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    assert default_folder() == str(tmp_path / ".cache" / "offlint")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert default_folder() == str(tmp_path / "xdg" / "offlint")
    monkeypatch.setenv("OFFLINT_CACHE_DIR", "here")
    assert default_folder() == str(Path.cwd() / "here")


def test_processes_at_once_never_see_half_of_it(tmp_path: Path) -> None:
    code = (
        "import sys; from offlint.cache.store import Store, digest\n"
        "store = Store(sys.argv[1]); own = sys.argv[2].encode() * 100_000\n"
        "for _ in range(40):\n"
        "    store.put(digest('same'), own)\n"
        "    found = store.get(digest('same'))\n"
        "    assert found is None or (len(found) == 100_000 and len(set(found)) == 1), len(found)\n"
    )
    running = [subprocess.Popen([sys.executable, "-c", code, str(tmp_path), letter]) for letter in "abc"]
    assert [process.wait(60) for process in running] == [0, 0, 0]
    assert [path.suffix for path in tmp_path.glob("*") if path.name != "CACHEDIR.TAG"] == [".entry"]
