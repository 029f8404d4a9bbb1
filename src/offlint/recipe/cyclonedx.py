"""What does a build pull in? A bill of materials as CycloneDX 1.6 JSON, made with its own library (the extra ``cyclonedx``).

The same tree gives the same bytes: the serial number is made of the content, and the time is that of SOURCE_DATE_EPOCH
(https://reproducible-builds.org/specs/source-date-epoch/) or left out.
"""

from __future__ import annotations

import hashlib
import json
import os
import posixpath
import re
import uuid
from collections.abc import Iterator, Sequence
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import click

from offlint import __version__
from offlint.formats.base import Options, in_json, shown
from offlint.model.lazy import regex
from offlint.model.report import Report
from offlint.recipe.model import Source
from offlint.recipe.providing import Wanted, sources_of

if TYPE_CHECKING:
    from cyclonedx.model import HashType, Property
    from cyclonedx.model.component import Component

_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "https://pypi.org/project/offlint/")
_ALGORITHMS = {
    "md5": "MD5", "sha1": "SHA-1", "sha256": "SHA-256", "sha384": "SHA-384", "sha512": "SHA-512", "sha3-256": "SHA3-256",
    "sha3-384": "SHA3-384", "sha3-512": "SHA3-512", "blake2b": "BLAKE2b-512",
}  # fmt: skip
_INDEX = "PyPI: "
_REQUIREMENT = regex(r"\s*([A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?)")
#: What an IRI reference may have (RFC 3987), beside what is encoded.
_IRI = "/:?#@!$&'()*+,;=%~"
_STRAY = regex(r"%(?![0-9A-Fa-f]{2})")


def render(reports: Sequence[Report], options: Options) -> str:  # noqa: ARG001 # the signature of every format
    """The bill of the one project."""
    try:
        import cyclonedx.model.bom  # noqa: F401, PLC0415 # an extra
    except ImportError as error:
        raise click.ClickException("cyclonedx needs a library: pip install 'offlint[cyclonedx]'") from error
    return _bill(reports[0])


def _bill(report: Report) -> str:
    from cyclonedx.model.bom import Bom  # noqa: PLC0415
    from cyclonedx.model.component import Component, ComponentType  # noqa: PLC0415
    from cyclonedx.output.json import JsonV1Dot6  # noqa: PLC0415

    project = report.project
    name = shown(project.name or posixpath.basename(project.root.rstrip("/")) or "project")
    root = Component(
        name=name,
        version=shown(project.version) or None,
        type=ComponentType.LIBRARY,
        bom_ref="project",
        purl=_purl("pypi", project.name, project.version) if project.name else None,
    )
    bom = Bom()
    bom.metadata.component = root
    bom.metadata.tools.components.add(Component(name="offlint", version=__version__, type=ComponentType.APPLICATION, bom_ref="offlint"))
    for verdict in report.verdicts:
        bom.metadata.properties.add(_property(f"verdict:{verdict.phase.value}", verdict.verdict.value))
    components = [one for source in sources_of(Wanted(access, needed=True) for access in report.accesses) for one in _components(source)]
    by_ref = {one.bom_ref.value: one for one in components}
    for one in by_ref.values():
        bom.components.add(one)
    bom.register_dependency(root, by_ref.values())
    whole: dict[str, Any] = json.loads(JsonV1Dot6(bom).output_as_string())
    return _settled(whole)


def _settled(whole: dict[str, Any]) -> str:
    """With nothing in it that differs from run to run."""
    whole["metadata"].pop("timestamp", None)
    whole.pop("serialNumber", None)
    content = json.dumps(whole, sort_keys=True)
    whole["serialNumber"] = f"urn:uuid:{uuid.uuid5(_NAMESPACE, content)}"
    epoch = os.environ.get("SOURCE_DATE_EPOCH", "")
    if re.fullmatch(r"\d{1,11}", epoch):
        whole["metadata"]["timestamp"] = datetime.fromtimestamp(int(epoch), tz=timezone.utc).isoformat()
    return in_json(json.dumps(whole, indent=2, sort_keys=True)) + "\n"


