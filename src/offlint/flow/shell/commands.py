"""What do the shell's own commands do, and the plain tools beside it? (POSIX, Shell Command Language, 2.14, and Utilities.)

Programs that reach the network or verify something stand on the pages under rules/apis/commands.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from offlint.flow import values as v
from offlint.flow.interning import taint
from offlint.flow.machine import Exit
from offlint.flow.shell import tools
from offlint.flow.shell.table import COMMANDS, command
from offlint.flow.summary import Use
from offlint.flow.texts import template
from offlint.model.lazy import regex

if TYPE_CHECKING:
    from offlint.flow.machine import Frame
    from offlint.flow.shell.language import Shell
    from offlint.model.span import Span

_FILLED = tools  # importing it fills the table
_ASSIGNMENT = regex(r"[A-Za-z_]\w*(?:\[\w*\])?=")
#: Programs among the commands here that a machine may lack.
PROGRAMS = frozenset({"make", "gmake", "jq", "xz", "unxz", "zstd", "xxd", "gawk", "lsb_release", "realpath"})


@command("true", ":", "umask", "ulimit", "sleep", "sync", "wait", "hash", "times", "alias", "shopt", "printenv", "fg", "bg", "jobs")
def true(sh: Shell, frame: Frame, words: list[v.Value], span: Span) -> v.Value:
    """Nothing that matters."""
    del sh, frame, words, span
    return v.TRUE


@command("false")
def false(sh: Shell, frame: Frame, words: list[v.Value], span: Span) -> v.Value:
    """Fails."""
    del sh, frame, words, span
    return v.FALSE


@command("echo", "printf")
def echo(sh: Shell, frame: Frame, words: list[v.Value], span: Span) -> v.Value:
    """Writes its words; of ``printf``, the format with its ``%s`` filled."""
    del span
    parts = [word for word in words if v.text_of(word) not in ("-e", "-n", "-E", "-ne", "-en")]
    form = v.text_of(parts[0]) if parts else None
    if form is not None and "%" in form and len(parts) > 1:
        given = iter(parts[1:])
        pieces = re.split(r"(%[-\d.]*[sdbq])", form)
        texts = [next(given, v.Const("")) if re.fullmatch(r"%[-\d.]*[sdbq]", piece) else v.Const(piece) for piece in pieces]
        sh.streams.emit(frame, sh.m.expressions.join([sh.words.text(one) for one in texts]))
    else:
        texts = [one for part in parts for one in (sh.words.text(part), v.Const(" "))][:-1]
        sh.streams.emit(frame, sh.m.expressions.join(texts) if len(texts) != 1 else parts[0])
    return v.TRUE


@command("cd", "pushd", "chdir")
def cd(sh: Shell, frame: Frame, words: list[v.Value], span: Span) -> v.Value:
    """Changes the folder."""
    del span
    targets = [word for word in words if not (v.text_of(word) or "").startswith("-") or v.text_of(word) == "-"]
    old = sh.m.store.get(frame.scope, "<folder>") or v.Unknown("folder")
    if targets and v.text_of(targets[0]) == "-":
        new = sh.m.store.get(frame.scope, "<before>") or v.Unknown("folder")
    elif targets:
        new = sh.words.path(frame, targets[0])
        new = v.Const("") if v.text_of(new) == "." else new
    else:
        new = v.Const("~")
    sh.m.store.set(frame.scope, "<before>", old)
    sh.m.store.set(frame.scope, "<folder>", new)
    return v.TRUE


@command("popd")
def popd(sh: Shell, frame: Frame, words: list[v.Value], span: Span) -> v.Value:
    """Goes back."""
    del words
    return cd(sh, frame, [v.Const("-")], span)


@command("pwd")
def pwd(sh: Shell, frame: Frame, words: list[v.Value], span: Span) -> v.Value:
    """Writes the folder."""
    del words, span
    sh.streams.emit(frame, sh.words.folder(frame))
    return v.TRUE


@command("set")
def set_(sh: Shell, frame: Frame, words: list[v.Value], span: Span) -> v.Value:
    """``set -e``, ``set -o pipefail``, ``set -- a b``."""
    del span
    texts = [v.text_of(word) or "" for word in words]
    at = 0
    while at < len(texts):
        text = texts[at]
        if text in ("--", "-") or not text.startswith(("-", "+")):
            frame.bindings = sh.words.bound(words[at + (text in ("--", "-")) :])
            break
        on = v.TRUE if text[0] == "-" else v.FALSE
        if "e" in text[1:]:
            sh.m.store.set(frame.scope, "-e", on)
        if text.endswith("o") and at + 1 < len(texts):
            at += 1
            option = {"errexit": "-e", "pipefail": "-pipefail"}.get(texts[at])
            if option:
                sh.m.store.set(frame.scope, option, on)
        at += 1
    return v.TRUE


@command("shift")
def shift(sh: Shell, frame: Frame, words: list[v.Value], span: Span) -> v.Value:
    """The parameters move up; in a loop, one pass of which stands for all, they are not known then."""
    del span
    count = int(text) if words and (text := v.text_of(words[0]) or "").isdigit() and len(text) < 4 else 1
    if frame.loops:
        frame.bindings = {name: value for name, value in frame.bindings.items() if name.startswith("<")}
    else:
        kept = {name: value for name, value in frame.bindings.items() if name.startswith("<")}
        if "#" in frame.bindings:
            frame.bindings = {**sh.words.bound(sh.words.arguments(frame)[count:]), **kept}
    return v.TRUE


@command("exit")
def exit_(sh: Shell, frame: Frame, words: list[v.Value], span: Span) -> v.Value:
    """The shell ends."""
    status = _code(sh, frame, words, span)
    sh.leave(frame, status, span)
    return status


@command("return")
def return_(sh: Shell, frame: Frame, words: list[v.Value], span: Span) -> v.Value:
    """The function or sourced script ends."""
    status = _code(sh, frame, words, span)
    sh.m.store.set(frame.scope, "?", status)
    frame.returns.append(Exit(frame.way, status, sh.m.store.changes(frame.mark), span))
    frame.alive = False
    return status


def _code(sh: Shell, frame: Frame, words: list[v.Value], span: Span) -> v.Value:
    """The status that a number stands for."""
    if not words:
        return sh.m.store.get(frame.scope, "?") or v.TRUE
    if isinstance(words[0], v.Choice):
        return sh.conditions.equal(frame, words[0], v.Const("0"), span)
    text = v.text_of(words[0])
    if text is None:
        return sh.m.atom("unknown", "exit status", span)
    return v.TRUE if text == "0" else v.FALSE


@command("test", "[")
def test(sh: Shell, frame: Frame, words: list[v.Value], span: Span) -> v.Value:
    """``test …``."""
    kept = words[:-1] if words and v.text_of(words[-1]) == "]" else words
    return sh.conditions.test(frame, [(word, True) for word in kept], span)


@command("command", "builtin")
def command_(sh: Shell, frame: Frame, words: list[v.Value], span: Span) -> v.Value:
    """``command -v program`` asks, ``command program …`` runs it."""
    if words and not (v.text_of(words[0]) or "").startswith("-"):
        return sh.run(frame, words, [], span)
    return which(sh, frame, words, span)


@command("type", "which", "whence")
def which(sh: Shell, frame: Frame, words: list[v.Value], span: Span) -> v.Value:
    """Whether a program is there, and where."""
    plain = [word for word in words if not (v.text_of(word) or "").startswith("-")]
    what = plain[0] if plain else v.Const("")
    text = v.text_of(what)
    if text is not None and ((text in COMMANDS and text not in PROGRAMS) or sh.m.store.get(frame.scope, f"{text}()") is not None):
        sh.streams.emit(frame, what)
        return v.TRUE
    label = f"which {template(what)}"
    there = sh.m.store.get("exists", label)
    if there is None:
        there = sh.m.atom("missing", label, span)
        sh.m.store.set("exists", label, there)
    sh.streams.emit(frame, v.choice(there, what, v.Const("")))
    return there


@command("read", "mapfile", "readarray")
def read(sh: Shell, frame: Frame, words: list[v.Value], span: Span) -> v.Value:
    """Variables get what is read."""
    for word in words:
        text = v.text_of(word) or ""
        if text.isidentifier():
            sh.assign(frame, text, sh.streams.stdin if sh.streams.stdin is not None else v.Unknown(text))
    return sh.m.atom("unknown", "a line is there", span)


@command("eval")
def eval_(sh: Shell, frame: Frame, words: list[v.Value], span: Span) -> v.Value:
    """Words as a command."""
    text = sh.m.expressions.join([part for word in words for part in (sh.words.text(word), v.Const(" "))][:-1])
    touched = sh.m.deep_taint(text)
    if touched:
        _use(frame, "execute", touched, span)
    function = sh.processes.text(frame, text, span)
    if function is None:
        return sh.m.atom("unknown", "eval", span)
    return sh.inline(frame, v.FunctionRef(function, frame.scope), dict(frame.bindings), span)


@command("source", ".")
def source(sh: Shell, frame: Frame, words: list[v.Value], span: Span) -> v.Value:
    """A script in the shell that sources it."""
    if not words:
        return v.TRUE
    path = sh.words.path(frame, words[0])
    written = sh.m.file(path) or sh.m.file(words[0])
    touched = sh.m.deep_taint(words[0]) | taint(written)
    if touched:
        _use(frame, "execute", touched, span)
        return v.TRUE
    text = v.text_of(path)
    bound = sh.words.bound(words[1:]) if len(words) > 1 else dict(frame.bindings)
    if written is not None and v.text_of(written):
        function = sh.processes.text(frame, written, span)
    elif text is not None and sh.m.project.exists(text) and not sh.m.project.is_dir(text):
        function = sh.processes.file(text)
        if function is not None:
            sh.processes.own(frame.scope, function)
    else:
        return v.TRUE
    if function is None:
        return sh.m.atom("unknown", "source", span)
    return sh.inline(frame, v.FunctionRef(function, frame.scope), bound, span)


@command("trap")
def trap(sh: Shell, frame: Frame, words: list[v.Value], span: Span) -> v.Value:
    """What is run at the end or on a signal is run here, so that what it fetches is seen; its errors end nothing."""
    if words and len(words) > 1 and (text := v.text_of(words[0])) and text != "-":
        function = sh.processes.text(frame, v.Const(text), span)
        if function is not None and sh.foreign.names_network(text):
            sh.processes.subshell(frame, function.body)
    return v.TRUE


@command("export", "readonly", "local", "declare", "typeset")
def export(sh: Shell, frame: Frame, words: list[v.Value], span: Span) -> v.Value:
    """Assignments whose names come from expansions."""
    del span
    for word in words:
        text = v.text_of(word) or ""
        if _ASSIGNMENT.match(text):
            name, _, value = text.partition("=")
            sh.assign(frame, name, v.Const(value), export=True)
    return v.TRUE


@command("make", "gmake")
def make(sh: Shell, frame: Frame, words: list[v.Value], span: Span) -> v.Value:
    """A Makefile of the tree."""
    status = sh.make.run(frame, words, span)
    return sh.make.unread(frame, words, span) if status is None else status


def _use(frame: Frame, kind: str, touched: frozenset[object], span: Span) -> None:
    frame.summary.interesting = True
    frame.summary.uses.append((frame.way, Use(kind, touched, span)))  # type: ignore[arg-type]
