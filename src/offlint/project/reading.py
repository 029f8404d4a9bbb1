"""Is a tree still what it was? Its names, and the files that were read of it, by their digests.

An analysis sees a tree through nothing else, so that where both are the same it would come to the same again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from offlint.cache.store import digest
from offlint.model.lazy import dataclass, field
from offlint.project.contents import Contents, ReadError
from offlint.project.paths import AstrayError, follow

Read = tuple[str, int, str]
"""A regular file, how many bytes were asked for at most, and the digest of those that came (or of why none did)."""


def names_digest(contents: Contents) -> str:
    """All that is known of a tree before any of it is read."""
    return digest(
        contents.root,
        str(contents.archive),
        "\0".join(sorted(contents.files)),
        "\0".join(sorted(contents.folders)),
        "\0".join(f"{link}\0{target}" for link, target in sorted(contents.links.items())),
        "\0".join(f"{one.file}\0{one.line}\0{one.why}" for one in contents.problems),
    )


@dataclass(slots=True)
class Reads:
    """What was read so far; ``steady`` until a file is not what it was the last time."""

    found: dict[tuple[str, int], str] = field(default_factory=dict)
    steady: bool = True

    def over(self, contents: Contents) -> Contents:
        """The contents, every further read of which is noted."""
        plain = contents.read

        def read(path: str, most: int) -> bytes:
            try:
                data = plain(path, most)
            except ReadError as error:
                self._note(path, most, _failed(error))
                raise
            self._note(path, most, digest(data))
            return data

        contents.read, contents.reads = read, self
        return contents

    def all(self) -> list[Read]:
        """Each read once."""
        return [(path, most, seen) for (path, most), seen in self.found.items()]

    def take(self, reads: Iterable[Read], *, steady: bool) -> None:
        """What another process has read of the same tree."""
        for path, most, seen in reads:
            self._note(path, most, seen)
        self.steady &= steady

    def _note(self, path: str, most: int, seen: str) -> None:
        self.steady &= self.found.setdefault((path, most), seen) == seen


def read_again(contents: Contents, reads: Iterable[Read], quoted: Iterable[str] = ()) -> dict[str, bytes] | None:
    """None where any file is not as it was; else the bytes, by its place, of each file that is quoted."""
    wanted = {place for name in quoted if (place := _place(contents, name)) is not None}
    held: dict[str, bytes] = {}
    for path, most, seen in reads:
        if path not in contents.files:
            return None
        try:
            data = contents.read(path, most)
        except ReadError as error:
            if _failed(error) != seen:
                return None
            continue
        if digest(data) != seen:
            return None
        if path in wanted:
            held[path] = max(held.get(path, b""), data, key=len)
    return held


def text_of(contents: Contents, held: Mapping[str, bytes], name: str) -> str | None:
    """The text of a file, or of a link to one, as the tree gives it."""
    from offlint.project.decode import PYTHON, decode  # noqa: PLC0415 # most answers quote nothing

    place = _place(contents, name)
    data = None if place is None else held.get(place)
    return None if data is None or place is None else decode(data, python=place.endswith(PYTHON))


def _place(contents: Contents, name: str) -> str | None:
    try:
        return follow(name, contents.links)
    except AstrayError:
        return None


def _failed(error: ReadError) -> str:
    return digest("failed", str(error))
