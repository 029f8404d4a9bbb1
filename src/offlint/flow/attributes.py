"""What does a name, an attribute or an item stand for? Look-ups and bindings."""

from __future__ import annotations

import builtins
import posixpath
from typing import TYPE_CHECKING

from offlint.flow import builtin_metadata, feeding
from offlint.flow import values as v
from offlint.flow.local import LOCAL, local, local_attribute
from offlint.flow.machine import Arguments
from offlint.flow.mocking import MOCK
from offlint.flow.pytest_objects import OPTIONS
from offlint.flow.registry import CLASS_METHOD, CONTEXT, LOADER, NAMESPACE, OPTION, PARSED, PROPERTY, STATIC_METHOD
from offlint.flow.specials import METACLASS
from offlint.flow.store import MOCKS
from offlint.flow.summary import since
from offlint.model.span import Span

if TYPE_CHECKING:
    from offlint.flow.machine import Frame, Machine

_BUILTINS = frozenset(dir(builtins)) | {"unicode", "basestring", "raw_input", "execfile", "reload", "long", "xrange"}

#: Commands that a front end runs in a default build (setuptools' build_meta; pip for old projects).
DEFAULT_COMMANDS = frozenset({
    "build", "build_py", "build_ext", "build_clib", "build_scripts", "bdist_wheel", "egg_info", "dist_info", "install", "install_lib",
    "install_data", "install_scripts", "install_headers", "install_egg_info", "sdist", "bdist",
})  # fmt: skip

#: No class is asked for what more bases than these have.
MAX_BASES = 100
#: What is the same wherever a build runs today.
_FACTS: dict[str, str | bool] = {
    "os.sep": "/", "os.path.sep": "/", "os.linesep": "\n", "os.curdir": ".", "os.path.curdir": ".", "os.pardir": "..",
    "os.path.pardir": "..", "six.PY2": False, "six.PY3": True, "future.utils.PY2": False, "future.utils.PY3": True,
}  # fmt: skip
#: Bases that have no code of their own; ``super()`` goes on behind them.
_PASSIVE = frozenset({"builtins.object", "abc.ABC", "typing.Generic", "typing.Protocol", "six.Iterator"})

#: Attributes of a response that say something about it and hold none of its bytes.
_RESPONSE_FACTS = frozenset(
    {"status_code", "status", "ok", "reason", "headers", "url", "code", "msg", "encoding", "history", "elapsed", "cookies"}
)


