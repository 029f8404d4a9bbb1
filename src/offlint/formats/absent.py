"""What does a log say of what is gone? A result of the baseline that no finding is any more (SARIF 2.1.0, section 3.27.24)."""

from __future__ import annotations

import sarif_om

from offlint.findings.baseline import HASH
from offlint.formats.base import shown
from offlint.model.lazy import regex
from offlint.model.report import Gone

_MOST_MESSAGE = 2000
_LINK = regex(r"\[([^\]]*)\]\(\d+\)")  # to places that the log does not have


def absent(gone: Gone, number: int, uri: str, base: str) -> sarif_om.Result:
    """The result. ``number`` is its rule's in the log, -1 where the rule is not in it."""
    text = _LINK.sub(r"\1", shown(gone.message))[:_MOST_MESSAGE] or "A finding of the baseline"
    return sarif_om.Result(
        rule_id=gone.code,
        rule_index=number,
        kind="fail",
        level=gone.level.value,
        message=sarif_om.Message(text=text if text.endswith((".", "!", "?")) else f"{text}."),
        locations=[
            sarif_om.Location(
                physical_location=sarif_om.PhysicalLocation(
                    artifact_location=sarif_om.ArtifactLocation(uri=uri, uri_base_id=base),
                    region=sarif_om.Region(start_line=gone.line),
                )
            )
        ],
        partial_fingerprints={HASH: gone.fingerprint},
        baseline_state="absent",
    )
