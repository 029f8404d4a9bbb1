"""What does a hostile archive get? Bounded memory and time, a clear line for what was left out, and the rest is read.

Each archive is made here and given to the whole program, which may take as much memory and time as is said in ``MEMORY`` and ``SECONDS``.
"""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import re
import struct
import subprocess
import sys
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

import offlint as package
from offlint.project import open_project

SECONDS = 60
MEMORY = 1_500 << 20  # of which half a gigabyte is the stack, reserved and not used
SETUP = b"import urllib.request\nurllib.request.urlopen('https://example.org/a')\n"
FOUND = "build  online"

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="limits of POSIX")


def member(name: str, data: bytes = b"", kind: bytes = tarfile.REGTYPE, link: str = "", size: int | None = None) -> bytes:
    """One member of a tar file; ``size`` is what its header claims."""
    info = tarfile.TarInfo(name)
    info.type, info.linkname, info.size = kind, link, len(data) if size is None else size
    return info.tobuf(tarfile.GNU_FORMAT, "utf-8", "surrogateescape") + data + b"\0" * (-len(data) % 512)


def tar(*members: bytes) -> bytes:
    """A tar file that begins with a build script that downloads."""
    return member("spam-1.0/setup.py", SETUP) + b"".join(members) + b"\0" * 1024


def check(folder: Path, data: bytes, name: str = "spam-1.0.tar.gz") -> tuple[int, str, str]:
    """Status, output and errors of the program, within the limits."""
    (folder / name).write_bytes(data)
    import resource

    done = subprocess.run(
        [sys.executable, "-m", "offlint", "inventory", name],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(Path(package.__file__).parent.parent), "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY)),
    )
    assert "Traceback" not in done.stderr
    assert "internal error" not in done.stderr
    assert done.stdout.isprintable() or not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f]", done.stdout)
    return done.returncode, done.stdout, done.stderr


def goes_on(folder: Path, data: bytes, said: str = "", name: str = "spam-1.0.tar.gz") -> str:
    """The output of a run that finds what the build script does, and says what was left out."""
    status, out, err = check(folder, data, name)
    assert (status, err) == (0, ""), err
    assert "https://example.org/a" in out
    assert said in out, out
    return out


def refused(folder: Path, data: bytes, said: str, name: str = "spam-1.0.tar.gz") -> None:
    """Nothing of it can be read: one line, and exit status 2."""
    status, out, err = check(folder, data, name)
    assert (status, out, err.count("\n")) == (2, "", 1), err
    assert err.startswith(f"offlint: {name}: ")
    assert said in err


