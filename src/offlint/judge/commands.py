"""Does this command line reach the network? What each program does stands on its page under rules/apis/commands/."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase

from offlint.judge.operands import REQUIREMENT, SCHEME, Parsed, Tree, digest_of, parse, place_of, select
from offlint.judge.words import DEEPEST, HOLE, Simple, Word, join, program, split_shell
from offlint.judge.wrappers import peel, reads_program, runs_text
from offlint.model.lazy import dataclass, regex
from offlint.rulebook.schema import Command, Rulebook

__all__ = ["Check", "CommandJudgement", "Word", "judge_check", "judge_command", "judge_shell", "scripts_run"]


@dataclass(frozen=True, slots=True)
class CommandJudgement:
    """One thing that a command line fetches or sends.

    ``url`` is empty where the words do not name it. ``verified`` is an algorithm or ``git-commit``, ``lock-file``, ``signature``;
    ``expected`` the fixed value where it is known; ``reference`` the text of a branch, tag, version or commit; ``mutable`` says that
    what the words name may change (a branch, a tag, no version). ``to`` is the file or folder that is written, as the words have it.
    ``declared`` says that no word names what is installed: it is what the project's own files declare.
    """

    program: str
    sub: tuple[str, ...]
    kind: str
    url: str
    url_exact: bool
    api: str
    keeps: bool
    verified: str | None
    reference: str | None
    mutable: bool
    insecure: bool
    runs: bool
    to: str | None
    offline: str | None
    expected: str | None
    declared: bool = False


@dataclass(frozen=True, slots=True)
class Check:
    """A local command that verifies what was fetched before it: ``sha256sum -c``, ``git checkout COMMIT``.

    ``kind`` is the kind of access that it settles (``git``, or ``http`` for a file), ``file`` the file's name where it is known.
    """

    kind: str
    algorithm: str
    expected: str | None
    file: str | None


_COMMIT = regex(r"[0-9a-fA-F]{40}(?:[0-9a-fA-F]{24})?")
_PINNED = regex(r"[=@:]v?\d[\w.+!-]*(?:\s*;.*)?$")
_VERSION = regex(r"(?:-|(?<![\d.-]))[\d.]+$")
_CALL = regex(r"(?<![\w:.])([\w:.]{1,80})\(([^()]{0,4000})\)")
_SERVER = regex(r"-i|--(?:[\w-]*-)?(?:index|registry|source|server|repository)(?:-url)?")
_FOLDERS = ("-C", "--prefix", "--cwd", "--dir", "--directory", "--project", "--manifest-path")
_INTO = ("-P", "--directory-prefix", "--output-dir", "--dir")
_ALONE = frozenset(["-V", "-v", "-h", "-?", "/?", "-version", "-help"])


def judge_command(words: Sequence[Word], rulebook: Rulebook, *, shipped: Callable[[str], bool], cwd: str = "") -> list[CommandJudgement]:
    """What one command line fetches or sends; wrappers are seen through, an unknown program gives nothing.

    ``shipped(path)`` says whether a file is in the tree; ``cwd`` is relative to the root. Leading ``A=b`` words are its environment.
    """
    return _command(words, Tree(rulebook, shipped, cwd))


def judge_shell(text: str, exact: bool, rulebook: Rulebook, *, shipped: Callable[[str], bool], cwd: str = "") -> list[CommandJudgement]:
    """What a shell text fetches or sends; ``exact`` says that its braces are no holes. Checks that follow in it are counted."""
    return _shell(Word(text, exact), Tree(rulebook, shipped, cwd), 0)


def judge_check(
    words: Sequence[Word], rulebook: Rulebook, *, shipped: Callable[[str], bool], cwd: str = "", given: str | None = None
) -> list[Check]:
    """What a local command verifies; ``given`` is the text on its standard input."""
    return list(_checks(words, given, Tree(rulebook, shipped, cwd)))


def scripts_run(words: Sequence[Word]) -> list[tuple[str, list[Word]]]:
    """Python that a command line runs: ``("a.py", argv)``, ``("-m pkg.mod", argv)``, ``("-c", [code, …])``."""
    found: list[tuple[str, list[Word]]] = []
    for inner in peel(words):
        first, rest = inner.words[0], inner.words[1:]
        if inner.kind == "module":
            found.append((f"-m {first.text}", rest))
        elif inner.kind == "script":
            found.append((first.text, rest))
        elif inner.kind == "code":
            found.append(("-c", inner.words))
        elif inner.kind == "shell":
            for command in _flat(split_shell(first.text, first.exact, 1)):
                found.extend(scripts_run(command.words))
    return found


def _flat(commands: Iterable[Simple]) -> Iterator[Simple]:
    """Commands in the order that they run: those of substitutions come first."""
    for command in commands:
        yield from _flat(command.inner)
        yield command


def _lines(words: Sequence[Word], tree: Tree) -> Iterator[tuple[list[str], list[Word], Tree, Word | None]]:
    """Every program that a command line runs as (names to look up, words after it, where); a shell text comes as a last part."""
    for inner in peel(words):
        first, rest = inner.words[0], inner.words[1:]
        there = replace(tree, env=tree.env + inner.env, cwd=join(tree.cwd, inner.folder) if inner.folder else tree.cwd)
        if inner.kind == "shell":
            yield [], [], there, first
        elif inner.kind == "calls":
            for name, arguments in _CALL.findall(first.text):
                method = "." + name.rpartition(".")[2]
                yield [name, method], [Word(text.strip(" '\""), first.exact) for text in arguments.split(",")], there, None
        elif inner.kind == "module":
            path = first.text.replace(".", "/")
            own = any(tree.shipped(join(tree.cwd, path + end)) for end in (".py", "/__init__.py", "/__main__.py"))
            yield [f"python -m {first.text}", *([] if own else [first.text, first.text.replace("_", "-")])], rest, there, None
        elif inner.kind in ("line", "script"):
            yield [program(first)], rest, there, None


def _command(words: Sequence[Word], tree: Tree, depth: int = 0) -> list[CommandJudgement]:
    found: list[CommandJudgement] = []
    for names, args, there, text in _lines(words, tree):
        if text is not None:
            found.extend(_shell(text, there, depth + 1))
            continue
        match = row_of(names, args, tree.book)
        if match is not None:
            found.extend(_judge(*match, there))
    return [replace(one, runs=True) for one in found] if found and runs_text(words) else found


def row_of(names: Iterable[str], args: Sequence[Word], book: Rulebook) -> tuple[Command, Parsed] | None:
    """The first row, longest sub-command first, that these words match; None for a version or help question."""
    for name in names:
        rows = next((book.commands[key] for key in (name, _VERSION.sub("", name), name.lower()) if key and key in book.commands), None)
        if rows is None:
            continue
        args = [word if len(word.text) < 4000 else Word(word.text[:4000], exact=False) for word in args]
        texts = [word.text for word in args]
        if "--help" in texts[:2] or texts[:1] in (["--version"], ["help"]) or (len(texts) == 1 and texts[0] in _ALONE):
            return None
        subbed = any(row.sub and row.sub[0][0] not in "-/*" for row in rows)
        for row in rows:
            parsed = _match(row, args, subbed)
            if parsed is not None:
                return row, parsed
        return None
    return None


def _match(row: Command, args: Sequence[Word], subbed: bool) -> Parsed | None:
    """The words as this row reads them, the sub-command taken off; None where the sub-command is another one."""
    split = next((at for at, word in enumerate(row.sub) if word[0] in "-/*"), len(row.sub))
    if split and not any(word.text == row.sub[0] for word in args):
        return None
    parsed = parse(args, row, split)
    if tuple(word.text for word in parsed.operands[:split] if word.exact) != row.sub[:split]:
        return None
    del parsed.operands[:split]
    if not row.sub:
        return None if subbed and parsed.operands else parsed
    phrase: list[str] = []
    for word in (*row.sub[split:], "-"):
        if word[0] in "-/" and phrase and phrase != ["*"]:
            if not parsed.given(phrase):
                return None
            phrase = []
        phrase.append(word)
    return parsed


def _holds(phrase: Sequence[str], parsed: Parsed, places: Sequence[tuple[Word, str]], tree: Tree) -> bool:
    """Whether a ``local_if`` entry holds: options in a row, or ``<…>`` of the operands (or the tree) and all options after it."""
    if not phrase[0].startswith("<"):
        return parsed.given(phrase, tree.env)
    test = phrase[0].strip("<>")
    if test == "shipped":
        return all(_shipped(name, parsed, tree) for name in phrase[1:])
    if "*" in test:
        fits = all(place != "remote" and fnmatchcase(word.text, test) for word, place in places)
    else:
        fits = all(place in ("path", "loopback", *test.split("|")) for _, place in places)
    return fits and bool(places) and all(parsed.given([option]) for option in phrase[1:])


def _shipped(name: str, parsed: Parsed, tree: Tree) -> bool:
    """Whether a file is in the tree where the command runs, or in a folder that it names."""
    folders = [tree.cwd, *(word.text.removesuffix("/Cargo.toml").removesuffix("Cargo.toml") for word in parsed.values(_FOLDERS))]
    plain = [re.sub(r"^\{[^{}]*\}/?", "", folder) for folder in folders]
    return any(tree.shipped(join(folder, name)) for folder in [*folders, *plain])


def _judge(row: Command, parsed: Parsed, tree: Tree) -> list[CommandJudgement]:
    """What a matching row says of these words."""
    places = [(word, place_of(word, tree)) for word in select(row.url, parsed)]
    if row.network == "never" or (row.remote_if and not any(parsed.given(phrase) for phrase in row.remote_if)):
        return []
    if any(_same(setting, text) for setting in re.findall(r"\w+=[^\s,]+", row.offline or "") for text in tree.env):
        return []
    given = [(name, value, place_of(value, tree)) for name, values in parsed.options.items() for value in values if value is not None]
    if any(place == "loopback" and _SERVER.fullmatch(name) for name, _, place in given):
        return []
    if (places and all(place == "loopback" for _, place in places)) or (
        row.network == "operand" and all(place in ("path", "loopback") for _, place in places)
    ):
        return []
    remote = [word for word, place in places if place == "remote"]
    local = {place for phrase in row.local_if if len(phrase) == 1 and phrase[0][0] == "<" for place in phrase[0].strip("<>").split("|")}
    names = [word for word, place in places if place in ("name", "unknown") and not (remote and place in local)]
    if any(_holds(phrase, parsed, places, tree) for phrase in row.local_if):  # offline, unless an option names a server all the same
        remote, names = [value for _, value, place in given if place == "remote" and "://" in value.text], []
        if not remote:
            return []
    found = [_one(row, parsed, word, None, tree) for word in remote]
    if names or not remote:
        whole = Word(",".join(word.text for word in names), bool(names) and all(word.exact for word in names))
        found.append(_one(row, parsed, whole, names, tree))
    return found


def _same(setting: str, text: str) -> bool:
    """Whether an assignment gives a tool's switch the value that its page asks for."""
    (name, _, wanted), (other, _, value) = setting.partition("="), text.partition("=")
    on = ("1", "true", "yes", "on")
    return name == other and (wanted.lower() == value.lower() or (wanted.lower() in on and value.lower() in on))


