"""What do the programs do that a shell starts? Accesses and checks by the pages; scripts and makefiles of the tree are followed.

It also says what a command line of Python code runs of the tree, so that a build's scripts are judged like its Python.
"""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from offlint.flow import values as v
from offlint.flow.interning import taint
from offlint.flow.machine import Frame
from offlint.flow.registry import OUTPUT
from offlint.flow.shell.readers import reader
from offlint.flow.summary import Fetch, Use
from offlint.flow.texts import template
from offlint.model.lazy import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence

    from offlint.flow.shell.language import Shell
    from offlint.model.span import Span

#: Local programs that look at a file and use none of what is in it.
_LOOKERS = frozenset({"sha1sum", "sha224sum", "sha256sum", "sha384sum", "sha512sum", "shasum", "md5sum", "md5", "b2sum", "openssl", "gpg",
                      "gpg2", "gpgv", "minisign", "signify", "git"})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Started:
    """What a command line runs once wrappers are seen through.

    ``kind`` is ``line`` (a program), ``script`` or ``module`` or ``code`` (Python's), ``shell`` (a text). ``env`` are ``A=b`` words.
    """

    kind: str
    words: tuple[v.Value, ...]
    env: tuple[str, ...] = ()
    folder: str = ""


#: Steps that it costs to look a program up on the pages.
COST = 20
#: Scripts that an unpacked archive has; what is in an archive is not read.
SCRIPTS = frozenset({"configure", "autogen.sh", "bootstrap", "bootstrap.sh", "buildconf", "build.sh", "install.sh", "config"})


#: Steps of Python code in an argument: a one-liner that starts a whole program is not followed to its end.
MAX_CODE_STEPS = 100_000


