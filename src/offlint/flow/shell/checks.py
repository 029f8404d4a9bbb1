"""What does a command verify? Lists of digests that are checked, digests that are written, commits and signatures."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from offlint.flow import values as v
from offlint.flow.interning import taint
from offlint.flow.texts import template

if TYPE_CHECKING:
    from collections.abc import Sequence

    from offlint.flow.machine import Frame
    from offlint.flow.shell.language import Shell
    from offlint.flow.summary import Fetch
    from offlint.model.span import Span

_WEAK = ("md5", "sha1", "crc32")


class Checks:
    """Judges what a command compares."""

    def __init__(self, shell: Shell) -> None:
        self.sh = shell
        self.m = shell.m

    def status(self, frame: Frame, words: list[v.Value], argv: v.Value, span: Span) -> v.Value | None:
        """The status of a command that verifies what was fetched; None for any other."""
        lists = [self.sh.streams.stdin] if self.sh.streams.stdin is not None else []
        fetched: frozenset[Fetch] = frozenset()
        for word in words[1:]:
            text = v.text_of(word)
            if text is None or text.startswith("-") or len(text) > 300:
                continue
            content = self.sh.streams.read_file(frame, word)
            fetched |= taint(content)
            if v.text_of(content):
                lists.append(content)
        given = "\n".join(template(one) for one in lists)[:200_000]
        checks = self.m.oracle.checks(self.m, argv, given=given or None)
        if not checks and not (fetched and self._verifies(argv)):
            return None
        result: v.Value = v.TRUE
        found = False
        for kind, algorithm, expected, file in checks:
            touched = self._named(frame, file) if file else frozenset()
            if file and not touched:
                continue
            touched |= frozenset() if file else self.mentioned(frame, words)
            touched = touched or taint(self.m.store.get("fetched", kind))
            other = taint(self.sh.streams.stdin)
            if touched:
                found = True
                result = v.both(
                    result, self._comparison(algorithm, touched, v.Unknown("digest", other) if other else v.Const(expected or ""), span)
                )
        if not found and fetched:
            touched = taint(self.m.store.get("fetched", "http")) | self._all()
            algorithm = self._verifies(argv) or "sha256"
            result = self._comparison(algorithm, touched - fetched or touched, v.Unknown("digest", fetched), span)
        return result

    def _comparison(self, algorithm: str, touched: frozenset[Fetch], expected: v.Value, span: Span) -> v.Value:
        digest = v.Digest(algorithm, algorithm.lower() not in _WEAK, (v.Unknown("data", touched),), span)
        for fetch in touched:
            fetch.digests.append(digest)
        self.m.expressions.note_comparison(digest, expected)
        return v.Sym("verified", (digest, expected) if taint(expected) else (digest,), span)

    def _verifies(self, argv: v.Value) -> str | None:
        """The algorithm of a program that checks a list of digests."""
        items = self.m.items_of(argv) or []
        checks = self.m.oracle.checks(self.m, self.m.new_items("list", items), given="0" * 64 + "  x")
        return checks[0][1] if checks else None

    def _all(self) -> frozenset[Fetch]:
        return frozenset().union(*(taint(held) for _, held in self.m.store.names("files")))

    def _named(self, frame: Frame, file: str) -> frozenset[Fetch]:
        name = v.Const(file)
        found = taint(self.m.file(self.sh.words.path(frame, name))) | taint(self.m.file(name))
        if found:
            return found
        base = posixpath.basename(file)
        return frozenset().union(*(taint(held) for key, held in self.m.store.names("files") if posixpath.basename(key) == base))

    def mentioned(self, frame: Frame, words: Sequence[v.Value]) -> frozenset[Fetch]:
        """The fetches whose files or data the words name."""
        found: frozenset[Fetch] = frozenset()
        for word in words:
            if isinstance(word, v.NAMES):
                found |= taint(self.m.file(self.sh.words.path(frame, word))) | taint(self.m.file(word))
            found |= self.m.deep_taint(word) if isinstance(word, v.Remote) else frozenset()
        return found

    def digest(self, frame: Frame, argv: v.Value, span: Span) -> None:
        """``sha256sum file``: its output is a digest of the file."""
        if self.sh.streams.sink is None:
            return
        found = self.m.oracle.digests(self.m, argv)
        if found is None:
            return
        algorithm, names = found
        data = [self.sh.streams.read_file(frame, v.Const(name)) for name in names] or (
            [self.sh.streams.stdin] if self.sh.streams.stdin is not None else []
        )
        if len(data) == 1:  # of several files it is not known which line is looked at
            digest = v.Digest(algorithm, algorithm.lower() not in _WEAK, tuple(data), span)
            for fetch in digest.made_of:
                fetch.digests.append(digest)
            self.sh.streams.emit(frame, digest)
