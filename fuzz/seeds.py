"""What does a fuzzer begin with? Small files of real trees and of the rules' pages, sorted by the reader that they are for.

``python fuzz/seeds.py FOLDER TREE...`` makes FOLDER/READER/*; trees are unpacked projects.
"""

from __future__ import annotations

import hashlib
import io
import sys
import tarfile
import zipfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent.parent / "src")]
from offlint.rulebook.checking import load_pages
from offlint.trials import iter_examples

MOST, EACH = 4000, 400


def kinds(path: str) -> Iterator[str]:
    """The readers that a file of that name is for."""
    name = path.rpartition("/")[2].lower()
    end = name.rpartition(".")[2]
    if end == "py":
        yield from ("python-text", "newer-text", "python")
        if name == "conf.py":
            yield "conf"
        if name.startswith("test"):
            yield "tests"
    elif name == "cmakelists.txt" or end == "cmake":
        yield from ("cmake-text", "cmake")
    elif end in {"sh", "bash"}:
        yield from ("shell-text", "shell")
    elif name in {"makefile", "gnumakefile"} or end == "mk":
        yield from ("make-text", "make")
    elif name == "meson.build":
        yield from ("meson-text", "meson")
    elif end in {"yml", "yaml"}:
        yield "yaml-text"
    elif end == "ipynb":
        yield from ("notebook-text", "documents")
    elif end in {"rst", "md"}:
        yield "documents"
    if end in {"toml", "cfg", "ini", "wrap", "in", "lock"} or name.startswith("requirements") or name in {"pkg-info", ".gitmodules"}:
        yield "declared"
    if end == "toml":
        yield "settings"


def files(trees: list[Path]) -> Iterator[tuple[str, bytes]]:
    """Names and bytes: examples of pages first, then the trees."""
    tests = Path(__file__).parent.parent / "tests" / "pages"
    pages = load_pages([tests])
    for case in iter_examples(pages):
        for name, text in case.files.items():
            yield name, text.encode()
    for tree in trees:
        for path in sorted(tree.rglob("*")):
            if path.is_file() and not path.is_symlink() and path.stat().st_size <= MOST:
                yield path.relative_to(tree).as_posix(), path.read_bytes()


def archives() -> Iterator[tuple[str, bytes]]:
    """Small archives of each kind."""
    for format_ in (tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT):
        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode="w", format=format_) as tar:
            long = "a/b" if format_ == tarfile.USTAR_FORMAT else "a/" + "é" * 120
            kinds_ = {
                "a/setup.py": tarfile.REGTYPE,
                "a/l": tarfile.SYMTYPE,
                "a/h": tarfile.LNKTYPE,
                long: tarfile.REGTYPE,
                "a/f": tarfile.FIFOTYPE,
            }
            for name, kind in kinds_.items():
                info = tarfile.TarInfo(name)
                info.type, info.linkname = kind, "setup.py"
                info.pax_headers = {"comment": "x"} if format_ == tarfile.PAX_FORMAT else {}
                info.size = 4 if info.isreg() else 0
                tar.addfile(info, io.BytesIO(b"x=1\n"))
        yield from (("tar", out.getvalue()), ("archive", out.getvalue()))
    for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", method) as file:
            file.writestr("a/setup.py", "x=1\n")
            file.writestr("a/", "")
            link = zipfile.ZipInfo("a/l")
            link.create_system, link.external_attr = 3, 0o120777 << 16
            file.writestr(link, "setup.py")
        yield "archive", out.getvalue()


def main() -> None:
    """Write them, up to so many each."""
    to, trees = Path(sys.argv[1]), [Path(one) for one in sys.argv[2:]]
    counts: Counter[str] = Counter()

    def write(kind: str, data: bytes) -> None:
        counts[kind] += 1
        if counts[kind] <= EACH:
            (to / kind).mkdir(parents=True, exist_ok=True)
            (to / kind / hashlib.sha256(data).hexdigest()[:16]).write_bytes(data)

    for kind, data in archives():
        write(kind, data)
    for path in sorted((Path(__file__).parent.parent / "rules").rglob("*.md")):
        if path.stat().st_size <= MOST:
            write("page", path.read_bytes())
    for name, data in files(trees):
        if len(data) <= MOST:
            for kind in kinds(name):
                write(kind, data)
            if name.endswith((".rst", ".md", ".toml")):
                write("texts", data)
    print(dict(counts))


main()
