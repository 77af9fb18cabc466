"""Payouts through Stripe: booked, handed over, confirmed, returned, and never twice."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError

from marketplace.audit.models import AuditEvent
from marketplace.foundation import clock
from marketplace.foundation.db import db, write_transaction
from marketplace.foundation.errors import Refused
from marketplace.institutions.models import Institution, PayoutAccount
from marketplace.jobs.models import Job
from marketplace.ledger.entries import AccountName
from marketplace.ledger.queries import get_balance_fen
from marketplace.payouts.checks import CHECKS
from marketplace.payouts.models import Payout, PayoutAttempt, PayoutBatch, StripeTransfer
from marketplace.payouts.operations import (
    approve_payout_batch,
    prepare_payout_batch,
    send_payout_batch,
)
from marketplace.payouts.rails.stripe import deliver, find_stripe, use_stripe
from marketplace.payouts.states import PayoutState
from marketplace.payouts.transfers.operations import ask_again, claim_transfer, note_delivery
from marketplace.payouts.transfers.queries import list_open_attempts
from tests.factories.settlement import make_approved_settlement, make_officers
from tests.factories.stripe import make_stripe_batch, run_transfers, stripe_in_use
from tests.kept import kept

pytestmark = pytest.mark.usefixtures("app", "now")


@pytest.fixture
def stripe(app, now):
    with stripe_in_use() as simulator:
        yield simulator


@pytest.fixture
@kept
def officers(app, now):
    with write_transaction():
        return make_officers()


@pytest.fixture
def sent(stripe, officers):
    with write_transaction():
        return make_stripe_batch(stripe, officers)


def _states() -> list[PayoutState]:
    db.session.rollback()
    return list(db.session.scalars(select(Payout.state).order_by(Payout.id)))


def _on_the_way() -> int:
    return get_balance_fen(AccountName("clearing:rail", "stripe"))


def _paid() -> int:
    return get_balance_fen(AccountName("bank:paid", "stripe"))


def _problems() -> list[str | None]:
    db.session.rollback()
    return list(db.session.scalars(select(StripeTransfer.problem).order_by(StripeTransfer.id)))


def _violations() -> list[str]:
    return [f"{found.subject}: {found.detail}" for check in CHECKS for found in check()]


def _count(event: str) -> int | None:
    return db.session.scalar(select(func.count()).where(AuditEvent.event == event))


def test_sending_books_and_asks_for_the_job_without_a_call(stripe, sent):
    assert _states() == [PayoutState.SENT] * 2
    assert (_on_the_way(), _paid()) == (200_050, 0)
    assert stripe.seen == []
    assert db.session.scalars(select(Job.kind)).all() == ["stripe_transfers"]


def test_each_payout_becomes_one_transfer_and_is_confirmed(stripe, sent):
    assert run_transfers() == {"confirmed": 2}
    assert _states() == [PayoutState.CONFIRMED] * 2
    assert (_on_the_way(), _paid()) == (0, 200_050)
    made = db.session.execute(
        select(StripeTransfer.transfer_id, PayoutAttempt.end_to_end_id, StripeTransfer.problem)
        .join(PayoutAttempt, PayoutAttempt.id == StripeTransfer.payout_attempt_id)
        .order_by(StripeTransfer.id)
    ).all()
    assert [(number, [t["id"] for t in stripe.living(ref)]) for number, ref, _no in made] == [
        (number, [number]) for number, _ref, _no in made
    ]
    assert run_transfers() == {}, "nothing is open any more"
    assert _violations() == []


def test_stripe_must_be_set_up_and_every_payee_connected(stripe, officers):
    with write_transaction():
        settlement = make_approved_settlement(officers)
    use_stripe(None)
    with pytest.raises(Refused) as refused, write_transaction():
        prepare_payout_batch([settlement.id], rail="stripe", actor_id=officers.maker_id)
    assert refused.value.codes == ("stripe_not_configured",)


def test_a_payee_without_stripe_account_is_named(stripe, officers, monkeypatch):
    monkeypatch.setattr("tests.factories.settlement.CONNECTED", False)
    with write_transaction():
        settlement = make_approved_settlement(officers, name="无账户学校")
    with pytest.raises(Refused) as refused, write_transaction():
        prepare_payout_batch([settlement.id], rail="stripe", actor_id=officers.maker_id)
    assert [(r.code, r.params["institution"]) for r in refused.value.refusals] == [
        ("no_connected_account", "无账户学校")
    ]


@pytest.mark.parametrize("fault", ["timeout after", "reset after", "500 after", "503", "429"])
def test_whatever_the_fault_the_next_round_leaves_one_transfer(stripe, sent, fault):
    stripe.faults = lambda seen: fault if seen.method == "POST" else None
    assert run_transfers() == {"waiting": 2}
    assert _states() == [PayoutState.SENT] * 2
    assert all(_problems())
    stripe.faults = lambda _seen: None
    stripe.forget_keys()
    assert run_transfers() == {"confirmed": 2}
    assert len(stripe.transfers) == 2
    assert _problems() == [None, None]
    assert _paid() == 200_050


def test_killed_between_the_effect_and_its_note(stripe, sent):
    """The claim is saved, the transfer made, and the process dies: the next one finds it."""
    attempt_id = list_open_attempts()[0]
    with write_transaction():
        claim = claim_transfer(attempt_id)
    deliver(find_stripe(), claim.order, key_number=claim.key_number)
    stripe.forget_keys()
    assert run_transfers() == {"skipped": 1, "confirmed": 1}, "the claim still stands"
    with clock.frozen(clock.now() + timedelta(minutes=3)):
        assert run_transfers() == {"confirmed": 1}
    assert len(stripe.transfers) == 2


def test_two_runners_at_once_leave_one_transfer(stripe, sent):
    """A runner whose claim ran out wakes up and notes its answer after the other one."""
    attempt_id = list_open_attempts()[0]
    with write_transaction():
        slow = claim_transfer(attempt_id)
    with clock.frozen(clock.now() + timedelta(minutes=3)):
        run_transfers()
    report = deliver(find_stripe(), slow.order, key_number=slow.key_number)
    with write_transaction():
        assert note_delivery(slow, report) == "known"
    assert len(stripe.transfers) == 2
    assert _paid() == 200_050


def test_a_refused_transfer_is_owed_again_once(stripe, sent, officers):
    payee = db.session.scalars(select(PayoutAccount).order_by(PayoutAccount.id)).first()
    stripe.connect(payee.connected_account, transfers="inactive")
    assert run_transfers() == {"returned": 1, "confirmed": 1}
    assert sorted(_states()) == [PayoutState.CONFIRMED, PayoutState.RETURNED]
    code = db.session.get_one(Institution, payee.institution_id).code
    assert get_balance_fen(AccountName("payable:institution", code)) == 120_000
    assert run_transfers() == {}
    payout = db.session.scalars(select(Payout).where(Payout.state == PayoutState.RETURNED)).one()
    stripe.connect(payee.connected_account)
    with write_transaction():
        batch = prepare_payout_batch(
            [payout.settlement_id], rail="stripe", actor_id=officers.maker_id
        )
        approve_payout_batch(batch.id, actor_id=officers.checker_id)
        send_payout_batch(batch.id, actor_id=officers.maker_id)
    assert run_transfers() == {"confirmed": 1}
    assert _violations() == []


def test_a_transfer_that_differs_moves_nothing_and_stops_the_payout(stripe, sent):
    """Somebody made a transfer with our reference and another amount by hand."""
    attempt = db.session.scalars(select(PayoutAttempt).order_by(PayoutAttempt.id)).first()
    account = db.session.get_one(PayoutAccount, attempt.payout_account_id).connected_account
    form = {"amount": "1", "currency": "cny", "destination": account}
    stripe._create({**form, "transfer_group": attempt.end_to_end_id})
    for _round in range(2):
        assert run_transfers()["refused"] == 1
    assert sorted(_states()) == [PayoutState.CONFIRMED, PayoutState.SENT]
    assert _problems() == ["amount_differs", None]
    assert _on_the_way() == 120_000
    assert len(stripe.transfers) == 2
    assert _count("payout.transfer_doubted") == 1, "told once, not at every look"


def test_when_stripe_is_down_the_round_ends_early(stripe, officers):
    with write_transaction():
        make_stripe_batch(stripe, officers, (100,) * 8)
    stripe.faults = lambda _seen: "timeout before"
    assert run_transfers() == {"waiting": 5}
    assert len(stripe.seen) == 5


def test_after_many_tries_an_officer_is_needed(stripe, sent, officers):
    stripe.faults = lambda _seen: "503"
    run_transfers()
    with write_transaction():
        db.session.execute(text("UPDATE stripe_transfer SET tries = 200"))
    stripe.faults = lambda _seen: None
    assert run_transfers() == {}
    with write_transaction():
        assert ask_again(sent.id, actor_id=officers.maker_id) == 2
    assert run_transfers() == {"confirmed": 2}
    with pytest.raises(Refused) as refused, write_transaction():
        ask_again(sent.id, actor_id=officers.maker_id)
    assert refused.value.codes == ("nothing_on_its_way",)


@pytest.mark.parametrize(
    "attack",
    [
        "UPDATE stripe_transfer SET transfer_id = 'tr_other'",
        "UPDATE stripe_transfer SET connected_account = 'acct_thief0001'",
        "DELETE FROM stripe_transfer",
        "INSERT INTO stripe_transfer (payout_attempt_id, connected_account, key_number, tries)"
        " SELECT payout_attempt_id, 'acct_again00001', 1, 0 FROM stripe_transfer LIMIT 1",
        "UPDATE payout_account SET connected_account = 'acct_thief0001'",
    ],
)
def test_the_database_keeps_transfers_and_payees(stripe, sent, attack):
    run_transfers()
    with pytest.raises(IntegrityError), write_transaction():
        db.session.execute(text(attack))


def test_the_rail_is_a_known_one(sent):
    with pytest.raises(IntegrityError), write_transaction():
        db.session.execute(text("UPDATE payout_batch SET rail = 'carrier_pigeon'"))
    assert db.session.get_one(PayoutBatch, sent.id).rail == "stripe"
