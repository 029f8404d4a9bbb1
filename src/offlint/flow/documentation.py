"""What does a documentation tool do once it has read its configuration? Extensions, their handlers, and the code that it runs.

Sphinx loads the modules of ``extensions`` and the theme and calls their ``setup``, then conf.py's own, then the handlers of its events
(https://www.sphinx-doc.org/en/master/extdev/event_callbacks.html). Which plug-ins run code of the tree stands in the pages of rules/.
"""

from __future__ import annotations

import fnmatch
import posixpath
from typing import TYPE_CHECKING

from offlint.flow import values as v
from offlint.flow.configuration import MAX_PARENTS, TOOLS, Configuration
from offlint.flow.documents import Documents
from offlint.flow.imports import ROOT
from offlint.flow.machine import Arguments, OutOfBudget
from offlint.flow.registry import Builtin, known_as
from offlint.flow.store import INHERIT, TAGGED
from offlint.flow.summary import step
from offlint.model.lazy import dataclass
from offlint.model.span import Span

if TYPE_CHECKING:
    from collections.abc import Iterator

    from offlint.flow.machine import Frame, Machine

APP = "sphinx.application.Sphinx"
TAGS = "sphinx.util.tags.Tags"
#: What Sphinx can make other than HTML (its documentation, "Builders").
_BUILDERS = frozenset({
    "applehelp", "changes", "coverage", "devhelp", "doctest", "epub", "gettext", "htmlhelp", "info", "json", "latex", "latexpdf",
    "linkcheck", "man", "pdf", "pickle", "pseudoxml", "qthelp", "singlehtml", "texinfo", "text", "xml",
})  # fmt: skip
#: What the attributes of the application are in a build for the web, which is Sphinx's default.
_BUILDER = "sphinx.builders.Builder"
_FACTS: dict[str, v.Value] = {
    f"{APP}.builder": v.Handle(_BUILDER),
    f"{_BUILDER}.name": v.Const("html"),
    f"{_BUILDER}.format": v.Const("html"),
}
_LATE = frozenset({"config-inited", "builder-inited", "env-updated", "html-page-context", "build-finished", "env-before-read-docs"})


@dataclass(frozen=True, slots=True)
class Work:
    """Code of the tree that the tool runs: a script, or the code of a document.

    ``key`` names it among the modules, ``names`` are patterns of functions that are called then, ``condition`` says when it runs,
    ``main`` whether it is the main program there, and ``mocked`` are modules for which something else is imported.
    """

    surface: str
    file: str
    key: str
    span: Span
    what: str
    condition: v.Value
    names: tuple[str, ...] = ()
    main: bool = True
    mocked: tuple[str, ...] = ()


def configured(machine: Machine, frame: Frame, file: str, surface: str) -> Configuration | None:
    """Do what follows the evaluation of a configuration, in the frame; None for a file that is none."""
    tool = TOOLS.get(surface)
    if tool is None or not frame.alive:
        return None
    configuration = Configuration(machine, file, tool)
    try:
        (_load if tool == "sphinx" else _inherit)(machine, frame, configuration)
    except OutOfBudget:  # what is set is known all the same
        machine.leave(_begin(file), "too much code to follow in the extensions: the step budget is spent", budget=True)
        frame.alive = True
    for fetch in machine.oracle.settings(machine, frame, configuration):
        frame.summary.interesting = True
        frame.summary.fetches.append((step(frame.way, fetch.condition, fetch.span), fetch))
    return configuration


def _inherit(machine: Machine, frame: Frame, configuration: Configuration) -> None:
    """``INHERIT: base.yml`` (https://www.mkdocs.org/user-guide/configuration/#configuration-inheritance)."""
    while len(configuration.files) < MAX_PARENTS:
        last = configuration.files[-1]
        named = machine.store.get(machine.imports.scope(last), "INHERIT")
        text = v.text_of(named) if named is not None else None
        place = posixpath.normpath(posixpath.join(posixpath.dirname(last), text)) if text else None
        if not place or place in configuration.files or not machine.project.exists(place) or not place.endswith((".yml", ".yaml")):
            return
        machine.imports.evaluate(frame, place, configuration.find(["INHERIT"]) or _begin(last), main=True, what=f"inherits {place}")
        configuration.files.append(place)


def _begin(file: str) -> Span:
    return Span(file)


