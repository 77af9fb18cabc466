"""Which entry settles a difference, and who may sign it."""

from __future__ import annotations

from datetime import date

import pytest

from marketplace.foundation.money import Money
from marketplace.ledger.states import Side
from marketplace.reconciliation.entries import counter_side, entry_for_break, other_bank
from marketplace.reconciliation.rules.proposals import (
    BreakFacts,
    DecidingFacts,
    TakingFacts,
    kinds_for,
    proposal_for,
    refusals_for_bulk,
    refusals_for_deciding,
    refusals_for_reversal,
    refusals_for_taking,
)
from marketplace.reconciliation.rules.stripe_lines import HandoverFacts, StripeFound
from marketplace.reconciliation.rules.suggestions import Reason
from marketplace.reconciliation.states import BreakState, ProposalKind, ProposalState

K = ProposalKind
NAMED = StripeFound("txn_1", Reason("stripe_named"), is_named=True)
ALIKE = StripeFound("txn_1", Reason("stripe_amount"), is_named=False)
PAID, SIGNED = HandoverFacts("CH-1", "8812"), HandoverFacts("CH-1", None)


@pytest.mark.parametrize(
    ("facts", "kind", "reason"),
    [
        (BreakFacts("no_reference", -800, "对公账户 手续费"), K.BANK_FEE, "says_fee"),
        (BreakFacts("no_reference", -800, "ANNUAL FEES 2026"), K.BANK_FEE, "says_fee"),
        (BreakFacts("no_reference", -800, "COFFEE"), K.UNKNOWN_PAYMENT, "nobody_claims_payment"),
        (BreakFacts("unknown_credit", 12, "三季度结息"), K.INTEREST, "says_interest"),
        (BreakFacts("unknown_credit", 9, "手续费", stripe=NAMED), K.STRIPE_BANK, "stripe_named"),
        (BreakFacts("unknown_credit", 9, "手续费", stripe=ALIKE), K.BANK_FEE, "says_fee"),
        (BreakFacts("no_reference", -9, "", stripe=ALIKE), K.STRIPE_BANK, "stripe_amount"),
        (BreakFacts("unknown_credit", 9, "Stripe 汇款"), None, "waits_for_stripe"),
        (BreakFacts("no_reference", -9, "", handover=PAID), K.NO_ENTRY, "handover_paid"),
        (BreakFacts("no_reference", -9, "", handover=SIGNED), None, "handover_not_recorded"),
        (BreakFacts("unknown_credit", 12, ""), K.UNKNOWN_RECEIPT, "nobody_claims_receipt"),
        (BreakFacts("already_matched", -9, "", "PO-1"), K.DUPLICATE_PAYMENT, "paid_before"),
        (BreakFacts("payout_already_returned", -9, "", "PO-1"), K.DUPLICATE_PAYMENT, "paid_before"),
        (BreakFacts("unknown_credit", 9, "利息", None, "PO-2"), K.RETURNED_PAYMENT, "came_back"),
        (BreakFacts("return_before_payment", 9, ""), None, "waits_for_payment_line"),
        (BreakFacts("amount_differs", -9, "手续费"), None, "amount_asks_the_bank"),
        (BreakFacts("other_currency", -9, ""), None, "currency_asks_the_bank"),
        (BreakFacts("payout_not_sent", -9, ""), None, "waits_for_sending"),
        (BreakFacts("period_closed", -9, ""), None, "month_asks_an_officer"),
    ],
)
def test_the_proposal_follows_from_the_line(facts, kind, reason):
    proposed = proposal_for(facts)
    assert (proposed.kind, proposed.reason.code) == (kind, reason)


def _taking(**changes):
    facts = {
        "break_state": BreakState.OPEN,
        "amount_fen": -800,
        "currency": "CNY",
        "kind": K.BANK_FEE,
        "reason": "年费",
        "payout_currency": None,
        "is_in_place": False,
        "waits": False,
    }
    return [refusal.code for refusal in refusals_for_taking(TakingFacts(**facts | changes))]


def test_a_fee_is_taken_without_more():
    assert _taking() == []
    assert _taking(kind=K.DUPLICATE_PAYMENT, payout_currency="CNY") == []


