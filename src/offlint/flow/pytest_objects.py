"""What do pytest's own objects answer? Marks, options, the item that is run, and the request of a fixture.

Facts are those of pytest's API reference: https://docs.pytest.org/en/stable/reference/reference.html.
"""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from offlint.flow import values as v
from offlint.flow.doctests import DOCTEST, item_name
from offlint.flow.machine import Arguments
from offlint.model import step as s

if TYPE_CHECKING:
    from offlint.flow.machine import Frame, Machine
    from offlint.flow.pytest_fixtures import FixtureInfo
    from offlint.flow.pytest_run import TestCall
    from offlint.flow.summary import Way
    from offlint.model.span import Span

SET_UPS = ("setUpClass", "setup_class", "setUp", "asyncSetUp", "setup_method")
#: Those of a module; the last one is not for methods.
MODULE_SET_UPS = ("setup_module", "setUpModule", "setup_function")
MARK = "pytest.mark."
ITEM, CONFIG, REQUEST, PARSER, OPTIONS = "pytest.Item", "pytest.Config", "pytest.FixtureRequest", "pytest.Parser", "pytest.Options"
_SKIPS = ("unittest.skip", "unittest.skipIf", "unittest.skipUnless", "unittest.expectedFailure")
FIXTURES = ("pytest.fixture", "pytest.yield_fixture", "pytest_asyncio.fixture", "pytest_trio.trio_fixture", "pytest_cases.fixture")
COLLECTED = "collected"
#: Where the kind of an item is kept.
_KIND = "⟨kind⟩"
_MAX_WRAPPED = 6


#: Where what the options of the run are set to is kept.
_OPTIONS = "pytest options"
#: Steps for a hook that configures the run.
MAX_CONFIGURE = 5_000


