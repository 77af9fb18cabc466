"""The checklist of a month, item by item, without a database."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from marketplace.closing.rules import (
    PeriodFacts,
    StatementFacts,
    checklist,
    refusals_for_closing,
    statement_gaps,
)


def _statement(first: int, last: int, opening: int, closing: int, month: int = 10):
    return StatementFacts(
        "MAIN", date(2026, month, first), date(2026, month, last), opening, closing
    )


GOOD = PeriodFacts(
    period_code="2026-10",
    first_on=date(2026, 10, 1),
    last_on=date(2026, 10, 31),
    today=date(2026, 11, 2),
    earlier_open=None,
    bank_accounts=("MAIN",),
    statements=(_statement(1, 15, 100, 70), _statement(16, 31, 70, 50)),
    payouts_sent=2,
    open_differences=0,
    unmatched_lines=0,
    seal_findings=0,
    violations=0,
)


def _codes(facts: PeriodFacts) -> list[str]:
    return [refusal.code for refusal in refusals_for_closing(checklist(facts))]


def test_a_month_in_order_closes():
    assert _codes(GOOD) == []


@pytest.mark.parametrize(
    ("changed", "codes"),
    [
        ({"today": date(2026, 10, 31)}, ["month_not_over"]),
        ({"earlier_open": "2026-09"}, ["earlier_months_open"]),
        ({"bank_accounts": ()}, ["no_bank_account"]),
        ({"bank_accounts": (), "payouts_sent": 0}, []),
        ({"statements": ()}, ["statements_missing"]),
        ({"statements": (_statement(1, 30, 100, 70),)}, ["statements_missing"]),
        (
            {"statements": (_statement(1, 15, 100, 70), _statement(16, 31, 71, 50))},
            ["statements_gap"],
        ),
        ({"open_differences": 1, "unmatched_lines": 2}, ["differences_open", "lines_not_matched"]),
        ({"seal_findings": 1, "violations": 3}, ["seals_broken", "invariants_broken"]),
    ],
)
def test_each_thing_that_is_missing_keeps_it_open(changed, codes):
    assert _codes(replace(GOOD, **changed)) == codes


def test_a_gap_of_another_month_does_not_count():
    old = (_statement(1, 31, 0, 10, month=8), _statement(1, 30, 99, 100, month=9))
    assert statement_gaps(old) == [(date(2026, 8, 31), date(2026, 9, 1))]
    assert _codes(replace(GOOD, statements=old + GOOD.statements)) == []


def test_overlapping_statements_are_no_gap():
    overlap = (_statement(1, 20, 100, 60), _statement(15, 31, 70, 50))
    assert statement_gaps(overlap) == []


def test_nobody_signs_on_proofs_that_were_not_made():
    with pytest.raises(AssertionError):
        refusals_for_closing(checklist(replace(GOOD, violations=None)))
