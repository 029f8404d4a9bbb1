"""What are the words of a command line? Shell text is split into commands, and wrappers are seen through.

Nothing here knows the network. The shell grammar is POSIX's (Shell Command Language, sections 2.2, 2.3, 2.6, 2.7), read leniently:
broken quoting ends at the end of the text, nothing raises, and the time is linear in the text.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

LONGEST = 2_000_000  # characters of one shell text that are read
MOST = 2_000  # commands of one shell text that are kept
DEEPEST = 8  # substitutions and wrappers within each other


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a command line: ``text`` has ``{hole}`` for unknown parts; ``exact`` says that there is no hole."""

    text: str
    exact: bool = True


@dataclass(slots=True)
class Simple:
    """One simple command of a shell text.

    ``before`` is the operator before it (``""`` ``&&`` ``||`` ``|`` ``;``), ``to`` the file its output goes to, ``given`` the text of
    a here-document or here-string, ``inner`` the commands of its substitutions, ``env`` its own ``A=b`` assignments.
    """

    words: list[Word]
    before: str = ""
    to: str | None = None
    given: str | None = None
    inner: list[Simple] = field(default_factory=list)
    env: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Inner:
    """What a command line runs. ``kind``: ``line`` (a program), ``module``, ``script``, ``code`` (Python), ``shell``, ``calls`` (texts)."""

    kind: str
    words: list[Word]
    env: tuple[str, ...] = ()
    folder: str = ""


HOLE = re.compile(r"\{[^{}\n]*\}")
_PARTS = (
    r"(?P<skip>[ \t\r\f\v\0]+|\\\r?\n)|(?P<op>\n|&&|\|\|?&?|;;?&?|&(?!>)|[()])"
    r"|(?P<redirect>(?:\d+|&)?(?:<<<|<<-?|>>|>\||[<>]&|<>|[<>](?!\()))"
    r"|(?P<sub>\$\((?!\()|`|[<>]\()|(?P<var>\$\{[^}\n]*\}|\$[A-Za-z_]\w*|\$[0-9@*#?$!-])"
    r"|(?P<single>\$?'[^']*'?)|(?P<double>\")|(?P<escape>\\.)"
)
_EXACT = re.compile(_PARTS + r"|(?P<plain>[^\s\0'\"\\$`|&;()<>]+)|(?P<any>.)", re.DOTALL)
_HOLED = re.compile(_PARTS + r"|(?P<hole>\{[^\s{}][^{}\n]*\})|(?P<plain>[^\s\0'\"\\$`|&;()<>{]+)|(?P<any>.)", re.DOTALL)
_QUOTED = re.compile(
    r"(?P<end>\")|(?P<sub>\$\((?!\()|`)|(?P<var>\$\{[^}\n]*\}|\$[A-Za-z_]\w*|\$[0-9@*#?$!-])"
    r"|(?P<escape>\\.)|(?P<hole>\{[^\s{}][^{}\n]*\})|(?P<any>[^\"\\$`{]+|.)",
    re.DOTALL,
)
_PAREN = re.compile(r"'[^']*'|\"(?:[^\"\\]|\\.)*\"|\\.|[()]", re.DOTALL)
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=")
_KEYWORDS = frozenset(["if", "then", "else", "elif", "do", "while", "until", "!", "{", "}", "fi", "done", "esac", "time", "@"])