def _one(row: Command, parsed: Parsed, word: Word, names: Sequence[Word] | None, tree: Tree) -> CommandJudgement:
    """The judgement for one URL, or for all names (a list, perhaps empty) of a command line together."""
    url = REQUIREMENT.sub("", word.text) if names is None else word.text
    selected = select(row.reference, parsed) if row.reference else []
    reference = selected[0] if selected else None
    commit = row.commit
    if names is None and (match := SCHEME.match(url)) and match[1]:  # git+https://host/path@REF#egg=name, git+…#REF
        head, _, fragment = match[3].partition("#")
        ref = head.rpartition("@")[2] if "@" in head.partition("/")[2] else fragment if "=" not in fragment else ""
        reference, commit = Word(ref, not HOLE.search(ref) or word.exact) if ref else None, True
    digest = digest_of(url) if row.kind == "package-manager" or "@sha256:" in url else None
    conditions = [phrase for phrase in row.verified_if if parsed.given(phrase)]
    for phrase in conditions:
        digest = digest or next(filter(None, (digest_of(value.text, bare=True) for value in parsed.values(phrase[:1]))), None)
    verified, expected = digest or (None, None)
    full = reference is not None and reference.exact and _COMMIT.fullmatch(reference.text) is not None
    if verified is None and commit and full and reference is not None:
        verified, expected = "git-commit", reference.text
    insecure = any(parsed.given(phrase, tree.env) for phrase in row.insecure_if)
    if verified is None and row.verified and (conditions if row.verified_if else not insecure):
        verified = row.verified
    if verified is None and row.lock and not url and any(_shipped(name, parsed, tree) for name in row.lock):
        verified = "lock-file"
    loose = row.kind == "package-manager" and reference is None and any(n.exact and not _PINNED.search(n.text) for n in names or ())
    return CommandJudgement(
        program=row.program,
        sub=row.sub,
        kind=row.kind,
        url=url,
        url_exact=word.exact and bool(url),
        api=" ".join((row.program, *(part for part in row.sub if part != "*"))),
        keeps=row.keeps,
        verified=verified,
        reference=reference.text if reference is not None else None,
        mutable=verified is None and row.keeps and (commit or loose),
        insecure=insecure,
        runs=row.runs,
        to=_to(row, parsed, url),
        offline=row.offline,
        expected=expected,
        declared=row.declared and not url,
    )


