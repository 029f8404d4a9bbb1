"""What does a name, an attribute or an item stand for? Look-ups and bindings."""

from __future__ import annotations

import builtins
import posixpath
from typing import TYPE_CHECKING

from offlint.flow import values as v
from offlint.flow.local import LOCAL, local, local_attribute
from offlint.flow.machine import Arguments
from offlint.flow.mocking import MOCK
from offlint.flow.registry import ARGV_ITEM, BUILTINS
from offlint.flow.summary import since
from offlint.flow.texts import template
from offlint.model.span import Span

if TYPE_CHECKING:
    from offlint.flow.machine import Frame, Machine

_BUILTINS = frozenset(dir(builtins)) | {"unicode", "basestring", "raw_input", "execfile", "reload", "long", "xrange"}

#: Commands that a front end runs in a default build (setuptools' build_meta; pip for old projects).
DEFAULT_COMMANDS = frozenset({
    "build", "build_py", "build_ext", "build_clib", "build_scripts", "bdist_wheel", "egg_info", "dist_info", "install", "install_lib",
    "install_data", "install_scripts", "install_headers", "install_egg_info", "sdist", "bdist",
})  # fmt: skip

#: Attributes of a response that say something about it and hold none of its bytes.
_RESPONSE_FACTS = frozenset(
    {"status_code", "status", "ok", "reason", "headers", "url", "code", "msg", "encoding", "history", "elapsed", "cookies"}
)


