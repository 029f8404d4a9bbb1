"""What does a program know of its surroundings? The environment, the command line, test marks.

Facts are those of the Python library reference.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from offlint.flow import values as v
from offlint.flow.environment import clear, variable
from offlint.flow.registry import ARGV_ITEM, known_as
from offlint.flow.store import ENVIRON

if TYPE_CHECKING:
    from collections.abc import Sequence

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


def option(name: str, flag: str, default: v.Value, span: Span) -> v.Value:
    """What a command line gives under a flag, or in a place (no flag), where its words are not known."""
    return v.Opt("option", flag, default, span) if flag.startswith("-") and isinstance(default, v.Const | v.Env) else v.Unknown(name)


@known_as("argparse.ArgumentParser.add_argument", "argparse._ArgumentGroup.add_argument", "optparse.OptionParser.add_option")
def _add_argument(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    del frame
    flags = [t for a in args.args if (t := v.text_of(a)) is not None]
    if not flags:
        return v.NONE
    long = next((f for f in flags if f.startswith("--")), flags[0])
    name = v.text_of(args.kwargs.get("dest", v.NONE)) or long.lstrip("-").replace("-", "_")
    action = v.text_of(args.kwargs.get("action", v.NONE))
    for flag in flags:
        m.store.set(_ANSWERS, flag, v.TRUE if action in ("version", "help") else v.FALSE)
    default = args.kwargs.get("default") or (v.TRUE if action == "store_false" else v.FALSE if action == "store_true" else v.NONE)
    takes = "nargs" not in args.kwargs and args.kwargs.get("type", _TEXT) == _TEXT and action in (None, "store")
    defined = v.Handle("argparse.argument", (m.new_items("tuple", args.args), v.Const(action or ""), default, v.Const(takes)))
    m.store.set(_DEFINED, name, defined)
    words = m.externals.words
    told = _told(m, name, defined, None if words is None else [v.Unknown(name) if "{" in word else v.Const(word) for word in words])
    m.store.set("arguments", name, told or option(name, long, default, span))
    return v.NONE


_TEXT = v.External("builtins.str")
#: Where it is noted of a flag whether it only asks for an answer, and of each argument how it was defined.
_ANSWERS, _DEFINED = "answered flags", "defined arguments"


def _told(m: Machine, name: str, defined: v.Handle, words: Sequence[v.Value] | None) -> v.Value | None:
    """What the words of a command line make of an option; None where they are not known, or of what is no option."""
    listed, action, default, takes = defined.args
    flags = [text for one in m.items_of(listed) or [] if (text := v.text_of(one)) is not None]
    if words is None or not any(flag.startswith("-") for flag in flags):
        return None
    value = default
    for at, word in enumerate(words):
        begin, *rest = word.parts if isinstance(word, v.Text) else (word,)
        flag, is_with, text = (v.text_of(begin) or "").partition("=")
        if flag in flags:
            after = words[at + 1] if at + 1 < len(words) else v.Unknown(name)
            after = m.expressions.join([v.Const(text), *rest]) if is_with else after
            value = after if takes == v.TRUE else v.Unknown(name)
            if v.text_of(action) in ("store_true", "store_false"):
                value = v.Const(v.text_of(action) == "store_true")
    return value


@known_as("argparse.ArgumentParser.parse_args", "argparse.ArgumentParser.parse_known_args")
def _parse_args(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    return v.Unknown("no return") if _parsed(m, frame, args, span) else v.Handle("argparse.Namespace")


@known_as("optparse.OptionParser.parse_args")
def _parse_options(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    return v.Unknown("no return") if _parsed(m, frame, args, span) else None


def _parsed(m: Machine, frame: Frame, args: Arguments, span: Span) -> bool:
    """Take in the words that are given, or those that the code put into ``sys.argv``, where they are known.

    Whether they only ask for help or for the version: that is answered, and ends the program.
    """
    given = args.get(0, "args")
    own = given is None or given == v.NONE
    items = m.items_of(m.attributes.get(frame, v.External("sys"), "argv") if own or given is None else given)
    words = list(map(v.Const, m.externals.words or ())) if items is None else items[own:]
    for text in map(v.text_of, words):
        known = m.store.get(_ANSWERS, text) if text else None
        if known == v.TRUE or (known is None and text in ("-h", "--help")):
            m.statements.throw(frame, v.External("SystemExit"), span)
            return True
    for name, defined in m.store.names(_DEFINED) if items is not None else ():
        told = _told(m, name, defined, words) if isinstance(defined, v.Handle) else None
        if told is not None:
            m.store.set("arguments", name, told)
    return False


@known_as("argparse.ArgumentParser.add_argument_group", "argparse.ArgumentParser.add_mutually_exclusive_group")
def _group(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    del m, frame, args, span
    return v.Handle("argparse.ArgumentParser")


@known_as("contextlib.suppress", "contextlib.closing")
def _context(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    del m, frame, span
    return v.Handle("contextlib.suppress", tuple(args.args)) if not args.args or not isinstance(args.args[0], v.Remote) else args.args[0]


@known_as(
    "pytest.raises",
    *(f"unittest.{case}.{name}" for case in ("TestCase", "IsolatedAsyncioTestCase") for name in ("assertRaises", "assertRaisesRegex")),
)
def _raises(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    m.externals.run_functions(frame, args, span)  # ``raises(Error, function, argument)`` calls it
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
