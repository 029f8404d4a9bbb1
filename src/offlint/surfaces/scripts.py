"""Which entry points does an installed project have? Those that its metadata declare (entry points specification): programs, and plug-ins.

Its tests start the programs by their names; they, and it, ask for the plug-ins of a group.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from offlint.model.entry import Option
from offlint.model.lazy import regex
from offlint.model.span import Span
from offlint.project.base import Project
from offlint.surfaces.config import SETUP_CFG, line_span, mapping, pairs, section, table, text, toml_span

_CONSOLE, _GUI = "console_scripts", "gui_scripts"
_SCRIPTS = ((_CONSOLE, ("project", "scripts")), (_GUI, ("project", "gui-scripts")), (_CONSOLE, ("tool", "poetry", "scripts")),
            (_CONSOLE, ("tool", "flit", "scripts")))  # fmt: skip
_GROUPS = (("project", "entry-points"), ("tool", "poetry", "plugins"), ("tool", "flit", "entrypoints"))
#: A module, an object in it, and extras (entry points specification, data model).
_MODULE, _OBJECT, _EXTRAS = r"[ \t]*(?!lambda\b)([A-Za-z_][\w.]*)[ \t]*", r":[ \t]*([A-Za-z_][\w.]*)[ \t]*", r"(?:\[[^\]\n]*\][ \t]*)?"
_REFERENCE = regex(rf"{_MODULE}(?:{_OBJECT})?{_EXTRAS}")
#: In a setup.py: ``"name = package.module:function"`` or a line of a text, and the key or the line of a text that names its group.
_ENTRY = rf"""(?:["']|^)[ \t]*([\w.-]+)[ \t]*={_MODULE}{_OBJECT}{_EXTRAS}(?:["']|$)"""
_GROUP = r"""["']([\w.-]+)["']\s*:\s*[\[(]|^[ \t]*\[([\w.-]+)\][ \t]*$"""
_IN_SETUP = regex(f"(?m){_ENTRY}|{_GROUP}")


def entries(project: Project) -> Iterator[Option]:
    """Each entry point, known by its group and its name; a program, and one whose group is not known, by its name too."""
    for group, name, reference, span in chain(_in_toml(project), _in_cfg(project), _in_setup(project)):
        found = _REFERENCE.fullmatch(reference)
        if found:
            value = ":".join(filter(None, found.groups()))
            yield Option("entry point", f"{group} {name}", value, span)
            if ":" in value and group in ("", _CONSOLE, _GUI):
                yield Option("script", name, value, span)


def _in_toml(project: Project) -> Iterator[tuple[str, str, str, Span]]:
    grouped = [(group, (*keys, group)) for keys in _GROUPS for group in table(project, *keys)]
    for group, keys in [*_SCRIPTS, *grouped]:
        for name, value in table(project, *keys).items():
            held = mapping(value)
            reference = text(value) or text(held.get("callable")) or text(held.get("reference"))
            yield group, name, reference, toml_span(project, *keys, name)


def _in_cfg(project: Project) -> Iterator[tuple[str, str, str, Span]]:
    for group, value in section(project, "options.entry_points").items():
        for name, reference in pairs(value):
            yield group, name, reference, line_span(project, SETUP_CFG)


def _in_setup(project: Project) -> Iterator[tuple[str, str, str, Span]]:
    group = ""
    written = project.text("setup.py") if project.exists("setup.py") else None
    for name, module, called, key, header in _IN_SETUP.findall(written or ""):
        group = key or header or group
        if name:
            known = group if group in (_CONSOLE, _GUI) or "." in group else ""  # another key of the script says nothing
            yield known, name, f"{module}:{called}", line_span(project, "setup.py")
