"""What does a call of something outside of the project do? Accesses by the rulebook, the rest by what the library documents.

The order: what the run itself replaced (mocks), network access, the models under rules/checks, the built-in meaning of the language and of
the standard library; anything else may run the functions it is given and gives something unknown.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from offlint.flow import (
    builtin_argparse,
    builtin_click,
    builtin_click_calls,
    builtin_click_options,
    builtin_config,
    builtin_doctest,
    builtin_files,
    builtin_imports,
    builtin_metadata,
    builtin_objects,
    builtin_platform,
    builtin_program,
    builtin_types,
    builtin_values,
)
from offlint.flow import values as v
from offlint.flow.containers import dict_of
from offlint.flow.files import Files
from offlint.flow.given import MADE, given, made_by
from offlint.flow.interning import taint
from offlint.flow.local import LOCAL, is_local, local, shapes
from offlint.flow.machine import Arguments
from offlint.flow.models import Models
from offlint.flow.registry import ARGV_ITEM, BASE, BUILTINS, COMMAND_LINE, COPIES, ITERATE
from offlint.flow.setup_script import SetupScript
from offlint.flow.summary import Fetch, Use, step
from offlint.model.lazy import regex

if TYPE_CHECKING:
    from collections.abc import Iterator

    from offlint.flow.machine import Frame, Machine
    from offlint.model.span import Span

_FILLED = (
    builtin_argparse,
    builtin_click,
    builtin_click_calls,
    builtin_click_options,
    builtin_config,
    builtin_doctest,
    builtin_files,
    builtin_imports,
    builtin_metadata,
    builtin_platform,
    builtin_objects,
    builtin_program,
    builtin_types,
    builtin_values,
)  # importing them fills the table

#: Calls that look at data or show it: handing fetched data to them is no use of it.
_HARMLESS = (
    "builtins.", "json.", "re.", "io.", "gzip.", "bz2.", "lzma.", "zlib.", "base64.", "logging.", "warnings.",
    "hashlib.", "html.", "xml.", "struct.", "binascii.", "string.", "textwrap.", "pprint.", "operator.", "itertools.",
    "functools.", "collections.", "math.", "time.", "datetime.", "click.echo", "click.secho", "sys.std", "log.",
    "logger.", "distutils.log.", "packaging.", "urllib.parse.", "codecs.", "copy.", "ast.literal_eval", "tempfile.",
    "os.path.", "stat.", "tqdm.", "unittest.", "pytest.", "numpy.testing.", "ssl.", "contextlib.", "email.",
    "tarfile.open", "tarfile.TarFile", "zipfile.", "shutil.rmtree", "os.makedirs", "os.chmod", "os.stat", "certifi.",
    "platform.", "bs4.", "lxml.", "asyncio.", "concurrent.futures.", "multiprocessing.", "threading.",
)  # fmt: skip


#: Calls that look at a function that they are given and do not run it.
_LOOKING = (
    "inspect.", "typing.", "typing_extensions.", "types.", "copy.", "pickle.", "dis.", "pprint.", "asyncio.iscoroutinefunction",
    "builtins.print", "builtins.repr", "builtins.str", "builtins.id", "builtins.hash", "builtins.dir", "builtins.vars", "builtins.type",
)  # fmt: skip

#: So do assertions, but for those that call what they are given (``assert_raises``, ``assertWarns``).
_COMPARES = regex(r"\.assert(?!\w*(?:[Rr]ais|[Ww]arn))\w*$")

#: What writes or unpacks the data that it is handed, whatever the object is that has it.
_STORES = frozenset({"write", "writelines", "save", "dump", "extract", "extractall", "write_bytes", "write_text", "to_file", "store"})

#: Functions that are handed to functions that are handed on … are followed this far.
MAX_HANDED = 5
#: A function that is mapped over a list is run for each item of a list up to this length.
MAX_MAPPED = 60

_ADDRESS = regex(r"[.:/ ]")
#: Programs of an environment, for which its object is asked by their names.
_ENVIRONMENTS = ("pip", "pip3", "python", "python3", "conda", "npm", "poetry", "uv", "pipx")


def _leads_somewhere(args: Arguments) -> bool:
    """Whether something among the arguments can be an address or a command line."""
    return any(not isinstance(one, v.Const) or (isinstance(one.value, str) and _ADDRESS.search(one.value)) for one in args.everything())


class Externals:
    """Calls of dotted names outside of the project."""

    def __init__(self, machine: Machine) -> None:
        self.m = machine
        self.files = Files(machine)
        self.setup = SetupScript(machine)
        self.models = Models(machine, self)
        self._canonical: dict[str, str] = {}
        self._handing = 0
        #: what decorators of the tree are at work on: who else is handed it by them makes something of it, and does not run it
        self.decorated: list[v.Value] = []

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
        args.subject = subject
        mocked = self.m.mocking.replaced(name)
        if mocked is not None:
            return self.m.mocking.called(frame, name, mocked, args, span)
        if self.m.mocking.of_object(name, subject):
            return v.Unknown("mocked")
        if isinstance(subject, v.Handle) and subject.type == LOCAL:
            self.run_functions(frame, args, span)
            return subject
        tool = self.m.pytest.call(frame, name, args, span, subject) or self.m.mocking.call(frame, name, args, span, subject)
        if tool is not None:
            return tool
        if given(self.m, name, args, span):
            return local()
        if made_by(self.m, name, args, subject, span):
            return v.NONE
        if isinstance(subject, v.Instance) and name.endswith(".__init__"):
            self._makes(subject, name.removesuffix(".__init__"), args)
        found = self.m.oracle.access(self.m, name, args, span)
        if found is not None:
            fetch, value = found
            if fetch is not None:
                self.fetched(frame, fetch)
                self.run_functions(frame, args, span)
            return value
        modelled = self.models.call(frame, name, args, span, subject)
        if modelled is not None:
            return modelled
        made = self._made(name, args)
        if made is not None:
            return made
        if name.endswith(".__new__") and args.args and isinstance(args.args[0], v.ClassRef) and name not in BUILTINS:
            return self.m.classes.new(frame, args.args[0], Arguments(args.args[1:], args.kwargs, args.open))
        special = self.setup.call(frame, name, args, span, subject)
        if special is not None:
            return special
        if name.endswith("Extension"):
            self.m.inputs.extension(frame, args, span)
        builtin = BUILTINS.get(name)
        if builtin is not None:
            if name in ITERATE:
                args.args = [self.m.specials.opened(frame, one, span) for one in args.args]
            args.subject = subject
            result = builtin(self.m, frame, args, span)
            if result is not None:
                return result
        return self.unknown(frame, name, args, span, subject)

    def _made(self, name: str, args: Arguments) -> v.Handle | None:
        """The object that the call makes, as a page says."""
        gives = self._given(name, args) or self.m.rulebook.objects.get(name)
        if gives is None:
            return None
        return v.Handle(gives, (*self._made_of(name, args), *self._copies(name, args), *self._base(name, args)))

    def _makes(self, subject: v.Instance, name: str, args: Arguments) -> None:
        """``super().__init__(base_url=…)`` of a library's class: what it makes is kept with the object of the tree."""
        made = self._made(name, args)
        if made is not None:
            self.m.store.set(subject, MADE, made)

    def _given(self, name: str, args: Arguments) -> str | None:
        """What an object is that a call makes of a name that it is given."""
        kinds = self.m.rulebook.objects_given.get(name)
        if kinds is None:
            return None
        return next((kinds[one.name] for one in args.everything() if isinstance(one, v.External) and one.name in kinds), None)

    def _made_of(self, name: str, args: Arguments) -> list[v.Value]:
        """What an object is known by: the URL that it asks for, where a page says which argument that is, else its first arguments."""
        place = self.m.rulebook.asking.get(name)
        if place is None:
            return args.args[:4]
        asked = args.subject if place.keyword == "self" else args.get(place.position, place.keyword)
        return [v.Unknown("url") if asked is None else asked]

    def _copies(self, name: str, args: Arguments) -> list[v.Value]:
        """Where the object that the call makes looks for local copies, as a page says."""
        places = self.m.rulebook.copies.get(name)
        if places is None:
            return []
        given = [args.get(one.position, one.keyword) if one is not None else None for one in places]
        return [v.Handle(COPIES, tuple(one or v.NONE for one in given))]

    def _base(self, name: str, args: Arguments) -> list[v.Value]:
        """The URL below which a client asks, as a page says which argument that is."""
        place = self.m.rulebook.bases.get(name)
        given = args.get(place.position, place.keyword) if place is not None else None
        return [] if given is None or given == v.NONE else [v.Handle(BASE, (given,))]

    def fetched(self, frame: Frame, fetch: Fetch) -> None:
        """Note an access at this point of the run."""
        frame.summary.interesting = True
        fetch.top_level = not self.m.calling and not self.setup.running
        for source in taint(fetch.url):
            source.leads.append(fetch)
        frame.summary.fetches.append((step(frame.way, fetch.condition, fetch.span), fetch))
        self.m.store.set("fetched", fetch.kind, v.Unknown("fetched", frozenset((fetch,))))

    def unknown(self, frame: Frame, name: str, args: Arguments, span: Span, subject: v.Value | None = None) -> v.Value:
        """Something of which nothing is known: it may run the functions that it is given, and keep the data."""
        given = frozenset() if name.startswith(_LOOKING) or _COMPARES.search(name) else self.run_functions(frame, args, span)
        touched = frozenset().union(*(self.m.deep_taint(a) for a in args.everything()))
        short = name.rsplit(".", 1)[-1]
        if touched and not name.startswith(_HARMLESS):
            frame.summary.interesting = True
            frame.summary.uses.append((frame.way, Use("store" if short in _STORES else "pass", touched, span)))
        if args.args and is_local(args.args[0]) and shapes(name):
            return args.args[0]
        touched |= given
        if subject is not None:
            touched |= self.m.deep_taint(subject)
            # ``environment.script("pip")``: an object that is not known is asked for a program, and mostly gives its path
            asked = v.text_of(args.args[0]) if len(args.args) == 1 and not args.kwargs else None
            if self.m.testing and asked in _ENVIRONMENTS and not touched:
                return v.Text((v.Unknown(short), v.Const(f"/{asked}")))
        if name.startswith("builtins.") or not name[:1].isalpha():
            return v.Unknown(short, touched)
        if "." in name and short[:1].isupper():
            return v.Handle(name, tuple(args.args[:4]))
        return v.Unknown(short, touched)

    def run_functions(self, frame: Frame, args: Arguments, span: Span) -> frozenset[Fetch]:
        """Executors, decorators, ``map``, ``Thread(target=…)``, ``atexit``: what they are given is run, once, with what is known.

        Gives the fetches of whose data these functions' values are made: an executor hands them on.
        """
        if self._handing >= MAX_HANDED:
            return frozenset()
        self._handing += 1
        try:
            return self._run_handed(frame, args, span)
        finally:
            self._handing -= 1

    def _run_handed(self, frame: Frame, args: Arguments, span: Span) -> frozenset[Fetch]:
        values = args.everything()
        given: frozenset[Fetch] = frozenset()
        for position, value in enumerate(values):
            for one in v.leaves(value):
                if one in self.decorated:
                    continue
                reaches = self._reaches(one)
                if reaches or isinstance(one, v.FunctionRef | v.Partial):
                    for handed in self._handed(args, position):
                        if reaches and not _leads_somewhere(handed):
                            continue  # without an address it is wrapped, compared, shown or entered in a table
                        start, alive, raised = frame.way, frame.alive, len(frame.raises)
                        given |= self.m.deep_taint(self.m.call(frame, one, handed, span))
                        # whether and when it runs is not known: its errors do not end the caller
                        if not frame.alive:
                            frame.way, frame.alive = start, alive
                        del frame.raises[raised:]
        return given

    def _reaches(self, value: v.Value) -> bool:
        """Whether it is an API that reaches the network, or such a method of a client: ``Thread(target=urlretrieve, args=(url, file))``."""
        if isinstance(value, v.Method):
            return isinstance(value.subject, v.Handle) and f"{value.subject.type}.{value.name}" in self.m.rulebook.calls
        if not isinstance(value, v.External):
            return False
        name = self.canonical(value.name)
        return name in self.m.rulebook.calls or name in self.m.rulebook.models.get("spawn", ())

    def _handed(self, args: Arguments, position: int) -> list[Arguments]:
        """What a function that was handed over is likely called with: the arguments that stand after it, or each item of a list."""
        given, options = args.kwargs.get("args"), args.kwargs.get("kwargs")
        if given is not None or options is not None:
            listed = self.m.items_of(given) if given is not None else []
            named = dict_of(self.m, options) if options is not None else {}
            return [Arguments(listed or [], named, open=listed is None)]
        after = args.args[position + 1 :] if position < len(args.args) else []
        if len(after) == 1 and isinstance(after[0], v.Items):
            items = self.m.items_of(after[0]) or []
            if 0 < len(items) <= MAX_MAPPED:
                return [Arguments([item.value if isinstance(item, v.Rest) else item], open=True) for item in items]
            return [Arguments([self.m.iteration.element(after[0])], open=True)]
        named = {k: x for k, x in args.kwargs.items() if k not in ("target", "key", "default", "name", "daemon")}
        return [Arguments(list(after), named, open=True)]

    # the command line

    @property
    def words(self) -> tuple[str, ...] | None:
        """The words of the command line, where they are known; what asks for them is evaluated anew for others."""
        self.m.store.get(*COMMAND_LINE)
        return self.m.argv

    def start(self, words: tuple[str, ...] | None) -> None:
        """From now on these are the words of the command line."""
        self.m.argv = words
        self.m.store.put(COMMAND_LINE, None if words is None else v.Const("\0".join(words)))

    @contextmanager
    def program(self, words: tuple[str, ...] | None) -> Iterator[None]:
        """Inside, a program runs that was started with these words; who starts it has a command line of its own."""
        outer, reads = self.m.argv, self.m.store.reads
        asked = bool(reads) and COMMAND_LINE in reads[-1]
        self.start(words)
        try:
            yield
        finally:
            self.start(outer)
            if reads and not asked:
                reads[-1].pop(COMMAND_LINE, None)

    def argument_given(self, word: str, span: Span | None) -> v.Value:
        """Whether a word stands on the command line (``"--x" in sys.argv``)."""
        from offlint.flow.attributes import DEFAULT_COMMANDS  # noqa: PLC0415

        words = self.words
        if words is not None:
            return v.TRUE if word in words else v.FALSE
        if word.startswith("-"):
            return v.Opt("option", word, v.FALSE, span)
        if word in DEFAULT_COMMANDS:
            return self.m.atom("input", f"the command {word}", span)
        return v.Opt("command", word, v.FALSE, span)

    def argv_item(self, key: v.Value) -> v.Value:
        """``sys.argv[n]``."""
        words = self.words
        if words is not None and isinstance(key, v.Const) and isinstance(key.value, int):
            if key.value == 0:
                return v.Unknown("program")
            if 0 < key.value <= len(words):
                word = words[key.value - 1]
                return v.Const(word) if "{" not in word else v.Unknown("argument")
        return v.Handle(ARGV_ITEM) if words is None and key != v.Const(0) else v.Unknown("argument")

    def arguments(self) -> list[v.Value]:
        """The words of ``sys.argv``; where it is not known what a person gives, one that stands for each of them."""
        words = self.words
        if words is None:
            return [v.Handle(ARGV_ITEM, (v.Const("any"),))]
        return [self.argv_item(v.Const(position)) for position in range(len(words) + 1)]

    def argument(self, name: str) -> v.Value:
        """An attribute of a parsed command line."""
        known = self.m.store.get("arguments", name)
        if isinstance(known, v.Opt) and self.m.pytest.test is not None:
            # the words of a program that a test runs are the test's: nobody gives them as a switch
            plain = known.default
            return plain if isinstance(plain, v.Const) and isinstance(plain.value, str) else v.Unknown(name)
        return known if known is not None else v.Unknown(name)
