"""Does a configuration name reach the network by being set? Settings such as ``intersphinx_mapping``, as conf.py leaves them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from offlint.flow import values as v
from offlint.flow.summary import Fetch
from offlint.flow.texts import is_exact, template
from offlint.model import step as s
from offlint.model.span import Span

if TYPE_CHECKING:
    from collections.abc import Iterable

    from offlint.flow.machine import Frame, Machine

_EXTENSION = "sphinx.ext.intersphinx"


def settings_of(machine: Machine, frame: Frame, file: str, surface: str) -> list[Fetch]:
    """The accesses that the module's settings stand for, at the line that sets them, under the condition that holds there."""
    del frame
    scope = machine.imports.scope(file)
    found: list[Fetch] = []
    for name, row in machine.rulebook.settings.items():
        if row.surface not in (surface, "sphinx"):
            continue
        held = machine.store.get(scope, name)
        if held is None or not _active(machine, scope):
            continue
        for test, url in _inventories(machine, held):
            module = machine.modules.lowered(file)
            span = _assigned(module.body if module else (), name) or Span(file)
            fetch = Fetch(span, row.kind, name, url, keeps=row.keeps, tolerated=row.tolerated)
            fetch.url_text = template(url)
            fetch.url_exact = is_exact(url)
            fetch.condition = v.both(machine.store.get("conditions", f"{file}:{name}") or v.TRUE, test)
            found.append(fetch)
            break  # the mapping is one access; its first remote inventory stands for all
    return found


def _active(machine: Machine, scope: v.Scope) -> bool:
    extensions = machine.store.get(scope, "extensions")
    if extensions is None:
        return False
    items = machine.items_of(extensions)
    if items is None:
        return True
    return any(
        isinstance(i, v.Rest) or v.text_of(i) == _EXTENSION or v.text_of(i) is None or not _well_known(v.text_of(i) or "") for i in items
    )


def _well_known(extension: str) -> bool:
    """Extensions of Sphinx itself load no others; a project's own or a third party's may set up intersphinx."""
    return extension.startswith("sphinx.") or extension in (
        "myst_parser",
        "nbsphinx",
        "numpydoc",
        "sphinx_design",
        "sphinx_copybutton",
        "furo",
    )


def _inventories(machine: Machine, mapping: v.Value) -> Iterable[tuple[v.Value, v.Value]]:
    """The remote inventories of a mapping, with the condition under which they are there."""
    for test, one in v.cases(mapping):
        pairs = machine.pairs_of(one) if isinstance(one, v.Mapping_) else []
        if not isinstance(one, v.Mapping_) and not (isinstance(one, v.Const) and not one.value):
            yield test, v.Unknown("inventories")
            continue
        for _, row in pairs:
            for inner, entry in v.cases(row):
                url = _remote(machine, entry)
                if url is not None:
                    yield v.both(test, inner), url
        if isinstance(one, v.Mapping_) and one.open and not pairs:
            yield test, v.Unknown("inventories")


def _remote(machine: Machine, entry: v.Value) -> v.Value | None:
    """The URL that is asked for: not where every inventory is a local file (Sphinx, ``intersphinx_mapping``)."""
    items = machine.items_of(entry)
    if items is None:
        return v.Unknown("inventory") if not isinstance(entry, v.Const) else (entry if "://" in str(entry.value) else None)
    if not items:
        return None
    if not isinstance(items[0], v.Rest) and v.text_of(items[0]) is None and isinstance(items[0], v.Items):
        return None
    target = items[0].value if isinstance(items[0], v.Rest) else items[0]
    known = template(target)
    if not known.startswith(("http", "ftp", "{")):
        return None
    if len(items) > 1:
        inventories = machine.items_of(items[1])
        for one in inventories if inventories is not None else [items[1]]:
            text = template(one) if not isinstance(one, v.Const) or isinstance(one.value, str) else None
            if text is None or text.startswith(("http:", "https:", "ftp:")):
                return target
        return None
    return target


def _assigned(steps: Iterable[s.Step], name: str) -> Span | None:
    for step in steps:
        if isinstance(step, s.Assign) and any(isinstance(t, s.Name) and t.id == name for t in step.targets):
            return step.span
        for body in (getattr(step, "body", ()), getattr(step, "orelse", ())):
            found = _assigned(body, name)
            if found is not None:
                return found
    return None
