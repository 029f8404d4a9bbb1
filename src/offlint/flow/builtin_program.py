"""What does a program know of its surroundings? The environment, imports, the command line, test marks.

Facts are those of the Python library reference.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from offlint.flow import values as v
from offlint.flow.environment import clear, variable
from offlint.flow.imported import package_of, relative
from offlint.flow.machine import Arguments
from offlint.flow.registry import ARGV_ITEM, known_as
from offlint.flow.store import ENVIRON

if TYPE_CHECKING:
    from collections.abc import Iterator

    from offlint.flow.machine import Frame, Machine
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


# imports and the command line


@known_as("importlib.import_module", "builtins.__import__")
def _import(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    given = [*args.args, *(args.kwargs[key] for key in ("name", "modname", "package") if key in args.kwargs)]
    name = v.text_of(given[0]) if given else None
    if name is None:
        m.leave(span, "imports a module whose name is known only when the code runs")
        return v.Unknown("module")
    package = v.text_of(given[1]) if len(given) > 1 else None
    return m.imports.module(frame, relative(name, package or package_of(frame.scope.file, 1) or ""), span)


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
    flags = [t for a in args.args if (t := v.text_of(a)) is not None]
    if not flags:
        return v.NONE
    long = next((f for f in flags if f.startswith("--")), flags[0])
    name = v.text_of(args.kwargs.get("dest", v.NONE)) or long.lstrip("-").replace("-", "_")
    action = v.text_of(args.kwargs.get("action", v.NONE))
    default = args.kwargs.get("default") or (v.TRUE if action == "store_false" else v.FALSE if action == "store_true" else v.NONE)
    value = option(name, long, default, span)
    words = m.externals.words
    if words is not None and long.startswith("-"):
        given = [text for flag in flags for text in _after(flag, words)]
        if not given:
            value = default
        elif action in ("store_true", "store_false"):
            value = v.FALSE if action == "store_false" else v.TRUE
        else:
            plain = action in (None, "store") and "nargs" not in args.kwargs and given[-1] is not None and "{" not in given[-1]
            value = _typed(m, frame, args, v.Const(given[-1]), span) if plain else v.Unknown(name)
    m.store.set("arguments", name, value)
    return v.NONE


def _after(flag: str, words: tuple[str, ...]) -> Iterator[str | None]:
    """What a command line gives after a flag: the next word, or what stands in one word with it; None where nothing follows."""
    for at, word in enumerate(words):
        if word == flag:
            yield words[at + 1] if at + 1 < len(words) else None
        elif word.startswith(f"{flag}=") or (len(flag) == 2 and word.startswith(flag) and not word.startswith("--")):
            yield word[len(flag) :].removeprefix("=")


def _typed(m: Machine, frame: Frame, args: Arguments, word: v.Value, span: Span) -> v.Value:
    """A word as the option's ``type=`` makes it; optparse names the type by a text."""
    kind = args.kwargs.get("type")
    if kind is None or v.text_of(kind) in ("str", "string"):
        return word
    return v.Unknown("argument") if isinstance(kind, v.Const) else m.call(frame, kind, Arguments([word]), span)


@known_as("argparse.ArgumentParser.parse_args")
def _parse_args(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    del m, frame, span, args
    return v.Handle("argparse.Namespace")


@known_as("argparse.ArgumentParser.parse_known_args")
def _parse_known(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    del frame, span, args
    return m.new_items("tuple", [v.Handle("argparse.Namespace"), v.Unknown("arguments")])


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
