"""Changing and canceling a class from the institution's pages; what its learners then read."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from marketplace.catalog.queries.course_runs import get_course_run, list_lessons
from marketplace.catalog.queries.courses import get_course
from marketplace.catalog.states import CourseRunState
from marketplace.foundation.db import db, write_transaction
from marketplace.notices.models import Notice
from marketplace.people.models import User
from tests.factories.catalog import make_open_course_run
from tests.factories.people import make_user, make_worker
from tests.factories.redemption import make_case
from tests.kept import kept


@pytest.fixture
@kept
def case(client):
    with write_transaction():
        return make_case(worker=make_worker(make_user()))


def text_of(response) -> str:
    return re.sub(r"\s+", " ", response.get_data(as_text=True))


def plan_of(run_id: int, **changes) -> dict[str, str]:
    run = get_course_run(run_id)
    lines = [
        f"{lesson.starts_at:%Y-%m-%d} 13:00-16:00 {lesson.topic}" for lesson in list_lessons(run_id)
    ]
    return {
        "starts_on": run.starts_on.isoformat(), "ends_on": run.ends_on.isoformat(),
        "enrollment_opens_on": run.enrollment_opens_on.isoformat(),
        "enrollment_closes_on": run.enrollment_closes_on.isoformat(),
        "capacity": str(run.capacity), "site": run.site, "lessons": "\n".join(lines),
        "teacher": "", "reason": "停电", **changes,
    }  # fmt: skip


@pytest.mark.parametrize("locale", ["zh_Hans_CN", "en"])
def test_a_change_is_told_to_the_learner_and_shown_to_both(client, case, locale):
    client.speak(locale).sign_in(case.staff)
    path = f"/institution/course-runs/{case.run.code}/change"
    client.get(path)
    client.post(path, plan_of(case.run.id, site="二号楼"))
    page = text_of(client.get(f"/institution/course-runs/{case.run.code}"))
    assert "二号楼" in page and "13:00–16:00" in page and "停电" in page
    client.sign_in(db.session.get(User, case.worker.user_id))
    assert "二号楼" in text_of(client.get("/account/notices"))
    assert "停电" in text_of(client.get(f"/me/classes/{case.enrollment.code}"))


def test_bad_input_is_named_and_nothing_is_changed(client, case):
    client.speak("en").sign_in(case.staff)
    path = f"/institution/course-runs/{case.run.code}/change"
    page = text_of(client.post(path, plan_of(case.run.id, lessons="2026-13-01 9-12"), expect=422))
    assert "Line 1 cannot be read." in page
    page = text_of(client.post(path, plan_of(case.run.id, reason=""), expect=409))
    assert 'id="reason-error"' in page
    client.post(path, plan_of(case.run.id, capacity="x"), expect=422)
    assert db.session.scalars(select(Notice.id)).all() == []


def test_the_preview_names_the_effect_and_the_learner_is_offered_what_is_next(client, case):
    with write_transaction():
        similar = make_open_course_run(get_course(case.run.course_id))
    client.speak("en").sign_in(case.staff)
    path = f"/institution/course-runs/{case.run.code}/cancel"
    page = text_of(client.get(path))
    assert "¥800.00" in page and f"To confirm, type {case.run.code}." in page
    client.post(path, {"reason": "教师生病", "confirmation": case.run.code})
    assert get_course_run(case.run.id).state is CourseRunState.CANCELED
    assert "already canceled" in text_of(client.get(path))
    client.post(path, {"reason": "again", "confirmation": case.run.code})

    client.sign_in(db.session.get(User, case.worker.user_id))
    assert "is free again and can be used until" in text_of(client.get("/account/notices"))
    page = text_of(client.get(f"/me/classes/{case.enrollment.code}"))
    assert "The class was canceled" in page and "教师生病" in page
    assert "Your voucher is free again." in page
    assert f"/me/enroll/{similar.code}" in page


def test_only_the_own_manager_may(client, case):
    client.sign_in(db.session.get(User, case.worker.user_id))
    for act in ("change", "cancel"):
        client.get(f"/institution/course-runs/{case.run.code}/{act}", expect=403)
    with write_transaction():
        other = make_case()
    client.sign_in(other.staff)
    for act in ("change", "cancel"):
        client.get(f"/institution/course-runs/{case.run.code}/{act}", expect=404)
        client.post(f"/institution/course-runs/{case.run.code}/{act}", {}, expect=404)
