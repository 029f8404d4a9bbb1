"""What does ``target[key]`` stand for? Items of lists and dictionaries, read, written and asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from offlint.flow import values as v
from offlint.flow.enums import members
from offlint.flow.environment import is_set, variable
from offlint.flow.machine import Arguments
from offlint.flow.predicates import settled
from offlint.flow.registry import ARGV_ITEM, BUILTINS, NAMESPACE, SETTINGS
from offlint.flow.store import ENVIRON, MODULES
from offlint.flow.texts import template
from offlint.model.span import Span

if TYPE_CHECKING:
    from collections.abc import Sequence

    from offlint.flow.machine import Frame, Machine


class Entries:
    """Reads and writes items."""

    def __init__(self, machine: Machine) -> None:
        self.m = machine

    def item(self, frame: Frame, target: v.Value, key: v.Value, span: Span | None) -> v.Value:
        """``target[key]``."""
        match target:
            case v.Choice():
                return v.choice(target.test, self.item(frame, target.then, key, span), self.item(frame, target.orelse, key, span))
            case v.External("os.environ" | "builtins.os.environ"):
                name = v.text_of(key)
                if name is None:
                    return v.Unknown("environment")
                if span is not None and not (self.m.documenting and frame.top_level):  # a docs build comes to its end
                    missing = v.negation(is_set(self.m, name, span))
                    if missing is not v.FALSE:
                        self.m.statements.throw(frame, v.External("KeyError"), span, missing)
                return variable(self.m, name, None, span)
            case v.External(name) if name.startswith("sys.version_info") and isinstance(key, v.Const):
                return v.External(f"{name}.{key.value!r}")
            case v.Handle(type=kind) if kind == SETTINGS and (name := v.text_of(key)) is not None:
                return v.Opt("config", f"--config-settings {name}", v.NONE, span)
            case v.External("sys.modules"):
                return self._module(frame, key, span)
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
            case v.ClassRef() if (found := members(self.m, target)) is not None:
                return next((held for name, held in found if name == key), None) or self.any_entry(found, key, span)
            case v.ClassRef() | v.External():
                return target
            case v.Digest() if isinstance(key, v.Const) and key.value != 0:
                return v.Unknown("a word behind the digest")
            case v.Remote() | v.Digest():
                return target
            case v.Instance():
                given = self.m.specials.ask(frame, target, ("__getitem__",), [key], span)
                held = self.m.containers.of(target) if given is None else None
                return self.item(frame, held, key, span) if held is not None else given or v.Unknown("item")
            case v.Handle(type="subprocess.output"):
                return target
            case v.Handle(name) if f"{name}.__getitem__" in BUILTINS:
                return self.m.externals.call(frame, f"{name}.__getitem__", Arguments([key]), span or frame.scope.place, subject=target)
            case _:
                return self.m.expressions.symbol("index", (target, key), span)

    def _module(self, frame: Frame, key: v.Value, span: Span | None) -> v.Value:
        """``sys.modules[name]``."""
        name = v.text_of(key)
        own = self.m.store.get(self.m.imports.scope(frame.scope.file), "__name__")
        if name is not None and own is not None and name == v.text_of(own):
            return v.ModuleRef(frame.scope.file)
        return self.m.imports.module(frame, name, span or frame.scope.place) if name else v.Unknown("module")

    def _entry(self, frame: Frame, target: v.Mapping_, key: v.Value, span: Span | None) -> v.Value:
        pairs = self.m.pairs_of(target)
        if isinstance(key, v.Choice):
            then = self._entry_of(frame, target, pairs, key.then, span)
            return v.choice(key.test, then, self._entry_of(frame, target, pairs, key.orelse, span))
        return self._entry_of(frame, target, pairs, key, span)

    def _entry_of(self, frame: Frame, target: v.Mapping_, pairs: list[tuple[v.Value, v.Value]], key: v.Value, span: Span | None) -> v.Value:
        for known, value in pairs:
            if known == key:
                return self.m.attributes.entry_option(target, key, value, span)
        absent = self._absent(frame, target, key, span)
        if isinstance(key, v.Const) and not target.open and all(isinstance(k, v.Const) for k, _ in pairs):
            return v.Unknown("no such key") if absent is None else absent
        if absent is not None:
            pairs = [*pairs, (key, absent)]
        return self.any_entry(pairs, key, span)

    def _absent(self, frame: Frame, target: v.Mapping_, key: v.Value, span: Span | None) -> v.Value | None:
        """What a key that is not there gives: by ``default_factory``, which is kept, or by ``__missing__``."""
        factory = self.m.store.get(target, "missing")
        if factory is not None:
            made = self.m.call(frame, factory, Arguments(), span or frame.scope.place)
            self.set_item(frame, target, key, made)
            return made
        asked = self.m.store.get(target, "absent")
        return None if asked is None else self.m.call(frame, asked, Arguments([key]), span or frame.scope.place)

    def any_entry(self, pairs: Sequence[tuple[v.Value, v.Value]], key: v.Value, span: Span | None) -> v.Value:
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
        """``target[key] = value``: where several are meant, each gets what the value is where that one is meant."""
        whole = value
        for test, one in v.cases(target):
            value = self._where(whole, test) if test != v.TRUE else whole
            if isinstance(one, v.Instance):
                held = self.m.containers.of(one)
                if self.m.specials.ask(frame, one, ("__setitem__",), [key, value]) is None and held is not None:
                    self.set_item(frame, held, key, value)
            elif isinstance(one, v.Handle) and one.type == NAMESPACE and v.text_of(key):
                self.m.attributes.set(frame, one.args[0], str(v.text_of(key)), value)
            elif isinstance(one, v.Handle) and (name := f"{one.type}.__setitem__") in BUILTINS:
                self.m.externals.call(frame, name, Arguments([key, value]), frame.scope.place, subject=one)
            elif isinstance(one, v.Mapping_):
                self.m.store.set(one, "held", self.m.containers.with_entries(one, {key: value}))
            elif isinstance(one, v.Items):
                items = self.m.items_of(one) or []
                if isinstance(key, v.Const) and isinstance(key.value, int) and -len(items) <= key.value < len(items):
                    items[key.value] = value
                else:
                    items.append(v.Rest(value))
                self.m.store.set(one, "held", v.Contents(tuple(items)))
            elif isinstance(one, v.External) and one.name == "os.environ" and v.text_of(key):
                self.m.store.set(ENVIRON, str(v.text_of(key)), value)
            elif isinstance(one, v.External) and one.name == "sys.modules" and (module := v.text_of(key)):
                stand_ins = self.m.imports.stand_ins
                self.m.store.set(MODULES, stand_ins.cell(module, frame.scope.file), stand_ins.held(value))

    def _where(self, value: v.Value, test: v.Value) -> v.Value:
        """A value, or a text with parts, where a condition holds."""
        value = v.under(value, test)
        match value:
            case v.Choice(other, then, orelse):
                return v.choice(other, self._where(then, test), self._where(orelse, test))
            case v.Path(text):
                return v.Path(self._where(text, test))
            case v.Text(parts):
                return self.m.expressions.join([v.under(part, test) for part in parts])
            case _:
                return value

    def contains(self, frame: Frame, left: v.Value, right: v.Value, *, negate: bool, span: Span | None) -> v.Value:
        """``left in right``."""
        if isinstance(right, v.Handle) and f"{right.type}.__contains__" in BUILTINS:
            name = f"{right.type}.__contains__"
            result = self.m.externals.call(frame, name, Arguments([left]), span or frame.scope.place, subject=right)
        elif isinstance(right, v.Instance):
            asked = self.m.specials.ask(frame, right, ("__contains__",), [left], span)
            held = self.m.containers.of(right)
            result = asked or (self._contains(left, held, span) if held is not None else v.Unknown("member"))
            result = self.m.expressions.decide(result, span)
        else:
            result = self._contains(left, right, span)
        return v.negation(result) if negate else result

    def _contains(self, left: v.Value, right: v.Value, span: Span | None) -> v.Value:
        match right:
            case v.External("os.environ"):
                name = v.text_of(left)
                return is_set(self.m, name, span) if name else v.Unknown("environment")
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
                folder = self.m.store.get(right, "folder")
                if folder is not None and v.text_of(left):
                    return self.m.externals.files.exists(self.m.expressions.join_path([folder, left]), span)
                if left in items and folder is None:
                    return v.TRUE
                words = [i.value if isinstance(i, v.Rest) else i for i in items]
                if (word := v.text_of(left)) and any(isinstance(i, v.Handle) and i.type == ARGV_ITEM for i in words):
                    return self.m.externals.argument_given(word, span)  # a list that was made of ``sys.argv``
                if any(isinstance(i, v.Rest) for i in items):
                    return v.Unknown("member")
                if isinstance(left, v.Const) and all(isinstance(i, v.Const) for i in items):
                    return v.FALSE
                if all(settled("==", left, item, self.m) == v.FALSE for item in items):
                    return v.FALSE
                return v.Sym("in", (left, v.Contents(tuple(items))), span)
            case _:
                return v.Sym("in", (left, right), span)
