"""What does a build by Meson fetch? Subprojects that a wrap file describes, which meson.build asks for and which do not ship.

https://mesonbuild.com/Wrap-dependency-system-manual.html, https://mesonbuild.com/Subprojects.html (``--wrap-mode``), and
https://mesonbuild.com/meson-python/reference/pyproject-settings.html (``tool.meson-python.args``). A guard is found as for code: by asking
again with another value of each option that the conditions mention.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from offlint.lower import meson as m
from offlint.model.access import Guard, TrailStep
from offlint.model.entry import Entry, Lack, Setting, Skipped, Task
from offlint.model.lazy import dataclass, field
from offlint.model.words import GuardState, Phase, Reach
from offlint.project.base import Project
from offlint.project.paths import join
from offlint.surfaces.backend import uses
from offlint.surfaces.config import line_span, mapping, table, words
from offlint.surfaces.meson_build import BUILD_FILE, Asked, Ran, Walk
from offlint.surfaces.meson_wraps import Wrap, wraps_of

SURFACE = "meson wrap"
_OPTION_FILES = ("meson.options", "meson_options.txt")
_NO_DOWNLOAD = ("nodownload",)
_MOST_OPTIONS = 40
_MOST_SUBPROJECTS = 60  # that ship and are followed


@dataclass(frozen=True, slots=True)
class _Option:
    default: str
    values: tuple[str, ...]


def entries(project: Project) -> Iterator[Setting | Task | Entry | Skipped | Lack]:
    """The wraps that a default build downloads, those that an option asks for, and the commands that configuring runs."""
    if not uses(project, "mesonpy") or not project.exists(BUILD_FILE):
        return
    yield from _Builds(project).of("", _given(project))


@dataclass(slots=True)
class _Builds:
    """A project and the subprojects of it that ship, in the order in which Meson configures them.

    What is in ``subprojects/`` of one is known from then on, to all of them, and the first of a name is taken (``load_and_merge`` of
    mesonbuild/wrap/wrap.py).
    """

    project: Project
    known: dict[str, Wrap] = field(default_factory=dict)
    _done: set[str] = field(default_factory=set)

    def of(
        self, folder: str, given: Mapping[str, str], name: str = "", asked: Asked | None = None
    ) -> Iterator[Setting | Task | Entry | Skipped | Lack]:
        """What the project of a folder fetches, and those that it asks for; of a subproject its name, and the call that asks for it."""
        project = self.project
        for wrap in wraps_of(project, folder):
            self.known.setdefault(wrap.name, wrap)
        declared = _declared(project, folder)
        defaults = {one: option.default for one, option in declared.items()}
        own = _of_project(project, folder)
        told = {**own, **(dict(_pairs(asked.options)) if asked is not None else {}), **_for(name, given)}
        options = {**defaults, **{one: value for one, value in told.items() if one in defaults}}
        mode = given.get("wrap_mode") or own.get("wrap_mode", "default")
        base = _walk(project, folder, options, below=bool(name))
        for file, why in base.unread:
            yield Skipped(file, why, 1, Phase.BUILD)
        for one in base.ran:
            yield from _command(project, one)
        for place, one in base.lacking if project.shipped else ():
            yield Lack("build-input", place, one.words[0], line_span(project, one.file, one.line))
        wraps = [one for one in self.known.values() if one.sources]
        if wraps and mode not in _NO_DOWNLOAD:
            yield from _wraps(project, wraps, base, declared, mode=mode, prefix=f"{name}:" if name else "")
        further = {**{one: value for one, value in own.items() if ":" in one}, **given, "wrap_mode": mode}
        for call in base.asked:
            met = next((wrap for wrap in self.known.values() if wrap.provides(call.how, call.name)), None)
            if met is not None and not met.sources and met.place not in self._done and len(self._done) < _MOST_SUBPROJECTS:
                self._done.add(met.place)
                if project.exists(join(met.place, BUILD_FILE)):
                    yield from self.of(met.place, further, met.name, call)


def _for(name: str, given: Mapping[str, str]) -> dict[str, str]:
    """The options that are meant for a subproject (``-Dname:option=value``), or for the project itself."""
    if not name:
        return dict(given)
    return {one.partition(":")[2]: value for one, value in given.items() if one.startswith(f"{name}:")}


def _walk(project: Project, folder: str, options: Mapping[str, str], *, below: bool) -> Walk:
    walk = Walk(project, folder, options, below)
    walk.run()
    return walk


def _wraps(
    project: Project, wraps: list[Wrap], base: Walk, declared: Mapping[str, _Option], *, mode: str, prefix: str
) -> Iterator[Setting]:
    now = _needed(wraps, base.asked, mode)
    other: dict[Wrap, list[tuple[str, str]]] = {}  # switches that change whether a wrap is asked for
    sought: dict[Wrap, tuple[str, str, str]] = {}  # and those with which the system's is looked for first
    for name in sorted(base.mentioned)[:_MOST_OPTIONS]:
        for value in declared[name].values if name in declared else ():
            if value != base.options[name]:
                then = _needed(wraps, _walk(project, base.folder, {**base.options, name: value}, below=base.below).asked, mode)
                for wrap in wraps:
                    if wrap in now and wrap in then and then[wrap].fallback and not now[wrap].fallback:
                        sought.setdefault(wrap, (name, value, then[wrap].name))
                    if (wrap in now) != (wrap in then):
                        other.setdefault(wrap, []).append((name, value))
                        if wrap not in now:
                            now.setdefault(wrap, then[wrap])
                            other[wrap][-1] = (name, f"{value}!")
    for wrap, asked in now.items():
        switch = next(iter(other.get(wrap, [])), None)
        span = line_span(project, asked.file, asked.line)
        on_request = switch is not None and switch[1].endswith("!")
        reach = Reach.EXPLICIT if on_request else Reach.ALWAYS if asked.certain and not asked.fallback else Reach.CONDITIONAL
        if switch is not None:
            state = GuardState.OPT_IN if on_request else GuardState.OPT_OUT
            name = prefix + switch[0]
            guard = Guard(state, name, "option", f"-D{name}={switch[1].rstrip('!')}", evidence=span)
        elif wrap in sought:
            name, value, what = prefix + sought[wrap][0], *sought[wrap][1:]
            guard = Guard(GuardState.OPT_OUT, name, "option", f"-D{name}={value}", ("provision",), span, f"the system's {what}")
        elif asked.fallback:
            guard = Guard(
                GuardState.FALLBACK, evidence=span, why=f"a system's {asked.name} goes first; --wrap-mode=nodownload is Meson's own switch"
            )
        else:
            guard = Guard(GuardState.NONE, evidence=span, why="--wrap-mode=nodownload is Meson's own switch")
        trail = (TrailStep(span, f"{asked.how} {asked.name}"),)
        for source in wrap.sources:
            yield Setting(
                Phase.BUILD, SURFACE, "meson", f"meson {wrap.kind}", source.url, source.span, reach, True, guard, source.integrity, trail,
                copies=(source.cached,) if source.cached else (), name=wrap.name,
            )  # fmt: skip


def _needed(wraps: list[Wrap], asked: list[Asked], mode: str) -> dict[Wrap, Asked]:
    """For each wrap that is asked for the call that does; one that nothing goes before wins."""
    found: dict[Wrap, Asked] = {}
    for one in asked:
        if one.fallback and mode == "nofallback":
            continue
        for wrap in wraps:
            if wrap.provides(one.how, one.name):
                old = found.get(wrap)
                if old is None or (old.fallback, not old.certain) > (one.fallback, not one.certain):
                    found[wrap] = one
    return found


def _command(project: Project, one: Ran) -> Iterator[Task | Entry]:
    """A command of the build: Python of the tree is followed, others are judged by their words."""
    span = line_span(project, one.file, one.line)
    reach = Reach.ALWAYS if one.certain else Reach.CONDITIONAL
    at = next(
        (n for n, word in enumerate(one.words[:3]) if word.endswith(".py") and project.exists(word) and not project.is_dir(word)), None
    )
    if at is not None:
        rest = one.words[at + 1 :]
        yield Entry(Phase.BUILD, "meson command", one.words[at], span, reach=reach, main=True, argv=rest)
    elif one.words and one.words[0] != "{word}":
        yield Task(Phase.BUILD, "meson command", one.words, span, reach)


def _declared(project: Project, folder: str) -> dict[str, _Option]:
    """The project's own options: https://mesonbuild.com/Build-options.html."""
    file = next((join(folder, name) for name in _OPTION_FILES if project.exists(join(folder, name))), None)
    text = project.text(file) if file else None
    if text is None:
        return {}
    try:
        statements = m.read_meson(text)
    except m.CannotRead:
        return {}
    found: dict[str, _Option] = {}
    walk = Walk(project, folder, {})
    for one in statements:
        if isinstance(one, m.Call) and one.name == "option" and one.args and isinstance(one.args[0], m.Text):
            kind = walk.value(one.named["type"]) if "type" in one.named else "string"
            given = walk.value(one.named["value"]) if "value" in one.named else None
            choices = walk.value(one.named["choices"]) if "choices" in one.named else None
            texts = tuple(str(item) for item in choices) if isinstance(choices, tuple) else ()
            default = str(given).lower() if isinstance(given, bool) else given if isinstance(given, str) else None
            match kind:
                case "boolean":
                    found[one.args[0].value] = _Option(default or "true", ("true", "false"))
                case "feature":
                    found[one.args[0].value] = _Option(default or "auto", ("enabled", "disabled", "auto"))
                case "combo":
                    found[one.args[0].value] = _Option(default or (texts[0] if texts else ""), texts)
                case _:
                    found[one.args[0].value] = _Option(default or "", ())
    return found


