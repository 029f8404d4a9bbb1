"""Which findings did the project's authors accept? ``# offlint: ignore[OFL201,unverified-download] reason``."""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from offlint.findings.fingerprints import fingerprinted
from offlint.findings.selection import selects
from offlint.model.report import Finding
from offlint.model.span import Span
from offlint.model.words import Level

_COMMENT = re.compile(r"#\s*offlint:\s*ignore(?:\[(?P<rules>[^\]]*)\])?[ \t]*(?P<reason>[^#]*)", re.IGNORECASE)
_MARK = re.compile(r"offlint:\s*ignore", re.IGNORECASE)
_LINE_END = re.compile(r"\r\n|\r|\n")


@dataclass(frozen=True, slots=True)
class _Suppression:
    """One comment; ``span`` is the comment's, ``rules`` the selectors in its brackets."""

    span: Span
    rules: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class _Comments:
    """A file's suppressions by their line, and the first line of the statement that each line belongs to."""

    by_line: dict[int, list[_Suppression]]
    first_line: dict[int, int]


def apply(
    findings: Iterable[Finding],
    text_of: Callable[[str], str | None],
    files: Iterable[str] = (),
) -> tuple[Finding, ...]:
    """The findings, those that a comment accepts with ``suppressed`` and its reason, and an OFL002 for each comment that accepts nothing.

    A comment counts on a line of the finding or on the first line of its statement. Unused comments are sought in the files of the
    findings and in ``files``; ``text_of`` gives a file's text, None where there is none.
    """
    found = list(findings)
    read: dict[str, _Comments] = {}
    for file in sorted({*files, *(finding.span.file for finding in found)}):
        text = text_of(file)
        if text and _MARK.search(text):
            read[file] = _comments(file, text)
    used: set[_Suppression] = set()
    marked = []
    for finding in found:
        comment = _accepts(finding, read.get(finding.span.file))
        if comment is not None:
            used.add(comment)
            finding = replace(finding, suppressed=True, reason=comment.reason)  # noqa: PLW2901 # the finding as it goes on
        marked.append(finding)
    every = (comment for comments in read.values() for line in comments.by_line.values() for comment in line)
    unused = fingerprinted(_unused(comment) for comment in every if comment not in used)
    return tuple(sorted([*marked, *unused], key=lambda one: (one.span, one.code)))


def _accepts(finding: Finding, comments: _Comments | None) -> _Suppression | None:
    if comments is None:
        return None
    span = finding.span
    lines = [comments.first_line.get(span.line, span.line), *range(span.line, span.end_line + 1)]
    for line in lines:
        for comment in comments.by_line.get(line, ()):
            if selects(comment.rules, finding.code, finding.name):
                return comment
    return None


def _unused(comment: _Suppression) -> Finding:
    message = (
        f"No finding of {', '.join(comment.rules)} is on this line or in its statement; the comment suppresses nothing."
        if comment.rules
        else "The comment names no rule, so it suppresses nothing."
    )
    advice = "Remove it." if comment.rules else "Write the rule's code in brackets: # offlint: ignore[OFL201] reason."
    return Finding("OFL002", "unused-suppression", Level.NOTE, message, advice, comment.span)


def _comments(file: str, text: str) -> _Comments:
    comments = _Comments({}, {})
    tokens = _tokens(text) if file.endswith((".py", ".pyi", ".pyw")) else None
    places = _plain_comments(text) if tokens is None else _python_comments(tokens)
    for line, column, words in places:
        found = _COMMENT.search(words)
        if found:
            span = Span(file, line, column + found.start(), line, column + len(words.rstrip()))
            rules = tuple(word.strip() for word in (found["rules"] or "").split(",") if word.strip())
            comments.by_line.setdefault(line, []).append(_Suppression(span, rules, found["reason"].strip()))
    if tokens is not None:
        _statements(tokens, comments.first_line)
    return comments


def _tokens(text: str) -> list[tokenize.TokenInfo] | None:
    """A Python file's tokens; None where this Python cannot read it, and comments are then sought line by line."""
    try:
        return list(tokenize.generate_tokens(io.StringIO(text, newline=None).readline))
    except (tokenize.TokenError, SyntaxError, ValueError, RecursionError):
        return None


def _python_comments(tokens: list[tokenize.TokenInfo]) -> Iterator[tuple[int, int, str]]:
    for token in tokens:
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.start[1] + 1, token.string


def _plain_comments(text: str) -> Iterator[tuple[int, int, str]]:
    for number, line in enumerate(_LINE_END.split(text), 1):
        if found := _COMMENT.search(line):
            yield number, found.start() + 1, found[0]


def _statements(tokens: list[tokenize.TokenInfo], first_line: dict[int, int]) -> None:
    """For each line of a statement over several lines, the statement's first line (a compound statement's header is one)."""
    begin = 0
    for token in tokens:
        if token.type in {tokenize.COMMENT, tokenize.NL, tokenize.INDENT, tokenize.DEDENT}:
            continue
        begin = begin or token.start[0]
        if token.type == tokenize.NEWLINE:
            first_line.update(dict.fromkeys(range(begin, token.end[0] + 1), begin))
            begin = 0
