"""What does a class of the project make? Class statements, metaclasses, new objects, and records with their fields.

Sources: the data model of the language reference ("Customizing class creation"), PEP 557 (dataclasses), the manual of attrs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from offlint.flow import values as v
from offlint.flow.containers import dict_of
from offlint.flow.decorators import decorated
from offlint.flow.enums import members
from offlint.flow.local import MADE_OF, is_local, shapes
from offlint.flow.machine import Arguments
from offlint.flow.specials import CONTENT, IN_USE, METACLASS, SUBCLASSES, note_definition
from offlint.flow.texts import template
from offlint.model import step as s

if TYPE_CHECKING:
    from collections.abc import Iterable

    from offlint.flow.machine import Frame, Machine
    from offlint.model.span import Span

#: The type of what ``dataclasses.field`` and ``attr.ib`` give: how the default is known (``default``, ``factory`` or none of them), the
#: default, and whether the field is an argument.
FIELD = "dataclasses.field"
#: So many objects that one test makes of the same are known again in the next.
MAX_ALIKE = 20
_AFTER = ("__post_init__", "__attrs_post_init__")


class Classes:
    """Makes classes and objects."""

    def __init__(self, machine: Machine) -> None:
        self.m = machine
        self._making: list[v.ClassRef] = []
        self._objects: dict[object, list[v.Instance]] = {}

    # classes

    def define(self, frame: Frame, definition: s.Class) -> None:
        """``class``: run the body in a namespace of its own, then what its metaclass, its bases and its decorators do with it."""
        bases = tuple(self.m.eval(frame, base) for base in definition.bases)
        words = {arg.name: self.m.eval(frame, arg.value) for arg in definition.keywords if arg.name}
        flat = tuple(one for base in bases for one in v.leaves(base))
        ref = v.ClassRef(definition, frame.scope, flat)
        note_definition(self.m, frame, definition)
        scope = v.Scope(frame.scope.file, frame.scope, "class", None, ref)
        outer, frame.scope = frame.scope, scope
        try:
            self.m.statements.run(frame, definition.body)
        finally:
            frame.scope = outer
        made = self._made(frame, ref, words, definition.span)
        marks = tuple(self.m.eval(frame, d) for d in definition.decorators)
        for mark in reversed(marks):
            self.m.pytest.add_mark(ref, mark)
            made = decorated(self.m, frame, mark, made, definition.span)
        self.m.attributes.set_name(frame, definition.name, made if isinstance(made, v.ClassRef | v.Instance | v.FunctionRef) else ref)

    def _made(self, frame: Frame, ref: v.ClassRef, words: dict[str, v.Value], span: Span) -> v.Value:
        """The class after its metaclass and its bases were told of it."""
        parents = [base for base in ref.bases if isinstance(base, v.ClassRef)]
        for base in parents:
            held = self.m.store.get(base, SUBCLASSES)
            known = held.items if isinstance(held, v.Contents) else ()
            self.m.store.set(base, SUBCLASSES, v.Contents((*known, ref)))
        meta = words.pop("metaclass", None) or next((m for b in parents if (m := self.m.store.get(b, METACLASS)) is not None), None)
        made: v.Value = ref
        if isinstance(meta, v.ClassRef):
            self.m.store.set(ref, METACLASS, meta)
            made = self._by_metaclass(frame, meta, ref, words, span)
        hook = self._first(ref, "__init_subclass__", parents)
        if hook is not None and frame.alive:
            self.m.call(frame, v.FunctionRef(hook.function, hook.scope, ref, hook.owner), Arguments([], words), span)
        return made

    def _first(self, cls: v.ClassRef, name: str, parents: list[v.ClassRef]) -> v.FunctionRef | None:
        if not any(name in self.m.specials.defined(base) for base in parents):
            return None
        for base in self.m.attributes.mro(cls)[1:]:
            held = self.m.store.get(base, name) if isinstance(base, v.ClassRef) else None
            if isinstance(held, v.FunctionRef) and isinstance(base, v.ClassRef):
                return v.FunctionRef(held.function, held.scope, None, base)
        return None

    def _by_metaclass(self, frame: Frame, meta: v.ClassRef, ref: v.ClassRef, words: dict[str, v.Value], span: Span) -> v.Value:
        names = self.m.new_mapping([(v.Const(name), held) for name, held in self.m.store.names(ref) if not name.startswith("<")])
        given: list[v.Value] = [v.Const(ref.definition.name), self.m.new_items("tuple", ref.bases), names]
        made: v.Value = ref
        self._making.append(ref)
        try:
            for method, first in (("__new__", meta), ("__init__", ref)):
                held = self.m.attributes.lookup(meta, method) if method in self.m.specials.defined(meta) else None
                if isinstance(held, v.FunctionRef) and frame.alive:
                    result = self.m.call(frame, held, Arguments([first, *given], dict(words)), span)
                    made = result if method == "__new__" and isinstance(result, v.ClassRef) else made
        finally:
            self._making.pop()
        return made

    def built(self, frame: Frame, args: list[v.Value], span: Span) -> v.Value:
        """``type(name, bases, namespace)``; inside of a metaclass it is the class whose statement is evaluated."""
        if self._making:
            return self._making[-1]
        name, bases, names = (v.text_of(args[0]) or "class", self.m.items_of(args[1]) or [], self.m.pairs_of(args[2]))
        ref = self.record(frame, name, (), bases, span)
        for key, value in names:
            word = v.text_of(key)
            if word:
                self.m.store.set(ref, word, value)
        return self._made(frame, ref, {}, span)

    def record(self, frame: Frame, name: str, fields: Iterable[str], bases: Iterable[v.Value], span: Span) -> v.ClassRef:
        """A class without a body."""
        return v.ClassRef(s.Class(name, (), (), span, fields=tuple(fields)), frame.scope, tuple(bases))

    # objects

    def instantiate(self, frame: Frame, cls: v.ClassRef, args: Arguments, span: Span) -> v.Value:
        """``cls(…)``: what the metaclass makes of the call, else a new object."""
        called = self.m.specials.find(cls, "__call__")
        if called is None and len(args.args) == 1 and members(self.m, cls):
            return args.args[0]
        return self.make(frame, cls, args, span) if called is None else self.m.call(frame, called, args, span)

    def make(self, frame: Frame, cls: v.ClassRef, args: Arguments, span: Span) -> v.Value:
        """A new object: ``__new__``, then ``__init__``; without one its fields are what it is given."""
        new = self.m.attributes.lookup(cls, "__new__") if "__new__" in self.m.specials.defined(cls) else None
        if isinstance(new, v.FunctionRef):
            result = self.m.call(frame, new, Arguments([cls, *args.args], dict(args.kwargs), args.open), span)
            own = [one for one in v.leaves(result) if isinstance(one, v.Instance) and cls in self.m.attributes.mro(one.cls)]
            for one in own[:2]:
                self._note(one, args)
                init = self.m.attributes.lookup(one, "__init__")
                if isinstance(init, v.FunctionRef) and frame.alive:
                    self.m.call(frame, init, args, span)
            if own or not isinstance(result, v.Unknown):
                return result
        made = self.new(frame, cls, None, args)
        self._note(made, args)
        if self.m.own.made(frame, made, args, span):
            return made
        self._begin(frame, made, args, span)
        return made

    def _note(self, made: v.Instance, args: Arguments) -> None:
        """Note what an object for a URL or a request is made of."""
        url = args.get(0, "url")
        if url is not None and shapes(made.cls.definition.name):
            self.m.store.set(made, MADE_OF, self._proxy(args) or url)

    def _proxy(self, args: Arguments) -> v.Value | None:
        """The proxy through which a request is sent, by an argument or an entry of one that is a table: the connection goes there."""
        for given in (args.kwargs, *(dict_of(self.m, one) for one in args.kwargs.values() if isinstance(one, v.Mapping_))):
            if "proxy" in given and given["proxy"] != v.NONE:
                return given["proxy"]
        return None

    def _made_of(self, name: str, args: Arguments) -> v.Value | None:
        """What an object for a URL or for a request is made of: the first argument, or the one that is a URL."""
        if args.args and shapes(name):
            return args.args[0]
        if "request" not in name.lower():
            return None
        return args.get(None, "url") or next((one for one in args.args if "://" in template(one) or is_local(one)), None)

    def new(self, frame: Frame, cls: v.ClassRef, args: Arguments | None, given: Arguments | None = None) -> v.Instance:
        """``object.__new__(cls)``; with arguments it is one of the class's external base, which fill the object (``tuple.__new__``).

        ``given`` is what the class was called with.
        """
        made = self._object(cls, args or given or Arguments())
        base = self.m.containers.base(cls)
        if base is not None:
            held = self.m.containers.make(frame, base, args or Arguments())
            self.m.store.set(made, CONTENT, held)
            absent = self.m.specials.find(made, "__missing__")
            if absent is not None:
                self.m.store.set(held, "absent", absent)
        if args is not None and self._style(cls) == "tuple":
            self._fill(frame, made, args)
        return made

    def _object(self, cls: v.ClassRef, args: Arguments) -> v.Instance:
        """A new object: in a test one that an earlier test made of the same, as far as none in use now is the same.

        Each test begins with the same state, so that what was done with it then is known by its calls.
        """
        if not (self.m.testing and self.m.calling):
            return v.Instance(cls)
        try:
            known = self._objects.setdefault((cls, self.m.calls.key(args)), [])
        except TypeError:  # an argument that is not compared
            return v.Instance(cls)
        for made in known:
            if self.m.store.get(made, IN_USE) is None:
                break
        else:
            made = v.Instance(cls)
            if len(known) < MAX_ALIKE:
                known.append(made)
        self.m.store.set(made, IN_USE, v.TRUE)
        return made

    def _begin(self, frame: Frame, made: v.Instance, args: Arguments, span: Span) -> None:
        init = self._init(made)
        if init is not None:
            self.m.call(frame, init, args, span)
            return
        self._fill(frame, made, args)
        for name in _AFTER:
            after = self.m.specials.find(made, name)
            if after is not None and frame.alive:
                self.m.call(frame, after, Arguments(), span)
        content = self.m.store.get(made, CONTENT)
        base = self.m.containers.base(made.cls)
        if content is not None and base is not None:
            self.m.containers.fill(frame, content, base, args)
            return
        for one in made.cls.bases:
            if isinstance(one, v.External):
                self.m.externals.call(frame, f"{one.name}.__init__", args, span, subject=made)

    def _init(self, made: v.Instance) -> v.FunctionRef | None:
        """The object's ``__init__``; a record below the class that defines one has its own."""
        for base in self.m.attributes.mro(made.cls):
            if isinstance(base, v.ClassRef):
                if self.m.store.get(base, "__init__") is not None:
                    found = self.m.attributes.lookup(made, "__init__")
                    return found if isinstance(found, v.FunctionRef) else None
                if self._decorated(base):
                    return None
        return None

    # records

    def _row(self, mark: v.Value) -> str | None:
        name = mark.name if isinstance(mark, v.External) else mark.type if isinstance(mark, v.Handle) else None
        row = self.m.rulebook.models.get("record", {}).get(name) if name else None
        return str(row.values.get("style", "keywords")) if row is not None else None

    def _decorated(self, cls: v.ClassRef) -> bool:
        return bool(cls.definition.decorators) and any(self._row(mark) == "decorator" for mark in self.m.pytest.marks(cls))

    def _style(self, cls: v.ClassRef) -> str | None:
        return next((row for base in self.m.attributes.mro(cls) if (row := self._row(base)) is not None), None)

    def names(self, value: v.Value) -> list[str]:
        """The field names that ``namedtuple`` is given: a text of words, a list, or a list of pairs."""
        text = v.text_of(value)
        if text is not None:
            return text.replace(",", " ").split()
        rows = (item if self.m.items_of(item) is None else (self.m.items_of(item) or [item])[0] for item in self.m.items_of(value) or [])
        return [word for row in rows if (word := v.text_of(row)) is not None]

    def _fields(self, cls: v.ClassRef) -> dict[str, v.Value | None]:
        """The names of the fields, those of the bases first, with what the class holds under each."""
        found: dict[str, v.Value | None] = {}
        for base in reversed(self.m.attributes.mro(cls)):
            if isinstance(base, v.ClassRef):
                found |= {name: self.m.store.get(base, name) for name in base.definition.fields}
                if base.definition.body:
                    found |= {name: held for name, held in self.m.store.names(base) if isinstance(held, v.Handle) and held.type == FIELD}
        return found

    def _fill(self, frame: Frame, made: v.Instance, args: Arguments) -> None:
        """The attributes of a record: by position, by name, by default."""
        given, named = list(args.args), dict(args.kwargs)
        values: list[v.Value] = []
        for name, held in self._fields(made.cls).items():
            how, default, wanted = held.args if isinstance(held, v.Handle) and held.type == FIELD else (v.NONE, held, v.TRUE)
            if given and wanted != v.FALSE:
                value = given.pop(0)
            elif name in named or name.lstrip("_") in named:  # attrs takes the name without its underscores
                value = named.pop(name) if name in named else named.pop(name.lstrip("_"))
            elif how == v.Const("factory") and default is not None:
                value = self.m.call(frame, default, Arguments(), made.cls.definition.span)
            else:
                value = default if default is not None and default != v.External("dataclasses.MISSING") else v.Unknown(name)
            self.m.store.set(made, name, value)
            values.append(value)
        for name, value in named.items():
            self.m.store.set(made, name, value)
        if self._style(made.cls) == "tuple":
            self.m.store.set(made, CONTENT, self.m.new_items("tuple", values))