class _Shell:
    """Reads one shell text from left to right."""

    def __init__(self, text: str, exact: bool, depth: int, names: dict[str, Word]) -> None:
        self.text, self.exact, self.depth, self.names = text[:LONGEST], exact, depth, names
        self.commands: list[Simple] = []
        self.position = 0
        self.unclosed = False
        self.start(";")

    def start(self, before: str) -> None:
        self.now = Simple([], before)
        self.redirect: str | None = None
        self.documents: list[tuple[str, Simple]] = getattr(self, "documents", [])
        self.clear()

    def clear(self) -> None:
        self.pieces: list[str] = []
        self.known = True
        self.open = False

    def add(self, text: str, known: bool = True) -> None:
        self.pieces.append(text)
        self.known = self.known and known
        self.open = True

    def variable(self, text: str) -> None:
        name = re.sub(r"\W.*", "", text.strip("${}"), flags=re.DOTALL)
        value = self.names.get(name) if text.strip("${}") == name else None
        if value is None:
            self.add("{" + (name or "argument") + "}", known=False)
        else:
            self.add(value.text, value.exact)

    def substitution(self, opening: str) -> None:
        """``$(…)``, backquotes, ``<(…)``: commands of their own, and a hole in the word."""
        start, end = self.position, -1
        if not self.unclosed and self.depth < DEEPEST:
            if opening == "`":
                end = self.text.find("`", start)
            else:
                level = 1
                for match in _PAREN.finditer(self.text, start):
                    level += {"(": 1, ")": -1}.get(match[0], 0)
                    if level == 0:
                        end = match.start()
                        break
        if end < 0 and (self.unclosed or self.depth >= DEEPEST):
            self.add(opening)
            return
        if end < 0:
            self.unclosed, end = True, len(self.text)
        if len(self.now.inner) < MOST and end > start:
            self.now.inner.extend(split_shell(self.text[start:end], self.exact, self.depth + 1, self.names))
        self.position = end + 1
        self.add("{command}", known=False)

    def end_word(self) -> None:
        if not self.open:
            return
        word = Word("".join(self.pieces), self.known)
        self.clear()
        if self.redirect is None:
            self.now.words.append(word)
        elif self.redirect == "<<<":
            self.now.given = word.text
        elif self.redirect.startswith("<<"):
            self.documents.append((word.text, self.now))
        elif ">" in self.redirect and "<" not in self.redirect and self.redirect[0] not in "23456789" and not word.text.startswith("/dev/"):
            self.now.to = None if self.redirect.endswith("&") and word.text.isdigit() else word.text
        self.redirect = None

    def end_command(self, operator: str) -> None:
        self.end_word()
        now, words = self.now, self.now.words
        start = next((at for at, word in enumerate(words) if word.text not in _KEYWORDS), len(words))
        end = next((at for at in range(start, len(words)) if not _ASSIGNMENT.match(words[at].text)), len(words))
        env = now.env = tuple(word.text for word in words[start:end])
        del words[:end]
        if not words:
            for text in env:
                name, _, value = text.partition("=")
                self.names[name] = Word(value, not HOLE.search(value) or (self.exact and "{command}" not in value))
        if words or now.inner or now.given is not None or env:
            self.commands.append(now)
            self.start(operator)
        elif operator != "\n" or now.before == "|":
            self.start(operator if operator != "\n" else now.before)
        if operator == "\n":
            self.here_documents()

    def here_documents(self) -> None:
        for delimiter, command in self.documents:
            ending = re.compile(r"^[ \t]*" + re.escape(delimiter) + r"[ \t\r]*$", re.MULTILINE)
            match = ending.search(self.text, self.position)
            end = match.start() if match else len(self.text)
            command.given = self.text[self.position : end]
            self.position = match.end() if match else end
        self.documents.clear()

    def quoted(self) -> None:
        self.open = True
        while match := _QUOTED.match(self.text, self.position):
            self.position = match.end()
            kind, text = match.lastgroup, match[0]
            if kind == "end":
                return
            if kind == "sub":
                self.substitution(text)
            elif kind == "var":
                self.variable(text)
            elif kind == "escape":
                self.add(text[1] if text[1] in '"\\$`' else "" if text[1] == "\n" else text)
            else:
                self.add(text, known=kind != "hole" or self.exact)

    def read(self) -> list[Simple]:
        token = _EXACT if self.exact else _HOLED
        while len(self.commands) < MOST and (match := token.match(self.text, self.position)):
            self.position = match.end()
            kind, text = match.lastgroup, match[0]
            if kind == "skip":
                self.end_word()
            elif kind == "op":
                self.end_command(_OPERATORS.get(text, ";"))
            elif kind == "redirect":
                self.end_word()
                self.redirect = text
            elif kind == "sub":
                self.substitution(text)
            elif kind == "var":
                self.variable(text)
            elif kind == "single":
                self.add(text.lstrip("$")[1:].removesuffix("'"), self.exact or not HOLE.search(text))
            elif kind == "double":
                self.quoted()
            elif kind == "escape":  # an escaped letter is a Windows path far more often than an escape
                self.add(text if text[1].isalnum() else text[1])
            elif not self.open and text.startswith("#"):
                end = self.text.find("\n", self.position)
                self.position = len(self.text) if end < 0 else end
            else:
                self.add(text, known=kind != "hole")
        self.end_command(";")
        return self.commands


