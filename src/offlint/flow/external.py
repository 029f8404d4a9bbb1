"""What does a call of something outside of the project do? Accesses by the rulebook, the rest by what the library documents.

The order: what the run itself replaced (mocks), network access, the models under rules/checks, the built-in meaning of the language and of
the standard library; anything else may run the functions it is given and gives something unknown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from offlint.flow import builtin_config, builtin_files, builtin_program, builtin_values
from offlint.flow import values as v
from offlint.flow.files import Files
from offlint.flow.interning import taint
from offlint.flow.machine import Arguments
from offlint.flow.registry import BUILTINS
from offlint.flow.setup_script import SetupScript
from offlint.flow.summary import Fetch, Use
from offlint.flow.texts import template

if TYPE_CHECKING:
    from collections.abc import Callable

    from offlint.flow.machine import Frame, Machine
    from offlint.model.span import Span
    from offlint.rulebook.schema import Model

_FILLED = (builtin_config, builtin_files, builtin_program, builtin_values)  # importing them fills the table

#: Calls that look at data or show it: handing fetched data to them is no use of it.
_HARMLESS = (
    "builtins.", "json.", "re.", "io.", "gzip.", "bz2.", "lzma.", "zlib.", "base64.", "logging.", "warnings.",
    "hashlib.", "html.", "xml.", "struct.", "binascii.", "string.", "textwrap.", "pprint.", "operator.", "itertools.",
    "functools.", "collections.", "math.", "time.", "datetime.", "click.echo", "click.secho", "sys.std", "log.",
    "logger.", "distutils.log.", "packaging.", "urllib.parse.", "codecs.", "copy.", "ast.literal_eval", "tempfile.",
    "os.path.", "stat.", "tqdm.", "unittest.", "pytest.", "numpy.testing.", "ssl.", "contextlib.", "email.",
    "tarfile.open", "tarfile.TarFile", "zipfile.", "shutil.rmtree", "os.makedirs", "os.chmod", "os.stat", "certifi.",
    "platform.", "bs4.", "lxml.",
)  # fmt: skip


#: Functions that are handed to functions that are handed on … are followed this far.
MAX_HANDED = 5
#: A function that is mapped over a list is run for each item of a list up to this length.
MAX_MAPPED = 60


class Externals:
    """Calls of dotted names outside of the project."""

    def __init__(self, machine: Machine) -> None:
        self.m = machine
        self.files = Files(machine)
        self.setup = SetupScript(machine)
        self._canonical: dict[str, str] = {}
        self._handing = 0
        self._replaced: set[str] = set()

    def canonical(self, name: str) -> str:
        """The name under which the rulebook knows it: aliases by the longest prefix."""
        known = self._canonical.get(name)
        if known is None:
            known = name
            for _ in range(4):
                parts = known.split(".")
                for count in range(len(parts), 0, -1):
                    target = self.m.rulebook.aliases.get(".".join(parts[:count]))
                    if target is not None:
                        known = ".".join([target, *parts[count:]])
                        break
                else:
                    break
            self._canonical[name] = known
        return known

    def call(self, frame: Frame, name: str, args: Arguments, span: Span, *, subject: v.Value | None = None) -> v.Value:
        """Call a dotted name; ``subject`` is the object whose method it is."""
        name = self.canonical(name)
        mocked = self._mocked(name) if name not in self._replaced else None
        if mocked is not None:
            if isinstance(mocked, v.FunctionRef):
                self._replaced.add(name)  # what stands in for it may call what it replaced
                try:
                    return self.m.call(frame, mocked, args, span)
                finally:
                    self._replaced.discard(name)
            return v.Unknown("mocked")
        found = self.m.oracle.access(self.m, name, args, span)
        if found is not None:
            fetch, value = found
            if fetch is not None:
                self.fetched(frame, fetch)
                self._run_functions(frame, args, span)
            return value
        for table, handle in self._tables().items():
            row = self.m.rulebook.models.get(table, {}).get(name)
            if row is not None:
                return handle(frame, row, args, span, subject)
        gives = self.m.rulebook.objects.get(name)
        if gives is not None:
            return v.Handle(gives, tuple(args.args[:4]))
        special = self.setup.call(frame, name, args, span, subject)
        if special is not None:
            return special
        builtin = BUILTINS.get(name)
        if builtin is not None:
            args.subject = subject
            result = builtin(self.m, frame, args, span)
            if result is not None:
                return result
        return self.unknown(frame, name, args, span, subject)

    def fetched(self, frame: Frame, fetch: Fetch) -> None:
        """Note an access at this point of the run."""
        frame.summary.interesting = True
        fetch.top_level = not self.m.calling and not self.setup.running
        for source in taint(fetch.url):
            source.leads.append(fetch)
        frame.summary.fetches.append((frame.way, fetch))
        self.m.store.set("fetched", fetch.kind, v.Unknown("fetched", frozenset((fetch,))))

    def _mocked(self, name: str) -> v.Value | None:
        parts = name.split(".")
        for count in range(len(parts), 1, -1):
            held = self.m.store.get("mocks", ".".join(parts[:count]))
            if held is not None:
                return held
        return None

    def _tables(self) -> dict[str, Callable[[Frame, Model, Arguments, Span, v.Value | None], v.Value]]:
        return {
            "spawn": self._spawn, "digest": self._digest, "compare": self._compare, "extract": self._extract,
            "execute": self._execute,
            "copy": self._copy, "remove": self._remove, "exit": self._exit, "signature": self._signature,
            "probe": self._probe, "local": self._local, "insecure": self._insecure,
        }  # fmt: skip

    # models

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
        style = row.values.get("style", "list")
        argv = self._argument(args, row, "argv") or v.Unknown("command")
        if style == "words":
            argv = self.m.new_items("list", args.args[int(str(row.values.get("skip", 0))) :])
        shell_argument = self._argument(args, row, "shell")
        shell = style == "shell" or (isinstance(shell_argument, v.Const) and bool(shell_argument.value))
        made: list[Fetch] = []
        started = self.m.items_of(argv)
        words = started if started is not None else [argv]
        touched = self._given(words)
        run = self._given(words[:2])
        for test, one in v.cases(argv):
            start = frame.way
            frame.narrow(test, span)
            if frame.alive:
                for fetch in self.m.oracle.commands(self.m, one, shell=shell, span=span, api=row.name):
                    made.append(fetch)
                    self.fetched(frame, fetch)
                if self._verify(frame, one, span):
                    touched = frozenset()
                self._run_scripts(frame, one, span)
            if test != v.TRUE or not frame.alive:
                frame.way, frame.alive = start, True
        if touched:
            frame.summary.interesting = True
            frame.summary.uses.append((frame.way, Use("execute" if run else "pass", touched, span)))
        if made:
            return v.Unknown("output", frozenset(f for f in made if f.keeps and not f.stored))
        return v.Unknown("output")

    def _given(self, words: list[v.Value]) -> frozenset[Fetch]:
        """The fetches whose data a command gets: as a file that it is told of, or as a word."""
        direct = frozenset().union(*(taint(w) for w in words if isinstance(w, v.Remote)))
        return direct.union(*(self._files_in(w) for w in words))

    def _verify(self, frame: Frame, argv: v.Value, span: Span) -> bool:
        """A command such as ``git checkout COMMIT`` or ``sha256sum -c`` that fails where the bytes are not the expected ones."""
        checks = self.m.oracle.checks(self.m, argv)
        for kind, algorithm, expected, file in checks:
            held = self.m.file(v.Const(file)) if file else None
            touched = self._files_in(argv) | taint(held) or taint(self.m.store.get("fetched", kind))
            if touched:
                weak = algorithm.lower() in ("md5", "sha1", "crc32")
                digest = v.Digest(algorithm, not weak, (v.Unknown("data", touched),), span)
                for fetch in touched:
                    fetch.digests.append(digest)
                self.m.expressions.note_comparison(digest, v.Const(expected or ""))
                self.m.statements.throw_unless(frame, v.Sym("verified", (digest,), span), span, "CalledProcessError")
        return bool(checks)

    def _files_in(self, argv: v.Value) -> frozenset[Fetch]:
        """The fetches whose files a command line names."""
        found: frozenset[Fetch] = frozenset()
        for item in self.m.items_of(argv) or [argv]:
            held = self.m.file(item) if isinstance(item, v.Const | v.Text | v.Path) else None
            found |= taint(held)
        return found

    def _run_scripts(self, frame: Frame, argv: v.Value, span: Span) -> None:
        for file, words in self.m.oracle.scripts(self.m, argv):
            resolved = self.m.modules.resolve(file[3:], self.m.imports.search) if file.startswith("-m ") else file
            if resolved and resolved.endswith("__init__.py"):
                resolved = resolved.removesuffix("__init__.py") + "__main__.py"
            if resolved and self.m.project.exists(resolved):
                outer, self.m.argv = self.m.argv, words
                self.m.imports.done.pop((resolved, True), None)
                self.m.imports.evaluate(frame, resolved, span, main=True, what=f"runs {resolved}")
                self.m.argv = outer

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
            content = self.files.content_of(data) if data is not None else v.Unknown("data")
            made = v.Digest(algorithm, strong, (content,), span)
            for fetch in made.made_of:
                fetch.digests.append(made)
            return made
        hasher = v.Hasher(algorithm, strong)
        fed = self.files.content_of(data) if data is not None else None
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
        touched = self.m.deep_taint(archive) | self.m.deep_taint(self.files.content_of(archive) if archive is not None else None)
        if touched:
            frame.summary.interesting = True
            frame.summary.uses.append((frame.way, Use("extract", touched, span)))
        return v.Unknown("extracted", touched)

    def _execute(self, frame: Frame, row: Model, args: Arguments, span: Span, subject: v.Value | None) -> v.Value:
        del subject
        code = self._argument(args, row, "code")
        path = self._argument(args, row, "path")
        touched = self.m.deep_taint(code) | self.m.deep_taint(self.files.content_of(path) if path is not None else None)
        if touched:
            frame.summary.interesting = True
            frame.summary.uses.append((frame.way, Use("execute", touched, span)))
        place = self.files.tree_path(path) if path is not None else None
        if place and self.m.project.exists(place) and place.endswith(".py"):
            self.m.imports.evaluate(frame, place, span, main=row.name == "runpy.run_path", what=f"runs {place}")
        return v.Unknown("result")

    def _copy(self, frame: Frame, row: Model, args: Arguments, span: Span, subject: v.Value | None) -> v.Value:
        del subject
        source, target = self._argument(args, row, "source"), self._argument(args, row, "target")
        if source is None or target is None:
            return v.NONE
        if isinstance(target, v.FileObject):
            self.files.write(frame, target.path, self.files.content_of(source), span, append=True)
        else:
            self.files.copy(frame, source, target, span, move=bool(row.values.get("move")))
        return target

    def _remove(self, frame: Frame, row: Model, args: Arguments, span: Span, subject: v.Value | None) -> v.Value:
        del frame, span, subject
        path = self._argument(args, row, "path")
        if path is not None:
            self.files.remove(path)
        return v.NONE

    def _exit(self, frame: Frame, row: Model, args: Arguments, span: Span, subject: v.Value | None) -> v.Value:
        del row, args, subject
        self.m.statements.throw(frame, v.External("SystemExit"), span)
        return v.Unknown("no return")

    def _signature(self, frame: Frame, row: Model, args: Arguments, span: Span, subject: v.Value | None) -> v.Value:
        touched = frozenset().union(*(self.m.deep_taint(a) | self.m.deep_taint(self.files.content_of(a)) for a in args.everything()))
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
        return self.m.atom("missing", f"{row.name.rsplit('.', 1)[-1]} {template(what)}" if what is not None else row.name, span)

    def _insecure(self, frame: Frame, row: Model, args: Arguments, span: Span, subject: v.Value | None) -> v.Value:
        del frame, row, args, span, subject
        return v.Handle("insecure")

    def _local(self, frame: Frame, row: Model, args: Arguments, span: Span, subject: v.Value | None) -> v.Value:
        del row, subject
        self._run_functions(frame, args, span)
        return v.Unknown("local", frozenset().union(*(self.m.deep_taint(a) for a in args.everything())))

    # anything else

    def unknown(self, frame: Frame, name: str, args: Arguments, span: Span, subject: v.Value | None = None) -> v.Value:
        """Something of which nothing is known: it may run the functions that it is given, and keep the data."""
        self._run_functions(frame, args, span)
        touched = frozenset().union(*(self.m.deep_taint(a) for a in args.everything()))
        if touched and not name.startswith(_HARMLESS):
            frame.summary.interesting = True
            frame.summary.uses.append((frame.way, Use("pass", touched, span)))
        short = name.rsplit(".", 1)[-1]
        if subject is not None:
            touched |= self.m.deep_taint(subject)
        if name.startswith("builtins.") or not name[:1].isalpha():
            return v.Unknown(short, touched)
        if "." in name and short[:1].isupper():
            return v.Handle(name, tuple(args.args[:4]))
        return v.Unknown(short, touched)

    def _run_functions(self, frame: Frame, args: Arguments, span: Span) -> None:
        """Executors, decorators, ``map``, ``Thread(target=…)``, ``atexit``: what they are given is run, once, with what is known."""
        if self._handing >= MAX_HANDED:
            return
        self._handing += 1
        try:
            self._run_handed(frame, args, span)
        finally:
            self._handing -= 1

    def _run_handed(self, frame: Frame, args: Arguments, span: Span) -> None:
        values = args.everything()
        for position, value in enumerate(values):
            for _, one in v.cases(value):
                if isinstance(one, v.FunctionRef | v.Partial):
                    for handed in self._handed(args, position):
                        start, alive, raised = frame.way, frame.alive, len(frame.raises)
                        self.m.call(frame, one, handed, span)
                        # whether and when it runs is not known: its errors do not end the caller
                        if not frame.alive:
                            frame.way, frame.alive = start, alive
                        del frame.raises[raised:]

    def _handed(self, args: Arguments, position: int) -> list[Arguments]:
        """What a function that was handed over is likely called with: the arguments that stand after it, or each item of a list."""
        given = args.kwargs.get("args")
        if given is not None:
            return [Arguments(self.m.items_of(given) or [], open=self.m.items_of(given) is None)]
        after = args.args[position + 1 :] if position < len(args.args) else []
        if len(after) == 1 and isinstance(after[0], v.Items):
            items = self.m.items_of(after[0]) or []
            if 0 < len(items) <= MAX_MAPPED:
                return [Arguments([item.value if isinstance(item, v.Rest) else item], open=True) for item in items]
            return [Arguments([self.m.iteration.element(after[0])], open=True)]
        named = {k: x for k, x in args.kwargs.items() if k not in ("target", "key", "default", "name", "daemon")}
        return [Arguments(list(after), named, open=True)]

    # the command line

    def argument_given(self, word: str, span: Span | None) -> v.Value:
        """Whether a word stands on the command line (``"--x" in sys.argv``)."""
        from offlint.flow.attributes import DEFAULT_COMMANDS  # noqa: PLC0415

        if self.m.argv is not None:
            return v.TRUE if word in self.m.argv else v.FALSE
        if word.startswith("-"):
            return v.Opt("option", word, v.FALSE, span)
        if word in DEFAULT_COMMANDS:
            return self.m.atom("input", f"the command {word}", span)
        return v.Opt("command", word, v.FALSE, span)

    def argv_item(self, key: v.Value) -> v.Value:
        """``sys.argv[n]``."""
        if self.m.argv is not None and isinstance(key, v.Const) and isinstance(key.value, int):
            if key.value == 0:
                return v.Unknown("program")
            if 0 < key.value <= len(self.m.argv):
                word = self.m.argv[key.value - 1]
                return v.Const(word) if "{" not in word else v.Unknown("argument")
        return v.Unknown("argument")

    def argument(self, name: str) -> v.Value:
        """An attribute of a parsed command line."""
        known = self.m.store.get("arguments", name)
        return known if known is not None else v.Unknown(name)
