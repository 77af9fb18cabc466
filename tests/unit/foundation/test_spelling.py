"""Small typing errors are mended, larger ones and short words are left alone."""

from __future__ import annotations

import pytest

from marketplace.foundation.spelling import errors_between, nearest_word

KNOWN = {"welding": 40, "wedding": 2, "nursing": 30, "electrician": 5, "electrical": 9, "care": 9}


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("weldign", "welding"),
        ("weldin", "welding"),
        ("nurssing", "nursing"),
        ("eletrician", "electrician"),
        ("elektrcian", "electrician"),
        ("wending", "welding"),
        ("cre", None),
        ("cara", "care"),
        ("crae", "care"),
        ("potato", None),
        ("焊工工", None),
        ("welding", "wedding"),
    ],
)
def test_the_nearest_known_word(typed, meant):
    assert nearest_word(typed, KNOWN) == meant


def test_errors_are_counted_up_to_a_limit():
    assert errors_between("abcd", "abdc", limit=2) == 1
    assert errors_between("abcd", "abcd", limit=0) == 0
    assert errors_between("kitten", "sitting", limit=2) is None
    assert errors_between("kitten", "sitting", limit=3) == 3