def _to(row: Command, parsed: Parsed, url: str) -> str | None:
    """The file or folder that is written; None for standard output."""
    if row.to is None:
        return None
    words = select(row.to, parsed)
    path = words[0].text if words else ""
    if not words and not row.to.startswith("option:") and not (url.startswith("{") and "/" not in url):
        match = SCHEME.match(url)
        folders = re.split(r"[/:]", re.split(r"[?#]", match[3] if match else url, maxsplit=1)[0].rstrip("/"))
        path = folders[-1].removesuffix(".git") if match is None or len(folders) > 1 else ""
    into = [] if words else parsed.values(_INTO)
    return None if path in ("", "-", "/dev/stdout") else join(into[0].text, path) if into else path


def _checks(words: Sequence[Word], given: str | None, tree: Tree, fetched: frozenset[str] = frozenset()) -> Iterator[Check]:
    """The checks of one command; ``fetched`` are files that came over the same network, whose digests prove nothing."""
    for names, args, there, _ in _lines(words, tree):
        match = row_of(names, args, tree.book)
        if match is None or match[0].network != "never":
            continue
        row, parsed = match
        reference = select(row.reference, parsed) if row.commit and row.reference else []
        if reference and reference[0].exact and _COMMIT.fullmatch(reference[0].text):
            yield Check(row.kind, "git-commit", reference[0].text, None)
        elif row.verified == "signature" and not row.verified_if:
            yield Check(row.kind, row.verified, None, None)
        elif row.verified and any(parsed.given(phrase) for phrase in row.verified_if):
            for digest, name in re.findall(r"([0-9a-fA-F]{32,128}|\{(?!command\})[^{}]*\})\s+[*]?([^\s'\"\\]+)", given or ""):
                yield Check("http", row.verified, None if digest.startswith("{") else digest, name)
            for word in parsed.operands:
                if word.exact and word.text not in fetched and there.shipped(join(there.cwd, word.text)):
                    yield Check("http", row.verified, None, None)