@pytest.mark.parametrize(
    ("changes", "codes"),
    [
        ({"break_state": BreakState.RESOLVED}, ["break_already_closed"]),
        ({"waits": True}, ["proposal_waits"]),
        ({"kind": K.UNKNOWN_RECEIPT}, ["proposal_other_direction"]),
        ({"kind": K.REVERSAL}, ["proposal_other_direction"]),
        ({"kind": K.DUPLICATE_PAYMENT}, ["proposal_needs_payout"]),
        ({"kind": K.DUPLICATE_PAYMENT, "payout_currency": "USD"}, ["proposal_needs_payout"]),
        ({"kind": K.REGION_CLEARING}, ["proposal_needs_place"]),
        ({"kind": K.STRIPE_BANK}, ["proposal_needs_stripe_line"]),
        ({"reason": "x"}, ["explanation_required"]),
    ],
)
def test_what_does_not_fit_is_refused_by_name(changes, codes):
    assert _taking(**changes) == codes


def test_both_directions_leave_their_own_kinds():
    assert K.UNKNOWN_RECEIPT in kinds_for(1)
    assert K.UNKNOWN_RECEIPT not in kinds_for(-1)
    assert K.DUPLICATE_PAYMENT in kinds_for(-1)
    assert K.DUPLICATE_PAYMENT not in kinds_for(1)


def _deciding(**changes):
    facts = {
        "state": ProposalState.PROPOSED,
        "break_state": BreakState.OPEN,
        "is_reversal": False,
        "proposed_by": 1,
        "actor_id": 2,
    }
    return [refusal.code for refusal in refusals_for_deciding(DecidingFacts(**facts | changes))]


def test_another_person_signs_once_while_the_difference_is_open():
    assert _deciding() == []
    assert _deciding(actor_id=1) == ["same_person"]
    assert _deciding(state=ProposalState.POSTED) == ["proposal_already_decided"]
    assert _deciding(break_state=BreakState.EXPLAINED) == ["break_already_closed"]
    assert _deciding(break_state=BreakState.EXPLAINED, is_reversal=True) == []


def test_only_what_was_posted_is_reversed():
    def refused(state=ProposalState.POSTED, kind=K.BANK_FEE, waits=False, reason="误记"):
        found = refusals_for_reversal(state=state, kind=kind, waits=waits, reason=reason)
        return [refusal.code for refusal in found]

    assert refused() == []
    assert refused(state=ProposalState.REVERSED) == ["proposal_not_posted"]
    assert refused(kind=K.RETURNED_PAYMENT) == ["return_not_reversible"]
    assert refused(waits=True, reason="") == ["proposal_waits", "explanation_required"]


def test_many_are_signed_together_when_they_are_of_one_kind():
    def refused(kinds, wanted):
        return [refusal.code for refusal in refusals_for_bulk(kinds, wanted=wanted)]

    assert refused([K.BANK_FEE, K.BANK_FEE], 2) == []
    assert refused([], 0) == ["nothing_chosen"]
    assert refused([K.BANK_FEE], 2) == ["proposal_gone"]
    assert refused([K.BANK_FEE, K.INTEREST], 2) == ["proposals_differ"]


@pytest.mark.parametrize(
    ("kind", "fen", "debited", "credited"),
    [
        (K.BANK_FEE, -5, "bank:fees:M.CNY", "bank:other:M.CNY"),
        (K.BANK_FEE, 5, "bank:other:M.CNY", "bank:fees:M.CNY"),
        (K.INTEREST, 5, "bank:other:M.CNY", "bank:interest:M.CNY"),
        (K.UNKNOWN_RECEIPT, 5, "bank:other:M.CNY", "suspense:receipts:M.CNY"),
        (K.RECEIPT_PAID_BACK, -5, "suspense:receipts:M.CNY", "bank:other:M.CNY"),
        (K.UNKNOWN_PAYMENT, -5, "suspense:payments:M.CNY", "bank:other:M.CNY"),
        (K.DUPLICATE_PAYMENT, -5, "overpaid:institution:I", "bank:other:M.CNY"),
        (K.OVERPAYMENT_REPAID, 5, "bank:other:M.CNY", "overpaid:institution:I"),
        (K.STRIPE_BANK, 5, "bank:other:M.CNY", "stripe:bank:CNY"),
        (K.REGION_CLEARING, -5, "clearing:region:P", "bank:other:M.CNY"),
        (K.REGION_CLEARING, 5, "bank:other:M.CNY", "clearing:region:P"),
    ],
)
def test_the_entry_has_the_bank_on_one_side(kind, fen, debited, credited):
    draft = entry_for_break(
        "BR-1/1",
        bank=other_bank("M", "CNY"),
        counter=counter_side(
            kind, bank_account="M", currency="CNY", institution_code="I", place_code="P"
        ),
        amount=Money(fen, "CNY"),
        on=date(2026, 11, 2),
        memo="",
    )
    sides = {line.side: (line.account.code, line.fen) for line in draft.lines}
    assert sides == {Side.DEBIT: (debited, 5), Side.CREDIT: (credited, 5)}
