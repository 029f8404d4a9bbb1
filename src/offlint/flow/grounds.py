"""What does the truth of a condition rest on? Two worlds that differ in nothing of it give the same answer.

What can make a difference has a bit each: a switch, something that is decided when the code runs, a fetch whose bytes are digested, a
comparison. A condition's mask has the bits of all that it is made of.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from offlint.flow import values as v
from offlint.flow.platforms import asked

if TYPE_CHECKING:
    from collections.abc import Mapping

    from offlint.flow.worlds import World

#: Variables that POSIX (XBD 8.3) or every login gives; "nothing set" does not mean that these are missing.
ALWAYS_SET = frozenset({"HOME", "PATH", "USER", "LOGNAME", "SHELL", "LANG", "PWD", "TMPDIR", "TEMP", "TMP", "APPDATA", "LOCALAPPDATA",
                        "SYSTEMROOT", "SystemRoot", "USERPROFILE", "HOMEPATH", "HOMEDRIVE", "ProgramFiles", "PYTHONPATH"})  # fmt: skip

#: The bits of what asks whether local things are there at all, and whether any bytes are replaced.
_PRESENT, _REPLACED = 1, 2
_FIRST = 4
#: Operations that stand for what they join; any other is a comparison, which can be supposed as a whole.
_JOINS = frozenset({"and", "or", "not"})


class Grounds:
    """The masks of conditions. Each of them is kept alive, so that its number (``id``) stays its own."""

    __slots__ = ("_bits", "_held", "masks")

    def __init__(self) -> None:
        self.masks: dict[int, int] = {}
        self._held: list[v.Value] = []
        self._bits: dict[object, int] = {}

    def of(self, value: v.Value) -> int:
        """The mask of a condition or value; parts come before what is made of them."""
        masks = self.masks
        stack = [value]
        while stack:
            node = stack[-1]
            if id(node) in masks:
                stack.pop()
                continue
            mask, open_parts = 0, False
            for part in _parts(node):
                known = masks.get(id(part))
                if known is None:
                    stack.append(part)
                    open_parts = True
                else:
                    mask |= known
            if not open_parts:
                stack.pop()
                self._held.append(node)
                masks[id(node)] = mask | self._own(node, mask)
        return masks[id(value)]

    def difference(self, one: World, other: World) -> int:
        """The bits of all in which two worlds differ: a condition that has none of them is the same in both."""
        mask = 0
        for name, _ in one.env.items() ^ other.env.items():
            mask |= self._bit(("env", name))
        for key in one.options.keys() | other.options.keys():  # their values need no hash
            if key not in one.options or key not in other.options or one.options[key] != other.options[key]:
                mask |= self._bit(key)
        for name, _ in one.machine.items() ^ other.machine.items():
            mask |= self._bit(v.External(name))
        if one.present is not other.present:
            mask |= _PRESENT
        for number in one.absent ^ other.absent:
            mask |= self._bit(("missing", number))
        same = (one.weak_too, one.unenforced) == (other.weak_too, other.unenforced)
        for fetch in one.replaced ^ other.replaced if same else one.replaced | other.replaced:
            mask |= self._bit(fetch)
        if bool(one.replaced) is not bool(other.replaced):
            mask |= _REPLACED
        return mask | self._supposed(one.assumed, other.assumed) | self._supposed(other.assumed, one.assumed)

    def _supposed(self, assumed: Mapping[v.Value, bool], otherwise: Mapping[v.Value, bool]) -> int:
        """The bits of what is supposed here and not so there: one each is enough, as all that holds the condition has all of its bits."""
        mask = 0
        for value, truth in assumed.items():
            if otherwise.get(value) is not truth:
                own = self.of(value)
                mask |= 1 << own.bit_length() >> 1  # the newest, which the fewest have
        return mask

    def _bit(self, key: object) -> int:
        return self._bits.setdefault(key, _FIRST << len(self._bits))

    def _own(self, node: v.Value, mask: int) -> int:
        """What a value adds to the mask of its parts."""
        match node:
            case v.Sym(op):
                return 0 if mask and (op in _JOINS or mask & (mask - 1)) else self._bit(id(node))
            case v.Choice() | v.Text():
                return 0 if mask else self._bit(id(node))  # it can be supposed, too
            case v.Env(name):
                return self._bit(("env", name)) | (_PRESENT if name in ALWAYS_SET else 0)
            case v.Opt(kind, name):
                return self._bit((kind, name))
            case v.Atom("platform", label) if asked(label):
                return self._bit(v.External(asked(label)))
            case v.Atom(kind, _, number):
                if kind == "missing":
                    return self._bit(("missing", number)) | _PRESENT
                return self._bit(node) | (_PRESENT if kind == "items" else _REPLACED if kind == "error" else 0)
            case v.Digest():
                bits = 0
                for fetch in node.made_of:
                    bits |= self._bit(fetch)
                return bits
            case v.Unknown() | v.Remote() | v.External():
                return self._bit(node)
            case _:
                return 0


def _parts(node: v.Value) -> tuple[v.Value, ...]:
    """The parts of a value that a world looks at."""
    match node:
        case v.Sym(_, args):
            return args
        case v.Choice(test, then, orelse):
            return (test, then, orelse)
        case v.Text(parts) | v.Contents(parts):
            return parts
        case v.Path(text):
            return (text,)
        case v.Env(_, default) | v.Opt(_, _, default):
            return () if default is None else (default,)
        case _:
            return ()