def _load(machine: Machine, frame: Frame, configuration: Configuration) -> None:
    file = configuration.files[0]
    scope = machine.imports.scope(file)
    for attribute, fact in _FACTS.items():
        machine.store.set("attributes", attribute, fact)
    machine.store.set("attributes", f"{APP}.config", v.ModuleRef(file))
    machine.configured = file
    here = v.Path(v.Const(f"{ROOT}/{posixpath.dirname(file)}".rstrip("/")))
    for owner in (APP, _BUILDER):
        machine.store.set("attributes", f"{owner}.srcdir", here)
        machine.store.set("attributes", f"{owner}.confdir", here)
    # Sphinx's builder works with a copy of them (StandaloneHTMLBuilder.init_templates)
    theme = machine.store.get(scope, "html_theme_options") or machine.new_mapping([])
    machine.store.set("attributes", f"{_BUILDER}.theme_options", machine.attributes.option("html_theme_options", theme, None))
    for setting in ("extensions", "html_theme"):
        held = machine.store.get(scope, setting)
        for item in [] if held is None else machine.items_of(held) or [held]:
            name = v.text_of(item)
            if name:
                load_extension(machine, frame, name, configuration.find([setting, name]) or _begin(file))
    own = machine.store.get(scope, "setup")
    if isinstance(own, v.FunctionRef):
        apart(machine, frame, own, [v.Handle(APP)])
    while (handlers := machine.store.get("handlers", "held")) is not None:
        machine.store.set("handlers", "held", v.NONE)
        items = handlers.items if isinstance(handlers, v.Contents) else ()
        if not items:
            return
        for pair in items:
            event, handler = pair.items if isinstance(pair, v.Contents) else (v.NONE, v.NONE)
            given: list[v.Value] = [v.Handle(APP)]
            if v.text_of(event) == "config-inited":
                given.append(v.ModuleRef(file))
            apart(machine, frame, handler, given)


def load_extension(machine: Machine, frame: Frame, name: str, span: Span) -> None:
    """An extension of the tree is imported and set up; of any other its page knows."""
    seen = machine.store.get("extensions", name)
    machine.store.set("extensions", name, v.TRUE)
    file = machine.imports.resolve(name, frame.scope.file)
    if seen is not None or not file or file.endswith("/"):
        return
    machine.imports.evaluate(frame, file, span, what=f"loads the extension {name}")
    setup = machine.store.get(machine.imports.scope(file), "setup")
    if isinstance(setup, v.Lazy):
        setup = machine.imports.forced(frame, machine.imports.scope(file), "setup", setup, span)
    if isinstance(setup, v.FunctionRef):
        apart(machine, frame, setup, [v.Handle(APP)])


def apart(machine: Machine, frame: Frame, function: v.Value, args: list[v.Value]) -> None:
    """A call whose errors do not keep the tool from calling the next."""
    for one in v.leaves(function):
        if not isinstance(one, v.FunctionRef):
            continue
        start, raised = frame.way, len(frame.raises)
        missing = len([p for p in one.function.params if p.kind in ("", "/") and p.default is None]) - (one.bound is not None)
        machine.call(frame, one, Arguments(args[:missing] if missing >= 0 else [], open=missing > len(args)), one.function.span)
        if not frame.alive:
            frame.way, frame.alive = start, True
        del frame.raises[raised:]


def begin(machine: Machine, scope: v.Scope) -> None:
    """What Sphinx puts beside conf.py's own names before it runs it (its documentation, "Configuration": ``tags``)."""
    machine.store.set(scope, "tags", v.Handle(TAGS))


