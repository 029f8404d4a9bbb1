"""What does a program that Python starts read from its standard input? What the call says, or what is written to it later.

A shell or an interpreter that reads its program runs what it is given: ``Popen(["sh"], stdin=PIPE).communicate(b"…")``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from offlint.flow import values as v
from offlint.flow.machine import Arguments

if TYPE_CHECKING:
    from offlint.flow.machine import Frame, Machine
    from offlint.model.span import Span

#: The type of a handle for the pipe to a program's standard input.
INPUT = "subprocess.input"
ATTRIBUTES = frozenset({"stdin", "stdout", "stderr", "returncode"})
#: What of a call's arguments its program needs to run again with what it is given.
_KEPT = ("shell", "cwd", "env")


def decoded(text: v.Value) -> v.Value:
    """Bytes as text."""
    return v.Const(text.value.decode(errors="replace")) if isinstance(text, v.Const) and isinstance(text.value, bytes) else text


def said(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    """What the call says that its program reads."""
    given = args.kwargs.get("input") or args.kwargs.get("stdin")
    if isinstance(given, v.FileObject):
        return decoded(m.externals.files.content(frame, given.path, span))
    return decoded(given) if given is not None and given != v.NONE and not isinstance(given, v.External) else None


def process(args: Arguments, argv: v.Value) -> tuple[v.Value, ...]:
    """What is kept of a program that is started with a pipe to its standard input; nothing of any other."""
    pipe = args.kwargs.get("stdin")
    piped = pipe == v.Const(-1) or (isinstance(pipe, v.External) and pipe.name.endswith(".PIPE"))
    return (argv, *(args.kwargs.get(name) or v.NONE for name in _KEPT)) if piped else ()


def feed(m: Machine, frame: Frame, started: v.Handle, text: v.Value, span: Span) -> v.Value | None:
    """What a program answers to what it is given; None for one that does not run it."""
    row = m.rulebook.models.get("spawn", {}).get("subprocess.run")
    if row is None or not started.args[2:]:
        return None
    argv, *kept = started.args[2:]
    shell = kept[0] == v.TRUE
    plain = m.externals.models.words(argv) if shell else None
    with m.shell.streams.reading(text):
        if m.shell.spawned.read(plain or argv, shell=shell and plain is None) is None:
            return None
    named = {name: value for name, value in zip(_KEPT, kept, strict=False) if value != v.NONE}
    return m.externals.models.spawn(frame, row, Arguments([argv], {**named, "input": text}), span)


def ask(m: Machine, frame: Frame, method: v.Method, args: Arguments, span: Span) -> v.Value:
    """A method of a program that was started, of the pipe to it, or of its answer: cut, decoded or searched, it is that still."""
    started, name = method.subject, method.name
    if not isinstance(started, v.Handle):
        return started
    if started.type == INPUT:
        for text in m.items_of(args.args[0]) or args.args[:1] if args.args and name in ("write", "writelines") else ():
            feed(m, frame, started, text, span)
        return v.NONE
    code, output = started.args[:2] or (started, v.NONE)
    if name == "communicate":
        given = args.get(0, "input")
        answer = feed(m, frame, started, given, span) if given is not None and given != v.NONE else None
        output = answer.args[1] if isinstance(answer, v.Handle) and answer.args else output
        return m.new_items("tuple", [output, v.Unknown("errors")]) if output != v.NONE else started
    return code if name in ("wait", "poll") else started


def attribute(started: v.Handle, name: str) -> v.Value:
    """One of the ``ATTRIBUTES`` of a program that was started, or of its answer."""
    if name == "stdin":
        return v.Handle(INPUT, started.args)
    code, output = started.args[:2] or (started, v.NONE)
    return code if name == "returncode" else output if name == "stdout" and output != v.NONE else started
