"""Which objects of the project are its entry points? What is installed beside it is not known (importlib.metadata, pkg_resources)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from offlint.flow import values as v
from offlint.flow.registry import known_as

if TYPE_CHECKING:
    from offlint.flow.machine import Arguments, Frame, Machine
    from offlint.model.span import Span

ENTRY_POINT = "importlib.metadata.EntryPoint"
ATTRIBUTES = frozenset({"name", "value", "group", "module", "attr", "module_name"})
_ALL = "importlib.metadata.EntryPoints"
_METADATA = ("importlib.metadata", "importlib_metadata")


def _found(m: Machine, group: v.Value | None, name: v.Value | None = None) -> v.Value | None:
    """The project's own of a group, and of a name; None where it has none. A group that is not known is each."""
    asked, named = [v.text_of(one) if one is not None and one != v.NONE else None for one in (group, name)]
    found = []
    for option in m.options if m.testing else ():
        if option.scope != "entry point":
            continue
        group_of, _, name_of = option.name.partition(" ")
        if (not group_of or asked in (None, group_of)) and named in (None, name_of):
            found.append(v.Handle(ENTRY_POINT, (v.Const(name_of), v.Const(option.value), v.Const(group_of))))
    return m.new_items("tuple", found) if found else None


@known_as(*(f"{module}.entry_points" for module in _METADATA))
def _entry_points(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    del frame, span
    if not args.kwargs:
        return v.Handle(_ALL)
    return _found(m, args.kwargs.get("group"), args.kwargs.get("name"))


@known_as(f"{_ALL}.select", f"{_ALL}.get", f"{_ALL}.__getitem__")
def _select(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    del frame, span
    return _found(m, args.get(0, "group"), args.kwargs.get("name"))


@known_as("pkg_resources.iter_entry_points")
def _iterated(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    del frame, span
    return _found(m, args.get(0, "group"), args.get(1, "name"))


@known_as("pkg_resources.load_entry_point")
def _loaded(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    found = m.items_of(_found(m, args.get(1, "group"), args.get(2, "name")) or v.NONE)
    return load(m, frame, found[0], span) if found and isinstance(found[0], v.Handle) else None


@known_as(*(f"{ENTRY_POINT}.{name}" for name in ("load", "resolve")))
def _load(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    return load(m, frame, args.subject, span) if isinstance(args.subject, v.Handle) and args.subject.args else None


def load(m: Machine, frame: Frame, entry: v.Handle, span: Span) -> v.Value:
    """The object that an entry point stands for."""
    module, _, path = (v.text_of(entry.args[1]) or "").partition(":")
    value = m.imports.module(frame, module, span)
    for name in path.split(".") if path else ():
        value = m.attributes.get(frame, value, name)
    return value


def attribute(entry: v.Handle, name: str) -> v.Value:
    """One of the ``ATTRIBUTES`` of an entry point."""
    if name in ("module", "attr", "module_name"):
        module, _, path = (v.text_of(entry.args[1]) or "").partition(":")
        return v.Const(path if name == "attr" else module)
    return entry.args[("name", "value", "group").index(name)]