class Programs:
    """Starts programs."""

    def __init__(self, shell: Shell) -> None:
        self.sh = shell
        self.m = shell.m
        self.homes: dict[str, str] = {}  # folders that are known at run time only, and the copy of which in the tree is meant
        self._files: dict[str, list[str]] = {}  # of the tree, by their own names; filled when it is first asked

    def run(self, frame: Frame, words: list[v.Value], given: Sequence[tuple[str, v.Value]], span: Span, *, script: bool = False) -> v.Value:
        """Run a program and give its status."""
        argv = self.m.new_items("list", words)
        started = self.m.oracle.programs(self.m, argv, shell=False)
        first = started[0] if started else Started("line", tuple(words))
        if len(started) == 1 and first.kind == "line" and len(first.words) < len(words):
            shell = bool(re.search(r"(?:^|/)(?:ba|da|k|z|a)?sh$", template(words[len(words) - len(first.words) - 1])))
            more = [(name, v.Const(value)) for name, _, value in (one.partition("=") for one in first.env)]
            return self.sh.run(frame, list(first.words), [*given, *more], span, script=script or shell)
        if len(started) == 1 and first.kind == "shell":
            return self._text(frame, first, given, span)
        if first.kind == "line" and len(started) <= 1:
            followed = self._tree(frame, list(first.words), given, span, script=script)
            if followed is not None:
                return followed
            read = self.read(words)
            if read is not None:
                return self._standard_input(frame, read, given, span)
        return self._program(frame, words, given, started, span)

    # shells

    def _text(self, frame: Frame, first: Started, given: Sequence[tuple[str, v.Value]], span: Span) -> v.Value:
        """``sh -c TEXT``."""
        text = first.words[0]
        touched = self.m.deep_taint(text)
        if touched:
            self._use(frame, "execute", touched, span)
        function = self.sh.processes.text(frame, text, span)
        if function is None:
            return self.m.atom("unknown", "sh -c", span)
        scope = self.sh.processes.child(frame, frame.scope.file, given, self._folder(frame))
        for name, value in self.m.store.names(frame.scope):
            if name.endswith("()"):
                self.m.store.set(scope, name, value)
        return self.sh.processes.process(
            frame, function.body, scope, self.sh.words.bound(list(first.words[1:])), span=span, what="runs a shell text", text=text
        )

    def read(self, words: Sequence[v.Value]) -> Started | None:
        """What a command runs that reads its program from the standard input: ``… | sh``, ``sh <<EOF``, ``python -``."""
        text = self.sh.streams.stdin
        if text is None:
            return None
        found = reader([template(word) for word in words])
        return Started(found[0], (text, *words[found[1] :])) if found is not None else None

    def _standard_input(self, frame: Frame, one: Started, given: Sequence[tuple[str, v.Value]], span: Span) -> v.Value:
        """What is read is run."""
        if one.kind == "shell":
            with self.sh.streams.reading(None):
                return self._text(frame, one, given, span)
        self.started(frame, one, span)
        return self.m.atom("unknown", one.kind, span)

    def started(self, frame: Frame, one: Started, span: Span) -> None:
        """A program in another language than the shell's, as a text."""
        text = one.words[0]
        touched = self.m.deep_taint(text)
        if touched:
            self._use(frame, "execute", touched, span)
        elif one.kind == "code":
            self.sh.code.run(frame, one, span)
        elif found := self.sh.foreign.names_network(template(text)):
            self.m.leave(span, f"{one.kind} code on the standard input is not followed, and it names {found}")

    def _folder(self, frame: Frame) -> v.Value:
        return self.m.store.get(frame.scope, "<folder>") or v.Unknown("folder")

    def _tree(
        self, frame: Frame, words: list[v.Value], given: Sequence[tuple[str, v.Value]], span: Span, *, script: bool
    ) -> v.Value | None:
        """A script of the tree; None for another program."""
        text = v.text_of(words[0])
        if text is None or ("/" not in text and not script):
            return None
        path = self.sh.words.path(frame, words[0])
        written = self.m.file(path) or self.m.file(words[0])
        touched = taint(written)
        if touched:
            self._use(frame, "execute", touched, span)
            return self.m.atom("unknown", "a fetched program", span)
        if written is not None and script and v.text_of(written):
            return self._text(frame, Started("shell", (written, *words[1:])), given, span)
        found = self.found(v.text_of(path), text, self._folder(frame), span)
        return self.script(frame, found[0], words[1:], given=given, folder=found[1], span=span, script=script) if found else None

    def found(self, place: str | None, text: str, folder: v.Value, span: Span) -> tuple[str, v.Value] | None:
        """The script of the tree that a path means, and the folder that it runs in; None where there is none.

        Where the current folder is not known, or has no such file, the only file of the tree whose path ends so is meant.
        """
        if place is not None and self.m.project.exists(place) and not self.m.project.is_dir(place):
            return place, folder
        if text.startswith(("/", "~", "⟨", "..")):
            return None
        relative = posixpath.normpath(text)
        if place is not None and place != relative and not place.startswith("/"):
            relative = posixpath.normpath(place)
        ends = self._ending(relative)
        if len(ends) == 1 and "." not in (relative, ends[0]):
            home = ends[0][: len(ends[0]) - len(relative)].rstrip("/")
            self.homes[template(folder)] = home
            return ends[0], v.Const(home)
        if not ends and posixpath.basename(relative) in SCRIPTS and not self._made(relative):
            self.m.leave(span, f"runs {text}, which is not in the tree")
        return None

    def _made(self, relative: str) -> bool:
        """Whether the script came with what was fetched and unpacked, or autoconf makes it of the file that is named like it."""
        if self.m.deep_taint(self.m.store.get("folder", "unpacked")):
            return True
        made_of = (f"{relative}.ac", f"{relative}.in") if posixpath.basename(relative) == "configure" else ()
        return any(map(self._ending, made_of))

    def _ending(self, path: str) -> list[str]:
        """The files of the tree whose paths end so."""
        if not self._files:
            for file in self.m.project.files:
                self._files.setdefault(posixpath.basename(file), []).append(file)
        return [file for file in self._files.get(posixpath.basename(path), ()) if f"/{file}".endswith(f"/{path}")]

    def script(
        self,
        frame: Frame,
        place: str,
        args: list[v.Value],
        *,
        given: Sequence[tuple[str, v.Value]],
        folder: v.Value,
        span: Span,
        script: bool = False,
    ) -> v.Value | None:
        """Run a script of the tree; None for Python, which the machine itself runs."""
        language = self.sh.foreign.language(place)
        if language == "python":
            return None
        if language != "shell" and not (script and language == ""):
            self.sh.foreign.say(place, language, span)
            return self.m.atom("missing", f"{place} works", span)
        text = self.m.project.text(place) or ""
        function = self.sh.processes.file(place)
        if function is None:
            return self.m.atom("unknown", place, span)
        scope = self.sh.processes.child(frame, place, given, folder)
        self.sh.processes.own(scope, function)
        if re.match(r"#![^\n]*\s-\w*e", text):
            self.m.store.set(scope, "-e", v.TRUE)
        return self.sh.processes.process(frame, function.body, scope, self.sh.words.bound(args), span=span, what=f"runs {place}")

    # other programs

    def _program(
        self, frame: Frame, words: list[v.Value], given: Sequence[tuple[str, v.Value]], started: Sequence[Started], span: Span
    ) -> v.Value:
        """A program: what it fetches, verifies, and makes of what was fetched."""
        self.m.tick(COST)
        written = len(self.sh.streams.sink.written) if self.sh.streams.sink else 0
        cwd = v.text_of(self._folder(frame))
        cwd = cwd if cwd is not None and not cwd.startswith(("/", "~", "⟨")) else None
        argv = self.m.new_items("list", [*self._environment(frame, given), *words])
        plain = self.m.new_items("list", words)
        made = self.m.oracle.commands(self.m, argv, shell=False, span=span, cwd=cwd)
        for fetch in made:
            self.sh.streams.fetched(frame, fetch)
            self.m.externals.fetched(frame, fetch)
        verified = self.sh.checks.status(frame, words, plain, span)
        if verified is not None:
            return verified
        self._data(frame, words, made, span)
        self.sh.checks.digest(frame, plain, span)
        self._python(frame, plain, started, span, cwd or "")
        if made:
            return v.negation(self.m.atom("error", "an error", span))
        if posixpath.basename(template(words[0])) == "git" and self.m.project.exists("PKG-INFO"):
            self.sh.streams.emit(frame, v.Const(""))  # a source distribution is no checkout, of which git could tell anything
            return v.FALSE
        if self.sh.streams.sink is not None and len(self.sh.streams.sink.written) == written:
            self.sh.streams.emit(
                frame,
                v.Handle(OUTPUT) if not self.m.deep_taint(self.sh.streams.stdin) else v.Unknown("output", taint(self.sh.streams.stdin)),
            )
        return self.m.atom("missing", f"{template(words[0])} works", span)

    def _environment(self, frame: Frame, given: Sequence[tuple[str, v.Value]]) -> list[v.Value]:
        """Assignments that a program sees, for the tools' own switches."""
        found = dict(given)
        for name, held in self.m.store.names(frame.scope):
            if name.startswith("export ") and held == v.TRUE:
                value = self.m.store.get(frame.scope, name[7:])
                if value is not None:
                    found.setdefault(name[7:], value)
        texts = {name: v.text_of(value) for name, value in found.items()}
        made: list[v.Value] = [v.Const(f"{name}={text}") for name, text in texts.items() if text is not None and len(text) < 200]
        return made[:60]

    def _data(self, frame: Frame, words: list[v.Value], made: Sequence[Fetch], span: Span) -> None:
        """What was fetched before and is used now: as the program, as a file that it is told of, or on its input."""
        fresh = frozenset(made)
        executed = self.sh.checks.mentioned(frame, words[:1]) - fresh
        if executed:
            self._use(frame, "execute", executed, span)
        if made or posixpath.basename(template(words[0])) in _LOOKERS:
            return
        passed = (self.sh.checks.mentioned(frame, words[1:]) | taint(self.sh.streams.stdin)) - fresh
        direct = frozenset().union(*(taint(word) for word in words[1:]))
        if passed | direct:
            self._use(frame, "pass", passed | direct, span)

    def _use(self, frame: Frame, kind: str, touched: frozenset[Fetch], span: Span) -> None:
        frame.summary.interesting = True
        frame.summary.uses.append((frame.way, Use(kind, touched, span)))

    def _python(self, frame: Frame, argv: v.Value, started: Sequence[Started], span: Span, cwd: str) -> None:
        """Python of the tree is run by the machine; code in an argument is not followed."""
        for one in started:
            if one.kind == "code" and one.words:
                self.sh.code.run(frame, one, span)
        calling, self.m.calling = self.m.calling, True
        self.m.externals.models.run_python(frame, argv, span, cwd)
        items = self.m.items_of(argv)
        if items and "cmake" in template(items[0]).lower():
            self.m.cmake.processes.spawned(frame, argv, span)
        self.m.calling = calling
