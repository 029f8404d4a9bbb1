"""Which URL do templates give with their values?"""

from __future__ import annotations

import pytest

from offlint.model.words import Phase
from offlint.project.memory import MemoryProject
from offlint.run import check_project

SCRIPT = """
import string
from urllib.request import urlretrieve

version = "1.2"
host = "https://example.org"


class Release:
    version = "1.2"

    def __init__(self):
        self.version = version
        self.host = host

    def url(self):
        return "{host}/{version}".format(**self.__dict__)


table = {"version": version, "host": host}


def inside(version):
    host = "https://example.org"
    return HERE


urlretrieve(URL, "lib.tgz")
"""


@pytest.mark.parametrize(
    "url",
    [
        '"%s/%s" % (host, version)',
        '"%(host)s/%(version)s" % table',
        '"%(host)s/%(version)s" % globals()',
        '"{}/{}".format(host, version)',
        '"{0}/{1}".format(host, version)',
        '"{host}/{version}".format(**table)',
        '"{host}/{version}".format(**vars())',
        '"{host}/{version}".format(**globals())',
        '"{host}/{version}".format_map(table)',
        '"{t[host]}/{r.version}".format(t=table, r=Release)',
        '"{0[0]}/{0[1]}".format((host, version))',
        "Release().url()",
        'string.Template("$host/${version}").substitute(table)',
        'string.Template("$host/$version").safe_substitute(host=host, version=version)',
    ],
)
def test_the_template_is_filled(url: str) -> None:
    (access,) = check_project(MemoryProject({"setup.py": SCRIPT.replace("URL", url)}), phases=frozenset({Phase.BUILD})).accesses
    assert (access.url, access.url_exact) == ("https://example.org/1.2", True)


@pytest.mark.parametrize("made", ['"%(host)s/%(version)s" % locals()', '"{host}/{version}".format(**locals())'])
def test_a_function_has_names_of_its_own(made: str) -> None:
    script = SCRIPT.replace("HERE", made).replace("URL", 'inside("2")')
    (access,) = check_project(MemoryProject({"setup.py": script}), phases=frozenset({Phase.BUILD})).accesses
    assert (access.url, access.url_exact) == ("https://example.org/2", True)


@pytest.mark.parametrize(
    ("url", "seen"),
    [
        ('"{host}/{other}".format(host=host)', "https://example.org/{other}"),
        ('"{host}/{²}".format(1, host=host)', "https://example.org/{…}"),
        ('"{host}/{0[²]}".format({}, host=host)', "https://example.org/{…}"),
        (f'"{{host}}/{{{"1" * 5000}}}".format(1, host=host)', "https://example.org/{…}"),
        ('string.Template("$host/$$/$other").safe_substitute(table)', "https://example.org/$/{other}"),
    ],
)
def test_what_is_not_given_stays_a_hole(url: str, seen: str) -> None:
    (access,) = check_project(MemoryProject({"setup.py": SCRIPT.replace("URL", url)}), phases=frozenset({Phase.BUILD})).accesses
    assert (access.url, access.url_exact) == (seen, False)