class Attributes:
    """Reads and binds names, attributes and items."""

    def __init__(self, machine: Machine) -> None:
        self.m = machine
        self._setting = False
        self._orders: dict[v.ClassRef, list[v.Value]] = {}

    # names

    def name(self, frame: Frame, name: str) -> v.Value:
        """A variable, from the innermost scope outwards, then the built-ins."""
        scope: v.Scope | None = frame.scope
        first = True
        while scope is not None:
            visible = first or scope.kind != "class"
            first = False
            if visible:
                held = self.m.store.get(scope, name)
                if isinstance(held, v.Lazy):
                    held = self.m.imports.forced(frame, scope, name, held, frame.scope.place)
                if held is None and scope.owner is not None and scope.kind == "class":
                    held = self.m.store.get(scope.owner, name)  # a default that stands in a method's head
                if held is not None:
                    return held
                if scope.function is not None and name in scope.function.locals:
                    return v.Unknown(name)  # a local that no path so far has bound
            scope = scope.parent
        if (starred := self.m.imports.stars.held(frame, frame.scope.file, name, frame.scope.place)) is not None:
            return starred
        if name in _BUILTINS:
            return v.External(f"builtins.{name}")
        star = self.m.store.get(self.m.imports.scope(frame.scope.file), "*")
        if isinstance(star, v.External):
            return v.External(f"{star.name}.{name}")
        return v.Unknown(name)

    def set_name(self, frame: Frame, name: str, value: v.Value) -> None:
        """Bind a variable where Python would."""
        scope = frame.scope
        function = scope.function
        if function is not None and name in function.globals:
            outer = scope.parent
            while outer is not None and not (outer.function is None or name in outer.function.locals):
                outer = outer.parent
            scope = outer or scope
        if frame.top_level and name in self.m.rulebook.settings and self.m.store.get(scope, name) is None:
            self.m.store.set("conditions", f"{scope.file}:{name}", since(frame.way, None))
        self.m.store.set(scope.owner if scope.kind == "class" and scope.owner is not None else scope, name, value)
        if scope.kind == "class":
            self.m.store.set(scope, name, value)

    # attributes

    def get(self, frame: Frame, target: v.Value, name: str) -> v.Value:
        """``target.name``."""
        match target:
            case v.Choice():
                return v.choice(target.test, self.get(frame, target.then, name), self.get(frame, target.orelse, name))
            case v.ModuleRef():
                return self.m.imports.member(frame, target.file, name, frame.scope.place)
            case v.Instance() | v.ClassRef():
                return self._member(frame, target, name)
            case v.External():
                return self._external(target.name, name)
            case v.Path():
                return self._path(target, name)
            case v.Remote():
                if name in _RESPONSE_FACTS:
                    return v.Unknown(name)
                return v.Remote(target.fetch) if name in ("content", "text", "raw", "fp", "body") else v.Method(target, name)
            case v.Const() | v.Text() | v.Env() | v.Opt() | v.Sym() if name == "value":
                return target  # a member of an enumeration, see enums.py: no text has such an attribute
            case v.FileObject(path) if name == "name":
                return path.text if isinstance(path, v.Path) else path
            case v.Handle(type="importlib.metadata.EntryPoint", args=(_, _, _)) if name in builtin_metadata.ATTRIBUTES:
                return builtin_metadata.attribute(target, name)
            case v.Handle(type="subprocess.output") if name in feeding.ATTRIBUTES:
                return feeding.attribute(target, name)
            case v.Handle(type="setuptools.dist.Distribution"):
                return self.m.store.get("distribution", name) or v.Method(target, name)
            case v.Handle(type=kind) if kind == PARSED:
                return (self.m.store.get(target, name) or v.Unknown(name)) if target.args else self.m.externals.argument(name)
            case v.Handle(type=kind) if kind == CONTEXT:
                return self.m.store.get(target, name) or (target if name == "parent" else v.Method(target, name))
            case v.Handle(type=kind) if kind == LOADER and name == "loader":
                return target
            case v.Handle(type=kind) if kind == LOCAL:
                return local_attribute(target, name)
            case v.Handle(type=kind) if kind.startswith("pytest.") or kind in (MOCK, "urllib.parse.ParseResult"):
                return self.m.pytest.attribute(target, name)
            case v.Partial(v.External("click.run")) if name == "commands":
                return self.m.externals.call(frame, "click.run.commands", Arguments(), frame.scope.place, subject=target)
            case v.Partial(v.External("builtins.super")):
                return self.super_member(target, name)
            case v.FunctionRef():
                return self._of_function(target, name)
            case v.Handle() if (fact := self.m.store.peek(("attributes", f"{target.type}.{name}"))) is not None:
                return fact
            case v.Method(v.Handle(type=owner, args=args), inner):
                return v.Method(v.Handle(f"{owner}.{inner}", args), name)
            case _:
                return v.Method(target, name)

    def option(self, name: str, held: v.Value, span: Span | None) -> v.Value:
        """An option of a documentation tool, as its extensions read it: what is on or off can be set on the command line (``-D``)."""
        if isinstance(held, v.Mapping_):
            self.m.store.set(held, OPTION, v.Const(name))
        return v.Opt("config", name, held, span) if held in (v.TRUE, v.FALSE) else held

    def entry_option(self, owner: v.Mapping_, key: v.Value, held: v.Value, span: Span | None) -> v.Value:
        """An entry of a mapping; of one that is an option it is an option too (``-D name.key=``)."""
        of = self.m.store.get(owner, OPTION) if held in (v.TRUE, v.FALSE) else None
        return held if of is None else self.option(f"{v.text_of(of)}.{v.text_of(key)}", held, span)

    def _of_function(self, target: v.FunctionRef, name: str) -> v.Value:
        if name in ("setter", "getter", "deleter") and self.m.store.get(target.function, "property"):
            return v.Partial(v.External(f"builtins.property.{name}"), (target,), ())
        if name == "__name__":
            return v.Const(target.function.name)
        return self.m.store.get(target.function, f".{name}") or v.Unknown(name)

    @staticmethod
    def outside(dotted: str) -> v.Value:
        """Something outside of the project; what it is where that is the same everywhere."""
        return v.Const(_FACTS[dotted]) if dotted in _FACTS else v.External(dotted)

    def _external(self, owner: str, name: str) -> v.Value:
        dotted = f"{owner}.{name}"
        own = self.m.store.get(MOCKS, dotted)
        if own is not None and any(
            isinstance(one, v.Items | v.Mapping_ | v.Const | v.Text | v.Path) for one in v.leaves(own) if one != v.NONE
        ):
            return _own(own, dotted)  # ``sys.argv = […]``: the run gave it a value of its own
        if owner.startswith("pytest.mark.") and name == "name":
            return v.Const(owner.rpartition(".")[2])
        if dotted in ("hashlib.algorithms_available", "hashlib.algorithms_guaranteed"):
            import hashlib  # noqa: PLC0415 # OpenSSL takes as long to load as a small project

            return self.m.new_items("set", [v.Const(one) for one in sorted(hashlib.algorithms_guaranteed)])
        return self.outside(dotted)

    def _path(self, path: v.Path, name: str) -> v.Value:
        text = v.text_of(path)
        if name in ("parent", "name", "stem", "suffix") and text is not None:
            base = posixpath.basename(text)
            stem, suffix = posixpath.splitext(base)
            known = {"parent": posixpath.dirname(text) or ".", "name": base, "stem": stem, "suffix": suffix}[name]
            return v.Path(v.Const(known)) if name == "parent" else v.Const(known)
        if name == "parents":
            return self.m.new_items("list", self._parents(path))
        if name == "strpath":
            return path.text
        if name in ("parent", "name", "stem", "suffix"):
            return self.m.methods.path_part(path, name)
        return v.Method(path, name)

    def _parents(self, path: v.Path) -> list[v.Value]:
        text = v.text_of(path)
        found: list[v.Value] = []
        while text and posixpath.dirname(text) != text and len(found) < 20:
            text = posixpath.dirname(text)
            found.append(v.Path(v.Const(text or ".")))
        return found

    def mro(self, cls: v.ClassRef, depth: int = 0) -> list[v.Value]:
        """The class and its bases, depth first, each once; of very many the first."""
        known = self._orders.get(cls)
        if known is not None:
            return known
        order: dict[v.Value, None] = {cls: None}
        for base in cls.bases if depth < 20 else ():
            for one in self.mro(base, depth + 1) if isinstance(base, v.ClassRef) else [base]:
                order.pop(one, None)
                order[one] = None
        found = list(order)[:MAX_BASES]
        if depth == 0:
            self._orders[cls] = found
        return found

    def lookup(self, target: v.Instance | v.ClassRef, name: str) -> v.Value | None:
        """An attribute from the object's class and its bases in the project, bound; None where none has it."""
        cls = target.cls if isinstance(target, v.Instance) else target
        for base in self.mro(cls):
            if isinstance(base, v.ClassRef):
                held = self.m.store.get(base, name)
                if held is not None:
                    return self._bound(held, target, base)
        return None

    def _bound(self, held: v.Value, target: v.Instance | v.ClassRef, owner: v.ClassRef) -> v.Value:
        if isinstance(held, v.Choice):
            return v.choice(held.test, self._bound(held.then, target, owner), self._bound(held.orelse, target, owner))
        made = ""
        if isinstance(held, v.Handle) and held.type in (STATIC_METHOD, CLASS_METHOD):
            made, held = held.type, held.args[0]
        if not isinstance(held, v.FunctionRef) or held.bound is not None:
            return held
        if made == STATIC_METHOD or self.m.store.get(held.function, "staticmethod"):
            return held
        if made == CLASS_METHOD or self.m.store.get(held.function, "classmethod"):
            cls = target.cls if isinstance(target, v.Instance) else target
            return v.FunctionRef(held.function, held.scope, cls, owner)
        return v.FunctionRef(held.function, held.scope, target, owner) if isinstance(target, v.Instance) else held

    def _member(self, frame: Frame, target: v.Instance | v.ClassRef, name: str) -> v.Value:
        held = self.m.store.get(target, name)
        if held is not None and isinstance(target, v.Instance):
            return held
        found = self.lookup(target, name)
        if found is None:
            return self._computed(frame, target, name)
        if isinstance(found, v.FunctionRef) and isinstance(target, v.Instance) and self.m.store.get(found.function, "property"):
            return self.m.call(frame, found, Arguments(), found.function.span)
        if isinstance(found, v.Handle) and found.type == PROPERTY and isinstance(target, v.Instance) and found.args[0] != v.NONE:
            return self.m.call(frame, found.args[0], Arguments([target]), frame.scope.place)
        if isinstance(found, v.Instance) and isinstance(target, v.Instance):
            given = self.m.specials.ask(frame, found, ("__get__",), [target, target.cls])
            return found if given is None else given
        return found

    def _computed(self, frame: Frame, target: v.Instance | v.ClassRef, name: str) -> v.Value:
        """An attribute that no class of the project has: the language's own, the metaclass's, by ``__getattr__``, or an outer base's."""
        if name == "__class__" and isinstance(target, v.Instance):
            return target.cls
        if name == "__dict__":
            return v.Handle(NAMESPACE, (target,))
        if name in ("__name__", "__qualname__") and isinstance(target, v.ClassRef):
            return v.Const(target.definition.name)
        found = self.m.specials.find(target, name) if isinstance(target, v.ClassRef) else None
        if found is None and not name.startswith("__"):
            found = self.m.specials.ask(frame, target, ("__getattr__",), [v.Const(name)])
            if isinstance(found, v.Unknown) and not found.touched:
                found = None
        if found is None and any(isinstance(b, v.External) and self.m.mocking.is_server(b.name) for b in self.mro(cls_of(target))):
            return local_attribute(local(), name)
        return v.Method(target, name) if found is None else found

    def super_of(self, frame: Frame, target: v.Value | None = None, owner: v.Value | None = None) -> v.Value:
        """``super()``: a view of the object that begins after the class that the running method belongs to."""
        if target is None:
            owner = frame.scope.owner
            target = frame.self_value
            if target is None and frame.scope.function is not None and frame.scope.function.params:
                target = self.m.store.get(frame.scope, frame.scope.function.params[0].name)  # ``__new__`` is bound to nothing
        if not isinstance(target, v.Instance | v.ClassRef) or not isinstance(owner, v.ClassRef):
            return v.Unknown("super")
        return v.Partial(v.External("builtins.super"), (target, owner), ())

    def super_member(self, view: v.Partial, name: str) -> v.Value:
        """An attribute through ``super()``."""
        target, owner = view.args
        if isinstance(target, v.Instance | v.ClassRef):
            for base in self._after(target, owner):
                if isinstance(base, v.ClassRef):
                    held = self.m.store.get(base, name)
                    if held is not None:
                        return self._bound(held, target, base)
                elif isinstance(base, v.External) and base.name not in _PASSIVE:
                    break
            return v.Method(view, name)
        return v.Unknown(name)

    def _after(self, target: v.Value, owner: v.Value) -> list[v.Value]:
        """The classes behind ``owner`` in the order of the object's class; of a class's metaclass, where ``owner`` is one."""
        cls = target.cls if isinstance(target, v.Instance) else target
        if not isinstance(cls, v.ClassRef):
            return []
        order = self.mro(cls)
        meta = self.m.store.get(cls, METACLASS) if owner not in order else None
        if isinstance(meta, v.ClassRef):
            order = self.mro(meta)
        return order[order.index(owner) + 1 :] if owner in order else order[1:]

    def outer_base(self, view: v.Partial) -> str:
        """The base outside of the project to which ``super()`` comes."""
        target, owner = view.args
        return next((b.name for b in self._after(target, owner) if isinstance(b, v.External) and b.name not in _PASSIVE), "builtins.object")

    def set(self, frame: Frame, target: v.Value, name: str, value: v.Value) -> None:
        """``target.name = value``."""
        for test, one in v.cases(target):
            owner: object = None
            cell = name
            if isinstance(one, v.Instance):
                owner = None if self._taken(frame, one, name, value) else one
            elif isinstance(one, v.ClassRef):
                owner = one
            elif isinstance(one, v.ModuleRef):
                owner = self.m.imports.ready(frame, one.file, frame.scope.place, anyway=True)
            elif isinstance(one, v.FunctionRef):
                owner, cell = one.function, f".{name}"
            elif one == v.External("sys") and name == "path":
                self.m.imports.add_to_search(value)
            elif isinstance(one, v.External):
                owner, cell = MOCKS, f"{one.name}.{name}"
            elif isinstance(one, v.Handle) and (one.type == CONTEXT or (one.type == PARSED and one.args)):
                owner = one
            elif isinstance(one, v.Handle) and one.type == OPTIONS:
                self.m.pytest.set_option(name, value)
            elif isinstance(one, v.Handle) and name in ("verify_mode", "verify", "cert_reqs") and _off(value):
                owner, cell = "insecure", one.type
            elif isinstance(one, v.Handle) and (dotted := self.m.externals.canonical(f"{one.type}.{name}")) in self.m.rulebook.calls:
                owner, cell = MOCKS, dotted  # of all such objects: they are not told apart
            if owner is not None:
                old = self.m.store.get(owner, cell)
                self.m.store.set(owner, cell, value if test == v.TRUE or old is None else v.choice(test, value, old))

    def _taken(self, frame: Frame, target: v.Instance, name: str, value: v.Value) -> bool:
        """Whether a property's setter, a descriptor or ``__setattr__`` takes the value; the last is given it, and it is kept as well."""
        defined = self.m.specials.defined(target.cls)
        if "__setattr__" in defined and not self._setting:
            self._setting = True  # what it does to the object's attributes, it does to them
            try:
                self.m.specials.ask(frame, target, ("__setattr__",), [v.Const(name), value])
            finally:
                self._setting = False
        if name not in defined:
            return False
        held = self.lookup(target, name)
        if isinstance(held, v.Handle) and held.type == PROPERTY:
            if held.args[1] != v.NONE:
                self.m.call(frame, held.args[1], Arguments([target, value]), frame.scope.place)
            return True
        if isinstance(held, v.FunctionRef) and self.m.store.get(held.function, "property"):
            setter = self.m.store.get(held.function, "setter")
            if isinstance(setter, v.FunctionRef):
                self.m.call(frame, v.FunctionRef(setter.function, setter.scope, target, held.owner), Arguments([value]), frame.scope.place)
                return True
        return isinstance(held, v.Instance) and self.m.specials.ask(frame, held, ("__set__",), [target, value]) is not None


def cls_of(target: v.Instance | v.ClassRef) -> v.ClassRef:
    """The class of an object, or the class itself."""
    return target.cls if isinstance(target, v.Instance) else target


def _off(value: v.Value) -> bool:
    """Whether a certificate setting is switched off."""
    return (isinstance(value, v.Const) and value.value in (False, "CERT_NONE")) or (
        isinstance(value, v.External) and value.name.endswith("CERT_NONE")
    )


def _own(held: v.Value, dotted: str) -> v.Value:
    """The value that a run gave to a name outside of the tree, in the alternatives in which it did."""
    if isinstance(held, v.Choice):
        return v.choice(held.test, _own(held.then, dotted), _own(held.orelse, dotted))
    return held if isinstance(held, v.Items | v.Mapping_ | v.Const | v.Text | v.Path) and held != v.NONE else v.External(dotted)
