"""What of a promise is due: published rules as rows of a table, and the order of two rows."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from marketplace.benefits.labels import STEP_LABELS, step_words
from marketplace.benefits.proofs.rules import (
    FeeProofFacts,
    refusals_for_checking,
    refusals_for_fee_proof,
)
from marketplace.benefits.proofs.states import FeeProofState
from marketplace.benefits.rules import (
    BenefitFacts,
    Promise,
    WithdrawalFacts,
    decide_benefit,
    pair_promises,
    refusals_for_withdrawal,
    waits_for_receipt,
)
from marketplace.benefits.states import BenefitState
from marketplace.foundation.money import Money
from marketplace.vouchers.rules.amounts import allowance_fen
from marketplace.vouchers.rules.policy import Allowance
from tests.factories.vouchers import CLAUSE
from tests.unit.vouchers.published_rules import paid, rate

RULE = f"{CLAUSE} · S v1"
QINGDAO = {
    "per_hour": {"fen": 500, "cap_fen": 1_000_000},
    "per_lifetime_max": 3,
    "most_share": {"percent": 60, "of_fen": 210_000},
}
DAYS = {"per_day": {"hours_per_day": 8, "steps": [{"days": 2, "fen": 5_000}]}}


def _row(**given) -> Allowance:
    allowance = {"kind": "living", "clause": CLAUSE, **given}
    return paid(rate(80_000), allowances=[allowance]).allowances[0]


def _decide(row: Allowance, *, hours=80, percent=100, this_year=0, ever=0):
    promise = Promise(allowance_fen(row, hours), RULE, row)
    return decide_benefit(BenefitFacts((promise,), hours, percent, this_year, ever))


@pytest.mark.parametrize(
    ("given", "asked", "due", "codes"),
    [
        ({"amount_fen": 30_000}, {}, 30_000, ["amount"]),
        ({"amount_fen": 30_000}, {"percent": 80}, 30_000, ["amount"]),
        (QINGDAO, {"hours": 80}, 40_000, ["attended"]),
        (QINGDAO, {"hours": 80, "percent": 81}, 64 * 500, ["attended"]),
        (QINGDAO, {"hours": 252}, 126_000, ["attended", "share"]),
        (QINGDAO, {"hours": 300, "percent": 90}, 126_000, ["attended", "share"]),
        (QINGDAO, {"ever": 2}, 40_000, ["attended"]),
        (QINGDAO, {"ever": 3}, 0, ["promised", "per_lifetime_max"]),
        (QINGDAO, {"percent": 0}, 0, ["attended", "no_hours"]),
        (DAYS, {"hours": 24, "percent": 66}, 5_000, ["attended"]),
        (DAYS, {"hours": 24, "percent": 67}, 10_000, ["attended"]),
        ({"amount_fen": 1, "per_year_max": 1}, {"this_year": 1}, 0, ["promised", "per_year_max"]),
        ({"amount_fen": 1, "per_year_max": 1}, {"ever": 5}, 1, ["amount"]),
        (
            {"amount_fen": 200_000, "most_share": {"percent": 60, "of_fen": 210_000}},
            {},
            126_000,
            ["amount", "share"],
        ),
    ],
)
def test_what_is_due_has_every_reason_with_its_rule(given, asked, due, codes):
    found = _decide(_row(**given), **asked)
    assert (found.amount_fen, [step.code for step in found.steps]) == (due, codes)
    assert sum(step.amount_fen for step in found.steps) == due
    assert {step.rule for step in found.steps} == {RULE}


def test_both_limits_reached_are_both_told():
    row = _row(amount_fen=5, per_year_max=1, per_lifetime_max=2)
    codes = [step.code for step in _decide(row, this_year=1, ever=2).steps]
    assert codes == ["promised", "per_year_max", "per_lifetime_max"]


def test_several_rows_of_a_kind_add_up_each_by_its_own_rule():
    one, other = _row(amount_fen=30_000), _row(amount_fen=20_000, per_year_max=1)
    promises = (Promise(30_000, "A", one), Promise(20_000, "B", other))
    found = decide_benefit(BenefitFacts(promises, 40, 100, 1, 1))
    assert found.amount_fen == 30_000
    assert [(step.code, step.rule) for step in found.steps] == [
        ("amount", "A"),
        ("promised", "B"),
        ("per_year_max", "B"),
    ]


def test_the_row_of_a_quoted_line_is_found_by_its_rule_then_by_its_amount():
    rows = [_row(amount_fen=10, per_year_max=1), _row(amount_fen=20), _row(amount_fen=20)]
    lines = [{"amount_fen": fen, "rule": "A"} for fen in (20, 20)]
    found = pair_promises(lines, rows, cited=["A", "A", "B"], course_hours=8)
    assert [promise.allowance for promise in found] == [rows[1], rows[0]]
    assert pair_promises([{"amount_fen": 1, "rule": "C"}], rows, cited="AAB", course_hours=8) == ()


@pytest.mark.parametrize(
    ("state", "payout", "reason", "codes"),
    [
        (BenefitState.DUE, None, "not enrolled", ()),
        (BenefitState.DUE, "PO-1", "not enrolled", ("benefit_in_payout",)),
        (BenefitState.WITHDRAWN, None, "", ("benefit_withdrawn", "benefit_reason_required")),
    ],
)
def test_what_is_on_its_way_or_over_is_not_withdrawn(state, payout, reason, codes):
    facts = WithdrawalFacts("BN-1", state, payout, reason)
    assert tuple(one.code for one in refusals_for_withdrawal(facts)) == codes


def test_every_reason_has_a_sentence_and_amounts_become_money():
    step = {"code": "share", "params": {"percent": 60, "of_fen": 210_000}}
    text, params = step_words(step, "CNY")
    assert text == STEP_LABELS["share"]
    assert params == {"percent": 60, "of": Money(210_000, "CNY")}


FEE_AS_PAID = {"kind": "assessment_fee", "amount_fen": 15_000, "at_most": "what_was_paid"}


@pytest.mark.parametrize(
    ("paid_fen", "due"), [(15_001, 15_000), (15_000, 15_000), (14_999, 14_999), (1, 1)]
)
def test_a_fee_is_given_back_as_it_was_paid_up_to_the_amount(paid_fen, due):
    row = _row(**FEE_AS_PAID)
    promise = Promise(15_000, RULE, row)
    facts = BenefitFacts((promise,), 80, 100, 0, 0, paid_fen)
    found = decide_benefit(facts)
    assert (found.amount_fen, [step.code for step in found.steps]) == (due, ["what_was_paid"])
    assert not waits_for_receipt(facts)
    words, params = step_words(
        {"code": "what_was_paid", "params": dict(found.steps[0].params)}, "CNY"
    )
    assert params["paid"] == Money(paid_fen, "CNY")
    # Two rows of it share what was paid: nothing is given back twice.
    two = decide_benefit(BenefitFacts((promise, promise), 80, 100, 0, 0, paid_fen))
    assert two.amount_fen == paid_fen


def test_a_fee_given_back_as_paid_waits_for_its_receipt_and_a_plain_one_does_not():
    facts = BenefitFacts((Promise(15_000, RULE, _row(**FEE_AS_PAID)),), 80, 100, 0, 0)
    assert waits_for_receipt(facts)
    plain = _row(kind="assessment_fee", amount_fen=15_000)
    assert not waits_for_receipt(BenefitFacts((Promise(15_000, RULE, plain),), 80, 100, 0, 0))


RECEIPT = FeeProofFacts(
    True, False, False, 12_000, date(2026, 11, 20), date(2026, 11, 1), "1234", False, True
)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"is_promised": False}, "fee_not_promised"),
        ({"is_decided": True}, "fee_decided"),
        ({"has_proof": True}, "fee_proof_exists"),
        ({"amount_fen": 0}, "amount_not_positive"),
        ({"paid_on": date(2026, 11, 27)}, "fee_paid_day_wrong"),
        ({"paid_on": date(2026, 10, 31)}, "fee_paid_day_wrong"),
        ({"receipt_number": "12"}, "fee_receipt_number_required"),
        ({"is_used_elsewhere": True}, "fee_receipt_used"),
        ({"has_document": False}, "fee_proof_document_required"),
    ],
)
def test_each_reason_against_a_receipt_is_told(change, code):
    today = date(2026, 11, 26)
    assert refusals_for_fee_proof(RECEIPT, today=today) == ()
    found = refusals_for_fee_proof(replace(RECEIPT, **change), today=today)
    assert [one.code for one in found] == [code]


def test_who_handed_a_receipt_in_does_not_check_it():
    def check(**change):
        told = {"code": "FP-1", "state": FeeProofState.HANDED_IN, "is_own": False, "reason": None}
        return [one.code for one in refusals_for_checking(**{**told, **change})]

    assert check() == []
    assert check(is_own=True) == ["fee_proof_own"]
    assert check(reason="") == ["fee_proof_reason_required"]
    assert check(state=FeeProofState.ACCEPTED) == ["fee_proof_decided"]
