"""What does an archive hold? Tar and zip files read in place: no member is ever written to the disk.

Nothing that an archive says of itself is trusted: names, links, sizes and counts are checked, and every read has a limit. A source
distribution is a gzipped tar (https://packaging.python.org/en/latest/specifications/source-distribution-format/); the others are
what people hand around.
"""

from __future__ import annotations

import stat
import tarfile
import zipfile
from collections.abc import Callable
from contextlib import AbstractContextManager, closing
from dataclasses import replace
from pathlib import Path
from typing import IO, cast

from offlint.model.lazy import dataclass, field, regex
from offlint.project import limits
from offlint.project.base import Unreadable
from offlint.project.contents import Contents, Reader, ReadError
from offlint.project.paths import AstrayError, follow, is_absolute, is_skipped, join, parent, plain
from offlint.project.streams import Meter, TooMuchError, Unpacked, ZipDirectory, magic_of

Unpack = Callable[[str], AbstractContextManager[IO[bytes]]]
ENDINGS = (".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz", ".tar", ".zip")
_LONGEST_LINK = 4096  # PATH_MAX of Linux
# Whatever reading a stranger's bytes ends with: tarfile and zipfile let errors of many kinds through, of arithmetic, too.
_BROKEN = Exception

# What the analysis may ask for. In a compressed tar every later read costs a pass, so these are kept from the first one.
_WORTH_KEEPING = regex(
    r"""(?ix) (?: \.(?: py[iwx]?|pxd|toml|cfg|ini|conf|txt|in|inc|cmake|json|lock|sh|bash|bat|ps1|ya?ml|wrap|build|options|md|rst|mk|rs
                      |patch|am|ac|gradle|nix )
                  | (?:^|/)[^./]+ | (?:^|/)\.[^./]+ | /dockerfile[^/]* ) $"""
)


class _Header(tarfile.TarInfo):
    """A member's header that is not passed over in silence when it is broken."""

    @classmethod
    def fromtarfile(cls, whole: tarfile.TarFile) -> _Header:
        """As in ``tarfile``, which takes a broken header, or broken records of pax, after the first one for the archive's end."""
        try:
            return super().fromtarfile(whole)
        except tarfile.HeaderError as error:
            if type(error).__name__ in ("EmptyHeaderError", "EOFHeaderError"):  # the two that are an archive's end
                raise
            raise tarfile.ReadError(f"broken header: {error}") from error


@dataclass(slots=True)
class _Members:
    """What was found in an archive under the names that it uses itself, still with the top folder."""

    contents: Contents = field(default_factory=Contents)
    kept: dict[str, bytes] = field(default_factory=dict)
    kept_bytes: int = 0
    places: dict[str, tuple[int, int]] = field(default_factory=dict)
    most: int = 0
    left: int = 0
    count: int = 0

    def accept(self, raw: str) -> str | None:
        """A member's name in the tree, None (and a problem) where it would be outside."""
        name = raw.replace("\\", "/")
        if is_absolute(name):
            self.contents.note(plain(raw), "an absolute name in the archive")
            return None
        if ".." in name.split("/"):
            self.contents.note(plain(raw), "a name in the archive that leaves its folder (..)")
            return None
        return follow(name, {}) if self.contents.takes(name) else None

    def add_file(self, name: str) -> None:
        """A regular file; of members with one name the last counts, as when the archive is unpacked."""
        self.contents.files.add(name)
        self.contents.links.pop(name, None)
        self.kept_bytes -= len(self.kept.pop(name, b""))
        self.places.pop(name, None)

    def add_link(self, name: str, target: str, folder: str) -> None:
        """A link whose target is written relative to a folder."""
        target = target.replace("\\", "/")
        self.contents.files.discard(name)
        self.contents.link(name, target if is_absolute(target) else join(folder, target))

    def is_full(self) -> bool:
        """Whether one member more would be too many; said once."""
        self.count += 1
        if self.count > limits.MEMBERS:
            self.contents.note("", f"more than {limits.MEMBERS:,} members in the archive: the rest is not looked at")
            return True
        return False

    def spend(self, count: int) -> None:
        """Take unpacked bytes from what the archive is allowed; ReadError where it has no more."""
        if count > self.left:
            raise ReadError(f"more than {limits.size(self.most)} unpacked from the archive")
        self.left -= count


