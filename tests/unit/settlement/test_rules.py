"""The decisions of settlement, without a database."""

from __future__ import annotations

from datetime import date

import pytest

from marketplace.settlement.rules import (
    SettlementFacts,
    SignatureFacts,
    period_dates,
    refusals_for_approval,
    refusals_for_rejection,
    refusals_for_settlement,
)


def _signature(**changes: object) -> SignatureFacts:
    facts = {
        "settlement_code": "ST-1",
        "institution_name": "长青",
        "institution_barred": False,
        "is_open": True,
        "prepared_by": 1,
        "signed_by": 2,
        "reversed_count": 0,
    }
    return SignatureFacts(**(facts | changes))


@pytest.mark.parametrize(
    ("code", "dates"),
    [
        ("2026-11", (date(2026, 11, 1), date(2026, 11, 30))),
        ("2028-02", (date(2028, 2, 1), date(2028, 2, 29))),
        ("2026-00", None),
        ("2026-1", None),
        ("２０２６-11", None),
    ],
)
def test_a_month_is_written_year_dash_month(code, dates):
    assert period_dates(code) == dates


def test_one_currency_and_something_to_settle_is_fine():
    assert (
        refusals_for_settlement(SettlementFacts("甲", False, "2026-11", frozenset({"CNY"}))) == ()
    )


def test_two_currencies_are_refused():
    facts = SettlementFacts("甲", False, "2026-11", frozenset({"CNY", "USD"}))
    assert [refusal.code for refusal in refusals_for_settlement(facts)] == [
        "settlement_mixes_currencies"
    ]


@pytest.mark.parametrize(
    ("changes", "codes"),
    [
        ({}, []),
        ({"signed_by": 1}, ["same_person"]),
        ({"signed_by": None}, ["same_person"]),
        ({"is_open": False, "signed_by": 1}, ["settlement_already_decided", "same_person"]),
        (
            {"institution_barred": True, "reversed_count": 2},
            ["institution_barred", "redemption_reversed_since"],
        ),
    ],
)
def test_approval_names_every_reason(changes, codes):
    assert [r.code for r in refusals_for_approval(_signature(**changes))] == codes


def test_a_settlement_of_a_barred_institution_may_be_sent_back():
    assert refusals_for_rejection(_signature(institution_barred=True, reversed_count=1)) == ()
