"""Do accesses and rules become the right findings, verdicts and switches?"""

from __future__ import annotations

from dataclasses import replace

import pytest

from offlint.findings.fingerprints import fingerprinted
from offlint.findings.levels import table
from offlint.findings.matching import FIELDS, codes, find
from offlint.findings.messages import PLACEHOLDERS, check_templates, fill
from offlint.findings.redact import redact
from offlint.findings.selection import selects, unknown
from offlint.findings.switches import switches
from offlint.findings.verdicts import verdicts
from offlint.model.access import Access, Guard, Integrity, TrailStep
from offlint.model.entry import Skipped
from offlint.model.report import Finding, Switch
from offlint.model.span import Span
from offlint.model.words import Confidence, GuardState, IntegrityState, Level, Phase, Reach, Verdict
from offlint.rulebook import converters, keys
from offlint.rulebook.schema import Rule, Rulebook

NONE, FALLBACK, OPT_OUT, OPT_IN = GuardState.NONE, GuardState.FALLBACK, GuardState.OPT_OUT, GuardState.OPT_IN
ABSENT, VERIFIED, WEAK, NA = IntegrityState.ABSENT, IntegrityState.VERIFIED, IntegrityState.WEAK, IntegrityState.NOT_APPLICABLE


def access(
    guard: Guard | GuardState = NONE,
    integrity: Integrity | IntegrityState = ABSENT,
    phase: Phase = Phase.BUILD,
    *,
    reach: Reach = Reach.ALWAYS,
    line: int = 7,
    url: str = "https://example.org/{version}.tgz",
) -> Access:
    return Access(
        phase=phase,
        surface="setup.py",
        span=Span("setup.py", line, 5, line, 20),
        kind="http",
        api="urlopen",
        url=url,
        url_exact=False,
        reach=reach,
        guard=Guard(guard) if isinstance(guard, GuardState) else guard,
        integrity=Integrity(integrity) if isinstance(integrity, IntegrityState) else integrity,
        trail=(TrailStep(Span("setup.py", 3), "module level calls fetch"), TrailStep(Span("setup.py", line), "urlopen")),
    )


def rule(code: str, message: str = "{api} reaches {url}", level: str = "table", **when: list[str]) -> Rule:
    return Rule(code, code.lower(), code, level, message, "", {key: tuple(values) for key, values in when.items()})


def book(*rules: Rule) -> Rulebook:
    return Rulebook(rules={one.code: one for one in rules})


UNGUARDED = rule("OFL101", guard=["none", "fallback"], reach=["always", "conditional"])
UNVERIFIED = rule("OFL201", integrity=["absent", "ineffective"])


# levels: semantics.md's table


@pytest.mark.parametrize("phase", Phase)
@pytest.mark.parametrize(
    ("guard", "integrity", "build", "other"),
    [
        (NONE, VERIFIED, Level.WARNING, Level.WARNING),
        (FALLBACK, NA, Level.WARNING, Level.WARNING),
        (NONE, ABSENT, Level.ERROR, Level.WARNING),
        (FALLBACK, WEAK, Level.ERROR, Level.WARNING),
        (OPT_OUT, VERIFIED, Level.NOTE, Level.NOTE),
        (OPT_OUT, ABSENT, Level.WARNING, Level.WARNING),
        (OPT_IN, NA, Level.NONE, Level.NONE),
        (OPT_IN, IntegrityState.INEFFECTIVE, Level.WARNING, Level.NOTE),
    ],
)
def test_table(phase: Phase, guard: GuardState, integrity: IntegrityState, build: Level, other: Level) -> None:
    assert table(access(guard, integrity, phase)) is (build if phase is Phase.BUILD else other)


def test_explicit_reach_is_judged_like_opt_in() -> None:
    assert table(access(NONE, ABSENT, reach=Reach.EXPLICIT)) is Level.WARNING
    assert table(access(NONE, VERIFIED, reach=Reach.EXPLICIT)) is Level.NONE
    assert find([access(NONE, VERIFIED, reach=Reach.EXPLICIT)], [], book(rule("OFL101", guard=["none"])), {}) == ()


def test_tolerated_is_a_note_at_most() -> None:
    tolerated = replace(access(), tolerated=True)
    assert [one.level for one in find([tolerated], [], book(UNGUARDED, rule("OFL201", level="error", integrity=["absent"])), {})] == [
        Level.NOTE,
        Level.NOTE,
    ]


def test_note_if() -> None:
    milder = replace(UNGUARDED, note_if={"phase": ("docs",)})
    assert find([access(phase=Phase.DOCS)], [], book(milder), {})[0].level is Level.NOTE
    assert find([access()], [], book(milder), {})[0].level is Level.ERROR


