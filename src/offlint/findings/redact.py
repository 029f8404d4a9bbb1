"""Which parts of a URL must not be repeated? Credentials, masked wherever a text of the project is printed."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from offlint.model.lazy import regex

# Up to the last @ before the path, as browsers and curl read it; a scheme's length is bounded so that no text takes time.
_USER = r"(?P<scheme>\b[A-Za-z][A-Za-z0-9+.-]{0,30}://)(?P<user>[^/\s:?#@\"'<>`\\]*)(?P<password>(?:[:@][^/\s?#\"'<>`\\]*)?)@"
_QUERY = (
    r"(?i)(?P<key>[?&;](?:access_?token|private_?token|auth_?token|token|api_?key|key|password|passwd|pwd|client_?secret|secret|sig|signature"
    r"|x-(?:amz|goog)-(?:signature|credential|security-token))=)[^&;#\s\"'`)]+"
)

_HOLE = regex(r"\{[^{}]*\}")

# User names that are part of how a service is addressed and no secret: ssh://git@host, svn+ssh://anonymous@host.
_PUBLIC = frozenset({"git", "hg", "svn", "anonymous", "anoncvs"})


def redact(text: str) -> str:
    """The text with passwords, lone user names (mostly tokens) and secrets in queries of its URLs replaced by ``***``.

    Holes of a template (``{token}``) stay, they are names. ``https://me:pw@host`` becomes ``https://me:***@host``.
    """
    if "://" not in text:
        return text
    if "@" in text:
        text = _pattern(_USER).sub(_authority, text)
    return _pattern(_QUERY).sub(_query, text) if "=" in text else text


@lru_cache(2)
def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(text)  # where there is something to look for: every command loads this module


def _authority(found: re.Match[str]) -> str:
    user, password = found["user"], found["password"]
    if not password.startswith(":"):
        return found[0] if not password and (user in _PUBLIC or _is_hole(user)) else f"{found['scheme']}***@"
    return f"{found['scheme']}{user}{password if _is_hole(password[1:]) else ':***'}@"


def _query(found: re.Match[str]) -> str:
    value = found[0][len(found["key"]) :]
    return found[0] if _is_hole(value) else f"{found['key']}***"


def _is_hole(text: str) -> bool:
    return _HOLE.fullmatch(text) is not None


def masked(value: Any) -> Any:
    """The same, with every text in it redacted: what is written as JSON."""
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, dict):
        return {key: masked(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [masked(one) for one in value]
    return value
