"""Visitors find courses; what is not offered is not found, and its page says why."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest

from marketplace.catalog.models import Course
from marketplace.catalog.operations.course_runs import take_seat
from marketplace.catalog.operations.courses import delist_course
from marketplace.foundation import clock
from marketplace.foundation.db import db, write_transaction
from marketplace.institutions.operations.registration import suspend_institution
from tests.factories.catalog import (
    make_draft_course,
    make_filed_course_run,
    make_listed_course,
    make_open_course_run,
)
from tests.factories.institutions import make_accredited_institution, make_institution
from tests.factories.people import make_jurisdiction
from tests.kept import kept


def text_of(response) -> str:
    return re.sub(r"\s+", " ", response.get_data(as_text=True))


@pytest.fixture
@kept
def course(app, now) -> Course:
    with write_transaction():
        place = make_jurisdiction("990100", name="测试市", parent=make_jurisdiction())
        school = make_accredited_institution("南湖职业培训学校", jurisdiction_id=place.id)
        listed = make_listed_course(school, title="低压电工实操", fee_fen=123_450)
        make_open_course_run(listed, capacity=3)
    return listed


def test_a_guest_finds_a_course_and_sees_its_fee(client, course):
    page = text_of(client.get("/courses?q=电工"))
    assert "低压电工实操" in page
    assert "¥1,234.50" in page
    assert "南湖职业培训学校" in page


@pytest.mark.parametrize("language", ["zh_Hans_CN", "en"])
def test_every_filter_is_in_the_address(client, course, language):
    client.speak(language)
    here = "/courses?q=电工&place=测试市&fee_max=2000&mode=onsite&level=5&open=y&sort=fee"
    assert "低压电工实操" in text_of(client.get(here))
    for off in ("fee_max=1000", "mode=online", "level=1", "q=焊工"):
        assert "低压电工实操" not in text_of(client.get(f"/courses?{off}"))


@pytest.mark.parametrize(
    "nonsense",
    ["q=%ff", "page=-3", "page=99", "page=x", "fee_max=abc", "mode=x", "level=x", "sort=x",
     "q=%22%20OR%201", "q='", "q=AND", "q=*", "q=!!!", "place=%25", "q=" + "电" * 100],
)  # fmt: skip
def test_nonsense_in_the_address_is_a_page_all_the_same(client, course, nonsense):
    client.get(f"/courses?{nonsense}")


def test_a_search_without_result_offers_a_way_on(client, course):
    assert "/courses" in text_of(client.get("/courses?q=潜水"))


def test_an_empty_catalog_says_what_will_be_here(client):
    assert "/institutions" in text_of(client.get("/courses"))


def test_many_courses_come_in_pages_with_a_count(client, app):
    with write_transaction():
        school = make_accredited_institution()
        for number in range(40):
            make_listed_course(school, title=f"家政服务{number:02d}")
    first = text_of(client.get("/courses?q=家政"))
    assert "40" in first
    assert first.count("course-card") == 18
    last = text_of(client.get("/courses?q=家政&page=3"))
    assert last.count("course-card") == 4


def test_the_course_page_shows_places_left(client, course):
    with write_transaction():
        run = make_open_course_run(course, capacity=7, starts_on=clock.today() + timedelta(20))
        take_seat(run.id)
    page = text_of(client.speak("en").get(f"/courses/{course.code}"))
    assert "6 of 7 places left" in page
    assert "Sign in to enroll" in page


def test_a_run_one_cannot_enter_says_why(client, course):
    with write_transaction():
        run = make_open_course_run(course, capacity=1, starts_on=clock.today() + timedelta(20))
        take_seat(run.id)
        make_filed_course_run(course, starts_on=clock.today() + timedelta(30))
    page = text_of(client.speak("en").get(f"/courses/{course.code}"))
    assert "All places of this course run are taken." in page
    assert "Enrollment is not open yet" in page


def test_the_course_page_speaks_to_search_engines(client, course):
    response = client.get(f"/courses/{course.code}")
    script = re.search(
        r'<script type="application/ld\+json" nonce="([^"]+)">(.*?)</script>',
        response.get_data(as_text=True),
        re.DOTALL,
    )
    assert script
    data = json.loads(script.group(2))
    assert data["@type"] == "Course"
    assert data["offers"][0]["price"] == "1234.50"
    assert data["hasCourseInstance"][0]["startDate"]
    assert f"nonce-{script.group(1)}" in response.headers["Content-Security-Policy"]


def test_a_course_never_listed_is_not_there(client, app, now):
    with write_transaction():
        draft = make_draft_course()
    client.get(f"/courses/{draft.code}", expect=404)
    client.get("/courses/C-NONE", expect=404)


def test_a_delisted_course_says_why_it_is_gone(client, course):
    with write_transaction():
        delist_course(course.id, reason="教室停用", actor_id=None)
    page = text_of(client.speak("en").get(f"/courses/{course.code}", expect=410))
    assert "The course is not in the published list." in page
    assert "低压电工实操" not in text_of(client.get("/courses"))


def test_a_suspended_institution_offers_nothing(client, course):
    with write_transaction():
        suspend_institution(course.institution_id, reason="检查", actor_id=None)
    assert "低压电工实操" not in text_of(client.get("/courses?q=电工"))
    page = text_of(client.speak("en").get(f"/courses/{course.code}", expect=410))
    assert "suspended" in page


def test_a_quarantined_course_is_not_offered(client, course):
    with write_transaction():
        db.session.get(Course, course.id).quarantine_reason = "fee_implausible"
    assert "低压电工实操" not in text_of(client.get("/courses?q=电工"))
    client.get(f"/courses/{course.code}", expect=410)


def test_institutions_are_listed_and_searched(client, course):
    with write_transaction():
        make_institution("未认定学校")
    page = text_of(client.get("/institutions"))
    assert "南湖职业培训学校" in page
    assert "未认定学校" not in page
    assert "南湖职业培训学校" not in text_of(client.get("/institutions?q=北湖"))
    assert "南湖职业培训学校" in text_of(client.get("/institutions?q=南湖"))


def test_the_institution_page_shows_its_courses(client, course):
    from marketplace.institutions.queries import get_institution

    code = get_institution(course.institution_id).code
    assert "低压电工实操" in text_of(client.get(f"/institutions/{code}"))
    with write_transaction():
        suspend_institution(course.institution_id, reason="检查", actor_id=None)
    page = text_of(client.speak("en").get(f"/institutions/{code}"))
    assert "does not offer courses now" in page
    assert "低压电工实操" not in page


def test_an_institution_that_only_applied_has_no_page(client, app, now):
    with write_transaction():
        applied = make_institution()
    client.get(f"/institutions/{applied.code}", expect=404)


def test_text_of_a_source_is_shown_as_text(client, app, now):
    with write_transaction():
        evil = make_listed_course(
            title="<script>alert(1)</script>", description="</script><img src=x onerror=alert(1)>"
        )
    page = client.get(f"/courses/{evil.code}").get_data(as_text=True)
    assert "<script>alert" not in page
    assert "<img src=x" not in page
