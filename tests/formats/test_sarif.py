"""Is the SARIF valid, exact in UTF-16, complete, and fast?"""

from __future__ import annotations

import json
import time
from dataclasses import replace
from hashlib import sha256
from typing import Any

import pytest
import sarif_om
from format_samples import CONF, SETUP, clean, report, rules

from offlint.formats.base import Options
from offlint.formats.sarif import render
from offlint.formats.sarif_model import Suppression, compact, form, hole
from offlint.formats.sarif_text import Source, units
from offlint.model.report import Report
from offlint.model.span import Span

FILES = {"setup.py": SETUP, "docs/conf.py": CONF, "old.py": "print 1\n"}


def run_of(*reports: Report, mark: str = "", end: str = "\n") -> Any:
    def data(_index: int, file: str) -> bytes:
        return (mark + FILES[file].replace("\n", end)).encode()

    log = json.loads(render(reports, Options(rules=rules(), data=data, exit_code=1)))
    return log["runs"][0]


def test_one_run_with_rules_of_results_only() -> None:
    run = run_of(report())
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == ["OFL107", "OFL201", "OFL304"]
    assert [(one["ruleId"], one["ruleIndex"], one["level"], one["kind"]) for one in run["results"]] == [
        ("OFL304", 2, "note", "fail"),
        ("OFL107", 0, "error", "fail"),
        ("OFL201", 1, "warning", "fail"),
    ]
    assert run["columnKind"] == "utf16CodeUnits"
    assert list(run["originalUriBaseIds"]) == ["%SRCROOT%"]
    assert "uri" not in run["originalUriBaseIds"]["%SRCROOT%"]


def test_clean_has_results_and_rules() -> None:
    log = json.loads(render([clean()], Options()))
    (run,) = log["runs"]
    assert run["results"] == []
    assert run["tool"]["driver"]["rules"] == []
    assert not {"artifacts", "taxonomies"} & set(run)


def test_a_clean_log_says_what_was_looked_for() -> None:
    (run,) = json.loads(render([clean()], Options(rules=rules())))["runs"]
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == ["OFL107", "OFL201"]
    assert [taxon["id"] for taxon in run["taxonomies"][0]["taxa"]] == ["494"]


def test_what_was_not_analysed_is_a_notification() -> None:
    (invocation,) = run_of(report())["invocations"]
    assert invocation["executionSuccessful"] is True
    assert invocation["exitCode"] == 1
    (notice,) = invocation["toolExecutionNotifications"]
    assert notice["descriptor"] == {"id": "OFL001", "index": 0}
    assert notice["message"]["text"] == "old.py could not be analysed: Python 2 syntax at 14:7."


@pytest.mark.parametrize(("mark", "end"), [("", "\n"), ("\ufeff", "\r\n"), ("", "\r")], ids=["lf", "bom-crlf", "cr"])
def test_regions_are_in_utf16_and_exact(mark: str, end: str) -> None:
    run = run_of(report(), mark=mark, end=end)
    result = run["results"][1]
    text = SETUP.replace("\n", end)
    place = result["locations"][0]["physicalLocation"]
    region = place["region"]
    assert (region["startLine"], region["startColumn"], region["endLine"], region["endColumn"]) == (8, 30, 10, 6)
    assert region["snippet"]["text"] == f"urlopen({end}        url,{end}    )"
    encoded = text.encode("utf-16-le")
    start = region["charOffset"] * 2
    assert encoded[start : start + region["charLength"] * 2].decode("utf-16-le") == region["snippet"]["text"]
    assert (place["contextRegion"]["startLine"], place["contextRegion"]["endLine"]) == (6, 12)
    data = (mark + text).encode()
    artifact = run["artifacts"][place["artifactLocation"]["index"]]
    assert (artifact["hashes"]["sha-256"], artifact["length"]) == (sha256(data).hexdigest(), len(data))


def test_code_flows_need_two_steps() -> None:
    first, second, _ = run_of(report())["results"]
    assert "codeFlows" not in first
    steps = second["codeFlows"][0]["threadFlows"][0]["locations"]
    assert [step["location"]["message"]["text"] for step in steps] == ["module level calls fetch.", "fetch calls urllib.request.urlopen."]


def test_links_point_to_related_locations() -> None:
    result = run_of(report())["results"][1]
    assert "See [the switch](1), [the entry point](2)." in result["message"]["text"]
    assert [one["id"] for one in result["relatedLocations"]] == [1, 2]


def test_brackets_and_lengths_of_messages() -> None:
    one = report().findings[2]
    odd = replace(one, message=f"See [this](99) {'x' * 4000}")
    text = run_of(replace(report(), findings=(odd,)))["results"][0]["message"]["text"]
    assert r"\[this\](99)" in text
    assert len(text) <= 2048
    assert text.endswith("See [the switch](1), [the entry point](2).")


