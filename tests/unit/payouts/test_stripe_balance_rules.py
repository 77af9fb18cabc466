"""A line of the Stripe balance: what it is, what it does to the books, who may explain it."""

from __future__ import annotations

from datetime import date
from itertools import product

import pytest

from marketplace.foundation.money import Money
from marketplace.ledger.states import Side
from marketplace.payouts.balance.entries import entry_for_movement, other_stripe
from marketplace.payouts.balance.rules import (
    KINDS,
    ExplainingFacts,
    LineFacts,
    OursFacts,
    refusals_for_explaining,
    refusals_for_signing,
    verdict_for,
)
from marketplace.payouts.states import MovementKind, MovementState

AMOUNTS = (-300, -1, 0, 1, 5, 300)


def line(kind="charge", amount_fen=500, currency="CNY") -> LineFacts:
    return LineFacts(kind, amount_fen, currency)


def ours(**changed) -> OursFacts:
    facts = {"subject": "PY-1", "amount_fen": 500, "currency": "CNY", "is_booked": True}
    return OursFacts(**{**facts, "is_taken": False, **changed})


@pytest.mark.parametrize(
    ("facts", "held", "cause"),
    [
        (line(), ours(), None),
        (line(), None, "unknown_payment"),
        (line(currency="USD"), ours(), "other_currency"),
        (line(amount_fen=499), ours(), "amount_differs"),
        (line(), ours(is_taken=True), "already_matched"),
        (line(), ours(is_booked=False), "not_booked_here"),
        (line("transfer_refund"), None, "unknown_transfer_back"),
        (line("payout", -500), None, None),
        (line("adjustment"), None, "unknown_kind"),
        (line("a_kind_of_next_year"), ours(), "unknown_kind"),
    ],
)
def test_a_line_is_ours_only_when_everything_agrees(facts, held, cause):
    assert verdict_for(facts, held).cause == cause


def test_what_is_booked_moves_stripe_by_the_line_and_by_nothing_else():
    """Money on `stripe:other` changes by the net of a foreign line, by the fee of one of ours."""
    for kind, own, fee in product(MovementKind, AMOUNTS, AMOUNTS):
        entry = entry_for_movement(
            "txn_1", kind=kind, own=Money(own, "CNY"), fee=Money(fee, "CNY"), on=date(2026, 11, 2)
        )
        is_foreign = kind in (MovementKind.FEE, MovementKind.BANK, MovementKind.OTHER)
        wanted = (own if is_foreign else 0) - fee
        moved = sum(
            (each.fen if each.side is Side.DEBIT else -each.fen)
            for each in (entry.lines if entry else ())
            if each.account == other_stripe("CNY")
        )
        assert moved == wanted, (kind, own, fee)


def test_nobody_signs_what_they_explained_and_nothing_is_explained_twice():
    open_ = ExplainingFacts("txn_1", MovementState.BREAK, None, 1)
    taken = ExplainingFacts("txn_1", MovementState.PROPOSED, 1, 1)

    def codes(refusals):
        return [refusal.code for refusal in refusals]

    assert not refusals_for_explaining(open_, kind=MovementKind.FEE, reason="手续费")
    assert codes(refusals_for_explaining(taken, kind=MovementKind.PAYMENT, reason="")) == [
        "movement_not_open",
        "movement_kind_needed",
        "reason_required",
    ]
    assert codes(refusals_for_signing(taken)) == ["same_person"]
    assert codes(refusals_for_signing(open_)) == ["movement_not_proposed"]
    assert {kind.value for kind in KINDS.values()} < {kind.value for kind in MovementKind}
