"""What can a build script read with ``.``? The settings as POSIX shell; all else as comments.

Only assignments of variables are code, and each value is quoted: a project's text can end neither a comment (its line ends are written as
escapes) nor a value.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Sequence

from offlint.formats.base import shown
from offlint.model.lazy import regex
from offlint.recipe.fetching import each
from offlint.recipe.model import Recipe, Setting
from offlint.recipe.telling import address, facts, fills, others, title, where, written

_NAME = regex(r"[A-Za-z_][A-Za-z0-9_]*")
#: Variables with which a value runs code in the shell, the loader or the programs that it starts: a person should set these knowingly.
_DANGEROUS = regex(
    r"PATH|IFS|ENV|BASH_\w*|PS\d|PROMPT_COMMAND|SHELL|SHELLOPTS|HOME|LD_\w+|DYLD_\w+|PYTHON\w*|PERL\w*|RUBY\w*|NODE_OPTIONS|EDITOR|PAGER|VISUAL"
    r"|GIT_(?!ALLOW_PROTOCOL|LFS)\w+|CC|CXX|LD|AR|RUSTC\w*|MAKE\w*"
)


def render(recipes: Sequence[Recipe], *, verbose: bool) -> str:  # noqa: ARG001 # the signature of every form
    """Each project's settings; what a person must fill in is asked for with ``${NAME:?}``."""
    return each(recipes, _project)


def _project(recipe: Recipe) -> Iterator[str]:
    yield _comment(title(recipe))
    done: set[tuple[str, str | None]] = set()
    for one in recipe.phases:
        yield _comment(f"{one.phase.value}: {one.says}")
        for setting in (*one.switches, *one.tools):
            if (setting.name, setting.value) not in done:
                done.add((setting.name, setting.value))
                yield from _setting(setting)
        for name in one.left_out:
            yield _comment(f"pytest: --deselect {name}")
        for obstacle in one.obstacles:
            yield _comment(f"in the way: {obstacle.place} {obstacle.what}, and {obstacle.why}")
    for source in recipe.sources:
        if source.needed:
            yield _comment(f"provide: {'; '.join((address(source), *facts(source), *fills(source)))}")


def _setting(setting: Setting) -> Iterator[str]:
    if setting.kind == "env" and _NAME.fullmatch(setting.name) and not _DANGEROUS.fullmatch(setting.name):
        if setting.value is None:
            # the words after :? are expanded by the shell, so that nothing of the project may stand in them
            yield f': "${{{setting.name}:?set it to {re.sub(r"[^A-Za-z ]", "", setting.wants)}}}"'
            yield f"export {setting.name}"
        else:
            yield f"export {setting.name}={quoted(setting.value)}"
        return
    environment = next((form for form in setting.forms if form.where == "environment"), None)
    if environment is not None and setting.value is not None and environment.text.startswith("CMAKE_ARGS="):
        define = shlex.quote(f"-D{setting.name}={setting.value}")
        yield f'export CMAKE_ARGS="${{CMAKE_ARGS:+$CMAKE_ARGS }}"{quoted(define)}'
        return
    yield _comment(f"{where(setting)}: {written(setting)}")
    for other in others(setting):
        yield _comment(f"  or {other}")


def quoted(text: str) -> str:
    """The text as one word of the shell; a control character, which no switch needs, becomes a visible escape."""
    return shlex.quote(shown(text)).replace("##[", "#''#[")  # which a workflow would obey, and is the same to the shell


def _comment(text: str) -> str:
    return f"# {shown(text)}"
