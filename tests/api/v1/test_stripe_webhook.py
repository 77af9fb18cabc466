"""Messages of Stripe's: signed, fresh, once, and believed only where Stripe itself agrees."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from marketplace.edge.extensions import limiter
from marketplace.foundation import clock
from marketplace.foundation.db import db, write_transaction
from marketplace.ledger.entries import AccountName
from marketplace.ledger.queries import get_balance_fen
from marketplace.payouts.checks import CHECKS
from marketplace.payouts.models import Payout, PayoutAttempt, StripeEvent, StripeTransfer
from marketplace.payouts.rails.stripe import deliver, find_stripe, use_stripe
from marketplace.payouts.transfers.operations import claim_transfer
from marketplace.payouts.transfers.queries import list_open_attempts
from tests.conftest import start_again
from tests.factories.settlement import make_officers
from tests.factories.stripe import make_stripe_batch, post_event, run_transfers, stripe_in_use
from tests.stripe_simulator import event_of

pytestmark = pytest.mark.usefixtures("app", "now")
ONCE = pytest.mark.sqlite
"""What is decided before the database is asked."""


@pytest.fixture
def stripe(app, now):
    with stripe_in_use() as simulator:
        yield simulator


@pytest.fixture
def asked(app):
    return app.test_client()


def _made(stripe) -> list[str]:
    """Two payouts whose transfers exist at Stripe, while our process died before noting them."""
    with write_transaction():
        make_stripe_batch(stripe, make_officers())
    for attempt_id in list_open_attempts():
        with write_transaction():
            claim = claim_transfer(attempt_id)
        deliver(find_stripe(), claim.order, key_number=1)
    return sorted(stripe.transfers)


def _state() -> dict[str, object]:
    """All that matters in the end."""
    db.session.rollback()
    return {
        "payouts": db.session.scalars(select(Payout.state).order_by(Payout.id)).all(),
        "clearing": get_balance_fen(AccountName("clearing:rail", "stripe")),
        "paid": get_balance_fen(AccountName("bank:paid", "stripe")),
        "transfers": db.session.scalars(
            select(StripeTransfer.transfer_id).order_by(StripeTransfer.id)
        ).all(),
        "wrong": [found.detail for check in CHECKS for found in check()],
    }


def test_a_message_confirms_once(stripe, asked):
    first, _second = _made(stripe)
    event = event_of("transfer.created", first)
    answers = [post_event(asked, event) for _time in range(3)]
    assert [answer.status_code for answer in answers] == [200] * 3
    assert [answer.json["outcome"] for answer in answers] == ["confirmed", "known", "known"]
    assert _state() == {
        "payouts": ["confirmed", "sent"],
        "clearing": 80_050,
        "paid": 120_000,
        "transfers": [first, None],
        "wrong": [],
    }
    assert db.session.scalars(select(StripeEvent.outcome)).all() == ["confirmed"]


def test_a_reversal_restores_the_payable_once(stripe, asked):
    first, _second = _made(stripe)
    run_transfers()
    stripe.reverse(first)
    for number in "ab":
        post_event(asked, event_of("transfer.reversed", first, number=number))
    assert db.session.scalars(select(StripeEvent.outcome).order_by(StripeEvent.id)).all() == [
        "returned",
        "known",
    ]
    account = db.session.scalar(text("SELECT code FROM institution ORDER BY id LIMIT 1"))
    assert get_balance_fen(AccountName("payable:institution", account)) == 120_000


def test_what_a_message_says_about_money_is_not_believed(stripe, asked):
    first, _second = _made(stripe)
    event = event_of("transfer.reversed", first)
    event["data"]["object"] |= {"amount": 1, "amount_reversed": 1, "reversed": True}
    assert post_event(asked, event).json["outcome"] == "confirmed"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"amount": 119_999}, "amount_differs"),
        ({"currency": "usd"}, "currency_differs"),
        ({"destination": "acct_thief0001"}, "payee_differs"),
        ({"amount_reversed": 1}, "partly_reversed"),
        ({"transfer_group": "PO-somebody-else"}, "no_payout_of_ours"),
    ],
)
def test_a_transfer_that_differs_is_refused_and_kept_open(stripe, asked, change, reason):
    first, _second = _made(stripe)
    stripe.transfers[first] |= change
    answer = post_event(asked, event_of("transfer.created", first))
    assert answer.json["outcome"] in ("refused", "ignored")
    assert db.session.scalars(select(StripeEvent.reason)).all() == [reason]
    assert _state()["payouts"] == ["sent", "sent"]
    assert _state()["paid"] == 0


@ONCE
@pytest.mark.parametrize(
    ("how", "code"),
    [
        ({"secret": "whsec_forged"}, "signature_wrong"),
        ({"header": ""}, "signature_missing"),
        ({"header": "t=soon,v1=abc"}, "signature_wrong"),
        ({"header": "v1=abc"}, "signature_wrong"),
        ({"late": 301}, "signature_stale"),
        ({"late": -301}, "signature_stale"),
    ],
)
def test_forged_and_stale_messages_do_nothing(stripe, asked, how, code):
    first, _second = _made(stripe)
    if late := how.pop("late", 0):
        how["at"] = int(clock.now().timestamp()) - late
    answer = post_event(asked, event_of("transfer.created", first), **how)
    assert (answer.status_code, answer.json["code"]) == (400, code)
    assert _state()["payouts"] == ["sent", "sent"]
    assert db.session.scalars(select(StripeEvent.id)).all() == []


@ONCE
def test_five_minutes_are_fresh(stripe, asked):
    first, _second = _made(stripe)
    at = int(clock.now().timestamp()) - 300
    assert post_event(asked, event_of("transfer.created", first), at=at).status_code == 200


@ONCE
@pytest.mark.parametrize(
    "event",
    [
        {},
        {"id": "evt_1"},
        event_of("transfer.created", "tr_1") | {"id": "1; DROP TABLE"},
        event_of("transfer.created", "tr_1") | {"data": None},
        event_of("transfer.created", "tr_1") | {"created": 1e30},
        [],
    ],
)
def test_what_is_signed_and_unreadable_is_refused(stripe, asked, event):
    answer = post_event(asked, event)
    assert (answer.status_code, answer.json["code"]) == (400, "message_unreadable")


@ONCE
@pytest.mark.parametrize(
    ("event", "reason"),
    [
        (event_of("payout.paid", "po_1"), "other_kind"),
        (event_of("transfer.created", "tr_1", account="acct_1"), "not_ours"),
        (event_of("transfer.created", "tr_1") | {"livemode": True}, "not_ours"),
        (event_of("transfer.created", "../v1/accounts"), "not_ours"),
        (event_of("transfer.created", "tr_unknown"), "no_such_transfer"),
    ],
)
def test_messages_that_are_not_for_us_are_acknowledged_and_noted(stripe, asked, event, reason):
    assert post_event(asked, event).status_code == 200
    assert db.session.scalars(select(StripeEvent.reason)).all() == [reason]


@ONCE
def test_when_stripe_cannot_be_asked_the_message_is_put_off(stripe, asked):
    first, _second = _made(stripe)
    stripe.faults = lambda _seen: "timeout before"
    assert post_event(asked, event_of("transfer.created", first)).status_code == 503
    assert db.session.scalars(select(StripeEvent.id)).all() == []
    stripe.faults = lambda _seen: None
    assert post_event(asked, event_of("transfer.created", first)).json["outcome"] == "confirmed"


@ONCE
def test_without_a_secret_there_is_no_such_address(asked):
    use_stripe(None)
    assert post_event(asked, event_of("transfer.created", "tr_1")).status_code == 404


def test_a_message_is_never_changed_nor_taken_away(stripe, asked):
    post_event(asked, event_of("payout.paid", "po_1"))
    for attack in ("UPDATE stripe_event SET outcome = 'confirmed'", "DELETE FROM stripe_event"):
        with pytest.raises(IntegrityError), write_transaction():
            db.session.execute(text(attack))


@ONCE
def test_the_calls_are_counted(app):
    """A flood of forged messages is stopped before it costs anything."""
    view = app.view_functions["api_webhooks.receive_stripe_event"]
    named = f"{view.__module__}.{view.__name__}"
    assert any(named in key for key in limiter.limit_manager._decorated_limits)


MESSAGES = ("created", "updated", "reversed")


@pytest.mark.sqlite
@settings(
    max_examples=5,
    deadline=None,
    derandomize=True,
    phases=(Phase.generate,),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_shuffled_tripled_forged_and_stale_messages_end_in_the_same_state(app, now, data):
    """Whatever the order, and with the job's rounds in between."""
    start_again()
    with stripe_in_use() as stripe:
        asked = app.test_client()
        first, second = _made(stripe)
        acts = [(kind, to) for kind in MESSAGES for to in (first, second)] * 3
        acts += [("forged", first), ("stale", second), ("round", ""), ("reverse", first)]
        for act, to in data.draw(st.permutations(acts)):
            if act == "reverse":
                stripe.reverse(to)
            elif act == "round":
                run_transfers()
            elif act == "forged":
                post_event(asked, event_of("transfer.created", to), secret="whsec_x")
            elif act == "stale":
                at = int(now.timestamp()) - 301
                post_event(asked, event_of("transfer.created", to), at=at)
            else:
                post_event(asked, event_of(f"transfer.{act}", to))
        # Stripe's last word on a reversal always comes after it.
        post_event(asked, event_of("transfer.reversed", first, number="last"))
        assert _state() == {
            "payouts": ["returned", "confirmed"],
            "clearing": 0,
            "paid": 80_050,
            "transfers": [first, second],
            "wrong": [],
        }
        attempts = db.session.scalars(select(PayoutAttempt.outcome).order_by(PayoutAttempt.id))
        assert list(attempts) == ["returned:REVERSED", "confirmed"]
