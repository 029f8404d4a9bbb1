"""Does a recipe say what to set and to provide, and no more than is known?"""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from recipe_samples import BOOK, recipe

from offlint.model.words import Phase
from offlint.recipe.forms import forms
from offlint.recipe.model import Possible, Recipe
from offlint.recipe.registry import render
from offlint.recipe.saying import short

ROOT = Path(__file__).resolve().parent.parent.parent
SHA = "ab" * 32
SETUP = "import os, sys, hashlib, platform, urllib.request\nfrom setuptools import setup\n"
PYPROJECT = '[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n[project]\nname = "spam"\nversion = "1"\n'


def build(code: str, **more: str) -> Recipe:
    return recipe({"setup.py": f"{SETUP}{code}\nsetup()\n", "pyproject.toml": PYPROJECT, **more}, Phase.BUILD)


def says(one: Recipe) -> str:
    return one.phases[0].says


def test_nothing_to_do() -> None:
    one = recipe({"setup.py": f"{SETUP}setup()\n"})
    assert [phase.says for phase in one.phases] == ["builds offline", "tests run offline", "documentation builds offline"]
    assert one.possible
    assert (one.sources, [short(phase) for phase in one.phases]) == ((), ["offline"] * 3)


def test_a_variable_that_names_a_local_copy() -> None:
    one = build(
        "if 'SPAM_HOME' in os.environ:\n    home = os.environ['SPAM_HOME'] + '/lib'\nelse:\n"
        "    urllib.request.urlretrieve('https://example.org/spam.tgz', 'spam.tgz')"
    )
    assert says(one) == "needs SPAM_HOME set to a local copy"
    (setting,) = one.phases[0].switches
    assert (setting.name, setting.value, setting.wants, setting.effect) == ("SPAM_HOME", None, "a local copy", "provision")
    (source,) = one.sources
    assert (source.url, source.exact, source.digest, source.variables, source.needed) == (
        "https://example.org/spam.tgz", True, None, ("SPAM_HOME",), True,
    )  # fmt: skip
    assert source.lands == ("spam.tgz",)
    assert one.possible
    assert ': "${SPAM_HOME:?set it to a local copy}"' in render("shell", [one])


def test_a_switch_with_which_a_copy_is_looked_for() -> None:
    one = build(
        "if os.environ.get('SPAM_BUNDLED', '1') == '1' or not os.path.exists('/usr/lib/libspam.so'):\n"
        "    urllib.request.urlretrieve('https://example.org/spam.tgz', 'spam.tgz')"
    )
    assert says(one) == "needs SPAM_BUNDLED=0 set and /usr/lib/libspam.so installed"
    (setting,) = one.phases[0].switches
    assert (setting.value, setting.effect, one.sources[0].variables) == ("0", "provision", ())
    assert "export SPAM_BUNDLED=0" in render("shell", [one])


def test_of_two_switches_the_other_one_is_named_too() -> None:
    one = build(
        "if not os.environ.get('SPAM_HOME') and not os.environ.get('SPAM_NO_FETCH'):\n"
        "    urllib.request.urlretrieve('https://example.org/spam.tgz', 'spam.tgz')\n"
        "if not os.environ.get('SPAM_HOME'):\n    urllib.request.urlretrieve('https://example.org/eggs.tgz', 'eggs.tgz')"
    )
    (setting,) = one.phases[0].switches
    assert (setting.name, setting.stops, setting.others) == ("SPAM_HOME", ("setup.py:4", "setup.py:6"), ())  # the other stops one of both
    one = build("if not os.environ.get('NO_NETWORK') and not os.environ.get('SPAM_SKIP'):\n    os.system('npm ci')")
    assert "      or instead SPAM_SKIP=1 (environment)\n      or instead npm_config_offline=true (environment)\n" in render("text", [one])
    others = json.loads(render("json", [one]))["phases"]["build"]["switches"][0]["others"]
    assert [(other["name"], other["value"], other["effect"]) for other in others] == [
        ("SPAM_SKIP", "1", "opt-out"), ("npm_config_offline", "true", "local"),
    ]  # fmt: skip


