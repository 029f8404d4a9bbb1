"""What do tox's own notations mean? Generated names, factors, and substitutions.

https://tox.wiki/en/latest/config.html#generative-environments, ``#factors-and-factor-conditional-settings``, ``#substitutions``.
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import product

from offlint.model.lazy import dataclass, regex
from offlint.model.span import Span

MOST = 400  # names of one generated list, commands of one environment
_LONGEST = 20_000  # characters of a list
_RANGE = regex(r"(\d{1,4})-(\d{1,4})")
_CONDITION = regex(r"^([\w {}.!,-]+):(?:\s+|$)")
_ROOT = regex(r"\{(?:toxinidir|tox_root|toxroot)\}(?:\{/\}|/)?")


@dataclass(frozen=True, slots=True)
class Command:
    """One command line of an environment: words, or one text for a shell's rules of quoting."""

    words: tuple[str, ...]
    span: Span
    as_text: bool = False

    @property
    def text(self) -> str:
        """The line as a person would read it."""
        return " ".join(self.words)


@dataclass(frozen=True, slots=True)
class Environment:
    """An environment with its commands in order; ``default`` says that a plain ``tox`` runs it."""

    name: str
    default: bool
    commands: tuple[Command, ...]
    depends: frozenset[str] = frozenset()


@lru_cache(maxsize=4096)
def expand(text: str) -> tuple[str, ...]:
    """``py3{9-11,13}{,-x}-tests`` and lists with commas and lines: all the names, at most ``MOST``."""
    names: dict[str, None] = {}
    for part in _split(text[:_LONGEST]):
        pieces = re.split(r"\{([^{}]*)\}", part)
        choices = [[piece] if at % 2 == 0 else _alternatives(piece) for at, piece in enumerate(pieces)]
        for chosen in product(*choices):
            if len(names) >= MOST:
                return tuple(names)
            name = "".join(chosen).strip()
            if name:
                names[name] = None
    return tuple(names)


def conditional(line: str, environment: str) -> str | None:
    """A line of a setting without its condition on factors, None where the environment does not fulfil it."""
    match = _CONDITION.match(line)
    if match is None:
        return line
    factors = set(environment.split("-")) | {environment}
    for alternative in expand(match[1]):
        parts = [part.strip() for part in alternative.split("-") if part.strip()]
        if alternative == environment or all(part[1:] not in factors if part.startswith("!") else part in factors for part in parts):
            return line[match.end() :]
    return None


def substituted(text: str, environment: str) -> str:
    """A command line with what is known put in: the root, the defaults of ``posargs`` and of variables; the rest stays ``{hole}``."""
    text = _ROOT.sub("", text).replace("{/}", "/").replace("{:}", ":").replace("{envpython}", "python").replace("{env_python}", "python")
    text = text.replace("{envname}", environment).replace("{env_name}", environment)
    for _ in range(8):
        new = re.sub(r"\{(?:posargs|args)(?::([^{}]*))?\}|\{env:[^{}:]+:([^{}]*)\}", lambda found: found[1] or found[2] or "", text)
        if new == text:
            break
        text = new
    return text


def _split(text: str) -> list[str]:
    """The parts between commas and line ends that stand outside of braces."""
    parts, depth, now = [], 0, ""
    for sign in text:
        depth += (sign == "{") - (sign == "}")
        if depth <= 0 and sign in ",\n":
            parts.append(now)
            now = ""
        else:
            now += sign
    return [part.strip() for part in [*parts, now] if part.strip()]


def _alternatives(piece: str) -> list[str]:
    found: list[str] = []
    for part in piece.split(","):
        match = _RANGE.fullmatch(part.strip())
        if match and int(match[1]) <= int(match[2]) <= int(match[1]) + MOST:
            found += [str(number) for number in range(int(match[1]), int(match[2]) + 1)]
        else:
            found.append(part.strip())
    return found
