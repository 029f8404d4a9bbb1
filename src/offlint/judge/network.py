"""Is this a network access? Calls and command lines against the pages of rules/apis."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from offlint.flow import values as v
from offlint.flow.files import variable_of
from offlint.flow.interning import taint
from offlint.flow.registry import COPIES
from offlint.flow.shell.programs import Started
from offlint.flow.store import MOCKS
from offlint.flow.summary import Fetch
from offlint.flow.texts import is_exact, template
from offlint.judge import repositories
from offlint.judge.cmake import fetch_of
from offlint.judge.commands import CommandJudgement, Word, judge_check, judge_command, judge_shell, scripts_run
from offlint.judge.plugins import plugins_of
from offlint.judge.programs import asks_checkout, digest_made, programs_run
from offlint.judge.remoteness import ORIGIN, asked_for, based, names_url, origin, remote
from offlint.judge.settings import settings_of
from offlint.judge.setup_keywords import declared_by
from offlint.judge.words import join, program
from offlint.model.lazy import regex

if TYPE_CHECKING:
    from offlint.flow.configuration import Configuration
    from offlint.flow.machine import Arguments, Frame, Machine
    from offlint.model.span import Span
    from offlint.rulebook.schema import Argument, ArgumentIs, Call, CMakeRow

#: In tests, a host of one word (not a bucket), or a scheme that says so, is made up.
_MADE_UP = regex(r"^(?:(?:https?|ftps?|wss?)://[\w-]+(?::\d+)?(?:/|$)|[a-z]+\+mock:)", re.IGNORECASE)
_REPOSITORIES = ("git", "vcs")
_FORMS = ("response", "bytes", "text", "path", "data")
_DIGEST = regex(r"^(?:([a-z0-9_-]+):)?([0-9a-fA-F]{6,})$")


class Network:
    """The oracle of the evaluation (see flow/machine.py)."""

    def access(self, machine: Machine, name: str, args: Arguments, span: Span) -> tuple[Fetch | None, v.Value] | None:
        """The access that a call of the dotted name is, and what it gives; None where no page knows the name."""
        row = machine.rulebook.calls.get(name)
        if row is None:
            return None
        if row.command:
            return self._as_command(machine, row, args, span)
        url = _argument(args, row.url)
        if url is None and row.url is not None and args.open:
            url = v.Unknown(row.url.keyword or "url")
        if row.url is not None and row.url.keyword == "*":
            url = next((one for one in args.everything() if names_url(asked_for(machine, one))), None)
        if row.url is not None and row.url.keyword == "self":
            url = origin(args.subject)
        url = based(machine, row, args.subject, url)
        url = asked_for(machine, url) if url is not None else None
        made = self._made(machine, row)
        first = machine.items_of(url) if url is not None else None
        if first:
            url = first[0]  # an address: host and port
        if not _applies(row, args) or (row.builds is not None and _needs_nothing(machine, _argument(args, row.builds), row, span)):
            return None, made
        asked = remote(machine, row, url, span) if url is not None else v.TRUE
        if asked == v.FALSE:
            return None, made
        if machine.testing and url is not None and all(_MADE_UP.match(template(one)) for _, one in v.cases(url)):
            return None, made
        if url is None and row.remote in ("url", "known-url", "host") and row.url is not None:
            return None, made
        fetch = Fetch(
            span,
            row.kind,
            name,
            url if url is not None else _unnamed(args),
            row.prefix,
            keeps=row.keeps,
            runs=row.runs,
            tolerated=row.tolerated,
        )
        fetch.condition = v.both(asked, v.both(_condition(machine, row, args), _not_provided(machine, row, args, span)))
        self._verification(machine, fetch, row, args)
        if row.lock and not fetch.verified and _ships_lock(machine, row, url):
            fetch.verified = "lock-file"
        if row.switch is not None:
            set_to = v.Sym("==", (v.Env(row.switch[0], v.NONE, span), v.Const(row.switch[1])), span)
            fetch.condition = v.both(fetch.condition, v.negation(set_to))
        if row.insecure is not None:
            given = args.get(None, row.insecure.argument)
            fetch.insecure = given is not None and _says(given, row.insecure)
        owner = name.rpartition(".")[0]
        fetch.insecure |= (
            machine.store.get("insecure", owner) is not None or machine.store.get(MOCKS, "ssl._create_default_https_context") is not None
        )
        for arg in args.everything():
            fetch.insecure |= isinstance(arg, v.Handle) and (arg.type == "insecure" or machine.store.get("insecure", arg.type) is not None)
        target = _argument(args, row.to)
        fetch.stored = row.keeps and (row.gives in ("path", "none") or target is not None or row.kind == "dataset")
        form = row.gives if row.gives in _FORMS else "data"
        data = v.Remote(fetch, form)
        if target is not None and row.keeps:
            if isinstance(target, v.FileObject):
                machine.write_file(target.path, data)
            elif not (isinstance(target, v.Const) and target.value is None):
                machine.write_file(target, data)
                fetch.stored, fetch.written = False, True  # the file stands for it
        if not row.keeps:
            return fetch, made
        if row.gives == "path":
            path: v.Value = (
                target
                if target is not None and not (isinstance(target, v.Const) and target.value is None)
                else v.Path(v.Unknown("path", frozenset((fetch,))))
            )
            machine.write_file(path, data)
            if name.endswith(("urlretrieve", "URLopener.retrieve")):
                return fetch, machine.new_items("tuple", [path, v.Unknown("headers")])
            return fetch, path
        if row.gives not in (*_FORMS, "none"):
            cloned = row.kind in _REPOSITORIES and isinstance(made, v.Handle)
            return fetch, v.Handle(row.gives, (v.Handle(ORIGIN, (fetch.url,)),)) if cloned else made
        return fetch, v.Unknown("result") if row.gives == "none" else data  # nothing of the data; it may say whether it went well

    def _made(self, machine: Machine, row: Call) -> v.Value:
        """The object that a call gives, or nothing known: what it gives where it is no access."""
        if row.gives not in (*_FORMS, "none"):
            return v.Handle(row.gives)
        kind = machine.rulebook.objects.get(row.name) or (row.name if row.name.rsplit(".", 1)[-1][:1].isupper() else None)
        return v.Handle(kind) if kind else v.Unknown("local")

    def _verification(self, machine: Machine, fetch: Fetch, row: Call, args: Arguments) -> None:
        """What the call itself verifies: by the library's own table, or by the digest that it is given."""
        if row.verified:
            fetch.verified = row.verified
        given = _argument(args, row.digest)
        if given is None:
            return
        texts = [held for _, held in v.cases(given)]
        known = [t for held in texts if (t := v.text_of(held)) is not None]
        if any(isinstance(held, v.Const) and (held.value is None or held.value is False) for held in texts):
            return
        if any(machine.deep_taint(held) for held in texts):
            return
        match = _DIGEST.match(known[0]) if known else None
        fetch.verified = (match.group(1) if match else None) or row.digest_algorithm
        fetch.expected = known[0] if len(set(known)) == 1 else None  # which of several belongs to which address, ``wanted`` says
        fetch.wanted = given

    def _as_command(self, machine: Machine, row: Call, args: Arguments, span: Span) -> tuple[Fetch | None, v.Value]:
        argv = machine.new_items("list", [v.Const(row.command), *((machine.items_of(args.args[0]) or args.args) if args.args else [])])
        found = self.commands(machine, argv, shell=False, span=span, cwd="")
        return (found[0] if found else None), v.Unknown("status")

    # command lines

    def commands(self, machine: Machine, argv: v.Value, *, shell: bool, span: Span, cwd: str | None) -> list[Fetch]:
        """The accesses of a command line, given as a list of words or as one text."""

        def shipped(path: str) -> bool:
            return cwd is not None and machine.project.exists(path)

        here = cwd or ""

        items = machine.items_of(argv)
        if items is None or (shell and items):
            text = argv if items is None else items[0]
            words = [Word(one) for one in template(text).split()]
            judged = judge_shell(template(text), is_exact(text), machine.rulebook, shipped=shipped, cwd=here)
        else:
            words = self._words(machine, items)
            judged = judge_command(words, machine.rulebook, shipped=shipped, cwd=here)
        if machine.testing:
            repositories.note(machine, words, judged)
            judged = [one for one in judged if not repositories.is_own(machine, one, span)]
        return [self._fetch(machine, one, argv, span, here) for one in judged]

    def _words(self, machine: Machine, items: list[v.Value]) -> list[Word]:
        words: list[Word] = []
        for item in items:
            if isinstance(item, v.Rest):
                nested = machine.items_of(item.value)
                words.extend(self._words(machine, nested) if nested else [Word("{…}", exact=False)])
            else:
                # a program that was found, or one of two: what is run is one that is there
                known = next((one for _, one in v.cases(item) if v.text_of(one)), item)
                text = template(known).removeprefix("⟨root⟩/")
                words.append(Word("." if text == "⟨root⟩" else text, is_exact(known)))
        return words

    def _fetch(self, machine: Machine, one: CommandJudgement, argv: v.Value, span: Span, cwd: str) -> Fetch:
        url: v.Value = v.Const(one.url) if one.url_exact else v.Unknown(one.url)
        parts = machine.items_of(argv) or [argv]
        touched = frozenset().union(*(machine.deep_taint(p) for p in parts))
        if touched:
            url = v.Unknown(one.url, touched)
        fetch = Fetch(span, one.kind, one.api, url, keeps=one.keeps, stored=one.keeps, verified=one.verified, expected=one.expected)
        fetch.url_text, fetch.url_exact = one.url, one.url_exact
        fetch.mutable, fetch.insecure, fetch.runs, fetch.reference = one.mutable, one.insecure, one.runs, one.reference
        if one.to and one.keeps:
            here = one.to if not cwd or one.to.startswith(("/", "~", "{", "⟨")) else join(cwd, one.to)
            machine.write_file(v.Const(here), v.Remote(fetch))
            fetch.stored, fetch.written = one.kind != "http" or bool(one.verified), True
        return fetch

    def cmake(self, machine: Machine, row: CMakeRow, plain: list[v.Value], named: dict[str, list[v.Value]], span: Span) -> Fetch | None:
        """The access that a CMake command of the pages makes, None for a local one."""
        return fetch_of(machine, row, plain, named, span)

    def checks(self, machine: Machine, argv: v.Value, given: str | None = None) -> list[tuple[str, str, str | None, str | None]]:
        """What a local command verifies: kind of access, algorithm, expected value, file; ``given`` is its standard input."""
        items = machine.items_of(argv)
        words = self._words(machine, items) if items is not None else [Word("sh"), Word("-c"), Word(template(argv), is_exact(argv))]
        found = judge_check(words, machine.rulebook, shipped=machine.project.exists, given=given)
        return [(one.kind, one.algorithm, one.expected, one.file) for one in found]

    def digests(self, machine: Machine, argv: v.Value) -> tuple[str, list[str]] | None:
        """The algorithm and the files of a program that writes digests, None for any other."""
        return digest_made(self._words(machine, machine.items_of(argv) or []), machine.rulebook)

    def checkout(self, machine: Machine, argv: v.Value, *, shell: bool) -> str | None:
        """What a command line asks version control about the project's own checkout."""
        items = machine.items_of(argv)
        if items is None or (shell and items):
            text = argv if items is None else items[0]
            return asks_checkout([Word("sh"), Word("-c"), Word(template(text), is_exact(text))], machine.rulebook)
        return asks_checkout(self._words(machine, items), machine.rulebook)

    def programs(self, machine: Machine, argv: v.Value, *, shell: bool) -> list[Started]:
        """What a command line runs, wrappers seen through; a text stands for itself."""
        items = machine.items_of(argv)
        if items is None or (shell and items):
            return [Started("shell", (items[0] if items else argv,))]
        flat = [one for item in items for one in (machine.items_of(item.value) or [item.value] if isinstance(item, v.Rest) else [item])]
        words = self._words(machine, flat)
        pairs = zip(words, flat, strict=False) if len(words) == len(flat) else ()
        # a path from the project's root is that from every folder
        values = {word: value for word, value in pairs if not isinstance(value, v.Const) or template(value).startswith("⟨root⟩/")}
        found = [
            Started(one.kind, tuple(values.get(word, v.Const(word.text)) for word in one.words), one.env, one.folder)
            for one in programs_run(words)
        ]
        return [self._own(machine, one) for one in found] if machine.testing and machine.programs else found

    @staticmethod
    def _own(machine: Machine, one: Started) -> Started:
        """A script of the project itself, in whichever folder it was installed, as the code that calls what it stands for."""
        path = template(one.words[0]) if one.kind == "line" and one.words else ""
        module, _, called = machine.programs.get(program(Word(path, exact=False)), "").partition(":")
        shipped = "/" in path and machine.project.exists(path.removeprefix("⟨root⟩/"))
        if not module or shipped:
            return one
        text = f"from {module} import {called.partition('.')[0]}\n"
        # who only asks what it can do has it imported, and what is done before the words are read; where these are read is not known else
        asks = any(v.text_of(word) in ("--help", "--version") for word in one.words)
        file = machine.modules.resolve(module, machine.imports.search) if asks else None
        text += f"{called}()" if not asks or (file is not None and "parse_args" in machine.modules.code(file)) else ""
        return replace(one, kind="code", words=(v.Const(text), *one.words[1:]))

    def settings(self, machine: Machine, frame: Frame, configuration: Configuration) -> list[Fetch]:
        """The accesses that a documentation tool's configuration stands for: by its settings, and by the plug-ins that it switches on."""
        return [*settings_of(machine, configuration), *plugins_of(machine, frame, configuration)]

    def declared(self, machine: Machine, args: Arguments, span: Span) -> list[tuple[v.Value, Fetch]]:
        """The accesses that keywords of a ``setup()`` call stand for, each with its condition."""
        return declared_by(machine, args, span)

    def scripts(self, machine: Machine, argv: v.Value) -> list[tuple[str, tuple[str, ...] | None]]:
        """The Python files or modules of the tree that the command line runs."""
        items = machine.items_of(argv)
        if items is None:
            words = [Word("sh"), Word("-c"), Word(template(argv).replace("⟨root⟩/", ""), is_exact(argv))]
        else:
            words = self._words(machine, items)
        found: list[tuple[str, tuple[str, ...] | None]] = []
        for file, rest in scripts_run(words):
            if file != "-c":
                found.append((file, tuple(w.text for w in rest)))
        return found


