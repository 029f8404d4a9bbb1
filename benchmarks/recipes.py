"""Do the recipes of ``offlint offline`` hold? Each project of the list is built twice in a network namespace without interfaces.

``python benchmarks/recipes.py --work DIR [NAME ...]`` fetches the source distributions and their declared build requirements from PyPI,
runs each build once as it is and once with the recipe applied, counts under strace who tried to connect, and prints a row for each.
``--write`` puts the rows of the whole list, of the last run of each, into docs/benchmarks.md; ``--check`` runs no build and says which rows
there were made with another recipe than offlint gives today.

This RUNS BUILDS OF THIRD PARTIES: only on a machine that can be thrown away. It needs Linux, strace, util-linux's unshare, a compiler, and
the right to make namespaces.

How the recipe is applied (nothing is chosen by hand but what `Try` says):

- environment variables, ``CMAKE_ARGS`` among them; pip's config-settings; lines of setup.cfg or another file; an option of setup.py;
- what is installed by name is installed, from PyPI, after the build without the recipe;
- what has an exact address is fetched, compared with the recipe's digest, and put where the build looks for it, or unpacked for the
  variable that names a local copy. What cannot be fetched gets a *stand-in*: an empty file or folder, so that the build looks there, and
  perhaps ends there.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tarfile
import urllib.parse
import urllib.request
import zipfile
from collections import Counter
from collections.abc import Sequence
from configparser import ConfigParser
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

PAGE = Path(__file__).parent.parent / "docs" / "benchmarks.md"
SECONDS = 600
#: Every call of every process that may name an address; the name of the program comes with each (``-Y``).
STRACE = ("strace", "-f", "--seccomp-bpf", "-qq", "-Y", "-s", "0", "-e", "trace=connect,sendto,sendmsg,sendmmsg")
_CALL = re.compile(r"^\d+<(?P<program>[^>]*)> .*?sa_family=AF_INET6?, sin6?_port=htons\((?P<port>\d+)\).*?\"(?P<host>[0-9a-fA-F.:]+)\"")
_SECTION = re.compile(r"\[(?P<section>[^\]]+)\] (?P<key>\S+) = (?P<value>.*)", re.DOTALL)
#: Says what a build needs by pyproject.toml, and what the backend's hook (PEP 517) adds.
ASK = "import build, json; print('REQUIRES', json.dumps(sorted(build.ProjectBuilder('.').{})))"
_DIGESTS = frozenset(hashlib.algorithms_guaranteed)


@dataclass(frozen=True)
class Try:
    """One source distribution, and what has to be said beside the recipe.

    ``requires`` are requirements that the project needs on this Python and does not declare; ``remark`` is printed.
    """

    name: str
    version: str
    requires: tuple[str, ...] = ()
    remark: str = ""


#: What keeps each from the network: what is installed, a variable, a line of a file, files in place, CMake, Meson, git, Cargo, npm.
TRIES = (
    Try("PyNaCl", "1.2.1"),
    Try("ibm_db", "3.3.0", remark="the stand-in has no driver"),
    Try("apsw", "3.54.1.0", remark="the system's SQLite is too old for it"),
    Try("textworld", "1.7.0", remark="the stand-ins cannot be unpacked"),
    Try("pyre2", "0.3.14", remark="the stand-in defines no `pybind11_add_module`"),
    Try("matplotlib", "3.9.0", remark="FreeType and Qhull of the system installed"),
    Try("sentencepiece", "0.1.97", remark="no clone was provided"),
    Try("h3", "3.4.3", remark="no clone was provided"),
    Try("tiktoken", "0.14.0", remark="no crates were provided"),
    Try("ipympl", "0.10.0", remark="stops for want of what npm would make"),
)


@dataclass
class Applied:
    """A recipe as something to run: what to set, to give and to put into the tree."""

    environment: dict[str, str] = field(default_factory=dict)
    config_settings: list[str] = field(default_factory=list)
    options: list[str] = field(default_factory=list)
    lines: list[tuple[str, str, str, str]] = field(default_factory=list)
    installs: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    unused: list[str] = field(default_factory=list)


def fetched(url: str, headers: dict[str, str] | None = None) -> bytes:
    """The bytes at an address."""
    with urllib.request.urlopen(urllib.request.Request(url, headers=headers or {}), timeout=120) as reply:
        data: bytes = reply.read()
    return data


def source_distribution(one: Try, work: Path) -> Path:
    """The archive, from the index that pip is configured for, compared with the digest that the index gives."""
    index = os.environ.get("PIP_INDEX_URL", "https://pypi.org/simple").rstrip("/")
    page = f"{index}/{re.sub(r'[-_.]+', '-', one.name).lower()}/"
    listed = json.loads(fetched(page, {"Accept": "application/vnd.pypi.simple.v1+json"}))["files"]
    names = re.compile(rf"(?i){re.sub(r'[-_.]+', '[-_.]+', one.name)}-{re.escape(one.version)}\.(tar\.gz|zip)")
    entry = next(entry for entry in listed if names.fullmatch(entry["filename"]))
    archive: Path = work / "archives" / entry["filename"]
    if not archive.exists():
        archive.parent.mkdir(parents=True, exist_ok=True)
        archive.write_bytes(fetched(urllib.parse.urljoin(page, entry["url"])))
    if hashlib.sha256(archive.read_bytes()).hexdigest() != entry["hashes"]["sha256"]:
        raise SystemExit(f"{archive}: not what the index has")
    return archive


def unpacked(archive: Path, to: Path) -> Path:
    """The only folder of an archive, or the folder where it was unpacked."""
    to.mkdir(parents=True)
    if zipfile.is_zipfile(archive):
        zipfile.ZipFile(archive).extractall(to)
    else:
        with tarfile.open(archive) as tar:
            tar.extractall(to, filter="data")
    inside = tuple(to.iterdir())
    return inside[0] if len(inside) == 1 else to


def recipe_of(archive: Path) -> dict[str, Any]:
    """What offlint says of the build."""
    command = (sys.executable, "-m", "offlint", "offline", "--phase", "build", "--format", "json", str(archive))
    recipe: dict[str, Any] = json.loads(subprocess.run(command, capture_output=True, text=True, check=False).stdout)
    return recipe


def mark(recipe: dict[str, Any]) -> str:
    """A short digest of what is to be done, which changes when the recipe does."""
    build = recipe["phases"]["build"]
    settings = [[one["name"], one["value"], one["forms"]] for one in (*build["switches"], *build["tools"])]
    sources = [[one["url"], one["digest"], one["looked_for"], one["variables"], one["needed"]] for one in recipe["sources"]]
    return hashlib.sha256(json.dumps([build["says"], settings, sources], sort_keys=True).encode()).hexdigest()[:8]


def applied(recipe: dict[str, Any], tree: Path) -> Applied:
    """The recipe's settings in the first form that this script can give, and what it wants in place, put there."""
    made = Applied()
    build = recipe["phases"]["build"]
    copies = provided(recipe, tree, made)
    for setting in (*build["switches"], *build["tools"]):
        name, value = setting["name"], setting["value"]
        if value is None:
            value = str(copies[name]) if name in copies else stand_in(tree.parent / "stand-ins" / name)
            forms = [{"where": form["where"], "text": form["text"].replace(f"<{setting['wants']}>", value)} for form in setting["forms"]]
        else:
            forms = setting["forms"]
        if not any(given(form["where"], form["text"], made) for form in forms):
            made.unused.append(name)
    for file, section, key, value in made.lines:
        config = ConfigParser(interpolation=None)
        config.read(tree / file)
        if not config.has_section(section):
            config.add_section(section)
        config[section][key] = value
        with (tree / file).open("w") as out:
            config.write(out)
    return made


