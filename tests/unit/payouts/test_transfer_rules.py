"""What a transfer seen at Stripe means for our payout."""

from __future__ import annotations

from dataclasses import replace

import pytest

from marketplace.payouts.rails.protocol import RailPayee
from marketplace.payouts.states import PayoutState
from marketplace.payouts.transfers.rules import (
    SeenFacts,
    TransferStep,
    refusals_for_connected_payees,
    verdict_for_transfer,
)

SENT = SeenFacts(
    amount_fen=5_000,
    reversed_fen=0,
    currency="CNY",
    destination="acct_school001",
    transfer_id="tr_1",
    our_amount_fen=5_000,
    our_currency="CNY",
    our_destination="acct_school001",
    our_transfer_id=None,
    payout_state=PayoutState.SENT,
    is_present_attempt=True,
    outcome=None,
)
CONFIRMED = replace(
    SENT, our_transfer_id="tr_1", payout_state=PayoutState.CONFIRMED, outcome="confirmed"
)
RETURNED = replace(SENT, payout_state=PayoutState.RETURNED, outcome="returned:REVERSED")


@pytest.mark.parametrize(
    ("facts", "step"),
    [
        (SENT, TransferStep.CONFIRM),
        (replace(SENT, reversed_fen=5_000), TransferStep.RETURN),
        (CONFIRMED, TransferStep.NOTHING),
        (replace(CONFIRMED, reversed_fen=5_000), TransferStep.RETURN),
        (replace(RETURNED, reversed_fen=5_000), TransferStep.NOTHING),
        (
            replace(RETURNED, reversed_fen=5_000, is_present_attempt=False),
            TransferStep.NOTHING,
        ),
    ],
)
def test_a_payout_follows_its_transfer_forwards_only(facts, step):
    verdict = verdict_for_transfer(facts)
    assert (verdict.step, verdict.problems) == (step, ())


@pytest.mark.parametrize(
    ("facts", "problem"),
    [
        (replace(SENT, amount_fen=5_001), "amount_differs"),
        (replace(SENT, amount_fen=4_999), "amount_differs"),
        (replace(SENT, currency="USD"), "currency_differs"),
        (replace(SENT, destination="acct_other0001"), "payee_differs"),
        (replace(CONFIRMED, transfer_id="tr_2"), "second_transfer"),
        (replace(CONFIRMED, reversed_fen=4_999), "partly_reversed"),
        (replace(SENT, reversed_fen=1), "partly_reversed"),
        (RETURNED, "paid_after_return"),
        (replace(SENT, payout_state=PayoutState.APPROVED), "payout_not_sent"),
        (replace(SENT, is_present_attempt=False), "payout_not_sent"),
    ],
)
def test_what_differs_is_never_absorbed(facts, problem):
    verdict = verdict_for_transfer(facts)
    assert (verdict.step, verdict.problems) == (TransferStep.SUSPEND, (problem,))


def test_every_difference_is_named():
    facts = replace(SENT, amount_fen=1, currency="USD", destination="acct_other0001")
    assert verdict_for_transfer(facts).problems == (
        "amount_differs",
        "currency_differs",
        "payee_differs",
    )


def test_stripe_carries_to_connected_payees_in_hundredths():
    payees = [RailPayee("甲", "acct_a", "CNY"), RailPayee("乙", None, "JPY")]
    refusals = refusals_for_connected_payees(payees, is_configured=False)
    assert [refusal.code for refusal in refusals] == [
        "stripe_not_configured",
        "stripe_other_decimals",
        "no_connected_account",
    ]
    assert refusals[-1].params == {"institution": "乙"}
    assert refusals_for_connected_payees(payees[:1], is_configured=True) == ()
