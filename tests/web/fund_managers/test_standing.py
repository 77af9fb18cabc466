"""Officers enter and withdraw facts, look at ratings, decide appeals."""

from __future__ import annotations

import pytest

from marketplace.foundation.db import write_transaction
from marketplace.standing.operations.appeals import appeal_rating, appeal_record
from marketplace.standing.queries.ratings import find_current_rating
from marketplace.standing.states import Grade
from tests.factories.enrollment import make_staff
from tests.factories.institutions import make_accredited_institution
from tests.factories.people import make_administrator, make_jurisdiction, make_officer
from tests.factories.standing import make_rating, make_standing
from tests.kept import kept

LOCALES = pytest.mark.parametrize("locale", ["en", "zh_Hans_CN"])
FACT = {
    "kind": "false_records", "happened_on": "2026-11-19", "clause": "白人社监〔2026〕12号",
    "evidence": "签到表与监控不符。",
}  # fmt: skip


class Place:
    """A rated school, its manager, two officers of its place."""

    def __init__(self) -> None:
        here = make_jurisdiction("990100", name="测试市")
        self.school = make_accredited_institution("东湖学校", jurisdiction_id=here.id)
        self.manager = make_staff(self.school.id)
        self.officer, self.other = make_officer(here), make_officer(here)
        make_rating(self.school.id)

    @property
    def path(self) -> str:
        return f"/fund/institutions/{self.school.code}/standing"


@pytest.fixture
@kept
def place(client, now) -> Place:
    with write_transaction():
        return Place()


@LOCALES
def test_an_officer_enters_a_fact_and_the_grade_follows(client, place, locale):
    client.speak(locale).sign_in(place.officer)
    client.get(place.path)
    page = client.post(place.path, {**FACT, "evidence": ""}, expect=422).text
    assert "白人社监〔2026〕12号" in page, "what was typed is kept"
    client.post(place.path, {**FACT, "happened_on": "2026-11-21"}, expect=409)
    client.post(place.path, {**FACT, "kind": "withdrawal"}, expect=422)
    assert find_current_rating(place.school.id).grade is Grade.B
    client.post(place.path, FACT)
    assert find_current_rating(place.school.id).grade is Grade.D
    assert "签到表与监控不符。" in client.get(place.path).text
    listed = client.get("/fund/ratings").text
    assert "东湖学校" in listed


def test_another_officer_withdraws_with_a_reason(client, place):
    with write_transaction():
        record = make_standing(place.school.id, actor_id=place.officer.id)
    path = f"{place.path}/{record.code}"
    client.speak("en").sign_in(place.officer)
    page = client.post(f"{path}/withdraw", {"reason": "录错"}, expect=409).text
    assert "You recorded this fact yourself" in page
    client.post("/account/sign-out")
    client.sign_in(place.other)
    client.post(f"{path}/withdraw", {"reason": ""}, expect=422)
    client.post(f"{path}/withdraw", {"reason": "核实无误。"})
    assert "核实无误。" in client.get(path).text


@LOCALES
def test_an_appeal_against_a_fact_is_decided_by_the_other_officer(client, place, locale):
    with write_transaction():
        record = make_standing(place.school.id, actor_id=place.officer.id)
        appeal = appeal_record(
            place.school.id, record_id=record.id, reason="并无此事。", actor_id=place.manager.id
        )
    path = f"/fund/appeals/{appeal.code}"
    client.speak(locale).sign_in(place.officer)
    client.post(f"{path}/uphold", {"reason": "属实"}, expect=409)
    client.post("/account/sign-out")
    client.sign_in(place.other)
    assert appeal.code in client.get("/fund/appeals").text
    assert "/fund/appeals" in client.get("/fund/").text
    assert "并无此事。" in client.get(path).text
    client.post(f"{path}/uphold", {"reason": ""}, expect=422)
    client.post(f"{path}/uphold", {"reason": "投诉已撤回。"})
    assert "投诉已撤回。" in client.get(path).text
    client.post(f"{path}/reject", {"reason": "x"}, expect=409)


@LOCALES
def test_an_appeal_against_counts_needs_a_correction_that_can_be(client, place, locale):
    with write_transaction():
        appeal = appeal_rating(place.school.id, reason="漏计。", actor_id=place.manager.id)
    path = f"/fund/appeals/{appeal.code}"
    client.speak(locale).sign_in(place.officer)
    client.get(path)
    wrong = {"reason": "核对", "component": "assessment", "successes": "99", "trials": "0"}
    client.post(f"{path}/uphold", {"reason": "核对"}, expect=409)
    client.post(f"{path}/uphold", wrong, expect=409)
    client.post(f"{path}/uphold", {**wrong, "successes": "many"}, expect=422)
    client.post(f"{path}/uphold", {**wrong, "successes": "3"})
    assert "43" in client.get(place.path).text
    client.speak("en").get("/fund/appeals?state=upheld")


def test_an_officer_rejects_with_reasons(client, place):
    with write_transaction():
        appeal = appeal_rating(place.school.id, reason="漏计。", actor_id=place.manager.id)
    client.sign_in(place.officer)
    client.post(f"/fund/appeals/{appeal.code}/reject", {"reason": "已经计入。"})
    assert "已经计入。" in client.get(f"/fund/appeals/{appeal.code}").text


def test_an_administrator_reads_but_does_not_decide(client, place):
    with write_transaction():
        appeal = appeal_rating(place.school.id, reason="漏计。", actor_id=place.manager.id)
        administrator = make_administrator()
    client.speak("en").sign_in(administrator)
    assert "A fund officer decides." in client.get(f"/fund/appeals/{appeal.code}").text
    client.post(f"/fund/appeals/{appeal.code}/reject", {"reason": "x"}, expect=403)


def test_an_officer_has_ratings_computed(client, place):
    client.sign_in(place.officer)
    client.post("/fund/ratings/compute")
    client.get("/fund/ratings")


@LOCALES
def test_empty_lists_say_what_will_be_there(client, locale):
    with write_transaction():
        officer = make_officer()
    client.speak(locale).sign_in(officer)
    client.get("/fund/ratings")
    client.get("/fund/appeals?state=nonsense")
