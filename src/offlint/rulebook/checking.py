"""Is what pages say all right? Every head is checked, and its rows are put where those find them who look them up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from offlint.cache.identity import MOST
from offlint.rulebook import keys
from offlint.rulebook.converters import BadValueError, Converter
from offlint.rulebook.errors import RulebookError
from offlint.rulebook.loading import rules_folder
from offlint.rulebook.reader import Head, Page, nearest, read_page
from offlint.rulebook.rows import Row, put
from offlint.rulebook.schema import Rulebook

REQUIRED: Mapping[str, tuple[str, ...]] = {
    "call": ("names",),
    "setting": ("names", "surface", "kind", "shape"),
    "plugin": ("names", "tool"),
    "object": ("names",),
    "command": ("program", "network"),
    "cmake": ("command",),
    "build_plugin": ("names", "by", "kind", "api", "url"),
    "tool": ("tool", "names", "effect", "source"),
    "": ("code", "name", "level", "message", "advice"),
    "when": (),
    "note_if": (),
}
SINGLE: Mapping[str, str] = {"": "a rule's head", "when": "[when]", "note_if": "[note_if]"}
TABLES: Mapping[str, Mapping[str, Converter]] = {
    "call": keys.CALL,
    "setting": keys.SETTING,
    "plugin": keys.PLUGIN,
    "object": keys.OBJECT,
    "command": keys.COMMAND,
    "cmake": keys.CMAKE,
    "build_plugin": keys.BUILD_PLUGIN,
    "tool": keys.TOOL,
    **keys.MODELS,
    "": keys.RULE,
    "when": keys.WHEN,
    "note_if": keys.WHEN,
}


def add(book: Rulebook, roots: Sequence[tuple[str, Path]]) -> list[Row]:
    """Put the rows of the pages under the roots, each with the name that is shown of it, into the book; the rows.

    Raises RulebookError with the problems of all pages, each with its file and line.
    """
    problems: list[str] = []
    heads: dict[str, Head] = {}
    rows: list[Row] = []
    for shown, root in roots:
        loader = Loader(book, problems, rows)
        for page in _read(shown, root, problems):
            loader.add(page)
            heads[page.path] = page.head
    for row in rows:
        if row.table:
            continue
        for code in row.values.get("supersedes", ()):
            if code not in book.rules:
                place = f"{row.page}:{heads[row.page].line_of(key='supersedes')}"
                problems.append(f'{place}: supersedes the unknown rule "{code}"{nearest(code, book.rules)}')
    if problems:
        raise RulebookError(problems)
    return rows


def load_pages(extra: Sequence[Path] = (), *, builtin: bool = True) -> tuple[Page, ...]:
    """All pages with their prose and examples, for the documentation and the tests; raises RulebookError as above."""
    problems: list[str] = []
    roots = [*([("rules", rules_folder())] if builtin else []), *((path.as_posix(), path) for path in extra)]
    pages = [page for shown, root in roots for page in _read(shown, root, problems)]
    if problems:
        raise RulebookError(problems)
    return tuple(pages)


def _read(shown: str, root: Path, problems: list[str]) -> Iterator[Page]:
    """The pages under one root in the order of their names; what can't be read becomes a problem."""
    if not root.exists():
        problems.append(f"{shown}: no such folder or page")
    for path in [root] if root.is_file() else sorted(root.rglob("*.md")):
        if path.name == "README.md":
            continue
        name = shown if path == root else f"{shown}/{path.relative_to(root).as_posix()}"
        try:
            if not path.is_file() or path.stat().st_size > MOST:
                problems.append(f"{name}:1: {'larger than a page may be' if path.is_file() else 'no regular file'}")
                continue
            yield read_page(name, path.read_text(encoding="utf-8"))
        except RulebookError as error:
            problems += error.problems
        except UnicodeDecodeError as error:
            problems.append(f"{name}:1: not UTF-8 at byte {error.start}")
        except OSError as error:
            problems.append(f"{name}:1: {error.strerror or error}")


def _in(table: str) -> str:
    return f" in {SINGLE.get(table, f'[[{table}]]')}"


