"""What does the site have besides docs/? The rules' pages, what offlint knows, and the project's documents; a hook of MkDocs.

https://www.mkdocs.org/user-guide/configuration/#hooks. Links are written for whoever reads the files in the tree; here they are turned
to the site's pages, and those to files that the site does not have become plain text.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from offlint.findings.selection import GROUPS
from offlint.rulebook.checking import load_pages
from offlint.rulebook.loading import load_rulebook

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files
    from mkdocs.structure.pages import Page

ROOT = Path(__file__).resolve().parent.parent

# Files of the tree, and where the site has them.
DOCUMENTS = {
    "rules/README.md": "rules/format.md",
    "ARCHITECTURE.md": "project/architecture.md",
    "CONTRIBUTING.md": "project/contributing.md",
    "CHANGELOG.md": "project/changelog.md",
    "SECURITY.md": "project/security.md",
}
GROUP_TITLES = {
    "check": "About the check itself",
    "access": "Access: is it behind a switch?",
    "integrity": "Integrity: is what is fetched verified?",
    "declared": "Declarations: what tools fetch because a file says so",
    "completeness": "Completeness: is everything in the source distribution?",
}

_LINK = re.compile(r"(?<!!)\[([^\]\n]+)\]\((?!https?:|#)([^)#\s]*)(#[^)\s]*)?\)")
_TITLED = re.compile(r"""^(?P<fence>`{3,})(?P<language>[\w-]*)[ ]+title="(?P<title>[^"]+)"[ ]*$""", re.MULTILINE)


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Name every rule's page in the navigation, by its group."""
    rules = load_rulebook().rules
    for section in config.nav or []:
        if "Rules" in section:
            for group, prefix in GROUPS.items():
                pages = [{f"{code} {rule.name}": _place(rule.page)} for code, rule in sorted(rules.items()) if code.startswith(prefix)]
                section["Rules"] += [{f"{prefix}xx {group}": pages}] if pages else []
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that are made, and the colours of code."""
    from mkdocs.structure.files import File  # noqa: PLC0415 # this module is read without MkDocs, too
    from pygments.formatters import HtmlFormatter  # noqa: PLC0415

    made = {place: text for place, _, text in pages()}
    made["site.css"] = HtmlFormatter(style="default").get_style_defs(".codehilite") + "\n.wy-nav-content { max-width: 60em; }\n"
    for place, text in made.items():
        files.append(File.generated(config, place, content=text))
    return files


def on_page_markdown(markdown: str, page: Page, **_given: Any) -> str:
    """The page with links to the site's pages, and with names of files above the code that they title."""
    source = next((source for place, source, _ in pages() if place == page.file.src_uri), f"docs/{page.file.src_uri}")
    return _TITLED.sub(lambda found: f"`{found['title']}`:\n\n{found['fence']}{found['language']}", linked(markdown, source))


def on_post_build(config: MkDocsConfig) -> None:
    """Take away the page for missing pages: it is for a server whose address we do not know, and its form would lead to another host."""
    (Path(config.site_dir) / "404.html").unlink(missing_ok=True)


@cache
def pages() -> tuple[tuple[str, str, str], ...]:
    """The pages that are made: place in the site, file of the tree that its links are relative to, Markdown."""
    return tuple(_pages())


def _pages() -> Iterator[tuple[str, str, str]]:
    for source, place in DOCUMENTS.items():
        yield place, source, (ROOT / source).read_text(encoding="utf-8")
    yield "rules/index.md", "rules/README.md", rule_index()
    yield "rules/known.md", "rules/README.md", known()
    for rule in load_rulebook().rules.values():
        level = (
            "by guard, integrity and phase: see [how it judges](../../docs/judgement.md)" if rule.level == "table" else f"`{rule.level}`"
        )
        head = f"# {rule.code} {rule.name}\n\n**{rule.title}.** Level: {level}.\n\nIt says: *{rule.message}*\n\nAdvice: *{rule.advice}*\n\n"
        yield _place(rule.page), rule.page, head + rule.help


def rule_index() -> str:
    """All rules in tables, one a group."""
    rules = load_rulebook().rules
    lines = ["# Rules", "", "Each page is the text of `offlint explain CODE`; its examples are run as tests.", ""]
    for group, prefix in GROUPS.items():
        own = [rule for code, rule in sorted(rules.items()) if code.startswith(prefix)]
        if not own:
            continue
        lines += [
            f"## {GROUP_TITLES[group]}",
            "",
            f"`--select {group}` or `--select {prefix}xx`.",
            "",
            "| code | name | level | |",
            "| --- | --- | --- | --- |",
        ]
        for rule in own:
            level = "by table" if rule.level == "table" else rule.level
            lines.append(f"| [{rule.code}](findings/{Path(rule.page).name}) | {rule.name} | {level} | {rule.summary or rule.title} |")
        lines.append("")
    return "\n".join(lines)


def known() -> str:
    """Which libraries, programs and plug-ins have a page, and the names in it."""
    lines = ["# What it knows", "", "The pages under `rules/apis/`, and the names that each describes.", ""]
    titles = {"python": "Python libraries", "commands": "Programs", "files": "Build and documentation tools"}
    for folder, title in titles.items():
        lines += [f"## {title}", "", "| page | names |", "| --- | --- |"]
        for page in load_pages():
            if page.path.startswith(f"rules/apis/{folder}/"):
                named = dict.fromkeys(name for rows in page.head.data.values() for row in rows for name in _names(row))
                shown = [f"`{name}`" for name in list(named)[:12]]
                more = f" and {len(named) - 12} more" if len(named) > 12 else ""
                lines.append(f"| {page.title} | {', '.join(shown)}{more} |")
        lines.append("")
    return "\n".join(lines)


def linked(markdown: str, source: str) -> str:
    """Markdown of a file of the tree, with its links turned to the site's pages."""
    here = _site(source) or source

    def turn(found: re.Match[str]) -> str:
        place = _site(posixpath.normpath(posixpath.join(posixpath.dirname(source), found[2])))
        if place is None:
            return found[1] if "`" in found[1] else f"`{found[1]}`"
        return f"[{found[1]}]({posixpath.relpath(place, posixpath.dirname(here) or '.')}{found[3] or ''})"

    return _LINK.sub(turn, markdown)


def _site(path: str) -> str | None:
    """Where the site has a file of the tree; None where it does not."""
    if path in DOCUMENTS:
        return DOCUMENTS[path]
    folder, _, name = path.rpartition("/")
    if folder == "rules/findings" and name:
        return f"rules/{name}"
    if path.startswith("rules"):
        return "rules/known.md" if path.startswith("rules/apis") else "rules/index.md"
    return path.removeprefix("docs/") if path.startswith("docs/") and (ROOT / path).is_file() else None


def _place(page: str) -> str:
    return f"rules/{page.rpartition('/')[2]}"


def _names(row: dict[str, Any]) -> list[str]:
    """What a row of a page is about."""
    value = row.get("names") or row.get("program") or row.get("command") or ()
    return [value] if isinstance(value, str) else list(value)