def test_a_note_may_say_something_else() -> None:
    milder = replace(UNGUARDED, note_if={"phase": ("docs",)}, note_message="{api} is a trifle")
    said = {phase: find([access(phase=phase)], [], book(milder), {})[0].message for phase in (Phase.BUILD, Phase.DOCS)}
    assert "trifle" not in said[Phase.BUILD]
    assert said[Phase.DOCS].endswith(" is a trifle.")


# matching


def test_the_loader_knows_no_more_than_the_matcher() -> None:
    assert set(keys.WHEN) <= set(FIELDS)
    assert tuple(converters.FIELDS) == PLACEHOLDERS


@pytest.mark.parametrize(
    ("field", "value", "other", "changes"),
    [
        ("phase", "build", "test", {}),
        ("kind", "http", "git", {}),
        ("api", "urlopen", "urlretrieve", {}),
        ("reach", "explicit", "always", {"reach": Reach.EXPLICIT}),
        ("guard", "opt-out", "none", {"guard": Guard(OPT_OUT)}),
        ("guard_flaw", "leaky", "partial", {"guard": Guard(NONE, flaws=("silent", "leaky"))}),
        ("integrity", "n/a", "absent", {"integrity": Integrity(NA)}),
        ("integrity_flaw", "cleartext", "remote-code", {"integrity": Integrity(VERIFIED, flaws=("cleartext",))}),
        ("scheme", "https", "http", {}),
        ("scheme", "git+https", "https", {"url": "git+HTTPS://x/y"}),
        ("scheme", "", "https", {"url": "{base}/x"}),
        ("surface", "setup.py", "pytest", {}),
        ("confidence", "low", "high", {"confidence": Confidence.LOW}),
        ("on_import", "yes", "no", {"on_import": True}),
        ("tolerated", "no", "yes", {}),
        ("keeps", "yes", "no", {}),
        ("keeps", "no", "yes", {"integrity": Integrity(NA)}),
        ("private_switch", "yes", "no", {"guard": Guard(OPT_OUT, "SPAM_OFFLINE")}),
        ("private_switch", "no", "yes", {"guard": Guard(OPT_OUT, "NO_NETWORK")}),
        ("private_switch", "no", "yes", {"guard": Guard(OPT_IN, "SPAM_ONLINE")}),
        ("private_switch", "no", "yes", {"guard": Guard(OPT_OUT, "SPAM_HOME", flaws=("provision",))}),
        ("private_switch", "no", "yes", {"guard": Guard(OPT_OUT, "-m", kind="pytest")}),
    ],
)
def test_fields(field: str, value: str, other: str, changes: dict[str, object]) -> None:
    one = replace(access(), **changes)  # type: ignore[arg-type]
    asks = rule("OFL199", level="note")
    assert codes([one], book(replace(asks, when={field: (value,)}))) == {0: ("OFL199",)}
    assert codes([one], book(replace(asks, when={field: (other,)}))) == {}


def test_all_fields_must_match_and_unknown_ones_never_do() -> None:
    assert not find([access()], [], book(rule("OFL101", guard=["none"], phase=["docs"])), {})
    assert not find([access()], [], book(rule("OFL101", guard=["none"], colour=["red"])), {})


def test_a_rule_without_when_matches_nothing() -> None:
    assert find([access()], [], book(rule("OFL401")), {}) == ()


def test_the_more_exact_rule_of_a_group_wins() -> None:
    leaky = replace(rule("OFL102", guard_flaw=["leaky"]), supersedes=("ofl101", "OFL201"))
    rules = book(UNGUARDED, leaky, UNVERIFIED)
    assert codes([access(Guard(NONE, flaws=("leaky",)))], rules) == {0: ("OFL102", "OFL201")}
    assert codes([access()], rules) == {0: ("OFL101", "OFL201")}


def test_a_rule_about_declarations_wins_over_every_group() -> None:
    declared = replace(rule("OFL304", kind=["http"]), supersedes=("OFL101",))
    assert codes([access()], book(UNGUARDED, UNVERIFIED, declared)) == {0: ("OFL201", "OFL304")}


def test_the_same_lines_are_one_finding_that_names_all_phases() -> None:
    message = replace(UNGUARDED, message="{api} in the {phase} phase")
    twice = [access(phase=Phase.TEST), access(phase=Phase.BUILD), access(phase=Phase.DOCS, line=9)]
    first, second = find(twice, [], book(message), {})
    assert (first.message, first.level) == ("urlopen in the build and test phase.", Level.ERROR)
    assert (second.message, second.level) == ("urlopen in the docs phase.", Level.WARNING)
    assert find(twice[::-1], [], book(message), {}) == (first, second)


