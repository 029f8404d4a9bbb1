"""What does the code do, in order? The small form of every language; what has no meaning here is ``Opaque(why)``, never left out."""

from __future__ import annotations

from typing import Union

from offlint.model.lazy import dataclass
from offlint.model.span import Span


@dataclass(frozen=True, slots=True)
class Const:
    """A literal."""

    value: str | bytes | int | float | complex | bool | None


@dataclass(frozen=True, slots=True)
class Name:
    """A variable."""

    id: str


@dataclass(frozen=True, slots=True)
class Attr:
    """``object.name``."""

    object: Expr
    name: str


@dataclass(frozen=True, slots=True)
class Arg:
    """One argument of a call: ``name`` for a keyword, ``star`` is ``*``, ``**`` or empty."""

    value: Expr
    name: str | None = None
    star: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Call:
    """A call; the span is that of the whole call expression."""

    func: Expr
    args: tuple[Arg, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Template:
    """An f-string: its parts are joined as texts."""

    parts: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class Binary:
    """``left op right`` for arithmetic (``+ - * / // % ** | & ^ << >> @``) and comparison (``== != < <= > >= in not-in is is-not``)."""

    op: str
    left: Expr
    right: Expr
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class Bool:
    """``and`` or ``or`` over two or more items."""

    op: str
    items: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """``not item``."""

    item: Expr


@dataclass(frozen=True, slots=True)
class IfExp:
    """``then if test else orelse``."""

    test: Expr
    then: Expr
    orelse: Expr
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class Seq:
    """A list, tuple or set display; items may be ``Star``. ``places`` are the items' own, where they are known."""

    kind: str
    items: tuple[Expr, ...]
    places: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Star:
    """``*value`` in a display or an assignment's target."""

    value: Expr


@dataclass(frozen=True, slots=True)
class Table:
    """A dict display; the key is None for ``**value``. ``places`` says where each item begins, where that is known."""

    items: tuple[tuple[Expr | None, Expr], ...]
    places: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Index:
    """``object[key]``."""

    object: Expr
    key: Expr
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class Slice:
    """``lower:upper`` inside a subscript."""

    lower: Expr | None
    upper: Expr | None
    step: Expr | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Lambda:
    """A function without a name."""

    function: Function


@dataclass(frozen=True, slots=True)
class Clause:
    """One ``for target in items if tests`` of a comprehension."""

    target: Expr
    items: Expr
    tests: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class Comp:
    """A comprehension or generator expression; ``key`` only for dicts."""

    kind: str
    element: Expr
    clauses: tuple[Clause, ...]
    key: Expr | None = None


@dataclass(frozen=True, slots=True)
class Bind:
    """``(name := value)``."""

    target: Name
    value: Expr


@dataclass(frozen=True, slots=True)
class Yield:
    """``yield value``; the value is what a consumer of the generator gets."""

    value: Expr | None
    delegates: bool = False


@dataclass(frozen=True, slots=True)
class Opaque:
    """An expression without meaning here."""

    why: str


Expr = Union[  # noqa: UP007
    Const, Name, Attr, Call, Template, Binary, Bool, Not, IfExp, Seq, Star, Table, Index, Slice, Lambda, Comp, Bind, Yield, Opaque
]


@dataclass(frozen=True, slots=True)
class Param:
    """A parameter; ``kind`` is empty, ``*``, ``**``, ``/`` (only by position) or ``kw``; ``note``: ``note_of`` in ``lower/names.py``."""

    name: str
    default: Expr | None = None
    kind: str = ""
    note: Expr | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Function:
    """A function, method or lambda. ``locals`` are the names that it binds, ``globals`` those it declares global or nonlocal."""

    name: str
    params: tuple[Param, ...]
    body: tuple[Step, ...]
    span: Span
    decorators: tuple[Expr, ...] = ()
    generator: bool = False
    locals: frozenset[str] = frozenset()
    globals: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, eq=False)
