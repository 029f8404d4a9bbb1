"""What does a method of a text, a list, a path, a file, a hash object or a response do?"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from offlint.flow import feeding
from offlint.flow import values as v
from offlint.flow.containers import dict_of
from offlint.flow.files import SOME_FILE
from offlint.flow.formatting import formatted
from offlint.flow.interning import taint
from offlint.flow.machine import Arguments
from offlint.flow.operations import FUNCTIONS
from offlint.flow.predicates import textual
from offlint.flow.registry import BUILTINS
from offlint.flow.specials import SUBCLASSES
from offlint.flow.summary import Use
from offlint.lower.names import assigned_attributes
from offlint.model.lazy import regex

if TYPE_CHECKING:
    from offlint.flow.machine import Frame, Machine
    from offlint.flow.summary import Fetch
    from offlint.model.span import Span

#: Of a mapping of the project so many entries are asked for one by one.
MAX_HANDED = 20
#: So many characters are a whole digest (MD5), and fewer only its beginning.
SHORTEST_DIGEST = 32

#: How URLs begin, as texts are asked for it.
_SCHEME = regex(r"(?:https?|ftps?|file|s3|gs|git|ssh)(?::|$)")


class Methods:
    """Calls methods of values that are no objects of the project."""

    def __init__(self, machine: Machine) -> None:
        self.m = machine

    def call(self, frame: Frame, subject: v.Value, name: str, args: Arguments, span: Span) -> v.Value:
        """``subject.name(args)``."""
        match subject:
            case v.Choice():
                return self.m.calls.call(
                    frame, v.choice(subject.test, v.Method(subject.then, name), v.Method(subject.orelse, name)), args, span
                )
            case v.Items():
                return self.m.containers.of_items(frame, subject, name, args, span)
            case v.Mapping_():
                return self.m.containers.of_mapping(frame, subject, name, args, span)
            case v.Path():
                return self._path(frame, subject, name, args, span)
            case v.FileObject():
                return self._file(frame, subject, name, args, span)
            case v.Hasher():
                return self._hasher(subject, name, args, span)
            case v.Digest():
                begins = args.get(0) if name == "startswith" else None
                whole = isinstance(begins, v.Const) and isinstance(begins.value, str | bytes) and len(begins.value) >= SHORTEST_DIGEST
                return self.m.expressions.binary(frame, "==", subject, begins, span) if begins is not None and whole else subject
            case v.Remote():
                return self._remote(frame, subject, name, args, span)
            case v.Handle(type="subprocess.output" | "subprocess.input"):
                return feeding.ask(self.m, frame, v.Method(subject, name), args, span)
            case v.Handle():
                return self.m.externals.call(frame, f"{subject.type}.{name}", args, span, subject=subject)
            case v.Instance() | v.ClassRef():
                return self._inherited(frame, subject, name, args, span)
            case v.Partial(v.External("builtins.super"), (target, _)):
                return self._above(frame, target, f"{self.m.attributes.outer_base(subject)}.{name}", args, span)
            case v.Partial(v.External(outer)):
                return self.m.externals.call(frame, f"{outer}.{name}", args, span, subject=subject)
            case v.Const() | v.Text() | v.Env() | v.Opt() | v.Sym():
                return self._text(frame, subject, name, args, span)
            case _:
                return self.m.externals.unknown(frame, name, args, span, subject)

    def is_known(self, method: v.Method) -> bool:
        """Whether it is a method that an object of the project has from a base outside of it, and that has a meaning here."""
        if not isinstance(method.subject, v.Instance):
            return False
        bases = [one.name for one in self.m.attributes.mro(method.subject.cls) if isinstance(one, v.External)]
        return any(f"{self.m.externals.canonical(one)}.{method.name}" in BUILTINS for one in bases[:1])

    def _inherited(self, frame: Frame, subject: v.Instance | v.ClassRef, name: str, args: Arguments, span: Span) -> v.Value:
        """A method that the project's classes do not define: it comes from a base outside of the project."""
        cls = subject.cls if isinstance(subject, v.Instance) else subject
        held = self.m.containers.of(subject)
        if held is not None:
            return self.m.containers.method(frame, held, f"{self.m.containers.base(cls) or 'builtins.tuple'}.{name}", args, span)
        if name == "__subclasses__":
            known = self.m.store.get(cls, SUBCLASSES)
            return self.m.new_items("list", known.items if isinstance(known, v.Contents) else [])
        mixed = self._mixed_in(frame, subject, name, args, span) if isinstance(subject, v.Instance) else None
        if mixed is not None:
            return mixed
        bases = [b for b in self.m.attributes.mro(cls) if isinstance(b, v.External)]
        touched = frozenset().union(*(self.m.deep_taint(a) for a in args.everything()))
        if touched and isinstance(subject, v.Instance):
            self._called_back(subject, name, touched)
        for base in bases:
            return self.m.externals.call(frame, f"{base.name}.{name}", args, span, subject=subject)
        return self.m.externals.unknown(frame, name, args, span)

    def _above(self, frame: Frame, target: v.Value, dotted: str, args: Arguments, span: Span) -> v.Value:
        """``super().name(args)`` where the next class is outside of the project."""
        held = self.m.containers.of(target)
        if held is not None and not dotted.endswith((".__new__", ".__init_subclass__")):
            return self.m.containers.method(frame, held, dotted, args, span)
        return self.m.externals.call(frame, dotted, args, span, subject=target)

    def _mixed_in(self, frame: Frame, subject: v.Instance, name: str, args: Arguments, span: Span) -> v.Value | None:
        """A method that ``collections.abc`` builds from ``__getitem__``, ``__iter__`` and ``__setitem__`` of the object's class."""
        specials = self.m.specials
        if name in ("get", "pop", "setdefault") and args.args:
            found = specials.ask(frame, subject, ("__getitem__",), args.args[:1], span)
            default = args.get(1) or v.NONE
            return None if found is None else v.choice(self.m.atom("unknown", "the key is known"), found, default)
        if name in ("keys", "values", "items") and specials.find(subject, "__iter__") is not None:
            keys = specials.opened(frame, subject, span)
            if name == "keys" or specials.find(subject, "__getitem__") is None:
                return keys
            rows: list[v.Value] = []
            for key in (self.m.items_of(keys) or [v.Rest(v.Unknown("key"))])[:MAX_HANDED]:
                plain = key.value if isinstance(key, v.Rest) else key
                value = specials.ask(frame, subject, ("__getitem__",), [plain], span) or v.NONE
                rows.append(value if name == "values" else self.m.new_items("tuple", [plain, value]))
            return self.m.new_items("list", rows)
        if name == "update" and args.args and specials.find(subject, "__setitem__") is not None:
            for key, value in self.m.pairs_of(args.args[0])[:MAX_HANDED]:
                specials.ask(frame, subject, ("__setitem__",), [key, value], span)
            return v.NONE
        return None

    def _called_back(self, subject: v.Instance, name: str, touched: frozenset[Fetch]) -> None:
        """A base that is given data calls the object's own methods with it: what they assign is made of the data (``HTMLParser.feed``)."""
        for base in self.m.attributes.mro(subject.cls):
            for _, held in self.m.store.names(base) if isinstance(base, v.ClassRef) else ():
                if isinstance(held, v.FunctionRef) and held.function.name not in ("__init__", name):
                    for attribute in assigned_attributes(held.function):
                        old = self.m.store.get(subject, attribute) or self.m.attributes.lookup(subject, attribute) or v.NONE
                        made = v.Unknown(attribute, touched)
                        self.m.store.set(subject, attribute, v.choice(self.m.atom("unknown", attribute), made, old))

    # texts

    def _text(self, frame: Frame, subject: v.Value, name: str, args: Arguments, span: Span) -> v.Value:
        if name == "format":
            return formatted(self.m, frame, subject, args)
        if name == "format_map" and args.args:
            return formatted(self.m, frame, subject, Arguments(kwargs=dict_of(self.m, args.args[0])))
        if name == "join" and args.args:
            items = self.m.items_of(args.args[0])
            if items is None or any(isinstance(i, v.Rest) for i in items):
                known: list[v.Value] = [i for i in items or [] if not isinstance(i, v.Rest)]
                return self.m.expressions.join([*self._between(subject, known), v.Unknown("…", self.m.deep_taint(args.args[0]))])
            return self.m.expressions.join(self._between(subject, items))
        if name in ("encode", "decode"):
            return subject
        if name in ("split", "rsplit", "splitlines", "partition", "rpartition") and isinstance(subject, v.Const):
            folded = self._split(subject, name, args)
            if folded is not None:
                return folded
        if f".{name}" in FUNCTIONS:
            if isinstance(subject, v.Text) and name in ("strip", "rstrip", "lstrip") and not args.args:
                return subject
            if name == "replace" and isinstance(subject, v.Text) and len(args.args) == 2:
                return self._replaced(subject, args)
            if name == "startswith" and subject == SOME_FILE and args.args and self._schemes(args.args[0]):
                return v.FALSE
            if name in ("startswith", "endswith") and args.args and isinstance(subject, v.Text):
                return self._affix(subject, name, args, span)
            if name == "endswith" and args.args and self._cut(subject, args.args[0]):
                return v.Unknown("folder")
            values = [self._as_tuple(a) for a in args.args]
            return self.m.expressions.symbol(f".{name}", (subject, *values), span)
        return self.m.externals.unknown(frame, name, args, span, subject)

    def _replaced(self, subject: v.Text, args: Arguments) -> v.Value:
        """``replace`` in the known parts of a template; what runs over the edge of a part is not seen."""
        old, new = v.text_of(args.args[0]), v.text_of(args.args[1])
        if not old or new is None:
            return v.Unknown("replace", taint(subject))
        parts = [v.Const(text.replace(old, new)) if (text := v.text_of(part)) is not None else part for part in subject.parts]
        return self.m.expressions.join(parts)

    def _schemes(self, begins: v.Value) -> bool:
        """Whether a text, or each of a tuple of such, is the beginning of a URL."""
        texts = [v.text_of(one) for one in self.m.items_of(begins) or [begins]]
        return all(text is not None and _SCHEME.match(text) for text in texts)

    def _cut(self, subject: v.Value, end: v.Value) -> bool:
        """Whether an end reaches beyond the project's root, whose own path is not known."""
        text, wanted = v.text_of(subject) or "", v.text_of(end)
        tail = text.partition("⟨root⟩")[2]
        return text.startswith("⟨root⟩") and wanted is not None and len(wanted) > len(tail) and wanted.endswith(tail)

    def _as_tuple(self, value: v.Value) -> v.Value:
        items = self.m.items_of(value)
        return value if items is None else v.Contents(tuple(items))

    def _affix(self, subject: v.Text, name: str, args: Arguments, span: Span) -> v.Value:
        """``startswith`` of a template whose known end decides."""
        edge = subject.parts[0] if name == "startswith" else subject.parts[-1]
        wanted = [v.text_of(a) for a in (self.m.items_of(args.args[0]) or [args.args[0]])]
        text = v.text_of(edge)
        if text is not None and all(w is not None for w in wanted):
            test = text.startswith if name == "startswith" else text.endswith
            if any(test(w) for w in wanted if w is not None):
                return v.TRUE
            if all(len(w) <= len(text) for w in wanted if w is not None):
                return v.FALSE
        return self.m.expressions.symbol(f".{name}", (subject, *args.args), span)

    def _split(self, subject: v.Const, name: str, args: Arguments) -> v.Value | None:
        if not isinstance(subject.value, str) or not all(isinstance(a, v.Const) for a in args.everything()):
            return None
        try:
            parts = getattr(subject.value, name)(*(a.value for a in args.args if isinstance(a, v.Const)))
        except (TypeError, ValueError):
            return None
        return self.m.new_items("list", [v.Const(p) for p in parts[:2000]])

    def _between(self, separator: v.Value, items: list[v.Value]) -> list[v.Value]:
        result: list[v.Value] = []
        for position, item in enumerate(items):
            result += [separator, item] if position else [item]
        return result

    # paths and files

    def path_part(self, path: v.Path, name: str) -> v.Value:
        """``parent``, ``name``, ``stem`` or ``suffix`` of a path that is not known in full."""
        inner = path.text
        if isinstance(inner, v.Text):
            for position in range(len(inner.parts) - 1, -1, -1):
                text = v.text_of(inner.parts[position])
                if text is not None and "/" in text:
                    head, _, tail = text.rpartition("/")
                    if name == "parent":
                        return v.Path(self.m.expressions.join([*inner.parts[:position], v.Const(head)]))
                    base = [v.Const(tail), *inner.parts[position + 1 :]]
                    if name == "name":
                        return self.m.expressions.join(base)
                    before = "x" if len(base) > 1 else ""  # a dot that does not begin the name
                    last = v.text_of(base[-1])
                    stem, suffix = posixpath.splitext(before + (last or ""))
                    if last is None or not (suffix or len(base) == 1):
                        break
                    return v.Const(suffix) if name == "suffix" else self.m.expressions.join([*base[:-1], v.Const(stem[len(before) :])])
        unknown = v.Unknown(name, taint(path))
        return v.Path(unknown) if name == "parent" else unknown

    def _path(self, frame: Frame, path: v.Path, name: str, args: Arguments, span: Span) -> v.Value:
        externals = self.m.externals
        if name in ("read_text", "read_bytes", "read", "read_binary"):  # the last ones are those of py.path, the tmpdir of pytest
            self.m.inputs.file(frame, path, name, span)
            return externals.files.content(frame, path, span)
        if name in ("write_text", "write_bytes", "write", "write_binary"):
            externals.files.write(frame, path, args.get(0, "data") or v.Unknown("data"), span)
            return v.NONE
        if name == "open":
            mode = args.get(0, "mode")
            return externals.files.open(frame, path, v.text_of(mode) or "r" if mode else "r", span)
        if name in ("is_file", "is_dir"):
            return externals.files.is_kind(path, span, folder=name == "is_dir")
        if name in ("exists", "lexists"):
            return externals.files.exists(path, span)
        if name == "is_symlink":
            return externals.files.is_link(path, span)
        if name == "as_uri":
            return self.m.expressions.join([v.Const("file://"), path.text])
        if name in ("resolve", "absolute", "expanduser", "as_posix", "__str__", "__fspath__"):
            return path if name in ("resolve", "absolute", "expanduser") else path.text
        if name in ("joinpath", "join") or (name in ("mkdir", "ensure") and args.args and textual(args.args[0])):
            return v.Path(self.m.expressions.join_path([path.text, *args.args]))
        if name in ("with_suffix", "with_name", "with_stem") and args.args:
            text, new = v.text_of(path), v.text_of(args.args[0])
            if text is not None and new is not None:
                folder, base = posixpath.split(text)
                made = posixpath.splitext(base)[0] + new if name == "with_suffix" else new
                return v.Path(v.Const(posixpath.join(folder, made)))
            return v.Path(self.m.expressions.join([path.text, args.args[0]]))
        if name == "unlink":
            externals.files.remove(path)
            return v.NONE
        if name in ("rename", "replace") and args.args:
            externals.files.copy(frame, path, args.args[0], span, move=True)
            return args.args[0]
        if name in ("glob", "rglob") and len(args.args) == 1:
            pattern = self.m.expressions.join_path([path.text, *args.args])
            return externals.files.matches(pattern, span, below=name == "rglob", paths=True)
        if name == "iterdir":
            return externals.files.listing(path, v.Path(SOME_FILE))
        if name in ("glob", "rglob"):
            return self.m.new_items("list", [v.Rest(v.Path(SOME_FILE))])
        return v.Path(v.Unknown(name)) if name == "relative_to" else v.Unknown(name)

    def _file(self, frame: Frame, file: v.FileObject, name: str, args: Arguments, span: Span) -> v.Value:
        if name == "readline":
            return v.Unknown("line", self.m.deep_taint(self.m.externals.files.content(frame, file.path, span)))
        if name in ("read", "readlines", "readall", "getvalue", "getbuffer", "__iter__"):
            return self.m.externals.files.content(frame, file.path, span, lines=name == "readlines")
        if name in ("write", "writelines") and args.args:
            self.m.externals.files.write(frame, file.path, args.args[0], span, append=True)
            return v.NONE
        if name == "name":
            return file.path
        return v.NONE

    def _hasher(self, hasher: v.Hasher, name: str, args: Arguments, span: Span) -> v.Value:
        if name == "update" and args.args:
            held = self.m.held(hasher)
            items = (
                held.items
                if isinstance(held, v.Contents)
                else tuple(i for h in v.leaves(held) if isinstance(h, v.Contents) for i in h.items)
            )
            self.m.store.set(hasher, "held", v.Contents((*items, args.args[0])))
            return v.NONE
        if name in ("hexdigest", "digest"):
            return self.digest(hasher, span)
        return hasher if name == "copy" else v.Unknown(name)

    def digest(self, hasher: v.Hasher, span: Span) -> v.Digest:
        """The digest of all that the hash object was fed on any path."""
        data: list[v.Value] = []
        for held in v.leaves(self.m.held(hasher)):
            if isinstance(held, v.Contents):
                data += [i for i in held.items if i not in data]
        flat = tuple(v.Unknown("data", touched) if (touched := self.m.deep_taint(d)) and not taint(d) else d for d in data)
        made = v.Digest(hasher.algorithm, hasher.strong, flat, span)
        for fetch in made.made_of:
            fetch.digests.append(made)
        return made

    def _remote(self, frame: Frame, subject: v.Remote, name: str, args: Arguments, span: Span) -> v.Value:
        item = self.m.rulebook.objects.get(f"{subject.fetch.api}.item")
        if item is not None and f"{item}.{name}" in self.m.rulebook.calls:
            return self.m.externals.call(frame, f"{item}.{name}", args, span, subject=v.Handle(item, (subject,)))
        if name in ("raise_for_status", "close", "getcode", "info", "geturl", "getheader", "seek"):
            return v.NONE if name in ("raise_for_status", "close", "seek") else v.Unknown(name)
        if name in ("write_to", "save", "download", "download_to", "save_as") and args.args:
            self.m.externals.files.write(frame, args.args[0], subject, span)
            return v.NONE
        if name in ("extractall", "extract") and subject.form != "data":
            frame.summary.uses.append((frame.way, Use("extract", taint(subject), span)))
        return v.Remote(subject.fetch)