def test_not_analysed_is_a_note_a_file() -> None:
    skipped = [Skipped("b.py", "loop", 9), Skipped("a.py", "second", 4), Skipped("a.py", "first.", 2), Skipped("a.py", "second", 8)]
    found = find([], skipped, book(), {"a.py": "x = 1\r\nprint 2\r\n"})
    assert [(one.code, one.level, one.message) for one in found] == [
        ("OFL001", Level.NOTE, "a.py could not be analysed: first. (and 1 more)."),
        ("OFL001", Level.NOTE, "b.py could not be analysed: loop."),
    ]
    assert [one.span for one in found] == [Span("a.py", 2, 1, 2, 8), Span("b.py", 9, 1, 9, 1)]


# messages


def test_messages_have_all_placeholders() -> None:
    one = replace(
        access(
            Guard(OPT_OUT, "SPAM", evidence=Span("a.py", 2), why="only here"),
            Integrity(WEAK, "md5", evidence=Span("a.py", 3), why="too weak."),
        ),
    )
    every = "|".join(f"{{{name}}}" for name in PLACEHOLDERS)
    assert find([one], [], book(rule("OFL105", every, guard=["opt-out"])), {})[0].message == (
        "urlopen|https://example.org/{version}.tgz|build|SPAM|setup.py|7|only here|a.py:2|md5|setup.py:3|setup.py."
    )
    assert find([one], [], book(rule("OFL202", "{why} ({evidence})", integrity=["weak"])), {})[0].message == "Too weak (a.py:3)."


@pytest.mark.parametrize(
    ("template", "values", "text"),
    [
        ("{url}: {why}", {"url": "u", "why": ""}, "u"),
        ("{url} stops. {why}", {"url": "u", "why": "a reason."}, "u stops. A reason"),
        ("{url} stops. {why}", {"url": "u", "why": ""}, "u stops."),
        ("see ({evidence}).", {"evidence": ""}, "see."),
        ("{url} in .gitmodules", {"url": "{url}{why}"}, "{url}{why} in .gitmodules"),
        ("{url}", {"url": "https://a:b@c/d"}, "https://a:***@c/d"),
    ],
)
def test_fill(template: str, values: dict[str, str], text: str) -> None:
    assert fill(template, values) == text


def test_unknown_placeholders_are_told() -> None:
    (problem,) = check_templates(book(replace(rule("OFL101", "{api} {colour} {api.x}"[:15]), page="x.md")))
    assert problem.startswith("x.md: message: unknown placeholder {colour}; known are {api}, {url}")


@pytest.mark.parametrize(
    ("url", "masked"),
    [
        ("https://me:pw@host/x", "https://me:***@host/x"),
        ("https://ghp_abc@github.com/x", "https://***@github.com/x"),
        ("ssh://git@github.com/x", "ssh://git@github.com/x"),
        ("https://{user}:{password}@host", "https://{user}:{password}@host"),
        ("https://host/a@b:c", "https://host/a@b:c"),
        ("get https://u:p@a and https://u:q@b now", "get https://u:***@a and https://u:***@b now"),
        ("https://host/x?token=abc&v=1", "https://host/x?token=***&v=1"),
        ("https://host/x?api_key={key}", "https://host/x?api_key={key}"),
        ("https://:pw@host", "https://:***@host"),
        ("no url: a:b@c", "no url: a:b@c"),
    ],
)
def test_redact(url: str, masked: str) -> None:
    assert redact(url) == masked
    assert redact(masked) == masked


# fingerprints


def test_fingerprints_know_no_lines() -> None:
    rules = book(UNGUARDED, UNVERIFIED)
    before = find([access(line=7)], [], rules, {})
    moved = find([replace(access(line=70), phase=Phase.TEST)], [], rules, {})
    assert [one.fingerprint for one in before] == [one.fingerprint for one in moved]
    assert len({one.fingerprint for one in before}) == 2
    assert all(len(one.fingerprint) == 32 for one in before)


def test_fingerprints_of_equals_have_ordinals() -> None:
    first, second = find([access(line=7), access(line=9)], [], book(UNGUARDED), {})
    assert first.fingerprint != second.fingerprint
    alone = find([access(line=8)], [], book(UNGUARDED), {})[0]
    assert alone.fingerprint == first.fingerprint


@pytest.mark.parametrize("changes", [{"api": "x"}, {"url": "x"}, {"trail": ()}, {"span": Span("other.py", 7, 5, 7, 20)}], ids=str)
def test_fingerprints_differ(changes: dict[str, object]) -> None:
    other = replace(access(), **changes)  # type: ignore[arg-type]
    assert find([other], [], book(UNGUARDED), {})[0].fingerprint != find([access()], [], book(UNGUARDED), {})[0].fingerprint


