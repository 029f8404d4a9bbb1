"""What do the built-in functions mean here? Texts, numbers, lists and functions.

Facts are those of the Python library reference.
"""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from offlint.flow import values as v
from offlint.flow.feeding import INPUT
from offlint.flow.iteration import MAX_APPLIED
from offlint.flow.lengths import length_of
from offlint.flow.local import is_local, local
from offlint.flow.machine import Arguments
from offlint.flow.registry import BUILTINS, Builtin, known_as
from offlint.flow.specials import ASKED

if TYPE_CHECKING:
    from offlint.flow.machine import Frame, Machine
    from offlint.model.span import Span

# texts and numbers


def _operation(op: str) -> Builtin:
    def call(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
        first = args.get(0)
        if first is None:
            return v.Const("" if op == "str" else 0)
        if isinstance(first, v.Instance):
            first = m.specials.ask(frame, first, ASKED[op], (), span) or m.containers.of(first) or first
        if op == "str" and isinstance(first, v.Path | v.Text | v.Env):
            return first.text if isinstance(first, v.Path) else first
        if op == "str" and isinstance(first, v.Choice):
            return first
        if op == "len":
            if (length := length_of(m, first, span)) is not None:
                return length
            touched = m.deep_taint(m.externals.files.content_of(first))
            if touched:
                return v.Digest("length", strong=False, data=(v.Unknown("data", touched),), span=span)
        if op == "bool":
            return m.expressions.decide(first, span)
        return m.expressions.symbol(op, (first, *args.args[1:2]), span)

    return call


for _name in ("str", "int", "float", "bool", "len"):
    BUILTINS[f"builtins.{_name}"] = _operation(_name)
BUILTINS["builtins.unicode"] = BUILTINS["builtins.str"]


@known_as("os.path.getsize")
def _size(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    del frame
    content = m.externals.files.content_of(args.args[0]) if args.args else v.NONE
    touched = m.deep_taint(content)
    return v.Digest("length", strong=False, data=(v.Unknown("data", touched),), span=span) if touched else v.Unknown("size")


@known_as(
    "builtins.bytes",
    "builtins.bytearray",
    "builtins.memoryview",
    "builtins.repr",
    "builtins.format",
    "copy.copy",
    "copy.deepcopy",
    "typing.cast",
)
def _itself(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    del m, frame, span
    return args.args[-1] if args.args else v.Const("")


@known_as("builtins.iter")
def _iterated(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    """``iter(f.read, b"")`` calls until the sentinel comes: any number of what a call gives."""
    if len(args.args) != 2:
        return args.args[0] if args.args else None
    return m.new_items("list", [v.Rest(m.calls.call(frame, args.args[0], Arguments([]), span))])


@known_as("urllib.parse.urljoin", "urlparse.urljoin", "requests.compat.urljoin")
def _urljoin(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    del frame, span
    from urllib.parse import urljoin  # noqa: PLC0415

    base, rest = args.get(0, "base"), args.get(1, "url")
    if base is None or rest is None:
        return None
    known, tail = v.text_of(base), v.text_of(rest)
    if base in (v.NONE, v.Const("")) or (tail is not None and "://" in tail):
        return rest
    if known is not None and tail is not None:
        return v.Const(urljoin(known, tail))
    if known is not None:
        return m.expressions.join([v.Const(known.rsplit("/", 1)[0] + "/" if known.count("/") > 2 else known + "/"), rest])
    return m.expressions.join([base, v.Const("/"), rest])


@known_as("urllib.parse.urlparse", "urllib.parse.urlsplit", "urlparse.urlparse", "urlparse.urlsplit", "requests.compat.urlparse")
def _urlparse(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    """A known URL in its parts; of one that is known in part, the scheme."""
    del frame, span
    from urllib.parse import urlparse  # noqa: PLC0415

    given = args.get(0, "url")
    if given is None or is_local(given):
        return given if given is None or isinstance(given, v.Handle) else local()
    made = v.Handle("urllib.parse.ParseResult", (given,))
    known = v.text_of(given)
    if known is None:
        facts = _parts_of(m, given)
    else:
        try:
            parts = urlparse(known)
            names = ("scheme", "netloc", "path", "params", "query", "fragment", "hostname", "username", "password", "port")
            facts = {name: v.Const(getattr(parts, name)) for name in names}
        except ValueError:
            return made
    for name, value in facts.items():
        m.store.set(made, f".{name}", value)
    return made


def _parts_of(m: Machine, given: v.Value) -> dict[str, v.Value]:
    """Of a URL that is known in part: the scheme, the place, the host before a port, and that it names no user."""
    if not isinstance(given, v.Text):
        return {}
    at = 0 if v.text_of(given.parts[0]) else 1  # behind a scheme that is not known
    scheme, marked, rest = (v.text_of(given.parts[at]) or "").partition("://") if at < len(given.parts) else ("", "", "")
    if not marked or (at and scheme):
        return {}
    place: v.Value = v.Const(rest.partition("/")[0]) if "/" in rest else m.expressions.join([v.Const(rest), *given.parts[at + 1 :]])
    facts: dict[str, v.Value] = {"scheme": v.Const(scheme.lower()), "netloc": place} if scheme else {"netloc": place}
    if not any("@" in (v.text_of(part) or "") for part in given.parts):
        facts |= {"username": v.NONE, "password": v.NONE}
        host, port, _ = rest.partition("/")[0].partition(":")
        if port or "/" in rest or rest.endswith(":"):
            facts["hostname"] = v.Const(host.lower())
    return facts


@known_as("urllib.parse.ParseResult.geturl")
def _geturl(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    del m, frame, span
    return args.subject.args[0] if isinstance(args.subject, v.Handle) and args.subject.args else None


@known_as("urllib.parse.quote", "urllib.parse.unquote", "urllib.quote", "urllib.parse.quote_plus", "os.fsencode", "shlex.quote")
def _quoted(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    del m, frame, span
    return args.args[0] if args.args else None


@known_as("shlex.split")
def _words(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    del frame, span
    import shlex  # noqa: PLC0415

    text = v.text_of(args.args[0]) if args.args else None
    try:
        return m.new_items("list", [v.Const(w) for w in shlex.split(text or "")]) if text else None
    except ValueError:
        return None


# lists and functions


@known_as("builtins.sorted", "builtins.reversed", "itertools.chain")
def _listed(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    found: list[v.Value] = []
    for arg in args.args:
        m.iteration.applied(frame, args.kwargs.get("key"), arg, span)
        items = m.iteration.iterate(frame, arg)
        found.extend(items if items is not None else [v.Rest(m.iteration.element(arg))])
    return m.new_items("list", found)


@known_as("builtins.enumerate")
def _enumerate(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    del span
    items = m.iteration.iterate(frame, args.args[0]) if args.args else None
    if items is None:
        return m.new_items(
            "list", [v.Rest(m.new_items("tuple", [v.Unknown("index"), m.iteration.element(args.args[0]) if args.args else v.NONE]))]
        )
    return m.new_items("list", [i if isinstance(i, v.Rest) else m.new_items("tuple", [v.Const(n), i]) for n, i in enumerate(items)])


@known_as("builtins.zip")
def _zip(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    del span
    columns = [m.iteration.iterate(frame, a) for a in args.args]
    if any(c is None or any(isinstance(i, v.Rest) for i in c) for c in columns):
        return m.new_items("list", [v.Rest(m.new_items("tuple", [m.iteration.element(a) for a in args.args]))])
    return m.new_items("list", [m.new_items("tuple", list(row)) for row in zip(*(c or [] for c in columns), strict=False)])


@known_as("textwrap.dedent", "inspect.cleandoc")
def _dedented(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    del m, frame, span
    text = v.text_of(args.args[0]) if args.args else None
    return v.Const(textwrap.dedent(text)) if text is not None else None


#: A range of up to so many numbers is told one by one.
MAX_NUMBERS = 3


@known_as("builtins.range", "builtins.xrange")
def _range(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    """The numbers; of many the first, the last (at which a loop of tries gives up) and that there are others in between."""
    del frame, span
    numbers = [one.value for one in args.args if isinstance(one, v.Const) and isinstance(one.value, int)]
    if len(numbers) != len(args.args) or not 0 < len(numbers) < 4 or numbers[2:] == [0]:
        return m.new_items("list", [v.Rest(v.Unknown("number"))] if args.args else [])
    known = range(*numbers)
    if len(known[: MAX_NUMBERS + 1]) <= MAX_NUMBERS:  # its own length may be no machine word
        return m.new_items("list", [v.Const(one) for one in known])
    return m.new_items("list", [v.Const(known[0]), v.Rest(v.Unknown("number")), v.Const(known[-1])])


@known_as("builtins.map")
def _mapped(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    if len(args.args) < 2:
        return None
    function, source = args.args[0], args.args[1]
    return m.new_items("list", m.iteration.applied(frame, function, source, span))


@known_as("functools.reduce", "builtins.reduce")
def _reduced(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    if len(args.args) < 2:
        return None
    items = m.items_of(args.args[1])
    rest = items if items is not None and len(items) <= MAX_APPLIED else [v.Rest(m.iteration.element(args.args[1]))]
    steps = [*args.args[2:3], *rest]
    result = steps[0] if steps else v.Unknown("reduced")
    for item in steps[1:]:
        result = m.call(frame, args.args[0], Arguments([result, item.value if isinstance(item, v.Rest) else item]), span)
    return result


@known_as("builtins.min", "builtins.max")
def _extreme(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    source = args.args[0] if len(args.args) == 1 else m.new_items("list", args.args)
    m.iteration.applied(frame, args.kwargs.get("key"), source, span)
    return m.iteration.element(source)


@known_as("builtins.filter")
def _filtered(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    if len(args.args) < 2:
        return None
    predicate, source = args.args[0], args.args[1]
    if isinstance(predicate, v.FunctionRef | v.Partial):
        m.call(frame, predicate, Arguments([m.iteration.element(source)]), span)
    kept = [i.value if isinstance(i, v.Rest) else i for i in m.items_of(source) or [m.iteration.element(source)]]
    return m.new_items("list", [v.Rest(i) for i in kept])


@known_as("builtins.any")
def _any(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    del frame
    items = m.items_of(args.args[0]) if args.args else None
    if items is None:
        return None
    held = m.held(args.args[0])
    if isinstance(held, v.Choice) and held.orelse == v.Contents():
        some = isinstance(held.then, v.Contents) and held.then.some  # whichever of them is there
        unsure = any(isinstance(i, v.Rest) and not (some and m.expressions.decide(i.value, span) == v.TRUE) for i in items)
        return v.both(held.test, v.Unknown("any")) if unsure else held.test
    result: v.Value = v.Unknown("any") if any(isinstance(i, v.Rest) for i in items) else v.FALSE
    for item in items:
        result = v.either(result, m.expressions.decide(item, span)) if not isinstance(item, v.Rest) else result
    return result


@known_as("builtins.all")
def _all(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    del frame
    items = m.items_of(args.args[0]) if args.args else None
    if items is None or any(isinstance(i, v.Rest) for i in items):
        return v.Unknown("all")
    result: v.Value = v.TRUE
    for item in items:
        result = v.both(result, m.expressions.decide(item, span))
    return result


@known_as("builtins.next")
def _next(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    if not args.args:
        return None
    given = m.specials.ask(frame, args.args[0], ("__next__", "__anext__"), (), span)
    if given is not None:
        return given
    first, items = m.iteration.element(args.args[0]), m.items_of(args.args[0])
    if len(args.args) < 2 or isinstance(first, v.Unknown) or (items and not isinstance(items[0], v.Rest)):
        return first
    return v.choice(m.atom("unknown", "there is a first one", span), first, args.args[1])


@known_as("functools.partial")
def _partial(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    del m, frame, span
    return v.Partial(args.args[0], tuple(args.args[1:]), tuple(args.kwargs.items())) if args.args else None


@known_as("functools.wraps", "functools.lru_cache", "functools.cache", "functools.update_wrapper")
def _wraps(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    del m, frame, span
    first = args.get(0)
    if isinstance(first, v.FunctionRef) and len(args.args) > 1:
        return first
    if isinstance(first, v.FunctionRef):
        return v.Partial(v.External("functools.wraps.applied"), (first,), ())
    return v.External("builtins.identity")


@known_as("functools.wraps.applied")
def _wrapped(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    del frame, span
    inner, outer = args.args[0], args.args[-1]
    if isinstance(outer, v.FunctionRef) and isinstance(inner, v.FunctionRef) and outer is not inner:
        m.store.set(outer.scope, f"wrapped {outer.function.name}", inner)  # ``__wrapped__``: what says which arguments there are
    return outer


@known_as("wrapt.decorator", "decorator.decorator")
def _decorator(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    """What stands around a call becomes a decorator (``wrapper(wrapped, instance, args, kwargs)``), which runs nothing of what it is given.

    The decorated function counts as it is written: what the wrapper does before the call, a guard maybe, is not seen.
    """
    del m, frame, span
    if not args.args:
        return v.External("wrapt.decorator")
    return args.args[1] if len(args.args) > 1 else v.External("builtins.identity")


@known_as("builtins.identity")
def _identity(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    del m, frame, span
    return args.args[0] if args.args else v.NONE


@known_as("builtins.print")
def _print(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    """To a file or a program it writes; to the terminal nothing that matters."""
    to = args.kwargs.get("file")
    if isinstance(to, v.FileObject) or (isinstance(to, v.Handle) and to.type == INPUT):
        words = [one for word in args.args for one in (word, v.Const(" "))][:-1]
        m.methods.call(frame, to, "write", Arguments([m.expressions.join([*words, v.Const("\n")])]), span)
    return v.NONE


@known_as(
    "warnings.warn",
    "time.sleep",
    "os.makedirs",
    "os.mkdir",
    "os.chmod",
    "logging.info",
    "logging.warning",
    "logging.error",
    "builtins.exec_",
)
def _nothing(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    del m, frame, args, span
    return v.NONE


@known_as("builtins.input", "builtins.raw_input", "getpass.getpass")
def _input(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    del frame, args
    return m.atom("input", "answer", span)
