"""How are projects judged, one after the other or several at once?

One after the other, each may have a second process for some of its phases (``phases``). At once means processes, each of which judges
one project after the other. They are told what to judge, and answer with a report as JSON. One that dies (of too little memory, say)
takes the project with it that it was about, and no other one; when the program is interrupted they are ended. Answers come in the order
of the questions, so that nothing depends on who was first.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from offlint import __version__
from offlint.beside import uninterrupted
from offlint.cache.classes import kept_class
from offlint.cache.replay import Witness
from offlint.cache.store import Store
from offlint.formats.base import HOME, plural
from offlint.model.lazy import dataclass, field
from offlint.recall import Pages, check

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.process import BaseProcess

    from offlint.findings.accepted import Accepted
    from offlint.model.report import Report
    from offlint.model.words import Phase

Progress = Callable[[str], AbstractContextManager[None]]


@dataclass(frozen=True, slots=True)
class Question:
    """One project and how it is judged; ``cache`` is the folder of what is kept, None for none."""

    path: str
    rules: tuple[Path, ...]
    phases: frozenset[Phase]
    accepted: Accepted
    only_files: frozenset[str] | None = None
    against: str | None = None
    cache: str | None = None


@dataclass(slots=True)
class Judge:
    """Answers one question after the other, each in so many processes at most; the pages are read once."""

    processes: int = 1
    pages: dict[tuple[Path, ...], Pages] = field(default_factory=dict)
    witness: Witness = field(default_factory=Witness)

    def pages_of(self, question: Question) -> Pages:
        """The pages by which it is judged."""
        return self.pages.setdefault(question.rules, Pages(question.rules, Store(question.cache)))

    def answer(self, question: Question) -> Report | str:
        """A project's report; where there is none, a line that says why."""
        from offlint.project import Unreadable  # noqa: PLC0415 # heavy imports only where they are used

        try:
            return check(
                question.path,
                pages=self.pages_of(question),
                store=Store(question.cache),
                phases=question.phases,
                only_files=question.only_files,
                accepted=question.accepted,
                against=question.against,
                witness=self.witness,
                processes=self.processes,
            )
        except Unreadable as error:
            return str(error)
        except Exception as error:  # noqa: BLE001 # one project's crash must not lose the others
            return f"{question.path}: {crash(error)}"


def answers(questions: Sequence[Question], judge: Judge, jobs: int | None, progress: Progress) -> Iterator[Report | str]:
    """The answers in the order of the questions; ``progress`` shows what is going on.

    With a number of jobs, no more processes than that are at work, a project in each, and fewer where the system gives no more; without
    one, the projects come one after the other.
    """
    count = len(questions)
    if jobs is not None and jobs > 1 and count > 1:
        with progress(f"checking {plural(count, 'project')}, {min(jobs, count)} at once"):
            yield from _at_once(questions, min(jobs, count), judge)
        return
    judge.processes = jobs or os.cpu_count() or 1
    for number, question in enumerate(questions, 1):
        with progress(f"checking {question.path}" + (f" ({number} of {count})" if count > 1 else "")):
            answer = judge.answer(question)
        yield answer


def crash(error: Exception) -> str:
    """Type and place of an error of ours, on one line, and where to tell us."""
    trace = error.__traceback__
    place = ""
    while trace is not None:
        place = f" at {Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}"
        trace = trace.tb_next
    text = " ".join(str(error).split())[:200]
    what = f"{type(error).__name__}{': ' + text if text else ''}"
    return f"internal error: {what}{place} (offlint {__version__}); please report it with this line, see {HOME}"


