"""What suits whom: read from files and forms, filtered by, shown and written out again."""

from __future__ import annotations

import pytest

from marketplace.catalog.course_features import (
    facts_of_offer,
    feature_facts,
    features_text,
    read_languages,
)
from marketplace.catalog.search_terms import terms_of_features
from marketplace.catalog.sources import generic
from marketplace.imports.problems import ProblemList


def read(**cells: str):
    problems = ProblemList(2)
    problems.key = "C-1"
    row = {
        "course_key": "C-1",
        "institution_key": "A-1",
        "title": "电工",
        "fee": "1200",
        "hours": "40",
    }
    facts = generic.read_course({**row, **cells}, problems, currency="CNY")
    return facts.content.attributes, [problem.code for problem in problems.found]


@pytest.mark.parametrize(
    ("typed", "codes", "unknown"),
    [
        ("汉语、英语", ["zh", "en"], []),
        ("zh, en", ["zh", "en"], []),
        ("English/ENGLISH; 普通话", ["en", "zh"], []),
        ("Klingon, 藏语", ["bo"], ["klingon"]),
        ("", [], []),
    ],
)
def test_languages_are_read_in_both_tongues(typed, codes, unknown):
    assert read_languages(typed) == (codes, unknown)


def test_a_row_of_our_own_file_carries_what_search_filters_by():
    attributes, problems = read(
        languages="汉语", evening="是", weekend="no", wheelchair="1", childcare=""
    )
    assert attributes == {"languages": ["zh"], "evening": True, "weekend": False,
                          "wheelchair": True}  # fmt: skip
    assert not problems
    assert terms_of_features(attributes) == {"language:zh", "evening", "wheelchair"}


def test_what_cannot_be_read_is_reported_and_left_out():
    attributes, problems = read(languages="Klingon", childcare="perhaps")
    assert attributes == {}
    assert problems == ["language_unknown", "flag_unreadable"]


def test_what_was_written_out_is_read_as_the_same():
    attributes = {"languages": ["zh", "ug"], "evening": True, "childcare": False, "cip": "43.01"}
    again, problems = read(**features_text(attributes))
    assert again == {name: attributes[name] for name in ("languages", "evening", "childcare")}
    assert not problems


def test_a_course_may_deny_what_its_institution_offers_at_large():
    at_large = {"wheelchair": True, "childcare_help": True, "spanish": True}
    facts = dict(facts_of_offer({"wheelchair": False, "languages": ["zh"]}, at_large))
    assert facts == {
        "Languages": ("Chinese", "Spanish"),
        "Accessible by wheelchair": "no",
        "Childcare": "yes",
    }
    assert feature_facts({}) == []
