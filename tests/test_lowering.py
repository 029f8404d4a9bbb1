"""Do both parsers give the same steps? The running Python's, and libcst, which reads what that one rejects."""

from __future__ import annotations

import ast
import dataclasses
import pathlib
import sys

import pytest

from offlint.lower.newer import Unreadable, lower_newer
from offlint.lower.nodes import Displaced, Nodes
from offlint.lower.python import CannotLower, lower_python
from offlint.model import step as s
from offlint.model.span import Moved, Span

ROOT = pathlib.Path(__file__).parent.parent
#: Every kind of statement and expression, in a shape that is easy to get wrong.
SYNTAX = '''\
"""Docstring"""
from __future__ import annotations
import a.b, c.d as e
from . import f
from ..g.h import (i as j, k,)
from l import *
x = y = (1, 2,)
x: int = 3; z: str
(x), [y, *rest] = 'é' "ü", *others
x += 1; y @= -2.5; y **= ~x
a = not b and (c or d) and e or f
a = (b and c) and d
a = 1 < x <= y is not None not in z
v = x if (y) else z if w else u
call(*args, k=1, *more, **kw)(z)[1:2, ::3, ...][4,][:]
call(n=1, *args)
text = f"a{b}c{{d}} {e!r:>{w}} {f()} {g=}" "tail" u"u" f'{"x"}\\n\\x41' rf'\\n{h}'
text = f"ü{call(1)}é{call(2)}" ; after()
raw = b'1' b'2', 1_000, 0x1F, 1e3, 2j, True, None, ..., r'\\d'
table = {(1, 2): 3, **more, 'k': [(4), (5, 6), *seven, {8, 9}]}
made = [p for q in r if s if t for u in v], {p for q in r}, {p: q for p, q in r}, (p async for q in r)
fn = lambda a, /, b=1, *c, d, e=2, **f: (yield)
(one
 . two())
if (n := len(x)) > 1: pass
elif y:
    del a, b[0]
    del (c, d)
elif z:
    while True:
        break
    else:
        pass
else:
    if w:
        raise
    # a comment that is no part of it

@deco(1)
@other
class C(B, *bases, metaclass=M, **kw):
    p: int
    q: ClassVar[int] = 1
    r: "str" = 2

    @property
    async def m(self, a, *, b: int = 1) -> None:
        global g1, g2
        async with open(x) as f, lock:
            async for line in f:
                nonlocal_ = await line
        return (yield from x)

    def n(self): return 1; yield 2
    def o(self, a: bool, b: t.Optional[bool] = None, c: "x" = 1, *d: bool, e: Annotated[list[str], f("é")], g: x.Context | None): pass
for i, in z: continue
with (a as b, c): assert x, "message"
try:
    raise E from None
except (A, B) as err:
    def inner():
        nonlocal err
except C: pass
else: pass
finally:
    x()

match subject:
    case "a" | 'b' if guard:
        one()
    case -1: two()
    case None | True: three()
    case [x, *_] | {"k": 1}: four()
    case _:
        five()
'''


def told(node: object) -> object:
    """A tree of steps that can be compared: most are told apart by identity."""
    if isinstance(node, tuple):
        return tuple(map(told, node))
    if dataclasses.is_dataclass(node) and not isinstance(node, Span):
        return type(node).__name__, tuple((f.name, told(getattr(node, f.name))) for f in dataclasses.fields(node))
    return node


@pytest.mark.parametrize("line", SYNTAX.splitlines()[:22])
def test_lines_are_lowered_alike_by_both_parsers(line: str) -> None:
    """One statement at a time, so that a difference is easy to see."""
    assert told(lower_python(line, "f.py")) == told(lower_newer(line, "f.py"))


def test_all_syntax_is_lowered_alike_by_both_parsers() -> None:
    """Steps, and places with their ends."""
    tree = ast.parse(SYNTAX)
    assert tree.body, "the running Python must be able to read it"
    assert told(lower_python(SYNTAX, "f.py")) == told(lower_newer(SYNTAX, "f.py"))


@pytest.mark.parametrize("path", sorted((ROOT / "src" / "offlint" / "flow").glob("c*.py")), ids=lambda path: path.name)
def test_own_sources_are_lowered_alike_by_both_parsers(path: pathlib.Path) -> None:
    """Code as people write it."""
    text = path.read_text("utf-8")
    assert told(lower_python(text, "f.py")) == told(lower_newer(text, "f.py"))


def test_lines_of_a_document_are_placed_in_it() -> None:
    """Both parsers move what stands in a document's cell to where it stands in the file."""
    lines = (Moved(10, 4, 7), Moved(11, 4, 15), Moved(12, 0, 0))
    text = "a()\nb('é', c())\n"
    made = lower_python(text, "f.md", lines)
    assert told(made) == told(lower_newer(text, "f.md", lines))
    step = made.body[1]
    assert isinstance(step, s.Do)
    assert step.span == Span("f.md", 11, 5, 11, 16)


def test_syntax_of_a_newer_python_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the running Python rejects is read all the same."""

    def rejects(*_: object, **__: object) -> ast.Module:
        raise SyntaxError

    monkeypatch.setattr("offlint.lower.python.ast.parse", rejects)
    made = lower_python("type X = int\nfetch(f'{a}')\n", "f.py")
    assert isinstance(made.body[0], s.Do)
    assert made.body[0].span == Span("f.py", 2, 1, 2, 14)


@pytest.mark.parametrize(("text", "why"), [("print 'x'\n", "Python 2 syntax at 1:1"), ("a = = 1\n", "syntax error at 1:1")])
def test_what_no_parser_reads_is_said(text: str, why: str) -> None:
    """With line and column."""
    with pytest.raises(CannotLower, match=why):
        lower_python(text, "f.py")
    with pytest.raises(Unreadable):
        lower_newer(text, "f.py")


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="places inside f-strings are exact from 3.12 on")
def test_a_wrong_place_inside_a_text_is_noticed() -> None:
    """The parser computed places inside f-strings before 3.12; one that does not hold what it names is not believed."""
    text = "x = f'{call(1)}'\n"
    node = next(n for n in ast.walk(ast.parse(text)) if isinstance(n, ast.Call))
    assert Nodes(text, "f.py").span(node, inside=True) == Span("f.py", 1, 8, 1, 15)
    node.col_offset += 1
    with pytest.raises(Displaced):
        Nodes(text, "f.py").span(node, inside=True)
