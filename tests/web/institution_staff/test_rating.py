"""The institution reads its rating, what moved it and its file, and appeals."""

from __future__ import annotations

from datetime import timedelta

import pytest

from marketplace.foundation import clock
from marketplace.foundation.db import write_transaction
from marketplace.standing.states import StandingKind
from tests.factories.enrollment import make_staff
from tests.factories.institutions import make_accredited_institution
from tests.factories.people import make_officer
from tests.factories.standing import make_rating, make_standing
from tests.kept import kept

LOCALES = pytest.mark.parametrize("locale", ["en", "zh_Hans_CN"])


class School:
    """A school rated a week ago and today, with a fact in its file."""

    def __init__(self) -> None:
        self.school = make_accredited_institution("东湖学校")
        self.manager = make_staff(self.school.id)
        self.officer = make_officer()
        earlier = clock.now() - timedelta(days=7)
        with clock.frozen(earlier):
            self.before = make_rating(self.school.id)
        self.record = make_standing(
            self.school.id, actor_id=self.officer.id, kind=StandingKind.SANCTION
        )
        self.after = make_rating(self.school.id, completed=50, learners=66)


@pytest.fixture
@kept
def school(client, now) -> School:
    with write_transaction():
        return School()


@LOCALES
def test_the_rating_shows_every_component_and_its_effects(client, school, locale):
    page = client.speak(locale).sign_in(school.manager).get("/institution/rating").text
    assert ("50 of 66" if locale == "en" else "66 人中 50 人") in page
    assert ("No data: not counted" if locale == "en" else "暂无数据，不计入") in page
    effects = "from the approval of a claim" if locale == "en" else "自拨付申请复核通过起算"
    assert effects in page, "what a grade brings is said, and when it counts"


@LOCALES
def test_what_moved_it_is_told_in_sentences(client, school, locale):
    client.speak(locale).sign_in(school.manager)
    page = client.get(
        f"/institution/rating/changes?from={school.before.code}&to={school.after.code}"
    ).text
    if locale == "en":
        assert "Completion: 45 of 60 became 50 of 66." in page
        assert f"New in the file: Sanction ({school.record.code})." in page
    assert "-25" in page


def test_somebody_elses_rating_is_not_compared(client, school):
    with write_transaction():
        foreign = make_rating(make_accredited_institution().id)
    client.speak("en").sign_in(school.manager)
    page = client.get(f"/institution/rating/changes?from={foreign.code}").text
    assert f'value="{foreign.code}"' not in page


def test_a_manager_appeals_once_and_sees_the_appeal_waiting(client, school):
    client.speak("en").sign_in(school.manager)
    path = f"/institution/standing/{school.record.code}/appeal"
    assert path in client.get("/institution/standing").text
    assert "学员投诉经核实" in client.get(path).text
    client.post(path, {"reason": " "}, expect=422)
    client.post(path, {"reason": "处罚已被复议撤销。"})
    page = client.get("/institution/standing").text
    assert "处罚已被复议撤销。" in page
    assert "Waits for a decision" in page
    again = client.post(path, {"reason": "再来"}, expect=409).text
    assert "An appeal about this is waiting for its decision." in again


@LOCALES
def test_a_manager_appeals_against_the_counts(client, school, locale):
    client.speak(locale).sign_in(school.manager)
    client.get("/institution/rating/appeal")
    client.post("/institution/rating/appeal", {"reason": ""}, expect=422)
    client.post("/institution/rating/appeal", {"reason": "有三人未计入。"})
    client.post("/institution/rating/appeal", {"reason": "再来"}, expect=409)


@LOCALES
def test_before_the_first_rating_pages_say_what_will_be_there(client, locale):
    with write_transaction():
        staff = make_staff(make_accredited_institution().id)
    client.speak(locale).sign_in(staff)
    for path in ("/institution/rating", "/institution/rating/changes", "/institution/standing"):
        client.get(path)
    client.get("/institution/rating/appeal", expect=404)
