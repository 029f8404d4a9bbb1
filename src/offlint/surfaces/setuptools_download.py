"""Does setup.cfg list downloads? The plug-in setuptools-download, which a project switches on by naming it as a build requirement.

https://github.com/asottile/setuptools-download: each entry of ``download_scripts`` and ``download_data_files`` has a ``url`` and a
``sha256``; the command ``build`` fetches those whose markers fit, and stops where a digest differs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from offlint.model.access import Integrity
from offlint.model.entry import Setting
from offlint.model.lazy import regex
from offlint.model.words import IntegrityState, Phase, Reach
from offlint.project.base import Project
from offlint.surfaces.backend import uses_setuptools
from offlint.surfaces.config import ini_span, section
from offlint.surfaces.requirements import build_requires

_PLUGIN = "setuptools-download"
_SECTION = "setuptools_download"
_PATH = regex(r"^\[([^]\n]+)\]$", re.MULTILINE)


def entries(project: Project) -> Iterator[Setting]:
    """One access for each URL."""
    asked = build_requires(project) | {line.strip() for line in section(project, "options").get("setup_requires", "").splitlines()}
    if not uses_setuptools(project) or not {_PLUGIN, _SECTION} & {name.split(">")[0].split("=")[0].strip() for name in asked}:
        return
    for key in ("download_scripts", "download_data_files"):
        seen: set[str] = set()
        for body in _PATH.split(section(project, _SECTION).get(key, "").strip())[2::2]:
            given = {name.strip(): value.strip() for name, _, value in (line.partition("=") for line in body.strip().splitlines())}
            url, digest = given.get("url", ""), given.get("sha256", "")
            if not url or url in seen:
                continue
            seen.add(url)
            span = ini_span(project, _SECTION, key, url)
            verified = Integrity(IntegrityState.VERIFIED, "sha256", digest, evidence=ini_span(project, _SECTION, key, digest))
            reach = Reach.CONDITIONAL if "marker" in given else Reach.ALWAYS
            yield Setting(
                Phase.BUILD, "setup.cfg", "http", f"{_PLUGIN}: {key}", url, span, reach,
                integrity=verified if re.fullmatch("[0-9a-fA-F]{64}", digest) else Integrity(IntegrityState.ABSENT),
            )  # fmt: skip
