"""What is imported by a call? By a name, from a file, or whatever a package holds.

Facts are those of the Python library reference (importlib, pkgutil, runpy) and of pytest's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from offlint.flow import values as v
from offlint.flow.executing import by_case
from offlint.flow.imported import package_of, relative
from offlint.flow.importers import known_beginning
from offlint.flow.imports import UNKNOWN_NAME
from offlint.flow.machine import Arguments
from offlint.flow.modules import is_test_file
from offlint.flow.registry import LOADER, known_as

if TYPE_CHECKING:
    from offlint.flow.machine import Frame, Machine
    from offlint.model.span import Span

#: So many modules of a package are listed one by one.
MAX_LISTED = 100


@known_as("importlib.import_module", "pytest.importorskip")
def _import(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    name = args.get(0, "name") or args.kwargs.get("modname")
    package = v.text_of(args.get(1, "package") or v.NONE) or package_of(frame.scope.file, 1) or ""
    return None if name is None else _by_name(m, frame, name, package, span)


@known_as("builtins.__import__", "importlib.__import__")
def _import_first(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    """``__import__("a.b")`` gives ``a``, and where names are asked for (``fromlist``) the module, of which these may be modules, too."""
    name, level = args.get(0, "name"), args.get(4, "level")
    if name is None:
        return None
    listed = m.items_of(args.get(3, "fromlist") or v.NONE)
    if isinstance(level, v.Const) and isinstance(level.value, int) and level.value > 0 and (text := v.text_of(name)) is not None:
        name = v.Const("." * level.value + text)
    package = package_of(frame.scope.file, 1) or ""
    module = _by_name(m, frame, name, package, span)
    if not listed:
        first = (v.text_of(name) or "").partition(".")[0]
        return m.imports.module(frame, first, span) if first and args.get(3, "fromlist") is None else module
    for one in listed:
        if isinstance(module, v.ModuleRef) and (inner := v.text_of(one)) is not None:
            m.imports.member(frame, module.file, inner, span)
    return module


def _by_name(m: Machine, frame: Frame, name: v.Value, package: str, span: Span) -> v.Value:
    def one(value: v.Value) -> v.Value:
        text = v.text_of(value)
        if text is not None:
            return m.imports.module(frame, relative(text, package), span)
        if _matters(m, relative(known_beginning(value), package), frame.scope.file, span):
            m.leave(span, UNKNOWN_NAME)
        return v.Unknown("module")

    return by_case(m, frame, name, span, one)


def _matters(m: Machine, begin: str, file: str, span: Span) -> bool:
    """Whether it has to be said that a module is imported whose name begins so: not where none is in the tree of which anything comes.

    What a library imports that is told the whole name is not known; of a test it is found out when more of the tree was read.
    """
    if m.relevance is None or not (begin or is_test_file(file)):
        return True
    key = m.relevance.links.begun(begin, file)
    if m.relevance.following.on:
        return m.relevance.on_import(key)
    m.imports.skipped.setdefault(key, span)
    return False


@known_as("importlib.reload")
def _reload(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    """What importing it does was done when it was imported."""
    del m, frame, span
    return args.get(0, "module")


@known_as("sys.modules.setdefault")
def _put(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    """What is there stays there."""
    del span
    name, value = args.get(0, "key"), args.get(1, "default")
    file = m.imports.resolve(v.text_of(name) or "", frame.scope.file) if name is not None else None
    if name is not None and value is not None and (file is None or (file, False) not in m.imports.done):
        m.entries.set_item(frame, v.External("sys.modules"), name, value)
    return value


@known_as("sys.modules.update")
def _put_all(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    del span
    for key, value in m.pairs_of(args.args[0]) if args.args else ():
        m.entries.set_item(frame, v.External("sys.modules"), key, value)
    return v.NONE


@known_as("importlib.util.module_from_spec")
def _from_spec(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    del frame, span
    spec = args.get(0, "spec")
    place = m.externals.files.tree_path(spec.args[0]) if isinstance(spec, v.Handle) and spec.type == LOADER and spec.args else None
    return v.ModuleRef(place) if place and m.project.exists(place) else v.Unknown("module")


@known_as("importlib.util.spec_from_loader")
def _from_loader(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    del m, frame, span
    return args.get(1, "loader")


@known_as(f"{LOADER}.exec_module", f"{LOADER}.load_module")
def _load(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    loader = args.subject
    return m.externals.models.executing.file(frame, loader.args[0], span) if isinstance(loader, v.Handle) and loader.args else None


@known_as("pkgutil.iter_modules")
def _modules(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    return _listed(m, frame, args, span, deep=False)


@known_as("pkgutil.walk_packages")
def _all_modules(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    return _listed(m, frame, args, span, deep=True)


def _listed(m: Machine, frame: Frame, args: Arguments, span: Span, *, deep: bool) -> v.Value | None:
    """The modules of the tree's folders, as records of finder, name, and whether it is a package."""
    prefix = v.text_of(args.get(1, "prefix") or v.Const(""))
    found: dict[str, bool] = {}
    for folder in m.items_of(args.get(0, "path") or v.NONE) or []:
        place = m.externals.files.tree_path(folder)
        if not place or not m.project.is_dir(place):
            return None
        inside = [file[len(place) + 1 :] for file in m.project.files if file.startswith(f"{place}/") and file.endswith(".py")]
        packages = {file.removesuffix("/__init__.py") for file in inside if file.endswith("/__init__.py")}
        for file in inside:
            name = file.removesuffix("/__init__.py").removesuffix(".py")
            *above, last = name.split("/")
            around = ["/".join(above[: count + 1]) for count in range(len(above))]
            if last != "__init__" and (deep or not above) and packages.issuperset(around):
                found[name.replace("/", ".")] = name in packages
    if not found or prefix is None:
        return None
    record = m.classes.record(frame, "ModuleInfo", ("module_finder", "name", "ispkg"), [v.External("collections.namedtuple")], span)

    def row(name: v.Value, package: v.Value) -> v.Value:
        return m.classes.instantiate(frame, record, Arguments([v.Unknown("finder"), name, package]), span)

    if len(found) > MAX_LISTED:
        return m.new_items("list", [v.Rest(row(v.Text((v.Const(prefix), v.Unknown("module"))), v.Unknown("package")))])
    return m.new_items("list", [row(v.Const(prefix + name), v.Const(package)) for name, package in sorted(found.items())])
