"""What do the plain tools beside the shell do? Paths, files, filters (POSIX, Utilities)."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from offlint.flow import values as v
from offlint.flow.imports import ROOT
from offlint.flow.interning import taint
from offlint.flow.shell.table import COMMANDS, Handler, command

if TYPE_CHECKING:
    from offlint.flow.machine import Frame
    from offlint.flow.shell.language import Shell
    from offlint.model.span import Span


def _path_tool(name: str) -> Handler:
    def run(sh: Shell, frame: Frame, words: list[v.Value], span: Span) -> v.Value:
        del span
        plain = [word for word in words if not (v.text_of(word) or "").startswith("-")]
        text = v.text_of(plain[0]) if plain else None
        if text is None:
            sh.streams.emit(
                frame,
                plain[0] if plain and name in ("realpath", "readlink") else v.Unknown(name, taint(plain[0]) if plain else frozenset()),
            )
        elif name == "dirname":
            sh.streams.emit(frame, v.Const(posixpath.dirname(text.rstrip("/")) or "."))
        elif name == "basename":
            ending = (v.text_of(plain[1]) or "") if len(plain) > 1 else ""
            sh.streams.emit(frame, v.Const(posixpath.basename(text.rstrip("/")).removesuffix(ending)))
        else:
            path = v.text_of(sh.words.path(frame, plain[0])) or text
            sh.streams.emit(frame, v.Const(path if path.startswith(("/", "~", "⟨", "..")) else f"{ROOT}/{path}".removesuffix("/.")))
        return v.TRUE

    return run


for _name in ("dirname", "basename", "realpath", "readlink"):
    COMMANDS[_name] = _path_tool(_name)


@command("uname", "arch", "nproc", "getconf", "sw_vers", "hostname", "date", "id", "whoami", "lsb_release", "tput", "mktemp", "seq")
def machine(sh: Shell, frame: Frame, words: list[v.Value], span: Span) -> v.Value:
    """What only the machine knows."""
    del words, span
    sh.streams.emit(frame, v.External("platform.uname"))
    return v.TRUE


@command("cat")
def cat(sh: Shell, frame: Frame, words: list[v.Value], span: Span) -> v.Value:
    """Writes files, or its input."""
    del span
    files = [word for word in words if not (v.text_of(word) or "").startswith("-")]
    if not files and sh.streams.stdin is not None:
        sh.streams.emit(frame, sh.streams.stdin)
    for file in files:
        sh.streams.emit(frame, sh.streams.read_file(frame, file))
    return v.TRUE


@command("tee")
def tee(sh: Shell, frame: Frame, words: list[v.Value], span: Span) -> v.Value:
    """Writes its input to files and on."""
    if sh.streams.stdin is not None:
        for word in words:
            if not (v.text_of(word) or "").startswith("-"):
                sh.streams.write_file(frame, word, sh.streams.stdin, span)
        sh.streams.emit(frame, sh.streams.stdin)
    return v.TRUE


@command("cut", "awk", "gawk", "head", "tail", "sed", "tr", "sort", "uniq", "zcat", "gunzip", "bunzip2", "unxz",
         "gzip", "bzip2", "xz", "zstd", "base64", "fold", "rev", "nl", "wc", "column", "jq", "xxd", "od")  # fmt: skip
def filter_(sh: Shell, frame: Frame, words: list[v.Value], span: Span) -> v.Value:
    """Writes what it makes of its input or of files; a digest stays one."""
    held = sh.streams.stdin
    if held is None:
        for word in reversed(words):
            written = sh.m.file(sh.words.path(frame, word)) if isinstance(word, v.NAMES) else None
            if written is not None and written != v.NONE:
                held = written
                break
    if held == v.Const(""):
        sh.streams.emit(frame, held)
        return v.TRUE
    if isinstance(held, v.Digest | v.Choice | v.External):
        sh.streams.emit(frame, held)
    else:
        sh.streams.emit(frame, v.Unknown("output", sh.m.deep_taint(held)))
    return sh.m.atom("unknown", "what is found", span)


@command("grep", "egrep", "fgrep")
def grep(sh: Shell, frame: Frame, words: list[v.Value], span: Span) -> v.Value:
    """Finds nothing in nothing; else, whether it finds something is not known."""
    status = filter_(sh, frame, words, span)
    return v.FALSE if sh.streams.stdin == v.Const("") else status


def _copying(name: str) -> Handler:
    def run(sh: Shell, frame: Frame, words: list[v.Value], span: Span) -> v.Value:
        plain = [word for word in words if not (v.text_of(word) or "").startswith("-")]
        for source_ in plain[:-1]:
            path, target = sh.words.path(frame, source_), sh.words.path(frame, plain[-1])
            held = sh.m.file(path) or sh.m.file(source_)
            if held is None or held == v.NONE:
                continue
            names = [target]
            if (text := v.text_of(path)) is not None:
                names.append(sh.m.expressions.join_path([target, v.Const(posixpath.basename(text))]))
            for one in names:
                sh.m.externals.files.write(frame, one, held, span)
            if name == "mv":
                sh.m.externals.files.remove(path)
        return v.TRUE

    return run


for _name in ("install", "cp", "mv", "ln"):
    COMMANDS[_name] = _copying(_name)


@command("rm", "rmdir", "unlink")
def remove(sh: Shell, frame: Frame, words: list[v.Value], span: Span) -> v.Value:
    """Removes files."""
    del span
    for word in words:
        text = v.text_of(word)
        if text is not None and not text.startswith("-") and text:
            sh.m.externals.files.remove(sh.words.path(frame, word))
    return v.TRUE


@command("mkdir", "touch", "chmod", "chown", "ls", "file", "stat", "du", "df", "find", "diff", "cmp", "clear")
def local(sh: Shell, frame: Frame, words: list[v.Value], span: Span) -> v.Value:
    """Looks at files or makes folders."""
    del words
    sh.streams.emit(frame, v.Unknown("output"))
    return sh.m.atom("unknown", "a local command", span)
