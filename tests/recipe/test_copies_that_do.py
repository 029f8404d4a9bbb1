"""Of several variables that name a local copy, are those left out with which the build ends all the same?"""

from __future__ import annotations

from recipe_samples import recipe

from offlint.model.words import Phase

SETUP = """\
import os, sys, urllib.request
from setuptools import setup
home, lib = os.environ.get("SPAM_HOME", ""), os.environ.get("SPAM_LIB", "")
if home == "" and lib == "":
    urllib.request.urlretrieve("https://example.org/spam.tgz", "spam.tgz")
    home = "spam"
{}places = [os.environ.get("SPAM_HOME", "") + "/include", os.environ.get("SPAM_LIB", "") + "/lib"]
setup()
"""


def named(check: str) -> list[str]:
    (first,) = recipe({"setup.py": SETUP.format(check)}, Phase.BUILD).phases[0].switches
    return [first.name, *(other.name for other in first.others if other.name.startswith("SPAM"))]


def test_each_of_two_does() -> None:
    assert named("") == ["SPAM_HOME", "SPAM_LIB"]


def test_one_is_not_enough_by_itself() -> None:
    assert named("if home == '':\n    sys.exit('no home')\n") == ["SPAM_HOME"]
    assert named("if lib == '' and home != 'spam':\n    sys.exit('no library')\n") == ["SPAM_LIB"]