def test_a_fingerprint_stays_for_ever() -> None:
    finding = Finding("OFL101", "x", Level.NOTE, "", "", Span("setup.py"))
    assert fingerprinted([finding])[0].fingerprint == "4773aa1d7c7cbd1dd800b0b2c95cea05"


# selection


@pytest.mark.parametrize("selector", ["OFL201", "ofl201", "unverified-download", "OFL2", "OFL2xx", "OFL20", "integrity", "all", " OFL201 "])
def test_selectors(selector: str) -> None:
    assert selects(["nothing", selector], "OFL201", "unverified-download")
    assert selector == "all" or not selects([selector], "OFL101", "unguarded-access")


def test_unknown_selectors_name_the_nearest() -> None:
    rules = {"OFL101": replace(rule("OFL101"), name="unguarded-access")}
    names = {code: rule.name for code, rule in rules.items()}
    assert unknown(["OFL101", "OFL4", "completeness", "all", "unguarded-access"], names) is None
    assert unknown(["unguarded-acess"], names) == "no rule or group 'unguarded-acess'; did you mean 'unguarded-access'?"
    assert unknown(["OFL999"], names) is not None


# verdicts


@pytest.mark.parametrize(
    ("accesses", "verdict", "because"),
    [
        ([], Verdict.OFFLINE, ()),
        ([access(OPT_IN)], Verdict.OPT_IN, ("setup.py:7",)),
        ([access(NONE, reach=Reach.EXPLICIT)], Verdict.OPT_IN, ("setup.py:7",)),
        ([access(OPT_IN), access(OPT_OUT, line=8)], Verdict.OPT_OUT, ("setup.py:8",)),
        ([access(OPT_OUT), access(FALLBACK, line=9), access(NONE, line=8)], Verdict.ONLINE, ("setup.py:8", "setup.py:9")),
        ([access(phase=Phase.DOCS)], Verdict.OFFLINE, ()),
    ],
)
def test_verdicts(accesses: list[Access], verdict: Verdict, because: tuple[str, ...]) -> None:
    (found,) = verdicts(accesses, [], {Phase.BUILD})
    assert (found.phase, found.verdict, found.because) == (Phase.BUILD, verdict, because)


def test_unknown_is_where_nothing_was_found_and_not_all_was_read() -> None:
    docs_only = Skipped("conf.py", "a budget was spent", 1, Phase.DOCS)
    found = verdicts([access(OPT_OUT)], [docs_only, Skipped("x.py", "Python 2")], Phase)
    assert [one.verdict for one in found] == [Verdict.OPT_OUT, Verdict.UNKNOWN, Verdict.UNKNOWN]
    assert found[0].why.endswith("; not everything could be analysed")
    assert found[1].why == "x.py could not be analysed: Python 2"
    assert found[2].why == "conf.py could not be analysed: a budget was spent (and 1 more)"


@pytest.mark.parametrize(
    ("set_to", "words"), [("1", "is set"), ("True", "is set"), ("OFF", "is OFF"), ("never", "is never"), ("0", "is 0")]
)
def test_an_opt_out_says_the_value_that_stops(set_to: str, words: str) -> None:
    (found,) = verdicts([access(Guard(GuardState.OPT_OUT, "SPAM", set_to=set_to))], [], {Phase.BUILD})
    assert found.why.endswith(f" unless SPAM {words}")


def test_verdicts_hold_no_credentials() -> None:
    (found,) = verdicts([access(url="https://a:b@c")], [], {Phase.BUILD})
    assert found.why == "urlopen reaches https://a:***@c"


# switches


def test_switches() -> None:
    found = switches(
        [
            access(Guard(OPT_OUT, "NO_NETWORK"), line=9),
            access(Guard(OPT_OUT, "NO_NETWORK"), line=10),
            access(Guard(OPT_OUT, "SPAM_HOME", "env", "a folder", ("provision",))),
            access(Guard(OPT_IN, "--remote-data", "pytest", "any")),
            access(Guard(NONE, "NO_NETWORK", flaws=("inverted",))),
            access(Guard(NONE)),
            access(Guard(FALLBACK, "SPAM")),
        ]
    )
    assert found == (
        Switch("--remote-data", "pytest", "any", "opt-in", (), ("setup.py:7",)),
        Switch("NO_NETWORK", "env", "1", "inverted", (), ("setup.py:7",)),
        Switch("NO_NETWORK", "env", "1", "opt-out", ("setup.py:9", "setup.py:10"), ()),
        Switch("SPAM_HOME", "env", "a folder", "provision", ("setup.py:7",), ()),
    )
