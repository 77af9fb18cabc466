"""A body asked by the institution, its results, a correction by two, and the learner's minute."""

from __future__ import annotations

from datetime import timedelta

import pytest

from marketplace.assessments.queries import find_live_assessment, list_changes_of
from marketplace.catalog.queries.course_runs import list_lessons
from marketplace.foundation import clock
from marketplace.foundation.db import write_transaction
from marketplace.people.queries import get_user
from tests.factories.catalog import make_listed_course, make_occupation, make_open_course_run
from tests.factories.directories import make_assessor
from tests.factories.enrollment import attend, run_through
from tests.factories.institutions import make_accredited_institution
from tests.factories.people import make_jurisdiction, make_officer, make_user
from tests.factories.redemption import make_case
from tests.pages import PageClient


@pytest.mark.sqlite
def test_asked_entered_corrected_and_reviewed(app, client, now):
    with write_transaction():
        here = make_jurisdiction("990100", name="测试市")
        occupation = make_occupation()
        school = make_accredited_institution(jurisdiction_id=here.id)
        course = make_listed_course(school, occupation=occupation, hours=8)
        case = make_case(course_run=make_open_course_run(course, days=1))
        attend(case.enrollment, case.staff.id)
        run_through(case.run.id)
        body = make_assessor(scope=((occupation.id, 5),), jurisdiction_id=here.id)
        examiner, officer = make_user(), make_officer(here)
    results = f"/institution/classes/{case.run.code}/results"
    with clock.frozen(list_lessons(case.run.id)[-1].ends_at + timedelta(hours=1)):
        client.speak("zh_Hans_CN").sign_in(officer)
        people = f"/fund/assessors/{body.code}/people"
        assert people in client.get(f"/fund/registers/assessors/{body.code}").text
        client.post(people, {"login": "nobody-here"}, expect=409)
        client.post(people, {"login": examiner.login})
        assert examiner.login in client.get(people).text
        staff = PageClient(app).speak("en").sign_in(case.staff)
        assert body.code in staff.get(results).text
        staff.post(f"{results[:-8]}/assessment", {"assessor": "none"})
        staff.post(f"{results[:-8]}/assessment", {"assessor": body.code})
        assessment = find_live_assessment(case.run.id)
        assert assessment.code in staff.get(results).text
        others = PageClient(app).speak("en").sign_in(examiner)
        assert case.run.code in others.get("/assessment/").text
        at = f"/assessment/{assessment.code}"
        assert case.worker.name not in others.get(at).text
        learner = case.enrollment.id
        entered = {"assessed_on": clock.today().isoformat(), f"result-{learner}": "passed"}
        others.post(f"{at}/results", {**entered, f"score-{learner}": "9x"}, expect=409)
        others.post(f"{at}/results", {**entered, f"score-{learner}": "88"})
        others.get(at)
        assert "88" in staff.get(results).text
        staff.post(results, {f"result-{learner}": "failed"}, expect=409)
        staff.post(results, {f"result-{learner}": "passed"})
        change = f"{at}/learners/{case.enrollment.code}"
        others.get(change)
        others.post(change, {"result": "void", "reason": ""}, expect=422)
        others.post(change, {"result": "void", "reason": "替考"})
        [proposed] = list_changes_of(assessment.id)
        deciding = f"/fund/result-changes/{proposed.code}"
        assert proposed.code in client.get("/fund/result-changes").text
        client.get(deciding)
        client.post(f"{deciding}/reject", {"reason": ""}, expect=422)
        client.post(f"{deciding}/reject", {"reason": "录像清楚"})
        client.get(deciding)
        me = PageClient(app).speak("zh_Hans_CN").sign_in(get_user(case.worker.user_id))
        mine = f"/me/classes/{case.enrollment.code}"
        assert f"{mine}/review" in me.get(mine).text
        assert "一分钟" in me.get("/account/notices").text
        me.get(f"{mine}/review")
        said = {"overall": "5", "teaching": "4", "usefulness": "5"}
        me.post(f"{mine}/review", said, expect=422)
        me.post(f"{mine}/review", {**said, "as_promised": "3"})
        me.get(f"{mine}/review")
        staff.get("/institution/rating")
