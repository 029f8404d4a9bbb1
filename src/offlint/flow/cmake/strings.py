"""What do ``string``, ``list``, ``math`` and path commands give? What CMake gives for known texts, else something unknown of them."""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from offlint.flow import values as v
from offlint.flow.cmake.registry import command
from offlint.flow.cmake.words import Word, elements, join_list, joined, known
from offlint.flow.comparisons import pattern_of
from offlint.flow.interning import taint
from offlint.model.lazy import regex

if TYPE_CHECKING:
    from offlint.flow.cmake.language import CMake
    from offlint.flow.machine import Frame
    from offlint.model.span import Span

MAX_TEXT = 100_000
MAX_JSON = 400_000
_HASHES = {
    "MD5": False,
    "SHA1": False,
    **dict.fromkeys(("SHA224", "SHA256", "SHA384", "SHA512", "SHA3_224", "SHA3_256", "SHA3_384", "SHA3_512"), True),
}
_IDENTIFIER = regex(r"[^A-Za-z0-9_]")


def mapped(value: v.Value, function: Callable[[str], str | None]) -> v.Value:
    """A function of one known text, for each alternative."""
    if isinstance(value, v.Choice):
        return v.choice(value.test, mapped(value.then, function), mapped(value.orelse, function))
    if isinstance(value, v.Opt) and isinstance(value.default, v.Const) and isinstance(value.default.value, str):
        return mapped(value.default, function)
    text = v.text_of(value)
    made = function(text) if text is not None and len(text) <= MAX_TEXT else None
    return v.Const(made) if made is not None else v.Unknown("text", taint(value))


def _respelled(value: v.Value, function: Callable[[str], str | None]) -> v.Value:
    """The same in another spelling: who gives an option may as well have written it so."""
    if isinstance(value, v.Choice):
        return v.choice(value.test, _respelled(value.then, function), _respelled(value.orelse, function))
    if isinstance(value, v.Opt):
        default = value.default if value.default in (None, v.NONE) else mapped(value.default, function)
        return v.Opt(value.kind, value.name, default, value.span)
    return mapped(value, function)


@command("string")
def string(cmake: CMake, frame: Frame, words: list[Word], span: Span) -> None:
    """``string(ACTION …)``."""
    texts = [word.text for word in words]
    action, given = (texts[0] or "") if texts else "", words[1:]

    def out(at: int, value: v.Value) -> None:
        if -len(given) <= at < len(given) and given[at].text:
            cmake.variables.set(frame, given[at].text or "", value)

    match action:
        case "TOUPPER" | "TOLOWER" | "STRIP" | "MAKE_C_IDENTIFIER" | "LENGTH" | "GENEX_STRIP" | "HEX" if len(given) > 1:
            out(1, (_respelled if action in ("TOUPPER", "TOLOWER", "STRIP") else mapped)(given[0].value, _SIMPLE[action]))
        case "APPEND" | "PREPEND" if given and given[0].text:
            old = known(cmake.variables.read(frame, given[0].text, span))
            added = [word.value for word in given[1:]]
            out(0, joined(cmake.m, [old, *added] if action == "APPEND" else [*added, old]))
        case "CONCAT" | "CONFIGURE" if given:
            out(0 if action == "CONCAT" else 1, joined(cmake.m, [w.value for w in (given[1:] if action == "CONCAT" else given[:1])]))
        case "JOIN" if len(given) > 1:
            parts = [part for word in given[2:] for part in (given[0].value, word.value)][1:]
            out(1, joined(cmake.m, parts or [v.Const("")]))
        case "REPLACE" if len(given) > 3:
            old_text, new_text = given[0].text, given[1].text
            whole = joined(cmake.m, [word.value for word in given[3:]])
            known_both = old_text is not None and new_text is not None and old_text
            out(2, mapped(whole, lambda text: text.replace(old_text or "", new_text or "")) if known_both else _unknown(whole))
        case "SUBSTRING" if len(given) > 3:
            begin, size = _number(given[1].text), _number(given[2].text)
            end = None if size is None or size < 0 or begin is None else begin + size
            cut = mapped(given[0].value, lambda text: text[begin:end])
            out(3, cut if begin is not None and size is not None else _unknown(given[0].value))
        case "FIND" if len(given) > 2:
            needle = given[1].text
            found = mapped(
                given[0].value, lambda text: str(text.rfind(needle or "") if texts[-1] == "REVERSE" else text.find(needle or ""))
            )
            out(2, found if needle is not None else v.Unknown("place"))
        case "REGEX":
            _regex(cmake, frame, given, span)
        case "COMPARE" if len(given) > 3:
            op = {"EQUAL": "STREQUAL", "NOTEQUAL": "STREQUAL"}.get(texts[1] or "", f"STR{texts[1]}")
            test = cmake.conditions.compare(op, given[1].value, given[2].value, span)
            out(3, v.choice(v.negation(test) if texts[1] == "NOTEQUAL" else test, v.Const("1"), v.Const("0")))
        case "JSON":
            _json(cmake, frame, given)
        case name if name in _HASHES and len(given) > 1:
            out(0, digest(cmake, name, given[1].value, span))
        case "TIMESTAMP" | "RANDOM" | "UUID" | "ASCII" | "REPEAT":
            out(-1 if action in ("RANDOM", "ASCII") else 0 if action in ("TIMESTAMP", "UUID") else 2, v.Unknown(action.lower()))


