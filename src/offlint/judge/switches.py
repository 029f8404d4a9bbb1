"""What can be set? The switches that the conditions on the way to an access mention, each with the values that people give it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from offlint.flow import values as v
from offlint.flow.comparisons import holds
from offlint.flow.worlds import World
from offlint.judge.worlds import CANONICAL
from offlint.model.lazy import dataclass

if TYPE_CHECKING:
    from offlint.flow.machine import Machine
    from offlint.judge.worlds import Mentions

OTHER = "some other text"
ANSWERS = frozenset({"ON", "OFF", "TRUE", "FALSE", "YES", "NO", "1", "0", ""})


@dataclass(frozen=True, slots=True)
class Setting:
    """One switch with one value."""

    kind: str
    name: str
    value: Any

    def world(self, beside: World | None = None) -> World:
        """The world in which only this is set."""
        if self.kind == "env":
            return World(env={self.name: self.value}, beside=beside)
        return World(options={(self.kind, self.name): self.value}, beside=beside)


def settings(mentions: Mentions) -> list[Setting]:
    """Single settings to try: NO_NETWORK first, then other variables, then options."""
    names = sorted(mentions.env, key=lambda name: (name != CANONICAL, name))
    found = [Setting("env", name, value) for name in names for value in mentions.values_of(name)]
    # CMake's variables in the order of their distance from the access: whole features come last
    options = sorted(mentions.options.items(), key=lambda one: ("", "") if one[0][0] == "cmake" else one[0])
    for (kind, name), option in options:
        if kind == "cmake":
            found += [Setting(kind, name, value) for value in _cmake_values(option, mentions)]
            continue
        default = option.default.value if isinstance(option.default, v.Const) else None
        values: list[Any] = (
            [True, False] if isinstance(default, bool | None) or not isinstance(option.default, v.Const) else [False, True, ""]
        )
        texts = sorted(text for text in mentions.compared.get((kind, name), ()) if text and len(text) < 60)[:4]
        if isinstance(default, str) and len(texts) > 1 and default in texts and default.upper() not in ANSWERS:
            values = [*texts, *values]  # one of several words, or what may be none of them
        found += [Setting(kind, name, value) for value in values if value != default or default is None]
        if default is None:
            found += [Setting(kind, name, text) for text in (*texts, OTHER)]
    return found


def _cmake_values(option: v.Opt, mentions: Mentions) -> list[str]:
    """What people give to ``-DNAME=``: the other of ON and OFF, a place, what the conditions compare it with."""
    default = option.default.value if isinstance(option.default, v.Const) else False
    values = [value for value in ("ON", "OFF") if default in (None, False) or holds(default) != (value == "ON")]
    others = sorted(text for text in mentions.compared.get((option.kind, option.name), ()) if len(text) < 60)[:6]
    answers = default in (None, False) or str(default).upper() in ANSWERS
    return list(dict.fromkeys([*values, *others] if answers else [*others, *values]))


def everything(mentions: Mentions) -> list[Setting]:
    """Everything that can be asked for, the project's own options first; what is on by default need not be."""
    options = [
        (key, option)
        for key, option in mentions.options.items()
        if key[0] != "cmake" or World().truth(v.Sym("cmake_true", (option,))) is not True
    ] or list(mentions.options.items())
    options.sort(key=lambda one: one[1].default == v.NONE)
    found = [Setting(kind, name, "ON" if kind == "cmake" else True) for (kind, name), _ in options]
    return found + [Setting("env", name, "1") for name in mentions.env]


def asks_for_others(setting: Setting, machine: Machine | None) -> bool:
    """Whether an option of pytest takes away tests without marks, too: it asks for other tests, and stops nothing by itself."""
    if machine is None or setting.kind != "pytest":
        return False
    unset, world = World(), setting.world()
    return any(unset.way(way) is not False and world.way(way) is False for way in machine.pytest.plain.values())


def is_answer(default: v.Value) -> bool:
    """Whether a CMake variable's default is ON or OFF, or one of them by a condition."""
    if isinstance(default, v.Choice):
        return is_answer(default.then) or is_answer(default.orelse)
    return isinstance(default, v.Const) and str(default.value).upper() in ANSWERS


def together(settings: list[Setting], without: Setting | None = None, beside: World | None = None) -> World:
    """The world in which all of these are set."""
    held = [one for one in settings if one is not without]
    return World(
        env={one.name: one.value for one in held if one.kind == "env"},
        options={(one.kind, one.name): one.value for one in held if one.kind != "env"},
        beside=beside,
    )


def usual(values: list[Any]) -> Any:
    """Of several values that do the same, the one that people give."""
    return next((x for x in ("1", "0", *values) if x in values and x != ""), values[0])


def shown(setting: Setting) -> str:
    """What it is called: a marker as pytest's option that leaves it out."""
    if setting.kind == "marker":
        return f"-m 'not {setting.name}'" if not setting.value else f"-m {setting.name}"
    return setting.name