class Attributes:
    """Reads and binds names, attributes and items."""

    def __init__(self, machine: Machine) -> None:
        self.m = machine

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
                    held = self.m.imports.forced(frame, scope, name, held, _top(frame))
                if held is not None:
                    return held
                if scope.function is not None and name in scope.function.locals:
                    return v.Unknown(name)  # a local that no path so far has bound
            scope = scope.parent
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
                return self.m.imports.member(frame, target.file, name, frame.scope.function.span if frame.scope.function else _top(frame))
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
            case v.Handle(type="subprocess.output") if name in ("stdout", "stderr", "returncode"):
                return target
            case v.Handle(type="setuptools.dist.Distribution"):
                return self.m.store.get("distribution", name) or v.Method(target, name)
            case v.Handle("argparse.Namespace"):
                return self.m.externals.argument(name)
            case v.Handle(type=kind) if kind == LOCAL:
                return local_attribute(target, name)
            case v.Handle(type=kind) if kind.startswith("pytest.") or kind in (MOCK, "urllib.parse.ParseResult"):
                return self.m.pytest.attribute(target, name)
            case v.Partial(v.External("builtins.super")):
                return self.super_member(target, name)
            case v.FunctionRef():
                return self.m.store.get(target.function, f".{name}") or v.Unknown(name)
            case v.Method(v.Handle(type=owner, args=args), inner):
                return v.Method(v.Handle(f"{owner}.{inner}", args), name)
            case _:
                return v.Method(target, name)

    def _external(self, owner: str, name: str) -> v.Value:
        dotted = f"{owner}.{name}"
        if dotted in ("os.sep", "os.path.sep"):
            return v.Const("/")
        if dotted == "os.linesep":
            return v.Const("\n")
        if dotted in ("os.curdir", "os.path.curdir"):
            return v.Const(".")
        if dotted in ("os.pardir", "os.path.pardir"):
            return v.Const("..")
        return v.External(dotted)

    def _path(self, path: v.Path, name: str) -> v.Value:
        text = v.text_of(path)
        if name in ("parent", "name", "stem", "suffix") and text is not None:
            base = posixpath.basename(text)
            stem, suffix = posixpath.splitext(base)
            known = {"parent": posixpath.dirname(text) or ".", "name": base, "stem": stem, "suffix": suffix}[name]
            return v.Path(v.Const(known)) if name == "parent" else v.Const(known)
        if name == "parents":
            return self.m.new_items("list", self._parents(path))
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
        """The class and its bases, depth first, each once."""
        found: list[v.Value] = [cls]
        for base in cls.bases if depth < 20 else ():
            for one in self.mro(base, depth + 1) if isinstance(base, v.ClassRef) else [base]:
                if one in found:
                    found.remove(one)
                found.append(one)
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
        if not isinstance(held, v.FunctionRef) or held.bound is not None:
            return held
        if self.m.store.get(held.function, "staticmethod"):
            return held
        if self.m.store.get(held.function, "classmethod"):
            cls = target.cls if isinstance(target, v.Instance) else target
            return v.FunctionRef(held.function, held.scope, cls, owner)
        return v.FunctionRef(held.function, held.scope, target, owner) if isinstance(target, v.Instance) else held

    def _member(self, frame: Frame, target: v.Instance | v.ClassRef, name: str) -> v.Value:
        held = self.m.store.get(target, name)
        if held is not None and isinstance(target, v.Instance):
            return held
        found = self.lookup(target, name)
        if found is None:
            if name == "__class__" and isinstance(target, v.Instance):
                return target.cls
            if any(isinstance(b, v.External) and self.m.mocking.is_server(b.name) for b in self.mro(cls_of(target))):
                return local_attribute(local(), name)
            return v.Method(target, name)
        if isinstance(found, v.FunctionRef) and isinstance(target, v.Instance) and self.m.store.get(found.function, "property"):
            return self.m.call(frame, found, Arguments(), found.function.span)
        return found

    def super_of(self, frame: Frame) -> v.Value:
        """``super()``: a view of the object that begins after the class that the running method belongs to."""
        target, owner = frame.self_value, frame.scope.owner
        if not isinstance(target, v.Instance | v.ClassRef) or owner is None:
            return v.Unknown("super")
        return v.Partial(v.External("builtins.super"), (target, owner), ())

    def super_member(self, view: v.Partial, name: str) -> v.Value:
        """An attribute through ``super()``."""
        target, owner = view.args
        if isinstance(target, v.Instance | v.ClassRef):
            cls = target.cls if isinstance(target, v.Instance) else target
            order = self.mro(cls)
            after = order[order.index(owner) + 1 :] if owner in order else order[1:]
            for base in after:
                if isinstance(base, v.ClassRef):
                    held = self.m.store.get(base, name)
                    if held is not None:
                        return self._bound(held, target, base)
                elif isinstance(base, v.External):
                    return v.Method(v.Handle(base.name), name)
        return v.Unknown(name)

    def set(self, frame: Frame, target: v.Value, name: str, value: v.Value) -> None:
        """``target.name = value``."""
        del frame
        for test, one in v.cases(target):
            owner: object = None
            if isinstance(one, v.Instance | v.ClassRef):
                owner = one
            elif isinstance(one, v.ModuleRef):
                owner = self.m.imports.scope(one.file)
            elif isinstance(one, v.FunctionRef):
                owner, name = one.function, f".{name}"
            elif one == v.External("sys") and name == "path":
                self.m.imports.add_to_search(value)
            elif isinstance(one, v.External):
                owner, name = "mocks", f"{one.name}.{name}"
            elif isinstance(one, v.Handle) and name in ("verify_mode", "verify", "cert_reqs") and _off(value):
                owner, name = "insecure", one.type
            if owner is not None:
                old = self.m.store.get(owner, name)
                self.m.store.set(owner, name, value if test == v.TRUE or old is None else v.choice(test, value, old))

    # items

    def item(self, frame: Frame, target: v.Value, key: v.Value, span: Span | None) -> v.Value:
        """``target[key]``."""
        match target:
            case v.Choice():
                return v.choice(target.test, self.item(frame, target.then, key, span), self.item(frame, target.orelse, key, span))
            case v.External("os.environ" | "builtins.os.environ"):
                name = v.text_of(key)
                if name is None:
                    return v.Unknown("environment")
                variable = v.Env(name, None, span)
                if span is not None:
                    missing = v.negation(v.Sym("isset", (variable,), span))
                    self.m.statements.throw(frame, v.External("KeyError"), span, missing)
                return variable
            case v.External(name) if name.startswith("sys.version_info") and isinstance(key, v.Const):
                return v.External(f"{name}.{key.value!r}")
            case v.External("sys.argv"):
                return self.m.externals.argv_item(key)
            case v.Mapping_():
                return self._entry(frame, target, key, span)
            case v.Items():
                items = self.m.items_of(target) or []
                if isinstance(key, v.Const) and isinstance(key.value, int) and not any(isinstance(i, v.Rest) for i in items):
                    if -len(items) <= key.value < len(items):
                        return items[key.value]
                    return v.Unknown("index")
                return self.m.iteration.element(target)
            case v.ClassRef() | v.External():
                return target
            case v.Remote():
                return target
            case v.Instance():
                method = self.lookup(target, "__getitem__")
                if method is not None and span is not None:
                    return self.m.call(frame, method, Arguments([key]), span)
                return v.Unknown("item")
            case v.Handle(type="subprocess.output"):
                return target
            case v.Handle(name) if f"{name}.__getitem__" in BUILTINS:
                return self.m.externals.call(frame, f"{name}.__getitem__", Arguments([key]), span or _top(frame), subject=target)
            case _:
                return self.m.expressions.symbol("index", (target, key), span)

    def _entry(self, frame: Frame, target: v.Mapping_, key: v.Value, span: Span | None) -> v.Value:
        del frame
        pairs = self.m.pairs_of(target)
        if isinstance(key, v.Choice):
            return v.choice(key.test, self._entry_of(target, pairs, key.then, span), self._entry_of(target, pairs, key.orelse, span))
        return self._entry_of(target, pairs, key, span)

    def _entry_of(self, target: v.Mapping_, pairs: list[tuple[v.Value, v.Value]], key: v.Value, span: Span | None) -> v.Value:
        for known, value in pairs:
            if known == key:
                return value
        if isinstance(key, v.Const) and not target.open and all(isinstance(k, v.Const) for k, _ in pairs):
            return v.Unknown("no such key")
        return self.any_entry(pairs, key, span)

    def any_entry(self, pairs: list[tuple[v.Value, v.Value]], key: v.Value, span: Span | None) -> v.Value:
        """The entry of a key that is not known: a choice between them, or unknown when there are too many."""
        if not pairs:
            return v.Unknown("entry")
        if len(pairs) >= v.MAX_CASES:
            touched = frozenset().union(*(self.m.deep_taint(value) for _, value in pairs))
            kinds = {type(value) for _, value in pairs}
            if kinds == {v.Mapping_}:
                return self._merged([value for _, value in pairs], key, span)
            return v.Unknown(template(key).strip("{}") or "entry", touched)
        result = pairs[-1][1]
        for known, value in reversed(pairs[:-1]):
            result = v.choice(v.Sym("==", (key, known), span), value, result)
        return result

    def _merged(self, rows: list[v.Value], key: v.Value, span: Span | None) -> v.Value:
        """One row of a large table: a dictionary with what the rows have in common, the values unknown where they differ."""
        first = self.m.pairs_of(rows[0])
        made: list[tuple[v.Value, v.Value]] = []
        for name, value in first:
            column = [dict(self.m.pairs_of(row)).get(name) for row in rows]
            same = all(c == value for c in column)
            made.append(
                (name, value if same else self.any_entry([(v.Const(i), c) for i, c in enumerate(column) if c is not None], key, span))
            )
        return self.m.new_mapping(made)

    def set_item(self, frame: Frame, target: v.Value, key: v.Value, value: v.Value) -> None:
        """``target[key] = value``."""
        del frame
        for _, one in v.cases(target):
            if isinstance(one, v.Mapping_):
                held = self.m.held(one)
                if isinstance(held, v.Choice):
                    pairs = (*self.m.pairs_of(one), (key, value))
                else:
                    pairs = (
                        (*((k, x) for k, x in held.pairs if k != key), (key, value)) if isinstance(held, v.Contents) else ((key, value),)
                    )
                self.m.store.set(one, "held", v.Contents(pairs=pairs))
            elif isinstance(one, v.Items):
                items = self.m.items_of(one) or []
                if isinstance(key, v.Const) and isinstance(key.value, int) and -len(items) <= key.value < len(items):
                    items[key.value] = value
                else:
                    items.append(v.Rest(value))
                self.m.store.set(one, "held", v.Contents(tuple(items)))
            elif isinstance(one, v.External) and one.name == "os.environ" and v.text_of(key):
                self.m.store.set("environ", str(v.text_of(key)), value)

    def contains(self, frame: Frame, left: v.Value, right: v.Value, *, negate: bool, span: Span | None) -> v.Value:
        """``left in right``."""
        if isinstance(right, v.Handle) and f"{right.type}.__contains__" in BUILTINS:
            name = f"{right.type}.__contains__"
            result = self.m.externals.call(frame, name, Arguments([left]), span or _top(frame), subject=right)
        else:
            result = self._contains(left, right, span)
        return v.negation(result) if negate else result

    def _contains(self, left: v.Value, right: v.Value, span: Span | None) -> v.Value:
        match right:
            case v.External("os.environ"):
                name = v.text_of(left)
                return v.Sym("isset", (v.Env(name, None, span),), span) if name else v.Unknown("environment")
            case v.Items() if isinstance(left, v.Handle) and left.type == ARGV_ITEM:
                found: v.Value = v.FALSE
                for word in map(v.text_of, self.m.items_of(right) or []):
                    found = v.either(found, self.m.externals.argument_given(word, span)) if word else found
                return found
            case v.External("sys.argv") | v.Handle("sys.argv"):
                word = v.text_of(left)
                return self.m.externals.argument_given(word, span) if word else v.Unknown("argument")
            case v.Mapping_():
                keys = [key for key, _ in self.m.pairs_of(right)]
                if left in keys:
                    return v.TRUE
                if right.open or not all(isinstance(k, v.Const) for k in keys):
                    return v.Unknown("key")
                return v.FALSE if isinstance(left, v.Const) else v.Sym("in", (left, v.Contents(tuple(keys))), span)
            case v.Items():
                items = self.m.items_of(right) or []
                if left in items:
                    return v.TRUE
                if any(isinstance(i, v.Rest) for i in items):
                    return v.Unknown("member")
                if isinstance(left, v.Const) and all(isinstance(i, v.Const) for i in items):
                    return v.FALSE
                return v.Sym("in", (left, v.Contents(tuple(items))), span)
            case _:
                return v.Sym("in", (left, right), span)


def cls_of(target: v.Instance | v.ClassRef) -> v.ClassRef:
    """The class of an object, or the class itself."""
    return target.cls if isinstance(target, v.Instance) else target


def _off(value: v.Value) -> bool:
    """Whether a certificate setting is switched off."""
    return (isinstance(value, v.Const) and value.value in (False, "CERT_NONE")) or (
        isinstance(value, v.External) and value.name.endswith("CERT_NONE")
    )


def _top(frame: Frame) -> Span:
    return Span(frame.scope.file)