def digest(cmake: CMake, name: str, data: v.Value, span: Span) -> v.Value:
    """A digest of data; what was fetched remembers that it was made."""
    del cmake
    made = v.Digest(name.lower().replace("_", "-"), _HASHES[name], (data,), span)
    for fetch in made.made_of:
        fetch.digests.append(made)
    return made


def _unknown(value: v.Value) -> v.Value:
    return v.Unknown("text", taint(value))


def _number(text: str | None) -> int | None:
    return int(text) if text and re.fullmatch(r"-?\d{1,9}", text) else None


_SIMPLE: dict[str, Callable[[str], str | None]] = {
    "TOUPPER": str.upper, "TOLOWER": str.lower, "STRIP": str.strip, "LENGTH": lambda text: str(len(text)),
    "MAKE_C_IDENTIFIER": lambda text: ("_" if text[:1].isdigit() else "") + _IDENTIFIER.sub("_", text),
    "GENEX_STRIP": lambda text: text if "$<" not in text else None, "HEX": lambda text: text.encode().hex(),
}  # fmt: skip


def _regex(cmake: CMake, frame: Frame, given: list[Word], span: Span) -> None:
    """``REGEX MATCH|MATCHALL|REPLACE``, where matching takes little."""
    del span
    mode, at = (given[0].text if given else ""), 2
    if mode == "REPLACE":
        at = 3
    if len(given) <= at + (mode != "REPLACE") - 1 or not given[at].text:
        return
    pattern, whole = given[1].text, joined(cmake.m, [word.value for word in given[at + 1 :]] or [v.Const("")])
    groups: dict[str, str] = {}

    def work(text: str) -> str | None:
        try:
            compiled = pattern_of(pattern or "", text)
        except OverflowError:
            return None
        if mode == "REPLACE":
            new = given[2].text
            return None if new is None else compiled.sub(lambda match: _expanded(new, match), text)
        if mode == "MATCHALL":
            return ";".join(match[0] for match in compiled.finditer(text))
        match = compiled.search(text)
        groups.update({str(n): (match[n] or "") for n in range((compiled.groups or 0) + 1)} if match else {})
        return match[0] if match else ""

    result = mapped(whole, work) if pattern is not None else _unknown(whole)
    cmake.variables.set(frame, given[at].text or "", result)
    for n in range(10):
        if mode == "MATCH":
            held: v.Value = v.Const(groups.get(str(n), "")) if isinstance(result, v.Const) else _unknown(whole)
            cmake.variables.set(frame, f"CMAKE_MATCH_{n}", held)


def _expanded(new: str, match: re.Match[str]) -> str:
    groups = match.re.groups
    return re.sub(r"\\(\d)", lambda one: (match[int(one[1])] or "") if int(one[1]) <= groups else "", new)[:MAX_TEXT]


@lru_cache(maxsize=4)
def _loaded(text: str) -> Any:
    return json.loads(text)


def _json(cmake: CMake, frame: Frame, given: list[Word]) -> None:
    """``string(JSON out [ERROR_VARIABLE e] GET|LENGTH|TYPE|MEMBER text place…)``."""
    texts = [word.text for word in given]
    if not texts or not texts[0]:
        return
    at = 1
    if texts[1:2] == ["ERROR_VARIABLE"] and len(texts) > 2:
        cmake.variables.set(frame, texts[2] or "", v.Const("NOTFOUND"))
        at = 3
    mode, document = (texts[at] if at < len(texts) else None), (given[at + 1] if at + 1 < len(given) else None)
    value: v.Value = v.Unknown("json", taint(document.value)) if document else v.Unknown("json")
    if document and document.text and len(document.text) <= MAX_JSON and all(text is not None for text in texts[at + 2 :]):
        try:
            value = v.Const(_asked(_loaded(document.text), mode or "", [text or "" for text in texts[at + 2 :]]))
        except (KeyError, IndexError, TypeError, ValueError, RecursionError):
            value = v.Const("-".join(["", *(text or "" for text in texts[at + 2 :]), "NOTFOUND"]).lstrip("-"))
    cmake.variables.set(frame, texts[0], value)


