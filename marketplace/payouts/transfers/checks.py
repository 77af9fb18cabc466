"""Payouts through Stripe against what was taken in (invariant 33), proved again from the rows."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import func, or_, select, text

from marketplace.foundation.db import db, dialect_name
from marketplace.foundation.violations import VIOLATIONS_SHOWN_MAX, Check, Violation
from marketplace.payouts.models import PayoutAttempt, PayoutBatch, StripeEvent, StripeTransfer
from marketplace.payouts.states import EventOutcome, RailName

GUARDS_OF_ENGINE: dict[str, tuple[str, ...]] = {
    "sqlite": (
        "payout_account_connected_stays",
        "stripe_transfer_stays",
        "stripe_transfer_no_delete",
        "stripe_event_no_update",
        "stripe_event_no_delete",
        "stripe_event_no_replace",
    ),
    "postgresql": (
        "payout_account_connected_stays",
        "stripe_transfer_stays",
        "stripe_event_stays",
        "stripe_event_no_truncate",
    ),
}
MOVED = (EventOutcome.CONFIRMED, EventOutcome.RETURNED)


def messages_took_effect_once() -> Iterator[Violation]:
    """33: a message is taken in once, and a payout is confirmed and returned by one at most."""
    twice = (
        select(StripeEvent.event_id, func.count())
        .group_by(StripeEvent.event_id)
        .having(func.count() > 1)
        .order_by(StripeEvent.event_id)
        .limit(VIOLATIONS_SHOWN_MAX)
    )
    for event_id, count in db.session.execute(twice):
        yield Violation("33 message once", f"message {event_id}", f"taken in {count} times")
    moved = (
        select(PayoutAttempt.end_to_end_id, StripeEvent.outcome, func.count())
        .join(PayoutAttempt, PayoutAttempt.id == StripeEvent.payout_attempt_id)
        .where(StripeEvent.outcome.in_(MOVED))
        .group_by(PayoutAttempt.end_to_end_id, StripeEvent.outcome)
        .having(func.count() > 1)
        .order_by(PayoutAttempt.end_to_end_id)
        .limit(VIOLATIONS_SHOWN_MAX)
    )
    for reference, outcome, count in db.session.execute(moved):
        yield Violation("33 message once", f"payout {reference}", f"{outcome} by {count} messages")


def messages_say_what_was_booked() -> Iterator[Violation]:
    """33: a message that confirmed or returned names a try that carries such an outcome."""
    booked = PayoutAttempt.outcome
    rows = db.session.execute(
        select(StripeEvent.event_id, StripeEvent.outcome, booked)
        .outerjoin(PayoutAttempt, PayoutAttempt.id == StripeEvent.payout_attempt_id)
        .where(
            StripeEvent.kind.like("transfer.%"),
            or_(
                StripeEvent.outcome.in_(MOVED) & booked.is_(None),
                (StripeEvent.outcome == EventOutcome.RETURNED) & booked.not_like("returned%"),
            ),
        )
        .order_by(StripeEvent.id)
        .limit(VIOLATIONS_SHOWN_MAX)
    )
    for event_id, outcome, found in rows:
        yield Violation("33 message once", f"message {event_id}", f"{outcome}, booked: {found}")


def confirmed_payouts_have_their_transfer() -> Iterator[Violation]:
    """33: what Stripe paid has the number of its transfer; only its own channel has transfers."""
    rows = db.session.execute(
        select(PayoutAttempt.end_to_end_id, PayoutBatch.rail, StripeTransfer.transfer_id)
        .join(PayoutBatch, PayoutBatch.id == PayoutAttempt.batch_id)
        .outerjoin(StripeTransfer, StripeTransfer.payout_attempt_id == PayoutAttempt.id)
        .where(
            or_(
                (PayoutBatch.rail == RailName.STRIPE)
                & (PayoutAttempt.outcome == "confirmed")
                & StripeTransfer.transfer_id.is_(None),
                (PayoutBatch.rail != RailName.STRIPE) & StripeTransfer.id.is_not(None),
            )
        )
        .order_by(PayoutAttempt.id)
        .limit(VIOLATIONS_SHOWN_MAX)
    )
    for reference, rail, transfer_id in rows:
        yield Violation(
            "33 message once", f"payout {reference}", f"through {rail.value}: {transfer_id}"
        )


def transfers_are_guarded() -> Iterator[Violation]:
    """The triggers that keep connected accounts, transfers and messages exist and are on."""
    if dialect_name() == "sqlite":
        query = text("SELECT name FROM sqlite_master WHERE type = 'trigger'")
    else:
        query = text("SELECT tgname FROM pg_trigger WHERE tgenabled IN ('O', 'A')")
    present = set(db.session.scalars(query))
    for name in GUARDS_OF_ENGINE[dialect_name()]:
        if name not in present:
            yield Violation("transfers guarded", f"trigger {name}", "missing or switched off")


TRANSFER_CHECKS: tuple[Check, ...] = (
    messages_took_effect_once,
    messages_say_what_was_booked,
    confirmed_payouts_have_their_transfer,
    transfers_are_guarded,
)
