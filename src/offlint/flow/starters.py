"""Can this function start a program that reaches the network? Only if somebody on the way to it names such a program.

The programs and their sub-commands are those of the rulebook's pages (``git`` with ``clone``, ``curl`` alone). A function names one if its
texts hold the words, or the texts of its module's top level do; one that names an interpreter may run anything. What is started by a
function that none of these leads to is no program of the pages.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from offlint.flow.mentions import bare, parts_of, run_at_once
from offlint.model import step as s
from offlint.model.lazy import dataclass, field, regex

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from offlint.model.span import Span
    from offlint.rulebook.schema import Rulebook

#: Names of what starts a program, as they are called.
STARTERS = frozenset({
    "os.system", "os.popen", "Popen", "check_call", "check_output", "run_path", "run_module", "create_subprocess_exec",
    "create_subprocess_shell", "spawn", "os.execv", "os.execvp", "getoutput", "getstatusoutput", "subprocess.run", "subprocess.call",
    "exec", "testmod", "testfile", "DocTestSuite", "DocFileSuite", "script_runner.run", "testdir.run", "pytester.run", "exec_module",
    "load_module", "load_source",
})  # fmt: skip
#: No chain of calls is so long.
NEVER = 1_000_000
#: No command line is handed on by so many calls.
HANDED_ON = 5
#: ``sys.executable``, and what runs Python that is not in a program's words.
_RUNS = frozenset({
    "sys.executable", "run_path", "run_module", "exec", "testmod", "testfile", "DocTestSuite", "DocFileSuite", "exec_module",
    "load_module", "load_source",
})  # fmt: skip
_INTERPRETER = regex(r"(?:pythonw?|pypy|py)[\d.]*|(?:g|n|bsd)?make|cmake|ctest|meson|ninja|node|perl|ruby|rscript")
_SHELL = regex(r"(?:ba|da|k|z|a)?sh|fish|pwsh|powershell")
_SCRIPT = regex(r"[^\s'\"]*\.(?:py|sh|bash|bat|cmd|ps1|js|mjs|pl|rb)|\.{1,2}/[^\s'\"]+")
#: Files that nobody runs as programs, though tests name them.
_NO_SCRIPTS = frozenset({"conftest.py", "__init__.py"})
#: Where a command begins in a text: at its start, and after what ends another one in a shell.
_ENDS = regex(r"[;&|`\n]+|\$\(")
_WORD = regex(r"[^\s'\"]+")
#: Words before the program.
_BEFORE = frozenset({
    "sudo", "env", "exec", "time", "nice", "nohup", "command", "call", "if", "then", "do", "&&", "$", "!", "@", "-",
    "timeout", "gtimeout", "xargs", "stdbuf", "setsid", "unbuffer", "xvfb-run", "strace", "chronic",
})  # fmt: skip
#: How options and their numbers begin.
_NO_PROGRAM = ("-", *"0123456789")
#: No text of a program is longer.
MAX_TEXT = 100_000


@dataclass(slots=True, eq=False)
class Known:
    """A function of the project, or a name that a module binds, and how many calls lie between it and one that can begin an access.

    ``words`` are all that it mentions, ``links`` what that can mean (see ``links.py``). ``reaches`` says that it names an API, ``starts``
    that it starts a program, ``names`` that it names one that can reach out, ``wants`` the sub-commands with which it would, ``led`` how
    many calls lie between it and what names one.
    """

    name: str
    words: tuple[str, ...]
    file: str
    owner: str
    links: Mapping[str, tuple[str, ...]]
    reaches: bool
    distance: int = NEVER
    span: Span | None = None
    decorated: bool = False
    starts: bool = False
    names: bool = False
    wants: frozenset[str] = frozenset()
    led: int = NEVER
    folder: str = field(init=False)
    home: tuple[str, str] = field(init=False)

    def __post_init__(self) -> None:
        """Note the folder, and the names of its module and of the package around it."""
        self.folder, self.home = _place_of(self.file)

    @property
    def is_led(self) -> bool:
        """Whether something that names a program leads to it."""
        return self.led < NEVER

    @property
    def begins(self) -> bool:
        """Whether the function itself can begin an access: it names an API, or it starts a program that can."""
        return self.reaches or (self.starts and self.is_led)

    @property
    def is_fixture(self) -> bool:
        """Whether it can be a fixture: what a decorator, or another call, made."""
        return self.decorated or self.span is None

    @property
    def called(self) -> tuple[str, ...]:
        """What mentions of it are called: who names a class makes objects, and may use them without naming a method."""
        if not self.owner:
            return (self.name, f"{self.file}:*")
        special = self.name[:2] == self.name[-2:] == "__"  # Python calls it, whose class is named somewhere
        return (self.name, self.owner) if special else (self.name,)


@lru_cache(1024)
def _place_of(file: str) -> tuple[str, tuple[str, str]]:
    """A file's folder and home: one object for all that it defines."""
    return file.rpartition("/")[0], home_of(file)