def _asked(data: Any, mode: str, places: list[str]) -> str:
    last = places.pop() if mode == "MEMBER" else ""
    for place in places:
        data = data[int(place)] if isinstance(data, list) else data[place]
    match mode:
        case "LENGTH":
            return str(len(data))
        case "MEMBER":
            return str(list(data)[int(last)])
        case "TYPE":
            return {dict: "OBJECT", list: "ARRAY", str: "STRING", bool: "BOOLEAN", type(None): "NULL"}.get(type(data), "NUMBER")
        case "GET":
            if isinstance(data, dict | list):
                return json.dumps(data)
            return data if isinstance(data, str) else {True: "ON", False: "OFF", None: ""}.get(data, str(data))
        case _:
            raise KeyError(mode)


@command("list")
def list_(cmake: CMake, frame: Frame, words: list[Word], span: Span) -> None:
    """``list(ACTION X …)``."""
    texts = [word.text for word in words]
    if len(words) < 2 or not texts[1]:
        return
    action, name, rest = texts[0] or "", texts[1], words[2:]
    held = known(cmake.variables.read(frame, name, span))
    if action in ("APPEND", "PREPEND"):
        added = [word.value for word in rest]
        cmake.variables.set(frame, name, _added(cmake, held, added, first=action == "PREPEND"))
        return
    if isinstance(held, v.Choice) and action in ("REMOVE_ITEM", "REMOVE_DUPLICATES", "FILTER", "SORT", "REVERSE", "INSERT", "TRANSFORM"):
        return  # which of its elements stay is not followed: all of them do
    items = elements(cmake.m, held) if not isinstance(held, v.Choice) else max((elements(cmake.m, x) for x in v.leaves(held)), key=len)
    match action:
        case "LENGTH" if rest:
            sure = not isinstance(held, v.Choice) and all(isinstance(one, v.Const | v.Text) for one in items)
            cmake.variables.set(frame, rest[0].text or "", v.Const(str(len(items))) if sure else v.Unknown("length", taint(held)))
        case "GET" if len(rest) > 1:
            picked = [_at(held, items, _number(word.text)) for word in rest[:-1]]
            cmake.variables.set(frame, rest[-1].text or "", join_list(cmake.m, picked))
        case "FIND" if len(rest) > 1:
            place = next((at for at, one in enumerate(items) if one == rest[0].value), -1)
            sure = all(isinstance(one, v.Const) for one in items) and rest[0].text is not None
            cmake.variables.set(frame, rest[1].text or "", v.Const(str(place)) if sure else v.Unknown("place"))
        case "JOIN" if len(rest) > 1:
            parts = [part for one in items for part in (rest[0].value, one)][1:]
            cmake.variables.set(frame, rest[1].text or "", joined(cmake.m, parts or [v.Const("")]))
        case "REMOVE_ITEM":
            gone = [word.value for word in rest]
            cmake.variables.set(frame, name, join_list(cmake.m, [one for one in items if one not in gone]))
        case "REMOVE_DUPLICATES":
            cmake.variables.set(frame, name, join_list(cmake.m, list(dict.fromkeys(items))))
        case "REVERSE":
            cmake.variables.set(frame, name, join_list(cmake.m, items[::-1]))
        case "POP_FRONT" | "POP_BACK":
            end = 0 if action == "POP_FRONT" else -1
            outputs = [word.text or "" for word in rest]
            for output in outputs or [""]:
                one = items[end] if items else v.NONE
                if isinstance(one, v.Const | v.Text) and items:
                    items.pop(end)  # what is not known may be several
                if output:
                    cmake.variables.set(frame, output, one)
            cmake.variables.set(frame, name, join_list(cmake.m, items))
        case "SUBLIST" if len(rest) > 2:
            begin, size = _number(rest[0].text), _number(rest[1].text)
            sure = begin is not None and all(isinstance(one, v.Const | v.Text) for one in items)
            part = items[begin : (begin + size) if begin is not None and size is not None and size >= 0 else None] if sure else items
            cmake.variables.set(frame, rest[2].text or "", join_list(cmake.m, part))
        case "INSERT" if rest:
            at = _number(rest[0].text) or 0
            cmake.variables.set(frame, name, join_list(cmake.m, [*items[:at], *(word.value for word in rest[1:]), *items[at:]]))


