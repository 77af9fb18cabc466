"""What came in over the internet: handed over by two officers, proved against Stripe to 0."""

from __future__ import annotations

import random

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from marketplace.copayments.handovers.operations import (
    approve_handover,
    prepare_handover,
    record_handover_paid,
    reject_handover,
)
from marketplace.copayments.handovers.queries import BookFilter, get_book_sums, list_book
from marketplace.copayments.operations.payments import begin_online_payment
from marketplace.enrollment.states import ExitReason
from marketplace.foundation import clock
from marketplace.foundation.db import db, write_transaction
from marketplace.foundation.errors import Refused
from marketplace.foundation.paging import PageRequest
from marketplace.institutions.models import Institution, PayoutAccount
from marketplace.ledger.queries import get_sums_fen
from marketplace.payouts.balance.operations import (
    explain_movement,
    return_explanation,
    sign_explanation,
)
from marketplace.payouts.balance.queries import (
    find_last_check,
    find_missing,
    get_movement,
    list_kind_sums,
)
from marketplace.payouts.balance.reading import read_balance
from marketplace.payouts.collections.operations import (
    ask_about_payment,
    ask_about_refund,
    find_refund_order,
    note_payment,
    note_refund,
    order_for,
)
from marketplace.payouts.models import StripeMovement
from marketplace.payouts.rails.stripe import StripeApi, find_stripe, use_stripe
from marketplace.payouts.states import MovementKind, MovementState
from marketplace.redemption.operations.release import leave_course_run
from marketplace.reporting.invariants import check_books
from tests.factories.copayments import make_copayment
from tests.factories.enrollment import attend, make_completion, run_through
from tests.factories.people import make_officer
from tests.factories.rows import make_row
from tests.factories.stripe import SETTINGS
from tests.kept import kept
from tests.stripe_balance_simulator import BalanceSimulator
from tests.stripe_simulator import FAULTS

EVERYWHERE = ("",)


@pytest.fixture
def stripe(app, now):
    simulator = BalanceSimulator()
    use_stripe(StripeApi(SETTINGS, transport=simulator.session()))
    yield simulator
    use_stripe(None)


@pytest.fixture
@kept
def mine(app, now):
    """A learner whose voucher leaves something over, and two officers."""
    with write_transaction():
        case, copayment = make_copayment()
        make_row(
            PayoutAccount,
            institution_id=case.institution.id,
            state="verified",
            verified_by=None,
            payable_from=clock.today(),
            connected_account=None,
        )
        return case, copayment, make_officer().id, make_officer().id


def pay(stripe, copayment) -> str:
    with write_transaction():
        code = begin_online_payment(copayment, actor_id=1).code
    report = ask_about_payment(find_stripe(), order_for(code, return_url="https://m.example/"))
    with write_transaction():
        note_payment(code, report)
    stripe.pay(report.intent.intent_id)
    return code


def look(code) -> None:
    report = ask_about_payment(find_stripe(), order_for(code))
    with write_transaction():
        note_payment(code, report)


def read():
    return read_balance(find_stripe(), before_writing=lambda: None)


def finish(case) -> None:
    with write_transaction():
        attend(case.enrollment, case.staff.id)
        run_through(case.run.id)
        make_completion(case.enrollment, case.staff.id)


def no(act, *args, **values) -> tuple[str, ...]:
    with pytest.raises(Refused) as refused, write_transaction():
        act(*args, **values)
    db.session.rollback()
    return refused.value.codes


def handover_of(case, actor_id):
    institution = db.session.get_one(Institution, case.institution.id)
    return prepare_handover(institution, actor_id=actor_id)


