"""Is the bill of materials valid CycloneDX, whole, and the same each time?"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from recipe_samples import BOOK, HARM

from offlint.formats.base import Options
from offlint.model.report import Report
from offlint.project.memory import MemoryProject
from offlint.recipe.cyclonedx import render
from offlint.run import check_project

ROOT = Path(__file__).resolve().parent.parent.parent
SHA = "ab" * 32
FILES = {
    "pyproject.toml": (
        '[build-system]\nrequires = ["setuptools", "eggs @ https://example.org/eggs-1.tar.gz#sha256=' + SHA + '"]\n'
        'build-backend = "setuptools.build_meta"\n[project]\nname = "spam"\nversion = "1.0"\n'
    ),
    "setup.py": (
        "import hashlib, sys, subprocess, urllib.request\nfrom setuptools import setup\n"
        "data = urllib.request.urlopen('https://example.org/a.tgz').read()\n"
        f"if hashlib.sha256(data).hexdigest() != '{SHA}':\n    raise SystemExit(1)\nopen('a', 'wb').write(data)\n"
        "urllib.request.urlretrieve(f'https://example.org/{sys.platform}/b', 'b')\n"
        "subprocess.check_call(['git', 'clone', 'https://example.org/c.git'])\n"
        "subprocess.check_call(['npm', 'ci'])\n"
        "setup(setup_requires=['bacon>=1', 'ham'])\n"
    ),
}


def report(files: Mapping[str, str] = FILES) -> Report:
    return check_project(MemoryProject(files), rulebook=BOOK)


def bill(text: str) -> dict[str, Any]:
    """The bill, which must be valid."""
    error = JsonStrictValidator(SchemaVersion.V1_6).validate_str(text)
    assert error is None, str(error)[:2000]
    whole: dict[str, Any] = json.loads(text)
    return whole


def test_every_download_clone_and_requirement_is_a_component() -> None:
    whole = bill(render([report()], Options()))
    found = {one["name"]: one for one in whole["components"]}
    assert set(found) == {"a.tgz", "b", "c.git", "eggs-1.tar.gz", "npm ci", "bacon", "ham"}
    first = found["a.tgz"]
    assert first["hashes"] == [{"alg": "SHA-256", "content": SHA}]
    assert first["externalReferences"][0]["url"] == "https://example.org/a.tgz"
    assert first["externalReferences"][0]["type"] == "distribution"
    assert first["purl"] == f"pkg:generic/a.tgz?checksum=sha256:{SHA}&download_url=https://example.org/a.tgz"
    assert {"name": "offlint:phase", "value": "build"} in first["properties"]
    assert found["c.git"]["externalReferences"][0]["type"] == "vcs"
    assert "externalReferences" not in found["b"]
    assert {"name": "offlint:url", "value": "https://example.org/{platform}/b"} in found["b"]["properties"]
    assert found["eggs-1.tar.gz"]["hashes"][0]["content"] == SHA
    assert found["bacon"]["purl"] == "pkg:pypi/bacon"
    assert (whole["metadata"]["component"]["name"], whole["metadata"]["component"]["version"]) == ("spam", "1.0")
    depends = next(one["dependsOn"] for one in whole["dependencies"] if one["ref"] == "project")
    assert set(depends) == {one["bom-ref"] for one in whole["components"]}


def test_the_same_tree_gives_the_same_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    first = render([report()], Options())
    assert first == render([report()], Options())
    assert "timestamp" not in bill(first)["metadata"]
    other = render([report({**FILES, "setup.py": FILES["setup.py"].replace("a.tgz", "x.tgz")})], Options())
    assert bill(first)["serialNumber"] != bill(other)["serialNumber"]
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    dated = bill(render([report()], Options()))
    assert dated["metadata"]["timestamp"] == "2023-11-14T22:13:20+00:00"
    assert dated["serialNumber"] == bill(first)["serialNumber"]


@pytest.mark.parametrize("text", HARM)
def test_a_bill_of_odd_texts_is_valid(text: str) -> None:
    code = f"import urllib.request\nurllib.request.urlretrieve({'https://example.org/' + text!r}, 'x')\n"
    whole = bill(render([report({"setup.py": code, "pyproject.toml": FILES["pyproject.toml"]})], Options()))
    assert len(whole["components"]) == 2


def test_an_empty_bill_is_valid() -> None:
    assert "components" not in bill(render([report({"README": "x"})], Options()))


def test_without_the_library_there_is_one_line() -> None:
    code = "import sys\nsys.modules['cyclonedx'] = None\nfrom offlint.cli import main\nmain(['inventory', '--format', 'cyclonedx', '.'])\n"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT / "samples" / "guarded", capture_output=True, text=True, check=False, env=_path()
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "offlint: cyclonedx needs a library: pip install 'offlint[cyclonedx]'\n"


def _path() -> dict[str, str]:
    import os

    return {**os.environ, "PYTHONPATH": os.pathsep.join(os.path.abspath(one) for one in sys.path if one)}  # noqa: PTH100