class PytestObjects:
    """Marks, options, items and requests."""

    def __init__(self, machine: Machine) -> None:
        self.m = machine
        self.test: TestCall | None = None
        #: of each set of conftest files the way on which their hooks let a test be run that has no marks
        self.plain: dict[tuple[str, ...], Way | None] = {}
        self._given: dict[str, str] | None = None
        self._lists: dict[tuple[str, tuple[v.Value, ...]], v.Items] = {}
        #: of each module the names that it held when its fixtures were looked for, and what was found
        self.fixtures: dict[str, tuple[list[tuple[str, v.Value]], dict[str, FixtureInfo]]] = {}

    def call(self, frame: Frame, name: str, args: Arguments, span: Span, subject: v.Value | None) -> v.Value | None:
        """A call of one of them; None for anything else."""
        head, _, last = name.rpartition(".")
        if last == "__call__" and isinstance(subject, v.Handle) and (head.startswith(MARK) or head in _SKIPS or head in FIXTURES):
            return self.add_mark(args.args[0], subject) if args.args else subject
        if name.startswith(MARK) or name in _SKIPS:
            return self._mark(name, args)
        if name in FIXTURES:
            if args.args and isinstance(args.args[0], v.FunctionRef):
                return self.add_mark(args.args[0], v.External("pytest.fixture"))
            named = tuple(args.kwargs.get(key) or v.NONE for key in ("params", "autouse", "name"))
            return v.Handle("pytest.fixture", named)
        if name == "pytest.param":
            marks = args.kwargs.get("marks") or self.m.new_items("tuple", [])
            return v.Handle("pytest.param", (self.m.new_items("tuple", args.args), marks))
        if head == ITEM:
            return self._item(frame, last, args, span)
        if head == CONFIG and last in ("getoption", "getvalue", "getini"):
            return self._option(last, args, span)
        if head in (PARSER, "pytest.OptionGroup"):
            return self._add_option(last, args, span)
        if head == REQUEST and self.test is not None:
            return self._request(frame, last, args)
        return None

    def attribute(self, target: v.Handle, name: str) -> v.Value:
        """What was set on the object, an option of the configuration, or something that is asked for by a call."""
        held = self.m.store.get(target, f".{name}")
        if held is not None:
            return held
        if target.type.startswith(MARK) and name in ("name", "args"):
            return v.Const(mark_name(target)) if name == "name" else self.m.new_items("tuple", list(target.args))
        if target.type == CONFIG and name == "option":
            return v.Handle(OPTIONS)
        if target.type == OPTIONS:
            return self.option(name)
        return v.Method(target, name)

    # marks

    def _mark(self, name: str, args: Arguments) -> v.Value:
        """A mark with its arguments; called with nothing but a function or class, it is that with the mark."""
        first = args.args[0] if args.args else None
        if len(args.args) == 1 and not args.kwargs and isinstance(first, v.FunctionRef | v.ClassRef) and not name.endswith("parametrize"):
            return self.add_mark(first, v.External(name))
        if name == "pytest.mark.parametrize":
            keys = ("argnames", "argvalues", "indirect")
            return v.Handle(name, tuple(args.get(at, key) or v.NONE for at, key in enumerate(keys)))
        if name == "pytest.mark.xfail" and args.kwargs.get("run") == v.FALSE:
            return v.Handle("pytest.mark.skipif", (args.get(0, "condition") or v.TRUE,))
        if name in ("pytest.mark.skipif", "unittest.skipIf", "unittest.skipUnless"):
            return v.Handle(name, (args.get(0, "condition") or v.Unknown("condition"),))
        return v.Handle(name, tuple(args.args))

    def add_mark(self, owner: v.Value, mark: v.Value) -> v.Value:
        """Put a mark on a function or class of the tree; the owner comes back."""
        for one in v.leaves(owner):
            key = self.unwrapped(one).function if isinstance(one, v.FunctionRef) else one
            if isinstance(one, v.FunctionRef | v.ClassRef):
                self.m.store.set(key, "decorators", v.Contents((*self.marks(key), mark)))
        return owner

    def decorators(self, function: s.Function, file: str) -> tuple[s.Expr, ...]:
        """The decorators of a function; what a test is called with is no matter where the test itself cannot reach out."""
        relevance = self.m.relevance
        if not self.m.testing or relevance is None or not function.name.startswith("test") or relevance.may_matter(function, file):
            return function.decorators
        return tuple(one for one in function.decorators if not (isinstance(one, s.Call) and _is_parametrize(one.func)))

    def unmark(self, function: s.Function) -> None:
        """Begin anew where a definition is run once more, as that of a decorator's inner function is for each that it decorates."""
        if self.m.store.get(function, "decorators") is not None:
            self.m.store.set(function, "decorators", v.Contents(()))

    def unwrapped(self, ref: v.FunctionRef) -> v.FunctionRef:
        """The function that was written, below what decorators made of it with ``functools.wraps``."""
        for _ in range(_MAX_WRAPPED):
            inner = self.m.store.get(ref.scope, f"wrapped {ref.function.name}")
            if not isinstance(inner, v.FunctionRef):
                break
            ref = inner
        return ref

    def marks(self, owner: object) -> tuple[v.Value, ...]:
        """The marks that a function (as it was written) or a class of the tree carries itself; some only under a condition."""
        held = self.m.store.get(owner, "decorators")
        if isinstance(held, v.Contents) or held is None:
            return held.items if held is not None else ()
        found: dict[v.Value, v.Value] = {}
        for test, contents in v.cases(held):
            for mark in contents.items if isinstance(contents, v.Contents) else ():
                found[mark] = v.either(found.get(mark, v.FALSE), test)
        return tuple(v.choice(test, mark, v.NONE) for mark, test in found.items())

    def selects(self, mark: v.Value) -> bool:
        """Whether it is a mark by which tests are picked or left out."""
        name = mark.name if isinstance(mark, v.External) else mark.type if isinstance(mark, v.Handle) else ""
        return name.startswith(MARK) and name not in self.m.rulebook.models.get("mark", {})

    # the item

    def item(self, test: TestCall, marks: list[v.Value]) -> v.Handle:
        """The item of a test: its names and its marks."""
        function, owner = test.target.function, test.owner_name
        file = test.entry.file
        names = [mark_name(mark) for mark in marks]
        # one for tests of a file with the same marks: a hook that asks for no more finds the same
        made = v.Handle(ITEM, (v.Const(file), *marks))
        words = [*names, function.name, owner, *file.split("/")]
        path = v.Const(f"⟨root⟩/{file}")
        facts: dict[str, v.Value] = {
            "keywords": self._list("set", [v.Const(word) for word in dict.fromkeys(words) if word]),
            "own_markers": self._list("list", marks),
            "name": v.Const(item_name(test) if test.entry.surface == DOCTEST else function.name),
            "originalname": v.Const(function.name),
            "nodeid": v.Const("::".join(part for part in (file, owner, function.name) if part)),
            "path": v.Path(path),
            "fspath": v.Path(path),
            "location": self._list("tuple", [v.Const(file), v.Unknown("line"), v.Const(function.name)]),
            "module": v.ModuleRef(file),
            "config": v.Handle(CONFIG),
            "parent": made,
            "fixturenames": self._list("list", [v.Const(p.name) for p in function.params]),
            "cls": test.owner if test.owner is not None else v.NONE,
            _KIND: v.Const("DoctestItem" if test.entry.surface == DOCTEST else "Function"),
        }
        for name, value in facts.items():
            self.m.store.set(made, f".{name}", value)
        return made

    def _list(self, kind: str, items: list[v.Value]) -> v.Items:
        """A list of what is told of a test, the same one for all of which the same is told."""
        key = kind, tuple(items)
        made = self._lists.setdefault(key, v.Items(kind))
        self.m.store.set(made, "held", v.Contents(key[1]))
        return made

    def is_a(self, item: v.Value | None, wanted: v.Value) -> v.Value | None:
        """``isinstance(item, pytest.Function)``; None for anything else than an item, or a class that is not pytest's."""
        kind = v.text_of(self.m.store.get(item, f".{_KIND}") or v.NONE) if isinstance(item, v.Handle) and item.type == ITEM else None
        names = [one.name.rpartition(".") for one in self.m.items_of(wanted) or [wanted] if isinstance(one, v.External)]
        if kind is None or not names or not all(head.startswith(("pytest", "_pytest")) for head, _, _ in names):
            return None
        return v.TRUE if any(last in (kind, "Item", "Node") for _, _, last in names) else v.FALSE

    def _item(self, frame: Frame, name: str, args: Arguments, span: Span) -> v.Value | None:
        test = self.test
        if test is None:
            return None
        wanted = v.text_of(args.get(0, "name") or v.NONE)
        # asked of the item, so that what a hook answered for one without marks is not taken for this one's
        marks = self.m.items_of(self.m.store.get(test.item, ".own_markers") or v.NONE) or []
        found = [mark for mark in marks if wanted is None or mark_name(mark) == wanted]
        if name == "get_closest_marker":
            return found[-1] if found else args.get(1, "default") or v.NONE
        if name in ("iter_markers", "listextrakeywords"):
            return self.m.new_items("list", list(found))
        if name == "add_marker" and args.args:
            given = args.args[0]
            given = v.External(f"{MARK}{v.text_of(given)}") if v.text_of(given) else given
            self.m.store.set(test.item, ".own_markers", self.m.new_items("list", [*marks, given]))
            test.mark(frame, given, span, throws=True)
            return v.NONE
        return None

    # options

    def configured(self, frame: Frame, scope: v.Scope, span: Span) -> None:
        """Hooks of a conftest.py or plug-in before any test: what options there are, and what it sets them to."""
        if self.m.store.get(_OPTIONS, "markexpr") is None:
            self.m.store.set(_OPTIONS, "markexpr", self.option("markexpr"))
        for name, given in (("pytest_addoption", v.Handle(PARSER)), ("pytest_configure", v.Handle(CONFIG))):
            hook = self.m.store.get(scope, name)
            if isinstance(hook, v.FunctionRef):
                frame.way, frame.alive = None, True
                args = Arguments([given], open=True)
                self.m.bounded(lambda hook=hook, args=args: self.m.call(frame, hook, args, span), MAX_CONFIGURE)  # type: ignore[misc]

    def expression(self) -> str:
        """``-m`` as the configuration gives it."""
        return next((o.value for o in self.m.options if o.scope == "pytest" and o.name == "markexpr"), "")

    def set_option(self, name: str, value: v.Value) -> None:
        """``config.option.name = value``."""
        self.m.store.set(_OPTIONS, _dest(name), value)

    def option(self, name: str, span: Span | None = None, default: v.Value | None = None) -> v.Value:
        """An option of the run, by its flag or by the name under which pytest keeps it."""
        if name in ("-m", "markexpr"):
            return self.m.store.get(_OPTIONS, "markexpr") or v.Const(self.expression())
        if name in ("-k", "keyword"):
            return v.Const("")
        known = self.m.store.get(_OPTIONS, _dest(name))
        if known is not None:
            return known
        flag = name if name.startswith("-") else f"--{name.replace('_', '-')}"
        fallback = default if isinstance(default, v.Const) else v.FALSE
        return v.Opt("pytest", flag, self._configured([flag], "store_true", fallback), span)

    def _option(self, name: str, args: Arguments, span: Span) -> v.Value:
        text = v.text_of(args.get(0, "name") or v.NONE)
        if text is None:
            return v.Unknown("option")
        if name == "getini":
            held = next((o.value for o in self.m.options if o.scope == "pytest" and o.name == text), None)
            return v.Const(held) if held is not None else v.Unknown(text)
        return self.option(text, span, args.get(1, "default"))

    def _add_option(self, name: str, args: Arguments, span: Span) -> v.Value | None:
        """``parser.addoption``: an option with what holds when nobody gives it; ``addopts`` is given always."""
        if name == "getgroup":
            return v.Handle("pytest.OptionGroup")
        flags = [t for a in args.args if (t := v.text_of(a)) is not None]
        if name not in ("addoption", "_addoption") or not flags:
            return v.NONE
        long = next((f for f in flags if f.startswith("--")), flags[0])
        action = v.text_of(args.kwargs.get("action", v.NONE)) or "store"
        default = args.kwargs.get("default") or (v.FALSE if action == "store_true" else v.TRUE if action == "store_false" else v.NONE)
        if not isinstance(default, v.Const | v.Env | v.Sym | v.Choice):
            default = v.NONE
        dest = v.text_of(args.kwargs.get("dest", v.NONE)) or _dest(long)
        const = args.kwargs.get("const")
        value: v.Value = v.Opt("pytest", long, self._configured(flags, action, default), span)
        if action == "store_const" and const is not None:
            value = v.choice(v.Opt("pytest", long, v.FALSE, span), const, default)
        old = self.m.store.get(_OPTIONS, dest)
        if old is None or action != "store_false":
            self.m.store.set(_OPTIONS, dest, value)
        return v.NONE

    def _configured(self, flags: list[str], action: str, default: v.Value) -> v.Value:
        """What ``addopts`` gives for an option, else the default."""
        for flag in flags:
            given = self.given(flag)
            if given is not None:
                if action in ("store_true", "store_false"):
                    return v.TRUE if action == "store_true" else v.FALSE
                return v.Const(given) if given else v.TRUE
        return default

    def given(self, flag: str) -> str | None:
        """What stands behind an option in ``addopts``, None where it is not there."""
        if self._given is None:
            self._given = _arguments(next((o.value for o in self.m.options if o.scope == "pytest" and o.name == "addopts"), ""))
        return self._given.get(flag)

    # requests

    def request(self, name: str, param: v.Value | None) -> v.Handle:
        """The request of a fixture or a test."""
        test = self.test
        made = v.Handle(REQUEST, (v.Const(name),))
        facts: dict[str, v.Value | None] = {
            "param": param,
            "config": v.Handle(CONFIG),
            "node": test.item if test is not None else None,
            "function": test.target if test is not None else None,
            "cls": test.owner if test is not None else None,
            "instance": test.subject if test is not None else None,
            "module": v.ModuleRef(test.entry.file) if test is not None else None,
            "fixturename": v.Const(name),
        }
        for key, value in facts.items():
            if value is not None:
                self.m.store.set(made, f".{key}", value)
        return made

    def _request(self, frame: Frame, name: str, args: Arguments) -> v.Value | None:
        test = self.test
        wanted = v.text_of(args.args[0]) if args.args else None
        if test is not None and name in ("getfixturevalue", "getfuncargvalue") and wanted:
            return test.fixture(frame, wanted)
        if name == "addfinalizer":
            return v.NONE
        return v.Unknown(name) if name != "applymarker" else v.NONE

    def is_test(self, function: s.Function) -> bool:
        """Whether this is the body of the test that is run, or of one of its set-up methods or fixtures."""
        test = self.test
        set_up = function.name in SET_UPS or function.name in MODULE_SET_UPS
        return test is not None and (function is test.target.function or set_up or id(function) in test.runner.asked)

    def collected(self, item: v.Value) -> v.Items:
        """The items of a whole run, of which only this one is looked at."""
        return self._list(COLLECTED, [item])


def _is_parametrize(name: s.Expr) -> bool:
    return isinstance(name, s.Attr) and name.name == "parametrize"


def mark_name(mark: v.Value) -> str:
    """``network`` of ``pytest.mark.network`` with or without arguments, else the dotted name."""
    name = mark.name if isinstance(mark, v.External) else mark.type if isinstance(mark, v.Handle) else ""
    return name.removeprefix(MARK)


def _dest(name: str) -> str:
    return name.lstrip("-").replace("-", "_")


def _arguments(text: str) -> dict[str, str]:
    """``addopts`` by option, with the value that stands behind ``=`` or in the next word."""
    try:
        words = shlex.split(text)
    except ValueError:
        words = text.split()
    found: dict[str, str] = {}
    for at, word in enumerate(words):
        if word.startswith("-"):
            flag, equals, value = word.partition("=")
            after = words[at + 1] if at + 1 < len(words) and not words[at + 1].startswith("-") else ""
            found[flag] = value if equals else after
    return found
