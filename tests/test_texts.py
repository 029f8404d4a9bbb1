"""Are parts of a text that are not known named as a person would name them?"""

from __future__ import annotations

import pytest

from offlint.flow import values as v
from offlint.flow.texts import template


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (v.Env("SPAM_URL", None), "{SPAM_URL}"),
        (v.Opt("cmake", "SPAM_URL", v.Const("https://example.org/")), "https://example.org/"),
        (
            v.Opt("cmake", "SPAM_URL", v.Choice(v.Atom("unknown", "a fork"), v.Unknown("match"), v.Const("https://example.org/"))),
            "https://example.org/",
        ),
        (v.Opt("cmake", "SPAM_URL", v.Unknown("match")), "{SPAM_URL}"),
        (v.Sym(".geturl", (v.Unknown("answer"),)), "{geturl}"),
        (v.Sym(".__getitem__", (v.Unknown("section"), v.Const("url"))), "{…}"),
        (v.Text((v.Const("https://example.org/"), v.Sym(".__add__", (v.Unknown("a"), v.Const("b"))))), "https://example.org/{…}"),
    ],
)
def test_templates(value: v.Value, shown: str) -> None:
    assert template(value) == shown
