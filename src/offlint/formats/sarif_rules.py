"""What does SARIF say of a rule? Its page as a reporting descriptor, and the CWE entries that it names."""

from __future__ import annotations

import re
from collections.abc import Sequence

import sarif_om

from offlint.formats.base import HOME, visible
from offlint.model.lazy import regex
from offlint.model.report import Finding
from offlint.model.words import Level
from offlint.rulebook.schema import Rule

# CWE names, https://cwe.mitre.org/data/index.html. Others than these are left out: GitLab files results of
# CWE-319, 522, 540 and 798 as secrets.
CWE = {
    295: "Improper Certificate Validation",
    328: "Use of Weak Hash",
    345: "Insufficient Verification of Data Authenticity",
    494: "Download of Code Without Integrity Check",
    829: "Inclusion of Functionality from Untrusted Control Sphere",
}
_SECURITY_SEVERITY = {295: "6.5", 328: "5.0", 345: "5.5", 494: "7.5", 829: "6.5"}
_SEVERITIES = {"error": "error", "warning": "warning", "note": "recommendation"}
_GROUPS = {"OFL1": "network-access", "OFL2": "integrity", "OFL3": "declared", "OFL4": "completeness"}
_MOST = 1024

_HEAD = regex(r"\A\s*#[^\n]*\n+```toml\n.*?\n```\n+", re.DOTALL)
_HEADING = regex(r"^#+ .*$", re.MULTILINE)
_SUPPRESS = "Suppress one finding with a comment on its line: `# offlint: ignore[{code}] reason`."


def descriptor(rule: Rule, cwes: Sequence[int]) -> sarif_om.ReportingDescriptor:
    """A rule with results. ``cwes`` are the run's CWE entries, in order."""
    body = _HEAD.sub("", rule.help.replace("\r\n", "\n")).strip()
    text = f"{body or rule.summary or rule.title}\n\n## How to suppress\n\n{_SUPPRESS.format(code=rule.code)}\n"
    short = _sentence(rule.title)
    full = _sentence(rule.summary or _first_paragraph(body) or rule.title)
    level = "warning" if rule.level == "table" else rule.level if rule.level in _SEVERITIES else "note"
    tags = ["offline", "supply-chain"]
    if rule.code[:4] in _GROUPS:
        tags.append(_GROUPS[rule.code[:4]])
    properties: dict[str, object] = {"precision": "high", "problem.severity": _SEVERITIES[level]}
    relationships = None
    if rule.cwe is not None and rule.cwe in cwes:
        tags += ["security", f"external/cwe/cwe-{rule.cwe}"]
        properties["security-severity"] = _SECURITY_SEVERITY[rule.cwe]
        relationships = [_relationship(rule.cwe, list(cwes).index(rule.cwe))]
    properties["tags"] = tags
    return sarif_om.ReportingDescriptor(
        id=rule.code,
        name="".join(word.capitalize() for word in rule.name.split("-")),
        short_description=_both(short),
        full_description=_both(full),
        default_configuration=sarif_om.ReportingConfiguration(level=level),
        help_uri=HOME if re.fullmatch(r"OFL\d{3}", rule.code) else None,
        help=sarif_om.MultiformatMessageString(text=visible_lines(text), markdown=visible_lines(text)),
        relationships=relationships,
        properties=properties,
    )


def notice(code: str, name: str, level: str, text: str, more: str) -> sarif_om.ReportingDescriptor:
    """What notifications refer to."""
    return sarif_om.ReportingDescriptor(
        id=code,
        name=name,
        short_description=_both(text),
        full_description=_both(f"{text} {more}"),
        default_configuration=sarif_om.ReportingConfiguration(level=level),
        help_uri=HOME,
        help=_both(more),
    )


def bare_rule(finding: Finding) -> Rule:
    """What is known of a rule whose page is not at hand."""
    title = finding.name.replace("-", " ").capitalize()
    level = finding.level.value if finding.level is not Level.NONE else "note"
    return Rule(finding.code, finding.name, title, level, finding.message, finding.advice, {})


def taxonomy(cwes: Sequence[int]) -> sarif_om.ToolComponent:
    """The CWE entries that the rules name."""
    return sarif_om.ToolComponent(
        name="CWE",
        full_name="Common Weakness Enumeration",
        organization="MITRE",
        information_uri="https://cwe.mitre.org/",
        is_comprehensive=False,
        short_description=_both("The MITRE Common Weakness Enumeration."),
        taxa=[
            sarif_om.ReportingDescriptor(
                id=str(cwe),
                name=CWE[cwe].replace(" ", ""),
                short_description=_both(f"{CWE[cwe]}."),
                help_uri=f"https://cwe.mitre.org/data/definitions/{cwe}.html",
            )
            for cwe in cwes
        ],
    )


def visible_lines(text: str) -> str:
    """Hidden characters written out, line by line."""
    return "\n".join(visible(line.replace("\t", "    ")) for line in text.split("\n"))


def _relationship(cwe: int, index: int) -> sarif_om.ReportingDescriptorRelationship:
    component = sarif_om.ToolComponentReference(name="CWE", index=0)
    target = sarif_om.ReportingDescriptorReference(id=str(cwe), index=index, tool_component=component)
    return sarif_om.ReportingDescriptorRelationship(target=target, kinds=["superset"])


def _both(text: str) -> sarif_om.MultiformatMessageString:
    return sarif_om.MultiformatMessageString(text=text, markdown=text)


def _sentence(text: str) -> str:
    line = visible(" ".join(text.split()))
    if len(line) >= _MOST:
        line = f"{line[: _MOST - 2].rstrip()}…"
    return line if line.endswith((".", "!", "?")) else f"{line}."


def _first_paragraph(body: str) -> str:
    blocks = re.split(r"\n\s*\n", _HEADING.sub("", body).strip())
    return next((block for block in blocks if block.strip() and not block.lstrip().startswith(("```", "|", "-", "*"))), "")
