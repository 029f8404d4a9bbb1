"""Was this asked before? Then the answer of that time, where nothing that it was made of has changed; else a new one, which is kept.

An answer depends on who answers (``cache.identity``: code, pages, Python, parsers), on what is asked (phases, files, what is accepted, own
pages) and on the project: the names in its tree, and the bytes of each file that was read to come to the answer. All of it is compared by
content, never by a time. An archive is its bytes. What is kept is a report as JSON (``cache.codec``), which can be no more than that.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

from offlint.cache.classes import kept_class
from offlint.cache.identity import identity, pages_digest
from offlint.cache.replay import Witness
from offlint.cache.store import Store, digest, file_digest

if TYPE_CHECKING:
    from offlint.findings.accepted import Accepted
    from offlint.model.report import Report
    from offlint.model.words import Phase
    from offlint.project import Project
    from offlint.project.contents import Contents
    from offlint.rulebook.schema import Rulebook


class Pages:
    """The built-in pages and a user's, read where they are needed. Raises RulebookError then."""

    def __init__(self, extra: Sequence[Path], store: Store) -> None:
        self._extra = extra
        self._store = store
        self.steady = True
        """Whether they said the same before they were read and after it."""

    @cached_property
    def digest(self) -> str:
        """Of what they say."""
        return self._digest()

    def _digest(self) -> str:
        return digest(identity(self._store), *(part for page in self._extra for part in (page.as_posix(), pages_digest(str(page)))))

    @cached_property
    def book(self) -> Rulebook:
        """What they say."""
        from offlint.rulebook.loading import load_rulebook  # noqa: PLC0415 # what an answer that is kept does without

        if self._store.folder is None:
            return load_rulebook(self._extra, self._store)
        before = self.digest  # which other projects may have asked for long ago
        found = load_rulebook(self._extra, self._store)
        self.steady = before == self._digest()
        return found

    @cached_property
    def names(self) -> Mapping[str, str]:
        """The rules' names by their codes; that they are there says that the pages can be used."""
        if self._store.folder is None:
            return {code: rule.name for code, rule in self.book.rules.items()}
        key = digest("names", self.digest)
        kept = self._store.get(key)
        lines = [line.split(" ") for line in kept.decode("utf-8", "replace").splitlines()] if kept is not None else []
        if not lines or any(len(line) != 2 for line in lines):
            lines = [[code, rule.name] for code, rule in self.book.rules.items()]
            if not self.steady:
                return dict(lines)
            self._store.put(key, "".join(f"{code} {name}\n" for code, name in lines).encode())
        return {line[0]: line[1] for line in lines}


def check(
    path: str,
    *,
    pages: Pages,
    store: Store,
    phases: frozenset[Phase],
    only_files: frozenset[str] | None = None,
    accepted: Accepted | None = None,
    against: str | None = None,
    witness: Witness | None = None,
    processes: int = 1,
) -> Report:
    """As ``run.check``, with its errors. ``witness`` notes what the answer was made of, where it is sure of that."""

    def work(opener: Callable[[str], Project] | None = None) -> Report:
        from offlint.run import check as judge  # noqa: PLC0415 # as above

        return judge(
            path,
            phases=phases,
            rulebook=pages.book,
            only_files=only_files,
            accepted=accepted,
            against=against,
            opener=opener,
            processes=processes,
        )

    if store.folder is None:
        return work()
    try:
        trees = [_Tree(each, witness or Witness()) for each in dict.fromkeys((path, against)) if each is not None]
    except OSError:
        return work()  # which says what is wrong
    asked = (sorted(phases), None if only_files is None else sorted(only_files), accepted, against is None, [tree.name for tree in trees])
    key = digest("report", pages.digest, repr(asked))
    kept = store.get(key)
    if kept is not None:
        report = _recalled(kept, trees)
        if report is not None:
            return _sure(report, trees, witness)
    opened = {tree.path: tree for tree in trees}
    report = work(lambda each: opened[each].open())
    if pages.steady and all(tree.steady for tree in trees):
        store.put(key, _kept(report, trees))
        return _sure(report, trees, witness)
    return report


