"""Is the project itself the library that a page describes? What its own tests call is then known from the page.

The tests of an HTTP client call ``client.get(URL)``, which leads into layers of transports and pools that are chosen when the code runs.
Where the tree's own module has the dotted name that a row of a page gives (``requests.get`` in the tree of requests), the row holds for a
call from a test, unless the evaluation of the function itself found the access.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from offlint.flow import values as v
from offlint.flow.given import GIVEN, given
from offlint.flow.local import is_local, local
from offlint.flow.machine import Arguments, OutOfBudget
from offlint.flow.modules import is_test_file
from offlint.flow.texts import template
from offlint.model.lazy import regex

if TYPE_CHECKING:
    from offlint.flow.machine import Frame, Machine
    from offlint.flow.summary import Fetch, Summary
    from offlint.model.span import Span

#: Steps for the evaluation of a function that a page describes, before and after an access was found in one.
MAX_TRIED, MAX_FOLLOWED = 3_000, 20_000
#: A function for whose evaluation so many steps were spent in vain is not evaluated any more: its page says what it does.
MAX_VAIN = 3 * MAX_TRIED
#: What is asked for is a place on a server that was named before, when the client was made.
_PATH_ONLY = regex(r"^/(?!/)")
_LOCAL_PROXY = regex(r"^(?:\w+://)?(?:[^/@]*@)?(?:localhost|127\.)", re.IGNORECASE)


class OwnApis:
    """The functions and classes of the tree that pages describe."""

    def __init__(self, machine: Machine) -> None:
        self.m = machine
        self._known: dict[tuple[int, int], list[tuple[str, v.Value]]] = {}
        self._roots: dict[str, bool] = {}
        self._vain: dict[str, int] = {}

    def name_of(self, frame: Frame, called: v.FunctionRef | v.ClassRef) -> str | None:
        """The dotted name under which a page describes a function (or class) of the tree that a test calls."""
        file = called.scope.file
        if self.m.pytest.test is None or not is_test_file(frame.scope.file) or is_test_file(file):
            return None
        for root in self._packages(file):
            if root not in self._roots:
                self._roots[root] = True
                self._find(root, frame)
        bound = called.bound if isinstance(called, v.FunctionRef) else None
        bases = self.m.attributes.mro(bound.cls) if isinstance(bound, v.Instance) else None
        for name, holder in self._known.get(_key(called), ()):
            if isinstance(called, v.FunctionRef) and name not in self.m.rulebook.calls:
                continue
            # a method may come from a base of several classes, of which the page describes one
            if bases is None or not isinstance(holder, v.ClassRef) or holder in bases:
                return name
        return None

    def _packages(self, file: str) -> list[str]:
        """The top-level names that a file can be imported under and that pages speak of."""
        parts = file.removesuffix(".py").split("/")
        return [part for part in parts if part in self.m.modules.words]

    def _find(self, root: str, frame: Frame) -> None:
        """Note what the dotted names of the pages stand for in the tree."""
        file = self.m.imports.resolve(root, frame.scope.file)
        if file is None or is_test_file(file):
            return
        for name in [*self.m.rulebook.calls, *self.m.rulebook.objects]:
            if not name.startswith(f"{root}."):
                continue
            held: v.Value = v.ModuleRef(file)
            holder: v.Value = held
            for part in name.split(".")[1:]:
                held, holder = self._member(held, part), held
            if isinstance(held, v.FunctionRef | v.ClassRef):
                self._known.setdefault(_key(held), []).append((name, holder))

    def _member(self, held: v.Value, part: str) -> v.Value:
        try:
            if isinstance(held, v.ModuleRef):
                return self.m.imports.quietly(held.file, part)
            if isinstance(held, v.ClassRef):
                return self.m.attributes.lookup(held, part) or v.NONE
        except OutOfBudget:
            return v.NONE
        return v.NONE

    def made(self, frame: Frame, made: v.Instance, args: Arguments, span: Span) -> bool:
        """Make a client of the project's own; it is noted whether it was given something that takes the network's place.

        False for an object of another class.
        """
        if self.m.pytest.test is not None and any(_LOCAL_PROXY.match(template(one)) or is_local(one) for one in _proxies(made, args)):
            self.m.store.set(made, GIVEN, v.TRUE)
        name = self.name_of(frame, made.cls)
        if name is None:
            return False
        if given(self.m, name, args, span):
            self.m.store.set(made, GIVEN, v.TRUE)
        init = self.m.attributes.lookup(made, "__init__")
        if not isinstance(init, v.FunctionRef):
            return False
        if self._vain.get(name, 0) < MAX_VAIN and self.m.bounded(lambda: self.m.call(frame, init, args, span), MAX_TRIED) is None:
            self._vain[name] = self._vain.get(name, 0) + MAX_TRIED
        return True

    def call(self, frame: Frame, name: str, ref: v.FunctionRef, args: Arguments, span: Span) -> v.Value:
        """Call a function of the tree that a page describes: what the function itself is seen to do, else what the page says."""
        asked = None if given(self.m, name, args, span) else self._asked(name, ref, args, span)
        if asked is None:
            return self.m.calls.function(frame, ref, args, span)
        fetch, value = asked
        if fetch is None:
            return value
        followed = name in self.m.modules.followed
        steps = MAX_FOLLOWED if followed else MAX_TRIED
        # where a statement has no more steps for it, the page says what the function does
        begin = self.m.spent_steps
        if followed or (self._vain.get(name, 0) < MAX_VAIN and self.m.limit - begin > steps):
            linked, raised, way = len(frame.summary.links), len(frame.raises), frame.way
            result = self.m.bounded(lambda: self.m.calls.function(frame, ref, args, span), steps) or value
            if any(has_fetch(link.child) for link in frame.summary.links[linked:]):
                self.m.modules.followed.add(name)
                return result
            self._vain[name] = self._vain.get(name, 0) + self.m.spent_steps - begin
            if not frame.alive:
                frame.way, frame.alive = way, True
                del frame.raises[raised:]
        fetch.own = name
        self.m.externals.fetched(frame, fetch)
        return value

    def by_page(self, frame: Frame, ref: v.FunctionRef, args: Arguments, span: Span) -> v.Value | None:
        """What a page says of a function of the project that is not followed to its end: a library's pages are true of itself, too."""
        if ref.owner is not None or ref.bound is not None:
            return None
        for folder in self.m.imports.search:
            if ref.scope.file.startswith(f"{folder}/" if folder else ""):
                parts = ref.scope.file[len(folder) :].strip("/").removesuffix(".py").removesuffix("/__init__").split("/")
                # it may be offered by any of the packages around its module
                for count in range(len(parts), 0, -1):
                    name = ".".join([*parts[:count], ref.function.name])
                    found = self.m.oracle.access(self.m, name, args, span) if name in self.m.rulebook.calls else None
                    if found is not None:
                        fetch, value = found
                        if fetch is not None:
                            self.m.externals.fetched(frame, fetch)
                        return value
        return None

    def _asked(self, name: str, ref: v.FunctionRef, args: Arguments, span: Span) -> tuple[Fetch | None, v.Value] | None:
        """The access that the page says the call is; None where it says nothing of the function."""
        mocked = self.m.mocking.replaced(name) is not None or self.m.mocking.takes_network(ref.scope.file)
        if mocked or self.m.rulebook.calls[name].command:
            return None  # the tree's own program is followed
        if isinstance(ref.bound, v.Instance) and self.m.store.get(ref.bound, GIVEN) is not None:
            return None, local()
        if self.m.mocking.in_place:
            return None  # of what the test put something else in the place of a part, only the code tells
        asked = self.m.oracle.access(self.m, name, args, span)
        if asked is not None and asked[0] is not None and _PATH_ONLY.match(template(asked[0].url)):
            return None
        return asked


def _key(held: v.FunctionRef | v.ClassRef) -> tuple[int, int]:
    """What tells a function from others of the same text: a decorator's inner function is one for each scope."""
    return (id(held.function), id(held.scope)) if isinstance(held, v.FunctionRef) else (id(held), 0)


def _proxies(made: v.Instance, args: Arguments) -> list[v.Value]:
    """What says through which proxy a client of the tree goes: an argument of that name, or what a proxy's own client is made of."""
    named = [value for key, value in args.kwargs.items() if "proxy" in key]
    return [*named, *(args.args[:1] if "proxy" in made.cls.definition.name.lower() else ())]


def has_fetch(summary: Summary) -> bool:
    """Whether a summary holds an access, below it included."""
    stack, seen = [summary], set()
    while stack:
        one = stack.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        if one.fetches:
            return True
        stack.extend(link.child for link in one.links)
    return False