def test_weaknesses_are_taxa() -> None:
    run = run_of(report())
    rule = run["tool"]["driver"]["rules"][1]
    assert rule["properties"]["security-severity"] == "7.5"
    assert "external/cwe/cwe-494" in rule["properties"]["tags"]
    assert rule["relationships"][0]["target"]["index"] == 0
    assert [taxon["id"] for taxon in run["taxonomies"][0]["taxa"]] == ["494"]
    assert "security-severity" not in run["tool"]["driver"]["rules"][0]["properties"]


def test_credentials_are_nowhere() -> None:
    run = run_of(report())
    assert "secret" not in json.dumps(run)
    assert "snippet" not in run["results"][1]["relatedLocations"][1]["physicalLocation"]["region"]


def test_several_projects_in_one_run() -> None:
    run = run_of(report("a b"), report("c%é"))
    uris = {one["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for one in run["results"]}
    assert uris == {"a%20b/docs/conf.py", "a%20b/setup.py", "c%25%C3%A9/docs/conf.py", "c%25%C3%A9/setup.py"}
    own = [one["partialFingerprints"]["offlintHash/v1"] for one in run["results"]]
    assert len(set(own)) == len(own) == 6


def test_lone_surrogates_are_replaced() -> None:
    one = report().findings[2]
    odd = replace(one, message="a \ud800 b", access=None)
    render([replace(report(), findings=(odd,))], Options()).encode("utf-8")


@pytest.mark.parametrize(("name", "uri"), [("a\udcff\u00e9.py", "a%FF%C3%A9.py"), ("\ud800.py", "%ED%A0%80.py")])
def test_a_name_that_is_no_text_is_its_bytes(name: str, uri: str) -> None:
    one = report().findings[3]
    odd = replace(report(), findings=(replace(one, span=Span(name, 1, 1, 1, 2), access=None),))
    run = json.loads(render([odd], Options(rules=rules())))["runs"][0]
    assert run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == uri


def test_ten_thousand_results_take_no_time() -> None:
    one = report().findings[3]
    text = "urlopen(url)  # ä\n" * 10_000
    found = tuple(replace(one, span=Span("setup.py", n, 1, n, 13), access=None, fingerprint=str(n)) for n in range(1, 10_001))
    big = replace(report(), findings=found, sources={"setup.py": text})
    started = time.process_time()
    lines = render([big], Options(rules=rules())).splitlines()
    assert len(lines) > 10_000
    assert time.process_time() - started < 5


def test_serialising_keeps_levels_and_refuses_strangers() -> None:
    result = sarif_om.Result(message=sarif_om.Message(text="x"), level="warning", kind="fail")
    assert json.loads(compact(result)) == {"message": {"text": "x"}, "kind": "fail", "level": "warning"}
    result.nonsense = 1
    with pytest.raises(TypeError, match="nonsense"):
        compact(result)
    assert json.loads(compact(Suppression("inSource", "known"))) == {"kind": "inSource", "justification": "known", "status": "accepted"}


def test_forms_are_filled_by_name() -> None:
    location = sarif_om.Location(id=hole("number"), message=sarif_om.Message(text=hole("text")), properties={"share": "100%s"})
    filled = form(location) % {"number": 7, "text": '"a\\"b"'}
    assert json.loads(filled) == {"id": 7, "message": {"text": 'a"b'}, "properties": {"share": "100%s"}}


def test_units() -> None:
    assert [units(text) for text in ("", "a", "ä", "🌍a")] == [0, 1, 1, 3]


@pytest.mark.parametrize(
    ("span", "place"),
    [
        (Span("f", 1, 1, 1, 3), (1, 1, 1, 3)),
        (Span("f", 1, 1, 1, 99), (1, 1, 1, 4)),
        (Span("f", 9, 9, 9, 9), (2, 3, 2, 3)),
        (Span("f", 1, 2, 1, 2), (1, 2, 1, 4)),
        (Span("f", 0, 0, 0, 0), (1, 1, 1, 4)),
        (Span("f", 1, 3, 2, 2), (1, 3, 2, 2)),
    ],
)
def test_regions_are_cut_to_the_file(span: Span, place: tuple[int, ...]) -> None:
    found = Source("abc\nde").place(span)
    assert (found.line, found.column, found.end_line, found.end_column) == place


def test_line_hash_is_githubs() -> None:
    # Computed by check_sarif.py's line_hashes, which follows github/codeql-action, src/fingerprints.ts.
    source = Source("", "a = 1\r\n\n  a=1\n🌍\tx\r".encode())
    assert [source.line_hash(line) for line in (1, 2, 3, 4)] == [
        "8c719098a51229ee:1",
        "673a9eea568f508d:1",
        "f358d1d8839611f7:1",
        "b8a94e96837e1906:1",
    ]
