"""A hold seen by the institution beside the enrollment, answered, and decided by an officer."""

from __future__ import annotations

import pytest

from marketplace.evidence.queries import find_check, list_holds_of_run
from marketplace.evidence.states import HoldState
from marketplace.foundation import clock
from marketplace.foundation.db import write_transaction
from marketplace.redemption.queries.redemptions import find_redemption
from tests.factories.catalog import make_listed_course, make_open_course_run
from tests.factories.enrollment import attend, make_completion, run_through
from tests.factories.evidence import make_hold
from tests.factories.institutions import make_accredited_institution
from tests.factories.people import make_jurisdiction, make_officer
from tests.factories.redemption import make_case, make_ready_case
from tests.pages import PageClient


@pytest.mark.parametrize("locale", ["en", "zh_Hans_CN"])
def test_from_the_hold_to_the_money(app, client, now, locale):
    with write_transaction():
        here = make_jurisdiction("990100", name="测试市")
        school = make_accredited_institution(jurisdiction_id=here.id)
        run = make_open_course_run(make_listed_course(school), days=1)
        case = make_case(course_run=run)
        attend(case.enrollment, case.staff.id)
        run_through(run.id)
        make_completion(case.enrollment, case.staff.id)
        hold = make_hold(case.run, case.enrollment)
        officer = make_officer(here)
    results = f"/institution/classes/{case.run.code}/results"
    own, path = f"/institution/holds/{hold.code}", f"/fund/holds/{hold.code}"
    staff = PageClient(app).speak(locale).sign_in(case.staff)
    client.speak(locale).sign_in(officer)
    page = staff.get(results).text
    assert hold.code in page
    assert "EV-9" in page
    assert own in page
    redeem = f"/institution/classes/{case.run.code}/learners/{case.enrollment.code}/redeem"
    assert hold.code in staff.post(redeem, expect=409).text
    assert own in staff.get("/institution/").text
    assert hold.code in staff.get(own).text
    staff.post(f"{own}/answer", {"answer": ""}, expect=422)
    staff.post(f"{own}/answer", {"answer": "当天加了一张桌子"})
    staff.get(own)
    assert "/fund/holds" in client.get("/fund/").text
    assert hold.code in client.get("/fund/holds").text
    client.get("/fund/holds?state=cleared")
    assert "当天加了一张桌子" in client.get(path).text
    client.post(f"{path}/take")
    client.post(f"{path}/clear", {"reason": ""}, expect=422)
    client.post(f"{path}/uphold", {"reason": "桌子不是座位"})
    assert "桌子不是座位" in staff.get(own).text
    client.post(f"{path}/clear", {"reason": "照片已核实"})
    client.post(f"{path}/clear", {"reason": "再次"}, expect=409)
    client.get("/fund/holds?state=cleared")
    staff.get(own)
    staff.post(redeem)
    assert find_redemption(case.voucher.id)
    assert list_holds_of_run(case.run.id)[0].state is HoldState.CLEARED


def test_results_are_looked_at_when_they_are_recorded(client, app, now):
    with write_transaction():
        case = make_ready_case()
    client.sign_in(case.staff)
    with clock.frozen(now):
        client.post(f"/institution/classes/{case.run.code}/results", {})
    assert find_check(case.run.id).findings == 0