def _members_of(path: str) -> _Members:
    """Nothing yet, and how much the archive may unpack to."""
    most = min(limits.READ, max(limits.SMALL, limits.RATIO * Path(path).stat().st_size))
    return _Members(most=most, left=most)


def archive_contents(path: str) -> Contents:
    """An archive's members; Unreadable where it is none, is broken from the start, or is empty."""
    try:
        with Path(path).open("rb") as file:
            magic = file.read(512)
    except OSError as error:
        raise Unreadable(f"{path}: cannot be read: {error.strerror or error}") from error
    if magic[:4] in (b"PK\x03\x04", b"PK\x05\x06"):
        return _finish(path, *_zip_members(path))
    unpack = _unpacker(magic)
    if unpack is None:
        kinds = " ".join(ENDINGS)
        raise Unreadable(f"{path}: neither a folder nor an archive ({kinds})" if magic else f"{path}: an empty file")
    return _finish(path, *_tar_members(path, unpack))


def _unpacker(magic: bytes) -> Unpack | None:
    """How to read a tar file whose first bytes are these; they are asked, not the name, because downloads get renamed."""
    packed = magic_of(magic)
    if packed is not None:
        return lambda path: cast("AbstractContextManager[IO[bytes]]", closing(Unpacked(path, packed)))
    if magic[257:262] == b"ustar" or (len(magic) == 512 and magic.strip(b"\0") == b""):
        return lambda path: Path(path).open("rb")
    return None


def _tar_members(path: str, unpack: Unpack) -> tuple[_Members, Reader]:
    """One pass over a tar file: all names, and the bytes of the members that the analysis may ask for."""
    members = _members_of(path)
    try:
        with unpack(path) as source:
            _walk_tar(members, source)
    except TooMuchError as error:
        members.contents.note("", f"{error}: the rest is not looked at")
    except _BROKEN as error:
        # Python 3.10 meets the end of an empty archive as an error of the stream; _finish says that there is nothing in it
        if members.count or not isinstance(error, tarfile.StreamError):
            if not members.count:
                raise Unreadable(f"{path}: not an archive that can be read: {_line(error)}") from error
            members.contents.note("", f"the archive is broken ({_line(error)}): the rest is not looked at")

    def read(name: str, most: int) -> bytes:
        if name in members.kept:
            return members.kept[name][:most]
        if name not in members.places:
            raise ReadError("an unusual kind of archive member")
        offset, size = members.places[name]
        members.spend(offset + min(size, most))  # unpacked again from the start
        try:
            with unpack(path) as source:
                source.seek(offset)
                data = source.read(min(size, most))
        except _BROKEN as error:
            raise ReadError(_line(error)) from error
        if len(data) == size and members.kept_bytes + size <= limits.KEPT:  # who asks once may ask again
            members.kept[name] = data
            members.kept_bytes += size
        return data

    return members, read


def _walk_tar(members: _Members, source: IO[bytes]) -> None:
    meter = Meter(source, members.most, members.left)
    try:
        # Stream mode reads forward in small pieces only, so that the meter sees every byte.
        with tarfile.open(fileobj=cast("IO[bytes]", meter), mode="r|", tarinfo=_Header, bufsize=1 << 14) as tar:
            headers: list[tarfile.TarInfo] = tar.members  # type: ignore[attr-defined]  # missing in typeshed
            while (info := tar.next()) is not None and not members.is_full():
                meter.header = None
                _add_tar_member(members, tar, info)
                headers.clear()  # else all stay in memory
                _skip_data(cast("IO[bytes]", tar.fileobj), tar.offset)
                meter.header = limits.HEADER
    finally:
        members.left = meter.left


def _skip_data(stream: IO[bytes], offset: int) -> None:
    """Pass over a member's data, up to the byte before the next header: ``tarfile`` itself would go on for as long as a size claims."""
    while (left := offset - 1 - stream.tell()) > 0:
        if not stream.read(min(left, limits.MIB)):
            raise tarfile.ReadError("it ends early")


