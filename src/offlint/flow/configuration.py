"""What does a documentation tool's configuration say? Plug-ins that are switched on, options and where they are set.

conf.py and mkdocs.yml were evaluated like any module: their settings are names of its namespace, with the conditions that hold there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from offlint.flow import values as v
from offlint.flow.texts import template
from offlint.model import step as s
from offlint.model.span import Span

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from offlint.flow.machine import Machine
    from offlint.rulebook.schema import Condition, Plugin

#: The tool whose configuration a surface is, by the surface's name.
TOOLS = {"conf.py": "sphinx", "mkdocs.yml": "mkdocs", "zensical.toml": "zensical", "myst.yml": "mystmd"}
#: Configurations that others inherit from are followed this far.
MAX_PARENTS = 5


class Configuration:
    """One tool's configuration after it was evaluated."""

    def __init__(self, machine: Machine, file: str, tool: str) -> None:
        self.m = machine
        self.tool = tool
        self.files = [file]

    def set(self, name: str) -> v.Value | None:
        """The value of a top-level name, None where no file sets it."""
        for file in self.files:
            held = self.m.store.get(self.m.imports.scope(file), name)
            if isinstance(held, v.Lazy):
                held = None
            if held is not None:
                return held
        return None

    def enabled(self, names: Iterable[str]) -> Iterator[tuple[str, v.Value, v.Value | None]]:
        """Which of the plug-ins are on: the name, under which condition, and with which options of its own."""
        wanted = frozenset(names)
        if self.tool in wanted:
            yield self.tool, v.TRUE, None
        found: dict[str, tuple[v.Value, v.Value | None]] = {}
        listed = ("extensions", "html_theme") if self.tool == "sphinx" else ("plugins", "markdown_extensions")
        for setting in listed:
            held = self.set(setting)
            for test, name, options in self._items(held) if held is not None else ():
                if name in wanted:
                    old = found.get(name)
                    found[name] = (test if old is None else v.either(old[0], test), options or (old[1] if old else None))
        for name in wanted:
            asked = self.m.store.get("extensions", name)
            if asked is not None:
                found[name] = (v.TRUE, None)
            star = self.imported()
            if self.tool == "sphinx" and star and (star == name or star.startswith(f"{name}.")):
                found[name] = (v.TRUE, None)
        for name, (test, options) in found.items():
            yield name, test, options

    def imported(self) -> str:
        """The module outside of the tree from which the configuration imports everything, empty where there is none."""
        star = self.m.store.get(self.m.imports.scope(self.files[0]), "*")
        return star.name if isinstance(star, v.External) else ""

    def _items(self, value: v.Value) -> Iterator[tuple[v.Value, str, v.Value | None]]:
        """The names in a list of plug-ins, in a mapping of them, or one name alone."""
        for test, one in v.cases(value):
            name = v.text_of(one)
            if name is not None:
                yield test, name, None
            for inner, held in v.cases(self.m.held(one)) if isinstance(one, v.Items | v.Mapping_) else ():
                if not isinstance(held, v.Contents):
                    continue
                whole = v.both(test, inner)
                for item in held.items:
                    yield from self._item(whole, item)
                for key, options in held.pairs:
                    if (text := v.text_of(key)) is not None:
                        yield whole, text, options

    def _item(self, test: v.Value, item: v.Value) -> Iterator[tuple[v.Value, str, v.Value | None]]:
        for inner, one in v.cases(item):
            whole = v.both(test, inner)
            if isinstance(one, v.Mapping_):
                for key, options in self.m.pairs_of(one):
                    if (text := v.text_of(key)) is not None:
                        yield whole, text, options
            elif (text := v.text_of(one)) is not None:
                yield whole, text, None

    def option(self, path: str, own: v.Value | None) -> v.Value | None:
        """An option by its path: of the plug-in's own options (MkDocs), or of the whole configuration (``/a.b``, and in conf.py)."""
        parts = path.lstrip("/").split(".")
        held = self.set(parts.pop(0)) if self.tool == "sphinx" or path.startswith("/") else own
        for part in parts:
            held = self.option_of(held, part) if held is not None else None
        return held

    def option_of(self, value: v.Value, key: str) -> v.Value | None:
        """An entry of a mapping, None where no alternative of it has one."""
        result: v.Value | None = None
        for test, one in reversed(list(v.cases(value))):
            found = next((x for k, x in self.m.pairs_of(one) if v.text_of(k) == key), None) if isinstance(one, v.Mapping_) else None
            if found is not None:
                result = found if result is None and test == v.TRUE else v.choice(test, found, result if result is not None else v.NONE)
        return result

    def applies(self, row: Plugin, own: v.Value | None) -> v.Value:
        """The condition under which what the row says happens, by its options and by the tool's own switch."""
        result: v.Value = v.TRUE
        for condition in row.only_if:
            result = v.both(result, self._says(row, condition, own))
        for condition in row.unless:
            result = v.both(result, v.negation(self._says(row, condition, own)))
        if row.switch:
            result = v.both(result, v.Opt("config", row.switch, v.TRUE, self.place(row, own)))
        return result

    def _says(self, row: Plugin, condition: Condition, own: v.Value | None) -> v.Value:
        held = self.option(condition.option, own)
        if held is None:
            default = row.defaults.get(condition.option)
            held = v.Const(default) if default is not None else v.NONE
        result: v.Value = v.FALSE
        for test, one in v.cases(held):
            result = v.either(result, v.both(test, self._equals(one, condition.value)))
        return result

    def _equals(self, value: v.Value, wanted: str | None) -> v.Value:
        if wanted is None:
            return self.m.expressions.decide(value, None)
        if wanted in ("true", "false") and not isinstance(value, v.Const):
            truth = self.m.expressions.decide(value, None)
            return truth if wanted == "true" else v.negation(truth)
        if isinstance(value, v.Const):
            text = str(value.value).lower()
            if wanted in ("true", "false"):
                no = text in ("false", "0", "", "none", "no", "off")
                return v.TRUE if no is (wanted == "false") else v.FALSE
            return v.TRUE if text == wanted.lower() else v.FALSE
        return v.Sym("==", (value, v.Const(wanted))) if isinstance(value, v.Env | v.Opt) else self.m.atom("unknown", template(value))

    def place(self, row: Plugin, own: v.Value | None = None) -> Span:
        """Where the option that the row is about is set; else where the plug-in is switched on."""
        del own
        if row.option:
            parts = row.option.lstrip("/").split(".")
            if self.tool in ("mkdocs", "zensical") and not row.option.startswith("/"):
                parts = ["plugins", row.name, *parts]
            found = self.find(parts)
            if found is not None:
                return found
        for setting in ("extensions", "html_theme", "plugins", "markdown_extensions"):
            found = self.find([setting, row.name], last=True)
            if found is not None:
                return found
        return Span(self.files[0])

    def find(self, path: list[str], *, last: bool = False) -> Span | None:
        """The place of a setting by its path; ``last`` asks for one whose end is there, else the nearest around it does."""
        best: tuple[int, Span] | None = None
        for file in self.files:
            module = self.m.modules.lowered(file)
            for depth, span in _places(module.body if module is not None else (), path):
                if best is None or depth > best[0]:
                    best = (depth, span)
        if best is None or (last and best[0] < len(path)):
            return None
        return best[1]