def test_a_switch_with_which_several_things_are_looked_for_names_them_all() -> None:
    one = build(
        "if os.environ.get('SPAM_BUNDLED', '1') == '1' or not os.path.exists('/usr/lib/libspam.so'):\n"
        "    urllib.request.urlretrieve('https://example.org/spam.tgz', 'spam.tgz')\n"
        "if os.environ.get('SPAM_BUNDLED', '1') == '1' or not os.path.exists('/usr/lib/libegg.so'):\n"
        "    urllib.request.urlretrieve('https://example.org/egg.tgz', 'egg.tgz')\n"
    )
    assert says(one) == "needs SPAM_BUNDLED=0 set and /usr/lib/libspam.so installed and /usr/lib/libegg.so installed"


def test_a_copy_where_the_code_looks_for_it() -> None:
    one = build(
        "if not os.path.exists('vendor/spam.c'):\n    data = urllib.request.urlopen('https://example.org/spam.c').read()\n"
        f"    if hashlib.sha256(data).hexdigest() != '{SHA}':\n        raise SystemExit(1)\n    open('vendor/spam.c', 'wb').write(data)"
    )
    assert says(one) == "needs vendor/spam.c in place"
    (source,) = one.sources
    assert (source.algorithm, source.digest, source.looked_for, source.lands) == ("sha256", SHA, ("vendor/spam.c",), ("vendor/spam.c",))
    assert one.possible


def test_nothing_stops_it() -> None:
    one = build("urllib.request.urlretrieve('https://example.org/spam.tgz', 'spam.tgz')")
    assert says(one) == (
        "cannot be built offline: setup.py:3 urllib.request.urlretrieve reaches https://example.org/spam.tgz, and nothing stops it"
    )
    assert (one.possible, one.phases[0].possible, short(one.phases[0])) == (False, Possible.NO, "no")


def test_no_network_without_a_place_for_a_copy_is_not_known_to_do() -> None:
    one = build(
        "if os.environ.get('NO_NETWORK'):\n    raise SystemExit('no')\n"
        "urllib.request.urlretrieve('https://example.org/spam.tgz', 'spam.tgz')"
    )
    assert says(one).startswith(
        "not known: setup.py:5 urllib.request.urlretrieve reaches https://example.org/spam.tgz; NO_NETWORK stops it"
    )
    assert one.phases[0].possible is Possible.UNKNOWN


def test_a_switch_that_goes_another_way_needs_no_file() -> None:
    one = build("if os.environ.get('SPAM_SYSTEM') != '1':\n    urllib.request.urlretrieve('https://example.org/spam.tgz', 'spam.tgz')")
    assert says(one) == "builds offline with SPAM_SYSTEM=1 set"
    assert [source.needed for source in one.sources] == [False]
    assert "example.org" not in render("conda", [one])


def test_one_of_several_by_platform_has_its_own_digest() -> None:
    table = "".join(
        f"    ('{system}', 'x86_64'): ('{name}', '{sha * 32}'),\n" for system, name, sha in (("linux", "a", "aa"), ("darwin", "b", "bb"))
    )
    one = build(
        f"FILES = {{\n{table}}}\nname, sha = FILES[(sys.platform, platform.machine())]\n"
        "data = urllib.request.urlopen('https://example.org/' + name).read()\n"
        "if hashlib.sha256(data).hexdigest() != sha:\n    raise SystemExit(1)\nopen('x', 'wb').write(data)"
    )
    assert [(source.url, source.digest) for source in one.sources] == [
        ("https://example.org/a", "aa" * 32), ("https://example.org/b", "bb" * 32),
    ]  # fmt: skip
    assert one.sources[0].when == "(sys.platform, machine) == ('linux', 'x86_64')"
    assert f"# when {one.sources[1].when}\n" in render("conda", [one]).replace("  #", "#")