def _needs_nothing(machine: Machine, source: v.Value | None, row: Call, span: Span) -> bool:
    """Whether the project that is built installs nothing for it; a test's own project is not known, which is said."""
    place = machine.externals.files.tree_path(source) if source is not None else ""
    if place is None:
        if machine.testing:
            machine.leave(span, f"what {row.name} builds is not known")
            return True
        return False
    file = join(place, "pyproject.toml") if place else "pyproject.toml"
    system = machine.project.toml(file).get("build-system") if machine.project.exists(file) else None
    return isinstance(system, dict) and system.get("requires") == []


def _ships_lock(machine: Machine, row: Call, folder: v.Value | None) -> bool:
    """Whether a lock file ships in the folder that the call names, or at the root where it names none."""
    place = template(folder).removeprefix("⟨root⟩").strip("/") if folder is not None else ""
    return any(machine.project.exists(f"{place}/{name}" if place not in ("", ".") else name) for name in row.lock)


def _argument(args: Arguments, place: Argument | None) -> v.Value | None:
    return None if place is None else args.get(place.position, place.keyword)


def _applies(row: Call, args: Arguments) -> bool:
    """Whether the arguments that switch the access on or off let it happen; what is not known does not stop it."""
    if row.only_if is not None:
        given = _named(args, row.only_if.argument)
        if given is None:
            given = v.Const(row.default) if row.default is not None else None
        if given is None or _denies(given, row.only_if):
            return False
    for condition in row.unless:
        given = _named(args, condition.argument)
        if given is None and row.default is not None:
            given = v.Const(row.default)
        if given is not None and _says(given, condition):
            return False
    return True