def _of_project(project: Project, folder: str) -> dict[str, str]:
    """``project(default_options: […])``."""
    text = project.text(join(folder, BUILD_FILE)) if project.exists(join(folder, BUILD_FILE)) else None
    try:
        statements = m.read_meson(text or "")
    except m.CannotRead:
        return {}
    walk = Walk(project, folder, {})
    for one in statements:
        if isinstance(one, m.Call) and one.name == "project" and "default_options" in one.named:
            held = walk.value(one.named["default_options"])
            return dict(_pairs([item for item in held if isinstance(item, str)])) if isinstance(held, tuple) else {}
    return {}


def _given(project: Project) -> dict[str, str]:
    """What pyproject.toml gives to ``meson setup``."""
    args = mapping(table(project, "tool", "meson-python").get("args"))
    found: dict[str, str] = {}
    setup = words(args.get("setup"))
    for at, word in enumerate(setup):
        following = setup[at + 1] if at + 1 < len(setup) else ""
        if word == "-D":
            found.update(_pairs([following]))
        elif word.startswith("-D"):
            found.update(_pairs([word[2:]]))
        elif word.startswith("--wrap-mode"):
            found["wrap_mode"] = word.partition("=")[2] or following
    return found


def _pairs(texts: Iterable[str]) -> Iterator[tuple[str, str]]:
    for text in texts:
        name, equals, value = text.partition("=")
        if equals:
            yield name.strip(), value.strip()
