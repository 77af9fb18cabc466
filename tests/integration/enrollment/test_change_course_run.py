"""A filed class changes within rules, and never silently under those who are in it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from marketplace.catalog.queries.course_runs import get_course_run, list_lessons
from marketplace.catalog.queries.run_changes import get_run_as_filed, list_run_changes
from marketplace.catalog.rules import CourseRunPlan
from marketplace.catalog.states import CourseRunState
from marketplace.enrollment.operations.run_changes import change_course_run
from marketplace.foundation import clock
from marketplace.foundation.db import db, write_transaction
from marketplace.foundation.errors import Refused
from marketplace.notices.models import Notice
from marketplace.people.models import Worker
from tests.factories.catalog import make_open_course_run
from tests.factories.enrollment import attend, make_enrollment, make_staff
from tests.factories.people import make_user, make_worker
from tests.kept import kept


@pytest.fixture
@kept
def run(app, now):
    with write_transaction():
        return make_open_course_run(days=3, capacity=2)


def change(run, reason="停电", **changes):
    plan = replace(get_run_as_filed(get_course_run(run.id)), **changes)
    with write_transaction():
        return change_course_run(run.id, plan=plan, reason=reason, actor_id=None)


def moved(plan: CourseRunPlan, number: int, hours: int) -> CourseRunPlan:
    lessons = list(plan.lessons)
    old = lessons[number - 1]
    by = timedelta(hours=hours)
    lessons[number - 1] = replace(old, starts_at=old.starts_at + by, ends_at=old.ends_at + by)
    return replace(plan, lessons=tuple(lessons))


def notices() -> list[tuple[int, str]]:
    rows = db.session.scalars(select(Notice).order_by(Notice.id)).all()
    return [(row.user_id, row.kind) for row in rows]


def test_every_learner_with_a_login_is_told_and_it_is_recorded(run):
    with write_transaction():
        told = make_worker(make_user())
        make_enrollment(told, course_run=get_course_run(run.id))
        silent = make_worker()
        db.session.get(Worker, silent.id).user_id = None
        make_enrollment(silent, course_run=get_course_run(run.id))
    plan = moved(get_run_as_filed(get_course_run(run.id)), 2, 3)
    row = change(run, site="二号楼", lessons=plan.lessons)
    assert row.learners_told == 1
    assert notices() == [
        (told.user_id, "course_run.place_changed"),
        (told.user_id, "course_run.times_changed"),
    ]
    text = db.session.scalars(select(Notice.params).order_by(Notice.id)).all()[1]["times"]
    assert "12:00–18:00" in text
    assert [one["what"] for one in list_run_changes(run.id)[0].changes] == ["site", "times"]
    assert get_course_run(run.id).site == "二号楼"
    assert list_lessons(run.id)[1].starts_at == plan.lessons[1].starts_at


def test_without_learners_nobody_is_told_and_no_reason_is_needed(run):
    assert change(run, reason="", site="二号楼").learners_told == 0
    assert notices() == []


def test_the_same_plan_changes_nothing(run):
    assert change(run) is None
    assert list_run_changes(run.id) == []


def test_a_lesson_keeps_its_row_so_that_attendance_stays_with_it(run):
    with write_transaction():
        enrollment = make_enrollment(course_run=get_course_run(run.id))
        staff = make_staff(run.institution_id)
        attend(enrollment, staff.id, lessons=1)
    first, second, third = (lesson.id for lesson in list_lessons(run.id))
    plan = get_run_as_filed(get_course_run(run.id))
    with clock.frozen(plan.lessons[0].ends_at):
        change(run, lessons=moved(plan, 2, 2).lessons[:2])
        assert [lesson.id for lesson in list_lessons(run.id)] == [first, second]
        with pytest.raises(Refused) as refused:
            change(run, lessons=moved(plan, 1, 2).lessons)
    assert "lesson_begun" in refused.value.codes
    assert third not in [lesson.id for lesson in list_lessons(run.id)]


def test_fewer_places_make_it_full_and_more_open_it_again(run):
    with write_transaction():
        make_enrollment(course_run=get_course_run(run.id))
    change(run, capacity=1)
    assert get_course_run(run.id).state is CourseRunState.FULL
    change(run, capacity=5)
    assert get_course_run(run.id).state is CourseRunState.OPEN
    with pytest.raises(Refused) as refused:
        change(run, capacity=0)
    assert set(refused.value.codes) == {"capacity_below_taken", "capacity_range"}
    assert notices() == []


def test_a_refusal_leaves_everything_as_it_was(run):
    with write_transaction():
        make_enrollment(course_run=get_course_run(run.id))
    before = get_run_as_filed(get_course_run(run.id))
    with pytest.raises(Refused) as refused:
        change(run, site="二号楼", ends_on=before.ends_on + timedelta(days=3))
    assert refused.value.codes == ("run_dates_fixed",)
    db.session.expire_all()
    assert get_run_as_filed(get_course_run(run.id)) == before
    assert (list_run_changes(run.id), notices()) == ([], [])