_OPERATORS = {"&&": "&&", "||": "||", "|": "|", "|&": "|", "\n": "\n"}


def split_shell(text: str, exact: bool = True, depth: int = 0, names: dict[str, Word] | None = None) -> list[Simple]:
    """Every simple command of a shell text in order; ``names`` are the variables known so far (``A=b`` adds to them)."""
    commands = _Shell(text, exact, depth, {} if names is None else names).read()
    for command in commands:
        command.before = ";" if command.before == "\n" else command.before
    return commands


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
_PYTHON = re.compile(r"(?:pythonw?|pypy|graalpy|py)[\d.]*[td]?")
_PYTHON_RUNNERS = {"coverage run": 1, "cProfile": 0, "profile": 0, "pdb": 0, "trace": 0, "kernprof": 0}
_PYTHON_VALUES = frozenset(["-W", "-X", "--source", "--rcfile", "--include", "--omit", "--data-file", "--concurrency", "-o", "--context"])
_SHELLS = frozenset(["sh", "bash", "dash", "zsh", "ksh", "ash", "fish"])
_TEXT_OPTIONS = {"su": "-c", "runuser": "-c", "script": "-c", "nix-shell": "--run"}
_CALLS = frozenset(["Rscript", "R", "julia"])
_INTERPRETERS = frozenset(["node", "nodejs", "perl", "ruby", "php", "source", ".", "iex", "Invoke-Expression", "eval"])
_EXTENSION = re.compile(r"\.(?:exe|cmd|bat|com)$", re.IGNORECASE)


def program(word: Word) -> str:
    """A program's bare name: no folder, no ``.exe``, no holes (``{bin}/python{version}`` is ``python``); empty if it is only a hole."""
    text = word.text if word.exact else HOLE.sub("", word.text)
    return _EXTENSION.sub("", re.split(r"[/\\]", text.strip().strip("\"'&"))[-1])


def reads_program(words: Sequence[Word]) -> bool:
    """Whether a command runs the program text on its standard input: ``sh``, ``sudo bash -s -- x``, ``python -``, ``iex``."""
    for inner in peel(words):
        name, texts = program(inner.words[0]), [word.text for word in inner.words[1:]]
        if inner.kind == "line" and (name in _SHELLS or name in _INTERPRETERS or _PYTHON.fullmatch(name)):
            return texts[:1] in (["-"], ["-s"]) or all(re.match(r"-(?!-?e|n|p|r|c)", text) for text in texts)
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


def join(folder: str, path: str) -> str:
    """A path in a folder, normalised; ``""`` and ``⟨root⟩`` are the root."""
    joined = posixpath.normpath(posixpath.join(folder, path.replace("\\", "/")))
    joined = joined.rpartition("⟨root⟩")[2].lstrip("/") if "⟨root⟩" in joined else joined
    return "" if joined == "." else joined


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
        elif _ASSIGNMENT.match(text):
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
    at = 1
    while at < len(words):
        text = words[at].text
        if re.fullmatch(r"-[A-Za-z]*c", text):
            if at + 1 < len(words):
                yield Inner("shell", [words[at + 1]])
            return
        if not text.startswith(("-", "+")):
            yield Inner("line", list(words[at:]))
            return
        at += 2 if text in ("-o", "+o", "-O", "+O", "--rcfile", "--init-file") else 1
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