def zipped(members: Iterable[tuple[str | zipfile.ZipInfo, bytes]], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip file that begins with the build script."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        archive.writestr("spam-1.0/setup.py", SETUP)
        for name, data in members:
            archive.writestr(name, data)
    return out.getvalue()


# Bombs


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
def test_a_bomb_is_left_at_a_multiple_of_its_size(pack: Callable[[bytes], bytes], tmp_path: Path) -> None:
    whole = tar(member("spam-1.0/bomb.py", size=300 << 20))[:-1024] + b"\0" * (300 << 20)
    goes_on(tmp_path, pack(whole), "more than 256 MB in the archive: the rest is not looked at")


def test_a_bomb_of_members_that_are_kept(tmp_path: Path) -> None:
    whole = tar(*(member(f"spam-1.0/m{number}.py", b"#" * (4 << 20)) for number in range(70)))
    goes_on(tmp_path, gzip.compress(whole), "more than 256 MB in the archive")


def test_an_xz_stream_that_wants_four_gigabytes_of_memory(tmp_path: Path) -> None:
    data = bytearray(lzma.compress(tar(), filters=[{"id": lzma.FILTER_LZMA2, "dict_size": 1 << 16}]))
    size = (data[12] + 1) * 4  # of the block's header: https://tukaani.org/xz/xz-file-format.txt, 3.1
    assert data[14:16] == b"\x21\x01"
    data[16] = 40
    data[12 + size - 4 : 12 + size] = struct.pack("<I", zlib.crc32(data[12 : 12 + size - 4]))
    refused(tmp_path, bytes(data), "Memory usage limit exceeded")


def test_zip_bombs(tmp_path: Path) -> None:
    data = zipped([(f"spam-1.0/m{number}.py", b"#" * (80 << 20)) for number in range(3)])
    goes_on(tmp_path, data, name="spam.zip")
    data = zipped([("spam-1.0/pyproject.toml", b"#" * (80 << 20))])
    goes_on(tmp_path, data, "pyproject.toml: too large: more than 5 MB", name="spam.zip")


def test_archives_in_archives_are_not_opened(tmp_path: Path) -> None:
    inner = gzip.compress(tar())
    for _ in range(5):
        inner = gzip.compress(tar(member("spam-1.0/more.tar.gz", inner)))
    goes_on(tmp_path, inner)


# Counts


def test_more_members_than_are_looked_at(tmp_path: Path) -> None:
    header = member("spam-1.0/mXXXXXXX")
    base = sum(header[:148]) + 8 * 32 + sum(header[156:]) - sum(b"XXXXXXX")

    def numbered(number: int) -> bytes:
        name = b"%07d" % number
        return header[:10] + name + header[17:148] + b"%06o\0 " % (base + sum(name)) + header[156:]

    whole = tar(*(numbered(number) for number in range(205_000)))
    goes_on(tmp_path, gzip.compress(whole, 1), "more than 200,000 members in the archive: the rest is not looked at")


def zip_of_many(count: int) -> bytes:
    """A zip file with so many entries in its directory, all of which are the build script's bytes."""
    name = b"spam-1.0/setup.py"
    crc = zlib.crc32(SETUP)
    local = struct.pack("<4s5H3I2H", b"PK\3\4", 20, 0, 0, 0, 0, crc, len(SETUP), len(SETUP), len(name), 0) + name + SETUP

    def entry(name: bytes) -> bytes:
        sizes = (crc, len(SETUP), len(SETUP), len(name), 0, 0, 0, 0, 0, 0)
        return struct.pack("<4s6H3I5H2I", b"PK\1\2", 20, 20, 0, 0, 0, 0, *sizes) + name

    directory = b"".join([entry(name), *(entry(b"spam-1.0/%d" % number) for number in range(count))])
    end = struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, (count + 1) & 0xFFFF, (count + 1) & 0xFFFF, len(directory), len(local), 0)
    return local + directory + end


def test_more_entries_than_are_looked_at(tmp_path: Path) -> None:
    goes_on(tmp_path, zip_of_many(205_000), "more than 200,000 members", name="spam.zip")


def test_a_million_entries(tmp_path: Path) -> None:
    refused(tmp_path, zip_of_many(1_000_000), "its directory has more than 24 MB", name="spam.zip")


def test_names_that_imply_far_more_folders_than_there_are_files(tmp_path: Path) -> None:
    members = (member(f"spam-1.0/{number}/" + "abcdefgh/" * 85 + "f") for number in range(4000))
    goes_on(tmp_path, gzip.compress(tar(*members), 1), "paths of more than 64 million characters in all")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("spam-1.0/" + "n" * 2000, "a path of more than 1,024 characters"),
        ("spam-1.0/" + "d/" * 150 + "f", "lies more than 100 folders deep"),
    ],
)
def test_names_that_are_too_long_or_deep(name: str, said: str, tmp_path: Path) -> None:
    goes_on(tmp_path, tar(member(name)), said, name="spam.tar")


def test_links_that_cost_time(tmp_path: Path) -> None:
    chain = [member(f"spam-1.0/l{number}", kind=tarfile.SYMTYPE, link=f"l{number + 1}/../" * 60) for number in range(12_000)]
    out = goes_on(tmp_path, gzip.compress(tar(*chain)), "more than 1,000 things could not be read")
    assert out.count("a link") <= 1001


def test_a_thousand_problems_are_enough(tmp_path: Path) -> None:
    out = goes_on(tmp_path, gzip.compress(tar(*(member(f"/abs/{number}") for number in range(5000)))), "the rest is not listed")
    assert out.count("an absolute name") == 1000


# Headers that lie


