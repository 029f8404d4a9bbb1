"""What do the built-in functions and the standard library mean here? Calls that are no access but that carry values.

Each function takes the machine, the frame, the arguments and the place, and gives a value, or None where it has nothing to say.
Facts are those of the Python library reference.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable
from typing import TYPE_CHECKING

from offlint.flow import values as v
from offlint.flow.imports import ROOT
from offlint.flow.machine import Arguments

if TYPE_CHECKING:
    from offlint.flow.machine import Frame, Machine
    from offlint.model.span import Span

Builtin = Callable[["Machine", "Frame", "Arguments", "Span"], "v.Value | None"]

BUILTINS: dict[str, Builtin] = {}


def _known_as(*names: str) -> Callable[[Builtin], Builtin]:
    def register(function: Builtin) -> Builtin:
        for name in names:
            BUILTINS[name] = function
        return function

    return register


# the environment


@_known_as("os.getenv", "os.environ.get", "os.environ.setdefault", "os.environ.pop", "builtins.getenv")
def _getenv(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    del frame
    name = v.text_of(args.get(0, "key") or v.NONE)
    if name is None:
        return v.Unknown("environment", m.deep_taint(args.get(0)))
    held = m.store.get("environ", name)
    return held if held is not None else v.Env(name, args.get(1, "default") or v.NONE, span)


@_known_as("os.environ.copy", "builtins.dict")
def _copy(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    del frame, span
    first = args.get(0)
    pairs = m.pairs_of(first) if first is not None else []
    if first is not None and isinstance(first, v.Items):
        rows = [m.items_of(row) or [] for row in m.items_of(first) or []]
        pairs = [(row[0], row[1]) for row in rows if len(row) == 2]
    is_open = args.open or (first is not None and not isinstance(first, v.Mapping_ | v.Items))
    return m.new_mapping([*pairs, *((v.Const(k), x) for k, x in args.kwargs.items())], is_open=is_open)


@_known_as("distutils.util.strtobool", "setuptools._distutils.util.strtobool", "str2bool.str2bool")
def _strtobool(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    del frame
    return m.expressions.symbol("strtobool", (args.args[0],), span) if args.args else None


# paths


@_known_as("os.path.join", "posixpath.join", "ntpath.join")
def _join(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    del frame, span
    if len(args.args) == 1 and isinstance(args.args[0], v.Choice):
        return args.args[0]
    return m.expressions.join_path(args.args)


@_known_as("os.path.abspath", "os.path.realpath", "os.path.normpath", "os.path.expanduser", "os.path.expandvars", "os.fspath", "os.fsdecode", "os.path.normcase")
def _same_path(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    del m, frame, span
    path = args.get(0)
    text = v.text_of(path) if path is not None else None
    if text is not None and ".." in text:
        return v.Const(posixpath.normpath(text))
    return path.text if isinstance(path, v.Path) else path


def _path_function(name: str) -> Builtin:
    def call(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
        del frame, span
        path = args.get(0)
        if path is None:
            return None
        plain = path.text if isinstance(path, v.Path) else path
        text = v.text_of(plain)
        if text is not None:
            result = getattr(posixpath, name)(text)
            return m.new_items("tuple", [v.Const(r) for r in result]) if isinstance(result, tuple) else v.Const(result)
        if name in ("dirname", "basename"):
            part = m.methods.path_part(v.Path(plain), "parent" if name == "dirname" else "name")
            return part.text if isinstance(part, v.Path) else part
        touched = v.taint(plain)
        return m.new_items("tuple", [v.Unknown(name, touched), v.Unknown(name, touched)])

    return call


for _name in ("dirname", "basename", "splitext", "split"):
    BUILTINS[f"os.path.{_name}"] = _path_function(_name)


@_known_as("os.path.exists", "os.path.isfile", "os.path.isdir", "os.path.lexists", "os.access")
def _exists(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    del frame
    return m.externals.files.exists(args.args[0], span) if args.args else None


@_known_as("os.getcwd", "os.getcwdu")
def _cwd(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    del m, frame, args, span
    return v.Const(ROOT)


@_known_as("pathlib.Path.cwd")
def _path_cwd(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    del m, frame, args, span
    return v.Path(v.Const(ROOT))


@_known_as("pathlib.Path", "pathlib.PurePath", "pathlib.PosixPath", "pathlib.PurePosixPath", "py.path.local")
def _path(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    del frame, span
    if len(args.args) == 1 and isinstance(args.args[0], v.Choice):
        return _each(args.args[0], v.Path)
    return v.Path(m.expressions.join_path(args.args) if args.args else v.Const("."))


def _each(value: v.Value, make: Callable[[v.Value], v.Value]) -> v.Value:
    if isinstance(value, v.Choice):
        return v.choice(value.test, _each(value.then, make), _each(value.orelse, make))
    return value if isinstance(value, v.Path) else make(value)


@_known_as("pathlib.Path.home")
def _home(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    del m, frame, args, span
    return v.Path(v.Const("~"))


@_known_as("builtins.open", "io.open", "codecs.open", "gzip.open", "bz2.open", "lzma.open", "tokenize.open")
def _open(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    del frame, span
    path = args.get(0, "file") or args.get(0, "filename")
    mode = args.get(1, "mode")
    if path is None:
        return None
    return path if isinstance(path, v.FileObject) else m.externals.files.open(path, (v.text_of(mode) or "r") if mode is not None else "r")


@_known_as("tempfile.NamedTemporaryFile", "tempfile.TemporaryFile", "tempfile.SpooledTemporaryFile")
def _temporary(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    del frame, args
    return v.FileObject(v.Path(m.atom("input", "temporary file", span)), "w+")


@_known_as("tempfile.mkdtemp", "tempfile.mktemp", "tempfile.gettempdir")
def _temporary_name(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    del frame, args
    return v.Text((v.Const("⟨tmp⟩/"), m.atom("input", "temporary", span)))


@_known_as("tempfile.TemporaryDirectory")
def _temporary_folder(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    return _temporary_name(m, frame, args, span)


@_known_as("tempfile.mkstemp")
def _mkstemp(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    name = _temporary_name(m, frame, args, span) or v.NONE
    return m.new_items("tuple", [v.Unknown("descriptor"), name])


@_known_as("io.BytesIO", "io.StringIO", "StringIO.StringIO", "cStringIO.StringIO")
def _memory_file(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    del frame
    path = v.Path(m.atom("input", "memory", span))
    data = args.get(0)
    if data is not None:
        m.write_file(path, data)
    return v.FileObject(path, "w+")


@_known_as("tarfile.open", "tarfile.TarFile", "tarfile.TarFile.open", "zipfile.ZipFile", "py7zr.SevenZipFile")
def _archive(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    del m, frame, span
    source = args.get(None, "fileobj") or args.get(0, "name") or args.get(2) or args.get(0, "file")
    if isinstance(source, v.Const) and source.value is None:
        source = args.get(2)
    return v.Handle("tarfile.TarFile", (source,) if source is not None else ())


@_known_as("os.listdir", "os.scandir", "os.walk", "glob.glob", "glob.iglob")
def _listing(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    del frame, args, span
    return m.new_items("list", [v.Rest(v.Unknown("file"))])


# data


@_known_as("json.load", "json.loads", "tomllib.load", "tomllib.loads", "tomli.load", "tomli.loads", "toml.load", "toml.loads")
def _parse(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    source = args.get(0)
    if source is None:
        return None
    content = m.externals.files.content(frame, source.path, span) if isinstance(source, v.FileObject) else source
    if isinstance(source, v.Path):
        content = m.externals.files.content(frame, source, span)
    touched = m.deep_taint(content)
    if touched:
        return v.Unknown("data", touched)
    parsed = m.externals.files.parsed(content, "json") or m.externals.files.parsed(content, "toml")
    return parsed if parsed is not None else v.Unknown("data")


# texts and numbers


def _operation(op: str) -> Builtin:
    def call(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
        del frame
        first = args.get(0)
        if first is None:
            return v.Const("" if op == "str" else 0)
        if op == "str" and isinstance(first, v.Path | v.Text | v.Env):
            return first.text if isinstance(first, v.Path) else first
        if op == "str" and isinstance(first, v.Choice):
            return first
        if op == "len":
            items = m.items_of(first)
            if items is not None and not any(isinstance(i, v.Rest) for i in items):
                return v.Const(len(items))
            touched = m.deep_taint(m.externals.files.content_of(first))
            if touched:
                made = v.Digest("length", strong=False, data=(v.Unknown("data", touched),), span=span)
                return made
        if op == "bool":
            return m.expressions.decide(first, span)
        return m.expressions.symbol(op, (first, *args.args[1:2]), span)

    return call


for _name in ("str", "int", "float", "bool", "len"):
    BUILTINS[f"builtins.{_name}"] = _operation(_name)
BUILTINS["builtins.unicode"] = BUILTINS["builtins.str"]


@_known_as("os.path.getsize")
def _size(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    del frame
    content = m.externals.files.content_of(args.args[0]) if args.args else v.NONE
    touched = m.deep_taint(content)
    return v.Digest("length", strong=False, data=(v.Unknown("data", touched),), span=span) if touched else v.Unknown("size")


@_known_as("builtins.bytes", "builtins.bytearray", "builtins.memoryview", "builtins.iter", "builtins.repr", "builtins.format", "copy.copy", "copy.deepcopy", "typing.cast")
def _itself(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    del m, frame, span
    return args.args[-1] if args.args else v.Const("")


@_known_as("urllib.parse.urljoin", "urlparse.urljoin", "requests.compat.urljoin")
def _urljoin(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    del frame, span
    from urllib.parse import urljoin  # noqa: PLC0415

    base, rest = args.get(0, "base"), args.get(1, "url")
    if base is None or rest is None:
        return None
    known, tail = v.text_of(base), v.text_of(rest)
    if tail is not None and "://" in tail:
        return rest
    if known is not None and tail is not None:
        return v.Const(urljoin(known, tail))
    if known is not None:
        return m.expressions.join([v.Const(known.rsplit("/", 1)[0] + "/" if known.count("/") > 2 else known + "/"), rest])
    return m.expressions.join([base, v.Const("/"), rest])


@_known_as("urllib.parse.quote", "urllib.parse.unquote", "urllib.quote", "urllib.parse.quote_plus", "os.fsencode", "shlex.quote")
def _quoted(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    del m, frame, span
    return args.args[0] if args.args else None


@_known_as("shlex.split")
def _words(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    del frame, span
    import shlex  # noqa: PLC0415

    text = v.text_of(args.args[0]) if args.args else None
    try:
        return m.new_items("list", [v.Const(w) for w in shlex.split(text or "")]) if text else None
    except ValueError:
        return None


# lists and functions


@_known_as("builtins.list", "builtins.tuple", "builtins.set", "builtins.frozenset", "builtins.sorted", "builtins.reversed", "itertools.chain", "collections.deque")
def _listed(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    del frame, span
    found: list[v.Value] = []
    for arg in args.args:
        items = m.items_of(arg)
        found.extend(items if items is not None else [v.Rest(m.expressions.element(arg))])
    return m.new_items("list", found)


@_known_as("builtins.enumerate")
def _enumerate(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    del frame, span
    items = m.items_of(args.args[0]) if args.args else None
    if items is None:
        return m.new_items("list", [v.Rest(m.new_items("tuple", [v.Unknown("index"), m.expressions.element(args.args[0]) if args.args else v.NONE]))])
    return m.new_items("list", [i if isinstance(i, v.Rest) else m.new_items("tuple", [v.Const(n), i]) for n, i in enumerate(items)])


@_known_as("builtins.zip")
def _zip(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    del frame, span
    columns = [m.items_of(a) for a in args.args]
    if any(c is None or any(isinstance(i, v.Rest) for i in c) for c in columns):
        return m.new_items("list", [v.Rest(m.new_items("tuple", [m.expressions.element(a) for a in args.args]))])
    return m.new_items("list", [m.new_items("tuple", list(row)) for row in zip(*(c or [] for c in columns), strict=False)])


@_known_as("builtins.range", "builtins.xrange")
def _range(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    del frame, span
    return m.new_items("list", [v.Rest(v.Unknown("number"))] if args.args else [])


@_known_as("builtins.map", "builtins.filter")
def _mapped(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    if len(args.args) < 2:
        return None
    function, source = args.args[0], args.args[1]
    items = m.items_of(source)
    known = items if items is not None and len(items) <= 50 else [v.Rest(m.expressions.element(source))]
    results: list[v.Value] = []
    for item in known:
        plain = item.value if isinstance(item, v.Rest) else item
        result = m.call(frame, function, Arguments([plain]), span)
        results.append(v.Rest(result) if isinstance(item, v.Rest) else result)
    return m.new_items("list", results)


@_known_as("builtins.any", "builtins.all")
def _any(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    del frame
    items = m.items_of(args.args[0]) if args.args else None
    if items is None:
        return None
    if any(isinstance(i, v.Rest) for i in items):
        return v.Unknown("any")
    result: v.Value = v.FALSE
    for item in items:
        result = v.either(result, m.expressions.decide(item, span))
    return result


@_known_as("builtins.all")
def _all(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    del frame
    items = m.items_of(args.args[0]) if args.args else None
    if items is None or any(isinstance(i, v.Rest) for i in items):
        return v.Unknown("all")
    result: v.Value = v.TRUE
    for item in items:
        result = v.both(result, m.expressions.decide(item, span))
    return result


@_known_as("builtins.next")
def _next(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    del frame, span
    return m.expressions.element(args.args[0]) if args.args else None


@_known_as("functools.partial")
def _partial(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    del m, frame, span
    return v.Partial(args.args[0], tuple(args.args[1:]), tuple(args.kwargs.items())) if args.args else None


@_known_as("functools.wraps", "functools.lru_cache", "functools.cache", "functools.update_wrapper")
def _wraps(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    del m, frame, span
    first = args.get(0)
    if isinstance(first, v.FunctionRef) and len(args.args) > 1:
        return first
    return v.External("builtins.identity")


@_known_as("builtins.identity")
def _identity(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    del m, frame, span
    return args.args[0] if args.args else v.NONE


@_known_as("builtins.getattr")
def _getattr(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    del span
    name = v.text_of(args.args[1]) if len(args.args) > 1 else None
    if name is None:
        return v.Unknown("attribute", m.deep_taint(args.get(0)))
    found = m.attributes.get(frame, args.args[0], name)
    if len(args.args) > 2 and isinstance(found, v.Unknown | v.Method) and not isinstance(args.args[0], v.External | v.Handle):
        return v.choice(m.atom("unknown", name), found, args.args[2])
    return found


@_known_as("builtins.setattr")
def _setattr(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    del span
    name = v.text_of(args.args[1]) if len(args.args) > 2 else None
    if name is not None:
        m.attributes.set(frame, args.args[0], name, args.args[2])
    return v.NONE


@_known_as("builtins.isinstance", "builtins.hasattr", "builtins.callable", "builtins.issubclass")
def _asked(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    del frame
    first = args.get(0)
    wanted = args.get(1)
    if isinstance(first, v.Const) and isinstance(wanted, v.External) and wanted.name.startswith("builtins."):
        return v.TRUE if type(first.value).__name__ == wanted.name[9:] else v.FALSE
    return m.atom("unknown", "type", span)


@_known_as("builtins.print", "warnings.warn", "time.sleep", "os.makedirs", "os.mkdir", "os.chmod", "logging.info", "logging.warning", "logging.error", "builtins.exec_")
def _nothing(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    del m, frame, args, span
    return v.NONE


@_known_as("builtins.input", "builtins.raw_input", "getpass.getpass")
def _input(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    del frame, args
    return m.atom("input", "answer", span)


# imports and the command line


@_known_as("importlib.import_module", "builtins.__import__")
def _import(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    name = v.text_of(args.args[0]) if args.args else None
    if name is None:
        m.spent.append((span, "imports a module whose name is known only when the code runs"))
        return v.Unknown("module")
    return m.imports.module(frame, name.lstrip("."), span)


@_known_as("sys.path.insert", "sys.path.append", "site.addsitedir")
def _search(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    del frame, span
    place = m.externals.files.tree_path(args.args[-1]) if args.args else None
    if place is not None and place not in m.imports.search:
        m.imports.search.insert(0, place)
    return v.NONE


@_known_as("argparse.ArgumentParser.add_argument", "argparse._ArgumentGroup.add_argument", "optparse.OptionParser.add_option")
def _add_argument(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    del frame
    flags = [t for a in args.args if (t := v.text_of(a)) is not None]
    if not flags:
        return v.NONE
    long = next((f for f in flags if f.startswith("--")), flags[0])
    name = v.text_of(args.kwargs.get("dest", v.NONE)) or long.lstrip("-").replace("-", "_")
    action = v.text_of(args.kwargs.get("action", v.NONE))
    default = args.kwargs.get("default") or (v.TRUE if action == "store_false" else v.FALSE if action == "store_true" else v.NONE)
    value: v.Value = v.Opt("option", long, default, span) if long.startswith("-") and isinstance(default, v.Const | v.Env) else v.Unknown(name)
    if m.argv is not None and long.startswith("-"):
        given = long in m.argv or any(f in m.argv for f in flags)
        value = (v.FALSE if action == "store_false" else v.TRUE) if given and action in ("store_true", "store_false") else default
        if given and action not in ("store_true", "store_false"):
            value = v.Unknown(name)
    m.store.set("arguments", name, value)
    return v.NONE


@_known_as("argparse.ArgumentParser.parse_args", "argparse.ArgumentParser.parse_known_args")
def _parse_args(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    del frame, span, args
    return v.Handle("argparse.Namespace")


@_known_as("argparse.ArgumentParser.add_argument_group", "argparse.ArgumentParser.add_mutually_exclusive_group")
def _group(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    del m, frame, args, span
    return v.Handle("argparse.ArgumentParser")


@_known_as("contextlib.suppress", "pytest.raises", "contextlib.closing")
def _context(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    del m, frame
    del span
    return v.Handle("contextlib.suppress", tuple(args.args)) if not args.args or not isinstance(args.args[0], v.Remote) else args.args[0]


def _mark(name: str) -> Builtin:
    def call(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
        del m, frame, span
        return v.Handle(name, tuple(args.args) or tuple(args.kwargs.get("condition", v.NONE) for _ in range(1)))

    return call


for _name in ("pytest.fixture", "pytest.mark.skipif", "unittest.skipIf", "unittest.skipUnless", "unittest.skip", "pytest.mark.skip"):
    BUILTINS[_name] = _mark(_name)
