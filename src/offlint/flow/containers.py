"""What does a method of a list, a tuple, a set or a dictionary do?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from offlint.flow import values as v

if TYPE_CHECKING:
    from offlint.flow.machine import Arguments, Frame, Machine
    from offlint.model.span import Span


class Containers:
    """Calls methods of lists and dictionaries."""

    def __init__(self, machine: Machine) -> None:
        self.m = machine

    def of_items(self, frame: Frame, subject: v.Items, name: str, args: Arguments, span: Span) -> v.Value:
        """``subject.name(args)`` of a list, tuple or set."""
        first = args.get(0)
        if name in ("append", "add", "appendleft") and first is not None:
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
        if name == "pop":
            items = self.m.items_of(subject) or []
            index = first.value if isinstance(first, v.Const) and isinstance(first.value, int) else -1
            if items and -len(items) <= index < len(items) and not any(isinstance(i, v.Rest) for i in items):
                taken = items.pop(index)
                self.m.store.set(subject, "held", v.Contents(tuple(items)))
                return taken
            return self.m.iteration.element(subject)
        if name == "copy":
            return self.m.new_items(subject.kind, self.m.items_of(subject) or [])
        if name in ("sort", "reverse"):
            return v.NONE
        if name in ("remove", "discard", "clear"):
            if name == "clear":
                self.m.store.set(subject, "held", v.Contents())
            return v.NONE
        if name in ("union", "intersection", "difference"):
            made = self.m.new_items("set", self.m.items_of(subject) or [])
            if name == "union" and first is not None:
                self.extend(made, first)
            return made
        return self.m.externals.unknown(frame, name, args, span)

    def _change(self, subject: v.Items, change: object) -> None:
        held = self.m.held(subject)
        for_each = held if isinstance(held, v.Contents) else v.Contents(tuple(self.m.items_of(subject) or ()))
        items = for_each.items
        if len(items) > 5000:
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

    def update(self, subject: v.Mapping_, more: v.Value) -> None:
        """Add all entries of another dictionary."""
        pairs = dict(self.m.pairs_of(subject))
        pairs.update(self.m.pairs_of(more))
        if not isinstance(more, v.Mapping_) or more.open:
            subject.open = True
        self.m.store.set(subject, "held", v.Contents(pairs=tuple(pairs.items())))

    def of_mapping(self, frame: Frame, subject: v.Mapping_, name: str, args: Arguments, span: Span) -> v.Value:
        """``subject.name(args)`` of a dictionary."""
        first = args.get(0)
        pairs = self.m.pairs_of(subject)
        if name in ("get", "pop", "setdefault") and first is not None:
            default = args.get(1) or v.NONE
            for key, value in pairs:
                if key == first:
                    return value
            if isinstance(first, v.Const) and not subject.open and all(isinstance(k, v.Const) for k, _ in pairs):
                if name == "setdefault":
                    self.m.entries.set_item(frame, subject, first, default)
                return default
            found = self.m.entries.any_entry(pairs, first, span) if pairs else v.Unknown("entry")
            return v.choice(self.m.atom("unknown", "the key is known"), found, default)
        if name in ("items", "iteritems"):
            rows: list[v.Value] = [self.m.new_items("tuple", [k, x]) for k, x in pairs]
            return self.m.new_items("list", [*rows, v.Rest(v.Unknown("entry"))] if subject.open else rows)
        if name in ("values", "itervalues"):
            return self.m.new_items("list", [*(x for _, x in pairs), *([v.Rest(v.Unknown("entry"))] if subject.open else [])])
        if name in ("keys", "iterkeys"):
            return self.m.new_items("list", [*(k for k, _ in pairs), *([v.Rest(v.Unknown("key"))] if subject.open else [])])
        if name == "update":
            if first is not None:
                self.update(subject, first)
            for word, value in args.kwargs.items():
                self.m.entries.set_item(frame, subject, v.Const(word), value)
            return v.NONE
        if name == "copy":
            return self.m.new_mapping(pairs, is_open=subject.open)
        return self.m.externals.unknown(frame, name, args, span)
