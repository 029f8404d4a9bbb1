"""What can an expression stand for? The kinds of abstract values.

Values are immutable and compared by content, so that the same question asked twice is the same condition. What changes over time
(lists, dictionaries, attributes, files) is an object compared by identity whose contents live in the Store.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Union

from offlint.flow.interning import constant, interned, taint
from offlint.model.lazy import dataclass, field
from offlint.model.span import Span

if TYPE_CHECKING:
    from offlint.flow.summary import Fetch
    from offlint.model import step as s


@constant
class Const:
    """A known value: text, bytes, number, bool or None; 1 and True are equal in Python, but different texts in a URL."""

    value: str | bytes | int | float | complex | bool | None


NONE = Const(None)
TRUE = Const(value=True)
FALSE = Const(value=False)


@interned
class Text:
    """A text some of whose parts are not known; parts are joined."""

    KEY: ClassVar[tuple[str, ...]] = ("parts",)

    parts: tuple[Value, ...]
    weight: int = field(default=1, init=False)
    touched: frozenset[Fetch] = field(default=frozenset(), init=False)


@interned
class Path:
    """A ``pathlib`` path; ``text`` is what ``str()`` of it gives."""

    KEY: ClassVar[tuple[str, ...]] = ("text",)

    text: Value
    weight: int = field(default=1, init=False)
    touched: frozenset[Fetch] = field(default=frozenset(), init=False)


@interned
class Env:
    """An environment variable; ``default`` is its value when it is not set (None: reading it raises KeyError)."""

    KEY: ClassVar[tuple[str, ...]] = ("name", "default")

    name: str
    default: Value | None
    span: Span | None = field(default=None, compare=False)
    weight: int = field(default=1, init=False)
    touched: frozenset[Fetch] = field(default=frozenset(), init=False)


@interned
class Opt:
    """What a person gives on a command line or in a configuration file.

    ``kind`` is ``option`` (of a command or script), ``command`` (a word that asks for a command), ``pytest``, ``marker`` or ``config``;
    ``default`` is what holds when nobody gives it.
    """

    KEY: ClassVar[tuple[str, ...]] = ("kind", "name", "default")

    kind: str
    name: str
    default: Value
    span: Span | None = field(default=None, compare=False)
    weight: int = field(default=1, init=False)
    touched: frozenset[Fetch] = field(default=frozenset(), init=False)


@interned
class Sym:
    """An operation on values that are not all known: a comparison, ``not``, ``and``, ``or``, a text method."""

    KEY: ClassVar[tuple[str, ...]] = ("op", "args")

    op: str
    args: tuple[Value, ...]
    span: Span | None = field(default=None, compare=False)
    weight: int = field(default=1, init=False)
    touched: frozenset[Fetch] = field(default=frozenset(), init=False)


@dataclass(frozen=True, slots=True)
class Atom:
    """Something unknown that is decided when the code runs.

    ``kind`` says by what: ``platform``, ``missing`` (True where a local file, library or tool is there), ``exception``, ``loop``,
    ``items`` (a loop has something to go through), ``input``, ``unknown``.
    """

    kind: str
    label: str
    id: int = 0
    span: Span | None = field(default=None, compare=False)

    def __hash__(self) -> int:
        # it is asked for more often than any other's, and the numbers tell most of them apart
        return hash((self.id, self.label))


@interned
class Choice:
    """``then`` where the test holds, else ``orelse``."""

    KEY: ClassVar[tuple[str, ...]] = ("test", "then", "orelse")

    test: Value
    then: Value
    orelse: Value
    weight: int = field(default=1, init=False)
    leaves: int = field(default=2, init=False)
    touched: frozenset[Fetch] = field(default=frozenset(), init=False)


@constant
class External:
    """A dotted name outside the project."""

    name: str


@interned
class Handle:
    """An object of an external class, made with these arguments."""

    KEY: ClassVar[tuple[str, ...]] = ("type", "args")

    type: str
    args: tuple[Value, ...] = ()
    weight: int = field(default=1, init=False)
    touched: frozenset[Fetch] = field(default=frozenset(), init=False)


@dataclass(frozen=True, slots=True)
class Unknown:
    """Nothing is known, and why; ``touched`` are the fetches whose data it may be made of."""

    why: str
    touched: frozenset[Fetch] = frozenset()


@dataclass(frozen=True, slots=True)
class Remote:
    """Data of an access: the response, its bytes, or the path of a file that holds them."""

    fetch: Fetch
    form: str = "data"

    @property
    def touched(self) -> frozenset[Fetch]:
        """The fetch itself."""
        return frozenset((self.fetch,))


@interned
class Digest:
    """A digest (or a length) of data; a digest is none of the data, what it was made of is ``made_of``."""

    TOUCHED: ClassVar[str] = "made_of"
    KEY: ClassVar[tuple[str, ...]] = ("algorithm", "strong", "data")

    algorithm: str
    strong: bool
    data: tuple[Value, ...]
    span: Span | None = field(default=None, compare=False)
    weight: int = field(default=1, init=False)
    made_of: frozenset[Fetch] = field(default=frozenset(), init=False)


@interned
class Partial:
    """``functools.partial``, or a method bound to arguments."""

    KEY: ClassVar[tuple[str, ...]] = ("func", "args", "kwargs")

    func: Value
    args: tuple[Value, ...]
    kwargs: tuple[tuple[str, Value], ...]
    weight: int = field(default=1, init=False)
    touched: frozenset[Fetch] = field(default=frozenset(), init=False)


@interned
class Method:
    """A method of a value that is no object of the project: of a text, a list, a response, an external object."""

    KEY: ClassVar[tuple[str, ...]] = ("subject", "name")

    subject: Value
    name: str
    weight: int = field(default=1, init=False)
    touched: frozenset[Fetch] = field(default=frozenset(), init=False)


@constant
class ModuleRef:
    """A module of the project, by the path of its file."""

    file: str


@dataclass(frozen=True, slots=True)
class Lazy:
    """A name of a module of the project that is evaluated when it is first asked for."""

    file: str
    name: str


@dataclass(frozen=True, slots=True)
class FunctionRef:
    """A function of the project with the scope it was defined in, bound to ``self`` if it was read from an object."""

    function: s.Function
    scope: Scope
    bound: Value | None = None
    owner: ClassRef | None = None


@dataclass(frozen=True, slots=True, eq=False)
class ClassRef:
    """A class of the project; its attributes are cells of the Store."""

    definition: s.Class
    scope: Scope
    bases: tuple[Value, ...]


@dataclass(slots=True, eq=False)
class Instance:
    """An object of a class of the project; its attributes are cells of the Store."""

    cls: ClassRef


@dataclass(slots=True, eq=False)
class Items:
    """A list, tuple or set; its cell ``held`` is a ``Contents``, where ``Rest`` stands for any number of unknown ones."""

    kind: str


@dataclass(slots=True, eq=False)
class Mapping_:  # noqa: N801  (Mapping is taken by the standard library)
    """A dictionary; its cell ``held`` is a ``Contents``; ``open`` says that there may be other entries."""

    open: bool = False


@dataclass(slots=True, eq=False)
class Hasher:
    """A hash object; its cell ``held`` is a ``Contents`` of what it was fed."""

    algorithm: str
    strong: bool


@dataclass(slots=True, eq=False)
class FileObject:
    """An open file; ``path`` names it."""

    path: Value
    mode: str


@interned
class Rest:
    """Any number of further items."""

    KEY: ClassVar[tuple[str, ...]] = ("value",)

    value: Value
    weight: int = field(default=1, init=False)
    touched: frozenset[Fetch] = field(default=frozenset(), init=False)


@dataclass(frozen=True, slots=True)
class Contents:
    """What a list, tuple, set, dictionary or hash object holds: items, or pairs of key and value, later ones win.

    ``some``: each item that may be there is known, none is sure, and at least one of them is there.
    """

    items: tuple[Value, ...] = ()
    pairs: tuple[tuple[Value, Value], ...] = ()
    some: bool = False

    known: frozenset[Fetch] | None = field(default=None, init=False, compare=False, repr=False)

    @property
    def touched(self) -> frozenset[Fetch]:
        """What any of the contents is made of; asked of one list again and again, while it grows by one item after the other."""
        if self.known is None:
            parts = (*self.items, *(held for _, held in self.pairs))
            made = frozenset[Any]().union(*(taint(one) for one in parts if type(one) is not Const))
            self.known = made  # type: ignore[misc]  # only here it is known
        return self.known


@dataclass(slots=True, eq=False)
class Scope:
    """A namespace whose names are cells of the Store: a module's, a class body's or a call's."""

    file: str
    parent: Scope | None = None
    kind: str = "module"
    function: s.Function | None = None
    owner: ClassRef | None = None

    @property
    def place(self) -> Span:
        """A place for what happens in it without being written: the function's, or the file's (of a part of a file, behind ``#``, too)."""
        return self.function.span if self.function else Span(self.file.split("#")[0])


Value = Union[  # noqa: UP007
    Const, Text, Path, Env, Opt, Sym, Atom, Choice, External, Handle, Unknown, Remote, Digest, Partial, Method, ModuleRef, Lazy,
    FunctionRef, ClassRef, Instance, Items, Mapping_, Hasher, FileObject, Rest, Contents
]  # fmt: skip

#: Values that can be the name of a file: a name that is not known as a text is still equal to itself.
NAMES = (Const, Text, Path, Unknown, Sym, Env, Opt)
