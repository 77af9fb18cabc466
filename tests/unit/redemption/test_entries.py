"""What reserving, releasing and redeeming do to the books."""

from __future__ import annotations

from datetime import date

from marketplace.foundation.money import Money
from marketplace.ledger.states import Side
from marketplace.redemption.entries import (
    entry_for_redemption,
    entry_for_release,
    entry_for_reservation,
)

ON = date(2026, 11, 20)


def lines(entry):
    return {(line.account.code, line.side): line.fen for line in entry.lines}


def redemption(amount: int, committed: int, attempt: int = 1):
    return entry_for_redemption(
        "V-1",
        attempt=attempt,
        allotment_code="AL-1",
        institution_code="IN-1",
        amount=Money(amount, "CNY"),
        committed=Money(committed, "CNY"),
        on=ON,
    )


def test_reserving_an_entitlement_commits_its_amount():
    entry = entry_for_reservation("RS-1", allotment_code="AL-1", amount=Money(500, "CNY"), on=ON)
    assert (entry.kind, entry.key) == ("voucher.reserved", "RS-1")
    assert lines(entry) == {
        ("allotment:available:AL-1", Side.DEBIT): 500,
        ("allotment:committed:AL-1", Side.CREDIT): 500,
    }


def test_releasing_is_the_way_back():
    entry = entry_for_release("RS-1", allotment_code="AL-1", amount=Money(500, "CNY"), on=ON)
    assert (entry.kind, entry.key) == ("voucher.released", "RS-1")
    assert lines(entry) == {
        ("allotment:committed:AL-1", Side.DEBIT): 500,
        ("allotment:available:AL-1", Side.CREDIT): 500,
    }


def test_redeeming_owes_the_institution_what_was_committed():
    entry = redemption(500, 500)
    assert (entry.kind, entry.key) == ("voucher.redeemed", "V-1")
    assert lines(entry) == {
        ("allotment:committed:AL-1", Side.DEBIT): 500,
        ("payable:institution:IN-1", Side.CREDIT): 500,
    }


def test_what_a_face_value_leaves_over_is_available_again_in_the_same_entry():
    assert lines(redemption(400, 1000)) == {
        ("allotment:committed:AL-1", Side.DEBIT): 1000,
        ("payable:institution:IN-1", Side.CREDIT): 400,
        ("allotment:available:AL-1", Side.CREDIT): 600,
    }


def test_a_second_redemption_after_a_reversal_has_its_own_key():
    assert redemption(500, 500, attempt=2).key == "V-1/2"
