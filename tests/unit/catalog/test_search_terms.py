"""What a course can be filtered by follows from its facts."""

from __future__ import annotations

from datetime import date, datetime

from marketplace.catalog.search_terms import (
    Demand,
    RunTimes,
    terms_of_course,
    terms_of_features,
    terms_of_lessons,
)
from marketplace.catalog.states import CourseMode, CourseRunState

TODAY = date(2026, 11, 20)
FRIDAY, SATURDAY = date(2026, 11, 27), date(2026, 11, 28)


def at(day: date, hour: int) -> datetime:
    return datetime(day.year, day.month, day.day, hour)  # noqa: DTZ001  (local by definition)


def run(state: CourseRunState = CourseRunState.OPEN, **changes) -> RunTimes:
    values = {
        "state": state, "starts_on": FRIDAY, "opens_on": TODAY, "closes_on": FRIDAY,
        "place_path": "/370000/370500/", **changes,
    }  # fmt: skip
    return RunTimes(**values)


def terms(*runs: RunTimes, **changes) -> tuple[str, ...]:
    values = {
        "mode": CourseMode.ONSITE, "level": 4, "occupation_codes": ("6", "6-31"),
        "attributes": {}, "institution_terms": (), "institution_path": "/220000/", "runs": runs,
        "demands": [], "today": TODAY, **changes,
    }  # fmt: skip
    return terms_of_course(**values)


def test_a_course_without_runs():
    assert terms() == (
        "level:4", "mode:onsite", "occupation:6", "occupation:6-31", "place:220000",
    )  # fmt: skip


def test_a_run_that_can_be_joined_brings_its_place_and_day():
    found = terms(run())
    assert {"open", "start:2026-11-27", "place:370500", "place:370000"} <= set(found)


def test_only_full_runs_make_a_course_full():
    assert "full" in terms(run(CourseRunState.FULL))
    assert "full" not in terms(run(CourseRunState.FULL), run())
    assert "open" not in terms(run(opens_on=FRIDAY), run(closes_on=date(2026, 11, 19)))


def test_demand_is_of_an_occupation_in_a_place():
    assert "demand" in terms(demands=[Demand("6-31", "")])
    assert "demand" in terms(demands=[Demand("6", "/220000/")])
    assert "demand" not in terms(demands=[Demand("6", "/370000/"), Demand("4", "")])


def test_evenings_and_weekends_are_of_the_whole_run():
    assert terms_of_lessons([at(FRIDAY, 18), at(SATURDAY, 9)]) == {"evening"}
    assert terms_of_lessons([at(SATURDAY, 9), at(SATURDAY, 19)]) == {"weekend"}
    assert terms_of_lessons([at(FRIDAY, 18), at(FRIDAY, 10)]) == set()
    assert terms_of_lessons([]) == set()


def test_what_a_source_says_of_services_and_languages():
    features = {"evening": True, "wheelchair": False, "childcare_help": True, "spanish": True,
                "languages": "Portuguese, French/Klingon"}  # fmt: skip
    assert terms_of_features(features) == {
        "evening", "childcare", "language:es", "language:pt", "language:fr",
    }  # fmt: skip
    assert terms_of_features({"languages": ["普通话", "en"]}) == {"language:zh", "language:en"}
    assert terms_of_features({"evening": "yes", "languages": None}) == set()


def test_what_a_course_denies_is_no_filter_of_it_though_its_institution_offers_it():
    found = terms_of_course(
        mode=CourseMode.ONSITE,
        level=None,
        occupation_codes=(),
        attributes={"wheelchair": False},
        institution_terms=("wheelchair", "childcare"),
        institution_path="",
        runs=(),
        demands=(),
        today=date(2026, 11, 20),
    )
    assert "wheelchair" not in found
    assert "childcare" in found
