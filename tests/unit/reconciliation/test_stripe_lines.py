"""Which movement between Stripe and the bank a bank line is."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from marketplace.reconciliation.rules.stripe_lines import (
    DAYS_APART_MAX,
    BankFacts,
    HandoverFacts,
    StripeFacts,
    handover_for,
    stripe_line_for,
    stripe_lines_for,
)

DAY = date(2026, 11, 20)


def line(amount_fen=300, words="", *, currency="CNY", day=DAY):
    return BankFacts(amount_fen, currency, day, words)


def movement(number=1, amount_fen=-300, *, currency="CNY", days=0, numbers=()):
    return StripeFacts(
        f"txn_{number}", amount_fen, currency, DAY - timedelta(days=days), numbers
    )  # fmt: skip


@pytest.mark.parametrize(
    ("bank", "code"),
    [
        (line(words="汇入 PO_1AbC9 国际业务"), "stripe_named"),
        (line(words="ACH 091000019284"), "stripe_named"),
        (line(words="STRIPE PAYMENTS"), "stripe_says"),
        (line(words="striped shirts"), "stripe_amount"),
        (line(words=""), "stripe_amount"),
        (line(301, "po_1AbC9"), None),
        (line(-300, "po_1AbC9"), None),
        (line(currency="USD", words="po_1AbC9"), None),
        (line(day=DAY + timedelta(days=DAYS_APART_MAX + 1), words="po_1AbC9"), None),
    ],
)
def test_the_same_money_in_the_same_days_and_what_the_bank_writes_of_it(bank, code):
    found = stripe_line_for(bank, [movement(numbers=("po_1AbC9", "091000019284", "ab"))])
    assert (found.reason.code if found else None) == code
    if found:
        assert found.is_named == (code != "stripe_amount")


def test_of_several_alike_the_named_one_else_the_earliest():
    alike = [movement(1, days=1, numbers=("po_11111",)), movement(2, days=3, numbers=("po_22222",))]
    assert stripe_line_for(line(words="po_11111"), alike).movement_id == "txn_1"
    assert stripe_line_for(line(), alike).movement_id == "txn_2"
    assert stripe_line_for(line(-300), [movement(3, 300, days=-4)]).movement_id == "txn_3"


def test_of_several_lines_each_has_its_own_and_the_named_first():
    movements = [movement(1, days=3, numbers=("po_11111",)), movement(2, days=1)]
    lines = {7: line(), 8: line(words="po_11111"), 9: line()}
    found = {key: each.movement_id for key, each in stripe_lines_for(lines, movements).items()}
    assert found == {8: "txn_1", 7: "txn_2"}


def test_a_handover_is_named_by_its_code_or_the_reference_of_the_bank():
    handovers = [HandoverFacts("CH-2345", None), HandoverFacts("CH-6789", "BANK-77")]
    assert handover_for(line(-9, "培训 ch-2345"), handovers) == handovers[0]
    assert handover_for(line(-9, "bank-77"), handovers) == handovers[1]
    assert handover_for(line(-9, "nobody"), handovers) is None
