"""Payouts on their way through Stripe, and the messages about them."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, or_, select

from marketplace.foundation.db import db
from marketplace.foundation.errors import NotFound
from marketplace.foundation.paging import Page, PageRequest
from marketplace.institutions.models import PayoutAccount
from marketplace.payouts.models import (
    Payout,
    PayoutAttempt,
    PayoutBatch,
    StripeEvent,
    StripeTransfer,
)
from marketplace.payouts.queries import BATCH_MAX
from marketplace.payouts.states import PayoutState, RailName
from marketplace.payouts.transfers.rules import TRIES_MAX


@dataclass(frozen=True, slots=True)
class StripeAttempt:
    """One try of a payout through Stripe, with everything that a transfer needs."""

    payout_id: int
    attempt: PayoutAttempt
    batch: PayoutBatch
    connected_account: str | None


def list_open_attempts(batch_id: int | None = None) -> list[int]:
    """Tries that are on their way and not given up, oldest first (at most 1,000)."""
    wanted = (
        select(PayoutAttempt.id)
        .join(Payout, Payout.id == PayoutAttempt.payout_id)
        .join(PayoutBatch, PayoutBatch.id == PayoutAttempt.batch_id)
        .outerjoin(StripeTransfer, StripeTransfer.payout_attempt_id == PayoutAttempt.id)
        .where(
            Payout.state == PayoutState.SENT,
            PayoutAttempt.number == Payout.attempt,
            PayoutAttempt.outcome.is_(None),
            PayoutBatch.rail == RailName.STRIPE,
        )
    )
    if batch_id is None:
        tries = StripeTransfer.tries
        wanted = wanted.where(or_(tries.is_(None), tries < TRIES_MAX))
    else:
        wanted = wanted.where(PayoutBatch.id == batch_id)
    return list(db.session.scalars(wanted.order_by(PayoutAttempt.id).limit(BATCH_MAX)))


def get_stripe_attempt(attempt_id: int) -> StripeAttempt:
    """A try with its batch and the account it goes to, as they are now."""
    row = db.session.execute(
        select(PayoutAttempt.payout_id, PayoutAttempt, PayoutBatch, PayoutAccount.connected_account)
        .join(PayoutBatch, PayoutBatch.id == PayoutAttempt.batch_id)
        .join(PayoutAccount, PayoutAccount.id == PayoutAttempt.payout_account_id)
        .where(PayoutAttempt.id == attempt_id)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if row is None:
        raise NotFound("payout", attempt_id)
    return StripeAttempt(*row)


def find_transfer(attempt_id: int) -> StripeTransfer | None:
    """Our side of a try, as it is now. Its payout is the lock."""
    return db.session.scalar(
        select(StripeTransfer)
        .where(StripeTransfer.payout_attempt_id == attempt_id)
        .execution_options(populate_existing=True)
    )


def list_transfers_of_batch(batch_id: int) -> dict[int, StripeTransfer]:
    """The transfers of a batch by try."""
    rows = db.session.scalars(
        select(StripeTransfer)
        .join(PayoutAttempt, PayoutAttempt.id == StripeTransfer.payout_attempt_id)
        .where(PayoutAttempt.batch_id == batch_id)
        .order_by(StripeTransfer.id)
        .limit(BATCH_MAX)
    )
    return {row.payout_attempt_id: row for row in rows}


def find_event(event_id: str) -> StripeEvent | None:
    """A message that was taken in."""
    return db.session.scalar(select(StripeEvent).where(StripeEvent.event_id == event_id))


def list_events(page: PageRequest) -> Page[StripeEvent]:
    """Messages, newest first."""
    total = db.session.scalar(select(func.count()).select_from(StripeEvent)) or 0
    rows = db.session.scalars(
        select(StripeEvent).order_by(StripeEvent.id.desc()).offset(page.offset).limit(page.limit)
    )
    return Page(list(rows), total, page.number, page.limit)


def count_doubted() -> int:
    """Transfers that have a problem: neither confirmed nor returned, or not as we recorded."""
    return (
        db.session.scalar(
            select(func.count())
            .select_from(StripeTransfer)
            .where(StripeTransfer.problem.is_not(None))
        )
        or 0
    )
