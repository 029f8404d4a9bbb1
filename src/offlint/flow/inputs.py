"""Which files does a build read, and are they there? What a source archive lacks, noted where the run comes to it.

Nothing is noted for a checkout, for tests and documentation, or where the code is ready for a file that is missing: within a ``try`` with
handlers, on a way that has asked whether it exists (that is a condition of the way), or after a program was started or something was
unpacked that may have made it. So what is noted is missed rather than wrong.
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from offlint.flow import values as v
from offlint.flow.attributes import DEFAULT_COMMANDS
from offlint.flow.exceptions import catches, error_names
from offlint.flow.summary import Wanted, step
from offlint.flow.summary import since as since_start

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from offlint.flow.machine import Arguments, Frame, Machine
    from offlint.model import step as s
    from offlint.model.span import Span

#: Where builds put what they make.
_MADE = ("build", "dist", "_skbuild", "_build")
_ENDS = (".egg-info", ".dist-info")
#: Version control's own files (gitrepository-layout(5)).
_VERSIONED = (".git", ".hg")
#: What is beside a source and is none that it could be made of.
_HEADERS = (".h", ".hh", ".hpp", ".hxx", ".pxd", ".pyi", ".txt", ".md", ".rst")
#: Commands of setuptools that may make sources, where a project has its own.
_MAKERS = ("build_ext", "build_clib", "build_src", "build", "build_py")
_ASKS = ("check_output", "getoutput", "getstatusoutput", "popen")
#: What is raised where a file is missing or a program fails, and how setup() ends (distutils.core.setup).
_ERRORS = ("builtins.FileNotFoundError", "subprocess.CalledProcessError", "builtins.SystemExit")
_RAISE = ("check_call", "check_output")


class Inputs:
    """Notes what is needed and not there."""

    def __init__(self, machine: Machine) -> None:
        self.m = machine
        #: How many ``try`` statements with handlers are around what is evaluated, in the callers too.
        self.protected = 0
        #: Whether a program was started that may have made files, and whether anything was noted.
        self.made = False
        self.noted = False
        #: The numbers of what stands for places of the tree that were asked for and are not there.
        self.absent: set[int] = set()
        #: And the numbers of those for version control's own, which a checkout has.
        self.versioned: set[int] = set()
        #: Places of the tree of which the run asked whether they are there.
        self.asked: set[str] = set()
        self._shipped = machine.project.shipped
        self._extensions: list[tuple[v.Value, str, Span]] = []

    @property
    def open(self) -> bool:
        """Whether what is missing is noted here."""
        return self._shipped and not self.protected and not self.made and not self.m.testing and not self.m.documenting

    def ready(self, frame: Frame, handlers: Sequence[s.Handler]) -> bool:
        """Whether one of the handlers takes care of a file that is missing, or of a program that fails."""
        if not self._shipped:
            return bool(handlers)
        for handler in handlers:
            names = error_names(self.m.eval(frame, handler.types), self.m) if handler.types else None
            known = names is not None and all(isinstance(name, v.External | v.ClassRef) for name in names)
            if not known or any(catches(names, v.External(error), self.m) for error in _ERRORS):
                return True
        return False

    def file(self, frame: Frame, path: v.Value, by: str, span: Span) -> None:
        """The run reads a file, or goes into a folder."""
        if not self.open:
            return
        place = self._lacking(path)
        if place is None:
            return
        if place.partition("/")[0] in _VERSIONED:
            self._note(frame, Wanted("version-control", place, by, span))
        else:
            self._note(frame, Wanted("build-input", place, by, span))

    def started(self, frame: Frame, argv: v.Value, args: Arguments, span: Span, *, shell: bool, name: str) -> None:
        """The run starts a program: one that asks version control, or one that may make files."""
        if not self._shipped:
            return
        asked = self.m.oracle.checkout(self.m, argv, shell=shell)
        short = name.rpartition(".")[2]
        if not asked:
            # a program whose output is read is asked for something; any other may make files, unless only a request comes here
            asks = asked is not None or short in _ASKS or {"capture_output", "stdout"} & args.kwargs.keys()
            on_request = any("." not in word and word not in DEFAULT_COMMANDS for word in self.m.externals.setup.running)
            self.made = self.made or not (asks or on_request)
            return
        elsewhere = args.kwargs.get("cwd")
        if elsewhere is None or elsewhere == v.NONE:
            here = self.m.store.peek(("folder", "current")) is None
        else:
            here = self.m.externals.files.tree_path(elsewhere) == ""
        checked = short in _RAISE or args.kwargs.get("check") == v.TRUE
        if self.open and here and checked:
            self._note(frame, Wanted("version-control", "", asked, span))

    def extension(self, frame: Frame, args: Arguments, span: Span) -> None:
        """An extension module is described: its sources are looked for when ``setup`` is called."""
        sources = args.get(1, "sources")
        if not self.open or sources is None:
            return
        test = since_start(frame.way, None)
        if not frame.top_level and test != v.TRUE:
            test = v.both(test, self.m.atom("unknown", "the function is called"))
        for written in self._texts(sources):
            place = self._lacking(v.Const(written))
            # Cython, SWIG and templates make it of what is beside it
            stem = f"{posixpath.splitext(place or written)[0]}."
            if place and not any(file.startswith(stem) and not file.endswith(_HEADERS) for file in self.m.project.files):
                self._extensions.append((test, place, span))

    def setup(self, frame: Frame, args: Arguments, span: Span) -> None:
        """Files and folders that ``setup()`` is told of (setuptools, "Keywords"); its commands, which may make them, were run before."""
        if not self.open:
            return
        commands = self.m.pairs_of(args.kwargs["cmdclass"]) if "cmdclass" in args.kwargs else []
        own = {v.text_of(key) for key, _ in commands}
        may_make = ("cmdclass" in args.kwargs and not own) or None in own or not own.isdisjoint(_MAKERS)
        if any(self._replaces(cls) for key, cls in commands if v.text_of(key) == "build_ext"):
            self._extensions.clear()  # what an own run of build_ext makes of them is not known
        for place, keyword in self._named(args):
            if self._lacking(v.Const(place)) is not None:
                # of a module that is not there build_py only warns
                self._note(frame, Wanted("build-input", place, keyword, span, warns=keyword == "py_modules"))
        for test, place, at in self._extensions:
            if self._lacking(v.Const(place)) is None:
                continue
            way = frame.way
            frame.way = step(way, test, at)
            self._note(frame, Wanted("build-input", place, "Extension", at, warns=may_make))
            frame.way = way
        self._extensions.clear()

    def _replaces(self, cls: v.Value) -> bool:
        """Whether a command of the project has a ``run`` of its own."""
        classes = [one for one in v.leaves(cls) if isinstance(one, v.ClassRef)]
        return any(isinstance(self.m.attributes.lookup(v.Instance(one), "run"), v.FunctionRef) for one in classes)

    def _named(self, args: Arguments) -> Iterator[tuple[str, str]]:
        for place in self._texts(args.kwargs.get("scripts")):
            yield place, "scripts"
        folders = args.kwargs.get("package_dir")
        pairs = [(v.text_of(key), v.text_of(value)) for key, value in self.m.pairs_of(folders)] if folders is not None else []
        if any(key is None or value is None for key, value in pairs) or (folders is not None and not pairs):
            return
        places = {str(key): str(value) for key, value in pairs}
        for name in self._texts(args.kwargs.get("packages")):
            yield _folder(name, places), "packages"
        for name in self._texts(args.kwargs.get("py_modules")):
            yield f"{_folder(name, places)}.py", "py_modules"
        for row in self.m.items_of(args.kwargs["data_files"]) or [] if "data_files" in args.kwargs else []:
            cells = self.m.items_of(row)
            for place in self._texts(cells[1]) if cells and len(cells) == 2 else ():
                yield place, "data_files"

    def _texts(self, value: v.Value | None) -> list[str]:
        """The texts that a list holds in any case."""
        if not isinstance(value, v.Items):
            return []
        alternatives = [held.items if isinstance(held, v.Contents) else () for held in v.leaves(self.m.held(value))]
        texts = [[v.text_of(item) for item in items] for items in alternatives]
        return [text for text in texts[0] if text and all(text in one for one in texts)]

    def _lacking(self, path: v.Value) -> str | None:
        """The place in the tree of a file that is not there, and that the run has not made."""
        text = v.text_of(path)
        place = self.m.externals.files.tree_path(v.Const(text.replace("\\", "/"))) if text else None  # Windows takes either
        if not place or self.m.project.exists(place) or set(place) & set("*?{}<>\n"):
            return None
        first = place.partition("/")[0]
        if first in _MADE or any(part.endswith(_ENDS) for part in place.split("/")):
            return None
        if any(self.m.store.peek(("folder", what)) is not None for what in ("current", "unpacked")):
            return None
        written = (place, f"{v.text_of(path)}", f"⟨root⟩/{place}")
        return None if any(self.m.file(v.Const(one)) is not None for one in written) else place

    def _note(self, frame: Frame, wanted: Wanted) -> None:
        self.noted = True
        frame.summary.interesting = True
        frame.summary.wanted.append((frame.way, wanted))


def _folder(name: str, places: dict[str, str]) -> str:
    """Where a package is (setuptools, ``package_dir``)."""
    parts, tail = name.split("."), list[str]()
    while parts:
        if ".".join(parts) in places:
            return posixpath.normpath(posixpath.join(places[".".join(parts)], *tail))
        tail.insert(0, parts.pop())
    return posixpath.normpath(posixpath.join(places.get("", ""), *tail))