def _add_tar_member(members: _Members, tar: tarfile.TarFile, info: tarfile.TarInfo) -> None:
    contents = members.contents
    if info.size < 0:
        raise tarfile.ReadError("a member of a negative size")
    name = members.accept(info.name)
    if not name:
        return
    if info.isdir():
        contents.folders.add(name)
    elif info.issym() or info.islnk():
        # A symbolic link counts from its own folder, a hard link from the archive's root.
        members.add_link(name, info.linkname, "" if info.islnk() else parent(name))
    elif info.isreg():
        members.add_file(name)
        if info.issparse():
            return
        members.places[name] = (info.offset_data, info.size)
        if info.size <= limits.TEXT and members.kept_bytes + info.size <= limits.KEPT and _is_worth_keeping(name):
            stream = tar.extractfile(info)
            if stream is not None:
                members.kept[name] = stream.read()
                members.kept_bytes += info.size
    else:
        contents.note(plain(info.name), "a device or pipe in the archive")


def _is_worth_keeping(name: str) -> bool:
    return _WORTH_KEEPING.search(name) is not None and not is_skipped(name)


def _zip_members(path: str) -> tuple[_Members, Reader]:
    """A zip file's directory; members are unpacked when they are asked for."""
    members = _members_of(path)
    infos: dict[str, zipfile.ZipInfo] = {}

    def read(name: str, most: int) -> bytes:
        info = infos[name]
        if info.flag_bits & 1:
            raise ReadError("it is encrypted")
        members.spend(min(info.file_size, most))
        try:
            with archive.open(info) as stream:
                return stream.read(most)
        except _BROKEN as error:
            raise ReadError(_line(error)) from error

    try:
        archive = ZipDirectory(path)
    except _BROKEN as error:
        raise Unreadable(f"{path}: not an archive that can be read: {_line(error)}") from error
    for info in archive.infolist():
        if members.is_full():
            break
        name = members.accept(info.filename)
        if not name:
            continue
        mode = info.external_attr >> 16 if info.create_system == 3 else 0  # 3: made on Unix, with its file modes
        infos[name] = info
        if info.is_dir():
            members.contents.folders.add(name)
        elif stat.S_ISLNK(mode):
            try:
                target = read(name, _LONGEST_LINK).decode("utf-8", "replace")
            except ReadError as error:
                members.contents.note(plain(info.filename), f"a link that cannot be read: {error}")
            else:
                members.add_link(name, target, parent(name))
        elif stat.S_IFMT(mode) in (0, stat.S_IFREG):
            members.add_file(name)
        else:
            members.contents.note(plain(info.filename), "a device or pipe in the archive")
    members.contents.copies = False  # the zip file stays open
    return members, read


def _finish(path: str, members: _Members, read: Reader) -> Contents:
    """The tree without the archive's one top folder, whose name becomes the root's."""
    contents = members.contents
    names = contents.files | contents.folders | contents.links.keys()
    if not contents.files:
        raise Unreadable(f"{path}: no files in the archive" + (f" ({contents.problems[0].why})" if contents.problems else ""))
    contents.problems = [replace(one, file=one.file or plain(Path(path).name)) for one in contents.problems]
    tops = {name.partition("/")[0] for name in names}
    top = next(iter(tops)) if len(tops) == 1 and tops.isdisjoint(contents.files | contents.links.keys()) else ""
    if not top:
        stem = Path(path).name
        contents.root = next((stem[: -len(ending)] for ending in ENDINGS if stem.lower().endswith(ending)), stem)
        contents.read, contents.archive = read, True
        contents.settle()
        return contents

    cut = len(top) + 1
    stripped = Contents(
        root=top,
        files={name[cut:] for name in contents.files},
        folders={name[cut:] for name in contents.folders if len(name) > cut},
        problems=contents.problems,
        read=lambda name, most: read(f"{top}/{name}", most),
        archive=True,
        copies=contents.copies,
    )
    for link, target in contents.links.items():
        try:
            place = follow(target, {})
        except AstrayError:
            place = ".."
        # Links are written relative to the archive's root: one that goes up and comes back by the top folder's name stays inside.
        stripped.links[link[cut:]] = place[cut:] if place.startswith(f"{top}/") else ("." if place == top else "..")
    stripped.settle()
    return stripped


def _line(error: BaseException) -> str:
    return " ".join(str(error).split()) or type(error).__name__
