"""What does a recipe for an archive say of code that asks for a checkout?"""

from __future__ import annotations

from recipe_samples import recipe

from offlint.model.words import Phase
from offlint.recipe.model import Recipe

SETUP = "import os, subprocess, urllib.request\nfrom setuptools import setup\n"
RELEASED = {"PKG-INFO": "Metadata-Version: 2.1\nName: spam\nVersion: 1\n"}
SUBMODULES = "if os.path.isdir('.git'):\n    subprocess.run(['git', 'submodule', 'update', '--init'])\n"
DOWNLOAD = "    urllib.request.urlretrieve('https://example.org/spam.tgz', 'spam.tgz')\n"


def build(code: str, more: dict[str, str]) -> Recipe:
    return recipe({"setup.py": f"{SETUP}{code}setup()\n", **more}, Phase.BUILD)


def says(one: Recipe) -> str:
    return one.phases[0].says


def test_what_only_a_checkout_comes_to_is_not_asked_of_an_archive() -> None:
    shipped = build(SUBMODULES, RELEASED)
    assert (says(shipped), shipped.phases[0].tools, shipped.sources) == ("builds offline", (), ())
    assert says(build(SUBMODULES, {})) == "needs GIT_ALLOW_PROTOCOL=file set and what git would fetch in place"


def test_what_an_archive_fetches_for_want_of_a_checkout_is_no_copy_to_provide() -> None:
    one = build(f"{SUBMODULES}else:\n{DOWNLOAD}", RELEASED)
    assert says(one).startswith("cannot be built offline: setup.py:6 urllib.request.urlretrieve reaches https://example.org/spam.tgz")
    assert [source.looked_for for source in one.sources] == [()]