def _components(source: Source) -> Iterator[Component]:
    """A component for the source, or one for each requirement that it lists."""
    from cyclonedx.model.component import Component, ComponentType  # noqa: PLC0415

    if source.url.startswith(_INDEX):
        about = list(_properties(source, ""))
        for requirement in source.url.removeprefix(_INDEX).split(", "):
            match = _REQUIREMENT.match(requirement)
            yield Component(
                name=shown(match[1] if match else requirement),
                type=ComponentType.LIBRARY,
                bom_ref=_reference("pypi", requirement),
                purl=_purl("pypi", match[1]) if match else None,
                properties=[_property("requirement", requirement), *about],
            )
        return
    repository = source.kind in ("git", "vcs")
    name = source.name or posixpath.basename(re.split(r"[?#]", source.url, maxsplit=1)[0].rstrip("/")) or source.url or source.api
    hashes = _hashes(source)
    external = _external(source, hashes)
    yield Component(
        name=shown(name),
        version=source.reference or None,
        type=ComponentType.LIBRARY if repository or source.kind == "packages" else ComponentType.FILE,
        bom_ref=_reference(source.kind, source.url or source.api, source.digest or source.reference, source.when),
        hashes=hashes,
        purl=_generic(source, name),
        external_references=external,
        properties=list(_properties(source, "" if external else source.url)),
    )


def _external(source: Source, hashes: Sequence[HashType]) -> list[Any]:
    """The address, where it is exact and can be one: a template is none, and stands in the properties."""
    from cyclonedx.exception.model import InvalidUriException  # noqa: PLC0415
    from cyclonedx.model import ExternalReference, ExternalReferenceType, XsUri  # noqa: PLC0415

    if not source.exact or "://" not in source.url:
        return []
    kind = ExternalReferenceType.SCM if source.kind in ("git", "vcs") else ExternalReferenceType.DISTRIBUTION
    url = _STRAY.sub("%25", quote(source.url, safe=_IRI, errors="backslashreplace"))
    try:
        return [ExternalReference(type=kind, url=XsUri(url), hashes=hashes)]
    except InvalidUriException:
        return []


def _hashes(source: Source) -> list[HashType]:
    from cyclonedx.model import HashAlgorithm, HashType  # noqa: PLC0415

    if source.digest is None or source.algorithm not in _ALGORITHMS:
        return []
    return [HashType(alg=HashAlgorithm(_ALGORITHMS[source.algorithm]), content=source.digest)]


def _properties(source: Source, url: str) -> Iterator[Property]:
    """What CycloneDX has no field for, and ``url`` where it is no external reference.

    The names are in a namespace of its own, as https://github.com/CycloneDX/cyclonedx-property-taxonomy asks.
    """
    for phase in source.phases:
        yield _property("phase", phase.value)
    for place in source.places:
        yield _property("at", place)
    yield _property("kind", source.kind)
    yield _property("api", source.api)
    for key, value in (("url", url), ("when", source.when), ("commit", source.reference)):
        if value:
            yield _property(key, value)
    if source.algorithm and not source.digest and not source.reference:
        yield _property("verified-by", source.algorithm)


def _property(name: str, value: str) -> Property:
    from cyclonedx.model import Property  # noqa: PLC0415

    return Property(name=f"offlint:{name}", value=shown(value))


def _generic(source: Source, name: str) -> Any:
    if not source.exact or "://" not in source.url:
        return None
    if source.kind in ("git", "vcs"):
        scheme = source.url if source.url.startswith("git+") else f"git+{source.url}"
        return _purl("generic", name, None, {"vcs_url": f"{scheme}@{source.reference}" if source.reference else scheme})
    qualifiers = {"download_url": source.url} | ({"checksum": f"{source.algorithm}:{source.digest}"} if source.digest else {})
    return _purl("generic", name, None, qualifiers)


def _purl(kind: str, name: str, version: str | None = None, qualifiers: dict[str, str] | None = None) -> Any:
    from packageurl import PackageURL  # noqa: PLC0415

    given = {key: shown(text) for key, text in (qualifiers or {}).items()}
    try:
        return PackageURL(type=kind, name=shown(name), version=shown(version) if version else None, qualifiers=given)
    except ValueError:  # a name that no package URL can have
        return None


def _reference(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "backslashreplace")).hexdigest()[:20]
