"""What do the standard library's paths, files and data formats mean here?

Facts are those of the Python library reference.
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from offlint.flow import values as v
from offlint.flow.files import SOME_FILE
from offlint.flow.imports import ROOT
from offlint.flow.interning import taint
from offlint.flow.machine import MEMORY
from offlint.flow.registry import BUILTINS, Builtin, known_as

if TYPE_CHECKING:
    from collections.abc import Callable

    from offlint.flow.machine import Arguments, Frame, Machine
    from offlint.model.span import Span


#: A longer list of modules is not worth its while.
MAX_LISTED = 100

# paths


@known_as("os.path.join", "posixpath.join", "ntpath.join")
def _join(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    del frame, span
    if len(args.args) == 1 and isinstance(args.args[0], v.Choice):
        return args.args[0]
    return m.expressions.join_path(args.args)


@known_as(
    "os.path.abspath",
    "os.path.realpath",
    "os.path.normpath",
    "os.path.expanduser",
    "os.path.expandvars",
    "os.fspath",
    "os.fsdecode",
    "os.path.normcase",
)
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
        touched = taint(plain)
        return m.new_items("tuple", [v.Unknown(name, touched), v.Unknown(name, touched)])

    return call


for _name in ("dirname", "basename", "splitext", "split"):
    BUILTINS[f"os.path.{_name}"] = _path_function(_name)


@known_as("os.path.isdir")
def _is_folder(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    del frame
    return m.externals.files.is_kind(args.args[0], span, folder=True) if args.args else None


@known_as("os.path.isfile")
def _is_file(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    del frame
    return m.externals.files.is_kind(args.args[0], span, folder=False) if args.args else None


@known_as("os.path.exists", "os.path.lexists", "os.access")
def _exists(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    del frame
    return m.externals.files.exists(args.args[0], span) if args.args else None


@known_as("os.getcwd", "os.getcwdu")
def _cwd(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    del frame, args, span
    return v.Const(f"{ROOT}/{m.cwd}" if m.cwd else ROOT)


@known_as("pathlib.Path.cwd")
def _path_cwd(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    return v.Path(_cwd(m, frame, args, span) or v.Const(ROOT))


@known_as("pathlib.Path", "pathlib.PurePath", "pathlib.PosixPath", "pathlib.PurePosixPath", "py.path.local")
def _path(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    del frame, span
    if len(args.args) == 1 and isinstance(args.args[0], v.Choice):
        return _each(args.args[0], v.Path)
    return v.Path(m.expressions.join_path(args.args) if args.args else v.Const("."))


def _each(value: v.Value, make: Callable[[v.Value], v.Value]) -> v.Value:
    if isinstance(value, v.Choice):
        return v.choice(value.test, _each(value.then, make), _each(value.orelse, make))
    return value if isinstance(value, v.Path) else make(value)


@known_as("pathlib.Path.home")
def _home(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    del m, frame, args, span
    return v.Path(v.Const("~"))


@known_as("builtins.open", "io.open", "codecs.open", "gzip.open", "bz2.open", "lzma.open", "tokenize.open")
def _open(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    path = args.get(0, "file") or args.get(0, "filename")
    mode = args.get(1, "mode")
    if path is None:
        return None
    known = (v.text_of(mode) or "r") if mode is not None else "r"
    return path if isinstance(path, v.FileObject) else m.externals.files.open(frame, path, known, span)


@known_as("tempfile.NamedTemporaryFile", "tempfile.TemporaryFile", "tempfile.SpooledTemporaryFile")
def _temporary(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    del frame, args
    return v.FileObject(v.Path(m.atom("input", "temporary file", span)), "w+")


@known_as("tempfile.mkdtemp", "tempfile.mktemp", "tempfile.gettempdir")
def _temporary_name(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    del frame, args
    return v.Text((v.Const("⟨tmp⟩/"), m.atom("input", "temporary", span)))


@known_as("tempfile.TemporaryDirectory")
def _temporary_folder(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    return _temporary_name(m, frame, args, span)


@known_as("tempfile.mkstemp")
def _mkstemp(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    name = _temporary_name(m, frame, args, span) or v.NONE
    return m.new_items("tuple", [v.Unknown("descriptor"), name])


@known_as("io.BytesIO", "io.StringIO", "StringIO.StringIO", "cStringIO.StringIO")
def _memory_file(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    del frame
    path = v.Path(m.atom("input", MEMORY, span))
    data = args.get(0)
    if data is not None:
        m.write_file(path, data)
    return v.FileObject(path, "w+")


@known_as("tarfile.open", "tarfile.TarFile", "tarfile.TarFile.open", "zipfile.ZipFile", "py7zr.SevenZipFile")
def _archive(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    del m, frame, span
    source = args.get(None, "fileobj") or args.get(0, "name") or args.get(2) or args.get(0, "file")
    if isinstance(source, v.Const) and source.value is None:
        source = args.get(2)
    return v.Handle("tarfile.TarFile", (source,) if source is not None else ())


@known_as("os.path.islink")
def _is_link(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    del frame
    return m.externals.files.is_link(args.args[0], span) if args.args else None


@known_as("glob.glob", "glob.iglob")
def _matches(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    del frame
    known = len(args.args) == 1 and not args.kwargs
    return m.externals.files.matches(args.args[0] if known else v.Unknown("pattern"), span)


@known_as("os.listdir")
def _names(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    del frame, span
    return m.externals.files.listing(args.get(0, "path") or v.Const("."), v.Unknown("file"))


@known_as("os.scandir")
def _listing(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    del frame, span
    return m.externals.files.listing(args.get(0, "path") or v.Const("."), v.Path(SOME_FILE))


@known_as("os.walk")
def _walk(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    del frame, args, span
    return m.new_items("list", [v.Rest(v.Unknown("file"))])


# data


@known_as("json.load", "json.loads", "tomllib.load", "tomllib.loads", "tomli.load", "tomli.loads", "toml.load", "toml.loads")
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
