"""An inspector with a phone: from the list of the day to the record both sides read."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest

from marketplace.catalog.queries.course_runs import list_lessons
from marketplace.evidence.queries import list_holds_of_run
from marketplace.foundation import clock
from marketplace.foundation.db import write_transaction
from marketplace.inspections.queries import list_visits_of_run
from tests.factories.catalog import make_listed_course, make_open_course_run
from tests.factories.enrollment import attend
from tests.factories.inspections import make_inspector
from tests.factories.institutions import make_accredited_institution
from tests.factories.people import DOT, make_jurisdiction, make_officer
from tests.factories.redemption import make_case
from tests.pages import PageClient


@pytest.mark.sqlite
def test_from_the_list_of_the_day_to_the_record_both_sides_read(app, client, now):
    with write_transaction():
        here = make_jurisdiction("990100", name="测试市")
        school = make_accredited_institution(jurisdiction_id=here.id)
        course = make_listed_course(school, hours=8)
        case = make_case(course_run=make_open_course_run(course, days=1))
        attend(case.enrollment, case.staff.id)
        inspector, other, officer = make_inspector(here), make_inspector(here), make_officer(here)
    lesson = list_lessons(case.run.id)[0]
    staff, fund = PageClient(app).speak("en"), PageClient(app).speak("en")
    with clock.frozen(lesson.starts_at + timedelta(minutes=30)):
        client.speak("zh_Hans_CN").sign_in(inspector)
        at = f"/inspection/classes/{case.run.code}"
        assert at in client.get("/inspection/").text
        assert client.get(f"/inspection/classes?code={case.run.code}", expect=303)
        client.get("/inspection/visits")
        client.get(at)
        day = clock.today().isoformat()
        client.post(f"{at}/visits", {"planned_on": "1999-01-01", "kind": "announced"}, expect=422)
        planned = client.post(f"{at}/visits", {"planned_on": day, "kind": "announced"}).location
        client.get(planned)
        client.post(f"{planned}/cancel", {"reason": ""}, expect=422)
        client.post(f"{planned}/cancel", {"reason": "改为不通知"})
        visit = client.post(f"{at}/lessons/1/visit").location
        code = visit.rpartition("/")[2]
        page = client.get(visit).text
        assert case.worker.name not in page
        photo = {"document": (io.BytesIO(DOT), "教室.png")}
        client.post(f"{visit}/documents", photo, content_type="multipart/form-data")
        client.post(f"{visit}/submit", {"head_count": "", "comment": "无人"}, expect=422)
        wrong = {"head_count": "0", "seen": str(case.enrollment.id), "observations": "not_held"}
        assert "checked" in client.post(f"{visit}/submit", wrong, expect=409).text
        client.post(f"{visit}/submit", {**wrong, "seen": [], "comment": "门锁着"})
        assert "门锁着" in client.get(visit).text
        [hold] = list_holds_of_run(case.run.id)
        staff.sign_in(case.staff)
        assert f"/institution/visits/{code}" in staff.get("/institution/").text
        staff.get("/institution/visits")
        assert "门锁着" in staff.get(f"/institution/visits/{code}").text
        staff.post(f"/institution/visits/{code}/answer", {"answer": ""}, expect=422)
        staff.post(f"/institution/visits/{code}/answer", {"answer": "学员去了车间"})
        fund.sign_in(officer)
        assert code in fund.get("/fund/visits").text
        assert "学员去了车间" in fund.get(f"/fund/visits/{code}").text
        fund.get(f"/fund/holds/{hold.code}")
        give = f"/fund/holds/{hold.code}/inspector"
        fund.post(give, {"inspector": str(inspector.id)}, expect=409)
        fund.post(give, {"inspector": str(other.id)})
        client.get(f"/inspection/holds/{hold.code}", expect=404)
        colleague = PageClient(app).speak("en").sign_in(other)
        assert hold.code in colleague.get("/inspection/").text
        colleague.get(f"/inspection/holds/{hold.code}")
        colleague.post(f"/inspection/holds/{hold.code}/uphold", {"reason": ""}, expect=422)
        colleague.post(f"/inspection/holds/{hold.code}/uphold", {"reason": "车间无人"})
        assert "EV-11" in staff.get("/institution/standing").text
    assert len(list_visits_of_run(case.run.id)) == 2
    answer = app.test_cli_runner().invoke(args=["visits", "list", "--state", "submitted", "--json"])
    assert f'"code": "{code}"' in answer.output
    assert '"head_count": 0' in answer.output
