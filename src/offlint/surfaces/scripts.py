"""Which programs does an installed project have? The scripts that its metadata declare (entry points specification, console_scripts).

Its tests start them by their names.
"""

from __future__ import annotations

from collections.abc import Iterator

from offlint.model.entry import Option
from offlint.model.lazy import regex
from offlint.project.base import Project
from offlint.surfaces.config import SETUP_CFG, line_span, mapping, pairs, section, table, text, toml_span

_TABLES = (("project", "scripts"), ("project", "gui-scripts"), ("tool", "poetry", "scripts"), ("tool", "flit", "scripts"))
#: A reference to an object of a module, behind which extras may stand (entry points specification, data model).
_REFERENCE = r"[ \t]*(?!lambda\b)([A-Za-z_][\w.]*)[ \t]*:[ \t]*([A-Za-z_][\w.]*)[ \t]*(?:\[[^\]\n]*\][ \t]*)?"
_OBJECT = regex(_REFERENCE)
#: An entry point in a setup.py, whatever its group: ``"name = package.module:function"``, or a line of a text.
_IN_SETUP = regex(rf"""(?m)(?:["']|^)[ \t]*([\w.-]+)[ \t]*={_REFERENCE}(?:["']|$)""")


def entries(project: Project) -> Iterator[Option]:
    """The scripts of pyproject.toml, setup.cfg and setup.py, each with the object that it calls (``package.module:function``)."""
    for keys in _TABLES:
        for name, value in table(project, *keys).items():
            held = mapping(value)
            found = _OBJECT.fullmatch(text(value) or text(held.get("callable")) or text(held.get("reference")))
            if found:
                yield Option("script", name, ":".join(found.groups()), toml_span(project, *keys, name))
    points = section(project, "options.entry_points")
    for group in ("console_scripts", "gui_scripts"):
        for name, called in pairs(points.get(group, "")):
            if found := _OBJECT.match(called):
                yield Option("script", name, ":".join(found.groups()), line_span(project, SETUP_CFG))
    if project.exists("setup.py"):
        for name, module, called in _IN_SETUP.findall(project.text("setup.py") or ""):
            yield Option("script", name, f"{module}:{called}", line_span(project, "setup.py"))