def test_a_digest_that_may_be_another_files_is_none() -> None:
    one = build(
        "for name in ('a', 'b'):\n    data = urllib.request.urlopen('https://example.org/' + name).read()\n"
        f"    if hashlib.sha256(data).hexdigest() not in ('{'aa' * 32}', '{'bb' * 32}'):\n        raise SystemExit(1)\n"
        "    open(name, 'wb').write(data)"
    )
    assert [(source.url, source.digest) for source in one.sources] == [("https://example.org/a", None), ("https://example.org/b", None)]


def test_what_fills_a_hole() -> None:
    one = build("urllib.request.urlretrieve(f\"https://example.org/{os.environ.get('SPAM_VERSION')}/{sys.platform}.tgz\", 'x')")
    (source,) = one.sources
    assert source.url == "https://example.org/{SPAM_VERSION}/{platform}.tgz"
    assert [(hole.name, hole.by, hole.what) for hole in source.holes] == [
        ("SPAM_VERSION", "env", "SPAM_VERSION"), ("platform", "machine", "sys.platform"),
    ]  # fmt: skip
    assert "{SPAM_VERSION}: the variable SPAM_VERSION; {platform}: the machine (sys.platform)" in render("text", [one])
    assert render("nix", [one]) == (
        "{ fetchurl }:\n[\n  # spam 1\n"
        "  # not an exact address: https://example.org/(SPAM_VERSION)/(platform).tgz (no digest is pinned)\n]\n"
    )


def test_the_tools_switches_are_told_apart_and_only_of_tools_that_run() -> None:
    one = build("import subprocess\nsubprocess.check_call(['npm', 'ci'])")
    assert says(one) == "needs npm_config_offline=true set and what npm would fetch in place"
    assert [(setting.name, setting.tool) for setting in one.phases[0].tools] == [("npm_config_offline", "npm")]
    assert one.phases[0].tools[0].source.startswith("https://docs.npmjs.com/")
    assert one.phases[0].switches == ()
    assert "export npm_config_offline=true\n" in render("shell", [one])
    assert "PIP_NO_INDEX" not in render("json", [one])


def test_content_of_cmake_can_be_named_by_its_variable() -> None:
    cmake = (
        "cmake_minimum_required(VERSION 3.15)\nproject(spam)\ninclude(FetchContent)\n"
        f"FetchContent_Declare(fmt URL https://example.org/fmt.zip URL_HASH SHA256={SHA})\nFetchContent_MakeAvailable(fmt)\n"
    )
    files = {
        "pyproject.toml": PYPROJECT.replace("setuptools.build_meta", "scikit_build_core.build").replace(
            '"setuptools"', '"scikit-build-core"'
        )
    }
    one = recipe({**files, "CMakeLists.txt": cmake}, Phase.BUILD)
    assert says(one) == "needs -DFETCHCONTENT_FULLY_DISCONNECTED=ON set and FETCHCONTENT_SOURCE_DIR_FMT set to the unpacked sources"
    assert (one.sources[0].variables, one.sources[0].digest) == (("FETCHCONTENT_SOURCE_DIR_FMT",), SHA)
    assert 'export CMAKE_ARGS="${CMAKE_ARGS:+$CMAKE_ARGS }"-DFETCHCONTENT_FULLY_DISCONNECTED=ON\n' in render("shell", [one])
    assert "--config-settings=cmake.define.FETCHCONTENT_FULLY_DISCONNECTED=ON" in render("text", [one])
    (named,) = [setting for setting in one.phases[0].tools if setting.value is None]
    assert [(form.where, form.text) for form in named.forms] == [
        ("pip", "--config-settings=cmake.define.FETCHCONTENT_SOURCE_DIR_FMT=<the unpacked sources>"),
        ("environment", "CMAKE_ARGS=-DFETCHCONTENT_SOURCE_DIR_FMT=<the unpacked sources>"),
        ("cmake", "-DFETCHCONTENT_SOURCE_DIR_FMT=<the unpacked sources>"),
    ]


