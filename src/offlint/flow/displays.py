"""What do a display and a slice give? ``[a, *b]``, ``{a: b, **c}``, ``items[1:]``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from offlint.flow import values as v
from offlint.model import step as s

if TYPE_CHECKING:
    from offlint.flow.machine import Frame, Machine


class Displays:
    """Evaluates displays and slices."""

    def __init__(self, machine: Machine) -> None:
        self.m = machine

    def sequence(self, frame: Frame, expr: s.Seq) -> v.Value:
        """``[a, *b]``; where ``b`` is one of two lists, one of two displays."""
        parts: list[list[v.Value] | v.Choice] = []
        for item in expr.items:
            value = self.m.eval(frame, item)
            if not isinstance(item, s.Star):
                parts.append([value])
            elif isinstance(value, v.Choice) and all(isinstance(one, v.Items) for one in v.leaves(value)):
                parts.append(value)
            else:
                items = self.m.items_of(value)
                parts.append(items if items is not None else [v.Rest(self.m.iteration.element(value))])
        chosen = next((part for part in parts if isinstance(part, v.Choice)), None)

        def put(one: v.Value) -> v.Value:
            found: list[v.Value] = []
            for part in parts:
                found += part if isinstance(part, list) else (self.m.items_of(one if part is chosen else part.then) or [])
            return self.m.new_items(expr.kind, found)

        return put(v.NONE) if chosen is None else self.m.expressions.map(chosen, put)

    def table(self, frame: Frame, expr: s.Table) -> v.Value:
        """``{a: b, **c}``."""
        pairs: list[tuple[v.Value, v.Value]] = []
        is_open = False
        for key, value in expr.items:
            held = self.m.eval(frame, value)
            if key is None:
                pairs.extend(self.m.pairs_of(held))
                is_open |= not isinstance(held, v.Mapping_) or held.open
            else:
                pairs.append((self.m.eval(frame, key), held))
        return self.m.new_mapping(pairs, is_open=is_open)

    def part(self, frame: Frame, target: v.Value, key: s.Slice) -> v.Value:
        """``target[lower:upper]``."""
        bounds = [self.m.eval(frame, part) if part else v.NONE for part in (key.lower, key.upper)]
        items = self.m.items_of(target)
        if target == v.External("sys.argv"):
            if self.m.externals.words is None:
                return target  # a word is among the last ones where it is among all
            items = self.m.externals.arguments()
        if items is not None and all(isinstance(b, v.Const) and isinstance(b.value, int | None) for b in bounds) and not key.step:
            low, high = (b.value if isinstance(b, v.Const) and isinstance(b.value, int) else None for b in bounds)
            return self.m.new_items(getattr(target, "kind", "list"), items[low:high])
        match target, bounds[0], bounds[1]:
            case v.Text((v.Const(str() as begin), *rest)), v.Const(int() as cut), v.Const(None) if 0 <= cut <= len(begin) and not key.step:
                return self.m.expressions.join([v.Const(begin[cut:]), *rest])  # ``"ws" + url[4:]``: cut off is what is known
        if key.step is None:
            return self.m.expressions.symbol("slice", (target, *bounds), None)
        return v.Unknown("slice", self.m.deep_taint(target))
