"""Changing classes and leaving on a phone: what it costs stands there before it is done."""

from __future__ import annotations

from datetime import timedelta

import pytest

from marketplace.catalog.states import CourseRunState
from marketplace.enrollment.operations.enroll import (
    enroll_or_wait,
    enroll_worker,
    withdraw_enrollment,
)
from marketplace.enrollment.queries import find_live_enrollment, get_enrollment
from marketplace.enrollment.states import EnrollmentState, ExitReason
from marketplace.foundation import clock
from marketplace.foundation.db import write_transaction
from marketplace.redemption.queries.reservations import find_standing_reservation
from marketplace.vouchers.queries.vouchers import get_voucher
from marketplace.vouchers.states import VoucherState
from tests.factories.catalog import make_listed_course, make_occupation, make_open_course_run
from tests.factories.people import make_user, make_worker
from tests.factories.redemption import make_case
from tests.factories.vouchers import make_pack, make_scheme, rule

LEAVING = {
    "window": rule({"until_days_before_start": 1, "days_after_enrolling": 3}),
    "borne_by": rule([{"reason": "other", "by": "worker"}]),
}


@pytest.fixture
def world(app, now):
    with write_transaction():
        scheme = make_scheme(make_pack(leaving=LEAVING))
        occupation = make_occupation()
        worker = make_worker(make_user("learner"))
        run = make_open_course_run(make_listed_course(occupation=occupation))
        dear = make_listed_course(occupation=occupation, fee_fen=150_000, title="高压电工")
        return make_case(scheme=scheme, worker=worker, course_run=run), make_open_course_run(dear)


def test_old_and_new_price_stand_beside_each_other_before_the_change(client, world):
    case, dear = world
    client.speak("en").sign_in("learner")
    path = f"/me/classes/{case.enrollment.code}"
    assert f"{path}/swap" in client.get(path).text
    assert f"{path}/swap/{dear.code}" in client.get(f"{path}/swap").text
    assert f"{path}/swap/{dear.code}" in client.get(f"/me/enroll/{dear.code}").text
    page = client.get(f"{path}/swap/{dear.code}")
    for words in ("¥400.00", "¥700.00", "You pay ¥300.00 more."):
        assert words in page.text
    assert client.speak("zh_Hans_CN").get(f"{path}/swap/{dear.code}").status_code == 200
    again = client.post(f"{path}/swap/{dear.code}", {"own_share": "1"}, expect=409)
    assert again.status_code == 409
    answer = client.post(f"{path}/swap/{dear.code}", {"own_share": "70000"})
    there = find_live_enrollment(case.worker.id, dear.id)
    assert answer.location == f"/me/classes/{there.code}/welcome"
    assert f"/me/classes/{there.code}" in client.get(path).text
    assert (
        client.get(f"{path}/swap/{dear.code}", expect=303).location == f"/me/classes/{there.code}"
    )
    assert get_enrollment(case.enrollment.id).state is EnrollmentState.WITHDRAWN


def test_losing_the_voucher_is_confirmed_on_a_page_of_its_own(client, world):
    case, _dear = world
    client.speak("en").sign_in("learner")
    path = f"/me/classes/{case.enrollment.code}/withdraw"
    assert "leaving costs you nothing" in client.get(path).text
    with clock.frozen(clock.now() + timedelta(days=4)):
        assert "Your voucher is used up" in client.get(path).text
        first = client.post(path, {"reason": "other"}, expect=409)
        assert "Withdraw and lose the voucher" in first.text
        assert get_voucher(case.voucher.id).state is VoucherState.RESERVED
        client.post(path, {"reason": "other", "understood": "y"})
        assert get_voucher(case.voucher.id).state is VoucherState.EXPIRED
        assert "used up" in client.get(f"/me/vouchers/{case.voucher.code}").text
        assert "used up" in client.get(f"/me/classes/{case.enrollment.code}").text


def test_the_last_seat_that_is_kept_for_somebody_is_paid_by_their_voucher(client, app, now):
    with write_transaction():
        make_scheme()
        worker = make_worker(make_user("waiting"))
        run = make_open_course_run(capacity=1)
        seat = enroll_worker(make_worker().id, course_run_id=run.id, actor_id=None)
        enroll_or_wait(worker.id, course_run_id=run.id, actor_id=None)
    with write_transaction():
        withdraw_enrollment(seat.id, reason=ExitReason.OTHER, actor_id=None)
    assert run.state is CourseRunState.FULL
    client.speak("en").sign_in("waiting")
    assert "Yes, your voucher pays" in client.get(f"/me/enroll/{run.code}").text
    scheme = client.get(f"/me/enroll/{run.code}").text.split('name="offer" value="')[1]
    client.post(f"/me/enroll/{run.code}", {"offer": scheme.split('"')[0]})
    enrollment = find_live_enrollment(worker.id, run.id)
    assert find_standing_reservation(enrollment.id) is not None