def test_an_option_is_set_where_the_tree_sets_it() -> None:
    own = (
        "from setuptools import Distribution\nfrom setuptools.command.build_ext import build_ext\n"
        "class Own(Distribution):\n    def find_config_files(self):\n        return [*super().find_config_files(), 'own.cfg']\n"
        "class Build(build_ext):\n    user_options = build_ext.user_options + [('fetch', None, '')]\n"
        "    def initialize_options(self):\n        super().initialize_options()\n        self.fetch = False\n"
        "    def run(self):\n        if self.fetch:\n            urllib.request.urlretrieve('https://example.org/spam.tgz', 'spam.tgz')\n"
        "setup(distclass=Own, cmdclass={'build_ext': Build})\n"
    )
    files = {"pyproject.toml": PYPROJECT, "own.cfg": "[build_ext]\nfetch = True\n"}
    one = recipe({**files, "setup.py": f"{SETUP}{own}"}, Phase.BUILD)
    assert says(one) == "builds offline with [build_ext] fetch = 0 in own.cfg set"


def test_a_wrap_is_looked_for_in_the_cache_of_packages() -> None:
    files = {
        "pyproject.toml": '[build-system]\nrequires = ["meson-python"]\nbuild-backend = "mesonpy"\n',
        "meson.build": "project('spam', 'c')\nz = dependency('zlib', fallback: 'zlib')\n",
        "subprojects/zlib.wrap": (
            "[wrap-file]\nsource_url = https://example.org/zlib.tgz\nsource_filename = zlib-1.tgz\n"
            f"source_hash = {SHA}\n[provide]\ndependency_names = zlib\n"
        ),
    }
    one = recipe(files, Phase.BUILD)
    (source,) = one.sources
    assert (source.name, source.looked_for, source.digest) == ("zlib", ("subprojects/packagecache/zlib-1.tgz",), SHA)
    assert "--wrap-mode=nodownload" in says(one)
    assert "pip: --config-settings=setup-args=--wrap-mode=nodownload" not in says(one)


def test_an_option_with_which_the_systems_library_goes_before_a_wrap() -> None:
    files = {
        "pyproject.toml": PYPROJECT.replace("setuptools.build_meta", "mesonpy").replace('"setuptools"', '"meson-python"'),
        "meson.build": "project('spam')\nif get_option('sys')\n  dependency('eggs')\nelse\n  subproject('eggs')\nendif\n",
        "meson.options": "option('sys', type: 'boolean', value: false)\n",
        "subprojects/eggs.wrap": "[wrap-file]\nsource_url = https://e.org/eggs\nsource_filename = eggs\n[provide]\neggs = eggs_dep\n",
    }
    one = recipe(files, Phase.BUILD)
    assert says(one) == "needs -Dsys=true set and the system's eggs installed"
    assert [source.needed for source in one.sources] == [False]


def test_what_setup_requires_is_installed_beforehand() -> None:
    one = recipe({"setup.py": "from setuptools import setup\nsetup(setup_requires=['eggs>=1', 'bacon'])\n"}, Phase.BUILD)
    assert says(one) == "needs PIP_NO_INDEX=1 set and eggs>=1, bacon installed"


def test_markers_become_one_expression_and_a_test_is_left_out() -> None:
    files = {
        "pyproject.toml": PYPROJECT + "[tool.pytest.ini_options]\nmarkers = ['network', 'slow']\n",
        "tests/test_a.py": (
            "import pytest, urllib.request\ndef get():\n    return urllib.request.urlopen('https://example.org/').read()\n"
            "@pytest.mark.network\ndef test_a():\n    assert get()\n"
            "@pytest.mark.slow\ndef test_b():\n    assert get()\ndef test_c():\n    assert get()\n"
        ),
    }
    one = recipe(files, Phase.TEST)
    assert one.phases[0].left_out == ("tests/test_a.py::test_c",)
    assert "--deselect tests/test_a.py::test_c" in render("shell", [one])
    names = [setting.name for setting in one.phases[0].switches]
    assert names in (["-m 'not network and not slow'"], ["-m 'not slow and not network'"])