def _condition(machine: Machine, row: Call, args: Arguments) -> v.Value:
    """The condition under which the arguments let the access happen, where a switch decides it."""
    result: v.Value = v.TRUE
    for condition, wanted in [*((one, False) for one in row.unless), *(((row.only_if, True),) if row.only_if else ())]:
        given = _named(args, condition.argument)
        if given is None or condition.value not in ("true", "false") or not isinstance(given, v.Env | v.Opt | v.Sym | v.Choice):
            continue
        truth = machine.expressions.decide(given, None)
        result = v.both(result, truth if (condition.value == "true") is wanted else v.negation(truth))
    return result


def _unnamed(args: Arguments) -> v.Value:
    """What stands for a URL that no argument names: the object, where an earlier access gave it."""
    given = taint(args.subject) if isinstance(args.subject, v.Handle) else frozenset()
    return v.Unknown("item", given) if given else v.Const("")


def _not_provided(machine: Machine, row: Call, args: Arguments, span: Span) -> v.Value:
    """The condition under which nobody named a folder of local copies by a variable; TRUE where no page says where they are looked for."""
    if row.copies is None:
        return v.TRUE
    held = args.subject if row.copies == "self" else _named(args, row.copies)
    if isinstance(held, v.Handle):
        held = next((one for one in held.args if isinstance(one, v.Handle) and one.type == COPIES), None)
    places = held.args if isinstance(held, v.Handle) else (held or v.NONE,)
    named: list[tuple[v.Value, v.Env | None]] = [(test, variable_of(one)) for test, one in v.cases(places[0])]
    if len(places) > 1 and (name := v.text_of(places[1])):
        named.append((v.TRUE, v.Env(name, v.NONE, span)))
    provided: v.Value = v.FALSE
    for test, variable in named:
        if variable is not None:
            machine.data_names.add(variable.name)
            provided = v.either(provided, v.both(test, v.Sym("isset", (variable,), span)))
    return v.negation(provided)


def _named(args: Arguments, argument: str) -> v.Value | None:
    position, _, keyword = argument.partition("|")
    if position.isdigit():
        return args.get(int(position), keyword or None)
    return args.get(None, argument)


def _literal(value: v.Value) -> str | None:
    if isinstance(value, v.Const):
        return str(value.value).lower()
    return None


def _says(value: v.Value, condition: ArgumentIs) -> bool:
    """Whether the argument surely has the value (any value but None and False, where none is asked for)."""
    literal = _literal(value)
    if condition.value is None:
        return literal not in ("none", "false", "")
    if isinstance(value, v.External):
        return value.name.rsplit(".", 1)[-1].lower() == condition.value.lower()
    return literal == condition.value.lower()


def _denies(value: v.Value, condition: ArgumentIs) -> bool:
    literal = _literal(value)
    return literal is not None and condition.value is not None and literal != condition.value.lower()
