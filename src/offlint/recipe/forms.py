"""How is a switch written where a packager sets it? In the form of its kind, and of the tool that hands it on.

Each form has its source: https://pip.pypa.io/en/stable/cli/pip_wheel/#cmdoption-C, https://setuptools.pypa.io/en/latest/build_meta.html
(``--global-option``, ``--build-option``), https://setuptools.pypa.io/en/latest/userguide/declarative_config.html,
https://scikit-build-core.readthedocs.io/en/latest/configuration/ (``cmake.define``, ``CMAKE_ARGS``),
https://mesonbuild.com/meson-python/how-to-guides/config-settings.html, https://www.sphinx-doc.org/en/master/man/sphinx-build.html.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from offlint.model.lazy import regex
from offlint.model.words import Phase
from offlint.recipe.model import Form

_CONFIG = regex(r"\[(?P<section>[^\]\n]+)\] (?P<key>\S+) in (?P<file>.+)")
_COMMAND = regex(r"(?P<command>[\w-]+) (?P<option>--?[\w-]+)")
_BLANK = "@@"  # what no shell quotes
_TRUE = frozenset({"True", "true", "1", "yes", "on"})
_FALSE = frozenset({"False", "false", "0", "no", "off", "None"})


def forms(kind: str, name: str, value: str, phase: Phase, backend: str, *, file: str = "setup.cfg") -> tuple[Form, ...]:
    """The ways to write it, the one that works with most front ends first; empty where it is what happens when nothing is given.

    ``file`` is the configuration file of distutils' commands that says it now: what another one says, a later one overrides.
    """
    match kind:
        case "env":
            return (Form("environment", f"{name}={shlex.quote(value)}"),)
        case "cmake":
            return tuple(_cmake(f"{name}={value}", backend))
        case "meson":
            return tuple(_meson(name if name.startswith("-") and "=" in name else f"{name}={value}", backend))
        case "pytest":
            return tuple(_pytest(name, value))
        case "config":
            return tuple(_config(name, value, phase))
        case "option":
            return tuple(_option(name, value, backend, file))
        case _:
            return ()


def blanks(kind: str, name: str, wants: str, phase: Phase, backend: str) -> tuple[Form, ...]:
    """The ways to write what a person must fill in: ``<wants>`` stands where the value goes, and is not quoted."""
    return tuple(Form(one.where, one.text.replace(_BLANK, f"<{wants}>")) for one in forms(kind, name, _BLANK, phase, backend))


def _cmake(text: str, backend: str) -> Iterator[Form]:
    define = f"-D{text}"
    if backend.startswith("scikit_build_core"):
        yield Form("pip", f"--config-settings={shlex.quote(f'cmake.define.{text}')}")
    if backend.startswith(("scikit_build_core", "skbuild", "setuptools", "hatchling", "py_build_cmake")):
        # read by both scikit-builds, also where it is a hook of Hatch's, and py-build-cmake, and by many a setup.py
        yield Form("environment", f"CMAKE_ARGS={shlex.quote(shlex.quote(define))}")
    yield Form("cmake", shlex.quote(define))


def _meson(text: str, backend: str) -> Iterator[Form]:
    if backend.startswith("mesonpy"):
        yield Form("pip", f"--config-settings={shlex.quote(f'setup-args={text}')}")
    yield Form("meson", shlex.quote(text))


def _pytest(name: str, value: str) -> Iterator[Form]:
    if name.startswith("-m "):
        yield Form("pytest", name)
    elif value in _FALSE:
        return  # not to be given
    else:
        yield Form("pytest", name if value in _TRUE or not value else shlex.quote(f"{name}={value}"))


def _config(name: str, value: str, phase: Phase) -> Iterator[Form]:
    match = _CONFIG.fullmatch(name)
    if name.startswith("--config-settings "):  # PEP 517's, of a backend in the tree
        key = name.removeprefix("--config-settings ")
        yield Form("pip", f"--config-settings={shlex.quote(f'{key}={value}')}")
    elif match is not None:
        yield Form(match["file"], f"[{match['section']}] {match['key']} = {value}")
    elif phase is Phase.DOCS:
        yield Form("sphinx-build", "-D " + shlex.quote(f"{name}={'1' if value in _TRUE else '0' if value in _FALSE else value}"))


def _option(name: str, value: str, backend: str, file: str) -> Iterator[Form]:
    if value.startswith("-D"):  # an option of the build's own, as Meson takes it
        yield from _meson(value, backend)
        return
    match = _COMMAND.fullmatch(name)
    given = "" if value in _TRUE or not value else f"={value}"
    setuptools = backend.startswith("setuptools")
    if match is not None:
        command, option = match["command"], match["option"]
        key = option.lstrip("-").replace("-", "_")
        written = "1" if value in _TRUE or not value else "0" if value in _FALSE else value
        yield Form(file, f"[{command}] {key} = {written}")
        if value not in _FALSE:
            yield Form("setup.py", f"{command} {shlex.quote(option + given)}")
            if setuptools:
                yield Form(
                    "pip", f"--config-settings=--build-option={command} --config-settings={shlex.quote(f'--build-option={option}{given}')}"
                )
    elif value not in _FALSE:
        yield Form("setup.py", shlex.quote(name + given))
        if setuptools:
            yield Form("pip", f"--config-settings={shlex.quote(f'--global-option={name}{given}')}")
