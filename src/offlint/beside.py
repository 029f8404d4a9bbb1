"""Can something be worked out beside? In a copy of this process, where the system makes one cheaply; else when it is asked for.

The copy answers in JSON (``cache.codec``). It has no output and no purpose of its own: it ends with the process that it is a copy of, and
what it did not come to say is worked out by that one.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from typing import Generic, TypeVar, cast

Answer = TypeVar("Answer")

_CHUNK = 1 << 20
_WHOLE = b"\n"  # which JSON as we write it has nowhere


def can_copy() -> bool:
    """Whether a copy of this process can be made and go on as if nothing had happened.

    On macOS a system's library may not work in it (https://docs.python.org/3/library/multiprocessing.html#contexts-and-start-methods).
    """
    return hasattr(os, "fork") and sys.platform != "darwin"


class Beside(Generic[Answer]):
    """Works something out in a copy of this process, as far as there can be one. Leaving its context ends the copy."""

    def __init__(self, work: Callable[[], Answer]) -> None:
        self._work = work
        self._process = 0
        self._answer = self._life = -1

    def __enter__(self) -> Beside[Answer]:
        try:
            self._begin()
        except OSError:  # no more processes, or no more files
            self._end()
        return self

    def __exit__(self, *_error: object) -> None:
        self._end()

    def answer(self) -> Answer:
        """What ``work`` gives, or its error; worked out here where the copy did not come to say it."""
        from offlint.cache.classes import kept_class  # noqa: PLC0415 # what most runs do without
        from offlint.cache.codec import BrokenError, decode  # noqa: PLC0415 # as above

        said = b"".join(iter(partial(os.read, self._answer, _CHUNK), b"")) if self._process else b""
        self._end()
        if said.endswith(_WHOLE):
            try:
                return cast("Answer", decode(said, kept_class))
            except BrokenError:
                pass
        return self._work()

    def _begin(self) -> None:
        self._answer, theirs = os.pipe()
        watched = -1
        try:
            watched, self._life = os.pipe()
            with uninterrupted(), warnings.catch_warnings():
                # our other threads wait, or draw the progress: the copy, which writes nothing, takes no lock that one of them may hold
                warnings.simplefilter("ignore", DeprecationWarning)
                self._process = os.fork()
                if not self._process:
                    os.close(self._life)  # else it would not see that this process is gone
                    _be_the_copy(self._work, theirs, watched)
        finally:
            _close(theirs, watched)

    def _end(self) -> None:
        """End the copy, if it goes on."""
        _close(self._answer, self._life)
        self._answer = self._life = -1
        process, self._process = self._process, 0
        if process:
            with suppress(ChildProcessError):  # who started us ignores SIGCHLD, and so do we: the system has waited for it (wait(2), NOTES)
                os.waitpid(process, 0)


def _close(*numbers: int) -> None:
    for number in numbers:
        if number >= 0:
            os.close(number)


def _be_the_copy(work: Callable[[], object], answer: int, watched: int) -> None:
    """Work, answer, and never come back."""
    status = 1
    try:
        from offlint.cache.codec import encode  # noqa: PLC0415 # as above

        signal.signal(signal.SIGINT, signal.SIG_IGN)  # an interruption is for the process that asks, and stays blocked here
        threading.Thread(target=_end_with, args=(watched,), daemon=True).start()
        said = memoryview(encode(work()).encode() + _WHOLE)
        while said:
            said = said[os.write(answer, said) :]
        status = 0
    finally:
        os._exit(status)  # what is to be written at an end is not the copy's to write


def _end_with(watched: int) -> None:
    """End this process when the other end of a pipe is gone."""
    os.read(watched, 1)
    os._exit(1)


@contextmanager
def uninterrupted() -> Iterator[None]:
    """What begins in here is not interrupted from the terminal until it says so itself; an interruption of ours comes after it."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
