"""The book of the Stripe balance, proved again from rows and postings."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select, text

from marketplace.foundation.db import db, dialect_name
from marketplace.foundation.violations import Check, Violation
from marketplace.ledger.queries import get_booked, get_sums_fen
from marketplace.payouts.balance.rules import OURS, kind_of
from marketplace.payouts.models import StripeMovement
from marketplace.payouts.states import MovementState

GUARDS = ("stripe_movement_stays", "stripe_balance_check_stays", "copayment_payment_signed")


def other_money_is_the_lines() -> Iterator[Violation]:
    """What moved on `stripe:other` is the sum of the lines that are booked, and their fees."""
    wanted: dict[str, int] = {}
    rows = db.session.execute(
        select(
            StripeMovement.kind,
            StripeMovement.state,
            StripeMovement.amount_fen,
            StripeMovement.fee_fen,
            StripeMovement.currency,
        )
        .where(StripeMovement.entry_id.is_not(None))
        .order_by(StripeMovement.id)
    )
    for kind, state, amount_fen, fee_fen, currency in rows:
        is_own = state is MovementState.MATCHED and kind_of(kind) in OURS
        moved = (0 if is_own else amount_fen) - fee_fen
        wanted[currency] = wanted.get(currency, 0) - moved  # money that left credits stripe:other
    found = get_sums_fen("stripe:other")
    for currency in sorted(wanted.keys() | found.keys()):
        if wanted.get(currency, 0) != found.get(currency, 0):
            yield Violation(
                "stripe balance booked", f"stripe:other {currency}",
                f"{found.get(currency, 0)} fen, not {wanted.get(currency, 0)}",
            )  # fmt: skip


def entries_have_their_line() -> Iterator[Violation]:
    """17: each entry of a line names it, and each line that was booked has its entry."""
    rows = db.session.scalars(
        select(StripeMovement.movement_id)
        .where(StripeMovement.entry_id.is_not(None))
        .order_by(StripeMovement.id)
    )
    for movement_id in sorted(set(rows) ^ set(get_booked("stripe.moved"))):
        yield Violation("17 business cause", f"line {movement_id}", "line and entry disagree")


def stripe_book_is_guarded() -> Iterator[Violation]:
    """The triggers that keep lines, proofs and signatures exist and are on."""
    if dialect_name() == "sqlite":
        query = text("SELECT name FROM sqlite_master WHERE type = 'trigger'")
    else:
        query = text("SELECT tgname FROM pg_trigger WHERE tgenabled IN ('O', 'A')")
    present = set(db.session.scalars(query))
    for name in GUARDS:
        if name not in present:
            yield Violation("stripe book guarded", f"trigger {name}", "missing or switched off")


BALANCE_CHECKS: tuple[Check, ...] = (
    other_money_is_the_lines,
    entries_have_their_line,
    stripe_book_is_guarded,
)