def test_an_inventory_does_no_harm() -> None:
    files = {
        "docs/conf.py": "extensions = ['sphinx.ext.intersphinx']\nintersphinx_mapping = {'python': ('https://docs.python.org/3', None)}\n"
    }
    one = recipe(files, Phase.DOCS)
    assert says(one) == "documentation builds offline, with warnings (docs/conf.py:2 fails, and that is tolerated)"
    (source,) = one.sources
    assert (source.kind, source.url, source.needed) == ("inventory", "https://docs.python.org/3/objects.inv", False)


def test_what_was_not_analysed_is_not_known() -> None:
    one = recipe({"setup.py": "import urllib.request\nprint 'x'\nurllib.request.urlopen('https://example.org/')\n"}, Phase.BUILD)
    assert says(one).startswith("not known: nothing was found, but not everything could be analysed: setup.py:")
    assert (one.possible, one.phases[0].possible, short(one.phases[0])) == (False, Possible.UNKNOWN, "unknown")


def test_credentials_are_masked_and_such_an_address_is_not_written_down() -> None:
    one = build("urllib.request.urlretrieve('https://me:secret@example.org/x.tgz', 'x')")
    for name in ("text", "json", "shell", "markdown", "nix", "conda", "flatpak", "gentoo"):
        assert "secret" not in render(name, [one])
    assert 'SRC_URI=""' in render("gentoo", [one])


@pytest.mark.parametrize(
    ("kind", "name", "value", "backend", "expected"),
    [
        ("env", "A", "x y", "", ["environment: A='x y'"]),
        (
            "cmake", "A", "ON", "scikit_build_core.build",
            ["pip: --config-settings=cmake.define.A=ON", "environment: CMAKE_ARGS=-DA=ON", "cmake: -DA=ON"],
        ),
        ("cmake", "A", "ON", "mesonpy", ["cmake: -DA=ON"]),
        ("cmake", "A", "ON", "hatchling.build", ["environment: CMAKE_ARGS=-DA=ON", "cmake: -DA=ON"]),
        ("meson", "-Da=b", "-Da=b", "mesonpy", ["pip: --config-settings=setup-args=-Da=b", "meson: -Da=b"]),
        ("option", "tests", "-Dtests=false", "mesonpy", ["pip: --config-settings=setup-args=-Dtests=false", "meson: -Dtests=false"]),
        (
            "option", "--skip-npm", "True", "setuptools.build_meta",
            ["setup.py: --skip-npm", "pip: --config-settings=--global-option=--skip-npm"],
        ),
        (
            "option", "build_ext --no-fetch", "True", "setuptools.build_meta",
            [
                "setup.cfg: [build_ext] no_fetch = 1", "setup.py: build_ext --no-fetch",
                "pip: --config-settings=--build-option=build_ext --config-settings=--build-option=--no-fetch",
            ],
        ),
        ("option", "build --fetch", "False", "setuptools.build_meta", ["setup.cfg: [build] fetch = 0"]),
        ("config", "[libs] system_qhull in mplsetup.cfg", "True", "", ["mplsetup.cfg: [libs] system_qhull = True"]),
        ("pytest", "-m 'not network'", "", "", ["pytest: -m 'not network'"]),
        ("pytest", "--remote-data", "none", "", ["pytest: --remote-data=none"]),
        ("pytest", "--skip-network", "True", "", ["pytest: --skip-network"]),
        ("pytest", "--network", "False", "", []),
        ("command", "fetch", "True", "", []),
    ],
)  # fmt: skip
def test_forms(kind: str, name: str, value: str, backend: str, expected: list[str]) -> None:
    assert [f"{form.where}: {form.text}" for form in forms(kind, name, value, Phase.BUILD, backend)] == expected


