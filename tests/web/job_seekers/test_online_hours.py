"""A learner disputes online hours by page; the institution answers, an officer decides."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from marketplace.catalog.queries.course_runs import get_course_run, list_lessons
from marketplace.enrollment.online_statements import read_statements
from marketplace.enrollment.operations.online import take_in_statements
from marketplace.foundation import clock
from marketplace.foundation.db import write_transaction
from marketplace.people.queries import get_user
from marketplace.people.queries.workers import get_worker
from tests.factories.enrollment import make_enrollment, make_staff
from tests.factories.institutions import make_accredited_institution
from tests.factories.online import make_online_run, make_statement
from tests.factories.people import make_jurisdiction, make_officer, make_worker


@pytest.fixture
def people(client, now):
    """The class, the page, and the logins of learner, stranger, staff, officer."""
    with write_transaction():
        place = make_jurisdiction("990100")
        run = make_online_run(institution=make_accredited_institution(jurisdiction_id=place.id))
        enrollment = make_enrollment(course_run=run)
        stranger = make_worker()
        staff, officer = make_staff(run.institution_id), make_officer(place)
        at = list_lessons(run.id)[0].ends_at + timedelta(hours=5)
    path = f"/me/classes/{enrollment.code}/online"
    learner = get_worker(enrollment.worker_id)
    logins = [get_user(one.user_id).login for one in (learner, stranger)]
    return run, enrollment, path, at, *logins, staff.login, officer.login


def test_a_dispute_about_online_hours_goes_its_way_by_page(client, people):
    run, enrollment, path, at, learner, stranger, staff, officer = people
    client.speak("en").sign_in(learner)
    assert "No online hours yet" in client.get(path).text
    day = clock.local_date(at)
    form = {"day": day.isoformat(), "minutes": "150", "reason": "第二单元没有记录"}
    client.post(path, form, expect=409)
    with clock.frozen(at), write_transaction():
        take_in_statements(
            read_statements(make_statement(1, enrollment.code, at)),
            institution_id=get_course_run(run.id).institution_id,
            actor_id=None,
        )
    with clock.frozen(at + timedelta(hours=1)):
        assert path in client.get(f"/me/classes/{enrollment.code}").text
        assert f'value="{day.isoformat()}"' in client.get(f"{path}?day={day.isoformat()}").text
        client.get(f"{path}?day=yesterday")
        client.post(path, {**form, "minutes": "many"}, expect=422)
        refused = client.post(path, {**form, "minutes": "60"}, expect=409).text
        assert "60 minutes are counted on this day already." in refused
        client.speak("zh_Hans_CN")
        client.post(path, form)
        page = client.get(path).text
        assert "第二单元没有记录" in page
        number = re.search(r"online/(\d+)/accept", page).group(1)
        client.sign_in(stranger)
        client.get(path, expect=404)
        client.post(f"{path}/{number}/accept", expect=404)

        client.sign_in(staff)
        ours = f"/institution/classes/{run.code}/online"
        assert f"{ours}#disputes" in client.get(f"/institution/classes/{run.code}").text
        dispute = f"{ours}/disputes/{number}"
        assert dispute in client.get(ours).text
        client.post(dispute, {"answer": ""}, expect=422)
        client.post(dispute, {"answer": "平台当天停机"})

        client.sign_in(officer)
        theirs = f"/fund/disputes/online/{number}"
        assert theirs in client.get("/fund/disputes").text
        page = client.get(theirs).text
        assert "平台当天停机" in page and "李小花" not in page
        client.post(f"{theirs}/decide", {"minutes": "", "reason": ""}, expect=422)
        client.post(f"{theirs}/decide", {"minutes": "150", "reason": "日志为证"})
        client.post(f"{theirs}/decide", {"minutes": "150", "reason": "x"}, expect=409)
        client.sign_in(staff)
        client.post(dispute, {"answer": "晚了"}, expect=409)
        client.speak("en").sign_in(learner)
        page = client.get(path).text
        assert "2 h 30 min" in page and "日志为证" in page
        client.post(f"{path}/{number}/accept")
        assert "No dispute about this day is open." in client.get(path).text
