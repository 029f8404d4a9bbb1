"""What does a program know of its surroundings? The environment, the words of the command line, test marks.

Facts are those of the Python library reference.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from offlint.flow import values as v
from offlint.flow.environment import clear, variable
from offlint.flow.registry import ARGV_ITEM, known_as
from offlint.flow.store import ENVIRON

if TYPE_CHECKING:
    from offlint.flow.machine import Arguments, Frame, Machine
    from offlint.model.span import Span


# the environment


@known_as("os.getenv", "os.environ.get", "builtins.getenv")
def _getenv(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    del frame
    name = v.text_of(args.get(0, "key") or v.NONE)
    if name is None:
        return v.Unknown("environment", m.deep_taint(args.get(0)))
    return variable(m, name, args.get(1, "default") or v.NONE, span)


@known_as("os.environ.setdefault")
def _setdefault(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    value = _getenv(m, frame, args, span)
    name = v.text_of(args.get(0, "key") or v.NONE)
    if name is not None and value is not None:
        m.store.set(ENVIRON, name, value)
    return value


@known_as("os.environ.pop")
def _pop(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    value = _getenv(m, frame, args, span)
    name = v.text_of(args.get(0, "key") or v.NONE)
    if name is not None:
        m.store.set(ENVIRON, name, v.NONE)
    return value


@known_as("os.environ.clear")
def _clear(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    del frame, args, span
    clear(m, m.store.set)
    return v.NONE


@known_as("os.environ.update")
def _update(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    del frame, span
    given = m.pairs_of(args.args[0]) if args.args else []
    for key, value in [*given, *((v.Const(name), value) for name, value in args.kwargs.items())]:
        if (name := v.text_of(key)) is not None:
            m.store.set(ENVIRON, name, value)
    return v.NONE


@known_as("os.environ.copy")
def _copy(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    del frame, args, span
    return m.new_mapping([])


@known_as("distutils.util.strtobool", "setuptools._distutils.util.strtobool", "str2bool.str2bool")
def _strtobool(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    del frame
    return m.expressions.symbol("strtobool", (args.args[0],), span) if args.args else None


# the command line


@known_as("sys.path.insert", "sys.path.append", "sys.path.extend", "site.addsitedir")
def _search(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    del frame, span
    if args.args:
        m.imports.add_to_search(args.args[-1])
    return v.NONE


@known_as("os.chdir")
def _chdir(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    del frame, span
    if args.args:
        m.externals.files.change_folder(args.args[0])
    return v.NONE


@known_as("contextlib.suppress", "contextlib.closing")
def _context(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    del m, frame, span
    return v.Handle("contextlib.suppress", tuple(args.args)) if not args.args or not isinstance(args.args[0], v.Remote) else args.args[0]


@known_as(
    "pytest.raises",
    *(f"unittest.{case}.{name}" for case in ("TestCase", "IsolatedAsyncioTestCase") for name in ("assertRaises", "assertRaisesRegex")),
)
def _raises(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    begun = m.mocking.begin()
    m.mocking.raising(frame, args.args[:1])
    m.externals.run_functions(frame, args, span)  # ``raises(Error, function, argument)`` calls it
    m.mocking.end(frame, begun, stays=False)
    return v.Handle("pytest.raises", tuple(args.args))


@known_as("sys.argv.remove", "sys.argv.index")
def _take(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    word = v.text_of(args.args[0]) if args.args else None
    if word is not None:
        m.statements.throw_unless(frame, m.externals.argument_given(word, span), span, "ValueError")
    return v.Unknown("position")


@known_as("sys.argv.count")
def _count(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    del frame
    word = v.text_of(args.args[0]) if args.args else None
    return m.externals.argument_given(word, span) if word is not None else None


@known_as(f"{ARGV_ITEM}.startswith")
def _begins(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    """``arg.startswith("--prefix=")``: whether that option is given; ``"--"`` alone names none."""
    del frame
    begins = [v.text_of(one) or "" for one in m.items_of(args.args[0]) or args.args] if args.args else []
    result: v.Value = v.FALSE
    for text in begins:
        if not text.startswith("-") or not text.strip("-="):
            return v.Unknown("argument")
        result = v.either(result, m.externals.argument_given(text.rstrip("="), span))
    return result


@known_as(*(f"{ARGV_ITEM}.{name}" for name in ("strip", "lower", "upper", "split", "partition", "replace", "removeprefix", "__getitem__")))
def _word(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    """What is made of a word of the command line is one that a person gave."""
    del m, frame, span
    return args.subject
