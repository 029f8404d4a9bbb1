"""Does offlint ever reach the network, run anything, import what it analyses, or write outside of its cache and ``--output``?

Every command and format runs over hostile samples under ``sys.addaudithook``, in a process of its own (``audit_kit.py``).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

import offlint as package
from audit_kit import FORBIDDEN, MARK
from offlint.beside import can_copy
from offlint.phases import MANY
from test_hostile_sources import PROJECTS

ROOT = Path(__file__).parent.parent
KIT = Path(__file__).with_name("audit_kit.py")

#: What each piece of the hostile project does, if it is run: all that the hook looks for.
RUN = f"""
MARK = {MARK!r}
import os, socket, subprocess, sys, urllib.request
def run():
    open("pwned", "w").write(MARK)
    subprocess.run(["touch", "pwned"])
    urllib.request.urlopen("https://example.org/" + MARK)
    socket.create_connection(("127.0.0.1", 9))
run()
import hostile_module
"""
HOSTILE = {
    "pyproject.toml": (
        '[build-system]\nrequires = ["setuptools"]\nbuild-backend = "hostile_backend"\nbackend-path = ["."]\n'
        '[project]\nname = "hostile"\ndynamic = ["version"]\n[tool.setuptools.dynamic]\nversion = {attr = "hostile_module.version"}\n'
        '[tool.pytest.ini_options]\naddopts = "-p hostile_plugin"\n[tool.offlint]\nrules = ["own"]\nper-path-ignores = {"x" = ["OFL101"]}\n'
    ),
    "own/page.md": '# Own\n```toml\n[[call]]\nnames = ["hostile_module.fetch"]\nkind = "http"\n```\n',
    "sitecustomize.py": RUN,
    "usercustomize.py": RUN,
    "setup.py": RUN + "exec(open('hostile_module.py').read())\n__import__('hostile_backend')\neval('run()')\n",
    "hostile_module.py": RUN + "version = '1'\n",
    "hostile_backend.py": RUN + "def build_wheel(*a):\n    run()\n",
    "hostile_plugin.py": RUN,
    "conftest.py": RUN + "pytest_plugins = ['hostile_plugin']\n",
    "tests/test_x.py": RUN + "def test_x():\n    run()\n",
    "docs/conf.py": RUN + "extensions = ['hostile_module']\n",
    "docs/index.rst": ".. plot::\n\n   import hostile_module\n",
    "noxfile.py": RUN,
    "tox.ini": "[testenv]\ncommands = python -c 'import hostile_module'\n",
    "Makefile": "X := $(shell touch pwned)\nall:\n\ttouch pwned\n",
    "CMakeLists.txt": "execute_process(COMMAND touch pwned)\n",
    "click.py": RUN,
    "libcst.py": RUN,
    "yaml/__init__.py": RUN,
    ".git/hooks/post-checkout": "touch pwned",
    ".git/config": '[core]\n\tfsmonitor = "touch pwned"\n[remote "origin"]\n\turl = https://example.org/x\n',
    ".git/HEAD": "0123456789abcdef0123456789abcdef01234567\n",
}
FORMATS = ("text", "sarif", "json", "github", "gitlab", "markdown")
RECIPES = ("text", "json", "shell", "markdown", "nix", "conda", "flatpak", "gentoo")


def write(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root


def environment(folder: Path) -> dict[str, str]:
    own = os.pathsep.join([str(Path(package.__file__).parent.parent), str(KIT.parent)])
    return {**os.environ, "PYTHONPATH": own, "PYTHONDONTWRITEBYTECODE": "1", "OFFLINT_CACHE_DIR": str(folder), "TMPDIR": str(folder)}


def test_the_hook_sees_what_it_should(tmp_path: Path) -> None:
    write(tmp_path, {FORBIDDEN: "", "hostile_module.py": ""})
    done = subprocess.run(
        [sys.executable, str(KIT), "canaries", str(tmp_path)], capture_output=True, text=True, env=environment(tmp_path), check=True
    )
    kinds = {line.partition(" (")[0] for line in json.loads(done.stdout)}
    assert kinds >= {
        "reaches out or runs: socket.__new__",
        "reaches out or runs: subprocess.Popen",
        "writes: open",
        "changes: os.remove",
        "reads outside: open",
        "runs analysed code: exec",
        "imports analysed code: import",
    }


@pytest.fixture(scope="module")
def projects(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("audit")
    write(root, {FORBIDDEN: MARK})
    hostile = write(root / "hostile", HOSTILE)
    for link in ("LICENSE", "docs/linked.rst", "own/linked.txt", "hostile_linked.py"):
        (hostile / link).symlink_to(root / FORBIDDEN)
    for name, files in PROJECTS.items():
        write(root / name, files)
    write(root / "large", HOSTILE | {f"more/m{number}.py": RUN for number in range(MANY)})
    with tarfile.open(root / "hostile-1.tar.gz", "w:gz") as tar:
        tar.add(hostile, "hostile-1")
    with zipfile.ZipFile(root / "hostile-1.zip", "w") as archive:
        for name, text in HOSTILE.items():
            archive.writestr(f"hostile-1/{name}", text)
    return root


def test_nothing_is_reached_run_imported_or_written(projects: Path, tmp_path: Path) -> None:
    commands = [[*words, name] for name in ("hostile", *PROJECTS) for words in (
        *(["check", "-f", form] for form in FORMATS), ["check", "-v", "--no-suppressions"], ["check", "--show-config"],
        ["inventory"], ["inventory", "-f", "json"], ["inventory", "-f", "cyclonedx"], *(["offline", "-f", form] for form in RECIPES),
    )]  # fmt: skip
    commands += [[word, name] for word in ("check", "inventory", "offline") for name in ("hostile-1.tar.gz", "hostile-1.zip")]
    commands += [["diff", "hostile-1.zip", "hostile"], ["diff", "-f", "json", "python", "hostile"]]
    commands += [["check", "--against", "hostile", "hostile-1.tar.gz"], ["rules"], ["explain", "OFL201"], ["check-rules", "hostile/own"]]
    commands += [["check", "large"], ["offline", "large"], ["inventory", "-f", "json", "large"]]
    commands += [["check", f"hostile/{name}"] for name in ("setup.py", "conftest.py")]
    commands += [["check", str(path)] for path in sorted((ROOT / "samples").iterdir()) if path.is_dir()]
    commands += [["check", "-o", str(tmp_path / "out.txt"), "--report", f"sarif={tmp_path / 'x.sarif'}", "hostile"]]
    commands += [["baseline", "write", "-o", str(tmp_path / "known.sarif"), "hostile"]]
    commands += [["check", "--baseline", str(tmp_path / "known.sarif"), "--absent", "-f", "sarif", "hostile"]]
    before = {path: path.stat().st_mtime_ns for path in projects.rglob("*")}
    done = subprocess.run(
        [sys.executable, str(KIT)],
        input=json.dumps({"commands": commands, "writable": [str(tmp_path)], "analysed": [str(projects)]}),
        cwd=projects,
        env=environment(tmp_path) | {"GITHUB_STEP_SUMMARY": str(tmp_path / "summary")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    found = json.loads(done.stdout)
    assert found["seen"] == []
    assert found["modules"] == []
    assert found["copies"] == can_copy()
    assert len(found["statuses"]) == len(commands)
    assert set(found["statuses"]) <= {0, 1}, [words for words, code in zip(commands, found["statuses"], strict=True) if code not in {0, 1}]
    assert {path: path.stat().st_mtime_ns for path in projects.rglob("*")} == before
    assert (tmp_path / "summary").read_text("utf-8").startswith("## offlint")


@pytest.mark.parametrize("started", [("offlint.py",), ("-m", "offlint")], ids=" ".join)
def test_a_program_started_in_a_hostile_folder_takes_no_module_from_there(started: tuple[str, ...], projects: Path, tmp_path: Path) -> None:
    """The console script, whose path does not begin with the folder in which it is started, and ``-m``, whose path does."""
    script = tmp_path / "offlint.py"
    script.write_text("import sys\nsys.path[0] = ''.join(sys.path[1:2])\nfrom offlint.cli import main\nmain()\n")
    words = [str(script)] if started == ("offlint.py",) else started
    done = subprocess.run(
        [sys.executable, *words, "check", "--fail-on", "never", "."],
        cwd=projects / "hostile",
        env=environment(tmp_path),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert not (projects / "hostile" / "pwned").exists()
