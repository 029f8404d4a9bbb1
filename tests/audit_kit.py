"""Runs offlint's commands under an audit hook and prints what it did that it must not do. A program: see test_audit.py.

``python audit_kit.py canaries`` does some of it itself, so that a hook that sees nothing is noticed. Else standard input holds JSON: the
commands, the folders in which may be written, the folders that are analysed.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import types
from pathlib import Path
from typing import Any

#: A text that stands in the analysed code and nowhere else.
MARK = "only-in-analysed-code"
#: A file outside of every project, which none may have offlint read.
FORBIDDEN = "secret-outside"
_STARTS = ("socket.", "subprocess.", "os.exec", "os.fork", "os.spawn", "os.posix_spawn", "os.system", "os.startfile", "pty.", "webbrowser.")
_REACHES = ("urllib.", "http.", "ftplib.", "smtplib.", "poplib.", "imaplib.", "telnetlib.", "ctypes.dlopen", "pickle.find_class")
_CHANGES = ("os.remove", "os.rename", "os.mkdir", "os.rmdir", "os.link", "os.symlink", "os.truncate", "os.chmod", "os.chown", "os.utime")
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND

#: The module that makes copies of this process.
_COPIES = ("offlint", "beside.py")

own = os.getpid()
#: What the copies did comes this way.
heard = os.pipe()
copies: list[str] = []
seen: list[str] = []
writable: list[str] = [os.devnull]
analysed: list[str] = []
watching = False


def marked(code: types.CodeType) -> bool:
    """Whether code is of an analysed project: by its own texts, or by where it came from."""
    texts = [one for one in code.co_consts if isinstance(one, str)]
    inner = [one for one in code.co_consts if isinstance(one, types.CodeType)]
    own = not code.co_filename.startswith("<") and within(code.co_filename, analysed)  # what dataclasses make is of "<string>"
    return own or MARK in " ".join(texts) or any(marked(one) for one in inner)


def within(path: Any, folders: list[str]) -> bool:
    if isinstance(path, int):
        return True  # an open descriptor, seen when it was opened
    full = os.path.realpath(os.fsdecode(path))
    return any(full == folder or full.startswith(folder + os.sep) for folder in folders)


def hook(event: str, args: tuple[Any, ...]) -> None:
    if not watching:
        return
    what = ""
    if event == "os.fork" and Path(sys._getframe(1).f_code.co_filename).parts[-2:] == _COPIES:  # noqa: SLF001 # who asks
        copies.append(event)  # a copy of this process, under this hook
    elif event.startswith((*_STARTS, *_REACHES)):
        what = "reaches out or runs"
    elif event == "exec" and isinstance(args[0], types.CodeType) and marked(args[0]):
        what = "runs analysed code"
    elif event == "import" and (str(args[0]).startswith("hostile_") or (args[1] and within(args[1], analysed))):
        what = "imports analysed code"
    elif event == "open" and args[0] is not None:
        path, mode, flags = args
        writes = (isinstance(mode, str) and bool(set(mode) & set("wax+"))) or (isinstance(flags, int) and bool(flags & _WRITING))
        if writes and not within(path, writable):
            what = "writes"
        elif not isinstance(path, int) and FORBIDDEN in os.path.realpath(os.fsdecode(path)):
            what = "reads outside"
    elif event.startswith(_CHANGES) and not within(args[0], writable):
        what = "changes"
    if what:
        seen.append(f"{what}: {event} {str(args)[:200]}")
        if os.getpid() != own:
            os.write(heard[1], f"in a copy: {seen[-1]}\n".encode())


def canaries(folder: Path) -> None:
    """One of each kind."""
    import socket
    import subprocess

    socket.socket().close()
    subprocess.run([sys.executable, "-c", ""], check=True)
    (folder / "x").write_text("")
    (folder / "x").unlink()
    (folder / FORBIDDEN).open("rb").close()
    exec(f"x = {MARK!r}")
    exec(compile("x = 1", str(folder / "setup.py"), "exec"))
    sys.path.insert(0, str(folder))
    import hostile_module  # type: ignore[import-not-found] # noqa: F401


def main() -> None:
    global watching  # noqa: PLW0603 # the hook cannot be taken away
    sys.addaudithook(hook)
    if sys.argv[1:2] == ["canaries"]:
        analysed.append(os.path.realpath(sys.argv[2]))
        watching = True
        canaries(Path(sys.argv[2]))
        watching = False
        sys.stdout.write(json.dumps(seen))
        return
    given = json.load(sys.stdin)
    writable.extend(os.path.realpath(one) for one in given["writable"])
    analysed.extend(os.path.realpath(one) for one in given["analysed"])
    from offlint.cli import main as offlint

    statuses: list[object] = []
    os.cpu_count = lambda: 2
    os.set_blocking(heard[0], False)
    out = os.dup(1)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    watching = True
    for words in given["commands"]:
        try:
            offlint(words)
        except SystemExit as stopped:
            statuses.append(stopped.code)
    watching = False
    sys.stdout.flush()
    os.dup2(out, 1)
    ours = [name for name, module in sys.modules.items() if within(getattr(module, "__file__", None) or os.devnull, analysed)]
    with contextlib.suppress(BlockingIOError):  # nothing
        seen.extend(os.read(heard[0], 1 << 16).decode().splitlines())
    sys.stdout.write(json.dumps({"seen": seen, "copies": len(copies), "statuses": statuses, "modules": ours}))


if __name__ == "__main__":
    main()
