"""What does a tree of meson.build files ask for? Dependencies, subprojects and commands, under given options.

A condition is true, false or unknown (Meson's reference manual, https://mesonbuild.com/Reference-manual.html): options have values, the
machine is not known. What stands in a branch that is not taken is not asked for.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from offlint.lower import meson as m
from offlint.model.lazy import dataclass, field
from offlint.project.base import Project
from offlint.project.paths import join
from offlint.surfaces.modules import inside

Value = bool | str | tuple["Value", ...] | None
"""What an expression is: a truth, a text, a list; None where it is not known."""

BUILD_FILE = "meson.build"
_DEEPEST = 30
_MOST_STEPS = 50_000  # statements of one reading
_LONGEST = 2_000  # characters of a text, items of a list
#: Stands for the path of the tree, which texts are put together with; and what gives the folder of the project's sources.
_SOURCE = "⟨source⟩/"
_SOURCES = ("project_source_root", "source_root", "global_source_root")
_FEATURE = {"enabled": ("enabled",), "disabled": ("disabled",), "auto": ("auto",), "allowed": ("enabled", "auto")}


@dataclass(frozen=True, slots=True)
class Asked:
    """A subproject that is asked for: by name, or as what provides a dependency or a program.

    ``how`` is ``subproject``, ``dependency`` or ``program``; ``name`` of a dependency that names its own fallback is the fallback's.
    ``certain`` says that the call is reached whatever the machine; ``fallback`` that something of the system goes before it; ``options``
    are those that the call gives to it.
    """

    how: str
    name: str
    file: str
    line: int
    certain: bool
    fallback: bool
    options: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Ran:
    """A command that configuring or building runs; ``{hole}`` for words that are not known."""

    words: tuple[str, ...]
    file: str
    line: int
    certain: bool


@dataclass(slots=True)
class Walk:
    """One reading of a project's meson.build files: options with their values in, what is asked for out; ``below`` for a subproject's."""

    project: Project
    folder: str
    options: Mapping[str, str]
    below: bool = False
    asked: list[Asked] = field(default_factory=list)
    ran: list[Ran] = field(default_factory=list)
    mentioned: set[str] = field(default_factory=set)
    unread: list[tuple[str, str]] = field(default_factory=list)
    lacking: list[tuple[str, Ran]] = field(default_factory=list)
    _names: dict[str, Value] = field(default_factory=dict)
    _ended: bool = False
    _steps: int = 0

    def run(self) -> None:
        """Read the project from its top meson.build."""
        self._file(self.folder, certain=True, depth=0)

    def _file(self, folder: str, *, certain: bool, depth: int) -> None:
        file = join(folder, BUILD_FILE)
        text = self.project.text(file) if depth < _DEEPEST and self.project.exists(file) else None
        if text is None:
            return
        try:
            statements = m.read_meson(text)
        except m.CannotRead as error:
            self.unread.append((file, str(error)))
            return
        self._block(statements, file, folder, certain, depth)

    def _block(self, statements: Iterable[m.Statement], file: str, folder: str, certain: bool, depth: int) -> None:
        for one in statements:
            self._steps += 1
            if self._ended or self._steps > _MOST_STEPS:
                if self._steps == _MOST_STEPS + 1:
                    self.unread.append((file, "too many statements to follow"))
                return
            match one:
                case m.Assign(name, value, adds):
                    self._calls(value, file, folder, certain, depth)
                    held = self.value(value)
                    if adds:
                        old = self._names.get(name)
                        held = (*old, *(held if isinstance(held, tuple) else (held,))) if isinstance(old, tuple) else None
                    self._names[name] = held if certain or name not in self._names or self._names[name] == held else None
                case m.If(branches):
                    self._choices(branches, file, folder, certain, depth)
                case m.Each(names, items, body):
                    held = self.value(items)
                    for item in held if isinstance(held, tuple) and len(held) <= 40 and len(names) == 1 else (None,):
                        for name in names:
                            self._names[name] = item
                        self._block(body, file, folder, certain, depth)
                case _:
                    self._calls(one, file, folder, certain, depth)

    def _choices(
        self, branches: Iterable[tuple[m.Expr | None, tuple[m.Statement, ...]]], file: str, folder: str, certain: bool, depth: int
    ) -> None:
        before = dict(self._names)
        for test, body in branches:
            if test is not None:
                self._calls(test, file, folder, certain, depth)
            truth = True if test is None else self.truth(test)
            if truth is False:
                continue
            only = truth is True and certain
            self._block(body, file, folder, only, depth)
            if truth is True:
                return
            certain = False
            for name in {*before, *self._names}:
                if self._names.get(name) != before.get(name):
                    self._names[name] = None

    def _calls(self, expression: m.Expr, file: str, folder: str, certain: bool, depth: int) -> None:
        for call in m.calls_in(expression):
            if call.owner is not None and call.name == "subproject":  # of the modules cmake and rust
                self._subproject(call, file, certain)
            elif call.owner is not None:
                continue
            elif call.name == "subdir" and call.args:
                name = self.value(call.args[0])
                place = inside(join(folder, name)) if isinstance(name, str) else None
                if place:
                    self._needs(join(place, BUILD_FILE), call, file, certain)
                    self._file(place, certain=certain, depth=depth + 1)
            elif call.name == "files" or (call.name == "configure_file" and "input" in call.named):
                for one in call.args if call.name == "files" else (call.named["input"],):
                    name = self.value(one)
                    place = inside(join(folder, name)) if isinstance(name, str) else None
                    if place:
                        self._needs(place, call, file, certain)
            elif call.name == "subproject":
                self._subproject(call, file, certain)
            elif call.name in ("dependency", "find_program"):
                self._dependency(call, file, certain)
            elif call.name in ("run_command", "custom_target"):
                words = tuple(self._words(call.args if call.name == "run_command" else (call.named.get("command"),), folder))
                self.ran.append(Ran(words, file, call.line, certain))
            elif call.name in ("error", "subdir_done") and certain:
                self._ended = call.name == "error"

    def _needs(self, place: str, call: m.Call, file: str, certain: bool) -> None:
        """A file of the tree that Meson stops without."""
        if certain and not self._ended and not self.project.exists(place):
            self.lacking.append((place, Ran((call.name,), file, call.line, certain)))

    def _subproject(self, call: m.Call, file: str, certain: bool) -> None:
        name = self.value(call.args[0]) if call.args else None
        required = self._required(call)
        if isinstance(name, str) and required is not False:
            self.asked.append(Asked("subproject", name, file, call.line, certain, fallback=False, options=self._given(call)))

    def _dependency(self, call: m.Call, file: str, certain: bool) -> None:
        """``dependency('x')``: the system's first; then the fallback that it names, or the wrap that provides it where it is required."""
        how = "dependency" if call.name == "dependency" else "program"
        required = self._required(call)
        if self._disabled(call):
            return
        named = call.named.get("fallback")
        if named is not None:
            held = self.value(named)
            first = held[0] if isinstance(held, tuple) and held else held
            if isinstance(first, str):
                self.asked.append(Asked("subproject", first, file, call.line, certain, fallback=True, options=self._given(call)))
            return
        allowed = self.value(call.named["allow_fallback"]) if "allow_fallback" in call.named else None
        if allowed is False or (required is False and allowed is not True):
            return
        names = self.value(call.args[0]) if call.args else None
        for name in names if isinstance(names, tuple) else (names,):
            if isinstance(name, str):
                sure = certain and required is not None
                self.asked.append(Asked(how, name, file, call.line, sure, fallback=True, options=self._given(call)))

    def _given(self, call: m.Call) -> tuple[str, ...]:
        """The options that a call gives to the subproject that it asks for."""
        held = self.value(call.named["default_options"]) if "default_options" in call.named else None
        return tuple(one for one in (held if isinstance(held, tuple) else (held,)) if isinstance(one, str))

    def _required(self, call: m.Call) -> bool | None:
        """Whether what is not found is an error: by default, and for a feature that is enabled."""
        given = call.named.get("required")
        if given is None:
            return True
        held = self.value(given)
        if isinstance(held, str):
            return {"enabled": True, "auto": False, "disabled": False, "true": True, "false": False}.get(held)
        return held if isinstance(held, bool) else None

    def _disabled(self, call: m.Call) -> bool:
        given = call.named.get("required")
        return given is not None and self.value(given) == "disabled"

    def _words(self, expressions: Iterable[m.Expr | None], folder: str) -> Iterator[str]:
        for one in expressions:
            held = self.value(one) if one is not None else None
            for item in held if isinstance(held, tuple) else (held,):
                if not isinstance(item, str):
                    yield "{word}"
                elif item.startswith(_SOURCE):
                    yield inside(item[len(_SOURCE) :].lstrip("/")) or "."
                elif self.project.exists(join(folder, item)) and item:
                    yield join(folder, item)
                else:
                    yield item

    # values

    def truth(self, expression: m.Expr) -> bool | None:
        """Whether a condition holds."""
        held = self.value(expression)
        return held if isinstance(held, bool) else {"true": True, "false": False}.get(held) if isinstance(held, str) else None

    def value(self, expression: m.Expr) -> Value:
        """What an expression is."""
        held = self._value(expression)
        return None if isinstance(held, str | tuple) and len(held) > _LONGEST else held

    def _value(self, expression: m.Expr) -> Value:
        match expression:
            case m.Text(value):
                return value
            case m.Name(name):
                return {"true": True, "false": False}.get(name, self._names.get(name))
            case m.Call():
                return self._call(expression)
            case m.Many(op, items):
                return self._operator(op, items)

    def _operator(self, op: str, items: tuple[m.Expr, ...]) -> Value:
        if op == "[":
            return tuple(self.value(item) for item in items)
        if op == "f":
            return _filled([self.value(item) for item in items])
        if op == "not":
            truth = self.truth(items[0])
            return None if truth is None else not truth
        if op in ("and", "or"):
            stops = op == "or"
            truths: list[bool | None] = []
            for item in items:
                truths.append(self.truth(item))
                if truths[-1] is stops:
                    return stops
            return None if None in truths else not stops
        if op == "?":
            truth = self.truth(items[0])
            return None if truth is None else self.value(items[1] if truth else items[2])
        left = self.value(items[0]) if items else None
        right = self.value(items[1]) if len(items) > 1 else None
        if left is None or right is None:
            return None
        if op in ("==", "!="):
            return None if _unknown(left) or _unknown(right) else (left == right) is (op == "==")
        if op == "in" and isinstance(right, tuple):
            return True if left in right else None if _unknown(right) else False
        if op == "+" and isinstance(left, tuple):
            return (*left, *(right if isinstance(right, tuple) else (right,)))
        if isinstance(left, str) and isinstance(right, str):
            return left + right if op == "+" else f"{left}/{right}" if op == "/" else None
        return None

    def _call(self, call: m.Call) -> Value:
        if call.owner is None and call.name == "get_option" and call.args:
            name = self.value(call.args[0])
            if isinstance(name, str) and name in self.options:
                self.mentioned.add(name)
                held = self.options[name]
                return {"true": True, "false": False}.get(held, held)
            return None
        if call.owner is None:
            if call.name in ("find_program", "files") and len(call.args) == 1:
                return self.value(call.args[0])  # for the words of a command
            return None
        if isinstance(call.owner, m.Name) and call.owner.id == "meson":
            return self.below if call.name == "is_subproject" else _SOURCE + self.folder if call.name in _SOURCES else None
        owner = self.value(call.owner)
        if call.name in _FEATURE and isinstance(owner, str):
            return owner in _FEATURE[call.name] if owner in ("enabled", "disabled", "auto") else None
        if call.name == "disable_auto_if" and isinstance(owner, str):
            return ("disabled" if self.truth(call.args[0]) else owner) if owner == "auto" and call.args else owner
        if call.name == "format" and isinstance(owner, str):
            texts = [_filled([self.value(item)]) for item in call.args]
            parts = re.split(r"@(\d+)@", owner)
            return _filled([texts[int(part)] if at % 2 and int(part) < len(texts) else part for at, part in enumerate(parts)])
        if call.name == "to_lower" and isinstance(owner, str):
            return owner.lower()
        if call.name == "contains" and isinstance(owner, tuple) and call.args:
            item = self.value(call.args[0])
            return None if item is None or _unknown(owner) else item in owner
        return None


def _filled(parts: list[Value]) -> Value:
    """The parts as one text, truth values as Meson writes them; not known where one is not."""
    texts = [str(part).lower() if isinstance(part, bool) else part for part in parts]
    return None if any(not isinstance(text, str) for text in texts) else "".join(str(text) for text in texts)


def _unknown(value: Value) -> bool:
    return value is None or (isinstance(value, tuple) and any(_unknown(item) for item in value))
