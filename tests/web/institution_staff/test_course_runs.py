"""Institution staff file classes; every refusal is on the form."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest

from marketplace.catalog.models import CourseRun
from marketplace.catalog.operations.course_runs import take_seat
from marketplace.catalog.queries.course_runs import find_course_run_by_code, list_lessons
from marketplace.catalog.states import CourseRunState
from marketplace.foundation import clock
from marketplace.foundation.db import db, write_transaction
from marketplace.institutions.models import Institution
from marketplace.institutions.operations.registration import suspend_institution
from tests.factories.catalog import (
    make_filed_course_run,
    make_listed_course,
    make_open_course_run,
)
from tests.factories.institutions import make_accredited_institution, make_staff

PLAN = {
    "starts_on": "2026-11-30",
    "ends_on": "2026-12-11",
    "enrollment_opens_on": "2026-11-20",
    "enrollment_closes_on": "2026-11-30",
    "capacity": "20",
    "site": "一号教学楼 203",
    "weekdays": ["0", "2"],
    "lesson_from": "09:00",
    "lesson_to": "12:00",
    "teacher": "赵老师",
    "lessons": "",
}


def text_of(response: Any) -> str:
    return re.sub(r"\s+", " ", response.get_data(as_text=True))


@pytest.fixture
def school(client) -> Institution:
    with write_transaction():
        school = make_accredited_institution()
        manager = make_staff(school)
    client.sign_in(manager)
    return school


def post_plan(client, course, expect: int, **changes: Any):
    path = f"/institution/courses/{course.code}/course-runs"
    return client.post(path, {**PLAN, **changes}, expect=expect)


def state_of(run: CourseRun) -> CourseRunState:
    db.session.expire_all()
    return db.session.get(CourseRun, run.id).state


def test_a_weekly_pattern_becomes_lessons(client, school):
    with write_transaction():
        course = make_listed_course(school)
    client.get(f"/institution/courses/{course.code}/course-runs/new")
    answer = post_plan(client, course, 303)
    run = find_course_run_by_code(answer.headers["Location"].rsplit("/", 1)[1])
    lessons = list_lessons(run.id)
    days = [clock.local_date(lesson.starts_at).isoformat() for lesson in lessons]
    assert days == ["2026-11-30", "2026-12-02", "2026-12-07", "2026-12-09"]
    assert {lesson.teacher for lesson in lessons} == {"赵老师"}
    assert lessons[0].starts_at.astimezone(clock.zone()).hour == 9


def test_an_exact_list_counts_instead(client, school):
    with write_transaction():
        course = make_listed_course(school)
    listed = "2026-12-01 09:00-12:00 Safety First\n\n2026/12/1 13：00 － 16：00 接线"
    answer = post_plan(client, course, 303, lessons=listed)
    run = find_course_run_by_code(answer.headers["Location"].rsplit("/", 1)[1])
    assert [lesson.topic for lesson in list_lessons(run.id)] == ["Safety First", "接线"]


def test_a_line_that_cannot_be_read_is_named(client, school):
    with write_transaction():
        course = make_listed_course(school)
    lines = "2026-12-01 09:00-12:00\n2026-13-45 9:00-12:00"
    page = text_of(post_plan(client.speak("en"), course, 422, lessons=lines))
    assert "Line 2 cannot be read." in page
    assert "2026-13-45" in page


def test_every_reason_against_a_class_is_on_the_form(client, school):
    with write_transaction():
        course = make_listed_course(school)
    plan = {
        "starts_on": "2026-11-10",
        "ends_on": "2026-11-01",
        "enrollment_opens_on": "2026-11-19",
        "enrollment_closes_on": "2026-11-18",
        "capacity": "0",
        "lessons": "2026-12-01 09:00-12:00\n2026-12-01 11:00-13:00\n2026-12-02 10:00-09:00",
    }
    page = text_of(post_plan(client.speak("en"), course, 409, **plan))
    for field in ("starts_on", "ends_on", "enrollment_closes_on", "capacity", "lessons"):
        assert f'id="{field}-error"' in page, field
    for part in ("ends before it starts", "overlap", "is past", "closes before it opens"):
        assert part in page, part


def test_a_suspended_institution_files_and_opens_nothing(client, school):
    with write_transaction():
        course = make_listed_course(school)
        run = make_filed_course_run(course)
        suspend_institution(school.id, reason="检查", actor_id=None)
    assert "suspended" in text_of(post_plan(client.speak("en"), course, 409))
    client.post(f"/institution/course-runs/{run.code}/open", expect=409)


def test_a_class_is_opened_started_and_finished(client, school):
    with write_transaction():
        run = make_filed_course_run(make_listed_course(school), starts_on=clock.today(), days=1)
    for act in ("open", "start", "finish"):
        client.post(f"/institution/course-runs/{run.code}/{act}")
        client.get(f"/institution/course-runs/{run.code}")
    assert state_of(run) == CourseRunState.FINISHED
    client.post(f"/institution/course-runs/{run.code}/open", expect=409)
    client.get("/institution/course-runs?state=finished")


def test_a_class_does_not_start_before_its_first_day(client, school):
    with write_transaction():
        run = make_open_course_run(make_listed_course(school))
    client.post(f"/institution/course-runs/{run.code}/start", expect=409)
    assert state_of(run) == CourseRunState.OPEN


def test_canceling_needs_a_reason_and_the_code_typed(client, school):
    with write_transaction():
        course = make_listed_course(school)
        taken = make_open_course_run(course)
        take_seat(taken.id)
        free = make_open_course_run(course, starts_on=clock.today() + timedelta(30))
    cancel = f"/institution/course-runs/{free.code}/cancel"
    client.get(cancel)
    client.post(cancel, {"reason": "", "confirmation": free.code}, expect=422)
    client.post(cancel, {"reason": "教师生病", "confirmation": "CR-OTHER"}, expect=422)
    assert state_of(free) == CourseRunState.OPEN
    client.post(cancel, {"reason": "教师生病", "confirmation": free.code.lower()})
    assert "教师生病" in text_of(client.get(f"/institution/course-runs/{free.code}"))
    # A place without a learner behind it: nobody could be told, so nothing is done.
    values = {"reason": "x", "confirmation": taken.code}
    client.post(f"/institution/course-runs/{taken.code}/cancel", values, expect=409)
    assert state_of(taken) == CourseRunState.OPEN


def test_a_strangers_class_is_not_there(client, school):
    with write_transaction():
        run = make_filed_course_run()
    client.get(f"/institution/course-runs/{run.code}", expect=404)
    for act in ("open", "start", "finish", "cancel"):
        path = f"/institution/course-runs/{run.code}/{act}"
        client.post(path, {"reason": "x"}, expect=404)