def given(where: str, text: str, made: Applied) -> bool:
    """Whether a form is one that can be given here; it is noted if so."""
    match = _SECTION.fullmatch(text)
    if where == "environment":
        name, _, value = shlex.split(text)[0].partition("=")
        old = made.environment.get(name)
        made.environment[name] = f"{old} {value}" if old and name == "CMAKE_ARGS" else value
    elif where == "pip":
        made.config_settings += [word.partition("=")[2] for word in shlex.split(text)]
    elif match and "configuration" not in where:  # where the file is known
        made.lines.append((where, match["section"], match["key"], match["value"]))
    elif where == "setup.py":
        made.options += shlex.split(text)
    else:
        return False
    made.said.append(text if where in ("environment", "setup.py", "pip") else f"{text} ({where})")
    return True


def provided(recipe: dict[str, Any], tree: Path, made: Applied) -> dict[str, Path]:
    """What the recipe wants in place is put there; the local copies that variables name."""
    copies: dict[str, Path] = {}
    for source in recipe["sources"]:
        if not source["needed"] or not host_machine(source["when"]):
            continue
        if source["kind"] == "packages" and source["url"].startswith("PyPI: "):
            made.installs += [word.strip() for word in re.split(r", (?=[A-Za-z])", source["url"].removeprefix("PyPI: "))]
            continue
        file = download(source, tree.parent / "fetched")
        looked_for = [place for place in source["looked_for"] if not place.startswith("package ")]  # what find_package finds
        if looked_for and not source["variables"]:
            place = tree / looked_for[0]
            place.parent.mkdir(parents=True, exist_ok=True)
            if file is not None:
                shutil.copyfile(file, place)
                made.said.append(f"{looked_for[0]} (fetched)")
            elif not place.exists():
                stand_in(place)
                made.said.append(f"{looked_for[0]} (stand-in)")
        elif file is not None:
            for name in source["variables"]:
                copies[name] = unpacked(file, tree.parent / "copies" / name)
    return copies


