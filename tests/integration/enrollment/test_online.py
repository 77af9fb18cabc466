"""Online hours from the statement to the completion rate, by interface and by command."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from marketplace.audit.queries import list_events
from marketplace.catalog.queries.course_runs import list_lessons
from marketplace.catalog.states import CourseMode
from marketplace.enrollment.online_queries import list_online_shares
from marketplace.enrollment.operations.complete import complete_enrollment
from marketplace.enrollment.queries import get_enrollment
from marketplace.enrollment.states import AssessmentResult, EnrollmentState
from marketplace.evidence.operations.check import check_course_run
from marketplace.evidence.queries import list_runs_to_check
from marketplace.foundation import clock
from marketplace.foundation.db import db, write_transaction
from marketplace.foundation.paging import PageRequest
from marketplace.people.operations.api_tokens import create_api_token
from marketplace.people.queries import get_user
from marketplace.people.states import ApiScope
from tests.factories.enrollment import attend, make_enrollment, make_staff, run_through
from tests.factories.online import make_online_run, make_statement
from tests.factories.people import make_worker

PATH = "/api/v1/xapi/statements"


@pytest.fixture
def online(app, now):
    """A blended class with a learner, its staff, and their token."""
    with write_transaction():
        run = make_online_run()
        enrollment = make_enrollment(course_run=run)
        staff = make_staff(run.institution_id)
        token = create_api_token(
            staff.id, name="lms", scopes=[ApiScope.ATTENDANCE], days=30, actor_id=staff.id
        )[1]
        return run, enrollment, staff, token


@pytest.fixture
def send(app, online):
    def call(body, *, token=None, at=None):
        db.session.rollback()
        headers = {"Authorization": f"Bearer {token or online[3]}"}
        with clock.frozen(at or clock.now()), app.app_context():
            answer = app.test_client().post(PATH, json=body, headers=headers)
        db.session.rollback()
        return answer

    return call


def test_online_hours_come_in_once_count_and_are_seen(online, send, app, client):
    run, enrollment, staff, _token = online
    code, first = enrollment.code, list_lessons(run.id)[0]
    evening = first.ends_at + timedelta(hours=5)
    body = [
        make_statement(1, code, evening, duration="PT2H"),
        make_statement(2, code, evening + timedelta(minutes=30)),  # half of it was told before
        make_statement(3, code, first.starts_at + timedelta(days=9)),
    ]
    after = first.starts_at + timedelta(days=10)
    answer = send(body, at=after)
    assert answer.status_code == 200, answer.text
    assert (answer.json["stored"], answer.json["known"]) == (3, 0)
    (told,) = answer.json["enrollments"]
    assert (told["credited_minutes"], told["online_minutes"]) == (150, 6 * 60)
    assert [day["not_credited"] for day in told["days"]] == [{"counted": 1800}, {"outside": 3600}]
    assert told["rate_percent"] == 100 * 150 // (18 * 60)
    assert get_enrollment(enrollment.id).state is EnrollmentState.TRAINING
    assert send(body[:1], at=after).json["known"] == 1
    events = list_events(PageRequest(), event="online.statements_taken_in").items
    assert [event.details["statements"] for event in events] == [3]

    with clock.frozen(after):
        command = ["attendance", "import-xapi", "-", "--json", "--institution"]
        institution = run.institution_id
        owner = db.session.execute(
            text("SELECT code FROM institution WHERE id = :id"), {"id": institution}
        ).scalar_one()
        more = json.dumps([*body, make_statement(4, code, evening, duration="PT3H")])
        told = app.test_cli_runner().invoke(args=[*command, owner], input=more)
        assert json.loads(told.stdout)["stored"] == 1, told.output
        assert app.test_cli_runner().invoke(args=[*command, "none"], input=more).exit_code == 2
        assert app.test_cli_runner().invoke(args=[*command, owner], input="{").exit_code == 2
        learner = get_user(make_worker_user(enrollment))
        page = client.speak("en").sign_in(learner).get(f"/me/classes/{code}").text
        assert "3 h 30 min" in page
        client.speak("zh_Hans_CN").sign_in(staff)
        assert "3 小时 30 分钟" in client.get(f"/institution/classes/{run.code}/online").text
        assert f"{run.code}/online" in client.get(f"/institution/classes/{run.code}").text

    with write_transaction():
        attend(get_enrollment(enrollment.id), staff.id, lessons=1)
        run_through(run.id)
    with clock.frozen(after), write_transaction():
        completion = complete_enrollment(
            enrollment.id, assessment=AssessmentResult.PASSED, actor_id=staff.id
        )
    assert completion.rate_percent == 100 * (360 + 210) // (18 * 60)
    assert (
        list_online_shares([enrollment.id])[enrollment.id].rate_percent == completion.rate_percent
    )
    late = send(make_statement(5, code, evening), at=after)
    assert [reason["code"] for reason in late.json["reasons"]] == ["xapi_ended"]
    for wrong in (
        "UPDATE online_statement SET seconds = 9",
        "DELETE FROM online_statement",
        "INSERT INTO online_statement (institution_id, statement_id, enrollment_id, verb, activity,"
        " seconds, ended_at, received_at) SELECT institution_id + 1, 'x', enrollment_id, verb,"
        " activity, seconds, ended_at, received_at FROM online_statement",
    ):
        with pytest.raises(DatabaseError, match="online statement"), write_transaction():
            db.session.execute(text(wrong))


def test_nothing_is_stored_of_a_request_with_one_wrong_statement(online, send):
    run, enrollment, _staff, token = online
    with write_transaction():
        elsewhere = make_enrollment(make_worker(), course_run=make_online_run(CourseMode.ONLINE))
        foreign = elsewhere.code
        stranger = make_staff(elsewhere.course_run_id and run.institution_id)
        reader = create_api_token(
            stranger.id, name="r", scopes=[ApiScope.REDEEM], days=9, actor_id=stranger.id
        )[1]
        onsite = make_enrollment(make_worker(), course_run=make_online_run(hours=16)).code
    at = clock.now()
    good = make_statement(1, enrollment.code, at)
    assert send(good, token=reader).status_code == 403
    for body, code, place in (
        (make_statement(2, foreign, at), "xapi_enrollment", "actor.account.name"),
        (make_statement(2, onsite, at), "xapi_enrollment", "actor.account.name"),
        (make_statement(2, enrollment.code, at + timedelta(hours=1)), "xapi_future", "timestamp"),
    ):
        answer = send([good, body])
        assert answer.status_code == 409
        (reason,) = answer.json["reasons"]
        assert (reason["code"], reason["field"]) == (code, f"statements[2].{place}")
    unread = send([good, {"id": "none"}])
    assert (unread.status_code, unread.mimetype) == (422, "application/problem+json")
    assert send([good]).json["stored"] == 1
    differs = send(make_statement(1, enrollment.code, at, duration="PT2H"))
    assert [reason["code"] for reason in differs.json["reasons"]] == ["xapi_conflict"]


def test_a_learner_who_only_learned_online_is_looked_at_and_completes(online, send):
    run, enrollment, staff, _token = online
    evening = list_lessons(run.id)[0].ends_at + timedelta(hours=1)
    body = [
        make_statement(n, enrollment.code, evening + timedelta(minutes=20 * n), duration="PT10M")
        for n in range(1, 9)
    ]
    assert send(body, at=evening + timedelta(days=3)).status_code == 200
    assert run.id in list_runs_to_check(since=run.starts_on, until=run.ends_on)
    with write_transaction():
        holds = check_course_run(run.id, actor_id=None)
        run_through(run.id)
    assert [(hold.kind.value, hold.clause) for hold in holds] == [("online_pattern", "EV-17")]
    with clock.frozen(evening + timedelta(days=3)), write_transaction():
        completion = complete_enrollment(
            enrollment.id, assessment=AssessmentResult.NOT_ASSESSED, actor_id=staff.id
        )
    assert completion.rate_percent == 100 * 80 // (18 * 60)


def make_worker_user(enrollment):
    """The login of the learner."""
    return db.session.execute(
        text("SELECT user_id FROM worker WHERE id = :id"), {"id": enrollment.worker_id}
    ).scalar_one()