def _sure(report: Report, trees: Sequence[_Tree], witness: Witness | None) -> Report:
    if witness is not None and all(tree.steady and not tree.lost for tree in trees):
        witness.answers += 1
    return report


class _Tree:
    """A folder or an archive. ``name`` says what it is called and holds: the names in a folder, the bytes of an archive."""

    def __init__(self, path: str, witness: Witness) -> None:
        from offlint.project.opening import contents_of  # noqa: PLC0415 # as above
        from offlint.project.reading import Reads, names_digest  # noqa: PLC0415 # as above

        self.path = path
        self.reads = Reads()
        self.contents: Contents | None = None
        self._state = None
        witness.give(path)
        if os.path.isfile(path):  # noqa: PTH113 # pathlib takes time that every run would wait for
            self._state = _state(path)
            self.name = digest("archive", os.path.basename(path), file_digest(path))  # noqa: PTH119 # as above
        else:
            self.contents = contents_of(path, partial(witness.find, path))
            self.name = digest("folder", names_digest(self.contents))

    @property
    def steady(self) -> bool:
        """Whether it was one and the same from the first look at it to the last one."""
        return self.reads.steady and (self._state is None or self._state == _state(self.path))

    @property
    def lost(self) -> bool:
        """Whether some of it could not be read, for a reason that may be gone the next time."""
        return self.contents is not None and self.contents.lost

    def open(self) -> Project:
        """The project; what is read of a folder is noted."""
        from offlint.project.opening import open_project  # noqa: PLC0415 # as above
        from offlint.project.tree import Tree  # noqa: PLC0415 # as above

        return open_project(self.path) if self.contents is None else Tree(self.reads.over(self.contents))


def _kept(report: Report, trees: Sequence[_Tree]) -> bytes:
    """A line about what was read and the files that are quoted (of an archive their texts), and a line that is the report."""
    import json  # noqa: PLC0415 # as above

    from offlint.cache.codec import encode  # noqa: PLC0415 # as above

    quoted = {name: None if trees[0].contents is not None else text for name, text in report.sources.items()}
    head = json.dumps([[tree.reads.all() for tree in trees], quoted])
    return f"{head}\n{encode(replace(report, sources={}))}".encode()


def _recalled(kept: bytes, trees: Sequence[_Tree]) -> Report | None:
    """The report, None where a file that was read is not as it was, or what is kept is none."""
    import json  # noqa: PLC0415 # as above

    from offlint.cache.codec import BrokenError, decode  # noqa: PLC0415 # as above
    from offlint.project.reading import read_again  # noqa: PLC0415 # as above

    head, _, body = kept.partition(b"\n")
    try:
        reads, quoted = json.loads(head)
        if not isinstance(quoted, dict):
            return None
        held: list[dict[str, bytes]] = []
        for tree, own in zip(trees, reads, strict=True):
            again = {} if tree.contents is None else read_again(tree.contents, own, quoted)
            if again is None:
                return None
            held.append(again)
        report: Report = decode(body, kept_class)
        return replace(report, sources=_Texts(quoted, trees[0].contents, held[0]))
    except (BrokenError, ValueError, TypeError, OverflowError, RecursionError):
        return None


class _Texts(Mapping[str, str]):
    """The files that are quoted: their texts, or those that their bytes spell, read when somebody looks."""

    def __init__(self, quoted: Mapping[str, str | None], contents: Contents | None, held: Mapping[str, bytes]) -> None:
        self._texts = dict(quoted)
        self._contents = contents
        self._held = held

    def __getitem__(self, name: str) -> str:
        text = self._texts[name]
        if text is None and self._contents is not None:
            from offlint.project.reading import text_of  # noqa: PLC0415 # as above

            text = self._texts[name] = text_of(self._contents, self._held, name)
        if text is None:
            raise KeyError(name)
        return text

    def __iter__(self) -> Iterator[str]:
        return iter(self._texts)

    def __len__(self) -> int:
        return len(self._texts)


def _state(path: str) -> tuple[int, int, int, int] | None:
    """What tells whether a file was written to between two looks."""
    try:
        stat = os.stat(path)  # noqa: PTH116 # as above
    except OSError:
        return None
    return stat.st_ino, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns
