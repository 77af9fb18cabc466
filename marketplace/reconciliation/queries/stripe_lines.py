"""What open differences may be of: movements between Stripe and the bank, handovers."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import or_, select

from marketplace.copayments.models import CopaymentHandover
from marketplace.copayments.states import HandoverState
from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.payouts.balance.rules import KINDS
from marketplace.payouts.models import StripeMovement
from marketplace.payouts.states import MovementKind, MovementState
from marketplace.reconciliation.models import BreakProposal
from marketplace.reconciliation.rules.stripe_lines import HandoverFacts, StripeFacts
from marketplace.reconciliation.states import ProposalState

ALIKE_MAX = 1_000
LIVE = (ProposalState.PROPOSED, ProposalState.POSTED)
BANK_KINDS = [name for name, meant in KINDS.items() if meant is MovementKind.BANK]
WAS_BANK = or_(
    (StripeMovement.state == MovementState.BOOKED) & StripeMovement.kind.in_(BANK_KINDS),
    (StripeMovement.state == MovementState.EXPLAINED)
    & StripeMovement.explanation.startswith(f"{MovementKind.BANK.value}:"),
)
"""Booked as money between Stripe and the bank: by Stripe's type, or by two officers."""


def list_stripe_facts(amounts: Collection[int]) -> list[StripeFacts]:
    """Movements between Stripe and the bank, of one of these amounts of bank lines, that no line
    explains yet (at most 1,000, the oldest first)."""
    taken = select(BreakProposal.stripe_movement_id).where(
        BreakProposal.stripe_movement_id.is_not(None),
        BreakProposal.state.in_(LIVE),
        BreakProposal.reverses_id.is_(None),
    )
    rows = db.session.scalars(
        select(StripeMovement)
        .where(
            WAS_BANK,
            StripeMovement.amount_fen.in_({-amount for amount in amounts}),
            StripeMovement.id.not_in(taken),
        )
        .order_by(StripeMovement.id)
        .limit(ALIKE_MAX)
    )
    return [
        StripeFacts(
            row.movement_id,
            row.amount_fen,
            row.currency,
            clock.local_date(row.created_at),
            tuple(one for one in (row.source_id, row.bank_trace, row.bank_words) if one),
        )
        for row in rows
    ]


def find_movement_row(movement_id: str) -> int:
    """The row of a movement, by Stripe's number of it."""
    return db.session.scalars(
        select(StripeMovement.id).where(StripeMovement.movement_id == movement_id)
    ).one()


def list_handover_facts(amounts: Collection[int]) -> dict[int, list[HandoverFacts]]:
    """Signed and paid handovers of one of these amounts of bank lines, by amount (at most
    1,000, the newest first)."""
    rows = db.session.execute(
        select(CopaymentHandover.amount_fen, CopaymentHandover.code, CopaymentHandover.reference)
        .where(
            CopaymentHandover.amount_fen.in_({-amount for amount in amounts if amount < 0}),
            CopaymentHandover.state.in_((HandoverState.APPROVED, HandoverState.PAID)),
        )
        .order_by(CopaymentHandover.id.desc())
        .limit(ALIKE_MAX)
    )
    found: dict[int, list[HandoverFacts]] = {}
    for amount_fen, code, reference in rows:
        found.setdefault(-amount_fen, []).append(HandoverFacts(code, reference))
    return found
