"""Calendar files: public times of a class, and private addresses that follow the login."""

from __future__ import annotations

import io
import re
import sys
from dataclasses import replace

import pytest
from sqlalchemy import select

from marketplace.catalog.operations.course_runs import cancel_course_run
from marketplace.catalog.queries.course_runs import get_course_run, list_lessons
from marketplace.catalog.queries.run_changes import get_run_as_filed
from marketplace.enrollment.operations.run_changes import change_course_run
from marketplace.foundation.db import db, write_transaction
from marketplace.foundation.logs import configure_logging
from marketplace.institutions.models import InstitutionMember
from marketplace.people.models import CalendarFeed, User
from marketplace.people.states import UserState
from marketplace.redemption.operations.call_off import call_off_course_run
from tests.factories.catalog import make_filed_course_run, make_listed_course, make_open_course_run
from tests.factories.enrollment import make_enrollment
from tests.factories.institutions import make_accredited_institution, make_staff
from tests.factories.people import make_user, make_worker
from tests.kept import kept


def events(answer) -> list[str]:
    assert answer.content_type == "text/calendar; charset=utf-8"
    text = answer.get_data(as_text=True).replace("\r\n ", "")
    return re.findall(r"BEGIN:VEVENT\r\n(.*?)END:VEVENT", text, re.S)


@pytest.fixture
@kept
def school(client):
    with write_transaction():
        return make_accredited_institution()


def address(client, kind: str) -> str:
    page = client.post(f"/account/calendars/{kind}", expect=200).get_data(as_text=True)
    return re.search(r"http://localhost(/calendars/[\w-]+\.ics)", page)[1]


def test_a_public_class_gives_its_times_and_nobodys_name(client, school):
    with write_transaction():
        course = make_listed_course(school)
        run = make_open_course_run(course, days=2)
        list_lessons(run.id)[0].teacher = "赵老师"
    path = f"/courses/{course.code}/course-runs/{run.code}/calendar.ics"
    found = events(client.get(path))
    assert len(found) == 2 and "DTSTART:20261127T010000Z" in found[0]
    assert "赵老师" not in "".join(found)
    assert found[0].count(f"UID:{run.code}-1@") == 1


def test_a_class_that_is_not_public_has_no_file(client, school):
    with write_transaction():
        course, other = make_listed_course(school), make_listed_course(school)
        run = make_filed_course_run(course)
    client.get(f"/courses/{other.code}/course-runs/{run.code}/calendar.ics", expect=404)
    client.get(f"/courses/{course.code}/course-runs/CR-NONE/calendar.ics", expect=404)
    with write_transaction():
        cancel_course_run(run.id, reason="x", actor_id=None)
    client.get(f"/courses/{course.code}/course-runs/{run.code}/calendar.ics", expect=404)


def test_a_learners_address_opens_without_a_login_and_follows_changes(client, school):
    with write_transaction():
        run = make_open_course_run(make_listed_course(school), days=1)
        user = make_user()
        make_enrollment(make_worker(user), course_run=run)
        make_open_course_run(make_listed_course(school, title="别人的课"))
    client.sign_in(user)
    client.get("/account/calendars")
    path = address(client, "my_classes")
    client.post("/account/sign-out")
    (event,) = events(client.get(path))
    assert "SEQUENCE:0" in event and "STATUS:CONFIRMED" in event
    plan = replace(get_run_as_filed(get_course_run(run.id)), site="二号楼")
    with write_transaction():
        change_course_run(run.id, plan=plan, reason="停电", actor_id=None)
    (event,) = events(client.get(path))
    assert "SEQUENCE:1" in event and "LOCATION:二号楼" in event
    with write_transaction():
        call_off_course_run(run.id, reason="停电", actor_id=None)
    (event,) = events(client.get(path))
    assert "SEQUENCE:2" in event and "STATUS:CANCELLED" in event


def test_only_a_hash_is_kept_and_a_new_address_ends_the_old_one(client, school):
    with write_transaction():
        user = make_user()
        make_worker(user)
    client.sign_in(user)
    first = address(client, "my_classes")
    client.get(first)
    second = address(client, "my_classes")
    client.get(first, expect=404)
    answer = client.get(second)
    assert answer.headers["Cache-Control"] == "no-store"
    secret = second.split("/")[-1].removesuffix(".ics")
    rows = db.session.scalars(select(CalendarFeed).order_by(CalendarFeed.id)).all()
    assert len(rows) == 2 and all(len(row.token_hash) == 64 for row in rows)
    assert secret not in [row.token_hash for row in rows]
    client.post("/account/calendars/my_classes/revoke")
    client.post("/account/calendars/my_classes/revoke")
    client.get(second, expect=404)


def test_an_institutions_lessons_end_with_the_membership(client, school):
    with write_transaction():
        run = make_open_course_run(make_listed_course(school), days=1)
        list_lessons(run.id)[0].teacher = "赵老师"
        make_open_course_run()
        staff = make_staff(school)
    client.sign_in(staff)
    path = address(client, "institution_lessons")
    (event,) = events(client.get(path))
    assert "赵老师" in event
    with write_transaction():
        for member in db.session.scalars(
            select(InstitutionMember).where(InstitutionMember.user_id == staff.id)
        ):
            db.session.delete(member)
    client.get(path, expect=404)


def test_a_closed_login_has_no_calendar_and_nobody_makes_one_of_others(client, school):
    with write_transaction():
        user = make_user()
        make_worker(user)
    client.sign_in(user)
    path = address(client, "my_classes")
    client.post("/account/calendars/institution_lessons", expect=404)
    client.post("/account/calendars/nonsense", expect=404)
    with write_transaction():
        db.session.get(User, user.id).state = UserState.LOCKED
    client.get(path, expect=404)
    client.get("/calendars/x.ics", expect=404)


def test_the_log_knows_the_pattern_of_a_private_address_only(client, school):
    with write_transaction():
        user = make_user()
        make_worker(user)
    client.sign_in(user)
    path = address(client, "my_classes")
    stream = io.StringIO()
    configure_logging(stream)
    try:
        client.get(path)
    finally:
        configure_logging(sys.__stderr__)
    assert path.split("/")[-1] not in stream.getvalue()
    assert "/calendars/<token>.ics" in stream.getvalue()