def host_machine(when: str | None) -> bool:
    """Whether one of several sources is for this machine, as far as its condition says."""
    names = {"darwin", "win32", "arm", "aarch64", "arm64", "armv6hf", "mingw", "windows", "x86'"}
    return not any(name in (when or "").lower() for name in names)


def download(source: dict[str, Any], folder: Path) -> Path | None:
    """The file, with the digest that the recipe gives; None where it has no exact address or cannot be had from here."""
    if not source["exact"] or not source["url"].startswith(("https://", "http://")):
        return None
    try:
        data = fetched(source["url"])
    except OSError:
        return None
    digest = source["digest"]
    if digest and digest["algorithm"] in _DIGESTS and hashlib.new(digest["algorithm"], data).hexdigest() != digest["value"]:
        raise SystemExit(f"{source['url']}: not what the recipe says")
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / (source["url"].rsplit("/", 1)[-1].partition("?")[0] or "file")
    file.write_bytes(data)
    return file


def stand_in(place: Path) -> str:
    """Something where the build looks: an empty file for a name with an ending, else an empty folder."""
    if re.search(r"\.\w+$", place.name):
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(b"")
    else:
        place.mkdir(parents=True, exist_ok=True)
    return str(place)


@dataclass(frozen=True)
class Result:
    """How a build went: who tried to reach what, and how it ended."""

    attempts: Counter[str]
    ended: str


def attempts_in(trace: Path) -> Counter[str]:
    """The calls that name an address other than the machine itself, or a name server wherever it is; counted by program."""
    found: Counter[str] = Counter()
    for line in trace.read_text("utf-8", "replace").splitlines():
        match = _CALL.search(line)
        if match and (match["port"] == "53" or not match["host"].startswith(("127.", "::1"))):
            found[match["program"]] += 1
    return found


def built(python: Path, tree: Path, made: Applied, setup_py: bool) -> Result:
    """One build without a network."""
    out = tree.parent / "dist"
    if setup_py:
        command = [str(python), "setup.py", *made.options, "bdist_wheel", "--dist-dir", str(out)]
    else:
        settings = [f"--config-setting={one}" for one in made.config_settings]
        command = [str(python), "-m", "build", "--wheel", "--no-isolation", "--skip-dependency-check", "--outdir", str(out), *settings, "."]
    trace = tree.parent / "trace"
    status, text = cut_off((*STRACE, "-o", str(trace), "--", *command), python, tree, made, SECONDS)
    (tree.parent / "log").write_text(text, "utf-8")
    ended = "wheel" if status == 0 and list(out.glob("*.whl")) else "time" if status in (124, 137) else "error"
    return Result(attempts_in(trace), ended)


