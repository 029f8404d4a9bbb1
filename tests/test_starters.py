"""Which functions are followed for the programs that they start? Those that one leads to which names a program that can reach out."""

from __future__ import annotations

import pytest

from offlint.flow.mentions import collect
from offlint.flow.starters import HANDED_ON, Commands, Known, Led
from offlint.lower.python import lower_python
from offlint.rulebook.loading import load_rulebook

BOOK = load_rulebook()


def named(code: str, *, starts: bool = False) -> tuple[bool, frozenset[str]]:
    steps = lower_python(code, "a.py").body
    words: set[str] = set()
    collect(steps, words)
    return Commands(BOOK, ["tools/get.py", "tests/conftest.py"]).named(steps, frozenset(words), starts=starts)


@pytest.mark.parametrize(
    "code",
    [
        "run(['git', 'clone', url])",
        "run('cd a && sudo git clone ' + url)",
        "run(f'curl -O {url}')",
        "run(['/usr/bin/curl', url])",
        "run([sys.executable, '-m', 'pip', 'install', 'x'])",
        "run('tools/get.py')",
        "run(['make', 'data'])",
        "run(b'wget x')",
        "run('echo curl x | sh')",
        "run('echo x | xargs -n 1 timeout 10 /usr/bin/curl')",
        "run('bash < tools/get.py')",
    ],
)
def test_a_program_that_can_reach_out(code: str) -> None:
    assert named(code)[0]


@pytest.mark.parametrize(
    "code",
    [
        "run(['less', '-R'])",
        "x = 'to get it, use curl'",
        "'''curl x'''",
        "path = 'tests/conftest.py'",
        "x = 'other/script.py'",
        "run('echo curl x | cat')",
        "call(['bash', '--norc', '-c', 'echo $BASH_VERSION'])",
    ],
)
def test_nothing_that_can_reach_out(code: str) -> None:
    assert named(code) == (False, frozenset())


def test_a_program_without_its_sub_command_wants_one() -> None:
    found, wants = named("x = ['git', *args]")
    assert not found
    assert {"clone", "fetch"} <= wants
    assert named("x = ['git', *args]", starts=True)[0]
    assert named("run('other/script.py')", starts=True)[0]


def test_a_command_line_is_handed_on_by_few_calls() -> None:
    chain = [Known(f"f{n}", (), "a.py", "", {f"f{n + 1}": ("a.py",)}, reaches=False) for n in range(HANDED_ON + 2)]
    chain[0].names = True
    for known in chain:
        known.starts = True
    defined = {name: [known] for known in chain for name in known.called}
    mentioned = {word: [known] for known in chain for word in known.links}
    led = Led(defined, mentioned, lambda *_: True)
    assert led.take(chain) == chain[:HANDED_ON]
    assert [known.is_led for known in chain] == [True] * HANDED_ON + [False] * 2
    assert led.take(chain) == []
