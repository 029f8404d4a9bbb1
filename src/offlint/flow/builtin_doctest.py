"""What does a test do that calls doctest itself? The examples of the module or the pages that it names are run.

Facts are those of the library reference, "doctest" (Simple Usage, Unittest API). A suite is taken to run where it is made.
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from offlint.flow import values as v
from offlint.flow.doctests import examples
from offlint.flow.documentation import apart
from offlint.flow.registry import known_as

if TYPE_CHECKING:
    from collections.abc import Sequence

    from offlint.flow.machine import Arguments, Frame, Machine
    from offlint.model.span import Span


@known_as("doctest.testmod", "doctest.DocTestSuite")
def _module(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    del span
    named = args.get(0, "m") or args.kwargs.get("module")
    found: list[str] = []
    for one in v.leaves(named or v.NONE):
        text = v.text_of(one)
        file = one.file if isinstance(one, v.ModuleRef) else m.imports.resolve(text, frame.scope.file) if text else None
        found += [file or frame.scope.file] if file or one == v.NONE else []
    return _run(m, frame, found)


@known_as("doctest.testfile", "doctest.DocFileSuite")
def _page(m: Machine, frame: Frame, args: Arguments, span: Span) -> v.Value | None:
    del span
    folder = posixpath.dirname(frame.scope.file)
    named = [text for one in args.everything() if (text := v.text_of(one)) is not None]
    places = (posixpath.normpath(posixpath.join(base, name)) for name in named for base in dict.fromkeys((folder, "")))
    return _run(m, frame, [place for place in places if m.project.exists(place) and not m.project.is_dir(place)])


def _run(m: Machine, frame: Frame, files: Sequence[str]) -> v.Value:
    for file in files:
        if file.endswith("/") or (m.relevance is not None and not m.relevance.leads(file, m)):
            continue
        for ref in examples(m, file):
            if frame.alive and (m.relevance is None or m.relevance.matters(ref.function, ref.scope.file)):
                apart(m, frame, ref, [])
    return v.Unknown("examples")
