"""What does this command line really run? Wrappers seen through.

``sudo``, ``env``, ``docker run``, a shell's ``-c``, Python's ``-m``: what each of them starts is a command line, a module, a script, or
code of its own. Nothing here knows the network.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from offlint.flow.shell.readers import SHELL_VALUES, reader
from offlint.judge.words import ASSIGNMENT, DEEPEST, Word, join, program
from offlint.model.lazy import dataclass, regex


@dataclass(frozen=True, slots=True)
class Inner:
    """What a command line runs. ``kind``: ``line`` (a program), ``module``, ``script``, ``code`` (Python), ``shell``, ``calls`` (texts)."""

    kind: str
    words: list[Word]
    env: tuple[str, ...] = ()
    folder: str = ""


@dataclass(frozen=True, slots=True)
class _Wrapper:
    """A program that runs the command line in its operands: after which options with values, and after how many operands."""

    values: frozenset[str] = frozenset()
    skip: int = 0


def _wrappers(text: str) -> Mapping[str, _Wrapper]:
    rows = {}
    for line in text.strip().splitlines():
        name, _, rest = line.strip().partition(":")
        words = rest.split()
        skip = int(words.pop(0)) if words and words[0].isdigit() else 0
        for one in name.split(","):
            rows[one.strip()] = _Wrapper(frozenset(words), skip)
    return rows


_DOCKER = "-e --env -v --volume -w --workdir -u --user --name -p --publish --network --net --platform --mount --entrypoint --env-file"
WRAPPERS = _wrappers(f"""
    sudo: -u -g -h -p -C -r -t -U -D --user --group
    doas: -u -C
    env: -u -C --unset --chdir
    nice: -n
    ionice: -c -n
    time, gtime: -o -f
    exec: -a
    nohup, setsid, command, builtin, fakeroot, eatmydata, chronic, unbuffer, winpty, call, catchsegv, ccache, sccache, wine:
    timeout, gtimeout: 1 -s -k --signal --kill-after
    stdbuf: -i -o -e
    xvfb-run, dbus-run-session: -n -s -e -f -p -w -l --server-args --server-num
    xargs: -I -n -P -L -d -a -E -s --max-args --max-procs
    chroot, taskset, arch: 1
    strace, ltrace: -o -e -p
    uv run: --with --extra --group -p --python --env-file --index --index-url --directory --project --with-requirements --package
    poetry run, pipenv run, pdm run, rye run, hatch run, pixi run, bundle exec:
    conda run, mamba run, micromamba run: -n -p --name --prefix --cwd
    docker run, podman run: 1 {_DOCKER}
    docker exec, podman exec: 1 {_DOCKER}
    direnv exec: 1
""")
_PYTHON = regex(r"(?:pythonw?|pypy|graalpy|py)[\d.]*[td]?")
_PYTHON_RUNNERS = {"coverage run": 1, "cProfile": 0, "profile": 0, "pdb": 0, "trace": 0, "kernprof": 0}
_PYTHON_VALUES = frozenset(["-W", "-X", "--source", "--rcfile", "--include", "--omit", "--data-file", "--concurrency", "-o", "--context"])
_SHELLS = frozenset(["sh", "bash", "dash", "zsh", "ksh", "ash", "fish"])
_TEXT_OPTIONS = {"su": "-c", "runuser": "-c", "script": "-c", "nix-shell": "--run"}
_CALLS = frozenset(["Rscript", "R", "julia"])
_TAKERS = frozenset(["source", ".", "iex", "Invoke-Expression", "eval"])
_INTERPRETERS = _TAKERS | {"node", "nodejs", "perl", "ruby", "php"}


def reads_program(words: Sequence[Word]) -> bool:
    """Whether a command runs the program text on its standard input: ``sh``, ``sudo bash -s -- x``, ``python -``, ``iex``."""
    for inner in peel(words):
        name, texts = program(inner.words[0]), [word.text for word in inner.words[1:]]
        if inner.kind == "line" and (name in _TAKERS or reader([name, *texts])):
            return not texts or name not in _TAKERS
    return False


def runs_text(words: Sequence[Word]) -> bool:
    """Whether a command runs what a substitution gave: ``sh -c "$(…)"``, ``bash <(…)``, ``eval``, ``source <(…)``."""
    for inner in peel(words):
        first, name = inner.words[0].text, program(inner.words[0])
        if inner.kind == "calls" and re.search(r"(?i)\b(?:iex|invoke-expression)\b", first):
            return True
        if first.startswith("{command}") and (inner.kind in ("shell", "code") or first == "{command}"):
            return True
        if name in _INTERPRETERS and any(word.text.startswith("{command}") for word in inner.words[1:2]):
            return True
    return False


def _after(words: Sequence[Word], start: int, wrapper: _Wrapper) -> tuple[int, tuple[str, ...], str]:
    """Where the wrapped command begins, the ``A=b`` words passed on the way, and the folder that ``-C`` names."""
    env: list[str] = []
    folder, skip, at = "", wrapper.skip, start
    while at < len(words):
        text = words[at].text
        if text == "--":
            at += 1
            continue
        if text.startswith("-") and len(text) > 1:
            if text in wrapper.values:
                folder = words[at + 1].text if text in ("-C", "--chdir", "--directory") and at + 1 < len(words) else folder
                at += 1
        elif ASSIGNMENT.match(text):
            env.append(text)
        elif skip == 0:
            break
        else:
            skip -= 1
        at += 1
    return at, tuple(env), folder


def _python(words: Sequence[Word], start: int) -> Iterator[Inner]:
    """Python's own command line (Python Setup and Usage, 1.1): ``-m`` and ``-c`` end the options, bundled or not."""
    at = start
    while at < len(words):
        text = words[at].text
        if text == "-":  # the standard input, whatever follows
            return
        found = re.fullmatch(r"-[A-Za-z0-9]*?([mc])(.*)", text, re.DOTALL) if not text.startswith("--") else None
        if found and not text.startswith(("-W", "-X")):
            what = Word(found[2], words[at].exact) if found[2] else words[at + 1] if at + 1 < len(words) else None
            if what is not None:
                rest = list(words[at + (1 if found[2] else 2) :])
                yield Inner("module" if found[1] == "m" else "code", [what, *rest])
            return
        if not text.startswith("-"):
            yield Inner("script", list(words[at:]))
            return
        at += 2 if text in _PYTHON_VALUES else 1


