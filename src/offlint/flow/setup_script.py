"""What does ``setup()`` run? The commands of setuptools and distutils, as a default build and as a person would call them.

Sources: the distutils reference ("Extending Distutils", "Command objects") and setuptools' "Extending or Customizing Setuptools".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from offlint.flow import values as v
from offlint.flow.attributes import DEFAULT_COMMANDS
from offlint.flow.machine import Arguments
from offlint.flow.store import MOCKS
from offlint.flow.summary import Use, since, step
from offlint.model.entry import Option
from offlint.model.span import Span

if TYPE_CHECKING:
    from offlint.flow.machine import Frame, Machine

_DISTRIBUTION = "setuptools.dist.Distribution"
_DISTRIBUTIONS = ("distutils.dist.Distribution", "setuptools.dist.Distribution", "setuptools.Distribution")
_FINDER = "find_config_files"

#: Methods that the ``run`` of a distutils or setuptools command calls and that projects override.
_CALLED_BY_RUN = (
    "build_extensions", "build_extension", "build_libraries", "build_packages", "build_modules", "build_module", "build_package_data",
    "make_release_tree", "add_defaults", "make_distribution", "run_tests", "install_for_development", "get_tag", "get_source_files",
)  # fmt: skip


#: What setuptools asks of the distribution object in every build.
_ASKED_OF_DISTRIBUTION = ("finalize_options", "has_ext_modules", "is_pure", "parse_command_line", "run_commands")

#: An extension of a longer list is not told from the others.
MAX_EXTENSIONS = 30


class SetupScript:
    """Runs commands."""

    def __init__(self, machine: Machine) -> None:
        self.m = machine
        self.running: list[str] = []
        self._objects: dict[str, v.Instance] = {}

    def call(self, frame: Frame, name: str, args: Arguments, span: Span, subject: v.Value | None) -> v.Value | None:
        """A call of ``setup`` or of a command's machinery; None for anything else."""
        row = self.m.rulebook.models.get("commands", {}).get(name)
        if row is not None:
            self._setup(frame, args, span)
            return v.Handle(_DISTRIBUTION)
        short = name.rsplit(".", 1)[-1]
        if short == "run" and subject is None and args.args and isinstance(args.args[0], v.Instance):
            subject = args.args[0]  # ``build_py.run(self)``
        if short == _FINDER:
            return self.m.new_items("list", [v.Const("setup.cfg")])
        if isinstance(subject, v.Instance) or name.startswith(_DISTRIBUTION):
            if short == "run_command" and args.args:
                self.run_named(frame, v.text_of(args.args[0]), span)
                return v.NONE
            if short in ("get_finalized_command", "reinitialize_command", "get_command_obj") and args.args:
                return self._made(frame, v.text_of(args.args[0]), span)
        if isinstance(subject, v.Instance) and short == "run":
            self.called_by_run(frame, subject, span)
            return v.NONE
        return None

    def _setup(self, frame: Frame, args: Arguments, span: Span) -> None:
        for name, value in args.kwargs.items():
            self.m.store.set("distribution", name, value)
        for test, fetch in self.m.oracle.declared(self.m, args, span):
            frame.summary.interesting = True
            frame.summary.fetches.append((step(frame.way, test, fetch.span), fetch))
        self._own_config_files(frame, args, span)
        table = self._own_distribution(frame, args, span) or args.kwargs.get("cmdclass")
        commands: list[tuple[str, v.Value]] = []
        for test, one in v.cases(table) if table is not None else ():
            for key, cls in self.m.pairs_of(one):
                word = v.text_of(key)
                if word is not None:
                    commands.append((word, cls if test == v.TRUE else v.choice(test, cls, v.NONE)))
        for word, cls in commands:
            self.m.store.set("commands", word, cls)
        self._cffi(frame, args.kwargs.get("cffi_modules"), span)
        start = frame.way
        ended: v.Value = v.TRUE
        for word, cls in commands:
            raised = len(frame.raises)
            self._objects.clear()
            asked = self.asked_for(word, span)
            frame.way, frame.alive = start, True
            frame.narrow(asked, span)
            self.run_class(frame, word, cls, span)
            # each command is a run of the script of its own; what held at its end holds for what it fetched
            if frame.alive:
                done = since(frame.way, start)
                ended = v.both(ended, done if asked == v.TRUE else v.either(v.negation(asked), done))
            if word not in DEFAULT_COMMANDS:
                del frame.raises[raised:]
        if commands:
            frame.way, frame.alive = step(start, ended, span), True
        for name, value in args.kwargs.items():
            touched = self.m.deep_taint(value)
            if touched and name != "cmdclass":
                frame.summary.uses.append((frame.way, Use("pass", touched, span)))
        last, frame.way = frame.way, start
        self.m.inputs.setup(frame, args, span)
        frame.way = last

    def _cffi(self, frame: Frame, modules: v.Value | None, span: Span) -> None:
        """Build scripts that ``cffi_modules`` names as ``path:name``, the name perhaps a function (cffi, "Preparing and Distributing")."""
        for item in (self.m.items_of(modules) or [modules]) if modules is not None else []:
            path, _, name = (v.text_of(item) or "").partition(":")
            place = self.m.externals.files.tree_path(v.Const(path)) if path else None
            if not place or not frame.alive or not self.m.project.exists(place):
                self.m.inputs.file(frame, v.Const(path), "cffi_modules", span)
                continue
            self.m.imports.evaluate(frame, place, span, what=f"cffi runs {path}")
            made = self.m.store.get(self.m.imports.scope(place), name) if name else None
            if isinstance(made, v.FunctionRef) and frame.alive:
                self.m.call(frame, made, Arguments(), span)

    def _own_distribution(self, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
        """The table of commands after a distribution class of the project was made and asked, None without one."""
        table: v.Value | None = None
        own = args.kwargs.get("distclass")
        for test, cls in v.cases(own) if own is not None else ():
            if not isinstance(cls, v.ClassRef) or not frame.alive:
                continue
            start, raised = frame.way, len(frame.raises)
            frame.narrow(test, span)
            made = v.Instance(cls)
            self.m.store.set(made, "cmdclass", args.kwargs.get("cmdclass") or self.m.new_mapping([]))
            first = self.m.attributes.lookup(made, "__init__")
            for method in [first, *(self.m.attributes.lookup(made, name) for name in _ASKED_OF_DISTRIBUTION)]:
                if isinstance(method, v.FunctionRef) and frame.alive:
                    self.m.call(frame, method, Arguments([self.m.new_mapping([])] if method is first else [], open=True), span)
            table = self.m.store.get(made, "cmdclass")
            if not frame.alive:
                frame.way, frame.alive = start, True
                del frame.raises[raised:]
        return table

    def _own_config_files(self, frame: Frame, args: Arguments, span: Span) -> None:
        """Options from files that a distribution class of the project, or a patch of distutils', adds to setup.cfg."""
        own = args.kwargs.get("distclass")
        finders = [self.m.attributes.lookup(one, _FINDER) for one in v.leaves(own) if isinstance(one, v.ClassRef)] if own else []
        set_ = [self.m.store.get(MOCKS, f"{base}.{_FINDER}") for base in _DISTRIBUTIONS]
        patched = [one for held in set_ if held is not None for one in v.leaves(held)]
        for finder in [*finders, *patched]:
            if not isinstance(finder, v.FunctionRef) or not frame.alive:
                continue
            found = self.m.call(frame, finder, Arguments([] if finder.bound else [v.Handle(_DISTRIBUTION)]), span)
            for item in dict.fromkeys(item for one in v.leaves(found) for item in self.m.items_of(one) or []):
                file = self.m.externals.files.tree_path(item)
                if file and file != "setup.cfg" and self.m.project.exists(file):
                    self._options_of(file)

    def _options_of(self, file: str) -> None:
        more: list[Option] = []
        for command, options in self.m.project.ini(file).items():
            for name, value in options.items():
                line = self.m.project.find(file, name)
                more.append(Option(command, name.replace("-", "_"), value, Span(file, line, 1, line, 1)))
        self.m.options = [*self.m.options, *more]

    def asked_for(self, word: str, span: Span) -> v.Value:
        """The condition under which a command runs."""
        return v.TRUE if word in DEFAULT_COMMANDS else v.Opt("command", word, v.FALSE, span)

    def run_named(self, frame: Frame, word: str | None, span: Span) -> None:
        """``run_command(word)``."""
        cls = self.m.store.get("commands", word) if word else None
        if cls is not None and word is not None:
            self.run_class(frame, word, cls, span)

    def _made(self, frame: Frame, word: str | None, span: Span) -> v.Value:
        cls = self.m.store.get("commands", word) if word else None
        for one in v.leaves(cls) if cls is not None else ():
            if isinstance(one, v.ClassRef) and word:
                return self._finalized(frame, word, one, span)
        return v.Unknown(word or "command")

    def run_class(self, frame: Frame, word: str, cls: v.Value, span: Span) -> None:
        """Make the command, set its options, run it and its own sub-commands."""
        if self.running.count(word) >= 2 or len(self.running) > 12:
            return
        self.running.append(word)
        try:
            for test, one in v.cases(cls):
                if not isinstance(one, v.ClassRef) or not frame.alive:
                    continue
                start = frame.way
                frame.narrow(test, span)
                made = self._finalized(frame, word, one, span)
                run = self.m.attributes.lookup(made, "run")
                if run is not None and frame.alive:
                    self.m.call(frame, run, Arguments(), span)
                elif frame.alive:
                    self.called_by_run(frame, made, span)
                if frame.alive:
                    self._sub_commands(frame, made, span)
                if test != v.TRUE:
                    frame.way, frame.alive = start, True
        finally:
            self.running.pop()

    def _finalized(self, frame: Frame, word: str, cls: v.ClassRef, span: Span) -> v.Instance:
        known = self._objects.get(word)
        if known is not None and known.cls is cls:
            return known  # a distribution has one object for each command
        made = self.m.classes.instantiate(frame, cls, Arguments([v.Handle(_DISTRIBUTION)]), span)
        if not isinstance(made, v.Instance):
            return v.Instance(cls)
        self._objects[word] = made
        self.m.store.set(made, "distribution", v.Handle(_DISTRIBUTION))
        extensions = self.m.store.get("distribution", "ext_modules")
        if word == "build_ext" and extensions is not None:
            self.m.store.set(made, "extensions", extensions)
        first = self.m.attributes.lookup(made, "initialize_options")
        if first is not None:
            self.m.call(frame, first, Arguments(), span)
        self._set_options(made, word)
        last = self.m.attributes.lookup(made, "finalize_options")
        if last is not None and frame.alive:
            self.m.call(frame, last, Arguments(), span)
        return made

    def _set_options(self, made: v.Instance, word: str) -> None:
        """Options that a person or setup.cfg may give stand for themselves, with what holds when nobody does."""
        given = {o.name: o for o in self.m.options if o.scope == word}
        declared = self.m.attributes.lookup(made, "user_options")
        names: list[str] = []
        for row in (self.m.items_of(declared) or []) if declared is not None else []:
            cells = self.m.items_of(row)
            text = v.text_of(cells[0]) if cells else None
            if text:
                names.append(text.rstrip("=").replace("-", "_"))
        for name in dict.fromkeys([*names, *given]):
            default = self.m.store.get(made, name) or self.m.attributes.lookup(made, name) or v.NONE
            option = given.get(name)
            if option is not None:
                text = option.value.strip().lower()
                default = (
                    v.TRUE
                    if text in ("1", "true", "yes", "on")
                    else v.FALSE
                    if text in ("0", "false", "no", "off")
                    else v.Const(option.value)
                )
            if isinstance(default, v.Const | v.Choice | v.Env | v.Sym):
                span = option.span if option else made.cls.definition.span
                self.m.store.set(made, name, v.Opt("option", f"{word} --{name.replace('_', '-')}", default, span))

    def called_by_run(self, frame: Frame, subject: v.Instance, span: Span) -> None:
        """The overridden methods that the base's ``run`` calls."""
        for name in _CALLED_BY_RUN:
            method = self.m.attributes.lookup(subject, name)
            key = f"{id(subject)}.{name}"
            if isinstance(method, v.FunctionRef) and key not in self.running and frame.alive:
                self.running.append(key)
                for given in self._handed_to(method, name):
                    if frame.alive:
                        self.m.call(frame, method, given, span)
                self.running.pop()

    def _handed_to(self, method: v.FunctionRef, name: str) -> list[Arguments]:
        """What the base's ``run`` hands to a method: to ``build_extension`` each of the extensions."""
        if len(method.function.params) < 2:
            return [Arguments()]
        held = self.m.store.get("distribution", "ext_modules") if name == "build_extension" else None
        items = self.m.items_of(held) if held is not None else None
        if items and len(items) <= MAX_EXTENSIONS and not any(isinstance(item, v.Rest) for item in items):
            return [Arguments([item]) for item in items]
        return [Arguments([v.Unknown(name)])]

    def _sub_commands(self, frame: Frame, made: v.Instance, span: Span) -> None:
        """The commands of ``sub_commands``, each where its predicate (a method, or None for always) says so."""
        held = self.m.store.get(made.cls, "sub_commands")
        for row in (self.m.items_of(held) or []) if held is not None else []:
            cells = self.m.items_of(row)
            if not cells:
                continue
            start = frame.way
            predicate = cells[1] if len(cells) > 1 else v.NONE
            wanted: v.Value = v.TRUE
            if isinstance(predicate, v.FunctionRef):
                wanted = self.m.expressions.decide(self.m.call(frame, predicate, Arguments([made]), span), span)
            frame.narrow(wanted, span)
            if frame.alive:
                self.run_named(frame, v.text_of(cells[0]), span)
            if wanted != v.TRUE:
                frame.way, frame.alive = start, True
