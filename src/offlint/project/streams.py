"""How are an archive's bytes read within limits? Libraries read what an archive claims, whatever size that is."""

from __future__ import annotations

import bz2
import io
import lzma
import zipfile
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO, Protocol

from offlint.model.lazy import dataclass
from offlint.project import limits


class TooMuchError(Exception):
    """A limit of read bytes is reached; ``str()`` says which, as a line."""


@dataclass(slots=True)
class Meter:
    """A stream that counts what is read from it and stops at two limits: of the archive, and of one header.

    ``tarfile`` reads long names, pax records and sparse maps whole into memory, whatever size they claim.
    """

    source: IO[bytes]
    most: int
    left: int
    header: int | None = limits.HEADER

    def read(self, count: int = -1) -> bytes:
        """The next bytes; raises TooMuchError past a limit."""
        data = self.source.read(count)
        self.left -= len(data)
        if self.left < 0:
            raise TooMuchError(f"more than {limits.size(self.most)} in the archive")
        if self.header is not None:
            self.header -= len(data)
            if self.header < 0:
                raise TooMuchError(f"a member's header of more than {limits.size(limits.HEADER)}")
        return data


class _Decoder(Protocol):
    """What the decompressors of the standard library have in common."""

    @property
    def eof(self) -> bool:
        """Whether the stream's end was met."""

    @property
    def unused_data(self) -> bytes:
        """What stood behind it."""

    @property
    def needs_input(self) -> bool:
        """Whether nothing more comes out of what was put in."""

    def decompress(self, data: bytes, max_length: int) -> bytes:
        """Up to so many bytes more."""


class _Gzip:
    """``zlib``'s decompressor with the others' names."""

    def __init__(self) -> None:
        self._made = zlib.decompressobj(wbits=31)  # with gzip's header and checksum
        self._tail = b""

    @property
    def eof(self) -> bool:
        return self._made.eof

    @property
    def unused_data(self) -> bytes:
        return self._made.unused_data

    @property
    def needs_input(self) -> bool:
        return not self._tail

    def decompress(self, data: bytes, max_length: int) -> bytes:
        found = self._made.decompress(self._tail + data, max_length)
        self._tail = self._made.unconsumed_tail
        return found


#: How streams begin, and what reads them. An xz file may ask for 4 GiB of memory, which ``lzma.open`` gives it.
_DECODERS: Mapping[bytes, Callable[[], _Decoder]] = {
    b"\x1f\x8b": _Gzip,
    b"BZh": bz2.BZ2Decompressor,
    b"\xfd7zXZ\x00": lambda: lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=limits.DICTIONARY),
}


def magic_of(data: bytes) -> bytes | None:
    """How a compressed file of a known kind begins, where these bytes do so."""
    return next((magic for magic in _DECODERS if data.startswith(magic)), None)


class Unpacked:
    """A compressed file, read forward: all of its streams, one after the other. What else stands behind them is left alone."""

    def __init__(self, path: str, magic: bytes) -> None:
        self._file = Path(path).open("rb")  # noqa: SIM115 # close() does
        self._magic = magic
        self._decoder = _DECODERS[magic]()
        self._rest = b""

    def close(self) -> None:
        """The file, too."""
        self._file.close()

    def read(self, count: int) -> bytes:
        """Up to so many bytes, none at the end. EOFError where the file ends too early, else the decompressor's own errors."""
        while True:
            if self._decoder.eof and not self._next():
                return b""
            ended = False
            if self._decoder.needs_input and not self._rest:
                self._rest = self._file.read(1 << 16)
                ended = not self._rest
            data = self._decoder.decompress(self._rest, count)
            self._rest = b""
            if data:
                return data
            if ended and not self._decoder.eof:
                raise EOFError("it ends early")

    def _next(self) -> bool:
        """Whether one more stream begins; zeros are padding."""
        rest = self._decoder.unused_data
        while len(rest := rest.lstrip(b"\0")) < len(self._magic):
            more = self._file.read(1 << 16)
            if not more:
                return False
            rest += more
        self._decoder, self._rest = _DECODERS[self._magic](), rest
        return rest.startswith(self._magic)

    def seek(self, offset: int) -> None:
        """Pass over so many bytes from the start."""
        while offset > 0 and (data := self.read(min(offset, limits.MIB))):
            offset -= len(data)


class _Directory(io.BufferedReader):
    """A zip file whose directory is read only if it is not too large."""

    bounded = True

    def read(self, size: int | None = -1, /) -> bytes:
        """As asked, within the limit while the directory is sought and read."""
        if self.bounded and size is not None and size > limits.DIRECTORY:
            raise zipfile.BadZipFile(f"its directory has more than {limits.size(limits.DIRECTORY)}")
        return super().read(size)


class ZipDirectory(zipfile.ZipFile):
    """A zip file that stays open, as opening it reads the whole directory; closed when nobody holds it any more."""

    def __init__(self, path: str) -> None:
        self._own = _Directory(io.FileIO(path))
        super().__init__(self._own)
        self._own.bounded = False

    def close(self) -> None:
        """With the file."""
        super().close()
        self._own.close()
