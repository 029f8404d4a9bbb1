"""Does a plug-in of a documentation tool fetch by itself? The configuration against the ``[[plugin]]`` rows of the pages."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from offlint.flow import values as v
from offlint.flow.documents import Documents
from offlint.flow.summary import Fetch
from offlint.flow.texts import is_exact, template
from offlint.model.lazy import regex
from offlint.model.span import Span

if TYPE_CHECKING:
    from collections.abc import Iterator

    from offlint.flow.configuration import Configuration
    from offlint.flow.machine import Frame, Machine
    from offlint.rulebook.schema import Plugin

_URL = regex(r"^(?:https?|ftp)://(?!localhost|127\.)|^//", re.IGNORECASE)


def plugins_of(machine: Machine, frame: Frame, configuration: Configuration) -> list[Fetch]:
    """The accesses of the plug-ins that are on, under the conditions that their options and the configuration make."""
    found: list[Fetch] = []
    documents = Documents(configuration)
    for row in machine.rulebook.plugins:
        if row.tool != configuration.tool or row.runs is not None:
            continue
        for name, test, own in configuration.enabled([row.name]):
            condition = v.both(test, configuration.applies(row, own))
            if condition == v.FALSE or _evaluated(machine, frame, name):
                continue
            for inner, url, span in _urls(configuration, documents, row, own):
                fetch = Fetch(span, row.kind, name, url, keeps=row.keeps, stored=row.keeps, tolerated=row.tolerated, verified=row.verified)
                text = template(url)
                fetch.url_text = text if _URL.match(text) else row.prefix + text
                fetch.url_exact = is_exact(url)
                fetch.condition = v.both(condition, inner)
                fetch.plugin = True
                found.append(fetch)
    return found


def _evaluated(machine: Machine, frame: Frame, name: str) -> bool:
    """Whether the plug-in is the tree's own and its evaluation came to an access: then its page has nothing to add."""
    file = machine.imports.resolve(name, frame.scope.file)
    if not file:
        return False
    folder = file.rpartition("/")[0] if file.endswith("/__init__.py") else file
    stack, seen = [frame.summary], set()
    while stack:
        summary = stack.pop()
        if id(summary) in seen:
            continue
        seen.add(id(summary))
        if any(fetch.span.file.startswith(folder) for _, fetch in summary.fetches):
            return True
        stack.extend(link.child for link in summary.links)
    return False


def _urls(configuration: Configuration, documents: Documents, row: Plugin, own: v.Value | None) -> Iterator[tuple[v.Value, v.Value, Span]]:
    """What is asked for, under which condition, and where that is set."""
    if row.directive:
        for file, block in documents.blocks(row.directive):
            text = block.options.get(row.url_option, "") if row.url_option else block.argument
            if row.remote == "always" or _URL.match(text):
                yield v.TRUE, v.Const(text), Span(file, block.line, 1, block.line, 1)
        return
    if row.mentions:
        for place in documents.mentions(row.mentions):
            yield v.TRUE, v.Const(row.url or ""), place
        return
    span = configuration.place(row, own)
    if row.option is None:
        yield v.TRUE, v.Const(row.url or ""), span
        return
    held = configuration.option(row.option, own)
    if held is None and (default := row.defaults.get(row.option)) is not None:
        held = v.Const(default)
    for test, one in v.cases(held) if held is not None else ():
        for name, item in _entries(configuration, one):
            value = configuration.option_of(item, "url") if isinstance(item, v.Mapping_) else item
            own_place = configuration.find([*row.option.lstrip("/").split("."), name]) if name else None
            for inner, url in v.cases(value.value if isinstance(value, v.Rest) else value) if value is not None else ():
                if _is_remote(configuration, row, url):
                    yield v.both(test, inner), v.Const(row.url) if row.url else url, own_place or span


def _entries(configuration: Configuration, held: v.Value) -> list[tuple[str, v.Value]]:
    """What an option holds: the items of a list, the named entries of a mapping that has no ``url`` itself, or one value."""
    if isinstance(held, v.Items):
        return [("", item) for item in configuration.m.items_of(held) or ()]
    if isinstance(held, v.Mapping_) and configuration.option_of(held, "url") is None:
        return [(v.text_of(key) or "", value) for key, value in configuration.m.pairs_of(held)]
    return [("", held)]


def _is_remote(configuration: Configuration, row: Plugin, url: v.Value) -> bool:
    if isinstance(url, v.Const) and not url.value:
        return False
    if row.remote == "always":
        return True
    text = template(url)
    if row.remote == "not-path":
        place = posixpath.normpath(posixpath.join(posixpath.dirname(configuration.files[0]), text))
        return not text.startswith((".", "/", "~")) and not configuration.m.project.exists(place)
    return bool(_URL.match(text)) or (row.remote == "url" and text.startswith("{"))