def cut_off(command: Sequence[str], python: Path, tree: Path, made: Applied, seconds: int) -> tuple[int, str]:
    """A command run in the tree, in a namespace without interfaces, with the recipe's variables and a home of its own."""
    home = tree.parent / "home"
    home.mkdir(exist_ok=True)
    environment = {
        "PATH": f"{python.parent}{os.pathsep}{os.environ['PATH']}", "HOME": str(home), "LANG": "C.UTF-8",
        "RUSTUP_HOME": os.environ.get("RUSTUP_HOME", str(Path.home() / ".rustup")), **made.environment,
    }  # fmt: skip
    run = ("timeout", "-k", "10", str(seconds), "unshare", "-rn", "--", *command)
    done = subprocess.run(run, cwd=tree, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    return done.returncode, done.stdout.decode("utf-8", "replace")


def environment_for(one: Try, archive: Path, recipe: dict[str, Any], root: Path, setup_py: bool) -> Path:
    """A virtual environment with the declared build requirements, and those that the backend asks for; its Python.

    The backend is asked without a network and with the recipe applied, in a tree of its own: its hook may fetch and leave files, too.
    """
    work = root / f"{one.name}-{one.version}"
    python = work / "env" / "bin" / "python"
    subprocess.run((sys.executable, "-m", "venv", str(work / "env")), check=True)
    install(python, ["-U", "setuptools", "build", *one.requires])
    if not setup_py:
        tree = unpacked(archive, work / "asked")
        made = applied(recipe, tree)
        for question in ("build_system_requires", "get_requires_for_build('wheel')"):
            _, text = cut_off((str(python), "-c", ASK.format(question)), python, tree, made, 120)
            match = re.search(r"^REQUIRES (\[.*\])$", text, re.MULTILINE)
            install(python, [*json.loads(match[1]), *one.requires] if match else [])
    return python


def install(python: Path, names: list[str]) -> None:
    """Installed from the index, with network."""
    if names:
        subprocess.run((str(python), "-m", "pip", "install", "-q", "--prefer-binary", *names), check=True)


def tried(one: Try, root: Path) -> str:
    """One row of the table."""
    work = root / f"{one.name}-{one.version}"
    shutil.rmtree(work, ignore_errors=True)
    archive = source_distribution(one, root)
    recipe = recipe_of(archive)
    bare = unpacked(archive, work / "without")
    setup_py = not (bare / "pyproject.toml").exists()
    python = environment_for(one, archive, recipe, root, setup_py)
    without = built(python, bare, Applied(), setup_py)
    tree = unpacked(archive, work / "with")
    made = applied(recipe, tree)
    if made.installs:
        install(python, made.installs)
    with_it = built(python, tree, made, setup_py)
    said = [*(shown(text, tree.parent) for text in made.said), *(f"{name} installed" for name in made.installs)]
    remark = one.remark + (f" not applied: {', '.join(made.unused)}" if made.unused else "")
    cells = (f"{one.name} {one.version}", counted(without), ", ".join(said), counted(with_it), remark, f"`{mark(recipe)}`")
    row = "| " + " | ".join(cell.strip().replace("|", "\\|") for cell in cells) + " |"
    (work / "row").write_text(row, "utf-8")
    return row


def shown(text: str, work: Path) -> str:
    """A setting as code, with words for the folders that this script made."""
    text = re.sub(rf"{re.escape(str(work))}/copies/[^ ]+", "<copy>", text)
    return f"`{re.sub(rf'{re.escape(str(work))}/stand-ins/[^ ]+', '<stand-in>', text)}`"


def counted(result: Result) -> str:
    """``none; wheel`` or ``12 by curl; error``."""
    who = ", ".join(f"{count} by {program}" for program, count in result.attempts.most_common())
    return f"{who or 'none'}; {result.ended}"


HEAD = "| project | without the recipe: attempts; end | recipe | with it: attempts; end | remark | recipe's mark |"


def main() -> int:
    """Try, print, and write or compare where it is asked for."""
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument("--work", type=Path, required=True, help="a folder for archives, builds and logs")
    args.add_argument("--write", action="store_true", help="put the rows into docs/benchmarks.md")
    args.add_argument("--check", action="store_true", help="run nothing; compare the recipes with the marks in docs/benchmarks.md")
    args.add_argument("names", nargs="*", help="some of the list, or NAME==VERSION; all by default")
    given_ = args.parse_args()
    chosen = [one for one in TRIES if not given_.names or one.name in given_.names]
    chosen += [Try(*name.split("==")) for name in given_.names if "==" in name]
    root = given_.work.resolve()
    if given_.check:
        page = PAGE.read_text("utf-8")
        stale = [one.name for one in chosen if f"`{mark(recipe_of(source_distribution(one, root)))}`" not in page]
        print("\n".join(f"{name}: another recipe now; run it again" for name in stale) or "the marks are those of today's recipes")
        return int(bool(stale))
    rows = []
    for one in chosen:
        rows.append(tried(one, root))
        print(rows[-1], flush=True)
    if given_.write:
        rows = [(root / f"{one.name}-{one.version}" / "row").read_text("utf-8") for one in TRIES]
        table = "\n".join((HEAD, "| --- | --- | --- | --- | --- | --- |", *rows))
        text = PAGE.read_text("utf-8")
        PAGE.write_text(
            re.sub(r"(<!-- recipes -->\n).*?(<!-- end -->)", lambda m: f"{m[1]}{table}\n{m[2]}", text, flags=re.DOTALL), "utf-8"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