def _at_once(questions: Sequence[Question], jobs: int, judge: Judge) -> Iterator[Report | str]:
    from multiprocessing.connection import wait  # noqa: PLC0415 # as above

    waiting = deque(range(len(questions)))
    idle: list[_Worker] = []
    busy: list[tuple[_Worker, int]] = []
    done: dict[int, Report | str] = {}
    try:
        for index in range(len(questions)):
            while index not in done:
                while waiting and len(busy) < jobs:
                    try:
                        worker = idle.pop() if idle else _Worker()
                    except OSError:  # no more processes, or no more files: those that there are have to do, and be it ours alone
                        jobs = len(busy)
                        break
                    asked = waiting.popleft()
                    busy.append((worker, asked))
                    worker.ask(questions[asked])
                if not busy:
                    asked = waiting.popleft()
                    done[asked] = judge.answer(questions[asked])
                    continue
                ready = wait([worker.link for worker, _ in busy])
                told = [one for one in busy if one[0].link in ready]
                busy = [one for one in busy if one not in told]
                for worker, asked in told:
                    answer = worker.answer()
                    done[asked] = answer if answer is not None else f"{questions[asked].path}: {worker.fate()}"
                    if answer is not None:
                        idle.append(worker)
            yield done.pop(index)
    finally:
        for worker in [*idle, *(one for one, _ in busy)]:
            worker.end()


class _Worker:
    """A process that answers questions, and our end of the line to it."""

    def __init__(self) -> None:
        from multiprocessing import get_context  # noqa: PLC0415 # as above

        context = get_context("spawn")  # a copy of this process would have its threads' locks without the threads
        self.link, theirs = context.Pipe()
        self.process: BaseProcess = context.Process(target=work, args=(theirs, _here()), daemon=True)
        with _among_pythons_own():
            if os.name == "posix":
                from multiprocessing import resource_tracker  # noqa: PLC0415 # as above

                resource_tracker.ensure_running()  # it lets interruptions through when it has begun: before the process begins
            with uninterrupted():
                self.process.start()
        theirs.close()  # else its end would not be seen here

    def ask(self, question: Question) -> None:
        """Give it something to do. That it has died is seen when the answer is waited for."""
        try:
            self.link.send(question)
        except OSError:
            return

    def answer(self) -> Report | str | None:
        """What it says, None where it died."""
        from offlint.cache.codec import decode  # noqa: PLC0415 # as above

        try:
            data = self.link.recv_bytes()
        except (OSError, EOFError):
            return None
        found: Report | str = decode(data, kept_class)
        return found

    def fate(self) -> str:
        """What became of it, as the end of a line about its project."""
        self.process.join()
        code = self.process.exitcode or 0
        how = f"was killed by signal {-code}" if code < 0 else f"ended with exit status {code}"
        self.link.close()
        return f"the process that checked it {how}"

    def end(self) -> None:
        """End it, whatever it does."""
        self.process.terminate()
        self.process.join()
        self.link.close()


@contextmanager
def _among_pythons_own() -> Iterator[None]:
    """What begins in here does not begin in the current folder, which may be a stranger's project.

    A process of multiprocessing's begins as ``python -c``, which looks for each module in the current folder first, until it has our
    ``sys.path``. In Python's own folder there are none but those that it is to find.
    """
    here = _here()
    if here is None:  # no module is in it
        yield
        return
    os.chdir(os.path.dirname(os.__file__))  # noqa: PTH120 # pathlib takes time that every run would wait for
    try:
        yield
    finally:
        os.chdir(here)


def _here() -> str | None:
    try:
        return os.getcwd()  # noqa: PTH109 # as above
    except OSError:  # the folder is gone
        return None


def work(link: Connection, folder: str | None) -> None:
    """Answer what comes about paths that are seen from the folder, until nothing comes any more.

    An interruption is for the program that asks.
    """
    import signal  # noqa: PLC0415 # as above

    from offlint.cache.codec import encode  # noqa: PLC0415 # as above

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if folder is not None:
        os.chdir(folder)
    judge = Judge()
    while True:
        try:
            question = link.recv()
        except (EOFError, OSError):
            return
        try:
            said = encode(judge.answer(question))
        except Exception as error:  # noqa: BLE001 # as above
            said = encode(f"{question.path}: {crash(error)}")
        try:
            link.send_bytes(said.encode())
        except OSError:  # who asked is gone
            return
