"""Laws that hold for any input: no reader raises what it does not document, no place lies outside of its file, every rendering is sound.

A small budget of what ``fuzz/`` does for hours; the seeds are the same each time.
"""

from __future__ import annotations

import pytest
import trees
from hypothesis import given, settings
from hypothesis import strategies as st
from readers import READERS

#: Those that read one text; what they and the evaluation make of a whole project is the last test.
TEXTS = [name for name in READERS if name.endswith("-text")] + ["archive", "tar", "settings", "page", "texts"]
LINES = sorted({line for files, _ in trees.bases([]) for data in files.values() for line in data.splitlines(keepends=True)})


@pytest.mark.parametrize("reader", TEXTS)
@settings(max_examples=40, deadline=None, derandomize=True)
@given(data=st.one_of(st.binary(max_size=300), st.lists(st.sampled_from([*trees.ODD, *LINES]), max_size=12).map(b"".join)))
def test_a_reader_gives_an_answer(reader: str, data: bytes) -> None:
    READERS[reader](data)


def test_damaged_projects_get_sound_reports() -> None:
    found = trees.bases([])
    for start in (0, 1000):
        done, _ = trees.batch(range(start, start + trees.BATCH), found)
        assert {seed: what for seed, (what, _) in done.items() if what} == {}
        assert len(done) == trees.BATCH
