"""Which crates does a build fetch? Those that Cargo.toml asks for, where maturin or setuptools-rust builds the project.

https://doc.rust-lang.org/cargo/reference/specifying-dependencies.html, ``source-replacement.html`` (a vendored directory takes the place
of a registry or a repository) and ``guide/cargo-toml-vs-cargo-lock.html`` (a lock file holds a checksum for each crate of a registry and a
full commit for each repository). A lock file that ships counts as kept to, with or without ``--locked``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from offlint.model.access import Guard, Integrity
from offlint.model.entry import Setting, Skipped
from offlint.model.lazy import dataclass, regex
from offlint.model.span import Span
from offlint.model.words import GuardState, IntegrityState, Phase, Reach
from offlint.project.base import Project
from offlint.project.paths import join, parent
from offlint.surfaces.backend import uses, uses_setuptools
from offlint.surfaces.config import line_span, mapping, table, text, toml_span, words
from offlint.surfaces.layout import is_in
from offlint.surfaces.modules import inside
from offlint.surfaces.requirements import build_requires

SURFACE = "Cargo.toml"
_CRATES_IO = "https://crates.io/"
#: A path in the code, its parts joined by ``/`` or given to ``os.path.join``.
_RUST = regex(r"""((?:["'][\w./-]+["']\s*[/,]\s*){0,8})["']([\w./-]*Cargo\.toml)["']""")
_PART = regex(r"[\w./-]+")
_COMMIT = regex(r"[0-9a-fA-F]{40}")
_NETWORK = regex(r"(?i)\b(reqwest|ureq|isahc|attohttpc|minreq|curl|wget|git2|TcpStream|hyper|download\w*|git\W+clone)\b")
#: The crate that runs CMake (https://docs.rs/cmake), and commands of CMake's that fetch.
_CMAKE = regex(r"\bcmake::(?:Config|build)\b")
_CMAKE_FETCHES = regex(r"(?i)\b(?:FetchContent_Declare|ExternalProject_Add|CPMAddPackage)\s*\(|\bfile\s*\(\s*DOWNLOAD\b")
_MOST = 300  # crates of the tree that are followed
_GUARD = Guard(GuardState.NONE, why="Cargo's own CARGO_NET_OFFLINE=true makes the build fail where a crate is not at hand")


@dataclass(frozen=True, slots=True)
class _Dependency:
    manifest: str
    name: str
    span: Span
    given: Mapping[str, Any]


def manifests(project: Project) -> list[str]:
    """The Cargo.toml files that the project's build builds."""
    found: list[str] = []
    if uses(project, "maturin"):
        named = text(table(project, "tool", "maturin").get("manifest-path"))
        # https://www.maturin.rs/config: else the usual places
        found += [named] if named else ["Cargo.toml", "rust/Cargo.toml", "native/Cargo.toml"]
    code = (project.text("setup.py") or "") if project.exists("setup.py") else ""
    if uses_setuptools(project) and ("setuptools-rust" in build_requires(project) or "setuptools_rust" in code or "RustExtension" in code):
        tables = table(project, "tool", "setuptools-rust")
        rows = [row for kind in ("ext-modules", "bins") if isinstance(tables.get(kind), list) for row in tables[kind]]
        named_in = [text(mapping(row).get("path")) or "Cargo.toml" for row in rows]
        named_in += [_named(project, [*_PART.findall(parts), last]) for parts, last in _RUST.findall(code)]
        found += named_in or ["Cargo.toml"]
    places = dict.fromkeys(inside(path) or "" for path in found)
    there = [place for place in places if place and project.exists(place) and not project.is_dir(place)]
    return there[:1] if uses(project, "maturin") else there


def _named(project: Project, parts: list[str]) -> str:
    """The manifest that parts of a path name, of which the first may be something else that stands before them."""
    paths = ["/".join(parts[at:]) for at in range(len(parts))]
    return next((path for path in paths if (place := inside(path)) and project.exists(place)), paths[0])


def entries(project: Project) -> Iterator[Setting | Skipped]:
    """One access for the crates of registries, one for each repository, and build scripts that name the network."""
    asked: dict[tuple[str, str], Setting] = {}
    for manifest in manifests(project):
        root, crates = _workspace(project, manifest), _crates(project, manifest)
        dependencies = [one for crate in crates for one in _dependencies(project, crate, root)]
        dependencies += _patches(project, root)
        replaced = _replaced(project, manifest)
        for one in dependencies:
            found = _access(project, one, root, replaced)
            if found is not None:
                asked.setdefault((found.api, found.url), found)
        for crate in crates:
            yield from _build_script(project, crate)
    yield from asked.values()


def _crates(project: Project, manifest: str) -> list[str]:
    """The manifest, and those of the tree that it depends on by path."""
    found = [manifest]
    for crate in found:
        root = _workspace(project, crate)
        for one in _dependencies(project, crate, root):
            path = text(one.given.get("path"))
            place = inside(join(parent(one.manifest), f"{path}/Cargo.toml")) if path else None
            if place and project.exists(place) and place not in found and len(found) < _MOST:
                found.append(place)
    return found


def _workspace(project: Project, manifest: str) -> str:
    """The manifest of the workspace that a crate belongs to: the nearest above it, or itself, as where that one leaves it out.

    https://doc.rust-lang.org/cargo/reference/workspaces.html: ``exclude`` names folders that are not in the workspace. A member
    that is named, by no pattern, wins over it (cargo's ``WorkspaceRootConfig::is_excluded``).
    """
    folder = parent(manifest)
    while True:
        place = join(folder, "Cargo.toml")
        if project.exists(place) and "workspace" in project.toml(place):
            given = table(project, "workspace", file=place)
            excluded, member = (
                any(one and is_in(manifest, {join(folder, one)}) for one in words(given.get(key))) for key in ("exclude", "members")
            )
            return manifest if excluded and not member else place
        if not folder:
            return manifest
        folder = parent(folder)


def _dependencies(project: Project, manifest: str, root: str) -> Iterator[_Dependency]:
    """What a build needs; dependencies of tests and examples (``dev-dependencies``) are left out."""
    content = project.toml(manifest)
    places: list[tuple[str, ...]] = [("dependencies",), ("build-dependencies",)]
    for target in mapping(content.get("target")):
        places += [("target", target, "dependencies"), ("target", target, "build-dependencies")]
    for keys in places:
        for name, value in table(project, *keys, file=manifest).items():
            given = mapping(value) or {"version": value}
            file = manifest
            if given.get("workspace") is True:
                shared = table(project, "workspace", "dependencies", file=root).get(name)
                inherited = mapping(shared) or {"version": shared}
                given, file = {**inherited, **{key: held for key, held in given.items() if key != "workspace"}}, root
            span = toml_span(project, *keys, name, file=manifest)
            yield _Dependency(file, name, span, given)


def _patches(project: Project, root: str) -> list[_Dependency]:
    rows = [
        (source, name, mapping(held))
        for source, given in table(project, "patch", file=root).items()
        for name, held in mapping(given).items()
    ]
    return [_Dependency(root, name, toml_span(project, "patch", source, name, file=root), given) for source, name, given in rows]


def _replaced(project: Project, manifest: str) -> frozenset[str]:
    """Sources that a vendored directory of the tree takes the place of: ``crates-io``, or a repository's URL."""
    found: set[str] = set()
    # Cargo reads the folders above where it is started: the root for both tools; a crate's own folder errs on the side of silence
    for folder in dict.fromkeys(["", parent(manifest)]):
        for name in (".cargo/config.toml", ".cargo/config"):
            file = join(folder, name)
            sources = table(project, "source", file=file)
            local = {
                key for key, given in sources.items()
                if any(_is_there(project, folder, text(mapping(given).get(kind))) for kind in ("directory", "local-registry"))
            }  # fmt: skip
            for key, given in sources.items():
                if text(mapping(given).get("replace-with")) in local:
                    found.add(text(mapping(given).get("git")) or text(mapping(given).get("registry")) or key)
            if table(project, "net", file=file).get("offline") is True:
                found.add("*")
    return frozenset(found)


def _is_there(project: Project, folder: str, path: str) -> bool:
    place = inside(join(folder, path)) if path else None
    return place is not None and project.is_dir(place)


def _access(project: Project, one: _Dependency, root: str, replaced: frozenset[str]) -> Setting | None:
    """The access that fetching one dependency is, None for what is in the tree."""
    if "*" in replaced:
        return None
    reach = Reach.CONDITIONAL if one.given.get("optional") is True else Reach.ALWAYS
    lock = join(parent(root), "Cargo.lock")
    git = text(one.given.get("git"))
    if git:
        if git in replaced:
            return None
        return Setting(
            Phase.BUILD, SURFACE, "cargo", f"cargo: {one.name}", git, one.span, reach, guard=_GUARD, integrity=_commit(project, one, lock)
        )
    if text(one.given.get("path")) or "crates-io" in replaced:
        return None
    setting = Setting(Phase.BUILD, SURFACE, "cargo", "cargo: crates", _CRATES_IO, one.span, exact=False, guard=_GUARD)
    integrity = _locked(project, lock)
    return replace(setting, integrity=integrity)


def _packages(project: Project, lock: str) -> list[Mapping[str, Any]] | None:
    if not project.exists(lock) or project.is_dir(lock):
        return None
    packages = project.toml(lock).get("package")
    return [mapping(one) for one in packages] if isinstance(packages, list) else []


def _locked(project: Project, lock: str) -> Integrity:
    """What a lock file that ships says of the crates of registries."""
    packages = _packages(project, lock)
    if packages is None:
        return Integrity(IntegrityState.ABSENT, why="no Cargo.lock ships with the source, so versions and checksums come from the registry")
    old = mapping(project.toml(lock).get("metadata"))  # checksums of lock files before version 2
    unchecked = [one for one in packages if text(one.get("source")).startswith(("registry+", "sparse+")) and not text(one.get("checksum"))]
    if (unchecked and not old) or not packages:
        return Integrity(IntegrityState.ABSENT, why=f"{lock} has crates without a checksum")
    return Integrity(IntegrityState.VERIFIED, "lock-file", evidence=line_span(project, lock))


def _commit(project: Project, one: _Dependency, lock: str) -> Integrity:
    """A repository's revision: a full commit, in the manifest or in the lock file that ships."""
    revision = text(one.given.get("rev"))
    if _COMMIT.fullmatch(revision):
        return Integrity(IntegrityState.VERIFIED, "git-commit", revision, evidence=one.span)
    for package in _packages(project, lock) or []:
        source, _, commit = text(package.get("source")).rpartition("#")
        if source.partition("?")[0].removeprefix("git+").removesuffix(".git") == text(one.given.get("git")).removesuffix(".git"):
            evidence = line_span(project, lock, project.find(lock, f"#{commit}"))
            if _COMMIT.fullmatch(commit):
                return Integrity(IntegrityState.VERIFIED, "git-commit", commit, evidence=evidence)
    named = next(
        (f"{key} {text(one.given.get(key))}" for key in ("tag", "branch", "rev") if text(one.given.get(key))), "the default branch"
    )
    return Integrity(IntegrityState.ABSENT, flaws=("mutable-reference",), why=f"{named} can be moved")


def _build_script(project: Project, manifest: str) -> Iterator[Skipped]:
    """Rust is not analysed: a build script that names the network is said, and one that runs CMake on files that fetch."""
    script = table(project, "package", file=manifest).get("build", "build.rs")
    file = inside(join(parent(manifest), script)) if isinstance(script, str) else None
    if file is None or not project.exists(file) or project.is_dir(file):
        return
    content = re.sub(r"//[^\n]*", "", project.text(file) or "")
    match = _NETWORK.search(content)
    if match:
        yield Skipped(file, f"Rust is not analysed, and this build script names {match[1]}", project.find(file, match[1]), Phase.BUILD)
    if _CMAKE.search(content):
        below = [one for one in project.files if one.startswith(join(parent(manifest), "")) and one.endswith(("CMakeLists.txt", ".cmake"))]
        fetching = next((one for one in below if _CMAKE_FETCHES.search(project.text(one) or "")), None)
        if fetching is not None:
            why = f"Rust is not analysed, and this build script runs CMake, which fetches in {fetching}"
            yield Skipped(file, why, project.find(file, "cmake::"), Phase.BUILD)
