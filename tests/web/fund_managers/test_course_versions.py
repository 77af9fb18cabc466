"""Officers: differences, warnings seen, taking out of the list and back, late filings, settings."""

from __future__ import annotations

import re

import pytest

from marketplace.catalog.models import CourseRun
from marketplace.catalog.operations.courses import revise_course
from marketplace.catalog.queries.course_history import find_last_course_decision
from marketplace.catalog.queries.course_policy import get_catalog_policy
from marketplace.catalog.queries.late_filings import find_late_filing
from marketplace.catalog.states import CourseState, LateFilingState
from marketplace.foundation.db import db, write_transaction
from tests.factories.catalog import make_content, make_late_course_run, make_listed_course
from tests.factories.institutions import make_accredited_institution, make_staff
from tests.factories.people import make_administrator, make_jurisdiction, make_officer
from tests.kept import kept


class World:
    """A listed course with a revision that costs more, its manager and its officer."""

    def __init__(self) -> None:
        here, there = (make_jurisdiction(code, name=code) for code in ("990100", "990200"))
        self.school = make_accredited_institution("东湖学校", jurisdiction_id=here.id)
        self.manager = make_staff(self.school)
        self.officer, self.stranger = make_officer(here), make_officer(there)
        self.course = make_listed_course(
            self.school, title="低压电工", description="安全用电。", fee_fen=100_000
        )
        revise_course(
            self.course.id,
            content=make_content(description="安全用电与急救。", fee_fen=200_000),
            based_on=1,
            actor_id=self.manager.id,
        )


@pytest.fixture
@kept
def world(client) -> World:
    with write_transaction():
        return World()


def text_of(response) -> str:
    return re.sub(r"\s+", " ", response.get_data(as_text=True))


def state(world) -> CourseState:
    db.session.expire_all()
    return db.session.get(type(world.course), world.course.id).state


@pytest.mark.parametrize("locale", ["zh_Hans_CN", "en"])
def test_the_reviewer_sees_what_changed_and_what_to_look_at(client, world, locale):
    client.speak(locale).sign_in(world.officer)
    page = text_of(client.get(f"/fund/courses/{world.course.code}"))
    assert "安全用电<ins>与急救</ins>。" in page
    assert "<del>¥1,000.00</del>" in page and "<ins>¥2,000.00</ins>" in page
    assert "100 %" in page or "100%" in page


def test_a_decision_is_about_the_warnings_that_were_shown(client, world):
    client.speak("en").sign_in(world.officer)
    path = f"/fund/courses/{world.course.code}"
    client.post(f"{path}/list", expect=409)
    client.post(f"{path}/list", {"warnings": "made-up"}, expect=409)
    mark = re.search(r'name="warnings" value="([0-9a-f]{16})"', client.get(path).text)[1]
    client.post(f"{path}/list", {"warnings": mark})
    decision = find_last_course_decision(world.course.id)
    assert [one["code"] for one in decision.warnings] == ["fee_raised"]
    assert decision.made_by == world.officer.id
    page = text_of(client.get(f"{path}/versions"))
    assert "Warnings seen at the decision: 1" in page


def test_the_institution_is_shown_the_same_warning(client, world):
    client.speak("en").sign_in(world.manager)
    page = text_of(client.get(f"/institution/courses/{world.course.code}"))
    assert "The fee rose from ¥1,000.00 (listed version 1) to ¥2,000.00, by 100 %" in page
    page = text_of(client.get(f"/institution/courses/{world.course.code}/versions"))
    assert "安全用电<ins>与急救</ins>。" in page


def test_a_returned_revision_is_worked_on_and_its_reason_stays(client, world):
    client.speak("en").sign_in(world.officer)
    path = f"/fund/courses/{world.course.code}"
    client.post(f"{path}/return", {"reason": "涨价须说明"})
    client.sign_in(world.manager)
    own = f"/institution/courses/{world.course.code}"
    assert "涨价须说明" in text_of(client.get(own))
    form = text_of(client.get(f"{own}/revise"))
    assert "安全用电与急救。" in form and 'name="based_on" type="hidden" value="1"' in form
    values = {
        "title": "低压电工", "description": "安全用电与急救，含教材。", "mode": "onsite",
        "hours": "40", "fee": "1100.00", "based_on": "1",
    }  # fmt: skip
    client.post(f"{own}/revise", values)
    client.sign_in(world.officer)
    assert "It was sent back before: 涨价须说明" in text_of(client.get(path))


