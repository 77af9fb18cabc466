"""Numbers for courses and for what many of them share."""

from __future__ import annotations

from array import array

import numpy as np

from marketplace.catalog.queries.search_columns import Numbering, Profiles, Slots
from marketplace.foundation.bitsets import members_of


def test_slots_are_found_whether_numbers_are_dense_or_burnt():
    for course_ids in ([1, 2, 5, 900], [3, 40_000_000, 7, 2_000_000_000]):
        slots = Slots()
        assert [slots.add(course_id) for course_id in course_ids] == [0, 1, 2, 3]
        assert [slots.find(course_id) for course_id in course_ids] == [0, 1, 2, 3]
        assert slots.find(4) is slots.find(-1) is slots.find(10**12) is None
        asked = np.array([course_ids[2], 4, 3_000_000_000, course_ids[0]])
        assert slots.of_known(asked).tolist() == [2, 0]
        assert list(slots.ids) == course_ids
        assert len(slots) == 4


def test_what_is_alike_shares_a_number():
    numbering = Numbering("none")
    assert [numbering.number_of(key) for key in ("none", "a", "b", "a")] == [0, 1, 2, 1]
    assert numbering.keys == ["none", "a", "b"]


def test_the_courses_with_a_term_are_those_whose_kind_carries_it():
    profiles = Profiles()
    kinds = [("level:5", "open"), ("level:5",), (), ("level:4", "open")]
    profile_of = array("q", [profiles.number_of(kind) for kind in kinds])
    assert members_of(profiles.courses_with("open", profile_of)) == [0, 3]
    assert members_of(profiles.courses_with("level:5", profile_of)) == [0, 1]
    assert profiles.courses_with("level:1", profile_of) == 0
    assert profiles.known_terms("level:") == {"level:4", "level:5"}
