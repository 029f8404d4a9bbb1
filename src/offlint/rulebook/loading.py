"""What do all pages say together? Finds rules/, checks every head, and indexes the rows for those who look them up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from offlint.cache.identity import MOST, pages_folder
from offlint.cache.store import Store
from offlint.rulebook import keys
from offlint.rulebook.converters import BadValueError, Converter
from offlint.rulebook.errors import RulebookError
from offlint.rulebook.heads import ParsedHeads
from offlint.rulebook.reader import Head, Page, Parse, nearest, parse_head, read_page
from offlint.rulebook.schema import BuildPlugin, Call, CMakeRow, Command, Model, Plugin, Rule, Rulebook, SettingRow, ToolSwitch

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


def rules_folder() -> Path:
    """The built-in pages. Raises RulebookError where there are none."""
    folder = pages_folder()
    if folder is None:
        raise RulebookError([f"{Path(__file__).parent.parent / 'rules'}: the built-in rules are missing; offlint is not installed whole"])
    return Path(folder)


def load_rulebook(extra: Sequence[Path] = (), store: Store | None = None) -> Rulebook:
    """Read the built-in pages and those of a user's folders (or single pages), the later of which win.

    ``store`` is where the TOML of pages that were read before is kept.
    Raises RulebookError with the problems of all pages, each with its file and line.
    """
    book = Rulebook()
    problems: list[str] = []
    heads: dict[str, Head] = {}
    for shown, root in _roots(extra):
        loader = Loader(book, problems)
        parsed = ParsedHeads(store or Store(None), root)
        for page in _read(shown, root, problems, parsed.parse):
            loader.add(page)
            heads[page.path] = page.head
        parsed.keep()
    for rule in book.rules.values():
        for code in rule.supersedes:
            if code not in book.rules:
                place = f"{rule.page}:{heads[rule.page].line_of(key='supersedes')}"
                problems.append(f'{place}: supersedes the unknown rule "{code}"{nearest(code, book.rules)}')
    if problems:
        raise RulebookError(problems)
    return book


def load_pages(extra: Sequence[Path] = (), *, builtin: bool = True) -> tuple[Page, ...]:
    """All pages with their prose and examples, for the documentation and the tests; raises RulebookError as above."""
    problems: list[str] = []
    roots = _roots(extra) if builtin else [(str(path), path) for path in extra]
    pages = [page for shown, root in roots for page in _read(shown, root, problems)]
    if problems:
        raise RulebookError(problems)
    return tuple(pages)


def find_rule(book: Rulebook, wanted: str) -> Rule:
    """A rule by its code or name. Raises LookupError, which names the nearest one, where there is none."""
    by_name = {rule.name: rule for rule in book.rules.values()}
    rule = book.rules.get(wanted.upper()) or by_name.get(wanted.lower())
    if rule is None:
        raise LookupError(f'no rule "{wanted}"{nearest(wanted.upper(), book.rules) or nearest(wanted.lower(), by_name)}')
    return rule


def _roots(extra: Sequence[Path]) -> list[tuple[str, Path]]:
    return [("rules", rules_folder()), *((path.as_posix(), path) for path in extra)]


def _read(shown: str, root: Path, problems: list[str], parse: Parse = parse_head) -> Iterator[Page]:
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
            yield read_page(name, path.read_text(encoding="utf-8"), parse)
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

    def __init__(self, book: Rulebook, problems: list[str]) -> None:
        self.book = book
        self.problems = problems
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
            self._command(page, index, values)
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
        if table == "plugin":
            # a plug-in may do several things, each with a row of its own
            self.book.plugins += [Plugin(name=name, page=page.path, **values) for name in names]
            return
        for name in names:
            if not self._claim(page, table, index, name, *([values["api"]] if table == "build_plugin" else [])):
                continue
            if table == "call":
                self.book.calls[name] = Call(name=name, page=page.path, **values)
            elif table == "setting":
                self.book.settings[name] = SettingRow(name=name, page=page.path, **values)
            elif table == "build_plugin":
                self.book.build_plugins[name, values["api"]] = BuildPlugin(name=name, page=page.path, **values)
            elif table == "object" and "alias" in values:
                self.book.aliases[name] = values["alias"]
            elif table == "object":
                self.book.objects[name] = values["gives"]
                if "copies" in values or "copies_variable" in values:
                    self.book.copies[name] = (values.get("copies"), values.get("copies_variable"))
            else:
                self.book.models.setdefault(table, {})[name] = Model(table, name, values)

    def _tool(self, page: Page, index: int, names: tuple[str, ...], values: dict[str, Any]) -> None:
        """A row for each text that ``offline`` may be; what is set is the first of them, where the row does not say otherwise."""
        name, equals, value = names[0].partition("=")
        if "set" not in values and not equals:
            self._problem(page, "tool", index, "names", f'"{names[0]}" should be like NAME=value, or set should say what is set')
            return
        row = ToolSwitch(**{"set": ((name, value),)} | values, names=names, page=page.path)
        for one in names:
            if self._claim(page, "tool", index, one):
                self.book.tools[one] = row

    def _command(self, page: Page, index: int, values: dict[str, Any]) -> None:
        programs: tuple[str, ...] = values.pop("program")
        subs: tuple[tuple[str, ...], ...] = values.pop("sub", ((),))
        for program in programs:
            rows = self.book.commands.get(program, [])
            for sub in subs:
                if self._claim(page, "command", index, program, " ".join(sub)):
                    rows = [row for row in rows if row.sub != sub]
                    rows.append(Command(program=program, sub=sub, page=page.path, **values))
            self.book.commands[program] = sorted(rows, key=lambda row: (-len(row.sub), row.sub == ("*",)))

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
        for written in commands:
            name, _, sub = written.partition(" ")
            if self._claim(page, "cmake", index, name.lower(), sub):
                api = f"{name}({sub})" if sub else name
                row = CMakeRow(command=name.lower(), sub=sub, api=api, page=page.path, all_keywords=frozenset(named), **values)
                self.book.cmake.setdefault(name.lower(), {})[sub] = row

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
            values |= conditions
            self.book.rules[values["code"]] = Rule(title=page.title, summary=page.summary, help=page.body, page=page.path, **values)
