"""What do the standard library's tools for objects mean here? Classes made by calls, holders, records' fields, functions found by name.

Facts are those of the Python library reference and of the manual of attrs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from offlint.flow import values as v
from offlint.flow.classes import FIELD
from offlint.flow.machine import Arguments
from offlint.flow.registry import BUILTINS, NAMESPACE, Builtin, known_as
from offlint.model.span import Span

if TYPE_CHECKING:
    from offlint.flow.machine import Frame, Machine

_DISPATCH = "functools.singledispatch.call"


def _made_by(name: str) -> Builtin:
    """A builtin that gives a callable: calling that calls ``name`` with what it was made with in front."""

    def call(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
        del m, frame, span
        return v.Partial(v.External(name), tuple(args.args), tuple(args.kwargs.items()))

    return call


for _name, _call in {
    "weakref.ref": "builtins.identity",
    "weakref.WeakMethod": "builtins.identity",
    "operator.methodcaller": "operator.methodcaller.call",
    "operator.attrgetter": "operator.attrgetter.call",
    "operator.itemgetter": "operator.itemgetter.call",
    "functools.singledispatch": _DISPATCH,
    "functools.singledispatchmethod": _DISPATCH,
}.items():
    BUILTINS[_name] = _made_by(_call)


# functions found by name


@known_as("operator.methodcaller.call")
def _method(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    name = v.text_of(args.args[0]) if len(args.args) > 1 else None
    if name is None:
        return None
    return m.call(frame, m.attributes.get(frame, args.args[-1], name), Arguments(args.args[1:-1], args.kwargs), span)


@known_as("operator.attrgetter.call")
def _attribute(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    del span
    name = v.text_of(args.args[0]) if len(args.args) == 2 else None
    if name is None:
        return None
    value = args.args[1]
    for part in name.split("."):
        value = m.attributes.get(frame, value, part)
    return value


@known_as("operator.itemgetter.call")
def _item(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    return m.entries.item(frame, args.args[1], args.args[0], span) if len(args.args) == 2 else None


@known_as("builtins.globals", "builtins.vars")
def _names(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    del m, span
    return v.Handle(NAMESPACE, (args.args[0] if args.args else v.ModuleRef(frame.scope.file),))


@known_as("builtins.locals")
def _own_names(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    return _names(m, frame, args, span) if frame.scope.kind == "module" else m.containers.names(frame.scope)


@known_as(f"{NAMESPACE}.__getitem__", f"{NAMESPACE}.get", f"{NAMESPACE}.pop", f"{NAMESPACE}.setdefault")
def _named(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    del span
    name = v.text_of(args.args[0]) if args.args else None
    if name is None or not isinstance(args.subject, v.Handle):
        return v.Unknown("name")
    owner = args.subject.args[0]
    held = m.store.get(m.imports.scope(owner.file) if isinstance(owner, v.ModuleRef) else owner, name)
    if isinstance(held, v.Lazy) or (held is None and len(args.args) < 2):
        held = m.attributes.get(frame, owner, name)
    return args.args[1] if held is None else held


@known_as(f"{NAMESPACE}.update")
def _renamed(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    del span
    owner = args.subject.args[0] if isinstance(args.subject, v.Handle) else v.NONE
    rows = [*(m.pairs_of(args.args[0]) if args.args else []), *((v.Const(name), value) for name, value in args.kwargs.items())]
    for key, value in rows:
        word = v.text_of(key)
        if word:
            m.attributes.set(frame, owner, word, value)
    return v.NONE


# functools.singledispatch


@known_as(_DISPATCH)
def _dispatched(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    first = args.args[0] if args.args else None
    if not isinstance(first, v.FunctionRef):
        return None
    held = m.store.get(first.function, "dispatch")
    options: list[v.Value] = [first, *(held.items if isinstance(held, v.Contents) else ())]
    chosen = options[0]
    for one in options[1:]:
        bound = v.FunctionRef(one.function, one.scope, first.bound, one.owner) if isinstance(one, v.FunctionRef) else one
        chosen = v.choice(m.atom("unknown", "the type of the argument", span), bound, chosen)
    return m.call(frame, chosen, Arguments(args.args[1:], args.kwargs, args.open), span)


@known_as(f"{_DISPATCH}.register")
def _register(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    del frame, span
    owner = args.subject
    function = args.args[-1] if args.args else None
    if not isinstance(owner, v.Partial) or not isinstance(owner.args[0], v.FunctionRef):
        return None
    if not isinstance(function, v.FunctionRef):  # ``register(type)`` gives a decorator
        return v.Partial(v.Method(owner, "register"), tuple(args.args), ())
    held = m.store.get(owner.args[0].function, "dispatch")
    m.store.set(owner.args[0].function, "dispatch", v.Contents((*(held.items if isinstance(held, v.Contents) else ()), function)))
    return function


# classes and their members


@known_as("builtins.type", "types.new_class")
def _type(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    if len(args.args) == 3:
        return m.classes.built(frame, args.args, span)
    first = args.get(0)
    match first:
        case v.Instance() if len(args.args) == 1:
            return first.cls
        case v.Const(bool() | int() | float() | str() | bytes() as value) if len(args.args) == 1:
            return v.External(f"builtins.{type(value).__name__}")
        case _:
            return None


@known_as("builtins.type.__new__", "abc.ABCMeta.__new__", "enum.EnumMeta.__new__", "enum.EnumType.__new__")
def _type_new(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    return m.classes.built(frame, args.args[1:], span) if len(args.args) == 4 else None


@known_as("builtins.type.__call__", "abc.ABCMeta.__call__")
def _type_call(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    return m.classes.make(frame, args.subject, args, span) if isinstance(args.subject, v.ClassRef) else None


@known_as("builtins.super")
def _super(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    del span
    return m.attributes.super_of(frame, args.args[1], args.args[0]) if len(args.args) == 2 else None


@known_as("builtins.object.__setattr__")
def _set_attribute(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    del frame, span
    given = [args.subject, *args.args] if args.subject is not None else args.args
    name = v.text_of(given[1]) if len(given) == 3 and given[1] is not None else None
    if name is not None and isinstance(given[0], v.Instance) and given[2] is not None:
        m.store.set(given[0], name, given[2])
    return v.NONE


@known_as("builtins.property.setter")
def _setter(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    del frame, span
    owner, setter = args.args[0], args.args[-1]
    if isinstance(owner, v.FunctionRef) and isinstance(setter, v.FunctionRef):
        m.store.set(owner.function, "setter", setter)
    return owner


@known_as("builtins.property.getter", "builtins.property.deleter")
def _getter(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    del m, frame, span
    return args.args[0] if args.args else None


# records and holders


@known_as("dataclasses.field", "attr.ib", "attr.attrib", "attr.field", "attrs.field")
def _field(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    del m, frame, span
    named = args.kwargs
    factory = named.get("default_factory") or named.get("factory")
    default = named.get("default") or (args.args[0] if args.args else None)
    if factory is None and isinstance(default, v.Handle) and default.type == FIELD:  # ``attr.ib(default=attr.Factory(list))``
        return default
    wanted = named.get("init", v.TRUE)
    if factory is not None:
        return v.Handle(FIELD, (v.Const("factory"), factory, wanted))
    return v.Handle(FIELD, (v.Const("default"), default if default is not None else v.External("dataclasses.MISSING"), wanted))


@known_as("attr.Factory", "attrs.Factory")
def _factory(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    del m, frame, span
    first = args.get(0, "factory")
    return v.Handle(FIELD, (v.Const("factory"), first, v.TRUE)) if first is not None else None


@known_as("contextvars.ContextVar.set")
def _var_set(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    del frame, span
    if args.args and args.subject is not None:
        m.store.set(args.subject, "value", args.args[0])
    return v.Unknown("token")


@known_as("contextvars.ContextVar.get")
def _var_get(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    del frame, span
    held = m.store.get(args.subject, "value") if args.subject is not None else None
    return held or args.get(0) or v.Unknown("value")


@known_as("weakref.proxy")
def _proxy(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    del m, frame, span
    return args.args[0] if args.args else None


@known_as("contextlib.ExitStack.enter_context", "contextlib.AsyncExitStack.enter_async_context")
def _entered(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    if not args.args:
        return None
    entered, _ = m.specials.enter(frame, args.args[0], span)
    m.specials.leave(frame, args.args[0], span)  # at the end of the stack's block: here, so that it is seen at all
    return entered