def test_an_officer_takes_a_course_out_and_puts_it_back(client, world):
    client.sign_in(world.officer)
    path = f"/fund/courses/{world.course.code}"
    for act, after in (("delist", CourseState.DELISTED), ("relist", CourseState.LISTED)):
        client.post(f"{path}/{act}", {"reason": ""}, expect=422)
        client.post(f"{path}/{act}", {"reason": "核查"})
        assert state(world) == after
    client.post(f"{path}/delist", {"reason": "再查"})
    client.sign_in(world.manager)
    own = f"/institution/courses/{world.course.code}"
    client.post(f"{own}/relist", {"reason": "x"}, expect=409)
    assert state(world) == CourseState.DELISTED


def test_an_institution_takes_back_its_own_delisting(client, world):
    client.speak("en").sign_in(world.manager)
    own = f"/institution/courses/{world.course.code}"
    client.post(f"{own}/delist", {"reason": "暑假"})
    assert "Put it back into the list" in client.get(f"{own}/versions").text
    client.post(f"{own}/relist", {"reason": ""}, expect=422)
    client.post(f"{own}/relist", {"reason": "开学"})
    assert state(world) == CourseState.LISTED
    assert "Put it back into the list" not in client.get(f"{own}/versions").text


def test_courses_of_the_officers_places_are_found_by_state_and_title(client, world):
    client.sign_in(world.officer)
    assert "低压电工" in client.get("/fund/all-courses?state=listed&q=低压").text
    assert "低压电工" not in client.get("/fund/all-courses?state=delisted").text
    client.get("/fund/all-courses?state=nonsense&page=99&q=%25")
    client.sign_in(world.stranger)
    assert "低压电工" not in client.get("/fund/all-courses").text
    client.get(f"/fund/courses/{world.course.code}/versions", expect=404)
    client.post(f"/fund/courses/{world.course.code}/delist", {"reason": "x"}, expect=404)


@pytest.mark.parametrize("query", ["before=1&after=2", "before=9&after=x", "after=1", "before=2"])
def test_any_two_versions_can_be_asked_for(client, world, query):
    client.sign_in(world.officer)
    client.get(f"/fund/courses/{world.course.code}/versions?{query}")


def test_a_late_filing_waits_for_its_officer(client, world):
    with write_transaction():
        run = make_late_course_run(make_listed_course(world.school))
    client.speak("en").sign_in(world.manager)
    client.post(f"/institution/course-runs/{run.code}/open", expect=409)
    page = text_of(client.get(f"/institution/course-runs/{run.code}"))
    assert "Filed 2 days before it starts; 5 are asked for." in page
    assert "Open enrollment" not in page
    client.sign_in(world.stranger)
    client.get(f"/fund/late-filings/{run.code}", expect=404)
    client.sign_in(world.officer)
    assert "Late filings: 1" in text_of(client.get("/fund/courses"))
    client.get("/fund/late-filings")
    client.get(f"/fund/late-filings/{run.code}")
    client.post(f"/fund/late-filings/{run.code}/refuse", {"reason": ""}, expect=409)
    client.post(f"/fund/late-filings/{run.code}/grant", {"reason": "情况属实"})
    assert find_late_filing(run.id).state is LateFilingState.GRANTED
    client.sign_in(world.manager)
    client.post(f"/institution/course-runs/{run.code}/open")
    assert db.session.get(CourseRun, run.id).state == "open"


def test_a_late_class_is_filed_from_the_form_with_a_reason_only(client, world):
    client.speak("en").sign_in(world.manager)
    plan = {
        "starts_on": "2026-11-22", "ends_on": "2026-11-22", "enrollment_opens_on": "2026-11-20",
        "enrollment_closes_on": "2026-11-21", "capacity": "20", "site": "203",
        "lessons": "2026-11-22 09:00-12:00",
    }  # fmt: skip
    path = f"/institution/courses/{world.course.code}/course-runs"
    page = text_of(client.post(path, plan, expect=409))
    assert "A class is filed 5 days before it starts, by 17 Nov 2026 at latest." in page
    client.post(path, {**plan, "late_reason": "企业急用工"})


def test_an_administrator_settles_the_thresholds(client, world):
    with write_transaction():
        administrator = make_administrator()
    client.sign_in(administrator)
    client.get("/admin/catalog-policy")
    values = {
        "filing_days_min": "15", "price_above_median_percent": "50", "comparables_min": "3",
        "price_rise_percent": "300", "title_likeness_percent": "90",
        "description_likeness_percent": "60", "clause": "", "based_on": "0",
    }  # fmt: skip
    client.post("/admin/catalog-policy", values, expect=422)
    client.post("/admin/catalog-policy", {**values, "clause": "x", "comparables_min": "0"},
                expect=422)  # fmt: skip
    client.post("/admin/catalog-policy", {**values, "clause": "白人社发〔2026〕1号"})
    assert get_catalog_policy().filing_days_min == 15
    client.post("/admin/catalog-policy", {**values, "clause": "另一文件"}, expect=409)
    client.get("/admin/catalog-policy")