def test_two_officers_hand_over_what_was_earned_and_stripe_agrees_to_the_fen(stripe, mine):
    case, copayment, maker, checker = mine
    code = pay(stripe, copayment)
    # Stripe shows the payment before our books do: a difference, until they hold it.
    assert read().reading.breaks == 1
    assert get_movement("txn_000000").cause == "not_booked_here"
    look(code)
    on_its_way = {"object": "payout", "id": "po_1", "statement_descriptor": " EPLATZ ",
                  "trace_id": {"status": "supported", "value": "091000019"}}  # fmt: skip
    stripe.move("payout", -300, source=on_its_way)
    stripe.move("adjustment", -7, fee=2)
    outcome = read()
    assert (outcome.failure, outcome.reading.resolved, outcome.reading.booked) == (None, 1, 1)
    assert find_last_check("CNY").difference_fen == 0
    told = get_movement("txn_000001")
    assert (told.source_id, told.bank_trace, told.bank_words) == ("po_1", "091000019", "EPLATZ")
    assert find_missing() == []
    fee = copayment.worker_fen * 2 // 100
    assert get_sums_fen("stripe:fees") == {"CNY": fee}
    assert get_sums_fen("stripe:bank") == {"CNY": 300}
    assert read().reading.new == 0  # the same lines again are the same lines
    assert no(handover_of, case, maker) == ("copayment_nothing_earned",)
    finish(case)
    row = list_book(BookFilter(), PageRequest(1, 5), paths=EVERYWHERE).items[0]
    assert row.earned_fen == copayment.worker_fen
    with write_transaction():
        first = handover_of(case, maker).code
    assert no(handover_of, case, maker) == ("copayment_nothing_earned",)
    assert no(approve_handover, first, actor_id=maker) == ("same_person",)
    assert no(record_handover_paid, first, reference="B-1", actor_id=maker) == (
        "handover_not_approved",
    )
    with pytest.raises(IntegrityError, match="two officers"), write_transaction():
        db.session.execute(text("UPDATE copayment_payment SET passed_on_reference = 'alone'"))
    with write_transaction():
        reject_handover(first, reason="金额待核", actor_id=checker)
    with write_transaction():
        second = handover_of(case, maker).code
    for _again in range(2):
        with write_transaction():
            approve_handover(second, actor_id=checker)
    for _again in range(2):
        with write_transaction():
            record_handover_paid(second, reference="B-1", actor_id=maker)
    sums = get_book_sums(BookFilter(), paths=EVERYWHERE)
    assert (sums.collected_fen, sums.passed_on_fen, sums.held_fen) == (
        copayment.worker_fen,
        copayment.worker_fen,
        0,
    )
    settle_the_adjustment(maker, checker)
    assert check_books().ok


def settle_the_adjustment(maker, checker) -> None:
    """A line that is nothing of ours: explained by one officer, signed by another."""
    line = "txn_000002"
    assert get_movement(line).cause == "unknown_kind"
    said = {"kind": MovementKind.FEE, "reason": "争议手续费"}
    with write_transaction():
        explain_movement(line, actor_id=maker, **said)
    assert no(sign_explanation, line, actor_id=maker) == ("same_person",)
    with write_transaction():
        return_explanation(line, reason="附件不全", actor_id=checker)
    with write_transaction():
        explain_movement(line, actor_id=maker, **said)
    for _again in range(2):
        with write_transaction():
            sign_explanation(line, actor_id=checker)
    assert {one.kind for one in list_kind_sums() if one.open_fen} == set()
    with pytest.raises(IntegrityError, match="stays what it is"), write_transaction():
        db.session.execute(text("UPDATE stripe_movement SET amount_fen = 1, net_fen = 1 - fee_fen"))


def test_whatever_the_line_does_each_line_is_read_once(stripe, mine):
    case, copayment, _maker, _checker = mine
    code = pay(stripe, copayment)
    look(code)
    with write_transaction():
        leave_course_run(case.enrollment.id, reason=ExitReason.ILLNESS, actor_id=None)
    order = find_refund_order(code)
    seen = ask_about_refund(find_stripe(), order)
    with write_transaction():
        note_refund(code, seen)
    for number in range(5):
        stripe.move("stripe_fee", -number - 1)
    stripe.move("charge", 50, source={"id": "ch_x", "object": "charge", "payment_intent": "pi_x"})
    drawn = random.Random(5)
    stripe.faults = lambda _seen: drawn.choice(FAULTS) if drawn.random() < 0.3 else None
    failures = {read().failure for _round in range(12)}
    assert len(failures) > 1, "no fault was hit"
    stripe.faults = lambda _seen: None
    assert read().failure is None
    kept_lines = db.session.scalars(select(StripeMovement.movement_id)).all()
    assert sorted(kept_lines) == sorted(line["id"] for line in stripe.lines)
    assert find_last_check("CNY").difference_fen == 0
    states = dict(db.session.execute(select(StripeMovement.kind, StripeMovement.state)).all())
    assert states["refund"] is MovementState.MATCHED
    assert get_movement(stripe.lines[-1]["id"]).cause == "unknown_payment"
    assert find_missing() == []
    assert check_books().ok
    # What moves while it is read proves nothing, and is no difference.
    stripe.moved_while_read = 1
    last = find_last_check("CNY").id
    assert read().failure == "moved_meanwhile"
    assert find_last_check("CNY").id == last
    # A line that cannot be read stops the reading; nothing of it is kept.
    stripe.moved_while_read = 0
    stripe.move("charge", 10)["net"] = 9
    assert read().failure == "unreadable_answer"
