"""Which subprojects are there, and what would a wrap file fetch? Its sources that do not ship, https://mesonbuild.com/Wrap-dependency-system-manual.html."""

from __future__ import annotations

import re

from offlint.model.access import Integrity
from offlint.model.lazy import dataclass, regex
from offlint.model.span import Span
from offlint.model.words import IntegrityState
from offlint.project.base import Project
from offlint.project.paths import join
from offlint.surfaces.config import ini_span, section

_COMMIT = regex(r"[0-9a-fA-F]{40}")
_VCS = ("wrap-git", "wrap-hg", "wrap-svn")
#: Folders in ``subprojects`` that hold what wraps need.
_NO_SUBPROJECTS = ("packagecache", "packagefiles")


@dataclass(frozen=True, slots=True)
class Source:
    """One thing that is fetched; ``cached`` is the file that makes that unnecessary."""

    url: str
    span: Span
    integrity: Integrity
    cached: str = ""


@dataclass(frozen=True, slots=True)
class Wrap:
    """A subproject that a wrap file or a folder describes: ``sources`` are those that the tree lacks, ``place`` is where they are to be.

    ``dependencies`` and ``programs`` are what ``[provide]`` names.
    """

    name: str
    kind: str
    place: str
    sources: tuple[Source, ...]
    dependencies: frozenset[str]
    programs: frozenset[str]

    def provides(self, how: str, name: str) -> bool:
        """Whether a subproject of this name, or something that provides a dependency or a program, is this one."""
        if how == "subproject":
            return name == self.name
        return name.lower() in (self.dependencies if how == "dependency" else self.programs)


def wraps_of(project: Project, folder: str) -> list[Wrap]:
    """What a project's ``subprojects`` hold: its wraps, and folders that no wrap names."""
    home = join(folder, "subprojects")
    if not project.is_dir(home):
        return []
    below = [file[len(home) + 1 :] for file in project.files if file.startswith(f"{home}/")]
    found = [one for name in below if name.endswith(".wrap") and "/" not in name and (one := _wrap(project, home, name)) is not None]
    taken = {*_NO_SUBPROJECTS, *(one.place[len(home) + 1 :] for one in found)}
    folders = [name for name in dict.fromkeys(file.partition("/")[0] for file in below if "/" in file) if name not in taken]
    return found + [Wrap(name, "directory", join(home, name), (), frozenset({name.lower()}), frozenset()) for name in folders]


def _wrap(project: Project, home: str, base: str) -> Wrap | None:
    file, name = join(home, base), base[: -len(".wrap")]
    kind = next((one for one in ("wrap-file", *_VCS) if one in project.ini(file)), None)
    if kind is None:
        return None
    place = join(home, section(project, kind, file).get("directory", name))
    missing = () if project.is_dir(place) else _archives(project, file, home) if kind == "wrap-file" else _repository(project, file, kind)
    provided = section(project, "provide", file)
    listed = _list(provided.get("dependency_names", "")) | {key for key in provided if not key.endswith("_names")}
    names = frozenset(one.lower() for one in {name, *listed})
    return Wrap(name, kind, place, tuple(missing), names, frozenset(_list(provided.get("program_names", ""))))


def _archives(project: Project, file: str, home: str) -> list[Source]:
    """The archive and the patch of a wrap-file, without those in packagecache."""
    given = section(project, "wrap-file", file)
    found = []
    for what in ("source", "patch"):
        url, name = given.get(f"{what}_url", ""), given.get(f"{what}_filename", "")
        if not url.startswith(("http:", "https:", "ftp:")) or (name and project.exists(join(home, f"packagecache/{name}"))):
            continue
        digest = given.get(f"{what}_hash", "")
        integrity = Integrity(IntegrityState.ABSENT)
        if digest:
            integrity = Integrity(
                IntegrityState.VERIFIED, "sha256", digest, evidence=ini_span(project, "wrap-file", f"{what}_hash", file=file)
            )
        cached = join(home, f"packagecache/{name}") if name else ""
        found.append(Source(url, ini_span(project, "wrap-file", f"{what}_url", file=file), integrity, cached))
    return found


def _repository(project: Project, file: str, kind: str) -> list[Source]:
    given = section(project, kind, file)
    url, revision = given.get("url", ""), given.get("revision", "")
    if not url or url.startswith(("file:", "/", ".")):
        return []
    integrity = Integrity(IntegrityState.ABSENT, flaws=("mutable-reference",), why=f"revision {revision or 'HEAD'} can be moved")
    if kind == "wrap-git" and _COMMIT.fullmatch(revision):
        integrity = Integrity(IntegrityState.VERIFIED, "git-commit", revision, evidence=ini_span(project, kind, "revision", file=file))
    return [Source(url, ini_span(project, kind, "url", file=file), integrity)]


def _list(text: str) -> set[str]:
    return {one.strip() for one in re.split(r"[,\n]", text) if one.strip()}
