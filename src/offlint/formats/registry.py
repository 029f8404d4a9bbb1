"""Which formats are there? A format is one module with ``render(reports, options)`` and one line here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:  # every command waits for this module
    from offlint.formats.base import Format, Options
    from offlint.model.report import Report

# Modules are named, not imported: rich and sarif-om load only when their format is asked for.
CHECK: Mapping[str, str] = {
    "text": "offlint.formats.text",
    "sarif": "offlint.formats.sarif",
    "json": "offlint.formats.json_",
    "github": "offlint.formats.github",
    "gitlab": "offlint.formats.gitlab",
    "markdown": "offlint.formats.markdown",
}
INVENTORY: Mapping[str, str] = {
    "table": "offlint.formats.table",
    "json": "offlint.formats.inventory",
}


def render(module: str, reports: Sequence[Report], options: Options) -> str:
    """The reports in a format, named by its module."""
    return "".join(pieces(module, reports, options))


def pieces(module: str, reports: Sequence[Report], options: Options) -> Iterable[str]:
    """The same in pieces, where the format makes some."""
    form = import_module(module)
    found: Iterable[str] = form.pieces(reports, options) if hasattr(form, "pieces") else (cast("Format", form).render(reports, options),)
    return found