class Class:
    """A class statement. ``keywords`` are those of its head (``metaclass=…``), ``fields`` the names that its body annotates."""

    name: str
    bases: tuple[Expr, ...]
    body: tuple[Step, ...]
    span: Span
    decorators: tuple[Expr, ...] = ()
    keywords: tuple[Arg, ...] = ()
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Assign:
    """``targets = value``."""

    targets: tuple[Expr, ...]
    value: Expr
    span: Span


@dataclass(frozen=True, slots=True, eq=False)
class Augment:
    """``target op= value``."""

    target: Expr
    op: str
    value: Expr
    span: Span


@dataclass(frozen=True, slots=True, eq=False)
class Do:
    """An expression for its effect."""

    value: Expr
    span: Span


@dataclass(frozen=True, slots=True, eq=False)
class If:
    """The span is the test's."""

    test: Expr
    body: tuple[Step, ...]
    orelse: tuple[Step, ...]
    span: Span


@dataclass(frozen=True, slots=True, eq=False)
class For:
    """``for target in items``."""

    target: Expr
    items: Expr
    body: tuple[Step, ...]
    orelse: tuple[Step, ...]
    span: Span


@dataclass(frozen=True, slots=True, eq=False)
class While:
    """The span is the test's."""

    test: Expr
    body: tuple[Step, ...]
    orelse: tuple[Step, ...]
    span: Span


@dataclass(frozen=True, slots=True, eq=False)
class Handler:
    """An ``except`` clause; ``types`` is None for a bare one."""

    types: Expr | None
    name: str | None
    body: tuple[Step, ...]
    span: Span


@dataclass(frozen=True, slots=True, eq=False)
class Try:
    """``try`` with its clauses."""

    body: tuple[Step, ...]
    handlers: tuple[Handler, ...]
    orelse: tuple[Step, ...]
    final: tuple[Step, ...]
    span: Span


@dataclass(frozen=True, slots=True, eq=False)
class With:
    """``with item as target, …``."""

    items: tuple[tuple[Expr, Expr | None], ...]
    body: tuple[Step, ...]
    span: Span


@dataclass(frozen=True, slots=True, eq=False)
class Return:
    """``return value``."""

    value: Expr | None
    span: Span


@dataclass(frozen=True, slots=True, eq=False)
class Raise:
    """``raise error``."""

    error: Expr | None
    span: Span


@dataclass(frozen=True, slots=True, eq=False)
class Assert:
    """``assert test``."""

    test: Expr
    span: Span


@dataclass(frozen=True, slots=True, eq=False)
class Jump:
    """``break`` or ``continue``, as ``kind`` says."""

    kind: str
    span: Span


@dataclass(frozen=True, slots=True, eq=False)
class Define:
    """``def``."""

    function: Function
    span: Span


@dataclass(frozen=True, slots=True, eq=False)
class DefineClass:
    """``class``."""

    definition: Class
    span: Span


@dataclass(frozen=True, slots=True, eq=False)
class Import:
    """``import module as name``; ``name`` is None for a plain import, which binds the first part."""

    module: str
    name: str | None
    span: Span


@dataclass(frozen=True, slots=True, eq=False)
class ImportFrom:
    """``from module import name as alias``; ``level`` counts the dots, ``("*", "*")`` is a star import."""

    module: str
    level: int
    names: tuple[tuple[str, str], ...]
    span: Span


@dataclass(frozen=True, slots=True, eq=False)
class Delete:
    """``del targets``."""

    targets: tuple[Expr, ...]
    span: Span


Step = Union[  # noqa: UP007
    Assign, Augment, Do, If, For, While, Try, With, Return, Raise, Assert, Jump, Define, DefineClass, Import, ImportFrom, Delete
]


@dataclass(frozen=True, slots=True, eq=False)
class Module:
    """A lowered file. ``unread`` names what in it could not be lowered, as (line, why)."""

    file: str
    body: tuple[Step, ...]
    unread: tuple[tuple[int, str], ...] = ()
