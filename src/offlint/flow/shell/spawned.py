"""What does a command line of Python code run of the tree? Scripts, makefiles and shell texts, judged like the Python that starts them."""

from __future__ import annotations

import posixpath
from functools import partial
from typing import TYPE_CHECKING

from offlint.flow import values as v
from offlint.flow.imports import ROOT
from offlint.flow.texts import template

if TYPE_CHECKING:
    from collections.abc import Sequence

    from offlint.flow.machine import Frame
    from offlint.flow.shell.language import Shell
    from offlint.flow.shell.programs import Started
    from offlint.model.span import Span


class Spawned:
    """Follows what Python starts."""

    def __init__(self, shell: Shell) -> None:
        self.sh = shell
        self.m = shell.m

    def run(self, frame: Frame, argv: v.Value, span: Span, cwd: str | None, environment: v.Value | None, *, shell: bool) -> v.Value | None:
        """The status of a shell text, a script or a Makefile of the tree; None for any other command line, which is judged as a whole."""
        items = self.m.items_of(argv)
        if items and isinstance(items[0], v.Choice) and not shell:
            return self._alternatives(frame, items, span, cwd, environment)
        one = self._started(argv, shell=shell)
        if one is None:
            return None
        folder: v.Value = v.Unknown("folder") if cwd is None else v.Const(posixpath.normpath(posixpath.join(cwd, one.folder)))
        folder = v.Const("") if v.text_of(folder) == "." else folder
        given: list[tuple[str, v.Value]] = [(name, v.Const(value)) for name, _, value in (text.partition("=") for text in one.env)]
        if environment is not None:
            given = [*((t, item) for key, item in self.m.pairs_of(environment) if (t := v.text_of(key))), *given]
        if one.kind == "line" and (read := self.sh.programs.read(one.words)) is not None:
            if read.kind != "shell" or self.m.deep_taint(read.words[0]):
                self.sh.programs.started(frame, read, span)
                return None
            one = read
        if one.kind == "shell":
            if isinstance(environment, v.Mapping_) and not environment.open:
                return None  # a person's variables do not reach it: judged as a whole, without switches
            follow = partial(self._spawned_text, frame, list(one.words[1:]), given=given, folder=folder, span=span)
            return self.sh.cases(frame, one.words[0], span, follow)
        if one.kind == "code" and one.words:
            self.sh.code.run(frame, one, span)
        elif one.kind == "line" and one.words:
            return self._spawned_line(frame, list(one.words), given, folder=folder, span=span)
        return None

    def read(self, argv: v.Value, *, shell: bool) -> Started | None:
        """What a command line runs that reads its program from the standard input; None for any other."""
        one = self._started(argv, shell=shell)
        return self.sh.programs.read(one.words) if one is not None and one.kind == "line" else None

    def _started(self, argv: v.Value, *, shell: bool) -> Started | None:
        """The one program that a command line runs; a wrapper that may fetch itself (docker run, uv run) is judged with what it runs."""
        started = self.m.oracle.programs(self.m, argv, shell=shell)
        return started[0] if len(started) == 1 else None

    def _alternatives(self, frame: Frame, items: list[v.Value], span: Span, cwd: str | None, environment: v.Value | None) -> v.Value | None:
        """One of several programs; where none is followed, the command line is judged as a whole."""
        followed: list[bool] = []

        def work(first: v.Value) -> v.Value:
            argv = self.m.new_items("list", [first, *items[1:]])
            status = self.run(frame, argv, span, cwd, environment, shell=False)
            followed.append(status is not None)
            if status is None:
                for fetch in self.m.oracle.commands(self.m, argv, shell=False, span=span, cwd=cwd):
                    self.m.externals.fetched(frame, fetch)
            return status or v.TRUE

        mark, start = self.m.store.mark(), frame.way
        before = len(frame.summary.fetches)
        status = self.sh.cases(frame, items[0], span, work)
        if any(followed):
            return status
        self.m.store.undo(mark)
        del frame.summary.fetches[before:]
        frame.way, frame.alive = start, True
        return None

    def _spawned_text(
        self, frame: Frame, args: list[v.Value], text: v.Value, *, given: Sequence[tuple[str, v.Value]], folder: v.Value, span: Span
    ) -> v.Value:
        function = self.sh.processes.text(frame, text, span)
        if function is None:
            return self.m.atom("unknown", "a shell text", span)
        scope = self.sh.processes.child(frame, span.file, given, folder)
        bound = self.sh.words.bound(args)
        return self.sh.processes.process(frame, function.body, scope, bound, span=span, what="runs a shell text", text=text)

    def _spawned_line(
        self, frame: Frame, words: list[v.Value], given: Sequence[tuple[str, v.Value]], *, folder: v.Value, span: Span
    ) -> v.Value | None:
        known = next((one for one in v.leaves(words[0]) if v.text_of(one)), words[0])
        named = v.text_of(known) or template(known)
        text = named.removeprefix(f"{ROOT}/")
        if posixpath.basename(text) in ("make", "gmake") or text == "{MAKE}":
            scope = self.sh.processes.child(frame, span.file, given, folder)
            outer, frame.scope = frame.scope, scope
            try:
                return self.sh.make.run(frame, words[1:], span)
            finally:
                frame.scope = outer
        if text.startswith(("/", "~", "{")) or not text:
            return None
        here = "" if named != text else v.text_of(folder)  # a whole path is the same from everywhere
        found = self.sh.programs.found(posixpath.normpath(posixpath.join(here, text)) if here is not None else None, text, folder, span)
        if found is None and here:  # the program's path, which is looked up before the folder is changed
            found = (text, folder) if self.m.project.exists(text) and not self.m.project.is_dir(text) else None
        if found is None:
            return None
        if found[1] != folder and v.text_of(folder) and found[0] == posixpath.normpath(text):
            found = (found[0], folder)
        return self.sh.programs.script(
            frame, found[0], words[1:], given=given, folder=found[1], span=span, script="/" in text or self.m.project.exists(text)
        )
