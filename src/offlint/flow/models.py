"""What do the models under rules/checks mean? Digests, comparisons, processes, copies: calls that bring nothing and still decide."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from offlint.flow import feeding
from offlint.flow import values as v
from offlint.flow.executing import Executing
from offlint.flow.interning import taint
from offlint.flow.local import local
from offlint.flow.machine import Arguments
from offlint.flow.registry import FAILED, OUTPUT
from offlint.flow.summary import Fetch, Use, since, step
from offlint.flow.texts import template
from offlint.flow.worlds import digests_in
from offlint.model.lazy import regex

if TYPE_CHECKING:
    from collections.abc import Callable

    from offlint.flow.external import Externals
    from offlint.flow.machine import Frame, Machine
    from offlint.model.span import Span
    from offlint.rulebook.schema import Model

#: How files are called that Python runs; others are data for a script whose name is not known.
_PYTHON = ("", ".py", ".pyw", ".in")
#: What a shell, or an unpacking of words, has something to do with.
_FOR_A_SHELL = regex(r"[^\w ./:,@%+=-]|^\s*\w+=")


class Models:
    """Calls that a page under rules/checks describes."""

    def __init__(self, machine: Machine, externals: Externals) -> None:
        self.m = machine
        self.externals = externals
        self.executing = Executing(machine)
        self._handlers = self._tables()

    def call(self, frame: Frame, name: str, args: Arguments, span: Span, subject: v.Value | None) -> v.Value | None:
        """What the call gives, None where no page describes it."""
        for table, handle in self._handlers.items():
            row = self.m.rulebook.models.get(table, {}).get(name)
            if row is not None:
                return handle(frame, row, args, span, subject)
        return None

    def _container(self, frame: Frame, row: Model, args: Arguments, span: Span, subject: v.Value | None) -> v.Value:
        del subject
        args = Arguments([self.m.specials.opened(frame, a, span) for a in args.args], args.kwargs, args.open)
        return self.m.containers.make(frame, row.name, args)

    def _record(self, frame: Frame, row: Model, args: Arguments, span: Span, subject: v.Value | None) -> v.Value | None:
        """An object with attributes, a new class of such objects, or a decorator with arguments."""
        del subject
        style = row.values.get("style", "keywords")
        classes = self.m.classes
        if style == "keywords":
            cls = classes.record(frame, row.name.rsplit(".", 1)[-1], (), [v.External(row.name)], span)
            return classes.instantiate(frame, cls, args, span)
        if style == "decorator":
            made = args.get(0)
            return made if isinstance(made, v.ClassRef) else v.Handle(row.name)
        names = classes.names(args.get(1, "field_names") or args.get(1, "fields") or v.NONE) + list(args.kwargs)
        title = v.text_of(args.get(0, "typename") or v.NONE) or "record"
        fields = [name for name in names if name not in ("typename", "field_names", "defaults", "rename", "module")]
        return classes.record(frame, title, fields, [v.External(row.name)], span)

    def _callback(self, frame: Frame, row: Model, args: Arguments, span: Span, subject: v.Value | None) -> v.Value | None:
        """An inherited method that calls methods which the project's class overrides."""
        if not isinstance(subject, v.Instance):
            return None
        methods = row.values.get("methods", ())
        for name in methods if isinstance(methods, tuple) else ():
            found = self.m.specials.find(subject, name)
            if found is not None and frame.alive:
                self.m.call(frame, found, Arguments(args.args[:1], open=True), span)
        return v.Unknown(row.name.rsplit(".", 1)[-1], frozenset().union(*(self.m.deep_taint(a) for a in args.everything())))

    def _tables(self) -> dict[str, Callable[[Frame, Model, Arguments, Span, v.Value | None], v.Value | None]]:
        return {
            "spawn": self._spawn, "digest": self._digest, "compare": self._compare, "extract": self._extract,
            "execute": self._execute,
            "copy": self._copy, "remove": self._remove, "exit": self._exit, "signature": self._signature,
            "probe": self._probe, "local": self._local, "insecure": self._insecure,
            "container": self._container, "record": self._record, "callback": self._callback,
            "skip": self._skip,
        }  # fmt: skip

    def _skip(self, frame: Frame, row: Model, args: Arguments, span: Span, subject: v.Value | None) -> None:
        """A wrapper of what is run later, which leaves it out where all of some files are there.

        What makes it was called before, so the way to its access is narrowed afterwards.
        """
        del subject
        paths = self._argument(args, row, "paths")
        items = self.m.items_of(paths) if paths is not None else None
        made = frozenset().union(*(self.m.deep_taint(a) for a in args.everything()))
        if not items or not made or any(isinstance(one, v.Rest) for one in items):
            return
        skipped = since(frame.way, None)
        for one in items:
            skipped = v.both(skipped, self.externals.files.exists(one, span))
        fetches = frame.summary.fetches
        fetches[:] = [(step(way, v.negation(skipped), span) if fetch in made else way, fetch) for way, fetch in fetches]

    def _argument(self, args: Arguments, row: Model, key: str) -> v.Value | None:
        text = row.values.get(key)
        if not isinstance(text, str):
            return None
        position, _, keyword = text.partition("|")
        if not position.isdigit():
            position, keyword = "", position
        return args.get(int(position) if position else None, keyword or None)

    def _spawn(self, frame: Frame, row: Model, args: Arguments, span: Span, subject: v.Value | None) -> v.Value:
        del subject
        return self.spawn(frame, row, args, span)

    def spawn(self, frame: Frame, row: Model, args: Arguments, span: Span) -> v.Value:
        """Run a program, and give its answer or its code."""
        style = row.values.get("style", "list")
        argv = self._argument(args, row, "argv") or v.Unknown("command")
        if style == "words":
            after = args.args[int(str(row.values.get("skip", 0))) :]
            argv = after[0] if len(after) == 1 and self.m.items_of(after[0]) else self.m.new_items("list", after)
        shell_argument = self._argument(args, row, "shell")
        shell = style == "shell" or (isinstance(shell_argument, v.Const) and bool(shell_argument.value))
        made: list[Fetch] = []
        statuses: list[tuple[v.Value, v.Value]] = []
        started = self.m.items_of(argv)
        words = started if started is not None else [argv]
        touched = self._given(words)
        run = self._given(words[:2])
        folder = args.kwargs.get("cwd")
        cwd = self.externals.files.tree_path(folder if folder is not None and folder != v.NONE else v.Const("."))
        streams = self.m.shell.streams
        with streams.captured(frame) as out, streams.reading(feeding.said(self.m, frame, args, span)):
            for test, given in v.cases(feeding.decoded(argv)):
                start = frame.way
                frame.narrow(test, span)
                self.m.inputs.started(frame, given, args, span, shell=shell, name=row.name)
                plain = self.words(given) if shell else None
                one = given if plain is None else plain
                needs = shell and plain is None
                status = self.m.shell.spawned.run(frame, one, span, cwd, args.kwargs.get("env"), shell=needs) if frame.alive else None
                if status is not None:
                    statuses.append((test, status))
                elif frame.alive:
                    for fetch in self.m.oracle.commands(self.m, one, shell=needs, span=span, cwd=cwd):
                        made.append(fetch)
                        streams.fetched(frame, fetch)
                        self.externals.fetched(frame, fetch)
                    verified = self.started(frame, one, span, cwd or "")
                    if verified is not None:
                        touched = frozenset()
                        statuses.append((test, verified))
                if test != v.TRUE or not frame.alive:
                    frame.way, frame.alive = start, True
        if made and not self.m.testing:
            self.m.store.set("folder", "installed", v.TRUE)
        output = streams.text(out)
        if touched and not isinstance(output, v.Digest):
            frame.summary.interesting = True
            frame.summary.uses.append((frame.way, Use("execute" if run else "pass", touched, span)))
        code = self._ended(frame, row, args, statuses, span) if statuses else None
        if not self.m.deep_taint(output) and not digests_in(output):
            output = v.Unknown("output") if made else v.NONE
        called = row.name.rpartition(".")[2]
        if code is not None and called in ("call", "system", "spawnv", "spawnl"):
            return code
        if called in ("run", "Popen"):
            kept = feeding.process(args, argv) if called == "Popen" else ()
            told = code is not None or output != v.NONE
            if not told and not kept:
                return v.Handle(OUTPUT)
            return v.Handle(OUTPUT, (code or (v.Unknown("code") if told else v.Handle(OUTPUT)), output, *kept))
        if output != v.NONE:
            return output
        return v.Handle(OUTPUT) if not touched else v.Unknown("output")

    def words(self, text: v.Value) -> v.Value | None:
        """The words of a shell text that is a single command with nothing for a shell to do: no grammar is loaded for it."""
        known = v.text_of(text)
        if known is None or _FOR_A_SHELL.search(known):
            return None
        return self.m.new_items("list", [v.Const(word) for word in known.split()])

    def started(self, frame: Frame, argv: v.Value, span: Span, cwd: str = "") -> v.Value | None:
        """What a local command line does: it verifies what was fetched, runs Python of the tree, or runs CMake on it.

        Gives its status where it verifies.
        """
        if frame.scope.kind == "cmake" and self.m.shell.spawned.run(frame, argv, span, cwd, None, shell=False) is not None:
            return None
        verifies = self._verify(frame, argv, span, cwd)
        self.m.shell.checks.digest(frame, argv, span)
        self._run_scripts(frame, argv, span, cwd)
        items = self.m.items_of(argv)
        if items and "cmake" in template(items[0]).lower() and frame.scope.kind != "cmake":
            self.m.cmake.processes.spawned(frame, argv, span)
        return verifies

    def _ended(self, frame: Frame, row: Model, args: Arguments, statuses: list[tuple[v.Value, v.Value]], span: Span) -> v.Value | None:
        """The code that a script or a shell text ends with, where it can tell; an error where the call checks it."""
        status = statuses[-1][1]
        for test, one in reversed(statuses[:-1]):
            status = v.choice(test, one, status)
        if not self.m.shell.decides(status):
            return None
        asked = args.kwargs.get("check")
        if row.values.get("raises") == "always" or row.name.rpartition(".")[2] in ("check_call", "check_output") or asked == v.TRUE:
            self.m.statements.throw_unless(frame, status, span, "CalledProcessError")
            return None
        return v.choice(status, v.Const(0), v.Handle(FAILED))

    def run_python(self, frame: Frame, argv: v.Value, span: Span, cwd: str) -> None:
        """Run the Python of the tree that a command line names."""
        self._run_scripts(frame, argv, span, cwd)

    def _given(self, words: list[v.Value]) -> frozenset[Fetch]:
        """The fetches whose data a command gets: as a file that it is told of, or as a word."""
        direct = frozenset().union(*(taint(w) for w in words if isinstance(w, v.Remote)))
        return direct.union(*(self._files_in(w) for w in words))

    def _verify(self, frame: Frame, argv: v.Value, span: Span, cwd: str) -> v.Value | None:
        """The status of ``git checkout COMMIT``, ``sha256sum -c`` and the like, which fail where the bytes are not the expected ones."""
        words = [self._there(word, cwd) for word in self.m.items_of(argv) or []]
        status = self.m.shell.checks.status(frame, words, self.m.new_items("list", words) if cwd else argv, span)
        if status is not None and (frame.scope.kind == "cmake" or not self._lists(argv)):
            # a checkout that fails is mostly found by what is done in it then
            self.m.statements.throw_unless(frame, status, span, "CalledProcessError")
            return v.TRUE
        return status

    def _there(self, word: v.Value, cwd: str) -> v.Value:
        """A word that names a file in the folder where a program runs, as its path from the root."""
        text = v.text_of(word)
        if not cwd or text is None or text.startswith(("-", "/")):
            return word
        place = v.Const(posixpath.normpath(posixpath.join(cwd, text)))
        return place if self.m.file(place) is not None or self.m.project.exists(str(place.value)) else word

    def _lists(self, argv: v.Value) -> bool:
        """Whether it is a program that checks a list of digests."""
        return self.m.oracle.digests(self.m, self.m.new_items("list", [*(self.m.items_of(argv) or [])[:1], v.Const("x")])) is not None

    def _files_in(self, argv: v.Value) -> frozenset[Fetch]:
        """The fetches whose files a command line names."""
        found: frozenset[Fetch] = frozenset()
        for item in self.m.items_of(argv) or [argv]:
            held = self.m.file(item) if isinstance(item, v.NAMES) else None
            found |= taint(held)
        return found

    def _run_scripts(self, frame: Frame, argv: v.Value, span: Span, cwd: str) -> None:
        for file, words in self.m.oracle.scripts(self.m, argv):
            resolved = self.program(file[3:]) if file.startswith("-m ") else posixpath.normpath(posixpath.join(cwd, file))
            if resolved and posixpath.splitext(resolved)[1] in _PYTHON and self._is_file(resolved):
                self.m.imports.done.pop((resolved, True), None)
                with self.externals.program(words):
                    self.m.imports.evaluate(frame, resolved, span, main=True, what=f"runs {resolved}")

    def program(self, module: str) -> str | None:
        """The file that is run as a module's program (``python -m``, ``runpy.run_module``)."""
        file = self.m.modules.resolve(module, self.m.imports.search)
        return file.removesuffix("__init__.py") + "__main__.py" if file and file.endswith("__init__.py") else file

    def _is_file(self, path: str) -> bool:
        return self.m.project.exists(path) and not self.m.project.is_dir(path)

    def _digest(self, frame: Frame, row: Model, args: Arguments, span: Span, subject: v.Value | None) -> v.Value:
        del frame, subject
        algorithm = str(row.values.get("algorithm", "")) or row.name.rsplit(".", 1)[-1]
        strong = row.values.get("strength", "strong") == "strong"
        data = self._argument(args, row, "data")
        if algorithm.isdigit():  # the position of the argument that names it
            named = args.get(int(algorithm), "name") or args.get(int(algorithm), "digest")
            text = v.text_of(named) if named is not None else None
            if isinstance(named, v.External):
                text = named.name.rsplit(".", 1)[-1]
            algorithm = text or "sha256"
            strong = algorithm.lower().replace("-", "") not in ("md5", "sha1", "md4", "crc32", "adler32")
        if row.values.get("gives") == "digest":
            content = self.externals.files.content_of(data) if data is not None else v.Unknown("data")
            made = v.Digest(algorithm, strong, (content,), span)
            for fetch in made.made_of:
                fetch.digests.append(made)
            return made
        hasher = v.Hasher(algorithm, strong)
        fed = self.externals.files.content_of(data) if data is not None else None
        self.m.store.set(hasher, "held", v.Contents((fed,) if fed is not None else ()))
        return hasher

    def _compare(self, frame: Frame, row: Model, args: Arguments, span: Span, subject: v.Value | None) -> v.Value:
        del frame, row, subject
        pair = args.everything()[:2]
        if len(pair) == 2:
            self.m.expressions.note_comparison(*pair)
        return v.Sym("compare_digest", tuple(pair), span) if len(pair) == 2 else v.Unknown("comparison")

    def _extract(self, frame: Frame, row: Model, args: Arguments, span: Span, subject: v.Value | None) -> v.Value:
        archive = self._argument(args, row, "archive") if "archive" in row.values else subject
        touched = self.m.deep_taint(archive) | self.m.deep_taint(self.externals.files.content_of(archive) if archive is not None else None)
        if touched:
            frame.summary.interesting = True
            frame.summary.uses.append((frame.way, Use("extract", touched, span)))
        made = v.Unknown("extracted", touched)
        self.m.store.set("folder", "unpacked", made)
        return made

    def _execute(self, frame: Frame, row: Model, args: Arguments, span: Span, subject: v.Value | None) -> v.Value:
        del subject
        return self.executing.call(frame, row, args, span, {key: self._argument(args, row, key) for key in ("code", "path", "module")})

    def _copy(self, frame: Frame, row: Model, args: Arguments, span: Span, subject: v.Value | None) -> v.Value:
        del subject
        source, target = self._argument(args, row, "source"), self._argument(args, row, "target")
        if source is None or target is None:
            return v.NONE
        if isinstance(target, v.FileObject):
            self.externals.files.write(frame, target.path, self.externals.files.content_of(source), span, append=True)
        else:
            self.externals.files.copy(frame, source, target, span, move=bool(row.values.get("move")))
        return target

    def _remove(self, frame: Frame, row: Model, args: Arguments, span: Span, subject: v.Value | None) -> v.Value:
        del frame, span, subject
        path = self._argument(args, row, "path")
        if path is not None:
            self.externals.files.remove(path)
        return v.NONE

    def _exit(self, frame: Frame, row: Model, args: Arguments, span: Span, subject: v.Value | None) -> v.Value:
        del row, args, subject
        self.m.statements.throw(frame, v.External("SystemExit"), span)
        return v.Unknown("no return")

    def _signature(self, frame: Frame, row: Model, args: Arguments, span: Span, subject: v.Value | None) -> v.Value:
        touched = frozenset().union(
            *(self.m.deep_taint(a) | self.m.deep_taint(self.externals.files.content_of(a)) for a in args.everything())
        )
        touched |= self.m.deep_taint(subject)
        made = v.Digest("signature", strong=True, data=(v.Unknown("data", touched),), span=span)
        for fetch in touched:
            fetch.digests.append(made)
        test = v.Sym("signature", (made,), span)
        if row.values.get("raises", True):
            self.m.statements.throw_unless(frame, test, span, "ValueError")
            return v.NONE
        return test

    def _probe(self, frame: Frame, row: Model, args: Arguments, span: Span, subject: v.Value | None) -> v.Value:
        del frame, subject
        what = self._argument(args, row, "path")
        there = self.m.atom("missing", f"{row.name.rsplit('.', 1)[-1]} {template(what)}" if what is not None else row.name, span)
        if what is not None and row.values.get("gives") == "path":
            return v.choice(there, what, v.NONE)
        return there

    def _insecure(self, frame: Frame, row: Model, args: Arguments, span: Span, subject: v.Value | None) -> v.Value:
        del frame, row, args, span, subject
        return v.Handle("insecure")

    def _local(self, frame: Frame, row: Model, args: Arguments, span: Span, subject: v.Value | None) -> v.Value:
        del subject
        self.externals.run_functions(frame, args, span)
        if row.values.get("gives") == "server":
            return local()
        return v.Unknown("local", frozenset().union(*(self.m.deep_taint(a) for a in args.everything())))
