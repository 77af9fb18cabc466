"""Part of a voucher and a class below its threshold, as each of the readers sees them."""

from __future__ import annotations

import pytest

from marketplace.catalog.models import Course
from marketplace.claims.operations.assemble import assemble_claim, submit_claim
from marketplace.evidence.queries import list_holds_of_run
from marketplace.evidence.states import FindingKind, HoldState
from marketplace.foundation.db import db, write_transaction
from marketplace.people.models import User
from marketplace.redemption.queries.redemptions import find_redemption
from marketplace.standing.models import StandingRecord
from tests.factories.catalog import make_listed_course, make_open_course_run
from tests.factories.enrollment import attend, make_completion, make_staff, run_through
from tests.factories.funds import make_place
from tests.factories.institutions import make_accredited_institution
from tests.factories.people import make_officer, make_user, make_worker
from tests.factories.redemption import make_case
from tests.factories.vouchers import make_pack, make_scheme, rule
from tests.kept import kept

COMPLETION = {
    "partial": rule({"steps": [{"from_rate": 50, "pays_percent": 40}]}, "第十条"),
    "class_least": rule({"percent": 60, "counts": "attended", "below": "hold"}, "第十一条"),
}


@pytest.fixture
@kept
def classmates(app, now):
    """One of three attended everything, two three lessons of five; nobody has a result yet."""
    with write_transaction():
        school = make_accredited_institution(jurisdiction_id=make_place().id)
        scheme = make_scheme(make_pack(completion=COMPLETION))
        run = make_open_course_run(make_listed_course(school))
        staff = make_staff(school.id)
        found = [make_case(scheme=scheme, course_run=run, staff=staff) for _one in range(3)]
        for lessons, case in zip((5, 3, 3), found, strict=True):
            attend(case.enrollment, staff.id, lessons=lessons)
        for case in found:
            case.worker.user_id = make_user().id
        run_through(run.id)
    return found


def learner(case) -> str:
    return db.session.get_one(User, case.worker.user_id).login


@pytest.mark.parametrize("locale", ["en", "zh_Hans_CN"])
def test_everybody_reads_beforehand_what_is_paid_at_which_attendance(client, classmates, locale):
    case = classmates[0]
    client.speak(locale).sign_in(learner(case))
    mine = client.get(f"/me/classes/{case.enrollment.code}").text
    page = client.get("/me/vouchers/claim").text
    client.sign_in(case.staff)
    board = client.get(f"/institution/classes/{case.run.code}").text
    if locale == "en":
        assert "From 50 % of attendance on: ¥320.00" in mine
        assert "Below 50 % of attendance: nothing" in mine
        assert "From 50 % of attendance on, 40 % of the amount is paid." in page
        assert "Of 3 who began, 0 count so far (0 %). Still open: 3, so at most 100 %." in board
        assert "第十一条" in board
    else:
        assert "出勤率 50% 起：¥320.00" in mine


def test_the_price_says_what_is_paid_at_which_attendance(client, classmates):
    case = classmates[0]
    with write_transaction():
        course = db.session.get_one(Course, case.run.course_id)
        run = make_open_course_run(course)
        user = make_user()
        make_worker().user_id = user.id
    page = client.speak("en").sign_in(user).get(f"/me/enroll/{run.code}").text
    assert "What is paid if less is attended" in page
    assert "From 80 % of attendance on: ¥800.00" in page


def test_a_class_below_its_threshold_is_held_cleared_and_paid_by_part(client, classmates):
    first, part = classmates[:2]
    results = f"/institution/classes/{first.run.code}/results"
    with write_transaction():
        make_completion(first.enrollment, first.staff.id)
    client.speak("en").sign_in(first.staff)
    # One result is there, two could still come: nothing is decided and nothing held.
    client.post(f"/institution/classes/{first.run.code}/redemptions")
    assert find_redemption(first.voucher.id) is None
    assert "asks for 60 %. Without a result yet: 2." in client.get(results).text
    assert not list_holds_of_run(first.run.id)

    with write_transaction():
        for case in classmates[1:]:
            make_completion(case.enrollment, case.staff.id)
        officer = make_officer(make_place())
    client.post(f"/institution/classes/{first.run.code}/redemptions")
    [hold] = list_holds_of_run(first.run.id)
    assert (hold.kind, hold.clause, hold.enrollment_id) == (FindingKind.CLASS_BELOW, "EV-22", None)
    page = client.get(results).text
    assert "1 of 3 who began the class completed it as the scheme counts" in page
    assert find_redemption(first.voucher.id) is None

    client.sign_in(officer)
    assert "第十一条" in client.get(f"/fund/holds/{hold.code}").text
    client.post(f"/fund/holds/{hold.code}/uphold", data={"reason": "说明不足"}, expect=303)
    # True records that are not paid for are nothing for the institution's file.
    assert not db.session.query(StandingRecord).filter_by(institution_id=first.institution.id).all()
    client.post(f"/fund/holds/{hold.code}/clear", data={"reason": "道路中断"}, expect=303)
    assert list_holds_of_run(first.run.id)[0].state is HoldState.CLEARED

    client.sign_in(first.staff)
    page = client.get(results).text
    assert "At an attendance of 60 % the scheme pays 40 % of ¥800.00: ¥320.00." in page
    client.post(f"/institution/classes/{first.run.code}/redemptions")
    redemption = find_redemption(part.voucher.id)
    assert redemption.amount_fen == 32_000
    assert "At an attendance of 60 % the scheme pays" in client.get(results).text
    with write_transaction():
        claim = submit_claim(
            assemble_claim(first.run.id, actor_id=first.staff.id).id, actor_id=first.staff.id
        )
    assert claim.amount_fen == 80_000 + 2 * 32_000
    client.sign_in(officer)
    for path in (f"/fund/redemptions/{redemption.code}", f"/fund/claims/{claim.code}"):
        assert "At an attendance of 60 % the scheme pays 40 %" in client.get(path).text
    assert "Not reached" in client.get(f"/fund/claims/{claim.code}").text
    client.sign_in(learner(part))
    assert "the scheme pays 40 % of" in client.get(f"/me/vouchers/{part.voucher.code}").text
