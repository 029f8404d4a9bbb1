"""What has to be provided? The things that the accesses fetch, each once, with what is known of where they are looked for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from offlint.findings.redact import redact
from offlint.model.access import Access, Variant
from offlint.model.lazy import dataclass, regex
from offlint.model.words import GuardState, IntegrityState
from offlint.recipe.model import Source

_KINDS = {"git": "git", "vcs": "vcs", "package-manager": "packages", "cargo": "packages", "http": "file", "cmake": "file", "meson": "file"}
_PREFIX = regex(r"^[A-Za-z][A-Za-z0-9_-]*[:=]")
_LENGTHS = {
    "md5": 32, "sha1": 40, "sha224": 56, "sha256": 64, "sha384": 96, "sha512": 128, "sha3-224": 56, "sha3-256": 64, "sha3-384": 96,
    "sha3-512": 128, "blake2b": 128, "blake2s": 64,
}  # fmt: skip
_INVENTORY = "intersphinx_mapping"
#: What declared requirements are called in their accesses; they are installed by name, from an index.
REQUIREMENTS = ("setup_requires",)
_INDEX = "PyPI: "


@dataclass(frozen=True, slots=True)
class Wanted:
    """An access whose things are provided, whether they are needed, and the variables that can name a copy."""

    access: Access
    needed: bool
    variables: tuple[str, ...] = ()


def sources_of(wanted: Iterable[Wanted]) -> tuple[Source, ...]:
    """Each thing once, in the order of the phases and places."""
    found: dict[tuple[str, ...], Source] = {}
    for one in wanted:
        for source in _sources(one):
            key = (source.kind, source.url or source.api, source.digest or "", source.reference)
            known = found.get(key)
            found[key] = source if known is None else _joined(known, source)
    return tuple(found.values())


def digest_of(algorithm: str | None, expected: str | None) -> tuple[str | None, str | None]:
    """The algorithm and the digest in lower-case hexadecimal; no digest where the text is none of that algorithm."""
    if algorithm is None:
        return None, None
    name = algorithm.lower().replace("_", "-").replace("sha-", "sha")
    text = _PREFIX.sub("", (expected or "").strip()).lower()
    return name, text if re.fullmatch(r"[0-9a-f]+", text) and len(text) == _LENGTHS.get(name) else None


def _sources(one: Wanted) -> Iterator[Source]:
    access = one.access
    integrity = access.integrity
    url, api = redact(access.url), access.api
    if api == _INVENTORY:
        # https://www.sphinx-doc.org/en/master/usage/extensions/intersphinx.html: objects.inv below the URL
        yield _source(one, "inventory", url if url.endswith(".inv") else f"{url.rstrip('/')}/objects.inv", access.url_exact)
        return
    if integrity.state is IntegrityState.NOT_APPLICABLE:
        return
    kind = "packages" if api in REQUIREMENTS or url.startswith(_INDEX) else _KINDS.get(access.kind, "data")
    if kind == "file" and integrity.algorithm == "git-commit":
        kind = "git"
    variants = _listed(access)
    if variants:
        for variant in variants:
            algorithm, digest = digest_of(variant.algorithm, variant.expected)
            yield _source(
                one, kind, redact(variant.url), variant.exact, algorithm=algorithm if digest else None, digest=digest, when=variant.when
            )
        return
    algorithm, digest = digest_of(integrity.algorithm, integrity.expected)
    reference = (integrity.expected or "") if integrity.algorithm == "git-commit" else ""
    if not (digest or reference) and integrity.state is not IntegrityState.VERIFIED:
        algorithm = None  # it was computed, and compared with nothing that is fixed
    yield _source(one, kind, url, access.url_exact, algorithm=algorithm, digest=digest, reference=reference)


def _listed(access: Access) -> list[Variant]:
    """The addresses that the access may ask for; not what is left of a table where it has no row, which ends in an error."""
    exact = [variant for variant in access.variants if variant.exact]
    if not exact:
        return []  # the one template says as much
    whole = all(variant.expected for variant in exact)
    return [variant for variant in access.variants if variant.exact or variant.expected or not whole]


def _source(
    one: Wanted, kind: str, url: str, exact: bool, *,
    algorithm: str | None = None, digest: str | None = None, when: str = "", reference: str = "",
) -> Source:  # fmt: skip
    access = one.access
    whole = exact and ("://" in url or kind in ("git", "vcs"))  # else it is a name below an address that is not known
    return Source(
        kind, url, whole, algorithm, digest, when, reference, () if exact else access.holes, (access.phase,), (access.span.place,),
        access.copies, access.lands, one.variables, one.needed, access.api, access.name,
    )  # fmt: skip


def _joined(first: Source, second: Source) -> Source:
    return replace(
        first,
        when=first.when or second.when,
        phases=tuple(dict.fromkeys((*first.phases, *second.phases))),
        places=tuple(dict.fromkeys((*first.places, *second.places))),
        looked_for=tuple(dict.fromkeys((*first.looked_for, *second.looked_for))),
        lands=tuple(dict.fromkeys((*first.lands, *second.lands))),
        variables=tuple(dict.fromkeys((*first.variables, *second.variables))),
        needed=first.needed or second.needed,
    )


def is_declared(access: Access) -> bool:
    """Whether it is a declared requirement, which is no access where it is installed already."""
    return access.guard.state is GuardState.FALLBACK and (access.api in REQUIREMENTS or access.api == "direct URL requirement")