def peel(words: Sequence[Word], depth: int = 0) -> Iterator[Inner]:
    """What a command line runs, wrappers seen through: ``sudo env A=b python -m pip x`` is the module ``pip``.

    A wrapper that may reach the network itself (``uv run X``) comes first as a line, then what it runs.
    """
    at, env, folder = _after(words, 0, _Wrapper())
    words = words[at:]
    if not words or depth > DEEPEST:
        return
    name, rest = program(words[0]), list(words[1:])
    pair = f"{name} {rest[0].text}" if rest else name
    looks_python = bool(_PYTHON.fullmatch(name)) or (not name and bool(re.search(r"(?i)python|executable|\bpy\b", words[0].text)))
    if not name and rest and not looks_python:
        looks_python = rest[0].text in ("-m", "-Im") or rest[0].text.endswith(".py")
    inners: list[Inner] = []
    if looks_python:
        inners = list(_python(words, 1)) or [Inner("line", list(words))]
    elif name in _PYTHON_RUNNERS or pair in _PYTHON_RUNNERS:
        inners = list(_python(words, 1 + _PYTHON_RUNNERS[name if name in _PYTHON_RUNNERS else pair]))
    elif name in WRAPPERS or pair in WRAPPERS:
        key = name if name in WRAPPERS else pair
        start, more, into = _after(words, 1 if key == name else 2, WRAPPERS[key])
        env, folder = env + more, into or folder
        if key != name:
            inners.append(Inner("line", list(words)))
        inside = [*words[start:], *([Word("{arguments}", exact=False)] if name == "xargs" else [])]
        before = words[start - 1].text if start < len(words) else ""
        if key == "uv run" and (before == "-m" or (inside and inside[0].text.endswith(".py"))):
            inners.append(Inner("module" if before == "-m" else "script", inside))
        else:
            inners.extend(peel(inside, depth + 1))
    elif name in _SHELLS:
        inners = list(_shell(words))
    elif name.lower() in ("cmd", "powershell", "pwsh"):
        inners = list(_windows(name.lower(), rest))
    elif name == "eval" or name in _TEXT_OPTIONS:
        texts = rest if name == "eval" else [rest[i + 1] for i, w in enumerate(rest[:-1]) if w.text == _TEXT_OPTIONS[name]]
        inners = [Inner("line", list(words)), *([Inner("shell", [_text(texts)])] if texts else [])]
    elif name in _CALLS:
        inners = [Inner("calls", [word]) for option, word in pairwise(rest) if option.text in ("-e", "--eval", "-E")]
        inners.insert(0, Inner("line", list(words)))
    elif name in ("node", "nodejs") and (scripts := [at for at, word in enumerate(rest) if not word.text.startswith("-")]):
        script = Word(re.sub(r"\.[cm]?js$", "", rest[scripts[0]].text), rest[scripts[0]].exact)
        inners = [Inner("line", [script, *rest[scripts[0] + 1 :]])]
    elif name.endswith(".py"):
        inners = [Inner("script", list(words))]
    else:
        inners = [Inner("line", list(words))]
    for inner in inners:
        merged = Inner(inner.kind, inner.words, env + inner.env, join(folder, inner.folder) if inner.folder else folder)
        yield merged
        if inner.kind == "module" and program(inner.words[0]) in {key.split()[0] for key in _PYTHON_RUNNERS}:
            yield from peel(inner.words, depth + 1)


def _text(words: Sequence[Word]) -> Word:
    return Word(" ".join(word.text for word in words), all(word.exact for word in words))


def _shell(words: Sequence[Word]) -> Iterator[Inner]:
    """A shell's own command line (POSIX, sh): ``-c TEXT``, ``FILE``, or the standard input, with ``-s`` whatever follows."""
    at = 1
    while at < len(words):
        text = words[at].text
        if re.fullmatch(r"-[A-Za-z]*s[A-Za-z]*", text):
            break
        if re.fullmatch(r"-[A-Za-z]*c", text):
            if at + 1 < len(words):
                yield Inner("shell", [words[at + 1]])
            return
        if not text.startswith(("-", "+")):
            yield Inner("line", list(words[at:]))
            return
        at += 2 if SHELL_VALUES.fullmatch(text) else 1
    yield Inner("line", list(words))


def _windows(name: str, rest: list[Word]) -> Iterator[Inner]:
    starts = {"/c", "/k", "/s"} if name == "cmd" else {"-command", "-c"}
    plain = re.compile(r"/.*" if name == "cmd" else r"-\w+", re.DOTALL)
    values = {"-executionpolicy", "-ep", "-ex", "-version", "-windowstyle", "-workingdirectory", "-outputformat", "-inputformat"}
    at = 0
    while at < len(rest) and plain.fullmatch(rest[at].text):
        option = rest[at].text.lower()
        at += 2 if option in values and name != "cmd" else 1
        if option in starts and option != "/s":
            break
    if at < len(rest):
        text = _text(rest[at:])
        yield Inner("shell", [text])
        if name != "cmd":
            yield Inner("calls", [text])
