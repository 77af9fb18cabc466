"""A learner pays on a phone, an institution at its counter, an employer shares."""

from __future__ import annotations

import pytest

from marketplace.catalog.queries.courses import get_course
from marketplace.copayments.queries import get_payment, view_copayment
from marketplace.copayments.states import Party
from marketplace.foundation import clock
from marketplace.foundation.db import db, write_transaction
from marketplace.payouts.rails.stripe import StripeApi, use_stripe
from marketplace.people.models import User
from tests.factories.copayments import make_copayment
from tests.factories.stripe import SETTINGS
from tests.pages import PageClient
from tests.stripe_payments_simulator import PayingSimulator


@pytest.fixture
def mine(app, now):
    with write_transaction():
        return make_copayment()


def client_of(app, user_id):
    return PageClient(app).speak("en").sign_in(db.session.get_one(User, user_id).login)


def text_of(answer):
    return answer.get_data(as_text=True)


def test_employer_counter_and_leaving_in_the_pages(app, mine):
    case, copayment = mine
    staff = client_of(app, case.staff.id)
    path = f"/institution/co-payments/{copayment.code}"
    assert "To be paid" in text_of(staff.get("/institution/co-payments"))
    wrong = staff.post(f"{path}/employer", {"percent": "200", "fixed_amount": "x"}, expect=422)
    assert "Enter a percentage from 1 to 100." in text_of(wrong)
    terms = {
        "employer_name": "鹤翔家政", "percent": "25", "document_number": "2026-17",
        "signed_on": clock.today().isoformat(),
        "standing_until": clock.today().isoformat(),
    }  # fmt: skip
    staff.post(f"{path}/employer", terms)
    page = text_of(staff.get(path))
    assert "has signed to pay 25 % of what the voucher leaves over (document 2026-17" in page
    paid = {"party": "worker", "amount": "300.01", "receipt_number": "R-1"}
    refused = staff.post(f"{path}/payments", paid, expect=409)
    assert "is still to be paid here" in text_of(refused)
    staff.post(f"{path}/payments", {**paid, "amount": "0"}, expect=422)
    staff.post(f"{path}/payments", {**paid, "amount": "300"})
    assert view_copayment(copayment).open == {Party.WORKER: 0, Party.EMPLOYER: 10_000}
    learner = client_of(app, case.worker.user_id)
    my_page = f"/me/classes/{case.enrollment.code}/co-payment"
    assert "Nothing open" in text_of(learner.get(my_page))
    learner.post(f"/me/classes/{case.enrollment.code}/withdraw", {"reason": "illness"})
    assert "You left the class" in text_of(learner.get(my_page))
    price = text_of(learner.get(f"/me/enroll/{case.run.code}"))
    for text in ("Your employer pays", "has signed to pay 25 %", "Left for you to pay", "300.00"):
        assert text in price
    course = text_of(learner.get(f"/courses/{get_course(case.run.course_id).code}"))
    assert "Your employer pays" in course
    staff.post(f"{path}/employer/end")
    page = text_of(staff.get(path))
    assert "Give back" in page
    (line,) = view_copayment(copayment).lines
    back = f"{path}/refunds/{line.payment.code}"
    staff.post(back, expect=422)
    staff.post(back, {"receipt_number": "B-1"})
    assert "Given back" in text_of(learner.get(my_page))


@pytest.mark.sqlite
def test_a_learner_pays_on_the_phone(app, mine):
    case, copayment = mine
    learner = client_of(app, case.worker.user_id)
    path = f"/me/classes/{case.enrollment.code}/co-payment"
    assert "Pay now with Alipay" not in text_of(learner.get(path))
    learner.post(f"{path}/pay", expect=404)
    simulator = PayingSimulator()
    use_stripe(StripeApi(SETTINGS, transport=simulator.session()))
    try:
        learner.post(f"{path}/pay")
        page = text_of(learner.get(path))
        assert 'href="https://hooks.stripe.com/r/pi_0000000000000000"' in page
        simulator.pay("pi_0000000000000000")
        learner.post(f"{path}/check")
        page = text_of(learner.get(path))
    finally:
        use_stripe(None)
    assert "Your payment has arrived" in page
    (line,) = view_copayment(copayment).lines
    assert get_payment(line.payment.code).amount_fen == copayment.worker_fen