@known_as(f"{TAGS}.has", f"{TAGS}.__contains__", f"{TAGS}.__getitem__")
def _tagged(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    """Whether a tag is set: by the configuration itself, else by a person (``sphinx-build -t``)."""
    del frame
    name = v.text_of(args.args[0]) if args.args else None
    if name is None:
        return v.Unknown("tag")
    if name.removeprefix("builder_").removeprefix("format_") in _BUILDERS:
        return v.FALSE  # it asks for another product instead, and nobody sets it to be offline
    given = v.Opt("option", f"sphinx-build -t {name}", v.FALSE, span)
    return v.each_case(m.store.get(TAGGED, name) or INHERIT, lambda one: given if one == INHERIT else one)


def _tagging(value: v.Value) -> Builtin:
    def tag(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
        del frame, span
        name = v.text_of(args.args[0]) if args.args else None
        if name is not None:
            m.store.set(TAGGED, name, value)
        return v.NONE

    return tag


known_as(f"{TAGS}.add")(_tagging(v.TRUE))
known_as(f"{TAGS}.remove")(_tagging(v.FALSE))


@known_as(f"{APP}.setup_extension")
def _setup_extension(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    name = v.text_of(args.args[0]) if args.args else None
    if name is not None:
        load_extension(m, frame, name, span)
    return v.NONE


@known_as(f"{APP}.connect")
def _connect(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    """A handler is called when its event comes; those of single documents' parts are called with nothing known."""
    del span
    event, handler = args.get(0, "event"), args.get(1, "callback")
    if event is None or handler is None:
        return None
    if v.text_of(event) in _LATE:
        held = m.store.get("handlers", "held")
        known = held.items if isinstance(held, v.Contents) else ()
        m.store.set("handlers", "held", v.Contents((*known, v.Contents((event, handler)))))
    else:
        apart(m, frame, handler, [v.Handle(APP)])
    return v.NONE


@known_as(f"{APP}.add_directive", f"{APP}.add_directive_to_domain", "docutils.parsers.rst.directives.register_directive")
def _directive(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    """A directive of an extension of the tree is there for its documents: its ``run()`` is called."""
    for one in v.leaves(args.get(len(args.args) - 1 if args.args else None, "cls") or v.NONE):
        if isinstance(one, v.ClassRef):
            made = m.classes.instantiate(frame, one, Arguments(open=True), span)
            run = m.attributes.lookup(made, "run") if isinstance(made, v.Instance) else None
            apart(m, frame, run or v.NONE, [])
    return v.NONE


@known_as(f"{APP}.add_config_value")
def _config_value(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    """An option has its default until the configuration sets it."""
    del frame, span
    name, default = args.get(0, "name"), args.get(1, "default")
    text = v.text_of(name) if name is not None else None
    conf = m.store.get("attributes", f"{APP}.config")
    if text is not None and default is not None and isinstance(conf, v.ModuleRef):
        scope = m.imports.scope(conf.file)
        if m.store.get(scope, text) is None:
            m.store.set(scope, text, default)
    return v.NONE


def works(machine: Machine, configuration: Configuration) -> Iterator[Work]:
    """The code that the configuration's plug-ins run, in the order of their pages."""
    documents = Documents(configuration)
    for row in machine.rulebook.plugins:
        if row.tool != configuration.tool or row.runs is None:
            continue
        for name, test, own in configuration.enabled([row.name]):
            condition = v.both(test, configuration.applies(row, own))
            if condition == v.FALSE:
                continue
            span = configuration.place(row, own)
            surface = row.surface or name
            if row.runs in ("scripts", "hooks"):
                names = ("on_*", "define_env", "declare_variables") if row.runs == "hooks" else ()
                main = configuration.tool == "sphinx"  # MkDocs' plug-ins import them, or run them under another name
                for file in documents.scripts(row, own):
                    yield Work(surface, file, file, span, f"{name} runs {file}", condition, names, main)
                continue
            mocked = tuple(documents.words(row.ignore)) if row.runs == "imports" and row.ignore else ()
            for file, pieces, scripts, runs in documents.executed(row, own):
                key = f"{file}#{row.runs}-{name}"
                if pieces:
                    machine.modules.hold(key, pieces, file)
                    yield Work(surface, file, key, span, f"{name} runs the code of {file}", v.both(condition, runs), mocked=mocked)
                for script in scripts:
                    if machine.project.exists(script):
                        yield Work(surface, script, script, span, f"{name} runs {script} for {file}", condition)


def perform(machine: Machine, frame: Frame, work: Work) -> None:
    """Run it as a program of its own, then the functions that its tool calls."""
    frame.narrow(work.condition, work.span)
    if not frame.alive:
        return
    with machine.imports.stand_ins.mocking(work.mocked):
        machine.imports.evaluate(frame, work.key, work.span, main=work.main, what=work.what, anyway=True)
    for name, held in list(machine.store.names(machine.imports.scope(work.key))):
        if isinstance(held, v.FunctionRef) and any(fnmatch.fnmatchcase(name, pattern) for pattern in work.names):
            apart(machine, frame, held, [])