class Loader:
    """Puts the rows of one root's pages into a rulebook; a second row for the same thing is a problem."""

    def __init__(self, book: Rulebook, problems: list[str], rows: list[Row]) -> None:
        self.book = book
        self.problems = problems
        self.rows = rows
        self.seen: dict[tuple[str, ...], str] = {}

    def add(self, page: Page) -> None:
        """Check a page's head and take its rows."""
        head = page.head
        if not head.line:
            self.problems.append(f"{page.path}:1: no head: a ```toml block under the title (it may be empty)")
        elif "code" in head.data or "when" in head.data or "message" in head.data:
            self._rule(page)
        else:
            for table, rows in head.data.items():
                self._table(page, table, rows)

    def _table(self, page: Page, table: str, rows: Any) -> None:
        if table not in TABLES or table in SINGLE:
            near = nearest(table, TABLES)
            self.problems.append(f'{page.path}:{page.head.line_of(table, key="")}: unknown table "{table}"{near}')
        elif not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            self.problems.append(f"{page.path}:{page.head.line_of(table)}: write [[{table}]], a list of tables")
        else:
            for index, row in enumerate(rows):
                values = self._values(page, table, index, row)
                if values is not None:
                    self._row(page, table, index, values)

    def _values(self, page: Page, table: str, index: int, row: Mapping[str, Any]) -> dict[str, Any] | None:
        """The row converted, or None where anything is wrong with it."""
        known, required = TABLES[table], REQUIRED.get(table, ("names",))
        values: dict[str, Any] = {}
        before = len(self.problems)
        for key, value in row.items():
            if key not in known:
                self._problem(page, table, index, key, f'unknown key "{key}"{_in(table)}{nearest(key, known)}')
                continue
            try:
                values[key] = known[key](value)
            except BadValueError as error:
                self._problem(page, table, index, key, f"{key}: {error}")
        missing = [key for key in required if key not in row]
        if missing:
            self._problem(page, table, index, "", f"{', '.join(missing)} missing{_in(table)}")
        return values if len(self.problems) == before else None

    def _problem(self, page: Page, table: str, index: int, key: str, what: str) -> None:
        self.problems.append(f"{page.path}:{page.head.line_of(table, index, key)}: {what}")

    def _claim(self, page: Page, table: str, index: int, *what: str) -> bool:
        """Whether this root has no row yet for this."""
        key = (table, *what)
        first = self.seen.get(key)
        if first is None or (table == "command" and first == page.path):
            # one page may have several rows for a sub-command, told apart by their conditions
            self.seen[key] = page.path
            return True
        self._problem(page, table, index, "", f'"{" ".join(what).strip()}" has a row in [[{table}]] already, in {first}')
        return False

    def _row(self, page: Page, table: str, index: int, values: dict[str, Any]) -> None:
        if table == "command":
            subs: tuple[tuple[str, ...], ...] = values.pop("sub", ((),))
            wanted = [(program, sub) for program in values.pop("program") for sub in subs]
            self._put(
                page, table, [(program, sub) for program, sub in wanted if self._claim(page, table, index, program, " ".join(sub))], values
            )
            return
        if table == "cmake":
            self._cmake(page, index, values)
            return
        if table == "call" and "kind" not in values:
            if "command" not in values:
                self._problem(page, table, index, "", "kind missing in [[call]]")
                return
            values["kind"] = "shell"
        if table == "object" and ("gives" in values) == ("alias" in values):
            self._problem(page, table, index, "", "exactly one of gives, alias in [[object]]")
            return
        names: tuple[str, ...] = values.pop("names")
        if table == "tool":
            self._tool(page, index, names, values)
            return
        further = [values["api"]] if table == "build_plugin" else []
        # a plug-in may do several things, each with a row of its own
        own = [name for name in names if table == "plugin" or self._claim(page, table, index, name, *further)]
        self._put(page, table, own, values)

    def _put(self, page: Page, table: str, names: Sequence[Any], values: dict[str, Any]) -> None:
        self.rows.append(Row(page.path, table, tuple(names), values))
        put(self.book, self.rows[-1])

    def _tool(self, page: Page, index: int, names: tuple[str, ...], values: dict[str, Any]) -> None:
        """A row for each text that ``offline`` may be; what is set is the first of them, where the row does not say otherwise."""
        name, equals, value = names[0].partition("=")
        if "set" not in values and not equals:
            self._problem(page, "tool", index, "names", f'"{names[0]}" should be like NAME=value, or set should say what is set')
            return
        claimed = [one for one in names if self._claim(page, "tool", index, one)]
        self._put(page, "tool", claimed, {"set": ((name, value),), "names": names} | values)

    def _cmake(self, page: Page, index: int, values: dict[str, Any]) -> None:
        """A row for each command; every keyword that any key names ends the values of the one before it."""
        commands: tuple[str, ...] = values.pop("command")
        named = {
            word
            for key in ("digest", "reference", "found_first", "arguments", "steps", "outputs", "keywords")
            for word in values.get(key, ())
        }
        named |= {head for key in ("url", "weak", "insecure") for head, _ in values.get(key, ())}
        named |= {values[key] for key in ("replaced_by", "cache", "source", "asked_unless") if values.get(key)}
        asked = [(name, sub) for name, _, sub in (written.partition(" ") for written in commands)]
        claimed = [(name, sub) for name, sub in asked if self._claim(page, "cmake", index, name.lower(), sub)]
        self._put(page, "cmake", claimed, {"all_keywords": frozenset(named)} | values)

    def _rule(self, page: Page) -> None:
        row = dict(page.head.data)
        when, note_if = row.pop("when", None), row.pop("note_if", None)
        values = self._values(page, "", 0, row)
        conditions: dict[str, Any] = {"when": {}, "note_if": {}}
        for table, condition in (("when", when), ("note_if", note_if)):
            if condition is None:
                continue
            if not isinstance(condition, dict) or not condition:
                self._problem(page, table, 0, "", f"[{table}] should be a table of fields and lists; leave it out if nothing is judged")
                values = None
                continue
            found = self._values(page, table, 0, condition)
            conditions[table] = found or {}
            values = values if found is not None else None
        if values is not None and self._claim(page, "rule", 0, values["code"]):
            self._put(page, "", (), {"title": page.title, "summary": page.summary, "help": page.body} | values | conditions)
