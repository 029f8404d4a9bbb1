"""What is put into a list, a set, a queue or a dictionary, and what comes out of it again?

Which classes are containers say the ``[[container]]`` rows under rules/checks; an object of a class of the project that derives from one
has such a container in a cell.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from offlint.flow import values as v
from offlint.flow.machine import Arguments
from offlint.flow.registry import NAMESPACE
from offlint.flow.specials import CONTENT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from offlint.flow.machine import Frame, Machine
    from offlint.model.span import Span

#: Alternatives of a dictionary that are told apart where an entry is put into it.
MAX_APART = 4
#: Lists that grow longer than this keep what they have.
MAX_HELD = 5000


def _without(items: tuple[v.Value, ...], gone: v.Value) -> tuple[v.Value, ...]:
    """The items without the first one that is equal."""
    at = items.index(gone) if gone in items else len(items)
    return items[:at] + items[at + 1 :]


class Containers:
    """Calls methods of lists and dictionaries."""

    def __init__(self, machine: Machine) -> None:
        self.m = machine
        self._bases: dict[v.ClassRef, str | None] = {}

    # classes that are containers

    def base(self, cls: v.ClassRef) -> str | None:
        """The dotted name of the container that the class derives from, None where it is none."""
        if cls not in self._bases:
            rows = self.m.rulebook.models.get("container", {})
            names = (one.name for one in self.m.attributes.mro(cls) if isinstance(one, v.External))
            self._bases[cls] = next((name for name in names if name in rows), None)
        return self._bases[cls]

    def of(self, value: v.Value) -> v.Value | None:
        """The container that an object of the project is, or a table of the names of a module or an object; None where it is none."""
        if isinstance(value, v.Handle) and value.type == NAMESPACE:
            owner = value.args[0]
            return self.names(self.m.imports.scope(owner.file) if isinstance(owner, v.ModuleRef) else owner)
        return self.m.store.get(value, CONTENT) if isinstance(value, v.Instance) else None

    def names(self, owner: object) -> v.Mapping_:
        """What the names of a scope or an object hold now, as a table."""
        held = [(name, self.m.store.get(owner, name)) for name, _ in self.m.store.names(owner) if name.isidentifier()]
        return self.m.new_mapping([(v.Const(name), one) for name, one in held if one and not isinstance(one, v.Lazy)], is_open=True)

    def make(self, frame: Frame, name: str, args: Arguments) -> v.Value:
        """A new container of the named class."""
        kind = str(self.m.rulebook.models["container"][name].values.get("holds", "list"))
        made: v.Value = self.m.new_mapping([]) if kind == "dict" else self.m.new_items(kind, [])
        self.fill(frame, made, name, args)
        return made

    def fill(self, frame: Frame, made: v.Value, name: str, args: Arguments) -> None:
        """What the class's ``__init__`` puts into it."""
        given = list(args.args)
        if isinstance(made, v.Mapping_):
            missing = str(self.m.rulebook.models["container"][name].values.get("missing", ""))
            if missing:
                position, _, keyword = missing.partition("|")
                named = dict(args.kwargs)
                factory = given.pop(int(position)) if len(given) > int(position) else named.pop(keyword, v.NONE)
                args = Arguments(given, named, args.open)
                if factory != v.NONE:
                    self.m.store.set(made, "missing", factory)
            for one in reversed(given):  # of several (ChainMap) the first is asked first
                self.update(made, one)
            for word, value in args.kwargs.items():
                self.m.entries.set_item(frame, made, v.Const(word), value)
            made.open |= args.open
        elif isinstance(made, v.Items) and made.kind != "queue":
            for one in given[:1]:
                self.extend(made, one)

    def method(self, frame: Frame, held: v.Value, dotted: str, args: Arguments, span: Span) -> v.Value:
        """A method, with its class, of a container that an object of the project is: one that is inherited, or by ``super()``."""
        base, _, name = dotted.rpartition(".")
        first = args.get(0)
        if name == "__init__":
            self.fill(frame, held, base, args)
            return v.NONE
        if first is not None and name == "__getitem__":
            return self.m.entries.item(frame, held, first, span)
        if first is not None and name == "__contains__":
            return self.m.entries.contains(frame, first, held, negate=False, span=span)
        if name == "__setitem__" and len(args.args) > 1:
            self.m.entries.set_item(frame, held, args.args[0], args.args[1])
            return v.NONE
        if name == "__iter__":
            return held
        return self.m.methods.call(frame, held, name, args, span)

    # lists

    def of_items(self, frame: Frame, subject: v.Items, name: str, args: Arguments, span: Span) -> v.Value:
        """``subject.name(args)`` of a list, tuple or set."""
        first = args.get(0)
        if name in ("append", "add", "appendleft", "put", "put_nowait") and first is not None:
            self._change(subject, lambda items: (*items, first))
            return v.NONE
        if name == "insert" and len(args.args) > 1:
            at, value = args.args[0], args.args[1]
            index = at.value if isinstance(at, v.Const) and isinstance(at.value, int) else 0
            self._change(subject, lambda items: (*items[:index], value, *items[index:]))
            return v.NONE
        if name in ("extend", "update") and first is not None:
            self.extend(subject, first)
            return v.NONE
        if name in ("pop", "popleft") or (subject.kind == "queue" and name in ("get", "get_nowait")):
            items = self.m.items_of(subject) or []
            index = first.value if isinstance(first, v.Const) and isinstance(first.value, int) else -1 if name == "pop" else 0
            again = subject.kind == "queue" or (bool(frame.loops) and frame.loops[-1].unknown)
            if len(items) > 1 and again:
                return self.m.iteration.element(subject)  # one pass stands for all: it takes any of them
            if items and -len(items) <= index < len(items) and not any(isinstance(i, v.Rest) for i in items):
                taken = items.pop(index)
                self.m.store.set(subject, "held", v.Contents(tuple(items)))
                return taken
            return self.m.iteration.element(subject)
        if name == "copy":
            return self.m.new_items(subject.kind, self.m.items_of(subject) or [])
        if name in ("sort", "reverse"):
            self.m.iteration.applied(frame, args.kwargs.get("key"), subject, span)
            return v.NONE
        if name in ("remove", "discard", "clear"):
            if name == "clear":
                self.m.store.set(subject, "held", v.Contents())
            elif first is not None and not (frame.loops and frame.loops[-1].unknown):
                self._change(subject, lambda items: _without(items, first))
            return v.NONE
        if name == "union":
            made = self.m.new_items("set", self.m.items_of(subject) or [])
            if first is not None:
                self.extend(made, first)
            return made
        if name in ("intersection", "difference") and first is not None:
            return self._shared(frame, subject, first, span, shared=name == "intersection")
        return self.m.externals.unknown(frame, name, args, span)

    def _shared(self, frame: Frame, subject: v.Items, other: v.Value, span: Span, *, shared: bool) -> v.Items:
        """The items of a set that are, or are not, among others: each that may be stays, and whether any does is asked of all."""
        kept: list[v.Value] = []
        stays: v.Value = v.FALSE
        for item in self.m.items_of(subject) or []:
            plain = item.value if isinstance(item, v.Rest) else item
            there = self.m.expressions.decide(self.m.entries.contains(frame, plain, other, negate=not shared, span=span), span)
            if isinstance(item, v.Rest):
                there = v.both(there, self.m.atom("unknown", "content"))
            if there != v.FALSE:
                kept.append(plain if there == v.TRUE else v.Rest(plain))
                stays = v.either(stays, there)
        made = self.m.new_items("set", kept)
        if stays != v.TRUE and kept:
            self.keep(made, kept, stays)
        return made

    def keep(self, made: v.Items, items: Sequence[v.Value], stays: v.Value) -> None:
        """What is kept of items is empty where none of them stays; of several it is not known which do."""
        one = items[0].value if isinstance(items[0], v.Rest) else items[0]
        filled = v.Contents((one,)) if len(items) == 1 else v.Contents(tuple(items), some=True)
        held = v.choice(stays, filled, v.Contents())
        if isinstance(held, v.Choice) or stays is v.TRUE:  # of too many alternatives the longest one would stand for all
            self.m.store.set(made, "held", held)

    def _change(self, subject: v.Items, change: object) -> None:
        held = self.m.held(subject)
        for_each = held if isinstance(held, v.Contents) else v.Contents(tuple(self.m.items_of(subject) or ()))
        items = for_each.items
        if len(items) > MAX_HELD:
            return
        if isinstance(held, v.Choice):
            made = self._each(held, change)
            self.m.store.set(subject, "held", made)
        else:
            self.m.store.set(subject, "held", v.Contents(change(items)))  # type: ignore[operator]

    def _each(self, held: v.Value, change: object) -> v.Value:
        if isinstance(held, v.Choice):
            return v.choice(held.test, self._each(held.then, change), self._each(held.orelse, change))
        return v.Contents(change(held.items)) if isinstance(held, v.Contents) else held  # type: ignore[operator]

    def extend(self, subject: v.Items, more: v.Value) -> None:
        """Add all items of another value."""
        added = self.m.items_of(more)
        new = tuple(added) if added is not None else (v.Rest(self.m.iteration.element(more)),)
        self._change(subject, lambda items: (*items, *new))

    # dictionaries

    def update(self, subject: v.Mapping_, more: v.Value) -> None:
        """Add all entries of another dictionary, or of pairs."""
        more = self.of(more) or more
        pairs: dict[v.Value, v.Value] = {}
        if isinstance(more, v.Items):
            for row in self.m.items_of(more) or []:
                cells = self.m.items_of(row.value if isinstance(row, v.Rest) else row) or []
                if len(cells) == 2:
                    pairs[cells[0]] = cells[1]
                subject.open |= len(cells) != 2
        else:
            pairs.update(self.m.pairs_of(more))
            subject.open |= not isinstance(more, v.Mapping_) or more.open
        self.m.store.set(subject, "held", self.with_entries(subject, pairs))

    def with_entries(self, table: v.Mapping_, more: Mapping[v.Value, v.Value]) -> v.Value:
        """What a dictionary holds with these entries as well: of a build a few alternatives stay apart, else each entry stays.

        In whole libraries, which tests and documentation run, alternatives cost more than they say.
        """
        held = self.m.held(table)
        if isinstance(held, v.Choice) and (held.leaves > MAX_APART or self.m.testing or self.m.documenting):
            held = v.Contents(pairs=tuple(self.m.pairs_of(table)))

        def filled(of: v.Value) -> v.Value:
            return v.Contents(pairs=tuple({**dict(of.pairs if isinstance(of, v.Contents) else ()), **more}.items()))

        return v.each_case(held, filled)

    def keywords(self, table: v.Value, func: v.Value) -> list[tuple[v.Value, v.Value]]:
        """The entries of ``func(**table)``; ``setup()`` takes a keyword that is not always there for None else, as setuptools does.

        Other functions have defaults of their own: of these an entry that may be there is taken to be.
        """
        pairs = self.m.pairs_of(table)
        held = self.m.held(table) if isinstance(table, v.Mapping_) else None
        if not isinstance(held, v.Choice) or not isinstance(func, v.External) or not func.name.endswith(".setup"):
            return pairs

        def entry(of: v.Value, key: v.Value) -> v.Value:
            return dict(of.pairs).get(key, v.NONE) if isinstance(of, v.Contents) else v.NONE

        return [(key, v.each_case(held, partial(entry, key=key))) for key, _ in pairs]

    def of_mapping(self, frame: Frame, subject: v.Mapping_, name: str, args: Arguments, span: Span) -> v.Value:
        """``subject.name(args)`` of a dictionary."""
        first = args.get(0)
        pairs = self.m.pairs_of(subject)
        if name in ("get", "pop", "setdefault") and first is not None:
            default = args.get(1) or v.NONE
            for key, value in pairs:
                if key == first:
                    return self.m.attributes.entry_option(subject, first, value, span)
            if isinstance(first, v.Const) and not subject.open and all(isinstance(k, v.Const) for k, _ in pairs):
                if name == "setdefault":
                    self.m.entries.set_item(frame, subject, first, default)
                return self.m.attributes.entry_option(subject, first, default, span)
            found = self.m.entries.any_entry(pairs, first, span) if pairs else v.Unknown("entry")
            if name == "setdefault" and default != v.NONE:
                self.m.entries.set_item(frame, subject, first, default)
            return v.choice(self.m.atom("unknown", "the key is known"), found, default)
        if name in ("items", "iteritems"):
            rows: list[v.Value] = [self.m.new_items("tuple", [k, x]) for k, x in pairs]
            return self.m.new_items("list", [*rows, v.Rest(v.Unknown("entry"))] if subject.open else rows)
        if name in ("values", "itervalues"):
            return self.m.new_items("list", [*(x for _, x in pairs), *([v.Rest(v.Unknown("entry"))] if subject.open else [])])
        if name in ("keys", "iterkeys"):
            return self.m.new_items("list", [*(k for k, _ in pairs), *([v.Rest(v.Unknown("key"))] if subject.open else [])])
        if name == "popitem":
            return self.m.iteration.element(self.of_mapping(frame, subject, "items", Arguments(), span))
        if name == "move_to_end":
            return v.NONE
        if name == "update":
            if first is not None:
                self.update(subject, first)
            for word, value in args.kwargs.items():
                self.m.entries.set_item(frame, subject, v.Const(word), value)
            return v.NONE
        if name == "copy":
            return self.m.new_mapping(pairs, is_open=subject.open)
        return self.m.externals.unknown(frame, name, args, span)


def dict_of(machine: Machine, table: v.Value) -> dict[str, v.Value]:
    """The entries of a table by their text."""
    return {text: item for key, item in machine.pairs_of(table) if (text := v.text_of(key)) is not None}