def _added(cmake: CMake, held: v.Value, added: list[v.Value], *, first: bool) -> v.Value:
    if held == v.Const(""):
        return join_list(cmake.m, added)
    return join_list(cmake.m, [*added, held] if first else [held, *added])


def _at(held: v.Value, items: list[v.Value], place: int | None) -> v.Value:
    if place is not None and -len(items) <= place < len(items) and all(isinstance(one, v.Const | v.Text) for one in items):
        return items[place]
    return v.Unknown("element", taint(held))


_MATH = regex(r"\s*(-?\d{1,12})\s*([-+*/%])\s*(-?\d{1,12})\s*")


@command("math")
def math(cmake: CMake, frame: Frame, words: list[Word], span: Span) -> None:
    """``math(EXPR X "a + b")``: one operation on known numbers."""
    del span
    texts = [word.text for word in words]
    if len(texts) < 3 or not texts[1]:
        return
    match = _MATH.fullmatch(texts[2] or "")
    value: v.Value = v.Unknown("number")
    if match:
        left, right = int(match[1]), int(match[3])
        results = {"+": left + right, "-": left - right, "*": left * right}
        if right:
            results |= {"/": int(left / right), "%": left % right}
        if match[2] in results:
            value = v.Const(str(results[match[2]]))
    cmake.variables.set(frame, texts[1], value)


_COMPONENTS: dict[str, Callable[[str], str | None]] = {
    "DIRECTORY": posixpath.dirname, "PATH": posixpath.dirname, "NAME": posixpath.basename, "EXT":
    lambda p: "".join(re.findall(r"\..*", posixpath.basename(p))),
    "NAME_WE": lambda p: posixpath.basename(p).split(".")[0], "NAME_WLE": lambda p: posixpath.splitext(posixpath.basename(p))[0],
    "LAST_EXT": lambda p: posixpath.splitext(p)[1],
}  # fmt: skip


@command("get_filename_component")
def filename_component(cmake: CMake, frame: Frame, words: list[Word], span: Span) -> None:
    """``get_filename_component(X path KIND)``."""
    del span
    if len(words) < 3 or not words[0].text:
        return
    kind = words[2].text or ""
    value = words[1].value
    if kind in _COMPONENTS:
        value = mapped(value, _COMPONENTS[kind])
    elif kind in ("ABSOLUTE", "REALPATH"):
        base = (
            words[4].value
            if len(words) > 4 and words[3].text == "BASE_DIR"
            else known(cmake.variables.read(frame, "CMAKE_CURRENT_SOURCE_DIR"))
        )
        value = mapped(cmake.m.expressions.join_path([base, value]), posixpath.normpath)
    elif kind == "PROGRAM":
        value = words[1].value
    cmake.variables.set(frame, words[0].text, value)


@command("cmake_path")
def cmake_path(cmake: CMake, frame: Frame, words: list[Word], span: Span) -> None:
    """``cmake_path(SET|APPEND|GET …)``; other forms give something unknown."""
    texts = [word.text for word in words]
    if len(words) < 3 or not texts[1]:
        return
    if texts[0] in ("SET", "APPEND"):
        old = [known(cmake.variables.read(frame, texts[1], span))] if texts[0] == "APPEND" else []
        parts = [word.value for word in words[2:] if word.text not in ("NORMALIZE", "OUTPUT_VARIABLE")]
        cmake.variables.set(frame, texts[1], cmake.m.expressions.join_path([*old, *parts]))
    elif texts[0] == "GET" and texts[-1]:
        part = {"PARENT_PATH": "DIRECTORY", "FILENAME": "NAME", "STEM": "NAME_WLE"}.get(texts[2] or "")
        held = known(cmake.variables.read(frame, texts[1], span))
        cmake.variables.set(frame, texts[-1], mapped(held, _COMPONENTS[part]) if part else v.Unknown("path"))
    elif texts[-1]:
        cmake.variables.set(frame, texts[-1], v.Unknown("path"))


@command("separate_arguments")
def separate_arguments(cmake: CMake, frame: Frame, words: list[Word], span: Span) -> None:
    """A command line as a list."""
    if words and words[0].text:
        source = words[-1].value if len(words) > 2 else known(cmake.variables.read(frame, words[0].text, span))
        cmake.variables.set(frame, words[0].text, mapped(source, lambda text: ";".join(text.split())))