def test_an_option_of_sphinx() -> None:
    assert [form.text for form in forms("config", "plot_gallery", "False", Phase.DOCS, "")] == ["-D plot_gallery=0"]


def test_every_switch_that_pages_name_is_described() -> None:
    named = {row.offline for row in BOOK.calls.values() if row.offline}
    named |= {row.offline for rows in BOOK.commands.values() for row in rows if row.offline}
    named |= {row.offline for rows in BOOK.cmake.values() for row in rows.values() if row.offline}
    named |= {row.offline for row in BOOK.plugins if row.offline}
    assert named - set(BOOK.tools) == set()
    for row in BOOK.tools.values():
        assert row.source.startswith("https://")
        # what is skipped may be wanted all the same
        assert bool(row.provide) == (row.effect == "local") or row.effect == "skips", row.tool


def test_the_keys_of_the_json_are_the_contract() -> None:
    """docs/packagers.md names each of them."""
    one = build(
        "import subprocess\nsubprocess.check_call(['npm', 'ci'])\n"
        "if os.environ.get('A') != '1':\n    urllib.request.urlretrieve('https://example.org/' + sys.platform, 'x')\n"
        "urllib.request.urlopen('https://example.org/y').read()"
    )
    whole = json.loads(render("json", [one]))
    keys = {
        "": "offlint schema project possible phases sources",
        "project": "name version root backend",
        "phase": "verdict possible says switches tools sources leave_out obstacles tolerated not_analysed",
        "switch": "name kind value wants effect forms stops flaws others",
        "tool": "name kind value wants effect forms stops flaws others tool provide source",
        "source": "kind url exact digest commit when fills looked_for lands variables needed phases at api name",
    }
    build_ = whole["phases"]["build"]
    found = {
        "": whole, "project": whole["project"], "phase": build_, "switch": build_["switches"][0], "tool": build_["tools"][0],
        "source": whole["sources"][0],
    }  # fmt: skip
    assert {where: " ".join(held) for where, held in found.items()} == keys
    page = (ROOT / "docs" / "packagers.md").read_text(encoding="utf-8")
    assert {word for text in keys.values() for word in text.split()} - set(re.findall(r"`([\w]+)`", page)) == set()


def test_a_plug_ins_switch_is_a_tools() -> None:
    project = '[build-system]\nrequires = ["maturin"]\nbuild-backend = "maturin"\n[project]\nname = "spam"\nversion = "1"\n'
    one = recipe({"pyproject.toml": project, "Cargo.toml": '[package]\nname = "spam"\nversion = "1.0.0"\n'}, Phase.BUILD)
    assert one.phases[0].switches == ()
    (setting,) = one.phases[0].tools
    assert (setting.name, setting.tool, setting.effect, setting.provide) == (
        "MATURIN_NO_INSTALL_RUST",
        "maturin",
        "local",
        "Rust: cargo on PATH",
    )


def test_what_else_a_table_may_lead_to_stays_a_template() -> None:
    one = build(
        "if sys.platform == 'win32':\n    name = 'a.zip'\nelse:\n    name = platform.machine() + '.tgz'\n"
        "urllib.request.urlretrieve('https://example.org/' + name, 'x')"
    )
    assert [(source.url, source.exact, source.when) for source in one.sources] == [
        ("https://example.org/a.zip", True, "sys.platform == 'win32'"), ("https://example.org/{machine}.tgz", False, "otherwise"),
    ]  # fmt: skip


def test_own_pages_describe_tools() -> None:
    row = BOOK.tools["PIP_NO_INDEX=1"]
    assert (row.tool, row.set, row.kind, row.effect) == ("pip", (("PIP_NO_INDEX", "1"),), "env", "local")
    assert BOOK.tools["GOPROXY=off"].set == (("GOFLAGS", "-mod=vendor"), ("GOPROXY", "off"), ("GOTOOLCHAIN", "local"))
