"""Benefits against the books and the redemptions they follow from (invariants 12, 17, 19)."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import and_, func, or_, select

from marketplace.benefits.clawbacks.checks import CLAWBACK_CHECKS
from marketplace.benefits.entries import BENEFIT_DUE, BENEFIT_WITHDRAWN
from marketplace.benefits.models import Benefit, WorkerBankAccount
from marketplace.benefits.rules import split_by_funding
from marketplace.benefits.states import BenefitState, WorkerBankAccountState
from marketplace.enrollment.models import Enrollment
from marketplace.foundation.db import db
from marketplace.foundation.violations import VIOLATIONS_SHOWN_MAX, Check, Violation
from marketplace.ledger.flow_queries import (
    credits_of_entries,
    get_spent_by_entry,
    total_credits_of_entries,
)
from marketplace.people.models import Worker
from marketplace.redemption.models import Redemption

AT_ONCE = 500
_NOT_BOOKED = ("has no entry of its amount", "withdrawn on one side only")


def benefits_are_booked() -> Iterator[Violation]:
    """17: what is owed to a person has its entry, of its amount and to that person, and each such
    entry its benefit; so has what was withdrawn again."""
    owed = credits_of_entries("payable:worker", entry_kind=BENEFIT_DUE)
    back = total_credits_of_entries("allotment:available", entry_kind=BENEFIT_WITHDRAWN)
    is_owed = and_(owed.c.holder == Worker.code, owed.c.fen == Benefit.amount_fen)
    has_no_entry = or_(owed.c.entry_id.is_(None), ~is_owed)
    is_back = and_(back.c.entry_id.is_not(None), back.c.fen == Benefit.amount_fen)
    half_withdrawn = is_back != (Benefit.state == BenefitState.WITHDRAWN)
    rows = db.session.execute(
        select(Benefit.code, has_no_entry, half_withdrawn)
        .join(Worker, Worker.id == Benefit.worker_id)
        .outerjoin(owed, owed.c.entry_id == Benefit.entry_id)
        .outerjoin(back, back.c.entry_id == Benefit.withdrawn_entry_id)
        .where(or_(Benefit.entry_id.is_not(None), Benefit.state == BenefitState.DUE))
        .where(or_(has_no_entry, half_withdrawn))
        .order_by(Benefit.id)
        .limit(VIOLATIONS_SHOWN_MAX)
    )
    for code, *wrong in rows:
        for said, is_so in zip(_NOT_BOOKED, wrong, strict=True):
            if is_so:
                yield Violation("17 business cause", f"benefit {code}", said)
    for entries, column in ((owed, Benefit.entry_id), (back, Benefit.withdrawn_entry_id)):
        of_none = (
            select(entries.c.entry_id)
            .outerjoin(Benefit, column == entries.c.entry_id)
            .where(Benefit.id.is_(None))
            .order_by(entries.c.entry_id)
            .limit(VIOLATIONS_SHOWN_MAX)
        )
        for entry_id in db.session.scalars(of_none):
            yield Violation("17 business cause", f"entry {entry_id}", "is of no benefit")


def benefits_follow_from_their_redemption() -> Iterator[Violation]:
    """19: a benefit is of the person, the training and the money of its redemption."""
    rows = db.session.scalars(
        select(Benefit.code)
        .join(Redemption, Redemption.id == Benefit.redemption_id)
        .join(Enrollment, Enrollment.id == Benefit.enrollment_id)
        .where(
            or_(
                Redemption.enrollment_id != Benefit.enrollment_id,
                Redemption.allotment_id != Benefit.allotment_id,
                Enrollment.worker_id != Benefit.worker_id,
            )
        )
        .order_by(Benefit.code)
        .limit(VIOLATIONS_SHOWN_MAX)
    )
    for code in rows:
        yield Violation("19 states", f"benefit {code}", "is not of its redemption")


def benefits_are_paid_by_who_paid_the_training() -> Iterator[Violation]:
    """8: each allotment pays of a benefit the part that it paid of the training, to the fen."""
    rows = db.session.execute(
        select(Benefit.id, Benefit.code, Benefit.amount_fen, Benefit.entry_id, Redemption.entry_id)
        .join(Redemption, Redemption.id == Benefit.redemption_id)
        .where(Benefit.entry_id.is_not(None), Benefit.is_split)
        .order_by(Benefit.id)
    ).all()
    for start in range(0, len(rows), AT_ONCE):
        piece = rows[start : start + AT_ONCE]
        available, committed = "allotment:available", "allotment:committed"
        trained = get_spent_by_entry(
            [row[4] for row in piece], promised=committed, returned=available
        )
        paid = get_spent_by_entry(
            [row[3] or 0 for row in piece], promised=available, returned=available
        )
        for _id, code, amount_fen, entry_id, redemption_entry_id in piece:
            by = trained.get(redemption_entry_id, {})
            due = dict(split_by_funding(amount_fen, list(by.items()))) if by else {}
            if due != paid.get(entry_id or 0, {}):
                yield Violation("8 shares", f"benefit {code}", "is not paid as its training was")


def steps_add_up_to_the_amount() -> Iterator[Violation]:
    """A benefit is what the reasons of its decision come to."""
    rows = db.session.execute(
        select(Benefit.code, Benefit.amount_fen, Benefit.steps)
        .order_by(Benefit.id)
        .execution_options(yield_per=1_000)
    )
    for code, amount_fen, steps in rows:
        told = sum(step["amount_fen"] for step in steps)
        if told != amount_fen:
            detail = f"{amount_fen} due, its reasons say {told} fen"
            yield Violation("19 states", f"benefit {code}", detail)


def one_bank_account_is_in_force() -> Iterator[Violation]:
    """21: a person is paid on one account at a time."""
    rows = db.session.execute(
        select(Worker.code, func.count())
        .join(WorkerBankAccount, WorkerBankAccount.worker_id == Worker.id)
        .where(WorkerBankAccount.state == WorkerBankAccountState.IN_FORCE)
        .group_by(Worker.code)
        .having(func.count() > 1)
        .order_by(Worker.code)
        .limit(VIOLATIONS_SHOWN_MAX)
    )
    for code, count in rows:
        yield Violation("21 payee", f"worker {code}", f"{count} accounts in force")


CHECKS: tuple[Check, ...] = (
    benefits_are_booked,
    benefits_follow_from_their_redemption,
    benefits_are_paid_by_who_paid_the_training,
    steps_add_up_to_the_amount,
    one_bank_account_is_in_force,
    *CLAWBACK_CHECKS,
)
