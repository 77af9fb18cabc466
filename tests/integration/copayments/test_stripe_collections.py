"""Co-payments through Stripe: paid once, given back once, whatever the line does."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest

from marketplace.cli.runner import RunningJob
from marketplace.cli.work.stripe_collections import KIND, work
from marketplace.copayments.models import CopaymentPayment
from marketplace.copayments.operations.payments import begin_online_payment
from marketplace.copayments.queries import get_payment, open_fen, view_copayment
from marketplace.copayments.states import Party, PaymentState
from marketplace.enrollment.states import ExitReason
from marketplace.foundation import clock
from marketplace.foundation.db import db, write_transaction
from marketplace.jobs.operations import enqueue_job, lease_job
from marketplace.payouts.collections.operations import ask_about_payment, note_payment, order_for
from marketplace.payouts.models import StripeEvent
from marketplace.payouts.rails.stripe import StripeApi, find_stripe, use_stripe
from marketplace.redemption.operations.release import leave_course_run
from marketplace.reporting.invariants import check_books
from tests.factories.copayments import make_copayment
from tests.factories.stripe import SETTINGS, post_event
from tests.stripe_payments_simulator import PayingSimulator
from tests.stripe_simulator import at_random, event_of

RETURN = "https://market.example/my/classes/EN/co-payment"


@pytest.fixture
def stripe(app, now):
    simulator = PayingSimulator()
    use_stripe(StripeApi(SETTINGS, transport=simulator.session()))
    yield simulator
    use_stripe(None)


@pytest.fixture
def mine(app, now):
    with write_transaction():
        return make_copayment()


def begin(copayment):
    with write_transaction():
        return begin_online_payment(copayment, actor_id=1).code


def ask(code, return_url=RETURN):
    report = ask_about_payment(find_stripe(), order_for(code, return_url=return_url))
    with write_transaction():
        return note_payment(code, report)


def run_job():
    with write_transaction():
        enqueue_job(KIND, payload={}, requested_by=None)
        lease = lease_job()
    return work(RunningJob(lease))


def about(kind, intent_id, **more):
    event = event_of(kind, intent_id, **more)
    if not kind.startswith("payment_intent."):
        event["data"]["object"] = {"id": "ch_1", "object": "charge", "payment_intent": intent_id}
    return event


def test_a_phone_pays_once_and_a_leaver_gets_it_back_once(app, stripe, mine):
    case, copayment = mine
    code = begin(copayment)
    assert begin(copayment) == code
    ask(code)
    ask(code)
    (number,) = stripe.intents
    assert get_payment(code).pay_url == f"https://hooks.stripe.com/r/{number}"
    stripe.pay(number)
    client = app.test_client()
    paid = about("payment_intent.succeeded", number)
    forged = post_event(client, paid, secret="whsec_other")
    stale = post_event(client, paid, at=int(clock.now().timestamp()) - 400)
    assert (forged.status_code, stale.status_code) == (400, 400)
    assert get_payment(code).state is PaymentState.PENDING
    assert post_event(client, paid).json["outcome"] == "confirmed"
    assert post_event(client, paid).json["outcome"] == "known"
    again = about("payment_intent.succeeded", number, number="2")
    assert post_event(client, again).json["outcome"] == "known"
    assert post_event(client, about("payment_intent.succeeded", "pi_other")).json["outcome"] == (
        "ignored"
    )
    assert view_copayment(copayment).paid[Party.WORKER] == copayment.worker_fen
    with write_transaction():
        leave_course_run(case.enrollment.id, reason=ExitReason.ILLNESS, actor_id=None)
    assert run_job() == {"refund confirmed": 1}
    assert run_job() == {}
    assert post_event(client, about("charge.refunded", number)).json["outcome"] == "known"
    assert [one["amount"] for one in stripe.refunds.values()] == [copayment.worker_fen]
    assert db.session.query(StripeEvent).count() == 4
    assert check_books().ok


def test_a_payment_turned_down_or_left_leaves_room_for_the_next(stripe, mine):
    _case, copayment = mine
    first = begin(copayment)
    ask(first)
    stripe.turn_down("pi_0000000000000000")
    assert ask(first) == "returned"
    assert stripe.intents["pi_0000000000000000"]["status"] == "canceled"
    second = begin(copayment)
    ask(second)
    with clock.frozen(clock.now() + timedelta(days=2)):
        run_job()
    assert get_payment(second).state is PaymentState.FAILED
    assert stripe.intents["pi_0000000000000001"]["status"] == "canceled"
    third = begin(copayment)
    stripe.faults = lambda _seen: "reset before"
    assert ask(third) is None
    stripe.faults = lambda _seen: None
    with clock.frozen(clock.now() + timedelta(days=2)):
        ask(third)
    assert (get_payment(third).state, len(stripe.intents)) == (PaymentState.FAILED, 2)
    assert open_fen(copayment, Party.WORKER) == copayment.worker_fen


def test_what_differs_from_our_record_moves_nothing(stripe, mine):
    _case, copayment = mine
    code = begin(copayment)
    ask(code)
    (intent,) = stripe.intents.values()
    stripe.pay(intent["id"])
    intent["amount_received"] -= 1
    assert ask(code) == "refused"
    assert get_payment(code).problem == "partly_received"
    intent["amount"] -= 1
    ask(code)
    assert get_payment(code).problem == "amount_differs"
    assert open_fen(copayment, Party.WORKER) == copayment.worker_fen


def test_a_payment_that_arrives_after_leaving_goes_back(stripe, mine):
    case, copayment = mine
    code = begin(copayment)
    ask(code)
    with write_transaction():
        leave_course_run(case.enrollment.id, reason=ExitReason.FAMILY, actor_id=None)
    stripe.pay("pi_0000000000000000")
    assert run_job() == {"payment confirmed": 1, "refund confirmed": 1}
    assert check_books().ok


@pytest.mark.sqlite
@pytest.mark.parametrize("is_protected", [True, False])
def test_a_bad_line_makes_one_intent_and_one_refund(monkeypatch, stripe, mine, is_protected):
    """The control forgets keys and never looks: then the same storm doubles."""
    from marketplace.payouts.rails import stripe_payments

    case, copayment = mine
    if not is_protected:
        monkeypatch.setattr(stripe_payments, "find_intent", lambda _api, _order: None)
    code = begin(copayment)
    stripe.faults = at_random(7, 0.6)
    drawn = random.Random(7)
    for _try in range(40):
        ask(code)
        if not is_protected or drawn.random() < 0.3:
            stripe.forget_keys()
    stripe.faults = lambda _seen: None
    assert (len(stripe.intents) == 1) is is_protected
    if not is_protected:
        return
    ask(code)
    stripe.pay("pi_0000000000000000")
    ask(code)
    with write_transaction():
        leave_course_run(case.enrollment.id, reason=ExitReason.FAMILY, actor_id=None)
    stripe.faults = at_random(8, 0.6)
    for _try in range(20):
        run_job()
    stripe.faults = lambda _seen: None
    run_job()
    assert len(stripe.refunds) == 1
    payment = db.session.get_one(CopaymentPayment, get_payment(code).id)
    assert payment.state is PaymentState.SUCCEEDED
    assert check_books().ok
