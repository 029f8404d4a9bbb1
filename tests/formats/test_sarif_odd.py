"""Is the SARIF of odd files exact? The whole program on emoji, CRLF, byte order marks, tabs, form feeds and paths with blanks and é.

What is checked here is computed anew from the files' bytes: nothing is taken from the code that writes.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from offlint.cli import main

SCHEMA = Path(__file__).parent / "sarif-2.1.0.json"

SETUP = """\
import sys; sys.path.insert(0, 'häus 1')
from setuptools import setup
import crlf, bom, tabs, feeds, wide, lines

for one in (crlf, bom, tabs, feeds, wide, lines):
    one.fetch()
setup()
"""
FETCH = "from urllib.request import urlretrieve\n\n\ndef fetch():\n    {}\n"
CALL = "urlretrieve('https://example.org/a.tgz', 'a.tgz')"
FILES: dict[str, bytes] = {
    "setup.py": SETUP.encode(),
    "häus 1/crlf.py": FETCH.format(CALL).replace("\n", "\r\n").encode(),
    "häus 1/bom.py": b"\xef\xbb\xbf" + FETCH.format(f"'é'; {CALL}").encode(),
    "häus 1/tabs.py": FETCH.format(f"x = 1;\t{CALL}  # \t[x](y) 100%").encode(),
    "häus 1/feeds.py": FETCH.format(f"pass\n\x0c\n    # a\x1cb \u2028 c\n    {CALL}").encode(),
    "häus 1/wide.py": FETCH.format(f"'🌍🌍 \U0010ffff'; {CALL}  # 🌍").encode(),
    "häus 1/lines.py": FETCH.format("urlretrieve(\n        'https://example.org/a.tgz',  # 🌍\n        'a.tgz',\n    )").encode(),
}


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any], bytes]:
    root = tmp_path_factory.mktemp("odd") / "spam é 1"
    for name, data in FILES.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(data)
    out = root.parent / "out.sarif"
    with pytest.raises(SystemExit):
        main(["check", "--quiet", "--format", "sarif", "--output", str(out), str(root)])
    raw = out.read_bytes()
    return root, json.loads(raw), raw


def results(log: dict[str, Any]) -> list[dict[str, Any]]:
    (run,) = log["runs"]
    found: list[dict[str, Any]] = run["results"]
    return found


def places(node: Any) -> Iterator[dict[str, Any]]:
    """Every physical location, wherever it is."""
    if isinstance(node, dict):
        if "physicalLocation" in node:
            yield node["physicalLocation"]
        for one in node.values():
            yield from places(one)
    elif isinstance(node, list):
        for one in node:
            yield from places(one)


def units(data: bytes) -> list[str]:
    """A file's text as UTF-16 code units, without a byte order mark."""
    raw = data.removeprefix(b"\xef\xbb\xbf").decode().encode("utf-16-le")
    return [raw[index : index + 2].decode("utf-16-le", "surrogatepass") for index in range(0, len(raw), 2)]


def text_of(found: list[str]) -> str:
    return "".join(found).encode("utf-16-le", "surrogatepass").decode("utf-16-le")


def cut(data: bytes, region: dict[str, int]) -> str:
    """What lies between a region's lines and columns."""
    lines: list[list[str]] = [[]]
    found = units(data)
    for index, unit in enumerate(found):
        lines[-1].append(unit)
        if unit == "\n" or (unit == "\r" and found[index + 1 : index + 2] != ["\n"]):
            lines.append([])
    first, last = region["startLine"], region.get("endLine", region["startLine"])
    begin, end = region.get("startColumn", 1) - 1, region.get("endColumn")
    chosen = [line[:] for line in lines[first - 1 : last]]
    bare = [unit for unit in chosen[-1] if unit not in "\r\n"] if end is None else chosen[-1][: end - 1]
    chosen[-1] = bare
    return text_of([unit for line in (chosen[0][begin:], *chosen[1:]) for unit in line])


def line_hashes(data: bytes) -> list[str]:
    """GitHub's, as its rolling sum does it: https://github.com/github/codeql-action/blob/main/src/fingerprints.ts."""
    text = data.decode()
    raw = text.encode("utf-16-le")
    codes = [int.from_bytes(raw[index : index + 2], "little") for index in range(0, len(raw), 2)]
    window, numbers, index, total, first = [0] * 100, [-1] * 100, 0, 0, pow(37, 100, 1 << 64)
    found: dict[int, str] = {}
    seen: dict[str, int] = {}
    line, begins, previous = 0, True, 0

    def update(code: int) -> None:
        nonlocal index, total, begins
        if numbers[index] != -1:
            value = f"{total:x}"
            seen[value] = seen.get(value, 0) + 1
            found[numbers[index]] = f"{value}:{seen[value]}"
            numbers[index] = -1
        if begins:
            numbers[index] = line
            begins = False
        total = (total * 37 + code - first * window[index]) % (1 << 64)
        window[index] = code
        index = (index + 1) % 100

    for code in [*codes, 0xFFFF]:
        if code in {0x20, 0x09} or (previous == 0x0D and code == 0x0A):
            previous = code
            continue
        if begins:
            line += 1
        update(0x0A if code == 0x0D else code)
        begins = code in {0x0A, 0x0D}
        previous = code
    if begins:
        line += 1
    for _ in range(100):
        update(0)
    return [found.get(number, "") for number in range(1, line + 1)]


