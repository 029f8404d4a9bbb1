"""Which settings are worth asking about? The switches that stand in the conditions of an access, and their values."""

from __future__ import annotations

from offlint.flow import values as v
from offlint.flow.platforms import asked
from offlint.flow.summary import Way
from offlint.model.lazy import dataclass, field

CANONICAL = "NO_NETWORK"

#: Values that people give switches; conditions' own literals are added.
_WORDS = ("1", "on", "0", "")

#: What single tests of ways mention, each with a way that holds it; None where it is nothing.
Told = dict[tuple[int, int], "tuple[Way, Mentions | None]"]


@dataclass(slots=True)
class Mentions:
    """What the conditions on some ways mention. ``told`` is what each of them mentions by itself, shared by those who ask."""

    env: dict[str, set[str]] = field(default_factory=dict)
    options: dict[tuple[str, str], v.Opt] = field(default_factory=dict)
    spans: dict[str, object] = field(default_factory=dict)
    atoms: dict[str, v.Atom] = field(default_factory=dict)
    compared: dict[tuple[str, str], set[str]] = field(default_factory=dict)
    external: set[str] = field(default_factory=set)
    told: Told = field(default_factory=dict)
    _seen: set[int] = field(default_factory=set)
    _within: set[tuple[int, tuple[str, ...]]] = field(default_factory=set)
    _opts: dict[tuple[int, tuple[str, ...]], v.Opt] = field(default_factory=dict)

    def way(self, way: Way | None) -> None:
        """Take in every test of a way."""
        while way is not None:
            if id(way) in self._seen:
                return
            self._seen.add(id(way))
            key = (id(way.test), id(way.span))
            if key not in self.told:
                own = Mentions() if _mentions_anything(way.test) else None
                if own is not None:
                    own.value(way.test, way.span)
                    own.settle()
                self.told[key] = (way, own)
            _, found = self.told[key]
            if found is not None:
                self._take(found)
            way = way.parent

    def words(self, kind: str, name: str) -> set[str]:
        """The words that a switch is compared with."""
        return self.env.get(name, set()) if kind == "env" else self.compared.get((kind, name), set())

    def settle(self) -> None:
        """Let go of what only serves to take in more."""
        self._within.clear()

    def _take(self, other: Mentions) -> None:
        """What another mentions is mentioned here after what was before."""
        for name, texts in other.env.items():
            self.env.setdefault(name, set()).update(texts)
        for option, texts in other.compared.items():
            self.compared.setdefault(option, set()).update(texts)
        for key, node in other._opts.items():
            if key not in self._opts:
                self._opts[key] = self.options[node.kind, node.name] = node
        for name, span in other.spans.items():
            self.spans.setdefault(name, span)
        self.atoms.update(other.atoms)
        self.external |= other.external

    def value(self, value: v.Value, span: object = None) -> None:
        """Take in a condition."""
        stack: list[tuple[v.Value, object, tuple[str, ...]]] = [(value, span, ())]
        while stack:
            node, place, beside = stack.pop()
            if isinstance(node, v.Const) or (id(node), beside) in self._within:
                continue
            self._within.add((id(node), beside))
            match node:
                case v.Env(name, default):
                    self.env.setdefault(name, set()).update(beside)
                    self.spans.setdefault(name, node.span or place)
                    if default is not None:
                        stack.append((default, place, ()))
                case v.Opt(kind, name, default):
                    self._opts[id(node), beside] = self.options[kind, name] = node
                    self.compared.setdefault((kind, name), set()).update(beside)
                    # equal values are shared, and so is a mark's place; the test that carries it is where the way narrows
                    self.spans.setdefault(name, (place if kind == "marker" else None) or node.span or place)
                    stack.append((default, place, ()))
                case v.Sym(op, args):
                    literals = tuple(str(a.value) for a in args if isinstance(a, v.Const) and isinstance(a.value, str | int))
                    literals += tuple(str(i.value) for a in args if isinstance(a, v.Contents) for i in a.items if isinstance(i, v.Const))
                    if op == "IN_LIST":
                        literals += tuple(word for text in literals for word in text.split(";"))
                    inherited = beside if node.op.startswith(".") or node.op in ("int", "bool", "str", "strtobool") else ()
                    stack += [(a, node.span or place, literals + inherited) for a in args]
                case v.Choice(test, then, orelse):
                    stack += [(test, place, ()), (then, place, beside), (orelse, place, beside)]
                case v.Text(parts):
                    stack += [(p, place, ()) for p in parts]
                case v.Contents(items):
                    stack += [(i, place, ()) for i in items]
                case v.Atom():
                    self.atoms[f"{node.kind}:{node.id}"] = node
                    self.external |= {asked(node.label)} - {""}
                case v.External(name):
                    self.external.add(name)
                case v.Path(text):
                    stack.append((text, place, beside))
                case _:
                    pass

    def values_of(self, name: str) -> list[str]:
        """Values to try for an environment variable: the usual ones and those that the conditions compare it with."""
        literals = sorted(text for text in self.env.get(name, ()) if len(text) < 60)[:12]
        variants = [t for text in literals for t in (text, text.upper())]
        return list(dict.fromkeys([*_WORDS, "some other text", *literals, *variants]))


def _mentions_anything(value: v.Value) -> bool:
    """Whether a switch or something that this machine decides stands in the condition."""
    stack: list[v.Value] = [value]
    while stack:
        node = stack.pop()
        match node:
            case v.Env() | v.Opt() | v.Atom() | v.External():
                return True
            case v.Sym(_, args):
                stack += args
            case v.Choice(test, then, orelse):
                stack += [test, then, orelse]
            case v.Text(parts):
                stack += parts
            case v.Contents(items):
                stack += items
            case v.Path(text):
                stack.append(text)
            case _:
                pass
    return False
