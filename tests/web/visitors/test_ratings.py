"""What the public reads: the formula, grade and stars, outcomes; no data is words, never 0."""

from __future__ import annotations

import re
from datetime import date

import pytest

from marketplace.catalog.models import TrainingOutcome
from marketplace.foundation.db import write_transaction
from marketplace.standing.states import StandingKind
from tests.factories.catalog import make_listed_course
from tests.factories.institutions import make_accredited_institution
from tests.factories.people import make_officer
from tests.factories.rows import make_row
from tests.factories.standing import make_rating, make_standing
from tests.kept import kept

LOCALES = pytest.mark.parametrize("locale", ["en", "zh_Hans_CN"])
NOTHING = dict.fromkeys(
    (
        "started", "completed", "employed_q4", "employed_q4_of", "employed_q8", "employed_q8_of",
        "wage_q2_fen", "wage_q2_of", "wage_q4_fen", "wage_q4_of", "wage_q8_fen", "wage_q8_of",
        "wage_kind", "period_ends_on",
    )
)  # fmt: skip


@pytest.fixture
@kept
def course(client, now):
    with write_transaction():
        return make_listed_course(make_accredited_institution("东湖学校"))


def make_outcome(course, **values):
    with write_transaction():
        make_row(
            TrainingOutcome,
            **{
                **NOTHING, "institution_id": course.institution_id, "course_id": course.id,
                "field_code": None, "period": "2025", "source": "generic", "source_key": "1",
                "wage_months": 1, "currency": "CNY", "as_of": date(2026, 6, 1), **values,
            },
        )  # fmt: skip


def words(page):
    return " ".join(re.sub(r"<[^>]+>", " ", page.get_data(as_text=True)).split())


@LOCALES
def test_the_formula_is_published_with_the_settings_in_force(client, locale):
    page = client.speak(locale).get("/ratings").get_data(as_text=True)
    assert "(k + 20 · p₀) / (n + 20)" in page
    for figure in ("25%", "40%", "-25", "36", "0.95"):
        assert figure in page
    assert "东政发〔2019〕10号 五（三）" in page


@LOCALES
def test_a_course_without_data_says_so_in_words(client, course, locale):
    text = words(client.speak(locale).get(f"/courses/{course.code}"))
    assert ("No data:" if locale == "en" else "暂无数据") in text
    assert ("Not rated yet" if locale == "en" else "尚未评级") in text
    assert "0%" not in text


@LOCALES
def test_outcomes_stand_with_people_and_range(client, course, locale):
    make_outcome(course, employed_q2=40, employed_q2_of=50)
    text = words(client.speak(locale).get(f"/courses/{course.code}"))
    assert "80%" in text
    assert ("40 of 50" if locale == "en" else "50 人中 40 人") in text
    assert "69% – 88%" in text, "Wilson, 90 %"


def test_a_hidden_figure_is_said_to_be_hidden(client, course):
    make_outcome(course, employed_q2=None, employed_q2_of=3)
    text = words(client.speak("en").get(f"/courses/{course.code}"))
    assert "not published: too few people" in text
    assert "0%" not in text


@LOCALES
def test_an_institution_shows_grade_stars_range_and_learners(client, course, locale):
    with write_transaction():
        make_rating(course.institution_id)
        make_standing(
            course.institution_id, actor_id=make_officer().id, kind=StandingKind.LATE_FILING
        )
        make_standing(
            course.institution_id, actor_id=make_officer().id, kind=StandingKind.COMMENDATION
        )
    client.speak(locale)
    institution = client.get(f"/courses/{course.code}")
    code = re.search(r"/institutions/(INS-\w+)", institution.get_data(as_text=True))[1]
    text = words(client.get(f"/institutions/{code}"))
    if locale == "en":
        assert "4.1 of 5 stars" in text
        assert "probably between 3.8 and 4.4; 60 learners" in text
        assert "Grade B" in text
        assert "Commendation" in text
        assert "Late filing" not in text, "the policy does not publish it"
    else:
        assert "4.1 星（满分 5 星）" in text
        assert "信用等级 B" in text


def test_a_card_names_the_stars(client, course):
    with write_transaction():
        make_rating(course.institution_id)
    text = words(client.speak("en").get("/courses"))
    assert "东湖学校 · 4.1 of 5 stars" in text
