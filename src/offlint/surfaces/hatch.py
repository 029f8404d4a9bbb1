"""What does a hatchling build run of the project? Custom hooks, custom builders, and versions that are computed by code.

https://hatch.pypa.io/latest/plugins/build-hook/custom/, https://hatch.pypa.io/latest/plugins/metadata-hook/custom/,
https://hatch.pypa.io/latest/plugins/builder/custom/ and https://hatch.pypa.io/latest/plugins/version-source/code/.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from offlint.model.entry import Entry, Skipped
from offlint.model.lazy import dataclass
from offlint.model.span import Span
from offlint.model.words import Phase, Reach
from offlint.project.base import Project
from offlint.surfaces.backend import uses
from offlint.surfaces.config import mapping, table, text, toml_span, words
from offlint.surfaces.modules import inside, locate, search_paths

_HOOK = "<hatchling.builders.hooks.plugin.interface.BuildHookInterface>"
_METADATA = "<hatchling.metadata.plugin.interface.MetadataHookInterface>"
_BUILDER = "<hatchling.builders.plugin.interface.BuilderInterface>"
_HOOK_NAMES = ("get_build_hook", *(f"{_HOOK}.{method}" for method in ("dependencies", "clean", "initialize", "finalize")))
_METADATA_NAMES = ("get_metadata_hook", f"{_METADATA}.update", f"{_METADATA}.get_known_classifiers")
_BUILDER_NAMES = ("get_builder", *(f"{_BUILDER}.{method}" for method in ("get_version_api", "get_default_versions", "clean", "build_*")))
_DEFAULT_FILE = "hatch_build.py"
_DEFAULT_TARGETS = ("sdist", "wheel")


@dataclass(frozen=True, slots=True)
class _Config:
    """Hatch's tables: those of hatch.toml replace those of pyproject.toml key by key."""

    project: Project
    own: Mapping[str, Any]
    shared: Mapping[str, Any]

    def at(self, *keys: str) -> Mapping[str, Any]:
        found: Any = self.own if keys[0] in self.own else self.shared
        for key in keys:
            found = mapping(found).get(key)
        return mapping(found)

    def span(self, *keys: str) -> Span:
        if keys[0] in self.own:
            return toml_span(self.project, *keys, file="hatch.toml")
        return toml_span(self.project, "tool", "hatch", *keys)


def entries(project: Project) -> Iterator[Entry | Skipped]:
    """Entry points of a build by hatchling."""
    if not uses(project, "hatchling"):
        return
    config = _Config(project, table(project, file="hatch.toml"), table(project, "tool", "hatch"))
    yield from _hooks(config, ("build", "hooks"), Reach.ALWAYS)
    for target in config.at("build", "targets"):
        # https://hatch.pypa.io/latest/config/build/: other targets are built where they are asked for.
        reach = Reach.ALWAYS if target in _DEFAULT_TARGETS else Reach.EXPLICIT
        yield from _hooks(config, ("build", "targets", target, "hooks"), reach)
        if target == "custom":
            yield _run(config, ("build", "targets", "custom"), "hatch builder", _BUILDER_NAMES, reach)
    if "custom" in config.at("metadata", "hooks"):
        yield _run(config, ("metadata", "hooks", "custom"), "hatch hook", _METADATA_NAMES, Reach.ALWAYS)
    version = config.at("version")
    if version.get("source") == "code":
        yield _run(config, ("version",), "hatch version", (), Reach.ALWAYS)


def _hooks(config: _Config, keys: tuple[str, ...], reach: Reach) -> Iterator[Entry | Skipped]:
    for name, given in config.at(*keys).items():
        settings = mapping(given)
        of_hook = Reach.EXPLICIT if settings.get("enable-by-default") is False else reach
        if name == "custom":
            yield _run(config, (*keys, name), "hatch hook", _HOOK_NAMES, of_hook)
        elif text(settings.get("build-function")):
            # https://github.com/jupyterlab/hatch-jupyter-builder: a function of any importable module.
            found = locate(config.project, text(settings["build-function"]), search_paths(config.project))
            if found is not None:
                span = config.span(*keys, name, "build-function")
                given_to_it = mapping(settings.get("build-kwargs", settings.get("build_kwargs"))).items()
                keywords = tuple((key.replace("-", "_"), text(value)) for key, value in given_to_it if text(value))
                paths = search_paths(config.project)
                yield Entry(Phase.BUILD, "hatch hook", found[0], span, (found[1],), paths, of_hook, keywords=keywords)


def _run(config: _Config, keys: tuple[str, ...], surface: str, names: tuple[str, ...], reach: Reach) -> Entry | Skipped:
    project = config.project
    settings = config.at(*keys)
    named = text(settings.get("path")) or _DEFAULT_FILE
    span = config.span(*keys, "path") if "path" in settings else config.span(*keys)
    file = inside(named)
    if file is None or not project.exists(file):
        return Skipped(span.file, f"{named} is run by the build and is not in the project", span.line, Phase.BUILD)
    extra = tuple(place for path in words(settings.get("search-paths")) if (place := inside(path)) is not None)
    return Entry(Phase.BUILD, surface, file, span, names, (*extra, *search_paths(project)), reach)
