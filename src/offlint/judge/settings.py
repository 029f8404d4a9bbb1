"""Does a configuration reach the network by what it sets? Settings such as ``intersphinx_mapping``, as conf.py leaves them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from offlint.flow import values as v
from offlint.flow.summary import Fetch
from offlint.flow.texts import is_exact, template
from offlint.model.span import Span

if TYPE_CHECKING:
    from collections.abc import Iterable

    from offlint.flow.configuration import Configuration
    from offlint.flow.machine import Machine

_EXTENSION = "sphinx.ext.intersphinx"
_REMOTE = ("http:", "https:", "ftp:")
#: Extensions that load no others, beside Sphinx's own; any other of a third party may set up intersphinx.
_ALONE = frozenset({"myst_parser", "nbsphinx", "numpydoc", "sphinx_design", "sphinx_copybutton", "furo"})


def settings_of(machine: Machine, configuration: Configuration) -> list[Fetch]:
    """The accesses that the configuration's settings stand for, at the line that sets them, under the condition that holds there."""
    if configuration.tool != "sphinx":
        return []
    file = configuration.files[0]
    found: list[Fetch] = []
    for name, row in machine.rulebook.settings.items():
        if row.surface not in ("conf.py", "sphinx"):
            continue
        held = configuration.set(name)
        if held is None:
            continue
        active = _active(machine, configuration)
        if active == v.FALSE:
            continue
        span = configuration.find([name]) or Span(file)
        before = v.both(machine.store.get("conditions", f"{file}:{name}") or v.TRUE, active)
        for test, url in _inventories(machine, held):
            fetch = Fetch(span, row.kind, name, url, keeps=row.keeps, tolerated=row.tolerated)
            fetch.url_text = template(url)
            fetch.url_exact = is_exact(url)
            fetch.condition = v.both(before, test)
            found.append(fetch)
    return found


def _active(machine: Machine, configuration: Configuration) -> v.Value:
    """The condition under which intersphinx is loaded. Where nothing names it, an extension of somebody else's may bring it along."""
    named: v.Value = v.FALSE
    foreign: v.Value = v.FALSE
    extensions = configuration.set("extensions")
    for test, one in v.cases(extensions) if extensions is not None else ():
        if not isinstance(one, v.Items):
            foreign = v.TRUE
            continue
        for inner, held in v.cases(machine.held(one)):
            for item in held.items if isinstance(held, v.Contents) else (v.Unknown("extensions"),):
                for last, name in v.cases(item):
                    whole = v.both(v.both(test, inner), last)
                    text = v.text_of(name)
                    if text == _EXTENSION:
                        named = v.either(named, whole)
                    elif not _other(text):
                        foreign = v.either(foreign, whole)
    if named != v.FALSE:
        return named
    if machine.store.get("extensions", _EXTENSION) is not None or extensions is None:
        return v.TRUE  # read from somewhere else: the mapping would be of no use without it
    return foreign


def _other(extension: str | None) -> bool:
    return extension is not None and (extension.startswith("sphinx.") or extension in _ALONE)


def _inventories(machine: Machine, mapping: v.Value) -> Iterable[tuple[v.Value, v.Value]]:
    """The remote inventories of a mapping, each with the condition under which it is there."""
    for test, one in v.cases(mapping):
        if not isinstance(one, v.Mapping_):
            if not (isinstance(one, v.Const) and not one.value):
                yield test, v.Unknown("inventories")
            continue
        for inner, held in v.cases(machine.held(one)):
            whole = v.both(test, inner)
            if not isinstance(held, v.Contents):
                yield whole, v.Unknown("inventories")
                continue
            last = {str(v.text_of(key) or id(key)): row for key, row in held.pairs}
            for row in last.values():
                for also, entry in v.cases(row):
                    url = _remote(machine, entry)
                    if url is not None:
                        yield v.both(whole, also), url
            if one.open and not held.pairs:
                yield whole, v.Unknown("inventories")


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
    if not known.startswith((*_REMOTE, "{")):
        return None
    if len(items) > 1:
        inventories = machine.items_of(items[1])
        for one in inventories if inventories is not None else [items[1]]:
            text = template(one) if not isinstance(one, v.Const) or isinstance(one.value, str) else None
            if text is None or text.startswith(_REMOTE):
                return target
        return None
    return target