def sparse(name: str, real: int) -> bytes:
    """GNU's old sparse format: one piece of nothing, and a size that is not there."""
    header = bytearray(member(name, kind=tarfile.GNUTYPE_SPARSE))
    header[386:410] = b"%011o\0%011o\0" % (real & 0o77777777777, 0)
    header[483:495] = b"%011o\0" % (real & 0o77777777777)
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    return bytes(header)


def test_sparse_members(tmp_path: Path) -> None:
    out = goes_on(tmp_path, tar(sparse("spam-1.0/pyproject.toml", 1 << 32)), name="spam.tar")
    assert "pyproject.toml: cannot be read: an unusual kind of archive member" in out


def test_a_sparse_map_without_end(tmp_path: Path) -> None:
    records = b"22 GNU.sparse.major=1\n22 GNU.sparse.minor=0\n35 GNU.sparse.name=spam-1.0/big.py\n35 GNU.sparse.realsize=99999999999\n"
    data = b"99999999\n" + b"1\n" * (4 << 20)
    whole = tar(member("x", records, tarfile.XHDTYPE), member("spam-1.0/big.py", data))
    goes_on(tmp_path, gzip.compress(whole, 1), "a member's header of more than 1 MB")


@pytest.mark.parametrize("size", [-1, -512, -(1 << 40), 1 << 62])
def test_sizes_that_cannot_be(size: int, tmp_path: Path) -> None:
    goes_on(tmp_path, gzip.compress(tar(member("spam-1.0/setup.cfg", size=size))), "the archive is broken")


@pytest.mark.parametrize("records", [b"1 x=y\n", b"nothing", b"99999999999999999999 x=y\n", b"11 \xff\xfe=y\n"])
def test_nothing_hides_behind_broken_records(records: bytes, tmp_path: Path) -> None:
    """``tarfile`` takes them for the archive's end, in some versions; another tar goes on."""
    whole = tar(member("x", records, tarfile.XHDTYPE), member("spam-1.0/conftest.py", b"import requests\n"))
    goes_on(tmp_path, gzip.compress(whole))
    listed = open_project(tmp_path / "spam-1.0.tar.gz")
    assert "conftest.py" in listed.files or "the archive is broken" in listed.problems[0].why


@pytest.mark.parametrize("kind", [tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK])
def test_headers_of_many_megabytes(kind: bytes, tmp_path: Path) -> None:
    whole = tar(member("x", b"9" * (8 << 20), kind), member("spam-1.0/a.py"))
    goes_on(tmp_path, gzip.compress(whole, 1), "a member's header of more than 1 MB")


def test_a_zip_whose_sizes_lie(tmp_path: Path) -> None:
    data = zipped([("spam-1.0/setup.cfg", b"[metadata]\nname = spam\n")], zipfile.ZIP_STORED)
    place = data.rindex(b"PK\1\2")
    for claimed in (3, 0xFFFFFFF0):
        goes_on(tmp_path, data[: place + 20] + struct.pack("<II", claimed, claimed) + data[place + 28 :], "setup.cfg", name="spam.zip")


def test_zip_entries_that_share_their_bytes(tmp_path: Path) -> None:
    goes_on(tmp_path, zip_of_many(3000), name="spam.zip")


# Names


def test_names_and_kinds_that_lead_out(tmp_path: Path) -> None:
    out = goes_on(
        tmp_path,
        tar(
            member("/etc/cron.d/x", b"x"),
            member("spam-1.0/../../x.py", b"x"),
            member("C:/x.py", b"x"),
            member("\\\\host\\share\\x.py", b"x"),
            member("spam-1.0/conftest.py", kind=tarfile.SYMTYPE, link="/etc/passwd"),
            member("spam-1.0/pytest.ini", kind=tarfile.LNKTYPE, link="../../etc/passwd"),
            member("spam-1.0/tox.ini", kind=tarfile.FIFOTYPE),
            member("spam-1.0/noxfile.py", kind=tarfile.CHRTYPE),
            member("spam-1.0/Makefile", kind=tarfile.BLKTYPE),
        ),
        name="spam.tar",
    )
    for line in (
        "/etc/cron.d/x: an absolute name in the archive",
        "spam-1.0/../../x.py: a name in the archive that leaves its folder (..)",
        "C:/x.py: an absolute name in the archive",
        "\\\\host\\share\\x.py: an absolute name in the archive",
        "conftest.py: a link that leaves the tree",
        "pytest.ini: a link that leaves the tree",
        "spam-1.0/tox.ini: a device or pipe in the archive",
        "spam-1.0/noxfile.py: a device or pipe in the archive",
        "spam-1.0/Makefile: a device or pipe in the archive",
    ):
        assert f"  {line}\n" in out
    assert "root:" not in out


