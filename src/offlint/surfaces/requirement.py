"""What does a requirement name beyond a project on the index? Direct references (PEP 508, PEP 440) and pip's forms of them.

https://packaging.python.org/en/latest/specifications/dependency-specifiers/ and https://pip.pypa.io/en/stable/topics/vcs-support/.
"""

from __future__ import annotations

import re

from offlint.model.access import Integrity
from offlint.model.lazy import dataclass, regex
from offlint.model.span import Span
from offlint.model.words import IntegrityState

_NAMED = regex(r"^\s*[A-Za-z0-9][\w.-]*\s*(?:\[[^\]]*\])?\s*@\s*(\S.*)$", re.DOTALL)
_EDITABLE = regex(r"^(?:-e|--editable)[\s=]+")
_URL = regex(r"(?:(git|hg|svn|bzr)\+)?([a-z][a-z0-9.-]*)://(.*)", re.IGNORECASE | re.DOTALL)
_SCP = regex(r"git\+(?:ssh://)?[\w.-]+@[\w.-]+:\S+")
_DIGEST = regex(r"(?:^|[#&])(md5|sha1|sha224|sha256|sha384|sha512)=([0-9a-fA-F]{32,128})")
_COMMIT = regex(r"[0-9a-fA-F]{40}(?:[0-9a-fA-F]{24})?")
_NAME = regex(r"^\s*([A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?)")
_LOOPBACK = regex(r"^(?:[^@/]*@)?(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])(?::|/|$)")


@dataclass(frozen=True, slots=True)
class Direct:
    """A requirement that names its source: ``kind`` is an access's; ``url`` is as written, without marker."""

    kind: str
    url: str
    integrity: Integrity


def direct(text: str, span: Span) -> Direct | None:
    """The remote source that a requirement, a line of a requirements file or a dependency link names; None for a name or a local path."""
    url = _EDITABLE.sub("", text.strip())
    if match := _NAMED.match(url):
        url = match[1]
    url = re.split(r"\s+;|;\s|\s+#|\s+--", url, maxsplit=1)[0].strip().strip("\"'")
    match = _URL.fullmatch(url)
    if match is None:
        return Direct("git", url, _reference(url.rpartition(":")[2], span)) if _SCP.match(url) else None
    vcs, scheme, rest = match[1], match[2].lower(), match[3]
    if scheme == "file" or _LOOPBACK.match(rest):
        return None
    if vcs or scheme in ("git", "svn"):
        return Direct("git" if (vcs or scheme).lower() == "git" else "vcs", url, _reference(rest, span))
    return Direct("http", url, _digest(url, span)) if scheme in ("http", "https", "ftp") else None


def project_name(text: str) -> str:
    """The normalised name of the project that a requirement asks for (PEP 503), empty where it has none."""
    match = _NAME.match(text)
    return re.sub(r"[-_.]+", "-", match[1]).lower() if match else ""


def _reference(rest: str, span: Span) -> Integrity:
    path = rest.partition("#")[0].partition("/")[2] or rest
    reference = path.rpartition("@")[2] if "@" in path else ""
    if _COMMIT.fullmatch(reference):
        return Integrity(IntegrityState.VERIFIED, "git-commit", reference, evidence=span)
    why = f"{reference} can be moved" if reference else "no revision is named"
    return Integrity(IntegrityState.ABSENT, flaws=("mutable-reference",), why=why)


def _digest(url: str, span: Span) -> Integrity:
    match = _DIGEST.search(url)
    if match is None:
        return Integrity(IntegrityState.ABSENT)
    state = IntegrityState.WEAK if match[1] in ("md5", "sha1") else IntegrityState.VERIFIED
    return Integrity(state, match[1], match[2], evidence=span)