def _places(steps: Iterable[s.Step], path: list[str]) -> Iterator[tuple[int, Span]]:
    """How many parts of the path a statement or an item of it sets, and where."""
    for step in steps:
        match step:
            case s.Assign(targets, value, span):
                for target in targets:
                    depth = _depth(target, path)
                    if depth:
                        yield depth, span
                        yield from _inside(value, path, depth)
            case s.Augment(target, _, value, span):
                if depth := _depth(target, path):
                    yield depth, span
                    yield from _inside(value, path, depth)
            case s.Do(s.Call(s.Attr(target, _), args, span)):
                if depth := _depth(target, path):
                    yield depth, span
                    for arg in args:
                        yield from _inside(arg.value, path, depth)
            case s.ImportFrom(module, 0, names, span) if names and names[0][0] == "*":
                if path[-1] == module or module.startswith(f"{path[-1]}."):
                    yield len(path), span
            case s.Define():
                continue
            case _:
                for name in ("body", "orelse", "final"):
                    yield from _places(getattr(step, name, ()), path)


def _depth(target: s.Expr, path: list[str]) -> int:
    """How many parts of the path a target names: ``a["b"]`` two of ``a.b.c``, none where it is another one."""
    match target:
        case s.Name(name):
            return 1 if name == path[0] else 0
        case s.Index(inner, s.Const(key)):
            depth = _depth(inner, path)
            return depth + 1 if depth and depth < len(path) and path[depth] == key else 0
        case _:
            return 0


def _inside(value: s.Expr, path: list[str], depth: int) -> Iterator[tuple[int, Span]]:
    if depth >= len(path):
        return
    match value:
        case s.Table(items, places):
            for (key, inner), place in zip(items, places, strict=False):
                if isinstance(key, s.Const) and key.value == path[depth]:
                    yield depth + 1, place
                    yield from _inside(inner, path, depth + 1)
        case s.Seq(_, items, places):
            for number, inner in enumerate(items):
                if isinstance(inner, s.Const) and inner.value == path[depth] and number < len(places):
                    yield depth + 1, places[number]
                elif isinstance(inner, s.Table):
                    yield from _inside(inner, path, depth)
        case s.Call(_, args, span):
            for arg in args:
                if arg.name == path[depth]:
                    yield depth + 1, span
                    yield from _inside(arg.value, path, depth + 1)
        case _:
            pass
