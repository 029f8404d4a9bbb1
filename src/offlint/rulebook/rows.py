"""Where in the rulebook does a row belong? What stands in a page, once it was checked."""

from __future__ import annotations

from typing import Any, NamedTuple

from offlint.rulebook.schema import BuildPlugin, Call, CMakeRow, Command, Model, Plugin, Rule, Rulebook, SettingRow, ToolSwitch


class Row(NamedTuple):
    """One row of a table of a page, or a page's rule (``table`` is empty); ``names`` are what it is a row for, ``values`` the rest."""

    page: str
    table: str
    names: tuple[Any, ...]
    values: dict[str, Any]


def put(book: Rulebook, row: Row) -> None:
    """Put a row in its place; of two for the same thing the later one wins."""
    page, table, names, values = row
    match table:
        case "":
            book.rules[values["code"]] = Rule(page=page, **values)
        case "plugin":  # may do several things, each with a row of its own
            book.plugins += [Plugin(name=name, page=page, **values) for name in names]
        case "call":
            book.calls.update((name, Call(name=name, page=page, **values)) for name in names)
        case "setting":
            book.settings.update((name, SettingRow(name=name, page=page, **values)) for name in names)
        case "build_plugin":
            book.build_plugins.update(((name, values["api"]), BuildPlugin(name=name, page=page, **values)) for name in names)
        case "object":
            for name in names:
                if "alias" in values:
                    book.aliases[name] = values["alias"]
                    continue
                book.objects[name] = values["gives"]
                if "given" in values:
                    book.objects_given[name] = dict(values["given"])
                if "url" in values:
                    book.asking[name] = values["url"]
                if "base" in values:
                    book.bases[name] = values["base"]
                if "copies" in values or "copies_variable" in values:
                    book.copies[name] = (values.get("copies"), values.get("copies_variable"))
        case "tool":
            switch = ToolSwitch(page=page, **values)
            book.tools.update((name, switch) for name in names)
        case "command":
            _commands(book, page, names, values)
        case "cmake":
            for name, sub in names:
                api = f"{name}({sub})" if sub else name
                book.cmake.setdefault(name.lower(), {})[sub] = CMakeRow(command=name.lower(), sub=sub, api=api, page=page, **values)
        case _:
            book.models.setdefault(table, {}).update((name, Model(table, name, values)) for name in names)


def _commands(book: Rulebook, page: str, names: tuple[tuple[str, tuple[str, ...]], ...], values: dict[str, Any]) -> None:
    """A row for each program and sub-command; those with the longer one come first."""
    rows: dict[str, dict[tuple[str, ...], Command]] = {}
    for program, sub in names:
        made = rows.setdefault(program, {})
        made.pop(sub, None)
        made[sub] = Command(program=program, sub=sub, page=page, **values)
    for program, made in rows.items():
        others = [row for row in book.commands.get(program, ()) if row.sub not in made]
        book.commands[program] = sorted([*others, *made.values()], key=lambda row: (-len(row.sub), row.sub == ("*",)))
