"""Which findings did the project's authors accept? By comments (``# offlint: ignore[OFL201] reason``) and by paths."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace

from offlint.findings.accepted import Accepted
from offlint.findings.comments import MARK, Comment, Comments, is_code, read_comments
from offlint.findings.fingerprints import fingerprinted
from offlint.findings.messages import PLACEHOLDERS, fill, sentence
from offlint.findings.patterns import matcher
from offlint.findings.selection import nearest, selects, unknown
from offlint.model.lazy import dataclass
from offlint.model.report import Finding
from offlint.model.words import Level
from offlint.rulebook.schema import Rule

# How the reason begins of what the configuration accepts by its path.
PER_PATH = "per-path-ignores: "

# What OFL002 says where the rulebook has no page of its own for it.
_UNUSED = Rule(
    code="OFL002",
    name="unused-suppression",
    title="Unused suppression",
    level="note",
    message="The comment suppresses nothing: {why}.",
    advice="Remove it.",
)


@dataclass(frozen=True, slots=True)
class _Use:
    """What came of a comment: the selectors in it that a finding met."""

    comment: Comment
    met: set[str]


def apply(
    findings: Iterable[Finding],
    text_of: Callable[[str], str | None],
    files: Iterable[str] = (),
    *,
    accepted: Accepted | None = None,
    rules: Mapping[str, Rule] | None = None,
) -> tuple[Finding, ...]:
    """The findings, those that are accepted with ``suppressed`` and a reason, and an OFL002 for each comment that accepts nothing.

    A comment counts on a line of the finding, on the first line of its statement, or alone on the lines above either. Unused comments
    are sought in the files of the findings and in ``files``; ``text_of`` gives a file's text, None where there is none. ``rules`` are
    those there are: a comment that names another is told so.
    """
    how = accepted or Accepted()
    found = list(findings)
    if how.all_reported:
        return tuple(found)
    read: dict[str, Comments] = {}
    for file in sorted({*files, *(finding.span.file for finding in found)}):
        text = text_of(file)
        if text and MARK.search(text):
            read[file] = read_comments(file, text)
    uses = {comment: _Use(comment, set()) for comments in read.values() for comment in comments.all()}
    marked = [_by_comment(finding, read.get(finding.span.file), uses, how) for finding in found]
    if how.unused:
        unread = {one.span.file for one in found if one.code == "OFL001"}
        rule = (rules or {}).get(_UNUSED.code, _UNUSED)
        untold = (use for use in uses.values() if use.comment.span.file not in unread and is_code(use.comment.span.file))
        marked += fingerprinted(one for use in untold for one in _unused(use, how, rule, rules))
    return tuple(sorted(_by_path(marked, how.per_path), key=lambda one: (one.span, one.code)))


def _by_comment(finding: Finding, comments: Comments | None, uses: Mapping[Comment, _Use], how: Accepted) -> Finding:
    """The finding, suppressed where a comment means it. Every comment and selector that does is used."""
    accepting: Comment | None = None
    for comment in comments.about(finding.span) if comments is not None else ():
        if how.require_reason and not comment.reason:
            continue
        met = {selector for selector in comment.rules if selects([selector], finding.code, finding.name)}
        uses[comment].met.update(met)
        accepting = accepting or (comment if met else None)
    return finding if accepting is None else replace(finding, suppressed=True, reason=accepting.reason)


def _by_path(findings: list[Finding], per_path: Mapping[str, tuple[str, ...]]) -> Iterator[Finding]:
    """The findings, suppressed where a pattern matches their file; the first that does is the reason."""
    if not per_path:
        yield from findings
        return
    specs = [(pattern, matcher(pattern), selectors) for pattern, selectors in per_path.items()]
    for finding in findings:
        reason = next(
            (
                f"{PER_PATH}{pattern}"
                for pattern, means, selectors in specs
                if selects(selectors, finding.code, finding.name) and means(finding.span.file)
            ),
            None,
        )
        yield finding if reason is None or finding.suppressed else replace(finding, suppressed=True, reason=reason)


def _unused(use: _Use, how: Accepted, rule: Rule, rules: Mapping[str, Rule] | None) -> Iterator[Finding]:
    comment = use.comment
    verb = "ignore-file" if comment.whole else "ignore"
    if not comment.rules:
        yield _told(rule, comment, "it names no rule", f"Write the rule's code in brackets: offlint: {verb}[OFL201] reason.")
        return
    if how.require_reason and not comment.reason:
        yield _told(rule, comment, "it gives no reason, and require-reason is set", f"Write why: offlint: {verb}[OFL201] reason.")
        return
    names = {code: each.name for code, each in (rules or {}).items()}
    for selector in comment.rules:
        if names and unknown([selector], names) is not None:
            near = nearest(selector, [word for each in names.items() for word in each])
            yield _told(
                rule, comment, f"there is no rule {selector!r}{near.rstrip('?')}", "Name a rule that there is: offlint rules lists them."
            )
    left = [one for one in comment.rules if one not in use.met and not (names and unknown([one], names))]
    if left:
        where = "in this file" if comment.whole else "on this line or in its statement"
        yield _told(rule, comment, f"no finding of {', '.join(left)} is {where}", "")


def _told(rule: Rule, comment: Comment, why: str, advice: str) -> Finding:
    values = dict.fromkeys(PLACEHOLDERS, "") | {"file": comment.span.file, "line": str(comment.span.line), "why": why}
    return Finding(
        rule.code,
        rule.name,
        Level.NOTE if rule.level == "table" else Level(rule.level),
        sentence(fill(rule.message, values)),
        advice or sentence(fill(rule.advice, values)),
        comment.span,
    )