def test_every_file_has_its_result(log: tuple[Path, dict[str, Any], bytes]) -> None:
    found = {unquote(one["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]) for one in results(log[1])}
    assert found == set(FILES) - {"setup.py"}


def test_regions_snippets_and_offsets(log: tuple[Path, dict[str, Any], bytes]) -> None:
    checked = 0
    for place in places(log[1]["runs"]):
        uri = place["artifactLocation"]["uri"]
        assert uri.isascii()
        assert " " not in uri
        data = FILES[unquote(uri)]
        for region in (place["region"], place.get("contextRegion")):
            if region is not None:
                assert cut(data, region) == region["snippet"]["text"]
                checked += 1
        begin = place["region"]["charOffset"]
        assert text_of(units(data)[begin : begin + place["region"]["charLength"]]) == place["region"]["snippet"]["text"]
    assert checked > 20


def test_the_call_itself_is_marked(log: tuple[Path, dict[str, Any], bytes]) -> None:
    for one in results(log[1]):
        place = one["locations"][0]["physicalLocation"]
        text = place["region"]["snippet"]["text"]
        assert text.startswith("urlretrieve(")
        assert text.endswith(")")
        assert text in place["contextRegion"]["snippet"]["text"]
        assert len(place["contextRegion"]["snippet"]["text"]) > len(text)


def test_line_hashes_are_githubs(log: tuple[Path, dict[str, Any], bytes]) -> None:
    for one in results(log[1]):
        place = one["locations"][0]["physicalLocation"]
        hashes = line_hashes(FILES[unquote(place["artifactLocation"]["uri"])])
        assert one["partialFingerprints"]["primaryLocationLineHash"] == hashes[place["region"]["startLine"] - 1]


def test_artifacts(log: tuple[Path, dict[str, Any], bytes]) -> None:
    artifacts = log[1]["runs"][0]["artifacts"]
    for one in artifacts:
        data = FILES[unquote(one["location"]["uri"])]
        assert (one["length"], one["hashes"]["sha-256"]) == (len(data), sha256(data).hexdigest())
    for place in places(results(log[1])):
        index = place["artifactLocation"].get("index")
        assert index is None or artifacts[index]["location"]["uri"] == place["artifactLocation"]["uri"]


def test_nothing_of_the_machine_and_twice_the_same(log: tuple[Path, dict[str, Any], bytes]) -> None:
    root, _, raw = log
    assert str(root.parent).encode() not in raw
    assert not raw.startswith(b"\xef\xbb\xbf")
    again = root.parent / "again.sarif"
    with pytest.raises(SystemExit):
        main(["check", "--quiet", "--format", "sarif", "--output", str(again), str(root)])
    assert again.read_bytes() == raw


def test_order_identity_and_links(log: tuple[Path, dict[str, Any], bytes]) -> None:
    found = results(log[1])
    keys = []
    for one in found:
        place = one["locations"][0]["physicalLocation"]
        keys.append((place["artifactLocation"]["uri"], place["region"]["startLine"], place["region"]["startColumn"], one["ruleId"]))
        known = {related["id"] for related in one.get("relatedLocations", ())}
        assert {
            int(ident) for ident in one["message"]["text"].split("](")[1:] for ident in [ident.partition(")")[0]] if ident.isdigit()
        } <= known
        assert one["message"]["text"].endswith(".")
        assert len(one["message"]["text"]) <= 2048
    assert keys == sorted(keys)
    assert len(set(keys)) == len(keys)
    assert len({one["partialFingerprints"]["offlintHash/v1"] for one in found}) == len(found)


def test_valid_by_the_official_schema(log: tuple[Path, dict[str, Any], bytes]) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    checker = jsonschema.Draft4Validator(schema)
    assert [error.message for error in checker.iter_errors(log[1])] == []
    results(log[1])[0]["level"] = "bad"
    assert len(list(checker.iter_errors(log[1]))) == 1
    results(log[1])[0]["level"] = "error"
