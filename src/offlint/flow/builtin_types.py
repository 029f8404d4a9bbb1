"""What is this value, and what does it have? ``getattr``, ``hasattr``, ``isinstance`` and their siblings.

Facts are those of the Python library reference ("Built-in Functions").
"""

from __future__ import annotations

import collections.abc
import io
import pathlib
from typing import TYPE_CHECKING

from offlint.flow import values as v
from offlint.flow.registry import BUILTINS, CLASS_METHOD, PROPERTY, STATIC_METHOD, Builtin, known_as

if TYPE_CHECKING:
    from offlint.flow.machine import Arguments, Frame, Machine
    from offlint.model.span import Span


@known_as("builtins.getattr")
def _getattr(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    del span
    name = v.text_of(args.args[1]) if len(args.args) > 1 else None
    if name is None and len(args.args) > 1 and isinstance(args.args[0], v.ClassRef):
        names: list[tuple[v.Value, v.Value]] = [
            (v.Const(word), held) for word, held in m.store.names(args.args[0]) if not word.startswith(("_", "<"))
        ]
        return m.entries.any_entry(names, args.args[1], None)
    if name is None:
        return v.Unknown("attribute", m.deep_taint(args.get(0)))
    found = m.attributes.get(frame, args.args[0], name)
    if len(args.args) > 2 and isinstance(found, v.Unknown | v.Method) and not isinstance(args.args[0], v.External | v.Handle):
        return v.choice(m.atom("unknown", name), found, args.args[2])
    return found


@known_as("builtins.setattr")
def _setattr(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    del span
    name = v.text_of(args.args[1]) if len(args.args) > 2 else None
    if name is not None:
        m.attributes.set(frame, args.args[0], name, args.args[2])
    return v.NONE


@known_as(PROPERTY)
def _property(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    """``data = property(get, set)``."""
    del m, frame, span
    return v.Handle(PROPERTY, (args.get(0, "fget") or v.NONE, args.get(1, "fset") or v.NONE))


def _unbound(kind: str) -> Builtin:
    def made(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
        """``get = staticmethod(fetch)``, ``make = classmethod(build)``."""
        del m, frame, span
        return v.Handle(kind, (args.args[0],)) if args.args else None

    return made


for _kind in (STATIC_METHOD, CLASS_METHOD):
    BUILTINS[_kind] = _unbound(_kind)


_TYPES = {one.__name__: one for one in (str, bytes, int, float, bool, list, tuple, set, frozenset, dict)}
_PATHS = frozenset({"pathlib.Path", "pathlib.PurePath", "os.PathLike"})
_ABSTRACT = ("collections.abc.", "typing.")
_PLAIN_TYPES = frozenset({"str", "bytes", "int", "float", "bool", "list", "tuple", "set", "frozenset", "dict", "NoneType", "basestring"})


def _type_name(value: v.Value | None) -> str | None:
    """The name of a value's type where it is a plain one."""
    match value:
        case v.Const(held):
            return type(held).__name__
        case v.Text() | v.Atom(kind="input"):
            return "str"
        case v.Items(kind):
            return kind
        case v.Mapping_():
            return "dict"
        case _:
            return None


#: What values of these kinds have. A file object may be a text or a binary one; what both have is had by all.
_HAVE: dict[str, frozenset[str]] = {
    **{one.__name__: frozenset(dir(one)) for one in (str, bytes, int, float, bool, list, tuple, set, frozenset, dict, type(None), object)},
    "Path": frozenset(dir(pathlib.Path)),
    "FileObject": frozenset(dir(io.StringIO)) & frozenset(dir(io.BufferedRandom)),
}


@known_as("builtins.hasattr")
def _hasattr(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    del frame
    name = v.text_of(args.args[1]) if len(args.args) > 1 else None
    if name is None:
        return m.atom("unknown", "attribute", span)
    return v.each_case(args.args[0], lambda held: _has(m, held, name, span))


def _has(m: Machine, held: v.Value, name: str, span: Span) -> v.Value:
    kind = _type_name(held) or ("str" if isinstance(held, v.Env) else type(held).__name__)
    if kind in _HAVE:
        return v.TRUE if name in _HAVE[kind] else v.FALSE
    if isinstance(held, v.Instance) and (m.store.get(held, name) is not None or m.attributes.lookup(held, name) is not None):
        return v.TRUE
    if isinstance(held, v.ClassRef):
        bases = m.attributes.mro(held)
        if m.attributes.lookup(held, name) is not None:
            return v.TRUE
        if all(isinstance(base, v.ClassRef) for base in bases) and not m.specials.find(held, "__getattr__"):
            return v.FALSE if name not in _HAVE["object"] else v.TRUE
    if isinstance(held, v.Handle) and m.store.peek(("attributes", f"{held.type}.{name}")) is not None:
        return v.TRUE
    if isinstance(held, v.ModuleRef) and m.store.get(m.imports.scope(held.file), name) is not None:
        return v.TRUE
    return m.atom("unknown", "attribute", span)


@known_as("builtins.isinstance", "builtins.callable", "builtins.issubclass")
def _asked(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    del frame
    first = args.get(0)
    wanted = args.get(1)
    item = m.pytest.is_a(first, wanted) if wanted is not None else None
    if item is not None:
        return item
    if first is None or wanted is None:
        return m.atom("unknown", "type", span)
    kinds = m.items_of(wanted) or [wanted]

    def of(held: v.Value) -> v.Value:
        answers = [_is_a(m, held, kind) for kind in kinds]
        return v.TRUE if True in answers else m.atom("unknown", "type", span) if None in answers else v.FALSE

    return v.each_case(first, of)


def _is_a(m: Machine, held: v.Value, kind: v.Value) -> bool | None:
    """Whether a value is of a class, None where that is not known."""
    bases = m.attributes.mro(held.cls) if isinstance(held, v.Instance) else ()
    known = "Path" if isinstance(held, v.Path) else _type_name(held)
    if isinstance(kind, v.ClassRef):
        return kind in bases if bases else (False if known is not None else None)
    if not isinstance(kind, v.External):
        return None
    name = kind.name.removeprefix("builtins.")
    if known is not None and name in _PLAIN_TYPES:
        return name == known or (known, name) == ("bool", "int")
    if known == "Path" or known in _TYPES:
        if name in _PATHS:
            return known == "Path"
        abstract = getattr(collections.abc, name.rpartition(".")[2], None) if name.startswith(_ABSTRACT) else None
        return issubclass(_TYPES.get(str(known), pathlib.Path), abstract) if isinstance(abstract, type) else None
    return True if kind in bases else None