def home_of(file: str) -> tuple[str, str]:
    """The names of a module, or of the package that its file is, and of the package around it."""
    package, _, name = file.removesuffix("/__init__.py").removesuffix(".py").rpartition("/")
    return name, package.rpartition("/")[2]


def _last(path: str) -> str:
    return path.replace("\\", "/").rpartition("/")[2]


class Commands:
    """The words of command lines that can reach the network, and the scripts of the tree."""

    def __init__(self, rulebook: Rulebook, files: Iterable[str], programs: Iterable[str] = ()) -> None:
        self._subs: dict[str, frozenset[str] | None] = {}
        for program, rows in rulebook.commands.items():
            firsts = {row.sub[0] if row.sub else "" for row in rows if row.network != "never"}
            if firsts:
                self._subs[program.rpartition(" ")[2]] = None if firsts & {"", "*"} else frozenset(firsts)
        names = {file.rpartition("/")[2] for file in files}
        self._plain = frozenset(name for name in names if "." not in name)
        self._scripts = frozenset(name for name in names if _SCRIPT.fullmatch(name)) - _NO_SCRIPTS | {*programs}

    def named(self, root: object, words: frozenset[str], *, starts: bool) -> tuple[bool, frozenset[str]]:
        """Whether the texts in steps or expressions, with the names that these mention, name a program that can reach out.

        With it the sub-commands with which one could that is named without any of them; what ``starts`` programs may be given one.
        """
        if bare(words) & _RUNS:
            return True, frozenset()
        firsts, others, open_ = set[str](), set[str](), set[str]()
        for text in texts(root):
            for part in _ENDS.split(text[:MAX_TEXT]):
                tokens = _WORD.findall(part)
                others.update(tokens)
                program = next((one for one in tokens if one not in _BEFORE and "=" not in one and not one.startswith(_NO_PROGRAM)), "")
                if self._is_script(program, starts=starts):
                    return True, frozenset()
                firsts.add(_last(program).removesuffix(".exe"))
        if any(_SHELL.fullmatch(program) for program in firsts):  # what it runs may stand anywhere
            if any(self._is_script(token, starts=starts) for token in others):
                return True, frozenset()
            firsts.update(map(_last, others))
        for program in firsts:
            subs = self._subs.get(program, frozenset())
            if _INTERPRETER.fullmatch(program) or subs is None or (subs and (starts or not others.isdisjoint(subs))):
                return True, frozenset()
            open_ |= subs
        return False, frozenset(open_)

    def _is_script(self, word: str, *, starts: bool) -> bool:
        """Whether a word of a command line is a script: of the tree, or by its name where programs are started."""
        last = _last(word)
        return last in self._scripts or (starts and (_SCRIPT.fullmatch(word) is not None or ("/" in word and last in self._plain)))


class Led:
    """Which functions are led to by one that names a program that can reach out, by no more calls than a command line is handed on by."""

    def __init__(
        self, defined: Mapping[str, list[Known]], mentioned: Mapping[str, list[Known]], meant: Callable[[str, Known, Known], bool]
    ) -> None:
        self._defined, self._mentioned, self._meant = defined, mentioned, meant

    def take(self, fresh: Iterable[Known]) -> list[Known]:
        """Take in functions that are new, and that are in the tables; what starts a program and was not led to before is returned."""
        level: list[Known] = []
        found: list[Known] = []
        for known in fresh:
            depth = 0 if known.names else self._nearest(known) + 1
            if depth < min(known.led, HANDED_ON):
                found += [known] if known.starts and not known.is_led else []
                known.led = depth
                level.append(known)
        while level:
            known = level.pop(0)
            if known.led + 1 >= HANDED_ON:
                continue
            for name in known.links.keys() & self._defined.keys():
                for target in self._defined[name]:
                    if target.led > known.led + 1 and self._meant(name, target, known):
                        found += [target] if target.starts and not target.is_led else []
                        target.led = known.led + 1
                        level.append(target)
        return found

    def _nearest(self, known: Known) -> int:
        near = (one.led for name in known.called for one in self._mentioned.get(name, ()) if one.is_led and self._meant(name, known, one))
        return min(near, default=NEVER)


def top_level(module: s.Module) -> tuple[object, ...]:
    """What of a module is no function: what stands at its top level and in its classes."""
    return tuple(run_at_once(module.body))


def texts(root: object) -> Iterable[str]:
    """The texts in steps and expressions."""
    stack: list[object] = [root]
    while stack:
        node = stack.pop()
        if isinstance(node, tuple):
            stack.extend(node)
        elif isinstance(node, s.Const):
            if isinstance(node.value, str):
                yield node.value
            elif isinstance(node.value, bytes):
                yield node.value.decode("latin-1")
        else:
            stack.extend(parts_of(node))
