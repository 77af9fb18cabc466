"""Payouts to people against their benefits and the books (invariants 12, 13, 21)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from sqlalchemy import func, or_, select

from marketplace.benefits.models import Benefit, WorkerBankAccount
from marketplace.benefits.states import BenefitState
from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.foundation.violations import VIOLATIONS_SHOWN_MAX, Check, Violation
from marketplace.ledger.queries import get_balances_fen
from marketplace.payouts.models import Payout, PayoutAttempt, PayoutBatch
from marketplace.payouts.states import PayeeKind, PayoutBatchState, PayoutState
from marketplace.people.models import Worker

UNDER_WAY = (PayoutState.SENT, PayoutState.CONFIRMED)


def people_are_owed_what_is_unpaid() -> Iterator[Violation]:
    """12: a person is owed what is due of their benefits less what was kept back or sent, to the
    fen."""
    owed: dict[str, int] = defaultdict(int)
    due = db.session.execute(
        select(Worker.code, func.sum(Benefit.to_pay_fen))
        .join(Worker, Worker.id == Benefit.worker_id)
        .where(Benefit.state == BenefitState.DUE)
        .group_by(Worker.code)
    )
    for code, amount_fen in due:
        owed[code] += int(amount_fen)
    sent = db.session.execute(
        select(Worker.code, func.sum(Payout.amount_fen))
        .join(Benefit, Benefit.id == Payout.benefit_id)
        .join(Worker, Worker.id == Benefit.worker_id)
        .where(Payout.state.in_(UNDER_WAY))
        .group_by(Worker.code)
    )
    for code, amount_fen in sent:
        owed[code] -= int(amount_fen)
    balances = get_balances_fen("payable:worker")
    for code in sorted(set(owed) | set(balances)):
        if owed[code] != balances.get(code, 0):
            detail = f"{balances.get(code, 0)} in the books, {owed[code]} fen unpaid"
            yield Violation("12 payable", f"worker {code}", detail)


def payouts_pay_one_benefit() -> Iterator[Violation]:
    """13: a payout to a person pays one benefit that is due, its amount less what was kept back,
    in a batch of people."""
    rows = db.session.execute(
        select(Payout.code, Benefit.code)
        .join(Benefit, Benefit.id == Payout.benefit_id)
        .where(
            or_(
                (Payout.amount_fen != Benefit.to_pay_fen) & (Payout.state != PayoutState.RETURNED),
                Payout.currency != Benefit.currency,
                Payout.state.in_(UNDER_WAY) & (Benefit.state != BenefitState.DUE),
            )
        )
        .order_by(Payout.code)
        .limit(VIOLATIONS_SHOWN_MAX)
    )
    for code, benefit_code in rows:
        yield Violation("13 payout", f"payout {code}", f"differs from benefit {benefit_code}")
    mixed = db.session.scalars(
        select(PayoutBatch.code)
        .join(PayoutAttempt, PayoutAttempt.batch_id == PayoutBatch.id)
        .where(
            (PayoutBatch.payee == PayeeKind.WORKER)
            != PayoutAttempt.worker_bank_account_id.is_not(None)
        )
        .distinct()
        .order_by(PayoutBatch.code)
        .limit(VIOLATIONS_SHOWN_MAX)
    )
    for code in mixed:
        yield Violation("13 batch", f"batch {code}", "pays people and institutions together")


def money_went_to_the_person() -> Iterator[Violation]:
    """21: what was sent went to an account of that person, named before and past its hold."""
    rows = db.session.execute(
        select(
            Payout.code,
            WorkerBankAccount.worker_id == Benefit.worker_id,
            WorkerBankAccount.named_at,
            WorkerBankAccount.payable_from,
            PayoutBatch.sent_at,
        )
        .join(PayoutAttempt, PayoutAttempt.payout_id == Payout.id)
        .join(WorkerBankAccount, WorkerBankAccount.id == PayoutAttempt.worker_bank_account_id)
        .join(Benefit, Benefit.id == Payout.benefit_id)
        .join(PayoutBatch, PayoutBatch.id == PayoutAttempt.batch_id)
        .where(PayoutAttempt.sent_entry_id.is_not(None))
        .order_by(Payout.code)
    )
    for code, same_person, named_at, payable_from, sent_at in rows:
        if not same_person:
            yield Violation("21 payee", f"payout {code}", "went to another person's account")
        elif sent_at is None or named_at > sent_at:
            yield Violation("21 payee", f"payout {code}", "went to an account not yet named")
        elif payable_from > clock.local_date(sent_at):
            yield Violation("21 payee", f"payout {code}", "left while its account was on hold")


def nobody_signed_their_own_note() -> Iterator[Violation]:
    """20: who noted a person's account did not sign the batch that pays it."""
    rows = db.session.scalars(
        select(PayoutBatch.code)
        .join(PayoutAttempt, PayoutAttempt.batch_id == PayoutBatch.id)
        .join(WorkerBankAccount, WorkerBankAccount.id == PayoutAttempt.worker_bank_account_id)
        .where(
            PayoutBatch.decided_by == WorkerBankAccount.named_by,
            PayoutBatch.state.in_((PayoutBatchState.APPROVED, PayoutBatchState.SENT)),
        )
        .distinct()
        .order_by(PayoutBatch.code)
        .limit(VIOLATIONS_SHOWN_MAX)
    )
    for code in rows:
        yield Violation("20 two people", f"batch {code}", "signed by who noted an account in it")


PERSON_CHECKS: tuple[Check, ...] = (
    people_are_owed_what_is_unpaid,
    payouts_pay_one_benefit,
    money_went_to_the_person,
    nobody_signed_their_own_note,
)
