"""What is the project called? Name and version as its metadata state them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from offlint.project.base import Project

# https://setuptools.pypa.io/en/latest/userguide/declarative_config.html#specifying-values: these are read from elsewhere.
_INDIRECT = ("attr:", "file:")


def name_and_version(project: Project) -> tuple[str, str]:
    """From PKG-INFO at the root of a source distribution, else pyproject.toml, else setup.cfg; else the root folder's name and ``""``.

    Only what is written there counts: a version that is computed from code stays unknown.
    """
    name = version = ""
    for found_name, found_version in _candidates(project):
        name, version = name or found_name, version or found_version
        if name and version:
            break
    return name or project.root, version


def _candidates(project: Project) -> Iterator[tuple[str, str]]:
    if "PKG-INFO" in project.files:
        # https://packaging.python.org/en/latest/specifications/core-metadata/: headers up to the first blank line.
        head = re.split(r"\r?\n\r?\n", project.text("PKG-INFO") or "", maxsplit=1)[0]
        fields = dict(re.findall(r"(?m)^(Name|Version):[ \t]*(.*?)[ \t]*\r?$", head))
        yield fields.get("Name", ""), fields.get("Version", "")
    if "pyproject.toml" in project.files:
        pyproject = project.toml("pyproject.toml")
        tool = pyproject.get("tool")
        poetry = tool.get("poetry") if isinstance(tool, dict) else None
        for table in (pyproject.get("project"), poetry):
            if isinstance(table, dict):
                yield _literal(table.get("name")), _literal(table.get("version"))
    if "setup.cfg" in project.files:
        metadata = project.ini("setup.cfg").get("metadata", {})
        yield _literal(metadata.get("name")), _literal(metadata.get("version"))


def _literal(value: object) -> str:
    text = value.strip() if isinstance(value, str) else ""
    return "" if text.startswith(_INDIRECT) else text