def _shell(text: Word, tree: Tree, depth: int) -> list[CommandJudgement]:
    return _sequence(split_shell(text.text, text.exact, depth), tree, depth) if depth < DEEPEST else []


def _sequence(commands: Sequence[Simple], tree: Tree, depth: int) -> list[CommandJudgement]:
    """The commands of one shell text in order: what they fetch, and which of them run or verify what came before."""
    found: list[CommandJudgement] = []
    pending: dict[int, str] = {}  # fetched, neither used nor verified yet: place in found, file's name
    piped: list[int] = []
    strict = False
    for at, command in enumerate(commands):
        words, start = command.words, len(found)
        name, operands = (program(words[0]) if words else ""), [word.text for word in words[1:]]
        here = replace(tree, env=tree.env + command.env)
        piped = piped if command.before == "|" else []
        inside = _sequence(command.inner, here, depth + 1) if depth < DEEPEST else []
        runs = runs_text(words) or (command.given or "").startswith("{command}")
        found.extend(replace(one, runs=one.runs or runs) for one in inside)
        given = command.given
        if name in ("cd", "pushd") and operands:
            tree = replace(tree, cwd=join(tree.cwd, operands[0]))
        elif name == "export" or not words:
            tree = replace(tree, env=tree.env + command.env + tuple(operands))
        elif name == "set":
            strict = strict or any(re.match(r"-\w*e", text) for text in operands)
        elif given is not None and reads_program(words):
            found.extend(_shell(Word(given, exact=False), here, depth + 1))
        else:
            got = _command(words, here, depth)
            found.extend(replace(one, to=command.to) if one.to is None and command.to and one.keeps else one for one in got)
        if command.before == "|" and reads_program(words):
            found[:] = [replace(one, runs=True) if place in piped and one.keeps else one for place, one in enumerate(found)]
        for source in [*command.inner, *(commands[at - 1 : at] if command.before == "|" else [])]:
            if given is None and source.words and program(source.words[0]) in ("echo", "printf"):
                given = " ".join(word.text for word in source.words[1:])
        checks = list(_checks(words, given, here, frozenset(pending.values())))
        if checks and _stops(commands[at + 1 : at + 5], strict):
            for check in checks:
                for place, file in list(pending.items()):
                    one = found[place]
                    if (one.kind == "git") == (check.kind == "git") and (check.file is None or check.file.rpartition("/")[2] == file):
                        found[place] = replace(one, verified=check.algorithm, expected=check.expected, mutable=False)
                        del pending[place]
        elif not checks and name not in ("echo", "printf", "test", "[", "ls", "cd", "git"):
            touched = {text.rpartition("/")[2] for text in (name, *operands)}
            started = {program(inner.words[0]) for inner in peel(words) if inner.kind in ("line", "script")} if words else set()
            for place, file in [(place, file) for place, file in pending.items() if file and file in touched]:
                found[place] = replace(found[place], runs=found[place].runs or file in started)
                if name != "chmod":
                    del pending[place]
        new = range(start, len(found))
        pending.update(
            {place: (found[place].to or "").rpartition("/")[2] for place in new if found[place].keeps and not found[place].verified}
        )
        piped = [*piped, *new]
    return found


def _stops(following: Sequence[Simple], strict: bool) -> bool:
    """Whether what follows a check is not reached when it fails."""
    if not following or following[0].before == "&&":
        return True
    ends = any(command.words and program(command.words[0]) in ("exit", "return", "false") for command in following[:3])
    return ends if following[0].before == "||" else strict and following[0].before == ";"