def test_of_members_with_one_name_the_last_counts(tmp_path: Path) -> None:
    whole = tar(member("spam-1.0/setup.py", SETUP.replace(b"/a'", b"/last'")))
    assert "https://example.org/last" in check(tmp_path, gzip.compress(whole))[1]
    zip_ = zipped([("spam-1.0/setup.py", SETUP.replace(b"/a'", b"/last'"))])
    assert "https://example.org/last" in check(tmp_path, zip_, "spam.zip")[1]


def test_names_that_differ_in_case_are_two(tmp_path: Path) -> None:
    goes_on(tmp_path, gzip.compress(tar(member("spam-1.0/Setup.py", b"x = 1\n"), member("spam-1.0/SETUP.PY", b"y = 1\n"))))


def test_a_file_that_is_a_folder_too(tmp_path: Path) -> None:
    goes_on(tmp_path, gzip.compress(tar(member("spam-1.0/setup.py/x.py", b"x"), member("spam-1.0/a", b"x"), member("spam-1.0/a/b", b"x"))))


@pytest.mark.parametrize("name", ["\udcff\udcfe.py", "a\nb.py", "\x1b[31m.py", "\u202e.py", " \t.py"])
def test_names_that_are_no_text(name: str, tmp_path: Path) -> None:
    script = SETUP + f"exec(open({name!a}).read())\n".encode()
    goes_on(tmp_path, gzip.compress(tar(member(f"spam-1.0/{name}", b"x =\n"), member("spam-1.0/setup.py", script))))


# Streams


def test_an_encrypted_zip(tmp_path: Path) -> None:
    raw = bytearray(zipped([("spam-1.0/setup.cfg", b"[metadata]\n")]))
    raw[raw.rindex(b"PK\3\4") + 6] |= 1
    raw[raw.rindex(b"PK\1\2") + 8] |= 1
    goes_on(tmp_path, bytes(raw), "setup.cfg: cannot be read: it is encrypted", name="spam.zip")


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress, bytes])
def test_a_stream_that_ends_early(pack: Callable[[bytes], bytes], tmp_path: Path) -> None:
    whole = pack(tar(member("spam-1.0/data.bin", os.urandom(3_000_000))))
    goes_on(tmp_path, whole[:2_500_000], "the archive is broken")


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress, bytes])
@pytest.mark.parametrize("garbage", [b"\0" * 5000, b"garbage" * 900, gzip.compress(b"more")])
def test_what_stands_behind_the_end_is_no_matter(pack: Callable[[bytes], bytes], garbage: bytes, tmp_path: Path) -> None:
    goes_on(tmp_path, pack(tar()) + garbage)


def test_several_streams_are_one(tmp_path: Path) -> None:
    whole = tar(member("spam-1.0/data.bin", os.urandom(100_000)))
    for pack in (gzip.compress, bz2.compress, lzma.compress):
        goes_on(tmp_path, b"".join(pack(whole[at : at + 7000]) for at in range(0, len(whole), 7000)))


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (gzip.compress(b""), "not an archive that can be read: empty file"),
        (gzip.compress(b"x" * 5000), "not an archive that can be read"),
        (gzip.compress(member("/etc/passwd", b"x")), "no files in the archive (an absolute name in the archive)"),
        (b"PK\5\6" + b"\0" * 18, "no files in the archive"),
        (b"PK\3\4" + b"\0" * 400, "not an archive that can be read"),
        (b"\xfd7zXZ\0" + b"\0" * 400, "not an archive that can be read"),
        (b"BZh9" + b"\0" * 400, "not an archive that can be read"),
        (b"7z\xbc\xaf\x27\x1c" + b"\0" * 400, "neither a folder nor an archive"),
    ],
)
def test_where_nothing_can_be_read(data: bytes, said: str, tmp_path: Path) -> None:
    refused(tmp_path, data, said)
